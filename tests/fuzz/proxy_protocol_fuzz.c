/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a PROXY protocol header: no crash, a verdict that stays the same when more bytes
 * follow, and addresses of one family or none. */
#include "net/io/proxy_protocol.h"
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct proxy_protocol header, shorter;
	const char *buf = (const char *)data;
	int32_t result = proxy_protocol_read(&header, buf, (uint32_t)size);

	if (result > 0) {
		assert((size_t)result <= size && result <= PROXY_PROTOCOL_BYTES_MAX);
		assert(header.source.any.sa_family == header.destination.any.sa_family);
		assert(header.local == (header.source.any.sa_family == AF_UNSPEC));
		assert(proxy_protocol_read(&shorter, buf, (uint32_t)result) == result);
		assert(memcmp(&shorter, &header, sizeof(header)) == 0);
		assert(proxy_protocol_read(&shorter, buf, (uint32_t)result - 1) ==
			PROXY_PROTOCOL_MORE);
	} else if (result == PROXY_PROTOCOL_MORE && size > 0) {
		assert(proxy_protocol_read(&shorter, buf, (uint32_t)size - 1) ==
			PROXY_PROTOCOL_MORE);
	}
	return 0;
}
