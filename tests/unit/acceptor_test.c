/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An acceptor on a real ring and a real socket: it serves again after a pause of whose end it was
 * never told. */
#include "net/io/acceptor.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

/* Far more than the acceptor's pause lasts. */
#define TURNS_MAX 2000u
#define TURN_MS	  10u

struct stage {
	struct loop loop;
	struct proxy frontend;
	struct listener listener;
	_Atomic uint32_t frontends[1], listeners[1];
	struct admission admission;
	struct worker_cell cell;
	struct acceptor acceptor;
	int fd, accepted;
};

static void accepted(struct acceptor *acceptor, int fd, const struct sockaddr_storage *address)
{
	struct stage *stage = acceptor->owner;

	assert_int_equal(address->ss_family, AF_INET);
	admission_give(&stage->admission, &stage->listener);
	close(fd);
	stage->accepted++;
}

static void open_stage(struct stage *stage, bool watches)
{
	const struct loop_options options = {.submission_entries = 16};
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	memset(stage, 0, sizeof(*stage));
	assert_int_equal(loop_open(&stage->loop, &options), 0);
	assert_int_equal(loop_enable(&stage->loop), 0);
	stage->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(stage->fd >= 0);
	assert_int_equal(bind(stage->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(stage->fd, 16), 0);
	stage->listener.proxy = &stage->frontend;
	stage->admission.frontends = stage->frontends;
	stage->admission.listeners = stage->listeners;
	acceptor_init(&stage->acceptor, &stage->loop, &stage->listener, stage->fd);
	stage->acceptor.admission = &stage->admission;
	stage->acceptor.cell = &stage->cell;
	stage->acceptor.watches = watches;
	stage->acceptor.accepted = accepted;
	stage->acceptor.owner = stage;
}

static void close_stage(struct stage *stage)
{
	loop_close(&stage->loop);
	close(stage->fd);
}

static void turn(struct stage *stage)
{
	acceptor_arm(&stage->acceptor);
	assert_int_equal(loop_turn(&stage->loop, TURN_MS), 0);
}

static void connect_once(const struct stage *stage)
{
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(getsockname(stage->fd, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, len), 0);
	close(fd);
}

static void turn_until_accepted(struct stage *stage, int wanted)
{
	for (uint32_t turns = 0; stage->accepted < wanted; turns++) {
		assert_true(turns < TURNS_MAX);
		turn(stage);
	}
}

/* The keeper shuts the socket down and lets it listen again; its two words came as one. */
static void pause_and_resume(struct stage *stage)
{
	turn(stage);
	connect_once(stage);
	turn_until_accepted(stage, 1);

	assert_int_equal(shutdown(stage->fd, SHUT_RD), 0);
	for (uint32_t turns = 0; !timer_is_set(&stage->acceptor.pause); turns++) {
		assert_true(turns < TURNS_MAX);
		turn(stage);
	}
	assert_int_equal(atomic_load(&stage->admission.process), stage->acceptor.armed);
	assert_int_equal(listen(stage->fd, 16), 0);

	connect_once(stage);
	turn_until_accepted(stage, 2);
	assert_int_equal(board_get(&stage->cell.accept_errors), 0);
}

static void armed_accepts_outlive_a_pause(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage, false);
	pause_and_resume(&stage);
	close_stage(&stage);
}

static void a_watched_socket_outlives_a_pause(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage, true);
	pause_and_resume(&stage);
	close_stage(&stage);
}

static void told_to_stop_it_arms_nothing(void **state)
{
	struct stage stage;

	(void)state;
	open_stage(&stage, false);
	turn(&stage);
	assert_int_equal(stage.acceptor.armed, ACCEPTOR_SLOTS);
	acceptor_stop(&stage.acceptor);
	for (uint32_t turns = 0; stage.acceptor.armed > 0; turns++) {
		assert_true(turns < TURNS_MAX);
		turn(&stage);
	}
	assert_int_equal(atomic_load(&stage.admission.process), 0);
	close_stage(&stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(armed_accepts_outlive_a_pause),
		cmocka_unit_test(a_watched_socket_outlives_a_pause),
		cmocka_unit_test(told_to_stop_it_arms_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
