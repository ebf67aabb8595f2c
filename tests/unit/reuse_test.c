/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of kept server connections: who may take one, which answers let theirs be kept, which
 * bind it to their client, what may be sent twice, how many are closed. */
#include "net/http/reuse.h"
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static void modes_choose(void **state)
{
	static const struct {
		enum http_reuse mode;
		enum reuse first, later;
	} rows[] = {
		{HTTP_REUSE_NEVER, REUSE_OWN, REUSE_OWN},
		{HTTP_REUSE_UNSET, REUSE_OWN, REUSE_ANY},
		{HTTP_REUSE_SAFE, REUSE_OWN, REUSE_ANY},
		{HTTP_REUSE_AGGRESSIVE, REUSE_PROVEN, REUSE_ANY},
		{HTTP_REUSE_ALWAYS, REUSE_ANY, REUSE_ANY},
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(reuse_choose(rows[i].mode, true), rows[i].first);
		assert_int_equal(reuse_choose(rows[i].mode, false), rows[i].later);
	}
}

static const struct {
	const char *name, *head;
	bool keeps, keeps10, binds;
} answers[] = {
	{"1.1 with a length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true, false, false},
	{"1.1 in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true, false,
		false},
	{"1.1 until the end", "HTTP/1.1 200 OK\r\n\r\n", false, false, false},
	{"1.1 that closes", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n",
		false, false, false},
	{"close beside others",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: X-A, Close\r\n\r\n", false,
		false, false},
	{"both", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive, close\r\n\r\n",
		false, false, false},
	{"1.1 that says so",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n", true,
		true, false},
	{"1.0", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", false, false, false},
	{"1.0 that keeps", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n",
		true, true, false},
	{"1.0 until the end", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", false, false,
		false},
	{"no content", "HTTP/1.1 204 No Content\r\n\r\n", true, false, false},
	{"not modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", true, false,
		false},
	{"interim", "HTTP/1.1 103 Early Hints\r\n\r\n", false, false, false},
	{"another protocol", "HTTP/1.1 101 Switching Protocols\r\n\r\n", false, false, false},
	{"length and chunks",
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", false,
		false, false},
	{"NTLM",
		"HTTP/1.1 401 No\r\nContent-Length: 0\r\nWWW-Authenticate: ntlm TlRMTVNTUAAC\r\n"
		"\r\n",
		true, false, true},
	{"Negotiate behind Basic",
		"HTTP/1.1 401 No\r\nContent-Length: 0\r\nWWW-Authenticate: Basic realm=a\r\n"
		"www-authenticate: Negotiate\r\n\r\n",
		true, false, true},
	{"a proxy's", "HTTP/1.1 407 No\r\nContent-Length: 0\r\nProxy-Authenticate: NTLM\r\n\r\n",
		true, false, true},
	{"Basic", "HTTP/1.1 401 No\r\nContent-Length: 0\r\nWWW-Authenticate: Basic\r\n\r\n", true,
		false, false},
	{"NTLM in a 200", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nWWW-Authenticate: NTLM\r\n\r\n",
		true, false, false},
};

static void answers_decide(void **state)
{
	static const struct h1_limits limits = {.head_bytes = 4096, .fields = 20};

	(void)state;
	for (uint32_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		static struct h1_head head;
		uint32_t scanned = 0;
		int32_t bytes = h1_read_response(&head, answers[i].head,
			(uint32_t)strlen(answers[i].head), &scanned, &limits, H1_METHOD_GET);

		if (bytes < 0)
			continue; /* what is refused is never kept */
		if (reuse_head_keeps(&head, false) != answers[i].keeps ||
			reuse_head_keeps(&head, true) != answers[i].keeps10 ||
			reuse_head_binds(&head) != answers[i].binds)
			fail_msg("%s", answers[i].name);
	}
}

static void methods_repeat(void **state)
{
	(void)state;
	assert_true(reuse_is_idempotent(H1_METHOD_GET));
	assert_true(reuse_is_idempotent(H1_METHOD_HEAD));
	assert_true(reuse_is_idempotent(H1_METHOD_PUT));
	assert_true(reuse_is_idempotent(H1_METHOD_DELETE));
	assert_true(reuse_is_idempotent(H1_METHOD_OPTIONS));
	assert_true(reuse_is_idempotent(H1_METHOD_TRACE));
	assert_false(reuse_is_idempotent(H1_METHOD_POST));
	assert_false(reuse_is_idempotent(H1_METHOD_PATCH));
	assert_false(reuse_is_idempotent(H1_METHOD_CONNECT));
	assert_false(reuse_is_idempotent(H1_METHOD_OTHER));
}

static void purges_follow_the_need(void **state)
{
	static const struct {
		const char *name;
		struct reuse_demand before;
		uint32_t closes, need;
	} rows[] = {
		{"nothing", {0, 0, 0, 0}, 0, 0},
		{"all are needed", {5, 5, 10, 10}, 0, 10},
		{"a peak that is over", {0, 100, 100, 0}, 0, 100},
		{"the need halves", {0, 100, 0, 100}, 25, 50},
		{"rounded up", {0, 1, 0, 0}, 1, 0},
		{"half of the rest", {2, 10, 2, 2}, 5, 2},
		{"never one in use", {10, 1, 0, 0}, 1, 0},
		{"a rise counts at once", {40, 3, 40, 2}, 2, 40},
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reuse_demand demand = rows[i].before;
		uint32_t closes = reuse_purge(&demand);

		if (closes != rows[i].closes || demand.need != rows[i].need ||
			demand.used_max != rows[i].before.used)
			fail_msg("%s: closes %u, need %u", rows[i].name, closes, demand.need);
	}
}

static void an_idle_pool_empties(void **state)
{
	struct reuse_demand demand = {.idle = 1000, .used_max = 1000};
	uint32_t rounds = 0;

	(void)state;
	while (demand.idle > 0 && rounds++ < 100)
		demand.idle -= reuse_purge(&demand);
	assert_int_equal(demand.idle, 0);
	assert_true(rounds < 30);
}

static void statuses_have_bits(void **state)
{
	(void)state;
	assert_int_equal(retry_on_status(200), 0);
	assert_int_equal(retry_on_status(505), 0);
	assert_int_not_equal(retry_on_status(503), 0);
	assert_int_not_equal(retry_on_status(503), retry_on_status(504));
	assert_int_equal(retry_on_status(503) & (RETRY_ON_FIRST_STATUS - 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes_choose),
		cmocka_unit_test(answers_decide),
		cmocka_unit_test(methods_repeat),
		cmocka_unit_test(purges_follow_the_need),
		cmocka_unit_test(an_idle_pool_empties),
		cmocka_unit_test(statuses_have_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
