/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch.h - what changes under us: one message of the kernel's own accord, as one event.
 * Pure.  Owns nothing. */
#ifndef TORC_VRRP_WATCH_H
#define TORC_VRRP_WATCH_H

#include "vrrp/link.h"
#include "vrrp/neighbour.h"
#include "vrrp/route.h"
#include "vrrp/rule.h"
#include "vrrp/vip.h"

/* The groups a speaker joins: links and addresses, routes and rules, both families.  Neighbours
 * are left out, since a busy network changes them all the time. */
extern const uint32_t watch_groups[];
extern const uint32_t watch_group_count;

enum watch_kind { WATCH_ADDRESS, WATCH_LINK, WATCH_ROUTE, WATCH_RULE, WATCH_NEIGHBOUR };

struct watch_event {
	enum watch_kind kind;
	bool gone; /* else: it is new, or changed */
	union {
		struct vip_row address;
		struct link_row link;
		struct route_row route;
		struct rule_row rule;
		struct neighbour neighbour;
	};
};

/* False for what we do not look at. */
bool watch_read(struct watch_event *event, const struct nlmsghdr *message);

#endif
