/* SPDX-License-Identifier: GPL-2.0-or-later */
/* names.h - who has this name already: a small hash table over an arena.
 * Keys are not copied: they live as long as the tree.  Pure but for the arena. */
#ifndef TORC_CORE_CONFIG_NAMES_H
#define TORC_CORE_CONFIG_NAMES_H

#include "core/mem.h"

struct names {
	struct name_entry {
		const char *name;
		void *object;
	} * entries;
	uint32_t count, capacity; /* capacity: a power of two, or 0 */
};

/* The object of that name, or NULL. */
void *names_find(const struct names *names, const char *name);
/* Adds it; the first object of a name keeps it.  Returns that first one, or NULL if new. */
void *names_add(struct names *names, struct arena *arena, const char *name, void *object);

/* FNV-1a, 64 bits (draft-eastlake-fnv): good enough to tell names and files apart. */
uint64_t names_hash(uint64_t seed, const char *bytes, size_t len);
#define NAMES_HASH_SEED 0xcbf29ce484222325ull

#endif
