/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balancer.c - a balancer's main thread: from exec to the last session.
 *
 *   exec -> orders and sockets from the keeper -> the tree out of the snapshot -> the board
 *        -> rings and pools (rooms->open) -> privileges given up -> READY
 *        -> GO: verdicts and counters of the generation before, then rooms->start -> STARTED
 *        -> DRAIN: rooms->drain -> QUIET -> idle -> exit
 *
 * Everything that needs privileges or time comes before READY, while the generation before still
 * serves.  Between its QUIET and our start nobody accepts; connections wait in the sockets'
 * queues, and what happens in that gap is the carrying of some verdicts.
 *
 * This thread then only waits for the keeper's next word.  When the keeper is gone (end of file
 * on the socket pair) nobody could replace or stop us any more: we stop listening and drain, so
 * that a new torc can have the addresses.  Signals that a terminal or a service manager sends to
 * the whole group are left to the keeper, except TERM once we are an orphan.
 *
 * A balancer never returns from here with threads running: it closes the rooms first. */
#include "core/balancer.h"
#include "core/channel.h"
#include "core/child.h"
#include "core/clock.h"
#include "core/config/config.h"
#include "core/crash.h"
#include "core/filter.h"
#include "core/limits.h"
#include "core/log.h"
#include "core/privilege.h"
#include "core/routers_page.h"
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define IDLE_LOOK_MS 20 /* how often a draining balancer looks whether it is done */

struct balancer {
	const struct options *options;
	const struct balancer_rooms *rooms;
	int channel; /* -1: the keeper is gone */
	int orders; /* the same channel; the admin thread's, so it stays open when ours is closed */
	int null;   /* /dev/null, opened while it can be seen */
	uint32_t generation, keeper_pid;
	bool first; /* of the service: a person may be watching */
	struct channel_inbox inbox;
	struct config_source source;
	struct config config;
	struct board board, previous, successor;
	bool has_previous;
	struct arena followed; /* the mappings of the boards of those that came after us */
	const struct routers_page *routers;
	int *listen_fds;
	uint32_t listen_count, worker_count;
	struct limits limits;
	bool draining;
	uint64_t done_from_ms; /* draining: not idle before that */
	uint64_t stop_at_ms;   /* an orphan's own hard stop; 0 none */
};

static int prepare(struct balancer *balancer);
static int serve(struct balancer *balancer);

int balancer_main(const struct options *options, const struct balancer_rooms *rooms, int channel)
{
	/* Too large for the stack of a thread that reports how it died. */
	static struct balancer balancer;

	balancer.options = options;
	balancer.rooms = rooms;
	balancer.channel = channel;
	balancer.orders = fcntl(channel, F_DUPFD_CLOEXEC, 0);
	return prepare(&balancer) < 0 ? 1 : serve(&balancer);
}

/* ---- until READY ---- */

static int say(struct balancer *balancer, enum channel_type type, int fd)
{
	struct channel_message message = {.type = type, .generation = balancer->generation};

	return channel_send(balancer->channel, &message, &fd, fd >= 0 ? 1 : 0, CHANNEL_BLOCK);
}

/* To the log, where people look, and to the keeper, who decides. */
static int fail(struct balancer *balancer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int fail(struct balancer *balancer, const char *format, ...)
{
	char text[CHANNEL_TEXT_MAX];
	struct channel_message message = {.type = CHANNEL_FAILED, .text = text};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	message.text_len = (uint32_t)strlen(text);
	log_message(LOG_LEVEL_ALERT, "%s", text);
	channel_send(balancer->channel, &message, NULL, 0, CHANNEL_BLOCK);
	return -1;
}

static int receive_sockets(struct balancer *balancer)
{
	uint32_t filled = 0;

	while (filled < balancer->listen_count) {
		struct channel_message message;
		int error = channel_receive(balancer->channel, &balancer->inbox, &message);

		if (error < 0)
			return error;
		if (message.type != CHANNEL_SOCKETS || message.first != filled ||
			message.count == 0 || message.count > balancer->listen_count - filled ||
			balancer->inbox.fd_count != message.count)
			return -EPROTO;
		for (uint32_t i = 0; i < message.count; i++)
			balancer->listen_fds[filled++] = channel_take(&balancer->inbox, i);
	}
	return 0;
}

/* What other programs see: a real keepalived beside torc may look for haproxy. */
static void go_by_the_name(const struct channel_message *message)
{
	char name[16]; /* of prctl(2) */

	if (!message->text_len)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)message->text_len, message->text);
	prctl(PR_SET_NAME, name);
}

/* The first orders: who we are, what to run, and the sockets to listen on. */
static int receive_orders(struct balancer *balancer, int *snapshot)
{
	struct channel_message message;
	int error = channel_receive(balancer->channel, &balancer->inbox, &message);
	int previous = -1;
	uint32_t at = 0;

	if (error < 0)
		return error;
	if (message.type != CHANNEL_CONFIGURE)
		return -EPROTO;
	balancer->generation = message.generation;
	balancer->keeper_pid = message.pid;
	balancer->first = message.flags & CHANNEL_FLAG_FIRST;
	balancer->listen_count = message.count;
	*snapshot = channel_take(&balancer->inbox, at++);
	if (message.flags & CHANNEL_FLAG_PREVIOUS)
		previous = channel_take(&balancer->inbox, at++);
	if (message.flags & CHANNEL_FLAG_ROUTERS)
		balancer->routers = routers_page_map(channel_take(&balancer->inbox, at++));
	go_by_the_name(&message);
	channel_drop(&balancer->inbox);
	log_set_pid(balancer->keeper_pid);
	/* A board of another layout is no reason not to start: its numbers begin anew. */
	if (previous >= 0) {
		balancer->has_previous = board_map(&balancer->previous, previous) == 0;
		if (!balancer->has_previous)
			close(previous);
	}
	balancer->listen_fds = calloc(balancer->listen_count + 1u, sizeof(*balancer->listen_fds));
	if (!balancer->listen_fds)
		return -ENOMEM;
	return receive_sockets(balancer);
}

static int load_tree(struct balancer *balancer, int snapshot)
{
	struct global *global = &balancer->config.global;
	int error = config_snapshot_open(&balancer->source, snapshot);

	balancer->source.proxies_only = true; /* virtual routers are the keeper's */
	if (error < 0)
		return fail(
			balancer, "cannot read the configuration snapshot: %s", strerror(-error));
	if (config_load(&balancer->config, &balancer->source) > 0)
		return fail(balancer, "the configuration snapshot has errors");
	options_apply(balancer->options, &balancer->config);
	if (balancer->config.listener_count != balancer->listen_count)
		return fail(balancer,
			"the configuration snapshot has %u listeners, %u were handed over",
			balancer->config.listener_count, balancer->listen_count);
	balancer->worker_count =
		global->nbthread ? global->nbthread : balancer->source.nbproc_cores;
	if (balancer->worker_count == 0)
		balancer->worker_count = 1;
	log_set_identity(global->log_tag, global->log_send_hostname);
	log_open_process(global->log_targets, global->log_target_count, balancer->keeper_pid);
	return 0;
}

/* Descriptors first, connections from them, and a word on which of the two bounds the other. */
static void settle_limits(struct balancer *balancer)
{
	const struct global *global = &balancer->config.global;
	struct limits_input input = limits_input_of(&balancer->config, balancer->worker_count, 0);

	/* Without effect for a process of one thread: it only tells whether we may. */
	input.can_spread = balancer->worker_count > 1 && unshare(CLONE_FILES) == 0;
	input.descriptors = privilege_raise_descriptors(
		global->ulimit_n, limits_derive(&input).descriptors_wanted);
	balancer->limits = limits_derive(&input);
	config_derive_fullconn(&balancer->config, balancer->limits.maxconn);
	privilege_reserve_descriptors(limits_of_table(&balancer->limits, input.descriptors));
	if (balancer->limits.bound == LIMITS_BOUND_CUT)
		log_message(LOG_LEVEL_WARNING,
			"maxconn %u does not fit %llu file descriptors: %u connections at most; "
			"raise ulimit-n to %llu",
			input.maxconn, (unsigned long long)input.descriptors,
			balancer->limits.maxconn,
			(unsigned long long)balancer->limits.descriptors_wanted);
	else if (balancer->limits.bound == LIMITS_BOUND_SPREAD && balancer->first)
		log_message(LOG_LEVEL_NOTICE,
			"maxconn %u, as configured: %llu file descriptors are not enough for so "
			"many clients and their servers, so each of %u workers has as many of its "
			"own",
			balancer->limits.maxconn, (unsigned long long)input.descriptors,
			balancer->worker_count);
	else if (balancer->first && !balancer->options->quiet)
		log_message(LOG_LEVEL_NOTICE, "maxconn %u, %s (%llu file descriptors)",
			balancer->limits.maxconn,
			balancer->limits.bound == LIMITS_BOUND_CONFIGURED
				? "as configured"
				: "bounded by the descriptor limit",
			(unsigned long long)input.descriptors);
}

static int make_board(struct balancer *balancer)
{
	int error = board_create(
		&balancer->board, &balancer->config, balancer->worker_count, balancer->generation);

	if (error < 0)
		return fail(balancer, "cannot make the board: %s", strerror(-error));
	balancer->rooms->first_verdicts(&balancer->config, &balancer->board);
	/* Once now, so that a draining predecessor that follows us never sees a verdict that nobody
	 * has found, and once more when its prober has stopped. */
	if (balancer->has_previous)
		board_carry_verdicts(&balancer->board, &balancer->previous);
	if (say(balancer, CHANNEL_BOARD, balancer->board.fd) < 0)
		return -1;
	crash_install(&balancer->board.header->crash);
	return 0;
}

static void leave_signals_to_the_keeper(void)
{
	static const int numbers[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTTIN, SIGTTOU, SIGPIPE};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		signal(numbers[i], SIG_IGN);
}

static int prepare(struct balancer *balancer)
{
	struct balancer_start start = {
		.config = &balancer->config,
		.board = &balancer->board,
	};
	char problem[PRIVILEGE_PROBLEM_BYTES];
	struct privilege privilege;
	int snapshot = -1, error;

	leave_signals_to_the_keeper();
	prctl(PR_SET_NAME, "torc");
	balancer->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (receive_orders(balancer, &snapshot) < 0)
		return -1; /* the keeper changed its mind, or died: nobody is left to tell */
	if (load_tree(balancer, snapshot) < 0)
		return -1;
	if (privilege_find(&privilege, &balancer->config.global, problem) > 0)
		return fail(balancer, "%s", problem);
	settle_limits(balancer);
	if (make_board(balancer) < 0)
		return -1;
	start.previous = balancer->has_previous ? &balancer->previous : NULL;
	start.routers = balancer->routers;
	start.keeper = balancer->orders;
	start.listen_fds = balancer->listen_fds;
	start.worker_count = balancer->worker_count;
	start.maxconn = balancer->limits.maxconn;
	start.own_descriptors = balancer->limits.spread;
	start.keeper_pid = balancer->keeper_pid;
	start.pin_workers = balancer->worker_count <= balancer->source.nbproc_cores;
	if (balancer->rooms->open(&start) < 0)
		return fail(balancer, "the balancer cannot start");
	child_calm_down();
	if (privilege_drop(&privilege, problem) < 0)
		return fail(balancer, "%s", problem);
	error = filter_balancer();
	if (error < 0 && balancer->first)
		log_message(LOG_LEVEL_NOTICE, "no filter of system calls (seccomp): %s",
			strerror(-error));
	return say(balancer, CHANNEL_READY, -1);
}

/* ---- from READY to the end ---- */

/* The service is in the background now. */
static void fall_silent(const struct balancer *balancer)
{
	log_to_stderr(false);
	for (int fd = 0; fd <= 2 && balancer->null >= 0; fd++)
		dup2(balancer->null, fd);
}

static int go(struct balancer *balancer)
{
	if (balancer->has_previous) {
		board_carry_verdicts(&balancer->board, &balancer->previous);
		board_carry_totals(&balancer->board, &balancer->previous);
	}
	if (balancer->rooms->start() < 0)
		return fail(balancer, "the balancer cannot start its threads");
	return say(balancer, CHANNEL_STARTED, -1);
}

static void tell_proxies_stopped(const struct balancer *balancer)
{
	uint64_t now_ms = clock_monotonic_ms();

	for (uint32_t i = 0; i < balancer->config.proxy_count; i++) {
		const struct proxy *proxy = &balancer->config.proxies[i];
		static struct traffic front, back;

		memset(&front, 0, sizeof(front));
		memset(&back, 0, sizeof(back));
		if (proxy->disabled)
			continue;
		if (proxy->is_frontend)
			board_sum(&balancer->board, proxy->frontend_cell, &front, now_ms);
		if (proxy->is_backend)
			board_sum(&balancer->board, proxy->backend_cell, &back, now_ms);
		log_message(LOG_LEVEL_WARNING,
			"Proxy %s stopped (cumulated conns: FE: %llu, BE: %llu).", proxy->name,
			(unsigned long long)board_get(&front.connections),
			(unsigned long long)board_get(&back.sessions));
	}
}

/* `successor` is the descriptor of its board, or -1. */
static void drain(struct balancer *balancer, int successor)
{
	const struct board *follow = NULL;

	/* The board that was followed before stays mapped: a worker may just be reading it. */
	if (successor >= 0 && board_map(&balancer->successor, successor) == 0) {
		struct board *copy = arena_alloc(&balancer->followed, sizeof(*copy));

		*copy = balancer->successor;
		follow = copy;
	} else if (successor >= 0) {
		close(successor);
	}
	if (!balancer->draining) {
		atomic_store(&balancer->board.header->draining, 1u);
		balancer->done_from_ms = clock_monotonic_ms() + IDLE_LOOK_MS;
		tell_proxies_stopped(balancer);
	}
	balancer->draining = true;
	balancer->rooms->drain(follow);
}

/* Nobody will hand these sockets to a successor: whoever comes next must be able to bind, and
 * clients must not wait in a queue that nobody empties.  Sockets that came from outside (fd@N)
 * have another owner. */
static void stop_listening(const struct balancer *balancer)
{
	for (uint32_t i = 0; i < balancer->config.listener_count; i++)
		if (balancer->config.listeners[i].inherited_fd < 0 && balancer->listen_fds[i] >= 0)
			shutdown(balancer->listen_fds[i], SHUT_RDWR);
}

static void become_orphan(struct balancer *balancer)
{
	uint32_t limit_ms = balancer->config.global.hard_stop_after_ms;

	close(balancer->channel);
	balancer->channel = -1;
	signal(SIGTERM, SIG_DFL);
	log_message(LOG_LEVEL_ALERT,
		"the keeper is gone: balancer %d stops listening and finishes its sessions",
		(int)getpid());
	if (limit_ms)
		balancer->stop_at_ms = clock_monotonic_ms() + limit_ms;
	drain(balancer, -1);
	stop_listening(balancer);
}

enum next { NEXT_STAY, NEXT_LEAVE };

/* One word from the keeper. */
static enum next obey(struct balancer *balancer, const struct channel_message *message)
{
	char address[INET6_ADDRSTRLEN];

	switch (message->type) {
	case CHANNEL_GO:
		if (message->flags & CHANNEL_FLAG_SILENT)
			fall_silent(balancer);
		return go(balancer) < 0 ? NEXT_LEAVE : NEXT_STAY;
	case CHANNEL_DRAIN:
		drain(balancer, channel_take(&balancer->inbox, 0));
		say(balancer, CHANNEL_QUIET, -1);
		return NEXT_STAY;
	case CHANNEL_PAUSE:
	case CHANNEL_RESUME:
		if (!balancer->draining)
			balancer->rooms->pause(message->type == CHANNEL_PAUSE);
		return NEXT_STAY;
	case CHANNEL_MOVED:
		snprintf(address, sizeof(address), "%.*s", (int)message->text_len, message->text);
		balancer->rooms->moved(address, message->count);
		return NEXT_STAY;
	case CHANNEL_STOP:
		return NEXT_LEAVE;
	default:
		return NEXT_STAY; /* a word of a later version */
	}
}

static enum next listen_to_keeper(struct balancer *balancer)
{
	struct channel_message message;
	int error = channel_receive(balancer->channel, &balancer->inbox, &message);
	enum next next = NEXT_STAY;

	if (error == 0) {
		next = obey(balancer, &message);
		channel_drop(&balancer->inbox);
	} else if (error != -EPROTO) {
		become_orphan(balancer);
	}
	return next;
}

static bool is_done(const struct balancer *balancer)
{
	/* The threads take note of a drain in their next turn: an accept that was just completed is
	 * a session then, and not before. */
	if (!balancer->draining || clock_monotonic_ms() < balancer->done_from_ms)
		return false;
	return balancer->rooms->is_idle() ||
	       (balancer->stop_at_ms && clock_monotonic_ms() >= balancer->stop_at_ms);
}

static int serve(struct balancer *balancer)
{
	enum next next = NEXT_STAY;

	while (next == NEXT_STAY && !is_done(balancer)) {
		struct pollfd wait = {.fd = balancer->channel, .events = POLLIN};

		if (poll(&wait, 1, balancer->draining ? IDLE_LOOK_MS : -1) > 0)
			next = listen_to_keeper(balancer);
	}
	balancer->rooms->close();
	arena_free(&balancer->followed);
	return 0;
}
