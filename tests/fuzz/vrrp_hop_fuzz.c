/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a message of the second hop: no crash, and what is believed is written the same. The
 * first byte is the hops that are left. */
#include "vrrp/hop.h"
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vrrp_datagram datagram = {
		.source = {AF_INET, {192, 168, 25, 201}},
		.destination = {AF_INET, {192, 168, 25, 202}},
		.bytes = data + 1,
		.len = (uint32_t)size - 1,
	};
	uint8_t out[HOP_MESSAGE_BYTES];
	struct hop_message message;

	if (size == 0)
		return 0;
	datagram.hops = data[0];
	if (!hop_is_message(&datagram)) {
		assert(!hop_read(&message, &datagram));
		return 0;
	}
	if (!hop_read(&message, &datagram))
		return 0;
	hop_write(out, &message);
	assert(memcmp(out, datagram.bytes, 6) == 0 &&
		memcmp(out + 8, datagram.bytes + 8, sizeof(out) - 8) == 0);
	return 0;
}
