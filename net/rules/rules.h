/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules.h - the rules of the proxies, applied to a session's messages: the door of this room.
 *
 * Each of these looks at env->head, may change it, and may answer by itself: then it has set the
 * session's answer and its actions, and gives false.
 * Thread: its worker's. */
#ifndef TORC_NET_RULES_RULES_H
#define TORC_NET_RULES_RULES_H

#include "net/http/session.h"

/* A worker's room, made at start.  0 or -errno. */
int rules_open(struct rule_room **room, struct arena *arena, const struct config *config);
void rules_close(struct rule_room *room);

/* tcp-request: may this client go on?  Before a PROXY header was read (connection), behind it
 * (session, content).  Counts one that may not; *logged: it is to have a log line. */
bool rules_admit_connection(struct session *session, struct session_environment *env);
bool rules_admit_session(struct session *session, struct session_environment *env, bool *logged);
/* monitor-uri: true when it was asked for; the answer is set. */
bool rules_answer_monitor(
	struct session *session, struct session_environment *env, uint32_t head_bytes);
/* The frontend's captures, and http-request rules of one proxy. */
bool rules_apply_to_request(struct session *session, struct session_environment *env,
	const struct proxy *proxy, uint32_t head_bytes);
/* `redirect` lines of one proxy. */
bool rules_redirect(struct session *session, struct session_environment *env,
	const struct proxy *proxy, uint32_t head_bytes);
/* stats http-request: may the statistics of this proxy be seen? */
bool rules_allow_stats(struct session *session, struct session_environment *env,
	const struct proxy *owner, uint32_t head_bytes);
/* The backend that use_backend says; NULL: none does. */
const struct proxy *rules_route(struct session *session, struct session_environment *env);
/* The server that use-server says; NULL: none does. */
const struct server *rules_server(struct session *session, struct session_environment *env);

/* What `balance hash` looks at, as bytes; false: there is no such thing in this request. */
bool rules_balance_key(struct session *session, struct session_environment *env, struct span *key);

/* Does anything have to be done with a response's head? */
bool rules_look_at_response(const struct session *session);
/* http-response and http-after-response of the backend, then of the frontend. */
bool rules_apply_to_response(struct session *session, struct session_environment *env);

/* An error answer of our own as the configuration wants it (errorfile, errorloc, http-error,
 * http-after-response), in the session's response buffer.  False: there is nothing to it but the
 * usual page. */
bool rules_error_page(struct session *session, struct session_environment *env, uint16_t status,
	bool *keeps, struct span *answer);

/* What was captured, for the log line; it lies in the worker's room. */
void rules_describe_captures(const struct session *session, struct session_environment *env,
	struct access_record *record);

/* At the end of a transaction: gives back what was lent to it. */
void rules_forget(struct session *session, struct session_environment *env);

#endif
