/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group.c - keeps the members of a sync group of one mind.
 *
 * A group has no state of its own to lose track of.  After any step it is asked who is out of line,
 * and answers with one event for one member, until nobody is.  Whatever order things happen in, and
 * whatever was missed, the next question puts it right.
 *
 * Why "all must want": one silent network says nothing about the other router's death.  A group
 * that jumped at the first silence would be thrown back by the first advertisement on the other
 * network, and jump again.
 *
 * On the way up the addresses of all members are added before the first advertisement leaves: the
 * old master drops the addresses of its whole group at that first one, and nothing may be without
 * an owner meanwhile.
 *
 * On the way down a member that hands over does not do so alone.  Another one that went on
 * advertising could win the tie on its network against the very router that has won here, and in
 * the end neither of the two would serve.  Until all are through, none begins anew.
 *
 * The speaker's thread. */
#include "vrrp/group.h"
#include "vrrp/track.h"
#include <assert.h>

static bool settle_inputs(struct vrrp_sync *sync, uint32_t member, struct vrrp_event *event);
static bool settle_mastership(
	const struct vrrp_sync *sync, uint32_t *member, struct vrrp_event *event);
static bool hurry_others(struct vrrp_sync *sync, uint32_t member, struct vrrp_event *event);
static bool another_fails(const struct vrrp_sync *sync, uint32_t member);
static bool another_is_abandoned(const struct vrrp_sync *sync, uint32_t member);
static bool find(
	const struct vrrp_sync *sync, bool (*is)(const struct vrrp_fsm *fsm), uint32_t *member);
static bool holds_back(const struct vrrp_fsm *fsm);
static bool hands_over(const struct vrrp_fsm *fsm);
static bool is_master(const struct vrrp_fsm *fsm);
static bool wants(const struct vrrp_fsm *fsm);
static bool wants_unprepared(const struct vrrp_fsm *fsm);

uint32_t vrrp_sync_decider(const struct vrrp_sync *sync)
{
	uint32_t decider = 0;

	for (uint32_t i = 1; i < sync->count; i++) {
		if (sync->members[i].router_id < sync->members[decider].router_id)
			decider = i;
	}
	return decider;
}

uint8_t vrrp_sync_priority(const struct vrrp_sync *sync)
{
	uint8_t least = VRRP_PRIORITY_OWNER;

	for (uint32_t i = 0; i < sync->count; i++) {
		if (sync->members[i].priority < least)
			least = sync->members[i].priority;
		if (sync->members[i].fsm->demoted && least > VRRP_PRIORITY_MOST)
			least = VRRP_PRIORITY_MOST;
	}
	return least;
}

bool vrrp_sync_next(struct vrrp_sync *sync, uint32_t *member, struct vrrp_event *event)
{
	*event = (struct vrrp_event){0};
	for (uint32_t i = 0; i < sync->count; i++) {
		assert(sync->members[i].fsm->options.grouped);
		if (settle_inputs(sync, i, event)) {
			*member = i;
			return true;
		}
	}
	if (settle_mastership(sync, member, event))
		return true;
	for (uint32_t i = 0; i < sync->count; i++) {
		if (hurry_others(sync, i, event)) {
			*member = i;
			return true;
		}
	}
	return false;
}

/* Faults, priority and release: what a member is told from outside. */
static bool settle_inputs(struct vrrp_sync *sync, uint32_t member, struct vrrp_event *event)
{
	const struct vrrp_fsm *fsm = sync->members[member].fsm;
	uint32_t faults = fsm->faults & ~(uint32_t)VRRP_FAULT_GROUP;

	if (another_fails(sync, member))
		faults |= VRRP_FAULT_GROUP;
	if (faults != fsm->faults) {
		event->kind = VRRP_EV_FAULTS;
		event->faults = faults;
		return true;
	}
	if (fsm->priority != vrrp_sync_priority(sync)) {
		event->kind = VRRP_EV_PRIORITY;
		event->priority = vrrp_sync_priority(sync);
		return true;
	}
	if (fsm->held != sync->released) {
		event->kind = sync->released ? VRRP_EV_RELEASE : VRRP_EV_RESUME;
		return true;
	}
	return false;
}

static bool settle_mastership(
	const struct vrrp_sync *sync, uint32_t *member, struct vrrp_event *event)
{
	uint32_t unused;

	if (find(sync, holds_back, &unused)) {
		event->kind = VRRP_EV_GROUP_BACKUP;
		return find(sync, is_master, member);
	}
	if (find(sync, hands_over, &unused)) {
		event->kind = VRRP_EV_GROUP_HAND_OVER;
		return find(sync, is_master, member);
	}
	event->kind = VRRP_EV_GROUP_PREPARE;
	if (find(sync, wants_unprepared, member))
		return true;
	event->kind = VRRP_EV_GROUP_MASTER;
	return find(sync, wants, member);
}

/* Once for each departure: a master that is heard afterwards re-arms its timer for good. */
static bool hurry_others(struct vrrp_sync *sync, uint32_t member, struct vrrp_event *event)
{
	struct vrrp_member *hurried = &sync->members[member];

	if (!another_is_abandoned(sync, member)) {
		hurried->hurried = false;
		return false;
	}
	if (hurried->hurried)
		return false;
	hurried->hurried = true;
	event->kind = VRRP_EV_GROUP_HURRY;
	return true;
}

static bool another_fails(const struct vrrp_sync *sync, uint32_t member)
{
	for (uint32_t i = 0; i < sync->count; i++) {
		if (i != member && sync->members[i].fsm->faults & ~(uint32_t)VRRP_FAULT_GROUP)
			return true;
	}
	return false;
}

static bool another_is_abandoned(const struct vrrp_sync *sync, uint32_t member)
{
	for (uint32_t i = 0; i < sync->count; i++) {
		if (i != member && sync->members[i].fsm->state == VRRP_BACKUP &&
			sync->members[i].fsm->abandoned)
			return true;
	}
	return false;
}

static bool find(
	const struct vrrp_sync *sync, bool (*is)(const struct vrrp_fsm *fsm), uint32_t *member)
{
	for (uint32_t i = 0; i < sync->count; i++) {
		if (is(sync->members[i].fsm)) {
			*member = i;
			return true;
		}
	}
	return false;
}

static bool holds_back(const struct vrrp_fsm *fsm)
{
	return fsm->state == VRRP_FAULT || (fsm->state == VRRP_BACKUP && !fsm->wants_master);
}

static bool hands_over(const struct vrrp_fsm *fsm)
{
	return fsm->hands_over;
}

static bool is_master(const struct vrrp_fsm *fsm)
{
	return fsm->state == VRRP_MASTER;
}

static bool wants(const struct vrrp_fsm *fsm)
{
	return fsm->state == VRRP_BACKUP && fsm->wants_master;
}

static bool wants_unprepared(const struct vrrp_fsm *fsm)
{
	return wants(fsm) && !fsm->has_addresses;
}
