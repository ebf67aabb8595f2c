/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kept.c - the idle server connections of a worker.
 *
 * Workers never take each other's: no lock, no migration, and a request finds the connection warm
 * in its own core's cache.  The price is that N workers keep up to N times what one would.
 * pool-max-conn is a bound over all of them; it is read from the gauges on the board, so that
 * workers that return a connection in the same moment may exceed it by one each. */
#include "net/kept.h"
#include "net/http/exchange.h"
#include "net/http/reuse.h"
#include "net/worker.h"

static void purge(struct timer *timer);

static struct traffic *cell_of(const struct worker *worker, const struct server *server)
{
	return board_traffic(worker->board, worker->index, server->cell);
}

static struct kept_server *kept_of(struct worker *worker, const struct server *server)
{
	return &worker->kept.servers[server->verdict];
}

void kept_open(struct worker *worker, const struct worker_options *options)
{
	const struct config *config = options->config;
	struct kept *kept = &worker->kept;

	list_init(&kept->by_age);
	kept->servers =
		arena_alloc(options->arena, config->server_count * sizeof(struct kept_server));
	for (uint32_t i = 0; i < config->proxy_count; i++)
		for (uint32_t j = 0; j < config->proxies[i].server_count; j++) {
			const struct server *server = &config->proxies[i].servers[j];
			struct kept_server *store = kept_of(worker, server);

			list_init(&store->fresh);
			list_init(&store->proven);
			timer_init(&store->purge_timer, purge);
			store->server = server;
			store->worker = worker;
		}
}

/* ---- in use ---- */

void kept_begin_use(struct worker *worker, const struct server *server, struct conn *conn)
{
	struct kept_server *store = kept_of(worker, server);

	conn->server = server;
	worker->kept.used++;
	store->used++;
	if (store->used > store->used_max)
		store->used_max = store->used;
	board_add(&cell_of(worker, server)->used_now, 1);
}

void kept_end_use(struct worker *worker, struct conn *conn)
{
	if (!conn->server)
		return;
	worker->kept.used--;
	kept_of(worker, conn->server)->used--;
	board_sub(&cell_of(worker, conn->server)->used_now, 1);
}

/* ---- idle ---- */

static void enter(struct worker *worker, struct conn *conn)
{
	struct traffic *cell = cell_of(worker, conn->server);

	worker->kept.idle++;
	kept_of(worker, conn->server)->idle++;
	board_add(conn->proven ? &cell->safe_now : &cell->idle_now, 1);
	list_append(&worker->kept.by_age, &conn->link);
}

static void leave(struct worker *worker, struct conn *conn)
{
	struct traffic *cell = cell_of(worker, conn->server);

	worker->kept.idle--;
	kept_of(worker, conn->server)->idle--;
	board_sub(conn->proven ? &cell->safe_now : &cell->idle_now, 1);
	list_remove(&conn->link);
	list_remove(&conn->peer_link);
	if (conn->keeper)
		conn->keeper->kept_count--;
	conn->keeper = NULL;
}

static void close_idle(struct worker *worker, struct conn *conn)
{
	leave(worker, conn);
	conn_close(conn);
}

/* Does the server see whose request it is by the connection, or where that leads?  Then nobody else
 * may have it. */
static bool shows_its_client(const struct server *server)
{
	const struct source *source = server->source;

	return server->send_proxy || server->port_from_client ||
	       (source && (source->use == SOURCE_CLIENT_IP || source->use == SOURCE_CLIENT));
}

static struct conn *newest(struct list *list)
{
	return list_empty(list) ? NULL : container_of(list->prev, struct conn, peer_link);
}

static struct conn *own_of(struct session *session)
{
	for (struct list *link = session->kept.prev; link != &session->kept; link = link->prev) {
		struct conn *conn = container_of(link, struct conn, peer_link);

		if (conn->server == session->server)
			return conn;
	}
	return NULL;
}

struct conn *kept_take(struct worker *worker, struct session *session)
{
	struct kept_server *store = kept_of(worker, session->server);
	struct conn *conn = NULL;

	if (session->reuse == REUSE_NONE)
		return NULL;
	if (session->kept_count > 0)
		conn = own_of(session);
	if (!conn && shows_its_client(session->server))
		return NULL;
	if (!conn && session->reuse >= REUSE_PROVEN)
		conn = newest(&store->proven);
	if (!conn && session->reuse == REUSE_ANY)
		conn = newest(&store->fresh);
	if (!conn)
		return NULL;
	leave(worker, conn);
	conn->proven = true;
	conn_resume(conn, session);
	kept_begin_use(worker, session->server, conn);
	return conn;
}

/* How many of this server's are idle over all workers. */
static uint64_t idle_everywhere(const struct worker *worker, const struct server *server)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < worker->board->worker_count; i++) {
		const struct traffic *cell = board_traffic(worker->board, i, server->cell);

		sum += board_get(&cell->idle_now) + board_get(&cell->safe_now);
	}
	return sum;
}

static bool has_room(const struct worker *worker, const struct server *server)
{
	if (server->pool_max_conn == 0 || server->pool_purge_delay_ms == 0)
		return false;
	if (atomic_load_explicit(
		    &worker->board->verdicts[server->verdict].usable, memory_order_relaxed) == 0)
		return false;
	return server->pool_max_conn < 0 ||
	       idle_everywhere(worker, server) < (uint64_t)server->pool_max_conn;
}

void kept_put(struct worker *worker, struct session *session, struct conn *conn)
{
	const struct server *server = conn->server;
	struct kept_server *store = kept_of(worker, server);
	bool own = session->bound || server->proxy->http_reuse == HTTP_REUSE_NEVER ||
		   shows_its_client(server);

	kept_end_use(worker, conn);
	/* A session that ends takes its own connections along. */
	if (conn->in_flight != 0 || (own && session->phase == SESSION_OVER)) {
		conn_close(conn);
		return;
	}
	if (own ? session->kept_count >= session->frontend->max_session_srv_conns
		: !has_room(worker, server)) {
		conn_part(conn);
		return;
	}
	enter(worker, conn);
	if (own) {
		conn->keeper = session;
		session->kept_count++;
		list_append(&session->kept, &conn->peer_link);
	} else {
		list_append(conn->proven ? &store->proven : &store->fresh, &conn->peer_link);
		if (!timer_is_set(&store->purge_timer))
			timer_set(&worker->loop.timers, &store->purge_timer,
				worker->loop.now_ms + server->pool_purge_delay_ms);
	}
	conn_rest(conn);
	kept_shrink(worker);
}

void kept_ended(struct worker *worker, struct conn *conn)
{
	close_idle(worker, conn);
}

void kept_shrink(struct worker *worker)
{
	while (worker->kept.idle > worker->kept.idle_max)
		close_idle(worker, container_of(worker->kept.by_age.next, struct conn, link));
}

void kept_end_session(struct worker *worker, struct session *session)
{
	while (!list_empty(&session->kept))
		close_idle(worker, container_of(session->kept.next, struct conn, peer_link));
}

static void close_oldest(struct worker *worker, struct list *list, uint32_t *count)
{
	while (*count > 0 && !list_empty(list)) {
		close_idle(worker, container_of(list->next, struct conn, peer_link));
		(*count)--;
	}
}

static void purge(struct timer *timer)
{
	struct kept_server *store = container_of(timer, struct kept_server, purge_timer);
	struct reuse_demand demand = {
		.used = store->used,
		.idle = store->idle,
		.used_max = store->used_max,
		.need = store->need,
	};
	uint32_t count = reuse_purge(&demand);

	store->used_max = demand.used_max;
	store->need = demand.need;
	board_set(&cell_of(store->worker, store->server)->need_now, demand.need);
	close_oldest(store->worker, &store->fresh, &count);
	close_oldest(store->worker, &store->proven, &count);
	if (store->idle > 0)
		timer_set(&store->worker->loop.timers, timer,
			store->worker->loop.now_ms + store->server->pool_purge_delay_ms);
}

void kept_leave_down(struct worker *worker)
{
	for (uint32_t i = 0; i < worker->config->server_count; i++) {
		struct kept_server *store = &worker->kept.servers[i];
		uint32_t all = store->idle;

		if (all == 0 || atomic_load_explicit(&worker->board->verdicts[i].usable,
					memory_order_relaxed) != 0)
			continue;
		close_oldest(worker, &store->fresh, &all);
		close_oldest(worker, &store->proven, &all);
	}
}
