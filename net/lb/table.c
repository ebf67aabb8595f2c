/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table.c - the table of map-based hashing and of static round robin.
 *
 * For every row each server gains its weight, and the first one that has most whole turns to its
 * credit takes the row and pays the sum of all weights.  Counting in whole turns is what prefers
 * the order of the file: among servers that are less than a turn apart the first one wins.
 * Where all weigh the same that is the order of the file, round after round; then the rows need
 * no search, which would be the square of thousands of servers. */
#include "net/lb/table.h"

#include <assert.h>
#include <stdbool.h>

static bool weigh_the_same(const uint32_t *weights, uint32_t count)
{
	uint32_t weight = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (weights[i] == 0)
			continue;
		if (weight != 0 && weights[i] != weight)
			return false;
		weight = weights[i];
	}
	return true;
}

static void fill_in_turn(uint16_t *rows, uint32_t sum, const uint32_t *weights, uint32_t count)
{
	uint32_t row = 0;

	while (row < sum)
		for (uint32_t i = 0; i < count; i++)
			if (weights[i] > 0)
				rows[row++] = (uint16_t)i;
}

static uint32_t take_row(
	struct table_seat *seats, uint32_t sum, const uint32_t *weights, uint32_t count)
{
	int64_t most = 0;
	uint32_t best = count;

	for (uint32_t i = 0; i < count; i++) {
		int64_t turns;

		if (weights[i] == 0)
			continue;
		seats[i].score += weights[i];
		turns = (seats[i].score + sum) / sum;
		if (best == count || turns > most) {
			most = turns;
			best = i;
		}
	}
	seats[best].score -= sum;
	return best;
}

uint32_t table_fill(
	uint16_t *rows, const uint32_t *weights, uint32_t count, struct table_seat *seats)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		seats[i].score = 0;
		sum += weights[i];
	}
	if (sum == 0)
		return 0;
	if (weigh_the_same(weights, count)) {
		fill_in_turn(rows, sum, weights, count);
		return sum;
	}
	for (uint32_t row = 0; row < sum; row++)
		rows[row] = (uint16_t)take_row(seats, sum, weights, count);
	return sum;
}
