/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hop_table.h - the second hop of a planned move: segments of connections that we have not seen
 * begin go on to the address's owner before us.
 * Source: the kernel's nf_tables.
 * Pure:   one batch of messages out.  Owns nothing. */
#ifndef TORC_VRRP_HOP_TABLE_H
#define TORC_VRRP_HOP_TABLE_H

#include "vrrp/connection.h"
#include "vrrp/netlink.h"

#define HOP_TABLE "torc-hop" /* and a number */

/* Connections that began since the address is ours; 30 MB of the kernel's if it were full. */
#define HOP_SEEN_MAX 262144u
/* Connections to the address that are ours already, from when it was ours before. */
#define HOP_OWN_MAX 8192u

struct hop_plan {
	uint32_t number;		 /* of the table */
	uint32_t interface;		 /* by which the old owner is a neighbour */
	struct vrrp_ip owner;		 /* before us; its family is the table's */
	uint8_t mac[6];			 /* its own: what it sends back is not sent to it again */
	const struct vrrp_ip *addresses; /* that move, of the owner's family, each once */
	uint32_t address_count;
	const uint16_t *ports; /* on which we listen, each once */
	uint32_t port_count;
	const struct connection_row *own; /* connections to these that are ours, each once */
	uint32_t own_count;
};

/* An upper bound of what hop_write_replace() writes. */
uint32_t hop_bytes(const struct hop_plan *plan);
/* One batch, in which the table replaces the one of its number.  It belongs to the socket that
 * sends the batch. */
void hop_write_replace(struct netlink_writer *writer, const struct hop_plan *plan);
/* The same, and deleted in the same breath: does the kernel have all that it takes? */
void hop_write_trial(struct netlink_writer *writer, const struct hop_plan *plan);
/* -ENOENT when there is none. */
void hop_write_delete(struct netlink_writer *writer, uint32_t number, uint8_t family);

#endif
