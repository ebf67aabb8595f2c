/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tunnel.c - bytes both ways, unread: `mode tcp`, and what a 101 has opened.
 *
 * The two directions are alike and independent: a piece that came from one side leaves to the
 * other, and only then is more received.  A direction ends when its sender has said so and all of
 * it has left; its receiver is told with a FIN, and the session is over when both directions are.
 * A side that is only listened to any more is waited for as long as its -fin time-out says.
 *
 * In mode tcp the server is connected at once, since it may be the one who speaks first.  What the
 * client sends meanwhile waits, so that a refused connect can be tried elsewhere with the same
 * bytes.
 *
 * A direction that has brought many full buffers in a row goes on by splice, until it slows down
 * (the hands see that): small pieces are cheaper by copy.  Measured where the relay is: net/io. */
#include "net/http/exchange.h"

/* What a client may send ahead of its server's connection, with option abortonclose: without it
 * one receive is all that is looked at. */
#define EARLY_BYTES_MAX 2048u

/* So many times what is worth a splice by itself has to come at full speed. */
#define TUNNEL_RUN 4u

/* What each direction does, by flow. */
static const uint16_t receive_more[2] = {SESSION_RECV_CLIENT, SESSION_RECV_SERVER};
static const uint16_t send_piece[2] = {SESSION_SEND_SERVER, SESSION_SEND_CLIENT};
static const uint16_t splice_rest[2] = {SESSION_SPLICE_REQUEST, SESSION_SPLICE_RESPONSE};
static const uint16_t shut_receiver[2] = {SESSION_SHUT_SERVER, SESSION_SHUT_CLIENT};

enum side { CLIENT_SIDE = 1, SERVER_SIDE = 2, BOTH_SIDES = 3 };

/* Is this side of the tunnel waited for: to say more, or to take a piece? */
static bool is_awaited(const struct flow *from, const struct flow *to)
{
	return from->state != FLOW_DONE || to->out_len > 0;
}

static uint32_t first_set(uint32_t a, uint32_t b, uint32_t c)
{
	return a ? a : b ? b : c;
}

static void watch(struct session *session, struct session_environment *env, enum side moved)
{
	const struct flow *request = &session->flow[REQUEST], *response = &session->flow[RESPONSE];
	const struct timeouts *front = &session->frontend->timeouts;
	const struct timeouts *back = &session->backend->timeouts;
	uint32_t client_fin = response->state == FLOW_DONE ? front->client_fin_ms : 0;
	uint32_t server_fin = request->state == FLOW_DONE ? back->server_fin_ms : 0;

	/* What one side says shows that the other one is listening, too, unless option
	 * independent-streams wants to hear it from itself. */
	if (moved & CLIENT_SIDE || !session->frontend->independent_streams)
		session_watch_client(session, env,
			is_awaited(request, response)
				? first_set(client_fin, back->tunnel_ms, front->client_ms)
				: 0);
	if (moved & SERVER_SIDE || !session->backend->independent_streams)
		session_watch_server(session, env,
			is_awaited(response, request)
				? first_set(server_fin, back->tunnel_ms, back->server_ms)
				: 0);
}

static void count_client_abort(struct session *session, struct session_environment *env)
{
	board_add(&backend_traffic(session, env)->client_aborts, 1);
	board_add(&server_traffic(session, env)->client_aborts, 1);
}

static void count_server_abort(struct session *session, struct session_environment *env)
{
	board_add(&backend_traffic(session, env)->server_aborts, 1);
	board_add(&server_traffic(session, env)->server_aborts, 1);
}

/* Its sender has ended and all of it has left. */
static void direction_over(struct session *session, struct session_environment *env, uint32_t which)
{
	session->flow[which].state = FLOW_DONE;
	session->flow[which].spliced = false;
	if (session->flow[!which].state == FLOW_DONE) {
		session->actions |= SESSION_PART_SERVER;
		session_finish(session, env);
		return;
	}
	session->actions |= shut_receiver[which];
	watch(session, env, BOTH_SIDES);
}

/* What is here becomes the piece. */
static void pass_on(struct session *session, uint32_t which)
{
	struct flow *flow = &session->flow[which];

	flow_take_body(flow); /* of unknown length: all that is here */
	if (which == REQUEST)
		session->bytes_in += flow->out_len;
	session->actions |= send_piece[which];
}

static void received(struct session *session, struct session_environment *env, uint32_t which)
{
	const struct flow *flow = &session->flow[which];

	watch(session, env, which == REQUEST ? CLIENT_SIDE : SERVER_SIDE);
	if (flow->state == FLOW_BODY && flow->out_len == 0)
		pass_on(session, which);
}

/* A piece has left whole. */
static void sent(struct session *session, struct session_environment *env, uint32_t which)
{
	struct flow *flow = &session->flow[which];
	uint32_t bytes = flow->out_len;

	if (which == RESPONSE)
		session->bytes_out += bytes;
	flow->out_len = 0;
	flow->out = NULL;
	if (flow->state == FLOW_DONE) {
		watch(session, env, BOTH_SIDES);
		return;
	}
	flow->run_bytes = bytes >= BUFFER_LARGE_BYTES / 2 ? flow->run_bytes + bytes : 0;
	if (flow_has_bytes(flow)) {
		pass_on(session, which);
	} else if (flow->ended) {
		direction_over(session, env, which);
		return;
	} else if (env->splice && flow->run_bytes >= TUNNEL_RUN * env->splice_min_bytes) {
		flow->left_bytes = UINT64_MAX;
		flow->run_bytes = 0;
		flow->spliced = true;
		session->actions |= splice_rest[which];
	} else {
		session->actions |= receive_more[which];
	}
	watch(session, env, which == REQUEST ? CLIENT_SIDE : SERVER_SIDE);
}

static void ended(struct session *session, struct session_environment *env, uint32_t which)
{
	struct flow *flow = &session->flow[which];

	flow->ended = true;
	if (flow->state != FLOW_DONE && flow->out_len == 0 && !flow_has_bytes(flow))
		direction_over(session, env, which);
}

/* The server takes no more.  What it has said before may still be coming. */
static void server_is_deaf(struct session *session, struct session_environment *env)
{
	struct flow *request = &session->flow[REQUEST], *response = &session->flow[RESPONSE];

	request->out_len = 0;
	request->spliced = false;
	request->ended = true;
	request->state = FLOW_DONE;
	session->server_is_deaf = true;
	if (response->state == FLOW_DONE) {
		count_server_abort(session, env);
		session_cut(session, env, "SD");
	} else if (response->out_len == 0 && !response->spliced) {
		session->actions |= SESSION_RECV_SERVER;
	}
}

static void relayed(struct session *session, struct session_environment *env)
{
	if (session->relayed_flow == REQUEST)
		session->bytes_in += session->relayed_bytes;
	else
		session->bytes_out += session->relayed_bytes;
	session->last_byte_ms = env->now_ms;
	watch(session, env, session->relayed_flow == REQUEST ? CLIENT_SIDE : SERVER_SIDE);
}

void tunnel_step(struct session *session, struct session_environment *env, enum session_event event)
{
	switch (event) {
	case SESSION_CLIENT_BYTES:
		session->got_bytes = true;
		received(session, env, REQUEST);
		break;
	case SESSION_SERVER_BYTES:
		received(session, env, RESPONSE);
		break;
	case SESSION_CLIENT_SENT:
		sent(session, env, RESPONSE);
		break;
	case SESSION_SERVER_SENT:
		if (!session->server_is_deaf)
			sent(session, env, REQUEST);
		break;
	case SESSION_CLIENT_EOF:
		ended(session, env, REQUEST);
		break;
	case SESSION_SERVER_EOF:
		ended(session, env, RESPONSE);
		break;
	case SESSION_RELAYED:
		relayed(session, env);
		break;
	case SESSION_CLIENT_ERROR:
		count_client_abort(session, env);
		session_cut(session, env, "CD");
		break;
	case SESSION_SERVER_ERROR:
		count_server_abort(session, env);
		session_cut(session, env, "SD");
		break;
	case SESSION_SERVER_SEND_ERROR:
		server_is_deaf(session, env);
		break;
	case SESSION_CLIENT_TIMEOUT:
		count_client_abort(session, env);
		session_cut(session, env, "cD");
		break;
	case SESSION_SERVER_TIMEOUT:
		count_server_abort(session, env);
		session_cut(session, env, "sD");
		break;
	case SESSION_SHUTDOWN:
		session_cut(session, env, "DD");
		break;
	case SESSION_SERVER_CONNECTED:
	case SESSION_SERVER_REUSED:
	case SESSION_SERVER_REFUSED:
	case SESSION_CALLED:
		break;
	}
}

/* ---- mode tcp: from the accept to the tunnel ---- */

void tunnel_open(struct session *session, struct session_environment *env)
{
	struct flow *request = &session->flow[REQUEST], *response = &session->flow[RESPONSE];

	session_watch_client(session, env, 0);
	session->tunnel = true;
	session->head_ms = session->start_ms;
	request->body = H1_BODY_UNTIL_CLOSE;
	response->body = H1_BODY_UNTIL_CLOSE;
	session->actions = 0;
	session_take_number(session, env);
	session_log_connect(session, env);
	if (!request_find_backend(session, env)) {
		session_cut(session, env, "SC");
		return;
	}
	request_hash_key(session, env, NULL, (struct span){0});
	/* Its bytes, or its going away. */
	if (flow_has_bytes(request))
		session->got_bytes = true;
	else
		session->actions |= SESSION_RECV_CLIENT;
	request_connect(session, env, BALANCE_NONE);
}

void tunnel_begin(struct session *session, struct session_environment *env)
{
	session->tcp = true;
	if (!session->awaits_proxy_header) {
		tunnel_open(session, env);
		return;
	}
	session->actions = SESSION_RECV_CLIENT;
	session_watch_client(session, env, session->frontend->timeouts.client_ms);
}

/* While the server's connection is being made. */
void tunnel_client_spoke(struct session *session)
{
	session->got_bytes = true;
	if (session->backend->abort_on_close &&
		buffer_len(session->flow[REQUEST].in) < EARLY_BYTES_MAX)
		session->actions |= SESSION_RECV_CLIENT;
}

/* A client that has gone without a word wants nothing; one that has said something and ended may
 * want its answer, as a half-closed connection does. */
void tunnel_client_left(
	struct session *session, struct session_environment *env, const char term[2])
{
	session->flow[REQUEST].ended = true;
	if (flow_has_bytes(&session->flow[REQUEST]) && !session->backend->abort_on_close)
		return;
	board_add(&backend_traffic(session, env)->client_aborts, 1);
	if (session->server)
		board_add(&server_traffic(session, env)->client_aborts, 1);
	session_cut(session, env, term);
}

void tunnel_connected(struct session *session, struct session_environment *env)
{
	struct flow *request = &session->flow[REQUEST], *response = &session->flow[RESPONSE];

	request->state = FLOW_BODY;
	response->state = FLOW_BODY;
	session->response_begun = true;
	session->response_ms = env->now_ms;
	session_log_early(session, env);
	if (flow_has_bytes(request))
		pass_on(session, REQUEST);
	else
		session->actions |= SESSION_RECV_CLIENT;
	watch(session, env, BOTH_SIDES);
}

/* ---- 101 Switching Protocols: the server speaks another protocol from here on ---- */

void tunnel_granted(struct session *session, struct session_environment *env)
{
	struct flow *request = &session->flow[REQUEST], *response = &session->flow[RESPONSE];

	session->tunnel = true;
	response->state = FLOW_BODY;
	response->body = H1_BODY_UNTIL_CLOSE;
	flow_take_body(response); /* behind the head of the 101 */
	request->body = H1_BODY_UNTIL_CLOSE;
	if (request->out_len > 0) {
		/* A server that did not wait for all of the request: what follows waits for it. */
		request->state = FLOW_BODY;
	} else if (request->ended && !flow_has_bytes(request)) {
		session->actions |= SESSION_SHUT_SERVER;
	} else {
		request->state = FLOW_BODY;
		if (flow_has_bytes(request))
			pass_on(session, REQUEST);
		else
			session->actions |= SESSION_RECV_CLIENT;
	}
	watch(session, env, BOTH_SIDES);
}
