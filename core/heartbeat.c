/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heartbeat.c - the judge of the threads' stamps.
 *
 *              stamp late by stale_ms            stamp late by replace_ms
 *   GOOD ------------------------------> STALE -----------------------------> HUNG
 *    ^                                     |
 *    +---------------- BACK --------------+        any state, judge was away: JUMPED, then quiet
 *                                                  for replace_ms
 *
 * One judge a balancer.  It keeps no list of threads: the caller hands over the oldest stamp. */
#include "core/heartbeat.h"

enum heartbeat_verdict heartbeat_look(struct heartbeat_judge *judge,
	const struct heartbeat_limits *limits, const struct heartbeat_look *look)
{
	uint64_t since = look->oldest_ms > look->started_ms ? look->oldest_ms : look->started_ms;
	uint64_t late_ms = look->now_ms > since ? look->now_ms - since : 0;
	bool away = judge->looked_ms != 0 &&
		    look->now_ms > judge->looked_ms + HEARTBEAT_LOOK_MS + HEARTBEAT_JUMP_MS;

	judge->looked_ms = look->now_ms;
	if (away) {
		judge->judge_from_ms = look->now_ms + limits->replace_ms;
		return HEARTBEAT_JUMPED;
	}
	if (look->now_ms < judge->judge_from_ms)
		return HEARTBEAT_GOOD;
	if (limits->replace_ms && late_ms >= limits->replace_ms)
		return HEARTBEAT_HUNG;
	if (limits->stale_ms && late_ms >= limits->stale_ms) {
		bool first = !judge->stale;

		judge->stale = true;
		return first ? HEARTBEAT_STALE : HEARTBEAT_STILL_STALE;
	}
	if (judge->stale) {
		judge->stale = false;
		return HEARTBEAT_BACK;
	}
	return HEARTBEAT_GOOD;
}
