/* SPDX-License-Identifier: GPL-2.0-or-later */
/* servers_up.c - how many servers of a backend are up, as a board tells.
 *
 * The board carries its names: behind a line for each traffic cell one for each verdict, "V
 * backend/server" (roster.h).  They are read where they lie, line by line and never beyond their
 * end; for five thousand servers that is some ten microseconds. */
#include "core/servers_up.h"
#include <string.h>

static const char *next_line(const char *at, const char *end)
{
	const char *feed = memchr(at, '\n', (size_t)(end - at));

	return feed ? feed + 1 : end;
}

static bool is_of(const char *line, const char *end, const char *backend, size_t len)
{
	return (size_t)(end - line) > len + 3 && line[0] == 'V' && line[1] == ' ' &&
	       memcmp(line + 2, backend, len) == 0 && line[2 + len] == '/';
}

int32_t servers_up(const struct board *board, const char *backend)
{
	const char *at = board->names, *end = at + board->names_bytes;
	size_t len = strlen(backend);
	int32_t up = -1;

	for (uint32_t i = 0; i < board->cell_count && at < end; i++)
		at = next_line(at, end);
	for (uint32_t i = 0; i < board->server_count && at < end; i++) {
		const char *next = next_line(at, end);

		if (is_of(at, next, backend, len)) {
			uint32_t usable = atomic_load_explicit(
				&board->verdicts[i].usable, memory_order_relaxed);

			up = (up < 0 ? 0 : up) + (usable > 1);
		}
		at = next;
	}
	return up;
}
