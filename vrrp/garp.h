/* SPDX-License-Identifier: GPL-2.0-or-later */
/* garp.h - telling the neighbours where an address lives now: the frames, and when they leave.
 * Source: RFC 826, RFC 5227 3 (gratuitous ARP), RFC 5944 4.6 (as a reply), RFC 4861 7.2.6
 *         (unsolicited neighbour advertisement); keepalived's vrrp_garp_* options.
 * Pure: time is an argument; no I/O, no allocation.
 * Owns:   nothing; a schedule lives inside its virtual router. */
#ifndef TORC_VRRP_GARP_H
#define TORC_VRRP_GARP_H

#include "core/config/vrrp_model.h"
#include "vrrp/timing.h"
#include <stdbool.h>
#include <stdint.h>

#define VRRP_MAC_BYTES 6
#define VRRP_ARP_BYTES 42 /* Ethernet 14, ARP 28; the driver pads */
#define VRRP_NA_BYTES  86 /* Ethernet 14, IPv6 40, advertisement 24, option 8 */

/* Most hosts take a gratuitous request, some take only replies: both are sent. */
enum vrrp_arp { VRRP_ARP_REQUEST = 1, VRRP_ARP_REPLY = 2 };

/* A whole Ethernet frame that says: `ip` (IPv4) is at `mac`. */
void vrrp_arp_write(uint8_t out[VRRP_ARP_BYTES], enum vrrp_arp kind,
	const uint8_t mac[VRRP_MAC_BYTES], const struct vrrp_ip *ip);

/* The router flag of an advertisement: does this host forward? */
enum vrrp_na { VRRP_NA_HOST, VRRP_NA_ROUTER };

/* The same for IPv6, from the address itself to all nodes, to override what they know. */
void vrrp_na_write(uint8_t out[VRRP_NA_BYTES], enum vrrp_na kind, const uint8_t mac[VRRP_MAC_BYTES],
	const struct vrrp_ip *ip);

/* When, for the addresses of one family of one virtual router.  `repeat` rounds over all addresses
 * at once, the same again after `delay_us`, then `refresh_repeat` rounds every `refresh_us`;
 * `interval_us` apart where an operator wants them slow. */
struct vrrp_garp_options {
	uint32_t addresses;
	uint32_t repeat, lower_repeat, refresh_repeat;
	uint64_t delay_us, lower_delay_us; /* 0: not again */
	uint64_t refresh_us;		   /* 0: never */
	uint64_t interval_us;		   /* between two announcements */
};

struct vrrp_garp {
	uint32_t rounds; /* left of the burst under way */
	uint32_t next;	 /* address of this round */
	uint64_t next_us;
	uint32_t again_rounds;
	uint64_t again_us, refresh_us, lower_us;
};

enum vrrp_garp_why {
	VRRP_GARP_MASTER, /* we have become master */
	VRRP_GARP_LOWER,  /* a master of lower priority may have told them otherwise */
};

void vrrp_garp_init(struct vrrp_garp *garp);
/* Begins.  A master of lower priority that goes on talking is answered once a second at most. */
void vrrp_garp_start(struct vrrp_garp *garp, const struct vrrp_garp_options *options,
	enum vrrp_garp_why why, uint64_t now_us);
void vrrp_garp_stop(struct vrrp_garp *garp);
/* When vrrp_garp_take() has something again; VRRP_NEVER when it is done. */
uint64_t vrrp_garp_deadline_us(const struct vrrp_garp *garp);
/* The address to announce now.  Call until it says false. */
bool vrrp_garp_take(struct vrrp_garp *garp, const struct vrrp_garp_options *options,
	uint64_t now_us, uint32_t *address);

/* The options of an instance for `addresses` of this family. */
struct vrrp_garp_options vrrp_garp_options_from(
	const struct vrrp_instance *instance, uint8_t family, uint32_t addresses);

#endif
