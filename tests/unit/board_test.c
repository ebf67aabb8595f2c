/* SPDX-License-Identifier: GPL-2.0-or-later */
/* board_test.c - cells, sums, rates, torn writers, strange boards, and what generations inherit. */
#include "core/board.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

/* A tree with one frontend, one listener, one backend and these servers; cells in that order. */
struct tree {
	struct config config;
	struct proxy proxies[2];
	struct listener listener;
	struct server servers[16];
};

static void grow_tree(struct tree *tree, const char *const *names, uint32_t count)
{
	*tree = (struct tree){.config = {.fingerprint = 7}};
	tree->listener = (struct listener){.text = "127.0.0.1:80", .proxy = &tree->proxies[0]};
	tree->proxies[0] = (struct proxy){.name = "web", .is_frontend = true, .frontend_cell = 1};
	tree->proxies[1] = (struct proxy){.name = "web",
		.is_backend = true,
		.backend_cell = 2,
		.servers = tree->servers,
		.server_count = count};
	for (uint32_t i = 0; i < count; i++)
		tree->servers[i] =
			(struct server){.name = names[i], .index = i, .cell = 3 + i, .verdict = i};
	tree->config.proxies = tree->proxies;
	tree->config.proxy_count = 2;
	tree->config.listeners = &tree->listener;
	tree->config.listener_count = 1;
	tree->config.server_count = count;
	tree->config.cell_count = 3 + count;
}

static void make_board(struct board *board, const char *const *names, uint32_t count,
	uint32_t workers, uint32_t generation)
{
	struct tree tree;

	grow_tree(&tree, names, count);
	assert_int_equal(board_create(board, &tree.config, workers, generation), 0);
}

static const char *const two[] = {"a", "b"};

static struct verdict up(void)
{
	return (struct verdict){.state = SERVER_RUNNING,
		.health = 4,
		.rise = 2,
		.fall = 3,
		.weight = 1,
		.status = CHECK_STATUS_L7OK,
		.code = 200,
		.checks = 10,
		.text = "Layer7 check passed"};
}

static struct verdict down(void)
{
	struct verdict verdict = up();

	verdict.state = SERVER_STOPPED;
	verdict.health = 0;
	verdict.status = CHECK_STATUS_L4CON;
	verdict.downs = 3;
	verdict.failures = 5;
	verdict.down_total_s = 60;
	verdict.changed_s = 1000;
	snprintf(verdict.text, sizeof(verdict.text), "Connection refused");
	return verdict;
}

static void every_cell_has_its_own_line(void **state)
{
	struct board board;

	(void)state;
	make_board(&board, two, 2, 3, 1);
	for (uint32_t worker = 0; worker < 3; worker++)
		for (uint32_t cell = 0; cell < 5; cell++)
			assert_int_equal((uintptr_t)board_traffic(&board, worker, cell) % 64, 0);
	assert_int_equal((uintptr_t)board.carried % 64, 0);
	assert_int_equal((uintptr_t)&board.workers[1] % 64, 0);
	assert_int_equal((uintptr_t)&board.verdicts[1] % 64, 0);
	assert_int_equal((uintptr_t)board.earlier % 64, 0);
	assert_string_equal(board.names, "L web/127.0.0.1:80\nF web\nB web\nS web/a\nS web/b\n"
					 "V web/a\nV web/b\n");
	assert_int_equal(board.header->generation, 1);
	assert_int_equal(board.header->fingerprint, 7);
	board_unmap(&board);
}

static void another_process_maps_it(void **state)
{
	struct board board, view;

	(void)state;
	make_board(&board, two, 2, 2, 5);
	assert_int_equal(board_map(&view, dup(board.fd)), 0);
	assert_int_equal(view.cell_count, 5);
	assert_int_equal(view.server_count, 2);
	board_add(&board_traffic(&board, 1, 3)->requests, 4);
	assert_int_equal(board_get(&board_traffic(&view, 1, 3)->requests), 4);
	board_unmap(&view);
	board_unmap(&board);
}

/* A copy of a board in a file of its own, with one word of the header changed. */
static int copy_board(const struct board *board, size_t at, uint32_t value, off_t extra, int seals)
{
	int fd = memfd_create("copy", MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, board->header, board->bytes), (ssize_t)board->bytes);
	assert_int_equal(pwrite(fd, &value, sizeof(value), (off_t)at), sizeof(value));
	assert_int_equal(ftruncate(fd, (off_t)board->bytes + extra), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void strange_boards_are_refused(void **state)
{
	const size_t at_magic = offsetof(struct board_header, magic);
	const size_t at_version = offsetof(struct board_header, version);
	const size_t at_workers = offsetof(struct board_header, workers);
	const size_t at_cells = offsetof(struct board_header, cells);
	const size_t at_servers = offsetof(struct board_header, servers);
	const size_t at_names = offsetof(struct board_header, names_bytes);
	const size_t at_bytes = offsetof(struct board_header, bytes);
	const struct {
		const char *name;
		size_t at;
		uint32_t value;
		off_t extra;
		int seals;
		int expected;
	} cases[] = {
		{"a good copy", 4, BOARD_VERSION, 0, F_SEAL_SHRINK, 0},
		{"not sealed", 4, BOARD_VERSION, 0, F_SEAL_GROW, -EPROTO},
		{"other magic", at_magic, 1, 0, F_SEAL_SHRINK, -EPROTO},
		{"older layout", at_version, BOARD_VERSION - 1, 0, F_SEAL_SHRINK, -EPROTO},
		{"newer layout", at_version, BOARD_VERSION + 1, 0, F_SEAL_SHRINK, -EPROTO},
		{"no workers", at_workers, 0, 0, F_SEAL_SHRINK, -EPROTO},
		{"a worker more", at_workers, 3, 0, F_SEAL_SHRINK, -EPROTO},
		{"4 billion workers", at_workers, UINT32_MAX, 0, F_SEAL_SHRINK, -EPROTO},
		{"4 billion cells", at_cells, UINT32_MAX, 0, F_SEAL_SHRINK, -EPROTO},
		{"4 billion servers", at_servers, UINT32_MAX, 0, F_SEAL_SHRINK, -EPROTO},
		{"4 billion bytes of names", at_names, UINT32_MAX, 0, F_SEAL_SHRINK, -EPROTO},
		{"fewer bytes of names", at_names, 1, 0, F_SEAL_SHRINK, -EPROTO},
		{"no names at all", at_names, 0, 0, F_SEAL_SHRINK, -EPROTO},
		{"size in the header", at_bytes, 64, 0, F_SEAL_SHRINK, -EPROTO},
		{"a longer file", 4, BOARD_VERSION, 64, F_SEAL_SHRINK, -EPROTO},
		{"a shorter file", 4, BOARD_VERSION, -64, F_SEAL_SHRINK, -EPROTO},
		{"only a page", 4, BOARD_VERSION, -1, F_SEAL_SHRINK, -EPROTO},
	};
	struct board board;

	(void)state;
	make_board(&board, two, 2, 2, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct board view;
		int fd = copy_board(
			&board, cases[i].at, cases[i].value, cases[i].extra, cases[i].seals);
		int result = board_map(&view, fd);

		if (result != cases[i].expected)
			fail_msg("%s: %d", cases[i].name, result);
		if (result == 0)
			board_unmap(&view);
		else
			close(fd);
	}
	board_unmap(&board);
}

/* Cut at every 64 bytes, and with fewer bytes than a header. */
static void cut_boards_are_refused(void **state)
{
	struct board board, view;

	(void)state;
	make_board(&board, two, 2, 1, 1);
	for (uint64_t len = 0; len < board.bytes; len += 64) {
		int fd = memfd_create("cut", MFD_ALLOW_SEALING);

		assert_int_equal(write(fd, board.header, len), (ssize_t)len);
		assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
		assert_int_equal(board_map(&view, fd), -EPROTO);
		close(fd);
	}
	board_unmap(&board);
}

static void broken_names_are_refused(void **state)
{
	struct board board, view;

	(void)state;
	make_board(&board, two, 2, 1, 1);
	*strchr(board.names, '\n') = '.';
	assert_int_equal(board_map(&view, board.fd), -EPROTO);
	memset(board.names, '\n', board.names_bytes);
	assert_int_equal(board_map(&view, board.fd), -EPROTO);
	board_unmap(&board);
}

/* The owner of a mapped board goes mad: whatever it writes, reading stays inside. */
static void a_mad_owner_hurts_nobody(void **state)
{
	struct board board, view, successor;
	struct verdict verdict;
	struct traffic sum;

	(void)state;
	make_board(&board, two, 2, 2, 1);
	make_board(&successor, (const char *const[]){"b", "c"}, 2, 1, 2);
	assert_int_equal(board_map(&view, dup(board.fd)), 0);
	memset(board.header, 0xff, board.bytes);
	assert_false(board_read_verdict(&view, 0, &verdict));
	assert_int_equal(verdict.weight, 0);
	board_sum(&view, 4, &sum, 1000);
	assert_int_equal(board_carry_verdicts(&successor, &view), 0);
	assert_int_equal(board_carry_totals(&successor, &view), 0);
	memset(board.names, '\n', board.names_bytes);
	assert_int_equal(board_carry_verdicts(&successor, &view), 0);
	board_unmap(&view);
	board_unmap(&successor);
	board_unmap(&board);
}

static void sums_add_workers_and_earlier_generations(void **state)
{
	struct board board;
	struct traffic sum;

	(void)state;
	make_board(&board, two, 2, 3, 1);
	for (uint32_t worker = 0; worker < 3; worker++) {
		struct traffic *mine = board_traffic(&board, worker, 2);

		board_add(&mine->requests, 10 + worker);
		board_add(&mine->responses[2], worker);
		board_add(&mine->chosen, 1);
		board_set(&mine->last_session_s, 100 + worker);
		board_enter_session(&board, worker, 2);
		board_enter_session(&board, worker, 2);
	}
	board_leave_session(&board, 1, 2);
	board_set(&board.carried[2].requests, 1000);
	board_set(&board.carried[2].sessions_now, 55); /* a gauge of the dead */
	board_set(&board.carried[2].queued_max, 9);
	board_sum(&board, 2, &sum, 5000);
	assert_int_equal(board_get(&sum.requests), 1033);
	assert_int_equal(board_get(&sum.responses[2]), 3);
	assert_int_equal(board_get(&sum.chosen), 3);
	assert_int_equal(board_get(&sum.sessions_now), 5);
	assert_int_equal(board_get(&sum.sessions_max), 6);
	assert_int_equal(board_get(&sum.queued_max), 9);
	assert_int_equal(board_get(&sum.last_session_s), 102);
	board_sum(&board, 1, &sum, 5000);
	assert_int_equal(board_get(&sum.requests), 0);
	board_unmap(&board);
}

static void rates_slide(void **state)
{
	const struct {
		const char *name;
		uint64_t at_ms, expected;
	} cases[] = {
		{"in the same second all count", 10999, 100},
		{"at the start of the next all count", 11000, 100},
		{"a quarter later three quarters do", 11250, 75},
		{"at its end one does", 11990, 1},
		{"a second later none does", 12000, 0},
		{"nor ever after", 99000, 0},
	};
	struct board_rate rate = {0};

	(void)state;
	assert_int_equal(board_rate_read(&rate, 10000), 0);
	for (int i = 0; i < 100; i++)
		board_rate_count(&rate, 10000 + (uint64_t)i);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (board_rate_read(&rate, cases[i].at_ms) != cases[i].expected)
			fail_msg("%s: %u", cases[i].name,
				(unsigned)board_rate_read(&rate, cases[i].at_ms));
	board_rate_count(&rate, 11500);
	assert_int_equal(board_rate_read(&rate, 11500), 1 + 50);
	board_rate_count(&rate, 20000);
	assert_int_equal(board_rate_read(&rate, 20000), 1);
	assert_int_equal(board_rate_read(&rate, 20999), 1);
	assert_int_equal(board_rate_read(&rate, 21999), 1); /* a lone event does not flicker */
	assert_int_equal(board_rate_read(&rate, 22000), 0);
}

static void rates_of_workers_add_up(void **state)
{
	struct board board;
	struct traffic sum;

	(void)state;
	make_board(&board, two, 2, 2, 1);
	for (int i = 0; i < 40; i++)
		board_rate_count(&board_traffic(&board, 0, 1)->request_rate, 7000);
	for (int i = 0; i < 60; i++)
		board_rate_count(&board_traffic(&board, 1, 1)->request_rate, 8000);
	board_sum(&board, 1, &sum, 8500);
	assert_int_equal(board_rate_read(&sum.request_rate, 8500), 60 + 20);
	board_sum(&board, 1, &sum, 9500);
	assert_int_equal(board_rate_read(&sum.request_rate, 9500), 30);
	board_unmap(&board);
}

static void times_are_a_sliding_window(void **state)
{
	struct traffic cell = {0};

	(void)state;
	board_time_sample(&cell, 0, 1, 10, 20);
	board_time_sample(&cell, 0, 3, 30, 60);
	assert_int_equal(board_get(&cell.time_samples), 2);
	assert_int_equal(board_get(&cell.response_ms_sum) / 2, 20);
	assert_int_equal(board_get(&cell.total_ms_max), 60);
	for (int i = 0; i < 20000; i++)
		board_time_sample(&cell, 0, 2, 7, 100);
	assert_int_equal(board_get(&cell.time_samples), 1024);
	assert_int_equal(board_get(&cell.queue_ms_sum), 0);
	assert_in_range(board_get(&cell.response_ms_sum), 6 * 1024, 7 * 1024);
	assert_in_range(board_get(&cell.total_ms_sum), 99 * 1024, 100 * 1024);
	for (int i = 0; i < 20000; i++)
		board_time_sample(&cell, 0, 0, 0, 0);
	assert_int_equal(board_get(&cell.total_ms_sum), 0);
	assert_int_equal(board_get(&cell.response_ms_max), 30);
}

static void workers_add_up(void **state)
{
	struct board board;
	struct worker_cell sum;

	(void)state;
	make_board(&board, two, 2, 2, 1);
	board_set(&board.earlier->requests_total, 100);
	board_set(&board.workers[0].requests_total, 10);
	board_set(&board.workers[1].requests_total, 1);
	board_set(&board.workers[0].connections_now, 3);
	board_set(&board.workers[1].connections_now, 4);
	board_sum_workers(&board, &sum);
	assert_int_equal(board_get(&sum.requests_total), 111);
	assert_int_equal(board_get(&sum.connections_now), 7);
	board_unmap(&board);
}

static void usable_says_who_may_be_chosen(void **state)
{
	const struct {
		const char *name;
		uint32_t state, admin, weight, expected;
	} cases[] = {
		{"up", SERVER_RUNNING, 0, 1, 2},
		{"up, heavy", SERVER_RUNNING, 0, 256, 257},
		{"up, weight 0", SERVER_RUNNING, 0, 0, 1},
		{"starting", SERVER_STARTING, 0, 3, 4},
		{"down", SERVER_STOPPED, 0, 1, 0},
		{"stopping", SERVER_STOPPING, 0, 9, 1},
		{"drain", SERVER_RUNNING, SERVER_ADMIN_FORCED_DRAIN, 9, 1},
		{"maint", SERVER_RUNNING, SERVER_ADMIN_FORCED_MAINT, 9, 0},
		{"disabled", SERVER_RUNNING, SERVER_ADMIN_CONFIG_MAINT, 9, 0},
		{"not resolved", SERVER_RUNNING, SERVER_ADMIN_RESOLUTION_MAINT, 9, 0},
		{"drain and maint", SERVER_RUNNING,
			SERVER_ADMIN_FORCED_DRAIN | SERVER_ADMIN_FORCED_MAINT, 9, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct verdict verdict = up();

		verdict.state = cases[i].state;
		verdict.admin = cases[i].admin;
		verdict.weight = cases[i].weight;
		if (board_usable(&verdict) != cases[i].expected)
			fail_msg("%s: %u", cases[i].name, board_usable(&verdict));
	}
}

static void verdicts_are_written_and_read(void **state)
{
	struct board board;
	struct verdict verdict = up(), seen;

	(void)state;
	make_board(&board, two, 2, 1, 1);
	assert_false(board_read_verdict(&board, 0, &seen));
	board_write_verdict(&board, 0, &verdict);
	assert_int_equal(atomic_load(&board.header->epoch), 1);
	assert_true(board_read_verdict(&board, 0, &seen));
	assert_memory_equal(&seen, &verdict, sizeof(seen));
	verdict.checks++;
	board_write_verdict(&board, 0, &verdict);
	assert_int_equal(atomic_load(&board.header->epoch), 1); /* balancing need not look */
	assert_true(board_read_verdict(&board, 0, &seen));
	assert_int_equal(seen.checks, 11);
	verdict = down();
	board_write_verdict(&board, 0, &verdict);
	assert_int_equal(atomic_load(&board.header->epoch), 2);
	assert_int_equal(atomic_load(&board.verdicts[0].usable), 0);
	assert_false(board_read_verdict(&board, 1, &seen));
	board_unmap(&board);
}

/* The sequence number runs over without forgetting what was said. */
static void a_sequence_may_run_over(void **state)
{
	struct board board;
	struct verdict verdict = up(), seen;

	(void)state;
	make_board(&board, two, 2, 1, 1);
	atomic_store(&board.verdicts[0].sequence, UINT32_MAX - 2);
	for (uint64_t i = 0; i < 6; i++) {
		verdict.checks = i;
		board_write_verdict(&board, 0, &verdict);
		assert_true(board_read_verdict(&board, 0, &seen));
		assert_int_equal(seen.checks, i);
	}
	board_unmap(&board);
}

/* A writer that is killed after any of its words leaves what was said before. */
static void a_writer_killed_in_the_middle(void **state)
{
	struct verdict before = up(), after = down(), seen;

	(void)state;
	for (size_t words = 0; words <= VERDICT_WORDS; words++) {
		uint64_t half[VERDICT_WORDS];
		struct board old, next;
		uint32_t idle;

		make_board(&old, two, 2, 1, 1);
		make_board(&next, two, 2, 1, 2);
		board_write_verdict(&old, 1, &before);
		memcpy(half, &after, sizeof(half));
		idle = (atomic_load(&old.verdicts[1].sequence) + 1) & 1;
		for (size_t i = 0; i < words; i++)
			atomic_store(&old.verdicts[1].copies[idle][i], half[i]);
		assert_true(board_read_verdict(&old, 1, &seen));
		assert_memory_equal(&seen, &before, sizeof(seen));
		assert_int_equal(board_carry_verdicts(&next, &old), 1);
		assert_true(board_read_verdict(&next, 1, &seen));
		assert_memory_equal(&seen, &before, sizeof(seen));
		board_unmap(&next);
		board_unmap(&old);
	}
}

static void impossible_verdicts_are_dropped(void **state)
{
	struct verdict cases[8], seen;
	struct board board;

	(void)state;
	for (size_t i = 0; i < 8; i++)
		cases[i] = up();
	cases[0].state = 4;
	cases[1].status = CHECK_STATUS_L7STS + 1;
	cases[2].health = 5;
	cases[3].rise = 0;
	cases[4].fall = 0;
	cases[5].weight = 257;
	cases[6].rise = UINT32_MAX;
	cases[7].fall = UINT32_MAX;
	make_board(&board, two, 2, 1, 1);
	for (size_t i = 0; i < 8; i++) {
		board_write_verdict(&board, 0, &cases[i]);
		if (board_read_verdict(&board, 0, &seen))
			fail_msg("case %zu was believed", i);
	}
	cases[0] = up();
	memset(cases[0].text, 'x', sizeof(cases[0].text));
	board_write_verdict(&board, 0, &cases[0]);
	assert_true(board_read_verdict(&board, 0, &seen));
	assert_int_equal(strlen(seen.text), VERDICT_TEXT_BYTES - 1);
	board_unmap(&board);
}

static void names_match_whatever_the_order(void **state)
{
	static const char *const before[] = {"a", "b", "c", "d", "ab"};
	static const char *const after[] = {"d", "new", "a", "abc", "c", "ab"};
	struct verdict verdict = down(), seen;
	struct board old, next;
	struct traffic sum;

	(void)state;
	make_board(&old, before, 5, 2, 1);
	make_board(&next, after, 6, 1, 2);
	old.header->first_started_wall_s = 77;
	for (uint32_t i = 0; i < 5; i++) {
		verdict.checks = 100 + i;
		board_write_verdict(&old, i, &verdict);
		board_set(&board_traffic(&old, i & 1, 3 + i)->requests, 1000 + i);
		board_set(&board_traffic(&old, 0, 3 + i)->sessions_now, 3);
		board_set(&old.peaks[3 + i].session_rate, 40 + i);
	}
	board_set(&old.peaks[2].downs, 4);
	board_set(&old.peaks[2].changed_s, 900);
	board_set(&board_traffic(&old, 1, 1)->requests, 5);
	board_set(&old.carried[1].requests, 6);
	board_set(&old.workers[1].requests_total, 12);
	assert_int_equal(board_carry_verdicts(&next, &old), 4);
	assert_true(board_read_verdict(&next, 0, &seen) && seen.checks == 103);
	assert_false(board_read_verdict(&next, 1, &seen));
	assert_true(board_read_verdict(&next, 2, &seen) && seen.checks == 100);
	assert_false(board_read_verdict(&next, 3, &seen));
	assert_true(board_read_verdict(&next, 4, &seen) && seen.checks == 102);
	assert_true(board_read_verdict(&next, 5, &seen) && seen.checks == 104);
	for (int again = 0; again < 2; again++) { /* counts nothing twice */
		assert_int_equal(board_carry_totals(&next, &old), 7);
		board_sum(&next, 3, &sum, 0);
		assert_int_equal(board_get(&sum.requests), 1003);
		assert_int_equal(board_get(&sum.sessions_now), 0);
		board_sum(&next, 4, &sum, 0);
		assert_int_equal(board_get(&sum.requests), 0);
		board_sum(&next, 1, &sum, 0);
		assert_int_equal(board_get(&sum.requests), 11);
	}
	assert_int_equal(board_get(&next.peaks[3].session_rate), 43);
	assert_int_equal(board_get(&next.peaks[2].downs), 4);
	assert_int_equal(board_get(&next.peaks[2].changed_s), 900);
	assert_int_equal(board_get(&next.earlier->requests_total), 12);
	assert_int_equal(next.header->first_started_wall_s, 77);
	board_unmap(&next);
	board_unmap(&old);
}

/* The part of a verdict that the files have a say in. */
struct standing {
	uint32_t state, admin, health, rise, fall, weight;
};

static struct verdict verdict_of(const struct standing *standing, enum check_status status)
{
	return (struct verdict){.state = standing->state,
		.admin = standing->admin,
		.health = standing->health,
		.rise = standing->rise,
		.fall = standing->fall,
		.weight = standing->weight,
		.status = status};
}

static void the_new_files_win_over_the_old_board(void **state)
{
	enum { MAINT = SERVER_ADMIN_CONFIG_MAINT, FORCED = SERVER_ADMIN_FORCED_MAINT };
	const struct {
		const char *name;
		struct standing old, first, expected;
	} cases[] = {
		{"down stays down", {0, 0, 0, 2, 3, 1}, {2, 0, 2, 2, 3, 1}, {0, 0, 0, 2, 3, 1}},
		{"up stays up", {2, 0, 4, 2, 3, 1}, {2, 0, 2, 2, 3, 1}, {2, 0, 4, 2, 3, 1}},
		{"more rise and fall", {2, 0, 4, 2, 3, 1}, {2, 0, 5, 5, 9, 7}, {2, 0, 13, 5, 9, 7}},
		{"less rise while down", {0, 0, 4, 9, 3, 1}, {2, 0, 2, 2, 1, 1},
			{0, 0, 1, 2, 1, 1}},
		{"less fall while failing", {2, 0, 9, 2, 9, 1}, {2, 0, 2, 2, 3, 1},
			{2, 0, 4, 2, 3, 1}},
		{"half way up", {0, 0, 1, 2, 3, 1}, {2, 0, 2, 2, 3, 1}, {0, 0, 1, 2, 3, 1}},
		{"now disabled", {2, 0, 4, 2, 3, 1}, {0, MAINT, 0, 2, 3, 1},
			{0, MAINT, 0, 2, 3, 1}},
		{"enabled again", {0, MAINT, 0, 2, 3, 1}, {2, 0, 2, 2, 3, 1}, {2, 0, 2, 2, 3, 1}},
		{"put into maintenance", {0, FORCED, 0, 2, 3, 1}, {2, 0, 2, 2, 3, 1},
			{0, FORCED, 0, 2, 3, 1}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct verdict old = verdict_of(&cases[i].old, CHECK_STATUS_L7OK), seen;
		struct verdict first = verdict_of(&cases[i].first, CHECK_STATUS_INI);
		const struct standing *expected = &cases[i].expected;
		struct board before, after;

		old.checks = 33;
		make_board(&before, two, 2, 1, 1);
		make_board(&after, two, 2, 1, 2);
		board_write_verdict(&before, 0, &old);
		board_write_verdict(&after, 0, &first);
		assert_int_equal(board_carry_verdicts(&after, &before), 1);
		assert_true(board_read_verdict(&after, 0, &seen));
		if (seen.state != expected->state || seen.admin != expected->admin ||
			seen.health != expected->health || seen.rise != expected->rise ||
			seen.fall != expected->fall || seen.weight != expected->weight ||
			seen.checks != 33)
			fail_msg("%s: state %u admin %u health %u", cases[i].name, seen.state,
				seen.admin, seen.health);
		board_unmap(&after);
		board_unmap(&before);
	}
}

static void who_is_no_longer_probed_is_up(void **state)
{
	struct verdict old = down(), first = up(), seen;
	struct board before, after;

	(void)state;
	first.status = CHECK_STATUS_UNKNOWN;
	make_board(&before, two, 2, 1, 1);
	make_board(&after, two, 2, 1, 2);
	board_write_verdict(&before, 0, &old);
	board_write_verdict(&after, 0, &first);
	board_carry_verdicts(&after, &before);
	assert_true(board_read_verdict(&after, 0, &seen));
	assert_int_equal(seen.state, SERVER_RUNNING);
	assert_int_equal(seen.downs, 3);
	board_unmap(&after);
	board_unmap(&before);
}

static void a_draining_generation_follows(void **state)
{
	static const char *const after[] = {"c", "b"};
	struct verdict verdict = up(), seen;
	struct board old, next;

	(void)state;
	make_board(&old, two, 2, 1, 1);
	make_board(&next, after, 2, 1, 2);
	board_write_verdict(&old, 0, &verdict);
	board_write_verdict(&old, 1, &verdict);
	verdict = down();
	board_write_verdict(&next, 0, &verdict);
	board_write_verdict(&next, 1, &verdict);
	assert_int_equal(board_follow_verdicts(&old, &next), 1);
	assert_true(board_read_verdict(&old, 0, &seen) && seen.state == SERVER_RUNNING);
	assert_true(board_read_verdict(&old, 1, &seen) && seen.state == SERVER_STOPPED);
	assert_int_equal(atomic_load(&old.verdicts[1].usable), 0);
	assert_int_equal(atomic_load(&old.verdicts[1].sequence), 2);
	assert_int_equal(board_follow_verdicts(&old, &next), 1);
	assert_int_equal(atomic_load(&old.verdicts[1].sequence), 2); /* nothing new, nothing said */
	board_unmap(&next);
	board_unmap(&old);
}

/* One writer and readers: no verdict is ever half of one and half of another. */
struct race {
	struct board board;
	_Atomic bool over;
	_Atomic uint64_t readings;
};

static void *read_verdicts(void *argument)
{
	struct race *race = argument;
	struct verdict seen;
	struct traffic sum;

	while (!atomic_load(&race->over)) {
		board_sum(&race->board, 2, &sum, 1000);
		if (!board_read_verdict(&race->board, 0, &seen))
			continue;
		if (seen.checks != seen.failures || seen.checks != seen.down_total_s ||
			seen.text[0] != seen.text[90])
			return argument;
		atomic_fetch_add(&race->readings, 1);
	}
	return NULL;
}

static void readers_never_see_half_a_verdict(void **state)
{
	struct race race = {0};
	struct verdict verdict = up();
	pthread_t readers[2];
	void *result;

	(void)state;
	make_board(&race.board, two, 2, 2, 1);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_verdicts, &race), 0);
	for (uint64_t i = 0; i < 20000 || atomic_load(&race.readings) < 100; i++) {
		verdict.checks = verdict.failures = verdict.down_total_s = i;
		verdict.weight = i & 1;
		memset(verdict.text, (int)('a' + i % 26), 95);
		board_write_verdict(&race.board, 0, &verdict);
		board_add(&board_traffic(&race.board, 1, 2)->requests, 1);
		board_enter_session(&race.board, 1, 2);
		board_leave_session(&race.board, 1, 2);
		board_rate_count(&board_traffic(&race.board, 1, 2)->request_rate, i);
	}
	atomic_store(&race.over, true);
	for (int i = 0; i < 2; i++) {
		pthread_join(readers[i], &result);
		assert_null(result);
	}
	board_unmap(&race.board);
}

static void five_thousand_servers(void **state)
{
	enum { COUNT = 5000 };
	struct server *servers = calloc(COUNT, sizeof(*servers));
	char(*names)[16] = calloc(COUNT, sizeof(*names));
	struct proxy proxy = {.name = "big",
		.is_backend = true,
		.servers = servers,
		.server_count = COUNT,
		.backend_cell = COUNT};
	struct config config = {.proxies = &proxy,
		.proxy_count = 1,
		.server_count = COUNT,
		.cell_count = COUNT + 1};
	struct verdict verdict = down(), seen;
	struct board old, next;

	(void)state;
	for (uint32_t i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "server%u", i);
		servers[i] = (struct server){.name = names[i], .cell = i, .verdict = i};
	}
	assert_int_equal(board_create(&old, &config, 2, 1), 0);
	for (uint32_t i = 0; i < COUNT; i++) {
		verdict.checks = i;
		board_write_verdict(&old, i, &verdict);
		servers[i].cell = servers[i].verdict = COUNT - 1 - i;
	}
	assert_int_equal(board_create(&next, &config, 2, 2), 0);
	assert_int_equal(board_carry_verdicts(&next, &old), COUNT);
	assert_int_equal(board_carry_totals(&next, &old), COUNT + 1);
	for (uint32_t i = 0; i < COUNT; i++) {
		assert_true(board_read_verdict(&next, COUNT - 1 - i, &seen));
		assert_int_equal(seen.checks, i);
	}
	board_unmap(&next);
	board_unmap(&old);
	free(names);
	free(servers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_has_its_own_line),
		cmocka_unit_test(another_process_maps_it),
		cmocka_unit_test(strange_boards_are_refused),
		cmocka_unit_test(cut_boards_are_refused),
		cmocka_unit_test(broken_names_are_refused),
		cmocka_unit_test(a_mad_owner_hurts_nobody),
		cmocka_unit_test(sums_add_workers_and_earlier_generations),
		cmocka_unit_test(rates_slide),
		cmocka_unit_test(rates_of_workers_add_up),
		cmocka_unit_test(times_are_a_sliding_window),
		cmocka_unit_test(workers_add_up),
		cmocka_unit_test(usable_says_who_may_be_chosen),
		cmocka_unit_test(verdicts_are_written_and_read),
		cmocka_unit_test(a_sequence_may_run_over),
		cmocka_unit_test(a_writer_killed_in_the_middle),
		cmocka_unit_test(impossible_verdicts_are_dropped),
		cmocka_unit_test(names_match_whatever_the_order),
		cmocka_unit_test(the_new_files_win_over_the_old_board),
		cmocka_unit_test(who_is_no_longer_probed_is_up),
		cmocka_unit_test(a_draining_generation_follows),
		cmocka_unit_test(readers_never_see_half_a_verdict),
		cmocka_unit_test(five_thousand_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
