/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nearest.h - the known word that an unknown one was probably meant to be.  Pure. */
#ifndef TORC_CORE_CONFIG_NEAREST_H
#define TORC_CORE_CONFIG_NEAREST_H

#include <stdint.h>

#define NEAREST_WORD_MAX 48

/* Keeps the best candidate of a search: offer every known word, then look at `word`. */
struct nearest {
	const char *wanted;
	const char *word; /* NULL: nothing is near */
	uint32_t distance;
};

void nearest_init(struct nearest *nearest, const char *wanted);
void nearest_offer(struct nearest *nearest, const char *candidate);

/* The nearest of a NULL-terminated list, or NULL. */
const char *nearest_of(const char *const *words, const char *wanted);

/* Inserted, removed, replaced or swapped characters between the two; UINT32_MAX when one of them
 * is longer than NEAREST_WORD_MAX. */
uint32_t nearest_distance(const char *a, const char *b);

#endif
