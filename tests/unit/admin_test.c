/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The admin thread over a real unix socket, and its looks at the board. */
#include "tests/unit/stats_fixture.h"

#include "core/clock.h"
#include "net/admin.h"
#include "net/watch.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct fixture fixture;
static struct inspector *inspector;
static struct admin *admin;
static char folder[] = "/tmp/torc-admin-XXXXXX";
static union address place;
static int listen_fds[3];
static pthread_t workers;
static _Atomic bool workers_stop, workers_hang;

static uint32_t no_sessions(
	void *owner, uint64_t from, struct session_row *rows, uint32_t capacity, uint64_t *next)
{
	(void)owner;
	(void)from;
	(void)capacity;
	*next = INSPECT_END;
	rows[0] = (struct session_row){.id = 77, .state = "request"};
	return 1;
}

/* Turns as the workers would. */
static void *run_workers(void *argument)
{
	(void)argument;
	while (!workers_stop) {
		for (uint32_t i = 0; i < 2 && !workers_hang; i++)
			inspect_answer(inspector_cell(inspector, i), no_sessions, NULL);
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	return NULL;
}

enum { MANY = 3000 };

/* Rows enough to fill every buffer on the way. */
static void add_servers(void)
{
	static struct server servers[MANY];

	for (uint32_t i = 0; i < MANY; i++) {
		servers[i] = fixture.pool[0];
		servers[i].id = i + 1;
	}
	fixture.proxies[1].servers = servers;
	fixture.proxies[1].server_count = MANY;
}

static struct board successor = {.fd = -1};

static int open_all(void **state)
{
	static struct stats_socket socket_settings = {.level = STATS_LEVEL_ADMIN};
	struct inspector_options options;
	int fd;

	(void)state;
	fixture_open(&fixture);
	add_servers();
	fixture.listeners[2].stats_socket = &socket_settings;
	fixture.config.global.stats_maxconn = 2;
	fixture.config.global.stats_timeout_ms = 400;
	options = (struct inspector_options){
		.config = &fixture.config, .board = &fixture.board, .worker_count = 2};
	assert_int_equal(inspector_open(&inspector, &options), 0);
	workers_stop = workers_hang = false;
	assert_int_equal(pthread_create(&workers, NULL, run_workers, NULL), 0);

	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	memset(&place, 0, sizeof(place));
	place.un.sun_family = AF_UNIX;
	snprintf(place.un.sun_path, sizeof(place.un.sun_path), "%s/admin.sock", folder);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, &place.any, sizeof(place.un)), 0);
	assert_int_equal(listen(fd, 16), 0);
	listen_fds[0] = listen_fds[1] = -1;
	listen_fds[2] = fd;
	assert_int_equal(admin_open(&admin, &fixture.context, listen_fds, inspector), 0);
	assert_non_null(fixture.context.pulse);
	assert_int_equal(admin_start(admin), 0);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	admin_close(admin);
	board_unmap(&successor); /* followed until the thread is gone */
	workers_stop = true;
	pthread_join(workers, NULL);
	inspector_close(inspector);
	close(listen_fds[2]);
	unlink(place.un.sun_path);
	rmdir(folder);
	fixture_close(&fixture);
	return 0;
}

static int call(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, &place.any, sizeof(place.un)), 0);
	return fd;
}

static void say(int fd, const char *words)
{
	assert_int_equal(send(fd, words, strlen(words), MSG_NOSIGNAL), strlen(words));
}

/* Everything up to the end of the connection; the caller frees it. */
static char *hear(int fd)
{
	size_t used = 0, capacity = 1 << 16;
	char *all = malloc(capacity);

	assert_non_null(all);
	for (;;) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		ssize_t got;

		assert_int_equal(poll(&ready, 1, 5000), 1);
		got = recv(fd, all + used, capacity - used - 1, 0);
		if (got <= 0)
			break;
		used += (size_t)got;
		if (capacity - used < 4096)
			all = realloc(all, capacity *= 2);
		assert_non_null(all);
	}
	all[used] = '\0';
	close(fd);
	return all;
}

static char *ask(const char *words)
{
	int fd = call();

	say(fd, words);
	return hear(fd);
}

static void questions_are_answered(void **state)
{
	char *answer = ask("show version;show cli level\n");

	(void)state;
	assert_string_equal(answer, TORC_VERSION "\n\nadmin\n\n");
	free(answer);
	answer = ask("show stat\n");
	assert_non_null(strstr(answer, "\nmyLB2,pv1,"));
	free(answer);
	answer = ask("show sess\n");
	assert_non_null(strstr(answer, "0x4d: proto=unknown"));
	free(answer);
}

/* `echo "show info" | socat`: the question is followed by the end of the stream. */
static void half_closed_connections_are_answered(void **state)
{
	int fd = call();
	char *answer;

	(void)state;
	say(fd, "show version\nshow cli level\n");
	shutdown(fd, SHUT_WR);
	answer = hear(fd);
	assert_string_equal(answer, TORC_VERSION "\n\nadmin\n\n");
	free(answer);
	fd = call();
	shutdown(fd, SHUT_WR);
	answer = hear(fd);
	assert_string_equal(answer, "");
	free(answer);
}

static void a_prompt_stays_open(void **state)
{
	int fd = call();
	char buffer[64] = "";

	(void)state;
	say(fd, "prompt\n");
	assert_int_equal(recv(fd, buffer, 3, MSG_WAITALL), 3);
	assert_memory_equal(buffer, "\n> ", 3);
	say(fd, "show cli level\n");
	assert_int_equal(recv(fd, buffer, 9, MSG_WAITALL), 9);
	assert_memory_equal(buffer, "admin\n\n> ", 9);
	close(fd);
}

static void idle_connections_end(void **state)
{
	uint64_t before_ms = clock_monotonic_ms(), passed_ms;
	int fd = call();
	char *answer;

	(void)state;
	say(fd, "prompt\n");
	answer = hear(fd);
	passed_ms = clock_monotonic_ms() - before_ms;
	assert_string_equal(answer, "\n> ");
	assert_in_range(passed_ms, 380, 3000);
	free(answer);
}

/* A reader who stops in the middle of a long answer holds up nobody, and loses his slot. */
static void slow_readers_hold_up_nobody(void **state)
{
	int slow = call();
	char *answer;

	(void)state;
	say(slow, "show stat\n");
	answer = ask("show version\n");
	assert_string_equal(answer, TORC_VERSION "\n\n");
	free(answer);
	/* Longer than stats timeout without a byte read. */
	nanosleep(&(struct timespec){.tv_nsec = 900000000}, NULL);
	answer = hear(slow);
	assert_null(strstr(answer, "\n\n"));
	free(answer);
	answer = ask("show stat\n");
	assert_non_null(strstr(answer, "tcp1,BACKEND"));
	assert_true(strlen(answer) > MANY * 100);
	free(answer);
}

static void a_third_waits_for_a_slot(void **state)
{
	int first = call(), second = call(), third = call();
	struct pollfd ready = {.fd = third, .events = POLLIN};
	char *answer;

	(void)state;
	say(first, "prompt\n");
	say(second, "prompt\n");
	say(third, "show version\n");
	assert_int_equal(poll(&ready, 1, 100), 0);
	close(second);
	answer = hear(third);
	assert_string_equal(answer, TORC_VERSION "\n\n");
	free(answer);
	close(first);
}

static void hung_workers_are_named(void **state)
{
	char *answer;

	(void)state;
	workers_hang = true;
	answer = ask("show sess;show version\n");
	assert_string_equal(answer,
		"Worker 1 does not answer.\nWorker 2 does not answer.\n\n" TORC_VERSION "\n\n");
	free(answer);
}

static void clearing_makes_zeros(void **state)
{
	struct traffic *cell = board_traffic(&fixture.board, 0, fixture.proxies[0].frontend_cell);
	char *answer;

	(void)state;
	board_set(&cell->sessions, 41);
	board_set(&cell->sessions_max, 5);
	free(ask("clear counters all\n"));
	answer = ask("show stat 2 1 -1\n");
	assert_non_null(strstr(answer, "\nmyLB,FRONTEND,,,0,0,50000,0,"));
	free(answer);
	board_add(&cell->sessions, 1);
	answer = ask("show stat 2 1 -1\n");
	assert_non_null(strstr(answer, "\nmyLB,FRONTEND,,,0,0,50000,1,"));
	free(answer);
}

static void draining_admins_accept_nobody(void **state)
{
	int open = call(), late;
	struct pollfd ready = {.events = POLLIN};
	char buffer[8];

	(void)state;
	say(open, "prompt\n");
	assert_int_equal(recv(open, buffer, 3, MSG_WAITALL), 3);
	admin_drain(admin, NULL);
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	late = call();
	say(late, "show version\n");
	ready.fd = late;
	assert_int_equal(poll(&ready, 1, 100), 0);
	say(open, "show cli level\n");
	assert_int_equal(recv(open, buffer, 5, MSG_WAITALL), 5);
	close(open);
	close(late);
}

static void drained_boards_follow_their_successor(void **state)
{
	struct verdict verdict;
	uint64_t until_ms = clock_monotonic_ms() + 5000;

	(void)state;
	assert_int_equal(board_create(&successor, &fixture.config, 2, 2), 0);
	board_write_verdict(&successor, fixture.tcp_server.verdict,
		&(struct verdict){.state = SERVER_RUNNING,
			.health = 4,
			.rise = 2,
			.fall = 3,
			.weight = 9,
			.status = CHECK_STATUS_L4OK});
	admin_drain(admin, &successor);
	do {
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
		assert_true(
			board_read_verdict(&fixture.board, fixture.tcp_server.verdict, &verdict));
	} while (verdict.weight != 9 && clock_monotonic_ms() < until_ms);
	assert_int_equal(verdict.weight, 9);
}

/* ---- looks at the board, without the thread ---- */

static int open_board(void **state)
{
	(void)state;
	fixture_open(&fixture);
	return 0;
}

static int close_board(void **state)
{
	(void)state;
	fixture_close(&fixture);
	return 0;
}

static void histories_of_backends_are_kept(void **state)
{
	const struct board_peak *seen = &fixture.board.peaks[fixture.proxies[2].backend_cell];
	struct watch watch;
	uint64_t start_s = fixture.board.header->started_wall_s;

	(void)state;
	assert_int_equal(watch_open(&watch, &fixture.context), 0);
	watch_look(&watch, 1000, start_s * 1000);
	assert_int_equal(seen->down, 0);
	assert_int_equal(seen->changed_s, start_s);
	fixture_verdict(&fixture, &fixture.tcp_server, (struct verdict){.state = SERVER_STOPPED});
	watch_look(&watch, 2000, (start_s + 10) * 1000);
	assert_int_equal(seen->down, 1);
	assert_int_equal(seen->downs, 1);
	assert_int_equal(seen->changed_s, start_s + 10);
	watch_look(&watch, 3000, (start_s + 11) * 1000);
	assert_int_equal(seen->downs, 1);
	fixture_verdict(&fixture, &fixture.tcp_server,
		(struct verdict){.state = SERVER_RUNNING, .health = 4});
	watch_look(&watch, 4000, (start_s + 15) * 1000);
	assert_int_equal(seen->down, 0);
	assert_int_equal(seen->down_total_s, 5);
	watch_close(&watch);
}

static void rates_and_their_maxima(void **state)
{
	uint32_t cell = fixture.proxies[0].frontend_cell;
	struct watch watch;

	(void)state;
	assert_int_equal(watch_open(&watch, &fixture.context), 0);
	watch_look(&watch, 10000, FIXTURE_WALL_MS);
	for (int i = 0; i < 30; i++) {
		board_rate_count(&board_traffic(&fixture.board, 0, cell)->session_rate, 10500);
		board_rate_count(&board_traffic(&fixture.board, 1, cell)->session_rate, 10600);
		board_rate_count(&board_traffic(&fixture.board, 1, cell)->request_rate, 10600);
	}
	fixture.board.workers[0].busy_ns = 500000000;
	fixture.board.workers[1].bytes_out = 125000;
	watch_look(&watch, 11000, FIXTURE_WALL_MS);
	assert_int_equal(fixture.board.peaks[cell].session_rate, 60);
	assert_int_equal(fixture.board.peaks[cell].request_rate, 30);
	assert_int_equal(fixture.context.pulse->session_rate_max, 60);
	assert_int_equal(fixture.context.pulse->idle_percent, 75);
	assert_int_equal(fixture.context.pulse->bytes_out_rate, 125000);
	watch_look(&watch, 13000, FIXTURE_WALL_MS);
	assert_int_equal(fixture.board.peaks[cell].session_rate, 60);
	assert_int_equal(fixture.context.pulse->idle_percent, 100);
	watch_forget_maxima(&watch, 13000);
	assert_int_equal(fixture.board.peaks[cell].session_rate, 0);
	watch_close(&watch);
}

/* What was forgotten stays forgotten, while the generation before counts on, when it has ended,
 * and in the generation after. */
static void forgotten_totals_stay_forgotten(void **state)
{
	uint32_t cell = fixture.pool[0].cell;
	struct traffic *ours = board_traffic(&fixture.board, 1, cell), *theirs, sum;
	struct board previous, next;
	struct watch watch;

	(void)state;
	assert_int_equal(board_create(&previous, &fixture.config, 1, 1), 0);
	theirs = board_traffic(&previous, 0, cell);
	theirs->sessions = 100;
	theirs->sessions_max = 8;
	fixture.context.previous = &previous;
	assert_int_equal(watch_open(&watch, &fixture.context), 0);
	ours->sessions = 10;
	watch_look(&watch, 1000, FIXTURE_WALL_MS);
	board_sum(&fixture.board, cell, &sum, 1000);
	assert_int_equal(sum.sessions, 110);

	watch_forget_totals(&watch, 1000);
	watch_forget_maxima(&watch, 1000);
	board_sum(&fixture.board, cell, &sum, 1000);
	assert_int_equal(sum.sessions, 0);
	assert_int_equal(sum.sessions_max, 0);
	theirs->sessions = 103;
	ours->sessions = 11;
	watch_look(&watch, 2000, FIXTURE_WALL_MS);
	board_sum(&fixture.board, cell, &sum, 2000);
	assert_int_equal(sum.sessions, 4);
	watch_forget_totals(&watch, 2000);
	theirs->sessions = 104;
	previous.header->closed = 1;
	watch_look(&watch, 3000, FIXTURE_WALL_MS);
	watch_look(&watch, 4000, FIXTURE_WALL_MS);
	board_sum(&fixture.board, cell, &sum, 4000);
	assert_int_equal(sum.sessions, 1);

	assert_int_equal(board_create(&next, &fixture.config, 1, 3), 0);
	board_carry_totals(&next, &fixture.board);
	board_sum(&next, cell, &sum, 4000);
	assert_int_equal(sum.sessions, 1);
	board_unmap(&next);
	watch_close(&watch);
	board_unmap(&previous);
}

int main(void)
{
#define CASE(f)	 cmocka_unit_test_setup_teardown(f, open_all, close_all)
#define BOARD(f) cmocka_unit_test_setup_teardown(f, open_board, close_board)
	const struct CMUnitTest tests[] = {
		CASE(questions_are_answered),
		CASE(half_closed_connections_are_answered),
		CASE(a_prompt_stays_open),
		CASE(idle_connections_end),
		CASE(slow_readers_hold_up_nobody),
		CASE(a_third_waits_for_a_slot),
		CASE(hung_workers_are_named),
		CASE(clearing_makes_zeros),
		CASE(draining_admins_accept_nobody),
		CASE(drained_boards_follow_their_successor),
		BOARD(histories_of_backends_are_kept),
		BOARD(rates_and_their_maxima),
		BOARD(forgotten_totals_stay_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
