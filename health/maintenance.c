/* SPDX-License-Identifier: GPL-2.0-or-later */
/* maintenance.c - what an operator's order makes of a verdict.
 *
 * A server that leaves maintenance starts as one that torc was just started with: UP at `rise`, so
 * that its first probe decides.  One whose name has no address stays where it is: there is nothing
 * to send anybody to. */
#include "health/maintenance.h"

#include <stdio.h>

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

uint32_t maintenance_describe(char out[MAINTENANCE_LINE_BYTES], const struct server *server,
	const struct verdict *before, const struct verdict *after)
{
	const char *what = NULL;
	int bytes;

	if ((after->admin & maintenance) && !(before->admin & maintenance))
		what = "is going DOWN for maintenance.";
	else if (!(after->admin & maintenance) && (before->admin & maintenance))
		what = after->admin & SERVER_ADMIN_FORCED_DRAIN
			       ? "is UP/DRAIN (leaving forced maintenance)."
			       : "is UP/READY (leaving forced maintenance).";
	else if ((after->admin & SERVER_ADMIN_FORCED_DRAIN) &&
		 !(before->admin & SERVER_ADMIN_FORCED_DRAIN))
		what = "enters drain state.";
	else if (!(after->admin & SERVER_ADMIN_FORCED_DRAIN) &&
		 (before->admin & SERVER_ADMIN_FORCED_DRAIN))
		what = "is UP (leaving forced drain).";
	else if (after->state != before->state)
		what = after->state == SERVER_RUNNING ? "is UP, as an operator says."
						      : "is DOWN, as an operator says.";
	out[0] = '\0';
	if (!what)
		return 0;
	bytes = snprintf(out, MAINTENANCE_LINE_BYTES, "%sServer %s/%s %s",
		server->backup ? "Backup " : "", server->proxy->name, server->name, what);
	return bytes < MAINTENANCE_LINE_BYTES ? (uint32_t)bytes : MAINTENANCE_LINE_BYTES - 1;
}
