/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timer.h - a hierarchical timer wheel with a resolution of one millisecond.
 * Pure: the clock is an argument.  Setting, moving and cancelling a timer are O(1).
 * Owns:   nothing; a timer lives inside the object it serves.
 *
 * A timer that is moved to a later deadline is not touched in the wheel: it is found early,
 * seen to be not due, and filed again.  Time-outs that are pushed forward by every byte
 * (timeout client, timeout server) therefore cost one store. */
#ifndef TORC_CORE_TIMER_H
#define TORC_CORE_TIMER_H

#include "core/list.h"
#include <stdbool.h>
#include <stdint.h>

#define TIMER_LEVELS 5 /* 64^5 ms = 12.4 days; a later deadline waits in the last level */
#define TIMER_SLOTS  64
#define TIMER_NEVER  UINT64_MAX

struct timer {
	struct list link;
	uint64_t deadline_ms; /* TIMER_NEVER: not set */
	uint64_t filed_ms;    /* the deadline under which the wheel holds it */
	void (*fire)(struct timer *timer);
};

struct timer_wheel {
	uint64_t now_ms; /* all slots before this moment have been run */
	uint64_t occupied[TIMER_LEVELS];
	struct list slots[TIMER_LEVELS][TIMER_SLOTS];
};

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now_ms);
void timer_init(struct timer *timer, void (*fire)(struct timer *timer));
void timer_set(struct timer_wheel *wheel, struct timer *timer, uint64_t deadline_ms);
void timer_cancel(struct timer *timer);
static inline bool timer_is_set(const struct timer *timer)
{
	return timer->deadline_ms != TIMER_NEVER;
}
/* Runs every timer whose deadline is at or before now_ms, in no order among those of the same
 * millisecond.  A handler may set or cancel any timer.  Returns how many fired. */
uint32_t timer_wheel_run(struct timer_wheel *wheel, uint64_t now_ms);
/* Milliseconds until the wheel wants to be run again, at most `limit_ms`.  May be earlier than
 * the next deadline (a timer that was moved, a level that has to be spread), never later. */
uint64_t timer_wheel_wait_ms(const struct timer_wheel *wheel, uint64_t now_ms, uint64_t limit_ms);

#endif
