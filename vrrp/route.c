/* SPDX-License-Identifier: GPL-2.0-or-later */
/* route.c - virtual_routes and static_routes as the kernel's messages say them.
 *
 * Routes have no life of their own that could run out as addresses have, but one that names a
 * virtual address as its source goes with it.  The others carry RTPROT_KEEPALIVED, the number that
 * is registered for this purpose: a keeper that starts finds by it what a dead one left.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/route.h"
#include "vrrp/nexthop.h"
#include <linux/rtnetlink.h>
#include <string.h>

#define OWN_METRIC 112 /* the protocol's number */

static void write_route(struct netlink_writer *writer, uint16_t type, uint16_t flags,
	const struct vrrp_route *route, uint32_t index);
static uint8_t family_of(const struct vrrp_route *route);
static uint8_t scope_of(const struct vrrp_route *route);
static void put_metrics(struct netlink_writer *writer, const struct vrrp_route *route);
static bool same_prefix(
	const struct vrrp_ip *a, uint8_t a_bits, const struct vrrp_ip *b, uint8_t b_bits);

void route_write_add(struct netlink_writer *writer, const struct vrrp_route *route, uint32_t index)
{
	static const uint16_t flags[] = {
		[VRRP_ADD] = NLM_F_EXCL,
		[VRRP_PREPEND] = 0,
		[VRRP_APPEND] = NLM_F_APPEND,
	};

	write_route(writer, RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | flags[route->adding], route,
		index);
}

void route_write_delete(
	struct netlink_writer *writer, const struct vrrp_route *route, uint32_t index)
{
	write_route(writer, RTM_DELROUTE, NLM_F_ACK, route, index);
}

void route_write_dump(struct netlink_writer *writer, uint8_t family)
{
	struct rtmsg header = {.rtm_family = family};

	netlink_begin(writer, RTM_GETROUTE, NLM_F_DUMP, &header, sizeof(header));
	netlink_end(writer);
}

struct vrrp_route route_to_own(const struct vrrp_ip *ip)
{
	return (struct vrrp_route){
		.to = *ip,
		.to_bits = (uint8_t)(8 * vrrp_ip_bytes(ip->family)),
		.interface = "lo",
		.table = RT_TABLE_LOCAL,
		.metric = OWN_METRIC,
		.type = RTN_LOCAL,
		.family = ip->family,
	};
}

bool route_read(struct route_row *row, const struct nlmsghdr *message)
{
	const struct nlattr *table[RTA_MAX + 1];
	struct rtmsg header;
	uint8_t bits;

	if (message->nlmsg_type != RTM_NEWROUTE && message->nlmsg_type != RTM_DELROUTE)
		return false;
	if (!netlink_read(message, &header, sizeof(header), table, RTA_MAX + 1))
		return false;
	bits = (uint8_t)(8 * vrrp_ip_bytes(header.rtm_family));
	if (bits == 0 || header.rtm_dst_len > bits || header.rtm_src_len > bits)
		return false;
	*row = (struct route_row){
		.family = header.rtm_family,
		.to_bits = header.rtm_dst_len,
		.from_bits = header.rtm_src_len,
		.tos = header.rtm_tos,
		.scope = header.rtm_scope,
		.type = header.rtm_type,
		.protocol = header.rtm_protocol,
		.index = netlink_u32(table[RTA_OIF], 0),
		.table = netlink_u32(table[RTA_TABLE], header.rtm_table),
		.metric = netlink_u32(table[RTA_PRIORITY], 0),
	};
	netlink_ip(table[RTA_DST], row->family, &row->to);
	netlink_ip(table[RTA_SRC], row->family, &row->from);
	netlink_ip(table[RTA_PREFSRC], row->family, &row->source);
	netlink_ip(table[RTA_GATEWAY], row->family, &row->via);
	return true;
}

bool route_row_is(const struct route_row *row, const struct vrrp_route *route, uint32_t index)
{
	/* The kernel gives every IPv6 route a metric, 1024 where none was asked for. */
	uint32_t metric = route->metric == 0 && row->family == AF_INET6 ? 1024 : route->metric;

	return row->family == family_of(route) &&
	       same_prefix(&row->to, row->to_bits, &route->to, route->to_bits) &&
	       row->table == (route->table ? route->table : RT_TABLE_MAIN) &&
	       row->tos == route->tos && row->metric == metric &&
	       (index == 0 || row->index == index) &&
	       (route->via.family != row->family || vrrp_ip_equal(&row->via, &route->via)) &&
	       row->type == (route->type ? route->type : RTN_UNICAST);
}

bool route_row_is_ours(const struct route_row *row)
{
	return row->protocol == RTPROT_KEEPALIVED;
}

static void write_route(struct netlink_writer *writer, uint16_t type, uint16_t flags,
	const struct vrrp_route *route, uint32_t index)
{
	uint32_t number = route->table ? route->table : RT_TABLE_MAIN;
	struct rtmsg header = {
		.rtm_family = family_of(route),
		.rtm_dst_len = route->to_bits,
		.rtm_src_len = route->from_bits,
		.rtm_tos = route->tos,
		.rtm_table = number < 256 ? (unsigned char)number : RT_TABLE_UNSPEC,
		.rtm_protocol = route->protocol ? route->protocol : RTPROT_KEEPALIVED,
		.rtm_scope = scope_of(route),
		.rtm_type = route->type ? route->type : RTN_UNICAST,
		.rtm_flags = route->on_link ? RTNH_F_ONLINK : 0,
	};

	netlink_begin(writer, type, flags, &header, sizeof(header));
	if (route->to_bits > 0)
		netlink_put_ip(writer, RTA_DST, &route->to);
	if (route->from_bits > 0)
		netlink_put_ip(writer, RTA_SRC, &route->from);
	netlink_put_ip(writer, RTA_PREFSRC, &route->source);
	nexthop_put_gateway(writer, header.rtm_family, &route->via);
	if (index)
		netlink_put_u32(writer, RTA_OIF, index);
	netlink_put_u32(writer, RTA_TABLE, number);
	if (route->metric)
		netlink_put_u32(writer, RTA_PRIORITY, route->metric);
	if (route->realms)
		netlink_put_u32(writer, RTA_FLOW, route->realms);
	put_metrics(writer, route);
	if (route->preference)
		netlink_put_u8(writer, RTA_PREF, route->preference);
	nexthop_put_encap(writer, route, route->encap);
	nexthop_put_hops(writer, header.rtm_family, route);
	netlink_end(writer);
}

static uint8_t family_of(const struct vrrp_route *route)
{
	if (route->to.family != AF_UNSPEC)
		return route->to.family;
	return route->family != AF_UNSPEC ? route->family : AF_INET;
}

/* As `ip route` chooses: what needs no gateway reaches as far as the link. */
static uint8_t scope_of(const struct vrrp_route *route)
{
	if (route->scope_given || route->scope != RT_SCOPE_UNIVERSE || family_of(route) == AF_INET6)
		return route->scope;
	if (route->type == RTN_LOCAL)
		return RT_SCOPE_HOST;
	if (route->via.family != AF_UNSPEC || route->hop_count || !route->interface[0])
		return RT_SCOPE_UNIVERSE;
	return RT_SCOPE_LINK;
}

static void put_metrics(struct netlink_writer *writer, const struct vrrp_route *route)
{
	struct nlattr *metrics = NULL;

	for (uint16_t i = 1; i < VRRP_METRICS; i++) {
		if (!route->metrics[i])
			continue;
		if (!metrics)
			metrics = netlink_nest_begin(writer, RTA_METRICS);
		netlink_put_u32(writer, i, route->metrics[i]);
	}
	if (route->congestion[0]) {
		if (!metrics)
			metrics = netlink_nest_begin(writer, RTA_METRICS);
		netlink_put_text(writer, RTAX_CC_ALGO, route->congestion);
	}
	if (metrics)
		netlink_nest_end(writer, metrics);
}

static bool same_prefix(
	const struct vrrp_ip *a, uint8_t a_bits, const struct vrrp_ip *b, uint8_t b_bits)
{
	return a_bits == b_bits && (a_bits == 0 || vrrp_ip_equal(a, b));
}
