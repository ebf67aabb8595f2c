/* SPDX-License-Identifier: GPL-2.0-or-later */
/* circle.c - the order of weighted round robin, as a list that is walked in a circle.
 *
 * The list is made by smooth weighted round robin: at every step each candidate gains its weight,
 * the one that has most is taken and pays the sum of all.  That keeps every server as close to its
 * share at every moment as whole turns allow.  Servers of the same weight are one candidate that
 * takes turns among them: it spreads them better, and the cost of a list is its length times the
 * number of different weights, not of servers: 5000 servers of one weight are a list of 5000 that
 * is made in microseconds. */
#include "net/lb/circle.h"

#include <assert.h>

#define NOBODY UINT32_MAX

uint32_t circle_common_divisor(uint32_t a, uint32_t b)
{
	while (b > 0) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Weights without what they have in common, scaled when their sum is above capacity.  Returns
 * their sum. */
static uint32_t reduce_weights(
	struct circle_seat *seats, const uint32_t *weights, uint32_t count, uint32_t capacity)
{
	uint32_t divisor = 0, sum = 0, candidates = 0;
	uint64_t whole = 0, room;

	for (uint32_t i = 0; i < count; i++) {
		divisor = circle_common_divisor(weights[i], divisor);
		whole += weights[i];
		candidates += weights[i] > 0;
	}
	if (divisor == 0)
		return 0;
	whole /= divisor;
	/* One turn each is set aside, so that rounding up cannot exceed the capacity. */
	room = capacity - candidates;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t weight = weights[i] / divisor;

		if (whole > capacity && weight > 0) {
			weight = (weight * room + whole / 2) / whole;
			weight += weight == 0;
		}
		seats[i].weight = (uint32_t)weight;
		sum += seats[i].weight;
	}
	return sum;
}

/* Joins server `index` to the class of its weight, or opens one.  Returns the first class. */
static uint32_t seat_server(struct circle_seat *seats, uint32_t first_class, uint32_t index)
{
	struct circle_seat *seat = &seats[index];
	uint32_t *link = &first_class;

	while (*link != NOBODY && seats[*link].weight != seat->weight)
		link = &seats[*link].next_class;
	if (*link == NOBODY) {
		*link = index;
		seat->current = 0;
		seat->pull = 0;
		seat->next_class = NOBODY;
		seat->turn = index;
		seat->last = index;
	}
	seats[*link].pull += seat->weight;
	seats[seats[*link].last].next = index;
	seats[*link].last = index;
	seat->next = *link;
	return first_class;
}

/* One step of smooth weighted round robin.  Returns the server. */
static uint32_t take_turn(struct circle_seat *seats, uint32_t first_class, uint32_t sum)
{
	struct circle_seat *best = &seats[first_class];
	uint32_t server;

	for (uint32_t i = first_class; i != NOBODY; i = seats[i].next_class) {
		seats[i].current += seats[i].pull;
		if (seats[i].current > best->current)
			best = &seats[i];
	}
	best->current -= sum;
	server = best->turn;
	best->turn = seats[server].next;
	return server;
}

static void reverse(uint16_t *schedule, uint32_t from, uint32_t to)
{
	while (from + 1 < to) {
		uint16_t moved = schedule[from];

		schedule[from++] = schedule[--to];
		schedule[to] = moved;
	}
}

/* Turns the circle until `server` stands first. */
static void begin_with(uint16_t *schedule, uint32_t len, uint32_t server)
{
	uint32_t at = 0;

	while (at < len && schedule[at] != server)
		at++;
	reverse(schedule, 0, at);
	reverse(schedule, at, len);
	reverse(schedule, 0, len);
}

uint32_t circle_fill(uint16_t *schedule, uint32_t capacity, const uint32_t *weights, uint32_t count,
	struct circle_seat *seats)
{
	uint32_t first_class = NOBODY, first_server = NOBODY;
	uint32_t sum;

	assert(count <= CIRCLE_SERVERS_MAX && capacity >= count);
	sum = reduce_weights(seats, weights, count, capacity);
	assert(sum <= capacity);
	for (uint32_t i = 0; i < count; i++) {
		if (weights[i] == 0)
			continue;
		if (first_server == NOBODY)
			first_server = i;
		first_class = seat_server(seats, first_class, i);
	}
	/* A period is as long as the sum: then every candidate is back where it began. */
	for (uint32_t i = 0; i < sum; i++)
		schedule[i] = (uint16_t)take_turn(seats, first_class, sum);
	if (sum > 0)
		begin_with(schedule, sum, first_server);
	return sum;
}
