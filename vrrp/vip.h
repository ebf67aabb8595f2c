/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vip.h - addresses on interfaces: put, renewed, taken away, listed.
 * Source: rtnetlink(7), the kernel's include/uapi/linux/if_addr.h.
 * Pure:   messages out, rows in.  Owns nothing. */
#ifndef TORC_VRRP_VIP_H
#define TORC_VRRP_VIP_H

#include "vrrp/netlink.h"

#define VIP_FOREVER UINT32_MAX

/* Marks torc's addresses (IFA_PROTO, shown as "proto 0x70"): the IP protocol number of VRRP.  A
 * keeper that starts tells by it what a dead predecessor left. */
#define VIP_PROTOCOL 112

/* Adds the address, or renews it where it is there: one message for both, so that a renewal also
 * puts back what somebody removed.  The kernel removes it when `valid_s` seconds pass without
 * another; VIP_FOREVER when nothing shall.  Renewing changes times and flags only; where
 * vip_row_differs() says so, delete first. */
void vip_write_put(struct netlink_writer *writer, const struct vrrp_address *address,
	uint32_t index, uint32_t valid_s);
void vip_write_delete(
	struct netlink_writer *writer, const struct vrrp_address *address, uint32_t index);
/* AF_UNSPEC: both families.  Index 0: all interfaces.  Old kernels list all in any case. */
void vip_write_dump(struct netlink_writer *writer, uint8_t family, uint32_t index);

/* An address as the kernel tells of it. */
struct vip_row {
	uint32_t index; /* of the interface */
	uint8_t family, prefix_bits, scope, protocol;
	uint32_t flags; /* IFA_F_* */
	struct vrrp_ip ip, peer, broadcast;
	char label[IF_NAMESIZE];
	uint32_t valid_s, preferred_s; /* what is left, or VIP_FOREVER */
};

/* Reads RTM_NEWADDR or RTM_DELADDR.  False when it is something else or makes no sense. */
bool vip_read(struct vip_row *row, const struct nlmsghdr *message);
/* The same address in the kernel's eyes: interface, prefix length, own and peer's address. */
bool vip_row_is(const struct vip_row *row, const struct vrrp_address *address, uint32_t index);
/* Put by torc, this one or one before it; kernels before 5.18 do not know. */
static inline bool vip_row_is_ours(const struct vip_row *row)
{
	return row->protocol == VIP_PROTOCOL;
}
/* It is there, but with a label, scope or broadcast that renewing does not change. */
bool vip_row_differs(const struct vip_row *row, const struct vrrp_address *address);

#endif
