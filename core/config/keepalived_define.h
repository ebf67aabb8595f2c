/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_define.h - `$NAME=value` and what a line becomes when `$NAME` stands in it.
 * Pure but for the arena. */
#ifndef TORC_CORE_CONFIG_KEEPALIVED_DEFINE_H
#define TORC_CORE_CONFIG_KEEPALIVED_DEFINE_H

#include "core/config/names.h"
#include "core/span.h"

#define KEEPALIVED_LINE_BYTES	    16384u /* a line after substitution */
#define KEEPALIVED_REPLACEMENTS_MAX 1000u  /* in one line: a value that names itself never ends */

struct keepalived_definition {
	const char *name;
	struct span value; /* lines are separated by line feeds */
	bool several_lines;
};

struct keepalived_definitions {
	struct names names;
	/* ${_PWD}, ${_INSTANCE} */
	const char *folder, *instance;
};

/* What stands behind the first line of definitions of several lines, the innermost last. */
struct keepalived_rest {
	struct span lines[8];
	uint32_t count;
};

enum keepalived_replaced {
	KEEPALIVED_UNCHANGED,
	KEEPALIVED_REPLACED,
	KEEPALIVED_TOO_LONG,
	KEEPALIVED_ENDLESS,	/* more than KEEPALIVED_REPLACEMENTS_MAX */
	KEEPALIVED_NOT_AT_HAND, /* ${_RANDOM} */
};

/* Is this line `$NAME=value`?  Then *name and *value are its parts. */
bool keepalived_is_definition(struct span line, struct span *name, struct span *value);
/* The last value of a name holds. */
struct keepalived_definition *keepalived_define(struct keepalived_definitions *definitions,
	struct arena *arena, struct span name, struct span value);

/* Replaces $NAME and ${NAME} in a line of at most KEEPALIVED_LINE_BYTES with its NUL, in place,
 * and what stands in the values as well.  Names that are not defined stay as they are.  When a
 * definition of several lines ends the line, its first line is put there and *rest is what
 * follows; that first line may end with another one.  Stops behind a value that begins with `~`. */
enum keepalived_replaced keepalived_replace(
	const struct keepalived_definitions *definitions, char *line, struct keepalived_rest *rest);

#endif
