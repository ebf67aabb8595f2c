/* SPDX-License-Identifier: GPL-2.0-or-later */
/* seeds.h - which seeds a simulation runs (random.h: the numbers drawn from one).
 *
 *     NAME_sim [first seed] [seeds]
 *
 * A first seed alone is run by itself.  SIM_SEEDS_SHOWN=1 names each before it runs, for one that
 * never ends. */
#ifndef TORC_TESTS_SIM_SEEDS_H
#define TORC_TESTS_SIM_SEEDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static uint64_t first_seed = 1, seed_count;

static inline void seeds_choose(int argc, char **argv, uint64_t count)
{
	seed_count = count;
	if (argc > 1) {
		first_seed = strtoull(argv[1], NULL, 10);
		seed_count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	}
}

static inline void seeds_run(void (*run)(uint64_t seed))
{
	for (uint64_t seed = first_seed; seed < first_seed + seed_count; seed++) {
		if (getenv("SIM_SEEDS_SHOWN"))
			print_message("seed %llu\n", (unsigned long long)seed);
		run(seed);
	}
}

#endif
