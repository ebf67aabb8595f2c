/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capture.c - what is kept of a transaction for its log line.
 *
 * A session borrows one block when its frontend captures anything.  It begins with the lengths of
 * all slots (two bytes each, requests' first; the length plus one, so that 0 is "nothing"), then
 * come the slots' bytes at the places that the configuration has worked out. */
#include "net/rules/capture.h"

#include "core/config/rule_model.h"
#include "net/rules/sample.h"

static const struct capture *slot_of(const struct session *session, bool response, uint32_t index,
	uint32_t *number, uint32_t *at)
{
	const struct rules *rules = session->frontend->rules;
	const struct capture_list *requests = &rules->request_captures;
	const struct capture_list *list = response ? &rules->response_captures : requests;
	const struct capture *capture = list->first;

	while (capture && capture->index != index)
		capture = capture->next;
	if (!capture)
		return NULL;
	*number = capture->index + (response ? requests->count : 0);
	*at = (requests->count + rules->response_captures.count) * (uint32_t)sizeof(uint16_t) +
	      capture->at + (response ? requests->bytes : 0);
	return capture;
}

void capture_put(struct session *session, struct session_environment *env, bool response,
	uint32_t slot, struct span text)
{
	uint32_t number, at;
	const struct capture *capture = slot_of(session, response, slot, &number, &at);
	uint16_t length;

	if (!capture)
		return;
	if (!session->captures) {
		session->captures = env->lend_captures(env);
		if (!session->captures)
			return;
		memset(session->captures, 0, env->config->capture_bytes);
	}
	if (text.len > capture->len)
		text.len = capture->len;
	if (text.len)
		memcpy(session->captures + at, text.at, text.len);
	length = (uint16_t)(text.len + 1);
	memcpy(session->captures + number * sizeof(length), &length, sizeof(length));
}

bool capture_get(const struct session *session, bool response, uint32_t slot, struct span *text)
{
	uint32_t number, at;
	uint16_t length;

	if (!session->captures || !slot_of(session, response, slot, &number, &at))
		return false;
	memcpy(&length, session->captures + number * sizeof(length), sizeof(length));
	if (!length)
		return false;
	*text = span_of(session->captures + at, length - 1u);
	return true;
}

/* Bytes that would end the slot, the field or the line become #XX. */
static bool is_plain(unsigned char c)
{
	return c >= 32 && c <= 126 && !strchr("#\"{|}", c);
}

struct span capture_text(const struct session *session, bool response, char *out, uint32_t capacity)
{
	static const char digits[] = "0123456789ABCDEF";
	const struct rules *rules = session->frontend->rules;
	const struct capture_list *list;
	uint32_t len = 0;

	if (!rules)
		return (struct span){0};
	list = response ? &rules->response_captures : &rules->request_captures;
	if (!list->count)
		return (struct span){0};
	for (uint32_t slot = 0; slot < list->count; slot++) {
		struct span text = {0};

		if (len + 2 > capacity)
			break;
		out[len++] = slot ? '|' : '{';
		capture_get(session, response, slot, &text);
		/* Four: an escaped byte and the closing brace. */
		for (uint32_t i = 0; i < text.len && len + 4 <= capacity; i++) {
			unsigned char c = (unsigned char)text.at[i];

			if (is_plain(c)) {
				out[len++] = (char)c;
				continue;
			}
			out[len++] = '#';
			out[len++] = digits[c >> 4];
			out[len++] = digits[c & 15];
		}
	}
	if (len < capacity)
		out[len++] = '}';
	return span_of(out, len);
}

void capture_fields(struct session *session, struct session_environment *env,
	const struct h1_head *head, bool response)
{
	const struct rules *rules = session->frontend->rules;
	const struct capture_list *list =
		response ? &rules->response_captures : &rules->request_captures;

	for (const struct capture *capture = list->first; capture; capture = capture->next) {
		struct span value;

		/* The last of several, as HAProxy's log has it. */
		if (capture->name &&
			sample_field(head, span_of_string(capture->name), -1, true, &value))
			capture_put(session, env, response, capture->index, value);
	}
}
