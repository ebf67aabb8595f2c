/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Regular expressions: what matches, where its groups are, what is refused, and that one that
 * explodes ends. */
#include "core/regex.h"
#include "net/rules/replace.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

struct regex_case {
	const char *regex;
	bool ignore_case;
	const char *subject;
	const char *groups; /* "whole|first|..", NULL: no match */
};

static const struct regex_case cases[] = {
	{"a", false, "xay", "a"},
	{"A", false, "xay", NULL},
	{"A", true, "xay", "a"},
	{"^(x)(a)?(y)$", false, "xy", "xy|x||y"},
	{"(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)", false, "abcdefghijk",
		"abcdefghijk|a|b|c|d|e|f|g|h|i"},
	{"^$", false, "", ""},
	{"x*", false, "aaa", ""},
	{"^/(.*)\\.png$", false, "/a/b.png", "/a/b.png|a/b"},
	{"(a+)+$", false, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", NULL},
};

static void matches(void **state)
{
	struct regex_matcher *matcher = regex_matcher_open();

	(void)state;
	assert_non_null(matcher);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct regex_case *c = &cases[i];
		struct arena arena = {0};
		struct regex_groups groups;
		const char *error;
		struct regex *regex = regex_compile(&arena, c->regex, c->ignore_case, &error);
		char told[256] = "";
		size_t len = 0;
		bool found;

		assert_non_null(regex);
		found = regex_match(matcher, regex, span_of_string(c->subject), &groups);
		if (found != (c->groups != NULL))
			fail_msg("%s: %s", c->regex, found ? "matches" : "does not match");
		assert_int_equal(
			regex_match(matcher, regex, span_of_string(c->subject), NULL), found);
		for (uint32_t g = 0; found && g < groups.count; g++) {
			if (g)
				told[len++] = '|';
			memcpy(told + len, groups.group[g].len ? groups.group[g].at : "",
				groups.group[g].len);
			len += groups.group[g].len;
		}
		if (found)
			assert_string_equal(told, c->groups);
		regex_drop(regex);
		arena_free(&arena);
	}
	regex_matcher_close(matcher);
}

static void refusals(void **state)
{
	struct arena arena = {0};
	const char *error = NULL;

	(void)state;
	assert_null(regex_compile(&arena, "a(", false, &error));
	assert_string_equal(error, "missing closing parenthesis at byte 2");
	arena_free(&arena);
}

/* What does not fit is no result, at every length. */
static void replacements(void **state)
{
	struct regex_matcher *matcher = regex_matcher_open();
	struct arena arena = {0};
	const char *error;
	struct regex *regex = regex_compile(&arena, "(b)(.)", false, &error);
	const char wanted[] = "a[cb]\\Ad[fb]";
	char out[32];
	uint32_t len;

	(void)state;
	for (uint32_t room = 0; room <= sizeof(out); room++) {
		bool fits = replace_matches(
			matcher, regex, SPAN("abc\\Adbf"), SPAN("[\\2\\1]"), true, out, room, &len);

		assert_int_equal(fits, room >= sizeof(wanted) - 1);
		if (fits)
			assert_int_equal(len, sizeof(wanted) - 1);
		if (fits)
			assert_memory_equal(out, wanted, len);
	}
	assert_true(replace_matches(
		matcher, regex, SPAN("bc"), SPAN("\\x41\\\\\\9\\"), false, out, sizeof(out), &len));
	assert_int_equal(len, 3);
	assert_memory_equal(out, "A\\\\", 3);
	regex_drop(regex);
	arena_free(&arena);
	regex_matcher_close(matcher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches),
		cmocka_unit_test(refusals),
		cmocka_unit_test(replacements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
