/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format.c - a text with holes, filled in.
 *
 * Whatever comes from outside is encoded on its way in: in a log line the bytes that would break
 * it become #XX, in a header field or a location %XX, so that no rule can be made to write a
 * further field. */
#include "net/rules/format.h"

#include "core/config/format_words.h"
#include "net/http/exchange.h"
#include <stdio.h>

void format_put(struct format_output *out, struct span text)
{
	if (out->full || text.len > (size_t)(out->end - out->at)) {
		out->full = true;
		return;
	}
	if (text.len)
		memcpy(out->at, text.at, text.len);
	out->at += text.len;
}

static bool is_plain(enum format_encoding encoding, unsigned char c)
{
	if (encoding == FORMAT_AS_LOG)
		return c >= 32 && c <= 126 && c != '#' && c != '"';
	return (c >= 32 && c != 127) || c == '\t';
}

static void put_encoded(struct format_output *out, struct span text)
{
	static const char digits[] = "0123456789ABCDEF";

	if (!text.len)
		return; /* it may have no address */
	for (uint32_t i = 0, from = 0; i <= text.len; i++) {
		unsigned char c = i < text.len ? (unsigned char)text.at[i] : 0;

		if (i < text.len && is_plain(out->encoding, c))
			continue;
		format_put(out, span_of(text.at + from, i - from));
		if (i == text.len)
			return;
		format_put(out, span_of((char[]){out->encoding == FORMAT_AS_LOG ? '#' : '%',
						digits[c >> 4], digits[c & 15]},
					3));
		from = i + 1;
	}
}

/* +E: a backslash before what would end a quoted text. */
static void put_escaped(struct format_output *out, struct span text)
{
	for (uint32_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == '"' || c == '\\' || c == ']')
			format_put(out, SPAN("\\"));
		if (c == '"')
			format_put(out, SPAN("\""));
		else
			put_encoded(out, span_of(&c, 1));
	}
}

void format_put_text(struct format_output *out, struct span text, uint8_t flags)
{
	if (!text.len && !(flags & (FORMAT_MANDATORY | FORMAT_QUOTED)))
		return;
	if (flags & FORMAT_QUOTED)
		format_put(out, SPAN("\""));
	if (!text.len && flags & FORMAT_MANDATORY && !(flags & FORMAT_QUOTED))
		format_put(out, SPAN("-"));
	else if (flags & FORMAT_ESCAPED)
		put_escaped(out, text);
	else
		put_encoded(out, text);
	if (flags & FORMAT_QUOTED)
		format_put(out, SPAN("\""));
}

void format_put_number(struct format_output *out, int64_t number, uint8_t flags)
{
	char text[24];

	snprintf(text, sizeof(text), flags & FORMAT_HEX ? "%02llX" : "%lld", (long long)number);
	if (flags & FORMAT_QUOTED)
		format_put(out, SPAN("\""));
	format_put(out, span_of_string(text));
	if (flags & FORMAT_QUOTED)
		format_put(out, SPAN("\""));
}

static void put_expression(
	struct format_output *out, struct rule_context *context, const struct format_piece *piece)
{
	struct sample sample;
	struct span text = {0};

	if (sample_evaluate(context, piece->expression, &sample) &&
		sample_cast(context, &sample,
			sample.type == SAMPLE_BINARY ? SAMPLE_BINARY : SAMPLE_TEXT))
		text = sample.text;
	/* As HAProxy: in a field a sample is what it is, whatever the flags say. */
	format_put_text(out, text, out->encoding == FORMAT_AS_LOG ? piece->flags : 0);
}

/* The names and the client: what most rules ask for, without summing up gauges of all workers. */
static bool is_light(const struct format_piece *piece)
{
	switch ((enum format_alias)piece->alias->id) {
	case ALIAS_CLIENT_IP:
	case ALIAS_CLIENT_PORT:
	case ALIAS_FRONTEND:
	case ALIAS_FRONTEND_TRANSPORT:
	case ALIAS_BACKEND:
	case ALIAS_SERVER:
	case ALIAS_HOSTNAME:
	case ALIAS_METHOD:
	case ALIAS_URI:
	case ALIAS_PATH:
	case ALIAS_QUERY:
	case ALIAS_VERSION:
	case ALIAS_REQUEST_LINE:
		return true;
	default:
		return false;
	}
}

static void describe_lightly(const struct session *session, struct access_record *record)
{
	const struct proxy *routed = session->backend ? session->backend : session->frontend;

	*record = (struct access_record){.frontend = session->frontend->name,
		.backend = routed->name,
		.server = session->server ? session->server->name : NULL,
		.listener_id = session->listener->id,
		.has_request = session->line_len > 0,
		.request_line = span_of(session->line, session->line_len)};
	memcpy(&record->client, &session->peer, sizeof(session->peer));
}

void format_piece(struct format_output *out, const struct format_piece *piece,
	struct rule_context *context, const struct access_record *record)
{
	if (piece->kind == FORMAT_EXPRESSION)
		put_expression(out, context, piece);
	else
		format_alias(out, piece, context, record);
}

int32_t format_write(struct rule_context *context, const struct format *format,
	enum format_encoding encoding, char *out, uint32_t capacity)
{
	struct format_output output = {out, out + capacity, false, encoding};
	struct access_record own;

	for (uint32_t i = 0; i < format->count; i++) {
		const struct format_piece *piece = &format->pieces[i];
		const struct access_record *record = context->record;

		switch (piece->kind) {
		case FORMAT_TEXT:
			format_put(&output, piece->text);
			break;
		case FORMAT_EXPRESSION:
			put_expression(&output, context, piece);
			break;
		case FORMAT_ALIAS:
			if (!record) {
				record = &own;
				if (is_light(piece))
					describe_lightly(context->session, &own);
				else
					session_describe(
						context->session, context->env, false, &own);
			}
			format_alias(&output, piece, context, record);
			break;
		}
	}
	return output.full ? -1 : (int32_t)(output.at - out);
}
