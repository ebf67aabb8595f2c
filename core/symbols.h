/* SPDX-License-Identifier: GPL-2.0-or-later */
/* symbols.h - which function an address of our own program lies in.
 * Source: the ELF-64 file format: section headers, .symtab (or .dynsym) and its strings.
 * Owns:   a read-only mapping of the program's file.  Thread: the keeper's. */
#ifndef TORC_CORE_SYMBOLS_H
#define TORC_CORE_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols {
	const char *bytes; /* NULL: nothing can be found */
	size_t len;
	uint64_t table_at, table_count, strings_at, strings_bytes;
	bool mapped;
};

struct symbol {
	const char *name; /* NUL-terminated, inside the mapping */
	uint64_t start;
};

/* Maps the program behind `image` (-1: none).  Never fails: a stripped or damaged file just has
 * no symbols. */
void symbols_open(struct symbols *symbols, int image);
/* The same over bytes that the caller keeps, aligned to 8. */
void symbols_read(struct symbols *symbols, const void *bytes, size_t len);
bool symbols_find(const struct symbols *symbols, uint64_t offset, struct symbol *symbol);
void symbols_close(struct symbols *symbols);

#endif
