/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pause before the next start. */
#include "core/backoff.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define DEATHS_MAX 14

static const struct {
	const char *name;
	struct {
		uint64_t started, died;
		uint32_t pause;
	} deaths[DEATHS_MAX];
} lives[] = {
	{"now and then", {{1, 5000, 0}, {5000, 9000, 0}, {9000, 18000, 0}, {18000, 26000, 0},
				 {26000, 35000, 0}, {35000, 44000, 0}}},
	{"five in ten seconds", {{1, 1000, 0}, {1000, 2000, 0}, {2000, 3000, 0}, {3000, 4000, 0},
					{4000, 5000, 1000}}},
	{"five in exactly ten seconds are not five within them",
		{{1, 1000, 0}, {1000, 3500, 0}, {3500, 6000, 0}, {6000, 8500, 0},
			{8500, 11000, 0}}},
	{"doubled up to thirty seconds",
		{{1, 2, 0}, {2, 3, 0}, {3, 4, 0}, {4, 5, 0}, {5, 6, 1000}, {1006, 1007, 2000},
			{3007, 3008, 4000}, {7008, 7009, 8000}, {15009, 15010, 16000},
			{31010, 31011, 30000}, {61011, 61012, 30000}}},
	{"one good life and all is forgotten",
		{{1, 2, 0}, {2, 3, 0}, {3, 4, 0}, {4, 5, 0}, {5, 6, 1000}, {1006, 11006, 0},
			{11006, 11007, 0}, {11007, 11008, 0}, {11008, 11009, 0},
			{11009, 11010, 1000}}},
	{"lives of just under ten seconds while backing off",
		{{1, 2, 0}, {2, 3, 0}, {3, 4, 0}, {4, 5, 0}, {5, 6, 1000}, {1006, 11005, 2000}}},
};

static void waits_as_it_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		struct backoff backoff = {0};

		for (size_t j = 0; j < DEATHS_MAX && lives[i].deaths[j].died; j++) {
			uint32_t pause = backoff_death(
				&backoff, lives[i].deaths[j].started, lives[i].deaths[j].died);

			if (pause != lives[i].deaths[j].pause)
				fail_msg("%s: death %zu: %u", lives[i].name, j, pause);
		}
	}
}

/* Of the fifth death in a row on, a life has to be a long one. */
static void trusts_who_has_lived(void **state)
{
	struct backoff backoff = {0};

	(void)state;
	assert_true(backoff_trusts(&backoff, 1000, 1000));
	for (uint64_t died = 1; died < BACKOFF_DEATHS; died++) {
		backoff_death(&backoff, died - 1, died);
		assert_true(backoff_trusts(&backoff, died, died));
	}
	backoff_death(&backoff, 4, 5);
	assert_false(backoff_trusts(&backoff, 1005, 1005));
	assert_false(backoff_trusts(&backoff, 1005, 1004 + BACKOFF_WINDOW_MS));
	assert_true(backoff_trusts(&backoff, 1005, 1005 + BACKOFF_WINDOW_MS));
	/* It has lived, and died: the next one is believed at once. */
	backoff_death(&backoff, 1005, 1005 + BACKOFF_WINDOW_MS);
	assert_true(backoff_trusts(&backoff, 12000, 12000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_as_it_should), cmocka_unit_test(trusts_who_has_lived)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
