/* SPDX-License-Identifier: GPL-2.0-or-later */
/* roster.h - who has a cell on the board, as lines of text, and whose was it before.
 *
 * A roster is one line for every traffic cell and then one for every verdict, in their order:
 * "kind proxy/item\n", the item only where there is one.  Kinds: L F B S as in the statistics, V a
 * server's verdict, "-" nobody's.  Two generations match by these lines, never by position.
 * Thread: any.  A match allocates; it is opened and closed by one caller. */
#ifndef TORC_CORE_ROSTER_H
#define TORC_CORE_ROSTER_H

#include "core/config/model.h"

#define ROSTER_NOBODY UINT32_MAX

/* The lines of this tree, allocated: free() them.  NULL: no memory. */
char *roster_write(const struct config *config, size_t *bytes);

/* A roster somewhere in memory, perhaps in somebody else's. */
struct roster {
	const char *at;
	uint32_t bytes;
	uint32_t cells, servers;
};

/* As many lines as it should have, and nothing after them? */
bool roster_is_whole(const struct roster *roster);

struct roster_match {
	struct roster ours, theirs;
	bool identical; /* position by position */
	struct roster_line {
		const char *at;
		uint32_t len, index;
	} * our_lines, *their_lines; /* in order; sorted */
	char *copy;
};

/* Finds out whose lines in `theirs` are those of `ours`.  Safe while somebody writes into
 * `theirs`.  False: no memory, or not whole. */
bool roster_match_open(struct roster_match *match, struct roster ours, struct roster theirs);
void roster_match_close(struct roster_match *match);
/* The position there of what is at this position here, or ROSTER_NOBODY. */
uint32_t roster_match_cell(const struct roster_match *match, uint32_t cell);
uint32_t roster_match_server(const struct roster_match *match, uint32_t server);

#endif
