/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal.h - what a virtual router went through: its last transitions, and the sentences for them.
 * Pure.
 * Owns:   nothing; the journal lives inside its router. */
#ifndef TORC_VRRP_JOURNAL_H
#define TORC_VRRP_JOURNAL_H

#include "core/config/vrrp_model.h"
#include <stdint.h>

enum vrrp_state {
	VRRP_INIT,
	VRRP_BACKUP,
	VRRP_MASTER,
	VRRP_LEAVING, /* a planned stop: master until somebody else is */
	VRRP_FAULT,
	VRRP_STATES,
};

/* "MASTER"; LEAVING is shown as it is. */
const char *vrrp_state_name(enum vrrp_state state);

enum vrrp_why {
	VRRP_WHY_STARTED,
	VRRP_WHY_OWNER,	   /* priority 255: master at once */
	VRRP_WHY_SILENCE,  /* nobody was heard for a master down interval */
	VRRP_WHY_FAREWELL, /* the master said that it leaves */
	VRRP_WHY_LOWER,	   /* we took over from a master of lower priority */
	VRRP_WHY_HIGHER,   /* somebody of higher priority is master */
	VRRP_WHY_AWAY,	   /* we were frozen for longer than a take-over takes */
	VRRP_WHY_GROUP,	   /* the other members of the sync group */
	VRRP_WHY_FAULT,
	VRRP_WHY_WELL_AGAIN, /* the last fault is gone */
	VRRP_WHY_STOPPED,
	VRRP_WHY_SUCCEEDED, /* leaving: somebody else is master now */
	VRRP_WHY_NOBODY,    /* leaving: nobody took over */
	VRRP_WHYS,
};

struct vrrp_transition {
	enum vrrp_state from, to;
	enum vrrp_why why;
	uint64_t at_us;
	uint64_t stayed_us;  /* in `from` */
	uint8_t priority;    /* ours */
	struct vrrp_ip peer; /* whose silence, farewell or advertisement; may be unset */
	uint8_t peer_priority;
	uint64_t silence_us; /* since the peer was last heard: what the outage was, at most */
	uint32_t faults;
};

enum vrrp_note_kind {
	VRRP_NOTE_LOWER_MASTER,	 /* somebody of lower priority is master beside us */
	VRRP_NOTE_SAME_ADDRESS,	 /* our priority and our address */
	VRRP_NOTE_TWO_OWNERS,	 /* priority 255, twice */
	VRRP_NOTE_STRANGER_LEFT, /* a farewell from somebody whom we do not follow */
	VRRP_NOTE_STEPPED_DOWN,	 /* the master lowered its priority below ours */
	VRRP_NOTE_INTERVAL,	 /* the master's interval is not ours; learnt */
	VRRP_NOTE_LISTENING,	 /* we were away, or late: first we listen */
	VRRP_NOTES,
};

struct vrrp_note {
	enum vrrp_note_kind kind;
	struct vrrp_ip peer;
	uint8_t priority;
	uint64_t interval_us;
};

#define VRRP_JOURNAL_ENTRIES 8

struct vrrp_journal {
	uint64_t count; /* ever; the last of them are kept */
	uint64_t since_us;
	struct vrrp_transition entries[VRRP_JOURNAL_ENTRIES];
};

void vrrp_journal_add(struct vrrp_journal *journal, const struct vrrp_transition *transition);
/* The newest is 0.  NULL: not so many were kept. */
const struct vrrp_transition *vrrp_journal_at(const struct vrrp_journal *journal, uint32_t back);

#define VRRP_LINE_BYTES 320

/* "(VI_1) Entering MASTER STATE: 192.168.25.201 (priority 103) was silent for 3.602 s".  The first
 * words are those that operators search their logs for.  Returns `out`. */
const char *vrrp_transition_text(
	char out[VRRP_LINE_BYTES], const char *name, const struct vrrp_transition *transition);
const char *vrrp_note_text(
	char out[VRRP_LINE_BYTES], const char *name, const struct vrrp_note *note);

#endif
