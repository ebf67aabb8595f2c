/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a balancer counts as hung, and when the keeper distrusts itself. */
#include "core/heartbeat.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define LOOKS_MAX 12

static const struct heartbeat_limits ordinary = {.stale_ms = 1000, .replace_ms = 3000};

/* Told to start at 1000; each look is {now, oldest stamp, verdict}. */
static const struct {
	const char *name;
	struct {
		uint64_t now, oldest;
		enum heartbeat_verdict verdict;
	} looks[LOOKS_MAX];
} runs[] = {
	{"turns", {{1200, 1190, HEARTBEAT_GOOD}, {1400, 1350, HEARTBEAT_GOOD}}},
	{"late once and back", {{1200, 1200, HEARTBEAT_GOOD}, {1800, 1200, HEARTBEAT_GOOD},
				       {2199, 1200, HEARTBEAT_GOOD}, {2200, 1200, HEARTBEAT_STALE},
				       {2400, 1200, HEARTBEAT_STILL_STALE},
				       {2600, 2590, HEARTBEAT_BACK}, {2800, 2790, HEARTBEAT_GOOD}}},
	{"hangs", {{1600, 1200, HEARTBEAT_GOOD}, {2200, 1200, HEARTBEAT_STALE},
			  {2800, 1200, HEARTBEAT_STILL_STALE}, {3400, 1200, HEARTBEAT_STILL_STALE},
			  {4000, 1200, HEARTBEAT_STILL_STALE}, {4199, 1200, HEARTBEAT_STILL_STALE},
			  {4200, 1200, HEARTBEAT_HUNG}}},
	{"never turned: counted from the start",
		{{1600, 0, HEARTBEAT_GOOD}, {2000, 0, HEARTBEAT_STALE},
			{2600, 0, HEARTBEAT_STILL_STALE}, {3200, 0, HEARTBEAT_STILL_STALE},
			{3800, 0, HEARTBEAT_STILL_STALE}, {4000, 0, HEARTBEAT_HUNG}}},
	{"we were away: one whole period without a judgement",
		{{1200, 1200, HEARTBEAT_GOOD}, {9000, 1200, HEARTBEAT_JUMPED},
			{9600, 1200, HEARTBEAT_GOOD}, {10200, 1200, HEARTBEAT_GOOD},
			{10800, 1200, HEARTBEAT_GOOD}, {11400, 1200, HEARTBEAT_GOOD},
			{11999, 1200, HEARTBEAT_GOOD}, {12000, 1200, HEARTBEAT_HUNG}}},
	{"we were away and they turn again",
		{{1200, 1200, HEARTBEAT_GOOD}, {9000, 1200, HEARTBEAT_JUMPED},
			{9200, 9190, HEARTBEAT_GOOD}, {9800, 9790, HEARTBEAT_GOOD}}},
	{"a look that is a little late is no jump",
		{{1200, 1200, HEARTBEAT_GOOD}, {1900, 1890, HEARTBEAT_GOOD},
			{2601, 2600, HEARTBEAT_JUMPED}}},
	{"a stamp from the future is no reason to worry",
		{{1200, 5000, HEARTBEAT_GOOD}, {1400, 5000, HEARTBEAT_GOOD}}},
};

static void judges(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		struct heartbeat_judge judge = {0};

		for (size_t j = 0; j < LOOKS_MAX && runs[i].looks[j].now; j++) {
			struct heartbeat_look look = {.now_ms = runs[i].looks[j].now,
				.started_ms = 1000,
				.oldest_ms = runs[i].looks[j].oldest};
			enum heartbeat_verdict verdict = heartbeat_look(&judge, &ordinary, &look);

			if (verdict != runs[i].looks[j].verdict)
				fail_msg("%s: at %llu verdict %d", runs[i].name,
					(unsigned long long)look.now_ms, verdict);
		}
	}
}

static void can_be_switched_off(void **state)
{
	struct heartbeat_limits never = {0};
	struct heartbeat_judge judge = {0};

	(void)state;
	for (uint64_t now = 1000; now < 100000; now += 200) {
		struct heartbeat_look look = {.now_ms = now, .started_ms = 1, .oldest_ms = 1};

		assert_int_equal(heartbeat_look(&judge, &never, &look), HEARTBEAT_GOOD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges),
		cmocka_unit_test(can_be_switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
