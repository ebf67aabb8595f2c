/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log_line.c - a log line as `log-format` wants it.
 *
 * A line differs from other formats in its blanks: where a variable says nothing at all (%hr
 * without captures) the two around it become one, and none stands at the beginning, so that fields
 * can be counted.  A line that is too long is cut, since there is nobody to tell it to. */
#include "net/rules/log_line.h"

#include "net/rules/edit.h"
#include "net/rules/format.h"

/* One blank for many, none after a blank. */
static void put_separated(struct format_output *out, struct span text, bool *after_blank)
{
	for (uint32_t i = 0; i < text.len; i++) {
		bool blank = text.at[i] == ' ';

		if (!blank || !*after_blank)
			format_put(out, span_of(text.at + i, 1));
		*after_blank = blank;
	}
}

uint32_t log_line_write(const struct session *session, struct session_environment *env,
	const struct format *format, const struct access_record *record, char *out,
	uint32_t capacity)
{
	struct format_output output = {out, out + capacity, false, FORMAT_AS_LOG};
	struct rule_context context = {
		.room = env->rules,
		.session = (struct session *)session,
		.env = env,
		.record = record,
	};
	bool after_blank = true;

	for (uint32_t i = 0; i < format->count && !output.full; i++) {
		const struct format_piece *piece = &format->pieces[i];
		const char *before = output.at;

		if (piece->kind == FORMAT_TEXT) {
			put_separated(&output, piece->text, &after_blank);
			continue;
		}
		format_piece(&output, piece, &context, record);
		if (output.at > before)
			after_blank = false;
	}
	return (uint32_t)(output.at - out);
}

bool unique_id_make(struct session *session, struct session_environment *env)
{
	const struct proxy *frontend = session->frontend;
	struct rule_context context = {
		.room = env->rules, .head = env->head, .session = session, .env = env};
	int32_t len;

	if (!frontend->unique_id_format)
		return true;
	if (!session->unique_id)
		session->unique_id = env->lend_unique_id(env);
	if (!session->unique_id)
		return true; /* none is left: the line says so with its "-" */
	len = format_write(&context, frontend->unique_id_format, FORMAT_AS_LOG, session->unique_id,
		UNIQUE_ID_BYTES);
	session->unique_id_len = len < 0 ? 0 : (uint8_t)len;
	if (!frontend->unique_id_header || len <= 0)
		return true;
	return edit_add_field(&context, span_of_string(frontend->unique_id_header),
		span_of(session->unique_id, session->unique_id_len));
}
