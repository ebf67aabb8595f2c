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
	struct load load;
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
		stage->servers[i] = (struct server){.name = names[i],
			.index = i,
			.id = i + 1,
			.cell = i,
			.verdict = i,
			.weight = 1,
			.proxy = &stage->proxy};
	assert_int_equal(board_create(&stage->board, &stage->config, 1, 1), 0);
	assert_int_equal(load_open(&stage->load, &stage->config), 0);
	for (uint32_t i = 0; i < count; i++)
		set_server(stage, i, SERVER_RUNNING, 1);
}

static void open_balance(struct stage *stage, struct balance *balance)
{
	const struct balance_options options = {.backend = &stage->proxy,
		.board = &stage->board,
		.load = &stage->load,
		.shared = &stage->shared,
		.seed = 1};

	assert_int_equal(balance_init(balance, &stage->arena, &options), 0);
}

static void close_stage(struct stage *stage)
{
	board_unmap(&stage->board);
	load_close(&stage->load);
	arena_free(&stage->arena);
}

static uint32_t pick(struct balance *balance, uint32_t avoid)
{
	return balance_pick(balance, &(struct balance_wish){.avoid = avoid});
}

/* The next picks as letters; '-' for none. */
static const char *picks(struct balance *balance, uint32_t count)
{
	static char order[256];

	for (uint32_t i = 0; i < count; i++) {
		uint32_t picked = pick(balance, BALANCE_NONE);

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
		struct circle_seat seats[SERVERS];
		uint16_t schedule[64];
		char order[65] = "";
		uint32_t len = circle_fill(schedule, 64, cases[i].weights, cases[i].count, seats);

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
	struct circle_seat seats[COUNT];
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
		len = circle_fill(
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
	static struct circle_seat seats[COUNT];
	static uint16_t schedule[ROOM];
	uint32_t len;

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++)
		weights[i] = i == 500 ? 1 : 100 + i % 2 * 100;
	len = circle_fill(schedule, ROOM, weights, COUNT, seats);
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
	uint32_t *weights = malloc(CIRCLE_SERVERS_MAX * sizeof(*weights));
	struct circle_seat *seats = malloc(CIRCLE_SERVERS_MAX * sizeof(*seats));
	uint16_t *schedule = malloc(CIRCLE_PLACES_MAX * sizeof(*schedule));

	(void)state;
	for (uint32_t i = 0; i < CIRCLE_SERVERS_MAX; i++)
		weights[i] = 1 + i % 256;
	assert_in_range(
		circle_fill(schedule, CIRCLE_PLACES_MAX, weights, CIRCLE_SERVERS_MAX, seats),
		CIRCLE_SERVERS_MAX, CIRCLE_PLACES_MAX);
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
	assert_int_equal(pick(&balance, 0), 1);
	assert_int_equal(pick(&balance, 0), 1);
	assert_int_equal(pick(&balance, 2), 0); /* c's turn, round the corner */
	set_server(&stage, 1, SERVER_STOPPED, 1);
	set_server(&stage, 2, SERVER_STOPPED, 1);
	assert_int_equal(pick(&balance, 0), 0); /* the last one usable */
	set_server(&stage, 0, SERVER_STOPPED, 1);
	assert_int_equal(pick(&balance, 0), BALANCE_NONE);
	set_server(&stage, 0, SERVER_RUNNING, 256);
	set_server(&stage, 1, SERVER_RUNNING, 1);
	for (int i = 0; i < 300; i++)
		assert_int_equal(pick(&balance, 0), 1);
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
		picker->seen[pick(&picker->balance, BALANCE_NONE)]++;
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
		expected[pickers[0].balance.rows[i % pickers[0].balance.row_count]]++;
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

/* The next picks, each taking its place. */
static const char *takes(struct stage *stage, struct balance *balance, uint32_t count)
{
	static char order[256];

	for (uint32_t i = 0; i < count; i++) {
		uint32_t picked = pick(balance, BALANCE_NONE);

		order[i] = picked == BALANCE_NONE   ? '-'
			   : picked == BALANCE_FULL ? '!'
						    : (char)('a' + picked);
		if (picked < SERVERS)
			load_take(&stage->load, &stage->servers[picked]);
	}
	order[count] = '\0';
	return order;
}

static void gives(struct stage *stage, const char *servers)
{
	for (; *servers; servers++)
		load_give(&stage->load, &stage->servers[*servers - 'a']);
}

static void limit(struct stage *stage, uint32_t server, uint32_t minconn, uint32_t maxconn)
{
	stage->servers[server].minconn = minconn;
	stage->servers[server].maxconn = maxconn;
	atomic_store(&load_of(&stage->load, &stage->servers[server])->maxconn, maxconn);
}

static void the_least_loaded_is_taken(void **state)
{
	struct stage stage;
	struct balance balance;

	(void)state;
	open_stage(&stage, 3);
	stage.proxy.balancing.algorithm = BALANCE_LEASTCONN;
	open_balance(&stage, &balance);
	assert_string_equal(takes(&stage, &balance, 6), "abcabc");
	gives(&stage, "bb");
	assert_string_equal(takes(&stage, &balance, 3), "bba"); /* a rested longer than c */
	gives(&stage, "ca");
	assert_string_equal(takes(&stage, &balance, 2), "cb"); /* b changed before a and c did */
	set_server(&stage, 2, SERVER_STOPPED, 1);
	assert_string_equal(takes(&stage, &balance, 2), "ab");
	assert_int_equal(pick(&balance, 1), 0);
	set_server(&stage, 0, SERVER_STOPPED, 1);
	assert_int_equal(pick(&balance, 1), 1); /* the last one usable */
	close_stage(&stage);
}

/* Twice the weight carries twice as many; idle ones come first whatever they weigh. */
static void least_loaded_for_its_weight(void **state)
{
	struct stage stage;
	struct balance balance;

	(void)state;
	open_stage(&stage, 3);
	set_server(&stage, 0, SERVER_RUNNING, 4);
	set_server(&stage, 1, SERVER_RUNNING, 2);
	stage.proxy.balancing.algorithm = BALANCE_LEASTCONN;
	open_balance(&stage, &balance);
	takes(&stage, &balance, 70);
	assert_int_equal(load_served(&stage.load, &stage.servers[0]), 40);
	assert_int_equal(load_served(&stage.load, &stage.servers[1]), 20);
	assert_int_equal(load_served(&stage.load, &stage.servers[2]), 10);
	close_stage(&stage);
}

static void the_first_one_is_filled_first(void **state)
{
	struct stage stage;
	struct balance balance;

	(void)state;
	open_stage(&stage, 3);
	stage.servers[0].id = 9; /* the order is that of the ids */
	limit(&stage, 1, 2, 2);
	limit(&stage, 2, 1, 1);
	limit(&stage, 0, 2, 2);
	stage.proxy.balancing.algorithm = BALANCE_FIRST;
	open_balance(&stage, &balance);
	assert_string_equal(takes(&stage, &balance, 6), "bbcaa!");
	gives(&stage, "cb");
	assert_string_equal(takes(&stage, &balance, 3), "bc!");
	close_stage(&stage);
}

/* A full server is passed over; when all are, and where somebody waits, the answer is full. */
static void full_servers_are_passed_over(void **state)
{
	struct stage stage;
	struct balance balance;

	(void)state;
	open_stage(&stage, 3);
	limit(&stage, 0, 1, 1);
	limit(&stage, 1, 2, 2);
	limit(&stage, 2, 1, 1);
	open_balance(&stage, &balance);
	assert_string_equal(takes(&stage, &balance, 5), "abcb!");
	gives(&stage, "c");
	assert_string_equal(picks(&balance, 2), "cc");
	atomic_store(&stage.load.backends[0].queued, 1);
	assert_int_equal(pick(&balance, BALANCE_NONE), BALANCE_FULL);
	atomic_store(&stage.load.backends[0].queued, 0);
	atomic_store(&load_of(&stage.load, &stage.servers[2])->queued, 1);
	assert_int_equal(pick(&balance, BALANCE_NONE), BALANCE_FULL);
	close_stage(&stage);
}

/* HAProxy's dynamic limit: minconn, then in step with the backend's sessions. */
static void limits_grow_with_the_backend(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage, 1);
	stage.proxy.fullconn = 100;
	limit(&stage, 0, 10, 50);
	for (uint32_t sessions = 0; sessions < 150; sessions++) {
		uint32_t expected = sessions < 20 ? 10 : sessions < 100 ? sessions / 2 : 50;

		assert_int_equal(load_limit(&stage.load, &stage.servers[0]), expected);
		load_enter_backend(&stage.load, &stage.proxy);
	}
	limit(&stage, 0, 50, 50);
	assert_int_equal(load_limit(&stage.load, &stage.servers[0]), 50);
	close_stage(&stage);
}

static void keys_stay_with_their_servers(void **state)
{
	const enum balance_algorithm algorithms[] = {
		BALANCE_SOURCE, BALANCE_URI, BALANCE_URL_PARAM, BALANCE_HDR};

	(void)state;
	for (uint32_t i = 0; i < 8; i++) {
		struct stage stage;
		struct balance balance;
		uint32_t seen[4] = {0};

		open_stage(&stage, 4);
		stage.proxy.balancing.algorithm = algorithms[i / 2];
		stage.proxy.balancing.consistent = i % 2;
		open_balance(&stage, &balance);
		for (uint32_t key = 0; key < 1000; key++) {
			struct balance_wish wish = {
				.avoid = BALANCE_NONE, .hashed = true, .hash = key * 2654435761u};
			uint32_t server = balance_pick(&balance, &wish), other;

			assert_in_range(server, 0, 3);
			seen[server]++;
			assert_int_equal(balance_pick(&balance, &wish), server);
			/* Only a ring knows a second one for a key. */
			wish.avoid = server;
			other = balance_pick(&balance, &wish);
			assert_true(stage.proxy.balancing.consistent ? other != server
								     : other == server);
		}
		for (uint32_t k = 0; k < 4; k++)
			assert_in_range(seen[k], 100, 450);
		/* Without a key it is somebody's turn. */
		assert_int_not_equal(pick(&balance, BALANCE_NONE), BALANCE_NONE);
		set_server(&stage, 0, SERVER_STOPPED, 1);
		for (uint32_t key = 0; key < 100; key++)
			assert_int_not_equal(
				balance_pick(&balance, &(struct balance_wish){.avoid = BALANCE_NONE,
							       .hashed = true,
							       .hash = key * 2654435761u}),
				0);
		close_stage(&stage);
	}
}

static void static_rr_keeps_configured_weights(void **state)
{
	struct stage stage;
	struct balance balance;

	(void)state;
	open_stage(&stage, 3);
	stage.servers[0].weight = 4;
	stage.servers[1].weight = 2;
	stage.servers[2].weight = 2;
	stage.proxy.balancing.algorithm = BALANCE_STATIC_RR;
	open_balance(&stage, &balance);
	assert_string_equal(picks(&balance, 8), "aabcaabc");
	set_server(&stage, 1, SERVER_RUNNING, 200); /* changed at run time: not looked at */
	assert_string_equal(picks(&balance, 4), "aabc");
	set_server(&stage, 1, SERVER_RUNNING, 0);
	assert_string_equal(picks(&balance, 3), "aac");
	close_stage(&stage);
}

/* A bound of 125 %: with one key alone, requests overflow to the next server along the ring. */
static void no_server_carries_more_than_its_bound(void **state)
{
	struct stage stage;
	struct balance balance;
	const struct balance_wish wish = {.avoid = BALANCE_NONE, .hashed = true, .hash = 12345};

	(void)state;
	open_stage(&stage, 4);
	stage.proxy.balancing =
		(struct balancing){.algorithm = BALANCE_URI, .consistent = true, .factor = 125};
	open_balance(&stage, &balance);
	for (uint32_t i = 1; i <= 400; i++) {
		uint32_t server = balance_pick(&balance, &wish);

		load_take(&stage.load, &stage.servers[server]);
		for (uint32_t k = 0; k < 4; k++)
			assert_in_range(
				load_served(&stage.load, &stage.servers[k]), 0, i * 125 / 400 + 1);
	}
	close_stage(&stage);
}

/* The better of two draws keeps loads close; one draw alone does not. */
static void two_draws_are_better_than_one(void **state)
{
	uint32_t widest[2] = {0};

	(void)state;
	for (uint32_t draws = 1; draws <= 2; draws++) {
		struct stage stage;
		struct balance balance;
		uint32_t most = 0, least = UINT32_MAX;

		open_stage(&stage, 8);
		stage.proxy.balancing =
			(struct balancing){.algorithm = BALANCE_RANDOM, .draws = draws};
		open_balance(&stage, &balance);
		takes(&stage, &balance, 200);
		takes(&stage, &balance, 200);
		for (uint32_t k = 0; k < 8; k++) {
			uint32_t served = load_served(&stage.load, &stage.servers[k]);

			most = served > most ? served : most;
			least = served < least ? served : least;
		}
		widest[draws - 1] = most - least;
		if (draws == 2) {
			limit(&stage, 0, 1, 1);
			for (uint32_t k = 1; k < 8; k++)
				set_server(&stage, k, SERVER_STOPPED, 1);
			assert_int_equal(pick(&balance, BALANCE_NONE), BALANCE_FULL);
		}
		close_stage(&stage);
	}
	assert_true(widest[1] * 2 < widest[0]);
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
		cmocka_unit_test(the_least_loaded_is_taken),
		cmocka_unit_test(least_loaded_for_its_weight),
		cmocka_unit_test(the_first_one_is_filled_first),
		cmocka_unit_test(full_servers_are_passed_over),
		cmocka_unit_test(limits_grow_with_the_backend),
		cmocka_unit_test(keys_stay_with_their_servers),
		cmocka_unit_test(static_rr_keeps_configured_weights),
		cmocka_unit_test(no_server_carries_more_than_its_bound),
		cmocka_unit_test(two_draws_are_better_than_one),
		cmocka_unit_test(many_workers_walk_one_schedule),
		cmocka_unit_test(verdicts_change_under_picking_workers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
