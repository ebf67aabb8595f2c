/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nexthop.c - the ways of a route as attributes.
 *
 * The list of next hops is no list of attributes but one of structures with attributes behind
 * each; a hop is written as if it were a message of its own, whose fixed header is that structure,
 * and what stands behind the message's head is copied over.
 *
 * What a kernel has no support for it refuses with its own words, which the caller tells.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/nexthop.h"
#include <assert.h>
#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>
#include <linux/rtnetlink.h>
#include <linux/seg6.h>
#include <linux/seg6_iptunnel.h>
#include <string.h>

/* A hop: head, gateway, realms, and the longest encapsulation (nine segments of 16 bytes). */
#define HOP_BYTES 320u

#define SEG6_TYPE      4      /* RFC 8754 2: the routing type of a segment routing header */
#define MPLS_LAST      0x100u /* RFC 3032 2.1: the bottom of the stack */
#define MPLS_LABEL_BIT 12u

void nexthop_put_gateway(
	struct netlink_writer *writer, uint8_t family, const struct vrrp_ip *gateway)
{
	struct {
		uint16_t family;
		uint8_t bytes[16];
	} via = {.family = gateway->family};

	if (gateway->family == AF_UNSPEC || gateway->family == family) {
		netlink_put_ip(writer, RTA_GATEWAY, gateway);
		return;
	}
	memcpy(via.bytes, gateway->bytes, vrrp_ip_bytes(gateway->family));
	netlink_put(writer, RTA_VIA, &via, 2 + vrrp_ip_bytes(gateway->family));
}

/* ---- encapsulations ---- */

static void put_be64(struct netlink_writer *writer, uint16_t type, uint64_t value)
{
	uint8_t bytes[8];

	for (uint32_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(value >> 8 * (7 - i));
	netlink_put(writer, type, bytes, sizeof(bytes));
}

/* The attributes of IPv4 and IPv6 tunnels have the same order; only two names differ. */
static void put_tunnel(struct netlink_writer *writer, const struct vrrp_encap *encap)
{
	_Static_assert((int)LWTUNNEL_IP_ID == (int)LWTUNNEL_IP6_ID &&
			       (int)LWTUNNEL_IP_DST == (int)LWTUNNEL_IP6_DST &&
			       (int)LWTUNNEL_IP_SRC == (int)LWTUNNEL_IP6_SRC &&
			       (int)LWTUNNEL_IP_TTL == (int)LWTUNNEL_IP6_HOPLIMIT &&
			       (int)LWTUNNEL_IP_TOS == (int)LWTUNNEL_IP6_TC &&
			       (int)LWTUNNEL_IP_FLAGS == (int)LWTUNNEL_IP6_FLAGS,
		"the two tunnels have one order");
	if (encap->id)
		put_be64(writer, LWTUNNEL_IP_ID, encap->id);
	netlink_put_ip(writer, LWTUNNEL_IP_DST, &encap->to);
	netlink_put_ip(writer, LWTUNNEL_IP_SRC, &encap->from);
	if (encap->hops)
		netlink_put_u8(writer, LWTUNNEL_IP_TTL, encap->hops);
	if (encap->tos)
		netlink_put_u8(writer, LWTUNNEL_IP_TOS, encap->tos);
	if (encap->flags)
		netlink_put_u16(writer, LWTUNNEL_IP_FLAGS, htons(encap->flags));
}

static void put_labels(struct netlink_writer *writer, const struct vrrp_encap *encap)
{
	uint32_t stack[VRRP_LABELS_MAX];

	for (uint32_t i = 0; i < encap->count; i++)
		stack[i] = htonl(encap->labels[i] << MPLS_LABEL_BIT |
				 (i + 1u == encap->count ? MPLS_LAST : 0));
	netlink_put(writer, MPLS_IPTUNNEL_DST, stack, encap->count * (uint32_t)sizeof(stack[0]));
	if (encap->hops)
		netlink_put_u8(writer, MPLS_IPTUNNEL_TTL, encap->hops);
}

/* The last segment stands first.  Inline, the place of the packet's own destination is kept free
 * at the end of the way. */
static void put_segments(struct netlink_writer *writer, const struct vrrp_encap *encap)
{
	enum { HEAD_BYTES = sizeof(struct seg6_iptunnel_encap) + sizeof(struct ipv6_sr_hdr) };
	uint8_t whole[HEAD_BYTES + 16 * (VRRP_LABELS_MAX + 1)] __attribute__((aligned(4))) = {0};
	struct seg6_iptunnel_encap *way = (struct seg6_iptunnel_encap *)whole;
	uint32_t count = encap->count + (encap->mode == SEG6_IPTUN_MODE_INLINE ? 1u : 0u);

	way->mode = encap->mode;
	way->srh->type = SEG6_TYPE;
	way->srh->hdrlen = (uint8_t)(2 * count); /* in eights, without the first */
	way->srh->segments_left = way->srh->first_segment = (uint8_t)(count - 1);
	for (uint32_t i = 0; i < encap->count; i++)
		memcpy(whole + HEAD_BYTES + 16 * (count - 1 - i), encap->segments[i], 16);
	netlink_put(writer, SEG6_IPTUNNEL_SRH, whole, HEAD_BYTES + 16 * count);
}

void nexthop_put_encap(
	struct netlink_writer *writer, const struct vrrp_route *route, uint8_t number)
{
	const struct vrrp_encap *encap = &route->encaps[number ? number - 1 : 0];
	struct nlattr *nest;

	if (!number)
		return;
	assert(number <= VRRP_ENCAPS_MAX);
	netlink_put_u16(writer, RTA_ENCAP_TYPE, encap->type);
	nest = netlink_nest_begin(writer, RTA_ENCAP);
	if (encap->type == LWTUNNEL_ENCAP_MPLS)
		put_labels(writer, encap);
	else if (encap->type == LWTUNNEL_ENCAP_SEG6)
		put_segments(writer, encap);
	else
		put_tunnel(writer, encap);
	netlink_nest_end(writer, nest);
}

/* ---- hops ---- */

static uint32_t write_hop(char *out, uint8_t family, const struct vrrp_route *route, uint32_t i)
{
	char bytes[HOP_BYTES] __attribute__((aligned(4)));
	const struct vrrp_hop *hop = &route->hops[i];
	struct rtnexthop head = {
		.rtnh_hops = (unsigned char)(hop->weight - 1),
		.rtnh_flags = hop->on_link ? RTNH_F_ONLINK : 0,
		.rtnh_ifindex = (int)hop->index,
	};
	struct netlink_writer writer;

	netlink_writer_init(&writer, bytes, sizeof(bytes), 0);
	netlink_begin(&writer, 0, 0, &head, sizeof(head));
	nexthop_put_gateway(&writer, family, &hop->via);
	if (hop->realms)
		netlink_put_u32(&writer, RTA_FLOW, hop->realms);
	nexthop_put_encap(&writer, route, hop->encap);
	netlink_end(&writer);
	assert(!writer.full);
	head.rtnh_len = (unsigned short)(writer.used - NLMSG_HDRLEN);
	memcpy(out, bytes + NLMSG_HDRLEN, head.rtnh_len);
	memcpy(out, &head, sizeof(head));
	return head.rtnh_len;
}

void nexthop_put_hops(struct netlink_writer *writer, uint8_t family, const struct vrrp_route *route)
{
	char list[VRRP_HOPS_PER_ROUTE_MAX * HOP_BYTES];
	uint32_t used = 0;

	if (!route->hop_count)
		return;
	for (uint32_t i = 0; i < route->hop_count; i++)
		used += write_hop(list + used, family, route, i);
	netlink_put(writer, RTA_MULTIPATH, list, used);
}
