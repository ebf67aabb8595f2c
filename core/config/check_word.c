/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_word.c - the words behind `http-check`.
 *
 * A section that says any of them starts afresh: what its defaults said of `send` and `expect` is
 * gone, as in HAProxy.  A check is one request and one answer here; steps of several
 * (`connect`, a second `send`) are errors that say so. */
#include "core/config/reader.h"
#include "core/config/remedy.h"
#include "core/config/rule_reader.h"
#include "core/regex.h"

#include <stdlib.h>
#include <string.h>

static const char *const send_words_later[] = {"uri-lf", "body-lf", NULL};

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

static void say_later(struct reader *reader, const char *of, const char *word)
{
	const char *whole = reader_format(reader, "http-check %s%s", of, word);

	remedy_alert(reader, reader_format(reader, "'%s'", whole), whole);
}

static struct httpchk *own(struct reader *reader)
{
	struct section_draft *section = reader->section;
	struct httpchk *check = &section->proxy.httpchk;

	if (!section->check_own) {
		section->check_own = true;
		section->expects_tail = &check->expects;
		check->fields = check->body = NULL;
		check->expects = NULL;
	}
	return check;
}

static const char *expect_word(struct reader *reader, const char *what, const char *argument)
{
	const char *word = reader_next(reader);

	if (*word)
		return reader_keep(reader, word);
	reader_alert(reader, "'http-check %s' expects %s.", what, argument);
	return NULL;
}

static bool add_field(struct reader *reader, struct httpchk *check)
{
	const char *name = expect_word(reader, "send hdr", "a name and a value");
	const char *value = name ? expect_word(reader, "send hdr", "a name and a value") : NULL;

	if (!value)
		return false;
	if (strpbrk(name, "\r\n: \t") || strpbrk(value, "\r\n")) {
		reader_alert(reader, "'http-check send hdr %s' : no header field's name or value.",
			name);
		return false;
	}
	check->fields = reader_format(
		reader, "%s%s: %s\r\n", check->fields ? check->fields : "", name, value);
	return true;
}

static bool read_send_word(struct reader *reader, struct httpchk *check)
{
	const char **target;

	if (reader_skip(reader, "hdr"))
		return add_field(reader, check);
	if (reader_skip(reader, "comment"))
		return expect_word(reader, "send comment", "a text") != NULL;
	if (reader_skip(reader, "meth")) {
		target = &check->method;
	} else if (reader_skip(reader, "uri")) {
		target = &check->uri;
	} else if (reader_skip(reader, "ver")) {
		target = &check->version;
	} else if (reader_skip(reader, "body")) {
		target = &check->body;
	} else if (is_one_of(reader_peek(reader), send_words_later)) {
		say_later(reader, "send ", reader_peek(reader));
		return false;
	} else {
		reader_alert(reader,
			"'http-check send' does not know '%s'. Only 'meth', 'uri', 'ver', 'hdr', "
			"'body' and 'comment' are supported.",
			reader_peek(reader));
		return false;
	}
	*target = expect_word(reader, "send", "a value behind each of its words");
	return *target != NULL;
}

static void read_send(struct reader *reader)
{
	struct httpchk *check = own(reader);

	if (check->fields || check->body) {
		reader_alert(reader, "a second 'http-check send' is known, but not available yet");
		reader_give_up(reader);
		return;
	}
	while (!reader_at_end(reader)) {
		if (!read_send_word(reader, check)) {
			reader_give_up(reader);
			return;
		}
	}
}

/* "200,204,301-302" */
static struct status_range *read_ranges(struct reader *reader, const char *text)
{
	struct status_range *ranges = NULL, **tail = &ranges;

	for (;;) {
		struct status_range *range = arena_alloc(reader->arena, sizeof(*range));
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (end != text && *end == '-') {
			text = end + 1;
			last = strtoul(text, &end, 10);
		}
		if (end == text || first < 100 || last > 999 || first > last ||
			(*end && *end != ','))
			return NULL;
		range->first = (uint16_t)first;
		range->last = (uint16_t)last;
		*tail = range;
		tail = &range->next;
		if (!*end)
			return ranges;
		text = end + 1;
	}
}

static bool read_pattern(struct reader *reader, struct check_expect *expect)
{
	const char *error = NULL;

	expect->pattern = expect_word(reader, "expect", "a pattern");
	if (!expect->pattern)
		return false;
	if (expect->kind == EXPECT_STATUS) {
		expect->ranges = read_ranges(reader, expect->pattern);
		if (!expect->ranges)
			reader_alert(reader,
				"'http-check expect status' expects codes and ranges of codes, as "
				"in 200,300-399 (got '%s').",
				expect->pattern);
		return expect->ranges != NULL;
	}
	if (expect->kind == EXPECT_STRING)
		return true;
	expect->regex = rules_regex(reader, expect->pattern, false, &error);
	if (!expect->regex)
		reader_alert(reader, "'http-check expect' : regex '%s' is invalid: %s.",
			expect->pattern, error);
	return expect->regex != NULL;
}

static const char *const kinds[] = {
	[EXPECT_STATUS] = "status",
	[EXPECT_RSTATUS] = "rstatus",
	[EXPECT_STRING] = "string",
	[EXPECT_RSTRING] = "rstring",
};

/* The kind at the cursor.  False: complained about. */
static bool read_kind(struct reader *reader, struct check_expect *expect)
{
	static const char *const others[] = {"header", "hdr", "fhdr", "binary", "rbinary", "custom",
		"min-recv", "ok-status", "error-status", "tout-status", "on-success", "on-error",
		"status-code", "string-lf", NULL};
	const char *word = reader_peek(reader);

	for (uint32_t i = 0; i < KEYWORD_COUNT(kinds); i++) {
		if (reader_skip(reader, kinds[i])) {
			expect->kind = (enum expect_kind)i;
			return true;
		}
	}
	if (is_one_of(word, others)) {
		say_later(reader, "expect ", word);
		return false;
	}
	reader_alert(reader,
		"'http-check expect' only supports 'status', 'rstatus', 'string' and 'rstring' "
		"(got '%s').",
		word);
	return false;
}

/* Before or behind the pattern. */
static bool read_comment(struct reader *reader, struct check_expect *expect)
{
	if (!reader_skip(reader, "comment"))
		return true;
	expect->comment = expect_word(reader, "expect comment", "a text");
	return expect->comment != NULL;
}

static void read_expect(struct reader *reader)
{
	struct check_expect *expect = arena_alloc(reader->arena, sizeof(*expect));
	bool fine = true;

	own(reader);
	fine = read_comment(reader, expect);
	expect->negated = reader_skip(reader, "!");
	if (!fine || !read_kind(reader, expect) || !read_pattern(reader, expect) ||
		!read_comment(reader, expect)) {
		reader_give_up(reader);
		return;
	}
	*reader->section->expects_tail = expect;
	reader->section->expects_tail = &expect->next;
}

void http_check_read(struct reader *reader, const struct keyword *self)
{
	static const char *const others[] = {"connect", "disable-on-404", "send-state", NULL};
	const char *word = reader_next(reader);

	(void)self;
	if (strcmp(word, "send") == 0) {
		read_send(reader);
		return;
	}
	if (strcmp(word, "expect") == 0) {
		read_expect(reader);
		return;
	}
	reader_give_up(reader);
	if (strcmp(word, "comment") == 0) {
		reader_note(reader, "'http-check comment' has no effect: a failure tells the "
				    "'comment' of its 'http-check expect' line");
		return;
	}
	/* Variables have their name in the word: "set-var(check.port)". */
	if (is_one_of(word, others) || remedy_fits("*set-var*(*", word))
		say_later(reader, "", word);
	else
		reader_alert(reader, "'http-check' expects 'send' or 'expect' (got '%s').", word);
}

/* ---- the normal form ---- */

static void print_fields(FILE *out, const char *fields)
{
	while (fields && *fields) {
		const char *colon = strchr(fields, ':'), *end = strstr(fields, "\r\n");
		char *value = strndup(colon + 2, (size_t)(end - colon - 2));

		fprintf(out, " hdr %.*s ", (int)(colon - fields), fields);
		config_print_word(out, value ? value : "");
		free(value);
		fields = end + 2;
	}
}

void http_check_print(FILE *out, const struct httpchk *check)
{
	if (check->fields || check->body) {
		fputs("\thttp-check send", out);
		print_fields(out, check->fields);
		if (check->body) {
			fputs(" body ", out);
			config_print_word(out, check->body);
		}
		fputc('\n', out);
	}
	for (const struct check_expect *expect = check->expects; expect; expect = expect->next) {
		fputs("\thttp-check expect ", out);
		if (expect->comment) {
			fputs("comment ", out);
			config_print_word(out, expect->comment);
			fputc(' ', out);
		}
		fprintf(out, "%s%s ", expect->negated ? "! " : "", kinds[expect->kind]);
		config_print_word(out, expect->pattern);
		fputc('\n', out);
	}
}
