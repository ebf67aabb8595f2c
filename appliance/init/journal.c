/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal.c - a ring of lines, each in a place of fixed size.
 *
 * A megabyte that is never allocated anew: the messages of a machine in trouble must not need
 * memory. */
#include "appliance/init/journal.h"

#include <string.h>

void journal_add(
	struct journal *journal, const struct journal_line *head, const char *text, size_t len)
{
	struct journal_line *line = &journal->lines[journal->written % JOURNAL_LINES];
	uint16_t used = 0;

	line->wall_ms = head->wall_ms;
	line->priority = head->priority;
	line->whole = head->whole;
	for (size_t i = 0; i < len && text[i] != '\n' && used < JOURNAL_TEXT_BYTES - 1; i++) {
		unsigned char at = (unsigned char)text[i];

		if (at == '\0')
			break;
		/* An escape of a terminal must not reach the console. */
		line->text[used++] = at == '\t' ? ' ' : at < ' ' || at == 0x7f ? '?' : text[i];
	}
	line->text[used] = '\0';
	line->len = used;
	journal->written++;
}

const struct journal_line *journal_next(
	const struct journal *journal, uint64_t *cursor, uint64_t *lost)
{
	if (*cursor >= journal->written)
		return NULL;
	if (journal->written - *cursor > JOURNAL_LINES) {
		*lost += journal->written - JOURNAL_LINES - *cursor;
		*cursor = journal->written - JOURNAL_LINES;
	}
	return &journal->lines[(*cursor)++ % JOURNAL_LINES];
}
