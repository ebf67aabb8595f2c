/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ledger.c - what a transaction leaves behind: its counters and its line in the log.
 *
 * Nothing here changes what becomes of a session.  The line is written after the session has left
 * its server and its backend, since it counts those that go on. */
#include "net/http/exchange.h"
#include "net/rules/rules.h"

static int64_t span_ms(uint64_t from, uint64_t to)
{
	return from && to ? (int64_t)(to - from) : -1;
}

static uint32_t gauge(const struct session_environment *env, uint32_t cell)
{
	return (uint32_t)BOARD_SUM_WORD(env->board, cell, sessions_now);
}

static uint32_t process_connections(const struct session_environment *env)
{
	uint64_t sum = 0;

	for (uint32_t worker = 0; worker < env->board->header->workers; worker++)
		sum += board_get(&env->board->workers[worker].connections_now);
	return (uint32_t)sum;
}

static bool session_has_format(const struct session *session)
{
	const struct proxy *frontend = session->frontend;

	return frontend->log_httplog || frontend->log_tcplog || frontend->log_format ||
	       (session->awaits_proxy_header && frontend->error_log_format);
}

static bool wants_log(const struct session *session)
{
	const struct proxy *frontend = session->frontend;

	if (!session_has_format(session) || frontend->log_target_count == 0)
		return false;
	if (session->log_silent)
		return false;
	/* With error-log-format bytes that were no request are something, too. */
	if (!session->got_bytes && frontend->log_dontlognull &&
		!(frontend->error_log_format && flow_has_bytes(&session->flow[REQUEST])))
		return false;
	if (frontend->log_dontlog_normal && session->term[0] == '-' && session->status < 500 &&
		session->tries == 0)
		return false;
	return true;
}

void session_describe(const struct session *session, const struct session_environment *env,
	bool early, struct access_record *record)
{
	const struct proxy *routed = session->backend ? session->backend : session->frontend;

	*record = (struct access_record){
		.listener_id = session->listener->id,
		.accept_wall_ms = session->start_wall_ms - (session->start_ms - session->wait_ms),
		.request_wall_ms = session->start_wall_ms,
		.frontend = session->frontend->name,
		.backend = routed->name,
		.server = session->stats_answered ? "<STATS>"
			  : session->server	  ? session->server->name
						  : NULL,
		.head_ms = span_ms(session->start_ms, session->head_ms),
		.queue_ms = span_ms(session->head_ms, session->queued_ms),
		.connect_ms = span_ms(session->queued_ms, session->connect_ms),
		.response_ms = span_ms(session->connect_ms, session->response_ms),
		.active_ms = (int64_t)(env->now_ms - session->start_ms),
		.total_ms = (int64_t)(env->now_ms - session->wait_ms),
		.idle_ms = (int64_t)(session->start_ms - session->wait_ms),
		.data_ms = span_ms(session->response_ms, env->now_ms),
		.status = session->status ? session->status
			  : session->tcp  ? 0
					  : -1,
		.bytes_in = session->bytes_in,
		.request_number = session->number,
		.unique_id = span_of(session->unique_id, session->unique_id_len),
		.bytes = session->answer_uncounted ? 0
			 : early ? session->bytes_out + session->flow[RESPONSE].out_len
				 : session->bytes_out,
		.early = early,
		.process_connections = process_connections(env),
		.frontend_connections = gauge(env, session->frontend->frontend_cell),
		.backend_connections =
			session->backend ? gauge(env, session->backend->backend_cell) : 0,
		.server_connections = session->server ? gauge(env, session->server->cell) : 0,
		.retries = session->tries,
		.server_queue = session->server_queue,
		.backend_queue = session->backend_queue,
		.redispatched = session->redispatched,
		.has_request = session->line_len > 0,
		.request_line = span_of(session->line, session->line_len),
		.uri_max = env->config->global.logurilen,
	};
	if (session->peer.any.sa_family == AF_INET6)
		record->client.in6 = session->peer.in6;
	else
		record->client.in = session->peer.in;
	memcpy(record->termination, session->term, sizeof(record->termination));
}

static void write_log(struct session *session, struct session_environment *env, bool early)
{
	struct access_record record;

	session_describe(session, env, early, &record);
	if (env->rules)
		rules_describe_captures(session, env, &record);
	env->log(env, session, &record);
}

static void count_response(struct traffic *cell, uint16_t status)
{
	uint32_t class = status >= 100 && status < 600 ? status / 100u - 1 : 5;

	board_add(&cell->responses[class], 1);
}

static void count_times(struct session *session, struct session_environment *env)
{
	uint64_t queue, connect, response, total;

	if (!session->server || !session->response_ms)
		return;
	queue = session->queued_ms - session->head_ms;
	connect = session->connect_ms - session->queued_ms;
	response = session->response_ms - session->connect_ms;
	total = env->now_ms - session->start_ms;
	board_time_sample(backend_traffic(session, env), queue, connect, response, total);
	board_time_sample(server_traffic(session, env), queue, connect, response, total);
}

void session_count_transaction(struct session *session, struct session_environment *env)
{
	struct traffic *frontend = frontend_traffic(session, env);
	struct traffic *listener = session_traffic(env, session->listener->cell);
	struct worker_cell *worker = &env->board->workers[env->worker];

	board_add(&frontend->bytes_in, session->bytes_in);
	board_add(&frontend->bytes_out, session->bytes_out);
	board_add(&listener->bytes_in, session->bytes_in);
	board_add(&listener->bytes_out, session->bytes_out);
	board_add(&worker->bytes_out, session->bytes_out);
	if (session->status)
		count_response(frontend, session->status);
	if (session->backend) {
		struct traffic *backend = backend_traffic(session, env);

		board_add(&backend->bytes_in, session->bytes_in);
		board_add(&backend->bytes_out, session->bytes_out);
		if (session->status)
			count_response(backend, session->status);
	}
	if (session->server) {
		struct traffic *server = server_traffic(session, env);

		board_add(&server->bytes_in, session->bytes_in);
		board_add(&server->bytes_out, session->bytes_out);
		if (session->status && session->response_ms)
			count_response(server, session->status);
		board_add(&server->requests, 1);
	}
	count_times(session, env);
}

/* Every worker counts its own: the numbers of all together have no gaps but at the end. */
void session_take_number(struct session *session, struct session_environment *env)
{
	session->number = env->request_count++ * env->board->header->workers + env->worker;
}

void session_count_request(struct session *session, struct session_environment *env)
{
	struct traffic *frontend = frontend_traffic(session, env);

	session_take_number(session, env);
	board_add(&frontend->requests, 1);
	board_add(&env->board->workers[env->worker].requests_total, 1);
	board_rate_count(&frontend->request_rate, env->now_ms);
}

void session_log_connect(struct session *session, struct session_environment *env)
{
	const struct proxy *frontend = session->frontend;

	if (frontend->log_target_count > 0 && !session_has_format(session))
		env->log_connect(env, session);
}

void session_log(struct session *session, struct session_environment *env)
{
	if (!session->logged && wants_log(session))
		write_log(session, env, false);
}

void session_log_early(struct session *session, struct session_environment *env)
{
	if (!session->frontend->log_asap || !wants_log(session))
		return;
	write_log(session, env, true);
	session->logged = true;
}
