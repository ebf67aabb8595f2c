/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hop_table.c - the new owner's part of a planned move, as a table of nf_tables.
 *
 *	table ip torc-hop-0 {
 *		set addresses       that move
 *		set ports           on which we listen
 *		set seen            source . address . source port . port, filled by the rules
 *		set full            addresses, once `seen` has had no more room
 *		chain hop           prerouting, raw
 *			other protocols, addresses, ports      accept
 *			SYN: the connection is ours            remember in `seen`, accept
 *			SYN, and no room                       remember in `full`, accept
 *			in `seen`, or its address in `full`    accept
 *			sent here by the old owner             accept
 *			dup to the old owner, drop
 *	}
 *
 * Why not connection tracking, marks and a routing table, which could do the same: the tracking of
 * a busy balancer costs more than the balancer, and rules of routing are the operator's.
 *
 * The ports are asked for because other connections end on these addresses, too: those that an
 * inner host makes through the address translation, and our own.  Their answers begin with SYN and
 * ACK, and are for us.
 *
 * A set that is full ends the hop, not the service: connections that begin then are served, and the
 * old owner's are answered as they would be without a hop, by a reset.
 *
 * Connections from an earlier time as owner are in `seen` from the start: their clients may have
 * been silent meanwhile, and go on talking to us.
 *
 * What the old owner itself sends here is nobody's: it has lost the address and does not know the
 * connection.  Sent back once more, a segment would go round until its hops are used up.
 *
 * The table's family is the packet's and not inet, since the kernel copies packets there only.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/hop_table.h"
#include "vrrp/nft.h"
#include <assert.h>
#include <linux/netfilter_ipv4.h>
#include <stdio.h>
#include <string.h>

#define FIXED_BYTES   8192u
#define ELEMENT_BYTES 48u
#define OWN_BYTES     64u
#define CHAIN	      "hop"

/* nft's numbers of key types, put together at 6 bits each: 7 an IPv4 address, 8 an IPv6 address, 13
 * a port. */
#define KEY_PORT     13u
#define KEY_IPV4     7u
#define KEY_IPV6     8u
#define KEY_SEEN(ip) ((ip) << 18 | (ip) << 12 | KEY_PORT << 6 | KEY_PORT)

#define SYN 0x02
#define ACK 0x10

/* What differs between the families. */
struct shape {
	struct nft_field ends, target; /* both addresses, which stand side by side */
	struct nft_set addresses, ports, seen, full;
	uint32_t source_port_reg, target_port_reg; /* behind the ends */
};

static const struct shape shape4 = {
	.ends = {NFT_PAYLOAD_NETWORK_HEADER, 12, 8},
	.target = {NFT_PAYLOAD_NETWORK_HEADER, 16, 4},
	.addresses = {.name = "addresses", .id = 1, .key_type = KEY_IPV4, .key_bytes = 4},
	.ports = {.name = "ports", .id = 2, .key_type = KEY_PORT, .key_bytes = 2},
	.seen = {.name = "seen",
		.id = 3,
		.key_type = KEY_SEEN(KEY_IPV4),
		.key_bytes = 16,
		.size = HOP_SEEN_MAX,
		.filled_by_rules = true},
	.full = {.name = "full",
		.id = 4,
		.key_type = KEY_IPV4,
		.key_bytes = 4,
		.filled_by_rules = true},
	.source_port_reg = NFT_REG32_02,
	.target_port_reg = NFT_REG32_03,
};

static const struct shape shape6 = {
	.ends = {NFT_PAYLOAD_NETWORK_HEADER, 8, 32},
	.target = {NFT_PAYLOAD_NETWORK_HEADER, 24, 16},
	.addresses = {.name = "addresses", .id = 1, .key_type = KEY_IPV6, .key_bytes = 16},
	.ports = {.name = "ports", .id = 2, .key_type = KEY_PORT, .key_bytes = 2},
	.seen = {.name = "seen",
		.id = 3,
		.key_type = KEY_SEEN(KEY_IPV6),
		.key_bytes = 40,
		.size = HOP_SEEN_MAX,
		.filled_by_rules = true},
	.full = {.name = "full",
		.id = 4,
		.key_type = KEY_IPV6,
		.key_bytes = 16,
		.filled_by_rules = true},
	.source_port_reg = NFT_REG32_08,
	.target_port_reg = NFT_REG32_09,
};

static const struct nft_field source_port = {NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2};
static const struct nft_field target_port = {NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2};
static const struct nft_field tcp_flags = {NFT_PAYLOAD_TRANSPORT_HEADER, 13, 1};
static const struct nft_field ether_source = {NFT_PAYLOAD_LL_HEADER, 6, 6};

static const struct shape *shape_of(uint8_t family)
{
	return family == AF_INET6 ? &shape6 : &shape4;
}

static struct nft_table table_of(
	struct netlink_writer *writer, char name[32], uint32_t number, uint8_t family)
{
	snprintf(name, 32, HOP_TABLE "-%u", number);
	return (struct nft_table){
		.writer = writer,
		.name = name,
		.family = family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4,
	};
}

/* ---- sets ---- */

static void add_filled_set(const struct nft_table *table, const struct nft_set *set,
	const void *keys, uint32_t stride, uint32_t count)
{
	struct nft_elements elements = nft_elements_begin(table, set);
	struct nft_set sized = *set;

	sized.size = count;
	nft_add_set(table, &sized);
	for (uint32_t i = 0; i < count; i++)
		nft_element(&elements, (const char *)keys + i * stride, set->key_bytes);
	nft_elements_end(&elements);
}

/* As load_connection() puts it together. */
static void put_key(uint8_t key[40], const struct connection_row *row)
{
	uint32_t len = row->local.family == AF_INET6 ? 16 : 4;

	memset(key, 0, 40);
	memcpy(key, row->remote.bytes, len);
	memcpy(key + len, row->local.bytes, len);
	memcpy(key + 2 * len, &row->remote_port, 2);
	memcpy(key + 2 * len + 4, &row->local_port, 2);
}

static void add_own(
	const struct nft_table *table, const struct nft_set *set, const struct hop_plan *plan)
{
	struct nft_elements elements = nft_elements_begin(table, set);
	uint8_t key[40];

	for (uint32_t i = 0; i < plan->own_count; i++) {
		put_key(key, &plan->own[i]);
		nft_element(&elements, key, set->key_bytes);
	}
	nft_elements_end(&elements);
}

static void add_sets(const struct nft_table *table, const struct hop_plan *plan)
{
	const struct shape *shape = shape_of(plan->owner.family);
	struct nft_set full = shape->full;

	add_filled_set(table, &shape->addresses, plan->addresses[0].bytes, sizeof(struct vrrp_ip),
		plan->address_count);
	add_filled_set(table, &shape->ports, plan->ports, sizeof(*plan->ports), plan->port_count);
	nft_add_set(table, &shape->seen);
	add_own(table, &shape->seen, plan);
	full.size = plan->address_count;
	nft_add_set(table, &full);
}

/* ---- rules ---- */

static void let_others_pass(const struct nft_table *table, const struct shape *shape)
{
	const uint8_t tcp = IPPROTO_TCP;
	struct nft_rule rule = nft_rule_begin(table, CHAIN);

	nft_load_meta(&rule, NFT_REG_1, NFT_META_L4PROTO);
	nft_differs(&rule, NFT_REG_1, &tcp, sizeof(tcp));
	nft_verdict(&rule, NF_ACCEPT);
	nft_rule_end(&rule, "other protocols");
	rule = nft_rule_begin(table, CHAIN);
	nft_load_field(&rule, NFT_REG_1, shape->target);
	nft_not_in_set(&rule, NFT_REG_1, &shape->addresses);
	nft_verdict(&rule, NF_ACCEPT);
	nft_rule_end(&rule, "other addresses");
	rule = nft_rule_begin(table, CHAIN);
	nft_load_field(&rule, NFT_REG_1, target_port);
	nft_not_in_set(&rule, NFT_REG_1, &shape->ports);
	nft_verdict(&rule, NF_ACCEPT);
	nft_rule_end(&rule, "not where torc listens");
}

static void load_connection(struct nft_rule *rule, const struct shape *shape)
{
	nft_load_field(rule, NFT_REG_1, shape->ends);
	nft_load_field(rule, shape->source_port_reg, source_port);
	nft_load_field(rule, shape->target_port_reg, target_port);
}

static struct nft_rule begin_with_syn(const struct nft_table *table)
{
	const uint8_t mask = SYN | ACK, syn = SYN;
	struct nft_rule rule = nft_rule_begin(table, CHAIN);

	nft_load_field(&rule, NFT_REG_1, tcp_flags);
	nft_mask(&rule, NFT_REG_1, &mask, sizeof(mask));
	nft_equals(&rule, NFT_REG_1, &syn, sizeof(syn));
	return rule;
}

static void take_ours(const struct nft_table *table, const struct shape *shape)
{
	struct nft_rule rule = begin_with_syn(table);

	load_connection(&rule, shape);
	nft_remember(&rule, NFT_REG_1, &shape->seen);
	nft_verdict(&rule, NF_ACCEPT);
	nft_rule_end(&rule, "begins with us");
	rule = begin_with_syn(table);
	nft_load_field(&rule, NFT_REG_1, shape->target);
	nft_remember(&rule, NFT_REG_1, &shape->full);
	nft_verdict(&rule, NF_ACCEPT);
	nft_rule_end(&rule, "no room: the hop ends");
	rule = nft_rule_begin(table, CHAIN);
	load_connection(&rule, shape);
	nft_in_set(&rule, NFT_REG_1, &shape->seen);
	nft_verdict(&rule, NF_ACCEPT);
	nft_rule_end(&rule, "began with us");
	rule = nft_rule_begin(table, CHAIN);
	nft_load_field(&rule, NFT_REG_1, shape->target);
	nft_in_set(&rule, NFT_REG_1, &shape->full);
	nft_verdict(&rule, NF_ACCEPT);
	nft_rule_end(&rule, "the hop has ended");
}

static void pass_on(const struct nft_table *table, const struct hop_plan *plan)
{
	struct nft_rule rule = nft_rule_begin(table, CHAIN);

	nft_load_field(&rule, NFT_REG_1, ether_source);
	nft_equals(&rule, NFT_REG_1, plan->mac, sizeof(plan->mac));
	nft_verdict(&rule, NF_ACCEPT);
	nft_rule_end(&rule, "from the old owner");
	rule = nft_rule_begin(table, CHAIN);
	nft_load_bytes(
		&rule, NFT_REG_1, plan->owner.bytes, plan->owner.family == AF_INET6 ? 16 : 4);
	nft_load_bytes(&rule, NFT_REG_2, &plan->interface, sizeof(plan->interface));
	nft_dup(&rule, NFT_REG_1, NFT_REG_2);
	nft_verdict(&rule, NF_DROP);
	nft_rule_end(&rule, "to the old owner");
}

/* ---- the whole ---- */

static void write_table(const struct nft_table *table, const struct hop_plan *plan)
{
	const struct shape *shape = shape_of(plan->owner.family);
	const struct nft_chain chain = {CHAIN, "filter", NF_INET_PRE_ROUTING, NF_IP_PRI_RAW};

	assert(plan->address_count && plan->port_count);
	nft_add_table(table, NFT_AS_IT_IS);
	nft_delete_table(table);
	nft_add_table(table, NFT_OWNED);
	add_sets(table, plan);
	nft_add_chain(table, &chain);
	let_others_pass(table, shape);
	take_ours(table, shape);
	pass_on(table, plan);
}

uint32_t hop_bytes(const struct hop_plan *plan)
{
	return FIXED_BYTES + (plan->address_count + plan->port_count) * ELEMENT_BYTES +
	       plan->own_count * OWN_BYTES;
}

void hop_write_replace(struct netlink_writer *writer, const struct hop_plan *plan)
{
	char name[32];
	struct nft_table table = table_of(writer, name, plan->number, plan->owner.family);

	nft_batch_begin(writer);
	write_table(&table, plan);
	nft_batch_end(writer);
}

void hop_write_trial(struct netlink_writer *writer, const struct hop_plan *plan)
{
	char name[32];
	struct nft_table table = table_of(writer, name, plan->number, plan->owner.family);

	nft_batch_begin(writer);
	write_table(&table, plan);
	nft_delete_table(&table);
	nft_batch_end(writer);
}

void hop_write_delete(struct netlink_writer *writer, uint32_t number, uint8_t family)
{
	char name[32];
	struct nft_table table = table_of(writer, name, number, family);

	nft_batch_begin(writer);
	nft_delete_table(&table);
	nft_batch_end(writer);
}
