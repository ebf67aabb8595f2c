/* SPDX-License-Identifier: GPL-2.0-or-later */
/* worker.c - a worker's life: what it is made of, and its loop.
 *
 * Everything is made in worker_open(), by the privileged main thread; the worker's own thread
 * then turns until it is told to stop and never allocates.  A turn is: handle what completed, act
 * on what the main thread or the admin asked, offer buffers, arm accepts, send the log lines of
 * the turn in one batch, stamp the heartbeat, sleep.  What happens to a session's bytes is in
 * drive.c. */
#include "net/worker.h"
#include "core/clock.h"
#include "core/crash.h"
#include "core/limits.h"
#include "net/drive.h"
#include "net/io/tune.h"
#include "net/rules/log_line.h"
#include "net/rules/rules.h"
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TURN_LIMIT_MS	      100 /* a worker turns at least this often: its heartbeat */
#define TAKEOVER_MS	      2000
#define TAKEOVER_SWEEP_MS     5
#define SUBMISSIONS	      4096
#define COMPLETIONS	      32768
#define SPLICE_MIN_BYTES      (32 * 1024)
#define CURSORS		      256 /* statistics pages being written at once */
#define DESCRIPTORS_LEFT_OVER 200
#define RELAYS_MAX	      4096 /* bodies being spliced at once */
#define SOURCE_STRIDE	      997  /* ports of a range between the workers' first ones */

static struct log_sink *find_sink(struct worker *worker, const struct log_target *targets)
{
	for (uint32_t i = 0; i < worker->sink_count; i++)
		if (worker->sinks[i].targets == targets)
			return &worker->sinks[i];
	return NULL;
}

/* Proxies that share their list of targets (`log global`) share a sink. */
static int open_sinks(struct worker *worker, const struct worker_options *options)
{
	const struct config *config = options->config;

	worker->sinks = arena_alloc(options->arena, config->proxy_count * sizeof(*worker->sinks));
	worker->sink_of =
		arena_alloc(options->arena, config->proxy_count * sizeof(struct log_sink *));
	for (uint32_t i = 0; i < config->proxy_count; i++) {
		const struct proxy *proxy = &config->proxies[i];
		struct log_sink *sink;
		int error;

		if (!proxy->is_frontend || proxy->log_target_count == 0)
			continue;
		sink = find_sink(worker, proxy->log_targets);
		if (!sink) {
			sink = &worker->sinks[worker->sink_count];
			error = log_sink_open(
				sink, proxy->log_targets, proxy->log_target_count, options->pid);
			if (error < 0)
				return error;
			worker->sink_count++;
		}
		worker->sink_of[i] = sink;
	}
	return 0;
}

static int open_balances(struct worker *worker, const struct worker_options *options)
{
	const struct config *config = options->config;
	struct balance_options balance = {
		.board = options->board,
		.load = options->load,
		.seed = clock_monotonic_ns() ^ (uint64_t)options->pid << 32 ^ options->index << 16,
	};

	worker->env.balances =
		arena_alloc(options->arena, config->proxy_count * sizeof(struct balance));
	for (uint32_t i = 0; i < config->proxy_count; i++) {
		int error;

		if (!config->proxies[i].is_backend)
			continue;
		balance.backend = &config->proxies[i];
		balance.shared = &options->positions[i];
		error = balance_init(&worker->env.balances[i], options->arena, &balance);
		if (error < 0)
			return error;
	}
	return 0;
}

/* Could accepts that wait hold most of the places of this limit?  0: it is none. */
static bool is_small(uint32_t limit, uint32_t sockets, uint32_t workers)
{
	return limit != 0 && limit < 2 * ACCEPTOR_SLOTS * sockets * workers;
}

static bool places_are_few(const struct listener *listener, const struct worker_options *options)
{
	const struct config *config = options->config;
	uint32_t workers = options->board->header->workers, sockets = 0, siblings = 0;

	for (uint32_t i = 0; i < config->listener_count; i++) {
		if (!config->listeners[i].proxy || options->listen_fds[i] < 0)
			continue;
		sockets++;
		siblings += config->listeners[i].proxy == listener->proxy;
	}
	assert(listener->proxy); /* a bind's, never a stats socket's */
	return is_small(options->admission->process_max, sockets, workers) ||
	       is_small(listener->proxy->maxconn, siblings, workers) ||
	       is_small(listener->maxconn, 1, workers);
}

static void open_acceptors(struct worker *worker, const struct worker_options *options)
{
	const struct config *config = options->config;

	worker->acceptors =
		arena_alloc(options->arena, config->listener_count * sizeof(*worker->acceptors));
	for (uint32_t i = 0; i < config->listener_count; i++) {
		struct listener *listener = &config->listeners[i];
		struct acceptor *acceptor = &worker->acceptors[worker->acceptor_count];

		if (!listener->proxy || options->listen_fds[i] < 0)
			continue;
		if (options->index == 0) /* one socket for all workers */
			tune_listener(options->listen_fds[i], listener);
		acceptor_init(acceptor, &worker->loop, listener, options->listen_fds[i]);
		acceptor->admission = options->admission;
		acceptor->cell = worker->cell;
		acceptor->accepted = drive_accepted;
		acceptor->owner = worker;
		acceptor->watches = places_are_few(listener, options);
		worker->acceptor_count++;
	}
}

static bool some_server_shuts(const struct config *config)
{
	for (uint32_t i = 0; i < config->proxy_count; i++)
		for (uint32_t j = 0; j < config->proxies[i].server_count; j++)
			if (config->proxies[i].servers[j].shutdown_on_marked_down)
				return true;
	return false;
}

static bool some_request_has_a_name(const struct config *config)
{
	for (uint32_t i = 0; i < config->proxy_count; i++)
		if (config->proxies[i].unique_id_format)
			return true;
	return false;
}

static int open_pools(struct worker *worker, const struct worker_options *options)
{
	uint32_t connections = options->maxconn + 1;
	struct buffers_options buffers = {
		.head_bytes = options->config->global.bufsize,
		.connections = connections,
	};
	int error;

	/* Beside the two of a session, connections that are parting or coming home. */
	if ((error = buffers_open(&worker->buffers, &worker->loop, &buffers)) < 0 ||
		(error = conn_io_open(
			 &worker->io, &worker->loop, &worker->buffers, 4 * connections + 64)) < 0 ||
		(error = pool_open(&worker->sessions, sizeof(struct session), connections)) < 0 ||
		(error = pool_open(
			 &worker->lines, options->config->global.logurilen, connections)) < 0 ||
		(error = pool_open(&worker->relays, sizeof(struct relay), RELAYS_MAX)) < 0 ||
		(error = pool_open(&worker->cursors, sizeof(struct stats_cursor), CURSORS)) < 0)
		return error;
	if (some_request_has_a_name(worker->config) &&
		(error = pool_open(&worker->unique_ids, UNIQUE_ID_BYTES, connections)) < 0)
		return error;
	if (worker->config->capture_bytes &&
		(error = pool_open(&worker->captures, worker->config->capture_bytes, connections)) <
			0)
		return error;
	if ((error = rules_open(&worker->env.rules, options->arena, options->config)) < 0)
		return error;
	return pipes_open(&worker->pipes, worker->config->global.splice ? RELAY_PIPES : 0);
}

static void fill_environment(struct worker *worker, const struct worker_options *options)
{
	struct session_environment *env = &worker->env;
	const struct global *global = &options->config->global;

	env->timers = &worker->loop.timers;
	env->config = options->config;
	env->board = options->board;
	env->worker = options->index;
	env->load = options->load;
	env->queues = options->queues;
	env->inboxes = options->inboxes;
	env->splice = global->splice;
	env->splice_min_bytes = SPLICE_MIN_BYTES;
	env->head = arena_alloc(options->arena, sizeof(*env->head));
	env->scratch_bytes = global->bufsize + BUFFER_HEADROOM;
	env->scratch = arena_alloc(options->arena, env->scratch_bytes);
	env->line_bytes = global->logurilen;
	env->limits.head_bytes = global->bufsize - global->maxrewrite;
	env->limits.fields = global->maxhdr < H1_FIELDS_MAX ? global->maxhdr : H1_FIELDS_MAX;
	drive_fill_environment(env);
}

int worker_open(struct worker *worker, const struct worker_options *options)
{
	struct loop_options loop = {
		.submission_entries = SUBMISSIONS,
		.completion_entries = COMPLETIONS,
		.sockets_only = true,
	};
	int error;

	memset(worker, 0, sizeof(*worker));
	worker->config = options->config;
	worker->board = options->board;
	worker->cell = &options->board->workers[options->index];
	worker->admission = options->admission;
	worker->index = options->index;
	worker->core = options->core;
	worker->own_descriptors = options->own_descriptors;
	/* Workers begin far from each other in a range that they share. */
	worker->source_turn = options->index * SOURCE_STRIDE;
	worker->wake_other = options->wake;
	worker->owner = options->owner;
	worker->inspector = options->inspector;
	worker->inspect = inspector_cell(options->inspector, options->index);
	worker->stats = *options->stats;
	worker->log_line = arena_alloc(options->arena, WORKER_LOG_LINE_BYTES);
	worker->log_structured = arena_alloc(options->arena, WORKER_LOG_LINE_BYTES);
	worker->line_counts =
		arena_alloc(options->arena, options->config->proxy_count * sizeof(uint64_t));
	list_init(&worker->active);
	error = loop_open(&worker->loop, &loop);
	if (error < 0)
		return error;
	worker->loop.owner = worker;
	fill_environment(worker, options);
	if ((error = open_pools(worker, options)) < 0 ||
		(error = open_sinks(worker, options)) < 0 ||
		(error = open_balances(worker, options)) < 0) {
		worker_close(worker);
		return error;
	}
	kept_open(worker, options);
	open_acceptors(worker, options);
	worker->shuts_marked_down = some_server_shuts(options->config);
	return 0;
}

void worker_close(struct worker *worker)
{
	/* The ring first: its operations point into everything else. */
	loop_close(&worker->loop);
	for (uint32_t i = 0; i < worker->sink_count; i++)
		log_sink_close(&worker->sinks[i]);
	pipes_close(&worker->pipes);
	conn_io_close(&worker->io);
	buffers_close(&worker->buffers);
	pool_close(&worker->sessions);
	pool_close(&worker->lines);
	pool_close(&worker->relays);
	pool_close(&worker->cursors);
	pool_close(&worker->unique_ids);
	pool_close(&worker->captures);
	rules_close(worker->env.rules);
}

/* ---- the thread ---- */

static void pin(const struct worker *worker)
{
	cpu_set_t cores;

	if (worker->core < 0)
		return;
	CPU_ZERO(&cores);
	CPU_SET((size_t)worker->core, &cores);
	sched_setaffinity(0, sizeof(cores), &cores); /* a wish: nothing breaks without it */
}

/* A connection that an accept brings home after all is still served: only when none is out any
 * more may the balancer end. */
static void look_whether_quiet(struct worker *worker)
{
	uint32_t armed = 0;

	for (uint32_t i = 0; i < worker->acceptor_count; i++)
		armed += worker->acceptors[i].armed;
	atomic_store_explicit(&worker->quiet, armed == 0, memory_order_release);
}

static void look_who_moved(struct worker *worker)
{
	uint32_t seen = atomic_load_explicit(&worker->moved_seen, memory_order_relaxed);

	for (; seen != atomic_load_explicit(&worker->moved_told, memory_order_acquire); seen++) {
		drive_moved(worker, &worker->moved[seen % MOVED_MAX]);
		atomic_store_explicit(&worker->moved_seen, seen + 1, memory_order_release);
	}
}

static void obey(struct worker *worker)
{
	bool paused = atomic_load_explicit(&worker->pause, memory_order_relaxed);

	look_who_moved(worker);

	if (!worker->draining && atomic_load_explicit(&worker->drain, memory_order_acquire)) {
		worker->draining = true;
		worker->env.draining = true;
		for (uint32_t i = 0; i < worker->acceptor_count; i++)
			acceptor_stop(&worker->acceptors[i]);
		drive_drain(worker);
	}
	if (worker->draining || paused == worker->paused)
		return;
	worker->paused = paused;
	for (uint32_t i = 0; i < worker->acceptor_count; i++) {
		if (paused)
			acceptor_stop(&worker->acceptors[i]);
		else
			worker->acceptors[i].stopped = false;
	}
}

static void publish(struct worker *worker)
{
	struct worker_cell *cell = worker->cell;
	const struct loop *loop = &worker->loop;
	uint64_t sent = 0, dropped = 0;

	for (uint32_t i = 0; i < worker->sink_count; i++) {
		sent += worker->sinks[i].lines_sent;
		dropped += worker->sinks[i].lines_dropped;
	}
	board_set(&cell->heartbeat_ns, loop->now_ns);
	board_set(&cell->turns, loop->turns);
	board_set(&cell->enters, loop->enters);
	board_set(&cell->completions, loop->completions);
	board_set(&cell->busy_ns, loop->busy_ns);
	board_set(&cell->log_lines, sent);
	board_set(&cell->log_dropped, dropped);
	board_set(&cell->buffers_exhausted, worker->buffers.exhausted);
	board_set(&cell->pipes_free, worker->pipes.count);
	board_set(&cell->pipes_used, worker->pipes.capacity - worker->pipes.count);
}

/* A session has two descriptors; half of what the missing ones leave free, and this worker's part
 * of it, is for servers that take their time to close. */
static uint32_t spare_descriptors(const struct worker *worker)
{
	uint32_t open = worker->io.open_count;
	uint32_t places = worker->admission->process_max;
	uint32_t taken = atomic_load_explicit(&worker->admission->process, memory_order_relaxed);

	if (worker->own_descriptors)
		return worker->descriptors > open ? (worker->descriptors - open) / 2 : 0;
	return places > taken ? (places - taken) / worker->board->header->workers : 0;
}

/* Of the descriptors of places that nobody has, the half that is not for parting servers; and of
 * those of its own sessions that have no server's connection at the moment. */
static uint32_t idle_descriptors(const struct worker *worker)
{
	uint32_t sessions = atomic_load_explicit(&worker->session_count, memory_order_relaxed);
	uint32_t used = worker->kept.used;

	if (worker->own_descriptors)
		return worker->kept.idle / 2 + spare_descriptors(worker);
	return spare_descriptors(worker) + (sessions > used ? sessions - used : 0);
}

/* From here on nobody else takes or sees our descriptors.  The two hundred that are left over are
 * for what is opened now and then. */
static void own_descriptors(struct worker *worker)
{
	struct rlimit limit;
	int lowest;

	if (!worker->own_descriptors)
		return;
	if (unshare(CLONE_FILES) < 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		abort(); /* it was tried before anybody counted on it */
	lowest = dup(worker->loop.wake_fd);
	assert(lowest >= 0);
	close(lowest);
	if (limit.rlim_cur > (uint64_t)lowest + DESCRIPTORS_LEFT_OVER)
		worker->descriptors =
			(uint32_t)(limit.rlim_cur - (uint64_t)lowest - DESCRIPTORS_LEFT_OVER);
}

/* Where descriptors are ours alone, so is the number of clients that they are for: another worker
 * may have room when this one has none. */
static bool has_place(const struct worker *worker)
{
	uint32_t clients = atomic_load_explicit(&worker->session_count, memory_order_relaxed);

	if (!worker->own_descriptors)
		return true;
	for (uint32_t i = 0; i < worker->acceptor_count; i++)
		clients += worker->acceptors[i].armed;
	return clients < limits_clients_of_table(worker->descriptors);
}

/* See acceptor_sweep(): often while a predecessor may be going away, then for safety. */
static uint64_t sweep(struct worker *worker)
{
	uint64_t now_ms = worker->loop.now_ms;
	uint64_t every_ms =
		now_ms - worker->started_ms < TAKEOVER_MS ? TAKEOVER_SWEEP_MS : TURN_LIMIT_MS;

	if (now_ms - worker->swept_ms >= every_ms && has_place(worker)) {
		worker->swept_ms = now_ms;
		for (uint32_t i = 0; i < worker->acceptor_count; i++)
			acceptor_sweep(&worker->acceptors[i]);
	}
	return every_ms;
}

static void *run(void *argument)
{
	struct worker *worker = argument;
	uint64_t limit_ms;
	char name[16];

	snprintf(name, sizeof(name), "torc/worker%u", worker->index % 1000u);
	pthread_setname_np(pthread_self(), name);
	crash_watch_thread();
	pin(worker);
	own_descriptors(worker);
	board_set(&worker->cell->threads_pid, (uint64_t)syscall(SYS_gettid));
	if (loop_enable(&worker->loop) < 0)
		abort(); /* the ring was made for exactly this */
	worker->started_ms = clock_monotonic_ms();
	while (!atomic_load_explicit(&worker->stop, memory_order_acquire)) {
		conn_io_tell_sent(&worker->io);
		obey(worker);
		buffers_offer(&worker->buffers);
		worker->io.parting_max = spare_descriptors(worker);
		worker->kept.idle_max = idle_descriptors(worker);
		kept_shrink(worker);
		conn_io_turn(&worker->io);
		for (uint32_t i = 0; i < worker->acceptor_count && has_place(worker); i++)
			acceptor_arm(&worker->acceptors[i]);
		for (uint32_t i = 0; i < worker->sink_count; i++)
			log_sink_flush(&worker->sinks[i]);
		drive_shut_marked_down(worker);
		drive_queues(worker);
		inspect_answer(worker->inspect, drive_describe, worker);
		if (worker->draining)
			look_whether_quiet(worker);
		publish(worker);
		limit_ms = sweep(worker);
		if (conn_io_has_sent(&worker->io) || relays_are_ready(&worker->pipes))
			limit_ms = 0; /* to be told of it, and to act on that, in the next turn */
		if (loop_turn(&worker->loop, limit_ms) < 0)
			abort(); /* the record says where; a new balancer is on its way */
		relays_turn(&worker->pipes, &worker->loop);
	}
	for (uint32_t i = 0; i < worker->sink_count; i++)
		log_sink_flush(&worker->sinks[i]);
	publish(worker);
	return NULL;
}

int worker_start(struct worker *worker)
{
	int error = pthread_create(&worker->thread, NULL, run, worker);

	worker->started = error == 0;
	return -error;
}

void worker_drain(struct worker *worker)
{
	atomic_store_explicit(&worker->drain, true, memory_order_release);
	loop_wake(&worker->loop);
}

void worker_moved(struct worker *worker, const struct moved_address *moved)
{
	uint32_t told = atomic_load_explicit(&worker->moved_told, memory_order_relaxed);
	uint32_t seen = atomic_load_explicit(&worker->moved_seen, memory_order_acquire);

	if (told - seen == MOVED_MAX)
		return;
	worker->moved[told % MOVED_MAX] = *moved;
	atomic_store_explicit(&worker->moved_told, told + 1, memory_order_release);
	loop_wake(&worker->loop);
}

void worker_pause(struct worker *worker, bool paused)
{
	atomic_store_explicit(&worker->pause, paused, memory_order_release);
	loop_wake(&worker->loop);
}

void worker_stop(struct worker *worker)
{
	if (!worker->started)
		return;
	atomic_store_explicit(&worker->stop, true, memory_order_release);
	loop_wake(&worker->loop);
	pthread_join(worker->thread, NULL);
	worker->started = false;
}

bool worker_is_idle(const struct worker *worker)
{
	return atomic_load_explicit(&worker->quiet, memory_order_acquire) &&
	       atomic_load_explicit(&worker->session_count, memory_order_acquire) == 0;
}
