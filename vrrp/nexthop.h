/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nexthop.h - the ways of a route: gateways, several next hops, encapsulations.
 * Source: the kernel's include/uapi/linux/rtnetlink.h, lwtunnel.h.  Pure: attributes out. */
#ifndef TORC_VRRP_NEXTHOP_H
#define TORC_VRRP_NEXTHOP_H

#include "vrrp/netlink.h"

/* Of a route of this family; IPv4 may go by way of an IPv6 neighbour.  Nothing for AF_UNSPEC. */
void nexthop_put_gateway(
	struct netlink_writer *writer, uint8_t family, const struct vrrp_ip *gateway);
/* Nothing for 0; else the one of that number, counted from 1. */
void nexthop_put_encap(
	struct netlink_writer *writer, const struct vrrp_route *route, uint8_t number);
/* Nothing where the route has one way. */
void nexthop_put_hops(
	struct netlink_writer *writer, uint8_t family, const struct vrrp_route *route);

#endif
