/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mem.h - memory that is decided at start: arenas for trees that die at once, pools for objects
 * of one size.
 *
 * A pool reserves address space for all its objects and touches an object's pages only when it is
 * taken for the first time, so that an idle program is small and a full one cannot surprise.
 * Thread: every arena and pool belongs to one thread. */
#ifndef TORC_CORE_MEM_H
#define TORC_CORE_MEM_H

#include <stddef.h>
#include <stdint.h>

/* An arena: allocations are zeroed, aligned to 16 bytes, and released together.  Running out of
 * memory while a configuration is read ends the process with a message: there is nothing to
 * fall back to. */
struct arena {
	struct arena_chunk *chunks;
	size_t used_bytes;
};

void *arena_alloc(struct arena *arena, size_t bytes);
/* A NUL-terminated copy of `len` bytes. */
char *arena_copy(struct arena *arena, const char *bytes, size_t len);
void arena_free(struct arena *arena);

struct pool {
	char *base;
	uint32_t item_bytes;
	uint32_t capacity;
	uint32_t touched; /* items ever handed out; all before this index are mapped */
	uint32_t free_count;
	uint32_t *free_items; /* a stack: the item that is warm in the cache is taken next */
};

/* Reserves room for `capacity` items.  0, or -errno. */
int pool_open(struct pool *pool, uint32_t item_bytes, uint32_t capacity);
void pool_close(struct pool *pool);
/* An item with whatever it held before, or NULL when all are lent.  A first-time item is zero. */
void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, void *item);

static inline uint32_t pool_index(const struct pool *pool, const void *item)
{
	return (uint32_t)((size_t)((const char *)item - pool->base) / pool->item_bytes);
}

static inline void *pool_at(const struct pool *pool, uint32_t index)
{
	return pool->base + (size_t)index * pool->item_bytes;
}

static inline uint32_t pool_lent(const struct pool *pool)
{
	return pool->touched - pool->free_count;
}

#endif
