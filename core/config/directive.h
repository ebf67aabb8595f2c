/* SPDX-License-Identifier: GPL-2.0-or-later */
/* directive.h - the lines that begin with a dot: which lines of a file count, and messages from
 * the file itself.  Pure but for the reader's messages. */
#ifndef TORC_CORE_CONFIG_DIRECTIVE_H
#define TORC_CORE_CONFIG_DIRECTIVE_H

#include "core/config/reader.h"

#define DIRECTIVE_DEPTH_MAX 100

struct directives {
	uint32_t depth; /* open .if blocks */
	struct directive_block {
		uint32_t line; /* of its .if */
		bool taking;   /* the lines of the branch at hand count */
		bool taken;    /* some branch has been taken already */
		bool after_else;
		bool outer; /* the lines around the block count */
	} blocks[DIRECTIVE_DEPTH_MAX];
	uint32_t too_deep; /* open blocks beyond the limit: all skipped */
};

/* Does an ordinary line count here? */
bool directive_taking(const struct directives *directives);
/* Reads a line whose first word begins with a dot. */
void directive_read(struct directives *directives, struct reader *reader);
/* At the end of a file: complains about blocks that are still open. */
void directive_end(struct directives *directives, struct reader *reader);

#endif
