/* SPDX-License-Identifier: GPL-2.0-or-later */
/* request.c - the request's way: a head is read, routed and rewritten, a server is chosen and
 * connected, the body follows.
 *
 * The rewritten head is laid over the end of the one that came, right before the body, and both
 * leave in one send from the buffer they were received in.  Nothing is sent before the connect
 * has succeeded, so that a refused connect can be tried elsewhere with the same bytes. */
#include "core/config/rule_model.h"
#include "net/http/answer.h"
#include "net/http/exchange.h"
#include "net/http/message.h"
#include "net/http/queueing.h"
#include "net/http/reuse.h"
#include "net/io/proxy_protocol.h"
#include "net/lb/hash.h"
#include "net/lb/key.h"
#include "net/rules/log_line.h"
#include "net/rules/rules.h"
#include "net/stats/stats.h"
#include <arpa/inet.h>
#include <errno.h>

/* More than this many hops are none of anybody's concern: the number is taken for this one. */
#define MAX_FORWARDS_MOST 1000000u
#define RETRY_DELAY_MS	  1000u /* before the same server is tried again */

static void refuse(struct session *session, struct session_environment *env, uint16_t status)
{
	struct flow *request = &session->flow[REQUEST];
	struct traffic *frontend = frontend_traffic(session, env);

	env->refused(env, session, false, buffer_at(request->in), buffer_len(request->in),
		env->head->fault_at);
	session_count_request(session, env);
	board_add(&frontend->request_errors, 1);
	board_add(&session_traffic(env, session->listener->cell)->request_errors, 1);
	request->in->start = request->in->end;
	session_answer(session, env, status, "PR", ANSWER_UNCOUNTED);
}

static void keep_line(struct session *session, struct session_environment *env)
{
	const struct h1_head *head = env->head;
	uint32_t len = head->start_line.len;

	if ((!session->frontend->log_httplog && !session->frontend->log_format) ||
		session->frontend->log_target_count == 0)
		return;
	session->line = env->lend_line(env);
	if (!session->line)
		return;
	if (len > env->line_bytes)
		len = env->line_bytes;
	memcpy(session->line, head->start_line.at, len);
	session->line_len = len;
}

/* The backend for this request; NULL when none serves it. */
static const struct proxy *route(struct session *session, struct session_environment *env)
{
	const struct proxy *frontend = session->frontend;
	const struct proxy *backend = env->rules ? rules_route(session, env) : NULL;

	if (!backend)
		backend = frontend->default_backend;
	if (!backend && frontend->is_backend)
		backend = frontend; /* a listen section */
	return backend && !backend->disabled ? backend : NULL;
}

static bool in_network(const struct network *network, const union session_peer *peer)
{
	const uint8_t *bytes;
	uint32_t whole, rest;

	if (network->family == AF_UNSPEC || network->family != peer->any.sa_family)
		return false;
	bytes = network->family == AF_INET ? (const uint8_t *)&peer->in.sin_addr
					   : (const uint8_t *)&peer->in6.sin6_addr;
	whole = network->prefix_bits / 8u;
	rest = network->prefix_bits % 8u;
	if (memcmp(bytes, network->bytes, whole) != 0)
		return false;
	return rest == 0 || ((bytes[whole] ^ network->bytes[whole]) >> (8u - rest)) == 0;
}

/* One that Connection names does not leave: a client must not get rid of ours by that. */
static bool has_field(const struct h1_head *head, const char *name)
{
	for (uint32_t i = 0; i < head->field_count; i++)
		if (!head->fields[i].named_by_connection &&
			span_equal_nocase(head->fields[i].name, span_of_string(name)))
			return true;
	return false;
}

static char *put_decimal(char *at, uint8_t value)
{
	if (value >= 100)
		*at++ = (char)('0' + value / 100);
	if (value >= 10)
		*at++ = (char)('0' + value / 10 % 10);
	*at++ = (char)('0' + value % 10);
	return at;
}

/* inet_ntop() goes through the printf family for each of the four numbers: 2 % of all that a small
 * request costs. */
static bool print_peer(const union session_peer *peer, char *out, socklen_t capacity)
{
	const uint8_t *bytes = (const uint8_t *)&peer->in.sin_addr;

	if (peer->any.sa_family != AF_INET)
		return inet_ntop(AF_INET6, &peer->in6.sin6_addr, out, capacity) != NULL;
	for (uint32_t i = 0; i < 4; i++) {
		out = put_decimal(out, bytes[i]);
		*out++ = i < 3 ? '.' : '\0';
	}
	return true;
}

/* option forwardfor: the frontend's and the backend's settings are two objects; the field is
 * added when one of them is set and the client is in neither's `except`. */
static void edit_forwardfor(
	const struct session *session, const struct h1_head *head, struct message_edits *edits)
{
	const struct forwardfor *front = &session->frontend->forwardfor;
	const struct forwardfor *back = &session->backend->forwardfor;
	const union session_peer *peer = &session->peer;
	const char *name = back->on ? back->header : front->header;
	bool if_none = (!front->on || front->if_none) && (!back->on || back->if_none);

	if (!front->on && !back->on)
		return;
	if (peer->any.sa_family != AF_INET && peer->any.sa_family != AF_INET6)
		return;
	if ((front->on && in_network(&front->except, peer)) ||
		(back->on && in_network(&back->except, peer)))
		return;
	if (!name)
		name = "X-Forwarded-For";
	if (if_none && has_field(head, name))
		return;
	if (!print_peer(peer, edits->forwardfor_value, sizeof(edits->forwardfor_value)))
		return;
	edits->forwardfor_name = span_of_string(name);
}

enum forwards { FORWARDS_UNSAID, FORWARDS_SOME, FORWARDS_NONE_LEFT, FORWARDS_BAD };

/* Max-Forwards, which only these two methods have to obey (RFC 9110 7.6.2). */
static enum forwards read_max_forwards(const struct h1_head *head, uint32_t *left)
{
	const struct h1_field *field = NULL;

	if (head->method_id != H1_METHOD_OPTIONS && head->method_id != H1_METHOD_TRACE)
		return FORWARDS_UNSAID;
	for (uint32_t i = 0; i < head->field_count; i++) {
		if (head->fields[i].id != H1_FIELD_MAX_FORWARDS)
			continue;
		if (field)
			return FORWARDS_BAD; /* two numbers: whose turn is it to answer? */
		field = &head->fields[i];
	}
	if (!field)
		return FORWARDS_UNSAID;
	*left = 0;
	for (uint32_t i = 0; i < field->value.len; i++) {
		char digit = field->value.at[i];

		if (digit < '0' || digit > '9')
			return FORWARDS_BAD;
		if (*left < MAX_FORWARDS_MOST)
			*left = *left * 10 + (uint32_t)(digit - '0');
	}
	if (field->value.len == 0)
		return FORWARDS_BAD;
	return *left > 0 ? FORWARDS_SOME : FORWARDS_NONE_LEFT;
}

static void edit_max_forwards(const struct h1_head *head, struct message_edits *edits)
{
	uint32_t left;

	if (read_max_forwards(head, &left) != FORWARDS_SOME)
		return;
	edits->replace_max_forwards = true;
	edits->max_forwards = left - 1;
}

/* Requests that end here, whatever is behind us.  False: this one does not. */
static bool answer_last_hop(struct session *session, struct session_environment *env)
{
	const struct h1_head *head = env->head;
	struct traffic *frontend = frontend_traffic(session, env);
	uint32_t left;

	if (head->method_id == H1_METHOD_CONNECT) {
		/* A gateway is no way out: tunnels are not for the asking. */
		board_add(&frontend->denied_requests, 1);
		session_answer(session, env, 405, "PR", ANSWER_COUNTED);
		return true;
	}
	switch (read_max_forwards(head, &left)) {
	case FORWARDS_UNSAID:
	case FORWARDS_SOME:
		return false;
	case FORWARDS_NONE_LEFT:
		/* We are whom it was meant for; to show a request to who sent it is no more than a
		 * way to steal what others put into it. */
		board_add(&frontend->intercepted, 1);
		session_answer(session, env, head->method_id == H1_METHOD_OPTIONS ? 200 : 405, "LR",
			ANSWER_COUNTED);
		return true;
	case FORWARDS_BAD:
		board_add(&frontend->request_errors, 1);
		session_answer(session, env, 400, "PR", ANSWER_COUNTED);
		return true;
	}
	return false;
}

/* The strongest of both sides' wishes: close, server-close, keep-alive. */
static enum connection_mode connection_mode(const struct session *session)
{
	enum connection_mode front = session->frontend->connection_mode;
	enum connection_mode back = session->backend->connection_mode;

	return front > back ? front : back;
}

/* False: the answer was ours. */
static bool forward_head(struct session *session, struct session_environment *env, uint32_t bytes)
{
	struct flow *request = &session->flow[REQUEST];
	const struct h1_head *head = env->head;
	struct message_edits edits = {0};
	uint32_t len, here;

	session->keep_server = connection_mode(session) == CONNECTION_KEEP_ALIVE;
	session->asked_as_10 = message_leaves_as_10(head);
	/* An HTTP/1.0 request closes by itself, one of HTTP/1.1 keeps: saying so would be a field
	 * that nobody sent. */
	edits.connection = session->upgrade ? MESSAGE_CONNECTION_UPGRADE
			   : session->asked_as_10 && session->keep_server
				   ? MESSAGE_CONNECTION_KEEP_ALIVE
			   : session->asked_as_10 || session->keep_server ||
					   session->backend->pretend_keepalive
				   ? MESSAGE_CONNECTION_ABSENT
				   : MESSAGE_CONNECTION_CLOSE;
	edit_forwardfor(session, head, &edits);
	edit_max_forwards(head, &edits);
	edits.add_via = !session->frontend->omit_via && !session->backend->omit_via;
	len = message_write_request(env->scratch, env->scratch_bytes, head, &edits);
	if (len == 0 || !flow_lay_long_head(env, request, bytes, env->scratch, len)) {
		board_add(&backend_traffic(session, env)->rewrite_errors, 1);
		session_answer(session, env, 500, "PR", ANSWER_COUNTED);
		return false;
	}
	here = buffer_len(request->in);
	if (!flow_take_body(request)) {
		board_add(&frontend_traffic(session, env)->request_errors, 1);
		session_answer(session, env, 400, "PR", ANSWER_COUNTED);
		return false;
	}
	session->bytes_in += here - buffer_len(request->in);
	return true;
}

static void begin_backend(struct session *session, struct session_environment *env)
{
	struct traffic *backend = backend_traffic(session, env);

	board_enter_session(env->board, env->worker, session->backend->backend_cell);
	load_enter_backend(env->load, session->backend);
	session->counted_backend = true;
	board_add(&backend->sessions, 1);
	if (!session->tcp)
		board_add(&backend->requests, 1);
	board_rate_count(&backend->session_rate, env->now_ms);
}

bool request_find_backend(struct session *session, struct session_environment *env)
{
	session->backend = route(session, env);
	if (session->backend)
		begin_backend(session, env);
	return session->backend != NULL;
}

/* The statistics of the backend, or of the frontend that has its own.  False: not asked for. */
static bool answer_stats(struct session *session, struct session_environment *env, uint32_t bytes)
{
	const struct proxy *owner =
		session->frontend->stats.enabled ? session->frontend : session->backend;
	const struct h1_head *head = env->head;
	struct flow *request = &session->flow[REQUEST];
	struct span rest;
	uint32_t status;

	if (!owner || !owner->stats.enabled)
		return false;
	if (head->method_id != H1_METHOD_GET && head->method_id != H1_METHOD_HEAD &&
		head->method_id != H1_METHOD_POST)
		return false;
	if (!stats_uri_matches(owner, head->path, &rest))
		return false;
	if (owner->rules && owner->rules->stats.first &&
		!rules_allow_stats(session, env, owner, bytes))
		return true;
	board_add(&frontend_traffic(session, env)->intercepted, 1);
	if (session->backend)
		board_add(&backend_traffic(session, env)->intercepted, 1);
	/* What follows a body that nobody reads cannot be told from it. */
	if (head->body != H1_BODY_NONE)
		session->keep_alive = false;
	else
		request->state = FLOW_DONE;
	session->queued_ms = env->now_ms;
	session->connect_ms = env->now_ms;
	session->stats_answered = true;
	session->phase = SESSION_ANSWER;
	memcpy(session->term, "LR", 2);
	request->in->start += bytes; /* in any case: a second look would answer it again */
	if (!env->begin_stats(env, session, head, rest, &status)) {
		session->stats_answered = false;
		session_answer(session, env, 503, "RR", ANSWER_COUNTED);
		return true;
	}
	session->status = (uint16_t)status;
	if (status == 200)
		session->response_ms = env->now_ms;
	session_watch_client(session, env, session->frontend->timeouts.client_ms);
	session->actions |= SESSION_SEND_CLIENT;
	return true;
}

/* The client's next request, or its going away, is waited for while its answer is made: on a kept
 * connection it costs no more than to ask for it afterwards. */
static bool listens_to_client(const struct session *session)
{
	const struct flow *request = &session->flow[REQUEST];

	return (session->keep_alive || session->backend->abort_on_close) &&
	       request->state == FLOW_DONE && !request->ended && !flow_has_bytes(request);
}

void request_hash_key(struct session *session, struct session_environment *env,
	const struct h1_head *head, struct span body)
{
	const struct balancing *balancing = &session->backend->balancing;
	struct span key;

	if (balancing->algorithm != BALANCE_HASH) {
		session->hashed =
			key_hash(&session->hash, balancing, &session->peer.any, head, body);
		return;
	}
	session->hashed = rules_balance_key(session, env, &key);
	if (session->hashed)
		session->hash = hash_key(balancing, key);
}

static void hash_request(struct session *session, struct session_environment *env, uint32_t bytes)
{
	const struct balancing *balancing = &session->backend->balancing;
	const struct buffer *in = session->flow[REQUEST].in;
	struct span body = {0};

	if (!balance_is_by_key(balancing->algorithm))
		return;
	if (env->head->body == H1_BODY_LENGTH) {
		body = span_of(buffer_at(in) + bytes, buffer_len(in) - bytes);
		if (body.len > env->head->body_bytes)
			body.len = (uint32_t)env->head->body_bytes;
	}
	request_hash_key(session, env, env->head, body);
}

static void begin_request(struct session *session, struct session_environment *env, uint32_t bytes)
{
	struct flow *request = &session->flow[REQUEST];
	const struct h1_head *head = env->head;

	session->head_ms = env->now_ms;
	session->bytes_in += bytes;
	session->method = head->method_id;
	session->http10 = head->minor == 0;
	session->keep_alive = head->keep_alive && !head->drop_content_length;
	session->asks_to_stay = head->keep_alive;
	session->upgrade = head->wants_upgrade && head->body == H1_BODY_NONE;
	request->scanned = 0;
	request->state = FLOW_BODY;
	request->body = head->body;
	request->left_bytes = head->body_bytes;
	h1_chunks_init(&request->chunks, false, env->limits.head_bytes);
	keep_line(session, env);
	session_count_request(session, env);
}

/* The PROXY protocol's header, before anything else on a connection whose bind says accept-proxy.
 * False: it is not complete, or it was bad and the connection is over. */
static bool read_proxy_header(struct session *session, struct session_environment *env)
{
	struct buffer *in = session->flow[REQUEST].in;
	struct proxy_protocol header;
	int32_t bytes = proxy_protocol_read(&header, buffer_at(in), buffer_len(in));

	if (bytes == PROXY_PROTOCOL_MORE) {
		session->actions = SESSION_RECV_CLIENT;
		return false;
	}
	if (bytes == PROXY_PROTOCOL_BAD) {
		/* Whoever this is, it is not the balancer that was promised: no answer. */
		board_add(&frontend_traffic(session, env)->denied_connections, 1);
		board_add(&session_traffic(env, session->listener->cell)->denied_connections, 1);
		session_cut(session, env, "PR");
		return false;
	}
	in->start += (uint32_t)bytes;
	session->awaits_proxy_header = false;
	if (!header.local) {
		memcpy(&session->peer, &header.source, sizeof(session->peer));
		memcpy(&session->destination, &header.destination, sizeof(session->destination));
	}
	if (!session_admit(session, env))
		return false;
	if (buffer_len(in) > 0 || session->tcp)
		return true;
	session->actions = SESSION_RECV_CLIENT;
	return false;
}

/* The rules of the frontend.  Its redirects come behind its statistics, when it has some. */
static bool pass_frontend(struct session *session, struct session_environment *env, uint32_t bytes)
{
	const struct proxy *frontend = session->frontend;

	return !rules_answer_monitor(session, env, bytes) &&
	       rules_apply_to_request(session, env, frontend, bytes) &&
	       (frontend->stats.enabled || rules_redirect(session, env, frontend, bytes));
}

/* A listen has had its turn as the frontend. */
static bool pass_backend(struct session *session, struct session_environment *env, uint32_t bytes)
{
	return !session->backend || session->backend == session->frontend ||
	       rules_apply_to_request(session, env, session->backend, bytes);
}

/* Behind the statistics, which a redirect of everything must not hide. */
static bool pass_redirects(struct session *session, struct session_environment *env, uint32_t bytes)
{
	const struct proxy *frontend = session->frontend, *backend = session->backend;

	if (frontend->stats.enabled && !rules_redirect(session, env, frontend, bytes))
		return false;
	if (backend != frontend && !rules_redirect(session, env, backend, bytes))
		return false;
	session->wanted_server = rules_server(session, env);
	/* A rule may have taken back that the client asks for another protocol. */
	session->upgrade = session->upgrade && h1_find(env->head, H1_FIELD_UPGRADE);
	return true;
}

void request_read_head(struct session *session, struct session_environment *env)
{
	struct flow *request = &session->flow[REQUEST];
	struct h1_limits limits = env->limits;
	int32_t bytes;

	if (session->awaits_proxy_header && !read_proxy_header(session, env))
		return;
	if (session->tcp) {
		tunnel_open(session, env);
		return;
	}
	session->got_bytes = true;
	if (session->phase == SESSION_WAIT) {
		session->phase = SESSION_HEAD;
		session->start_ms = env->now_ms;
		session->start_wall_ms = env->wall_ms;
		/* The first request's time runs from the accept, later ones' from their first byte.
		 */
		if (!session->first_request)
			session_watch_client(session, env,
				session->frontend->timeouts.http_request_ms
					? session->frontend->timeouts.http_request_ms
					: session->frontend->timeouts.client_ms);
	}
	limits.lax = session->frontend->lax_requests;
	bytes = h1_read_request(env->head, buffer_at(request->in), buffer_len(request->in),
		&request->scanned, &limits);
	if (bytes == H1_MORE) {
		session->actions = SESSION_RECV_CLIENT;
		return;
	}
	if (bytes == H1_BAD) {
		refuse(session, env, env->head->fault);
		return;
	}
	session->actions = 0;
	begin_request(session, env, (uint32_t)bytes);
	if (!message_settle_host(env->head)) {
		session_answer(session, env, 431, "PR", ANSWER_COUNTED);
		return;
	}
	session_log_connect(session, env);
	if (answer_last_hop(session, env))
		return;
	if (env->rules && !pass_frontend(session, env, (uint32_t)bytes))
		return;
	if (request_find_backend(session, env) && connection_mode(session) == CONNECTION_CLOSE)
		session->keep_alive = false;
	if (env->rules && !pass_backend(session, env, (uint32_t)bytes))
		return;
	if (answer_stats(session, env, (uint32_t)bytes))
		return;
	if (!session->backend) {
		session_answer(session, env, 503, "SC", ANSWER_COUNTED);
		return;
	}
	if (env->rules && !pass_redirects(session, env, (uint32_t)bytes))
		return;
	hash_request(session, env, (uint32_t)bytes);
	if (!unique_id_make(session, env)) {
		board_add(&backend_traffic(session, env)->rewrite_errors, 1);
		session_answer(session, env, 500, "PR", ANSWER_COUNTED);
		return;
	}
	if (!forward_head(session, env, (uint32_t)bytes))
		return;
	if (listens_to_client(session))
		session->actions |= SESSION_RECV_CLIENT;
	request_connect(session, env, BALANCE_NONE);
}

/* From now on another server is the session's, or none yet. */
static void change_server(
	struct session *session, struct session_environment *env, const struct server *server)
{
	if (session->server && session->server != server) {
		session->redispatched = true;
		board_add(&backend_traffic(session, env)->redispatches, 1);
		board_add(&server_traffic(session, env)->redispatches, 1);
	}
	session->server = server;
}

static void count_connect_error(struct session *session, struct session_environment *env)
{
	board_add(&backend_traffic(session, env)->connect_errors, 1);
	if (session->server)
		board_add(&server_traffic(session, env)->connect_errors, 1);
}

void request_connect(struct session *session, struct session_environment *env, uint32_t avoid)
{
	const struct timeouts *timeouts = &session->backend->timeouts;
	const struct server *server;

	session->reuse = REUSE_NONE;
	if (session->keep_server)
		session->reuse =
			(uint8_t)reuse_choose(session->backend->http_reuse, session->first_request);
	switch (queueing_enter(session, env, avoid, &server)) {
	case QUEUEING_SERVED:
		request_connect_to(session, env, server);
		break;
	case QUEUEING_WAITS:
		change_server(session, env, server);
		session->phase = SESSION_QUEUE;
		session_watch_server(session, env,
			timeouts->queue_ms ? timeouts->queue_ms : timeouts->connect_ms);
		break;
	case QUEUEING_NOBODY:
		session->server = NULL;
		count_connect_error(session, env);
		session_answer(session, env, 503, "SC", ANSWER_COUNTED);
		break;
	case QUEUEING_FULL:
		change_server(session, env, server);
		count_connect_error(session, env);
		session_answer(session, env, 503, "SQ", ANSWER_COUNTED);
		break;
	}
}

static void count_choice(struct session *session, struct session_environment *env)
{
	struct traffic *server = server_traffic(session, env);

	board_add(&server->sessions, 1);
	board_add(&server->chosen, 1);
	board_rate_count(&server->session_rate, env->now_ms);
	board_set(&server->last_session_s, env->wall_ms / 1000);
	if (!session->tried)
		board_add(&backend_traffic(session, env)->chosen, 1);
}

void request_connect_to(
	struct session *session, struct session_environment *env, const struct server *server)
{
	change_server(session, env, server);
	session->queued_ms = env->now_ms;
	session->phase = SESSION_CONNECT;
	if (session->tried != server)
		count_choice(session, env);
	session->tried = server;
	board_set(&backend_traffic(session, env)->last_session_s, env->wall_ms / 1000);
	board_enter_session(env->board, env->worker, server->cell);
	session->counted_server = true;
	session_watch_server(session, env, session->backend->timeouts.connect_ms);
	session->actions |= SESSION_DO_CONNECT;
}

/* Which retries may leave a server that the session is bound to: every Nth, or, counted from the
 * last one back, as `option redispatch` says. */
static bool is_redispatch(const struct session *session)
{
	int64_t every = session->backend->redispatch;

	if (every < 0)
		every += (int64_t)session->backend->retries + 1;
	return every > 0 && session->tries % (uint64_t)every == 0;
}

/* Does a failed connect go elsewhere at once?  HAProxy's rule: with option redispatch, when the
 * server has been found to be down, and whenever there is another one, unless a key binds the
 * session to its server: then only the retries that the option names may leave it. */
bool request_may_redispatch(const struct session *session, struct session_environment *env)
{
	const struct proxy *backend = session->backend;
	uint32_t usable = balance_usable(&env->balances[backend->index]);

	if (backend->redispatch == 0 || usable == 0)
		return false;
	if (queueing_has_gone(env, session->server))
		return true;
	return usable > 1 &&
	       (!balance_is_by_key(backend->balancing.algorithm) || is_redispatch(session));
}

void request_reconnect(struct session *session, struct session_environment *env)
{
	session->reuse = REUSE_NONE;
	session->queued_ms = env->now_ms;
	session->phase = SESSION_CONNECT;
	session_watch_server(session, env, session->backend->timeouts.connect_ms);
	session->actions |= SESSION_DO_CONNECT;
}

/* The same place is tried again, or another one is found. */
static void connect_again(struct session *session, struct session_environment *env, bool elsewhere)
{
	const struct server *server = session->server;

	if (elsewhere) {
		session_leave_server(session, env);
		request_connect(session, env, server->index);
		return;
	}
	request_reconnect(session, env);
}

void request_retry(struct session *session, struct session_environment *env)
{
	connect_again(session, env, request_may_redispatch(session, env));
}

void request_refused(struct session *session, struct session_environment *env)
{
	const struct proxy *backend = session->backend;
	struct traffic *totals = backend_traffic(session, env);
	struct traffic *server = server_traffic(session, env);
	bool timed_out = session->connect_timed_out;
	uint32_t delay = RETRY_DELAY_MS;

	session->connect_timed_out = false;
	if (session->tries >= backend->retries || !(backend->retry_on & RETRY_ON_CONN_FAILURE)) {
		count_connect_error(session, env);
		session_answer(session, env, 503, timed_out ? "sC" : "SC", ANSWER_COUNTED);
		return;
	}
	session->tries++;
	board_add(&totals->retries, 1);
	board_add(&server->retries, 1);
	if (request_may_redispatch(session, env)) {
		connect_again(session, env, true);
		return;
	}
	if (timed_out) {
		request_retry(session, env); /* the wait has been long enough */
		return;
	}
	if (backend->timeouts.connect_ms && backend->timeouts.connect_ms < delay)
		delay = backend->timeouts.connect_ms;
	session->phase = SESSION_RETRY;
	session_watch_server(session, env, delay);
}

void request_read_body(struct session *session, struct session_environment *env)
{
	struct flow *request = &session->flow[REQUEST];
	uint32_t before = buffer_len(request->in);

	if (!flow_take_body(request)) {
		env->refused(
			env, session, false, buffer_at(request->in), buffer_len(request->in), 0);
		board_add(&frontend_traffic(session, env)->request_errors, 1);
		session_answer(
			session, env, 400, session->response_begun ? "PD" : "PH", ANSWER_COUNTED);
		return;
	}
	session->bytes_in += before - buffer_len(request->in);
	session_watch_server(session, env, session->backend->timeouts.server_ms);
	session->actions = request->out_len > 0 ? SESSION_SEND_SERVER : SESSION_RECV_CLIENT;
}

void request_complete(struct session *session, struct session_environment *env)
{
	const struct flow *response = &session->flow[RESPONSE];

	session_watch_server(session, env, session->backend->timeouts.server_ms);
	if (response->state == FLOW_DONE && response->out_len == 0)
		response_complete(session, env);
	else if (listens_to_client(session))
		session->actions |= SESSION_RECV_CLIENT;
}

/* A piece of the request has left: the body's next one is wanted, by copy or by splice. */
void request_sent(struct session *session, struct session_environment *env)
{
	struct flow *request = &session->flow[REQUEST];

	request->out_len = 0;
	request->out = NULL;
	if (request->state == FLOW_DONE) {
		request_complete(session, env);
		return;
	}
	if (flow_has_bytes(request)) { /* behind a head that left by itself */
		request_read_body(session, env);
		return;
	}
	session_watch_client(session, env, session->frontend->timeouts.client_ms);
	if (env->splice && request->body == H1_BODY_LENGTH &&
		request->left_bytes >= env->splice_min_bytes && !flow_has_bytes(request)) {
		request->spliced = true;
		session->actions = SESSION_SPLICE_REQUEST;
	} else {
		session->actions = SESSION_RECV_CLIENT;
	}
}
