/* SPDX-License-Identifier: GPL-2.0-or-later */
/* names.c - who has this name already.
 *
 * A file may hold ten thousand servers, and every one must be told apart from all others: a list
 * would make reading quadratic.  Open addressing over an array from the arena; the array doubles
 * when it is half full, and the old one stays in the arena (together they are less than the
 * last). */
#include "core/config/names.h"

#include <assert.h>
#include <string.h>

uint64_t names_hash(uint64_t seed, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		seed = (seed ^ (unsigned char)bytes[i]) * 0x100000001b3ull;
	return seed;
}

static struct name_entry *place_of(const struct names *names, const char *name)
{
	uint64_t hash = names_hash(NAMES_HASH_SEED, name, strlen(name));
	uint32_t mask = names->capacity - 1, at = (uint32_t)(hash ^ (hash >> 32)) & mask;

	assert(names->count < names->capacity);
	while (names->entries[at].name && strcmp(names->entries[at].name, name) != 0)
		at = (at + 1) & mask;
	return &names->entries[at];
}

void *names_find(const struct names *names, const char *name)
{
	return names->capacity ? place_of(names, name)->object : NULL;
}

static void grow(struct names *names, struct arena *arena)
{
	struct names larger = {.capacity = names->capacity ? names->capacity * 2 : 16};

	larger.entries = arena_alloc(arena, larger.capacity * sizeof(larger.entries[0]));
	for (uint32_t i = 0; i < names->capacity; i++) {
		if (names->entries[i].name)
			*place_of(&larger, names->entries[i].name) = names->entries[i];
	}
	larger.count = names->count;
	*names = larger;
}

void *names_add(struct names *names, struct arena *arena, const char *name, void *object)
{
	struct name_entry *entry;

	if (names->count * 2 >= names->capacity)
		grow(names, arena);
	entry = place_of(names, name);
	if (entry->name)
		return entry->object;
	*entry = (struct name_entry){name, object};
	names->count++;
	return NULL;
}
