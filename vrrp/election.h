/* SPDX-License-Identifier: GPL-2.0-or-later */
/* election.h - who should be master: the comparisons behind the state machine.
 * Source: RFC 5798 6.4, RFC 9568 6.4.
 * Pure.  For fsm.c alone; its events and its router are described in fsm.h. */
#ifndef TORC_VRRP_ELECTION_H
#define TORC_VRRP_ELECTION_H

#include "vrrp/fsm.h"

/* Is the sender to be followed by this backup?  If not, its timer runs on. */
bool vrrp_backup_accepts(struct vrrp_fsm *fsm, const struct vrrp_event *event, uint64_t now_us);

/* Does the followed master say, with priority 1, that it waits for us? */
bool vrrp_master_leaves(const struct vrrp_fsm *fsm, const struct vrrp_event *event);

enum vrrp_rank {
	VRRP_RANK_LOWER,     /* we are better */
	VRRP_RANK_HIGHER,    /* the sender is */
	VRRP_RANK_UNDECIDED, /* a tie that others decide, or time does */
	VRRP_RANK_OURSELVES, /* our priority and our address */
};

/* Of the sender, against this master. */
enum vrrp_rank vrrp_rank_rival(
	struct vrrp_fsm *fsm, const struct vrrp_event *event, uint64_t now_us);

/* Has so much time passed since this master last spoke that somebody may be master instead? */
bool vrrp_may_be_replaced(const struct vrrp_fsm *fsm, uint64_t now_us);

/* The intervals for this priority, against the master that was heard last. */
struct vrrp_pace vrrp_pace_of(const struct vrrp_fsm *fsm, uint8_t priority);

#endif
