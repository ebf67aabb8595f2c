/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange.h - what session.c and the files that it is cut into share of the state machine.
 * Private to these; everybody else uses session.h.  Pure. */
#ifndef TORC_NET_HTTP_EXCHANGE_H
#define TORC_NET_HTTP_EXCHANGE_H

#include "net/http/session.h"

enum { REQUEST = 0, RESPONSE = 1 };

#define DRAIN_IDLE_MS 1000u /* without a request, while the balancer drains */

/* finish.c: the client's connection ends with the answer at hand, whoever would keep it. */
static inline bool session_is_last(
	const struct session *session, const struct session_environment *env)
{
	return env->draining || session->moved;
}

/* request.c: bytes of a head or of a body are in flow[REQUEST].in. */
void request_read_head(struct session *session, struct session_environment *env);
void request_read_body(struct session *session, struct session_environment *env);
void request_sent(struct session *session, struct session_environment *env);
/* Routes the session to its backend and counts it there.  False: nobody serves it. */
bool request_find_backend(struct session *session, struct session_environment *env);
/* The number of the key that this backend balances by, while the head (NULL: none) is here; `body`
 * is what has come behind it. */
void request_hash_key(struct session *session, struct session_environment *env,
	const struct h1_head *head, struct span body);
/* Chooses a server and connects; `avoid` as in balance_pick(). */
void request_connect(struct session *session, struct session_environment *env, uint32_t avoid);
/* A place was taken for it at this server. */
void request_connect_to(
	struct session *session, struct session_environment *env, const struct server *server);
/* The time before the same server is tried again is over. */
void request_retry(struct session *session, struct session_environment *env);
void request_refused(struct session *session, struct session_environment *env);
/* Connects to the server at hand once more. */
void request_reconnect(struct session *session, struct session_environment *env);
/* May a request that failed at this server go elsewhere at once? */
bool request_may_redispatch(const struct session *session, struct session_environment *env);

/* response.c */
void response_read(struct session *session, struct session_environment *env);
void response_sent(struct session *session, struct session_environment *env);
void response_ended(struct session *session, struct session_environment *env, bool by_error);
void response_complete(struct session *session, struct session_environment *env);
/* The request has left whole; its response may have been here before. */
void request_complete(struct session *session, struct session_environment *env);

/* tunnel.c: any event while bytes pass both ways. */
void tunnel_step(
	struct session *session, struct session_environment *env, enum session_event event);
/* mode tcp: a client was accepted. */
void tunnel_begin(struct session *session, struct session_environment *env);
/* Its address is known, also when a PROXY header had to be read for that. */
void tunnel_open(struct session *session, struct session_environment *env);
void tunnel_client_spoke(struct session *session);
void tunnel_client_left(
	struct session *session, struct session_environment *env, const char term[2]);
void tunnel_connected(struct session *session, struct session_environment *env);
/* The head of a 101 is the response's piece: what follows is the tunnel's. */
void tunnel_granted(struct session *session, struct session_environment *env);

/* resend.c: requests that are sent again. */

/* A connection is there and the request is about to leave over it. */
void resend_prepare(struct session *session);
/* The connection failed before a byte of its answer came.  True: the request is sent again over a
 * new one, or its client was told, in the way it expects, to do so. */
bool resend_stale(struct session *session, struct session_environment *env);
/* The answer failed, or was one, that `retry-on` names with this bit: true, it is asked again. */
bool resend_wanted(struct session *session, struct session_environment *env, uint32_t failure);

/* say.c */
enum answer_log { ANSWER_COUNTED, ANSWER_UNCOUNTED };

/* An answer of our own, then the end of the client's connection.  Once a response has begun
 * there is nothing to answer any more: the connections are cut.  ANSWER_UNCOUNTED: the log shows
 * 0 bytes, as HAProxy does for what its HTTP layer never saw. */
void session_answer(struct session *session, struct session_environment *env, uint16_t status,
	const char term[2], enum answer_log counted);
/* These bytes are the answer, and this status; `stays`: the client's connection goes on. */
void session_say(struct session *session, struct session_environment *env, struct span answer,
	uint16_t status, const char term[2], bool stays);
/* May the client's connection go on after an answer of our own? */
bool session_may_stay(const struct session *session, const struct session_environment *env);

/* session.c */
/* The client's address is known: false when `tcp-request` rules have ended the session. */
bool session_admit(struct session *session, struct session_environment *env);

/* Both connections are cut; the log line says why. */
void session_cut(struct session *session, struct session_environment *env, const char term[2]);
/* The client ended its side while its request was still to be served. */
void session_client_ended(
	struct session *session, struct session_environment *env, const char term[2]);
/* The transaction is over: log, counters, then the next request or the end. */
void session_finish(struct session *session, struct session_environment *env);
void session_watch_client(struct session *session, struct session_environment *env, uint32_t ms);
void session_watch_server(struct session *session, struct session_environment *env, uint32_t ms);
/* Gives its place at its server back, and the one in a line. */
void session_leave_server(struct session *session, struct session_environment *env);

/* ledger.c */

/* A request, also one that could not be read, is one of the frontend's. */
void session_count_request(struct session *session, struct session_environment *env);
/* The number of this request among all. */
void session_take_number(struct session *session, struct session_environment *env);
void session_count_transaction(struct session *session, struct session_environment *env);
/* What the log would say of it now. */
void session_describe(const struct session *session, const struct session_environment *env,
	bool early, struct access_record *record);
/* The transaction's line, when its frontend wants one and it is not written yet. */
void session_log(struct session *session, struct session_environment *env);
/* The line of option logasap, written with the response's head. */
void session_log_early(struct session *session, struct session_environment *env);
/* The line of a frontend without a format, when something has come. */
void session_log_connect(struct session *session, struct session_environment *env);

struct traffic *session_traffic(const struct session_environment *env, uint32_t cell);
static inline struct traffic *frontend_traffic(
	const struct session *session, const struct session_environment *env)
{
	return session_traffic(env, session->frontend->frontend_cell);
}
static inline struct traffic *backend_traffic(
	const struct session *session, const struct session_environment *env)
{
	assert(session->backend);
	return session_traffic(env, session->backend->backend_cell);
}
static inline struct traffic *server_traffic(
	const struct session *session, const struct session_environment *env)
{
	return session_traffic(env, session->server->cell);
}

/* Lays a rewritten head over the end of the one it replaces, right before the body, and makes it
 * the flow's piece.  False when it does not fit into the space before the body. */
bool flow_lay_head(struct flow *flow, uint32_t head_bytes, const char *rewritten, uint32_t len);
/* The same for a head that rules may have made longer: what does not fit there leaves from a buffer
 * of its own, and the body follows it. */
bool flow_lay_long_head(struct session_environment *env, struct flow *flow, uint32_t head_bytes,
	const char *rewritten, uint32_t len);
/* Moves what is here of the body into the piece.  False: the framing is broken. */
bool flow_take_body(struct flow *flow);
static inline bool flow_has_bytes(const struct flow *flow)
{
	return flow->in && buffer_len(flow->in) > 0;
}

#endif
