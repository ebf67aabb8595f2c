/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_repeat.c - lines that stand for many.
 *
 *   ~SEQ(NAME, first, step, last) text     also (NAME, first, last) and (NAME, last)
 *   ~SEQx(NAME, ...) text                  the same, NAME in hexadecimal
 *   ~LST(NAME, a, b, c) text               one value after the other
 *   ~LST({A, B}, {1, 2}, {3, 4}) text      several names at once
 *
 * The text is read once for each value, with the name defined as if by `$NAME=value`; it may begin
 * with the next ~SEQ, so that two of them make a table.  How often that is, is the reader's
 * business (KEEPALIVED_MADE_LINES_MAX): here nothing is multiplied. */
#include "core/config/keepalived_repeat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* A parameter's name, blanks and what ends it. */
static const char *read_name(const char *at, struct span *name, const char *ends)
{
	size_t len = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

	*name = span_of(at, len);
	at = skip_blanks(at + len);
	return len && *at && strchr(ends, *at) ? at : NULL;
}

/* Up to three whole numbers and the closing parenthesis, all that is left. */
static bool read_numbers(const char *at, int64_t numbers[3], uint32_t *count)
{
	for (*count = 0; *count < 3;) {
		char *end;

		errno = 0;
		numbers[*count] = strtoll(at, &end, 0);
		/* Far from what an addition would overflow. */
		if (end == at || errno || llabs(numbers[*count]) > INT32_MAX)
			return false;
		++*count;
		at = skip_blanks(end);
		if (*at == ')')
			return true;
		if (*at++ != ',')
			return false;
		at = skip_blanks(at);
	}
	return false;
}

static const char *read_sequence(struct keepalived_repeat *repeat, const char *arguments)
{
	const char *at = read_name(arguments, &repeat->names[0], ",");
	int64_t numbers[3];
	uint32_t count;

	repeat->name_count = 1;
	if (!at || !read_numbers(skip_blanks(at + 1), numbers, &count))
		return "expected ~SEQ(NAME, first, step, last), whole numbers";
	repeat->last = numbers[count - 1];
	if (count == 1)
		repeat->next = repeat->last < 0 ? -1 : 1;
	else
		repeat->next = numbers[0];
	repeat->step = repeat->next <= repeat->last ? 1 : -1;
	if (count == 3) {
		if (!numbers[1] || (numbers[1] < 0) != (repeat->step < 0))
			if (repeat->next != repeat->last || !numbers[1])
				return "the step of ~SEQ leads away from its end";
		repeat->step = numbers[1];
	}
	if (repeat->hexadecimal && (repeat->next < 0 || repeat->last < 0))
		return "~SEQx counts numbers that are not negative";
	return NULL;
}

static const char *read_list(struct keepalived_repeat *repeat, const char *arguments)
{
	static const char expected[] = "expected ~LST(NAME, value, ...) or ~LST({A, B}, {1, 2})";
	bool braces = *arguments == '{';
	const char *at = skip_blanks(arguments + braces);

	for (;;) {
		if (repeat->name_count == KEEPALIVED_REPEAT_NAMES_MAX)
			return "too many names in ~LST";
		at = read_name(at, &repeat->names[repeat->name_count], braces ? ",}" : ",");
		if (!at)
			return expected;
		repeat->name_count++;
		if (!braces || *at == '}')
			break;
		at = skip_blanks(at + 1);
	}
	if (braces)
		at = skip_blanks(at + 1);
	if (*at != ',')
		return expected;
	repeat->values = skip_blanks(at + 1);
	return *repeat->values && *repeat->values != ')' ? NULL : expected;
}

/* The arguments of `(...)`, parameters in them replaced.  Braces and quotes hide no parenthesis. */
static const char *read_arguments(
	char *arguments, const struct keepalived_definitions *definitions, const char *open)
{
	const char *close = strchr(open, ')'), *at = skip_blanks(open + 1);
	struct keepalived_rest rest;
	size_t len = (size_t)(close + 1 - at);

	if (len >= KEEPALIVED_LINE_BYTES)
		return "its arguments are too long";
	memcpy(arguments, at, len);
	arguments[len] = '\0';
	switch (keepalived_replace(definitions, arguments, &rest)) {
	case KEEPALIVED_UNCHANGED:
	case KEEPALIVED_REPLACED:
		return rest.count ? "a definition of several lines cannot be an argument" : NULL;
	case KEEPALIVED_TOO_LONG:
	case KEEPALIVED_ENDLESS:
	case KEEPALIVED_NOT_AT_HAND:
		break;
	}
	return "the parameters in its arguments cannot be replaced";
}

const char *keepalived_repeat_read(struct keepalived_repeat *repeat, struct arena *arena,
	const struct keepalived_definitions *definitions, const char *line)
{
	bool sequence = strncmp(line, "~SEQ", 4) == 0;
	char arguments[KEEPALIVED_LINE_BYTES];
	const char *at = line + 4, *fault, *kept;

	*repeat = (struct keepalived_repeat){0};
	if (!sequence && strncmp(line, "~LST", 4) != 0)
		return "only ~SEQ, ~SEQx and ~LST are known";
	if (sequence && *at == 'x') {
		repeat->hexadecimal = true;
		at++;
	}
	at = skip_blanks(at);
	if (*at != '(' || !strchr(at, ')'))
		return "expected arguments in parentheses";
	fault = read_arguments(arguments, definitions, at);
	if (fault)
		return fault;
	at = skip_blanks(strchr(at, ')') + 1);
	repeat->text = arena_copy(arena, at, strlen(at));
	kept = arena_copy(arena, arguments, strlen(arguments));
	return sequence ? read_sequence(repeat, kept) : read_list(repeat, kept);
}

static bool next_number(struct keepalived_repeat *repeat, struct arena *arena,
	struct keepalived_definitions *definitions)
{
	char text[24];
	int len;

	if (repeat->step > 0 ? repeat->next > repeat->last : repeat->next < repeat->last)
		return false;
	len = snprintf(
		text, sizeof(text), repeat->hexadecimal ? "%" PRIx64 : "%" PRId64, repeat->next);
	keepalived_define(definitions, arena, repeat->names[0], span_of(text, (size_t)len));
	repeat->next += repeat->step;
	return true;
}

/* One value, up to a comma or what closes the list or the group. */
static const char *take_value(const char *at, struct span *value)
{
	size_t len = strcspn(at, ",})");

	*value = span_of(at, len);
	while (value->len &&
		(value->at[value->len - 1] == ' ' || value->at[value->len - 1] == '\t'))
		value->len--;
	return at + len;
}

static bool next_value(struct keepalived_repeat *repeat, struct arena *arena,
	struct keepalived_definitions *definitions)
{
	const char *at = repeat->values;
	bool braces = *at == '{';

	if (!*at || *at == ')')
		return false;
	if (braces)
		at = skip_blanks(at + 1);
	for (uint32_t i = 0; i < repeat->name_count; i++) {
		struct span value;

		at = take_value(at, &value);
		keepalived_define(definitions, arena, repeat->names[i], value);
		if (*at == ',' && i + 1 < repeat->name_count)
			at = skip_blanks(at + 1);
	}
	if (braces)
		at += strcspn(at, "}");
	at += strcspn(at, ",)");
	repeat->values = *at == ',' ? skip_blanks(at + 1) : "";
	return true;
}

bool keepalived_repeat_next(struct keepalived_repeat *repeat, struct arena *arena,
	struct keepalived_definitions *definitions)
{
	if (repeat->values)
		return next_value(repeat, arena, definitions);
	return next_number(repeat, arena, definitions);
}
