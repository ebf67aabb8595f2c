/* SPDX-License-Identifier: GPL-2.0-or-later */
/* drive.c - completions in, session events; actions out, operations.
 *
 * The order of actions within a step is fixed (first what ends, then what begins), so that the
 * brain need not think about it.  Buffers are settled after every step: an emptied one is given
 * back, and bytes that have to wait move from a ring's buffer to a lent one, so that what the ring
 * offers is never held by somebody who waits. */
#include "net/drive.h"
#include "core/clock.h"
#include "core/config/address.h"
#include "core/crash.h"
#include "net/http/exchange.h"
#include "net/http/queueing.h"
#include "net/http/stats_answer.h"
#include "net/journal.h"
#include "net/lend.h"
#include "net/link.h"
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Bodies from which on a head leaves by a system call of its own: measured, a tenth less at 1 MB,
 * nothing gained at 64 KB. */
#define HEAD_FIRST_MIN_BYTES (256 * 1024)

static void perform(struct worker *worker, struct session *session);

static struct worker *worker_of_io(struct conn_io *io)
{
	return container_of(io, struct worker, io);
}

static struct worker *worker_of_env(struct session_environment *env)
{
	return container_of(env, struct worker, env);
}

/* The moment of this turn; the wall clock is read once a turn at most. */
static void refresh(struct worker *worker)
{
	struct session_environment *env = &worker->env;

	if (env->turn == worker->loop.turns)
		return;
	env->turn = worker->loop.turns;
	env->now_ms = worker->loop.now_ms;
	env->wall_ms = clock_wall_ms();
}

static void step(struct worker *worker, struct session *session, enum session_event event)
{
	struct buffer *in = session->flow[REQUEST].in;

	refresh(worker);
	crash_work = in ? span_of(buffer_at(in), buffer_len(in)) : (struct span){0};
	session_step(session, &worker->env, event);
	perform(worker, session);
	crash_work = (struct span){0};
}

/* ---- buffers ---- */

static bool lies_in(const char *at, const struct buffer *buffer)
{
	return buffer && at >= buffer->space && at < buffer->space + buffer->size;
}

static bool piece_lies_in(const struct flow *flow, const struct buffer *buffer)
{
	return flow->out_len > 0 && lies_in(flow->out, buffer);
}

/* The buffer that a flow's piece leaves from; NULL for bytes that are nobody's. */
static struct buffer *holder_of(const struct flow *flow)
{
	return piece_lies_in(flow, flow->held) ? flow->held
	       : piece_lies_in(flow, flow->in) ? flow->in
					       : NULL;
}

/* The same for a request, which may be sent for the second time. */
static struct buffer *holder_of_request(const struct session *session)
{
	const struct flow *request = &session->flow[REQUEST];
	struct buffer *holder = holder_of(request);

	return !holder && piece_lies_in(request, session->replay.in) ? session->replay.in : holder;
}

/* What may have to be sent again stays, what need not goes. */
static void settle_replay(struct worker *worker, struct session *session)
{
	struct replay *replay = &session->replay;
	struct flow *request = &session->flow[REQUEST];

	if (replay->in && !piece_lies_in(request, replay->in) &&
		(replay->len == 0 || !lies_in(replay->at, replay->in))) {
		buffers_drop(&worker->buffers, replay->in);
		replay->in = NULL;
	}
	if (replay->len == 0 || replay->in)
		return;
	replay->in = holder_of_request(session);
	if (replay->in)
		buffer_hold(replay->in);
	else
		replay->len = 0;
}

/* An empty buffer that nothing leaves from is given back; bytes that wait in a ring's buffer move
 * to a lent one.  False: none is left to lend. */
static bool settle_flow(struct worker *worker, struct flow *flow)
{
	struct buffer *in = flow->in, *lent;

	if (flow->held && !piece_lies_in(flow, flow->held)) {
		buffers_drop(&worker->buffers, flow->held);
		flow->held = NULL;
	}
	if (!in || piece_lies_in(flow, in))
		return true;
	if (buffer_len(in) == 0) {
		buffers_drop(&worker->buffers, in);
		flow->in = NULL;
		return true;
	}
	if (in->class == BUFFER_HEAD)
		return true;
	lent = buffers_lend(&worker->buffers, BUFFER_HEAD);
	if (!lent)
		return false;
	if (buffer_len(in) > buffer_room(lent)) {
		buffers_drop(&worker->buffers, lent);
		return false; /* more than a head may have: only a server can do that */
	}
	memcpy(buffer_at(lent), buffer_at(in), buffer_len(in));
	lent->end += buffer_len(in);
	buffers_drop(&worker->buffers, in);
	flow->in = lent;
	return true;
}

/* Bytes that came go behind those that wait.  They may come while the flow's piece has not left
 * yet (a client that does not wait for its answer): then its buffer is held beside theirs. */
static void add_bytes(struct worker *worker, struct flow *flow, struct buffer *buffer)
{
	struct buffer *in = flow->in;

	if (!in) {
		flow->in = buffer;
		return;
	}
	if (buffer == in) { /* received right behind them */
		buffers_drop(&worker->buffers, buffer);
		return;
	}
	if (buffer_len(in) == 0) {
		if (piece_lies_in(flow, in)) {
			assert(!flow->held);
			flow->held = in;
		} else {
			buffers_drop(&worker->buffers, in);
		}
		flow->in = buffer;
		return;
	}
	assert(in->class == BUFFER_HEAD && buffer_room(in) >= buffer_len(buffer));
	memcpy(in->space + in->end, buffer_at(buffer), buffer_len(buffer));
	in->end += buffer_len(buffer);
	buffers_drop(&worker->buffers, buffer);
}

/* How much to ask for at once: never so much beyond a body's end that the next request's bytes
 * would not fit where they have to wait. */
static uint32_t wanted_bytes(const struct flow *flow)
{
	uint64_t bytes = BUFFER_SMALL_BYTES;

	if (flow->state != FLOW_BODY)
		return BUFFER_SMALL_BYTES;
	switch ((enum h1_body)flow->body) {
	case H1_BODY_LENGTH:
		bytes = flow->left_bytes;
		break;
	case H1_BODY_CHUNKED:
		bytes += flow->chunks.chunk_left_bytes;
		break;
	case H1_BODY_UNTIL_CLOSE:
		bytes = BUFFER_LARGE_BYTES;
		break;
	case H1_BODY_NONE:
		break;
	}
	return bytes < BUFFER_LARGE_BYTES ? (uint32_t)bytes : BUFFER_LARGE_BYTES;
}

/* Makes room behind bytes that wait.  A buffer that a send still needs is left to it. */
static struct buffer *move_to_front(struct worker *worker, struct buffer *in)
{
	struct buffer *to = in->refs == 1 ? in : buffers_lend(&worker->buffers, BUFFER_HEAD);
	uint32_t len = buffer_len(in);

	if (!to)
		return in; /* four a connection: they cannot run out before their time */
	memmove(to->space + BUFFER_HEADROOM, buffer_at(in), len);
	to->start = BUFFER_HEADROOM;
	to->end = BUFFER_HEADROOM + len;
	if (to != in)
		buffers_drop(&worker->buffers, in);
	return to;
}

/* Where the next bytes of a flow go: behind those that wait, else into what the ring offers. */
static void receive(struct worker *worker, struct session *session, uint32_t which)
{
	struct conn *conn = which == REQUEST ? session->client : session->server_conn;
	struct flow *flow = &session->flow[which];
	struct buffer *in = flow->in;
	uint32_t bytes = wanted_bytes(flow);

	if (!conn || (conn->in_flight & CONN_RECEIVING) || conn->starved)
		return;
	if (which == REQUEST && flow->state == FLOW_DONE && !in) {
		/* The next request: not before this one's answer, if the client is as all are. */
		conn_receive_later(conn, BUFFER_SMALL, bytes);
		return;
	}
	if (!in || flow->out_len > 0 || buffer_len(in) == 0) {
		conn_receive(conn, bytes > BUFFER_SMALL_BYTES ? BUFFER_LARGE : BUFFER_SMALL, bytes);
		return;
	}
	assert(in->class == BUFFER_HEAD);
	if (in->start > BUFFER_HEADROOM)
		in = flow->in = move_to_front(worker, in);
	conn_receive_into(conn, in);
}

/* ---- actions ---- */

static void stop_relay(struct worker *worker, struct session *session, uint32_t which)
{
	struct relay *relay = session->relays[which];

	if (!relay)
		return;
	relay_stop(relay);
	pool_give(&worker->relays, relay);
	session->relays[which] = NULL;
}

static void stop_relays(struct worker *worker, struct session *session)
{
	stop_relay(worker, session, REQUEST);
	stop_relay(worker, session, RESPONSE);
}

/* A tunnel that has little to carry goes on by copy, which is cheaper for small pieces. */
static bool slowed_down(const struct session *session, uint32_t which, uint64_t bytes)
{
	const struct relay *relay = session->relays[which];

	return relay && relay->endless && relay->held_bytes == 0 && bytes < BUFFER_SMALL_BYTES;
}

static void relay_moved(struct relay *relay, enum relay_result result, uint64_t bytes)
{
	struct session *session = relay->source->session;
	struct worker *worker = worker_of_io(relay->source->io);
	bool response = relay->source->is_server;
	uint32_t which = response ? RESPONSE : REQUEST;
	bool over = relay->wanted_bytes == 0 && relay->held_bytes == 0;

	assert(session && session->relays[which] == relay);
	board_add(&worker->cell->spliced_bytes, bytes);
	session->relayed_bytes = bytes;
	session->relayed_flow = (uint8_t)which;
	if (over || result != RELAY_MOVED)
		stop_relay(worker, session, which);
	if (bytes > 0)
		step(worker, session, SESSION_RELAYED);
	if (session->phase != SESSION_FORWARD)
		return;
	if (result == RELAY_MOVED) {
		if (slowed_down(session, which, bytes)) {
			stop_relay(worker, session, which);
			session->flow[which].spliced = false;
			receive(worker, session, which);
		}
		return;
	}
	session->flow[which].spliced = false;
	switch (result) {
	case RELAY_SOURCE_ENDED:
		step(worker, session, response ? SESSION_SERVER_EOF : SESSION_CLIENT_EOF);
		break;
	case RELAY_SOURCE_FAILED:
		step(worker, session, response ? SESSION_SERVER_ERROR : SESSION_CLIENT_ERROR);
		break;
	case RELAY_TARGET_FAILED:
		step(worker, session, response ? SESSION_CLIENT_ERROR : SESSION_SERVER_SEND_ERROR);
		break;
	case RELAY_NO_PIPE:
		board_add(&worker->cell->splice_fallbacks, 1);
		receive(worker, session, which);
		break;
	case RELAY_MOVED:
		break;
	}
}

/* By splice when a pipe is free, else by copy. */
static void begin_splice(struct worker *worker, struct session *session, uint32_t which)
{
	struct conn *source = which == REQUEST ? session->client : session->server_conn;
	struct conn *target = which == REQUEST ? session->server_conn : session->client;
	struct relay *relay = NULL;

	/* A receive that is under way would steal the body's bytes. */
	if (source && target && !session->relays[which] && !(source->in_flight & CONN_RECEIVING))
		relay = pool_take(&worker->relays);
	if (relay) {
		relay->moved = relay_moved;
		relay_start(relay, &worker->pipes, source, target, session->flow[which].left_bytes);
		session->relays[which] = relay;
		relay_turn(relay);
		return;
	}
	board_add(&worker->cell->splice_fallbacks, 1);
	session->flow[which].spliced = false;
	if (target)
		conn_push(target);
	receive(worker, session, which);
}

static void drop_server(struct worker *worker, struct session *session, bool part)
{
	struct conn *conn = session->server_conn;

	if (!conn)
		return;
	stop_relays(worker, session);
	session->server_conn = NULL;
	kept_end_use(worker, conn);
	if (part && !session->flow[RESPONSE].ended)
		conn_part(conn);
	else
		conn_close(conn);
}

static void keep_server(struct worker *worker, struct session *session)
{
	struct conn *conn = session->server_conn;

	if (!conn)
		return;
	stop_relays(worker, session);
	session->server_conn = NULL;
	kept_put(worker, session, conn);
}

static void no_socket(struct worker *worker, struct session *session, int error)
{
	session->error = -error;
	refresh(worker);
	session_step(session, &worker->env, SESSION_SERVER_REFUSED);
}

/* A server that is written without a port is at the port that the client came to. */
static const struct sockaddr *at_clients_port(
	const struct session *session, const struct server *server, struct sockaddr_in6 *room)
{
	struct sockaddr_in6 came_to = {0};
	socklen_t len = sizeof(came_to);
	uint16_t port;

	if (!server->port_from_client ||
		getsockname(session->client->fd, (struct sockaddr *)&came_to, &len) < 0)
		return &server->address.any;
	/* IPv4 and IPv6 have the port in the same place. */
	port = (uint16_t)(ntohs(came_to.sin6_port) + server->port_offset);
	memcpy(room, &server->address, server->address_len);
	room->sin6_port = htons(port);
	return (struct sockaddr *)room;
}

/* Connects to the session's server; a socket that cannot be had counts as a refusal. */
static void begin_connect(struct worker *worker, struct session *session)
{
	const struct server *server = session->server;
	const struct flow *request = &session->flow[REQUEST];
	struct sockaddr_in6 room;
	struct conn *conn;
	int error;

	drop_server(worker, session, false);
	conn = kept_take(worker, session);
	if (conn) {
		session->server_conn = conn;
		step(worker, session, SESSION_SERVER_REUSED);
		return;
	}
	board_add(&board_traffic(worker->board, worker->index, server->cell)->connects, 1);
	board_add(
		&board_traffic(worker->board, worker->index, server->proxy->backend_cell)->connects,
		1);
	conn = conn_make(&worker->io, server->address.any.sa_family, session);
	if (!conn) {
		no_socket(worker, session, errno);
		perform(worker, session);
		return;
	}
	session->server_conn = conn;
	kept_begin_use(worker, server, conn);
	error = link_prepare(worker, session, conn);
	if (error < 0) {
		drop_server(worker, session, false);
		no_socket(worker, session, -error);
		perform(worker, session);
		return;
	}
	/* One send carries a whole request without a body; only more pieces would wait for
	 * acknowledgements. */
	if (request->state != FLOW_DONE)
		conn_no_delay(conn);
	conn_connect(conn, at_clients_port(session, server, &room), server->address_len,
		request->out, link_greets(server) ? 0 : request->out_len,
		holder_of_request(session), BUFFER_SMALL);
	if (server->port_from_client)
		loop_submit(&worker->loop); /* while the address stands where it was made */
}

static void end_session(struct worker *worker, struct session *session, uint32_t actions)
{
	if (actions & SESSION_KEEP_SERVER)
		keep_server(worker, session);
	else
		drop_server(worker, session, actions & SESSION_PART_SERVER);
	kept_end_session(worker, session);
	stop_relays(worker, session);
	if (session->client)
		conn_close(session->client);
	session->client = NULL;
	for (uint32_t i = 0; i < 2; i++) {
		buffers_drop(&worker->buffers, session->flow[i].in);
		buffers_drop(&worker->buffers, session->flow[i].held);
		session->flow[i].in = NULL;
		session->flow[i].held = NULL;
	}
	buffers_drop(&worker->buffers, session->replay.in);
	stats_answer_end(worker, session);
	list_remove(&session->link);
	admission_give(worker->admission, session->listener);
	board_sub(&worker->cell->connections_now, 1);
	atomic_fetch_sub_explicit(&worker->session_count, 1, memory_order_release);
	pool_give(&worker->sessions, session);
}

static void send_piece(struct conn *conn, const struct flow *flow, struct buffer *holder)
{
	conn_send(conn, flow->out, flow->out_len, holder);
}

/* Bytes have to wait and nothing is left to keep them in: this session ends, no other. */
static void no_buffer(struct worker *worker, struct session *session)
{
	refresh(worker);
	session->actions = 0;
	session_cut(session, &worker->env, "RR");
	perform(worker, session);
}

static bool is_followed_by_splice(const struct worker *worker, const struct flow *response)
{
	return worker->env.splice && response->state == FLOW_BODY &&
	       response->body == H1_BODY_LENGTH && response->left_bytes >= HEAD_FIRST_MIN_BYTES &&
	       response->left_bytes >= worker->env.splice_min_bytes && !flow_has_bytes(response);
}

/* Is the client's connection shut or closed as soon as this piece has left? */
static bool is_last_piece(const struct session *session)
{
	const struct flow *request = &session->flow[REQUEST], *response = &session->flow[RESPONSE];
	bool asked = request->state == FLOW_DONE && request->out_len == 0;

	return response->state == FLOW_DONE && !session->keep_alive && !session->stats &&
	       (asked || session->phase == SESSION_ANSWER);
}

/* A head whose body follows by splice leaves at once, together with the body's first bytes: as an
 * operation it would be a packet, a wake-up of the client and a turn of its own.  True: all of it
 * has left. */
static bool send_to_client(struct worker *worker, struct session *session)
{
	const struct flow *response = &session->flow[RESPONSE];
	struct conn *client = session->client;
	uint32_t sent = 0;

	if (is_followed_by_splice(worker, response))
		sent = conn_send_first(client, response->out, response->out_len);
	if (sent == response->out_len)
		return true;
	if (is_last_piece(session))
		conn_send_last(client, response->out + sent, response->out_len - sent,
			holder_of(response));
	else
		conn_send(client, response->out + sent, response->out_len - sent,
			holder_of(response));
	return false;
}

static void perform(struct worker *worker, struct session *session)
{
	uint32_t actions = session->actions;
	bool head_left = false;

	session->actions = 0;
	if (actions & SESSION_END) {
		end_session(worker, session, actions);
		return;
	}
	if (actions & SESSION_DROP_SERVER)
		drop_server(worker, session, false);
	if (actions & SESSION_PART_SERVER)
		drop_server(worker, session, true);
	if (actions & SESSION_KEEP_SERVER)
		keep_server(worker, session);
	if (actions & SESSION_ABORT_CONNECT && session->server_conn)
		conn_abort_connect(session->server_conn);
	if (actions & SESSION_FILL_ANSWER) {
		stats_answer_fill(worker, session);
		if (session->flow[RESPONSE].out_len > 0)
			actions |= SESSION_SEND_CLIENT;
	}
	/* Sends come before the buffers are settled: they hold what they send from. */
	if (actions & SESSION_SEND_CLIENT)
		head_left = send_to_client(worker, session);
	if (actions & SESSION_SEND_SERVER && session->server_conn)
		send_piece(
			session->server_conn, &session->flow[REQUEST], holder_of_request(session));
	settle_replay(worker, session);
	if (!settle_flow(worker, &session->flow[REQUEST]) ||
		!settle_flow(worker, &session->flow[RESPONSE])) {
		no_buffer(worker, session);
		return;
	}
	if (actions & SESSION_RECV_SERVER)
		receive(worker, session, RESPONSE);
	if (actions & SESSION_RECV_CLIENT)
		receive(worker, session, REQUEST);
	if (actions & SESSION_SHUT_CLIENT)
		conn_shut(session->client);
	if (actions & SESSION_SHUT_SERVER && session->server_conn)
		conn_shut(session->server_conn);
	/* Last, since these may lead to another step. */
	if (actions & SESSION_DO_CONNECT)
		begin_connect(worker, session);
	else if (actions & SESSION_SPLICE_REQUEST)
		begin_splice(worker, session, REQUEST);
	else if (actions & SESSION_SPLICE_RESPONSE)
		begin_splice(worker, session, RESPONSE);
	else if (head_left ||
		 (actions & SESSION_FILL_ANSWER && session->flow[RESPONSE].out_len == 0))
		step(worker, session, SESSION_CLIENT_SENT);
}

/* ---- completions ---- */

static void received(struct conn *conn, int32_t bytes, struct buffer *buffer)
{
	struct worker *worker = worker_of_io(conn->io);
	struct session *session = conn->session;
	struct flow *flow = &session->flow[conn->is_server ? RESPONSE : REQUEST];

	if (bytes <= 0 && conn->unsent)
		session->unsent = true;
	if (bytes > 0) {
		add_bytes(worker, flow, buffer);
		step(worker, session,
			conn->is_server ? SESSION_SERVER_BYTES : SESSION_CLIENT_BYTES);
	} else if (bytes == 0) {
		step(worker, session, conn->is_server ? SESSION_SERVER_EOF : SESSION_CLIENT_EOF);
	} else {
		step(worker, session,
			conn->is_server ? SESSION_SERVER_ERROR : SESSION_CLIENT_ERROR);
	}
}

static void sent(struct conn *conn, int32_t result)
{
	struct worker *worker = worker_of_io(conn->io);
	struct session *session = conn->session;

	if (result && conn->unsent)
		session->unsent = true;
	if (conn->is_server)
		step(worker, session, result ? SESSION_SERVER_SEND_ERROR : SESSION_SERVER_SENT);
	else
		step(worker, session, result ? SESSION_CLIENT_ERROR : SESSION_CLIENT_SENT);
}

static void idle_ended(struct conn *conn)
{
	kept_ended(worker_of_io(conn->io), conn);
}

static void connected(struct conn *conn, int32_t result)
{
	struct worker *worker = worker_of_io(conn->io);
	struct session *session = conn->session;

	if (result == 0 && link_greets(session->server)) {
		if (!link_greet(session, conn))
			result = -EPIPE;
		else if (session->flow[REQUEST].out_len > 0)
			send_piece(conn, &session->flow[REQUEST], holder_of_request(session));
	}
	session->error = result;
	step(worker, session, result ? SESSION_SERVER_REFUSED : SESSION_SERVER_CONNECTED);
}

static void readable(struct conn *conn)
{
	if (conn->source_of)
		relay_wake(conn->source_of);
}

static void writable(struct conn *conn)
{
	if (conn->target_of)
		relay_wake(conn->target_of);
}

/* A peer that takes its bytes slowly has not timed out: its time runs from what it last took. */
static bool is_still_taken(
	struct worker *worker, struct conn *conn, struct timer *timer, uint64_t timeout_ms)
{
	uint32_t more_ms = 0;

	if (conn_is_pushing(conn))
		more_ms = conn_patience_ms(conn, (uint32_t)timeout_ms);
	if (more_ms > 0)
		timer_set(&worker->loop.timers, timer, worker->loop.now_ms + more_ms);
	return more_ms > 0;
}

static void client_timer_fired(struct timer *timer)
{
	struct session *session = container_of(timer, struct session, client_timer);
	struct worker *worker = worker_of_io(session->client->io);

	if (is_still_taken(worker, session->client, timer, session->client_timeout_ms))
		return;
	step(worker, session, SESSION_CLIENT_TIMEOUT);
}

static void server_timer_fired(struct timer *timer)
{
	struct session *session = container_of(timer, struct session, server_timer);
	struct worker *worker = worker_of_io(session->client->io);
	struct conn *conn = session->server_conn;

	if (conn && session->phase == SESSION_FORWARD &&
		is_still_taken(worker, conn, timer, session->server_timeout_ms))
		return;
	step(worker, session, SESSION_SERVER_TIMEOUT);
}

void drive_accepted(struct acceptor *acceptor, int fd, const struct sockaddr_storage *address)
{
	struct worker *worker = acceptor->owner;
	struct session *session = pool_take(&worker->sessions);
	struct conn *conn;

	assert(session); /* admission lets in no more than there are */
	memset(session, 0, sizeof(*session));
	conn = conn_adopt(&worker->io, fd, session);
	if (!conn) {
		close(fd);
		pool_give(&worker->sessions, session);
		admission_give(worker->admission, acceptor->listener);
		return;
	}
	session->client = conn;
	session->listener = acceptor->listener;
	session->frontend = acceptor->listener->proxy;
	session->id = ++worker->next_session_id;
	memcpy(&session->peer, address, sizeof(session->peer));
	timer_init(&session->client_timer, client_timer_fired);
	timer_init(&session->server_timer, server_timer_fired);
	list_init(&session->kept);
	list_append(&worker->active, &session->link);
	board_add(&worker->cell->connections_now, 1);
	board_add(&worker->cell->connections_total, 1);
	atomic_fetch_add_explicit(&worker->session_count, 1, memory_order_relaxed);
	refresh(worker);
	session_begin(session, &worker->env);
	perform(worker, session);
}

void drive_drain(struct worker *worker)
{
	struct list *link, *next;

	refresh(worker);
	for (link = worker->active.next; link != &worker->active; link = next) {
		struct session *session = container_of(link, struct session, link);

		next = link->next;
		session_drain(session, &worker->env);
		perform(worker, session);
	}
}

/* A listener of all addresses of IPv6 sees those of IPv4 as ::ffff:a.b.c.d. */
static bool client_came_to(const struct session *session, const struct moved_address *moved)
{
	union address own;
	socklen_t len = sizeof(own);

	if (getsockname(session->client->fd, &own.any, &len) < 0)
		return false;
	address_unmap(&own);
	if (own.any.sa_family != moved->family)
		return false;
	return moved->family == AF_INET ? memcmp(&own.in.sin_addr, moved->bytes, 4) == 0
					: memcmp(&own.in6.sin6_addr, moved->bytes, 16) == 0;
}

void drive_moved(struct worker *worker, const struct moved_address *moved)
{
	struct list *link, *next;

	refresh(worker);
	for (link = worker->active.next; link != &worker->active; link = next) {
		struct session *session = container_of(link, struct session, link);

		next = link->next;
		if (!client_came_to(session, moved))
			continue;
		session_moved(session, &worker->env, moved->idle_ms);
		perform(worker, session);
	}
}

static bool is_marked_down(const struct worker *worker, const struct session *session)
{
	const struct server *server = session->server;

	return server && server->shutdown_on_marked_down && !session->queued &&
	       atomic_load_explicit(
		       &worker->board->verdicts[server->verdict].usable, memory_order_relaxed) == 0;
}

void drive_shut_marked_down(struct worker *worker)
{
	uint32_t epoch = atomic_load_explicit(&worker->board->header->epoch, memory_order_acquire);
	struct list *link, *next;

	if (epoch == worker->epoch_seen)
		return;
	worker->epoch_seen = epoch;
	kept_leave_down(worker);
	if (!worker->shuts_marked_down)
		return;
	for (link = worker->active.next; link != &worker->active; link = next) {
		struct session *session = container_of(link, struct session, link);

		next = link->next;
		if (is_marked_down(worker, session))
			step(worker, session, SESSION_SHUTDOWN);
	}
}

/* What is called up meanwhile is served at once. */
void drive_queues(struct worker *worker)
{
	uint32_t epoch = atomic_load_explicit(&worker->board->header->epoch, memory_order_acquire);
	struct queue_inbox *inbox = &worker->env.inboxes[worker->index];
	struct queue_place *place;

	if (epoch != worker->epoch_queued) {
		worker->epoch_queued = epoch;
		queueing_follow(&worker->env);
	}
	while ((place = queue_inbox_take(inbox)))
		step(worker, container_of(place, struct session, place), SESSION_CALLED);
}

/* ---- what the brain asks of its environment ---- */

static void wake(struct session_environment *env, uint32_t other)
{
	struct worker *worker = worker_of_env(env);

	worker->wake_other(worker->owner, other);
}

static char *lend_line(struct session_environment *env)
{
	return pool_take(&worker_of_env(env)->lines);
}

static void return_line(struct session_environment *env, char *line)
{
	pool_give(&worker_of_env(env)->lines, line);
}

static bool begin_stats(struct session_environment *env, struct session *session,
	const struct h1_head *head, struct span rest, uint32_t *status)
{
	return stats_answer_begin(worker_of_env(env), session, head, rest, status);
}

void drive_fill_environment(struct session_environment *env)
{
	struct worker *worker = worker_of_env(env);

	worker->io.received = received;
	worker->io.sent = sent;
	worker->io.connected = connected;
	worker->io.readable = readable;
	worker->io.writable = writable;
	worker->io.idle_ended = idle_ended;
	env->turn = UINT64_MAX;
	env->wake = wake;
	journal_fill_environment(env);
	env->lend_line = lend_line;
	env->return_line = return_line;
	env->begin_stats = begin_stats;
	lend_fill_environment(env);
}
