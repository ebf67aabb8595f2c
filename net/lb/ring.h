/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring.h - consistent hashing: servers as many points on a circle of 32-bit numbers.
 *
 * A server has 16 points for each unit of its weight; where they lie depends on its id alone, so
 * that a server that comes or goes moves only the keys that it gains or had.  A key belongs to
 * the nearest point, on either side.
 * Source: HAProxy's `hash-type consistent`: the same points, the same choice.
 * Pure.  Owns: nothing; the room is the caller's.  Thread: its worker's. */
#ifndef TORC_NET_LB_RING_H
#define TORC_NET_LB_RING_H

#include "core/mem.h"
#include <stdint.h>

#define RING_POINTS_PER_WEIGHT 16u
/* The points of one server at the highest weight: its id times this is its first number. */
#define RING_POINTS_PER_SERVER 4096u
/* More points than this are not kept for weights that are raised at run time. */
#define RING_POINTS_KEPT (1u << 20)

struct ring_point {
	uint32_t at;
	uint32_t server;
};

struct ring {
	struct ring_point *points, *other; /* `other`: room to sort in */
	uint32_t count, capacity;
};

/* Room for the points of `servers` servers that weigh `weight` together. */
void ring_init(struct ring *ring, struct arena *arena, uint32_t servers, uint64_t weight);
/* Empties it, then servers are added one by one, then it is sorted. */
void ring_clear(struct ring *ring);
/* As many of its points as there is room for: all, unless weights were raised far beyond what the
 * configuration says. */
void ring_add(struct ring *ring, uint32_t server, uint32_t id, uint32_t weight);
void ring_sort(struct ring *ring);

/* The index of the point that `hash` belongs to; the ring is not empty. */
uint32_t ring_nearest(const struct ring *ring, uint32_t hash);
static inline uint32_t ring_next(const struct ring *ring, uint32_t point)
{
	return point + 1 < ring->count ? point + 1 : 0;
}

#endif
