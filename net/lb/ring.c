/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring.c - consistent hashing: servers as many points on a circle of 32-bit numbers.
 *
 * The circle is a sorted array that is made afresh when a server changes, and a search by halves.
 * A tree would take single points in and out, but they come and go in thousands, rarely, and the
 * search runs for every request.  Sorting is by bytes of the number, from the lowest: linear, and
 * without a call of malloc. */
#include "net/lb/ring.h"
#include "net/lb/hash.h"

#include <assert.h>
#include <string.h>

void ring_init(struct ring *ring, struct arena *arena, uint32_t servers, uint64_t weight)
{
	uint64_t most = (uint64_t)servers * RING_POINTS_PER_SERVER;
	uint64_t wanted = weight * RING_POINTS_PER_WEIGHT;

	if (most > RING_POINTS_KEPT)
		most = RING_POINTS_KEPT;
	if (wanted < most)
		wanted = most;
	*ring = (struct ring){.capacity = (uint32_t)wanted};
	ring->points = arena_alloc(arena, wanted * sizeof(struct ring_point));
	ring->other = arena_alloc(arena, wanted * sizeof(struct ring_point));
}

void ring_clear(struct ring *ring)
{
	ring->count = 0;
}

void ring_add(struct ring *ring, uint32_t server, uint32_t id, uint32_t weight)
{
	uint32_t points = weight * RING_POINTS_PER_WEIGHT;
	uint32_t room = ring->capacity - ring->count;

	if (points > room)
		points = room;
	for (uint32_t i = 0; i < points; i++)
		ring->points[ring->count++] = (struct ring_point){
			.at = hash_avalanche(id * RING_POINTS_PER_SERVER + i), .server = server};
}

/* One byte of the number decides; points that are equal in it keep their order. */
static void sort_by_byte(struct ring *ring, uint32_t shift)
{
	uint32_t begins[257] = {0};
	struct ring_point *sorted = ring->other;

	for (uint32_t i = 0; i < ring->count; i++)
		begins[(ring->points[i].at >> shift & 0xff) + 1]++;
	for (uint32_t i = 0; i < 256; i++)
		begins[i + 1] += begins[i];
	for (uint32_t i = 0; i < ring->count; i++)
		sorted[begins[ring->points[i].at >> shift & 0xff]++] = ring->points[i];
	ring->other = ring->points;
	ring->points = sorted;
}

void ring_sort(struct ring *ring)
{
	for (uint32_t shift = 0; shift < 32; shift += 8)
		sort_by_byte(ring, shift);
}

uint32_t ring_nearest(const struct ring *ring, uint32_t hash)
{
	uint32_t low = 0, high = ring->count, before;

	assert(ring->count > 0);
	/* The first point at or behind the number; behind the last one comes the first. */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (ring->points[middle].at < hash)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == ring->count)
		low = 0;
	before = low > 0 ? low - 1 : ring->count - 1;
	/* Distances are taken around the circle; of two equal ones the point before wins. */
	if (hash - ring->points[before].at <= ring->points[low].at - hash)
		return before;
	return low;
}
