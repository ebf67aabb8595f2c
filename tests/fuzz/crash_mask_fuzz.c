/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a thread worked on when it died, as arbitrary bytes with a secret behind a Cookie field's
 * colon: the secret never comes out, whatever stands before and after its line. */
#include "core/crash.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char line[] = "\nCookie: S3CR3T\r\n";
	size_t half = size / 2, at, room = size + 256;
	char *work, *out;
	uint32_t len;

	if (size > 4096 || memmem(data, size, "S3CR3T", 6))
		return 0;
	work = malloc(size + sizeof(line));
	out = malloc(room);
	if (!work || !out)
		abort();
	memcpy(work, data, half);
	memcpy(work + half, line, sizeof(line) - 1);
	at = half + sizeof(line) - 1;
	memcpy(work + at, data + half, size - half);
	len = crash_mask(out, (uint32_t)room, span_of(work, at + size - half));
	if (len > room || memmem(out, len, "S3CR3T", 6))
		abort();
	/* Less room only cuts. */
	if (crash_mask(out, 7, span_of(work, at)) > 7)
		abort();
	free(work);
	free(out);
	return 0;
}
