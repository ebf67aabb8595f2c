/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions to workers that answer, hang or come late, and the store of bad messages. */
#include "tests/unit/stats_fixture.h"

#include "net/inspect.h"
#include <pthread.h>

static struct fixture fixture;
static struct inspector *inspector;
static uint32_t woken;

static void count_wakes(void *owner, uint32_t worker)
{
	(void)owner;
	woken += worker + 1;
}

static int open_all(void **state)
{
	struct inspector_options options;

	(void)state;
	fixture_open(&fixture);
	options = (struct inspector_options){.config = &fixture.config,
		.board = &fixture.board,
		.worker_count = 2,
		.wake = count_wakes};
	woken = 0;
	return inspector_open(&inspector, &options);
}

static int close_all(void **state)
{
	(void)state;
	inspector_close(inspector);
	fixture_close(&fixture);
	return 0;
}

/* 150 sessions, in as many answers as they need; ids from 1. */
static uint32_t fill(
	void *owner, uint64_t from, struct session_row *rows, uint32_t capacity, uint64_t *next)
{
	uint32_t count = 0;

	(void)owner;
	for (; count < capacity && from + count < 150; count++)
		rows[count] = (struct session_row){.id = from + count + 1};
	*next = from + count < 150 ? from + count : INSPECT_END;
	return count;
}

static void answers_come_in_parts(void **state)
{
	struct inspect_cell *cell = inspector_cell(inspector, 1);
	uint64_t from = 0, seen = 0;

	(void)state;
	while (from != INSPECT_END) {
		const struct inspect_cell *answer;

		assert_true(inspector_ask(inspector, 1, INSPECT_SESSIONS, from));
		assert_null(inspector_answer(inspector, 1));
		inspect_answer(cell, fill, NULL);
		answer = inspector_answer(inspector, 1);
		assert_non_null(answer);
		for (uint32_t i = 0; i < answer->count; i++)
			assert_int_equal(answer->rows[i].id, ++seen);
		from = answer->next;
		inspector_release(inspector, 1);
	}
	assert_int_equal(seen, 150);
	assert_int_equal(woken, 3 * 2);
	assert_int_equal(inspector_workers(inspector), 2);
}

static void nobody_answers_what_was_not_asked(void **state)
{
	(void)state;
	inspect_answer(inspector_cell(inspector, 0), fill, NULL);
	assert_null(inspector_answer(inspector, 0));
	assert_true(inspector_ask(inspector, 0, INSPECT_SESSIONS, 0));
	assert_false(inspector_ask(inspector, 0, INSPECT_SESSIONS, 0));
	inspector_release(inspector, 0);
	inspect_answer(inspector_cell(inspector, 0), fill, NULL);
	assert_null(inspector_answer(inspector, 0));
	inspector_release(inspector, 0);
}

/* A worker that hangs in the middle of an answer keeps its cell; when it comes back the answer
 * that nobody waits for is thrown away. */
static uint32_t fill_and_hang(
	void *owner, uint64_t from, struct session_row *rows, uint32_t capacity, uint64_t *next)
{
	inspector_release(inspector, 0);
	assert_false(inspector_ask(inspector, 0, INSPECT_SESSIONS, 0));
	assert_null(inspector_answer(inspector, 0));
	return fill(owner, from, rows, capacity, next);
}

static void late_answers_are_thrown_away(void **state)
{
	(void)state;
	assert_true(inspector_ask(inspector, 0, INSPECT_SESSIONS, 0));
	inspect_answer(inspector_cell(inspector, 0), fill_and_hang, NULL);
	assert_true(inspector_ask(inspector, 0, INSPECT_SESSIONS, 149));
	assert_null(inspector_answer(inspector, 0));
	inspect_answer(inspector_cell(inspector, 0), fill, NULL);
	assert_int_equal(inspector_answer(inspector, 0)->rows[0].id, 150);
	inspector_release(inspector, 0);
}

static void captures_are_cut_and_replaced(void **state)
{
	static char bytes[ERROR_CAPTURE_BYTES + 1];
	static struct error_capture copy;
	struct error_report report = {.kind = ERROR_REQUEST,
		.frontend = &fixture.proxies[0],
		.bytes = {bytes, sizeof(bytes)},
		.position = 5,
		.wall_ms = 9};

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_false(inspector_error(inspector, &fixture.proxies[0], ERROR_REQUEST, &copy));
	inspector_capture(inspector, &report);
	assert_true(inspector_error(inspector, &fixture.proxies[0], ERROR_REQUEST, &copy));
	assert_int_equal(copy.len, ERROR_CAPTURE_BYTES + 1);
	assert_int_equal(copy.kept, ERROR_CAPTURE_BYTES);
	assert_int_equal(copy.bytes[ERROR_CAPTURE_BYTES - 1], 'x');
	assert_int_equal(copy.position, 5);
	assert_int_equal(copy.source.any.sa_family, AF_UNSPEC);
	assert_false(inspector_error(inspector, &fixture.proxies[1], ERROR_RESPONSE, &copy));
	report.bytes.len = 0;
	inspector_capture(inspector, &report);
	assert_true(inspector_error(inspector, &fixture.proxies[0], ERROR_REQUEST, &copy));
	assert_int_equal(copy.kept, 0);
	assert_int_equal(copy.event, 1);
	assert_int_equal(inspector_events(inspector), 2);
}

/* ---- with threads: every answer is whole, every capture of one message ---- */

enum { ROUNDS = 2000 };

static _Atomic bool stop;

static void *answer_and_capture(void *argument)
{
	struct error_report report = {
		.kind = ERROR_REQUEST, .frontend = &fixture.proxies[0], .position = 1};
	char bytes[64];

	/* At least once: on a busy machine the readers may be through before we begin. */
	do {
		inspect_answer(inspector_cell(inspector, *(uint32_t *)argument), fill, NULL);
		memset(bytes, (char)('a' + report.position % 26), sizeof(bytes));
		report.bytes = span_of(bytes, report.position % sizeof(bytes));
		report.wall_ms = report.position++;
		inspector_capture(inspector, &report);
	} while (!stop);
	return NULL;
}

static void threads_see_whole_answers(void **state)
{
	static uint32_t numbers[2] = {0, 1};
	static struct error_capture copy;
	pthread_t threads[2];

	(void)state;
	stop = false;
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, answer_and_capture, &numbers[i]);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t worker = i % 2;
		const struct inspect_cell *answer = NULL;

		if (inspector_ask(inspector, worker, INSPECT_SESSIONS, i % 140))
			for (int tries = 0; tries < 50 && !answer; tries++)
				answer = inspector_answer(inspector, worker);
		if (answer) {
			assert_int_equal(answer->rows[0].id, i % 140 + 1);
			assert_int_equal(
				answer->rows[answer->count - 1].id, i % 140 + answer->count);
		}
		inspector_release(inspector, worker);
		if (!inspector_error(inspector, &fixture.proxies[0], ERROR_REQUEST, &copy))
			continue;
		assert_int_equal(copy.kept, copy.wall_ms % 64);
		for (uint32_t at = 0; at < copy.kept; at++)
			assert_int_equal(copy.bytes[at], (char)('a' + copy.wall_ms % 26));
	}
	stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_true(inspector_events(inspector) > 0);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, open_all, close_all)
	const struct CMUnitTest tests[] = {
		CASE(answers_come_in_parts),
		CASE(nobody_answers_what_was_not_asked),
		CASE(late_answers_are_thrown_away),
		CASE(captures_are_cut_and_replaced),
		CASE(threads_see_whole_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
