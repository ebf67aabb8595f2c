/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nearest.c - the known word that an unknown one was probably meant to be.
 *
 * The distance is the number of single slips that turn one word into the other (Damerau and
 * Levenshtein's, with adjacent swaps: "defualt" is one slip away from "default").  A suggestion
 * that is wrong costs the reader more than none, so it must be near: at most one slip for every
 * three letters of the word as written. */
#include "core/config/nearest.h"

#include <string.h>

void nearest_init(struct nearest *nearest, const char *wanted)
{
	uint32_t len = (uint32_t)strnlen(wanted, NEAREST_WORD_MAX + 1);

	*nearest = (struct nearest){.wanted = wanted, .distance = len / 3 + 1};
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
	size_t wanted_len = strnlen(nearest->wanted, NEAREST_WORD_MAX + 1);
	size_t len = strnlen(candidate, NEAREST_WORD_MAX + 1);
	uint32_t distance;

	/* Words are as far apart as their lengths, at least: most need no closer look. */
	if ((len > wanted_len ? len - wanted_len : wanted_len - len) >= nearest->distance)
		return;
	distance = nearest_distance(nearest->wanted, candidate);
	if (distance < nearest->distance) {
		nearest->distance = distance;
		nearest->word = candidate;
	}
}

const char *nearest_of(const char *const *words, const char *wanted)
{
	struct nearest nearest;

	nearest_init(&nearest, wanted);
	while (*words)
		nearest_offer(&nearest, *words++);
	return nearest.word;
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

uint32_t nearest_distance(const char *a, const char *b)
{
	/* Three rows of the classic table: the one being made, the last, the one before (swaps). */
	uint32_t rows[3][NEAREST_WORD_MAX + 1];
	uint32_t *now = rows[0], *last = rows[1], *before = rows[2];
	size_t a_len = strnlen(a, NEAREST_WORD_MAX + 1), b_len = strnlen(b, NEAREST_WORD_MAX + 1);

	if (a_len > NEAREST_WORD_MAX || b_len > NEAREST_WORD_MAX)
		return UINT32_MAX;
	memset(before, 0, sizeof(rows[2]));
	for (uint32_t j = 0; j <= b_len; j++)
		last[j] = j;
	for (uint32_t i = 1; i <= a_len; i++) {
		uint32_t *spare = before;

		now[0] = i;
		for (uint32_t j = 1; j <= b_len; j++) {
			uint32_t change = a[i - 1] != b[j - 1];

			now[j] = least(last[j - 1] + change, least(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[b_len];
}
