/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The prober's own thread and ring against small servers on loopback that answer, refuse, hang,
 * talk nonsense and leave early.  What is checked: the bytes that the servers see, the cells on
 * the board, and that nothing stays open. */
#include "core/clock.h"
#include "core/log.h"
#include "health/health.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define SERVERS_MAX 2048
#define PATIENCE_MS 10000 /* a loaded machine is slow, not wrong */

/* ---- servers that play a part ---- */

enum part { ANSWER, ANSWER_LATE, HANG, RESET, REFUSE, FULL };

#define LATE_MS 2000

/* One listening socket and one thread that serves its connections one by one. */
struct actor {
	enum part part;
	const char *answer;
	_Atomic(const char *) changed_answer; /* from now on, when set */
	int listener;
	int filler[4]; /* connections that fill the queue of FULL */
	union address address;
	socklen_t address_len;
	pthread_t thread;
	atomic_bool stop;
	atomic_uint connections;
	char request[512]; /* of the last connection */
	atomic_uint request_len;
	atomic_uint resets; /* connections that the prober ended with a reset */
};

static void play(struct actor *actor, int connection)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	const char *answer = atomic_load(&actor->changed_answer);
	struct pollfd readable = {.fd = connection, .events = POLLIN};
	char rest[64];
	ssize_t bytes;

	bytes = recv(connection, actor->request, sizeof(actor->request), 0);
	atomic_store(&actor->request_len, bytes > 0 ? (uint32_t)bytes : 0);
	atomic_fetch_add(&actor->connections, 1);
	if (actor->part == RESET) {
		setsockopt(connection, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		return;
	}
	if (!answer)
		answer = actor->answer;
	if (actor->part == ANSWER_LATE)
		usleep(LATE_MS * 1000);
	if ((actor->part == ANSWER || actor->part == ANSWER_LATE) &&
		send(connection, answer, strlen(answer), MSG_NOSIGNAL) < 0)
		return;
	if (actor->part == ANSWER && !strstr(answer, "\r\n\r\n"))
		return; /* an answer without its end is cut by a close */
	while (!atomic_load(&actor->stop)) {
		if (poll(&readable, 1, 20) != 1)
			continue;
		bytes = recv(connection, rest, sizeof(rest), 0);
		if (bytes < 0 && errno == ECONNRESET)
			atomic_fetch_add(&actor->resets, 1);
		if (bytes <= 0)
			return;
	}
}

static void *actor_main(void *argument)
{
	struct actor *actor = argument;
	struct pollfd waiting = {.fd = actor->listener, .events = POLLIN};

	while (!atomic_load(&actor->stop)) {
		int connection;

		if (poll(&waiting, 1, 20) != 1)
			continue;
		connection = accept4(actor->listener, NULL, NULL, SOCK_CLOEXEC);
		if (connection < 0)
			continue;
		play(actor, connection);
		close(connection);
	}
	return NULL;
}

static void actor_listen(struct actor *actor)
{
	actor->address_len = sizeof(actor->address);
	actor->listener = socket(actor->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(actor->listener >= 0);
	if (actor->address.any.sa_family == AF_UNIX)
		actor->address_len = sizeof(sa_family_t); /* the kernel finds an abstract name */
	else
		actor->address_len = sizeof(actor->address.in);
	assert_int_equal(bind(actor->listener, &actor->address.any, actor->address_len), 0);
	actor->address_len = sizeof(actor->address);
	getsockname(actor->listener, &actor->address.any, &actor->address_len);
	if (actor->part != REFUSE)
		assert_int_equal(listen(actor->listener, actor->part == FULL ? 0 : 1024), 0);
}

static void actor_start(struct actor *actor, enum part part, const char *answer, sa_family_t family)
{
	memset(actor, 0, sizeof(*actor));
	actor->part = part;
	actor->answer = answer;
	actor->address.any.sa_family = family;
	if (family == AF_INET)
		actor->address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	actor_listen(actor);
	for (size_t i = 0; i < 4; i++) {
		actor->filler[i] = -1;
		if (part != FULL)
			continue;
		actor->filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)!connect(actor->filler[i], &actor->address.any, actor->address_len);
	}
	if (part != REFUSE && part != FULL)
		assert_int_equal(pthread_create(&actor->thread, NULL, actor_main, actor), 0);
}

static void actor_stop(struct actor *actor)
{
	atomic_store(&actor->stop, true);
	if (actor->part != REFUSE && actor->part != FULL)
		pthread_join(actor->thread, NULL);
	for (size_t i = 0; i < 4; i++) {
		if (actor->filler[i] >= 0)
			close(actor->filler[i]);
	}
	close(actor->listener);
}

/* ---- a backend and its board ---- */

struct scene {
	struct server servers[SERVERS_MAX];
	struct proxy proxy;
	struct config config;
	struct board board;
	struct health *health;
};

static struct scene *scene_new(void)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	scene->proxy = (struct proxy){
		.name = "myLB",
		.is_backend = true,
		.id = 2,
		.servers = scene->servers,
		.check_kind = CHECK_HTTP,
		.httpchk = {.method = "GET", .uri = "/hc.html"},
		.timeouts = {.check_ms = 2000, .connect_ms = 60000},
	};
	scene->config = (struct config){
		.proxies = &scene->proxy,
		.proxy_count = 1,
		.global = {.bufsize = 16384, .maxhdr = 101},
		.cell_count = 1,
	};
	return scene;
}

static struct server *add_server(struct scene *scene, const char *name, const struct actor *actor)
{
	struct server *server = &scene->servers[scene->proxy.server_count];

	*server = (struct server){
		.name = name,
		.id = scene->proxy.server_count + 1,
		.index = scene->proxy.server_count,
		.verdict = scene->proxy.server_count,
		.cell = scene->proxy.server_count + 1,
		.proxy = &scene->proxy,
		.check = true,
		.weight = 1,
		.rise = 3,
		.fall = 1,
		.inter_ms = 60,
		.fastinter_ms = 30,
		.downinter_ms = 80,
	};
	if (actor) {
		server->address = actor->address;
		server->address_len = actor->address_len;
	}
	scene->proxy.server_count++;
	scene->config.server_count++;
	scene->config.cell_count++;
	return server;
}

static void scene_open(struct scene *scene)
{
	assert_int_equal(board_create(&scene->board, &scene->config, 1, 1), 0);
	health_first_verdicts(&scene->config, &scene->board);
	assert_int_equal(health_open(&scene->health, &scene->config, &scene->board, NULL, 4711), 0);
}

static void scene_start(struct scene *scene)
{
	scene_open(scene);
	assert_int_equal(health_start(scene->health), 0);
}

static void scene_stop(struct scene *scene)
{
	health_stop(scene->health);
	health_close(scene->health);
}

static void scene_free(struct scene *scene)
{
	board_unmap(&scene->board);
	free(scene);
}

static struct verdict read_verdict(const struct scene *scene, const struct server *server)
{
	struct verdict verdict;

	assert_true(board_read_verdict(&scene->board, server->verdict, &verdict));
	return verdict;
}

/* Waits until the server was probed so often.  Fails when that takes too long. */
static struct verdict await_checks(
	const struct scene *scene, const struct server *server, uint64_t checks)
{
	uint64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;
	struct verdict verdict;

	for (;;) {
		verdict = read_verdict(scene, server);
		if (verdict.checks >= checks)
			return verdict;
		assert_true(clock_monotonic_ms() < until_ms);
		usleep(2000);
	}
}

static struct verdict await_state(
	const struct scene *scene, const struct server *server, uint32_t state)
{
	uint64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;
	struct verdict verdict;

	for (;;) {
		verdict = read_verdict(scene, server);
		if (verdict.state == state)
			return verdict;
		assert_true(clock_monotonic_ms() < until_ms);
		usleep(2000);
	}
}

static uint32_t count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	uint32_t count = 0;

	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static void assert_usable(const struct scene *scene, const struct server *server, uint32_t usable)
{
	assert_int_equal(atomic_load(&scene->board.verdicts[server->verdict].usable), usable);
}

/* ---- the tests ---- */

#define OK_ANSWER "HTTP/1.0 200 OK\r\n\r\nok"

static void judges_every_kind_of_server(void **unused)
{
	static const struct {
		const char *name;
		enum part part;
		const char *answer;
		uint32_t state;
		enum check_status status;
		uint32_t code;
		const char *text;
	} cases[] = {
		{"well", ANSWER, OK_ANSWER, SERVER_RUNNING, CHECK_STATUS_L7OK, 200, ""},
		{"moved", ANSWER, "HTTP/1.1 302 Found\r\n\r\n", SERVER_RUNNING, CHECK_STATUS_L7OK,
			302, ""},
		{"broken", ANSWER, "HTTP/1.0 500 Oops\r\n\r\n", SERVER_STOPPED, CHECK_STATUS_L7STS,
			500, "Oops"},
		{"garbage", ANSWER, "SSH-2.0-OpenSSH_9.2\r\n\r\n", SERVER_STOPPED,
			CHECK_STATUS_L7RSP, 0, ""},
		{"silent close", ANSWER, "", SERVER_STOPPED, CHECK_STATUS_L7RSP, 0, ""},
		{"cut", ANSWER, "HTTP/1.0 200 OK\r\nA: b\r\n", SERVER_STOPPED, CHECK_STATUS_L7RSP,
			0, ""},
		{"reset", RESET, NULL, SERVER_STOPPED, CHECK_STATUS_SOCKERR, 0,
			"Connection reset by peer"},
		{"refused", REFUSE, NULL, SERVER_STOPPED, CHECK_STATUS_L4CON, 0,
			"Connection refused"},
		{"hanging", HANG, NULL, SERVER_STOPPED, CHECK_STATUS_L7TOUT, 0, ""},
		{"full", FULL, NULL, SERVER_STOPPED, CHECK_STATUS_L4TOUT, 0, ""},
	};
	enum { CASES = sizeof(cases) / sizeof(cases[0]) };
	static struct actor actors[CASES];
	struct scene *scene = scene_new();
	uint32_t descriptors = count_descriptors();

	(void)unused;
	for (size_t i = 0; i < CASES; i++) {
		struct server *server;

		actor_start(&actors[i], cases[i].part, cases[i].answer, AF_INET);
		server = add_server(scene, cases[i].name, &actors[i]);
		/* Patience where the test machine may be slow, haste where nothing will come. */
		server->inter_ms = cases[i].part == FULL ? 100 : 3000;
		server->fall = 2;
		server->rise = 2;
	}
	scene->proxy.timeouts.check_ms = 600;
	scene->config.global.max_spread_checks_ms = 50;
	scene_start(scene);
	for (size_t i = 0; i < CASES; i++) {
		struct verdict verdict = await_checks(scene, &scene->servers[i], 1);

		print_message("  %s\n", cases[i].name);
		assert_int_equal(verdict.state, cases[i].state);
		assert_int_equal(verdict.status, cases[i].status);
		assert_int_equal(verdict.code, cases[i].code);
		assert_string_equal(verdict.text, cases[i].text);
		assert_int_equal(verdict.health, cases[i].state == SERVER_RUNNING ? 3 : 0);
		assert_usable(scene, &scene->servers[i], cases[i].state == SERVER_RUNNING ? 2 : 0);
		if (cases[i].status == CHECK_STATUS_L7TOUT)
			assert_in_range(verdict.duration_ms, 590, 2500);
		if (cases[i].status == CHECK_STATUS_L4TOUT)
			assert_in_range(verdict.duration_ms, 95, 2500);
	}
	scene_stop(scene);
	for (size_t i = 0; i < CASES; i++)
		actor_stop(&actors[i]);
	scene_free(scene);
	assert_int_equal(count_descriptors(), descriptors);
}

/* Byte for byte, and nothing after it; the end is a reset, not a wave. */
static void sends_exactly_the_probe(void **unused)
{
	static const char wire[] = "GET /hc.html HTTP/1.0\r\n\r\n";
	static struct actor actor;
	struct scene *scene = scene_new();
	struct server *server;

	(void)unused;
	actor_start(&actor, ANSWER, OK_ANSWER, AF_INET);
	server = add_server(scene, "pv1", &actor);
	scene_start(scene);
	await_checks(scene, server, 10);
	scene_stop(scene);
	actor_stop(&actor);
	assert_int_equal(actor.request_len, sizeof(wire) - 1);
	assert_memory_equal(actor.request, wire, sizeof(wire) - 1);
	assert_true(actor.connections >= 10);
	assert_true(actor.resets >= 9);
	scene_free(scene);
}

static void follows_a_server_down_and_up(void **unused)
{
	static struct actor actor;
	struct scene *scene = scene_new();
	struct server *server;
	struct verdict verdict;

	(void)unused;
	actor_start(&actor, ANSWER, OK_ANSWER, AF_INET);
	server = add_server(scene, "pv1", &actor);
	scene_start(scene);
	verdict = await_checks(scene, server, 2);
	assert_int_equal(verdict.state, SERVER_RUNNING);
	assert_int_equal(verdict.downs, 0);
	atomic_store(&actor.changed_answer, "HTTP/1.0 503 Busy\r\n\r\n");
	verdict = await_state(scene, server, SERVER_STOPPED);
	assert_int_equal(verdict.downs, 1);
	assert_int_equal(verdict.failures, 1);
	assert_string_equal(verdict.text, "Busy");
	assert_usable(scene, server, 0);
	atomic_store(&actor.changed_answer, OK_ANSWER);
	verdict = await_state(scene, server, SERVER_RUNNING);
	assert_int_equal(verdict.status, CHECK_STATUS_L7OK);
	assert_int_equal(verdict.health, 3);
	assert_usable(scene, server, 2);
	scene_stop(scene);
	actor_stop(&actor);
	scene_free(scene);
}

/* A check of layer 4, a unix socket, a port and an address of the check's own. */
static void probes_where_it_is_told(void **unused)
{
	static struct actor plain, local, elsewhere;
	struct scene *scene = scene_new();
	struct server *at_port, *at_address, *at_unix;

	(void)unused;
	actor_start(&plain, REFUSE, NULL, AF_INET);
	actor_start(&local, ANSWER, OK_ANSWER, AF_UNIX);
	actor_start(&elsewhere, ANSWER, OK_ANSWER, AF_INET);
	at_port = add_server(scene, "port", &plain);
	at_port->check_port = ntohs(elsewhere.address.in.sin_port);
	at_address = add_server(scene, "address", &plain);
	at_address->check_address = elsewhere.address;
	at_address->check_address_len = elsewhere.address_len;
	at_unix = add_server(scene, "unix", &local);
	scene_start(scene);
	assert_int_equal(await_checks(scene, at_port, 2).status, CHECK_STATUS_L7OK);
	assert_int_equal(await_checks(scene, at_address, 2).status, CHECK_STATUS_L7OK);
	assert_int_equal(await_checks(scene, at_unix, 2).status, CHECK_STATUS_L7OK);
	scene_stop(scene);
	actor_stop(&plain);
	actor_stop(&local);
	actor_stop(&elsewhere);
	scene_free(scene);
}

static void layer_4_needs_no_words(void **unused)
{
	static struct actor hanging, refusing;
	struct scene *scene = scene_new();
	struct server *up, *down;

	(void)unused;
	actor_start(&hanging, HANG, NULL, AF_INET);
	actor_start(&refusing, REFUSE, NULL, AF_INET);
	scene->proxy.check_kind = CHECK_TCP;
	up = add_server(scene, "up", &hanging);
	down = add_server(scene, "down", &refusing);
	scene_start(scene);
	assert_int_equal(await_checks(scene, up, 3).status, CHECK_STATUS_L4OK);
	assert_int_equal(await_checks(scene, down, 3).status, CHECK_STATUS_L4CON);
	scene_stop(scene);
	actor_stop(&hanging);
	actor_stop(&refusing);
	assert_int_equal(hanging.request_len, 0);
	scene_free(scene);
}

static void leaves_alone_what_is_not_probed(void **unused)
{
	static struct actor actor;
	struct scene *scene = scene_new();
	struct server *unchecked, *disabled, *nameless;
	struct verdict verdict;

	(void)unused;
	actor_start(&actor, ANSWER, OK_ANSWER, AF_INET);
	unchecked = add_server(scene, "unchecked", &actor);
	unchecked->check = false;
	disabled = add_server(scene, "disabled", &actor);
	disabled->disabled = true;
	nameless = add_server(scene, "nameless", NULL);
	scene_start(scene);
	usleep(300000);
	scene_stop(scene);
	actor_stop(&actor);
	assert_int_equal(actor.connections, 0);
	verdict = read_verdict(scene, unchecked);
	assert_int_equal(verdict.status, CHECK_STATUS_UNKNOWN);
	assert_int_equal(verdict.state, SERVER_RUNNING);
	assert_usable(scene, unchecked, 2);
	assert_int_equal(read_verdict(scene, disabled).admin, SERVER_ADMIN_CONFIG_MAINT);
	assert_usable(scene, disabled, 0);
	assert_int_equal(read_verdict(scene, nameless).admin, SERVER_ADMIN_RESOLUTION_MAINT);
	assert_usable(scene, nameless, 0);
	scene_free(scene);
}

/* A reload: the new prober knows what the old one knew. */
static void goes_on_from_carried_verdicts(void **unused)
{
	static struct actor actor;
	struct scene *scene = scene_new();
	struct server *server;
	struct verdict verdict;

	(void)unused;
	actor_start(&actor, ANSWER, "HTTP/1.0 503 Busy\r\n\r\n", AF_INET);
	server = add_server(scene, "pv1", &actor);
	server->downinter_ms = 50;
	scene_start(scene);
	await_checks(scene, server, 3);
	health_stop(scene->health);
	verdict = read_verdict(scene, server);
	assert_int_equal(verdict.running, 0);
	assert_int_equal(verdict.state, SERVER_STOPPED);
	health_close(scene->health);

	assert_int_equal(health_open(&scene->health, &scene->config, &scene->board, NULL, 4711), 0);
	assert_int_equal(health_start(scene->health), 0);
	assert_true(read_verdict(scene, server).checks >= verdict.checks);
	verdict = await_checks(scene, server, verdict.checks + 2);
	assert_int_equal(verdict.downs, 1);
	assert_int_equal(verdict.failures, 1);
	/* It needs all of rise: a fresh verdict would be UP with the first answer. */
	atomic_store(&actor.changed_answer, OK_ANSWER);
	await_state(scene, server, SERVER_RUNNING);
	scene_stop(scene);
	actor_stop(&actor);
	scene_free(scene);
}

/* Stopping in the middle of probes: cancelled, brought home, closed, and not judged. */
static void stops_in_the_middle(void **unused)
{
	static struct actor hanging, full;
	uint32_t descriptors = count_descriptors();
	uint64_t begun_ms;

	(void)unused;
	actor_start(&hanging, HANG, NULL, AF_INET);
	actor_start(&full, FULL, NULL, AF_INET);
	for (uint32_t delay_us = 0; delay_us < 40000; delay_us = delay_us * 2 + 500) {
		struct scene *scene = scene_new();

		for (uint32_t i = 0; i < 20; i++)
			add_server(scene, "hanging", i % 2 ? &full : &hanging)->inter_ms = 60000;
		scene->proxy.timeouts.check_ms = 60000;
		scene->config.global.max_spread_checks_ms = 20;
		scene_start(scene);
		usleep(delay_us);
		begun_ms = clock_monotonic_ms();
		scene_stop(scene);
		assert_true(clock_monotonic_ms() - begun_ms < 3000);
		for (uint32_t i = 0; i < 20; i++) {
			struct verdict verdict = read_verdict(scene, &scene->servers[i]);

			assert_int_equal(verdict.running, 0);
			assert_int_equal(verdict.checks, 0);
			assert_int_equal(verdict.state, SERVER_RUNNING);
		}
		assert_int_equal(scene->board.header->prober_heartbeat_ns, 0);
		scene_free(scene);
	}
	actor_stop(&hanging);
	actor_stop(&full);
	assert_int_equal(count_descriptors(), descriptors);
}

static void its_heart_beats(void **unused)
{
	struct scene *scene = scene_new();
	uint64_t until_ms, last_ns, oldest_ns = 0;

	(void)unused;
	scene_start(scene);
	until_ms = clock_monotonic_ms() + 500;
	while (clock_monotonic_ms() < until_ms) {
		last_ns = scene->board.header->prober_heartbeat_ns;
		assert_true(last_ns > 0);
		if (clock_monotonic_ns() > last_ns && clock_monotonic_ns() - last_ns > oldest_ns)
			oldest_ns = clock_monotonic_ns() - last_ns;
		usleep(1000);
	}
	assert_in_range(oldest_ns, 1000000, 1000000000);
	scene_stop(scene);
	scene_free(scene);
}

/* Opened and never started, as when a later part of the start fails. */
static void opens_and_closes(void **unused)
{
	struct scene *scene = scene_new();
	static struct actor actor;
	uint32_t descriptors = count_descriptors();

	(void)unused;
	actor_start(&actor, REFUSE, NULL, AF_INET);
	add_server(scene, "pv1", &actor);
	scene_open(scene);
	health_close(scene->health);
	health_close(NULL);
	actor_stop(&actor);
	scene_free(scene);
	assert_int_equal(count_descriptors(), descriptors);
}

/* Many servers, one thread: all are probed, none is called dead. */
static void probes_thousands(void **unused)
{
	enum { ACTORS = 8 };
	static struct actor actors[ACTORS];
	struct scene *scene = scene_new();

	(void)unused;
	for (size_t i = 0; i < ACTORS; i++)
		actor_start(&actors[i], ANSWER, OK_ANSWER, AF_INET);
	for (uint32_t i = 0; i < SERVERS_MAX; i++)
		add_server(scene, "many", &actors[i % ACTORS])->inter_ms = 2000;
	scene->proxy.timeouts.check_ms = 20000;
	scene_start(scene);
	for (uint32_t i = 0; i < SERVERS_MAX; i++) {
		struct verdict verdict = await_checks(scene, &scene->servers[i], 2);

		assert_int_equal(verdict.state, SERVER_RUNNING);
		assert_int_equal(verdict.failures, 0);
	}
	scene_stop(scene);
	for (size_t i = 0; i < ACTORS; i++)
		actor_stop(&actors[i]);
	scene_free(scene);
}

static void oversleep(int signal)
{
	(void)signal;
	usleep((LATE_MS - 400) * 1000);
}

/* Stops the prober's thread for a while, as a paused machine does: by one of the few signals that
 * it does not block. */
static void put_prober_to_sleep(void)
{
	struct sigaction before, action = {.sa_handler = oversleep};
	DIR *folder = opendir("/proc/self/task");
	struct dirent *entry;
	bool found = false;

	sigaction(SIGTRAP, &action, &before);
	while ((entry = readdir(folder))) {
		char path[300], name[32] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		found = fgets(name, sizeof(name), file) && strcmp(name, "torc/prober\n") == 0;
		fclose(file);
		if (found)
			break;
	}
	assert_true(found);
	assert_int_equal(syscall(SYS_tgkill, getpid(), atoi(entry->d_name), SIGTRAP), 0);
	closedir(folder);
	usleep((LATE_MS - 200) * 1000);
	sigaction(SIGTRAP, &before, NULL);
}

/* `timeout check` passes while the thread is stopped, the answer comes after it woke up. */
static void forgives_its_own_sleep(void **unused)
{
	static struct actor actor;
	struct scene *scene = scene_new();
	struct server *server;
	struct verdict verdict;
	uint64_t until_ms = clock_monotonic_ms() + PATIENCE_MS;

	(void)unused;
	actor_start(&actor, ANSWER_LATE, OK_ANSWER, AF_INET);
	server = add_server(scene, "pv1", &actor);
	scene->proxy.timeouts.check_ms = LATE_MS / 2;
	scene_start(scene);
	while (atomic_load(&actor.connections) == 0 && clock_monotonic_ms() < until_ms)
		usleep(1000);
	usleep(20000);
	put_prober_to_sleep();
	verdict = await_checks(scene, server, 1);
	assert_int_equal(verdict.status, CHECK_STATUS_L7OK);
	assert_in_range(verdict.duration_ms, LATE_MS - 200, 2 * LATE_MS);
	scene_stop(scene);
	actor_stop(&actor);
	scene_free(scene);
}

/* Out of descriptors: nothing is said about the servers. */
static void wants_no_scapegoat(void **unused)
{
	static struct actor actor;
	struct scene *scene = scene_new();
	struct rlimit limit, none_left;
	struct server *server;
	struct verdict verdict;

	(void)unused;
	actor_start(&actor, ANSWER, OK_ANSWER, AF_INET);
	server = add_server(scene, "pv1", &actor);
	scene_start(scene);
	await_checks(scene, server, 1);
	getrlimit(RLIMIT_NOFILE, &limit);
	none_left = limit;
	none_left.rlim_cur = 3; /* lower than any that would be given */
	setrlimit(RLIMIT_NOFILE, &none_left);
	/* The first ones may have been under way. */
	verdict = await_checks(scene, server, read_verdict(scene, server).checks + 5);
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_int_equal(verdict.status, CHECK_STATUS_SOCKERR);
	assert_string_equal(verdict.text, "Too many open files");
	assert_int_equal(verdict.state, SERVER_RUNNING);
	assert_int_equal(verdict.failures, 0);
	assert_int_equal(await_checks(scene, server, verdict.checks + 3).status, CHECK_STATUS_L7OK);
	scene_stop(scene);
	actor_stop(&actor);
	scene_free(scene);
}

static void expect_line(int log, const char *start, const char *end)
{
	struct pollfd readable = {.fd = log, .events = POLLIN};
	char line[2048];
	ssize_t bytes;

	assert_int_equal(poll(&readable, 1, PATIENCE_MS), 1);
	bytes = recv(log, line, sizeof(line) - 1, 0);
	assert_true(bytes > 0);
	line[bytes] = '\0';
	if (strncmp(line, start, strlen(start)) != 0 || !strstr(line, end))
		fail_msg("the log said: %s", line);
}

/* A socket that the target leads to. */
static int open_log(struct log_target *target)
{
	int log = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	*target = (struct log_target){.kind = LOG_TO_UDP,
		.fd = -1,
		.len_max = 1024,
		.facility = 18,
		.level_max = LOG_LEVEL_DEBUG};
	target->address.in.sin_family = AF_INET;
	target->address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	target->address_len = sizeof(target->address.in);
	assert_int_equal(bind(log, &target->address.any, target->address_len), 0);
	getsockname(log, &target->address.any, &target->address_len);
	return log;
}

/* Transitions are told to the backend's log, at HAProxy's levels; the last server's end is an
 * emergency.  Sessions are counted from the board. */
static void tells_the_backends_log(void **unused)
{
	static struct actor actor, refusing;
	struct scene *scene = scene_new();
	struct log_target target;
	int log = open_log(&target);
	struct server *server;

	(void)unused;
	actor_start(&actor, ANSWER, OK_ANSWER, AF_INET);
	actor_start(&refusing, REFUSE, NULL, AF_INET);
	server = add_server(scene, "pv1", &actor);
	add_server(scene, "pv2", &refusing)->backup = true;
	server->maxconn = 5;
	scene->proxy.log_targets = &target;
	scene->proxy.log_target_count = 1;
	scene_start(scene);
	expect_line(log, "<145>",
		"Backup Server myLB/pv2 is DOWN, reason: Layer4 connection problem, info: "
		"\"Connection refused\", check duration: ");
	board_enter_session(&scene->board, 0, server->cell);
	board_enter_session(&scene->board, 0, server->cell);
	atomic_store(&actor.changed_answer, "HTTP/1.0 503 \"Busy\"\r\n\r\n");
	expect_line(log, "<145>",
		"Server myLB/pv1 is DOWN, reason: Layer7 wrong status, code: 503, info: "
		"\"<22>Busy<22>\", check duration: ");
	expect_line(log, "<144>", "backend myLB has no server available!");
	atomic_store(&actor.changed_answer, OK_ANSWER);
	expect_line(log, "<149>",
		"1 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.");
	atomic_store(&actor.changed_answer, "HTTP/1.0 503 Busy\r\n\r\n");
	expect_line(log, "<145>",
		"0 active and 0 backup servers left. 2 sessions active, 0 requeued, 0 remaining in "
		"queue.");
	expect_line(log, "<144>", "backend myLB has no server available!");
	/* The whole backend's line: what it has places for. */
	board_add(&board_traffic(&scene->board, 0, scene->proxy.backend_cell)->queued_now, 4);
	atomic_store(&actor.changed_answer, OK_ANSWER);
	expect_line(log, "<149>", "3 sessions requeued, 0 total in queue.");
	/* Its own: all of it, where they may choose again. */
	board_add(&board_traffic(&scene->board, 0, server->cell)->queued_now, 2);
	atomic_store(&actor.changed_answer, "HTTP/1.0 503 Busy\r\n\r\n");
	expect_line(log, "<145>", "2 sessions active, 0 requeued, 2 remaining in queue.");
	expect_line(log, "<144>", "backend myLB has no server available!");
	atomic_store(&actor.changed_answer, OK_ANSWER);
	expect_line(log, "<149>", "3 sessions requeued, 2 total in queue.");
	scene_stop(scene);
	actor_stop(&actor);
	actor_stop(&refusing);
	close(log);
	scene_free(scene);
}

/* With option redispatch those who wait for a server that goes are free to choose again. */
static void tells_who_chooses_again(void **unused)
{
	static struct actor actor;
	struct scene *scene = scene_new();
	struct log_target target;
	int log = open_log(&target);
	struct server *server;

	(void)unused;
	actor_start(&actor, ANSWER, OK_ANSWER, AF_INET);
	server = add_server(scene, "pv1", &actor);
	scene->proxy.log_targets = &target;
	scene->proxy.log_target_count = 1;
	scene->proxy.redispatch = -1;
	scene_start(scene);
	board_add(&board_traffic(&scene->board, 0, server->cell)->queued_now, 2);
	atomic_store(&actor.changed_answer, "HTTP/1.0 503 Busy\r\n\r\n");
	expect_line(log, "<145>", "0 sessions active, 2 requeued, 0 remaining in queue.");
	scene_stop(scene);
	actor_stop(&actor);
	close(log);
	scene_free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_every_kind_of_server),
		cmocka_unit_test(sends_exactly_the_probe),
		cmocka_unit_test(follows_a_server_down_and_up),
		cmocka_unit_test(probes_where_it_is_told),
		cmocka_unit_test(layer_4_needs_no_words),
		cmocka_unit_test(leaves_alone_what_is_not_probed),
		cmocka_unit_test(goes_on_from_carried_verdicts),
		cmocka_unit_test(stops_in_the_middle),
		cmocka_unit_test(its_heart_beats),
		cmocka_unit_test(opens_and_closes),
		cmocka_unit_test(probes_thousands),
		cmocka_unit_test(forgives_its_own_sleep),
		cmocka_unit_test(wants_no_scapegoat),
		cmocka_unit_test(tells_the_backends_log),
		cmocka_unit_test(tells_who_chooses_again),
	};

	log_to_stderr(false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
