/* SPDX-License-Identifier: GPL-2.0-or-later */
/* environment.c - the variables that a configuration sees.
 *
 * A layer over getenv(): what the file set or unset is found first, then the process's own
 * variable unless resetenv has hidden it. */
#include "core/config/environment.h"

#include "core/config/lex.h"
#include "core/mem.h"
#include "core/span.h"

#include <stdlib.h>
#include <string.h>

struct variable {
	const char *value; /* NULL: unset */
};

void environment_init(struct environment *environment, struct arena *arena)
{
	*environment = (struct environment){.arena = arena};
}

const char *environment_get(void *context, const char *name)
{
	const struct environment *environment = context;
	const struct variable *variable = names_find(&environment->changed, name);

	if (variable)
		return variable->value;
	return environment->forgotten ? NULL : getenv(name);
}

/* The bytes of the variable at text, from its dollar sign; 0: there is none. */
static size_t find_name(const char *text, struct span *name)
{
	size_t start = text[1] == '{' ? 2 : 1, end = start;

	if (text[0] != '$' || !lex_begins_name(text[start]))
		return 0;
	while (lex_continues_name(text[end]))
		end++;
	*name = span_of(text + start, end - start);
	if (start == 1)
		return end;
	return text[end] == '}' ? end + 1 : 0;
}

const char *environment_fill(struct environment *environment, const char *text)
{
	struct arena *arena = environment->arena;
	char filled[ENVIRONMENT_FILLED_BYTES];
	struct span name;
	size_t len = 0;

	if (!strchr(text, '$'))
		return text;
	for (const char *at = text; *at;) {
		size_t taken = find_name(at, &name);
		struct span part = span_of(at, 1 + strcspn(at + 1, "$"));

		if (taken) {
			const char *value =
				environment_get(environment, arena_copy(arena, name.at, name.len));

			part = span_of_string(value ? value : "");
		} else {
			taken = part.len;
		}
		if (part.len > sizeof(filled) - len)
			return text;
		memcpy(filled + len, part.at, part.len);
		len += part.len;
		at += taken;
	}
	return arena_copy(arena, filled, len);
}

void environment_set(struct environment *environment, const char *name, const char *value)
{
	struct arena *arena = environment->arena;
	struct variable *variable = names_find(&environment->changed, name);

	if (!variable) {
		variable = arena_alloc(arena, sizeof(*variable));
		names_add(&environment->changed, arena, arena_copy(arena, name, strlen(name)),
			variable);
	}
	variable->value = value ? arena_copy(arena, value, strlen(value)) : NULL;
}

void environment_reset(struct environment *environment, const char *const *kept, uint32_t count)
{
	struct environment old = *environment;

	environment->changed = (struct names){0};
	environment->forgotten = true;
	for (uint32_t i = 0; i < count; i++) {
		const char *value = environment_get(&old, kept[i]);

		if (value)
			environment_set(environment, kept[i], value);
	}
}
