/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reuse.c - the rules of kept server connections.
 *
 * A request over a kept connection can fail through nobody's fault: the server closes what was
 * idle just when the request arrives.  The client cannot know that there was a kept connection in
 * between, so it is torc that has to send the request again, where that is harmless; where it is
 * not, the client's connection is closed without an answer, as its server would have done, and
 * the client knows what that means on a connection that it had used before.  That is why the first
 * request of a connection only goes over a kept one when the file says so. */
#include "net/http/reuse.h"

enum reuse reuse_choose(enum http_reuse mode, bool first_request)
{
	switch (mode) {
	case HTTP_REUSE_ALWAYS:
		return REUSE_ANY;
	case HTTP_REUSE_AGGRESSIVE:
		return first_request ? REUSE_PROVEN : REUSE_ANY;
	case HTTP_REUSE_SAFE:
	case HTTP_REUSE_UNSET:
		return first_request ? REUSE_OWN : REUSE_ANY;
	case HTTP_REUSE_NEVER:
		break;
	}
	return REUSE_OWN;
}

bool reuse_head_keeps(const struct h1_head *response, bool http10)
{
	if (response->status < 200 || response->body == H1_BODY_UNTIL_CLOSE)
		return false;
	/* Asked in HTTP/1.0, a server keeps its connection only when it says so, whatever version
	 * it answers with (9112 9.3). */
	return response->keep_alive && (!http10 || response->says_keep_alive);
}

static bool begins_with(struct span value, struct span word)
{
	return value.len >= word.len && span_equal_nocase(span_of(value.at, word.len), word);
}

bool reuse_head_binds(const struct h1_head *response)
{
	struct span wanted = response->status == 401   ? SPAN("WWW-Authenticate")
			     : response->status == 407 ? SPAN("Proxy-Authenticate")
						       : span_of(NULL, 0);

	for (uint32_t i = 0; wanted.len > 0 && i < response->field_count; i++) {
		const struct h1_field *field = &response->fields[i];

		if (span_equal_nocase(field->name, wanted) &&
			(begins_with(field->value, SPAN("Nego")) ||
				begins_with(field->value, SPAN("NTLM"))))
			return true;
	}
	return false;
}

bool reuse_is_idempotent(enum h1_method method)
{
	switch (method) {
	case H1_METHOD_GET:
	case H1_METHOD_HEAD:
	case H1_METHOD_PUT:
	case H1_METHOD_DELETE:
	case H1_METHOD_OPTIONS:
	case H1_METHOD_TRACE:
		return true;
	case H1_METHOD_OTHER:
	case H1_METHOD_POST:
	case H1_METHOD_CONNECT:
	case H1_METHOD_PATCH:
		break;
	}
	return false;
}

uint32_t reuse_purge(struct reuse_demand *demand)
{
	uint32_t have = demand->used + demand->idle, excess;

	demand->need = (demand->need + demand->used_max) / 2;
	if (demand->need < demand->used_max)
		demand->need = demand->used_max;
	demand->used_max = demand->used;
	if (have <= demand->need)
		return 0;
	excess = have - demand->need;
	excess = excess / 2 + excess % 2;
	return excess < demand->idle ? excess : demand->idle;
}
