/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The expressions of .if and -cc: what holds, what does not, and where a fault is. */
#include "core/config/condition.h"

#include "core/config/config.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define IF(literal) .expression = (literal)

struct condition_case {
	const char *expression;
	int value;
	uint32_t fault_at;
};

static const struct condition_case cases[] = {
	{IF(""), 0},
	{IF("  "), 0},
	{IF("0"), 0},
	{IF("000"), 0},
	{IF("1"), 1},
	{IF("10"), 1},
	{IF("-1"), 1},
	{IF(" 1 "), 1},
	{IF("!0"), 1},
	{IF("!!1"), 1},
	{IF("! 1"), 0},
	{IF("((1))"), 1},
	{IF("( 0 )"), 0},
	{IF("1 && 1"), 1},
	{IF("1&&0"), 0},
	{IF("0||1"), 1},
	{IF("0 || 1 && 0"), 0}, /* && binds closer */
	{IF("1 || 1 && 0"), 1},
	{IF("!0&&1"), 1},
	{IF("!(0||1)"), 0},
	{IF("defined(SET)"), 1},
	{IF("defined(EMPTY)"), 1},
	{IF("defined(NONE)"), 0},
	{IF("defined()"), 0},
	{IF("feature(THREAD)"), 1},
	{IF("feature(OPENSSL)"), 0},
	{IF("feature()"), 0},
	{IF("enabled(SPLICE)"), 1},
	{IF("enabled(EPOLL)"), 0},
	{IF("streq(a,a)"), 1},
	{IF("streq(a,b)"), 0},
	{IF("streq(,)"), 1},
	{IF("streq(a b,a b)"), 1},
	{IF("streq(\"a,)\",'a,)')"), 1},
	{IF("streq(a\\,b,\"a,b\")"), 1},
	{IF("strneq(a,b)"), 1},
	{IF("strstr(abc,b)"), 1},
	{IF("strstr(abc,x)"), 0},
	{IF("version_atleast(2)"), 1},
	{IF("version_atleast(2.6.12)"), 1},
	{IF("version_atleast(3.0)"), 1},
	{IF("version_atleast(3.0.1)"), 0},
	{IF("version_atleast(3.1-dev1)"), 0},
	{IF("version_before(3.0)"), 0},
	{IF("version_before(3.0-dev5)"), 0},
	{IF("version_before(3.1)"), 1},
	{IF("version_atleast()"), 1},
	{IF("version_atleast(99999999999999999999)"), 0},
	{IF("openssl_version_atleast(3.0)"), 0},
	{IF("defined(SET) && !defined(NONE) || foo(x)"), -1, 34},
	{IF("foo"), -1, 0},
	{IF("defined"), -1, 0},
	{IF("definedx(SET)"), -1, 0},
	{IF("!"), -1, 1},
	{IF("1 &&"), -1, 4},
	{IF("1 ||  "), -1, 6},
	{IF("&& 1"), -1, 0},
	{IF("1 2"), -1, 2},
	{IF("1 & 1"), -1, 2},
	{IF("1)"), -1, 1},
	{IF("(1"), -1, 0},
	{IF("()"), -1, 1},
	{IF("0x1"), -1, 1},
	{IF("streq(a)"), -1, 7},
	{IF("streq(a,b,c)"), -1, 9},
	{IF("streq(a,b"), -1, 8},
	{IF("streq(\"a,b)"), -1, 6},
	{IF("defined(a)b"), -1, 10},
};

static const char *variable(void *context, const char *name)
{
	(void)context;
	if (strcmp(name, "SET") == 0)
		return "yes";
	return strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

static void check_case(void **state)
{
	const struct condition_case *at = *state;
	struct condition_fault fault = {0};
	char *cut = strdup(at->expression);

	assert_int_equal(condition_evaluate(at->expression, variable, NULL, &fault), at->value);
	if (at->value < 0) {
		assert_int_equal(fault.at, at->fault_at);
		assert_true(fault.text[0]);
	}
	for (size_t len = strlen(cut); len > 0; len--) {
		cut[len - 1] = '\0';
		condition_evaluate(cut, variable, NULL, &fault);
	}
	free(cut);
}

static void depth_is_bounded(void **state)
{
	struct condition_fault fault = {0};
	char *deep = calloc(1, 100001);

	(void)state;
	memset(deep, '(', 100000);
	assert_int_equal(condition_evaluate(deep, variable, NULL, &fault), -1);
	memset(deep, '!', 100000);
	assert_int_equal(condition_evaluate(deep, variable, NULL, &fault), -1);
	free(deep);
}

/* -cc: quotes and variables first, the process's environment. */
static void from_the_command_line(void **state)
{
	const char *error;

	(void)state;
	setenv("TORC_TEST_SET", "a b", 1);
	assert_int_equal(config_condition("defined(TORC_TEST_SET)", &error), 1);
	assert_null(error);
	assert_int_equal(config_condition("streq(\"$TORC_TEST_SET\",a\\ b)", &error), 1);
	assert_int_equal(config_condition("streq($TORC_TEST_SET,a)", &error), 0);
	assert_int_equal(config_condition("", &error), 0);
	assert_int_equal(config_condition("nonsense", &error), -1);
	assert_string_equal(error, "unparsable conditional expression 'nonsense'");
	assert_int_equal(config_condition("\"open", &error), -1);
	assert_string_equal(error, "unmatched quote at position 1");
}

int main(void)
{
	enum { CASES = sizeof(cases) / sizeof(cases[0]) };
	struct CMUnitTest tests[CASES + 2];

	for (size_t i = 0; i < CASES; i++)
		tests[i] = (struct CMUnitTest){
			cases[i].expression, check_case, NULL, NULL, (void *)(uintptr_t)&cases[i]};
	tests[CASES] = (struct CMUnitTest)cmocka_unit_test(depth_is_bounded);
	tests[CASES + 1] = (struct CMUnitTest)cmocka_unit_test(from_the_command_line);
	return _cmocka_run_group_tests("condition", tests, CASES + 2, NULL, NULL);
}
