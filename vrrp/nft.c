/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nft.c - nf_tables spoken plainly.
 *
 * libnftnl would give objects for all this and libnftables a parser besides, with 200 to 900 KB
 * of library; what a gateway needs are these few words, each a function of a handful of lines.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/nft.h"
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <string.h>

/* nft keeps a comment in a rule's user data as type, length, text. */
#define COMMENT_TYPE  0
#define COMMENT_BYTES 64

static void begin(const struct nft_table *table, uint16_t message, uint16_t flags);
static void begin_in(
	struct netlink_writer *writer, uint8_t family, uint16_t message, uint16_t flags);
static void write_frame(struct netlink_writer *writer, uint16_t type);
static struct nlattr *expression_begin(
	struct netlink_writer *writer, const char *name, struct nlattr **data);
static void expression_end(
	struct netlink_writer *writer, struct nlattr *expression, struct nlattr *data);
static void put_data(struct netlink_writer *writer, uint16_t type, const void *bytes, uint32_t len);
static void compare(
	struct nft_rule *rule, uint32_t how, uint32_t reg, const void *bytes, uint32_t len);
static void look_up(struct nft_rule *rule, uint32_t reg, const struct nft_set *set, uint32_t flags);

void nft_batch_begin(struct netlink_writer *writer)
{
	writer->batch = true;
	write_frame(writer, NFNL_MSG_BATCH_BEGIN);
}

void nft_batch_end(struct netlink_writer *writer)
{
	/* netlink_queue.c waits for the answer to the message before the end. */
	if (!writer->full)
		writer->last->nlmsg_flags |= NLM_F_ACK;
	write_frame(writer, NFNL_MSG_BATCH_END);
}

void nft_add_table(const struct nft_table *table, enum nft_ownership ownership)
{
	begin(table, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	netlink_put_text(table->writer, NFTA_TABLE_NAME, table->name);
	if (ownership == NFT_OWNED)
		netlink_put_be32(table->writer, NFTA_TABLE_FLAGS, NFT_TABLE_F_OWNER);
	netlink_end(table->writer);
}

void nft_delete_table(const struct nft_table *table)
{
	begin(table, NFT_MSG_DELTABLE, 0);
	netlink_put_text(table->writer, NFTA_TABLE_NAME, table->name);
	netlink_end(table->writer);
}

void nft_delete_all_named(const struct nft_table *table)
{
	begin_in(table->writer, AF_UNSPEC, NFT_MSG_DELTABLE, 0);
	netlink_put_text(table->writer, NFTA_TABLE_NAME, table->name);
	netlink_end(table->writer);
}

void nft_add_chain(const struct nft_table *table, const struct nft_chain *chain)
{
	struct nlattr *hook;

	begin(table, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
	netlink_put_text(table->writer, NFTA_CHAIN_TABLE, table->name);
	netlink_put_text(table->writer, NFTA_CHAIN_NAME, chain->name);
	hook = netlink_nest_begin(table->writer, NFTA_CHAIN_HOOK);
	netlink_put_be32(table->writer, NFTA_HOOK_HOOKNUM, chain->hook);
	netlink_put_be32(table->writer, NFTA_HOOK_PRIORITY, (uint32_t)chain->priority);
	netlink_nest_end(table->writer, hook);
	netlink_put_be32(table->writer, NFTA_CHAIN_POLICY, NF_ACCEPT);
	netlink_put_text(table->writer, NFTA_CHAIN_TYPE, chain->type);
	netlink_end(table->writer);
}

void nft_add_set(const struct nft_table *table, const struct nft_set *set)
{
	struct nlattr *description;

	begin(table, NFT_MSG_NEWSET, NLM_F_CREATE);
	netlink_put_text(table->writer, NFTA_SET_TABLE, table->name);
	netlink_put_text(table->writer, NFTA_SET_NAME, set->name);
	netlink_put_be32(table->writer, NFTA_SET_FLAGS,
		set->filled_by_rules ? NFT_SET_EVAL : NFT_SET_CONSTANT);
	netlink_put_be32(table->writer, NFTA_SET_KEY_TYPE, set->key_type);
	netlink_put_be32(table->writer, NFTA_SET_KEY_LEN, set->key_bytes);
	netlink_put_be32(table->writer, NFTA_SET_ID, set->id);
	description = netlink_nest_begin(table->writer, NFTA_SET_DESC);
	netlink_put_be32(table->writer, NFTA_SET_DESC_SIZE, set->size);
	netlink_nest_end(table->writer, description);
	netlink_end(table->writer);
}

struct nft_elements nft_elements_begin(const struct nft_table *table, const struct nft_set *set)
{
	return (struct nft_elements){.table = table, .set = set};
}

static void begin_elements(struct nft_elements *elements)
{
	struct netlink_writer *writer = elements->table->writer;

	begin(elements->table, NFT_MSG_NEWSETELEM, NLM_F_CREATE);
	netlink_put_text(writer, NFTA_SET_ELEM_LIST_TABLE, elements->table->name);
	netlink_put_text(writer, NFTA_SET_ELEM_LIST_SET, elements->set->name);
	elements->message = netlink_nest_begin(writer, NFTA_SET_ELEM_LIST_ELEMENTS);
	elements->in_message = 0;
}

void nft_element(struct nft_elements *elements, const void *key, uint32_t key_bytes)
{
	struct netlink_writer *writer = elements->table->writer;
	struct nlattr *element;

	if (!elements->message)
		begin_elements(elements);
	element = netlink_nest_begin(writer, NFTA_LIST_ELEM);
	put_data(writer, NFTA_SET_ELEM_KEY, key, key_bytes);
	netlink_nest_end(writer, element);
	if (++elements->in_message == NFT_ELEMENTS_MAX)
		nft_elements_end(elements);
}

void nft_elements_end(struct nft_elements *elements)
{
	if (!elements->message)
		return;
	netlink_nest_end(elements->table->writer, elements->message);
	netlink_end(elements->table->writer);
	elements->message = NULL;
}

struct nft_rule nft_rule_begin(const struct nft_table *table, const char *chain)
{
	begin(table, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	netlink_put_text(table->writer, NFTA_RULE_TABLE, table->name);
	netlink_put_text(table->writer, NFTA_RULE_CHAIN, chain);
	return (struct nft_rule){
		.writer = table->writer,
		.expressions = netlink_nest_begin(table->writer, NFTA_RULE_EXPRESSIONS),
	};
}

void nft_rule_end(struct nft_rule *rule, const char *comment)
{
	uint8_t data[2 + COMMENT_BYTES] = {COMMENT_TYPE};
	size_t len = strnlen(comment, COMMENT_BYTES - 1);

	netlink_nest_end(rule->writer, rule->expressions);
	data[1] = (uint8_t)(len + 1);
	memcpy(data + 2, comment, len);
	netlink_put(rule->writer, NFTA_RULE_USERDATA, data, (uint32_t)(2 + len + 1));
	netlink_end(rule->writer);
}

void nft_load_meta(struct nft_rule *rule, uint32_t reg, uint32_t key)
{
	struct nlattr *data, *expression = expression_begin(rule->writer, "meta", &data);

	netlink_put_be32(rule->writer, NFTA_META_KEY, key);
	netlink_put_be32(rule->writer, NFTA_META_DREG, reg);
	expression_end(rule->writer, expression, data);
}

void nft_load_field(struct nft_rule *rule, uint32_t reg, struct nft_field field)
{
	struct nlattr *data, *expression = expression_begin(rule->writer, "payload", &data);

	netlink_put_be32(rule->writer, NFTA_PAYLOAD_DREG, reg);
	netlink_put_be32(rule->writer, NFTA_PAYLOAD_BASE, field.base);
	netlink_put_be32(rule->writer, NFTA_PAYLOAD_OFFSET, field.offset);
	netlink_put_be32(rule->writer, NFTA_PAYLOAD_LEN, field.bytes);
	expression_end(rule->writer, expression, data);
}

void nft_load_bytes(struct nft_rule *rule, uint32_t reg, const void *bytes, uint32_t len)
{
	struct nlattr *data, *expression = expression_begin(rule->writer, "immediate", &data);

	netlink_put_be32(rule->writer, NFTA_IMMEDIATE_DREG, reg);
	put_data(rule->writer, NFTA_IMMEDIATE_DATA, bytes, len);
	expression_end(rule->writer, expression, data);
}

void nft_load_socket_mark(struct nft_rule *rule, uint32_t reg)
{
	struct nlattr *data, *expression = expression_begin(rule->writer, "socket", &data);

	netlink_put_be32(rule->writer, NFTA_SOCKET_KEY, NFT_SOCKET_MARK);
	netlink_put_be32(rule->writer, NFTA_SOCKET_DREG, reg);
	expression_end(rule->writer, expression, data);
}

void nft_mask(struct nft_rule *rule, uint32_t reg, const void *mask, uint32_t len)
{
	static const uint8_t nothing[16];
	struct nlattr *data, *expression = expression_begin(rule->writer, "bitwise", &data);

	netlink_put_be32(rule->writer, NFTA_BITWISE_SREG, reg);
	netlink_put_be32(rule->writer, NFTA_BITWISE_DREG, reg);
	netlink_put_be32(rule->writer, NFTA_BITWISE_LEN, len);
	put_data(rule->writer, NFTA_BITWISE_MASK, mask, len);
	put_data(rule->writer, NFTA_BITWISE_XOR, nothing, len);
	expression_end(rule->writer, expression, data);
}

void nft_equals(struct nft_rule *rule, uint32_t reg, const void *bytes, uint32_t len)
{
	compare(rule, NFT_CMP_EQ, reg, bytes, len);
}

void nft_differs(struct nft_rule *rule, uint32_t reg, const void *bytes, uint32_t len)
{
	compare(rule, NFT_CMP_NEQ, reg, bytes, len);
}

void nft_outside(
	struct nft_rule *rule, uint32_t reg, const void *first, const void *last, uint32_t len)
{
	struct nlattr *data, *expression = expression_begin(rule->writer, "range", &data);

	netlink_put_be32(rule->writer, NFTA_RANGE_SREG, reg);
	netlink_put_be32(rule->writer, NFTA_RANGE_OP, NFT_RANGE_NEQ);
	put_data(rule->writer, NFTA_RANGE_FROM_DATA, first, len);
	put_data(rule->writer, NFTA_RANGE_TO_DATA, last, len);
	expression_end(rule->writer, expression, data);
}

void nft_in_set(struct nft_rule *rule, uint32_t reg, const struct nft_set *set)
{
	look_up(rule, reg, set, 0);
}

void nft_not_in_set(struct nft_rule *rule, uint32_t reg, const struct nft_set *set)
{
	look_up(rule, reg, set, NFT_LOOKUP_F_INV);
}

void nft_remember(struct nft_rule *rule, uint32_t reg, const struct nft_set *set)
{
	struct nlattr *data, *expression = expression_begin(rule->writer, "dynset", &data);

	netlink_put_text(rule->writer, NFTA_DYNSET_SET_NAME, set->name);
	netlink_put_be32(rule->writer, NFTA_DYNSET_SET_ID, set->id);
	netlink_put_be32(rule->writer, NFTA_DYNSET_OP, NFT_DYNSET_OP_ADD);
	netlink_put_be32(rule->writer, NFTA_DYNSET_SREG_KEY, reg);
	expression_end(rule->writer, expression, data);
}

void nft_to_this_host(struct nft_rule *rule, uint32_t reg)
{
	struct nlattr *data, *expression = expression_begin(rule->writer, "fib", &data);
	/* RTN_LOCAL of linux/rtnetlink.h; the register has it in the machine's own order. */
	const uint32_t local = 2;

	netlink_put_be32(rule->writer, NFTA_FIB_DREG, reg);
	netlink_put_be32(rule->writer, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	netlink_put_be32(rule->writer, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
	expression_end(rule->writer, expression, data);
	nft_equals(rule, reg, &local, sizeof(local));
}

void nft_snat(struct nft_rule *rule, uint8_t family, uint32_t address_reg, struct nft_ports ports)
{
	struct nlattr *data, *expression = expression_begin(rule->writer, "nat", &data);

	netlink_put_be32(rule->writer, NFTA_NAT_TYPE, NFT_NAT_SNAT);
	netlink_put_be32(
		rule->writer, NFTA_NAT_FAMILY, family == AF_INET6 ? NFPROTO_IPV6 : NFPROTO_IPV4);
	netlink_put_be32(rule->writer, NFTA_NAT_REG_ADDR_MIN, address_reg);
	if (ports.first_reg) {
		netlink_put_be32(rule->writer, NFTA_NAT_REG_PROTO_MIN, ports.first_reg);
		netlink_put_be32(rule->writer, NFTA_NAT_REG_PROTO_MAX, ports.last_reg);
	}
	expression_end(rule->writer, expression, data);
}

void nft_masquerade(struct nft_rule *rule, struct nft_ports ports)
{
	struct nlattr *data, *expression = expression_begin(rule->writer, "masq", &data);

	if (ports.first_reg) {
		netlink_put_be32(rule->writer, NFTA_MASQ_REG_PROTO_MIN, ports.first_reg);
		netlink_put_be32(rule->writer, NFTA_MASQ_REG_PROTO_MAX, ports.last_reg);
	}
	expression_end(rule->writer, expression, data);
}

void nft_notrack(struct nft_rule *rule)
{
	struct nlattr *expression = netlink_nest_begin(rule->writer, NFTA_LIST_ELEM);

	netlink_put_text(rule->writer, NFTA_EXPR_NAME, "notrack");
	netlink_nest_end(rule->writer, expression);
}

void nft_dup(struct nft_rule *rule, uint32_t address_reg, uint32_t interface_reg)
{
	struct nlattr *data, *expression = expression_begin(rule->writer, "dup", &data);

	netlink_put_be32(rule->writer, NFTA_DUP_SREG_ADDR, address_reg);
	netlink_put_be32(rule->writer, NFTA_DUP_SREG_DEV, interface_reg);
	expression_end(rule->writer, expression, data);
}

void nft_verdict(struct nft_rule *rule, uint32_t verdict)
{
	struct nlattr *data, *expression = expression_begin(rule->writer, "immediate", &data);
	struct nlattr *value, *code;

	netlink_put_be32(rule->writer, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	value = netlink_nest_begin(rule->writer, NFTA_IMMEDIATE_DATA);
	code = netlink_nest_begin(rule->writer, NFTA_DATA_VERDICT);
	netlink_put_be32(rule->writer, NFTA_VERDICT_CODE, verdict);
	netlink_nest_end(rule->writer, code);
	netlink_nest_end(rule->writer, value);
	expression_end(rule->writer, expression, data);
}

void nft_get_table(const struct nft_table *table)
{
	begin(table, NFT_MSG_GETTABLE, NLM_F_ACK);
	netlink_put_text(table->writer, NFTA_TABLE_NAME, table->name);
	netlink_end(table->writer);
}

void nft_dump(const struct nft_table *table, uint16_t message)
{
	begin(table, message, NLM_F_DUMP);
	/* NFTA_CHAIN_TABLE, NFTA_RULE_TABLE and NFTA_SET_TABLE are the same number. */
	netlink_put_text(table->writer, NFTA_RULE_TABLE, table->name);
	netlink_end(table->writer);
}

void nft_dump_elements(const struct nft_table *table, const char *set)
{
	begin(table, NFT_MSG_GETSETELEM, NLM_F_DUMP);
	netlink_put_text(table->writer, NFTA_SET_ELEM_LIST_TABLE, table->name);
	netlink_put_text(table->writer, NFTA_SET_ELEM_LIST_SET, set);
	netlink_end(table->writer);
}

static void begin(const struct nft_table *table, uint16_t message, uint16_t flags)
{
	begin_in(table->writer, table->family ? table->family : NFPROTO_INET, message, flags);
}

static void begin_in(
	struct netlink_writer *writer, uint8_t family, uint16_t message, uint16_t flags)
{
	struct nfgenmsg header = {.nfgen_family = family, .version = NFNETLINK_V0};

	netlink_begin(writer, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | message), flags, &header,
		sizeof(header));
}

/* The two brackets around a batch name the subsystem instead of a family. */
static void write_frame(struct netlink_writer *writer, uint16_t type)
{
	struct nfgenmsg header = {
		.nfgen_family = AF_UNSPEC,
		.version = NFNETLINK_V0,
		.res_id = htons(NFNL_SUBSYS_NFTABLES),
	};

	netlink_begin(writer, type, 0, &header, sizeof(header));
	netlink_end(writer);
}

static struct nlattr *expression_begin(
	struct netlink_writer *writer, const char *name, struct nlattr **data)
{
	struct nlattr *expression = netlink_nest_begin(writer, NFTA_LIST_ELEM);

	netlink_put_text(writer, NFTA_EXPR_NAME, name);
	*data = netlink_nest_begin(writer, NFTA_EXPR_DATA);
	return expression;
}

static void expression_end(
	struct netlink_writer *writer, struct nlattr *expression, struct nlattr *data)
{
	netlink_nest_end(writer, data);
	netlink_nest_end(writer, expression);
}

static void put_data(struct netlink_writer *writer, uint16_t type, const void *bytes, uint32_t len)
{
	struct nlattr *data = netlink_nest_begin(writer, type);

	netlink_put(writer, NFTA_DATA_VALUE, bytes, len);
	netlink_nest_end(writer, data);
}

static void compare(
	struct nft_rule *rule, uint32_t how, uint32_t reg, const void *bytes, uint32_t len)
{
	struct nlattr *data, *expression = expression_begin(rule->writer, "cmp", &data);

	netlink_put_be32(rule->writer, NFTA_CMP_SREG, reg);
	netlink_put_be32(rule->writer, NFTA_CMP_OP, how);
	put_data(rule->writer, NFTA_CMP_DATA, bytes, len);
	expression_end(rule->writer, expression, data);
}

static void look_up(struct nft_rule *rule, uint32_t reg, const struct nft_set *set, uint32_t flags)
{
	struct nlattr *data, *expression = expression_begin(rule->writer, "lookup", &data);

	netlink_put_text(rule->writer, NFTA_LOOKUP_SET, set->name);
	netlink_put_be32(rule->writer, NFTA_LOOKUP_SREG, reg);
	if (flags)
		netlink_put_be32(rule->writer, NFTA_LOOKUP_FLAGS, flags);
	expression_end(rule->writer, expression, data);
}
