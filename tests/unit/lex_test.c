/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of haproxy.cfg as words: what HAProxy makes of it, and where a fault is.  Every line
 * is read cut at every byte as well: no cut may read past its end. */
#include "core/config/lex.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define LINE(literal) .line = (literal)

struct lex_case {
	const char *name;
	const char *line;
	const char *words; /* joined by a bar */
	enum lex_fault fault;
	uint32_t fault_at;
};

static const struct lex_case cases[] = {
	{"empty line", LINE(""), ""},
	{"blanks only", LINE(" \t  "), ""},
	{"comment only", LINE("  # nothing here"), ""},
	{"one word", LINE("global"), "global"},
	{"indentation means nothing", LINE("\t  mode\thttp  "), "mode|http"},
	{"comment ends the line", LINE("mode http # a comment"), "mode|http"},
	{"comment ends a word", LINE("ab#cd ef"), "ab"},
	{"carriage return is a blank", LINE("mode http\r"), "mode|http"},
	{"protected blank", LINE("Haproxy\\ Statistics"), "Haproxy Statistics"},
	{"protected hash", LINE("a\\#b c"), "a#b|c"},
	{"protected quotes", LINE("a\\\"b\\'c"), "a\"b'c"},
	{"protected backslash", LINE("a\\\\b"), "a\\b"},
	{"line feed, return and tab", LINE("\\n\\r\\t"), "\n\r\t"},
	{"hexadecimal", LINE("\\x41\\x7a\\xE4"), "Az\xe4"},
	{"backslash before what needs none", LINE("^a\\.b\\d"), "^a\\.b\\d"},
	{"dollar is plain outside quotes", LINE("$HOME a\\$b"), "$HOME|a\\$b"},
	{"backslash at the end", LINE("ab\\"), "ab\\"},
	{"weak quotes keep blanks", LINE("\"a b\" c"), "a b|c"},
	{"weak quotes keep a hash", LINE("\"a#b\""), "a#b"},
	{"weak quotes keep strong ones", LINE("\"it's\""), "it's"},
	{"escapes in weak quotes", LINE("\"\\x41\\\"\\$x\\ \\#\""), "A\"$x #"},
	{"strong quotes keep everything", LINE("'a \"$HOME\" \\n #b'"), "a \"$HOME\" \\n #b"},
	{"quotes within a word", LINE("a\"b c\"d'e f'g"), "ab cde fg"},
	{"empty words", LINE("\"\" x ''"), "|x|"},
	{"variable", LINE("\"$NAME\""), "web"},
	{"variable in braces", LINE("\"a${NAME}b\""), "awebb"},
	{"variable before another byte", LINE("\"$NAME-x\""), "web-x"},
	{"variable that is not set", LINE("\"a$NONE\""), "a"},
	{"default of one that is not set", LINE("\"${NONE-a b}\""), "a b"},
	{"default of one that is set", LINE("\"${NAME-no}\""), "web"},
	{"default of an empty one", LINE("\"${EMPTY-no}\""), ""},
	{"empty default", LINE("\"${NONE-}\""), ""},
	{"value as it is", LINE("\"$LIST\""), "a b  c"},
	{"value as words", LINE("\"${LIST[*]}\""), "a|b|c"},
	{"value as words within a word", LINE("\"x${LIST[*]}y\""), "xa|b|cy"},
	{"default as words", LINE("\"${NONE[*]-p q}\""), "p|q"},
	{"strong quotes hide variables", LINE("'${NAME}'"), "${NAME}"},
	{"weak quote left open", LINE("a \"b c"), "a|b c", LEX_QUOTE_OPEN, 2},
	{"strong quote left open", LINE("a 'b c"), "a|b c", LEX_QUOTE_OPEN, 2},
	{"brace left open", LINE("\"${NAME"), "", LEX_BRACE_OPEN, 2},
	{"brace left open by the quote", LINE("\"${NAME\""), "", LEX_BRACE_OPEN, 2},
	{"default left open", LINE("\"${NAME-x"), "", LEX_BRACE_OPEN, 2},
	{"stray byte in a name", LINE("\"${NAME:x}\""), "", LEX_BRACE_OPEN, 2},
	{"a preset as shells have it", LINE("\"${NAME:-x}\""), "", LEX_SHELL_EXPANSION, 7},
	{"name begins with a digit", LINE("\"$1\""), "", LEX_BAD_NAME, 2},
	{"no name", LINE("\"$\""), "", LEX_BAD_NAME, 2},
	{"no name in braces", LINE("\"${}\""), "", LEX_BAD_NAME, 3},
	{"index that is no star", LINE("\"${NAME[1]}\""), "", LEX_BAD_EXPANSION, 7},
	{"star without a bracket", LINE("\"${NAME[*}\""), "", LEX_BAD_EXPANSION, 7},
	{"hexadecimal of one digit", LINE("ab \\x4"), "ab", LEX_BAD_HEX, 3},
	{"hexadecimal of no digit", LINE("\\xzz"), "", LEX_BAD_HEX, 0},
	{"hexadecimal zero", LINE("a\\x00b"), "a", LEX_BAD_HEX, 1},
};

static const char *variable(void *context, const char *name)
{
	(void)context;
	if (strcmp(name, "NAME") == 0)
		return "web";
	if (strcmp(name, "LIST") == 0)
		return "a b  c";
	return strcmp(name, "EMPTY") == 0 ? "" : NULL;
}

static char out[LEX_OUT_BYTES];

/* Reads a copy that ends where the line ends, so that a sanitizer sees every step too far. */
static enum lex_fault read_copy(struct lex_words *words, const char *line, size_t len)
{
	char *copy = malloc(len + !len);
	enum lex_fault fault;

	memcpy(copy, line, len);
	words->out = out;
	fault = lex_line(words, span_of(copy, len), variable, NULL);
	free(copy);
	return fault;
}

static void check_case(void **state)
{
	const struct lex_case *at = *state;
	struct lex_words words = {0};
	char joined[512] = "";
	enum lex_fault fault = read_copy(&words, at->line, strlen(at->line));

	for (uint32_t i = 0; i < words.count; i++) {
		strcat(joined, i ? "|" : "");
		strcat(joined, words.word[i]);
	}
	assert_string_equal(joined, at->words);
	assert_int_equal(fault, at->fault);
	if (fault)
		assert_int_equal(words.fault_at, at->fault_at);
	assert_string_equal(words.word[words.count], "");
	assert_string_equal(words.word[LEX_WORDS_MAX + 1], "");
	for (size_t cut = 0; cut < strlen(at->line); cut++)
		read_copy(&words, at->line, cut);
}

static void too_many_words(void **state)
{
	struct lex_words words = {0};
	char line[LEX_WORDS_MAX * 2 + 4] = "";

	(void)state;
	for (uint32_t i = 0; i < LEX_WORDS_MAX; i++)
		strcat(line, "w ");
	assert_int_equal(read_copy(&words, line, strlen(line)), LEX_FINE);
	assert_int_equal(words.count, LEX_WORDS_MAX);
	strcat(line, "w");
	assert_int_equal(read_copy(&words, line, strlen(line)), LEX_TOO_MANY_WORDS);
	assert_int_equal(words.count, LEX_WORDS_MAX);
	assert_int_equal(words.fault_at, LEX_WORDS_MAX * 2);
}

static void longest_line(void **state)
{
	struct lex_words words = {0};
	char *line = malloc(LEX_LINE_MAX + 1);

	(void)state;
	memset(line, 'a', LEX_LINE_MAX + 1);
	assert_int_equal(read_copy(&words, line, LEX_LINE_MAX), LEX_FINE);
	assert_int_equal(strlen(words.word[0]), LEX_LINE_MAX);
	assert_int_equal(read_copy(&words, line, LEX_LINE_MAX + 1), LEX_TOO_LONG);
	assert_int_equal(words.count, 0);
	free(line);
}

static const char *huge(void *context, const char *name)
{
	(void)name;
	return context;
}

/* A variable may be longer than any line: what it makes of the line is bounded, too. */
static void longest_expansion(void **state)
{
	struct lex_words words = {.out = out};
	char *value = malloc(LEX_OUT_BYTES + 1);

	(void)state;
	memset(value, 'v', LEX_OUT_BYTES);
	value[LEX_OUT_BYTES] = '\0';
	assert_int_equal(lex_line(&words, SPAN("a \"$V\" b"), huge, value), LEX_TOO_LONG);
	value[1000] = '\0';
	assert_int_equal(lex_line(&words, SPAN("a \"$V\" b"), huge, value), LEX_FINE);
	assert_int_equal(words.count, 3);
	free(value);
}

int main(void)
{
	enum { CASES = sizeof(cases) / sizeof(cases[0]) };
	struct CMUnitTest tests[CASES + 3];

	for (size_t i = 0; i < CASES; i++)
		tests[i] = (struct CMUnitTest){
			cases[i].name, check_case, NULL, NULL, (void *)(uintptr_t)&cases[i]};
	tests[CASES] = (struct CMUnitTest)cmocka_unit_test(too_many_words);
	tests[CASES + 1] = (struct CMUnitTest)cmocka_unit_test(longest_line);
	tests[CASES + 2] = (struct CMUnitTest)cmocka_unit_test(longest_expansion);
	return _cmocka_run_group_tests("lex", tests, CASES + 3, NULL, NULL);
}
