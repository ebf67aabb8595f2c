/* SPDX-License-Identifier: GPL-2.0-or-later */
/* refusal.c - no_accept and use_vmac, as a table of nf_tables.
 *
 *	table inet torc-vrrp {
 *		set addresses, addresses6
 *		chain refuse    input, filter      neighbour discovery is taken, the rest dropped
 *		chain quiet     output, filter     from macvlans: no IGMP, MLD, router solicitations
 *	}
 *
 * The first stands there whether we are master or not: what is not our address never gets to the
 * chain.  ARP is no IP and passes by; IPv6 finds neighbours by ICMP, which RFC 9568 6.4.3 has
 * accepted.
 *
 * A macvlan has the virtual router's MAC address on every node.  What the kernel of a backup says
 * there by itself, to report its groups or to look for routers, would tell the switches that the
 * address is there.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/refusal.h"
#include "vrrp/nft.h"
#include <assert.h>
#include <linux/netfilter_ipv4.h>
#include <string.h>

#define FIXED_BYTES   2048u
#define ELEMENT_BYTES 40u
#define QUIET_BYTES   (6 * 400u) /* a rule for each kind */
#define CHAIN	      "refuse"
#define CHAIN_QUIET   "quiet"

/* nft's numbers of key types. */
#define KEY_IPV4 7u
#define KEY_IPV6 8u

#define ND_SOLICIT   135 /* RFC 4861 4.3, 4.4 */
#define ND_ADVERTISE 136

static const struct nft_set set4 = {
	.name = "addresses", .id = 1, .key_type = KEY_IPV4, .key_bytes = 4};
static const struct nft_set set6 = {
	.name = "addresses6", .id = 2, .key_type = KEY_IPV6, .key_bytes = 16};

static uint32_t count_of(const struct vrrp_ip *addresses, uint32_t count, uint8_t family)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < count; i++)
		found += addresses[i].family == family;
	return found;
}

static void add_set(const struct nft_table *table, const struct nft_set *set, uint8_t family,
	const struct vrrp_ip *addresses, uint32_t count)
{
	struct nft_elements elements = nft_elements_begin(table, set);
	struct nft_set sized = *set;

	sized.size = count_of(addresses, count, family);
	nft_add_set(table, &sized);
	for (uint32_t i = 0; i < count; i++)
		if (addresses[i].family == family)
			nft_element(&elements, addresses[i].bytes, set->key_bytes);
	nft_elements_end(&elements);
}

static void ask_family(struct nft_rule *rule, uint8_t number)
{
	nft_load_meta(rule, NFT_REG_1, NFT_META_NFPROTO);
	nft_equals(rule, NFT_REG_1, &number, sizeof(number));
}

static void take_discovery(const struct nft_table *table, uint8_t type)
{
	const struct nft_field field = {NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1};
	const uint8_t protocol = IPPROTO_ICMPV6;
	struct nft_rule rule = nft_rule_begin(table, CHAIN);

	nft_load_meta(&rule, NFT_REG_1, NFT_META_L4PROTO);
	nft_equals(&rule, NFT_REG_1, &protocol, sizeof(protocol));
	nft_load_field(&rule, NFT_REG_1, field);
	nft_equals(&rule, NFT_REG_1, &type, sizeof(type));
	nft_verdict(&rule, NF_ACCEPT);
	nft_rule_end(&rule, "neighbour discovery");
}

static void drop(const struct nft_table *table, const struct nft_set *set, uint8_t family)
{
	static const struct nft_field target4 = {NFT_PAYLOAD_NETWORK_HEADER, 16, 4};
	static const struct nft_field target6 = {NFT_PAYLOAD_NETWORK_HEADER, 24, 16};
	struct nft_rule rule = nft_rule_begin(table, CHAIN);

	ask_family(&rule, family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4);
	nft_load_field(&rule, NFT_REG_1, family == AF_INET6 ? target6 : target4);
	nft_in_set(&rule, NFT_REG_1, set);
	nft_verdict(&rule, NF_DROP);
	nft_rule_end(&rule, "no_accept");
}

static void add_refusals(const struct nft_table *table, const struct refusal_plan *plan)
{
	const struct nft_chain chain = {CHAIN, "filter", NF_INET_LOCAL_IN, NF_IP_PRI_FILTER};
	bool four = count_of(plan->addresses, plan->address_count, AF_INET);
	bool six = count_of(plan->addresses, plan->address_count, AF_INET6);

	if (four)
		add_set(table, &set4, AF_INET, plan->addresses, plan->address_count);
	if (six)
		add_set(table, &set6, AF_INET6, plan->addresses, plan->address_count);
	nft_add_chain(table, &chain);
	take_discovery(table, ND_SOLICIT);
	take_discovery(table, ND_ADVERTISE);
	if (four)
		drop(table, &set4, AF_INET);
	if (six)
		drop(table, &set6, AF_INET6);
}

/* `type` of ICMPv6, or 0 for any packet of the protocol. */
static void hush(const struct nft_table *table, const char *name, uint8_t protocol, uint8_t type)
{
	const struct nft_field field = {NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1};
	struct nft_rule rule = nft_rule_begin(table, CHAIN_QUIET);
	char padded[IF_NAMESIZE] = "";

	memcpy(padded, name, strnlen(name, IF_NAMESIZE - 1));
	nft_load_meta(&rule, NFT_REG_1, NFT_META_OIFNAME);
	nft_equals(&rule, NFT_REG_1, padded, sizeof(padded));
	nft_load_meta(&rule, NFT_REG_1, NFT_META_L4PROTO);
	nft_equals(&rule, NFT_REG_1, &protocol, sizeof(protocol));
	if (type) {
		nft_load_field(&rule, NFT_REG_1, field);
		nft_equals(&rule, NFT_REG_1, &type, sizeof(type));
	}
	nft_verdict(&rule, NF_DROP);
	nft_rule_end(&rule, "use_vmac");
}

static void add_silence(const struct nft_table *table, const struct refusal_plan *plan)
{
	static const uint8_t types[] = {130, 131, 132, 133, 143}; /* RFC 2710, 4861, 3810 */
	const struct nft_chain chain = {CHAIN_QUIET, "filter", NF_INET_LOCAL_OUT, NF_IP_PRI_FILTER};

	nft_add_chain(table, &chain);
	for (uint32_t i = 0; i < plan->quiet_count; i++) {
		hush(table, plan->quiet[i], IPPROTO_IGMP, 0);
		for (uint32_t k = 0; k < sizeof(types); k++)
			hush(table, plan->quiet[i], IPPROTO_ICMPV6, types[k]);
	}
}

uint32_t refusal_bytes(const struct refusal_plan *plan)
{
	return FIXED_BYTES + plan->address_count * ELEMENT_BYTES + plan->quiet_count * QUIET_BYTES;
}

void refusal_write_replace(struct netlink_writer *writer, const struct refusal_plan *plan)
{
	struct nft_table table = {.writer = writer, .name = REFUSAL_TABLE};

	assert(plan->address_count || plan->quiet_count);
	nft_batch_begin(writer);
	nft_add_table(&table, NFT_AS_IT_IS);
	nft_delete_table(&table);
	nft_add_table(&table, NFT_OWNED);
	if (plan->address_count)
		add_refusals(&table, plan);
	if (plan->quiet_count)
		add_silence(&table, plan);
	nft_batch_end(writer);
}

void refusal_write_delete(struct netlink_writer *writer)
{
	struct nft_table table = {.writer = writer, .name = REFUSAL_TABLE};

	nft_batch_begin(writer);
	nft_delete_table(&table);
	nft_batch_end(writer);
}
