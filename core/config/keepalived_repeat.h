/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_repeat.h - `~SEQ(...)` and `~LST(...)`: one line that stands for many.
 * Pure but for the arena. */
#ifndef TORC_CORE_CONFIG_KEEPALIVED_REPEAT_H
#define TORC_CORE_CONFIG_KEEPALIVED_REPEAT_H

#include "core/config/keepalived_define.h"

#define KEEPALIVED_REPEAT_NAMES_MAX 8u

struct keepalived_repeat {
	struct span names[KEEPALIVED_REPEAT_NAMES_MAX];
	uint32_t name_count;
	/* ~SEQ */
	int64_t next, step, last;
	bool hexadecimal;
	/* ~LST: what is left of the values, text between the commas; NULL: a ~SEQ */
	const char *values;
	const char *text; /* what is repeated */
};

/* Does this line begin with ~SEQ or ~LST?  Reads it; parameters within its parentheses are
 * replaced.  NULL, or what is wrong with it. */
const char *keepalived_repeat_read(struct keepalived_repeat *repeat, struct arena *arena,
	const struct keepalived_definitions *definitions, const char *line);
/* Gives the names their next values.  False: there are no more. */
bool keepalived_repeat_next(struct keepalived_repeat *repeat, struct arena *arena,
	struct keepalived_definitions *definitions);

#endif
