/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keepalived's language does to its text before it has a meaning: bytes in, lines out.  Lines
 * are joined by '/' below; what there was to say follows in brackets, one letter a message. */
#include "core/config/keepalived_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

/* ---- a machine with three files ---- */

static const struct config_file disk[] = {
	{"dir/a.conf", "a1\ninclude b.conf\na2 ${_PWD}\n", 0},
	{"dir/b.conf", "b ${_PWD}\n", 0},
	{"dir/loop.conf", "include loop.conf\n", 0},
};

static uint32_t match_files(struct arena *arena, const char *pattern, const char *const **paths)
{
	const char **list = arena_alloc(arena, 3 * sizeof(*list));
	size_t star = strcspn(pattern, "*");
	uint32_t count = 0;

	for (size_t i = 0; i < 3; i++) {
		if (pattern[star] ? strncmp(disk[i].name, pattern, star) == 0
				  : strcmp(disk[i].name, pattern) == 0)
			list[count++] = disk[i].name;
	}
	*paths = list;
	return count;
}

static bool read_file(struct arena *arena, const char *path, struct config_file *file)
{
	(void)arena;
	for (size_t i = 0; i < 3; i++) {
		if (strcmp(path, disk[i].name) != 0)
			continue;
		*file = (struct config_file){path, disk[i].bytes, strlen(disk[i].bytes)};
		return true;
	}
	return false;
}

static const struct config_machine machine = {.match_files = match_files, .read_file = read_file};

/* ---- the table ---- */

struct text_case {
	const char *name;
	const char *bytes;
	const char *lines;
};

static const struct text_case cases[] = {
	{"lines", "a b\n  c\n\nd", "a b/c/d"},
	{"comments", "a # b\n! c\n#d\ne!f\n", "a/e"},
	{"escaped comments", "a \\# b\nc \\! d\n", "a # b/c ! d"},
	{"a comment sign in quotes", "a \"# !\" b # c\n", "a \"# !\" b"},
	{"an escaped quote in quotes", "a \"\\\" #\" b\n", "a \"\\\" #\" b"},
	{"an open quote", "a \"b\nc\n", "c [A]"},
	{"U+00A0",
		"\xc2\xa0 a\xc2\xa0"
		"b\xc2\xa0\n\xc2\xa0"
		"c\n",
		"a b/c [W]"},
	{"half of U+00A0",
		"a\xc2\n\xa0"
		"b\n",
		"a\xc2/\xa0"
		"b"},
	{"CRLF", "a\r\nb {\r\n}\r\n", "a/b {/}"},

	{"our id", "@main a\n@other b\n@^main c\n@^other d\n", "a/d"},
	{"an id without a line", "@main\n@^other\na\n", "a"},
	{"two ids", "@main @^other a\n@main @other b\n", "a"},
	{"an id that ours begins with", "@mai a\n@main2 b\n", ""},

	{"a parameter", "$A=x y\nb $A\nc ${A}z\n", "b x y/c x yz"},
	{"blanks behind the sign", "$A=  x\n$A\n", "x"},
	{"what ends a name", "$A=x\n$A,b\n$A)b\n$A.b\n$Ab\n", "x,b/x)b/$A.b/$Ab"},
	{"a parameter in quotes", "$A=x\na \"${A}\"\n", "a \"x\""},
	{"not defined", "a $B ${B} $ ${ $1\n", "a $B ${B} $ ${ $1"},
	{"empty", "$A=\na ${A}b\n$A\n", "a b"},
	{"again", "$A=1\n$A\n$A=2\n$A\n", "1/2"},
	{"replaced at its use", "$A=${B}1\n$B=x\n$A\n$B=y\n$A\n", "x1/y1"},
	{"in itself", "$A=a${A}\n$A\nb\n", "b [A]"},
	{"each in the other", "$A=$B\n$B=$A\nx $A\nb\n", "b [A]"},
	{"growing without end",
		"$A=${B}${B}\n$B=${C}${C}\n$C=${A}aaaaaaaaaaaaaaaaaaaaaaa\nx $A\nb\n", "b [A]"},
	{"conditions and parameters", "@main $A=1\n@other $A=2\n$B=@main\n$B x $A\n", "x 1"},
	{"no definition", "$A =x\n$1=y\n$=z\n", "$A =x/$1=y/$=z"},
	{"predefined", "${_HASH}${_BANG} ${_INSTANCE}\n", "#! main"},
	{"_RANDOM", "${_RANDOM}\n${_RANDOM 1 6}\na\n", "a [AA]"},

	{"several lines", "$A= \\\n a { \\\n  b # c \\\n }\n$A\n$A\n", "a {/b/}/a {/b/}"},
	{"the first one beside the sign", "$A=a \\\nb\n$A\n", "a/b"},
	{"in the middle of a line they stay", "$A=a \\\nb\nx $A y\nx $A\n", "x $A y/x a/b"},
	{"ended by an empty line", "$A=a \\\n\nb\n$A\n", "b/a"},
	{"ended by the end", "$A=a \\\n", ""},
	{"within each other", "$B=1 \\\n2\n$A=a \\\n$B \\\nc\n$A\n", "a/1/2/c"},
	{"one at the end of another's first", "$B=1 \\\n2\n$A=x $B \\\nc\n$A\n", "x 1/2/c"},
	{"with definitions", "$A= \\\n$N=${M}0 \\\nn $N\n$M=1\n$A\n$M=2\n$A\n", "n 10/n 20"},

	{"~SEQ", "~SEQ(I, 1, 3) a $I\n", "a 1/a 2/a 3"},
	{"down", "~SEQ(I,3,1) a$I ${I}\n", "a3 3/a2 2/a1 1"},
	{"in steps", "~SEQ(I,0,5,12) ${I}\n~SEQ(J,2,-2,-3) ${J}\n", "0/5/10/2/0/-2"},
	{"to a number", "~SEQ(I,3) ${I}\n~SEQ(J,-2) ${J}\n", "1/2/3/-1/-2"},
	{"one value", "~SEQ(I,7,7) ${I}\n~SEQ(J,7,3,7) ${J}\n", "7/7"},
	{"~SEQx", "~SEQx(I, 0x9, 0x1, 0xb) ${I}\n", "9/a/b"},
	{"~SEQ of ~SEQ", "~SEQ(I,1,2) ~SEQ(J,3,4) ${I}${J}\n", "13/14/23/24"},
	{"~SEQ of several lines", "$A=a${I} \\\nb${I}\n~SEQ(I,1,2) $A\n", "a1/b1/a2/b2"},
	{"~SEQ with parameters", "$N=2\n~SEQ(I,1,$N) ${I}\n", "1/2"},
	{"~SEQ in a parameter", "$A=~SEQ(I,1,2) ${I}\n$A\n", "1/2"},
	{"~SEQ wrong",
		"~SEQ a\n~SEQ(I) a\n~SEQ(I,a) a\n~SEQ(I,1,-1,3) a\n~SEQ(I,1,0,3) a\n"
		"~SEQ(I,1,2,3,4) a\n~SEQx(I,-1) a\n~SEQ(I,99999999999999999999) a\nb\n",
		"b [AAAAAAAA]"},
	{"~SEQ without end", "~SEQ(I,1,2000000000)\nb\n", " [A]"},
	{"~LST", "~LST(I, a, b c ,d) ${I}.\n", "a./b c./d."},
	{"~LST of two", "~LST({A, B}, {1,2},{3, 4}) ${A}-${B}\n", "1-2/3-4"},
	{"~LST and ~SEQ", "~LST(A, x, y) ~SEQ(I,1,2) ${A}${I}\n", "x1/x2/y1/y2"},
	{"~LST wrong", "~LST\n~LST()\n~LST(A)\n~LST(A,)\n~LST({A,B)\n~LST({A B},1)\nb\n",
		"b [AAAAAA]"},
	{"~ something else", "~FOR(I,1) a\nb\n", "b [A]"},

	{"include", "include dir/a.conf\nc ${_PWD}\n", "a1/b dir/a2 dir/c ."},
	{"include of a pattern", "include dir/b*\n", "b dir"},
	{"include in quotes", "include \"dir/b.conf\"\n", "b dir"},
	{"include of nothing", "include none\ninclude none*\na\n", "a [W]"},
	{"include that must be there",
		"includem none\nincludew none*\nincludea none\nincludeb {n}\n", " [AAAA]"},
	{"include that must be readable", "includer none*\nincluder none\na\n", "a [W]"},
	{"include of itself", "include dir/loop.conf\na\n", " [A]"},
	{"two words are no include", "include a b\n", "include a b"},
	{"an include of our id", "@main include dir/b.conf\n@other include dir/a.conf\n", "b dir"},
};

/* Everything that comes out of these bytes. */
static char *read_all(const char *bytes, size_t len)
{
	struct config_file file = {"main.conf", bytes, len};
	struct config_source source = {.machine = &machine, .config_id = "main"};
	struct config config = {0};
	struct keepalived_text text;
	char *out = NULL, *line;
	size_t out_len;
	const char *gap = "";
	FILE *to = open_memstream(&out, &out_len);

	keepalived_text_init(&text, &config, &source);
	keepalived_text_open(&text, &file);
	while ((line = keepalived_text_next(&text)) != NULL) {
		fprintf(to, "%s%s", gap, line);
		gap = "/";
	}
	if (config.messages)
		fputs(" [", to);
	for (const struct message *at = config.messages; at; at = at->next)
		fputc(at->kind == MESSAGE_ALERT ? 'A' : 'W', to);
	if (config.messages)
		fputc(']', to);
	fclose(to);
	config_free(&config);
	return out;
}

static void lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *got = read_all(cases[i].bytes, strlen(cases[i].bytes));

		if (strcmp(got, cases[i].lines) != 0)
			fail_msg("%s: got '%s', expected '%s'", cases[i].name, got, cases[i].lines);
		free(got);
	}
}

/* Cut anywhere, from the end of the bytes on nothing is read; sanitizers look on. */
static void cut_at_every_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (strstr(cases[i].bytes, "2000000000"))
			continue;
		for (size_t len = 0; len < strlen(cases[i].bytes); len++) {
			char *piece = malloc(len + 1);

			memcpy(piece, cases[i].bytes, len);
			free(read_all(piece, len));
			free(piece);
		}
	}
}

static void a_line_too_long(void **state)
{
	size_t len = KEEPALIVED_LINE_BYTES + 1;
	char *bytes = malloc(len + 3), *got;

	(void)state;
	memset(bytes, 'a', len);
	memcpy(bytes + len, "\nb", 2);
	got = read_all(bytes, len + 2);
	assert_string_equal(got, "b [A]");
	free(got);
	got = read_all("a\0b\nc", 5);
	assert_string_equal(got, "c [A]");
	free(got);
	free(bytes);
}

static const struct {
	const char *bytes, *word;
	bool opens;
} first_words[] = {
	{"", "", false},
	{" \n# a\n! b\n\xc2\xa0global_defs {\n", "global_defs", true},
	{"vrrp_instance a\n{\n", "vrrp_instance", true},
	{"global_defs{", "global_defs", true},
	{"global\n  daemon\n", "global", false},
	{"frontend a # {\n bind :80\n", "frontend", false},
	{"{", "", true},
	{"$A=1\n", "$A=1", false},
};

static void first_word(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(first_words) / sizeof(first_words[0]); i++) {
		bool opens;
		struct span word =
			keepalived_first_word(span_of_string(first_words[i].bytes), &opens);

		if (!span_equal(word, span_of_string(first_words[i].word)) ||
			opens != first_words[i].opens)
			fail_msg("'%s': '%.*s' %d", first_words[i].bytes, (int)word.len, word.at,
				opens);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(a_line_too_long),
		cmocka_unit_test(first_word),
	};

	return cmocka_run_group_tests_name("keepalived_text", tests, NULL, NULL);
}
