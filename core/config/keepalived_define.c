/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_define.c - parameters of keepalived's language.
 *
 * A parameter is text that is put in where its name stands, at the moment a line is read: values
 * may name other parameters that are defined later.  That makes a small macro language with all
 * its dangers, hence the two limits: a line has a length, and a line has so many replacements.
 *
 * `$NAME` is only replaced when a blank, a comma, a closing parenthesis or the end follows, as
 * keepalived has it, `${NAME}` anywhere; a name that is not defined is left alone, since scripts
 * have dollars of their own. */
#include "core/config/keepalived_define.h"

#include <ctype.h>

static bool starts_name(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool keepalived_is_definition(struct span line, struct span *name, struct span *value)
{
	uint32_t at = 1, name_end;

	if (line.len < 2 || line.at[0] != '$' || !starts_name(line.at[1]))
		return false;
	while (at < line.len && in_name(line.at[at]))
		at++;
	name_end = at;
	if (at >= line.len || line.at[at] != '=')
		return false;
	at++;
	while (at < line.len && is_blank(line.at[at]))
		at++;
	*name = span_of(line.at + 1, name_end - 1);
	*value = span_of(line.at + at, line.len - at);
	return true;
}

struct keepalived_definition *keepalived_define(struct keepalived_definitions *definitions,
	struct arena *arena, struct span name, struct span value)
{
	const char *key = arena_copy(arena, name.at, name.len);
	struct keepalived_definition *definition = names_find(&definitions->names, key);

	if (!definition) {
		definition = arena_alloc(arena, sizeof(*definition));
		definition->name = key;
		names_add(&definitions->names, arena, key, definition);
	}
	definition->value = span_of(arena_copy(arena, value.at, value.len), value.len);
	definition->several_lines = false;
	return definition;
}

/* A use of a parameter in a line: where it stands, what it names. */
struct use {
	uint32_t from, to; /* with the dollar and the braces */
	char name[64];
};

static bool read_use(const char *line, uint32_t from, struct use *use)
{
	bool braces = line[from + 1] == '{';
	uint32_t at = from + 1 + braces, start = at;

	if (!starts_name(line[at]))
		return false;
	while (in_name(line[at]))
		at++;
	if (at - start >= sizeof(use->name))
		return false;
	memcpy(use->name, line + start, at - start);
	use->name[at - start] = '\0';
	if (braces && line[at] != '}')
		return false;
	if (!braces && line[at] && !is_blank(line[at]) && line[at] != ',' && line[at] != ')')
		return false;
	use->from = from;
	use->to = at + braces;
	return true;
}

static struct span predefined(const struct keepalived_definitions *definitions, const char *name)
{
	if (strcmp(name, "_PWD") == 0)
		return span_of_string(definitions->folder);
	if (strcmp(name, "_INSTANCE") == 0)
		return span_of_string(definitions->instance);
	if (strcmp(name, "_HASH") == 0)
		return SPAN("#");
	if (strcmp(name, "_BANG") == 0)
		return SPAN("!");
	return (struct span){0};
}

/* ${_RANDOM 1 6}, too. */
static bool is_random(const char *at)
{
	return strncmp(at, "${_RANDOM", 9) == 0 && !in_name(at[9]);
}

static bool put(char *line, const struct use *use, struct span value)
{
	size_t len = strlen(line), tail = len - use->to + 1;

	if (use->from + value.len + tail > KEEPALIVED_LINE_BYTES)
		return false;
	memmove(line + use->from + value.len, line + use->to, tail);
	if (value.len)
		memcpy(line + use->from, value.at, value.len);
	return true;
}

enum keepalived_replaced keepalived_replace(
	const struct keepalived_definitions *definitions, char *line, struct keepalived_rest *rest)
{
	uint32_t at = 0, replacements = 0;
	const char *dollar;

	*rest = (struct keepalived_rest){0};
	while ((dollar = strchr(line + at, '$')) != NULL) {
		const struct keepalived_definition *definition;
		struct span value;
		struct use use;

		at = (uint32_t)(dollar - line);
		if (is_random(dollar))
			return KEEPALIVED_NOT_AT_HAND;
		if (!read_use(line, at, &use)) {
			at++;
			continue;
		}
		definition = names_find(&definitions->names, use.name);
		value = definition ? definition->value : predefined(definitions, use.name);
		/* Several lines take the end of a line only. */
		if (!value.at || (definition && definition->several_lines && line[use.to])) {
			at++;
			continue;
		}
		if (++replacements > KEEPALIVED_REPLACEMENTS_MAX)
			return KEEPALIVED_ENDLESS;
		if (definition && definition->several_lines) {
			const char *feed = value.len ? memchr(value.at, '\n', value.len) : NULL;
			uint32_t first = feed ? (uint32_t)(feed - value.at) : value.len;

			if (rest->count == sizeof(rest->lines) / sizeof(rest->lines[0]))
				return KEEPALIVED_ENDLESS;
			rest->lines[rest->count++] = span_of(value.at + first + (feed != NULL),
				value.len - first - (feed != NULL));
			value.len = first;
		}
		if (!put(line, &use, value))
			return KEEPALIVED_TOO_LONG;
		if (value.len && value.at[0] == '~')
			break;
	}
	return replacements ? KEEPALIVED_REPLACED : KEEPALIVED_UNCHANGED;
}
