/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Skew, master down interval, and what fits on the wire. */
#include "vrrp/timing.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	struct vrrp_pace pace;
	uint64_t skew_us, down_us;
} paces[] = {
	{"the published backup, 100 + 2", {2, 102, 3, 1000000}, 601562, 3601562},
	{"the published master, 101 + 2", {2, 103, 3, 1000000}, 597656, 3597656},
	{"version 2 skews a second whatever the interval is", {2, 102, 3, 10000000}, 601562,
		30601562},
	{"priority 1", {2, 1, 3, 1000000}, 996093, 3996093},
	{"priority 254", {2, 254, 3, 1000000}, 7812, 3007812},
	{"the owner", {2, 255, 3, 1000000}, 3906, 3003906},
	{"version 3, 0.1 s", {3, 102, 3, 100000}, 60156, 360156},
	{"version 3, 0.01 s", {3, 102, 3, 10000}, 6015, 36015},
	{"version 3, 40.95 s", {3, 1, 3, 40950000}, 40790039, 163640039},
	{"down_timer_adverts 1", {3, 100, 1, 1000000}, 609375, 1609375},
	{"down_timer_adverts 100", {3, 100, 100, 1000000}, 609375, 100609375},
};

static void waits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(paces); i++) {
		print_message("  %s\n", paces[i].name);
		assert_int_equal(vrrp_skew_us(&paces[i].pace), paces[i].skew_us);
		assert_int_equal(vrrp_master_down_us(&paces[i].pace), paces[i].down_us);
	}
}

/* Of two backups the better one must be first, also with 10 ms. */
static void better_is_sooner(void **state)
{
	(void)state;
	for (uint8_t version = 2; version <= 3; version++) {
		for (uint32_t priority = 1; priority < 255; priority++) {
			struct vrrp_pace worse = {version, (uint8_t)priority, 3, 10000};
			struct vrrp_pace better = {version, (uint8_t)(priority + 1), 3, 10000};

			assert_true(vrrp_master_down_us(&better) < vrrp_master_down_us(&worse));
		}
	}
}

static void fits_the_wire(void **state)
{
	static const struct {
		uint8_t version;
		uint64_t file_us;
		uint32_t units;
	} cases[] = {
		{2, 1000000, 1},
		{2, 0, 1},
		{2, 10000, 1},
		{2, 1499999, 1},
		{2, 1500000, 2},
		{2, 255000000, 255},
		{2, 256000000, 255},
		{3, 10000, 1},
		{3, 0, 1},
		{3, 14999, 1},
		{3, 15000, 2},
		{3, 1000000, 100},
		{3, 40950000, 4095},
		{3, 41000000, 4095},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t rounded_us = vrrp_advert_rounded_us(cases[i].version, cases[i].file_us);

		assert_int_equal(
			vrrp_advert_to_wire(cases[i].version, cases[i].file_us), cases[i].units);
		assert_int_equal(
			rounded_us, vrrp_advert_from_wire(cases[i].version, cases[i].units));
		assert_int_equal(vrrp_advert_rounded_us(cases[i].version, rounded_us), rounded_us);
	}
}

static void a_running_timer_moves(void **state)
{
	struct vrrp_pace low = {2, 100, 3, 1000000}, high = {2, 103, 3, 1000000};
	uint64_t difference_us = 609375 - 597656;

	(void)state;
	assert_int_equal(vrrp_deadline_moved_us(5000000, &low, &high), 5000000 - difference_us);
	assert_int_equal(vrrp_deadline_moved_us(5000000, &high, &low), 5000000 + difference_us);
	assert_int_equal(vrrp_deadline_moved_us(5000000, &low, &low), 5000000);
	assert_int_equal(vrrp_deadline_moved_us(1000, &low, &high), 0);
	assert_int_equal(vrrp_deadline_moved_us(VRRP_NEVER, &low, &high), VRRP_NEVER);
	assert_int_equal(vrrp_deadline_moved_us(VRRP_NEVER, &high, &low), VRRP_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits),
		cmocka_unit_test(better_is_sooner),
		cmocka_unit_test(fits_the_wire),
		cmocka_unit_test(a_running_timer_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
