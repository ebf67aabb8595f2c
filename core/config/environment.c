/* SPDX-License-Identifier: GPL-2.0-or-later */
/* environment.c - the variables that a configuration sees.
 *
 * A layer over getenv(): what the file set or unset is found first, then the process's own
 * variable unless resetenv has hidden it. */
#include "core/config/environment.h"

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
