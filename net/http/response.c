/* SPDX-License-Identifier: GPL-2.0-or-later */
/* response.c - the response's way: interim heads, the head, the body, and what a server can do
 * wrong.
 *
 * A head is read, its fields are edited and laid right before the body's first byte; a body of
 * known and large length is then moved by splice, every other is received, framed and sent piece
 * by piece.  A server connection on which anything went wrong, or more came than was asked for,
 * is never used again. */
#include "net/http/answer.h"
#include "net/http/exchange.h"
#include "net/http/message.h"
#include "net/http/reuse.h"
#include "net/rules/rules.h"

/* A server that has said so many of them will never come to the point. */
#define INTERIMS_MAX 100

static void bad_response(struct session *session, struct session_environment *env)
{
	struct flow *response = &session->flow[RESPONSE];

	env->refused(env, session, true, buffer_at(response->in), buffer_len(response->in),
		env->head->fault_at);
	board_add(&backend_traffic(session, env)->response_errors, 1);
	board_add(&server_traffic(session, env)->response_errors, 1);
	session_answer(session, env, 502, "PH", ANSWER_COUNTED);
}

/* Will the client's connection go on after this answer? */
static bool stays_open(const struct session *session, const struct session_environment *env,
	const struct h1_head *head)
{
	if (!session->keep_alive || session_is_last(session, env) || session->flow[REQUEST].ended)
		return false;
	/* An early answer: what the client still sends of its request would be taken for the next.
	 */
	if (session->flow[REQUEST].state != FLOW_DONE)
		return false;
	if (head->body == H1_BODY_UNTIL_CLOSE)
		return false;
	return !(session->http10 && head->body == H1_BODY_CHUNKED);
}

/* Writes the head at hand into the piece.  False: the answer was ours. */
static bool forward_head(struct session *session, struct session_environment *env, uint32_t bytes,
	const struct message_edits *edits)
{
	uint32_t len = message_write_response(env->scratch, env->scratch_bytes, env->head, edits);

	if (len > 0 && flow_lay_long_head(env, &session->flow[RESPONSE], bytes, env->scratch, len))
		return true;
	board_add(&backend_traffic(session, env)->rewrite_errors, 1);
	session_answer(session, env, 502, "PH", ANSWER_COUNTED);
	return false;
}

/* A 1xx goes to clients that know of them and is dropped for others (RFC 9110 15.2). */
static void interim(struct session *session, struct session_environment *env, uint32_t bytes)
{
	struct flow *response = &session->flow[RESPONSE];
	struct message_edits edits = {.connection = MESSAGE_CONNECTION_ABSENT};

	response->scanned = 0;
	if (++session->interims > INTERIMS_MAX) {
		env->head->fault_at = 0; /* this one is as good as those before */
		bad_response(session, env);
		return;
	}
	if (session->http10) {
		response->in->start += bytes;
		return;
	}
	session->replay.len = 0;
	if (forward_head(session, env, bytes, &edits))
		session->actions = SESSION_SEND_CLIENT;
}

static void final(struct session *session, struct session_environment *env, uint32_t bytes)
{
	struct flow *response = &session->flow[RESPONSE];
	const struct h1_head *head = env->head;
	struct message_edits edits = {0};
	bool strip = session->http10 && head->body == H1_BODY_CHUNKED;

	if (resend_wanted(session, env, retry_on_status(head->status)))
		return;
	session->replay.len = 0;
	if (rules_look_at_response(session) && !rules_apply_to_response(session, env))
		return;
	/* An answer to half a request: what the server makes of the rest is not to be known. */
	session->keep_server =
		session->keep_server && reuse_head_keeps(head, session->asked_as_10) &&
		session->flow[REQUEST].state == FLOW_DONE && session->flow[REQUEST].out_len == 0;
	session->bound = session->bound || reuse_head_binds(head);
	session->keep_alive = stays_open(session, env, head);
	if (!session->keep_alive)
		edits.connection = MESSAGE_CONNECTION_CLOSE;
	else if (session->http10)
		edits.connection = MESSAGE_CONNECTION_KEEP_ALIVE;
	/* Which protocol is required has to be said with this status (RFC 9110 15.5.22). */
	edits.offers_upgrade = head->status == 426 && head->wants_upgrade && !session->http10;
	/* Also where no body follows: HTTP/1.0 does not know the field (RFC 9112 6.1). */
	edits.drop_transfer_encoding = session->http10;
	response->state = FLOW_BODY;
	response->body = head->body;
	response->left_bytes = head->body_bytes;
	h1_chunks_init(&response->chunks, strip, env->limits.head_bytes);
	if (!forward_head(session, env, bytes, &edits))
		return;
	if (!flow_take_body(response)) {
		response->out_len = 0; /* nothing of it has left yet: the client is told */
		bad_response(session, env);
		return;
	}
	session->status = head->status;
	session->response_ms = env->now_ms;
	session->response_begun = true;
	session->actions = SESSION_SEND_CLIENT;
	session_log_early(session, env);
}

/* RFC 9110 7.8: the server speaks another protocol from here on, as the client asked. */
static void begin_tunnel(struct session *session, struct session_environment *env, uint32_t bytes)
{
	struct message_edits edits = {.connection = MESSAGE_CONNECTION_UPGRADE};

	if (rules_look_at_response(session) && !rules_apply_to_response(session, env))
		return;
	if (!forward_head(session, env, bytes, &edits))
		return;
	session->replay.len = 0;
	session->keep_server = false;
	session->keep_alive = false;
	session->status = 101;
	session->response_ms = env->now_ms;
	session->response_begun = true;
	session->actions = SESSION_SEND_CLIENT;
	tunnel_granted(session, env);
}

/* 101 to nobody's wish, or without a word about what comes that Connection names (RFC 9110 7.8,
 * 15.2.2); and never to h2c. */
static bool switches_unasked(const struct session *session, const struct h1_head *head)
{
	return head->status == 101 && (!session->upgrade || !head->wants_upgrade);
}

static void read_head(struct session *session, struct session_environment *env)
{
	struct flow *response = &session->flow[RESPONSE];
	struct h1_limits limits = env->limits;

	limits.lax = session->backend->lax_responses;
	while (session->phase == SESSION_FORWARD && response->state == FLOW_HEAD &&
		response->out_len == 0) {
		int32_t bytes = H1_MORE;

		if (flow_has_bytes(response))
			bytes = h1_read_response(env->head, buffer_at(response->in),
				buffer_len(response->in), &response->scanned, &limits,
				(enum h1_method)session->method);
		if (bytes == H1_MORE) {
			session->actions = SESSION_RECV_SERVER;
			return;
		}
		if (bytes == H1_BAD || switches_unasked(session, env->head)) {
			if (resend_wanted(session, env, RETRY_ON_JUNK_RESPONSE))
				return;
			bad_response(session, env);
			return;
		}
		if (env->head->status == 101)
			begin_tunnel(session, env, (uint32_t)bytes);
		else if (env->head->status < 200)
			interim(session, env, (uint32_t)bytes);
		else
			final(session, env, (uint32_t)bytes);
	}
}

static void read_body(struct session *session, struct session_environment *env)
{
	struct flow *response = &session->flow[RESPONSE];

	if (!flow_take_body(response)) {
		board_add(&backend_traffic(session, env)->response_errors, 1);
		board_add(&server_traffic(session, env)->response_errors, 1);
		session_cut(session, env, "PD");
		return;
	}
	if (response->out_len > 0)
		session->actions = SESSION_SEND_CLIENT;
	else if (response->state == FLOW_DONE)
		response_complete(session, env); /* the end of a stripped body is no byte long */
	else
		session->actions = SESSION_RECV_SERVER;
}

void response_read(struct session *session, struct session_environment *env)
{
	struct flow *response = &session->flow[RESPONSE];

	if (response->state == FLOW_DONE) {
		/* More than was asked for: nothing that follows can be trusted. */
		response->ended = true;
		if (response->out_len == 0)
			response_complete(session, env);
		return;
	}
	if (response->state == FLOW_HEAD)
		read_head(session, env);
	else if (response->state == FLOW_BODY && response->out_len == 0)
		read_body(session, env);
	if (session->tunnel)
		return;
	if (session->actions & SESSION_SEND_CLIENT && session->phase == SESSION_FORWARD)
		session_watch_client(session, env, session->frontend->timeouts.client_ms);
	if (session->actions & SESSION_RECV_SERVER)
		session_watch_server(session, env, session->backend->timeouts.server_ms);
}

/* A piece has reached the client's socket whole. */
void response_sent(struct session *session, struct session_environment *env)
{
	struct flow *response = &session->flow[RESPONSE];

	session->bytes_out += response->out_len;
	response->out_len = 0;
	response->out = NULL;
	if (response->state == FLOW_DONE) {
		response_complete(session, env);
		return;
	}
	session_watch_server(session, env, session->backend->timeouts.server_ms);
	if (response->state == FLOW_HEAD || flow_has_bytes(response)) {
		response_read(session, env); /* what came behind an interim answer */
	} else if (response->ended) {
		response_ended(session, env, false);
	} else if (env->splice && response->body == H1_BODY_LENGTH &&
		   response->left_bytes >= env->splice_min_bytes) {
		response->spliced = true;
		session->actions = SESSION_SPLICE_RESPONSE;
	} else {
		session->actions = SESSION_RECV_SERVER;
	}
}

/* The response has left whole.  A request that is still coming is carried to its end, as long as
 * the server takes it. */
void response_complete(struct session *session, struct session_environment *env)
{
	struct flow *request = &session->flow[REQUEST];
	struct flow *response = &session->flow[RESPONSE];
	bool sent = request->state == FLOW_DONE && request->out_len == 0;
	bool clean = sent && !flow_has_bytes(response);

	if (response->in)
		response->in->start = response->in->end;
	if (!sent && !response->ended && !session->server_is_deaf) {
		session->actions |= SESSION_RECV_SERVER; /* its closing ends the request, too */
		return;
	}
	session->keep_alive = session->keep_alive && sent;
	request->out_len = 0;
	request->spliced = false;
	if (clean && session->keep_server && !response->ended && !session->server_is_deaf) {
		session->actions = SESSION_KEEP_SERVER;
		session->last_server = session->server;
	} else {
		session->actions = clean ? SESSION_PART_SERVER : SESSION_DROP_SERVER;
	}
	session_finish(session, env);
}

/* The server has closed (or reset) its connection. */
void response_ended(struct session *session, struct session_environment *env, bool by_error)
{
	struct flow *response = &session->flow[RESPONSE];

	response->ended = true;
	if (response->out_len > 0)
		return; /* looked at again when the piece has left */
	if (response->state == FLOW_DONE) {
		response_complete(session, env);
		return;
	}
	if (response->state == FLOW_BODY && response->body == H1_BODY_UNTIL_CLOSE && !by_error) {
		response->state = FLOW_DONE;
		response_complete(session, env);
		return;
	}
	if (response->state == FLOW_HEAD && !flow_has_bytes(response) &&
		(resend_stale(session, env) ||
			resend_wanted(session, env, RETRY_ON_EMPTY_RESPONSE)))
		return;
	board_add(&backend_traffic(session, env)->response_errors, 1);
	board_add(&server_traffic(session, env)->response_errors, 1);
	if (response->state == FLOW_HEAD) {
		session_answer(session, env, 502, "SH", ANSWER_COUNTED);
		return;
	}
	board_add(&backend_traffic(session, env)->server_aborts, 1);
	board_add(&server_traffic(session, env)->server_aborts, 1);
	session_cut(session, env, "SD");
}
