/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The loop on a real ring: completions find their op, timers fire, a wake-up arrives, what is
 * cancelled comes home. */
#include "core/clock.h"
#include "core/loop.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

struct probe {
	struct op op;
	int32_t result;
	uint32_t times;
};

static void probe_done(struct op *op, int32_t result, uint32_t flags)
{
	struct probe *probe = container_of(op, struct probe, op);

	(void)flags;
	probe->result = result;
	probe->times++;
}

static int open_loop(void **state)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	struct loop_options options = {.submission_entries = 8};
	int error = loop_open(loop, &options);

	if (error == 0)
		error = loop_enable(loop);
	if (error < 0)
		print_error("%s\n", loop_explain(error));
	*state = loop;
	return error;
}

static int close_loop(void **state)
{
	loop_close(*state);
	free(*state);
	return 0;
}

static void turn_until(struct loop *loop, const uint32_t *count, uint32_t wanted)
{
	for (uint32_t turns = 0; *count < wanted; turns++) {
		assert_true(turns < 10000);
		assert_int_equal(loop_turn(loop, 100), 0);
	}
}

/* sockets_only: files, names and other processes are out of reach through the ring as well. */
static void a_restricted_ring_opens_nothing(void **state)
{
	struct loop_options options = {.sockets_only = true};
	struct loop loop;
	struct probe opened = {.op.done = probe_done}, polled = {.op.done = probe_done};

	(void)state;
	assert_int_equal(loop_open(&loop, &options), 0);
	assert_int_equal(loop_enable(&loop), 0);
	io_uring_prep_openat(loop_prepare(&loop, &opened.op), AT_FDCWD, "/", O_RDONLY, 0);
	io_uring_prep_poll_add(loop_prepare(&loop, &polled.op), loop.wake_fd, POLLOUT);
	turn_until(&loop, &opened.times, 1);
	turn_until(&loop, &polled.times, 1);
	assert_int_equal(opened.result, -EACCES);
	assert_int_equal(polled.result, POLLOUT);
	loop_close(&loop);
}

static void more_operations_than_entries(void **state)
{
	struct loop *loop = *state;
	struct probe probes[100];
	uint32_t done = 0;

	for (uint32_t i = 0; i < 100; i++) {
		probes[i] = (struct probe){.op.done = probe_done};
		io_uring_prep_nop(loop_prepare(loop, &probes[i].op));
	}
	while (done < 100) {
		assert_int_equal(loop_turn(loop, 1000), 0);
		done = 0;
		for (uint32_t i = 0; i < 100; i++)
			done += probes[i].times;
	}
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(probes[i].times, 1);
		assert_int_equal(probes[i].result, 0);
	}
}

static void a_chain_fits_into_what_was_reserved(void **state)
{
	struct loop *loop = *state;
	struct probe probes[8];

	for (uint32_t filled = 0; filled < 8; filled++) {
		uint32_t sum = 0;

		for (uint32_t i = 0; i < filled; i++) {
			probes[i] = (struct probe){.op.done = probe_done};
			io_uring_prep_nop(loop_prepare(loop, &probes[i].op));
		}
		loop_reserve(loop, 3);
		assert_true(io_uring_sq_space_left(&loop->ring) >= 3);
		while (sum < filled) {
			assert_int_equal(loop_turn(loop, 100), 0);
			sum = 0;
			for (uint32_t i = 0; i < filled; i++)
				sum += probes[i].times;
		}
	}
}

static void what_is_cancelled_comes_home(void **state)
{
	struct loop *loop = *state;
	struct probe probe = {.op.done = probe_done};
	char byte;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	io_uring_prep_recv(loop_prepare(loop, &probe.op), ends[0], &byte, 1, 0);
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(probe.times, 0);
	loop_cancel(loop, &probe.op);
	turn_until(loop, &probe.times, 1);
	assert_int_equal(probe.result, -ECANCELED);
	loop_cancel(loop, &probe.op); /* too late: nothing happens, nobody is told */
	assert_int_equal(loop_turn(loop, 0), 0);
	assert_int_equal(probe.times, 1);
	close(ends[0]);
	close(ends[1]);
}

struct alarm_clock {
	struct timer timer;
	uint32_t times;
};

static void alarm_fired(struct timer *timer)
{
	container_of(timer, struct alarm_clock, timer)->times++;
}

static void what_was_not_handed_over_can_be_taken_back(void **state)
{
	struct loop *loop = *state;
	struct probe before = {.op.done = probe_done}, wanted = {.op.done = probe_done},
		     behind = {.op.done = probe_done};
	int pipe_ends[2];
	char byte;

	assert_int_equal(pipe2(pipe_ends, O_NONBLOCK), 0);
	io_uring_prep_nop(loop_prepare(loop, &before.op));
	io_uring_prep_write(loop_prepare(loop, &wanted.op), pipe_ends[1], "x", 1, 0);
	io_uring_prep_nop(loop_prepare(loop, &behind.op));
	assert_true(loop_take_back(loop, &wanted.op));
	turn_until(loop, &behind.times, 1);
	turn_until(loop, &wanted.times, 1);
	assert_int_equal(before.times, 1);
	assert_int_equal(wanted.result, 0);
	assert_int_equal(read(pipe_ends[0], &byte, 1), -1);
	io_uring_prep_write(loop_prepare(loop, &wanted.op), pipe_ends[1], "x", 1, 0);
	loop_submit(loop);
	assert_false(loop_take_back(loop, &wanted.op));
	turn_until(loop, &wanted.times, 2);
	assert_int_equal(wanted.result, 1);
	assert_int_equal(read(pipe_ends[0], &byte, 1), 1);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

static void a_timer_ends_the_wait(void **state)
{
	struct loop *loop = *state;
	struct alarm_clock alarm = {0};
	uint64_t before = clock_monotonic_ms();

	timer_init(&alarm.timer, alarm_fired);
	timer_set(&loop->timers, &alarm.timer, loop->now_ms + 30);
	turn_until(loop, &alarm.times, 1);
	assert_true(clock_monotonic_ms() - before >= 29);
}

/* Bytes that have arrived are seen before a time-out that is due in the same turn. */
struct race {
	struct op op;
	struct timer timer;
	uint32_t order, received_at, fired_at;
};

static void race_received(struct op *op, int32_t result, uint32_t flags)
{
	struct race *race = container_of(op, struct race, op);

	(void)flags;
	assert_int_equal(result, 1);
	race->received_at = ++race->order;
}

static void race_fired(struct timer *timer)
{
	struct race *race = container_of(timer, struct race, timer);

	race->fired_at = ++race->order;
}

static void completions_come_before_timers(void **state)
{
	struct loop *loop = *state;
	struct race race = {.op.done = race_received};
	char byte;
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
	io_uring_prep_recv(loop_prepare(loop, &race.op), ends[0], &byte, 1, 0);
	assert_int_equal(loop_turn(loop, 0), 0);
	timer_init(&race.timer, race_fired);
	timer_set(&loop->timers, &race.timer, loop->now_ms + 1);
	assert_int_equal(write(ends[1], "x", 1), 1);
	usleep(20000); /* the loop is late: byte and time-out are both there */
	while (race.order < 2)
		assert_int_equal(loop_turn(loop, 100), 0);
	assert_int_equal(race.received_at, 1);
	assert_int_equal(race.fired_at, 2);
	close(ends[0]);
	close(ends[1]);
}

static void *wake(void *loop)
{
	usleep(10000);
	loop_wake(loop);
	return NULL;
}

static uint32_t wakes;

static void count_wake(struct loop *loop)
{
	(void)loop;
	wakes++;
}

static void another_thread_wakes_it(void **state)
{
	struct loop *loop = *state;
	pthread_t thread;

	wakes = 0;
	loop->on_wake = count_wake;
	for (uint32_t i = 1; i <= 3; i++) {
		assert_int_equal(pthread_create(&thread, NULL, wake, loop), 0);
		turn_until(loop, &wakes, i);
		pthread_join(thread, NULL);
	}
}

static void every_refusal_is_explained(void **state)
{
	(void)state;
	assert_non_null(strstr(loop_explain(-EPERM), "io_uring_disabled"));
	assert_non_null(strstr(loop_explain(-ENOSYS), "io_uring"));
	assert_non_null(strstr(loop_explain(-ENOMEM), "RLIMIT_MEMLOCK"));
	assert_non_null(strstr(loop_explain(-EMFILE), "RLIMIT_NOFILE"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			more_operations_than_entries, open_loop, close_loop),
		cmocka_unit_test_setup_teardown(
			a_chain_fits_into_what_was_reserved, open_loop, close_loop),
		cmocka_unit_test_setup_teardown(
			what_is_cancelled_comes_home, open_loop, close_loop),
		cmocka_unit_test_setup_teardown(
			what_was_not_handed_over_can_be_taken_back, open_loop, close_loop),
		cmocka_unit_test_setup_teardown(a_timer_ends_the_wait, open_loop, close_loop),
		cmocka_unit_test_setup_teardown(
			completions_come_before_timers, open_loop, close_loop),
		cmocka_unit_test_setup_teardown(another_thread_wakes_it, open_loop, close_loop),
		cmocka_unit_test(a_restricted_ring_opens_nothing),
		cmocka_unit_test(every_refusal_is_explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
