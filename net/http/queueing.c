/* SPDX-License-Identifier: GPL-2.0-or-later */
/* queueing.c - a session's way through the queues: to a place at a server, or to waiting for one.
 *
 * Choosing and taking are one step under the backend's lock, where a server has a maxconn; without
 * one the lock is not touched and a place is only a number that goes up.  A session that waits for
 * a certain server (a hash, the lone backup) stands in that server's line, all others in the
 * backend's, as HAProxy has it.  When a server goes, its line is called back to choose again if
 * `option redispatch` allows it, else it waits on, for the server or for its time to run out.
 *
 * The gauges on the board belong to the session's worker: raised where it begins to wait, lowered
 * where it hears that it was called. */
#include "net/http/queueing.h"
#include "net/http/exchange.h"

static struct queue *queue_of(const struct session *session, struct session_environment *env)
{
	return &env->queues[session->backend->index];
}

/* Hands a called session to its worker. */
static void tell(struct session_environment *env, struct queue_place *place)
{
	uint32_t worker = place->worker; /* once told, the place is that worker's */

	queue_inbox_put(&env->inboxes[worker], place);
	if (worker != env->worker)
		env->wake(env, worker);
}

/* Under the lock. */
static void call_up(struct session_environment *env, struct queue *queue, uint32_t server)
{
	bool serves = balance_serves(&env->balances[queue->backend->index], server);
	struct queue_place *place;

	while ((place = queue_call(queue, server, serves)))
		tell(env, place);
}

/* ---- in ---- */

static bool line_is_full(const struct session_environment *env, const struct server *server)
{
	return server->maxqueue && load_queued(env->load, server) >= server->maxqueue;
}

static enum queueing stand_in_line(struct session *session, struct session_environment *env,
	const struct server *server, struct queue *queue)
{
	uint32_t cell = server ? server->cell : session->backend->backend_cell;
	struct traffic *traffic = session_traffic(env, cell);
	uint64_t waiting;

	session->place.worker = env->worker;
	queue_wait(queue, &session->place, server ? server->index : QUEUE_ANY);
	session->queued = true;
	waiting = server ? load_queued(env->load, server) : queue_waiting(queue);
	board_add(&traffic->queued_now, 1);
	if (waiting > board_get(&traffic->queued_max))
		board_set(&traffic->queued_max, waiting);
	return QUEUEING_WAITS;
}

static enum queueing take_or_wait(struct session *session, struct session_environment *env,
	uint32_t index, const struct server **server)
{
	struct queue *queue = queue_of(session, env);

	*server = NULL;
	if (index == BALANCE_NONE)
		return QUEUEING_NOBODY;
	if (index == BALANCE_FULL)
		return stand_in_line(session, env, NULL, queue);
	*server = &session->backend->servers[index];
	if (load_has_place(env->load, *server)) {
		load_take(env->load, *server);
		return QUEUEING_SERVED;
	}
	if (line_is_full(env, *server))
		return QUEUEING_FULL;
	return stand_in_line(session, env, *server, queue);
}

static bool is_usable(const struct session_environment *env, const struct server *server)
{
	const struct verdict_cell *cell = &env->board->verdicts[server->verdict];

	return atomic_load_explicit(&cell->usable, memory_order_relaxed) != 0;
}

/* A client that is bound to a server connection goes where that is, whoever's turn it
 * is; so does one for whom use-server names a server that can serve. */
static uint32_t choose(
	const struct session *session, struct session_environment *env, uint32_t avoid)
{
	const struct server *last = session->last_server;
	const struct balance_wish wish = {
		.avoid = avoid, .hashed = session->hashed, .hash = session->hash};

	if (session->bound && last && last->proxy == session->backend && last->index != avoid)
		return last->index;
	if (session->wanted_server && session->wanted_server->index != avoid &&
		is_usable(env, session->wanted_server))
		return session->wanted_server->index;
	return balance_pick(&env->balances[session->backend->index], &wish);
}

enum queueing queueing_enter(struct session *session, struct session_environment *env,
	uint32_t avoid, const struct server **server)
{
	struct queue *queue = queue_of(session, env);
	enum queueing outcome;

	if (!atomic_load_explicit(&queue->counts, memory_order_acquire)) {
		uint32_t index = choose(session, env, avoid);

		/* A maxconn that was set this moment: look again with the lock. */
		if (index != BALANCE_FULL)
			return take_or_wait(session, env, index, server);
	}
	pthread_mutex_lock(&queue->lock);
	outcome = take_or_wait(session, env, choose(session, env, avoid), server);
	pthread_mutex_unlock(&queue->lock);
	return outcome;
}

/* ---- out ---- */

static void give_place(struct session_environment *env, const struct server *server)
{
	struct queue *queue = &env->queues[server->proxy->index];

	if (!atomic_load_explicit(&queue->counts, memory_order_acquire)) {
		load_give(env->load, server);
		return;
	}
	pthread_mutex_lock(&queue->lock);
	load_give(env->load, server);
	call_up(env, queue, server->index);
	pthread_mutex_unlock(&queue->lock);
}

void queueing_give(struct session *session, struct session_environment *env)
{
	give_place(env, session->server);
}

/* It waits no more; whether it was called is told by its place. */
static void count_out(struct session *session, struct session_environment *env)
{
	const struct queue_place *place = &session->place;
	bool whole = place->line == QUEUE_ANY;
	uint32_t cell = whole ? session->backend->backend_cell
			      : session->backend->servers[place->line].cell;

	session->queued = false;
	board_sub(&session_traffic(env, cell)->queued_now, 1);
	*(whole ? &session->backend_queue : &session->server_queue) += place->position;
	session->queued_ms = env->now_ms;
	timer_cancel(&session->server_timer);
}

void queueing_leave(struct session *session, struct session_environment *env)
{
	struct queue_place *place = &session->place;
	uint32_t called_to = QUEUE_ANY;
	struct queue *queue;

	if (!session->queued)
		return;
	queue = queue_of(session, env);
	pthread_mutex_lock(&queue->lock);
	if (place->state == PLACE_WAITING) {
		queue_leave(queue, place);
	} else {
		queue_inbox_remove(&env->inboxes[env->worker], place);
		called_to = place->server;
	}
	pthread_mutex_unlock(&queue->lock);
	count_out(session, env);
	if (called_to != QUEUE_ANY)
		give_place(env, &session->backend->servers[called_to]);
}

static void called(struct session *session, struct session_environment *env)
{
	uint32_t server = session->place.server;

	count_out(session, env);
	if (server == QUEUE_ANY)
		request_connect(session, env, BALANCE_NONE);
	else
		request_connect_to(session, env, &session->backend->servers[server]);
}

static void waited_too_long(struct session *session, struct session_environment *env)
{
	board_add(&backend_traffic(session, env)->connect_errors, 1);
	if (session->server)
		board_add(&server_traffic(session, env)->connect_errors, 1);
	session_answer(session, env, 503, "sQ", ANSWER_COUNTED);
}

void queueing_step(
	struct session *session, struct session_environment *env, enum session_event event)
{
	switch (event) {
	case SESSION_CALLED:
		called(session, env);
		break;
	case SESSION_SERVER_TIMEOUT:
		waited_too_long(session, env);
		break;
	case SESSION_CLIENT_EOF:
		if (session->tcp)
			tunnel_client_left(session, env, "CQ");
		else
			session_client_ended(session, env, "CQ");
		break;
	case SESSION_CLIENT_ERROR:
		session_cut(session, env, "CQ");
		break;
	case SESSION_SHUTDOWN:
		session_answer(session, env, 503, "KQ", ANSWER_COUNTED);
		break;
	case SESSION_CLIENT_BYTES:
		if (session->tcp)
			tunnel_client_spoke(session);
		break;
	case SESSION_CLIENT_SENT: /* nobody waits for any of these here */
	case SESSION_CLIENT_TIMEOUT:
	case SESSION_SERVER_REUSED:
	case SESSION_SERVER_CONNECTED:
	case SESSION_SERVER_REFUSED:
	case SESSION_SERVER_BYTES:
	case SESSION_SERVER_EOF:
	case SESSION_SERVER_ERROR:
	case SESSION_SERVER_SENT:
	case SESSION_SERVER_SEND_ERROR:
	case SESSION_RELAYED:
		break;
	}
}

/* ---- servers come and go ---- */

bool queueing_has_gone(const struct session_environment *env, const struct server *server)
{
	return atomic_load_explicit(
		       &env->board->verdicts[server->verdict].usable, memory_order_relaxed) == 0;
}

static void follow_backend(struct session_environment *env, struct queue *queue)
{
	const struct proxy *backend = queue->backend;
	struct queue_place *place;

	pthread_mutex_lock(&queue->lock);
	for (uint32_t i = 0; i < backend->server_count; i++) {
		if (backend->redispatch && queueing_has_gone(env, &backend->servers[i]))
			while ((place = queue_scatter(queue, i)))
				tell(env, place);
		call_up(env, queue, i);
	}
	pthread_mutex_unlock(&queue->lock);
}

void queueing_follow(struct session_environment *env)
{
	for (uint32_t i = 0; i < env->config->proxy_count; i++) {
		struct queue *queue = &env->queues[i];

		if (env->config->proxies[i].is_backend &&
			atomic_load_explicit(&queue->counts, memory_order_acquire))
			follow_backend(env, queue);
	}
}
