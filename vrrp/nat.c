/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat.c - one table with three chains, replaced as a whole.
 *
 *	table ip torc {                            owned by the keeper's socket
 *		set servers        what differs among torc's ends of one kind (nat_ends.c)
 *		chain untracked_in   prerouting, raw    to listeners, from servers, VRRP, ping
 *		chain untracked_out  output, raw        from listeners, to servers, VRRP, ping
 *		chain translate      postrouting, nat   from 10.0.0.0/16, out eth0: snat
 *	}
 *
 * Why some of it is not tracked.  Loading a nat chain switches connection tracking on for every
 * packet of the machine.  A tracking table that an inner host fills must not keep clients from
 * the virtual address, nor adverts from the peer; and the proxied path should not pay for a
 * gateway that it does not use.
 *
 * What the proxied path still pays is a dozen hooks of the kernel's, for a packet in and one out,
 * that let pass what is not tracked, and one of our chains for each.  So a table whose
 * translations are all of IPv4 is one of IPv4 alone, which spares IPv6 all hooks and each rule a
 * question; and rules ask in the order in which most packets leave them.
 *
 * A server's answers are known by their source: address, protocol and port.  What servers begin
 * themselves leaves from other ports, passes through, is translated, and is tracked.
 *
 * Over the loopback interface both ends of a connection are here, and each packet is seen on its
 * way out, whichever of them sent it.
 *
 * Replacing is one transaction: delete, add anew.  Tables of that name are ours, in whichever
 * family; one of another process's is not deleted, and then cannot be added.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/nat.h"
#include "vrrp/nft.h"
#include <assert.h>
#include <linux/if_arp.h>
#include <linux/netfilter_ipv4.h>
#include <stdio.h>
#include <string.h>

/* Room: brackets, tables, chains, sets and fixed rules; one translation; one element. */
#define FIXED_BYTES	  20480u
#define TRANSLATION_BYTES 2048u
#define ELEMENT_BYTES	  44u

#define IGMP_PROTOCOL 2
#define VRRP_PROTOCOL 112

#define CHAIN_IN	"untracked_in"
#define CHAIN_OUT	"untracked_out"
#define CHAIN_TRANSLATE "translate"

/* nft's numbers of key types, put together at 6 bits each. */
#define KEY_IPV4 7u
#define KEY_IPV6 8u
#define KEY_PORT 13u

/* Where the ends of a packet stand in its headers. */
static const struct nft_field source_ip = {NFT_PAYLOAD_NETWORK_HEADER, 12, 4};
static const struct nft_field target_ip = {NFT_PAYLOAD_NETWORK_HEADER, 16, 4};
static const struct nft_field source_ip6 = {NFT_PAYLOAD_NETWORK_HEADER, 8, 16};
static const struct nft_field target_ip6 = {NFT_PAYLOAD_NETWORK_HEADER, 24, 16};
static const struct nft_field source_port = {NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2};
static const struct nft_field target_port = {NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2};
static const struct nft_field protocol_ip = {NFT_PAYLOAD_NETWORK_HEADER, 9, 1};

enum direction { DIRECTION_IN, DIRECTION_OUT };
enum end { END_SOURCE, END_TARGET };

/* What is being written. */
struct work {
	struct nft_table table;
	const struct nat_plan *plan;
	struct nat_form forms[NAT_GROUPS];
	struct nft_set sets[NAT_GROUPS]; /* size 0: none */
};

static void begin_work(
	struct work *work, struct netlink_writer *writer, const struct nat_plan *plan);
static struct nft_table table_of(struct netlink_writer *writer, const struct nat_plan *plan);
static struct nft_set set_of(enum nat_group group, const struct nat_form *form);
static void add_set(const struct work *work, enum nat_group group);
static void add_elements(const struct work *work, enum nat_group group, const struct vrrp_end *ends,
	uint32_t count, enum nat_kind kind);
static void leave_untracked(const struct work *work, enum direction direction);
static void leave_protocol_untracked(
	const struct work *work, enum direction direction, uint8_t protocol, const char *comment);
static void leave_ping_untracked(
	const struct nft_table *table, enum direction direction, uint8_t family);
static void leave_group_untracked(
	const struct work *work, enum nat_group group, enum direction direction);
static void leave_loopback_untracked(const struct work *work, enum nat_group group);
static void ask_end(
	const struct work *work, struct nft_rule *rule, enum nat_group group, enum end end);
static bool is_server(enum nat_group group);
static bool is_outer(enum nat_group group);
static const char *comment_of(enum nat_group group);
static const char *chain_of(enum direction direction);
static void translate(const struct work *work, const struct vrrp_nat *translation);
static void translate_to(const struct work *work, const struct vrrp_nat *translation,
	struct nat_ports range, enum nat_group group);
static void leave(struct nft_rule *rule);
static void ask_family(const struct work *work, struct nft_rule *rule, uint8_t family);
static void ask_prefix(struct nft_rule *rule, const struct vrrp_ip *from, uint8_t bits);
static void ask_name(struct nft_rule *rule, const char *name);

uint32_t nat_bytes(const struct nat_plan *plan)
{
	return FIXED_BYTES + plan->translation_count * TRANSLATION_BYTES +
	       (plan->listener_count + plan->server_count) * ELEMENT_BYTES;
}

void nat_write_replace(
	struct netlink_writer *writer, const struct nat_plan *plan, enum nat_extent extent)
{
	static const struct nft_chain in = {CHAIN_IN, "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW};
	static const struct nft_chain out = {CHAIN_OUT, "filter", NF_INET_LOCAL_OUT, NF_IP_PRI_RAW};
	static const struct nft_chain translations = {
		CHAIN_TRANSLATE, "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC};
	struct work work;

	begin_work(&work, writer, plan);
	nft_batch_begin(writer);
	nft_delete_all_named(&work.table);
	nft_add_table(&work.table, NFT_OWNED);
	for (enum nat_group group = 0; group < NAT_GROUPS; group++)
		if (work.sets[group].size > 0)
			add_set(&work, group);
	nft_add_chain(&work.table, &in);
	nft_add_chain(&work.table, &out);
	if (extent == NAT_WHOLE)
		nft_add_chain(&work.table, &translations);
	leave_untracked(&work, DIRECTION_IN);
	leave_untracked(&work, DIRECTION_OUT);
	for (uint32_t i = 0; extent == NAT_WHOLE && i < plan->translation_count; i++)
		translate(&work, plan->translations[i]);
	nft_batch_end(writer);
}

void nat_write_delete(struct netlink_writer *writer)
{
	struct nft_table table = {.writer = writer, .name = NAT_TABLE};

	nft_batch_begin(writer);
	nft_delete_all_named(&table);
	nft_batch_end(writer);
}

bool nat_has_list(const struct nat_plan *plan, enum nat_listing listing)
{
	struct work work;

	assert(listing < NAT_LISTINGS);
	begin_work(&work, NULL, plan);
	return listing < NAT_LIST_ELEMENTS || work.sets[listing - NAT_LIST_ELEMENTS].size > 0;
}

void nat_write_list(
	struct netlink_writer *writer, const struct nat_plan *plan, enum nat_listing listing)
{
	static const uint16_t objects[NAT_LIST_ELEMENTS] = {
		[NAT_LIST_CHAINS] = NFT_MSG_GETCHAIN,
		[NAT_LIST_SETS] = NFT_MSG_GETSET,
		[NAT_LIST_RULES] = NFT_MSG_GETRULE,
	};
	struct nft_table table = table_of(writer, plan);

	if (listing == NAT_LIST_TABLE)
		nft_get_table(&table);
	else if (listing < NAT_LIST_ELEMENTS)
		nft_dump(&table, objects[listing]);
	else
		nft_dump_elements(&table, nat_set_names[listing - NAT_LIST_ELEMENTS]);
}

/* ---- what there is to write ---- */

static void begin_work(
	struct work *work, struct netlink_writer *writer, const struct nat_plan *plan)
{
	*work = (struct work){.table = table_of(writer, plan), .plan = plan};
	nat_sort(plan, work->forms);
	for (enum nat_group group = 0; group < NAT_GROUPS; group++)
		work->sets[group] = set_of(group, &work->forms[group]);
}

static struct nft_table table_of(struct netlink_writer *writer, const struct nat_plan *plan)
{
	return (struct nft_table){.writer = writer,
		.name = NAT_TABLE,
		.family = nat_is_ipv4(plan) ? NFPROTO_IPV4 : NFPROTO_INET};
}

static struct nft_set set_of(enum nat_group group, const struct nat_form *form)
{
	struct nft_set set = {.name = nat_set_names[group], .id = (uint32_t)group + 1};
	char key[NAT_KEY_BYTES];

	if (form->count == 0)
		return set;
	set.key_bytes = nat_key(key, form, form->first);
	if (!form->one_address)
		set.key_type = form->first->ip.family == AF_INET6 ? KEY_IPV6 : KEY_IPV4;
	if (!form->one_port)
		set.key_type = set.key_type << 6 | KEY_PORT;
	set.size = set.key_bytes > 0 ? form->count : 0;
	return set;
}

static void add_set(const struct work *work, enum nat_group group)
{
	const struct nat_plan *plan = work->plan;

	nft_add_set(&work->table, &work->sets[group]);
	add_elements(work, group, plan->listeners, plan->listener_count, NAT_LISTENER);
	add_elements(work, group, plan->servers, plan->server_count, NAT_SERVER);
}

static void add_elements(const struct work *work, enum nat_group group, const struct vrrp_end *ends,
	uint32_t count, enum nat_kind kind)
{
	struct nft_elements elements = nft_elements_begin(&work->table, &work->sets[group]);

	for (uint32_t i = 0; i < count; i++) {
		char key[NAT_KEY_BYTES];

		if (nat_group_of(work->plan, &ends[i], kind) == group)
			nft_element(&elements, key, nat_key(key, &work->forms[group], &ends[i]));
	}
	nft_elements_end(&elements);
}

/* ---- the two chains that exempt ---- */

static void leave_untracked(const struct work *work, enum direction direction)
{
	const uint32_t mark = work->plan->mark;
	struct nft_rule rule;

	/* In order of their share of the packets: clients and servers first. */
	for (enum nat_group group = 0; group < NAT_GROUPS; group++)
		leave_group_untracked(work, group, direction);
	if (mark) {
		rule = nft_rule_begin(&work->table, chain_of(direction));
		if (direction == DIRECTION_IN)
			nft_load_socket_mark(&rule, NFT_REG_1);
		else
			nft_load_meta(&rule, NFT_REG_1, NFT_META_MARK);
		nft_equals(&rule, NFT_REG_1, &mark, sizeof(mark));
		leave(&rule);
		nft_rule_end(&rule, "marked");
	}
	leave_protocol_untracked(work, direction, VRRP_PROTOCOL, "VRRP");
	/* Without its reports a switch stops to send us what goes to VRRP's group. */
	leave_protocol_untracked(work, direction, IGMP_PROTOCOL, "IGMP");
	leave_ping_untracked(&work->table, direction, AF_INET);
	if (!nat_is_ipv4(work->plan))
		leave_ping_untracked(&work->table, direction, AF_INET6);
	for (enum nat_group group = 0; direction == DIRECTION_OUT && group < NAT_GROUPS; group++)
		leave_loopback_untracked(work, group);
}

static void leave_protocol_untracked(
	const struct work *work, enum direction direction, uint8_t protocol, const char *comment)
{
	struct nft_rule rule = nft_rule_begin(&work->table, chain_of(direction));

	nft_load_meta(&rule, NFT_REG_1, NFT_META_L4PROTO);
	nft_equals(&rule, NFT_REG_1, &protocol, sizeof(protocol));
	leave(&rule);
	nft_rule_end(&rule, comment);
}

/* Others ask us, we answer.  The other way round it may be an inner host's ping, and all other
 * kinds of ICMP may belong to a translated connection. */
static void leave_ping_untracked(
	const struct nft_table *table, enum direction direction, uint8_t family)
{
	const struct nft_field type = {NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1};
	const uint8_t protocol = family == AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
	const uint8_t request = family == AF_INET6 ? 128 : 8; /* RFC 4443 4.1, RFC 792 */
	const uint8_t reply = family == AF_INET6 ? 129 : 0;
	struct nft_rule rule = nft_rule_begin(table, chain_of(direction));

	nft_load_meta(&rule, NFT_REG_1, NFT_META_L4PROTO);
	nft_equals(&rule, NFT_REG_1, &protocol, sizeof(protocol));
	nft_load_field(&rule, NFT_REG_1, type);
	nft_equals(&rule, NFT_REG_1, direction == DIRECTION_IN ? &request : &reply, 1);
	if (direction == DIRECTION_IN)
		nft_to_this_host(&rule, NFT_REG_1);
	leave(&rule);
	nft_rule_end(&rule, "ping");
}

/* Our listener is the target of what comes in and the source of what goes out, a server is the
 * other way round. */
static void leave_group_untracked(
	const struct work *work, enum nat_group group, enum direction direction)
{
	struct nft_rule rule;

	if (work->forms[group].count == 0)
		return;
	rule = nft_rule_begin(&work->table, chain_of(direction));
	ask_end(work, &rule, group,
		is_server(group) == (direction == DIRECTION_OUT) ? END_TARGET : END_SOURCE);
	/* What goes out of here is ours; what comes in for a port may be passing through.  What a
	 * server in the translated network sends from its port is an answer, to us as a rule, and
	 * is not translated either way: the question would cost each of them a look at the routes.
	 */
	if (direction == DIRECTION_IN && group == NAT_PORTS)
		nft_to_this_host(&rule, NFT_REG_1);
	if (direction == DIRECTION_IN && is_outer(group)) {
		uint16_t first = htons(work->plan->outer_ports.first);
		uint16_t last = htons(work->plan->outer_ports.last);

		nft_load_field(&rule, NFT_REG_1, target_port);
		nft_outside(&rule, NFT_REG_1, &first, &last, sizeof(first));
	}
	leave(&rule);
	nft_rule_end(&rule, comment_of(group));
}

/* A client on this host, a server's answers on this host. */
static void leave_loopback_untracked(const struct work *work, enum nat_group group)
{
	const uint16_t loopback = ARPHRD_LOOPBACK; /* as the kernel has it, not the network */
	struct nft_rule rule;

	if (work->forms[group].count == 0)
		return;
	rule = nft_rule_begin(&work->table, CHAIN_OUT);
	nft_load_meta(&rule, NFT_REG_1, NFT_META_OIFTYPE);
	nft_equals(&rule, NFT_REG_1, &loopback, sizeof(loopback));
	ask_end(work, &rule, group, is_server(group) ? END_SOURCE : END_TARGET);
	leave(&rule);
	nft_rule_end(&rule, comment_of(group));
}

/* Is this end of the packet one of the group's? */
static void ask_end(
	const struct work *work, struct nft_rule *rule, enum nat_group group, enum end end)
{
	const struct nat_form *form = &work->forms[group];
	const struct vrrp_ip *ip = &form->first->ip;
	const struct nft_field port_at = end == END_TARGET ? target_port : source_port;
	const struct nft_field ip4_at = end == END_TARGET ? target_ip : source_ip;
	const struct nft_field ip6_at = end == END_TARGET ? target_ip6 : source_ip6;
	const struct nft_field ip_at = ip->family == AF_INET6 ? ip6_at : ip4_at;
	const uint8_t protocol = IPPROTO_TCP;
	const uint16_t port = htons(form->first->port);
	uint32_t second = ip->family == AF_INET6 ? NFT_REG_1_FIFTH : NFT_REG_1_SECOND;

	if (form->has_address)
		ask_family(work, rule, ip->family);
	/* IPv6 has it behind its extensions; the field is read without a call. */
	if (work->table.family == NFPROTO_IPV4)
		nft_load_field(rule, NFT_REG_1, protocol_ip);
	else
		nft_load_meta(rule, NFT_REG_1, NFT_META_L4PROTO);
	nft_equals(rule, NFT_REG_1, &protocol, sizeof(protocol));
	if (form->one_port) {
		nft_load_field(rule, NFT_REG_1, port_at);
		nft_equals(rule, NFT_REG_1, &port, sizeof(port));
	}
	if (form->has_address && form->one_address) {
		nft_load_field(rule, NFT_REG_1, ip_at);
		nft_equals(rule, NFT_REG_1, ip->bytes, vrrp_ip_bytes(ip->family));
	}
	if (!form->one_address)
		nft_load_field(rule, NFT_REG_1, ip_at);
	if (!form->one_port)
		nft_load_field(rule, form->one_address ? NFT_REG_1 : second, port_at);
	if (work->sets[group].size > 0)
		nft_in_set(rule, NFT_REG_1, &work->sets[group]);
}

static bool is_server(enum nat_group group)
{
	return group >= NAT_SERVERS;
}

static bool is_outer(enum nat_group group)
{
	return group == NAT_OUTER || group == NAT_OUTER6;
}

static const char *comment_of(enum nat_group group)
{
	return is_server(group) ? "servers and probes" : "clients";
}

static const char *chain_of(enum direction direction)
{
	return direction == DIRECTION_IN ? CHAIN_IN : CHAIN_OUT;
}

/* ---- the chain that translates ---- */

static void translate(const struct work *work, const struct vrrp_nat *translation)
{
	bool is_ipv6 = translation->from.family == AF_INET6;
	enum nat_group outer = is_ipv6 ? NAT_OUTER6 : NAT_OUTER;

	if (work->forms[outer].count > 0)
		translate_to(work, translation, work->plan->outer_ports, outer);
	translate_to(work, translation, work->plan->ports, NAT_GROUPS);
}

/* To one of the group's ends, or to whomever. */
static void translate_to(const struct work *work, const struct vrrp_nat *translation,
	struct nat_ports range, enum nat_group group)
{
	uint16_t first = htons(range.first), last = htons(range.last);
	struct nft_rule rule = nft_rule_begin(&work->table, CHAIN_TRANSLATE);
	struct nft_ports ports = {0, 0};

	ask_family(work, &rule, translation->from.family);
	ask_prefix(&rule, &translation->from, translation->from_bits);
	ask_name(&rule, translation->out_interface);
	if (group != NAT_GROUPS)
		ask_end(work, &rule, group, END_TARGET);
	if (range.last) {
		ports = (struct nft_ports){NFT_REG_2, NFT_REG_3};
		nft_load_bytes(&rule, ports.first_reg, &first, sizeof(first));
		nft_load_bytes(&rule, ports.last_reg, &last, sizeof(last));
	}
	if (translation->source.family != AF_UNSPEC) {
		nft_load_bytes(&rule, NFT_REG_1, translation->source.bytes,
			vrrp_ip_bytes(translation->source.family));
		nft_snat(&rule, translation->source.family, NFT_REG_1, ports);
	} else {
		nft_masquerade(&rule, ports);
	}
	nft_rule_end(&rule, group == NAT_GROUPS ? "inner network" : "inner network, our servers");
}

/* And no further rule is asked: each packet would pay for all of them. */
static void leave(struct nft_rule *rule)
{
	nft_notrack(rule);
	nft_verdict(rule, NF_ACCEPT);
}

static void ask_family(const struct work *work, struct nft_rule *rule, uint8_t family)
{
	const uint8_t number = family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;

	if (work->table.family == NFPROTO_IPV4)
		return;
	nft_load_meta(rule, NFT_REG_1, NFT_META_NFPROTO);
	nft_equals(rule, NFT_REG_1, &number, sizeof(number));
}

static void ask_prefix(struct nft_rule *rule, const struct vrrp_ip *from, uint8_t bits)
{
	uint32_t len = vrrp_ip_bytes(from->family);
	uint8_t mask[16] = {0}, network[16];

	assert(bits <= 8 * len);
	for (uint32_t i = 0; i < bits; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
	for (uint32_t i = 0; i < len; i++)
		network[i] = from->bytes[i] & mask[i];
	nft_load_field(rule, NFT_REG_1, from->family == AF_INET6 ? source_ip6 : source_ip);
	if (bits < 8 * len)
		nft_mask(rule, NFT_REG_1, mask, len);
	nft_equals(rule, NFT_REG_1, network, len);
}

/* By name and not by number, so that an interface that comes back under its name is meant. */
static void ask_name(struct nft_rule *rule, const char *name)
{
	char padded[IF_NAMESIZE] = "";

	if (!name[0])
		return;
	memcpy(padded, name, strnlen(name, IF_NAMESIZE - 1));
	nft_load_meta(rule, NFT_REG_1, NFT_META_OIFNAME);
	nft_equals(rule, NFT_REG_1, padded, sizeof(padded));
}
