/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule.c - virtual_rules, and the rules of a hand-over, as the kernel's messages say them.
 *
 * "Packets with this mark, from there, to there, are routed by that table."  The kernel takes the
 * same rule twice without a word, and deleting takes one of them away; NLM_F_EXCL makes it refuse
 * the second, so that adding again after a restart is harmless.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/rule.h"
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

static void write_rule(
	struct netlink_writer *writer, uint16_t type, uint16_t flags, const struct vrrp_rule *rule);
static void put_rest(struct netlink_writer *writer, const struct vrrp_rule *rule);
static uint8_t action_of(const struct vrrp_rule *rule);
static uint32_t table_of(const struct vrrp_rule *rule);
static uint8_t family_of(const struct vrrp_rule *rule);
static uint32_t mask_of(const struct vrrp_rule *rule);

void rule_write_add(struct netlink_writer *writer, const struct vrrp_rule *rule)
{
	write_rule(writer, RTM_NEWRULE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, rule);
}

void rule_write_delete(struct netlink_writer *writer, const struct vrrp_rule *rule)
{
	write_rule(writer, RTM_DELRULE, NLM_F_ACK, rule);
}

void rule_write_dump(struct netlink_writer *writer, uint8_t family)
{
	struct fib_rule_hdr header = {.family = family};

	netlink_begin(writer, RTM_GETRULE, NLM_F_DUMP, &header, sizeof(header));
	netlink_end(writer);
}

bool rule_read(struct rule_row *row, const struct nlmsghdr *message)
{
	const struct nlattr *table[FRA_MAX + 1];
	struct fib_rule_hdr header;
	uint8_t bits;

	if (message->nlmsg_type != RTM_NEWRULE && message->nlmsg_type != RTM_DELRULE)
		return false;
	if (!netlink_read(message, &header, sizeof(header), table, FRA_MAX + 1))
		return false;
	bits = (uint8_t)(8 * vrrp_ip_bytes(header.family));
	if (bits == 0 || header.src_len > bits || header.dst_len > bits)
		return false;
	*row = (struct rule_row){
		.family = header.family,
		.from_bits = header.src_len,
		.to_bits = header.dst_len,
		.tos = header.tos,
		.action = header.action,
		.protocol = netlink_u8(table[FRA_PROTOCOL], 0),
		.table = netlink_u32(table[FRA_TABLE], header.table),
		.priority = netlink_u32(table[FRA_PRIORITY], 0),
		.mark = netlink_u32(table[FRA_FWMARK], 0),
		.mask = netlink_u32(table[FRA_FWMASK], 0),
	};
	netlink_ip(table[FRA_SRC], row->family, &row->from);
	netlink_ip(table[FRA_DST], row->family, &row->to);
	netlink_text(table[FRA_IIFNAME], row->in_interface, sizeof(row->in_interface));
	netlink_text(table[FRA_OIFNAME], row->out_interface, sizeof(row->out_interface));
	return true;
}

bool rule_row_is(const struct rule_row *row, const struct vrrp_rule *rule)
{
	return row->family == family_of(rule) && row->action == action_of(rule) &&
	       row->table == table_of(rule) && row->tos == rule->tos &&
	       (rule->priority == 0 || row->priority == rule->priority) &&
	       row->from_bits == rule->from_bits && row->to_bits == rule->to_bits &&
	       (rule->from_bits == 0 || vrrp_ip_equal(&row->from, &rule->from)) &&
	       (rule->to_bits == 0 || vrrp_ip_equal(&row->to, &rule->to)) &&
	       row->mark == rule->mark && row->mask == mask_of(rule) &&
	       strcmp(row->in_interface, rule->in_interface) == 0 &&
	       strcmp(row->out_interface, rule->out_interface) == 0;
}

bool rule_row_is_ours(const struct rule_row *row)
{
	return row->protocol == RTPROT_KEEPALIVED;
}

static void write_rule(
	struct netlink_writer *writer, uint16_t type, uint16_t flags, const struct vrrp_rule *rule)
{
	uint32_t number = table_of(rule);
	struct fib_rule_hdr header = {
		.family = family_of(rule),
		.src_len = rule->from_bits,
		.dst_len = rule->to_bits,
		.table = number < 256 ? (uint8_t)number : RT_TABLE_UNSPEC,
		.tos = rule->tos,
		.action = action_of(rule),
		.flags = rule->inverted ? FIB_RULE_INVERT : 0,
	};

	netlink_begin(writer, type, flags, &header, sizeof(header));
	if (rule->from_bits > 0)
		netlink_put_ip(writer, FRA_SRC, &rule->from);
	if (rule->to_bits > 0)
		netlink_put_ip(writer, FRA_DST, &rule->to);
	if (rule->in_interface[0])
		netlink_put_text(writer, FRA_IIFNAME, rule->in_interface);
	if (rule->out_interface[0])
		netlink_put_text(writer, FRA_OIFNAME, rule->out_interface);
	if (mask_of(rule)) {
		netlink_put_u32(writer, FRA_FWMARK, rule->mark);
		netlink_put_u32(writer, FRA_FWMASK, mask_of(rule));
	}
	if (rule->priority)
		netlink_put_u32(writer, FRA_PRIORITY, rule->priority);
	netlink_put_u32(writer, FRA_TABLE, number);
	put_rest(writer, rule);
	netlink_put_u8(writer, FRA_PROTOCOL, rule->protocol ? rule->protocol : RTPROT_KEEPALIVED);
	netlink_end(writer);
}

static void put_ports(struct netlink_writer *writer, uint16_t type, uint16_t first, uint16_t last)
{
	struct fib_rule_port_range range = {.start = first, .end = last};

	if (first)
		netlink_put(writer, type, &range, sizeof(range));
}

static void put_be64(struct netlink_writer *writer, uint16_t type, uint64_t value)
{
	uint8_t bytes[8];

	for (uint32_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(value >> 8 * (7 - i));
	netlink_put(writer, type, bytes, sizeof(bytes));
}

static void put_rest(struct netlink_writer *writer, const struct vrrp_rule *rule)
{
	struct fib_rule_uid_range users = {.start = rule->uid_first, .end = rule->uid_last};

	if (rule->action == FR_ACT_GOTO)
		netlink_put_u32(writer, FRA_GOTO, rule->target);
	if (rule->realms)
		netlink_put_u32(writer, FRA_FLOW, rule->realms);
	if (rule->tunnel)
		put_be64(writer, FRA_TUN_ID, rule->tunnel);
	if (rule->l3mdev)
		netlink_put_u8(writer, FRA_L3MDEV, 1);
	if (rule->uid_given)
		netlink_put(writer, FRA_UID_RANGE, &users, sizeof(users));
	if (rule->ip_protocol)
		netlink_put_u8(writer, FRA_IP_PROTO, rule->ip_protocol);
	put_ports(writer, FRA_SPORT_RANGE, rule->source_first, rule->source_last);
	put_ports(writer, FRA_DPORT_RANGE, rule->target_first, rule->target_last);
	if (rule->suppress_prefix)
		netlink_put_u32(writer, FRA_SUPPRESS_PREFIXLEN, rule->suppress_prefix - 1);
	if (rule->suppress_group)
		netlink_put_u32(writer, FRA_SUPPRESS_IFGROUP, rule->suppress_group - 1);
}

static uint8_t action_of(const struct vrrp_rule *rule)
{
	return rule->action ? rule->action : FR_ACT_TO_TBL;
}

/* Only the way to a table has one; l3mdev finds its own. */
static uint32_t table_of(const struct vrrp_rule *rule)
{
	if (action_of(rule) != FR_ACT_TO_TBL || rule->l3mdev)
		return RT_TABLE_UNSPEC;
	return rule->table ? rule->table : RT_TABLE_MAIN;
}

static uint8_t family_of(const struct vrrp_rule *rule)
{
	if (rule->from.family != AF_UNSPEC)
		return rule->from.family;
	if (rule->to.family != AF_UNSPEC)
		return rule->to.family;
	return rule->family != AF_UNSPEC ? rule->family : AF_INET;
}

/* A mark without a mask is meant whole. */
static uint32_t mask_of(const struct vrrp_rule *rule)
{
	bool given = rule->mark_given || rule->mark;

	return given && !rule->mask ? UINT32_MAX : rule->mask;
}
