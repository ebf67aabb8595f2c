/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heads as they leave: what is dropped, what is added, byte for byte. */
#include "net/http/message.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define GET  "GET / HTTP/1.1\r\n"
#define HOST "Host: a\r\n"
#define OK   "HTTP/1.1 200 OK\r\n"

static const struct h1_limits limits = {.head_bytes = 16384, .fields = 101};
static struct h1_head head;

struct message_case {
	const char *name;
	const char *in;
	const char *out;
	struct message_edits edits;
};

#define SET_CLOSE                                                                                  \
	{                                                                                          \
		.connection = MESSAGE_CONNECTION_CLOSE                                             \
	}
#define SET_KEEP                                                                                   \
	{                                                                                          \
		.connection = MESSAGE_CONNECTION_KEEP_ALIVE                                        \
	}
#define SET_UPGRADE                                                                                \
	{                                                                                          \
		.connection = MESSAGE_CONNECTION_UPGRADE                                           \
	}

static const struct message_case requests[] = {
	{"nothing to do", GET HOST "A: b\r\n\r\n", GET HOST "A: b\r\n\r\n", {0}},
	{"no fields", "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", {0}},
	{"an old request that names its host", "GET / HTTP/1.0\r\n" HOST "\r\n", GET HOST "\r\n",
		{0}},
	{"the empty line before is gone", "\r\n" GET HOST "\r\n", GET HOST "\r\n", {0}},
	{"close", GET HOST "\r\n", GET HOST "Connection: close\r\n\r\n", SET_CLOSE},
	{"keep-alive", GET HOST "\r\n", GET HOST "Connection: keep-alive\r\n\r\n", SET_KEEP},
	{"options of a whole server", "OPTIONS http://a HTTP/1.1\r\n" HOST "\r\n",
		"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", {0}},
	{"options of a whole server that names no Host", "OPTIONS http://a:8001 HTTP/1.0\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: a:8001\r\n\r\n", {0}},
	{"options of a path", "OPTIONS http://a/ HTTP/1.1\r\n" HOST "\r\n",
		"OPTIONS http://a/ HTTP/1.1\r\n" HOST "\r\n", {0}},
	{"options of a query", "OPTIONS http://a?b HTTP/1.1\r\n" HOST "\r\n",
		"OPTIONS http://a?b HTTP/1.1\r\n" HOST "\r\n", {0}},
	{"higher minor version", "GET /x HTTP/1.7\r\n" HOST "\r\n",
		"GET /x HTTP/1.1\r\n" HOST "\r\n", {0}},
	{"case and white space are kept", GET "hOsT:a\r\nX-y:  b  \r\n\r\n",
		GET "hOsT:a\r\nX-y:  b  \r\n\r\n", {0}},
	{"between two ends only",
		GET "Connection: x\r\n" HOST "Keep-Alive: 1\r\nA: b\r\nProxy-Connection: close\r\n"
		    "TE: gzip;q=0.5\r\nC: d\r\n\r\n",
		GET HOST "A: b\r\nC: d\r\n\r\n", {0}},
	{"trailers are taken",
		GET "TE: gzip, Trailers\r\nConnection: TE\r\n" HOST "TE: trailers\r\n\r\n",
		GET "TE: trailers\r\n" HOST "Connection: TE\r\n\r\n", {0}},
	{"trailers are taken, and then the end", GET HOST "TE: trailers\r\nConnection: TE\r\n\r\n",
		GET HOST "TE: trailers\r\nConnection: close, TE\r\n\r\n", SET_CLOSE},
	{"trailers of no weight", GET HOST "TE: trailers;q=0\r\nConnection: TE\r\n\r\n",
		GET HOST "\r\n", {0}},
	{"no trailers in HTTP/1.0", "GET / HTTP/1.0\r\n" HOST "TE: trailers\r\n\r\n",
		GET HOST "\r\n", {0}},
	{"named by Connection",
		GET HOST
		"A: b\r\nC: d\r\na: e\r\nCookie: f\r\nConnection: A, cookie, close\r\n\r\n",
		GET HOST "C: d\r\nConnection: close\r\n\r\n", SET_CLOSE},
	{"framing and routing stay though named",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\nConnection: host, "
		"content-length\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n", {0}},
	{"no upgrade unless wanted", GET HOST "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n",
		GET HOST "\r\n", {0}},
	{"upgrade", GET HOST "Connection: keep-alive, upgrade\r\nUpgrade: websocket\r\n\r\n",
		GET HOST "Upgrade: websocket\r\nConnection: upgrade\r\n\r\n", SET_UPGRADE},
	{"never h2c",
		GET HOST "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
			 "HTTP2-Settings: x\r\n\r\n",
		GET HOST "\r\n", SET_UPGRADE},
	{"a list of lengths becomes one",
		"POST / HTTP/1.1\r\n" HOST
		"Content-length: 5, 5\r\nContent-Length: 5\r\nA: b\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Content-length: 5\r\nA: b\r\n\r\n", {0}},
	{"two lengths become one",
		"POST / HTTP/1.1\r\nContent-Length: 5\r\n" HOST "Content-Length: 5\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 5\r\n" HOST "\r\n", {0}},
	{"a length loses its zeros", "POST / HTTP/1.1\r\n" HOST "Content-Length: 0010\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\n", {0}},
	{"length zero", "POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", {0}},
	{"many zeros", "POST / HTTP/1.1\r\n" HOST "Content-Length: 000\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", {0}},
	{"chunked wins over a length",
		"POST / HTTP/1.1\r\n" HOST
		"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", {0}},
	{"chunked in its plain spelling",
		"POST / HTTP/1.1\r\n" HOST "transfer-ENCODING:\tChunked \r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", {0}},
	{"trailers stay announced",
		"POST / HTTP/1.1\r\n" HOST "Trailer: a\r\nTransfer-Encoding: chunked\r\n\r\n",
		"POST / HTTP/1.1\r\n" HOST "Trailer: a\r\nTransfer-Encoding: chunked\r\n\r\n", {0}},
	{"Host follows an absolute target", "GET http://b:8/c HTTP/1.1\r\nA: d\r\nHost: a\r\n\r\n",
		"GET http://b:8/c HTTP/1.1\r\nA: d\r\nHost: b:8\r\n\r\n", {0}},
	{"Host that agrees stays", "GET http://b/ HTTP/1.1\r\nHOST:B\r\n\r\n",
		"GET http://b/ HTTP/1.1\r\nHOST:B\r\n\r\n", {0}},
	{"Host is made of an absolute target", "GET http://b/ HTTP/1.0\r\nA: c\r\n\r\n",
		"GET http://b/ HTTP/1.1\r\nHost: b\r\nA: c\r\n\r\n", {0}},
	{"the client's address is a line of its own, at the end",
		GET HOST "X-Forwarded-For: 1.1.1.1\r\nA: b\r\n\r\n",
		GET HOST "X-Forwarded-For: 1.1.1.1\r\nA: b\r\nX-Forwarded-For: 10.0.0.9\r\n"
			 "Connection: close\r\n\r\n",
		{.connection = MESSAGE_CONNECTION_CLOSE,
			.forwardfor_name = {"X-Forwarded-For", 15},
			.forwardfor_value = "10.0.0.9"}},
	{"Expect goes on", GET HOST "Expect: 100-continue\r\n\r\n",
		GET HOST "Expect: 100-continue\r\n\r\n", {0}},
	{"who passes it on says so", GET HOST "Via: 1.0 a\r\n\r\n",
		GET HOST "Via: 1.0 a\r\nVia: 1.1 torc\r\n\r\n", {.add_via = true}},
	{"and in which version it came", "GET / HTTP/1.0\r\n\r\n",
		"GET / HTTP/1.0\r\nVia: 1.0 torc\r\n\r\n", {.add_via = true}},
	{"one forward less", "OPTIONS / HTTP/1.1\r\n" HOST "max-forwards: 07\r\n\r\n",
		"OPTIONS / HTTP/1.1\r\n" HOST "max-forwards: 6\r\n\r\n",
		{.replace_max_forwards = true, .max_forwards = 6}},
	{"forwards that are nobody's concern", GET HOST "Max-Forwards: 7\r\n\r\n",
		GET HOST "Max-Forwards: 7\r\n\r\n", {0}},
	{"Expect was answered", GET HOST "Expect: 100-continue\r\n\r\n", GET HOST "\r\n",
		{.drop_expect = true}},
};

static const struct message_case responses[] = {
	{"nothing to do", OK "A: b\r\n\r\n", OK "A: b\r\n\r\n", {0}},
	{"version of an old server", "HTTP/1.0 200 OK\r\nA: b\r\n\r\n", OK "A: b\r\n\r\n", {0}},
	{"no reason", "HTTP/1.1 200 \r\nA: b\r\n\r\n", "HTTP/1.1 200 \r\nA: b\r\n\r\n", {0}},
	{"no space", "HTTP/1.1 200\r\nA: b\r\n\r\n", "HTTP/1.1 200 \r\nA: b\r\n\r\n", {0}},
	{"close", OK "Connection: keep-alive\r\nKeep-Alive: 5\r\nContent-Length: 0\r\n\r\n",
		OK "Content-Length: 0\r\nConnection: close\r\n\r\n", SET_CLOSE},
	{"several cookies", OK "Set-Cookie: a\r\nSet-Cookie: b\r\n\r\n",
		OK "Set-Cookie: a\r\nSet-Cookie: b\r\n\r\n", {0}},
	{"without its chunk framing",
		OK "Trailer: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\nA: b\r\n\r\n",
		OK "A: b\r\nConnection: close\r\n\r\n",
		{.connection = MESSAGE_CONNECTION_CLOSE, .drop_transfer_encoding = true}},
	{"204 speaks of no body", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nA: b\r\n\r\n",
		"HTTP/1.1 204 No Content\r\nA: b\r\n\r\n", {0}},
	{"103 speaks of no body",
		"HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\nLink: b\r\n\r\n",
		"HTTP/1.1 103 Early Hints\r\nLink: b\r\n\r\n", {0}},
	{"304 keeps its length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", {0}},
	{"304 with a list of lengths", "HTTP/1.1 304 Not Modified\r\nContent-Length: 7,7\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", {0}},
	{"upgraded",
		"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: "
		"websocket\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
		"upgrade\r\n\r\n",
		SET_UPGRADE},
	{"a protocol is required, and its name stays",
		"HTTP/1.1 426 No\r\nConnection: Upgrade\r\nUpgrade: TLS/1.0\r\n\r\n",
		"HTTP/1.1 426 No\r\nUpgrade: TLS/1.0\r\nConnection: Upgrade\r\n\r\n",
		{.offers_upgrade = true}},
	{"a protocol is required, and then the end",
		"HTTP/1.1 426 No\r\nConnection: Upgrade\r\nUpgrade: TLS/1.0\r\n\r\n",
		"HTTP/1.1 426 No\r\nUpgrade: TLS/1.0\r\nConnection: close, Upgrade\r\n\r\n",
		{.connection = MESSAGE_CONNECTION_CLOSE, .offers_upgrade = true}},
	{"h2c is offered to nobody",
		"HTTP/1.1 426 No\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
		"HTTP/1.1 426 No\r\n\r\n", {.offers_upgrade = true}},
};

enum side { REQUEST, RESPONSE };

static void read_head(enum side side, const char *text)
{
	uint32_t scanned = 0, len = (uint32_t)strlen(text);
	int32_t result = side == REQUEST ? h1_read_request(&head, text, len, &scanned, &limits)
					 : h1_read_response(&head, text, len, &scanned, &limits,
						   H1_METHOD_GET);

	assert_int_equal(result, len);
}

static uint32_t write_head(
	enum side side, char *out, uint32_t capacity, const struct message_edits *edits)
{
	return side == REQUEST ? message_write_request(out, capacity, &head, edits)
			       : message_write_response(out, capacity, &head, edits);
}

/* In memory of exactly the size: one byte less does not fit, for any smaller size. */
static void check(enum side side, const struct message_case *c, bool settled)
{
	uint32_t len = (uint32_t)strlen(c->out);

	print_message("  %s\n", c->name);
	read_head(side, c->in);
	if (settled)
		assert_true(message_settle_host(&head));
	for (uint32_t capacity = 0; capacity <= len; capacity++) {
		char *out = malloc(capacity ? capacity : 1);
		uint32_t wrote = write_head(side, out, capacity, &c->edits);

		assert_int_equal(wrote, capacity == len ? len : 0);
		if (wrote)
			assert_memory_equal(out, c->out, len);
		free(out);
	}
}

static void requests_leave(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		for (int settled = 0; settled < 2; settled++)
			check(REQUEST, &requests[i], settled);
}

static void responses_leave(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++)
		check(RESPONSE, &responses[i], false);
}

/* Host says what an absolute target says, also where there was none. */
static void one_host_for_everybody(void **state)
{
	static const struct {
		const char *in, *host;
		uint32_t fields;
	} cases[] = {
		{GET HOST "\r\n", "a", 1},
		{"GET / HTTP/1.0\r\n\r\n", NULL, 0},
		{"GET http://b:8/ HTTP/1.1\r\nA: x\r\nHost: a\r\n\r\n", "b:8", 2},
		{"GET http://A/ HTTP/1.1\r\n" HOST "\r\n", "a", 1},
		{"GET http://b HTTP/1.0\r\nA: x\r\n\r\n", "b", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct h1_field *host;

		read_head(REQUEST, cases[i].in);
		assert_true(message_settle_host(&head));
		assert_int_equal(head.field_count, cases[i].fields);
		host = h1_find(&head, H1_FIELD_HOST);
		assert_int_equal(host != NULL, cases[i].host != NULL);
		if (host)
			assert_true(span_equal(host->value, span_of_string(cases[i].host)));
	}
	read_head(REQUEST, "GET http://b HTTP/1.0\r\n\r\n");
	memset(head.fields, 0, sizeof(head.fields));
	head.field_count = H1_FIELDS_MAX;
	assert_false(message_settle_host(&head));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_leave),
		cmocka_unit_test(responses_leave),
		cmocka_unit_test(one_host_for_everybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
