/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hash_test.c - keys to numbers, numbers to servers: the functions, the table, the ring. */
#include "net/lb/hash.h"
#include "net/lb/ring.h"
#include "net/lb/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static uint32_t hash(enum hash_function function, const char *key)
{
	const struct balancing balancing = {.function = function};

	return hash_key(&balancing, span_of_string(key));
}

/* Choices were compared with HAProxy's end to end (test_hashing.py); these pin the numbers. */
static void functions_give_known_numbers(void **state)
{
	const struct {
		enum hash_function function;
		const char *key;
		uint32_t hash;
	} cases[] = {
		{HASH_SDBM, "", 0},
		{HASH_SDBM, "a", 97},
		{HASH_SDBM, "ab", 97u * 65599 + 98},
		{HASH_SDBM, "\xff", 255},
		{HASH_DJB2, "", 5381},
		{HASH_DJB2, "a", 5381u * 33 + 97},
		{HASH_CRC32, "", 0},
		{HASH_CRC32, "123456789", 0xcbf43926}, /* the check value of every catalogue */
		{HASH_WT6, "", 0xa53c965a ^ 0x5ca6953a},
		{HASH_NONE, "", 0},
		{HASH_NONE, "4711", 4711},
		{HASH_NONE, "+12", 12},
		{HASH_NONE, "-1", UINT32_MAX},
		{HASH_NONE, "12abc", 12},
		{HASH_NONE, "abc", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (hash(cases[i].function, cases[i].key) != cases[i].hash)
			fail_msg("%u of '%s': %08x, expected %08x", cases[i].function, cases[i].key,
				hash(cases[i].function, cases[i].key), cases[i].hash);
}

static void addresses_are_summed_without_carry(void **state)
{
	const struct balancing plain = {0}, spread = {.avalanche = true};
	const uint8_t v4[] = {192, 168, 25, 203};
	const uint8_t v6[] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

	(void)state;
	assert_int_equal(hash_address(&plain, v4, 4), 0xc0a819cb);
	assert_int_equal(hash_address(&plain, v6, 16), 0x20010db9);
	assert_int_equal(hash_address(&spread, v4, 4), hash_avalanche(0xc0a819cb));
}

/* Different numbers stay different: else two servers could share all of their points. */
static void the_avalanche_loses_nothing(void **state)
{
	enum { COUNT = 1 << 16 };
	uint8_t *seen = calloc(1, UINT32_MAX / 8 + 1);

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++) {
		uint32_t at = hash_avalanche(i);

		assert_false(seen[at / 8] >> at % 8 & 1);
		seen[at / 8] = (uint8_t)(seen[at / 8] | 1u << at % 8);
	}
	free(seen);
}

static void tables_have_haproxys_order(void **state)
{
	const struct {
		uint32_t weights[4], count;
		const char *rows;
	} cases[] = {
		{{0}, 0, ""},
		{{0, 0}, 2, ""},
		{{1}, 1, "a"},
		{{3}, 1, "aaa"},
		{{1, 1, 1, 1}, 4, "abcd"},
		{{2, 2}, 2, "abab"},
		{{1, 0, 1}, 3, "ac"},
		{{2, 1}, 2, "aab"},
		{{3, 1}, 2, "aaab"},
		{{1, 2}, 2, "abb"},
		{{1, 3}, 2, "abbb"},
		{{2, 1, 1}, 3, "aabc"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct table_seat seats[4];
		uint16_t table[16];
		char rows[17] = "";
		uint32_t len = table_fill(table, cases[i].weights, cases[i].count, seats);

		for (uint32_t k = 0; k < len; k++)
			rows[k] = (char)('a' + table[k]);
		if (strcmp(rows, cases[i].rows) != 0)
			fail_msg("case %zu: %s, expected %s", i, rows, cases[i].rows);
	}
}

/* The rows of equal weights are written without a search: the search finds the same. */
static void equal_weights_are_a_case_of_the_rule(void **state)
{
	(void)state;
	for (uint32_t count = 1; count <= 12; count++) {
		for (uint32_t weight = 1; weight <= 9; weight++) {
			uint32_t sum = count * weight, weights[12];
			int64_t scores[12] = {0};
			struct table_seat seats[12];
			uint16_t rows[12 * 9];

			for (uint32_t i = 0; i < count; i++)
				weights[i] = weight;
			assert_int_equal(table_fill(rows, weights, count, seats), sum);
			for (uint32_t row = 0; row < sum; row++) {
				uint32_t best = 0;
				int64_t most = -1;

				for (uint32_t i = 0; i < count; i++) {
					int64_t turns;

					scores[i] += weight;
					turns = (scores[i] + sum) / sum;
					if (turns > most) {
						most = turns;
						best = i;
					}
				}
				scores[best] -= sum;
				assert_int_equal(rows[row], best);
			}
		}
	}
}

static void make_ring(struct ring *ring, const uint32_t *weights, uint32_t count)
{
	ring_clear(ring);
	for (uint32_t i = 0; i < count; i++)
		ring_add(ring, i, i + 1, weights[i]);
	ring_sort(ring);
}

/* Against the simplest search there is, for points, their neighbours and random numbers. */
static void the_nearest_point_is_found(void **state)
{
	const uint32_t weights[] = {1, 3, 0, 2, 40};
	struct arena arena = {0};
	struct ring ring;
	uint32_t seed = 1;

	(void)state;
	ring_init(&ring, &arena, 5, 46);
	make_ring(&ring, weights, 5);
	assert_int_equal(ring.count, 46 * RING_POINTS_PER_WEIGHT);
	for (uint32_t i = 1; i < ring.count; i++)
		assert_true(ring.points[i - 1].at <= ring.points[i].at);
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t number, nearest = UINT32_MAX, best = 0;

		seed = seed * 1103515245 + 12345;
		number = i % 2 ? seed : ring.points[seed / 65536 % ring.count].at + i / 2 % 3 - 1;
		for (uint32_t k = 0; k < ring.count; k++) {
			uint32_t before = number - ring.points[k].at, after = -before;
			uint32_t distance = before <= after ? before : after;

			if (distance < nearest || (distance == nearest && distance == before)) {
				nearest = distance;
				best = k;
			}
		}
		assert_int_equal(ring.points[ring_nearest(&ring, number)].at, ring.points[best].at);
	}
	arena_free(&arena);
}

/* A server that goes takes only its own keys along. */
static void a_lost_server_moves_its_own_keys(void **state)
{
	uint32_t weights[] = {2, 2, 2, 2};
	struct arena arena = {0};
	struct ring before, after;

	(void)state;
	ring_init(&before, &arena, 4, 8);
	ring_init(&after, &arena, 4, 8);
	make_ring(&before, weights, 4);
	weights[1] = 0;
	make_ring(&after, weights, 4);
	for (uint32_t i = 0; i < 10000; i++) {
		uint32_t number = hash_avalanche(i);
		uint32_t was = before.points[ring_nearest(&before, number)].server;
		uint32_t is = after.points[ring_nearest(&after, number)].server;

		assert_true(was == 1 ? is != 1 : is == was);
	}
	arena_free(&arena);
}

/* Weights that were raised at run time beyond all room are cut, not overrun. */
static void a_full_ring_takes_no_more(void **state)
{
	struct arena arena = {0};
	struct ring ring;

	(void)state;
	ring_init(&ring, &arena, 1, 1);
	ring_clear(&ring);
	ring_add(&ring, 0, 1, 200);
	ring_add(&ring, 1, 2, 256);
	ring_add(&ring, 2, 3, 1);
	assert_int_equal(ring.count, ring.capacity);
	ring_sort(&ring);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_give_known_numbers),
		cmocka_unit_test(addresses_are_summed_without_carry),
		cmocka_unit_test(the_avalanche_loses_nothing),
		cmocka_unit_test(tables_have_haproxys_order),
		cmocka_unit_test(equal_weights_are_a_case_of_the_rule),
		cmocka_unit_test(the_nearest_point_is_found),
		cmocka_unit_test(a_lost_server_moves_its_own_keys),
		cmocka_unit_test(a_full_ring_takes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
