/* SPDX-License-Identifier: GPL-2.0-or-later */
/* circle.h - the order of weighted round robin, as a list that is walked in a circle.
 * Pure.  Owns: nothing; the room is the caller's. */
#ifndef TORC_NET_LB_CIRCLE_H
#define TORC_NET_LB_CIRCLE_H

#include <stdint.h>

/* The longest list.  When the weights, divided by what they have in common, add up to more,
 * each is scaled down and rounded to the nearest, but never to nothing: a server of weight 1 among
 * 1000 of weight 256 then gets up to twice its share. */
#define CIRCLE_PLACES_MAX 65536u
/* The list holds positions in 16 bits. */
#define CIRCLE_SERVERS_MAX 32768u

/* Work space of the builder, one per server. */
struct circle_seat {
	int64_t current;     /* of a class, kept in the seat of its first server: */
	int64_t pull;	     /* sum of its servers' weights */
	uint32_t next_class; /* of another weight */
	uint32_t turn;	     /* its server whose turn is next */
	uint32_t last;	     /* its last server so far */
	uint32_t weight;     /* of this server, reduced */
	uint32_t next;	     /* server of the same weight, in a ring */
};

/* The smooth weighted order for these weights (0: left out), one period, from the first server on.
 * `seats` has room for count, `capacity` is at least count.  Returns its length, at most capacity:
 * when the period is longer, weights are scaled as said above. */
uint32_t circle_fill(uint16_t *schedule, uint32_t capacity, const uint32_t *weights, uint32_t count,
	struct circle_seat *seats);

uint32_t circle_common_divisor(uint32_t a, uint32_t b);

#endif
