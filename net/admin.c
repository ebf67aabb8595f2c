/* SPDX-License-Identifier: GPL-2.0-or-later */
/* admin.c - the thread that people and their scripts talk to.
 *
 * It serves the stats sockets: a handful of connections, each a conversation (struct runtime) with
 * a buffer of output before it.  Plain poll(2) does: the connections are few, the thread is not on
 * the way of any request, and a ring would be one more thing that can be refused at start.
 *
 * It never waits for anybody.  A reader that stops reading costs its slot until the idle time-out;
 * a worker that hangs costs an answer half a second (see inspect.h).  While a conversation waits
 * for a worker the thread looks again every few milliseconds, since workers cannot wake it.
 *
 * Once a second it looks at the board (watch.h).  Everything is allocated by admin_open(), but for
 * what carrying totals and following verdicts need while they match names. */
#include "net/admin.h"
#include "core/clock.h"
#include "core/crash.h"
#include "core/log.h"
#include "net/stats/runtime.h"
#include "net/watch.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOK_MS		    1000
#define FOLLOW_MS	    100 /* how soon a draining generation sees a verdict */
#define WAITING_MS	    2	/* how often a waiting conversation looks for its answer */
#define CONNECTIONS_DEFAULT 10
#define TIMEOUT_DEFAULT_MS  10000
#define OUTPUT_BYTES	    (4 * RUNTIME_OUTPUT_BYTES)
#define PIECES_PER_TURN	    8 /* so that one long answer does not hold up the others */

struct connection {
	int fd; /* -1: free */
	bool input_ended;
	uint64_t deadline_ms;
	uint32_t output_at, output_len;
	struct runtime runtime;
	char output[OUTPUT_BYTES];
};

struct door {
	int fd;
	enum stats_level level;
};

struct admin {
	struct watch watch;
	struct runtime_context runtime;
	struct door *doors;
	uint32_t door_count;
	struct connection *connections;
	uint32_t connection_count; /* slots */
	struct pollfd *polls;	   /* wake, doors, connections */
	uint32_t timeout_ms;
	uint64_t next_look_ms;
	int wake_fd;
	pthread_t thread;
	bool started;
	_Atomic bool draining, stopping;
	_Atomic(const struct board *) successor;
};

static void *admin_run(void *argument);
static void clear_totals(void *owner);
static void clear_peaks(void *owner);
static void serve_connection(struct admin *admin, struct connection *connection, short events);
static void close_connection(struct admin *admin, struct connection *connection);

/* ---- from the main thread ---- */

static void open_doors(struct admin *admin, const int *listen_fds)
{
	const struct config *config = admin->watch.context->config;

	for (uint32_t i = 0; i < config->listener_count; i++) {
		const struct listener *listener = &config->listeners[i];

		if (!listener->stats_socket || listen_fds[listener->index] < 0)
			continue;
		admin->doors[admin->door_count].fd = listen_fds[listener->index];
		admin->doors[admin->door_count++].level = listener->stats_socket->level;
	}
}

static int reserve(struct admin *admin, const struct config *config)
{
	const struct global *global = &config->global;

	admin->connection_count =
		global->stats_maxconn ? global->stats_maxconn : CONNECTIONS_DEFAULT;
	admin->timeout_ms =
		global->stats_timeout_ms ? global->stats_timeout_ms : TIMEOUT_DEFAULT_MS;
	admin->doors = calloc(config->listener_count + 1, sizeof(*admin->doors));
	admin->connections = calloc(admin->connection_count, sizeof(*admin->connections));
	admin->polls = calloc(1 + (size_t)config->listener_count + admin->connection_count,
		sizeof(*admin->polls));
	if (!admin->doors || !admin->connections || !admin->polls)
		return -ENOMEM;
	for (uint32_t i = 0; i < admin->connection_count; i++)
		admin->connections[i].fd = -1;
	admin->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return admin->wake_fd < 0 ? -errno : 0;
}

int admin_open(struct admin **out, struct stats_context *context, const int *listen_fds,
	struct inspector *inspector)
{
	struct admin *admin = calloc(1, sizeof(*admin));
	int error;

	if (!admin)
		return -ENOMEM;
	admin->wake_fd = -1;
	error = watch_open(&admin->watch, context);
	if (error < 0) {
		free(admin);
		return error;
	}
	error = reserve(admin, context->config);
	if (error < 0) {
		admin_close(admin);
		return error;
	}
	open_doors(admin, listen_fds);
	admin->runtime = (struct runtime_context){
		.stats = context,
		.inspector = inspector,
		.environment = environ,
		.clear_totals = clear_totals,
		.clear_peaks = clear_peaks,
		.owner = admin,
	};
	*out = admin;
	return 0;
}

int admin_start(struct admin *admin)
{
	sigset_t all, before;
	int error;

	/* Signals are for the main thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&admin->thread, NULL, admin_run, admin);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	admin->started = error == 0;
	return -error;
}

static void wake(struct admin *admin)
{
	uint64_t one = 1;

	/* Only fails when the thread is woken already. */
	if (write(admin->wake_fd, &one, sizeof(one)) < 0)
		return;
}

void admin_drain(struct admin *admin, const struct board *successor)
{
	atomic_store(&admin->successor, successor);
	atomic_store(&admin->draining, true);
	wake(admin);
}

void admin_close(struct admin *admin)
{
	if (!admin)
		return;
	if (admin->started) {
		atomic_store(&admin->stopping, true);
		wake(admin);
		pthread_join(admin->thread, NULL);
	}
	for (uint32_t i = 0; admin->connections && i < admin->connection_count; i++)
		if (admin->connections[i].fd >= 0)
			close_connection(admin, &admin->connections[i]);
	if (admin->wake_fd >= 0)
		close(admin->wake_fd);
	watch_close(&admin->watch);
	free(admin->doors);
	free(admin->connections);
	free(admin->polls);
	free(admin);
}

/* ---- the thread ---- */

static struct connection *free_connection(struct admin *admin)
{
	for (uint32_t i = 0; i < admin->connection_count; i++)
		if (admin->connections[i].fd < 0)
			return &admin->connections[i];
	return NULL;
}

/* What this connection waits for. */
static short wanted_events(const struct connection *connection)
{
	if (connection->output_len > connection->output_at)
		return POLLOUT;
	if (connection->input_ended || runtime_is_waiting(&connection->runtime))
		return 0;
	return POLLIN;
}

/* Fills the poll set; unused places hold -1, which poll passes over. */
static nfds_t fill_polls(struct admin *admin)
{
	bool accepts = !atomic_load(&admin->draining) && free_connection(admin);
	nfds_t used = 0;

	admin->polls[used++] = (struct pollfd){.fd = admin->wake_fd, .events = POLLIN};
	for (uint32_t i = 0; i < admin->door_count; i++)
		admin->polls[used++] =
			(struct pollfd){.fd = accepts ? admin->doors[i].fd : -1, .events = POLLIN};
	for (uint32_t i = 0; i < admin->connection_count; i++) {
		const struct connection *connection = &admin->connections[i];
		short events = connection->fd >= 0 ? wanted_events(connection) : 0;

		/* One whose peer has gone would wake us again and again while it waits. */
		admin->polls[used++] =
			(struct pollfd){.fd = events ? connection->fd : -1, .events = events};
	}
	return used;
}

static int wait_ms(const struct admin *admin, uint64_t now_ms)
{
	uint64_t until_ms = admin->next_look_ms;

	if (atomic_load(&admin->successor) && until_ms > now_ms + FOLLOW_MS)
		until_ms = now_ms + FOLLOW_MS;
	for (uint32_t i = 0; i < admin->connection_count; i++) {
		const struct connection *connection = &admin->connections[i];

		uint64_t at_ms = connection->deadline_ms;

		if (connection->fd < 0)
			continue;
		if (runtime_is_waiting(&connection->runtime))
			at_ms = now_ms + WAITING_MS;
		if (at_ms < until_ms)
			until_ms = at_ms;
	}
	return until_ms > now_ms ? (int)(until_ms - now_ms) : 0;
}

static void set_clock(struct admin *admin)
{
	admin->runtime.now_ms = clock_monotonic_ms();
	admin->runtime.wall_ms = clock_wall_ms();
}

static void look(struct admin *admin)
{
	const struct board *successor = atomic_load(&admin->successor);
	bool due = admin->runtime.now_ms >= admin->next_look_ms;

	if (due) {
		watch_look(&admin->watch, admin->runtime.now_ms, admin->runtime.wall_ms);
		admin->next_look_ms = admin->runtime.now_ms + LOOK_MS;
	}
	if (successor)
		watch_follow(&admin->watch, successor, due);
}

static void accept_connections(struct admin *admin, const struct door *door)
{
	struct connection *connection;

	while ((connection = free_connection(admin)) != NULL) {
		int fd = accept4(door->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		/* Taken by another generation's thread, or gone: poll again. */
		if (fd < 0)
			return;
		connection->fd = fd;
		connection->input_ended = false;
		connection->output_at = connection->output_len = 0;
		connection->deadline_ms = admin->runtime.now_ms + admin->timeout_ms;
		runtime_open(&connection->runtime, door->level, admin->timeout_ms);
	}
}

static void drain_wake(struct admin *admin)
{
	uint64_t count;

	while (read(admin->wake_fd, &count, sizeof(count)) > 0)
		continue;
}

static void *admin_run(void *argument)
{
	struct admin *admin = argument;

	pthread_setname_np(pthread_self(), "torc/admin");
	crash_watch_thread();
	set_clock(admin);
	while (!atomic_load(&admin->stopping)) {
		const struct pollfd *poll_at = admin->polls;

		look(admin);
		if (poll(admin->polls, fill_polls(admin), wait_ms(admin, admin->runtime.now_ms)) <
				0 &&
			errno != EINTR) {
			log_message(LOG_LEVEL_ALERT, "admin: cannot poll: %s", strerror(errno));
			return NULL;
		}
		set_clock(admin);
		if (poll_at++->revents)
			drain_wake(admin);
		for (uint32_t i = 0; i < admin->door_count; i++)
			if (poll_at++->revents)
				accept_connections(admin, &admin->doors[i]);
		for (uint32_t i = 0; i < admin->connection_count; i++, poll_at++)
			if (admin->connections[i].fd >= 0)
				serve_connection(admin, &admin->connections[i],
					poll_at->fd < 0 ? 0 : poll_at->revents);
	}
	return NULL;
}

static void clear_totals(void *owner)
{
	struct admin *admin = owner;

	watch_forget_totals(&admin->watch, admin->runtime.now_ms);
}

static void clear_peaks(void *owner)
{
	struct admin *admin = owner;

	watch_forget_maxima(&admin->watch, admin->runtime.now_ms);
}

/* ---- a connection ---- */

static void close_connection(struct admin *admin, struct connection *connection)
{
	runtime_close(&connection->runtime, &admin->runtime);
	close(connection->fd);
	connection->fd = -1;
}

static void receive(struct admin *admin, struct connection *connection)
{
	uint32_t room;
	char *at = runtime_room(&connection->runtime, &room);
	ssize_t got;

	if (room == 0)
		return;
	got = recv(connection->fd, at, room, MSG_DONTWAIT);
	if (got > 0) {
		runtime_received(&connection->runtime, (uint32_t)got);
		connection->deadline_ms = admin->runtime.now_ms + connection->runtime.timeout_ms;
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		/* Half closed: what was asked before is still answered. */
		connection->input_ended = true;
	}
}

/* Sends what is there.  False: the peer does not take more now, or is gone. */
static bool transmit(struct admin *admin, struct connection *connection)
{
	while (connection->output_at < connection->output_len) {
		ssize_t sent = send(connection->fd, connection->output + connection->output_at,
			connection->output_len - connection->output_at,
			MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && (errno == EAGAIN || errno == EINTR))
			return false;
		if (sent < 0) {
			close_connection(admin, connection);
			return false;
		}
		connection->output_at += (uint32_t)sent;
		connection->deadline_ms = admin->runtime.now_ms + connection->runtime.timeout_ms;
	}
	connection->output_at = connection->output_len = 0;
	return true;
}

static void serve_connection(struct admin *admin, struct connection *connection, short events)
{
	struct runtime *runtime = &connection->runtime;

	if (events & POLLIN || (events & (POLLHUP | POLLERR) && !connection->input_ended))
		receive(admin, connection);
	for (uint32_t i = 0; i < PIECES_PER_TURN; i++) {
		if (!transmit(admin, connection))
			break;
		connection->output_len = runtime_output(
			runtime, &admin->runtime, connection->output, sizeof(connection->output));
		if (connection->output_len > 0)
			continue;
		if (runtime_has_ended(runtime) ||
			(connection->input_ended && !runtime_is_waiting(runtime))) {
			close_connection(admin, connection);
			return;
		}
		break;
	}
	if (connection->fd >= 0 && admin->runtime.now_ms >= connection->deadline_ms &&
		!runtime_is_waiting(runtime))
		close_connection(admin, connection);
}
