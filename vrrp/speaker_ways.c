/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_ways.c - routes and rules that ought to be there and are not.
 *
 * Unlike addresses they need no renewal, so they are asked for again only when there is a reason:
 * the kernel told that one has gone; an interface or an address changed, with which routes go
 * without a word; or one was refused before.  Then all that are held are asked for once more.  The
 * kernel refuses what it has already, which is the answer that all is well; what is refused for
 * another reason (its network is not there yet) is tried again every second.
 *
 * What is not tracked (no_track) stays away until its router is master again.
 *
 * The keeper's thread. */
#include "core/log.h"
#include "vrrp/route.h"
#include "vrrp/rule.h"
#include "vrrp/speaker.h"
#include <errno.h>

void ways_find_links(struct speaker *speaker, struct remain *remain)
{
	struct vrrp_route *route = &remain->route;

	remain->index = links_index(speaker, route->interface);
	for (uint32_t i = 0; i < route->hop_count; i++)
		route->hops[i].index = links_index(speaker, route->hops[i].interface);
}

static int32_t put_back(struct speaker *speaker, struct remain *remain)
{
	struct netlink_call call = {0};
	struct netlink_writer *writer = netlink_call_begin(&speaker->orders, &call);
	int32_t result;

	if (remain->kind == REMAIN_RULE) {
		rule_write_add(writer, &remain->rule);
	} else {
		ways_find_links(speaker, remain);
		route_write_add(writer, &remain->route, remain->index);
	}
	result = netlink_call(&speaker->orders, &call);
	if (result == 0)
		log_message(LOG_LEVEL_WARNING, "a virtual %s was missing: put back",
			remain->kind == REMAIN_RULE ? "rule" : "route");
	return result;
}

static bool is_tracked(const struct remain *remain)
{
	return remain->kind == REMAIN_RULE ? !remain->rule.no_track : !remain->route.no_track;
}

void ways_look(struct speaker *speaker)
{
	struct remains *remains = speaker->remains;

	if (!speaker->ways_missing)
		return;
	speaker->ways_missing = false;
	for (uint32_t i = speaker->config->address_count; i < remains->count; i++) {
		int32_t result;

		if (!atomic_load(&remains->rows[i].held) || remains->rows[i].kind == REMAIN_HOP ||
			remains->rows[i].kind == REMAIN_LINK || !is_tracked(&remains->rows[i]))
			continue;
		result = put_back(speaker, &remains->rows[i]);
		if (result < 0 && result != -EEXIST)
			speaker->ways_missing = true;
	}
}

void ways_heard(struct speaker *speaker, const struct watch_event *event)
{
	struct remains *remains = speaker->remains;
	bool ours = false;

	if (!event->gone)
		return;
	for (uint32_t i = speaker->config->address_count; i < remains->count && !ours; i++) {
		const struct remain *remain = &remains->rows[i];

		if (!atomic_load(&remains->rows[i].held))
			continue;
		ours = event->kind == WATCH_ROUTE
			       ? remain->kind == REMAIN_ROUTE &&
					 route_row_is(&event->route, &remain->route, remain->index)
			       : remain->kind == REMAIN_RULE &&
					 rule_row_is(&event->rule, &remain->rule);
	}
	if (!ours)
		return;
	speaker->ways_missing = true;
	ways_look(speaker);
}
