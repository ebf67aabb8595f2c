/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_draft.h - what has been read of keepalived's files before the tables are made.
 *
 * A word may come before the one that it depends on (global defaults behind the instances that
 * take them, a script behind the instance that tracks it), so what was not written is kept apart
 * from what was, names stay names, and everything is put together at the end.
 * Owns: nothing beyond the arena. */
#ifndef TORC_CORE_CONFIG_KEEPALIVED_DRAFT_H
#define TORC_CORE_CONFIG_KEEPALIVED_DRAFT_H

#include "core/config/config.h"
#include "core/config/names.h"
#include "core/config/torc_appliance.h"
#include "core/config/vrrp_model.h"

#define UNSET_TIME  UINT64_MAX
#define UNSET_COUNT UINT32_MAX
#define UNSET	    ((int8_t)-1) /* a switch that was not written */

/* Rows of one size that grow; their addresses change. */
struct draft_rows {
	void *at;
	uint32_t count, capacity;
};

/* A new row of zeros at the end. */
void *draft_rows_add(struct arena *arena, struct draft_rows *rows, size_t row_bytes);

/* What instances may say for themselves and global_defs for all. */
struct garp_draft {
	uint64_t delay_us, refresh_us, lower_delay_us;
	uint32_t repeat, refresh_repeat, lower_repeat;
	uint64_t extra_us; /* garp_extra_if */
	bool extra_all;
};

struct switch_draft {
	int8_t strict, skip_check_adv_addr, lower_prio_no_advert, higher_prio_send_advert,
		check_unicast_source, priority_changes, plain_checksum;
};

struct binding_draft {
	const char *name;
	uint8_t kind; /* enum vrrp_tracker_kind */
	bool weight_given, reverse_given, reverse;
	int32_t weight;
	uint32_t minimum; /* backend */
	struct place place;
	struct tracker_draft *tracker; /* once it is looked up */
};

struct tracker_draft {
	struct vrrp_tracker row;
	struct place place;
	bool used, faulty; /* faulty: its block has errors of its own */
	uint32_t index;	   /* in the finished table; only what is used gets there */
	struct tracker_draft *next;
};

struct instance_draft {
	struct vrrp_instance row;
	struct place place; /* of the block with keepalived's words; file NULL: none yet */
	struct place first; /* of the first block of this name */
	struct draft_rows addresses, excluded, routes, rules, peers, bindings;
	struct garp_draft garp;
	struct switch_draft switches;
	uint32_t down_adverts; /* UNSET_COUNT */
	uint8_t version;       /* written; 0 not */
	int8_t accept;	       /* UNSET, 0, 1 */
	bool no_addresses;     /* no_virtual_ipaddress */
	bool mac_lacks_number; /* of use_vmac: its last octet is the router's number */
	bool native_ipv6, auth_pass_given, has_torc_words, advised_group, faulty;
	struct group_draft *group;
	struct instance_draft *next;
};

struct group_draft {
	struct vrrp_group row;
	struct place place;
	struct draft_rows members; /* struct member_draft */
	struct draft_rows bindings;
	struct switch_draft switches;
	uint32_t index;
	bool faulty; /* its block has errors of its own */
	struct group_draft *next;
};

struct member_draft {
	const char *name;
	struct place place;
};

/* garp_group: the intervals of some interfaces. */
struct garp_group_draft {
	uint64_t garp_interval_us, gna_interval_us;
	struct draft_rows interfaces; /* const char * */
	struct place place;
	struct garp_group_draft *next;
};

struct nat_draft {
	struct vrrp_nat row;
	struct place place;
	bool source_given;
};

struct vrrp_draft {
	struct vrrp_global global;
	struct garp_draft garp;
	struct switch_draft switches;
	uint64_t garp_interval_us, gna_interval_us;
	uint32_t down_adverts;
	uint8_t version; /* vrrp_version; 2 unless written */
	int8_t min_garp;
	struct vrrp_ip group4, group6;
	char default_interface[IF_NAMESIZE];
	char iproute_etc[VRRP_PATH_BYTES], iproute_usr[VRRP_PATH_BYTES]; /* "": the usual ones */
	bool script_user_given;

	struct names instance_names, group_names, script_names, file_names, process_names,
		interface_names, backend_names, vmac_names;
	struct instance_draft *instances, **instances_tail;
	struct group_draft *groups, **groups_tail;
	struct tracker_draft *trackers, **trackers_tail;
	struct garp_group_draft *garp_groups;
	struct draft_rows static_addresses, static_routes, static_rules;
	struct draft_rows nats;	     /* struct nat_draft */
	struct draft_rows delays;    /* struct vrrp_delay */
	struct appliance *appliance; /* NULL: no such block */
	uint32_t instance_count, group_count, tracker_count, address_count, rules_numbered;
};

/* Into zeros: everything unset. */
void vrrp_draft_init(struct vrrp_draft *draft);

struct keepalived_reader;

/* keepalived_complete.c: what was not written takes its preset, names are looked up. */
void keepalived_complete(struct keepalived_reader *reader);
/* keepalived_check.c: what is wrong with the whole. */
void keepalived_check(struct keepalived_reader *reader);
/* keepalived_interface.c: the interfaces that are named and not there. */
void keepalived_check_interfaces(struct keepalived_reader *reader);
/* keepalived_advice.c: what is right and yet will not do what its writer hopes. */
void keepalived_advise(struct keepalived_reader *reader);
/* keepalived_tables.c: the draft becomes the finished tables. */
struct vrrp_config *keepalived_make_tables(struct keepalived_reader *reader);

/* keepalived_ends.c: the ends of the balancer's own connections (struct vrrp_end), sorted, each
 * once; none where nothing is translated. */
void keepalived_collect_ends(
	struct keepalived_reader *reader, struct draft_rows *listeners, struct draft_rows *servers);

/* A message of the whole, at a place of its own. */
void keepalived_say(struct keepalived_reader *reader, enum message_kind kind, struct place place,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
