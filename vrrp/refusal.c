/* SPDX-License-Identifier: GPL-2.0-or-later */
/* refusal.c - no_accept, as a table of nf_tables.
 *
 *	table inet torc-no-accept {
 *		set addresses, addresses6
 *		chain refuse    input, filter      neighbour discovery is taken, the rest dropped
 *	}
 *
 * It stands there whether we are master or not: what is not our address never gets to the chain.
 * ARP is no IP and passes by; IPv6 finds neighbours by ICMP, which RFC 9568 6.4.3 has accepted.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/refusal.h"
#include "vrrp/nft.h"
#include <assert.h>
#include <linux/netfilter_ipv4.h>

#define FIXED_BYTES   2048u
#define ELEMENT_BYTES 40u
#define CHAIN	      "refuse"

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
	struct nft_set sized = *set;
	struct nlattr *elements = NULL;
	uint32_t in_message = 0;

	sized.size = count_of(addresses, count, family);
	nft_add_set(table, &sized);
	for (uint32_t i = 0; i < count; i++) {
		if (addresses[i].family != family)
			continue;
		if (in_message == 0)
			elements = nft_elements_begin(table, set);
		nft_element(table, addresses[i].bytes, set->key_bytes);
		if (++in_message == NFT_ELEMENTS_MAX) {
			nft_elements_end(table, elements);
			in_message = 0;
		}
	}
	if (in_message > 0)
		nft_elements_end(table, elements);
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

uint32_t refusal_bytes(uint32_t count)
{
	return FIXED_BYTES + count * ELEMENT_BYTES;
}

void refusal_write_replace(
	struct netlink_writer *writer, const struct vrrp_ip *addresses, uint32_t count)
{
	struct nft_table table = {.writer = writer, .name = REFUSAL_TABLE};
	const struct nft_chain chain = {CHAIN, "filter", NF_INET_LOCAL_IN, NF_IP_PRI_FILTER};
	bool four = count_of(addresses, count, AF_INET), six = count_of(addresses, count, AF_INET6);

	assert(four || six);
	nft_batch_begin(writer);
	nft_add_table(&table, NFT_AS_IT_IS);
	nft_delete_table(&table);
	nft_add_table(&table, NFT_OWNED);
	if (four)
		add_set(&table, &set4, AF_INET, addresses, count);
	if (six)
		add_set(&table, &set6, AF_INET6, addresses, count);
	nft_add_chain(&table, &chain);
	take_discovery(&table, ND_SOLICIT);
	take_discovery(&table, ND_ADVERTISE);
	if (four)
		drop(&table, &set4, AF_INET);
	if (six)
		drop(&table, &set6, AF_INET6);
	nft_batch_end(writer);
}

void refusal_write_delete(struct netlink_writer *writer)
{
	struct nft_table table = {.writer = writer, .name = REFUSAL_TABLE};

	nft_batch_begin(writer);
	nft_delete_table(&table);
	nft_batch_end(writer);
}
