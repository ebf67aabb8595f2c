/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtnetlink.h - the few requests that pid 1 has for the kernel's network.
 * Source: rtnetlink(7).
 *
 * Not those of vrrp/: these here wait, need no library (Debian 12 has no static libmnl), and their
 * addresses do not carry torc's mark, by which a keeper tells what a dead predecessor left.
 * Errors: 0 or -errno.  Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_RTNETLINK_H
#define TORC_APPLIANCE_INIT_RTNETLINK_H

#include "core/config/torc_appliance.h"

enum rtnetlink_wish { RTNETLINK_DOWN, RTNETLINK_UP };

int rtnetlink_open(void);
int rtnetlink_set(int fd, uint32_t index, enum rtnetlink_wish wish);
int rtnetlink_rename(int fd, uint32_t index, const char *name);
int rtnetlink_set_mtu(int fd, uint32_t index, uint32_t mtu);
/* Adding what is there already is no error. */
int rtnetlink_add_address(int fd, uint32_t index, const struct appliance_prefix *prefix);
/* bits 0 of no family: the way out, in the family of `via`. */
int rtnetlink_add_route(
	int fd, const struct appliance_prefix *to, const struct vrrp_ip *via, uint32_t index);

#endif
