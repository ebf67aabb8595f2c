/* SPDX-License-Identifier: GPL-2.0-or-later */
/* row.c - the cells of one row of the statistics.
 *
 * Which cells a row fills is part of the format: monitoring tools tell a zero from "does not
 * apply".  The choice was compared with the rows that HAProxy 2.6 prints for frontends, listeners,
 * backends and servers in both modes, checked and not, in maintenance and draining.
 *
 * A row is made from sums over the workers and from whole verdicts, so its cells belong together
 * as well as cells can that are counted without a lock.  The caller owns the row; any thread. */
#include "net/stats/row.h"
#include "core/check_names.h"
#include "core/config/config.h"
#include "net/lb/load.h"
#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>

/* HAProxy numbers its worker processes; there is one. */
#define PROCESS_NUMBER 1

static void fill_common(struct stats_row *row, const struct proxy *proxy, uint32_t sid);
static void fill_volume(struct stats_row *row, const struct traffic *sum);
static void fill_responses(struct stats_row *row, const struct traffic *sum);
static void fill_connecting(struct stats_row *row, const struct traffic *sum, uint64_t wall_ms);
static void fill_times(struct stats_row *row, const struct traffic *sum);
static void fill_server_state(struct stats_row *row, const struct server *server, bool check);
static void fill_check(struct stats_row *row);
static void backend_state(
	struct stats_row *row, const struct stats_view *view, const struct proxy *proxy);
static void fill_backend_history(
	struct stats_row *row, const struct stats_view *view, const struct proxy *proxy);

static void number(struct stats_row *row, enum stats_column column, uint64_t value)
{
	row->cells[column].filled = true;
	row->cells[column].number = value;
}

static void text(struct stats_row *row, enum stats_column column, const char *value)
{
	assert(stats_column_kind(column) == STATS_KIND_TEXT);
	row->cells[column].filled = true;
	row->cells[column].text = value;
}

/* Seconds between two wall clocks, which may have been set back in between. */
static uint64_t seconds_since(uint64_t wall_ms, uint64_t then_s)
{
	uint64_t now_s = wall_ms / 1000;

	return now_s > then_s ? now_s - then_s : 0;
}

static uint64_t higher(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t rate_max(const board_word *peak, uint64_t now)
{
	return higher(board_get(peak), now);
}

static const struct board *board_of(const struct stats_view *view)
{
	return view->context->board;
}

void stats_row_frontend(
	struct stats_row *row, const struct stats_view *view, const struct proxy *proxy)
{
	const struct board_peak *peak = &board_of(view)->peaks[proxy->frontend_cell];
	bool http = proxy->mode == PROXY_MODE_HTTP;
	uint64_t limit = proxy->maxconn ? proxy->maxconn : view->context->maxconn;
	uint64_t rate, requests, connections;
	struct traffic sum;

	memset(row, 0, sizeof(*row));
	row->type = STATS_TYPE_FRONTEND;
	stats_sum(view->context, proxy->frontend_cell, &sum, view->now_ms);
	rate = board_rate_read(&sum.session_rate, view->now_ms);
	requests = board_rate_read(&sum.request_rate, view->now_ms);
	connections = board_rate_read(&sum.connection_rate, view->now_ms);

	fill_common(row, proxy, 0);
	text(row, STATS_SVNAME, "FRONTEND");
	fill_volume(row, &sum);
	number(row, STATS_SLIM, limit);
	number(row, STATS_DREQ, board_get(&sum.denied_requests));
	number(row, STATS_EREQ, board_get(&sum.request_errors));
	text(row, STATS_STATUS, "OPEN");
	if (limit && board_get(&sum.sessions_now) >= limit)
		text(row, STATS_STATUS, "FULL");
	if (atomic_load_explicit(&board_of(view)->header->draining, memory_order_relaxed))
		text(row, STATS_STATUS, "STOP");
	number(row, STATS_RATE, rate);
	number(row, STATS_RATE_LIM, 0);
	number(row, STATS_RATE_MAX, rate_max(&peak->session_rate, rate));
	number(row, STATS_REQ_RATE, requests);
	number(row, STATS_REQ_RATE_MAX, rate_max(&peak->request_rate, requests));
	number(row, STATS_REQ_TOT, board_get(&sum.requests));
	number(row, STATS_CONN_RATE, connections);
	number(row, STATS_CONN_RATE_MAX, rate_max(&peak->connection_rate, connections));
	number(row, STATS_CONN_TOT, board_get(&sum.connections));
	number(row, STATS_DCON, board_get(&sum.denied_connections));
	number(row, STATS_DSES, board_get(&sum.denied_sessions));
	for (int i = STATS_COMP_IN; i <= STATS_COMP_RSP; i++)
		number(row, (enum stats_column)i, 0);
	if (!http)
		return;
	fill_responses(row, &sum);
	number(row, STATS_INTERCEPTED, board_get(&sum.intercepted));
	number(row, STATS_CACHE_LOOKUPS, 0);
	number(row, STATS_CACHE_HITS, 0);
}

void stats_row_listener(
	struct stats_row *row, const struct stats_view *view, const struct listener *listener)
{
	struct traffic sum;

	memset(row, 0, sizeof(*row));
	row->type = STATS_TYPE_LISTENER;
	row->listener = listener;
	stats_sum(view->context, listener->cell, &sum, view->now_ms);

	fill_common(row, listener->proxy, listener->id);
	text(row, STATS_SVNAME, listener->name);
	if (!listener->name) {
		snprintf(row->listener_name, sizeof(row->listener_name), "sock-%u", listener->id);
		text(row, STATS_SVNAME, row->listener_name);
	}
	fill_volume(row, &sum);
	number(row, STATS_SLIM, listener->maxconn);
	number(row, STATS_DREQ, board_get(&sum.denied_requests));
	number(row, STATS_EREQ, board_get(&sum.request_errors));
	text(row, STATS_STATUS, "OPEN");
	if (listener->maxconn && board_get(&sum.sessions_now) >= listener->maxconn)
		text(row, STATS_STATUS, "FULL");
	number(row, STATS_DCON, board_get(&sum.denied_connections));
	number(row, STATS_DSES, board_get(&sum.denied_sessions));
	if (view->full) {
		stats_address(
			row->address, sizeof(row->address), &listener->address, STATS_WITH_PORT);
		text(row, STATS_ADDR, row->address);
	}
}

/* As configured, or as `set maxconn server` has left it. */
static uint32_t server_maxconn(const struct stats_context *context, const struct server *server)
{
	if (!context->load)
		return server->maxconn;
	return atomic_load_explicit(&load_of(context->load, server)->maxconn, memory_order_relaxed);
}

void stats_row_server(
	struct stats_row *row, const struct stats_view *view, const struct server *server)
{
	const struct board_peak *peak = &board_of(view)->peaks[server->cell];
	struct traffic sum;
	uint64_t rate;
	bool known;

	memset(row, 0, sizeof(*row));
	row->type = STATS_TYPE_SERVER;
	row->server = server;
	stats_sum(view->context, server->cell, &sum, view->now_ms);
	known = board_read_verdict(board_of(view), server->verdict, &row->verdict);
	rate = board_rate_read(&sum.session_rate, view->now_ms);

	fill_common(row, server->proxy, server->id);
	text(row, STATS_SVNAME, server->name);
	fill_volume(row, &sum);
	fill_connecting(row, &sum, view->wall_ms);
	fill_times(row, &sum);
	if (server_maxconn(view->context, server))
		number(row, STATS_SLIM, server_maxconn(view->context, server));
	if (server->maxqueue)
		number(row, STATS_QLIMIT, server->maxqueue);
	number(row, STATS_ACT, !server->backup);
	number(row, STATS_BCK, server->backup);
	number(row, STATS_RATE, rate);
	number(row, STATS_RATE_MAX, rate_max(&peak->session_rate, rate));
	if (server->proxy->mode == PROXY_MODE_HTTP) {
		fill_responses(row, &sum);
		number(row, STATS_REQ_TOT, board_get(&sum.requests));
	}
	number(row, STATS_SRV_ICUR, board_get(&sum.idle_now) + board_get(&sum.safe_now));
	if (server->pool_max_conn >= 0)
		number(row, STATS_SRV_ILIM, (uint64_t)server->pool_max_conn);
	number(row, STATS_IDLE_CONN_CUR, board_get(&sum.idle_now));
	number(row, STATS_SAFE_CONN_CUR, board_get(&sum.safe_now));
	number(row, STATS_USED_CONN_CUR, board_get(&sum.used_now));
	number(row, STATS_NEED_CONN_EST, board_get(&sum.need_now));
	if (view->full) {
		stats_address(
			row->address, sizeof(row->address), &server->address, STATS_WITH_PORT);
		text(row, STATS_ADDR, row->address);
	}

	fill_server_state(row, server, server->check && known);
	number(row, STATS_LASTCHG, seconds_since(view->wall_ms, row->verdict.changed_s));
	if (server->check) {
		uint64_t down = row->verdict.down_total_s;

		if (row->down)
			down += seconds_since(view->wall_ms, row->verdict.changed_s);
		number(row, STATS_CHKFAIL, row->verdict.failures);
		number(row, STATS_CHKDOWN, row->verdict.downs);
		number(row, STATS_DOWNTIME, down);
		if (!row->maintenance)
			fill_check(row);
	}
}

void stats_row_backend(
	struct stats_row *row, const struct stats_view *view, const struct proxy *proxy)
{
	const struct board_peak *peak = &board_of(view)->peaks[proxy->backend_cell];
	struct traffic sum;
	uint64_t rate;

	memset(row, 0, sizeof(*row));
	row->type = STATS_TYPE_BACKEND;
	stats_sum(view->context, proxy->backend_cell, &sum, view->now_ms);
	rate = board_rate_read(&sum.session_rate, view->now_ms);

	fill_common(row, proxy, 0);
	text(row, STATS_SVNAME, "BACKEND");
	fill_volume(row, &sum);
	fill_connecting(row, &sum, view->wall_ms);
	fill_times(row, &sum);
	number(row, STATS_SLIM, proxy->fullconn);
	number(row, STATS_DREQ, board_get(&sum.denied_requests));
	number(row, STATS_RATE, rate);
	number(row, STATS_RATE_MAX, rate_max(&peak->session_rate, rate));
	for (int i = STATS_COMP_IN; i <= STATS_COMP_RSP; i++)
		number(row, (enum stats_column)i, 0);
	if (view->full)
		text(row, STATS_ALGO, config_balance_name(proxy->balancing.algorithm));
	number(row, STATS_AGG_SRV_STATUS, 0);
	number(row, STATS_AGG_SRV_CHECK_STATUS, 0);
	number(row, STATS_AGG_CHECK_STATUS, 0);
	backend_state(row, view, proxy);
	if (proxy->mode != PROXY_MODE_HTTP)
		return;
	fill_responses(row, &sum);
	number(row, STATS_REQ_TOT, board_get(&sum.requests));
	number(row, STATS_CACHE_LOOKUPS, 0);
	number(row, STATS_CACHE_HITS, 0);
}

/* ---- groups of cells ---- */

static void fill_common(struct stats_row *row, const struct proxy *proxy, uint32_t sid)
{
	row->proxy = proxy;
	text(row, STATS_PXNAME, proxy->name);
	text(row, STATS_MODE, proxy->mode == PROXY_MODE_HTTP ? "http" : "tcp");
	number(row, STATS_PID, PROCESS_NUMBER);
	number(row, STATS_IID, proxy->id);
	number(row, STATS_SID, sid);
	number(row, STATS_TYPE, row->type);
}

/* Cells that every row has. */
static void fill_volume(struct stats_row *row, const struct traffic *sum)
{
	uint64_t now = board_get(&sum->sessions_now);

	number(row, STATS_SCUR, now);
	number(row, STATS_SMAX, higher(board_get(&sum->sessions_max), now));
	number(row, STATS_STOT, board_get(&sum->sessions));
	number(row, STATS_BIN, board_get(&sum->bytes_in));
	number(row, STATS_BOUT, board_get(&sum->bytes_out));
	number(row, STATS_DRESP, board_get(&sum->denied_responses));
	number(row, STATS_WREW, board_get(&sum->rewrite_errors));
	number(row, STATS_EINT, board_get(&sum->internal_errors));
}

static void fill_responses(struct stats_row *row, const struct traffic *sum)
{
	for (int i = 0; i < 6; i++)
		number(row, (enum stats_column)(STATS_HRSP_1XX + i), board_get(&sum->responses[i]));
}

/* Cells of the side that connects: servers and backends. */
static void fill_connecting(struct stats_row *row, const struct traffic *sum, uint64_t wall_ms)
{
	uint64_t last_s = board_get(&sum->last_session_s);
	uint64_t queued = board_get(&sum->queued_now);

	number(row, STATS_QCUR, queued);
	number(row, STATS_QMAX, higher(board_get(&sum->queued_max), queued));
	number(row, STATS_ECON, board_get(&sum->connect_errors));
	number(row, STATS_ERESP, board_get(&sum->response_errors));
	number(row, STATS_WRETR, board_get(&sum->retries));
	number(row, STATS_WREDIS, board_get(&sum->redispatches));
	number(row, STATS_LBTOT, board_get(&sum->chosen));
	number(row, STATS_LASTSESS, last_s ? seconds_since(wall_ms, last_s) : (uint64_t)-1);
	number(row, STATS_CLI_ABRT, board_get(&sum->client_aborts));
	number(row, STATS_SRV_ABRT, board_get(&sum->server_aborts));
	number(row, STATS_CONNECT, board_get(&sum->connects));
	number(row, STATS_REUSE, board_get(&sum->reuses));
}

static void fill_times(struct stats_row *row, const struct traffic *sum)
{
	uint64_t samples = higher(board_get(&sum->time_samples), 1);

	number(row, STATS_QTIME, board_get(&sum->queue_ms_sum) / samples);
	number(row, STATS_CTIME, board_get(&sum->connect_ms_sum) / samples);
	number(row, STATS_RTIME, board_get(&sum->response_ms_sum) / samples);
	number(row, STATS_TTIME, board_get(&sum->total_ms_sum) / samples);
	number(row, STATS_QTIME_MAX, board_get(&sum->queue_ms_max));
	number(row, STATS_CTIME_MAX, board_get(&sum->connect_ms_max));
	number(row, STATS_RTIME_MAX, board_get(&sum->response_ms_max));
	number(row, STATS_TTIME_MAX, board_get(&sum->total_ms_max));
}

/* ---- states ---- */

/* A server that is up without being whole counts its failures against `fall`, one that is on its
 * way up its successes against `rise`: "UP 1/2", "DOWN 1/3". */
static void say_state(struct stats_row *row, const char *word, enum stats_paint paint, bool whole)
{
	const struct verdict *verdict = &row->verdict;
	bool up = verdict->state != SERVER_STOPPED;

	row->paint = paint;
	if (whole)
		snprintf(row->status, sizeof(row->status), "%s", word);
	else
		snprintf(row->status, sizeof(row->status), "%s %u/%u", word,
			up ? verdict->health - verdict->rise + 1 : verdict->health,
			up ? verdict->fall : verdict->rise);
}

static void fill_server_state(struct stats_row *row, const struct server *server, bool check)
{
	const struct verdict *verdict = &row->verdict;
	bool whole = !check || verdict->health + 1 >= verdict->rise + verdict->fall;
	const uint32_t maintenance = SERVER_ADMIN_FORCED_MAINT | SERVER_ADMIN_CONFIG_MAINT |
				     SERVER_ADMIN_RESOLUTION_MAINT;

	row->down = verdict->state == SERVER_STOPPED;
	row->maintenance = (verdict->admin & maintenance) != 0;
	if (verdict->admin & SERVER_ADMIN_RESOLUTION_MAINT)
		say_state(row, "MAINT (resolution)", STATS_PAINT_MAINTAIN, true);
	else if (row->maintenance)
		say_state(row, "MAINT", STATS_PAINT_MAINTAIN, true);
	else if (row->down && check && verdict->health > 0)
		say_state(row, "DOWN", STATS_PAINT_GOING_UP, false);
	else if (row->down)
		say_state(row, "DOWN", STATS_PAINT_DOWN, true);
	else if (verdict->state == SERVER_STOPPING)
		say_state(row, "NOLB", whole ? STATS_PAINT_NOLB : STATS_PAINT_GOING_DOWN, whole);
	else if (verdict->admin & SERVER_ADMIN_FORCED_DRAIN)
		say_state(row, "DRAIN", STATS_PAINT_DRAINING, whole);
	else if (!check)
		say_state(row, "no check", STATS_PAINT_NO_CHECK, true);
	else
		say_state(row, "UP", whole ? STATS_PAINT_UP : STATS_PAINT_GOING_DOWN, whole);
	text(row, STATS_STATUS, row->status);
	number(row, STATS_WEIGHT,
		server->check || verdict->rise ? verdict->weight : server->weight);
	number(row, STATS_UWEIGHT, row->cells[STATS_WEIGHT].number);
}

static void fill_check(struct stats_row *row)
{
	const struct verdict *verdict = &row->verdict;

	snprintf(row->check_status, sizeof(row->check_status), "%s%s", verdict->running ? "* " : "",
		check_status_name(verdict->status));
	text(row, STATS_CHECK_STATUS, row->check_status);
	if (check_status_has_code(verdict->status))
		number(row, STATS_CHECK_CODE, verdict->code);
	if (verdict->status > CHECK_STATUS_INI)
		number(row, STATS_CHECK_DURATION, verdict->duration_ms);
	text(row, STATS_CHECK_DESC, check_status_text(verdict->status));
	/* What the probe saw; where there is nothing beyond the status the cell stays empty. */
	if (verdict->text[0] && strcmp(verdict->text, check_status_text(verdict->status)) != 0)
		text(row, STATS_LAST_CHK, verdict->text);
	number(row, STATS_CHECK_RISE, verdict->rise);
	number(row, STATS_CHECK_FALL, verdict->fall);
	number(row, STATS_CHECK_HEALTH, verdict->health);
}

/* What a backend is worth, added up over its servers. */
struct worth {
	uint32_t active, backups; /* servers that balancing may choose */
	uint64_t active_weight, backup_weight;
	uint32_t not_down;
};

static struct worth worth_of(const struct board *board, const struct proxy *proxy)
{
	struct worth worth = {0};

	for (uint32_t i = 0; i < proxy->server_count; i++) {
		const struct server *server = &proxy->servers[i];
		struct verdict verdict;
		uint32_t usable;

		if (!board_read_verdict(board, server->verdict, &verdict))
			continue;
		worth.not_down += verdict.state != SERVER_STOPPED;
		usable = board_usable(&verdict); /* 1 + weight */
		if (usable <= 1)
			continue;
		if (server->backup) {
			worth.backups++;
			worth.backup_weight += usable - 1;
		} else {
			worth.active++;
			worth.active_weight += usable - 1;
		}
	}
	return worth;
}

bool stats_backend_is_down(const struct board *board, const struct proxy *proxy)
{
	struct worth worth = worth_of(board, proxy);

	return proxy->server_count > 0 && worth.active + worth.backups == 0;
}

/* A backend is down when it has servers and none of them may be chosen.  Backup servers count for
 * its weight only while no active one is left. */
static void backend_state(
	struct stats_row *row, const struct stats_view *view, const struct proxy *proxy)
{
	const struct board *board = board_of(view);
	struct worth worth = worth_of(board, proxy);
	uint64_t weight = worth.active ? worth.active_weight : worth.backup_weight;
	const char *word = weight || proxy->server_count == 0 ? "UP" : "DOWN";

	row->down = word[0] == 'D';
	if (view->hiding)
		snprintf(row->status, sizeof(row->status), "%s (%u/%u)", word, worth.not_down,
			proxy->server_count);
	else
		snprintf(row->status, sizeof(row->status), "%s", word);
	text(row, STATS_STATUS, row->status);
	number(row, STATS_WEIGHT, weight);
	number(row, STATS_UWEIGHT, weight);
	number(row, STATS_ACT, worth.active);
	number(row, STATS_BCK, worth.backups);
	fill_backend_history(row, view, proxy);
}

/* Kept by the admin thread, which looks once a second: a second in which it has not looked yet is
 * judged by what is seen now. */
static void fill_backend_history(
	struct stats_row *row, const struct stats_view *view, const struct proxy *proxy)
{
	const struct board_peak *seen = &board_of(view)->peaks[proxy->backend_cell];
	uint64_t changed_s = board_get(&seen->changed_s);
	uint64_t downs = board_get(&seen->downs), total_s = board_get(&seen->down_total_s);

	if (changed_s == 0) {
		changed_s = board_of(view)->header->started_wall_s;
	} else if (row->down != (board_get(&seen->down) != 0)) {
		downs += row->down;
		total_s += row->down ? 0 : seconds_since(view->wall_ms, changed_s);
		changed_s = view->wall_ms / 1000;
	}
	if (row->down)
		total_s += seconds_since(view->wall_ms, changed_s);
	number(row, STATS_CHKDOWN, downs);
	number(row, STATS_LASTCHG, seconds_since(view->wall_ms, changed_s));
	if (proxy->server_count)
		number(row, STATS_DOWNTIME, total_s);
}

/* ---- columns ---- */

static const struct {
	const char *name;
	enum stats_kind kind;
	const char *tags;
} columns[STATS_COLUMN_COUNT] = {
#define X(column, name, kind, tags) {name, STATS_KIND_##kind, tags},
	STATS_COLUMNS(X)
#undef X
};

const char *stats_column_name(enum stats_column column)
{
	return columns[column].name;
}

enum stats_kind stats_column_kind(enum stats_column column)
{
	return columns[column].kind;
}

const char *stats_column_tags(enum stats_column column, enum stats_type type)
{
	/* Of a backend these are counts of its servers and a rate that HAProxy calls a gauge. */
	if (type == STATS_TYPE_BACKEND && (column == STATS_ACT || column == STATS_BCK ||
						  column == STATS_RATE || column == STATS_RATE_MAX))
		return "MGP";
	return columns[column].tags;
}

void stats_address(char *out, size_t capacity, const union address *address, enum stats_port port)
{
	char host[INET6_ADDRSTRLEN] = "";

	switch (address->any.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &address->in.sin_addr, host, sizeof(host));
		if (port == STATS_WITHOUT_PORT)
			snprintf(out, capacity, "%s", host);
		else
			snprintf(out, capacity, "%s:%u", host, ntohs(address->in.sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &address->in6.sin6_addr, host, sizeof(host));
		if (port == STATS_WITHOUT_PORT)
			snprintf(out, capacity, "%s", host);
		else
			snprintf(out, capacity, "[%s]:%u", host, ntohs(address->in6.sin6_port));
		break;
	case AF_UNIX:
		/* An abstract name starts with a NUL. */
		snprintf(out, capacity, "unix:%s%s", address->un.sun_path[0] ? "" : "@",
			address->un.sun_path + !address->un.sun_path[0]);
		break;
	default:
		snprintf(out, capacity, "unknown");
	}
}
