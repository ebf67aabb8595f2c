/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat_check.c - is the table in the kernel the one that was asked for?
 *
 * The plan is turned into messages once more, and what the kernel lists is held against those:
 * every attribute that we would send has to be in the row with the same value, to any depth.  The
 * kernel lists more than it was told (handles, counts, defaults), which is no difference.  So no
 * second description of the table exists that could disagree with the first.
 *
 * Nobody else can change a table that has an owner; what this finds is a kernel that understood
 * something else than was meant, and a table that is not there.
 *
 * Pure: the thread is the caller's.  Rows are read without trust, as everywhere. */
#include "vrrp/nat.h"
#include "vrrp/nft.h"
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

struct attributes {
	const char *bytes;
	uint32_t len;
};

static void check_rule(struct nat_check *check, const struct nlmsghdr *row);
static void check_named(
	struct nat_check *check, const struct nlmsghdr *row, uint16_t name_type, uint32_t *seen);
static void check_elements(struct nat_check *check, const struct nlmsghdr *row);
static const struct nlmsghdr *wanted(const struct nat_check *check, uint32_t kind, uint32_t number);
static uint32_t count_wanted(const struct nat_check *check, uint32_t kind);
struct ends {
	const struct vrrp_end *at;
	uint32_t count;
	enum nat_kind kind;
};

static uint32_t count_distinct(const struct nat_check *check, struct ends ends);
static bool lists(const struct nat_check *check, struct ends ends, enum nat_group group,
	struct attributes key);
static struct ends listeners_of(const struct nat_check *check);
static struct ends servers_of(const struct nat_check *check);
static uint32_t kind_of(const struct nlmsghdr *message);
static struct attributes body_of(const struct nlmsghdr *message);
static struct attributes inside(const struct nlattr *nest);
static const struct nlattr *find(struct attributes list, uint32_t type, uint32_t number);
static const struct nlattr *next(struct attributes *list);
static uint32_t count(struct attributes list);
static bool holds(struct attributes seen, struct attributes asked, uint32_t ignored_type);
static bool same(struct attributes a, struct attributes b);

void nat_check_begin(struct nat_check *check, const struct nat_plan *plan, char *scratch)
{
	struct netlink_writer writer;

	netlink_writer_init(&writer, scratch, nat_bytes(plan), 1);
	nat_write_replace(&writer, plan, NAT_WHOLE);
	*check = (struct nat_check){
		.plan = plan, .wanted = scratch, .wanted_bytes = writer.full ? 0 : writer.used};
	nat_sort(plan, check->forms);
}

void nat_check_row(struct nat_check *check, const struct nlmsghdr *message)
{
	const struct nlattr *owner = find(body_of(message), NFTA_TABLE_OWNER, 0);

	switch (kind_of(message)) {
	case NFT_MSG_NEWTABLE:
		check->owner = netlink_be32(owner, 0);
		check_named(check, message, NFTA_TABLE_NAME, &check->tables);
		break;
	case NFT_MSG_NEWCHAIN:
		check_named(check, message, NFTA_CHAIN_NAME, &check->chains);
		break;
	case NFT_MSG_NEWSET:
		check_named(check, message, NFTA_SET_NAME, &check->sets);
		break;
	case NFT_MSG_NEWRULE:
		check_rule(check, message);
		break;
	case NFT_MSG_NEWSETELEM:
		check_elements(check, message);
		break;
	default:
		check->differences++;
	}
}

bool nat_check_end(const struct nat_check *check)
{
	return check->wanted_bytes > 0 && check->differences == 0 && check->tables == 1 &&
	       check->owner != 0 && check->chains == count_wanted(check, NFT_MSG_NEWCHAIN) &&
	       check->sets == count_wanted(check, NFT_MSG_NEWSET) &&
	       check->rules == count_wanted(check, NFT_MSG_NEWRULE) &&
	       check->elements == count_distinct(check, listeners_of(check)) +
					  count_distinct(check, servers_of(check));
}

/* Rules have no names: they are listed in the order in which they were written. */
static void check_rule(struct nat_check *check, const struct nlmsghdr *row)
{
	const struct nlmsghdr *asked = wanted(check, NFT_MSG_NEWRULE, check->rules);
	struct attributes seen = body_of(row), expected = body_of(asked);
	const struct nlattr *program = find(seen, NFTA_RULE_EXPRESSIONS, 0);
	const struct nlattr *meant = find(expected, NFTA_RULE_EXPRESSIONS, 0);

	if (asked && program && count(inside(program)) == count(inside(meant)) &&
		holds(seen, expected, 0))
		check->rules++;
	else
		check->differences++;
}

static void check_named(
	struct nat_check *check, const struct nlmsghdr *row, uint16_t name_type, uint32_t *seen)
{
	const struct nlattr *name = find(body_of(row), name_type, 0);
	const struct nlmsghdr *asked;

	for (uint32_t i = 0; (asked = wanted(check, kind_of(row), i)); i++) {
		const struct nlattr *its_name = find(body_of(asked), name_type, 0);

		if (!name || !same(inside(name), inside(its_name)))
			continue;
		/* A set's number is valid within its batch only. */
		if (!holds(body_of(row), body_of(asked),
			    kind_of(row) == NFT_MSG_NEWSET ? NFTA_SET_ID : 0))
			continue;
		(*seen)++;
		return;
	}
	check->differences++;
}

static void check_elements(struct nat_check *check, const struct nlmsghdr *row)
{
	const struct nlattr *elements = find(body_of(row), NFTA_SET_ELEM_LIST_ELEMENTS, 0);
	const struct nlattr *name = find(body_of(row), NFTA_SET_ELEM_LIST_SET, 0);
	struct attributes list = inside(elements);
	const struct nlattr *element;
	enum nat_group group = 0;

	while (group < NAT_GROUPS &&
		!same(inside(name), (struct attributes){nat_set_names[group],
					    (uint32_t)strlen(nat_set_names[group]) + 1}))
		group++;
	while ((element = next(&list))) {
		const struct nlattr *key = find(inside(element), NFTA_SET_ELEM_KEY, 0);
		const struct nlattr *value = find(inside(key), NFTA_DATA_VALUE, 0);

		if (lists(check, listeners_of(check), group, inside(value)) ||
			lists(check, servers_of(check), group, inside(value)))
			check->elements++;
		else
			check->differences++;
	}
}

/* The message of this kind and number in the batch, or NULL. */
static const struct nlmsghdr *wanted(const struct nat_check *check, uint32_t kind, uint32_t number)
{
	const struct nlmsghdr *message;
	uint32_t at = 0;

	while ((message = netlink_next(check->wanted, check->wanted_bytes, &at)))
		if (kind_of(message) == kind && number-- == 0)
			return message;
	return NULL;
}

static uint32_t count_wanted(const struct nat_check *check, uint32_t kind)
{
	uint32_t number = 0;

	while (wanted(check, kind, number))
		number++;
	return number;
}

static struct ends listeners_of(const struct nat_check *check)
{
	return (struct ends){check->plan->listeners, check->plan->listener_count, NAT_LISTENER};
}

static struct ends servers_of(const struct nat_check *check)
{
	return (struct ends){check->plan->servers, check->plan->server_count, NAT_SERVER};
}

/* A set holds an element once, however often it was put. */
static uint32_t count_distinct(const struct nat_check *check, struct ends ends)
{
	char key[NAT_KEY_BYTES] = {0};
	uint32_t number = 0;

	for (uint32_t i = 0; i < ends.count; i++) {
		enum nat_group group = nat_group_of(check->plan, &ends.at[i], ends.kind);
		struct ends before = {ends.at, i, ends.kind};
		struct attributes bytes = {key, 0};

		if (group == NAT_GROUPS)
			continue;
		bytes.len = nat_key(key, &check->forms[group], &ends.at[i]);
		number += bytes.len > 0 && !lists(check, before, group, bytes);
	}
	return number;
}

static bool lists(const struct nat_check *check, struct ends ends, enum nat_group group,
	struct attributes key)
{
	for (uint32_t i = 0; i < ends.count && group < NAT_GROUPS; i++) {
		char bytes[NAT_KEY_BYTES] = {0};
		struct attributes other = {bytes, 0};

		if (nat_group_of(check->plan, &ends.at[i], ends.kind) != group)
			continue;
		other.len = nat_key(bytes, &check->forms[group], &ends.at[i]);
		if (other.len > 0 && same(other, key))
			return true;
	}
	return false;
}

/* NFT_MSG_*; what belongs to no table has none. */
static uint32_t kind_of(const struct nlmsghdr *message)
{
	return message->nlmsg_type >> 8 == NFNL_SUBSYS_NFTABLES ? message->nlmsg_type & 0xff
								: NFT_MSG_MAX;
}

static struct attributes body_of(const struct nlmsghdr *message)
{
	const uint32_t skip = sizeof(struct nlmsghdr) + sizeof(struct nfgenmsg);

	if (!message || message->nlmsg_len <= skip)
		return (struct attributes){NULL, 0};
	return (struct attributes){(const char *)message + skip, message->nlmsg_len - skip};
}

/* What an attribute holds: other attributes, or plain bytes. */
static struct attributes inside(const struct nlattr *nest)
{
	const uint32_t skip = sizeof(struct nlattr);

	if (!nest)
		return (struct attributes){NULL, 0};
	return (struct attributes){(const char *)nest + skip, nest->nla_len - skip};
}

/* The attribute with that number among those of its type. */
static const struct nlattr *find(struct attributes list, uint32_t type, uint32_t number)
{
	const struct nlattr *attribute;

	while ((attribute = next(&list)))
		if (mnl_attr_get_type(attribute) == type && number-- == 0)
			return attribute;
	return NULL;
}

/* Takes the first attribute off the list; NULL at its end or where it makes no sense. */
static const struct nlattr *next(struct attributes *list)
{
	const struct nlattr *attribute = (const void *)list->bytes;
	uint32_t step;

	if (list->len < sizeof(*attribute) || attribute->nla_len < sizeof(*attribute) ||
		attribute->nla_len > list->len)
		return NULL;
	step = (attribute->nla_len + 3u) & ~3u;
	step = step < list->len ? step : list->len;
	list->bytes += step;
	list->len -= step;
	return attribute;
}

static uint32_t count(struct attributes list)
{
	uint32_t number = 0;

	while (next(&list))
		number++;
	return number;
}

/* All that was asked is in what is seen: by type, the first with the first, and so on.  We mark
 * our nests as nests, so it is known where to go deeper. */
static bool holds(struct attributes seen, struct attributes asked, uint32_t ignored_type)
{
	struct attributes list = asked;
	const struct nlattr *attribute;

	while ((attribute = next(&list))) {
		uint32_t type = mnl_attr_get_type(attribute), number = 0;
		const struct nlattr *found;

		if (type == ignored_type)
			continue;
		while (find(asked, type, number) != attribute)
			number++;
		found = find(seen, type, number);
		if (!found)
			return false;
		if (attribute->nla_type & NLA_F_NESTED ? !holds(inside(found), inside(attribute), 0)
						       : !same(inside(found), inside(attribute)))
			return false;
	}
	return true;
}

static bool same(struct attributes a, struct attributes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}
