/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When to reload: the forms of keepalived.conf(5), cut and bent, in two time zones. */
#include "vrrp/schedule.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define NOW 1785585600 /* 2026-08-01 12:00:00 UTC, 14:00:00 in Berlin */

static const struct {
	const char *text;
	time_t due; /* 0: is no time */
} cases[] = {
	{"12:00:01Z", NOW + 1}, {"12:00:00Z", NOW + 86400}, /* now has passed */
	{"11:59:59Z", NOW + 86399}, {"23:59:59Z", NOW + 43199}, {"14:00:05", NOW + 5},
	{"13:59:59", NOW + 86399}, {"2026-08-01 12:00:05Z", NOW + 5},
	{"26-08-01 12:00:05Z", NOW + 5}, {"26-08-01 14:00:05", NOW + 5},
	{"2026-08-01 11:00:00Z", NOW - 3600}, {"2028-02-29 00:00:00Z", 1835395200},

	{"", 0}, {" 12:00:01Z", 0}, {"12:00:01Z ", 0}, {"12:00:01z", 0}, {"12:00", 0},
	{"1:00:00", 0}, {"24:00:00", 0}, {"12:60:00", 0}, {"12:00:60Z", 0}, {"12:00:01 Z", 0},
	{"2027-02-29 00:00:00Z", 0}, {"2026-13-01 00:00:00Z", 0}, {"2026-00-01 00:00:00Z", 0},
	{"2026-08-01", 0}, {"2026-08-01T12:00:05Z", 0}, {"2026-08-01  12:00:05Z", 0},
	{"226-08-01 12:00:05Z", 0}, {"20260-08-01 12:00:05Z", 0}, {"-1:00:00", 0},
	{"2026-03-29 02:30:00", 0}, /* left out by the clock change */
};

static void times(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		time_t due = 0;
		bool is = schedule_read(cases[i].text, strlen(cases[i].text), NOW, &due);

		if (is != (cases[i].due != 0) || (is && due != cases[i].due))
			fail_msg("\"%s\": %d, %lld", cases[i].text, is, (long long)(due - NOW));
	}
}

static void times_cut(void **state)
{
	static const char whole[] = "2026-08-01 12:00:05Z";
	time_t due;

	(void)state;
	for (size_t len = 0; len < sizeof(whole) - 1; len++)
		assert_int_equal(schedule_read(whole, len, NOW, &due), len == sizeof(whole) - 2);
	assert_true(schedule_read(whole, sizeof(whole) - 1, NOW, &due));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(times), cmocka_unit_test(times_cut)};

	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
