/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal.h - the last messages of the kernel and of all services, in a ring.
 *
 * One writer, any number of readers, each with a cursor of its own: the console, and a forwarder
 * for each syslog server.  A reader that is too slow loses the oldest lines and is told how many.
 * Pure.  Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_JOURNAL_H
#define TORC_APPLIANCE_INIT_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_LINES	   1024
#define JOURNAL_TEXT_BYTES 1008 /* with its NUL; a longer line is cut */

struct journal_line {
	uint64_t wall_ms;
	uint8_t priority; /* facility * 8 + severity, RFC 5424 6.2.1 */
	bool whole;	  /* the text has a head of its own: forwarded as it is */
	uint16_t len;
	char text[JOURNAL_TEXT_BYTES];
};

struct journal {
	uint64_t written; /* lines ever; the next one's number */
	struct journal_line lines[JOURNAL_LINES];
};

/* Adds a line.  Control characters become '?', a line feed ends the text. */
void journal_add(
	struct journal *journal, const struct journal_line *head, const char *text, size_t len);

/* The line that *cursor is at; moves behind it.  NULL: none yet.  *lost counts the lines that were
 * written over before they were read. */
const struct journal_line *journal_next(
	const struct journal *journal, uint64_t *cursor, uint64_t *lost);

#endif
