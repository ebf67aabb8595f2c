/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fetch_state.c - samples out of the state of proxies and servers.
 *
 * What is asked of all workers is added up over their cells of the board, at the moment of the
 * question: another worker may have gone on meanwhile, as with everything that is counted. */
#include "net/http/exchange.h"
#include "net/rules/fetch.h"

#define STATE(name)                                                                                \
	bool fetch_##name(struct rule_context *context __attribute__((unused)),                    \
		const struct expression *expression __attribute__((unused)),                       \
		struct sample *sample __attribute__((unused)),                                     \
		struct fetch_cursor *cursor __attribute__((unused)))

static const struct proxy *backend_of(
	const struct rule_context *context, const struct expression *expression)
{
	const struct proxy *named = expression->arguments[0].proxy;

	return named ? named : context->session->backend;
}

static uint64_t gauge(const struct rule_context *context, uint32_t cell)
{
	return BOARD_SUM_WORD(context->env->board, cell, sessions_now);
}

static uint64_t waiting(const struct rule_context *context, uint32_t cell)
{
	return BOARD_SUM_WORD(context->env->board, cell, queued_now);
}

static uint64_t session_rate(const struct rule_context *context, uint32_t cell)
{
	return BOARD_SUM_RATE(context->env->board, cell, session_rate, context->env->now_ms);
}

static bool is_usable(const struct rule_context *context, const struct server *server)
{
	return atomic_load_explicit(&context->env->board->verdicts[server->verdict].usable,
		       memory_order_relaxed) != 0;
}

static const struct proxy *frontend_of(
	const struct rule_context *context, const struct expression *expression)
{
	const struct proxy *named = expression->arguments[0].proxy;

	return named ? named : context->session->frontend;
}

STATE(backend_connections)
{
	const struct proxy *backend = backend_of(context, expression);

	return backend && give_number(sample, gauge(context, backend->backend_cell));
}

STATE(backend_queue)
{
	const struct proxy *backend = backend_of(context, expression);

	return backend && give_number(sample, waiting(context, backend->backend_cell));
}

STATE(backend_servers)
{
	const struct proxy *backend = backend_of(context, expression);

	if (!backend)
		return false;
	return give_number(sample, balance_usable(&context->env->balances[backend->index]));
}

STATE(backend_id)
{
	const struct proxy *backend = context->session->backend;

	return backend && give_number(sample, backend->id);
}

STATE(backend_name)
{
	const struct proxy *backend = context->session->backend;

	return backend && give_text(sample, span_of_string(backend->name));
}

STATE(frontend_connections)
{
	return give_number(sample, gauge(context, frontend_of(context, expression)->frontend_cell));
}

STATE(frontend_id)
{
	return give_number(sample, context->session->frontend->id);
}

STATE(frontend_name)
{
	return give_text(sample, span_of_string(context->session->frontend->name));
}

STATE(server_connections)
{
	const struct server *server = expression->arguments[0].server;

	return server && give_number(sample, gauge(context, server->cell));
}

STATE(server_is_up)
{
	const struct server *server = expression->arguments[0].server;

	return server && give_bool(sample, is_usable(context, server));
}

STATE(server_name)
{
	const struct server *server = context->session->server;

	return server && give_text(sample, span_of_string(server->name));
}

STATE(backend_session_rate)
{
	const struct proxy *backend = backend_of(context, expression);

	return backend && give_number(sample, session_rate(context, backend->backend_cell));
}

STATE(frontend_session_rate)
{
	return give_number(
		sample, session_rate(context, frontend_of(context, expression)->frontend_cell));
}

STATE(frontend_request_rate)
{
	uint32_t cell = frontend_of(context, expression)->frontend_cell;

	return give_number(sample,
		BOARD_SUM_RATE(context->env->board, cell, request_rate, context->env->now_ms));
}

STATE(server_session_rate)
{
	const struct server *server = expression->arguments[0].server;

	return server && give_number(sample, session_rate(context, server->cell));
}

STATE(server_queue)
{
	const struct server *server = expression->arguments[0].server;

	return server && give_number(sample, waiting(context, server->cell));
}

/* What waits for a backend or for one of its servers, shared by those that can serve. */
STATE(backend_mean_queue)
{
	const struct proxy *backend = backend_of(context, expression);
	uint64_t sum, servers;

	if (!backend)
		return false;
	sum = waiting(context, backend->backend_cell);
	servers = balance_usable(&context->env->balances[backend->index]);
	return give_number(sample, servers ? (sum + servers - 1) / servers : sum);
}

/* Places that are free at the servers that can serve, with those in their queues where `queues`;
 * -1 where a server has no limit. */
static int64_t free_places(
	const struct rule_context *context, const struct proxy *backend, bool queues)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < backend->server_count; i++) {
		const struct server *server = &backend->servers[i];
		int64_t used;

		if (!is_usable(context, server))
			continue;
		if (!server->maxconn || (queues && !server->maxqueue))
			return -1;
		used = (int64_t)gauge(context, server->cell);
		if (used < server->maxconn)
			sum += server->maxconn - used;
		if (queues)
			sum += server->maxqueue - (int64_t)waiting(context, server->cell);
	}
	return sum;
}

STATE(backend_slots)
{
	const struct proxy *backend = backend_of(context, expression);

	return backend && give_number(sample, (uint64_t)free_places(context, backend, true));
}

STATE(backend_free)
{
	const struct proxy *backend = backend_of(context, expression);

	return backend && give_number(sample, (uint64_t)free_places(context, backend, false));
}
