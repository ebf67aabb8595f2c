/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line a minute for each kind and peer, and one for everybody beyond the table. */
#include "vrrp/complaint.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define MINUTE VRRP_COMPLAINT_PERIOD_US

static struct vrrp_ip host(uint32_t number)
{
	return (struct vrrp_ip){
		AF_INET, {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}};
}

static bool due(struct vrrp_complaints *complaints, uint32_t kind, uint32_t peer, uint64_t now_us,
	uint32_t *unsaid)
{
	struct vrrp_ip ip = host(peer);

	return vrrp_complaint_is_due(complaints, kind, &ip, now_us, unsaid);
}

static void once_a_minute(void **state)
{
	struct vrrp_complaints complaints = {0};
	uint32_t unsaid = 9;

	(void)state;
	assert_true(due(&complaints, 1, 1, 0, &unsaid));
	assert_int_equal(unsaid, 0);
	for (uint64_t now_us = 1; now_us < MINUTE; now_us += 1000000)
		assert_false(due(&complaints, 1, 1, now_us, &unsaid));
	assert_true(due(&complaints, 2, 1, 5, &unsaid));
	assert_true(due(&complaints, 1, 2, 5, &unsaid));
	assert_true(due(&complaints, 1, 1, MINUTE, &unsaid));
	assert_int_equal(unsaid, 60);
	assert_false(due(&complaints, 1, 1, MINUTE + 1, &unsaid));
}

/* Thousands of invented senders: as many lines as there are places, and one, each minute; whom we
 * know is not forgotten over them. */
static void a_flood_of_peers(void **state)
{
	struct vrrp_complaints complaints = {0};
	uint32_t unsaid, lines = 0;

	(void)state;
	assert_true(due(&complaints, 1, 1000000, 0, &unsaid));
	for (uint32_t peer = 0; peer < 100000; peer++)
		lines += due(&complaints, 1, peer, 10 + peer, &unsaid);
	assert_int_equal(lines, VRRP_COMPLAINT_ENTRIES - 1 + 1);
	assert_false(due(&complaints, 1, 1000000, 200000, &unsaid));
	assert_int_equal(complaints.others.unsaid, 100000 - VRRP_COMPLAINT_ENTRIES);
	assert_true(due(&complaints, 1, 77777777, 2 * MINUTE, &unsaid));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(once_a_minute),
		cmocka_unit_test(a_flood_of_peers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
