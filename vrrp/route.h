/* SPDX-License-Identifier: GPL-2.0-or-later */
/* route.h - routes: added, taken away, listed.
 * Source: rtnetlink(7).  Pure: messages out, rows in.  Owns nothing. */
#ifndef TORC_VRRP_ROUTE_H
#define TORC_VRRP_ROUTE_H

#include "vrrp/netlink.h"

/* A route that is there already is refused with -EEXIST and stays as it is: it may be somebody
 * else's, and taking it over would mean to delete it afterwards.  To `add` every route of the same
 * destination, tos and metric is the same one; to prepend and to append only one that is equal.
 * `index` is that of route->interface, 0 where none is named; hops have theirs in them. */
void route_write_add(struct netlink_writer *writer, const struct vrrp_route *route, uint32_t index);
void route_write_delete(
	struct netlink_writer *writer, const struct vrrp_route *route, uint32_t index);
void route_write_dump(struct netlink_writer *writer, uint8_t family);

/* Makes an address this host's own without giving it to an interface: what comes for it is taken,
 * what is there may go on to send from it, and no neighbour is told.  Its metric lets it stand
 * beside the kernel's own route to an address that an interface has. */
struct vrrp_route route_to_own(const struct vrrp_ip *ip);

struct route_row {
	uint8_t family, to_bits, from_bits, tos, scope, type, protocol;
	struct vrrp_ip to, from, via, source;
	uint32_t index, table, metric;
};

/* Reads RTM_NEWROUTE or RTM_DELROUTE; false when it is something else or makes no sense. */
bool route_read(struct route_row *row, const struct nlmsghdr *message);
bool route_row_is(const struct route_row *row, const struct vrrp_route *route, uint32_t index);
/* Of torc or keepalived, by its RTPROT_*. */
bool route_row_is_ours(const struct route_row *row);

#endif
