/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a response head.  Beside not crashing: what is read holds together, and pieces of
 * any size give the verdict of the whole. */
#include "net/http/h1.h"
#include <assert.h>

static const struct h1_limits limits = {.head_bytes = 4096, .fields = 20};
static struct h1_head head, other;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_whole(enum h1_method method)
{
	assert(head.status >= 100 && head.status <= 999);
	assert(head.field_count <= limits.fields);
	assert(head.body_bytes <= INT64_MAX);
	if (method == H1_METHOD_HEAD || head.status < 200 || head.status == 204 ||
		head.status == 304)
		assert(head.body == H1_BODY_NONE);
	assert(head.body != H1_BODY_UNTIL_CLOSE || !head.keep_alive);
	for (uint32_t i = 0; i < head.field_count; i++) {
		const struct h1_field *field = &head.fields[i];

		assert(field->name.at == field->line.at);
		assert(field->value.at + field->value.len + 2 <= field->line.at + field->line.len);
		assert(!memchr(field->value.at, '\r', field->value.len));
	}
}

/* The first byte says how large the pieces are, the second which method is answered. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *buf = (const char *)data + 2;
	uint32_t len = (uint32_t)size - 2, scanned = 0, have = 0;
	int32_t whole, result = H1_MORE;
	enum h1_method method;

	if (size < 2)
		return 0;
	method = data[1] % (H1_METHOD_PATCH + 1);
	whole = h1_read_response(&head, buf, len, &scanned, &limits, method);
	if (whole > 0)
		check_whole(method);
	else if (whole == H1_BAD)
		assert(head.fault == 502 && head.fault_at <= len && head.fault_reason);

	scanned = 0;
	while (result == H1_MORE && have < len) {
		have = have + data[0] + 1 < len ? have + data[0] + 1 : len;
		result = h1_read_response(&other, buf, have, &scanned, &limits, method);
	}
	if (len > 0)
		assert(result == whole);
	return 0;
}
