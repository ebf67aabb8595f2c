/* SPDX-License-Identifier: GPL-2.0-or-later */
/* track.h - what is watched, and what it does to a priority.
 * Source: keepalived's track_script, track_file, track_process and track_interface.
 * Pure: results in, a sum and its explanation out; no clock, no allocation.
 * Owns:   nothing.
 *
 *   weight  while good   while bad           unknown (nothing was answered yet)
 *     > 0   + weight     0                   0
 *     < 0   0            - |weight|          0
 *       0   nothing      the router fails    the router waits in FAULT
 *
 * A script that has never run, since there is none, has no say: nothing in all three rows.
 *   file    + value * weight, weight 0: a value other than 0 is bad
 *
 * `reverse` swaps good and bad, for files the sign.  effective = base + sum, held within 1 .. 254;
 * a base of 255 (the owner of the addresses) is never changed. */
#ifndef TORC_VRRP_TRACK_H
#define TORC_VRRP_TRACK_H

#include "core/config/vrrp_model.h"
#include <stdbool.h>
#include <stdint.h>

#define VRRP_PRIORITY_OWNER 255
#define VRRP_PRIORITY_MOST  254 /* of those that do not own the addresses */
#define VRRP_PRIORITY_LEAST 1
#define VRRP_WEIGHT_MOST    253
#define VRRP_WEIGHT_FAULT   (-254) /* a file that says this much, or less, fails the router */

enum vrrp_answer {
	VRRP_ANSWER_UNKNOWN,
	VRRP_ANSWER_GOOD,
	VRRP_ANSWER_BAD,
	VRRP_ANSWER_NONE /* there is nobody to answer: has no say */
};

/* One watched thing, however many routers look at it. */
struct vrrp_watch {
	enum vrrp_answer answer;
	uint32_t run;  /* results in a row that contradict `answer` */
	int32_t value; /* of a file */
	bool answered; /* ever */
};

/* Before the first result: unknown, or bad when the file says init_fail. */
void vrrp_watch_init(struct vrrp_watch *watch, const struct vrrp_tracker *tracker);

/* A result of a script, a process, an interface or a backend.  The first one decides, unless
 * init_fail asks for `rise` good ones; after that `rise` or `fall` in a row turn the answer.  What
 * is known and not sampled (the balancer's own heartbeats, interfaces) turns it at once.  True when
 * the answer changed: whoever looks at it must sum again. */
bool vrrp_watch_result(struct vrrp_watch *watch, const struct vrrp_tracker *tracker, bool good);
/* What a tracked file says now.  Returns as above. */
bool vrrp_watch_value(struct vrrp_watch *watch, int64_t value);
/* There is nobody to be asked, and never was: true as above. */
bool vrrp_watch_absent(struct vrrp_watch *watch);
/* It could not be watched (the file is gone): as if never asked. */
bool vrrp_watch_forget(struct vrrp_watch *watch);

struct vrrp_effect {
	int32_t weight; /* to be added */
	bool fault;
};

struct vrrp_effect vrrp_track_effect(const struct vrrp_watch *watch,
	const struct vrrp_tracker *tracker, const struct vrrp_binding *binding);

#define VRRP_SUM_TEXT_BYTES 256

struct vrrp_sum {
	uint8_t base, effective;
	bool fault;			/* a tracker without a weight is bad or unknown */
	char text[VRRP_SUM_TEXT_BYTES]; /* "101 + 2 (haproxy) = 103", cut with "..." */
};

/* Rows of the configuration's tables, and one watch for each tracker in its order.  The weight and
 * `reverse` of a binding are those that count: the reader of the files has put the tracker's own
 * there where nothing was written. */
struct vrrp_tracked {
	const struct vrrp_tracker *trackers;
	const struct vrrp_watch *watches;
	const struct vrrp_binding *bindings; /* the whole table */
	struct vrrp_range own, group;	     /* of the router, and of its group */
};

void vrrp_track_sum(struct vrrp_sum *sum, uint8_t base, const struct vrrp_tracked *tracked);

#endif
