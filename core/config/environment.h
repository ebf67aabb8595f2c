/* SPDX-License-Identifier: GPL-2.0-or-later */
/* environment.h - the variables that a configuration sees: the process's, changed by setenv,
 * presetenv, unsetenv and resetenv.
 *
 * The changes stay in here.  Reading a configuration must not change the process that reads it:
 * the same file may be read again, and two readings must give the same tree.
 * Owns: nothing beyond the arena.  Thread: the reader's. */
#ifndef TORC_CORE_CONFIG_ENVIRONMENT_H
#define TORC_CORE_CONFIG_ENVIRONMENT_H

#include "core/config/names.h"
#include <stdbool.h>

struct environment {
	struct arena *arena;
	struct names changed; /* name to struct variable */
	bool forgotten;	      /* the process's own variables are hidden (resetenv) */
};

void environment_init(struct environment *environment, struct arena *arena);
/* NULL when it is not set.  Matches lex_variable. */
const char *environment_get(void *environment, const char *name);
#define ENVIRONMENT_FILLED_BYTES 1024 /* no address is as long as that */

/* The text with the values of its $NAME and ${NAME} in their place; one that is not set leaves
 * nothing behind, a dollar sign without a name stays.  The text itself when there is nothing to
 * fill in, or more than ENVIRONMENT_FILLED_BYTES would come of it. */
const char *environment_fill(struct environment *environment, const char *text);
/* A NULL value unsets it. */
void environment_set(struct environment *environment, const char *name, const char *value);
/* Forgets every variable but the named ones. */
void environment_reset(struct environment *environment, const char *const *kept, uint32_t count);

#endif
