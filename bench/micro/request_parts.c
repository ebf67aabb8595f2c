/* SPDX-License-Identifier: GPL-2.0-or-later */
/* request_parts.c - what the small things cost that every request pays for: choosing a server,
 * counting, the line of the access log, its way into a batch and out of it.
 *
 * Each is run in a loop on one thread, warm; the best of several turns is shown, in nanoseconds.
 * Together they have to leave most of the budget of 3 us to reading heads and to rules. */
#include "core/board.h"
#include "core/clock.h"
#include "core/log.h"
#include "net/http/access_log.h"
#include "net/lb/balance.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SERVERS = 4, ROUNDS = 200000, TURNS = 7 };

static struct server servers[SERVERS] = {{.name = "pv1", .cell = 0, .verdict = 0},
	{.name = "pv2", .cell = 1, .verdict = 1}, {.name = "pv3", .cell = 2, .verdict = 2},
	{.name = "pv4", .cell = 3, .verdict = 3}};
static struct proxy backend = {.name = "myLB",
	.is_backend = true,
	.servers = servers,
	.server_count = SERVERS,
	.backend_cell = SERVERS};
static struct config config = {
	.proxies = &backend, .proxy_count = 1, .server_count = SERVERS, .cell_count = SERVERS + 1};

static struct board board;
static struct balance balance;
static struct log_sink sink;
static struct access_record record = {.listener_id = 1,
	.request_wall_ms = 1795406172482u,
	.frontend = "myLB",
	.backend = "myLB",
	.server = "pv1",
	.connect_ms = 2,
	.response_ms = 7,
	.active_ms = 9,
	.status = 200,
	.bytes = 843,
	.termination = {'-', '-', '-', '-'},
	.process_connections = 101,
	.frontend_connections = 100,
	.backend_connections = 12,
	.server_connections = 3,
	.has_request = true,
	.request_line = {"GET /index.html HTTP/1.1", 24},
	.uri_max = 1024};

static void pick(uint32_t i)
{
	const struct balance_wish wish = {.avoid = BALANCE_NONE};
	uint32_t picked = balance_pick(&balance, &wish);

	assert(picked == i % SERVERS || picked < SERVERS);
}

static void count_session(uint32_t i)
{
	board_enter_session(&board, 0, i % SERVERS);
	board_leave_session(&board, 0, i % SERVERS);
}

static void count_rate(uint32_t i)
{
	board_rate_count(&board_traffic(&board, 0, SERVERS)->request_rate, 1000 + i / 1000);
}

static void sample_times(uint32_t i)
{
	board_time_sample(board_traffic(&board, 0, SERVERS), 0, i % 3, i % 7, i % 11);
}

static void write_line(uint32_t i)
{
	char line[1024];

	record.request_wall_ms = 1795406172482u + i / 64;
	access_log_format(line, sizeof(line), &record);
}

static void write_line_ipv6(uint32_t i)
{
	union address before = record.client;

	record.client.in6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = 4711};
	record.client.in6.sin6_addr.s6_addr[0] = 0x20;
	record.client.in6.sin6_addr.s6_addr[15] = 1;
	write_line(i);
	record.client = before;
}

static void write_and_send(uint32_t i)
{
	char line[1024];
	uint32_t len;

	record.request_wall_ms = 1795406172482u + i / 64;
	len = access_log_format(line, sizeof(line), &record);
	log_sink_line(&sink, LOG_LEVEL_INFO, "haproxy", line, len, record.request_wall_ms);
	if (i % 32 == 31) /* a turn of a busy worker */
		log_sink_flush(&sink);
}

static void measure(const char *name, void (*part)(uint32_t i))
{
	uint64_t best = UINT64_MAX;

	for (int turn = 0; turn < TURNS; turn++) {
		uint64_t began = clock_monotonic_ns(), spent;

		for (uint32_t i = 0; i < ROUNDS; i++)
			part(i);
		spent = clock_monotonic_ns() - began;
		if (spent < best)
			best = spent;
	}
	printf("%-44s%8.1f ns\n", name, (double)best / ROUNDS);
}

int main(void)
{
	const struct verdict up = {.state = SERVER_RUNNING, .rise = 2, .fall = 3, .weight = 1};
	struct log_target target = {
		.kind = LOG_TO_UDP, .len_max = 1024, .facility = 18, .level_max = LOG_LEVEL_DEBUG};
	struct balance_shared shared = {0};
	struct load load = {0};
	struct arena arena = {0};
	const struct balance_options options = {
		.backend = &backend, .board = &board, .load = &load, .shared = &shared};
	int receiver = socket(AF_INET, SOCK_DGRAM, 0);

	target.address.in.sin_family = AF_INET;
	target.address.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	target.address_len = sizeof(target.address.in);
	if (bind(receiver, &target.address.any, target.address_len) < 0 ||
		getsockname(receiver, &target.address.any, &target.address_len) < 0 ||
		board_create(&board, &config, 1, 1) < 0 || load_open(&load, &config) < 0 ||
		balance_init(&balance, &arena, &options) < 0 ||
		log_sink_open(&sink, &target, 1, 20876) < 0)
		return EXIT_FAILURE;
	for (uint32_t i = 0; i < SERVERS; i++)
		board_write_verdict(&board, i, &up);
	record.client.in.sin_family = AF_INET;
	record.client.in.sin_addr.s_addr = htonl(0xc0a81902);
	record.client.in.sin_port = htons(60878);

	measure("choose a server", pick);
	measure("enter and leave a session, one worker", count_session);
	measure("count for a rate", count_rate);
	measure("a sample of times", sample_times);
	measure("an access log line", write_line);
	measure("an access log line, IPv6", write_line_ipv6);
	measure("the line, batched by 32 and sent by UDP", write_and_send);
	close(receiver);
	return EXIT_SUCCESS;
}
