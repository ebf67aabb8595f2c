/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A keeper's notes as arbitrary text: what is read is written and must read the same. */
#include "core/handover.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct handover handover, again;
	char *text = NULL;
	size_t len;
	FILE *out;

	if (handover_read(&handover, (const char *)data, size, &arena)) {
		out = open_memstream(&text, &len);
		if (!out)
			abort();
		handover_write(&handover, out);
		fclose(out);
		if (!handover_read(&again, text, len, &arena) ||
			again.socket_count != handover.socket_count ||
			again.balancer_count != handover.balancer_count ||
			again.listen_count != handover.listen_count ||
			again.snapshot != handover.snapshot)
			abort();
		free(text);
	}
	arena_free(&arena);
	return 0;
}
