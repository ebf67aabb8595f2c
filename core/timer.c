/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timer.c - the wheel: five levels of 64 slots, one millisecond to 12 days.
 *
 * A timer is filed by the highest six-bit digit in which its deadline differs from now, so that
 * it is looked at again exactly when that digit comes round, and then either fires or moves to a
 * finer level.  Each level has a word of occupied slots; the next moment of interest is found by
 * counting zeros, never by walking empty slots.
 *
 * Moving a deadline later only stores it: the slot is visited at the old moment, the timer is
 * filed anew.  Only an earlier deadline relinks at once. */
#include "core/timer.h"
#include <assert.h>

#define DIGIT_BITS 6
#define WHEEL_SPAN ((uint64_t)1 << (DIGIT_BITS * TIMER_LEVELS))

static uint32_t digit(uint64_t moment, uint32_t level)
{
	return (uint32_t)(moment >> (DIGIT_BITS * level)) & (TIMER_SLOTS - 1);
}

/* Puts a timer where the wheel meets it at or before its deadline, never before `now_ms`. */
static void file(struct timer_wheel *wheel, struct timer *timer)
{
	uint64_t due = timer->deadline_ms;
	uint64_t differs;
	uint32_t level, slot;

	if (due <= wheel->now_ms)
		due = wheel->now_ms + 1; /* the slot of now has been run */
	if (due - wheel->now_ms >= WHEEL_SPAN)
		due = wheel->now_ms + WHEEL_SPAN - 1;
	differs = due ^ wheel->now_ms;
	level = (uint32_t)(63 - __builtin_clzll(differs)) / DIGIT_BITS;
	if (level >= TIMER_LEVELS)
		level = TIMER_LEVELS - 1; /* by the carry of a digit: the last level goes round */
	slot = digit(due, level);
	timer->filed_ms = due;
	list_append(&wheel->slots[level][slot], &timer->link);
	wheel->occupied[level] |= (uint64_t)1 << slot;
}

void timer_wheel_init(struct timer_wheel *wheel, uint64_t now_ms)
{
	wheel->now_ms = now_ms;
	for (uint32_t level = 0; level < TIMER_LEVELS; level++) {
		wheel->occupied[level] = 0;
		for (uint32_t slot = 0; slot < TIMER_SLOTS; slot++)
			list_init(&wheel->slots[level][slot]);
	}
}

void timer_init(struct timer *timer, void (*fire)(struct timer *timer))
{
	list_init(&timer->link);
	timer->deadline_ms = TIMER_NEVER;
	timer->filed_ms = TIMER_NEVER;
	timer->fire = fire;
}

void timer_set(struct timer_wheel *wheel, struct timer *timer, uint64_t deadline_ms)
{
	assert(deadline_ms != TIMER_NEVER);
	timer->deadline_ms = deadline_ms;
	if (!list_empty(&timer->link)) {
		if (deadline_ms >= timer->filed_ms)
			return;
		list_remove(&timer->link);
	}
	file(wheel, timer);
}

void timer_cancel(struct timer *timer)
{
	timer->deadline_ms = TIMER_NEVER;
	timer->filed_ms = TIMER_NEVER;
	list_remove(&timer->link);
}

/* Takes one slot empty: what is due fires, what is not is filed by a finer digit. */
static uint32_t run_slot(
	struct timer_wheel *wheel, uint32_t level, uint32_t slot, uint64_t until_ms)
{
	struct list *from = &wheel->slots[level][slot];
	struct list batch, *link;
	uint32_t fired = 0;

	wheel->occupied[level] &= ~((uint64_t)1 << slot);
	if (list_empty(from))
		return 0;
	/* A handler may set timers into this very slot, a full turn ahead: they must not be met
	 * again in this run. */
	list_init(&batch);
	batch.next = from->next;
	batch.prev = from->prev;
	batch.next->prev = &batch;
	batch.prev->next = &batch;
	list_init(from);

	while ((link = list_take_first(&batch))) {
		struct timer *timer = container_of(link, struct timer, link);

		if (timer->deadline_ms > until_ms) {
			file(wheel, timer);
			continue;
		}
		timer->deadline_ms = TIMER_NEVER;
		timer->filed_ms = TIMER_NEVER;
		fired++;
		timer->fire(timer);
	}
	return fired;
}

/* The next moment after now at which an occupied slot is met; UINT64_MAX when all are empty. */
static uint64_t next_moment(const struct timer_wheel *wheel)
{
	for (uint32_t level = 0; level < TIMER_LEVELS; level++) {
		uint32_t shift = DIGIT_BITS * level;
		uint32_t here = digit(wheel->now_ms, level);
		/* Slots behind `here` on a level belong to its next round: a coarser digit is met
		 * first, except on the last level, which simply goes round. */
		uint64_t ahead = here == TIMER_SLOTS - 1
					 ? 0
					 : wheel->occupied[level] & (UINT64_MAX << (here + 1));
		uint64_t base = wheel->now_ms >> shift >> DIGIT_BITS << DIGIT_BITS << shift;

		if (ahead)
			return base + ((uint64_t)__builtin_ctzll(ahead) << shift);
		if (level == TIMER_LEVELS - 1 && wheel->occupied[level])
			return base + ((uint64_t)TIMER_SLOTS << shift) +
			       ((uint64_t)__builtin_ctzll(wheel->occupied[level]) << shift);
	}
	return UINT64_MAX;
}

uint32_t timer_wheel_run(struct timer_wheel *wheel, uint64_t now_ms)
{
	uint32_t fired = 0;

	while (wheel->now_ms < now_ms) {
		uint64_t moment = next_moment(wheel);

		if (moment > now_ms) {
			wheel->now_ms = now_ms;
			break;
		}
		wheel->now_ms = moment;
		/* Coarse slots first: what they hold for this very moment moves down to level 0. */
		for (uint32_t level = TIMER_LEVELS; level-- > 0;) {
			uint64_t below = ((uint64_t)1 << (DIGIT_BITS * level)) - 1;

			if ((moment & below) == 0)
				fired += run_slot(wheel, level, digit(moment, level), now_ms);
		}
	}
	return fired;
}

uint64_t timer_wheel_wait_ms(const struct timer_wheel *wheel, uint64_t now_ms, uint64_t limit_ms)
{
	uint64_t moment = next_moment(wheel);

	if (moment <= now_ms)
		return 0;
	return moment - now_ms < limit_ms ? moment - now_ms : limit_ms;
}
