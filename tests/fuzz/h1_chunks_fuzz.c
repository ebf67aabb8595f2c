/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a chunked body.  Beside not crashing: with the framing kept nothing is changed,
 * with the framing taken away the same data comes out, and both end at the same byte whatever
 * the pieces. */
#include "net/http/h1.h"
#include <assert.h>

#define LIMIT_BYTES 256
#define INPUT_BYTES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
	enum h1_chunks_result result;
	uint32_t used, kept;
	uint64_t data_bytes;
	char passed[INPUT_BYTES];
};

static void feed(
	struct outcome *outcome, const char *bytes, uint32_t len, uint32_t piece, bool strip)
{
	struct h1_chunks chunks;

	h1_chunks_init(&chunks, strip, LIMIT_BYTES);
	outcome->result = H1_CHUNKS_MORE;
	outcome->used = outcome->kept = 0;
	while (outcome->result == H1_CHUNKS_MORE && outcome->used < len) {
		uint32_t left = len - outcome->used, bite = left < piece ? left : piece;
		char copy[INPUT_BYTES];
		uint32_t used, kept;

		memcpy(copy, bytes + outcome->used, bite);
		outcome->result = h1_chunks_read(&chunks, copy, bite, &used, &kept);
		assert(used <= bite && kept <= used);
		assert(outcome->result != H1_CHUNKS_MORE || used == bite);
		memcpy(outcome->passed + outcome->kept, copy, kept);
		outcome->used += used;
		outcome->kept += kept;
	}
	outcome->data_bytes = chunks.data_bytes;
	assert(outcome->result != H1_CHUNKS_BAD || chunks.fault_reason);
}

/* The first byte says how large the pieces are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct outcome whole, pieces, stripped;
	const char *bytes = (const char *)data + 1;
	uint32_t len = (uint32_t)size - 1;

	if (size == 0 || len > INPUT_BYTES)
		return 0;
	feed(&whole, bytes, len, INPUT_BYTES, false);
	feed(&pieces, bytes, len, data[0] + 1u, false);
	feed(&stripped, bytes, len, data[0] + 1u, true);

	assert(whole.kept == whole.used && memcmp(whole.passed, bytes, whole.used) == 0);
	assert(pieces.result == whole.result && pieces.used == whole.used);
	assert(stripped.result == whole.result && stripped.used == whole.used);
	assert(memcmp(pieces.passed, bytes, pieces.kept) == 0);
	assert(stripped.kept == stripped.data_bytes && stripped.data_bytes == whole.data_bytes);
	return 0;
}
