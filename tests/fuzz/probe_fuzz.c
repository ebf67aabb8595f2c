/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A server may answer a probe with anything.
 *
 * Input: one byte that says how large the pieces are, then the answer.  The verdict must not
 * depend on the pieces, its text must be fit for a page and a log line, and once decided it
 * stays decided.  A first byte of 255 reads the rest as the version word of `option httpchk`. */
#include "health/probe.h"
#include <assert.h>
#include <stdlib.h>

#define ANSWER_BYTES 2048
#define FIELDS_MAX   20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct probe_result judge(const char *bytes, uint32_t len, uint32_t piece)
{
	static struct h1_head head;
	struct probe_answer answer = {.bytes = bytes, .capacity = ANSWER_BYTES};
	struct probe_result result = {.outcome = PROBE_UNDECIDED};

	while (answer.len < len) {
		answer.len += piece < len - answer.len ? piece : len - answer.len;
		if (probe_judge(&result, &answer, &head, FIELDS_MAX)) {
			assert(result.outcome != PROBE_UNDECIDED);
			return result;
		}
		assert(result.outcome == PROBE_UNDECIDED);
	}
	return result;
}

static void check_text(const struct probe_result *result)
{
	size_t len = strnlen(result->text, sizeof(result->text));

	assert(len < sizeof(result->text));
	for (size_t i = 0; i < len; i++)
		assert(result->text[i] >= ' ' && result->text[i] <= '~');
}

static void fuzz_request(const char *bytes, size_t len)
{
	char *version = calloc(1, len + 1);
	struct httpchk httpchk = {.method = "GET", .uri = "/", .version = version, .host = "a"};
	uint32_t capacity, used;
	char *out;

	for (size_t i = 0; i < len && bytes[i]; i++)
		version[i] = bytes[i];
	capacity = probe_request_capacity(&httpchk);
	out = malloc(capacity);
	used = probe_write_request(out, capacity, &httpchk);
	assert(used > 0 && used <= capacity);
	free(out);
	free(version);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t len = size > ANSWER_BYTES ? ANSWER_BYTES : (uint32_t)(size ? size - 1 : 0);
	struct probe_result whole, pieces;
	char *bytes;

	if (size == 0)
		return 0;
	bytes = malloc(len ? len : 1);
	memcpy(bytes, data + 1, len);
	if (data[0] == 255) {
		fuzz_request(bytes, len);
	} else {
		whole = judge(bytes, len, len);
		pieces = judge(bytes, len, 1 + data[0]);
		check_text(&whole);
		/* A bad byte may be seen before the rest has come, and then decides alone; what
		 * passes, passes at its last byte in any case. */
		assert(whole.outcome == pieces.outcome);
		assert(whole.status == pieces.status && whole.code == pieces.code);
		assert(strcmp(whole.text, pieces.text) == 0);
	}
	free(bytes);
	return 0;
}
