/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program's file as arbitrary bytes. */
#include "core/symbols.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size ? size : 1);
	struct symbols symbols;
	struct symbol symbol;

	if (!bytes)
		abort();
	memcpy(bytes, data, size);
	symbols_read(&symbols, bytes, size);
	for (uint64_t offset = 0; offset < 4096; offset += 61)
		if (symbols_find(&symbols, offset, &symbol) && strlen(symbol.name) > size)
			abort();
	free(bytes);
	return 0;
}
