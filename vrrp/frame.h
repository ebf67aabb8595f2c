/* SPDX-License-Identifier: GPL-2.0-or-later */
/* frame.h - an advertisement as a whole Ethernet frame, from a MAC address that is no card's.
 * Source: RFC 9568 7.2, 7.3 (what it is sent from and to); RFC 791 3.1, RFC 8200 3, RFC 1112 6.4,
 *         RFC 2464 7.
 * Pure.  Owns nothing. */
#ifndef TORC_VRRP_FRAME_H
#define TORC_VRRP_FRAME_H

#include "vrrp/packet.h"

#define FRAME_MAC_BYTES	 6
#define FRAME_HEAD_BYTES 54 /* Ethernet 14, IPv6 40 */

struct frame {
	uint8_t mac[FRAME_MAC_BYTES];
	struct vrrp_ip source, group; /* of one family; a multicast group */
	uint16_t number;	      /* IPv4: the packet's identification */
	const uint8_t *bytes;	      /* the message of protocol 112 */
	uint32_t len;
};

/* Returns its bytes, at most FRAME_HEAD_BYTES more than the message's. */
uint32_t frame_write(uint8_t *out, const struct frame *frame);

#endif
