/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A keeper's notes for the program that takes its place. */
#include "core/handover.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define HEAD "torc-handover 1\n"

static char *write_text(const struct handover *handover, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	handover_write(handover, out);
	fclose(out);
	return text;
}

static struct handover_socket sockets[] = {
	{.fd = 5,
		.backlog = 1024,
		.key = "tcp 192.0.2.1:80 interface=eth0",
		.text = "192.0.2.1:80"},
	{.fd = 3, .backlog = 0, .inherited = true, .key = "fd@3", .text = ""},
};
static int listen_fds[] = {3, 5};
static struct handover_balancer balancers[] = {
	{.generation = 6,
		.pid = 4710,
		.pidfd = 9,
		.channel = 10,
		.board = -1,
		.stop_at_ms = 18446744073709u},
	{.generation = 7, .pid = 4711, .pidfd = 11, .channel = 12, .board = 13, .serving = true},
};
static const struct handover full = {
	.generation = 7,
	.silent = true,
	.paused = true,
	.heartbeat_stale_ms = 1000,
	.heartbeat_replace_ms = 3000,
	.hard_stop_after_ms = UINT32_MAX,
	.grace_ms = 1,
	.snapshot = 14,
	.plan = 15,
	.next_snapshot = 16,
	.pidfile = "/run/my torc.pid",
	.sockets = sockets,
	.socket_count = 2,
	.listen_fds = listen_fds,
	.listen_count = 2,
	.balancers = balancers,
	.balancer_count = 2,
};

static void reads_what_it_writes(void **state)
{
	struct arena arena = {0};
	struct handover got;
	size_t len;
	char *text = write_text(&full, &len);

	(void)state;
	assert_true(handover_read(&got, text, len, &arena));
	assert_int_equal(got.generation, 7);
	assert_true(got.silent && got.paused);
	assert_int_equal(got.heartbeat_replace_ms, 3000);
	assert_true(got.hard_stop_after_ms == UINT32_MAX);
	assert_int_equal(got.grace_ms, 1);
	assert_int_equal(got.snapshot, 14);
	assert_int_equal(got.plan, 15);
	assert_int_equal(got.next_snapshot, 16);
	assert_string_equal(got.pidfile, full.pidfile);
	assert_int_equal(got.socket_count, 2);
	assert_string_equal(got.sockets[0].key, sockets[0].key);
	assert_string_equal(got.sockets[0].text, sockets[0].text);
	assert_true(got.sockets[1].inherited);
	assert_string_equal(got.sockets[1].text, "");
	assert_int_equal(got.listen_count, 2);
	assert_int_equal(got.listen_fds[1], 5);
	assert_int_equal(got.balancer_count, 2);
	assert_false(got.balancers[0].serving);
	assert_int_equal(got.balancers[0].board, -1);
	assert_true(got.balancers[0].stop_at_ms == balancers[0].stop_at_ms);
	assert_true(got.balancers[1].serving);
	assert_int_equal(got.balancers[1].channel, 12);
	arena_free(&arena);
	free(text);
}

static void refuses_notes_cut_anywhere(void **state)
{
	size_t len;
	char *text = write_text(&full, &len);

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		struct arena arena = {0};
		struct handover got;

		assert_false(handover_read(&got, text, cut, &arena));
		arena_free(&arena);
	}
	free(text);
}

static const struct {
	const char *name, *text;
	bool good;
} cases[] = {
	{"nothing but the frame", HEAD "end\n", true},
	{"a line of a later version", HEAD "colour blue 7\nend\n", true},
	{"an older version is read", "torc-handover 1\nend\n", true},
	{"a later version", "torc-handover 2\nend\n", false},
	{"version nought", "torc-handover 0\nend\n", false},
	{"another program's", "haproxy 1\nend\n", false},
	{"no end", HEAD "generation 1\n", false},
	{"more after the end", HEAD "end\nend\n", false},
	{"a word for a number", HEAD "generation one\nend\n", false},
	{"a number that is too large", HEAD "generation 99999999999\nend\n", false},
	{"a number that is far too large", HEAD "generation 99999999999999999999999\nend\n", false},
	{"a negative descriptor", HEAD "socket -1 10 0 key\nend\n", false},
	{"a socket without a key", HEAD "socket 4 10 0\nend\n", false},
	{"a text without a socket", HEAD "text x\nend\n", false},
	{"a balancer without a pid", HEAD "balancer 1 0 4 5 6 1 0\nend\n", false},
	{"a balancer cut short", HEAD "balancer 1 2 4 5\nend\n", false},
	{"a listener that listens nowhere", HEAD "listener -1\nend\n", true},
	{"a listener below that", HEAD "listener -2\nend\n", false},
	{"limits with a sign", HEAD "limits 1 -2 3 4\nend\n", false},
};

static void judges_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = {0};
		struct handover got;

		if (handover_read(&got, cases[i].text, strlen(cases[i].text), &arena) !=
			cases[i].good)
			fail_msg("%s", cases[i].name);
		arena_free(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_it_writes),
		cmocka_unit_test(refuses_notes_cut_anywhere),
		cmocka_unit_test(judges_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
