/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker.h - the virtual routers of a keeper: what the parts of the speaker share.
 *
 *   speaker.c           life: open, reload, leave, close
 *   speaker_router.c    one router: packets and timers into its machine, actions out of it
 *   speaker_holdings.c  addresses, routes and rules in the kernel; the notes for the guard
 *   speaker_ways.c      routes and rules that somebody else took away
 *   speaker_links.c     interfaces and our own addresses on them, as the kernel tells of them
 *   speaker_vmac.c      interfaces with a virtual router's own MAC address
 *   speaker_track.c     what is watched, and the priorities that follow
 *   speaker_processes.c which processes there are
 *   speaker_scripts.c   the operators' programs that are asked and told
 *   speaker_fifos.c     the pipes that hear of every change
 *   speaker_gateway.c   address translation of the inner network, while we are its gateway
 *   speaker_hop.c       a planned move that cuts nothing
 *   speaker_schedule.c  reloads at a moment that a file names
 *   speaker_orphans.c   children of the program before
 *   speaker_memory.c    what the next program or the next configuration goes on from
 *   speaker_guard.c     the process that outlives us by a moment
 *
 * Nobody else includes it.  Thread: the keeper's. */
#ifndef TORC_VRRP_SPEAKER_H
#define TORC_VRRP_SPEAKER_H

#include "core/child.h"
#include "core/clock.h"
#include "vrrp/complaint.h"
#include "vrrp/fifo.h"
#include "vrrp/frame.h"
#include "vrrp/fsm.h"
#include "vrrp/garp.h"
#include "vrrp/group.h"
#include "vrrp/hop.h"
#include "vrrp/link.h"
#include "vrrp/netlink_socket.h"
#include "vrrp/scripts.h"
#include "vrrp/sockets.h"
#include "vrrp/speaker_gateway.h"
#include "vrrp/speaker_remains.h"
#include "vrrp/track.h"
#include "vrrp/vip.h"
#include "vrrp/vrrp.h"
#include "vrrp/watch.h"

#define SPEAKER_TICK_MS	 100u
#define SPEAKER_RENEW_MS 1000u
#define SPEAKER_VALID_S	 3u	 /* an address that nobody renews is gone after this */
#define SPEAKER_AWAY_US	 400000u /* a tick that is so much late was not our own choice */
#define SPEAKER_FAMILIES 2	 /* announced separately: ARP, neighbour discovery */

struct speaker;
struct sync_group;
struct tracking;
struct processes;

struct hop {
	struct hop_deal deal;
	bool keeps;  /* as the old owner: serves on */
	bool passes; /* as the new one: there is a table */
	uint64_t keeps_until_us, renewed_us;
	uint64_t until_us, leased_until_us;
};

struct router {
	struct speaker *speaker;
	const struct vrrp_instance *instance;
	struct vrrp_fsm fsm;
	struct link *link;   /* of its interface */
	struct link *vmac;   /* use_vmac: its own on top of that; NULL: none */
	uint32_t vmac_index; /* of the one that was made ready; 0 none */
	bool vmac_wrong;     /* somebody else's is in its place */
	bool vmac_refused;   /* it could not be made; that has been said */
	struct wire *wire;
	struct sync_group *group; /* NULL: none */
	uint32_t member;	  /* of the group */
	struct vrrp_sum sum;
	bool deleted;		     /* a reload has taken it out of the files */
	bool refused;		     /* its addresses could not be added */
	uint64_t retry_us, extra_us; /* extra: garp_extra_if, the last time */
	struct timer timer, announcing;
	struct vrrp_garp garp[SPEAKER_FAMILIES];
	struct vrrp_ip *advertised; /* virtual_ipaddress, in file order */
	uint64_t verdicts[VRRP_VERDICTS];
	uint64_t send_failures;
	bool differs_told;
	struct hop hop;
	struct vrrp_complaints complaints;
};

struct sync_group {
	struct vrrp_sync sync;
	struct router **routers;
};

struct speaker {
	struct loop *loop;
	struct vrrp_config *config; /* our copy */
	const struct vrrp_instance *instances;
	const struct vrrp_address *addresses;
	const struct vrrp_tracker *trackers;
	struct router *routers;
	uint32_t router_count;
	struct sync_group *groups;
	struct vrrp_watch *watches;  /* one for each tracker */
	struct tracking *trackings;  /* the same; of scripts */
	struct processes *processes; /* NULL: none are counted */
	struct link *links;	     /* every interface that the configuration names */
	uint32_t link_count;
	struct wire *wires;
	uint32_t wire_count;
	struct netlink_socket orders; /* asked and answered at once */
	struct netlink_socket events;
	bool orders_open, events_open;
	int frames; /* the packet socket */
	struct remains *remains;
	int remains_fd;
	bool *held; /* one for each row of `addresses`: is to be in the kernel */
	struct child guard;
	struct timer tick, settling; /* settling: interfaces whose carrier has to last */
	uint64_t ticked_us, renewed_us;
	uint64_t start_at_us;		  /* vrrp_startup_delay; 0: they have been started */
	struct vrrp_complaints strangers; /* log_unknown_vrids */
	int32_t (*servers_up)(void *keeper, const char *backend);
	void (*address_moved)(void *keeper, const char *address, uint32_t serve_ms);
	void *keeper;
	bool serving;	    /* clients, that is: the balancer is there */
	bool look_again;    /* at the interfaces' addresses */
	bool listing;	    /* in the middle of a list of them */
	bool vmacs_missing; /* macvlans may be: to be made */
	bool ways_missing;  /* routes or rules may be: to be asked for again */
	bool hops_over;	    /* whoever lets go now does not serve on */
	bool closed;	    /* waits for its operations */
	struct speaker *next_closed;
	routers_gone *gone;
	void *gone_owner;
};

static inline uint64_t speaker_now_us(void)
{
	return clock_monotonic_ns() / 1000u;
}

/* speaker_router.c */
void router_init(struct router *router);
void router_tell(struct router *router, const struct vrrp_event *event);
void router_tell_kind(struct router *router, enum vrrp_event_kind kind);
void router_heard(struct wire *wire, const struct vrrp_datagram *datagram);
/* What garp_extra_if asks for, once it is due. */
void router_announce_extra(struct router *router, uint64_t now_us);
/* An operator's; of a member it is the whole group's. */
void router_order(struct router *router, enum routers_order order);
void router_settle_group(struct sync_group *group);
/* The faults that there are now, to be told when they are others than before. */
void router_check_faults(struct router *router);
static inline bool router_holds(const struct router *router)
{
	return router->fsm.has_addresses;
}

/* speaker_holdings.c */
int holdings_open(struct speaker *speaker);
/* All that belongs to a router; silently.  0 or -errno, told on the log. */
int holdings_add(struct router *router);
void holdings_remove(struct router *router);
/* The route by which one address is still ours after it has moved.  0 or -errno, told nobody. */
int holdings_hop(struct speaker *speaker, uint32_t row, bool wanted);
/* One row of the configuration's tables: the next one does not hold it. */
void holdings_drop_address(struct speaker *speaker, uint32_t row);
void holdings_drop_route(struct speaker *speaker, uint32_t row);
void holdings_drop_rule(struct speaker *speaker, uint32_t row);
/* Again, before the kernel takes them away; also puts back what somebody removed. */
void holdings_renew(struct speaker *speaker);
/* Takes away what a predecessor left and nobody here wants.  `row` is one address of a dump. */
void holdings_sweep(struct speaker *speaker, const struct vip_row *row);
/* Somebody removed an address: is it one of ours? */
void holdings_gone(struct speaker *speaker, const struct vip_row *row);
bool holdings_is_virtual(const struct speaker *speaker, const struct vip_row *row);
void holdings_static(struct speaker *speaker, bool wanted);

/* The guard's note of a router's macvlan. */
void vmac_note(const struct router *router, bool held);

/* speaker_ways.c */
/* Where its interfaces are now; they may have come back under other numbers. */
void ways_find_links(struct speaker *speaker, struct remain *remain);
/* Puts back what is held and missing, if there is reason to look. */
void ways_look(struct speaker *speaker);
/* A route or a rule has come or gone. */
void ways_heard(struct speaker *speaker, const struct watch_event *event);

/* speaker_links.c */
int links_open(struct speaker *speaker);
struct link *links_find(struct speaker *speaker, const char *name);
uint32_t links_index(struct speaker *speaker, const char *name);
/* Asks the kernel for all of them. */
void links_ask(struct speaker *speaker);
void links_look_at_addresses(struct speaker *speaker);
/* interface_up_down_delays: a carrier has lasted. */
void links_due(struct timer *timer);

/* speaker_vmac.c */
/* Is this router's advertisement a frame of its own?  Then its wire is the macvlan. */
static inline bool vmac_speaks(const struct vrrp_instance *instance)
{
	return instance->use_vmac && !instance->vmac_xmit_base;
}
/* Makes the macvlans that are missing, if their interfaces are there. */
void vmacs_settle(struct speaker *speaker);
/* Removes those that the next configuration (NULL: none) does not have. */
void vmacs_drop(struct speaker *speaker, const struct vrrp_config *next);
/* 0 or -errno. */
int vmac_send(
	struct router *router, const struct vrrp_ip *group, const uint8_t *bytes, uint32_t len);

/* speaker_track.c */
/* `first`: no program or configuration went before. */
void track_open(struct speaker *speaker, bool first);
void track_serving(struct speaker *speaker, bool serving);
/* Counts the servers of the backends that are tracked. */
void track_backends(struct speaker *speaker);
void track_link(struct speaker *speaker, const struct link *link);
/* The sum of a router, told to it or to its group. */
void track_sum(struct router *router);
/* A sample, of a script. */
void track_result(struct speaker *speaker, uint32_t tracker, bool good);
/* There is no such program to ask. */
void track_absent(struct speaker *speaker, uint32_t tracker);
void track_tick(struct speaker *speaker, uint64_t now_us);

/* speaker_schedule.c: reload_time_file, once a second. */
void schedule_tick(const struct vrrp_global *global);

/* speaker_processes.c */
void processes_begin(struct speaker *speaker);
void processes_end(struct speaker *speaker);

/* speaker_scripts.c */
void scripts_begin(struct speaker *speaker);
void scripts_end(struct speaker *speaker);
bool scripts_are_home(const struct speaker *speaker);
/* The n-th tracking script that runs now; 0: there are not so many. */
pid_t scripts_asked(const struct speaker *speaker, uint32_t n);
void scripts_notify(struct router *router, enum vrrp_notify_kind kind);
/* Its priority is another one. */
void scripts_priority(struct router *router);
/* All states once more, for the FIFOs. */
void scripts_repeat_states(struct speaker *speaker);
struct user {
	uint32_t uid, gid;
	bool with_groups; /* the user's others, too */
};
/* Who runs a script of this user (-1: not written), or owns what it reads. */
struct user scripts_user(const struct speaker *speaker, int64_t uid, int64_t gid);
/* As script_start(), within what enable_script_security allows; and what its error means. */
int scripts_start(
	const struct speaker *speaker, struct script_run *run, const struct script_order *order);
const char *scripts_reason(int error);

/* speaker_fifos.c */
#define MEMORY_FIFOS 2
struct memory_fifo {
	char path[VRRP_PATH_BYTES], script[VRRP_PATH_BYTES];
	int32_t fd;  /* -1: none */
	int32_t pid; /* of its script; 0 none */
	bool made;
};
/* As this speaker's configuration has them; what is the same stays open. */
void fifos_open(struct speaker *speaker);
void fifos_close(void);
void fifos_tick(struct speaker *speaker, uint64_t now_us);
void fifos_write(const struct fifo_news *news);
/* As with the gateway: descriptors that stay open over exec, back, and over there. */
void fifos_hand_over(struct memory_fifo out[MEMORY_FIFOS]);
void fifos_take_back(void);
void fifos_take_over(const struct memory_fifo from[MEMORY_FIFOS]);

/* speaker_hop.c */
void hop_heard(struct router *router, const struct vrrp_datagram *datagram);
/* A master has said that it is none any more. */
void hop_farewell(struct router *router, const struct vrrp_ip *source);
/* Around the coming and going of a router's addresses. */
void hop_before_add(struct router *router);
void hop_after_add(struct router *router);
void hop_before_remove(struct router *router);
/* A master waits for its successor: both have the address for a moment, one speaks of it. */
void hop_leaving(struct router *router);
/* The service is there, or is not: others may rely on us, or should not. */
void hop_serving(struct speaker *speaker);
void hop_tick(struct speaker *speaker, uint64_t now_us);
/* How long connections to addresses that have moved still reach us; 0: they do not. */
uint32_t hop_serving_ms(const struct speaker *speaker);
/* Everything, at once. */
void hop_end(struct speaker *speaker);
/* What a predecessor left that was killed together with its guard. */
void hop_sweep(struct speaker *speaker);

/* speaker_orphans.c */
#define ORPHANS_MAX (VRRP_TRACKERS_MAX + SCRIPTS_FIRED_MAX + 8u) /* every script, and guards */
struct orphan {
	int32_t pid;
	bool unwanted; /* is killed with its process group */
};
void orphans_adopt(const struct orphan *orphan);
void orphans_reap(void);

/* speaker_memory.c */
struct memory {
	void *bytes;
	size_t len;
	struct memory_fifo fifos[MEMORY_FIFOS];
	int gateway; /* descriptor of the socket that has the table; -1 none */
	bool mapped;
};
bool memory_make(struct memory *memory, const struct speaker *speaker);
int memory_seal(const struct memory *memory);
bool memory_map(struct memory *memory, int fd);
void memory_drop(struct memory *memory);
/* Does the memory know this router?  Its machine is then that of before. */
bool memory_recall(const struct memory *memory, struct router *router);
void memory_recall_watches(const struct memory *memory, struct speaker *speaker);
/* Children of the program before: its guard, its scripts. */
void memory_adopt_children(const struct memory *memory);
/* Would this router's machine go on under this instance? */
bool memory_is_same(const struct vrrp_instance *before, const struct vrrp_instance *after);

/* speaker_guard.c */
int guard_start(struct speaker *speaker, int image, char *const *argv);
void guard_stop(struct speaker *speaker);

#endif
