/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule.h - policy rules, which choose a routing table: added, taken away, listed.
 * Source: the kernel's include/uapi/linux/fib_rules.h.  Pure: messages out, rows in. */
#ifndef TORC_VRRP_RULE_H
#define TORC_VRRP_RULE_H

#include "vrrp/netlink.h"

/* A rule that exists already is refused with -EEXIST. */
void rule_write_add(struct netlink_writer *writer, const struct vrrp_rule *rule);
void rule_write_delete(struct netlink_writer *writer, const struct vrrp_rule *rule);
void rule_write_dump(struct netlink_writer *writer, uint8_t family);

struct rule_row {
	uint8_t family, from_bits, to_bits, tos, action, protocol;
	struct vrrp_ip from, to;
	char in_interface[IF_NAMESIZE], out_interface[IF_NAMESIZE];
	uint32_t table, priority, mark, mask;
};

/* Reads RTM_NEWRULE or RTM_DELRULE; false when it is something else or makes no sense. */
bool rule_read(struct rule_row *row, const struct nlmsghdr *message);
/* Of torc or keepalived, by its RTPROT_*. */
bool rule_row_is_ours(const struct rule_row *row);
bool rule_row_is(const struct rule_row *row, const struct vrrp_rule *rule);

#endif
