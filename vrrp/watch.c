/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch.c - tells apart what a listening socket hears.
 *
 * The kernel tells of every change, also of those that we asked for ourselves; who wants to know
 * whether a stranger was at work compares with what he wants to be there, which is what counts
 * anyway: an address that is wanted and gone is put back, whoever removed it.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/watch.h"
#include <linux/rtnetlink.h>

const uint32_t watch_groups[] = {
	RTNLGRP_LINK,
	RTNLGRP_IPV4_IFADDR,
	RTNLGRP_IPV6_IFADDR,
	RTNLGRP_IPV4_ROUTE,
	RTNLGRP_IPV6_ROUTE,
	RTNLGRP_IPV4_RULE,
	RTNLGRP_IPV6_RULE,
};
const uint32_t watch_group_count = sizeof(watch_groups) / sizeof(watch_groups[0]);

bool watch_read(struct watch_event *event, const struct nlmsghdr *message)
{
	switch (message->nlmsg_type) {
	case RTM_NEWADDR:
	case RTM_DELADDR:
		event->kind = WATCH_ADDRESS;
		event->gone = message->nlmsg_type == RTM_DELADDR;
		return vip_read(&event->address, message);
	case RTM_NEWLINK:
	case RTM_DELLINK:
		event->kind = WATCH_LINK;
		event->gone = message->nlmsg_type == RTM_DELLINK;
		return link_read(&event->link, message);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		event->kind = WATCH_ROUTE;
		event->gone = message->nlmsg_type == RTM_DELROUTE;
		return route_read(&event->route, message);
	case RTM_NEWRULE:
	case RTM_DELRULE:
		event->kind = WATCH_RULE;
		event->gone = message->nlmsg_type == RTM_DELRULE;
		return rule_read(&event->rule, message);
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		event->kind = WATCH_NEIGHBOUR;
		event->gone = message->nlmsg_type == RTM_DELNEIGH;
		return neighbour_read(&event->neighbour, message);
	default:
		return false;
	}
}
