/* SPDX-License-Identifier: GPL-2.0-or-later */
/* say.c - answers of our own become the session's: error pages, and what rules say.
 *
 * Whatever the server was doing is over then; whether the client's connection goes on depends on
 * how much of its request was read. */
#include "net/http/answer.h"
#include "net/http/exchange.h"
#include "net/http/queueing.h"
#include "net/rules/rules.h"

/* A client whose request was read to its end, and who is there.  Not one that asked for another
 * protocol: if it goes on in that one without having been told that it may, its bytes must not be
 * read as a request. */
bool session_may_stay(const struct session *session, const struct session_environment *env)
{
	const struct flow *request = &session->flow[REQUEST];

	return session->keep_alive && !session_is_last(session, env) && !session->upgrade &&
	       request->state == FLOW_DONE && !request->ended;
}

void session_answer(struct session *session, struct session_environment *env, uint16_t status,
	const char term[2], enum answer_log counted)
{
	/* After a server's failure. */
	bool stays = counted == ANSWER_COUNTED && status >= 502 && !session->http10 &&
		     session_may_stay(session, env);
	struct span answer;

	/* An interim answer may still be leaving: nothing can be said into the middle of it. */
	if (session->tcp || session->response_begun || session->flow[RESPONSE].out_len > 0) {
		session_cut(session, env, term);
		return;
	}
	if (!env->rules || !rules_error_page(session, env, status, &stays, &answer)) {
		answer = stays ? answer_keeping_alive(status) : answer_for_status(status);
		if (session->method == H1_METHOD_HEAD)
			answer.len = answer_head_bytes(answer);
	}
	session_say(session, env, answer, status, term, stays);
	session->answer_uncounted = counted == ANSWER_UNCOUNTED;
}

void session_say(struct session *session, struct session_environment *env, struct span answer,
	uint16_t status, const char term[2], bool stays)
{
	struct flow *response = &session->flow[RESPONSE];

	queueing_leave(session, env);
	session->status = status;
	if (!answer.len) { /* an empty error file: not a word */
		session_cut(session, env, term);
		return;
	}
	memcpy(session->term, term, 2);
	session->keep_alive = stays;
	session->phase = SESSION_ANSWER;
	session->flow[REQUEST].out_len = 0;
	session->flow[REQUEST].spliced = false;
	if (flow_has_bytes(response))
		response->in->start = response->in->end;
	response->spliced = false;
	response->out = answer.at;
	response->out_len = answer.len;
	response->state = FLOW_DONE;
	timer_cancel(&session->server_timer);
	session_watch_client(session, env, session->frontend->timeouts.client_ms);
	session->actions = SESSION_DROP_SERVER | SESSION_SEND_CLIENT;
}
