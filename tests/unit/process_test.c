/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes count for a vrrp_track_process, and when their number is an answer. */
#include "vrrp/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define S UINT64_C(1000000)

static void what_stat_says(void **state)
{
	static const struct {
		const char *line, *name; /* NULL: no such line */
		bool alive;
	} cases[] = {
		{"1 (systemd) S 0 1 1 0", "systemd", true},
		{"7 (a b) R 1", "a b", true},
		{"7 (x) Z (y) S 1", "x) Z (y", true},
		{"7 () S 1", "", true},
		{"7 (gone) Z 1", "gone", false},
		{"7 (gone) X 1", "gone", false},
		{"7 (cut) ", NULL, false},
		{"7 (cut)", NULL, false},
		{"7 (cut", NULL, false},
		{"7 ) S (", NULL, false},
		{"", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct process_stat stat;
		bool good = process_read_stat(&stat, cases[i].line, strlen(cases[i].line));

		assert_int_equal(good, cases[i].name != NULL);
		if (!good)
			continue;
		assert_true(span_equal(stat.name, span_of_string(cases[i].name)));
		assert_int_equal(stat.alive, cases[i].alive);
		/* Cut anywhere, it is read within its bytes or not at all. */
		for (size_t len = 0; len < strlen(cases[i].line); len++)
			process_read_stat(&stat, cases[i].line, len);
	}
}

static void names(void **state)
{
	static const struct {
		char wanted[32];
		const char *name;
		bool matches;
	} cases[] = {
		{"nginx\0", "nginx", true},
		{"/usr/sbin/nginx\0", "nginx", true},
		{"nginx\0", "nginx2", false},
		{"nginx\0", "ngin", false},
		{"a-very-long-name-indeed\0", "a-very-long-nam", true},
		{"a-very-long-name-indeed\0", "a-very-long-na", false},
		{"nginx\0-g\0", "python3", true}, /* its arguments tell */
		{"\0", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vrrp_tracker tracker = {0};

		memcpy(tracker.command, cases[i].wanted, sizeof(cases[i].wanted));
		assert_int_equal(process_name_matches(&tracker, span_of_string(cases[i].name)),
			cases[i].matches);
	}
}

#define LINE(text) text, sizeof(text) - 1

static void arguments(void **state)
{
	static const struct {
		const char *what;
		char wanted[32];
		enum vrrp_match match;
		bool given, full;
		const char *line;
		size_t len;
		bool matches;
	} cases[] = {
		{"as they are", "a\0-f\0x\0", VRRP_MATCH_EXACT, 0, 0, LINE("a\0-f\0x\0"), true},
		{"one more", "a\0-f\0x\0", VRRP_MATCH_EXACT, 0, 0, LINE("a\0-f\0x\0y\0"), false},
		{"one less", "a\0-f\0x\0", VRRP_MATCH_EXACT, 0, 0, LINE("a\0-f\0"), false},
		{"another", "a\0-f\0x\0", VRRP_MATCH_EXACT, 0, 0, LINE("a\0-f\0xy\0"), false},
		{"the last NUL is missing", "a\0-f\0", VRRP_MATCH_EXACT, 0, 0, LINE("a\0-f"), true},
		{"by its path", "a\0-f\0", VRRP_MATCH_EXACT, 0, 0, LINE("/bin/a\0-f\0"), true},
		{"by another path", "/bin/a\0-f\0", VRRP_MATCH_EXACT, 0, 0, LINE("/sbin/a\0-f\0"),
			false},
		{"by no path", "/bin/a\0-f\0", VRRP_MATCH_EXACT, 0, 0, LINE("a\0-f\0"), false},
		{"partial", "a\0-f\0", VRRP_MATCH_PARTIAL, 1, 0, LINE("a\0-f\0x\0y\0"), true},
		{"not partial", "a\0-f\0", VRRP_MATCH_PARTIAL, 1, 0, LINE("a\0x\0-f\0"), false},
		{"initial", "a\0--id=1\0", VRRP_MATCH_INITIAL, 1, 0, LINE("a\0--id=17\0"), true},
		{"initial, whole", "a\0--id=1\0", VRRP_MATCH_INITIAL, 1, 0, LINE("a\0--id=1\0"),
			true},
		{"initial, and more", "a\0--id=1\0", VRRP_MATCH_INITIAL, 1, 0,
			LINE("a\0--id=17\0x\0"), false},
		{"param_match, none", "a\0", VRRP_MATCH_EXACT, 1, 0, LINE("a\0"), true},
		{"param_match, some", "a\0", VRRP_MATCH_EXACT, 1, 0, LINE("a\0x\0"), false},
		{"full_command", "/bin/a\0", VRRP_MATCH_EXACT, 0, 1, LINE("/bin/a\0x\0"), true},
		{"a thread of the kernel", "a\0-f\0", VRRP_MATCH_EXACT, 0, 0, LINE(""), false},
		{"an empty argument", "a\0-f\0", VRRP_MATCH_EXACT, 0, 0, LINE("a\0\0-f\0"), false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vrrp_tracker tracker = {.match = (uint8_t)cases[i].match,
			.match_given = cases[i].given,
			.full_command = cases[i].full};

		memcpy(tracker.command, cases[i].wanted, sizeof(cases[i].wanted));
		assert_true(process_needs_arguments(&tracker));
		if (process_arguments_match(&tracker, span_of(cases[i].line, cases[i].len)) !=
			cases[i].matches)
			fail_msg("%s", cases[i].what);
	}
}

static void numbers_become_answers(void **state)
{
	const struct vrrp_tracker tracker = {
		.minimum = 2, .maximum = 3, .up_delay_us = 1 * S, .down_delay_us = 2 * S};
	static const struct {
		uint64_t at_us;
		uint32_t count;
		bool changed, enough;
	} plays[] = {
		{0, 1, true, false}, /* the first answer is one at once */
		{1 * S, 2, false, false},
		{2 * S - 1, 2, false, false},
		{2 * S, 2, true, true}, /* fork_delay is over */
		{3 * S, 3, false, true},
		{4 * S, 4, false, true}, /* more than quorum_max */
		{5 * S, 3, false, true}, /* in time */
		{6 * S, 1, false, true},
		{7 * S, 1, false, true},
		{8 * S, 0, true, false}, /* terminate_delay is over */
		{9 * S, 0, false, false},
	};
	struct process_verdict verdict = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(plays) / sizeof(plays[0]); i++) {
		assert_int_equal(process_judge(&verdict, &tracker, plays[i].count, plays[i].at_us),
			plays[i].changed);
		assert_int_equal(verdict.enough, plays[i].enough);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_stat_says),
		cmocka_unit_test(names),
		cmocka_unit_test(arguments),
		cmocka_unit_test(numbers_become_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
