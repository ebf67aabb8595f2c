/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stats_fixture.h - a small configuration and a board that a test has filled in.
 *
 * The set-up is one that HAProxy 2.6 was run with, so that its rows can be compared with ours:
 * a frontend, a backend of six servers in six states, a TCP listen. */
#ifndef TORC_TESTS_UNIT_STATS_FIXTURE_H
#define TORC_TESTS_UNIT_STATS_FIXTURE_H

#include "net/stats/stats.h"
#include <arpa/inet.h>
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* after setjmp.h and stdarg.h, which it needs */
#include <cmocka.h>

#define FIXTURE_WALL_MS 1795455782000u /* 23 Nov 2026 17:43:02 UTC */
#define FIXTURE_NOW_MS	5000000u

struct fixture {
	struct config config;
	struct proxy proxies[3];
	struct server pool[6], tcp_server;
	struct listener listeners[3];
	struct listener *front_listeners[1], *tcp_listeners[2];
	struct board board;
	struct stats_context context;
};

static inline void fixture_address(union address *address, const char *host, uint16_t port)
{
	memset(address, 0, sizeof(*address));
	address->in.sin_family = AF_INET;
	address->in.sin_port = htons(port);
	inet_pton(AF_INET, host, &address->in.sin_addr);
}

static inline void fixture_listener(
	struct fixture *fixture, uint32_t i, struct proxy *proxy, uint16_t port, const char *name)
{
	struct listener *listener = &fixture->listeners[i];

	fixture_address(&listener->address, "127.0.0.1", port);
	listener->text = "127.0.0.1";
	listener->key = "";
	listener->name = name;
	listener->index = i;
	listener->cell = fixture->config.cell_count++;
	listener->proxy = proxy;
}

static inline void fixture_server(struct fixture *fixture, struct server *server, const char *name,
	struct proxy *proxy, uint16_t port)
{
	server->name = name;
	fixture_address(&server->address, "127.0.0.1", port);
	server->cell = fixture->config.cell_count++;
	server->verdict = fixture->config.server_count++;
	server->weight = 1;
	server->rise = 2;
	server->fall = 3;
	server->check = true;
	server->pool_max_conn = -1;
	server->pool_purge_delay_ms = SERVER_POOL_PURGE_MS;
	server->proxy = proxy;
}

static inline void fixture_verdict(
	struct fixture *fixture, const struct server *server, struct verdict verdict)
{
	verdict.rise = server->rise;
	verdict.fall = server->fall;
	verdict.weight = server->weight;
	board_write_verdict(&fixture->board, server->verdict, &verdict);
}

/* The states of the six servers: up, wrong status, refused backup, unchecked, disabled, weight 0.
 */
static inline void fixture_verdicts(struct fixture *fixture)
{
	uint64_t now_s = FIXTURE_WALL_MS / 1000;
	struct server *pool = fixture->pool;

	fixture_verdict(fixture, &pool[0],
		(struct verdict){.state = SERVER_RUNNING,
			.health = 3,
			.status = CHECK_STATUS_L7OK,
			.code = 200,
			.duration_ms = 2,
			.checks = 17,
			.failures = 1,
			.downs = 1,
			.changed_s = now_s - 14,
			.down_total_s = 6});
	fixture_verdict(fixture, &pool[1],
		(struct verdict){.state = SERVER_STOPPED,
			.status = CHECK_STATUS_L7STS,
			.code = 500,
			.checks = 9,
			.failures = 1,
			.downs = 1,
			.changed_s = now_s - 20,
			.text = "Oops"});
	fixture_verdict(fixture, &pool[2],
		(struct verdict){.state = SERVER_STOPPED,
			.status = CHECK_STATUS_L4CON,
			.checks = 9,
			.failures = 1,
			.downs = 1,
			.changed_s = now_s - 19,
			.text = "Connection refused"});
	fixture_verdict(fixture, &pool[3],
		(struct verdict){.state = SERVER_RUNNING, .health = 2, .changed_s = now_s - 20});
	fixture_verdict(fixture, &pool[4],
		(struct verdict){.state = SERVER_STOPPED,
			.admin = SERVER_ADMIN_FORCED_MAINT | SERVER_ADMIN_CONFIG_MAINT,
			.status = CHECK_STATUS_INI,
			.changed_s = now_s - 20});
	fixture_verdict(fixture, &pool[5],
		(struct verdict){.state = SERVER_RUNNING, .health = 2, .changed_s = now_s - 20});
	fixture_verdict(fixture, &fixture->tcp_server,
		(struct verdict){.state = SERVER_RUNNING,
			.health = 4,
			.status = CHECK_STATUS_L4OK,
			.changed_s = now_s - 20});
}

static inline void fixture_backend(
	struct fixture *fixture, struct proxy *proxy, struct server *servers, uint32_t count)
{
	static const char *const names[] = {"pv1", "pv2", "pv3", "pv4", "pv5", "pv6"};
	static const uint16_t ports[] = {18081, 18082, 18083, 18081, 18081, 18081};

	proxy->is_backend = true;
	proxy->backend_cell = fixture->config.cell_count++;
	proxy->fullconn = 5000;
	proxy->servers = servers;
	proxy->server_count = count;
	for (uint32_t i = 0; i < count; i++) {
		fixture_server(fixture, &servers[i], names[i], proxy, ports[i]);
		servers[i].id = i + 1;
		servers[i].index = i;
	}
}

static inline void fixture_open(struct fixture *fixture)
{
	struct proxy *front = &fixture->proxies[0], *back = &fixture->proxies[1],
		     *tcp = &fixture->proxies[2];

	memset(fixture, 0, sizeof(*fixture));
	fixture->config.proxies = fixture->proxies;
	fixture->config.proxy_count = 3;
	fixture->config.listeners = fixture->listeners;
	fixture->config.listener_count = 3;
	for (uint32_t i = 0; i < 3; i++) {
		fixture->proxies[i].index = i;
		fixture->proxies[i].id = i + 2;
		fixture->proxies[i].mode = PROXY_MODE_HTTP;
	}
	front->name = "myLB";
	front->is_frontend = true;
	front->maxconn = 50000;
	front->frontend_cell = fixture->config.cell_count++;
	front->listeners = fixture->front_listeners;
	front->listener_count = 1;
	fixture->front_listeners[0] = &fixture->listeners[0];
	fixture_listener(fixture, 0, front, 18080, NULL);

	back->name = "myLB2";
	fixture_backend(fixture, back, fixture->pool, 6);
	fixture->pool[0].rise = 3;
	fixture->pool[0].fall = 1;
	fixture->pool[1].rise = 3;
	fixture->pool[1].fall = 2;
	fixture->pool[1].weight = 5;
	fixture->pool[2].backup = true;
	fixture->pool[3].check = false;
	fixture->pool[4].disabled = true;
	fixture->pool[5].check = false;
	fixture->pool[5].weight = 0;
	fixture->pool[5].maxconn = 7;

	tcp->name = "tcp1";
	tcp->mode = PROXY_MODE_TCP;
	tcp->is_frontend = true;
	tcp->maxconn = 50000;
	tcp->frontend_cell = fixture->config.cell_count++;
	tcp->listeners = fixture->tcp_listeners;
	tcp->listener_count = 2;
	for (uint32_t i = 0; i < 2; i++) {
		fixture->tcp_listeners[i] = &fixture->listeners[1 + i];
		fixture_listener(fixture, 1 + i, tcp, (uint16_t)(18084 + i), i ? NULL : "sock1");
		fixture->listeners[1 + i].id = i + 1;
	}
	fixture_backend(fixture, tcp, &fixture->tcp_server, 1);
	fixture->tcp_server.name = "t1";

	assert_int_equal(board_create(&fixture->board, &fixture->config, 2, 1), 0);
	fixture->board.header->first_started_wall_s = FIXTURE_WALL_MS / 1000 - 20;
	fixture->board.header->started_wall_s = FIXTURE_WALL_MS / 1000 - 20;
	fixture_verdicts(fixture);
	fixture->context = (struct stats_context){
		.config = &fixture->config,
		.board = &fixture->board,
		.pid = 7294,
		.maxconn = 500,
		.ulimit_n = 1036,
		.maxsock = 1036,
	};
}

static inline void fixture_close(struct fixture *fixture)
{
	board_unmap(&fixture->board);
}

/* All of an output, made in pieces of `capacity`.  The caller frees it. */
static inline char *fixture_collect(const struct stats_context *context,
	const struct stats_request *request, uint32_t capacity, size_t *len)
{
	struct stats_cursor cursor;
	char *all = NULL, *piece = malloc(capacity);
	size_t used = 0;
	uint32_t got;

	assert_non_null(piece);
	stats_cursor_init(&cursor, request);
	while ((got = stats_fill(
			&cursor, context, piece, capacity, FIXTURE_NOW_MS, FIXTURE_WALL_MS)) > 0) {
		all = realloc(all, used + got + 1);
		assert_non_null(all);
		memcpy(all + used, piece, got);
		used += got;
		all[used] = '\0';
	}
	assert_true(cursor.done);
	free(piece);
	if (len)
		*len = used;
	return all;
}

#endif
