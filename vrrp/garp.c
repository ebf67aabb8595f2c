/* SPDX-License-Identifier: GPL-2.0-or-later */
/* garp.c - frames that move an address in other hosts' tables, and their calendar.
 *
 * The frames are whole Ethernet frames for a packet socket: the kernel's own gratuitous ARP
 * (arp_notify) comes when it likes, once, and not at all when the address was there before the
 * link was.
 *
 * The calendar is one burst under way, one that is to follow, and a refresh.  It holds no timer: it
 * tells the next deadline and, when asked, which address is due.  A speaker that was late sends
 * what is due once and not as often as it was missed.
 *
 * The speaker's thread. */
#include "vrrp/garp.h"
#include "vrrp/bytes.h"
#include "vrrp/ip.h"
#include "vrrp/packet.h"
#include <assert.h>

#define ETHERTYPE_ARP_VALUE  0x0806
#define ETHERTYPE_IPV6_VALUE 0x86dd
#define ICMPV6_PROTOCOL	     58
#define NA_TYPE		     136
#define NA_ROUTER_FLAG	     0x80
#define NA_OVERRIDE_FLAG     0x20
#define NA_BYTES	     32 /* with its option */
#define OPTION_TARGET_LINK   2

#define LOWER_GAP_US 1000000u

static void begin(struct vrrp_garp *garp, uint32_t rounds, uint64_t now_us);
static void wake(struct vrrp_garp *garp, const struct vrrp_garp_options *options, uint64_t now_us);

static const uint8_t everybody[VRRP_MAC_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

void vrrp_arp_write(uint8_t out[VRRP_ARP_BYTES], enum vrrp_arp kind,
	const uint8_t mac[VRRP_MAC_BYTES], const struct vrrp_ip *ip)
{
	static const uint8_t ethernet_ipv4[] = {0, 1, 0x08, 0x00, 6, 4};
	uint8_t *at = out;

	assert(ip->family == AF_INET);
	at = bytes_put(at, everybody, VRRP_MAC_BYTES);
	at = bytes_put(at, mac, VRRP_MAC_BYTES);
	at = bytes_put16(at, ETHERTYPE_ARP_VALUE);
	at = bytes_put(at, ethernet_ipv4, sizeof(ethernet_ipv4));
	at = bytes_put16(at, (uint32_t)kind);
	at = bytes_put(at, mac, VRRP_MAC_BYTES);
	at = bytes_put(at, ip->bytes, 4);
	/* Nobody reads the target's hardware address of a request; in a reply it is the one that
	 * the tables shall hold (RFC 5944 4.6). */
	at = bytes_put(at, kind == VRRP_ARP_REPLY ? mac : everybody, VRRP_MAC_BYTES);
	at = bytes_put(at, ip->bytes, 4);
	assert(at == out + VRRP_ARP_BYTES);
}

void vrrp_na_write(uint8_t out[VRRP_NA_BYTES], enum vrrp_na kind, const uint8_t mac[VRRP_MAC_BYTES],
	const struct vrrp_ip *ip)
{
	static const uint8_t all_nodes_mac[] = {0x33, 0x33, 0, 0, 0, 1};
	static const struct vrrp_ip all_nodes = {
		.family = AF_INET6, .bytes = {0xff, 0x02, [15] = 1}};
	uint8_t *at = out, *message;
	uint8_t flags = NA_OVERRIDE_FLAG | (kind == VRRP_NA_ROUTER ? NA_ROUTER_FLAG : 0);
	uint32_t sum;

	assert(ip->family == AF_INET6);
	at = bytes_put(at, all_nodes_mac, VRRP_MAC_BYTES);
	at = bytes_put(at, mac, VRRP_MAC_BYTES);
	at = bytes_put16(at, ETHERTYPE_IPV6_VALUE);
	at = bytes_put(at, (const uint8_t[]){0x60, 0, 0, 0}, 4);
	at = bytes_put16(at, NA_BYTES);
	at = bytes_put(at, (const uint8_t[]){ICMPV6_PROTOCOL, VRRP_HOPS}, 2);
	at = bytes_put(at, ip->bytes, 16);
	at = bytes_put(at, all_nodes.bytes, 16);

	message = at;
	at = bytes_put(at, (const uint8_t[]){NA_TYPE, 0, 0, 0, flags, 0, 0, 0}, 8);
	at = bytes_put(at, ip->bytes, 16);
	at = bytes_put(at, (const uint8_t[]){OPTION_TARGET_LINK, 1}, 2);
	at = bytes_put(at, mac, VRRP_MAC_BYTES);
	assert(at == out + VRRP_NA_BYTES);
	sum = vrrp_checksum_pseudo(ip, &all_nodes, ICMPV6_PROTOCOL, NA_BYTES);
	bytes_put16(message + 2, vrrp_checksum_finish(sum, message, NA_BYTES));
}

void vrrp_garp_init(struct vrrp_garp *garp)
{
	*garp = (struct vrrp_garp){
		.next_us = VRRP_NEVER,
		.again_us = VRRP_NEVER,
		.refresh_us = VRRP_NEVER,
		.lower_us = VRRP_NEVER,
	};
}

void vrrp_garp_start(struct vrrp_garp *garp, const struct vrrp_garp_options *options,
	enum vrrp_garp_why why, uint64_t now_us)
{
	bool lower = why == VRRP_GARP_LOWER;
	uint32_t repeat = lower ? options->lower_repeat : options->repeat;
	uint64_t delay_us = lower ? options->lower_delay_us : options->delay_us;

	if (options->addresses == 0)
		return;
	if (lower) {
		if (garp->lower_us != VRRP_NEVER && now_us < garp->lower_us + LOWER_GAP_US)
			return;
		garp->lower_us = now_us;
	}
	begin(garp, repeat, now_us);
	if (delay_us && repeat) {
		garp->again_us = now_us + delay_us;
		garp->again_rounds = repeat;
	}
	if (options->refresh_us && options->refresh_repeat && garp->refresh_us == VRRP_NEVER)
		garp->refresh_us = now_us + options->refresh_us;
}

void vrrp_garp_stop(struct vrrp_garp *garp)
{
	vrrp_garp_init(garp);
}

uint64_t vrrp_garp_deadline_us(const struct vrrp_garp *garp)
{
	uint64_t deadline_us = garp->next_us;

	if (garp->again_us < deadline_us)
		deadline_us = garp->again_us;
	return garp->refresh_us < deadline_us ? garp->refresh_us : deadline_us;
}

bool vrrp_garp_take(struct vrrp_garp *garp, const struct vrrp_garp_options *options,
	uint64_t now_us, uint32_t *address)
{
	wake(garp, options, now_us);
	if (now_us < garp->next_us || garp->rounds == 0)
		return false;
	assert(garp->next < options->addresses);
	*address = garp->next;
	if (++garp->next == options->addresses) {
		garp->next = 0;
		garp->rounds--;
	}
	garp->next_us = garp->rounds ? now_us + options->interval_us : VRRP_NEVER;
	return true;
}

struct vrrp_garp_options vrrp_garp_options_from(
	const struct vrrp_instance *instance, uint8_t family, uint32_t addresses)
{
	return (struct vrrp_garp_options){
		.addresses = addresses,
		.repeat = instance->garp_repeat,
		.lower_repeat = instance->garp_lower_repeat,
		.refresh_repeat = instance->garp_refresh_repeat,
		.delay_us = instance->garp_delay_us,
		.lower_delay_us = instance->garp_lower_delay_us,
		.refresh_us = instance->garp_refresh_us,
		.interval_us =
			family == AF_INET6 ? instance->gna_interval_us : instance->garp_interval_us,
	};
}

/* What was under way goes on if it has more to say. */
static void begin(struct vrrp_garp *garp, uint32_t rounds, uint64_t now_us)
{
	if (garp->rounds >= rounds)
		return;
	if (garp->rounds == 0) {
		garp->next = 0;
		garp->next_us = now_us;
	}
	garp->rounds = rounds;
}

static void wake(struct vrrp_garp *garp, const struct vrrp_garp_options *options, uint64_t now_us)
{
	if (now_us >= garp->again_us) {
		garp->again_us = VRRP_NEVER;
		begin(garp, garp->again_rounds, now_us);
	}
	if (now_us >= garp->refresh_us) {
		garp->refresh_us = now_us + options->refresh_us;
		begin(garp, options->refresh_repeat, now_us);
	}
}
