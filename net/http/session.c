/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session.c - the life of a session: its phases, its time-outs, its ends.
 *
 * What happens to the bytes of a request stands in request.c, to those of a response in
 * response.c; here is what both lead to.  A time-out is not taken back when what it guarded has
 * happened: it is moved (one store), and when it fires the state says whether anybody is still
 * waiting.  Counters and the log line (ledger.c) are asked for in one place, session_finish(), so
 * that no way out of a transaction can forget them. */
#include "net/http/session.h"
#include "net/http/exchange.h"
#include "net/http/queueing.h"
#include "net/http/reuse.h"
#include "net/rules/rules.h"

#define LINGER_IDLE_MS 1000u

/* Phase by phase, what an event means. */
static void step_waiting(
	struct session *session, struct session_environment *env, enum session_event event);
static void step_connecting(
	struct session *session, struct session_environment *env, enum session_event event);
static void step_forwarding(
	struct session *session, struct session_environment *env, enum session_event event);
static void step_tarpitted(
	struct session *session, struct session_environment *env, enum session_event event);
static void step_answering(
	struct session *session, struct session_environment *env, enum session_event event);
static void step_lingering(
	struct session *session, struct session_environment *env, enum session_event event);

static const char *const phase_names[] = {
	[SESSION_WAIT] = "wait",
	[SESSION_HEAD] = "request",
	[SESSION_QUEUE] = "queue",
	[SESSION_RETRY] = "retry",
	[SESSION_CONNECT] = "connect",
	[SESSION_FORWARD] = "forward",
	[SESSION_TARPIT] = "tarpit",
	[SESSION_ANSWER] = "answer",
	[SESSION_LINGER] = "linger",
	[SESSION_OVER] = "over",
};

const char *session_phase_name(enum session_phase phase)
{
	return phase_names[phase];
}

/* The first of these time-outs that is set. */
static uint32_t first_set(uint32_t a, uint32_t b, uint32_t c)
{
	return a ? a : b ? b : c;
}

static void forget_transaction(struct session *session)
{
	struct flow request = session->flow[REQUEST], response = session->flow[RESPONSE];

	session->flow[REQUEST] =
		(struct flow){.in = request.in, .held = request.held, .ended = request.ended};
	session->flow[RESPONSE] = (struct flow){.in = response.in, .held = response.held};
	assert(!flow_has_bytes(&response));
	session->backend = NULL;
	session->server = NULL;
	session->tried = NULL;
	session->server_queue = 0;
	session->backend_queue = 0;
	session->wanted_server = NULL;
	session->method = H1_METHOD_OTHER;
	session->http10 = false;
	session->asked_as_10 = false;
	session->keep_alive = false;
	session->asks_to_stay = false;
	session->response_begun = false;
	session->redispatched = false;
	session->hashed = false;
	session->upgrade = false;
	session->tunnel = false;
	session->logged = false;
	session->server_is_deaf = false;
	session->replay.len = 0;
	session->reuse = REUSE_NONE;
	session->reused = false;
	session->keep_server = false;
	session->connect_timed_out = false;
	session->stats = false;
	session->tries = 0;
	session->error = 0;
	session->status = 0;
	session->interims = 0;
	memcpy(session->term, "----", sizeof(session->term));
	session->line_len = 0;
	session->head_ms = 0;
	session->queued_ms = 0;
	session->connect_ms = 0;
	session->response_ms = 0;
	session->bytes_in = 0;
	session->bytes_out = 0;
}

void session_begin(struct session *session, struct session_environment *env)
{
	const struct timeouts *timeouts = &session->frontend->timeouts;
	struct traffic *frontend = frontend_traffic(session, env);

	forget_transaction(session);
	session->phase = SESSION_WAIT;
	session->first_request = true;
	session->moved = false;
	session->awaits_proxy_header = session->listener->accept_proxy;
	session->got_bytes = false;
	session->accept_ms = env->now_ms;
	session->wait_ms = env->now_ms;
	session->start_ms = env->now_ms;
	session->start_wall_ms = env->wall_ms;
	session->last_byte_ms = env->now_ms;
	board_enter_session(env->board, env->worker, session->frontend->frontend_cell);
	board_enter_session(env->board, env->worker, session->listener->cell);
	board_add(&frontend->connections, 1);
	board_rate_count(&frontend->connection_rate, env->now_ms);
	if (env->rules && !rules_admit_connection(session, env)) {
		session->log_silent = true;
		session_cut(session, env, "PR");
		return;
	}
	if (!session->awaits_proxy_header && !session_admit(session, env))
		return;
	board_add(&frontend->sessions, 1);
	board_add(&session_traffic(env, session->listener->cell)->sessions, 1);
	board_rate_count(&frontend->session_rate, env->now_ms);
	if (session->frontend->mode == PROXY_MODE_TCP) {
		tunnel_begin(session, env);
		return;
	}
	session->actions = SESSION_RECV_CLIENT;
	session_watch_client(
		session, env, first_set(timeouts->http_request_ms, timeouts->client_ms, 0));
}

bool session_admit(struct session *session, struct session_environment *env)
{
	bool logged;

	if (!env->rules || rules_admit_session(session, env, &logged))
		return true;
	session->log_silent = !logged;
	session_cut(session, env, "PR");
	return false;
}

void session_step(
	struct session *session, struct session_environment *env, enum session_event event)
{
	session->actions = 0;
	if (event <= SESSION_CLIENT_SENT || event == SESSION_SERVER_BYTES)
		session->last_byte_ms = env->now_ms;
	switch ((enum session_phase)session->phase) {
	case SESSION_WAIT:
	case SESSION_HEAD:
		step_waiting(session, env, event);
		break;
	case SESSION_QUEUE:
		queueing_step(session, env, event);
		break;
	case SESSION_RETRY:
	case SESSION_CONNECT:
		step_connecting(session, env, event);
		break;
	case SESSION_FORWARD:
		step_forwarding(session, env, event);
		break;
	case SESSION_TARPIT:
		step_tarpitted(session, env, event);
		break;
	case SESSION_ANSWER:
		step_answering(session, env, event);
		break;
	case SESSION_LINGER:
		step_lingering(session, env, event);
		break;
	case SESSION_OVER:
		break; /* what was still on its way home */
	}
}

static void end(struct session *session, struct session_environment *env)
{
	if (session->phase != SESSION_OVER) {
		board_leave_session(env->board, env->worker, session->frontend->frontend_cell);
		board_leave_session(env->board, env->worker, session->listener->cell);
	}
	timer_cancel(&session->client_timer);
	timer_cancel(&session->server_timer);
	session->phase = SESSION_OVER;
	session->actions = SESSION_END;
}

/* The client has gone, or has had enough time, before a request was complete. */
static void give_up_waiting(struct session *session, struct session_environment *env,
	const char term[2], uint16_t status)
{
	struct traffic *frontend = frontend_traffic(session, env);

	if (session->phase == SESSION_WAIT && !session->first_request) {
		session_leave_server(session, env);
		end(session, env); /* an idle connection ends without a word */
		return;
	}
	if (session->tcp || session->awaits_proxy_header) { /* that header did not come */
		session_cut(session, env, term);
		return;
	}
	session_count_request(session, env);
	board_add(&frontend->request_errors, 1);
	board_add(&session_traffic(env, session->listener->cell)->request_errors, 1);
	if (!session->got_bytes && session->frontend->http_ignore_probes)
		session_cut(session, env, term);
	else
		session_answer(session, env, status, term, ANSWER_UNCOUNTED);
}

static void step_waiting(
	struct session *session, struct session_environment *env, enum session_event event)
{
	switch (event) {
	case SESSION_CLIENT_BYTES:
		request_read_head(session, env);
		break;
	case SESSION_CLIENT_EOF:
		session->flow[REQUEST].ended = true;
		if (session->phase == SESSION_WAIT)
			session_cut(session, env, "CR");
		else
			give_up_waiting(session, env, "CR", 400);
		break;
	case SESSION_CLIENT_ERROR:
		if (session->phase == SESSION_HEAD)
			session->status = 400; /* what it would have been told */
		session_cut(session, env, "CR");
		break;
	case SESSION_CLIENT_TIMEOUT:
		give_up_waiting(session, env, "cR", 408);
		break;
	case SESSION_SHUTDOWN:
		session_cut(session, env, "KR");
		break;
	case SESSION_CLIENT_SENT:
	case SESSION_SERVER_CONNECTED:
	case SESSION_SERVER_REUSED:
	case SESSION_SERVER_REFUSED:
	case SESSION_SERVER_BYTES:
	case SESSION_SERVER_EOF:
	case SESSION_SERVER_ERROR:
	case SESSION_SERVER_SENT:
	case SESSION_SERVER_SEND_ERROR:
	case SESSION_SERVER_TIMEOUT:
	case SESSION_RELAYED:
	case SESSION_CALLED:
		break; /* nobody was asked for any of these */
	}
}

static void count_client_abort(struct session *session, struct session_environment *env)
{
	board_add(&backend_traffic(session, env)->client_aborts, 1);
	if (session->server)
		board_add(&server_traffic(session, env)->client_aborts, 1);
}

void session_client_ended(
	struct session *session, struct session_environment *env, const char term[2])
{
	bool given_up = session->backend->abort_on_close && !session->response_begun;

	session->flow[REQUEST].ended = true;
	session->keep_alive = false;
	if (session->flow[REQUEST].state != FLOW_DONE ||
		(given_up && session->phase == SESSION_FORWARD)) {
		session_answer(session, env, 400, term, ANSWER_COUNTED);
		count_client_abort(session, env);
	} else if (given_up) {
		session_cut(session, env, term);
	}
}

static void step_connecting(
	struct session *session, struct session_environment *env, enum session_event event)
{
	switch (event) {
	case SESSION_SERVER_CONNECTED:
		session->phase = SESSION_FORWARD;
		session->connect_ms = env->now_ms;
		session->connect_timed_out = false;
		session_watch_server(session, env, session->backend->timeouts.server_ms);
		if (session->tcp)
			tunnel_connected(session, env);
		else
			resend_prepare(session);
		break;
	case SESSION_SERVER_REUSED:
		session->phase = SESSION_FORWARD;
		session->connect_ms = env->now_ms;
		session_watch_server(session, env, session->backend->timeouts.server_ms);
		session->reused = true;
		session->unsent = false;
		board_add(&backend_traffic(session, env)->reuses, 1);
		board_add(&server_traffic(session, env)->reuses, 1);
		resend_prepare(session);
		session->actions = SESSION_SEND_SERVER | SESSION_RECV_SERVER;
		break;
	case SESSION_SERVER_REFUSED:
		request_refused(session, env);
		break;
	case SESSION_SERVER_TIMEOUT:
		if (session->phase == SESSION_RETRY) {
			request_retry(session, env);
		} else {
			session->connect_timed_out = true;
			session->actions = SESSION_ABORT_CONNECT;
		}
		break;
	case SESSION_CLIENT_EOF:
		if (session->tcp)
			tunnel_client_left(session, env, "CC");
		else
			session_client_ended(session, env, "CC");
		break;
	case SESSION_CLIENT_BYTES:
		if (session->tcp)
			tunnel_client_spoke(session);
		break;
	case SESSION_CLIENT_ERROR:
		session_cut(session, env, "CC");
		break;
	case SESSION_SHUTDOWN:
		session_answer(session, env, 503, "DC", ANSWER_COUNTED);
		break;
	case SESSION_CLIENT_TIMEOUT: /* nobody waits for the client here */
	case SESSION_CLIENT_SENT:
	case SESSION_SERVER_BYTES:
	case SESSION_SERVER_EOF:
	case SESSION_SERVER_ERROR:
	case SESSION_SERVER_SENT:
	case SESSION_SERVER_SEND_ERROR:
	case SESSION_RELAYED:
	case SESSION_CALLED:
		break;
	}
}

/* Is anybody waiting for the client: to take a piece, or to send more of its body? */
static bool client_is_awaited(const struct session *session)
{
	const struct flow *request = &session->flow[REQUEST];

	return session->flow[RESPONSE].out_len > 0 || session->flow[RESPONSE].spliced ||
	       (request->state != FLOW_DONE && request->out_len == 0);
}

static bool server_is_awaited(const struct session *session)
{
	const struct flow *request = &session->flow[REQUEST];

	return session->flow[RESPONSE].out_len == 0 &&
	       (request->state == FLOW_DONE || request->out_len > 0 || request->spliced ||
		       session->server_is_deaf);
}

static void relayed(struct session *session, struct session_environment *env)
{
	struct flow *flow = &session->flow[session->relayed_flow];

	assert(flow->spliced && session->relayed_bytes <= flow->left_bytes);
	flow->left_bytes -= session->relayed_bytes;
	if (session->relayed_flow == REQUEST)
		session->bytes_in += session->relayed_bytes;
	else
		session->bytes_out += session->relayed_bytes;
	session->last_byte_ms = env->now_ms;
	session_watch_client(session, env, session->frontend->timeouts.client_ms);
	session_watch_server(session, env, session->backend->timeouts.server_ms);
	if (flow->left_bytes > 0)
		return;
	flow->spliced = false;
	flow->state = FLOW_DONE;
	if (session->relayed_flow == RESPONSE)
		response_complete(session, env);
	else
		request_complete(session, env);
}

static void step_forwarding(
	struct session *session, struct session_environment *env, enum session_event event)
{
	bool begun = session->response_begun;
	/* In the phase of data: the response's, or the request's while it is coming. */
	bool data = begun || session->flow[REQUEST].state != FLOW_DONE;

	if (session->tunnel) {
		tunnel_step(session, env, event);
		return;
	}
	switch (event) {
	case SESSION_CLIENT_BYTES:
		/* Otherwise a request that came early: it waits for its turn. */
		if (session->flow[REQUEST].state == FLOW_BODY)
			request_read_body(session, env);
		break;
	case SESSION_CLIENT_EOF:
		session_client_ended(session, env, data ? "CD" : "CH");
		break;
	case SESSION_CLIENT_ERROR:
		count_client_abort(session, env);
		session_cut(session, env, data ? "CD" : "CH");
		break;
	case SESSION_CLIENT_SENT:
		response_sent(session, env);
		break;
	case SESSION_CLIENT_TIMEOUT:
		if (client_is_awaited(session))
			session_answer(session, env, 408, data ? "cD" : "cH", ANSWER_COUNTED);
		break;
	case SESSION_SERVER_BYTES:
		response_read(session, env);
		break;
	case SESSION_SERVER_EOF:
		response_ended(session, env, false);
		break;
	case SESSION_SERVER_ERROR:
		response_ended(session, env, true);
		break;
	case SESSION_SERVER_SENT:
		request_sent(session, env);
		break;
	case SESSION_SERVER_SEND_ERROR:
		if (session->flow[RESPONSE].state == FLOW_HEAD &&
			!flow_has_bytes(&session->flow[RESPONSE]) && resend_stale(session, env))
			break;
		/* It takes no more of the request; it may have answered all the same. */
		session->flow[REQUEST].out_len = 0;
		session->flow[REQUEST].spliced = false;
		session->server_is_deaf = true;
		session->keep_alive = false;
		if (session->flow[RESPONSE].state == FLOW_DONE &&
			session->flow[RESPONSE].out_len == 0)
			response_complete(session, env);
		else if (session->flow[RESPONSE].out_len == 0 && !session->flow[RESPONSE].spliced)
			session->actions = SESSION_RECV_SERVER;
		break;
	case SESSION_SERVER_TIMEOUT:
		if (!server_is_awaited(session))
			break;
		if (session->flow[RESPONSE].state == FLOW_HEAD &&
			resend_wanted(session, env, RETRY_ON_RESPONSE_TIMEOUT))
			break;
		if (!begun) {
			board_add(&backend_traffic(session, env)->response_errors, 1);
			board_add(&server_traffic(session, env)->response_errors, 1);
		}
		session_answer(session, env, 504, begun ? "sD" : "sH", ANSWER_COUNTED);
		break;
	case SESSION_RELAYED:
		relayed(session, env);
		break;
	case SESSION_SHUTDOWN:
		session_answer(session, env, 503, begun ? "DD" : "DH", ANSWER_COUNTED);
		break;
	case SESSION_SERVER_CONNECTED:
	case SESSION_SERVER_REUSED:
	case SESSION_SERVER_REFUSED:
	case SESSION_CALLED:
		break;
	}
}

/* The answer lies ready; nothing but time, or the client's going, makes it leave. */
static void step_tarpitted(
	struct session *session, struct session_environment *env, enum session_event event)
{
	switch (event) {
	case SESSION_CLIENT_EOF:
		session->flow[REQUEST].ended = true;
		session->keep_alive = false;
		/* fall through */
	case SESSION_CLIENT_TIMEOUT:
		session->phase = SESSION_ANSWER;
		session_watch_client(session, env, session->frontend->timeouts.client_ms);
		session->actions = SESSION_SEND_CLIENT;
		break;
	case SESSION_CLIENT_ERROR:
	case SESSION_SHUTDOWN:
		session_cut(session, env, "PT");
		break;
	case SESSION_CLIENT_BYTES: /* a request that came early: it waits for its turn */
	case SESSION_CLIENT_SENT:
	case SESSION_SERVER_CONNECTED:
	case SESSION_SERVER_REUSED:
	case SESSION_SERVER_REFUSED:
	case SESSION_SERVER_BYTES:
	case SESSION_SERVER_EOF:
	case SESSION_SERVER_ERROR:
	case SESSION_SERVER_SENT:
	case SESSION_SERVER_SEND_ERROR:
	case SESSION_SERVER_TIMEOUT:
	case SESSION_CALLED:
	case SESSION_RELAYED:
		break;
	}
}

static void step_answering(
	struct session *session, struct session_environment *env, enum session_event event)
{
	switch (event) {
	case SESSION_CLIENT_SENT:
		session->bytes_out += session->flow[RESPONSE].out_len;
		session->flow[RESPONSE].out_len = 0;
		session->flow[RESPONSE].out = NULL;
		if (session->stats) {
			session_watch_client(session, env, session->frontend->timeouts.client_ms);
			session->actions = SESSION_FILL_ANSWER;
		} else {
			session_finish(session, env);
		}
		break;
	case SESSION_CLIENT_ERROR:
	case SESSION_CLIENT_TIMEOUT:
	case SESSION_SHUTDOWN:
		session->keep_alive = false;
		session->flow[RESPONSE].out_len = 0;
		session_finish(session, env);
		end(session, env);
		break;
	case SESSION_CLIENT_EOF:
		session->flow[REQUEST].ended = true;
		break;
	case SESSION_CLIENT_BYTES:
	case SESSION_SERVER_CONNECTED:
	case SESSION_SERVER_REUSED:
	case SESSION_SERVER_REFUSED:
	case SESSION_SERVER_BYTES:
	case SESSION_SERVER_EOF:
	case SESSION_SERVER_ERROR:
	case SESSION_SERVER_SENT:
	case SESSION_SERVER_SEND_ERROR:
	case SESSION_SERVER_TIMEOUT:
	case SESSION_RELAYED:
	case SESSION_CALLED:
		break;
	}
}

static void step_lingering(
	struct session *session, struct session_environment *env, enum session_event event)
{
	struct buffer *in = session->flow[REQUEST].in;

	switch (event) {
	case SESSION_CLIENT_BYTES:
		in->start = in->end;
		session->actions = SESSION_RECV_CLIENT;
		break;
	case SESSION_CLIENT_EOF:
	case SESSION_CLIENT_ERROR:
	case SESSION_CLIENT_TIMEOUT:
	case SESSION_SHUTDOWN:
		end(session, env);
		break;
	case SESSION_CLIENT_SENT:
	case SESSION_SERVER_CONNECTED:
	case SESSION_SERVER_REUSED:
	case SESSION_SERVER_REFUSED:
	case SESSION_SERVER_BYTES:
	case SESSION_SERVER_EOF:
	case SESSION_SERVER_ERROR:
	case SESSION_SERVER_SENT:
	case SESSION_SERVER_SEND_ERROR:
	case SESSION_SERVER_TIMEOUT:
	case SESSION_RELAYED:
	case SESSION_CALLED:
		break;
	}
}

void session_cut(struct session *session, struct session_environment *env, const char term[2])
{
	memcpy(session->term, term, 2);
	session->keep_alive = false;
	session->flow[REQUEST].out_len = 0;
	session->flow[RESPONSE].out_len = 0;
	session_finish(session, env);
	end(session, env);
}

/* ---- the end of a transaction ---- */

void session_leave_server(struct session *session, struct session_environment *env)
{
	queueing_leave(session, env);
	if (session->counted_server) {
		board_leave_session(env->board, env->worker, session->server->cell);
		queueing_give(session, env);
		session->counted_server = false;
	}
}

/* The line counts those that go on: this session has left its server when it is written. */
static void leave_backend(struct session *session, struct session_environment *env)
{
	if (!session->counted_backend)
		return;
	board_leave_session(env->board, env->worker, session->backend->backend_cell);
	load_leave_backend(env->load, session->backend);
	session->counted_backend = false;
}

/* Waits for the client's next request, or reads the one that is here already. */
static void next_request(struct session *session, struct session_environment *env)
{
	const struct timeouts *timeouts = &session->frontend->timeouts;
	uint32_t actions = session->actions;

	forget_transaction(session);
	session->first_request = false;
	session->phase = SESSION_WAIT;
	session->wait_ms = env->now_ms;
	session->start_ms = env->now_ms;
	session->start_wall_ms = env->wall_ms;
	session_watch_client(session, env,
		session_is_last(session, env)
			? DRAIN_IDLE_MS
			: first_set(timeouts->http_keep_alive_ms, timeouts->http_request_ms,
				  timeouts->client_ms));
	session->actions = SESSION_RECV_CLIENT;
	if (flow_has_bytes(&session->flow[REQUEST]))
		request_read_head(session, env);
	/* An answer of our own drops the server's connection; the last request's is none of its. */
	if (actions & (SESSION_KEEP_SERVER | SESSION_PART_SERVER))
		session->actions &= ~(uint32_t)SESSION_DROP_SERVER;
	session->actions |= actions;
}

void session_finish(struct session *session, struct session_environment *env)
{
	struct flow *request = &session->flow[REQUEST];

	/* A transaction of which nothing came and nothing was answered is no event on a
	 * connection that has served before. */
	if (session->first_request || session->phase != SESSION_WAIT) {
		session_count_transaction(session, env);
		session_leave_server(session, env);
		leave_backend(session, env);
		session_log(session, env);
	}
	session->requests++;
	if (session->line) {
		env->return_line(env, session->line);
		session->line = NULL;
		session->line_len = 0;
	}
	if (env->rules)
		rules_forget(session, env);
	if (session->unique_id) {
		env->return_unique_id(env, session->unique_id);
		session->unique_id = NULL;
		session->unique_id_len = 0;
	}
	timer_cancel(&session->server_timer);
	session->answer_uncounted = false;
	session->stats_answered = false;

	/* Also while draining: an answer that promised to stay may have brought the next request
	 * on its way already.  That one's answer promises nothing any more. */
	if (session->keep_alive && !request->ended) {
		next_request(session, env);
	} else if (!request->ended && !session->frontend->no_linger &&
		   (session->asks_to_stay || request->state != FLOW_DONE ||
			   flow_has_bytes(request) || env->more_waits(env, session))) {
		/* RFC 9112 9.6 */
		if (flow_has_bytes(request))
			request->in->start = request->in->end;
		session->phase = SESSION_LINGER;
		session_watch_client(session, env, LINGER_IDLE_MS);
		session->actions |= SESSION_SHUT_CLIENT | SESSION_RECV_CLIENT;
	} else {
		uint32_t actions = session->actions;

		end(session, env);
		session->actions |=
			actions & (SESSION_PART_SERVER | SESSION_DROP_SERVER | SESSION_KEEP_SERVER);
	}
}

/* ---- small things the three files share ---- */

struct traffic *session_traffic(const struct session_environment *env, uint32_t cell)
{
	return board_traffic(env->board, env->worker, cell);
}

void session_watch_client(struct session *session, struct session_environment *env, uint32_t ms)
{
	session->client_timeout_ms = ms;
	if (ms)
		timer_set(env->timers, &session->client_timer, env->now_ms + ms);
	else
		timer_cancel(&session->client_timer);
}

void session_watch_server(struct session *session, struct session_environment *env, uint32_t ms)
{
	session->server_timeout_ms = ms;
	if (ms)
		timer_set(env->timers, &session->server_timer, env->now_ms + ms);
	else
		timer_cancel(&session->server_timer);
}
