/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The wheel against a plain list of deadlines: nothing early, nothing late, nothing lost. */
#include "core/timer.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define TIMERS 200

struct witness {
	struct timer timer;
	uint64_t wanted_ms; /* TIMER_NEVER: must not fire */
	uint64_t fired_ms;
	uint32_t times;
};

static uint64_t now_ms;

static void witness_fire(struct timer *timer)
{
	struct witness *witness = container_of(timer, struct witness, timer);

	witness->fired_ms = now_ms;
	witness->times++;
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Deadlines of every size: this millisecond, the next slots, hours, beyond the wheel. */
static uint64_t random_distance(uint64_t *seed)
{
	return next_random(seed) % ((uint64_t)1 << (1 + next_random(seed) % 34));
}

static void check_due(struct witness *all, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct witness *one = &all[i];

		if (one->wanted_ms <= now_ms) {
			assert_int_equal(one->times, 1);
			assert_false(timer_is_set(&one->timer));
		} else {
			assert_int_equal(one->times, 0);
		}
	}
}

static void agrees_with_a_list(uint64_t seed)
{
	struct timer_wheel *wheel = malloc(sizeof(*wheel));
	struct witness all[TIMERS];

	now_ms = next_random(&seed) % ((uint64_t)1 << 40);
	timer_wheel_init(wheel, now_ms);
	for (uint32_t i = 0; i < TIMERS; i++) {
		timer_init(&all[i].timer, witness_fire);
		all[i].wanted_ms = TIMER_NEVER;
		all[i].times = 0;
	}
	for (uint32_t step = 0; step < 2000; step++) {
		struct witness *one = &all[next_random(&seed) % TIMERS];
		uint64_t act = next_random(&seed) % 8;

		if (act < 5) {
			one->wanted_ms = now_ms + 1 + random_distance(&seed);
			one->times = 0;
			timer_set(wheel, &one->timer, one->wanted_ms);
		} else if (act == 5) {
			one->wanted_ms = TIMER_NEVER;
			one->times = 0;
			timer_cancel(&one->timer);
		} else {
			uint64_t limit = 1 + random_distance(&seed);
			uint64_t wait = timer_wheel_wait_ms(wheel, now_ms, limit);

			assert_true(wait <= limit);
			for (uint32_t i = 0; i < TIMERS; i++)
				if (all[i].times == 0 && all[i].wanted_ms != TIMER_NEVER)
					assert_true(now_ms + wait <= all[i].wanted_ms);
			now_ms += act == 6 ? wait : limit;
			timer_wheel_run(wheel, now_ms);
			check_due(all, TIMERS);
			for (uint32_t i = 0; i < TIMERS; i++)
				if (all[i].wanted_ms <= now_ms) {
					all[i].wanted_ms = TIMER_NEVER;
					all[i].times = 0;
				}
		}
	}
	free(wheel);
}

static void wheel_agrees_with_a_list_for_many_seeds(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++)
		agrees_with_a_list(seed * 0x9e3779b97f4a7c15u);
}

static struct timer_wheel again_wheel;

static void set_again(struct timer *timer)
{
	struct witness *witness = container_of(timer, struct witness, timer);

	witness->times++;
	timer_set(&again_wheel, timer, now_ms + 64);
}

static void handler_may_set_its_own_slot_again(void **state)
{
	struct witness one = {.times = 0};

	(void)state;
	now_ms = 1000;
	timer_wheel_init(&again_wheel, now_ms);
	timer_init(&one.timer, set_again);
	timer_set(&again_wheel, &one.timer, 1064);
	for (now_ms = 1000; now_ms <= 1000 + 64 * 100; now_ms++)
		timer_wheel_run(&again_wheel, now_ms);
	assert_int_equal(one.times, 100);
	timer_cancel(&one.timer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wheel_agrees_with_a_list_for_many_seeds),
		cmocka_unit_test(handler_may_set_its_own_slot_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
