/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat.h - the inner network's way out, and what must not be tracked on the way in.
 * Source: torc.conf's nat block; the kernel's nf_tables.
 * Pure:   one batch of messages out, rows in.  Owns nothing. */
#ifndef TORC_VRRP_NAT_H
#define TORC_VRRP_NAT_H

#include "vrrp/netlink.h"

#define NAT_TABLE "torc"

/* Fewer ports than these are no range for translated connections. */
#define NAT_PORTS_MIN 1024u

struct nat_ports {
	uint16_t first, last; /* last 0: none */
};

struct nat_plan {
	const struct vrrp_nat *const *translations;
	uint32_t translation_count;
	/* Not tracked, both ways: connections to these ends on this host, and ... */
	const struct vrrp_end *listeners;
	uint32_t listener_count;
	/* ... of this host to these servers (forwarded requests and probes). */
	const struct vrrp_end *servers;
	uint32_t server_count;
	/* Also what carries this mark (SO_MARK of its socket); 0: none. */
	uint32_t mark;
	/* What this host's own connections are made from; none where that is not known. */
	struct nat_ports local;
	/* Source ports of translated connections; none: the kernel keeps the port where it can.
	 * With a range, no translated connection can end up on the port of a listener, where its
	 * answers would go untracked. */
	struct nat_ports ports;
	/* Of those to a server outside of the translated networks, which an inner host may call as
	 * we do: by this range their answers are told from answers to us.  None: there is no such
	 * range, and connections to these servers are tracked. */
	struct nat_ports outer_ports;
};

/* Sets ports and outer_ports: the widest ranges from 1024 on that no listener has, the latter not
 * in `local` either; the first one none without listeners. */
void nat_choose_ports(struct nat_plan *plan);

/* Connection tracking begins when the translations are there.  Written without them first, the
 * table finds connections of ours that are under way already exempt. */
enum nat_extent { NAT_UNTRACKED, NAT_WHOLE };
/* An upper bound of what nat_write_replace() writes. */
uint32_t nat_bytes(const struct nat_plan *plan);
/* One batch: the table as it was, if there was one, makes room for this one at the same instant.
 * The table belongs to the socket that sends the batch and goes with it; with -EPERM another
 * process has it. */
void nat_write_replace(
	struct netlink_writer *writer, const struct nat_plan *plan, enum nat_extent extent);
/* No error where there is none. */
void nat_write_delete(struct netlink_writer *writer);

/* ---- nat_ends.c: the ends in groups, of which each is one rule ---- */

enum nat_group {
	NAT_LISTENERS,
	NAT_LISTENERS6,
	NAT_PORTS,   /* listeners of any address */
	NAT_SERVERS, /* in a translated network */
	NAT_SERVERS6,
	NAT_OUTER, /* and elsewhere */
	NAT_OUTER6,
	NAT_GROUPS, /* none: is tracked, or is in no need of it */
};

/* What the ends of a group have in common is compared, which is quick; what differs is looked up in
 * a set. */
struct nat_form {
	uint32_t count;
	const struct vrrp_end *first;
	bool has_address; /* they have one */
	bool one_address, one_port;
};

enum nat_kind { NAT_LISTENER, NAT_SERVER };

/* All translations are of IPv4: the table then is, too, and IPv6 does without hooks. */
bool nat_is_ipv4(const struct nat_plan *plan);
enum nat_group nat_group_of(
	const struct nat_plan *plan, const struct vrrp_end *end, enum nat_kind kind);
void nat_sort(const struct nat_plan *plan, struct nat_form forms[NAT_GROUPS]);
/* The key of an endpoint in its group's set; `key` has NAT_KEY_BYTES.  Returns how many are its
 * own: 0 when there is no set. */
#define NAT_KEY_BYTES 20
uint32_t nat_key(char *key, const struct nat_form *form, const struct vrrp_end *end);
extern const char *const nat_set_names[NAT_GROUPS];

/* ---- nat_check.c ---- */

/* Reading back.  The plan is written once more, into the caller's scratch, and every row that the
 * kernel lists is held against it: all that was asked for must be there with the same values (the
 * kernel adds defaults), and nothing else. */
struct nat_check {
	const struct nat_plan *plan;
	struct nat_form forms[NAT_GROUPS];
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
	NAT_LIST_ELEMENTS, /* of the first group's set, and of all others */
	NAT_LISTINGS = NAT_LIST_ELEMENTS + NAT_GROUPS,
};
/* False when the plan has nothing to list there, for which the kernel's answer is an error. */
bool nat_has_list(const struct nat_plan *plan, enum nat_listing listing);
void nat_write_list(
	struct netlink_writer *writer, const struct nat_plan *plan, enum nat_listing listing);
void nat_check_row(struct nat_check *check, const struct nlmsghdr *message);
/* True when all that is wanted was seen, and nothing else. */
bool nat_check_end(const struct nat_check *check);

#endif
