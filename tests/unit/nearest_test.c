/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Slips between two words, and when a word is near enough to be suggested. */
#include "core/config/nearest.h"

#include "core/config/names.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static void distances(void **state)
{
	static const struct {
		const char *a, *b;
		uint32_t slips;
	} cases[] = {{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0},
		{"maxcon", "maxconn", 1}, {"balanc", "balance", 1}, {"frontned", "frontend", 1},
		{"defualts", "defaults", 1}, {"cleint", "client", 1}, {"kitten", "sitting", 3},
		{"chek", "check", 1}, {"ab", "ba", 1}};
	char longest[NEAREST_WORD_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(nearest_distance(cases[i].a, cases[i].b), cases[i].slips);
		assert_int_equal(nearest_distance(cases[i].b, cases[i].a), cases[i].slips);
	}
	memset(longest, 'x', sizeof(longest));
	longest[NEAREST_WORD_MAX + 1] = '\0';
	assert_int_equal(nearest_distance(longest, "x"), UINT32_MAX);
	longest[NEAREST_WORD_MAX] = '\0';
	assert_int_equal(nearest_distance(longest, ""), NEAREST_WORD_MAX);
}

static void suggestions(void **state)
{
	static const char *const words[] = {
		"maxconn", "balance", "bind", "backlog", "mode", "timeout", NULL};
	static const struct {
		const char *wanted, *near;
	} cases[] = {{"maxcon", "maxconn"}, {"balanced", "balance"}, {"bidn", "bind"},
		{"moed", "mode"}, {"tiemuot", "timeout"}, {"backup", NULL}, {"x", NULL}, {"", NULL},
		{"banana", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *near = nearest_of(words, cases[i].wanted);

		print_message("%s\n", cases[i].wanted);
		if (cases[i].near)
			assert_string_equal(near, cases[i].near);
		else
			assert_null(near);
	}
}

/* The table of names beside it: the first object keeps a name, whatever it grows to. */
static void first_object_keeps_its_name(void **state)
{
	enum { COUNT = 5000 };
	static int objects[COUNT];
	struct arena arena = {0};
	struct names names = {0};
	char name[16];

	(void)state;
	assert_null(names_find(&names, "n0"));
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_null(names_add(
			&names, &arena, arena_copy(&arena, name, strlen(name)), &objects[i]));
	}
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		assert_ptr_equal(names_find(&names, name), &objects[i]);
		assert_ptr_equal(names_add(&names, &arena, name, &objects[0]), &objects[i]);
	}
	assert_int_equal(names.count, COUNT);
	assert_null(names_find(&names, "other"));
	assert_null(names_find(&names, ""));
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(suggestions),
		cmocka_unit_test(first_object_keeps_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
