/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text.h - a piece of output that is being written into a buffer of fixed size.
 * Pure.  Owns nothing: the buffer is the caller's.
 *
 * A writer writes without looking and asks once at the end whether all of it went in; what did
 * not is taken back as a whole, so that readers only ever see complete rows. */
#ifndef TORC_NET_STATS_TEXT_H
#define TORC_NET_STATS_TEXT_H

#include "core/span.h"

struct text {
	char *at;
	uint32_t len, capacity;
	bool full; /* something did not fit */
};

static inline struct text text_over(char *at, uint32_t capacity)
{
	return (struct text){.at = at, .capacity = capacity};
}

void text_bytes(struct text *text, const char *bytes, size_t len);
void text_string(struct text *text, const char *string);
void text_number(struct text *text, uint64_t number);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same characters as they must stand in an HTML text or attribute, in a CSV cell (quoted only
 * when it has to be), in a JSON string (without its quotes), in a URL's query. */
void text_html(struct text *text, const char *string);
void text_csv(struct text *text, const char *string);
void text_json(struct text *text, const char *string);

/* Takes back everything after `mark` when something did not fit.  True: it is all there. */
bool text_commit(struct text *text, uint32_t mark);

#endif
