/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balance_test.c - the order of round robin: exact, smooth, shared, and never a server that is
 * down. */
#include "net/lb/balance.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SERVERS 8

/* A backend with its board. */
struct stage {
	struct config config;
	struct proxy proxy;
	struct server servers[SERVERS];
	struct board board;
	struct balance_shared shared;
	struct arena arena;
};

static void set_server(struct stage *stage, uint32_t server, uint32_t state, uint32_t weight)
{
	const struct verdict verdict = {.state = state, .rise = 2, .fall = 3, .weight = weight};

	board_write_verdict(&stage->board, server, &verdict);
}

static void open_stage(struct stage *stage, uint32_t count)
{
	static const char *const names[SERVERS] = {"a", "b", "c", "d", "e", "f", "g", "h"};

	*stage = (struct stage){0};
	stage->proxy = (struct proxy){.name = "pool",
		.is_backend = true,
		.servers = stage->servers,
		.server_count = count,
		.backend_cell = count};
	stage->config = (struct config){.proxies = &stage->proxy,
		.proxy_count = 1,
		.server_count = count,
		.cell_count = count + 1};
	for (uint32_t i = 0; i < count; i++)
		stage->servers[i] =
			(struct server){.name = names[i], .index = i, .cell = i, .verdict = i};
	assert_int_equal(board_create(&stage->board, &stage->config, 1, 1), 0);
	for (uint32_t i = 0; i < count; i++)
		set_server(stage, i, SERVER_RUNNING, 1);
}

static void open_balance(struct stage *stage, struct balance *balance)
{
	assert_int_equal(
		balance_init(balance, &stage->arena, &stage->proxy, &stage->board, &stage->shared),
		0);
}

static void close_stage(struct stage *stage)
{
	board_unmap(&stage->board);
	arena_free(&stage->arena);
}

/* The next picks as letters; '-' for none. */
static const char *picks(struct balance *balance, uint32_t count)
{
	static char order[256];

	for (uint32_t i = 0; i < count; i++) {
		uint32_t picked = balance_pick(balance, BALANCE_NONE);

		order[i] = picked == BALANCE_NONE ? '-' : (char)('a' + picked);
	}
	order[count] = '\0';
	return order;
}

static void schedules_are_smooth(void **state)
{
	const struct {
		const char *name;
		uint32_t weights[SERVERS], count;
		const char *order;
	} cases[] = {
		{"nobody", {0}, 0, ""},
		{"all left out", {0, 0, 0}, 3, ""},
		{"one", {1}, 1, "a"},
		{"one, heavy", {256}, 1, "a"},
		{"the published four", {1, 1, 1, 1}, 4, "abcd"},
		{"four that weigh the same", {7, 7, 7, 7}, 4, "abcd"},
		{"one is out", {1, 0, 1, 1}, 4, "acd"},
		{"the first is out", {0, 1, 1, 1}, 4, "bcd"},
		{"five and one", {5, 1}, 2, "aaabaa"},
		{"one and five", {1, 5}, 2, "abbbbb"},
		{"five among two of one", {5, 1, 1}, 3, "abaaaca"},
		{"two and one", {2, 1}, 2, "aba"},
		{"the same by a common factor", {200, 100}, 2, "aba"},
		{"two and two of one", {2, 1, 1}, 3, "abac"},
		{"three, two, one", {3, 2, 1}, 3, "abacba"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct balance_seat seats[SERVERS];
		uint16_t schedule[64];
		char order[65] = "";
		uint32_t len =
			balance_schedule(schedule, 64, cases[i].weights, cases[i].count, seats);

		for (uint32_t k = 0; k < len; k++)
			order[k] = (char)('a' + schedule[k]);
		if (strcmp(order, cases[i].order) != 0)
			fail_msg("%s: %s, expected %s", cases[i].name, order, cases[i].order);
	}
}

/* Random weights: shares are exact, the first server begins, and nobody is ever more than its
 * class away from its share. */
static void shares_are_exact(void **state)
{
	enum { COUNT = 40 };
	static uint16_t schedule[COUNT * 256];
	struct balance_seat seats[COUNT];
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 200; round++) {
		uint32_t weights[COUNT], seen[COUNT] = {0}, first = COUNT, count = 1, len, sum = 0;

		seed = seed * 1103515245 + 12345;
		count += seed / 65536 % COUNT;
		for (uint32_t i = 0; i < count; i++) {
			seed = seed * 1103515245 + 12345;
			weights[i] = seed / 65536 % (round % 2 ? 257 : 4);
			if (weights[i] > 0 && first == COUNT)
				first = i;
			sum += weights[i];
		}
		len = balance_schedule(
			schedule, sizeof(schedule) / sizeof(schedule[0]), weights, count, seats);
		if (sum == 0) {
			assert_int_equal(len, 0);
			continue;
		}
		assert_int_equal(sum % len, 0);
		assert_int_equal(schedule[0], first);
		for (uint32_t i = 0; i < len; i++)
			seen[schedule[i]]++;
		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(seen[i] * (sum / len), weights[i]);
	}
}

/* More turns than there is room for: everybody keeps at least one, shares stay close. */
static void long_schedules_are_scaled(void **state)
{
	enum { COUNT = 1000, ROOM = 4000 };
	static uint32_t weights[COUNT], seen[COUNT];
	static struct balance_seat seats[COUNT];
	static uint16_t schedule[ROOM];
	uint32_t len;

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++)
		weights[i] = i == 500 ? 1 : 100 + i % 2 * 100;
	len = balance_schedule(schedule, ROOM, weights, COUNT, seats);
	assert_in_range(len, COUNT, ROOM);
	for (uint32_t i = 0; i < len; i++)
		seen[schedule[i]]++;
	assert_int_equal(seen[500], 1);
	for (uint32_t i = 0; i < COUNT; i++)
		if (i != 500)
			assert_in_range(seen[i], 2, 4);
	assert_int_equal(seen[1], 4);
	assert_int_equal(seen[0], 2);
}

static void the_largest_backend_is_no_trouble(void **state)
{
	uint32_t *weights = malloc(BALANCE_SERVERS_MAX * sizeof(*weights));
	struct balance_seat *seats = malloc(BALANCE_SERVERS_MAX * sizeof(*seats));
	uint16_t *schedule = malloc(BALANCE_SCHEDULE_MAX * sizeof(*schedule));

	(void)state;
	for (uint32_t i = 0; i < BALANCE_SERVERS_MAX; i++)
		weights[i] = 1 + i % 256;
	assert_in_range(balance_schedule(schedule, BALANCE_SCHEDULE_MAX, weights,
				BALANCE_SERVERS_MAX, seats),
		BALANCE_SERVERS_MAX, BALANCE_SCHEDULE_MAX);
	free(weights);
	free(seats);
	free(schedule);
}

static void four_curls_see_four_servers(void **state)
{
	struct stage stage;
	struct balance balance;

	(void)state;
	open_stage(&stage, 4);
	open_balance(&stage, &balance);
	assert_string_equal(picks(&balance, 10), "abcdabcdab");
	assert_int_equal(balance_usable(&balance), 4);
	close_stage(&stage);
}

static void two_workers_keep_one_order(void **state)
{
	struct stage stage;
	struct balance one, two;

	(void)state;
	open_stage(&stage, 4);
	open_balance(&stage, &one);
	open_balance(&stage, &two);
	assert_string_equal(picks(&one, 1), "a");
	assert_string_equal(picks(&two, 2), "bc");
	assert_string_equal(picks(&one, 3), "dab");
	assert_string_equal(picks(&two, 1), "c");
	close_stage(&stage);
}

static void the_schedule_follows_the_verdicts(void **state)
{
	struct stage stage;
	struct balance balance;

	(void)state;
	open_stage(&stage, 3);
	open_balance(&stage, &balance);
	assert_string_equal(picks(&balance, 3), "abc");
	set_server(&stage, 1, SERVER_STOPPED, 1);
	assert_string_equal(picks(&balance, 3), "cac"); /* the fourth of a list of two, .. */
	assert_int_equal(balance_usable(&balance), 2);
	set_server(&stage, 0, SERVER_STOPPED, 1);
	set_server(&stage, 2, SERVER_STOPPED, 1);
	assert_string_equal(picks(&balance, 2), "--");
	assert_int_equal(balance_usable(&balance), 0);
	set_server(&stage, 1, SERVER_RUNNING, 1);
	assert_string_equal(picks(&balance, 2), "bb");
	set_server(&stage, 0, SERVER_RUNNING, 0); /* weight 0: only what belongs to it */
	assert_string_equal(picks(&balance, 2), "bb");
	set_server(&stage, 0, SERVER_RUNNING, 256);
	set_server(&stage, 1, SERVER_RUNNING, 256);
	assert_int_equal(balance_usable(&balance), 2);
	close_stage(&stage);
}

static void backups_wait_for_the_last_active_one(void **state)
{
	struct stage stage;
	struct balance balance;

	(void)state;
	open_stage(&stage, 4);
	stage.servers[2].backup = stage.servers[3].backup = true;
	open_balance(&stage, &balance);
	assert_string_equal(picks(&balance, 4), "abab");
	set_server(&stage, 0, SERVER_STOPPED, 1);
	assert_string_equal(picks(&balance, 2), "bb");
	set_server(&stage, 1, SERVER_STOPPED, 1);
	assert_string_equal(picks(&balance, 3), "ccc"); /* the first backup alone */
	assert_int_equal(balance_usable(&balance), 1);
	set_server(&stage, 2, SERVER_STOPPED, 1);
	assert_string_equal(picks(&balance, 2), "dd");
	set_server(&stage, 3, SERVER_STOPPED, 1);
	assert_string_equal(picks(&balance, 1), "-");
	set_server(&stage, 3, SERVER_RUNNING, 1);
	set_server(&stage, 1, SERVER_RUNNING, 1);
	assert_string_equal(picks(&balance, 2), "bb");
	close_stage(&stage);
}

static void all_backups_share_when_asked_to(void **state)
{
	struct stage stage;
	struct balance balance;

	(void)state;
	open_stage(&stage, 3);
	stage.servers[1].backup = stage.servers[2].backup = true;
	stage.proxy.all_backups = true;
	open_balance(&stage, &balance);
	assert_string_equal(picks(&balance, 2), "aa");
	set_server(&stage, 0, SERVER_STOPPED, 1);
	assert_string_equal(picks(&balance, 4), "bcbc");
	assert_int_equal(balance_usable(&balance), 2);
	close_stage(&stage);
}

static void a_failed_server_is_avoided(void **state)
{
	struct stage stage;
	struct balance balance;

	(void)state;
	open_stage(&stage, 3);
	open_balance(&stage, &balance);
	assert_int_equal(balance_pick(&balance, 0), 1);
	assert_int_equal(balance_pick(&balance, 0), 1);
	assert_int_equal(balance_pick(&balance, 2), 0); /* c's turn, round the corner */
	set_server(&stage, 1, SERVER_STOPPED, 1);
	set_server(&stage, 2, SERVER_STOPPED, 1);
	assert_int_equal(balance_pick(&balance, 0), 0); /* the last one usable */
	set_server(&stage, 0, SERVER_STOPPED, 1);
	assert_int_equal(balance_pick(&balance, 0), BALANCE_NONE);
	set_server(&stage, 0, SERVER_RUNNING, 256);
	set_server(&stage, 1, SERVER_RUNNING, 1);
	for (int i = 0; i < 300; i++)
		assert_int_equal(balance_pick(&balance, 0), 1);
	close_stage(&stage);
}

enum { THREADS = 4, PICKS = 5000 };

struct picker {
	struct balance balance;
	uint32_t seen[SERVERS];
};

static void *pick_many(void *argument)
{
	struct picker *picker = argument;

	for (int i = 0; i < PICKS; i++)
		picker->seen[balance_pick(&picker->balance, BALANCE_NONE)]++;
	return NULL;
}

/* However four workers take turns, together they take exactly what the schedule says. */
static void many_workers_walk_one_schedule(void **state)
{
	static struct picker pickers[THREADS];
	uint32_t expected[SERVERS] = {0}, seen[SERVERS] = {0};
	pthread_t threads[THREADS];
	struct stage stage;

	(void)state;
	open_stage(&stage, 5);
	for (uint32_t i = 0; i < 5; i++)
		set_server(&stage, i, SERVER_RUNNING, 1 + 2 * i);
	for (int i = 0; i < THREADS; i++) {
		pickers[i] = (struct picker){0};
		open_balance(&stage, &pickers[i].balance);
	}
	balance_usable(&pickers[0].balance);
	for (uint32_t i = 0; i < THREADS * PICKS; i++)
		expected[pickers[0].balance.schedule[i % pickers[0].balance.schedule_len]]++;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, pick_many, &pickers[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		for (uint32_t k = 0; k < SERVERS; k++)
			seen[k] += pickers[i].seen[k];
	}
	assert_memory_equal(seen, expected, sizeof(seen));
	close_stage(&stage);
}

/* Servers come and go while workers pick: every pick is a server, and no race. */
static void verdicts_change_under_picking_workers(void **state)
{
	static struct picker pickers[2];
	pthread_t threads[2];
	struct stage stage;
	uint32_t total = 0;

	(void)state;
	open_stage(&stage, 4);
	for (int i = 0; i < 2; i++) {
		pickers[i] = (struct picker){0};
		open_balance(&stage, &pickers[i].balance);
		assert_int_equal(pthread_create(&threads[i], NULL, pick_many, &pickers[i]), 0);
	}
	for (uint32_t i = 0; i < 2000; i++)
		set_server(&stage, i % 3, i % 2 ? SERVER_RUNNING : SERVER_STOPPED, 1 + i % 5);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		for (uint32_t k = 0; k < 4; k++)
			total += pickers[i].seen[k];
	}
	assert_int_equal(total, 2 * PICKS);
	close_stage(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(schedules_are_smooth),
		cmocka_unit_test(shares_are_exact),
		cmocka_unit_test(long_schedules_are_scaled),
		cmocka_unit_test(the_largest_backend_is_no_trouble),
		cmocka_unit_test(four_curls_see_four_servers),
		cmocka_unit_test(two_workers_keep_one_order),
		cmocka_unit_test(the_schedule_follows_the_verdicts),
		cmocka_unit_test(backups_wait_for_the_last_active_one),
		cmocka_unit_test(all_backups_share_when_asked_to),
		cmocka_unit_test(a_failed_server_is_avoided),
		cmocka_unit_test(many_workers_walk_one_schedule),
		cmocka_unit_test(verdicts_change_under_picking_workers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
