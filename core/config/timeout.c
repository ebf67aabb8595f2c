/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeout.c - the words behind `timeout`.
 * One row each, all milliseconds; the table is the whole of it. */
#include "core/config/reader.h"

#define LIMIT(member) offsetof(struct proxy, timeouts.member)

static void read_timeout(struct reader *reader, const struct keyword *self)
{
	const char *what = reader_format(reader, "timeout %s", self->name);

	reader_time_advised(
		reader, what, (uint32_t *)((char *)&reader->section->proxy + self->field));
}

static const struct keyword rows[] = {
	{"client", IN_FRONTEND_OR_DEFAULTS, KEYWORD_ACTS, LIMIT(client_ms), read_timeout, "<time>",
		"a client that is silent while it should speak or read"},
	{"client-fin", IN_FRONTEND_OR_DEFAULTS, KEYWORD_ACTS, LIMIT(client_fin_ms), read_timeout,
		"<time>", "the same once one side has closed; client"},
	{"http-request", IN_PROXY_OR_DEFAULTS, KEYWORD_ACTS, LIMIT(http_request_ms), read_timeout,
		"<time>", "the whole head of a request; client"},
	{"http-keep-alive", IN_PROXY_OR_DEFAULTS, KEYWORD_ACTS, LIMIT(http_keep_alive_ms),
		read_timeout, "<time>", "waiting for the next request; http-request"},
	{"tarpit", IN_PROXY_OR_DEFAULTS, KEYWORD_ACTS, LIMIT(tarpit_ms), read_timeout, "<time>",
		"how long a tarpitted request waits; connect"},
	{"queue", IN_BACKEND_OR_DEFAULTS, KEYWORD_ACTS, LIMIT(queue_ms), read_timeout, "<time>",
		"waiting for a free place at a server; connect"},
	{"connect", IN_BACKEND_OR_DEFAULTS, KEYWORD_ACTS, LIMIT(connect_ms), read_timeout, "<time>",
		"connecting to a server"},
	{"server", IN_BACKEND_OR_DEFAULTS, KEYWORD_ACTS, LIMIT(server_ms), read_timeout, "<time>",
		"a server that is silent while it should answer or read"},
	{"server-fin", IN_BACKEND_OR_DEFAULTS, KEYWORD_ACTS, LIMIT(server_fin_ms), read_timeout,
		"<time>", "the same once one side has closed; server"},
	{"tunnel", IN_BACKEND_OR_DEFAULTS, KEYWORD_ACTS, LIMIT(tunnel_ms), read_timeout, "<time>",
		"both sides of an upgraded connection; client and server"},
	{"check", IN_BACKEND_OR_DEFAULTS, KEYWORD_ACTS, LIMIT(check_ms), read_timeout, "<time>",
		"a probe's answer, from the moment of the connection; inter"},
	{"client-hs", IN_FRONTEND_OR_DEFAULTS, KEYWORD_LATER, 0, NULL, NULL, NULL},
	{"clitimeout", IN_PROXY_OR_DEFAULTS, KEYWORD_GONE, 0, NULL, NULL, "use 'timeout client'"},
	{"contimeout", IN_PROXY_OR_DEFAULTS, KEYWORD_GONE, 0, NULL, NULL, "use 'timeout connect'"},
	{"srvtimeout", IN_PROXY_OR_DEFAULTS, KEYWORD_GONE, 0, NULL, NULL, "use 'timeout server'"},
};

const struct keyword_table timeout_words = {"timeout", "timeout", rows, KEYWORD_COUNT(rows)};
