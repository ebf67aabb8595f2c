/* SPDX-License-Identifier: GPL-2.0-or-later */
/* random.h - the numbers that a simulation draws from its seed: xorshift with 64 bits (Marsaglia,
 * 2003), the same on every machine. */
#ifndef TORC_TESTS_SIM_RANDOM_H
#define TORC_TESTS_SIM_RANDOM_H

#include <stdint.h>

/* Seeds are small numbers that follow each other: their bits are spread. */
static inline uint64_t random_of_seed(uint64_t seed)
{
	return seed * 0x9e3779b97f4a7c15u + 1;
}

static inline uint64_t random_next(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

#endif
