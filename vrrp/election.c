/* SPDX-License-Identifier: GPL-2.0-or-later */
/* election.c - whether a packet is from somebody better, and since when that matters.
 *
 * The questions that the state machine asks about an advertisement, apart from what it does about
 * the answer.  They read the router and remember only what an answer depends on later (a rivalry's
 * age, the start of a preempt_delay); no action is decided here.  The speaker's thread. */
#include "vrrp/election.h"
#include "vrrp/ip.h"
#include "vrrp/track.h"

void vrrp_options_from(struct vrrp_options *options, const struct vrrp_instance *instance)
{
	*options = (struct vrrp_options){
		.version = instance->version,
		.family = instance->family,
		.priority = instance->priority,
		.preempt = !instance->no_preempt || instance->wants_master,
		.farewell_to_higher = instance->higher_prio_send_advert,
		.silent_to_lower = instance->lower_prio_no_advert,
		.grouped = instance->group >= 0,
		.down_adverts = instance->down_adverts ? instance->down_adverts : VRRP_DOWN_ADVERTS,
		.advert_us = vrrp_advert_rounded_us(instance->version, instance->advert_us),
		.preempt_delay_us = instance->wants_master ? 0 : instance->preempt_delay_us,
	};
}

uint8_t vrrp_fsm_priority(const struct vrrp_fsm *fsm)
{
	if (fsm->state == VRRP_LEAVING || fsm->held)
		return VRRP_PRIORITY_LEAVING;
	if (fsm->demoted && fsm->priority == VRRP_PRIORITY_OWNER)
		return VRRP_PRIORITY_MOST;
	return fsm->priority;
}

uint64_t vrrp_fsm_master_down_us(const struct vrrp_fsm *fsm)
{
	struct vrrp_pace pace = vrrp_pace_of(fsm, vrrp_fsm_priority(fsm));

	return vrrp_master_down_us(&pace);
}

bool vrrp_backup_accepts(struct vrrp_fsm *fsm, const struct vrrp_event *event, uint64_t now_us)
{
	if (event->priority >= vrrp_fsm_priority(fsm)) {
		fsm->preempt_at_us = VRRP_NEVER;
		return true;
	}
	if (!fsm->options.preempt)
		return true;
	if (fsm->options.preempt_delay_us == 0)
		return false;
	/* Counted from the start, or from the first advert of a lower master. */
	if (fsm->preempt_at_us == VRRP_NEVER)
		fsm->preempt_at_us = now_us + fsm->options.preempt_delay_us;
	return now_us < fsm->preempt_at_us;
}

/* Priority 1 is a planned stop when it comes from a master that had more, and stays one while that
 * master repeats it.  It counts even for who has been released himself: anybody better is quicker
 * by the skew, and if there is nobody, he is better than a gap. */
bool vrrp_master_leaves(const struct vrrp_fsm *fsm, const struct vrrp_event *event)
{
	return event->priority == VRRP_PRIORITY_LEAVING &&
	       vrrp_ip_equal(&event->source, &fsm->followed) &&
	       (fsm->abandoned || fsm->followed_priority > VRRP_PRIORITY_LEAVING);
}

/* Priority first, then the greater address (RFC 5798 6.4.3 (710)).  Three exceptions.  Who takes
 * over with priority 1 from a master that leaves with priority 1 need not give way to words that
 * were said before it was heard.  Two are for a rivalry that lasts: a member of a group leaves ties
 * to the group's first one until it is clear that nobody is heard there, and an owner that wins
 * against another owner, but is not listened to, gives way. */
enum vrrp_rank vrrp_rank_rival(
	struct vrrp_fsm *fsm, const struct vrrp_event *event, uint64_t now_us)
{
	uint8_t own = vrrp_fsm_priority(fsm);
	uint64_t patience_us = fsm->options.down_adverts * fsm->options.advert_us;
	int order = vrrp_ip_compare(&event->source, &fsm->address);
	bool lasting;

	if (event->priority != own)
		return event->priority > own ? VRRP_RANK_HIGHER : VRRP_RANK_LOWER;
	if (order == 0)
		return VRRP_RANK_OURSELVES;
	if (vrrp_ip_equal(&event->source, &fsm->relieved) &&
		now_us - fsm->relieved_us < VRRP_LINGER_US)
		return VRRP_RANK_UNDECIDED;
	if (fsm->rival_since_us == VRRP_NEVER || now_us - fsm->rival_us > patience_us)
		fsm->rival_since_us = now_us;
	fsm->rival_us = now_us;
	lasting = now_us - fsm->rival_since_us >= patience_us;
	if (fsm->options.follows_in_ties && order > 0 && !lasting)
		return VRRP_RANK_UNDECIDED;
	if (own == VRRP_PRIORITY_OWNER && order < 0 && lasting) {
		fsm->demoted = true;
		return VRRP_RANK_HIGHER;
	}
	return order > 0 ? VRRP_RANK_HIGHER : VRRP_RANK_LOWER;
}

/* Has so much time passed since we last spoke that some backup's timer may have run out?  The
 * shortest is that of the highest priority. */
bool vrrp_may_be_replaced(const struct vrrp_fsm *fsm, uint64_t now_us)
{
	struct vrrp_pace quickest = {
		.version = fsm->options.version,
		.priority = VRRP_PRIORITY_OWNER,
		.down_adverts = fsm->options.down_adverts,
		.advert_us = fsm->options.advert_us,
	};

	return now_us - fsm->sent_us >= vrrp_master_down_us(&quickest);
}

/* Of a backup of this priority that waits for the master which we heard last. */
struct vrrp_pace vrrp_pace_of(const struct vrrp_fsm *fsm, uint8_t priority)
{
	return (struct vrrp_pace){
		.version = fsm->options.version,
		.priority = priority,
		.down_adverts = fsm->options.down_adverts,
		.advert_us = fsm->master_advert_us,
	};
}
