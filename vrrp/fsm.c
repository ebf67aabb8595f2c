/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fsm.c - who is master: one virtual router's share in the election.
 *
 * The machine is the one of the RFCs, read the way keepalived runs it, so that the two can share a
 * network.  Where they leave room, these are the choices, and why:
 *
 *   - On becoming master the addresses are added first, silently, then comes the advertisement,
 *     then gratuitous ARP.  keepalived sends the advertisement first, and between it and the
 *     address nobody answers: the old master drops the address as soon as it hears us.  An address
 *     that nobody was told of yet disturbs nobody, and our neighbours are still told last, after
 *     the old master has dropped it.  So one order serves next to any peer.
 *   - A master that lowers its own priority below ours wants to be relieved.  Sitting out the rest
 *     of the master down interval would only prolong what it suffers from: we wait the skew, as
 *     for a farewell.  A master that was lower all along is preempted at the pace of the RFC.
 *   - Priority 1 from the master that we followed at a higher one is a planned stop: it serves on
 *     until we come, so nopreempt and preempt_delay do not hold us back.
 *   - A farewell shortens the timer and never lengthens it (a flood of them cannot keep us from
 *     taking over), and only the master that we follow can say it.
 *   - Who comes back after a pause (frozen, suspended, starved) has not heard what was said
 *     meanwhile.  A master yields when somebody may have taken over; a backup whose timer fired
 *     late listens for one advertisement interval before it believes the silence.
 *   - Answers that any packet can trigger are at least 1/32 of an interval apart.
 *
 * Who is better than whom is asked in election.c; here is what follows from the answer.  Every
 * state is one function that names every event.  Transitions happen in enter(), which
 * counts, remembers and reports them.  What the addresses do follows from the state and is checked
 * after every step.  The speaker's thread drives this; tests and the simulator do with a clock of
 * their own. */
#include "vrrp/fsm.h"
#include "vrrp/election.h"
#include "vrrp/ip.h"
#include "vrrp/track.h"
#include <assert.h>

#define ANSWER_PART 32 /* of an interval: the closest that two of our adverts can be */

/* One step: what all of the functions below work on. */
struct step {
	struct vrrp_fsm *fsm;
	const struct vrrp_event *event;
	uint64_t now_us;
	struct vrrp_actions *out;
	uint8_t before; /* our priority before the event */
};

static void take_inputs(struct vrrp_fsm *fsm, const struct vrrp_event *event);
static void step_init(struct step *step);
static void step_backup(struct step *step);
static void step_master(struct step *step);
static void step_leaving(struct step *step);
static void step_fault(struct step *step);

static void start(struct step *step, enum vrrp_why why);
static void backup_hears(struct step *step);
static void backup_judges(struct step *step);
static void backup_times_out(struct step *step);
static void follow(struct step *step);
static void master_leaves(struct step *step);
static void listen_first(struct step *step);
static void master_hears(struct step *step);
static void master_times_out(struct step *step);
static void answer_lower(struct step *step);
static void hand_over(struct step *step, enum vrrp_why why);
static void end_hand_over(struct step *step, enum vrrp_why why);
static void leaving_hears(struct step *step);
static void leaving_times_out(struct step *step);

static void become_master(struct step *step, enum vrrp_why why);
static void become_backup(struct step *step, enum vrrp_why why);
static void become_fault(struct step *step);
static void begin_to_leave(struct step *step);
static void leave_at_once(struct step *step, enum vrrp_why why);
static void go_quietly(struct step *step, enum vrrp_why why);
static void enter(struct step *step, enum vrrp_state to, enum vrrp_why why);
static void check(const struct vrrp_fsm *fsm);

static void hear(struct step *step);
static void advertise(struct step *step, uint8_t priority);
static void advertise_soon(struct step *step);
static void arm(struct vrrp_fsm *fsm, uint64_t at_us);
static void shorten(struct vrrp_fsm *fsm, uint64_t at_us);
static uint64_t skew_us(const struct vrrp_fsm *fsm);
static void drop_addresses(struct step *step);
static struct vrrp_action *add(struct step *step, enum vrrp_action_kind kind);
static void add_notify(struct step *step, enum vrrp_notify_kind notify);
static void add_note(struct step *step, enum vrrp_note_kind kind);

void vrrp_fsm_init(struct vrrp_fsm *fsm, const struct vrrp_options *options, uint64_t now_us)
{
	assert(options->priority >= VRRP_PRIORITY_LEAST && options->advert_us > 0);
	*fsm = (struct vrrp_fsm){
		.options = *options,
		.state = VRRP_INIT,
		.priority = options->priority,
		.timer_at_us = VRRP_NEVER,
		.leave_by_us = VRRP_NEVER,
		.preempt_at_us = VRRP_NEVER,
		.rival_since_us = VRRP_NEVER,
		.lower_us = VRRP_NEVER,
		.master_advert_us = options->advert_us,
		.journal.since_us = now_us,
	};
}

void vrrp_fsm_step(struct vrrp_fsm *fsm, const struct vrrp_event *event, uint64_t now_us,
	struct vrrp_actions *out)
{
	struct step step = {
		.fsm = fsm,
		.event = event,
		.now_us = now_us,
		.out = out,
		.before = vrrp_fsm_priority(fsm),
	};

	out->count = 0;
	take_inputs(fsm, event);
	switch (fsm->state) {
	case VRRP_INIT:
		step_init(&step);
		break;
	case VRRP_BACKUP:
		step_backup(&step);
		break;
	case VRRP_MASTER:
		step_master(&step);
		break;
	case VRRP_LEAVING:
		step_leaving(&step);
		break;
	case VRRP_FAULT:
		step_fault(&step);
		break;
	case VRRP_STATES:
		assert(fsm->state != VRRP_STATES);
		break;
	}
	check(fsm);
}

/* What holds in every state, whatever the state makes of it. */
static void take_inputs(struct vrrp_fsm *fsm, const struct vrrp_event *event)
{
	if (event->kind == VRRP_EV_PRIORITY) {
		assert(event->priority >= VRRP_PRIORITY_LEAST);
		fsm->priority = event->priority;
	} else if (event->kind == VRRP_EV_FAULTS) {
		fsm->faults = event->faults;
	} else if (event->kind == VRRP_EV_RELEASE) {
		fsm->held = true;
	} else if (event->kind == VRRP_EV_RESUME) {
		fsm->held = false;
	}
}

/* --- the states --------------------------------------------------------------------------------*/

static void step_init(struct step *step)
{
	switch (step->event->kind) {
	case VRRP_EV_START:
		start(step, VRRP_WHY_STARTED);
		break;
	case VRRP_EV_STOP:
	case VRRP_EV_QUIT:
		add(step, VRRP_ACT_GONE);
		break;
	case VRRP_EV_ADVERT:
		hear(step);
		break;
	case VRRP_EV_TIMER:
	case VRRP_EV_PRIORITY:
	case VRRP_EV_FAULTS:
	case VRRP_EV_RELEASE:
	case VRRP_EV_RESUME:
	case VRRP_EV_AWAY:
	case VRRP_EV_GROUP_PREPARE:
	case VRRP_EV_GROUP_MASTER:
	case VRRP_EV_GROUP_BACKUP:
	case VRRP_EV_GROUP_HAND_OVER:
	case VRRP_EV_GROUP_HURRY:
		break;
	}
}

static void step_backup(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;
	struct vrrp_pace before, after;

	switch (step->event->kind) {
	case VRRP_EV_STOP:
	case VRRP_EV_QUIT:
		go_quietly(step, VRRP_WHY_STOPPED);
		break;
	case VRRP_EV_TIMER:
		backup_times_out(step);
		break;
	case VRRP_EV_ADVERT:
		backup_hears(step);
		break;
	case VRRP_EV_PRIORITY:
	case VRRP_EV_RELEASE:
	case VRRP_EV_RESUME:
		before = vrrp_pace_of(fsm, step->before);
		after = vrrp_pace_of(fsm, vrrp_fsm_priority(fsm));
		fsm->timer_at_us = vrrp_deadline_moved_us(fsm->timer_at_us, &before, &after);
		break;
	case VRRP_EV_FAULTS:
		if (fsm->faults)
			become_fault(step);
		break;
	case VRRP_EV_AWAY:
		listen_first(step);
		break;
	case VRRP_EV_GROUP_PREPARE:
		if (fsm->wants_master && !fsm->has_addresses) {
			fsm->has_addresses = true;
			add(step, VRRP_ACT_ADD);
		}
		break;
	case VRRP_EV_GROUP_MASTER:
		if (fsm->wants_master)
			become_master(step, VRRP_WHY_GROUP);
		break;
	case VRRP_EV_GROUP_HURRY:
		if (!fsm->wants_master)
			shorten(fsm, step->now_us + fsm->master_advert_us + skew_us(fsm));
		break;
	case VRRP_EV_START:
	case VRRP_EV_GROUP_BACKUP:
	case VRRP_EV_GROUP_HAND_OVER:
		break;
	}
}

static void step_master(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;

	switch (step->event->kind) {
	case VRRP_EV_STOP:
		begin_to_leave(step);
		break;
	case VRRP_EV_QUIT:
		leave_at_once(step, VRRP_WHY_STOPPED);
		break;
	case VRRP_EV_TIMER:
		master_times_out(step);
		break;
	case VRRP_EV_ADVERT:
		master_hears(step);
		break;
	case VRRP_EV_PRIORITY:
	case VRRP_EV_RELEASE:
	case VRRP_EV_RESUME:
		/* The backups should not have to wait for it. */
		if (vrrp_fsm_priority(fsm) != step->before)
			advertise_soon(step);
		break;
	case VRRP_EV_FAULTS:
		if (fsm->faults)
			become_fault(step);
		break;
	case VRRP_EV_AWAY:
		if (vrrp_may_be_replaced(fsm, step->now_us)) {
			become_backup(step, VRRP_WHY_AWAY);
			listen_first(step);
		} else {
			advertise_soon(step);
		}
		break;
	case VRRP_EV_GROUP_BACKUP:
		/* Whoever waits here for us need not sit out the whole interval. */
		advertise(step, VRRP_PRIORITY_GONE);
		become_backup(step, VRRP_WHY_GROUP);
		break;
	case VRRP_EV_GROUP_HAND_OVER:
		hand_over(step, VRRP_WHY_GROUP);
		break;
	case VRRP_EV_START:
	case VRRP_EV_GROUP_PREPARE:
	case VRRP_EV_GROUP_MASTER:
	case VRRP_EV_GROUP_HURRY:
		break;
	}
}

static void step_leaving(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;

	switch (step->event->kind) {
	case VRRP_EV_START: /* not stopped after all */
		fsm->leave_by_us = VRRP_NEVER;
		fsm->hands_over = false;
		if (fsm->succeeded) {
			become_backup(step, VRRP_WHY_STARTED);
		} else {
			enter(step, VRRP_MASTER, VRRP_WHY_STARTED);
			advertise_soon(step);
		}
		break;
	case VRRP_EV_STOP: /* for good now */
		fsm->hands_over = false;
		break;
	case VRRP_EV_QUIT:
		fsm->hands_over = false;
		leave_at_once(step, VRRP_WHY_STOPPED);
		break;
	case VRRP_EV_TIMER:
		leaving_times_out(step);
		break;
	case VRRP_EV_ADVERT:
		leaving_hears(step);
		break;
	case VRRP_EV_FAULTS:
		if (fsm->faults && fsm->hands_over)
			end_hand_over(step, VRRP_WHY_FAULT);
		else if (fsm->faults)
			leave_at_once(step, VRRP_WHY_FAULT);
		break;
	case VRRP_EV_AWAY:
		if (fsm->hands_over)
			end_hand_over(step, VRRP_WHY_AWAY);
		else if (vrrp_may_be_replaced(fsm, step->now_us))
			leave_at_once(step, VRRP_WHY_AWAY);
		else if (!fsm->succeeded)
			advertise_soon(step);
		break;
	case VRRP_EV_PRIORITY:
	case VRRP_EV_RELEASE:
	case VRRP_EV_RESUME:
	case VRRP_EV_GROUP_PREPARE:
	case VRRP_EV_GROUP_MASTER:
	case VRRP_EV_GROUP_BACKUP:
	case VRRP_EV_GROUP_HAND_OVER:
	case VRRP_EV_GROUP_HURRY:
		break;
	}
}

static void step_fault(struct step *step)
{
	switch (step->event->kind) {
	case VRRP_EV_STOP:
	case VRRP_EV_QUIT:
		go_quietly(step, VRRP_WHY_STOPPED);
		break;
	case VRRP_EV_FAULTS:
		if (!step->fsm->faults)
			start(step, VRRP_WHY_WELL_AGAIN);
		break;
	case VRRP_EV_ADVERT:
		hear(step);
		break;
	case VRRP_EV_START:
	case VRRP_EV_TIMER:
	case VRRP_EV_PRIORITY:
	case VRRP_EV_RELEASE:
	case VRRP_EV_RESUME:
	case VRRP_EV_AWAY:
	case VRRP_EV_GROUP_PREPARE:
	case VRRP_EV_GROUP_MASTER:
	case VRRP_EV_GROUP_BACKUP:
	case VRRP_EV_GROUP_HAND_OVER:
	case VRRP_EV_GROUP_HURRY:
		break;
	}
}

/* --- backup ------------------------------------------------------------------------------------*/

/* RFC 5798 6.4.1: the owner is master at once, everybody else waits for a whole master down
 * interval, whatever the file's `state` says.  An owner in a group wants at once. */
static void start(struct step *step, enum vrrp_why why)
{
	struct vrrp_fsm *fsm = step->fsm;
	bool owner;

	fsm->demoted = false;
	owner = vrrp_fsm_priority(fsm) == VRRP_PRIORITY_OWNER;
	if (fsm->faults) {
		become_fault(step);
		return;
	}
	if (owner && !fsm->options.grouped) {
		become_master(step, VRRP_WHY_OWNER);
		return;
	}
	become_backup(step, why);
	if (fsm->options.preempt_delay_us)
		fsm->preempt_at_us = step->now_us + fsm->options.preempt_delay_us;
	if (owner) {
		fsm->wants_master = true;
		fsm->timer_at_us = VRRP_NEVER;
	}
}

static void backup_hears(struct step *step)
{
	hear(step);
	if (step->event->priority == VRRP_PRIORITY_GONE)
		master_leaves(step);
	else
		backup_judges(step);
}

/* RFC 5798 6.4.2 (425..): accept, or let the timer run and take over when it is out. */
static void backup_judges(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;
	const struct vrrp_event *event = step->event;
	bool follows = vrrp_ip_equal(&event->source, &fsm->followed);

	if (vrrp_master_leaves(fsm, step->event)) {
		fsm->abandoned = true;
	} else if (vrrp_backup_accepts(fsm, step->event, step->now_us)) {
		follow(step);
		return;
	}
	if (fsm->listening) {
		/* Somebody is master: from now on as always. */
		fsm->listening = false;
		arm(fsm, step->now_us + vrrp_fsm_master_down_us(fsm));
		return;
	}
	if (!follows || event->priority >= fsm->followed_priority)
		return;
	fsm->followed_priority = event->priority;
	add_note(step, VRRP_NOTE_STEPPED_DOWN);
	if (!fsm->wants_master)
		shorten(fsm, step->now_us + skew_us(fsm));
}

static void follow(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;
	const struct vrrp_event *event = step->event;

	fsm->followed = event->source;
	fsm->followed_priority = event->priority;
	fsm->wants_master = false;
	fsm->listening = false;
	fsm->abandoned = false;
	if (fsm->options.version == 3) { /* RFC 5798 6.4.2 (450) */
		if (event->advert_us != fsm->master_advert_us &&
			event->advert_us != fsm->options.advert_us)
			add_note(step, VRRP_NOTE_INTERVAL);
		fsm->master_advert_us = event->advert_us;
	}
	arm(fsm, step->now_us + vrrp_fsm_master_down_us(fsm));
}

static void master_leaves(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;

	if (vrrp_ip_is_set(&fsm->followed) &&
		!vrrp_ip_equal(&fsm->followed, &step->event->source)) {
		add_note(step, VRRP_NOTE_STRANGER_LEFT);
		return;
	}
	fsm->abandoned = true;
	if (!fsm->wants_master)
		shorten(fsm, step->now_us + skew_us(fsm));
}

static void backup_times_out(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;

	if (step->now_us < fsm->timer_at_us)
		return; /* it was moved meanwhile */
	if (!fsm->listening && step->now_us - fsm->timer_at_us > fsm->master_advert_us) {
		listen_first(step);
		return;
	}
	if (fsm->options.grouped) {
		fsm->wants_master = true;
		fsm->listening = false;
		fsm->timer_at_us = VRRP_NEVER;
		return;
	}
	if (fsm->abandoned)
		become_master(step, VRRP_WHY_FAREWELL);
	else if (fsm->heard_us && step->now_us - fsm->heard_us <= fsm->master_advert_us)
		become_master(step, VRRP_WHY_LOWER);
	else
		become_master(step, VRRP_WHY_SILENCE);
}

/* One interval, in which any master must speak, and the skew, so that of several listeners the best
 * is first. */
static void listen_first(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;

	fsm->listening = true;
	fsm->wants_master = false;
	fsm->preempt_at_us = VRRP_NEVER;
	arm(fsm, step->now_us + fsm->master_advert_us + skew_us(fsm));
	add_note(step, VRRP_NOTE_LISTENING);
}

/* --- master ------------------------------------------------------------------------------------*/

/* RFC 5798 6.4.3 (700..), with the answer to a lower master that RFC 9568 added. */
static void master_hears(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;

	hear(step);
	if (step->event->priority == VRRP_PRIORITY_GONE) {
		advertise_soon(step);
		return;
	}
	if (vrrp_may_be_replaced(fsm, step->now_us)) {
		become_backup(step, VRRP_WHY_AWAY);
		backup_judges(step);
		return;
	}
	if (step->event->priority == VRRP_PRIORITY_OWNER && step->before == VRRP_PRIORITY_OWNER)
		add_note(step, VRRP_NOTE_TWO_OWNERS);
	switch (vrrp_rank_rival(fsm, step->event, step->now_us)) {
	case VRRP_RANK_LOWER:
		answer_lower(step);
		break;
	case VRRP_RANK_HIGHER:
		if (fsm->options.farewell_to_higher)
			advertise(step, vrrp_fsm_priority(fsm));
		if (fsm->held) {
			hand_over(step, VRRP_WHY_HIGHER);
			fsm->succeeded = true;
			break;
		}
		become_backup(step, VRRP_WHY_HIGHER);
		follow(step);
		break;
	case VRRP_RANK_OURSELVES:
		add_note(step, VRRP_NOTE_SAME_ADDRESS);
		break;
	case VRRP_RANK_UNDECIDED:
		break;
	}
}

static void master_times_out(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;
	uint64_t interval_us = fsm->options.advert_us, due_us = fsm->timer_at_us;

	if (step->now_us < due_us)
		return;
	if (vrrp_may_be_replaced(fsm, step->now_us)) {
		become_backup(step, VRRP_WHY_AWAY);
		listen_first(step);
		return;
	}
	advertise(step, vrrp_fsm_priority(fsm));
	/* In step with the intervals, unless one was missed altogether. */
	if (step->now_us - due_us < interval_us)
		arm(fsm, due_us + interval_us);
}

/* It may have told the neighbours that the address is with it, so they are told again. */
static void answer_lower(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;

	fsm->counters.lower_in++;
	if (!fsm->options.silent_to_lower)
		advertise_soon(step);
	if (fsm->lower_us != VRRP_NEVER && step->now_us - fsm->lower_us < fsm->options.advert_us)
		return;
	fsm->lower_us = step->now_us;
	add(step, VRRP_ACT_ANNOUNCE)->why = VRRP_ANNOUNCE_LOWER;
	add_note(step, VRRP_NOTE_LOWER_MASTER);
	add_notify(step, VRRP_NOTIFY_LOWER);
}

/* Released, and somebody has come, here or on another network of the group: he may not hold the
 * addresses yet, see leaving_hears(). */
static void hand_over(struct step *step, enum vrrp_why why)
{
	struct vrrp_fsm *fsm = step->fsm;

	fsm->hands_over = true;
	fsm->succeeded = false;
	fsm->leave_by_us = step->now_us + VRRP_LINGER_US;
	fsm->timer_at_us = fsm->leave_by_us;
	enter(step, VRRP_LEAVING, why);
}

/* Whoever waits here, and was not heard, need not sit out the whole interval. */
static void end_hand_over(struct step *step, enum vrrp_why why)
{
	struct vrrp_fsm *fsm = step->fsm;

	if (!fsm->succeeded)
		advertise(step, VRRP_PRIORITY_GONE);
	fsm->hands_over = fsm->succeeded = false;
	fsm->leave_by_us = VRRP_NEVER;
	if (fsm->faults)
		become_fault(step);
	else
		become_backup(step, why);
}

/* --- leaving -----------------------------------------------------------------------------------*/

/* Whoever advertises is master besides us, and that is all we wait for.  It may not hold the
 * addresses yet (keepalived adds them after its first advertisement), so we keep ours for a moment,
 * and say nothing more: two answer for once, but never none. */
static void leaving_hears(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;

	hear(step);
	if (fsm->succeeded || step->event->priority == VRRP_PRIORITY_GONE ||
		vrrp_ip_equal(&step->event->source, &fsm->address))
		return;
	fsm->succeeded = true;
	fsm->leave_by_us = step->now_us + VRRP_LINGER_US;
	fsm->timer_at_us = fsm->leave_by_us;
}

static void leaving_times_out(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;

	if (step->now_us < fsm->timer_at_us)
		return;
	if (fsm->hands_over)
		end_hand_over(step, VRRP_WHY_SUCCEEDED);
	else if (fsm->succeeded)
		go_quietly(step, VRRP_WHY_SUCCEEDED);
	else if (step->now_us >= fsm->leave_by_us)
		leave_at_once(step, VRRP_WHY_NOBODY);
	else
		advertise(step, VRRP_PRIORITY_LEAVING);
}

/* --- transitions -------------------------------------------------------------------------------*/

static void become_master(struct step *step, enum vrrp_why why)
{
	struct vrrp_fsm *fsm = step->fsm;

	if (!fsm->has_addresses)
		add(step, VRRP_ACT_ADD);
	fsm->has_addresses = true;
	fsm->relieved = fsm->abandoned ? fsm->followed : (struct vrrp_ip){0};
	fsm->relieved_us = step->now_us;
	fsm->rival_since_us = VRRP_NEVER;
	fsm->master_advert_us = fsm->options.advert_us;
	advertise(step, vrrp_fsm_priority(fsm));
	add(step, VRRP_ACT_ANNOUNCE)->why = VRRP_ANNOUNCE_MASTER;
	enter(step, VRRP_MASTER, why);
	add_notify(step, VRRP_NOTIFY_MASTER);
}

static void become_backup(struct step *step, enum vrrp_why why)
{
	struct vrrp_fsm *fsm = step->fsm;

	drop_addresses(step);
	enter(step, VRRP_BACKUP, why);
	add_notify(step, VRRP_NOTIFY_BACKUP);
	fsm->master_advert_us = fsm->options.advert_us;
	arm(fsm, step->now_us + vrrp_fsm_master_down_us(fsm));
}

/* A master that fails says farewell, even if the interface is gone and nobody hears it. */
static void become_fault(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;

	if (fsm->state == VRRP_MASTER)
		advertise(step, VRRP_PRIORITY_GONE);
	drop_addresses(step);
	fsm->timer_at_us = VRRP_NEVER;
	enter(step, VRRP_FAULT, VRRP_WHY_FAULT);
	add_notify(step, VRRP_NOTIFY_FAULT);
}

/* The longest that any successor waits, counted from our last good advertisement, and one interval
 * more in case that its first one is lost. */
static void begin_to_leave(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;
	struct vrrp_pace slowest = vrrp_pace_of(fsm, VRRP_PRIORITY_LEAST);

	fsm->succeeded = false;
	fsm->leave_by_us = step->now_us + vrrp_master_down_us(&slowest) + fsm->options.advert_us;
	enter(step, VRRP_LEAVING, VRRP_WHY_STOPPED);
	advertise_soon(step);
}

/* Out of MASTER or LEAVING without a successor. */
static void leave_at_once(struct step *step, enum vrrp_why why)
{
	advertise(step, VRRP_PRIORITY_GONE);
	go_quietly(step, why);
}

static void go_quietly(struct step *step, enum vrrp_why why)
{
	struct vrrp_fsm *fsm = step->fsm;

	drop_addresses(step);
	fsm->timer_at_us = VRRP_NEVER;
	fsm->leave_by_us = VRRP_NEVER;
	enter(step, VRRP_INIT, why);
	add_notify(step, VRRP_NOTIFY_STOP);
	add(step, VRRP_ACT_GONE);
}

/* The one place where a state changes.  What a backup knows of its master dies with the state. */
static void enter(struct step *step, enum vrrp_state to, enum vrrp_why why)
{
	struct vrrp_fsm *fsm = step->fsm;
	struct vrrp_transition transition = {
		.from = fsm->state,
		.to = to,
		.why = why,
		.at_us = step->now_us,
		.stayed_us = step->now_us - fsm->journal.since_us,
		.priority = vrrp_fsm_priority(fsm),
		.peer = fsm->master,
		.peer_priority = fsm->master_priority,
		.silence_us = fsm->heard_us ? step->now_us - fsm->heard_us : 0,
		.faults = fsm->faults,
	};

	assert(to != fsm->state);
	fsm->state = to;
	fsm->wants_master = false;
	fsm->listening = false;
	fsm->abandoned = false;
	fsm->followed = (struct vrrp_ip){0};
	fsm->preempt_at_us = VRRP_NEVER;
	fsm->counters.entered[to]++;
	vrrp_journal_add(&fsm->journal, &transition);
	add(step, VRRP_ACT_TRANSITION)->transition = transition;
}

static void check(const struct vrrp_fsm *fsm)
{
	bool serving = fsm->state == VRRP_MASTER || fsm->state == VRRP_LEAVING;
	bool prepared = fsm->state == VRRP_BACKUP && fsm->wants_master;

	assert(fsm->has_addresses == serving || prepared);
	assert((fsm->timer_at_us != VRRP_NEVER) ==
		(serving || (fsm->state == VRRP_BACKUP && !fsm->wants_master)));
	assert(!fsm->wants_master || (fsm->options.grouped && fsm->state == VRRP_BACKUP));
	assert((fsm->leave_by_us != VRRP_NEVER) == (fsm->state == VRRP_LEAVING));
	assert(!fsm->hands_over || fsm->state == VRRP_LEAVING);
	assert((fsm->state == VRRP_FAULT) == (fsm->faults != 0) || fsm->state == VRRP_INIT);
}

/* --- leaves ------------------------------------------------------------------------------------*/

static void hear(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;

	fsm->counters.adverts_in++;
	if (step->event->priority == VRRP_PRIORITY_GONE) {
		fsm->counters.farewells_in++;
		return;
	}
	fsm->master = step->event->source;
	fsm->master_priority = step->event->priority;
	fsm->heard_us = step->now_us;
}

static void advertise(struct step *step, uint8_t priority)
{
	struct vrrp_fsm *fsm = step->fsm;

	add(step, VRRP_ACT_ADVERT)->priority = priority;
	fsm->counters.adverts_out++;
	if (priority == VRRP_PRIORITY_GONE)
		fsm->counters.farewells_out++;
	fsm->sent_us = step->now_us;
	arm(fsm, step->now_us + fsm->options.advert_us);
}

/* At once, if the last one was not just now. */
static void advertise_soon(struct step *step)
{
	struct vrrp_fsm *fsm = step->fsm;
	uint64_t earliest_us = fsm->sent_us + fsm->options.advert_us / ANSWER_PART;

	if (step->now_us >= earliest_us)
		advertise(step, vrrp_fsm_priority(fsm));
	else
		shorten(fsm, earliest_us);
}

static void arm(struct vrrp_fsm *fsm, uint64_t at_us)
{
	fsm->timer_at_us = at_us < fsm->leave_by_us ? at_us : fsm->leave_by_us;
}

static void shorten(struct vrrp_fsm *fsm, uint64_t at_us)
{
	if (at_us < fsm->timer_at_us)
		arm(fsm, at_us);
}

static uint64_t skew_us(const struct vrrp_fsm *fsm)
{
	struct vrrp_pace pace = vrrp_pace_of(fsm, vrrp_fsm_priority(fsm));

	return vrrp_skew_us(&pace);
}

static void drop_addresses(struct step *step)
{
	if (!step->fsm->has_addresses)
		return;
	step->fsm->has_addresses = false;
	add(step, VRRP_ACT_REMOVE);
	add(step, VRRP_ACT_SILENCE);
}

static struct vrrp_action *add(struct step *step, enum vrrp_action_kind kind)
{
	struct vrrp_action *action;

	assert(step->out->count < VRRP_ACTIONS_MAX);
	action = &step->out->items[step->out->count++];
	action->kind = kind;
	return action;
}

static void add_notify(struct step *step, enum vrrp_notify_kind notify)
{
	add(step, VRRP_ACT_NOTIFY)->notify = notify;
}

static void add_note(struct step *step, enum vrrp_note_kind kind)
{
	add(step, VRRP_ACT_NOTE)->note = (struct vrrp_note){
		.kind = kind,
		.peer = step->event->source,
		.priority = step->event->priority,
		.interval_us = step->event->advert_us,
	};
}
