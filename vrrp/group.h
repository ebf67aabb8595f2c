/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group.h - sync groups: virtual routers that are master together, or not at all.
 * Source: keepalived's vrrp_sync_group; other than there, members may have weights.
 * Pure: reads the members' states, tells what one of them has to be told next.
 * Owns:   nothing; members and routers are the caller's and one thread's.
 *
 * The rules, all of them about how things stand and none about what happened:
 *
 *   fault      one member's own fault is every member's
 *   priority   the least of the members' own is advertised by all
 *   master     no member is master unless every other one is master too, or wants to be.  A member
 *              wants when its own timer has run out: as long as the master is heard on one network
 *              there is nothing to take over
 *   leaving    when one member's master leaves, the others wait one interval for a sign of life of
 *              theirs, instead of three
 *   release    an operator releases the group, not a member
 *
 * After every step of a member, and every change here:
 *
 *     while (vrrp_sync_next(&sync, &member, &event))
 *             step sync.members[member].fsm with event, do its actions;
 *
 * It ends, since every event removes what it was told for.  START, STOP, QUIT and AWAY the caller
 * tells to each member, and asks the group when all were told; members that are INIT or LEAVING
 * bind nobody.
 *
 * With equal priorities the greater address wins, and two networks may give two answers: each side
 * would yield to the other, for ever.  So the member of the lowest virtual router id decides ties
 * for its group; set options.follows_in_ties of the others (vrrp_sync_decider()). */
#ifndef TORC_VRRP_GROUP_H
#define TORC_VRRP_GROUP_H

#include "vrrp/fsm.h"

struct vrrp_member {
	struct vrrp_fsm *fsm;
	uint8_t priority;  /* its own effective one, from its trackers and the group's */
	uint8_t router_id; /* the same on all nodes, unlike the order of the file */
	bool hurried;
};

struct vrrp_sync {
	struct vrrp_member *members;
	uint32_t count;
	bool released;
};

/* The index of the member that decides ties. */
uint32_t vrrp_sync_decider(const struct vrrp_sync *sync);
/* The group's priority: the least of its members'. */
uint8_t vrrp_sync_priority(const struct vrrp_sync *sync);
/* What is to be told to whom next.  False: the group is of one mind. */
bool vrrp_sync_next(struct vrrp_sync *sync, uint32_t *member, struct vrrp_event *event);

#endif
