/* SPDX-License-Identifier: GPL-2.0-or-later */
/* prober.c - the hands of health: one thread, one ring, every probe of every server.
 *
 * A server that is probed is a target.  A target makes one probe at a time and every probe is a
 * straight line: connect, send, receive until judged, reset.  So a target has at most one
 * operation in flight, one socket, one timer (the next probe while it rests, the time-out while
 * it works), and there is nothing to take apart when it ends early: cancel that operation, wait
 * until it is home, close.
 *
 *     RESTING --timer--> CONNECTING --connected--> TALKING --judged--> RESTING
 *                            |                        |                   ^
 *                            '--- refused, time-out --'----> LEAVING -----'
 *                                                       (its operation comes home)
 *
 * Why a thread of its own: a worker that is busy for some milliseconds must not turn a 20 ms
 * `timeout check` into a dead server.  Time-outs run after completions, so that a late turn of
 * this loop sees the bytes that have arrived before it calls anybody silent.
 *
 * Probes end with a reset (SO_LINGER 0), as HAProxy's do: thousands of probed servers would
 * otherwise leave thousands of local ports waiting in TIME_WAIT.
 *
 * Everything is allocated by health_open(): targets, requests, and address space for answers that
 * costs memory only where bytes have arrived.  The prober's thread is the one writer of the
 * verdicts' cells from its start to its end; before and after, the balancer's main thread is. */
#include "core/clock.h"
#include "core/crash.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/mem.h"
#include "core/orders.h"
#include "core/source.h"
#include "health/announce.h"
#include "health/health.h"
#include "health/maintenance.h"
#include "health/verdict.h"
#include "net/io/proxy_protocol.h"
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TURN_MS	     100   /* the heartbeat is never older than this while all is well */
#define OVERSLEPT_MS 500   /* between two turns: not a busy thread, a stopped one */
#define COMPLAINT_MS 10000 /* between two messages about probes that we could not make */

enum stage { RESTING, CONNECTING, TALKING, LEAVING };

struct target {
	struct health *health;
	const struct server *server;
	union address address; /* where its probes go */
	socklen_t address_len;
	struct span request;	/* empty: a check of layer 4 ends when it is connected */
	struct verdict verdict; /* what its cell on the board says */

	enum stage stage;
	int fd;		      /* -1 while resting */
	struct op *in_flight; /* the one of the three that is with the kernel, or NULL */
	struct op connect_op, send_op, receive_op;
	struct timer timer;
	uint64_t begun_ns;
	uint32_t duration_ms;
	uint32_t sent_bytes;
	int send_error;
	bool excused; /* its time-out was given back once, see timer_due() */
	char *buffer; /* lent while an answer is awaited */
	struct probe_answer answer;
	struct probe_result result;
};

struct health {
	const struct config *config;
	struct board *board;
	struct orders *orders;
	struct arena arena;
	struct loop loop;
	struct target *targets;
	uint32_t target_count;
	uint32_t under_way;  /* targets that do not rest */
	struct pool buffers; /* one of bufsize bytes for every target */
	struct h1_head head; /* scratch space of the judge */
	char *scratch;	     /* the same: bufsize bytes */
	struct regex_matcher *matcher;
	uint32_t random;
	uint32_t source_turn; /* of the ports that a `source` may choose from */
	uint64_t turned_ms;   /* the loop's clock at the turn before this one */

	uint64_t inconclusive; /* probes that could not be made */
	uint64_t complained_ms;

	pthread_t thread;
	bool running;
	sem_t started;
	int start_error;
	atomic_bool stop;
};

static int open_targets(struct health *health);
static void *prober_main(void *argument);

static void wake_for_orders(void *owner)
{
	struct health *health = owner;

	loop_wake(&health->loop);
}

int health_open(struct health **out, const struct config *config, struct board *board,
	struct orders *orders, uint32_t keeper_pid)
{
	struct health *health = calloc(1, sizeof(*health));
	struct loop_options options = {.submission_entries = 1024, .sockets_only = true};
	int error;

	if (!health)
		return -ENOMEM;
	health->config = config;
	health->board = board;
	health->orders = orders;
	/* Two torcs that were started by the same hand must not jitter in step. */
	health->random = (uint32_t)clock_monotonic_ns() ^ (keeper_pid * 2654435761u);
	if (health->random == 0)
		health->random = 1;
	health->scratch = arena_alloc(&health->arena, config->global.bufsize);
	health->matcher = regex_matcher_open();
	error = health->matcher ? loop_open(&health->loop, &options) : -ENOMEM;
	if (error < 0)
		goto fail_loop;
	error = open_targets(health);
	if (error < 0)
		goto fail_targets;
	*out = health;
	return 0;

fail_targets:
	loop_close(&health->loop);
fail_loop:
	regex_matcher_close(health->matcher);
	arena_free(&health->arena);
	free(health);
	return error;
}

int health_start(struct health *health)
{
	sigset_t ours, before;
	int error;

	assert(!health->running);
	for (uint32_t i = 0; i < health->target_count; i++) {
		struct target *target = &health->targets[i];

		if (!board_read_verdict(health->board, target->server->verdict, &target->verdict) ||
			!verdict_continues(&target->verdict, target->server))
			verdict_first(&target->verdict, target->server, clock_wall_ms() / 1000);
	}
	/* Signals are the main thread's, but for those that this thread itself can cause. */
	sigfillset(&ours);
	sigdelset(&ours, SIGSEGV);
	sigdelset(&ours, SIGBUS);
	sigdelset(&ours, SIGFPE);
	sigdelset(&ours, SIGILL);
	sigdelset(&ours, SIGABRT);
	sigdelset(&ours, SIGTRAP);
	sigdelset(&ours, SIGSYS);
	sem_init(&health->started, 0, 0);
	pthread_sigmask(SIG_BLOCK, &ours, &before);
	error = pthread_create(&health->thread, NULL, prober_main, health);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		sem_destroy(&health->started);
		return -error;
	}
	while (sem_wait(&health->started) < 0)
		assert(errno == EINTR);
	sem_destroy(&health->started);
	health->running = true;
	if (health->orders)
		orders_attend(health->orders, wake_for_orders, health);
	if (health->start_error < 0)
		health_stop(health);
	return health->start_error;
}

void health_stop(struct health *health)
{
	if (!health->running)
		return;
	if (health->orders)
		orders_attend(health->orders, NULL, NULL);
	atomic_store(&health->stop, true);
	loop_wake(&health->loop);
	pthread_join(health->thread, NULL);
	health->running = false;
}

void health_close(struct health *health)
{
	if (!health)
		return;
	assert(!health->running);
	/* The ring first: what it might still hold (only if it broke) points into the targets. */
	loop_close(&health->loop);
	for (uint32_t i = 0; i < health->target_count; i++) {
		if (health->targets[i].fd >= 0)
			close(health->targets[i].fd);
	}
	if (health->target_count)
		pool_close(&health->buffers);
	regex_matcher_close(health->matcher);
	arena_free(&health->arena);
	free(health);
}

void health_first_verdicts(const struct config *config, struct board *board)
{
	uint64_t wall_s = clock_wall_ms() / 1000;

	for (uint32_t p = 0; p < config->proxy_count; p++) {
		for (uint32_t s = 0; s < config->proxies[p].server_count; s++) {
			const struct server *server = &config->proxies[p].servers[s];
			struct verdict verdict;

			verdict_first(&verdict, server, wall_s);
			board_write_verdict(board, server->verdict, &verdict);
		}
	}
}

/* ---- what is made at start ---- */

static void open_target(struct health *health, const struct server *server, struct span request);
static void take_aim(struct target *target);
static void timer_due(struct timer *timer);
static void connected(struct op *op, int32_t result, uint32_t flags);
static void sent(struct op *op, int32_t result, uint32_t flags);
static void received(struct op *op, int32_t result, uint32_t flags);

static uint32_t count_probed(const struct config *config)
{
	uint32_t count = 0;

	for (uint32_t p = 0; p < config->proxy_count; p++) {
		for (uint32_t s = 0; s < config->proxies[p].server_count; s++)
			count += config->proxies[p].servers[s].check;
	}
	return count;
}

/* One request serves all servers of a backend. */
static struct span make_request(struct health *health, const struct proxy *proxy)
{
	uint32_t capacity, bytes;
	char *request;

	if (proxy->check_kind != CHECK_HTTP)
		return SPAN("");
	capacity = probe_request_capacity(&proxy->httpchk);
	request = arena_alloc(&health->arena, capacity);
	bytes = probe_write_request(request, capacity, &proxy->httpchk);
	assert(bytes > 0);
	return span_of(request, bytes);
}

static int open_targets(struct health *health)
{
	const struct config *config = health->config;
	uint32_t count = count_probed(config);

	if (count == 0)
		return 0;
	health->targets = arena_alloc(&health->arena, count * sizeof(*health->targets));
	for (uint32_t p = 0; p < config->proxy_count; p++) {
		const struct proxy *proxy = &config->proxies[p];
		struct span request = make_request(health, proxy);

		for (uint32_t s = 0; s < proxy->server_count; s++) {
			if (proxy->servers[s].check)
				open_target(health, &proxy->servers[s], request);
		}
	}
	assert(health->target_count == count);
	return pool_open(&health->buffers, config->global.bufsize, count);
}

static void open_target(struct health *health, const struct server *server, struct span request)
{
	struct target *target = &health->targets[health->target_count++];

	target->health = health;
	target->server = server;
	target->request = request;
	target->fd = -1;
	target->connect_op.done = connected;
	target->send_op.done = sent;
	target->receive_op.done = received;
	timer_init(&target->timer, timer_due);
	take_aim(target);
}

static in_port_t *port_of(union address *address)
{
	switch (address->any.sa_family) {
	case AF_INET:
		return &address->in.sin_port;
	case AF_INET6:
		return &address->in6.sin6_port;
	default:
		return NULL;
	}
}

/* `addr` and `port` of the server line send the probes elsewhere than the traffic. */
static void take_aim(struct target *target)
{
	const struct server *server = target->server;
	union address own = server->address;
	in_port_t *port, *own_port = port_of(&own);

	target->address = server->address;
	target->address_len = server->address_len;
	if (server->check_address.any.sa_family != AF_UNSPEC) {
		target->address = server->check_address;
		target->address_len = server->check_address_len;
	}
	port = port_of(&target->address);
	if (!port)
		return;
	if (server->check_port)
		*port = htons(server->check_port);
	else if (*port == 0 && own_port)
		*port = *own_port;
}

/* ---- the thread ---- */

static int turn(struct health *health, uint64_t limit_ms);
static void schedule_first_probes(struct health *health);
static void abandon_probes(struct health *health);
static void follow_orders(struct health *health);

static void *prober_main(void *argument)
{
	struct health *health = argument;
	board_word *heartbeat = &health->board->header->prober_heartbeat_ns;
	int error;

	pthread_setname_np(pthread_self(), "torc/prober");
	crash_watch_thread();
	/* The ring may have been made a while ago: an empty turn brings its clock up to date. */
	error = loop_enable(&health->loop);
	if (error == 0)
		error = turn(health, 0);
	health->start_error = error;
	if (error == 0)
		schedule_first_probes(health);
	sem_post(&health->started);

	while (error == 0 && !atomic_load(&health->stop)) {
		error = turn(health, TURN_MS);
		follow_orders(health);
	}
	if (error == 0)
		abandon_probes(health);
	while (error == 0 && health->under_way > 0)
		error = turn(health, TURN_MS);
	if (error < 0)
		/* Nobody stamps the heartbeat any more: the keeper replaces this balancer. */
		log_message(
			LOG_LEVEL_ALERT, "the prober's ring is unusable: %s", loop_explain(error));
	else
		board_set(heartbeat, 0); /* stopped in order: nothing to be missed */
	return NULL;
}

static int turn(struct health *health, uint64_t limit_ms)
{
	int error = loop_turn(&health->loop, limit_ms);

	health->turned_ms = health->loop.now_ms;
	board_set(&health->board->header->prober_heartbeat_ns, health->loop.now_ns);
	return error;
}

static void schedule_first_probes(struct health *health)
{
	uint32_t spread_ms = verdict_spread_base_ms(health->config);
	uint32_t wanted = 0, position = 0;

	for (uint32_t i = 0; i < health->target_count; i++)
		wanted += verdict_wants_probes(
			&health->targets[i].verdict, health->targets[i].server);
	for (uint32_t i = 0; i < health->target_count; i++) {
		struct target *target = &health->targets[i];

		board_write_verdict(health->board, target->server->verdict, &target->verdict);
		if (!verdict_wants_probes(&target->verdict, target->server))
			continue;
		timer_set(&health->loop.timers, &target->timer,
			health->loop.now_ms +
				verdict_start_delay_ms(spread_ms, position++, wanted));
	}
}

/* ---- one probe ---- */

static void begin(struct target *target);
static void receive(struct target *target);
static void end(struct target *target);
static void conclude(struct target *target);
static uint32_t time_limit_ms(const struct target *target);

/* A machine that was paused (suspended, migrated, stopped) finds all its deadlines passed, and what
 * the servers sent meanwhile may have been lost on the way.  The probes that were under way get
 * their time once more. */
static bool excuse(struct target *target)
{
	struct loop *loop = &target->health->loop;

	if (target->excused || loop->now_ms - target->health->turned_ms < OVERSLEPT_MS)
		return false;
	target->excused = true;
	timer_set(&loop->timers, &target->timer, loop->now_ms + time_limit_ms(target));
	return true;
}

static void timer_due(struct timer *timer)
{
	struct target *target = container_of(timer, struct target, timer);

	switch (target->stage) {
	case RESTING:
		begin(target);
		return;
	case CONNECTING:
	case TALKING:
		if (excuse(target))
			return;
		probe_judge_timeout(&target->result,
			target->stage == CONNECTING ? PROBE_CONNECTING : PROBE_TALKING);
		end(target);
		return;
	case LEAVING:
		assert(target->stage != LEAVING); /* its timer was cancelled */
	}
}

/* `inter` covers the whole probe, unless `timeout check` is set: then connecting may take
 * `timeout connect`, at most `inter`, and the answer `timeout check`. */
static uint32_t time_limit_ms(const struct target *target)
{
	const struct timeouts *timeouts = &target->server->proxy->timeouts;
	uint32_t inter_ms = target->server->inter_ms;

	if (!timeouts->check_ms)
		return inter_ms;
	if (target->stage == TALKING)
		return timeouts->check_ms;
	return timeouts->connect_ms && timeouts->connect_ms < inter_ms ? timeouts->connect_ms
								       : inter_ms;
}

/* Probes come from where the traffic comes from. */
static bool bind_source(struct target *target)
{
	const struct source *source = target->server->source;
	int error = 0;

	if (source)
		error = source_bind(target->fd, target->address.any.sa_family, source, NULL,
			&target->health->source_turn);
	errno = -error;
	return error == 0;
}

static void begin(struct target *target)
{
	struct health *health = target->health;
	struct verdict_event event = {.kind = VERDICT_PROBE_BEGINS};
	struct verdict_actions actions;
	struct io_uring_sqe *sqe;

	assert(target->stage == RESTING && target->fd < 0 && !target->in_flight);
	target->stage = CONNECTING;
	health->under_way++;
	target->begun_ns = clock_monotonic_ns();
	target->sent_bytes = 0;
	target->send_error = 0;
	target->excused = false;
	verdict_step(&target->verdict, target->server, &event, &actions);
	board_write_verdict(health->board, target->server->verdict, &target->verdict);

	target->fd = socket(
		target->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (target->fd < 0 || !bind_source(target)) {
		probe_judge_socket_error(&target->result, errno);
		end(target);
		return;
	}
	timer_set(
		&health->loop.timers, &target->timer, health->loop.now_ms + time_limit_ms(target));
	target->in_flight = &target->connect_op;
	sqe = loop_prepare(&health->loop, target->in_flight);
	io_uring_prep_connect(sqe, target->fd, &target->address.any, target->address_len);
}

/* An operation is home.  False: the probe was given up meanwhile and is now at its end. */
static bool home(struct target *target, const struct op *op)
{
	assert(target->in_flight == op);
	target->in_flight = NULL;
	if (target->stage != LEAVING)
		return true;
	conclude(target);
	return false;
}

/* `timeout check` counts from the connection, and again from the request's departure: when this
 * thread is late, that is not the server's fault. */
static void restart_check_timeout(struct target *target)
{
	struct loop *loop = &target->health->loop;

	if (target->server->proxy->timeouts.check_ms)
		timer_set(&loop->timers, &target->timer, loop->now_ms + time_limit_ms(target));
}

static void send_rest(struct target *target)
{
	struct io_uring_sqe *sqe;

	target->in_flight = &target->send_op;
	sqe = loop_prepare(&target->health->loop, target->in_flight);
	io_uring_prep_send(sqe, target->fd, target->request.at + target->sent_bytes,
		target->request.len - target->sent_bytes, MSG_NOSIGNAL);
}

/* Do its probes begin with a PROXY header?  A probe that goes elsewhere than the traffic does so
 * only when it is said. */
static bool greets(const struct server *server)
{
	bool elsewhere = server->check_port || server->check_address.any.sa_family != AF_UNSPEC;

	return server->check_send_proxy || (server->send_proxy && !elsewhere);
}

/* A probe is nobody's but ours: version 1 names our own address, version 2 has a command for it. */
static bool greet(const struct target *target)
{
	bool never_local = target->health->config->global.pp2_never_send_local;
	struct proxy_protocol header = {.local = target->server->send_proxy == 2 && !never_local};
	socklen_t len = sizeof(header.source);
	char bytes[PROXY_PROTOCOL_ROOM];
	uint32_t count;

	if (getsockname(target->fd, &header.source.any, &len) < 0)
		return false;
	header.destination = target->address;
	count = target->server->send_proxy == 2
			? proxy_protocol_write_binary(bytes, &header, PROXY_PROTOCOL_PLAIN)
			: proxy_protocol_write_text(bytes, &header);
	return send(target->fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)count;
}

static void connected(struct op *op, int32_t result, uint32_t flags)
{
	struct target *target = container_of(op, struct target, connect_op);

	(void)flags;
	if (!home(target, op))
		return;
	if (result < 0) {
		probe_judge_connect_error(&target->result, -result);
		end(target);
		return;
	}
	if (greets(target->server) && !greet(target)) {
		probe_judge_socket_error(&target->result, errno);
		end(target);
		return;
	}
	if (target->request.len == 0) {
		probe_judge_connected(&target->result);
		end(target);
		return;
	}
	target->stage = TALKING;
	restart_check_timeout(target);
	send_rest(target);
}

static void sent(struct op *op, int32_t result, uint32_t flags)
{
	struct target *target = container_of(op, struct target, send_op);

	(void)flags;
	if (!home(target, op))
		return;
	if (result > 0)
		target->sent_bytes += (uint32_t)result;
	if (result > 0 && target->sent_bytes < target->request.len) {
		send_rest(target);
		return;
	}
	/* A server may have answered and gone before it read all of the request. */
	if (result <= 0)
		target->send_error = result < 0 ? -result : EPIPE;
	restart_check_timeout(target);
	target->buffer = pool_take(&target->health->buffers);
	assert(target->buffer); /* there is one for every target */
	target->answer = (struct probe_answer){
		.bytes = target->buffer,
		.capacity = target->health->config->global.bufsize,
	};
	receive(target);
}

static void receive(struct target *target)
{
	struct io_uring_sqe *sqe;

	assert(target->answer.len < target->answer.capacity);
	target->in_flight = &target->receive_op;
	sqe = loop_prepare(&target->health->loop, target->in_flight);
	io_uring_prep_recv(sqe, target->fd, target->buffer + target->answer.len,
		target->answer.capacity - target->answer.len, 0);
}

/* `ended`: the server has closed.  False: more has to come. */
static bool judge(struct target *target, bool ended)
{
	struct health *health = target->health;
	const struct probe_terms terms = {
		.fields_max = health->config->global.maxhdr,
		.expects = target->server->proxy->httpchk.expects,
		.matcher = health->matcher,
		.scratch = health->scratch,
	};

	if (terms.expects)
		return probe_judge_by(
			&target->result, &target->answer, &health->head, &terms, ended);
	if (ended) {
		probe_judge_closed(&target->result);
		return true;
	}
	return probe_judge(&target->result, &target->answer, &health->head, terms.fields_max);
}

static void received(struct op *op, int32_t result, uint32_t flags)
{
	struct target *target = container_of(op, struct target, receive_op);

	(void)flags;
	if (!home(target, op))
		return;
	if (result <= 0) {
		if (result < 0 || target->send_error)
			probe_judge_socket_error(
				&target->result, result < 0 ? -result : target->send_error);
		else
			judge(target, true);
		end(target);
		return;
	}
	target->answer.len += (uint32_t)result;
	if (!judge(target, false)) {
		receive(target);
		return;
	}
	end(target);
}

/* The result stands.  What is with the kernel is called home first. */
static void end(struct target *target)
{
	target->duration_ms = (uint32_t)((clock_monotonic_ns() - target->begun_ns) / 1000000);
	timer_cancel(&target->timer);
	if (target->in_flight) {
		target->stage = LEAVING;
		loop_cancel(&target->health->loop, target->in_flight);
		return;
	}
	conclude(target);
}

/* ---- the end of a probe ---- */

static void complain(struct target *target);
static uint32_t next_random(struct health *health);

/* A server that has just come out of maintenance is probed at once. */
static void probe_or_rest(struct target *target)
{
	struct loop *loop = &target->health->loop;

	if (!verdict_wants_probes(&target->verdict, target->server))
		timer_cancel(&target->timer);
	else if (!timer_is_set(&target->timer))
		timer_set(&loop->timers, &target->timer, loop->now_ms);
}

/* Lets go of what the probe held. */
static void release(struct target *target)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};

	if (target->fd >= 0) {
		setsockopt(target->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(target->fd);
		target->fd = -1;
	}
	if (target->buffer) {
		pool_give(&target->health->buffers, target->buffer);
		target->buffer = NULL;
	}
	target->stage = RESTING;
	target->health->under_way--;
}

static void conclude(struct target *target)
{
	struct health *health = target->health;
	bool decided = target->result.outcome != PROBE_UNDECIDED;
	struct verdict_event event = {
		.kind = decided ? VERDICT_PROBE_ENDS : VERDICT_PROBE_ABANDONED,
		.result = &target->result,
		.duration_ms = target->duration_ms,
		.wall_s = clock_wall_ms() / 1000,
	};
	struct verdict_actions actions;
	uint32_t wait_ms, health_before = target->verdict.health;
	uint32_t status_before = target->verdict.status;
	struct announcement what = {
		.board = health->board,
		.server = target->server,
		.verdict = &target->verdict,
		.now_ms = health->loop.now_ms,
	};

	assert(!target->in_flight);
	release(target);
	verdict_step(&target->verdict, target->server, &event, &actions);
	if (actions.change != VERDICT_STAYS)
		announce_look(&what);
	board_write_verdict(health->board, target->server->verdict, &target->verdict);
	if (!decided) {
		/* Given up by an order, and another one wants it back. */
		if (!atomic_load(&health->stop))
			probe_or_rest(target);
		return;
	}
	if (target->server->proxy->log_health_checks &&
		(target->verdict.health != health_before ||
			target->verdict.status != status_before))
		announce_check(&what, &target->result);
	if (actions.change != VERDICT_STAYS)
		announce_change(&what, actions.change);
	if (target->result.outcome == PROBE_INCONCLUSIVE)
		complain(target);
	if (atomic_load(&health->stop))
		return;
	wait_ms = verdict_jitter_ms(actions.next_probe_ms,
		health->config->global.spread_checks_percent, next_random(health));
	timer_set(&health->loop.timers, &target->timer, health->loop.now_ms + wait_ms);
}

/* The first case, then the count. */
static void complain(struct target *target)
{
	struct health *health = target->health;
	uint64_t now_ms = health->loop.now_ms;

	health->inconclusive++;
	if (health->inconclusive > 1 && now_ms - health->complained_ms < COMPLAINT_MS)
		return;
	health->complained_ms = now_ms;
	log_message(LOG_LEVEL_WARNING,
		"probe of server %s/%s could not be made: %s (%lu so far); its state is kept",
		target->server->proxy->name, target->server->name, target->result.text,
		health->inconclusive);
}

static void abandon_probes(struct health *health)
{
	for (uint32_t i = 0; i < health->target_count; i++) {
		struct target *target = &health->targets[i];

		timer_cancel(&target->timer);
		if (target->stage == RESTING || target->stage == LEAVING)
			continue;
		target->result.outcome = PROBE_UNDECIDED;
		end(target);
	}
}

/* xorshift32: enough to keep probes apart. */
static uint32_t next_random(struct health *health)
{
	health->random ^= health->random << 13;
	health->random ^= health->random >> 17;
	health->random ^= health->random << 5;
	return health->random;
}

/* ---- orders ---- */

static struct target *find_target(struct health *health, uint32_t verdict)
{
	for (uint32_t i = 0; i < health->target_count; i++)
		if (health->targets[i].server->verdict == verdict)
			return &health->targets[i];
	return NULL;
}

static const struct server *find_server(const struct config *config, uint32_t verdict)
{
	for (uint32_t p = 0; p < config->proxy_count; p++)
		for (uint32_t s = 0; s < config->proxies[p].server_count; s++)
			if (config->proxies[p].servers[s].verdict == verdict)
				return &config->proxies[p].servers[s];
	return NULL;
}

/* A probe that is under way says nothing any more once its server is in maintenance. */
static void follow_verdict(struct target *target)
{
	if (target->stage == RESTING) {
		probe_or_rest(target);
		return;
	}
	if (verdict_wants_probes(&target->verdict, target->server))
		return;
	target->result.outcome = PROBE_UNDECIDED;
	if (target->stage != LEAVING)
		end(target);
}

static void carry_out(struct health *health, const struct order *order)
{
	const struct server *server = find_server(health->config, order->server);
	struct target *target = find_target(health, order->server);
	struct verdict before, after;
	struct announcement what = {.board = health->board,
		.server = server,
		.verdict = &after,
		.now_ms = health->loop.now_ms};

	if (!server || !board_read_verdict(health->board, order->server, &before))
		return;
	after = target ? target->verdict : before;
	before = after;
	announce_look(&what);
	maintenance_apply(&after, order, clock_wall_ms() / 1000);
	board_write_verdict(health->board, order->server, &after);
	if (target) {
		target->verdict = after;
		follow_verdict(target);
	}
	announce_order(&what, &before);
}

static void follow_orders(struct health *health)
{
	struct order order;

	while (health->orders && orders_take(health->orders, &order)) {
		carry_out(health, &order);
		orders_done(health->orders);
	}
}
