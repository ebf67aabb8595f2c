/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message between keeper and child, as arbitrary bytes: what is taken for one is encoded again
 * and must mean the same. */
#include "core/channel.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct channel_message message, again;
	char bytes[CHANNEL_BYTES_MAX];
	uint32_t len;

	if (size > CHANNEL_BYTES_MAX ||
		!channel_decode(&message, (const char *)data, (uint32_t)size))
		return 0;
	if (message.text_len > size)
		abort();
	len = channel_encode(bytes, &message);
	if (len > sizeof(bytes) || !channel_decode(&again, bytes, len))
		abort();
	if (again.type != message.type || again.flags != message.flags ||
		again.count != message.count || again.pid != message.pid)
		abort();
	return 0;
}
