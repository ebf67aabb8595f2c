/* SPDX-License-Identifier: GPL-2.0-or-later */
/* refusal.h - no_accept: what is sent to a virtual address is dropped, but for what finds it.
 * Source: RFC 9568 6.1, Accept_Mode; keepalived's no_accept.
 * Pure: messages out.  Owns nothing. */
#ifndef TORC_VRRP_REFUSAL_H
#define TORC_VRRP_REFUSAL_H

#include "vrrp/netlink.h"

#define REFUSAL_TABLE "torc-no-accept"

/* An upper bound of what refusal_write_replace() writes. */
uint32_t refusal_bytes(uint32_t count);
/* One batch, in which the table replaces the one before.  Each address once, at least one.  The
 * table belongs to the socket that sends the batch. */
void refusal_write_replace(
	struct netlink_writer *writer, const struct vrrp_ip *addresses, uint32_t count);
/* -ENOENT when there is none. */
void refusal_write_delete(struct netlink_writer *writer);

#endif
