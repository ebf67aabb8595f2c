/* SPDX-License-Identifier: GPL-2.0-or-later */
/* resend.c - requests that are sent again.
 *
 * Two reasons.  A kept connection turned out to be dead before it said a byte: nobody's fault, so
 * the request leaves once more over a new one, uncounted among the retries, where that is harmless
 * (reuse.h).  Or the file asks for it with `retry-on`: then it is a retry as after a failed
 * connect, with its count, its limit and, with option redispatch, another server.
 * Only what is whole in one buffer can be sent again; its bytes are held until an answer's head
 * has been taken. */
#include "net/http/exchange.h"
#include "net/http/reuse.h"

void resend_prepare(struct session *session)
{
	const struct flow *request = &session->flow[REQUEST];
	bool may_be_wanted =
		session->reused ||
		(session->backend->retry_on & ~(RETRY_ON_SAID | RETRY_ON_CONN_FAILURE)) != 0;

	session->replay.len = 0;
	if (!may_be_wanted || request->state != FLOW_DONE)
		return;
	session->replay.at = request->out;
	session->replay.len = request->out_len;
}

/* The request becomes the piece that is to leave, as it was before. */
static void put_back(struct session *session)
{
	struct flow *request = &session->flow[REQUEST], *response = &session->flow[RESPONSE];

	request->out = session->replay.at;
	request->out_len = session->replay.len;
	if (flow_has_bytes(response))
		response->in->start = response->in->end;
	response->scanned = 0;
	response->ended = false;
	session->server_is_deaf = false;
	session->reused = false;
	session->actions = SESSION_DROP_SERVER;
}

/* What a server does to a client whose kept connection it closes: no answer, just the end. */
static void close_unanswered(struct session *session, struct session_environment *env)
{
	session->keep_server = false;
	session_cut(session, env, "SH");
}

bool resend_stale(struct session *session, struct session_environment *env)
{
	if (!session->reused)
		return false;
	if (session->replay.len > 0 &&
		(session->unsent || reuse_is_idempotent((enum h1_method)session->method))) {
		put_back(session);
		request_reconnect(session, env);
		return true;
	}
	if (session->first_request)
		return false;
	close_unanswered(session, env);
	return true;
}

bool resend_wanted(struct session *session, struct session_environment *env, uint32_t failure)
{
	const struct proxy *backend = session->backend;

	if (!(backend->retry_on & failure) || session->replay.len == 0 ||
		session->tries >= backend->retries)
		return false;
	session->tries++;
	board_add(&backend_traffic(session, env)->retries, 1);
	board_add(&server_traffic(session, env)->retries, 1);
	put_back(session);
	if (request_may_redispatch(session, env)) {
		session_leave_server(session, env);
		request_connect(session, env, session->server->index);
		session->reuse = REUSE_NONE;
	} else {
		request_reconnect(session, env);
	}
	return true;
}
