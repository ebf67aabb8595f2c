/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vrrp_model.h - what keepalived.conf and torc.conf say, as flat tables.
 *
 * The keeper never parses: the planner reads the files and hands these tables over as bytes. So
 * there are no pointers in them; one thing refers to others of its kind by a range of a table
 * (struct vrrp_range), and text has a fixed place.  Times are microseconds unless the name says
 * otherwise, 0 is "not set" where no default stands beside the field.
 *
 * Words are keepalived's; docs/KEEPALIVED.md says what each does. */
#ifndef TORC_CORE_CONFIG_VRRP_MODEL_H
#define TORC_CORE_CONFIG_VRRP_MODEL_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VRRP_MODEL_VERSION 3u

#define VRRP_NAME_BYTES	   64
#define VRRP_COMMAND_BYTES 1024
#define VRRP_PATH_BYTES	   256
#define VRRP_AUTH_BYTES	   8
#define VRRP_INSTANCES_MAX 255
#define VRRP_ADDRESSES_MAX 4096 /* in all tables together */
#define VRRP_TRACKERS_MAX  1024
#define VRRP_ENDS_MAX	   4096 /* listeners and servers that are not tracked */

/* Beside a group's number in a `gid`: the user's other groups, too. */
#define VRRP_WITH_GROUPS ((int64_t)1 << 32)

/* Rows [first, first + count) of the table that the field's name says. */
struct vrrp_range {
	uint32_t first, count;
};

struct vrrp_ip {
	uint8_t family;	   /* AF_INET, AF_INET6; AF_UNSPEC: none */
	uint8_t bytes[16]; /* network order */
};

struct vrrp_place {
	char file[VRRP_PATH_BYTES];
	uint32_t line;
};

/* virtual_ipaddress, virtual_ipaddress_excluded, static_ipaddress */
struct vrrp_address {
	struct vrrp_ip ip, peer, broadcast;
	uint8_t prefix_bits;	     /* 32 or 128 unless written */
	char interface[IF_NAMESIZE]; /* of the instance unless written */
	char label[IF_NAMESIZE];
	uint8_t scope;			     /* RT_SCOPE_*; universe unless written */
	bool manages_temporary, joins_group; /* mngtmpaddr, autojoin */
	/* deprecated: preferred_lft 0, which is what an IPv6 address of 128 bits has by itself */
	bool no_dad, home, no_prefix_route, no_track, deprecated;
};

#define VRRP_METRICS 18 /* RTAX_FASTOPEN_NO_COOKIE is the last one */

#define VRRP_HOPS_PER_ROUTE_MAX 16 /* next hops of a route */
#define VRRP_ENCAPS_MAX		4  /* different encapsulations of a route's hops */
#define VRRP_LABELS_MAX		8  /* of an encapsulation: labels, or segments */
#define VRRP_ALGORITHM_BYTES	16 /* TCP_CA_NAME_MAX */

/* `encap`: what packets that go this way are wrapped into. */
struct vrrp_encap {
	uint8_t type;	   /* LWTUNNEL_ENCAP_MPLS, _IP, _IP6, _SEG6 */
	uint8_t hops, tos; /* ttl or hoplimit, tos or tc; 0 not written */
	uint8_t mode;	   /* SEG6_IPTUN_MODE_* */
	uint8_t count;	   /* of labels or segments */
	uint16_t flags;
	uint64_t id;
	struct vrrp_ip to, from;
	union {
		uint32_t labels[VRRP_LABELS_MAX];
		uint8_t segments[VRRP_LABELS_MAX][16];
	};
};

/* `nexthop` */
struct vrrp_hop {
	struct vrrp_ip via; /* may be AF_UNSPEC */
	char interface[IF_NAMESIZE];
	uint32_t index; /* of the interface: filled in by who asks the kernel */
	uint32_t realms;
	uint16_t weight; /* 1 .. 256 */
	bool on_link;
	uint8_t encap; /* one more than its place among the route's; 0 none */
};

/* Where a route is put among those of the same destination. */
enum vrrp_adding {
	VRRP_ADD,     /* nowhere, if there is one */
	VRRP_PREPEND, /* keepalived's preset */
	VRRP_APPEND,
};

/* virtual_routes, static_routes */
struct vrrp_route {
	struct vrrp_ip to, from, via;
	uint8_t to_bits, from_bits;
	char interface[IF_NAMESIZE];
	uint32_t table, metric;	       /* table 0: main */
	uint8_t scope, type, protocol; /* RT_SCOPE_*, RTN_*, RTPROT_* */
	bool on_link, no_track;
	uint8_t family; /* AF_INET unless an address says otherwise */
	uint8_t tos;
	bool scope_given;      /* else the scope follows from the rest, as ip(8) has it */
	struct vrrp_ip source; /* `src`: of what is sent this way; may be AF_UNSPEC */
	uint32_t realms;       /* from << 16 | to */
	/* By RTAX_*, in the kernel's units; 0 the kernel's own.  RTAX_LOCK is a mask of those that
	 * are not to be found out. */
	uint32_t metrics[VRRP_METRICS];
	char congestion[VRRP_ALGORITHM_BYTES]; /* congctl */
	uint8_t adding;			       /* enum vrrp_adding */
	uint8_t preference;		       /* `pref`: ICMPV6_ROUTER_PREF_*; 0 medium */
	uint8_t encap;			       /* as of a hop: of the route's own way */
	uint8_t hop_count, encap_count;
	struct vrrp_hop hops[VRRP_HOPS_PER_ROUTE_MAX];
	struct vrrp_encap encaps[VRRP_ENCAPS_MAX];
};

/* virtual_rules, static_rules */
struct vrrp_rule {
	struct vrrp_ip from, to;
	uint8_t from_bits, to_bits;
	char in_interface[IF_NAMESIZE], out_interface[IF_NAMESIZE];
	uint32_t table, priority, mark, mask;
	bool no_track;
	uint8_t family; /* AF_INET unless an address or `inet6` says otherwise */
	bool mark_given;
	uint8_t action;			    /* FR_ACT_*; 0: to the table */
	uint32_t target;		    /* of FR_ACT_GOTO: a priority */
	uint8_t tos, ip_protocol, protocol; /* protocol: RTPROT_*, 0 keepalived's */
	uint32_t realms;
	bool inverted, l3mdev, uid_given;
	uint32_t uid_first, uid_last;
	uint64_t tunnel;					       /* tun_id; 0 any */
	uint16_t source_first, source_last, target_first, target_last; /* ports; 0 any */
	/* suppress_prefixlength, suppress_ifgroup, and one more; 0: not written */
	uint32_t suppress_prefix, suppress_group;
};

enum vrrp_tracker_kind {
	VRRP_TRACK_SCRIPT,
	VRRP_TRACK_SERVING, /* a script that asks whether haproxy lives: the balancer's
			     * own heartbeats answer, nothing is executed */
	VRRP_TRACK_FILE,
	VRRP_TRACK_PROCESS,
	VRRP_TRACK_INTERFACE,
	VRRP_TRACK_BACKEND, /* torc's own: track_backend NAME min N */
};

/* One thing that is watched, once, however many instances look at it. */
struct vrrp_tracker {
	char name[VRRP_NAME_BYTES];	  /* or the interface, the process, the backend */
	uint8_t kind;			  /* enum vrrp_tracker_kind */
	char command[VRRP_COMMAND_BYTES]; /* words separated by NUL, ended by an empty word */
	char path[VRRP_PATH_BYTES];	  /* track_file */
	uint64_t interval_us, timeout_us;
	uint32_t rise, fall;
	int32_t weight; /* -253 .. 253; files: factor */
	bool reverse, init_fail;
	int64_t uid, gid; /* -1: the default script user */
	uint32_t minimum; /* backend: servers up; process: quorum */
	struct vrrp_place place;
	uint32_t maximum;		     /* process: quorum_max; UINT32_MAX none */
	uint64_t up_delay_us, down_delay_us; /* process: fork_delay, terminate_delay */
	uint8_t match;			     /* process: enum vrrp_match */
	bool match_given;		     /* process: without parameters it must have none */
	bool full_command;		/* process: its whole command line, not its name alone */
	bool make_file, overwrite_file; /* file: init_file, and with `overwrite` */
	int32_t file_value;		/* file: what init_file writes */
};

/* How the arguments of a process compare with those of the configuration. */
enum vrrp_match {
	VRRP_MATCH_EXACT,
	VRRP_MATCH_PARTIAL, /* the first ones are equal, more may follow */
	VRRP_MATCH_INITIAL, /* the last one may be longer */
};

/* An instance (or a group) looks at a tracker. */
struct vrrp_binding {
	uint32_t tracker;
	int32_t weight; /* the tracker's unless written */
	bool reverse;
};

enum vrrp_notify_kind {
	VRRP_NOTIFY_MASTER,
	VRRP_NOTIFY_BACKUP,
	VRRP_NOTIFY_FAULT,
	VRRP_NOTIFY_STOP,
	VRRP_NOTIFY_ANY,
	VRRP_NOTIFY_LOWER,   /* notify_master_rx_lower_pri */
	VRRP_NOTIFY_DELETED, /* gone with a reload */
	VRRP_NOTIFY_KINDS,
};

struct vrrp_notify {
	/* words separated by NUL, ended by an empty word */
	char command[VRRP_NOTIFY_KINDS][VRRP_PATH_BYTES];
	int64_t uid[VRRP_NOTIFY_KINDS], gid[VRRP_NOTIFY_KINDS]; /* -1: the default script user */
	bool says_deleted;     /* `notify` and the FIFO say DELETED instead of FAULT */
	bool priority_changes; /* the FIFO hears of priorities, too */
};

/* unicast_peer */
struct vrrp_peer {
	struct vrrp_ip ip;
	uint8_t least_hops,
		most_hops; /* of its adverts: min_ttl, max_ttl; 0 and 255 unless written */
};

struct vrrp_instance {
	char name[VRRP_NAME_BYTES];
	char interface[IF_NAMESIZE];
	uint8_t family;	   /* of the adverts */
	uint8_t version;   /* 2 or 3 */
	uint8_t router_id; /* 1 .. 255 */
	uint8_t priority;  /* 1 .. 255; 100 unless written */
	bool wants_master; /* state MASTER */
	bool no_preempt, accept, use_vmac, vmac_xmit_base, dont_track_primary, promote_secondaries,
		checksum_without_pseudo_header, /* v3 on IPv4: as RFC 9568 says */
		strict, skip_check_adv_addr, higher_prio_send_advert;
	char vrf[IF_NAMESIZE];		  /* unicast without an interface: or anywhere */
	char vmac_interface[IF_NAMESIZE]; /* with use_vmac never empty */
	uint32_t vmac_group;		  /* of interfaces */
	bool vmac_mac_given;
	uint8_t vmac_mac[6]; /* else the one of the protocol */
	uint64_t advert_us;  /* 1 s unless written */
	uint64_t preempt_delay_us;
	uint8_t auth_type; /* 0 none, 1 PASS */
	uint8_t auth_data[VRRP_AUTH_BYTES];
	struct vrrp_ip source;	      /* mcast_src_ip, unicast_src_ip */
	struct vrrp_ip group_address; /* of the multicast; unspecified: 224.0.0.18, ff02::12 */
	struct vrrp_range peers;      /* unicast_peer; table `peers` */
	uint8_t ttl;		      /* unicast_ttl; 255 */
	struct vrrp_range addresses;  /* virtual_ipaddress, in file order: these are advertised */
	struct vrrp_range excluded;   /* virtual_ipaddress_excluded; table `addresses` */
	struct vrrp_range routes, rules;
	struct vrrp_range bindings;
	int32_t group; /* of the sync group, -1 none */
	struct vrrp_notify notify;
	uint64_t garp_delay_us, garp_refresh_us, garp_interval_us, gna_interval_us,
		garp_lower_delay_us, garp_extra_us;
	uint32_t garp_repeat, garp_refresh_repeat, garp_lower_repeat;
	bool garp_extra_all;   /* garp_extra_if all: on its own interface, too */
	uint32_t down_adverts; /* down_timer_adverts, 3 */
	struct vrrp_place place;
	bool lower_prio_no_advert; /* say nothing to a lower one: RFC 5798, not RFC 9568 */
	bool check_unicast_source; /* adverts of others than the peers are dropped */
	bool fault_without_peer;   /* unicast_fault_no_peer */
	bool track_source;	   /* no such source address: FAULT */
	bool unicast;		   /* unicast_peer was written, even if empty */
};

struct vrrp_group {
	char name[VRRP_NAME_BYTES];
	struct vrrp_range bindings;
	bool global_tracking, track_only;
	struct vrrp_notify notify;
	struct vrrp_place place;
};

/* torc.conf: address translation for the inner network. */
struct vrrp_nat {
	struct vrrp_ip from;
	uint8_t from_bits;
	char out_interface[IF_NAMESIZE];
	struct vrrp_ip source;		/* AF_UNSPEC: masquerade */
	char instance[VRRP_NAME_BYTES]; /* active while this one is master; empty: whichever owns
					 * the gateway's address */
	struct vrrp_place place;
};

/* interface_up_down_delays: how long an interface has to be down, or up again, to count. */
struct vrrp_delay {
	char interface[IF_NAMESIZE];
	uint64_t down_us, up_us;
};

/* One end of the balancer's own connections, which a gateway does not track.  Listeners and servers
 * of haproxy.cfg, servers only where there is a translation. */
struct vrrp_end {
	struct vrrp_ip ip; /* AF_UNSPEC: any address of this host (listeners only) */
	uint16_t port;
	uint8_t protocol; /* IPPROTO_TCP, IPPROTO_UDP */
};

struct vrrp_global {
	char router_id[VRRP_NAME_BYTES];
	char notify_fifo[VRRP_PATH_BYTES], notify_fifo_script[VRRP_PATH_BYTES];
	char process_name[16];		/* torc.conf: what `killall -0 haproxy` of others finds */
	int64_t script_uid, script_gid; /* -1: keepalived_script, else nobody's */
	bool script_security, no_swap_warned;
	bool with_groups;	   /* set_supplementary_groups: VRRP_WITH_GROUPS for every script */
	int32_t realtime_priority; /* vrrp_rt_priority; 0: raised nice only */
	uint64_t startup_delay_us, boot_delay_us;
	int32_t nice; /* vrrp_priority, -20 .. 19 */
	bool nice_given;
	bool dynamic_interfaces;    /* interfaces may come later */
	bool log_unknown_ids;	    /* log_unknown_vrids */
	int64_t fifo_uid, fifo_gid; /* owner of the FIFO; -1: the default script user */
	int64_t fifo_script_uid, fifo_script_gid;
	char vrrp_notify_fifo[VRRP_PATH_BYTES]; /* the FIFO of VRRP alone, beside the other */
	char vrrp_notify_fifo_script[VRRP_PATH_BYTES]; /* words, as notify_fifo_script */
	char vmac_prefix[IF_NAMESIZE];		       /* "vrrp" */
	bool fifo_states_on_reload;		       /* fifo_write_vrrp_states_on_reload */
	char reload_file[VRRP_PATH_BYTES];	       /* is there while files are read */
	char reload_time_file[VRRP_PATH_BYTES];	       /* says when to reload */
	bool reload_repeat;			       /* and stays, for tomorrow */
};

/* The whole, as it goes over: a header, then the tables one after the other. */
struct vrrp_config {
	uint32_t version, bytes;
	struct vrrp_global global;
	struct vrrp_range static_addresses, static_routes, static_rules;
	struct vrrp_range listeners, servers; /* table `ends` */
	uint32_t instance_count, group_count, tracker_count, binding_count, address_count,
		route_count, rule_count, peer_count, nat_count, end_count, delay_count;
	/* offsets from the start of this header */
	uint32_t instances_at, groups_at, trackers_at, bindings_at, addresses_at, routes_at,
		rules_at, peers_at, nats_at, ends_at, delays_at;
};

/* True when every count, offset and range lies within `bytes`, and text is terminated. */
bool vrrp_config_is_sound(const struct vrrp_config *config, uint32_t bytes);

/* The tables before they are laid out one behind the other.  Ranges are filled in already. */
struct vrrp_tables {
	const struct vrrp_global *global;
	struct vrrp_range static_addresses, static_routes, static_rules;
	struct vrrp_range listeners, servers;
	const struct vrrp_instance *instances;
	const struct vrrp_group *groups;
	const struct vrrp_tracker *trackers;
	const struct vrrp_binding *bindings;
	const struct vrrp_address *addresses;
	const struct vrrp_route *routes;
	const struct vrrp_rule *rules;
	const struct vrrp_peer *peers;
	const struct vrrp_nat *nats;
	const struct vrrp_end *ends;
	const struct vrrp_delay *delays;
	uint32_t instance_count, group_count, tracker_count, binding_count, address_count,
		route_count, rule_count, peer_count, nat_count, end_count, delay_count;
};

struct arena;

/* The whole in one block of the arena; its `bytes` says how long it is. */
struct vrrp_config *vrrp_config_build(struct arena *arena, const struct vrrp_tables *tables);

/* The words of a command, which stand in a field one after the other: next() of "" is NULL. */
static inline const char *vrrp_command_first(const char *command)
{
	return *command ? command : NULL;
}
static inline const char *vrrp_command_next(const char *word)
{
	while (*word)
		word++;
	return vrrp_command_first(word + 1);
}

#define VRRP_TABLE(config, type, at) ((const type *)(const void *)((const char *)(config) + (at)))

static inline const struct vrrp_instance *vrrp_instances(const struct vrrp_config *config)
{
	return VRRP_TABLE(config, struct vrrp_instance, config->instances_at);
}
static inline const struct vrrp_group *vrrp_groups(const struct vrrp_config *config)
{
	return VRRP_TABLE(config, struct vrrp_group, config->groups_at);
}
static inline const struct vrrp_tracker *vrrp_trackers(const struct vrrp_config *config)
{
	return VRRP_TABLE(config, struct vrrp_tracker, config->trackers_at);
}
static inline const struct vrrp_binding *vrrp_bindings(const struct vrrp_config *config)
{
	return VRRP_TABLE(config, struct vrrp_binding, config->bindings_at);
}
static inline const struct vrrp_address *vrrp_addresses(const struct vrrp_config *config)
{
	return VRRP_TABLE(config, struct vrrp_address, config->addresses_at);
}
static inline const struct vrrp_route *vrrp_routes(const struct vrrp_config *config)
{
	return VRRP_TABLE(config, struct vrrp_route, config->routes_at);
}
static inline const struct vrrp_rule *vrrp_rules(const struct vrrp_config *config)
{
	return VRRP_TABLE(config, struct vrrp_rule, config->rules_at);
}
static inline const struct vrrp_peer *vrrp_peers(const struct vrrp_config *config)
{
	return VRRP_TABLE(config, struct vrrp_peer, config->peers_at);
}
static inline const struct vrrp_nat *vrrp_nats(const struct vrrp_config *config)
{
	return VRRP_TABLE(config, struct vrrp_nat, config->nats_at);
}

static inline const struct vrrp_end *vrrp_ends(const struct vrrp_config *config)
{
	return VRRP_TABLE(config, struct vrrp_end, config->ends_at);
}
static inline const struct vrrp_delay *vrrp_delays(const struct vrrp_config *config)
{
	return VRRP_TABLE(config, struct vrrp_delay, config->delays_at);
}

#endif
