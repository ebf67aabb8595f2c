/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mem.c - arenas and pools.
 *
 * An arena is a chain of chunks that only grows: a configuration tree is built once, read often
 * and dropped whole, so single releases would be bookkeeping for nothing.
 * A pool is one reservation of address space (MAP_NORESERVE) with a stack of free indices beside
 * it; the kernel gives pages as items are touched.  The stack hands out what came back last, so a
 * busy thread keeps walking over the same few warm items. */
#include "core/mem.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ARENA_CHUNK_BYTES (64 * 1024)
#define ARENA_ALIGNMENT	  16

struct arena_chunk {
	struct arena_chunk *next;
	size_t used_bytes, room_bytes;
	_Alignas(ARENA_ALIGNMENT) char bytes[];
};

void *arena_alloc(struct arena *arena, size_t bytes)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t wanted = (bytes + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
	void *start;

	if (wanted < bytes)
		abort(); /* the sum wrapped: no caller has so much to ask for */
	if (!chunk || chunk->room_bytes - chunk->used_bytes < wanted) {
		size_t room = wanted > ARENA_CHUNK_BYTES ? wanted : ARENA_CHUNK_BYTES;

		chunk = calloc(1, sizeof(*chunk) + room);
		if (!chunk) {
			fprintf(stderr, "out of memory: %zu bytes wanted\n", room);
			exit(1);
		}
		chunk->room_bytes = room;
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	start = chunk->bytes + chunk->used_bytes;
	chunk->used_bytes += wanted;
	arena->used_bytes += wanted;
	return start;
}

char *arena_copy(struct arena *arena, const char *bytes, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

void arena_free(struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *next = arena->chunks->next;

		free(arena->chunks);
		arena->chunks = next;
	}
	arena->used_bytes = 0;
}

static void *reserve(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

int pool_open(struct pool *pool, uint32_t item_bytes, uint32_t capacity)
{
	assert(item_bytes > 0 && capacity > 0);
	*pool = (struct pool){.item_bytes = item_bytes, .capacity = capacity};
	pool->base = reserve((size_t)item_bytes * capacity);
	pool->free_items = reserve(sizeof(uint32_t) * (size_t)capacity);
	if (!pool->base || !pool->free_items) {
		pool_close(pool);
		return -ENOMEM;
	}
	return 0;
}

void pool_close(struct pool *pool)
{
	if (pool->base)
		munmap(pool->base, (size_t)pool->item_bytes * pool->capacity);
	if (pool->free_items)
		munmap(pool->free_items, sizeof(uint32_t) * (size_t)pool->capacity);
	*pool = (struct pool){0};
}

void *pool_take(struct pool *pool)
{
	if (pool->free_count > 0)
		return pool_at(pool, pool->free_items[--pool->free_count]);
	if (pool->touched < pool->capacity)
		return pool_at(pool, pool->touched++);
	return NULL;
}

void pool_give(struct pool *pool, void *item)
{
	uint32_t index = pool_index(pool, item);

	assert(index < pool->touched && pool_at(pool, index) == item);
	assert(pool->free_count < pool->touched);
	pool->free_items[pool->free_count++] = index;
}
