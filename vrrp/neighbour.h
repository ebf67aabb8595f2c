/* SPDX-License-Identifier: GPL-2.0-or-later */
/* neighbour.h - entries of the neighbour tables (ARP, NDP): put, taken away, listed.
 * Source: the kernel's include/uapi/linux/neighbour.h.  Pure: messages out, rows in. */
#ifndef TORC_VRRP_NEIGHBOUR_H
#define TORC_VRRP_NEIGHBOUR_H

#include "vrrp/netlink.h"

#define LINK_ADDRESS_BYTES 6 /* Ethernet */

struct neighbour {
	uint32_t index; /* of the interface */
	struct vrrp_ip ip;
	uint8_t mac[LINK_ADDRESS_BYTES];
	uint16_t state; /* NUD_*; put: 0 means NUD_REACHABLE, which ages as if it was learnt */
	bool has_mac;	/* rows: one that is being asked for has none */
};

/* Adds the entry or replaces what is known. */
void neighbour_write_put(struct netlink_writer *writer, const struct neighbour *neighbour);
void neighbour_write_delete(struct netlink_writer *writer, const struct neighbour *neighbour);
void neighbour_write_dump(struct netlink_writer *writer, uint8_t family, uint32_t index);

/* Reads RTM_NEWNEIGH or RTM_DELNEIGH of an Ethernet neighbour; false when it is something else. */
bool neighbour_read(struct neighbour *row, const struct nlmsghdr *message);

#endif
