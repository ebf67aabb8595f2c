/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nft.h - the words of nf_tables: batches, tables, chains, sets, and the expressions of a rule.
 * Source: the kernel's include/uapi/linux/netfilter/nf_tables.h.
 * Pure:   writes messages.  Numbers in attributes are big-endian, other than in rtnetlink.
 *
 * A rule is a small program over registers: load a value, compare it or look it up (a comparison
 * that fails ends the rule), act.  Registers are named as the kernel counts them: NFT_REG_1 has 16
 * bytes, NFT_REG32_00 + n has 4, and both name the same memory. */
#ifndef TORC_VRRP_NFT_H
#define TORC_VRRP_NFT_H

#include "vrrp/netlink.h"
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

/* A key made of several values starts at NFT_REG_1 and goes on in these. */
#define NFT_REG_1_SECOND NFT_REG32_01 /* after 4 bytes */
#define NFT_REG_1_THIRD	 NFT_REG32_02 /* after 8 */
#define NFT_REG_1_FIFTH	 NFT_REG_2    /* after 16 */
#define NFT_REG_1_SIXTH	 NFT_REG32_05 /* after 20 */

/* All that is written between the two happens at one instant, or not at all. */
void nft_batch_begin(struct netlink_writer *writer);
void nft_batch_end(struct netlink_writer *writer);

/* What is written for it belongs to this table. */
struct nft_table {
	struct netlink_writer *writer;
	const char *name;
	uint8_t family; /* NFPROTO_*; NFPROTO_UNSPEC: NFPROTO_INET */
};

enum nft_ownership { NFT_AS_IT_IS, NFT_OWNED };
/* An owned table goes with the socket that made it, and nobody else may touch it. */
void nft_add_table(const struct nft_table *table, enum nft_ownership ownership);
void nft_delete_table(const struct nft_table *table);
/* Of every family, those that others own excepted; no error where there is none. */
void nft_delete_all_named(const struct nft_table *table);

struct nft_chain {
	const char *name, *type; /* "filter", "nat" */
	uint32_t hook;		 /* NF_INET_* */
	int32_t priority;	 /* NF_IP_PRI_* */
};
void nft_add_chain(const struct nft_table *table, const struct nft_chain *chain);

struct nft_set {
	const char *name;
	uint32_t id;	    /* unlike any other in this batch */
	uint32_t key_type;  /* nft's own numbers, so that `nft list` can show the keys */
	uint32_t key_bytes; /* each part rounded up to 4 */
	uint32_t size;
	bool filled_by_rules; /* nft_remember(); else its elements are all there is */
};
void nft_add_set(const struct nft_table *table, const struct nft_set *set);
/* Elements are added by the message, each at most NFT_ELEMENTS_MAX; no message where none is added.
 */
#define NFT_ELEMENTS_MAX 512u
struct nft_elements {
	const struct nft_table *table;
	const struct nft_set *set;
	struct nlattr *message; /* the one being written; NULL: none */
	uint32_t in_message;
};
struct nft_elements nft_elements_begin(const struct nft_table *table, const struct nft_set *set);
void nft_element(struct nft_elements *elements, const void *key, uint32_t key_bytes);
void nft_elements_end(struct nft_elements *elements);

struct nft_rule {
	struct netlink_writer *writer;
	struct nlattr *expressions;
};
struct nft_rule nft_rule_begin(const struct nft_table *table, const char *chain);
/* The comment is what `nft list ruleset` shows behind the rule. */
void nft_rule_end(struct nft_rule *rule, const char *comment);

void nft_load_meta(struct nft_rule *rule, uint32_t reg, uint32_t key);
struct nft_field {
	uint32_t base, offset, bytes; /* NFT_PAYLOAD_* */
};
void nft_load_field(struct nft_rule *rule, uint32_t reg, struct nft_field field);
void nft_load_bytes(struct nft_rule *rule, uint32_t reg, const void *bytes, uint32_t len);
/* The mark of the socket on this host to which the packet belongs. */
void nft_load_socket_mark(struct nft_rule *rule, uint32_t reg);
void nft_mask(struct nft_rule *rule, uint32_t reg, const void *mask, uint32_t len);
void nft_equals(struct nft_rule *rule, uint32_t reg, const void *bytes, uint32_t len);
void nft_differs(struct nft_rule *rule, uint32_t reg, const void *bytes, uint32_t len);
/* The register's bytes, as the network has them, are below the first or above the last. */
void nft_outside(
	struct nft_rule *rule, uint32_t reg, const void *first, const void *last, uint32_t len);
void nft_in_set(struct nft_rule *rule, uint32_t reg, const struct nft_set *set);
void nft_not_in_set(struct nft_rule *rule, uint32_t reg, const struct nft_set *set);
/* Adds the key to the set.  In a set that is full this ends the rule, as a comparison does. */
void nft_remember(struct nft_rule *rule, uint32_t reg, const struct nft_set *set);
/* The packet's destination is an address of this host. */
void nft_to_this_host(struct nft_rule *rule, uint32_t reg);

/* Registers of the translation's values; 0 where there is none. */
struct nft_ports {
	uint32_t first_reg, last_reg;
};
void nft_snat(struct nft_rule *rule, uint8_t family, uint32_t address_reg, struct nft_ports ports);
void nft_masquerade(struct nft_rule *rule, struct nft_ports ports);
void nft_notrack(struct nft_rule *rule);
/* A copy of the packet goes to this neighbour on that interface.  For tables of family ip and ip6,
 * whose packets it copies. */
void nft_dup(struct nft_rule *rule, uint32_t address_reg, uint32_t interface_reg);
/* NF_ACCEPT, NF_DROP: the packet's end in this chain. */
void nft_verdict(struct nft_rule *rule, uint32_t verdict);

/* Listing: what is there of this table.  Rows are read by nat.h. */
void nft_get_table(const struct nft_table *table);
void nft_dump(const struct nft_table *table, uint16_t message);
void nft_dump_elements(const struct nft_table *table, const char *set);

#endif
