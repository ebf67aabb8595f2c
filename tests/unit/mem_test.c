/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arenas give zeroed, aligned, separate memory; pools lend each item once and reuse what is warm.
 */
#include "core/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static void arena_gives_zeroed_aligned_memory(void **state)
{
	struct arena arena = {0};
	const size_t sizes[] = {0, 1, 15, 16, 17, 4096, 65536, 65537, 1 << 20};

	(void)state;
	for (uint32_t round = 0; round < 20; round++)
		for (uint32_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			char *at = arena_alloc(&arena, sizes[i]);

			assert_int_equal((uintptr_t)at % 16, 0);
			for (size_t j = 0; j < sizes[i]; j++)
				assert_int_equal(at[j], 0);
			memset(at, 0xa5, sizes[i]); /* who comes next must not see it */
		}
	arena_free(&arena);
	assert_null(arena.chunks);
	assert_int_equal(arena.used_bytes, 0);
}

static void arena_copies_end_with_a_zero(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_string_equal(arena_copy(&arena, "server one", 6), "server");
	assert_string_equal(arena_copy(&arena, "", 0), "");
	arena_free(&arena);
}

static void pool_lends_each_item_once(void **state)
{
	struct pool pool;
	char *items[100];

	(void)state;
	assert_int_equal(pool_open(&pool, 48, 100), 0);
	for (uint32_t i = 0; i < 100; i++) {
		items[i] = pool_take(&pool);
		assert_non_null(items[i]);
		assert_int_equal(pool_index(&pool, items[i]), i);
		assert_ptr_equal(pool_at(&pool, i), items[i]);
		for (uint32_t j = 0; j < 48; j++)
			assert_int_equal(items[i][j], 0); /* a first-time item is zero */
		memset(items[i], (int)i + 1, 48);
	}
	assert_null(pool_take(&pool));
	assert_int_equal(pool_lent(&pool), 100);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(items[i][47], (char)(i + 1)); /* nobody wrote into a neighbour */
	pool_give(&pool, items[7]);
	pool_give(&pool, items[3]);
	assert_int_equal(pool_lent(&pool), 98);
	assert_ptr_equal(pool_take(&pool), items[3]); /* the warm one first */
	assert_ptr_equal(pool_take(&pool), items[7]);
	assert_null(pool_take(&pool));
	pool_close(&pool);
}

static void pool_touches_only_what_it_lends(void **state)
{
	struct pool pool;

	(void)state;
	/* 64 GiB of address space; a machine with less memory must not mind. */
	assert_int_equal(pool_open(&pool, 64 * 1024, 1024 * 1024), 0);
	memset(pool_take(&pool), 1, 64 * 1024);
	assert_int_equal(pool.touched, 1);
	pool_close(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_gives_zeroed_aligned_memory),
		cmocka_unit_test(arena_copies_end_with_a_zero),
		cmocka_unit_test(pool_lends_each_item_once),
		cmocka_unit_test(pool_touches_only_what_it_lends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
