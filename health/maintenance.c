/* SPDX-License-Identifier: GPL-2.0-or-later */
/* maintenance.c - what an operator's order makes of a verdict.
 *
 * A server that leaves maintenance starts as one that torc was just started with: UP at `rise`, so
 * that its first probe decides.  One whose name has no address stays where it is: there is nothing
 * to send anybody to. */
#include "health/maintenance.h"

static const uint32_t maintenance =
	SERVER_ADMIN_FORCED_MAINT | SERVER_ADMIN_CONFIG_MAINT | SERVER_ADMIN_RESOLUTION_MAINT;

static void stand_up(struct verdict *verdict, uint32_t health, uint64_t wall_s)
{
	if (verdict->state != SERVER_RUNNING) {
		/* The wall clock may have been set back meanwhile. */
		if (wall_s > verdict->changed_s)
			verdict->down_total_s += wall_s - verdict->changed_s;
		verdict->changed_s = wall_s;
	}
	verdict->state = SERVER_RUNNING;
	verdict->health = health;
}

static void lie_down(struct verdict *verdict, uint64_t wall_s)
{
	if (verdict->state != SERVER_STOPPED)
		verdict->changed_s = wall_s;
	verdict->state = SERVER_STOPPED;
	verdict->health = 0;
}

/* Out of the maintenance that a person or the file put it into. */
static void leave_maintenance(struct verdict *verdict, uint64_t wall_s)
{
	bool was_in = verdict->admin & maintenance;

	verdict->admin &= ~(uint32_t)(SERVER_ADMIN_FORCED_MAINT | SERVER_ADMIN_CONFIG_MAINT);
	if (was_in && !(verdict->admin & maintenance))
		stand_up(verdict, verdict->rise, wall_s);
}

void maintenance_apply(struct verdict *verdict, const struct order *order, uint64_t wall_s)
{
	switch (order->kind) {
	case ORDER_READY:
		verdict->admin &= ~(uint32_t)SERVER_ADMIN_FORCED_DRAIN;
		leave_maintenance(verdict, wall_s);
		break;
	case ORDER_DRAIN:
		verdict->admin |= SERVER_ADMIN_FORCED_DRAIN;
		leave_maintenance(verdict, wall_s);
		break;
	case ORDER_MAINT:
		verdict->admin |= SERVER_ADMIN_FORCED_MAINT;
		lie_down(verdict, wall_s);
		break;
	case ORDER_WEIGHT:
		verdict->weight = order->value;
		break;
	case ORDER_UP:
		if (!(verdict->admin & maintenance))
			stand_up(verdict, verdict->rise + verdict->fall - 1, wall_s);
		break;
	case ORDER_DOWN:
		lie_down(verdict, wall_s);
		break;
	}
}

static bool is_drained(const struct verdict *verdict)
{
	return verdict->admin & SERVER_ADMIN_FORCED_DRAIN;
}

static bool is_maintained(const struct verdict *verdict)
{
	return verdict->admin & maintenance;
}

struct maintenance_event maintenance_event(
	const struct verdict *before, const struct verdict *after)
{
	bool ran = before->state == SERVER_RUNNING, runs = after->state == SERVER_RUNNING;
	struct maintenance_event event = {0};

	if (is_maintained(after)) {
		if (is_maintained(before))
			return event;
		event.what = ran ? "is going DOWN for maintenance"
				 : "was DOWN and now enters maintenance";
		event.others = ran ? VERDICT_LEFT : VERDICT_ALONE;
	} else if (is_maintained(before)) {
		event.what = is_drained(after) ? "is UP/DRAIN (leaving forced maintenance)"
					       : "is UP/READY (leaving forced maintenance)";
		event.remains_drained = is_drained(after);
	} else if (is_drained(after) && !is_drained(before)) {
		event.what = "enters drain state";
		event.others = runs ? VERDICT_ONLINE : VERDICT_LEFT;
	} else if (is_drained(before) && !is_drained(after)) {
		event.what =
			runs ? "is UP (leaving forced drain)" : "is DOWN (leaving forced drain)";
	} else if (ran != runs) {
		event.what = runs ? "is UP, changed from CLI" : "is DOWN, changed from CLI";
		event.others = runs ? VERDICT_ONLINE : VERDICT_LEFT;
		event.remains_drained = is_drained(after);
	}
	/* One that was drained has been gone for long. */
	event.alarming = event.others == VERDICT_LEFT && ran && !is_drained(before);
	return event;
}
