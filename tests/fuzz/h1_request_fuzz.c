/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a request head.  Beside not crashing: what is read holds together, and pieces of
 * any size give the verdict of the whole. */
#include "net/http/h1.h"
#include <assert.h>

static const struct h1_limits limits = {.head_bytes = 4096, .fields = 20};
static struct h1_head head, other;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct span span, const char *buf, uint32_t len)
{
	assert(span.len == 0 || (span.at >= buf && span.at + span.len <= buf + len));
}

static void check_whole(const char *buf, uint32_t len)
{
	uint32_t hosts = 0;

	check_inside(head.start_line, buf, len);
	check_inside(head.method, buf, len);
	check_inside(head.target, buf, len);
	check_inside(head.authority, buf, len);
	assert(head.method.len > 0 && head.target.len > 0 && head.path.len > 0);
	assert(head.field_count <= limits.fields && len <= limits.head_bytes);
	for (uint32_t i = 0; i < head.field_count; i++) {
		const struct h1_field *field = &head.fields[i];

		check_inside(field->line, buf, len);
		check_inside(field->name, field->line.at, field->line.len);
		check_inside(field->value, field->line.at, field->line.len);
		assert(field->name.len > 0 && !memchr(field->value.at, '\n', field->value.len));
		hosts += field->id == H1_FIELD_HOST;
	}
	assert(hosts == 1 || (hosts == 0 && head.minor == 0));
	assert(head.body == H1_BODY_NONE || head.body == H1_BODY_LENGTH ||
		head.body == H1_BODY_CHUNKED);
	assert(head.body_bytes <= INT64_MAX);
	assert(head.body != H1_BODY_CHUNKED || head.minor == 1);
	assert(memcmp(buf + len - 4, "\r\n\r\n", 4) == 0);
}

/* The first byte says how large the pieces are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *buf = (const char *)data + 1;
	uint32_t len = (uint32_t)size - 1, scanned = 0, have = 0;
	int32_t whole, result = H1_MORE;

	if (size == 0)
		return 0;
	whole = h1_read_request(&head, buf, len, &scanned, &limits);
	if (whole > 0)
		check_whole(buf, (uint32_t)whole);
	else if (whole == H1_BAD)
		assert(head.fault >= 400 && head.fault_at <= len && head.fault_reason);

	scanned = 0;
	while (result == H1_MORE && have < len) {
		have = have + data[0] + 1 < len ? have + data[0] + 1 : len;
		result = h1_read_request(&other, buf, have, &scanned, &limits);
	}
	if (len > 0)
		assert(result == whole);
	if (whole == H1_BAD)
		assert(other.fault == head.fault && other.fault_at == head.fault_at);
	return 0;
}
