/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat.h - the inner network's way out, and what must not be tracked on the way in.
 * Source: torc.conf's nat block; the kernel's nf_tables.
 * Pure:   one batch of messages out, rows in.  Owns nothing. */
#ifndef TORC_VRRP_NAT_H
#define TORC_VRRP_NAT_H

#include "vrrp/netlink.h"

#define NAT_TABLE "torc"

struct nat_plan {
	const struct vrrp_nat *const *translations;
	uint32_t translation_count;
	/* Source ports of translated connections; 0 as last port: the kernel keeps the port where
	 * it can.  With a range, no translated connection can end up on the port of a listener,
	 * where its answers would go untracked; so a range is given wherever there are listeners
	 * on the translated address with ports within reach of clients. */
	uint16_t first_port, last_port;
	/* Not tracked, both ways: connections to these ends on this host, and ... */
	const struct vrrp_end *listeners;
	uint32_t listener_count;
	/* ... of this host to these servers (forwarded requests and probes). */
	const struct vrrp_end *servers;
	uint32_t server_count;
	/* Also what carries this mark (SO_MARK of its socket); 0: none. */
	uint32_t mark;
};

/* Sets first_port and last_port: the widest range of ports from 1024 on that no listener has; none
 * without listeners. */
void nat_choose_ports(struct nat_plan *plan);
/* An upper bound of what nat_write_replace() writes. */
uint32_t nat_bytes(const struct nat_plan *plan);
/* One batch: the table as it was, if there was one, makes room for this one at the same instant.
 * The table belongs to the socket that sends the batch and goes with it; with -EPERM another
 * process has it. */
void nat_write_replace(struct netlink_writer *writer, const struct nat_plan *plan);
/* -ENOENT when there is none. */
void nat_write_delete(struct netlink_writer *writer);

/* The key of an endpoint in its set; `key` has 24 bytes.  Returns how many are its own. */
uint32_t nat_key(char *key, const struct vrrp_end *end);

/* Reading back.  The plan is written once more, into the caller's scratch, and every row that the
 * kernel lists is held against it: all that was asked for must be there with the same values (the
 * kernel adds defaults), and nothing else. */
struct nat_check {
	const struct nat_plan *plan;
	const char *wanted; /* the messages of the batch that would be sent */
	uint32_t wanted_bytes;
	uint32_t tables, chains, sets, rules, elements; /* seen, and as wanted */
	uint32_t differences;				/* seen, and not as wanted */
	uint32_t owner; /* the port of the socket that has the table; 0: nobody's */
};

/* `scratch` has nat_bytes(plan), aligned to 4. */
void nat_check_begin(struct nat_check *check, const struct nat_plan *plan, char *scratch);
enum nat_listing {
	NAT_LIST_TABLE,
	NAT_LIST_CHAINS,
	NAT_LIST_SETS,
	NAT_LIST_RULES,
	NAT_LIST_ELEMENTS, /* of one set, and of four more */
	NAT_LISTINGS = NAT_LIST_ELEMENTS + 5,
};
/* False when the plan has nothing to list there, for which the kernel's answer is an error. */
bool nat_has_list(const struct nat_plan *plan, enum nat_listing listing);
void nat_write_list(struct netlink_writer *writer, enum nat_listing listing);
void nat_check_row(struct nat_check *check, const struct nlmsghdr *message);
/* True when all that is wanted was seen, and nothing else. */
bool nat_check_end(const struct nat_check *check);

#endif
