/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fsm.h - one virtual router: INIT, BACKUP, MASTER, LEAVING, FAULT.
 * Source: RFC 3768 6.4 (version 2), RFC 5798 6.4 and RFC 9568 6.4 (version 3), and what keepalived
 *         does where they leave a choice.
 * Pure: events and the time in, actions out; no sockets, no clock, no allocation.
 * Owns:   nothing; struct vrrp_fsm is the caller's, one thread's, and can be copied.
 *
 *                    +--------------------------------- FAULTS 0 -----+
 *             START  v     silence for a master down interval         |
 *      INIT ----> BACKUP ------------------------------> MASTER       |
 *       ^  ^          |  <------------------------------   |  |       |
 *       |  |   STOP   |   a higher advertisement,          |  |       |
 *       |  +----------+   or we were away                  |  |       |
 *       |                                             STOP |  |       |
 *       +---------- LEAVING <------------------------------+  |       |
 *         50 ms after anybody's advertisement,                |       |
 *         or nobody came                         FAULTS != 0  +---> FAULT  (also from BACKUP)
 *
 * LEAVING is a planned stop: it still serves, and advertises priority 1 until somebody else is
 * master.  A released master that hears its successor is LEAVING for that last moment, too, and
 * then BACKUP.  The addresses are held in MASTER and LEAVING, and nowhere else.
 *
 * The caller keeps one timer for each router: after every step it is to be set to timer_at_us. */
#ifndef TORC_VRRP_FSM_H
#define TORC_VRRP_FSM_H

#include "core/config/vrrp_model.h"
#include "vrrp/journal.h"
#include "vrrp/timing.h"

#define VRRP_PRIORITY_LEAVING 1 /* of a master that waits for its successor */
#define VRRP_PRIORITY_GONE    0 /* "I am no longer master" */

/* How long LEAVING goes on holding the addresses beside a successor.  keepalived has been seen to
 * add its own up to 25 ms after its first advertisement. */
#define VRRP_LINGER_US 50000u

/* What keeps a router out of the election.  Bits, so that the last to go lets it in again. */
enum vrrp_fault {
	VRRP_FAULT_INTERFACE = 1 << 0, /* down, without a carrier, or gone */
	VRRP_FAULT_SOURCE = 1 << 1,    /* no address to send from */
	VRRP_FAULT_TRACKED = 1 << 2,   /* a tracker without a weight */
	VRRP_FAULT_ADDRESSES = 1 << 3, /* ours could not be added */
	VRRP_FAULT_PEERS = 1 << 5,     /* unicast, and nobody is named to send to */
	VRRP_FAULT_GROUP = 1 << 4,     /* another member of the sync group has one of the above */
};

/* What the files say of one virtual router, as far as it decides anything. */
struct vrrp_options {
	uint8_t version, family;
	uint8_t priority;	 /* base; 255: owner of the addresses */
	bool preempt;		 /* takes over from a master of lower priority */
	bool farewell_to_higher; /* higher_prio_send_advert */
	bool silent_to_lower;	 /* lower_prio_no_advert: RFC 5798, where RFC 9568 answers */
	bool grouped;		 /* asks its sync group before it becomes master */
	bool follows_in_ties;	 /* a group's other members decide a tie: see group.h */
	uint32_t down_adverts;
	uint64_t advert_us; /* rounded to what the wire can say */
	uint64_t preempt_delay_us;
};

/* A wanted MASTER switches nopreempt and preempt_delay off, as in keepalived. */
void vrrp_options_from(struct vrrp_options *options, const struct vrrp_instance *instance);

struct vrrp_counters {
	uint64_t adverts_in, adverts_out;
	uint64_t farewells_in, farewells_out; /* priority 0, contained in the above */
	uint64_t lower_in;		      /* while master, from a lower one */
	uint64_t entered[VRRP_STATES];	      /* transitions into each state */
};

struct vrrp_fsm {
	struct vrrp_options options;
	enum vrrp_state state;
	struct vrrp_ip address; /* ours, from which we send: decides ties */
	uint8_t priority;	/* effective, as last told */
	uint32_t faults;
	bool held;    /* released by an operator: takes part with priority 1 */
	bool demoted; /* a second owner did not yield: 254 until started again */
	bool has_addresses;
	bool wants_master;	   /* grouped: its own timer has run out */
	bool listening;		   /* was away: nobody was heard since */
	bool abandoned;		   /* the followed master has said that it leaves */
	bool succeeded;		   /* LEAVING: somebody else is master */
	bool hands_over;	   /* LEAVING after a release: goes on as a backup */
	uint64_t timer_at_us;	   /* VRRP_NEVER: none */
	uint64_t sent_us;	   /* our last advertisement */
	uint64_t leave_by_us;	   /* LEAVING: then without a successor */
	uint64_t preempt_at_us;	   /* preempt_delay; VRRP_NEVER: not begun */
	uint64_t master_advert_us; /* as learnt (version 3), or ours */
	/* The master of the last advertisement, and of the last one that was accepted. */
	struct vrrp_ip master, followed;
	uint8_t master_priority, followed_priority;
	uint64_t heard_us; /* when `master` was last heard; 0 never */
	/* Whose planned stop made us master; his last word may still be on its way. */
	struct vrrp_ip relieved;
	uint64_t relieved_us;
	/* Somebody of our own priority is master beside us; VRRP_NEVER: nobody. */
	uint64_t rival_since_us, rival_us;
	uint64_t lower_us; /* a master of lower priority was last reported */
	struct vrrp_counters counters;
	struct vrrp_journal journal;
};

enum vrrp_event_kind {
	VRRP_EV_START,
	VRRP_EV_STOP, /* planned: stays until somebody else is master */
	VRRP_EV_QUIT, /* at once, with a farewell */
	VRRP_EV_TIMER,
	VRRP_EV_ADVERT,	  /* source, priority, advert_us: a good one for this router */
	VRRP_EV_PRIORITY, /* priority: the new effective one */
	VRRP_EV_FAULTS,	  /* faults: all that there are now */
	VRRP_EV_RELEASE,  /* an operator: let somebody else be master */
	VRRP_EV_RESUME,	  /* an operator: no longer */
	VRRP_EV_AWAY,	  /* our clock jumped: we were frozen.  To be told before anything else */
	/* From the sync group, see group.h. */
	VRRP_EV_GROUP_PREPARE, /* all members want: hold the addresses, silently */
	VRRP_EV_GROUP_MASTER,
	VRRP_EV_GROUP_BACKUP,
	VRRP_EV_GROUP_HAND_OVER, /* another member hands over: be silent here, too */
	VRRP_EV_GROUP_HURRY,	 /* another member's master is leaving */
};

struct vrrp_event {
	enum vrrp_event_kind kind;
	struct vrrp_ip source;
	uint8_t priority;
	uint64_t advert_us;
	uint32_t faults;
};

enum vrrp_action_kind {
	VRRP_ACT_ADD, /* addresses, routes, rules: without telling anybody yet */
	VRRP_ACT_REMOVE,
	VRRP_ACT_ADVERT,     /* with `priority`, to the group or to every peer */
	VRRP_ACT_ANNOUNCE,   /* gratuitous ARP and neighbour advertisements; `why` */
	VRRP_ACT_SILENCE,    /* no more of them */
	VRRP_ACT_TRANSITION, /* `transition`, to be logged; it is in the journal already */
	VRRP_ACT_NOTE,	     /* `note`, to be logged, at most once a minute for each kind */
	VRRP_ACT_NOTIFY,     /* `notify`: run the scripts */
	VRRP_ACT_GONE,	     /* stopped: nothing more will come */
};

struct vrrp_action {
	enum vrrp_action_kind kind;
	uint8_t priority;
	enum vrrp_announce { VRRP_ANNOUNCE_MASTER, VRRP_ANNOUNCE_LOWER } why;
	enum vrrp_notify_kind notify;
	struct vrrp_transition transition;
	struct vrrp_note note;
};

/* In the order in which they are to be done. */
#define VRRP_ACTIONS_MAX 8
struct vrrp_actions {
	uint32_t count;
	struct vrrp_action items[VRRP_ACTIONS_MAX];
};

void vrrp_fsm_init(struct vrrp_fsm *fsm, const struct vrrp_options *options, uint64_t now_us);

/* Time never goes backwards from step to step. */
void vrrp_fsm_step(struct vrrp_fsm *fsm, const struct vrrp_event *event, uint64_t now_us,
	struct vrrp_actions *out);

/* The priority that counts now and is advertised while master. */
uint8_t vrrp_fsm_priority(const struct vrrp_fsm *fsm);
/* How long a backup with our settings waits, after the last advertisement of this master. */
uint64_t vrrp_fsm_master_down_us(const struct vrrp_fsm *fsm);

#endif
