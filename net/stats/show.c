/* SPDX-License-Identifier: GPL-2.0-or-later */
/* show.c - the shorter lists of the stats socket: servers, backends, workers, sockets, environment.
 *
 * Each writer goes over its objects with the counters in the job and commits a line at a time. */
#include "net/stats/command.h"
#include "net/stats/row.h"
#include <arpa/inet.h>
#include <stdio.h>

/* ---- servers ---- */

typedef void server_line(
	struct text *text, const struct runtime_context *context, const struct server *server);

/* Writes `head` and then a line for every server of the wanted backends. */
static enum runtime_progress write_servers(struct runtime *runtime, struct runtime_context *context,
	struct text *text, const char *head, server_line *line)
{
	const struct config *config = context->stats->config;
	struct runtime_job *job = &runtime->job;
	uint32_t mark = text->len;

	if (job->stage == 0) {
		text_string(text, head);
		if (!text_commit(text, mark))
			return RUNTIME_MORE;
		job->stage = 1;
	}
	for (; job->proxy < config->proxy_count; job->proxy++, job->item = 0) {
		const struct proxy *proxy = &config->proxies[job->proxy];

		if (!proxy->is_backend || proxy->disabled || (job->only && job->only != proxy))
			continue;
		for (; job->item < proxy->server_count; job->item++) {
			mark = text->len;
			line(text, context, &proxy->servers[job->item]);
			if (!text_commit(text, mark))
				return RUNTIME_MORE;
		}
	}
	return RUNTIME_FINISHED;
}

/* HAProxy's numbers for the status of a check: it has some that we have not. */
static uint32_t check_number(uint32_t status)
{
	static const uint8_t numbers[] = {
		[CHECK_STATUS_UNKNOWN] = 0,
		[CHECK_STATUS_INI] = 1,
		[CHECK_STATUS_SOCKERR] = 5,
		[CHECK_STATUS_L4OK] = 6,
		[CHECK_STATUS_L4TOUT] = 7,
		[CHECK_STATUS_L4CON] = 8,
		[CHECK_STATUS_L6OK] = 9,
		[CHECK_STATUS_L6TOUT] = 10,
		[CHECK_STATUS_L6RSP] = 11,
		[CHECK_STATUS_L7TOUT] = 12,
		[CHECK_STATUS_L7RSP] = 13,
		[CHECK_STATUS_L7OK] = 15,
		[CHECK_STATUS_L7OKC] = 16,
		[CHECK_STATUS_L7STS] = 17,
	};

	return status < sizeof(numbers) ? numbers[status] : 0;
}

enum { RESULT_UNKNOWN = 0, RESULT_FAILED = 2, RESULT_PASSED = 3, RESULT_CONDITIONAL = 4 };

static uint32_t check_result(uint32_t status)
{
	switch (status) {
	case CHECK_STATUS_UNKNOWN:
	case CHECK_STATUS_INI:
		return RESULT_UNKNOWN;
	case CHECK_STATUS_L4OK:
	case CHECK_STATUS_L6OK:
	case CHECK_STATUS_L7OK:
		return RESULT_PASSED;
	case CHECK_STATUS_L7OKC:
		return RESULT_CONDITIONAL;
	default:
		return RESULT_FAILED;
	}
}

enum { CHECK_RUNNING = 1, CHECK_CONFIGURED = 2, CHECK_ENABLED = 4, CHECK_PAUSED = 8 };

static uint32_t check_state(const struct server *server, const struct verdict *verdict)
{
	uint32_t paused = verdict->admin & ~(uint32_t)SERVER_ADMIN_FORCED_DRAIN ? CHECK_PAUSED : 0;

	if (!server->check)
		return paused;
	return CHECK_CONFIGURED | CHECK_ENABLED | (verdict->running ? CHECK_RUNNING : 0) | paused;
}

/* A server that the file disabled is in forced maintenance as well, as HAProxy shows it. */
static uint32_t admin_shown(const struct verdict *verdict)
{
	return verdict->admin |
	       (verdict->admin & SERVER_ADMIN_CONFIG_MAINT ? SERVER_ADMIN_FORCED_MAINT : 0);
}

static uint16_t port_of(const union address *address)
{
	if (address->any.sa_family == AF_INET)
		return ntohs(address->in.sin_port);
	return address->any.sa_family == AF_INET6 ? ntohs(address->in6.sin6_port) : 0;
}

static void server_state_line(
	struct text *text, const struct runtime_context *context, const struct server *server)
{
	const struct board *board = context->stats->board;
	uint64_t now_s = context->wall_ms / 1000;
	struct verdict verdict;
	char address[128];

	board_read_verdict(board, server->verdict, &verdict);
	stats_address(address, sizeof(address), &server->address, STATS_WITHOUT_PORT);
	text_format(text, "%u %s %u %s %s %u %u %u %u %llu %u %u %u %u 0 0 0 %s %u - 0 %u - - 0\n",
		server->proxy->id, server->proxy->name, server->id, server->name,
		server->address.any.sa_family == AF_UNSPEC ? "-" : address, verdict.state,
		admin_shown(&verdict), verdict.weight, server->weight,
		(unsigned long long)(now_s > verdict.changed_s ? now_s - verdict.changed_s : 0),
		server->check ? check_number(verdict.status) : check_number(CHECK_STATUS_INI),
		server->check ? check_result(verdict.status) : RESULT_UNKNOWN, verdict.health,
		check_state(server, &verdict), server->host_name ? server->host_name : "-",
		port_of(&server->address), server->check_port);
}

enum runtime_progress command_write_servers_state(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	return write_servers(runtime, context, text,
		"1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state "
		"srv_uweight srv_iweight srv_time_since_last_change srv_check_status "
		"srv_check_result srv_check_health srv_check_state srv_agent_state "
		"bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl "
		"srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n",
		server_state_line);
}

static void server_conn_line(
	struct text *text, const struct runtime_context *context, const struct server *server)
{
	struct traffic sum;
	char address[128];
	unsigned long long used, idle, safe;

	stats_sum(context->stats, server->cell, &sum, context->now_ms);
	used = board_get(&sum.used_now);
	idle = board_get(&sum.idle_now);
	safe = board_get(&sum.safe_now);
	stats_address(address, sizeof(address), &server->address, STATS_WITHOUT_PORT);
	text_format(text, "%s/%s %u/%u %s %u - %u %llu %llu %llu %llu %llu %d %llu\n",
		server->proxy->name, server->name, server->proxy->id, server->id,
		server->address.any.sa_family == AF_UNSPEC ? "-" : address,
		port_of(&server->address), server->pool_purge_delay_ms, used, used,
		(unsigned long long)board_get(&sum.need_now), idle, safe, server->pool_max_conn,
		idle + safe);
}

enum runtime_progress command_write_servers_conn(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	return write_servers(runtime, context, text,
		"# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est "
		"unsafe_nb safe_nb idle_lim idle_cur\n",
		server_conn_line);
}

/* ---- backends ---- */

enum runtime_progress command_write_backends(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	const struct config *config = context->stats->config;
	struct runtime_job *job = &runtime->job;

	for (; job->item <= config->proxy_count; job->item++) {
		const struct proxy *proxy = job->item ? &config->proxies[job->item - 1] : NULL;
		uint32_t mark = text->len;

		if (!proxy)
			text_string(text, "# name\n");
		else if (proxy->is_backend && !proxy->disabled)
			text_format(text, "%s\n", proxy->name);
		if (!text_commit(text, mark))
			return RUNTIME_MORE;
	}
	return RUNTIME_FINISHED;
}

/* ---- workers ---- */

#define NS_PER_MS 1000000u

/* A word of every worker: its name, where it stands, what it is divided by. */
static const struct {
	const char *name;
	size_t offset;
	uint32_t divisor;
} activities[] = {
#define WORD(name, member, divisor)                                                                \
	{                                                                                          \
		name, offsetof(struct worker_cell, member), divisor                                \
	}
	WORD("turns", turns, 1),
	WORD("enters", enters, 1),
	WORD("completions", completions, 1),
	WORD("busy_ms", busy_ns, NS_PER_MS),
	WORD("connections", connections_total, 1),
	WORD("connections_now", connections_now, 1),
	WORD("requests", requests_total, 1),
	WORD("bytes_out", bytes_out, 1),
	WORD("spliced_bytes", spliced_bytes, 1),
	WORD("splice_fallbacks", splice_fallbacks, 1),
	WORD("buffers_exhausted", buffers_exhausted, 1),
	WORD("pipes_used", pipes_used, 1),
	WORD("pipes_free", pipes_free, 1),
	WORD("accept_errors", accept_errors, 1),
	WORD("log_lines", log_lines, 1),
	WORD("log_dropped", log_dropped, 1),
	WORD("thread_id", threads_pid, 1),
#undef WORD
};

#define ACTIVITY_COUNT (sizeof(activities) / sizeof(activities[0]))

static uint64_t activity_of(const struct board *board, uint32_t worker, uint32_t activity)
{
	const char *cell = (const char *)&board->workers[worker];
	const board_word *at = (const void *)(cell + activities[activity].offset);

	return board_get(at) / activities[activity].divisor;
}

/* "name: total [ worker0 worker1 .. ]", as HAProxy lists its threads. */
static void activity_line(struct text *text, const struct board *board, uint32_t activity)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < board->worker_count; i++)
		total += activity_of(board, i, activity);
	text_format(text, "%s: %llu [", activities[activity].name, (unsigned long long)total);
	for (uint32_t i = 0; i < board->worker_count; i++)
		text_format(text, " %llu", (unsigned long long)activity_of(board, i, activity));
	text_string(text, " ]\n");
}

/* How long ago each worker, and the prober, turned: what the keeper judges them by. */
static void heartbeat_line(struct text *text, const struct board *board, uint64_t now_ms)
{
	uint64_t now_ns = now_ms * NS_PER_MS, prober_ns = board->header->prober_heartbeat_ns;

	text_string(text, "heartbeat_age_ms: [");
	for (uint32_t i = 0; i < board->worker_count; i++) {
		uint64_t beat_ns = board_get(&board->workers[i].heartbeat_ns);

		if (beat_ns == 0)
			text_string(text, " -");
		else
			text_format(text, " %llu",
				(unsigned long long)(now_ns > beat_ns ? now_ns - beat_ns : 0) /
					NS_PER_MS);
	}
	text_string(text, " ]\nprober_heartbeat_age_ms: ");
	if (prober_ns == 0)
		text_string(text, "-\n");
	else
		text_format(text, "%llu\n",
			(unsigned long long)(now_ns > prober_ns ? now_ns - prober_ns : 0) /
				NS_PER_MS);
}

/* Lines are long with many workers (4096 of them fit no buffer): then the list of a line is left
 * out, its total stays. */
enum runtime_progress command_write_activity(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	const struct board *board = context->stats->board;
	struct runtime_job *job = &runtime->job;

	for (; job->item <= ACTIVITY_COUNT + 1; job->item++) {
		uint32_t mark = text->len;

		if (job->item == 0)
			text_format(text, "date_now: %llu.%06u\n",
				(unsigned long long)(context->wall_ms / 1000),
				(uint32_t)(context->wall_ms % 1000) * 1000);
		else if (job->item == 1)
			heartbeat_line(text, board, context->now_ms);
		else
			activity_line(text, board, job->item - 2);
		if (text_commit(text, mark))
			continue;
		if (mark > 0)
			return RUNTIME_MORE;
	}
	return RUNTIME_FINISHED;
}

/* ---- sockets ---- */

enum runtime_progress command_write_sockets(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	static const char *const levels[] = {"user", "operator", "admin"};
	const struct config *config = context->stats->config;
	struct runtime_job *job = &runtime->job;

	for (; job->item <= config->listener_count; job->item++) {
		const struct listener *listener =
			job->item ? &config->listeners[job->item - 1] : NULL;
		uint32_t mark = text->len;
		char address[128];

		if (!listener) {
			text_string(text, "# socket lvl processes\n");
		} else if (listener->stats_socket) {
			stats_address(
				address, sizeof(address), &listener->address, STATS_WITH_PORT);
			/* "unix@/run/x", where other lists say "unix:/run/x". */
			if (listener->address.any.sa_family == AF_UNIX)
				address[4] = '@';
			text_format(text, "%s %s all\n", address,
				levels[listener->stats_socket->level]);
		}
		if (!text_commit(text, mark))
			return RUNTIME_MORE;
	}
	return RUNTIME_FINISHED;
}

/* ---- environment ---- */

static bool is_variable(const char *entry, const char *name)
{
	size_t len = strlen(name);

	return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

/* A value longer than a buffer is cut. */
#define ENVIRONMENT_LINE_BYTES 4000

enum runtime_progress command_write_environment(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	struct runtime_job *job = &runtime->job;
	char *const *environment = context->environment;

	for (; environment && environment[job->item]; job->item++) {
		uint32_t mark = text->len;

		if (job->variable && !is_variable(environment[job->item], job->variable))
			continue;
		text_format(text, "%.*s\n", ENVIRONMENT_LINE_BYTES, environment[job->item]);
		if (!text_commit(text, mark))
			return RUNTIME_MORE;
		job->found = true;
	}
	if (job->variable && !job->found) {
		uint32_t mark = text->len;

		text_string(text, "Variable not found\n");
		if (!text_commit(text, mark))
			return RUNTIME_MORE;
	}
	return RUNTIME_FINISHED;
}
