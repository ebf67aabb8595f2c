/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of a line in both ways, and where a brace cuts it.  Words are joined by '|' below. */
#include "core/config/keepalived_split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

struct split_case {
	const char *name;
	const char *line;
	const char *plain, *command; /* NULL: an error */
};

static const struct split_case split_cases[] = {
	{"words", "priority 100", "priority|100", "priority|100"},
	{"blanks around and between", "  a \t b  ", "a|b", "a|b"},
	{"nothing", "", "", ""},
	{"blanks alone", " \t ", "", ""},
	{"double quotes", "script \"a b\"", "script|a b", "script|a b"},
	{"quotes join", "ab\"c d\"ef", "abc def", "abc def"},
	{"an empty word", "a \"\" b", "a||b", "a||b"},
	{"an apostrophe", "auth_pass don't", "auth_pass|don't", NULL},
	{"single quotes", "x 'a b' c", "x|'a|b'|c", "x|a b|c"},
	{"one kind within the other", "x \"it's\" y", "x|it's|y", "x|it's|y"},
	{"an open quote", "x \"a b", NULL, NULL},
	{"an escaped quote", "x \\\"a b", "x|\\\"a|b", "x|\"a|b"},
	{"an escaped quote in quotes", "x \"a\\\" b\"", "x|a\\\" b", "x|a\" b"},
	{"an escaped blank", "a\\ b", "a\\ b", "a b"},
	{"a backslash", "a\\\\b", "a\\\\b", "a\\b"},
	{"a backslash at the end", "a\\", "a\\", NULL},
	{"letters", "\\a\\b\\E\\f\\n\\r\\t\\v", "\\a\\b\\E\\f\\n\\r\\t\\v", "\a\b\033\f\n\r\t\v"},
	{"octal", "\\101\\60\\7x", "\\101\\60\\7x", "A0\ax"},
	{"octal of a byte", "\\400", "\\400", NULL},
	{"hexadecimal", "\\x41g\\x0000041", "\\x41g\\x0000041", "AgA"},
	{"x without digits", "\\xg", "\\xg", "xg"},
	{"control", "\\cA\\cz", "\\cA\\cz", "\001\032"},
	{"a byte 0", "a\\0b", "a\\0b", NULL},
	{"any other character", "\\q\\'", "\\q\\'", "q'"},
	{"braces are characters", "a { b}", "a|{|b}", "a|{|b}"},
};

static char *split(const char *line, enum keepalived_split_way way)
{
	char *out = malloc(2 * strlen(line) + 2), *joined = calloc(1, 4096);
	struct keepalived_words words;
	const char *fault = keepalived_split(&words, line, way, out);

	for (uint32_t i = 0; i < words.count; i++) {
		strcat(joined, i ? "|" : "");
		strcat(joined, words.word[i]);
	}
	assert_string_equal(words.word[words.count], "");
	free(out);
	if (!fault)
		return joined;
	free(joined);
	return NULL;
}

static void check_split(
	const char *name, const char *line, enum keepalived_split_way way, const char *expected)
{
	char *got = split(line, way);

	if (!got != !expected || (got && strcmp(got, expected) != 0))
		fail_msg("%s (%s): got '%s'", name,
			way == KEEPALIVED_SPLIT_PLAIN ? "plain" : "command", got ? got : "error");
	free(got);
}

static void splits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(split_cases) / sizeof(split_cases[0]); i++) {
		const struct split_case *at = &split_cases[i];

		check_split(at->name, at->line, KEEPALIVED_SPLIT_PLAIN, at->plain);
		check_split(at->name, at->line, KEEPALIVED_SPLIT_COMMAND, at->command);
	}
}

/* A line that was cut anywhere gives words or an error; sanitizers look on. */
static void cut_at_every_byte(void **state)
{
	static const char line[] = "notify \"/etc/up.sh 'a\\x41 b' \\\"c\\\"\" \\101\\cA root";

	(void)state;
	for (size_t len = 0; len < sizeof(line); len++) {
		char *piece = strndup(line, len);

		free(split(piece, KEEPALIVED_SPLIT_PLAIN));
		free(split(piece, KEEPALIVED_SPLIT_COMMAND));
		free(piece);
	}
}

static void too_many_words(void **state)
{
	char line[2 * KEEPALIVED_WORDS_MAX + 8] = "", out[sizeof(line) * 2];
	struct keepalived_words words;

	(void)state;
	for (uint32_t i = 0; i < KEEPALIVED_WORDS_MAX; i++)
		strcat(line, "a ");
	assert_null(keepalived_split(&words, line, KEEPALIVED_SPLIT_PLAIN, out));
	assert_int_equal(words.count, KEEPALIVED_WORDS_MAX);
	strcat(line, "a");
	assert_non_null(keepalived_split(&words, line, KEEPALIVED_SPLIT_PLAIN, out));
	assert_int_equal(words.count, KEEPALIVED_WORDS_MAX);
}

static const struct {
	const char *name;
	const char *line;
	const char *before;
	char brace; /* 0: none */
	const char *rest;
} cuts[] = {
	{"none", "priority 100", "priority 100", 0, NULL},
	{"at the end", "vrrp_instance a {", "vrrp_instance a ", '{', ""},
	{"in the middle", "group { a }", "group ", '{', " a }"},
	{"attached", "group{a}", "group", '{', "a}"},
	{"closing", "a } b", "a ", '}', " b"},
	{"in quotes", "script \"{ }\" {", "script \"{ }\" ", '{', ""},
	{"behind an escaped quote", "a \\\" { \"", "a \\\" ", '{', " \""},
	{"escaped", "a \\{ b", "a \\{ b", 0, NULL},
	{"a parameter", "a ${B} {", "a ${B} ", '{', ""},
	{"a parameter without a name", "a ${} b", "a $", '{', "} b"},
	{"an open parameter", "a ${B", "a $", '{', "B"},
	{"in single quotes", "a '{'", "a '", '{', "'"},
};

static void braces(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		char *line = strdup(cuts[i].line), brace;
		char *rest = keepalived_cut_at_brace(line, &brace);

		if (strcmp(line, cuts[i].before) != 0 || brace != cuts[i].brace ||
			!rest != !cuts[i].rest || (rest && strcmp(rest, cuts[i].rest) != 0))
			fail_msg("%s: '%s' '%c' '%s'", cuts[i].name, line, brace, rest ? rest : "");
		free(line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(too_many_words),
		cmocka_unit_test(braces),
	};

	return cmocka_run_group_tests_name("keepalived_split", tests, NULL, NULL);
}
