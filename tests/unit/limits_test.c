/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections from descriptors. */
#include "core/limits.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static const struct {
	const char *name;
	struct limits_input input;
	struct limits expected;
} cases[] = {
	/* The published file on two cores: one bind, one stats socket, four checked servers. */
	{"as HAProxy derives it",
		{.descriptors = 20000,
			.threads = 2,
			.listeners = 2,
			.checks = 4,
			.stats_connections = 10},
		{9984, 0, LIMITS_BOUND_DESCRIPTORS, false}},
	{"nothing but descriptors", {.descriptors = 1024, .threads = 1, .listeners = 1},
		{505, 0, LIMITS_BOUND_DESCRIPTORS, false}},
	{"configured and it fits",
		{.maxconn = 100, .descriptors = 1024, .threads = 1, .listeners = 1},
		{100, 214, LIMITS_BOUND_CONFIGURED, false}},
	{"configured exactly what fits",
		{.maxconn = 505, .descriptors = 1024, .threads = 1, .listeners = 1},
		{505, 1024, LIMITS_BOUND_CONFIGURED, false}},
	{"one more than fits", {.maxconn = 506, .descriptors = 1024, .threads = 1, .listeners = 1},
		{505, 1026, LIMITS_BOUND_CUT, false}},
	{"one more than fits, with tables for each worker",
		{.maxconn = 30000,
			.descriptors = 20000,
			.threads = 2,
			.listeners = 2,
			.can_spread = true},
		{30000, 60018, LIMITS_BOUND_SPREAD, true}},
	{"more than fits all tables",
		{.maxconn = 50000,
			.descriptors = 20000,
			.threads = 2,
			.listeners = 2,
			.can_spread = true},
		{31968, 100018, LIMITS_BOUND_CUT, true}},
	{"what fits one table needs no others",
		{.maxconn = 9990,
			.descriptors = 20000,
			.threads = 2,
			.listeners = 2,
			.can_spread = true},
		{9990, 19998, LIMITS_BOUND_CONFIGURED, false}},
	{"tables of their own, and nothing said",
		{.descriptors = 20000, .threads = 2, .can_spread = true},
		{9992, 0, LIMITS_BOUND_DESCRIPTORS, false}},
	{"never under a hundred", {.descriptors = 64, .threads = 2, .listeners = 1},
		{100, 0, LIMITS_BOUND_DESCRIPTORS, false}},
	{"fewer descriptors than are set aside", {.descriptors = 3, .threads = 64},
		{100, 0, LIMITS_BOUND_DESCRIPTORS, false}},
	{"a limit without end", {.descriptors = UINT64_MAX, .threads = 1},
		{INT32_MAX, 0, LIMITS_BOUND_DESCRIPTORS, false}},
	{"the largest number that can be configured",
		{.maxconn = UINT32_MAX, .descriptors = 1000, .threads = 0},
		{495, 8589934600u, LIMITS_BOUND_CUT, false}},
};

static void derives(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct limits got = limits_derive(&cases[i].input);

		if (got.maxconn != cases[i].expected.maxconn ||
			got.descriptors_wanted != cases[i].expected.descriptors_wanted ||
			got.bound != cases[i].expected.bound ||
			got.spread != cases[i].expected.spread)
			fail_msg("%s: %u, %llu, %d", cases[i].name, got.maxconn,
				(unsigned long long)got.descriptors_wanted, got.bound);
	}
}

static void counts_what_a_tree_has(void **state)
{
	struct server servers[3] = {{.check = true}, {.check = false}, {.check = true}};
	struct proxy proxies[2] = {{.servers = servers, .server_count = 3}, {0}};
	struct stats_socket socket = {0};
	struct config config = {.proxies = proxies, .proxy_count = 2, .listener_count = 4};
	struct limits_input input;

	(void)state;
	config.global.stats_maxconn = 10;
	input = limits_input_of(&config, 2, 99);
	assert_int_equal(input.checks, 2);
	assert_int_equal(input.listeners, 4);
	assert_int_equal(input.stats_connections, 0);
	assert_int_equal(input.threads, 2);
	assert_int_equal(input.descriptors, 99);
	config.global.stats_sockets = &socket;
	assert_int_equal(limits_input_of(&config, 2, 99).stats_connections, 10);
}

static void table_has_room_for_all_connections(void **state)
{
	const struct limits small = {.maxconn = 100}, all = {.maxconn = 9984},
			    spread = {.maxconn = 30000, .spread = true};

	(void)state;
	assert_in_range(limits_of_table(&small, 20000), 200, 2000);
	assert_int_equal(limits_of_table(&all, 20000), 20000);
	assert_int_equal(limits_of_table(&spread, 20000), 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(derives),
		cmocka_unit_test(counts_what_a_tree_has),
		cmocka_unit_test(table_has_room_for_all_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
