/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat.c - one table with three chains, replaced as a whole.
 *
 *	table inet torc {                          owned by the keeper's socket
 *		set listeners      address . protocol . port of torc's own ends
 *		set servers        ... and of those it connects to
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
 * Sets, and not a rule for each server: a packet costs one lookup whether there are four servers
 * or four thousand.  A key names the protocol too, so that no rule needs to ask for it first; a
 * packet too short for a port fails the load and with it the rule.
 *
 * A server's answers are known by their source: address, protocol and port.  What servers begin
 * themselves leaves from other ports, passes through, is translated, and is tracked.
 *
 * Replacing is one transaction: "add" (so that there is something to delete), delete, add anew.
 * The first add says nothing of ownership, since the kernel refuses to change that of a table that
 * exists.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/nat.h"
#include "vrrp/nft.h"
#include <assert.h>
#include <linux/netfilter_ipv4.h>
#include <stdio.h>
#include <string.h>

/* Room: brackets, tables, chains, sets and fixed rules; one translation; one element. */
#define FIXED_BYTES	  8192u
#define TRANSLATION_BYTES 1024u
#define ELEMENT_BYTES	  48u

#define VRRP_PROTOCOL 112

#define PORTS_FROM 1024u /* what connections are made from, as the kernel has it */

#define CHAIN_IN	"untracked_in"
#define CHAIN_OUT	"untracked_out"
#define CHAIN_TRANSLATE "translate"

/* nft's numbers of key types, put together at 6 bits each: 7 an IPv4 address, 8 an IPv6 address,
 * 12 a protocol, 13 a port. */
#define KEY_PORT  (12u << 6 | 13u)
#define KEY_IPV4  (7u << 12 | KEY_PORT)
#define KEY_IPV6  (8u << 12 | KEY_PORT)
#define KEY_BYTES 24

enum set_number { SET_LISTENERS, SET_LISTENERS6, SET_PORTS, SET_SERVERS, SET_SERVERS6, SETS };
static const struct nft_set sets[SETS] = {
	{.name = "listeners", .id = 1, .key_type = KEY_IPV4, .key_bytes = 12},
	{.name = "listeners6", .id = 2, .key_type = KEY_IPV6, .key_bytes = 24},
	{.name = "ports", .id = 3, .key_type = KEY_PORT, .key_bytes = 8},
	{.name = "servers", .id = 4, .key_type = KEY_IPV4, .key_bytes = 12},
	{.name = "servers6", .id = 5, .key_type = KEY_IPV6, .key_bytes = 24},
};

/* Where the ends of a packet stand in its headers. */
static const struct nft_field source_ip = {NFT_PAYLOAD_NETWORK_HEADER, 12, 4};
static const struct nft_field target_ip = {NFT_PAYLOAD_NETWORK_HEADER, 16, 4};
static const struct nft_field source_ip6 = {NFT_PAYLOAD_NETWORK_HEADER, 8, 16};
static const struct nft_field target_ip6 = {NFT_PAYLOAD_NETWORK_HEADER, 24, 16};
static const struct nft_field source_port = {NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2};
static const struct nft_field target_port = {NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2};

enum direction { DIRECTION_IN, DIRECTION_OUT };
enum end_kind { END_LISTENER, END_SERVER };

static const struct nft_set *set_of(const struct vrrp_end *end, enum end_kind kind);
static uint32_t elements_of(const struct nat_plan *plan, const struct nft_set *set);
static void add_set(
	const struct nft_table *table, const struct nat_plan *plan, const struct nft_set *set);
static void add_elements(const struct nft_table *table, const struct nft_set *set,
	const struct vrrp_end *ends, uint32_t count, enum end_kind kind);
static void add_chains(const struct nft_table *table);
static void leave_untracked(
	const struct nft_table *table, const struct nat_plan *plan, enum direction direction);
static void leave_ping_untracked(
	const struct nft_table *table, enum direction direction, uint8_t family);
static void leave_ends_untracked(
	const struct nft_table *table, const struct nft_set *set, enum direction direction);
static const char *chain_of(enum direction direction);
static void translate(const struct nft_table *table, const struct nat_plan *plan,
	const struct vrrp_nat *translation);
static void leave(struct nft_rule *rule);
static void ask_family(struct nft_rule *rule, uint8_t family);
static void ask_prefix(struct nft_rule *rule, const struct vrrp_ip *from, uint8_t bits);
static void ask_name(struct nft_rule *rule, const char *name);

/* From each listener's port, and from the first, to the next one above it. */
void nat_choose_ports(struct nat_plan *plan)
{
	uint32_t best = 0;

	plan->first_port = plan->last_port = 0;
	for (uint32_t i = 0; i <= plan->listener_count && plan->listener_count > 0; i++) {
		uint32_t from = i < plan->listener_count ? plan->listeners[i].port + 1u : 0;
		uint32_t to = UINT16_MAX;

		if (from < PORTS_FROM)
			from = PORTS_FROM;
		for (uint32_t k = 0; k < plan->listener_count; k++)
			if (plan->listeners[k].port >= from && plan->listeners[k].port <= to)
				to = plan->listeners[k].port - 1u;
		if (from <= to && to - from + 1 > best) {
			best = to - from + 1;
			plan->first_port = (uint16_t)from;
			plan->last_port = (uint16_t)to;
		}
	}
}

uint32_t nat_bytes(const struct nat_plan *plan)
{
	return FIXED_BYTES + plan->translation_count * TRANSLATION_BYTES +
	       (plan->listener_count + plan->server_count) * ELEMENT_BYTES;
}

void nat_write_replace(struct netlink_writer *writer, const struct nat_plan *plan)
{
	struct nft_table table = {.writer = writer, .name = NAT_TABLE};

	nft_batch_begin(writer);
	nft_add_table(&table, NFT_AS_IT_IS);
	nft_delete_table(&table);
	nft_add_table(&table, NFT_OWNED);
	for (uint32_t i = 0; i < SETS; i++)
		if (elements_of(plan, &sets[i]) > 0)
			add_set(&table, plan, &sets[i]);
	add_chains(&table);
	leave_untracked(&table, plan, DIRECTION_IN);
	leave_untracked(&table, plan, DIRECTION_OUT);
	for (uint32_t i = 0; i < plan->translation_count; i++)
		translate(&table, plan, plan->translations[i]);
	nft_batch_end(writer);
}

void nat_write_delete(struct netlink_writer *writer)
{
	struct nft_table table = {.writer = writer, .name = NAT_TABLE};

	nft_batch_begin(writer);
	nft_delete_table(&table);
	nft_batch_end(writer);
}

bool nat_has_list(const struct nat_plan *plan, enum nat_listing listing)
{
	_Static_assert(NAT_LISTINGS - NAT_LIST_ELEMENTS == (int)SETS, "a listing for each set");
	assert(listing < NAT_LISTINGS);
	return listing < NAT_LIST_ELEMENTS ||
	       elements_of(plan, &sets[listing - NAT_LIST_ELEMENTS]) > 0;
}

void nat_write_list(struct netlink_writer *writer, enum nat_listing listing)
{
	static const uint16_t objects[NAT_LIST_ELEMENTS] = {
		[NAT_LIST_CHAINS] = NFT_MSG_GETCHAIN,
		[NAT_LIST_SETS] = NFT_MSG_GETSET,
		[NAT_LIST_RULES] = NFT_MSG_GETRULE,
	};
	struct nft_table table = {.writer = writer, .name = NAT_TABLE};

	if (listing == NAT_LIST_TABLE)
		nft_get_table(&table);
	else if (listing < NAT_LIST_ELEMENTS)
		nft_dump(&table, objects[listing]);
	else
		nft_dump_elements(&table, sets[listing - NAT_LIST_ELEMENTS].name);
}

uint32_t nat_key(char *key, const struct vrrp_end *end)
{
	uint32_t at = vrrp_ip_bytes(end->ip.family);
	uint16_t port = htons(end->port);

	/* Each part starts at a multiple of 4 and is filled up with zeros, as registers are. */
	memset(key, 0, KEY_BYTES);
	memcpy(key, end->ip.bytes, at);
	key[at] = (char)end->protocol;
	memcpy(key + at + 4, &port, sizeof(port));
	return at + 8;
}

static const struct nft_set *set_of(const struct vrrp_end *end, enum end_kind kind)
{
	/* There is no server without an address. */
	assert(kind == END_LISTENER || end->ip.family != AF_UNSPEC);
	if (end->ip.family == AF_UNSPEC)
		return &sets[SET_PORTS];
	if (kind == END_LISTENER)
		return &sets[end->ip.family == AF_INET6 ? SET_LISTENERS6 : SET_LISTENERS];
	return &sets[end->ip.family == AF_INET6 ? SET_SERVERS6 : SET_SERVERS];
}

static uint32_t elements_of(const struct nat_plan *plan, const struct nft_set *set)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < plan->listener_count; i++)
		count += set_of(&plan->listeners[i], END_LISTENER) == set;
	for (uint32_t i = 0; i < plan->server_count; i++)
		count += set_of(&plan->servers[i], END_SERVER) == set;
	return count;
}

static void add_set(
	const struct nft_table *table, const struct nat_plan *plan, const struct nft_set *set)
{
	struct nft_set sized = *set;

	sized.size = elements_of(plan, set);
	nft_add_set(table, &sized);
	add_elements(table, set, plan->listeners, plan->listener_count, END_LISTENER);
	add_elements(table, set, plan->servers, plan->server_count, END_SERVER);
}

static void add_elements(const struct nft_table *table, const struct nft_set *set,
	const struct vrrp_end *ends, uint32_t count, enum end_kind kind)
{
	struct nlattr *elements = NULL;
	uint32_t in_message = 0;

	for (uint32_t i = 0; i < count; i++) {
		char key[KEY_BYTES];

		if (set_of(&ends[i], kind) != set)
			continue;
		if (in_message == 0)
			elements = nft_elements_begin(table, set);
		nft_element(table, key, nat_key(key, &ends[i]));
		if (++in_message == NFT_ELEMENTS_MAX) {
			nft_elements_end(table, elements);
			in_message = 0;
		}
	}
	if (in_message > 0)
		nft_elements_end(table, elements);
}

static void add_chains(const struct nft_table *table)
{
	static const struct nft_chain chains[] = {
		{CHAIN_IN, "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW},
		{CHAIN_OUT, "filter", NF_INET_LOCAL_OUT, NF_IP_PRI_RAW},
		{CHAIN_TRANSLATE, "nat", NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC},
	};

	for (uint32_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
		nft_add_chain(table, &chains[i]);
}

static void leave_untracked(
	const struct nft_table *table, const struct nat_plan *plan, enum direction direction)
{
	const char *chain = chain_of(direction);
	const uint8_t protocol = VRRP_PROTOCOL;
	struct nft_rule rule;

	/* In order of their share of the packets: clients and servers first. */
	for (uint32_t i = 0; i < SETS; i++)
		if (elements_of(plan, &sets[i]) > 0)
			leave_ends_untracked(table, &sets[i], direction);
	if (plan->mark) {
		rule = nft_rule_begin(table, chain);
		if (direction == DIRECTION_IN)
			nft_load_socket_mark(&rule, NFT_REG_1);
		else
			nft_load_meta(&rule, NFT_REG_1, NFT_META_MARK);
		nft_equals(&rule, NFT_REG_1, &plan->mark, sizeof(plan->mark));
		leave(&rule);
		nft_rule_end(&rule, "marked");
	}
	rule = nft_rule_begin(table, chain);
	nft_load_meta(&rule, NFT_REG_1, NFT_META_L4PROTO);
	nft_equals(&rule, NFT_REG_1, &protocol, sizeof(protocol));
	leave(&rule);
	nft_rule_end(&rule, "VRRP");
	leave_ping_untracked(table, direction, AF_INET);
	leave_ping_untracked(table, direction, AF_INET6);
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

/* Looks up the end that is listed: our listener is the target of what comes in and the source of
 * what goes out, a server is the other way round. */
static void leave_ends_untracked(
	const struct nft_table *table, const struct nft_set *set, enum direction direction)
{
	bool server = set == &sets[SET_SERVERS] || set == &sets[SET_SERVERS6];
	bool target = server == (direction == DIRECTION_OUT);
	struct nft_rule rule = nft_rule_begin(table, chain_of(direction));
	uint32_t protocol_reg = NFT_REG_1, port_reg = NFT_REG_1_SECOND;

	if (set->key_type == KEY_IPV4) {
		ask_family(&rule, AF_INET);
		nft_load_field(&rule, NFT_REG_1, target ? target_ip : source_ip);
		protocol_reg = NFT_REG_1_SECOND;
		port_reg = NFT_REG_1_THIRD;
	} else if (set->key_type == KEY_IPV6) {
		ask_family(&rule, AF_INET6);
		nft_load_field(&rule, NFT_REG_1, target ? target_ip6 : source_ip6);
		protocol_reg = NFT_REG_1_FIFTH;
		port_reg = NFT_REG_1_SIXTH;
	}
	nft_load_meta(&rule, protocol_reg, NFT_META_L4PROTO);
	nft_load_field(&rule, port_reg, target ? target_port : source_port);
	nft_in_set(&rule, NFT_REG_1, set);
	/* What goes out of here is ours; what comes in for a port may be passing through.  What a
	 * server sends from its port is an answer, to us as a rule, and is not translated either
	 * way: the question would cost each of them a look at the routes. */
	if (direction == DIRECTION_IN && set->key_type == KEY_PORT)
		nft_to_this_host(&rule, NFT_REG_1);
	leave(&rule);
	nft_rule_end(&rule, server ? "servers and probes" : "clients");
}

static const char *chain_of(enum direction direction)
{
	return direction == DIRECTION_IN ? CHAIN_IN : CHAIN_OUT;
}

static void translate(const struct nft_table *table, const struct nat_plan *plan,
	const struct vrrp_nat *translation)
{
	uint16_t first = htons(plan->first_port), last = htons(plan->last_port);
	struct nft_rule rule = nft_rule_begin(table, CHAIN_TRANSLATE);
	struct nft_ports ports = {0, 0};

	ask_family(&rule, translation->from.family);
	ask_prefix(&rule, &translation->from, translation->from_bits);
	ask_name(&rule, translation->out_interface);
	if (plan->last_port) {
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
	nft_rule_end(&rule, "inner network");
}

/* And no further rule is asked: each packet would pay for all of them. */
static void leave(struct nft_rule *rule)
{
	nft_notrack(rule);
	nft_verdict(rule, NF_ACCEPT);
}

static void ask_family(struct nft_rule *rule, uint8_t family)
{
	const uint8_t number = family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4;

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
