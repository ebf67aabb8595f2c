/* SPDX-License-Identifier: GPL-2.0-or-later */
/* frame.c - an advertisement as a whole Ethernet frame.
 *
 * With use_vmac an advertisement comes from the virtual router's own MAC address, so that switches
 * learn where that is.  A socket on the macvlan could send it, but would need an address there to
 * send from, which for IPv6 would be one more to answer neighbours with.  So the frame is made here
 * and leaves by the interface below.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/frame.h"
#include "vrrp/bytes.h"
#include <assert.h>
#include <string.h>

#define TRAFFIC_CLASS 0xc0 /* internetwork control, as the socket's advertisements */

static uint8_t *put_ethernet(uint8_t *at, const struct frame *frame)
{
	bool six = frame->group.family == AF_INET6;
	uint8_t target[FRAME_MAC_BYTES] = {0x33, 0x33};

	if (six) {
		memcpy(target + 2, frame->group.bytes + 12, 4);
	} else {
		const uint8_t prefix[] = {0x01, 0x00, 0x5e};

		memcpy(target, prefix, 3);
		memcpy(target + 3, frame->group.bytes + 1, 3);
		target[3] &= 0x7f; /* 23 bits of the group */
	}
	at = bytes_put(at, target, sizeof(target));
	at = bytes_put(at, frame->mac, sizeof(frame->mac));
	return bytes_put16(at, six ? 0x86dd : 0x0800);
}

static uint8_t *put_ipv4(uint8_t *at, const struct frame *frame)
{
	uint8_t *begun = at;

	*at++ = 0x45;
	*at++ = TRAFFIC_CLASS;
	at = bytes_put16(at, 20 + frame->len);
	at = bytes_put16(at, frame->number);
	at = bytes_put16(at, 0); /* whole */
	*at++ = VRRP_HOPS;
	*at++ = VRRP_PROTOCOL;
	at = bytes_put16(at, 0);
	at = bytes_put(at, frame->source.bytes, 4);
	at = bytes_put(at, frame->group.bytes, 4);
	bytes_put16(begun + 10, vrrp_checksum_finish(0, begun, 20));
	return at;
}

static uint8_t *put_ipv6(uint8_t *at, const struct frame *frame)
{
	at = bytes_put16(at, 6u << 12 | TRAFFIC_CLASS << 4);
	at = bytes_put16(at, 0);
	at = bytes_put16(at, frame->len);
	*at++ = VRRP_PROTOCOL;
	*at++ = VRRP_HOPS;
	at = bytes_put(at, frame->source.bytes, 16);
	return bytes_put(at, frame->group.bytes, 16);
}

uint32_t frame_write(uint8_t *out, const struct frame *frame)
{
	uint8_t *at = put_ethernet(out, frame);

	assert(frame->source.family == frame->group.family);
	at = frame->group.family == AF_INET6 ? put_ipv6(at, frame) : put_ipv4(at, frame);
	at = bytes_put(at, frame->bytes, frame->len);
	return (uint32_t)(at - out);
}
