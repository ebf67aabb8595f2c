/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a probe says on the wire, and what it makes of everything that may come back. */
#include "health/probe.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ANSWER_BYTES 1024 /* tune.bufsize of these tests */
#define FIELDS_MAX   101
#define SIXTEEN(text)                                                                              \
	text text text text text text text text text text text text text text text text
#define REASON_IS_LONG SIXTEEN("0123456789abcdef")

static const struct {
	const char *name;
	struct httpchk httpchk;
	const char *wire;
} requests[] = {
	{"no words", {0}, "OPTIONS / HTTP/1.0\r\n\r\n"},
	{"the published one", {.method = "GET", .uri = "/hc.html"},
		"GET /hc.html HTTP/1.0\r\n\r\n"},
	{"fields and a body of http-check send",
		{.method = "POST",
			.uri = "/x",
			.version = "HTTP/1.1",
			.host = "www",
			.fields = "Host: b\r\nA: c\r\n",
			.body = "hello"},
		"POST /x HTTP/1.1\r\nHost: b\r\nA: c\r\ncontent-length: 5\r\n"
		"connection: close\r\n\r\nhello"},
	{"a uri alone", {.uri = "/x"}, "OPTIONS /x HTTP/1.0\r\n\r\n"},
	{"HTTP/1.0 written out", {.method = "HEAD", .uri = "/", .version = "HTTP/1.0"},
		"HEAD / HTTP/1.0\r\n\r\n"},
	{"HTTP/1.1 says that it closes", {.method = "GET", .uri = "/x", .version = "HTTP/1.1"},
		"GET /x HTTP/1.1\r\nconnection: close\r\n\r\n"},
	{"a host word", {.method = "GET", .uri = "/x", .version = "HTTP/1.1", .host = "www"},
		"GET /x HTTP/1.1\r\nhost: www\r\nconnection: close\r\n\r\n"},
	{"a host word with HTTP/1.0",
		{.method = "GET", .uri = "/x", .version = "HTTP/1.0", .host = "www"},
		"GET /x HTTP/1.0\r\nhost: www\r\n\r\n"},
	{"the Host trick", {.method = "GET", .uri = "/x", .version = "HTTP/1.1\r\nHost: www"},
		"GET /x HTTP/1.1\r\nHost: www\r\nconnection: close\r\n\r\n"},
	{"the Host trick wins over a host word",
		{.uri = "/x", .version = "HTTP/1.1\r\nHost: www", .host = "other"},
		"OPTIONS /x HTTP/1.1\r\nHost: www\r\nconnection: close\r\n\r\n"},
	{"the Host trick with HTTP/1.0 and two lines",
		{.method = "GET", .uri = "/x", .version = "HTTP/1.0\r\nHost: www\r\nX-A: b"},
		"GET /x HTTP/1.0\r\nHost: www\r\nX-A: b\r\n\r\n"},
	{"the Host trick with its last line ended",
		{.method = "GET", .uri = "/x", .version = "HTTP/1.0\r\nHost: www\r\n"},
		"GET /x HTTP/1.0\r\nHost: www\r\n\r\n"},
	{"the trick with a Connection of its own",
		{.method = "GET",
			.uri = "/x",
			.version = "HTTP/1.1\r\nConnection: keep-alive\r\nHost: a"},
		"GET /x HTTP/1.1\r\nConnection: keep-alive\r\nHost: a\r\n\r\n"},
	{"a line end and nothing", {.method = "GET", .uri = "/x", .version = "HTTP/1.0\r\n"},
		"GET /x HTTP/1.0\r\n\r\n"},
	{"a body behind the trick",
		{.method = "POST", .uri = "/x", .version = "HTTP/1.0\r\nX: y\r\n\r\nping"},
		"POST /x HTTP/1.0\r\nX: y\r\ncontent-length: 4\r\n\r\nping"},
	{"a body with its length",
		{.method = "POST",
			.uri = "/x",
			.version = "HTTP/1.0\r\nContent-Length: 4\r\n\r\nping"},
		"POST /x HTTP/1.0\r\nContent-Length: 4\r\n\r\nping"},
	{"POST without a body", {.method = "POST", .uri = "/x", .version = "HTTP/1.1"},
		"POST /x HTTP/1.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"},
};

#define UNDECIDED PROBE_UNDECIDED, CHECK_STATUS_UNKNOWN
#define PASSED	  PROBE_PASSED, CHECK_STATUS_L7OK
#define WRONG	  PROBE_FAILED, CHECK_STATUS_L7STS
#define INVALID	  PROBE_FAILED, CHECK_STATUS_L7RSP

static const struct {
	const char *name;
	const char *bytes;
	enum probe_outcome outcome;
	enum check_status status;
	uint32_t code;
	const char *text;
} answers[] = {
	{"200", "HTTP/1.0 200 OK\r\n\r\n", PASSED, 200, ""},
	{"200 with fields and a body", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", PASSED,
		200, ""},
	{"200 whose body has not come", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", PASSED,
		200, ""},
	{"204", "HTTP/1.1 204 No Content\r\n\r\n", PASSED, 204, ""},
	{"302", "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", PASSED, 302, ""},
	{"399", "HTTP/1.1 399 X\r\n\r\n", PASSED, 399, ""},
	{"400", "HTTP/1.1 400 Bad Request\r\n\r\n", WRONG, 400, "Bad Request"},
	{"500", "HTTP/1.0 500 Oops\r\n\r\n", WRONG, 500, "Oops"},
	{"no reason", "HTTP/1.0 404 \r\n\r\n", WRONG, 404, ""},
	{"no reason and no space", "HTTP/1.0 404\r\n\r\n", WRONG, 404, ""},
	{"a reason to protect", "HTTP/1.1 503 say \"hi\" \\ \t\xe9\r\n\r\n", WRONG, 503,
		"say \"hi\" \\ <09><E9>"},
	{"a long reason is cut", "HTTP/1.1 503 " REASON_IS_LONG "\r\n\r\n", WRONG, 503,
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcde"},
	{"interim answers come first", /* RFC 9110 15.2 */
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
		"HTTP/1.1 200 OK\r\n\r\n",
		PASSED, 200, ""},
	{"an interim answer alone", "HTTP/1.1 100 Continue\r\n\r\n", UNDECIDED, 0, ""},
	{"a bad answer after an interim one", "HTTP/1.1 100 Continue\r\n\r\nnonsense\r\n\r\n",
		INVALID, 0, ""},
	{"101 is final", "HTTP/1.1 101 Switching Protocols\r\n\r\n", WRONG, 101,
		"Switching Protocols"},
	{"nothing", "", UNDECIDED, 0, ""},
	{"no end of the head", "HTTP/1.0 200 OK\r\nA: b\r\n", UNDECIDED, 0, ""},
	{"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", INVALID, 0, ""},
	{"a page without a head", "<html>hello</html>\r\n", INVALID, 0, ""},
	{"two digits", "HTTP/1.0 20 OK\r\n\r\n", INVALID, 0, ""},
	{"four digits", "HTTP/1.0 2000 OK\r\n\r\n", INVALID, 0, ""},
	{"a status below 100", "HTTP/1.0 099 OK\r\n\r\n", INVALID, 0, ""},
	{"a field without a colon", "HTTP/1.0 200 OK\r\nbad field\r\n\r\n", INVALID, 0, ""},
	{"two lengths that differ", /* RFC 9112 6.3, rule 5 */
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n", INVALID, 0,
		""},
	{"lone line feeds", "HTTP/1.1 200 OK\nA: b\n\n", PASSED, 200, ""}, /* RFC 9112 2.2 */
	{"lone line feeds, 500", "HTTP/1.0 500 Oops\n\nbody", WRONG, 500, "Oops"},
	{"lone line feeds, no reason", "HTTP/1.0 404\n\n", WRONG, 404, ""},
	{"lone line feeds, then CRLF", "HTTP/1.0 200 OK\nA: b\r\n\r\n", PASSED, 200, ""},
	{"lone line feeds, no end", "HTTP/1.0 200 OK\nA: b\n", UNDECIDED, 0, ""},
	{"lone line feeds, no colon", "HTTP/1.0 200 OK\nbad field\n\n", INVALID, 0, ""},
	{"lone line feeds, no status", "HTTP/1.0 abc OK\n\n", INVALID, 0, ""},
	{"lone line feeds, another protocol", "+OK ready to serve\n", INVALID, 0, ""},
	{"lone line feeds, a status below 100", "HTTP/1.0 012 OK\n\n", INVALID, 0, ""},
	{"lone line feeds, stuck to the code", "HTTP/1.0 200OK\n\n", INVALID, 0, ""},
	{"lone line feeds, a control character", "HTTP/1.0 200 \x01\n\n", INVALID, 0, ""},
	{"lone line feeds, no minor version", "HTTP/1.x 200 OK\n\n", INVALID, 0, ""},
	{"CRLF, then a lone line feed", "HTTP/1.0 200 OK\r\nA: b\n\r\n", INVALID, 0, ""},
};

static void writes_requests(void **state)
{
	char out[256];

	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		uint32_t bytes = probe_write_request(out, sizeof(out), &requests[i].httpchk);

		print_message("  %s\n", requests[i].name);
		assert_int_equal(bytes, strlen(requests[i].wire));
		assert_memory_equal(out, requests[i].wire, bytes);
		assert_true(probe_request_capacity(&requests[i].httpchk) >= bytes);
		for (uint32_t capacity = 0; capacity < bytes; capacity++)
			assert_int_equal(
				probe_write_request(out, capacity, &requests[i].httpchk), 0);
		assert_int_equal(probe_write_request(out, bytes, &requests[i].httpchk), bytes);
	}
}

static struct h1_head head;

/* Judges an answer that comes in pieces of so many bytes.  The bytes stand in a block of exactly
 * their size, so that the sanitizers see a step beyond them. */
static struct probe_result judge(const char *bytes, uint32_t len, uint32_t piece)
{
	char *copy = malloc(len ? len : 1);
	struct probe_answer answer = {.bytes = copy, .capacity = ANSWER_BYTES};
	struct probe_result result = {.outcome = PROBE_UNDECIDED};
	bool decided = false;

	memcpy(copy, bytes, len);
	while (answer.len < len && !decided) {
		answer.len += answer.len + piece < len ? piece : len - answer.len;
		decided = probe_judge(&result, &answer, &head, FIELDS_MAX);
		assert_int_equal(decided, result.outcome != PROBE_UNDECIDED);
	}
	free(copy);
	return result;
}

static void judges_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		uint32_t len = (uint32_t)strlen(answers[i].bytes);

		print_message("  %s\n", answers[i].name);
		for (uint32_t piece = len ? len : 1; piece > 0; piece--) {
			struct probe_result result = judge(answers[i].bytes, len, piece);

			assert_int_equal(result.outcome, answers[i].outcome);
			assert_int_equal(result.status, answers[i].status);
			assert_int_equal(result.code, answers[i].code);
			assert_string_equal(result.text, answers[i].text);
		}
	}
}

/* Cut before its head is complete, an answer that passes has decided nothing. */
static void waits_for_the_whole_head(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		const char *end = strstr(answers[i].bytes, "\r\n\r\n");

		if (answers[i].outcome != PROBE_PASSED || !end || strstr(end + 4, "HTTP/"))
			continue;
		for (uint32_t cut = 0; cut < (uint32_t)(end + 4 - answers[i].bytes); cut++)
			assert_int_equal(judge(answers[i].bytes, cut, cut ? cut : 1).outcome,
				PROBE_UNDECIDED);
	}
}

static void refuses_a_head_that_does_not_fit(void **state)
{
	char bytes[ANSWER_BYTES];
	struct probe_result result;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "HTTP/1.0 200 OK\r\nA: ", 20);
	assert_int_equal(judge(bytes, ANSWER_BYTES - 1, 100).outcome, PROBE_UNDECIDED);
	result = judge(bytes, ANSWER_BYTES, 100);
	assert_int_equal(result.outcome, PROBE_FAILED);
	assert_int_equal(result.status, CHECK_STATUS_L7RSP);
	/* The same with lone line feeds, and with interim answers without end. */
	memcpy(bytes, "HTTP/1.0 200 OK\nAA: ", 20);
	assert_int_equal(judge(bytes, ANSWER_BYTES - 1, 100).outcome, PROBE_UNDECIDED);
	assert_int_equal(judge(bytes, ANSWER_BYTES, 100).outcome, PROBE_FAILED);
	for (uint32_t at = 0; at + 25 <= ANSWER_BYTES; at += 25)
		memcpy(bytes + at, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	memcpy(bytes + 1000, "HTTP/1.1 200 AAAAAAAAAAA", 24);
	assert_int_equal(judge(bytes, ANSWER_BYTES - 1, 100).outcome, PROBE_UNDECIDED);
	assert_int_equal(judge(bytes, ANSWER_BYTES, 100).outcome, PROBE_FAILED);
}

#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define OF(kind_, ...)                                                                             \
	{                                                                                          \
		.kind = EXPECT_##kind_, __VA_ARGS__                                                \
	}

static const struct expected_case {
	const char *name;
	struct check_expect expect;
	const char *bytes;
	enum probe_outcome open, ended; /* while the server may go on, and when it has closed */
	enum check_status status;	/* at the end */
	const char *text;
} expected[] = {
	{"a status of the list", OF(STATUS, .pattern = "200,404-410"),
		"HTTP/1.0 404 Not Found\r\n\r\n", PROBE_PASSED, PROBE_PASSED, CHECK_STATUS_L7OK,
		""},
	{"a status that is not", OF(STATUS, .pattern = "200,404-410"), "HTTP/1.0 301 Moved\r\n\r\n",
		PROBE_FAILED, PROBE_FAILED, CHECK_STATUS_L7STS, "Moved"},
	{"any status but these", OF(STATUS, .pattern = "500-599", .negated = true),
		"HTTP/1.0 404 Not Found\r\n\r\n", PROBE_PASSED, PROBE_PASSED, CHECK_STATUS_L7OK,
		""},
	{"one of these after all", OF(STATUS, .pattern = "500-599", .negated = true),
		"HTTP/1.0 503 Busy\r\n\r\n", PROBE_FAILED, PROBE_FAILED, CHECK_STATUS_L7STS,
		"Busy"},
	{"a status by its look", OF(RSTATUS, .pattern = "^[23]0"), "HTTP/1.0 302 Found\r\n\r\n",
		PROBE_PASSED, PROBE_PASSED, CHECK_STATUS_L7OK, ""},
	{"a text, whatever the status", OF(STRING, .pattern = "alive"),
		"HTTP/1.0 500 No\r\n\r\nI am alive!", PROBE_PASSED, PROBE_PASSED, CHECK_STATUS_L7OK,
		""},
	{"a text that may still come", OF(STRING, .pattern = "alive"),
		"HTTP/1.0 200 OK\r\n\r\nI am ali", PROBE_UNDECIDED, PROBE_FAILED,
		CHECK_STATUS_L7RSP, "HTTP content check did not match"},
	{"a text that cannot come any more", OF(STRING, .pattern = "alive"),
		"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\ndead", PROBE_FAILED, PROBE_FAILED,
		CHECK_STATUS_L7RSP, "HTTP content check did not match"},
	{"a text behind the body", OF(STRING, .pattern = "alive"),
		"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\ndeadalive", PROBE_FAILED, PROBE_FAILED,
		CHECK_STATUS_L7RSP, "HTTP content check did not match"},
	{"a text over two chunks", OF(STRING, .pattern = "alive"),
		CHUNKED "3\r\nali\r\n2\r\nve\r\n", PROBE_PASSED, PROBE_PASSED, CHECK_STATUS_L7OK,
		""},
	{"chunks without it", OF(STRING, .pattern = "alive"), CHUNKED "3\r\nali\r\n0\r\n\r\n",
		PROBE_FAILED, PROBE_FAILED, CHECK_STATUS_L7RSP, "HTTP content check did not match"},
	{"no body", OF(STRING, .pattern = "alive"), "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
		PROBE_FAILED, PROBE_FAILED, CHECK_STATUS_L7RSP,
		"HTTP content check could not find a response body"},
	{"a text that must not be there", OF(STRING, .pattern = "down", .negated = true),
		"HTTP/1.0 200 OK\r\n\r\nshutdown", PROBE_FAILED, PROBE_FAILED, CHECK_STATUS_L7RSP,
		"HTTP check matched unwanted content"},
	{"and is not", OF(STRING, .pattern = "down", .negated = true), "HTTP/1.0 200 OK\r\n\r\nup",
		PROBE_UNDECIDED, PROBE_PASSED, CHECK_STATUS_L7OK, ""},
	{"the reason and the rule's comment",
		OF(STRING, .pattern = "alive", .comment = "says it lives"),
		"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\ndead", PROBE_FAILED, PROBE_FAILED,
		CHECK_STATUS_L7RSP, "HTTP content check did not match comment: says it lives"},
	{"a text by its look", OF(RSTRING, .pattern = "nodes: [3-9]"),
		"HTTP/1.0 200 OK\r\n\r\nnodes: 4\n", PROBE_PASSED, PROBE_PASSED, CHECK_STATUS_L7OK,
		""},
	{"lone line feeds and a text", OF(STRING, .pattern = "alive"), "HTTP/1.0 200 OK\n\nalive",
		PROBE_PASSED, PROBE_PASSED, CHECK_STATUS_L7OK, ""},
	{"no head at all", OF(STRING, .pattern = "alive"), "HTTP/1.0 20", PROBE_UNDECIDED,
		PROBE_FAILED, CHECK_STATUS_L7RSP, ""},
};

/* One pattern of "200,404-410" each. */
static struct status_range *ranges_of(const char *text, struct status_range *into)
{
	struct status_range *first = into;

	for (;; into++) {
		char *end;

		into->first = into->last = (uint16_t)strtoul(text, &end, 10);
		if (*end == '-')
			into->last = (uint16_t)strtoul(end + 1, &end, 10);
		into->next = *end == ',' ? into + 1 : NULL;
		if (*end != ',')
			return first;
		text = end + 1;
	}
}

static void judges_by_what_is_expected(void **state)
{
	static char scratch[ANSWER_BYTES];
	struct regex_matcher *matcher = regex_matcher_open();
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(expected); i++) {
		const struct expected_case *c = &expected[i];
		struct check_expect expect = c->expect;
		struct status_range ranges[4];
		const struct probe_terms terms = {.fields_max = FIELDS_MAX,
			.expects = &expect,
			.matcher = matcher,
			.scratch = scratch};
		struct probe_answer answer = {.bytes = c->bytes, .capacity = ANSWER_BYTES};
		struct probe_result result;
		const char *error;

		print_message("  %s\n", c->name);
		if (expect.kind == EXPECT_STATUS)
			expect.ranges = ranges_of(expect.pattern, ranges);
		else if (expect.kind != EXPECT_STRING)
			assert_non_null(expect.regex = regex_compile(
						&arena, expect.pattern, false, &error));
		/* Byte by byte: nothing is said before it is known. */
		for (answer.len = 1; answer.len < strlen(c->bytes); answer.len++) {
			if (probe_judge_by(&result, &answer, &head, &terms, false))
				assert_int_equal(result.outcome, c->open);
		}
		probe_judge_by(&result, &answer, &head, &terms, false);
		assert_int_equal(result.outcome, c->open);
		assert_true(probe_judge_by(&result, &answer, &head, &terms, true));
		assert_int_equal(result.outcome, c->ended);
		assert_int_equal(result.status, c->status);
		assert_string_equal(result.text, c->text);
		if (expect.regex)
			regex_drop((struct regex *)(uintptr_t)expect.regex);
	}
	arena_free(&arena);
	regex_matcher_close(matcher);
}

static void judges_the_other_ends(void **state)
{
	static const struct {
		int error;
		enum probe_outcome outcome;
		enum check_status status;
		const char *text;
	} errors[] = {
		{ECONNREFUSED, PROBE_FAILED, CHECK_STATUS_L4CON, "Connection refused"},
		{EHOSTUNREACH, PROBE_FAILED, CHECK_STATUS_L4CON, "No route to host"},
		{ENETUNREACH, PROBE_FAILED, CHECK_STATUS_L4CON, "Network is unreachable"},
		{ETIMEDOUT, PROBE_FAILED, CHECK_STATUS_L4CON, "Connection timed out"},
		{ENOENT, PROBE_FAILED, CHECK_STATUS_L4CON, "No such file or directory"},
		{EADDRNOTAVAIL, PROBE_FAILED, CHECK_STATUS_SOCKERR,
			"Cannot assign requested address"},
		{EPERM, PROBE_FAILED, CHECK_STATUS_SOCKERR, "Operation not permitted"},
		{EMFILE, PROBE_INCONCLUSIVE, CHECK_STATUS_SOCKERR, "Too many open files"},
		{ENFILE, PROBE_INCONCLUSIVE, CHECK_STATUS_SOCKERR, "Too many open files in system"},
		{ENOBUFS, PROBE_INCONCLUSIVE, CHECK_STATUS_SOCKERR, "No buffer space available"},
		{ENOMEM, PROBE_INCONCLUSIVE, CHECK_STATUS_SOCKERR, "Cannot allocate memory"},
		{99999, PROBE_FAILED, CHECK_STATUS_L4CON, "Unknown error"},
	};
	struct probe_result result;

	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++) {
		probe_judge_connect_error(&result, errors[i].error);
		assert_int_equal(result.outcome, errors[i].outcome);
		assert_int_equal(result.status, errors[i].status);
		assert_string_equal(result.text, errors[i].text);
	}
	probe_judge_socket_error(&result, ECONNRESET);
	assert_int_equal(result.outcome, PROBE_FAILED);
	assert_int_equal(result.status, CHECK_STATUS_SOCKERR);
	assert_string_equal(result.text, "Connection reset by peer");
	probe_judge_socket_error(&result, EMFILE);
	assert_int_equal(result.outcome, PROBE_INCONCLUSIVE);
	probe_judge_connected(&result);
	assert_int_equal(result.outcome, PROBE_PASSED);
	assert_int_equal(result.status, CHECK_STATUS_L4OK);
	probe_judge_closed(&result);
	assert_int_equal(result.outcome, PROBE_FAILED);
	assert_int_equal(result.status, CHECK_STATUS_L7RSP);
	probe_judge_timeout(&result, PROBE_CONNECTING);
	assert_int_equal(result.status, CHECK_STATUS_L4TOUT);
	probe_judge_timeout(&result, PROBE_TALKING);
	assert_int_equal(result.outcome, PROBE_FAILED);
	assert_int_equal(result.status, CHECK_STATUS_L7TOUT);
	assert_string_equal(result.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_requests),
		cmocka_unit_test(judges_answers),
		cmocka_unit_test(waits_for_the_whole_head),
		cmocka_unit_test(refuses_a_head_that_does_not_fit),
		cmocka_unit_test(judges_by_what_is_expected),
		cmocka_unit_test(judges_the_other_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
