/* SPDX-License-Identifier: GPL-2.0-or-later */
/* refusal.h - what must not come in (no_accept), and what must not go out (use_vmac).
 * Source: RFC 9568 6.1, Accept_Mode; keepalived's no_accept and use_vmac.
 * Pure: messages out.  Owns nothing. */
#ifndef TORC_VRRP_REFUSAL_H
#define TORC_VRRP_REFUSAL_H

#include "vrrp/netlink.h"

#define REFUSAL_TABLE "torc-vrrp"

struct refusal_plan {
	const struct vrrp_ip *addresses; /* not accepted; each once */
	uint32_t address_count;
	const char (*quiet)[IF_NAMESIZE]; /* say nothing of groups and routers */
	uint32_t quiet_count;
};

/* An upper bound of what refusal_write_replace() writes. */
uint32_t refusal_bytes(const struct refusal_plan *plan);
/* One batch, in which the table replaces the one before.  There is something to refuse.  The table
 * belongs to the socket that sends the batch. */
void refusal_write_replace(struct netlink_writer *writer, const struct refusal_plan *plan);
/* -ENOENT when there is none. */
void refusal_write_delete(struct netlink_writer *writer);

#endif
