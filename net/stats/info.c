/* SPDX-License-Identifier: GPL-2.0-or-later */
/* info.c - `show info`: what the process is, may and has done.
 *
 * The names, their order and their positions are those of HAProxy 2.6, since collectors look for
 * them; what torc has not (TLS and compression so far) says zero.  One table makes all four forms.
 * The values are taken in one go when an answer's piece is made. */
#include "net/stats/command.h"
#include "net/stats/formats.h"
#include <stdio.h>
#include <unistd.h>

#ifndef TORC_RELEASE_DATE
#define TORC_RELEASE_DATE "2026/11/23"
#endif

#define INFO_FIELDS(X)                                                                             \
	X(NAME, "Name", "POS", TEXT, "the program")                                                \
	X(VERSION, "Version", "POS", TEXT, "its version")                                          \
	X(RELEASE_DATE, "Release_date", "POS", TEXT, "the day of that version")                    \
	X(NBTHREAD, "Nbthread", "CGS", U32, "workers")                                             \
	X(NBPROC, "Nbproc", "CGS", U32, "processes that forward, always 1")                        \
	X(PROCESS_NUM, "Process_num", "KGP", U32, "number of this process, always 1")              \
	X(PID, "Pid", "SGP", U32, "process id of the keeper, the same over reloads")               \
	X(UPTIME, "Uptime", "MDP", TEXT, "since the service started, in words")                    \
	X(UPTIME_SEC, "Uptime_sec", "MDP", SECONDS, "since the service started")                   \
	X(MEMMAX_MB, "Memmax_MB", "CLP", U32, "limit of the memory, 0 none")                       \
	X(POOL_ALLOC_MB, "PoolAlloc_MB", "MGP", U32, "memory in pools, in MB")                     \
	X(POOL_USED_MB, "PoolUsed_MB", "MGP", U32, "memory in use in pools, in MB")                \
	X(POOL_FAILED, "PoolFailed", "MCP", U32, "receives that had to wait for a buffer")         \
	X(ULIMIT_N, "Ulimit-n", "CLP", U32, "limit of the file descriptors")                       \
	X(MAXSOCK, "Maxsock", "CLP", U32, "limit of the sockets")                                  \
	X(MAXCONN, "Maxconn", "CLP", U32, "limit of the client connections")                       \
	X(HARD_MAXCONN, "Hard_maxconn", "CLP", U32, "the limit that descriptors leave")            \
	X(CURR_CONNS, "CurrConns", "MGP", U32, "client connections now")                           \
	X(CUM_CONNS, "CumConns", "MCP", U32, "client connections so far")                          \
	X(CUM_REQ, "CumReq", "MCP", U32, "requests so far")                                        \
	X(MAX_SSL_CONNS, "MaxSslConns", "MMP", U32, "limit of TLS connections, 0 none")            \
	X(CURR_SSL_CONNS, "CurrSslConns", "MGP", U32, "TLS connections now")                       \
	X(CUM_SSL_CONNS, "CumSslConns", "MCP", U32, "TLS connections so far")                      \
	X(MAXPIPES, "Maxpipes", "CLP", U32, "pipes for bodies that are not copied")                \
	X(PIPES_USED, "PipesUsed", "MGP", U32, "pipes that are lent")                              \
	X(PIPES_FREE, "PipesFree", "MGP", U32, "pipes that are not")                               \
	X(CONN_RATE, "ConnRate", "MRP", U32, "client connections in the last second")              \
	X(CONN_RATE_LIMIT, "ConnRateLimit", "CLP", U32, "limit of that, 0 none")                   \
	X(MAX_CONN_RATE, "MaxConnRate", "MMP", U32, "highest rate of connections seen")            \
	X(SESS_RATE, "SessRate", "MRP", U32, "sessions in the last second")                        \
	X(SESS_RATE_LIMIT, "SessRateLimit", "CLP", U32, "limit of that, 0 none")                   \
	X(MAX_SESS_RATE, "MaxSessRate", "MRP", U32, "highest rate of sessions seen")               \
	X(SSL_RATE, "SslRate", "MRP", U32, "TLS connections in the last second")                   \
	X(SSL_RATE_LIMIT, "SslRateLimit", "CLP", U32, "limit of that, 0 none")                     \
	X(MAX_SSL_RATE, "MaxSslRate", "MMP", U32, "highest rate of TLS connections seen")          \
	X(SSL_FE_KEY_RATE, "SslFrontendKeyRate", "MGP", U32, "TLS key exchanges with clients")     \
	X(SSL_FE_MAX_KEY_RATE, "SslFrontendMaxKeyRate", "MMP", U32, "the highest of that")         \
	X(SSL_FE_REUSE, "SslFrontendSessionReuse_pct", "MGP", U32, "TLS sessions resumed")         \
	X(SSL_BE_KEY_RATE, "SslBackendKeyRate", "MRP", U32, "TLS key exchanges with servers")      \
	X(SSL_BE_MAX_KEY_RATE, "SslBackendMaxKeyRate", "MMP", U32, "the highest of that")          \
	X(SSL_CACHE_LOOKUPS, "SslCacheLookups", "MCP", U32, "look-ups of TLS sessions")            \
	X(SSL_CACHE_MISSES, "SslCacheMisses", "MCP", U32, "those that found nothing")              \
	X(COMPRESS_IN, "CompressBpsIn", "MRP", U32, "bytes a second before compression")           \
	X(COMPRESS_OUT, "CompressBpsOut", "MRP", U32, "bytes a second after compression")          \
	X(COMPRESS_LIMIT, "CompressBpsRateLim", "CLP", U32, "limit of that, 0 none")               \
	X(ZLIB_USED, NULL, "MGP", U32, "")                                                         \
	X(ZLIB_MAX, NULL, "CLP", U32, "")                                                          \
	X(TASKS, "Tasks", "MGP", U32, "client connections that are served")                        \
	X(RUN_QUEUE, "Run_queue", "MGP", U32, "always 0: a turn handles all that has come")        \
	X(IDLE_PCT, "Idle_pct", "MaP", U32, "time that the workers waited in the last second, %")  \
	X(NODE, "node", "COS", TEXT, "name of this machine (global node)")                         \
	X(DESCRIPTION, "description", "COS", TEXT, "what global description says")                 \
	X(STOPPING, "Stopping", "MGP", U32, "1 while this process finishes its sessions")          \
	X(JOBS, "Jobs", "MGP", U32, "listeners and client connections")                            \
	X(UNSTOPPABLE_JOBS, "Unstoppable Jobs", "MGP", U32, "those that a stop does not wait for") \
	X(LISTENERS, "Listeners", "MGP", U32, "sockets that are listened on")                      \
	X(ACTIVE_PEERS, "ActivePeers", "MGP", U32, "peers, always 0")                              \
	X(CONNECTED_PEERS, "ConnectedPeers", "MGP", U32, "connected peers, always 0")              \
	X(DROPPED_LOGS, "DroppedLogs", "MGP", U32, "log lines that nobody took")                   \
	X(BUSY_POLLING, "BusyPolling", "MGP", U32, "always 0: workers sleep when idle")            \
	X(FAILED_RESOLUTIONS, "FailedResolutions", "MGP", U32, "names that were not found")        \
	X(TOTAL_BYTES_OUT, "TotalBytesOut", "MGP", U64, "bytes sent so far")                       \
	X(TOTAL_SPLICED, "TotalSplicdedBytesOut", "MGP", U64, "those that were not copied")        \
	X(BYTES_OUT_RATE, "BytesOutRate", "MRP", U64, "bytes sent in the last second")             \
	X(DEBUG_COMMANDS, "DebugCommandsIssued", "MGP", U32, "always 0")                           \
	X(CUM_RECV_LOGS, "CumRecvLogs", "MCP", U32, "log lines received, always 0")                \
	X(BUILD_INFO, "Build info", "POS", TEXT, "the version again")                              \
	X(MEMMAX_BYTES, "Memmax_bytes", "CLP", U32, "limit of the memory, 0 none")                 \
	X(POOL_ALLOC_BYTES, "PoolAlloc_bytes", "MGP", U64, "memory in pools, in bytes")            \
	X(POOL_USED_BYTES, "PoolUsed_bytes", "MGP", U64, "memory in use in pools, in bytes")       \
	X(START_TIME_SEC, "Start_time_sec", "MDP", SECONDS, "when the service started")            \
	X(TAINTED, "Tainted", "SGP", TEXT, "always 0")

enum info_field {
#define X(field, name, tags, kind, purpose) INFO_##field,
	INFO_FIELDS(X)
#undef X
		INFO_FIELD_COUNT
};

enum info_kind { INFO_TEXT, INFO_U32, INFO_U64, INFO_SECONDS };

static const struct {
	const char *name; /* NULL: a position that this program leaves out */
	const char *tags;
	enum info_kind kind;
	const char *purpose;
} fields[INFO_FIELD_COUNT] = {
#define X(field, name, tags, kind, purpose) {name, tags, INFO_##kind, purpose},
	INFO_FIELDS(X)
#undef X
};

_Static_assert(INFO_TAINTED == 71, "the positions are those of HAProxy 2.6");

struct info {
	uint64_t numbers[INFO_FIELD_COUNT];
	uint64_t uptime_ms; /* behind the whole seconds of Uptime_sec */
	const char *texts[INFO_FIELD_COUNT];
	char uptime[48], node[256];
};

static void collect(struct info *info, const struct runtime_context *context);
static void write_field(struct text *text, const struct runtime_job *job, const struct info *info,
	enum info_field field);

enum runtime_progress command_write_info(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	struct runtime_job *job = &runtime->job;
	bool json = job->form == STATS_FORM_JSON;
	struct info info;

	collect(&info, context);
	for (; job->item < INFO_FIELD_COUNT; job->item++) {
		uint32_t mark = text->len;

		if (json && job->item == 0)
			text_bytes(text, "[", 1);
		write_field(text, job, &info, (enum info_field)job->item);
		if (json && job->item == INFO_FIELD_COUNT - 1)
			text_string(text, "]\n");
		if (!text_commit(text, mark))
			return RUNTIME_MORE;
	}
	return RUNTIME_FINISHED;
}

/* ---- values ---- */

static uint64_t session_rate(const struct stats_context *stats, uint64_t now_ms)
{
	uint64_t rate = 0;

	for (uint32_t i = 0; i < stats->config->proxy_count; i++) {
		const struct proxy *proxy = &stats->config->proxies[i];
		struct traffic sum;

		if (!proxy->is_frontend)
			continue;
		board_sum(stats->board, proxy->frontend_cell, &sum, now_ms);
		rate += board_rate_read(&sum.session_rate, now_ms);
	}
	return rate;
}

static uint64_t unresolved_servers(const struct stats_context *stats)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < stats->board->server_count; i++) {
		struct verdict verdict;

		if (board_read_verdict(stats->board, i, &verdict) &&
			(verdict.admin & SERVER_ADMIN_RESOLUTION_MAINT))
			count++;
	}
	return count;
}

static void collect_limits(uint64_t *numbers, const struct stats_context *stats)
{
	numbers[INFO_NBTHREAD] = stats->board->worker_count;
	numbers[INFO_NBPROC] = 1;
	numbers[INFO_PROCESS_NUM] = 1;
	numbers[INFO_PID] = stats->pid;
	numbers[INFO_ULIMIT_N] = stats->ulimit_n;
	numbers[INFO_MAXSOCK] = stats->maxsock;
	numbers[INFO_MAXCONN] = stats->maxconn;
	numbers[INFO_HARD_MAXCONN] = stats->maxconn;
	numbers[INFO_MAXPIPES] = stats->maxpipes;
	numbers[INFO_LISTENERS] = stats->config->listener_count;
	numbers[INFO_FAILED_RESOLUTIONS] = unresolved_servers(stats);
	numbers[INFO_STOPPING] =
		atomic_load_explicit(&stats->board->header->draining, memory_order_relaxed);
}

static void collect_counters(uint64_t *numbers, const struct stats_context *stats, uint64_t now_ms)
{
	struct worker_cell sum;

	stats_sum_workers(stats, &sum);
	numbers[INFO_CURR_CONNS] = board_get(&sum.connections_now);
	numbers[INFO_CUM_CONNS] = board_get(&sum.connections_total);
	numbers[INFO_CUM_REQ] = board_get(&sum.requests_total);
	numbers[INFO_POOL_FAILED] = board_get(&sum.buffers_exhausted);
	numbers[INFO_PIPES_USED] = board_get(&sum.pipes_used);
	numbers[INFO_PIPES_FREE] = board_get(&sum.pipes_free);
	numbers[INFO_DROPPED_LOGS] = board_get(&sum.log_dropped);
	numbers[INFO_TOTAL_BYTES_OUT] = board_get(&sum.bytes_out);
	numbers[INFO_TOTAL_SPLICED] = board_get(&sum.spliced_bytes);
	numbers[INFO_TASKS] = numbers[INFO_CURR_CONNS];
	numbers[INFO_JOBS] = numbers[INFO_CURR_CONNS] + numbers[INFO_LISTENERS];
	numbers[INFO_CONN_RATE] = stats_connection_rate(stats, now_ms);
	numbers[INFO_SESS_RATE] = session_rate(stats, now_ms);
	numbers[INFO_MAX_CONN_RATE] = numbers[INFO_CONN_RATE];
	numbers[INFO_MAX_SESS_RATE] = numbers[INFO_SESS_RATE];
	numbers[INFO_IDLE_PCT] = 100;
	if (!stats->pulse)
		return;
	if (numbers[INFO_MAX_CONN_RATE] < board_get(&stats->pulse->connection_rate_max))
		numbers[INFO_MAX_CONN_RATE] = board_get(&stats->pulse->connection_rate_max);
	if (numbers[INFO_MAX_SESS_RATE] < board_get(&stats->pulse->session_rate_max))
		numbers[INFO_MAX_SESS_RATE] = board_get(&stats->pulse->session_rate_max);
	numbers[INFO_IDLE_PCT] = board_get(&stats->pulse->idle_percent);
	numbers[INFO_BYTES_OUT_RATE] = board_get(&stats->pulse->bytes_out_rate);
}

static void collect(struct info *info, const struct runtime_context *context)
{
	const struct stats_context *stats = context->stats;
	const struct global *global = &stats->config->global;
	uint64_t started_ms = stats->board->header->first_started_wall_s * 1000;
	unsigned long long up;

	memset(info, 0, sizeof(*info));
	collect_limits(info->numbers, stats);
	collect_counters(info->numbers, stats, context->now_ms);
	info->uptime_ms = context->wall_ms > started_ms ? context->wall_ms - started_ms : 0;
	up = info->uptime_ms / 1000;
	info->numbers[INFO_UPTIME_SEC] = up;
	info->numbers[INFO_START_TIME_SEC] = started_ms / 1000;
	snprintf(info->uptime, sizeof(info->uptime), "%llud %lluh%02llum%02llus", up / 86400,
		up / 3600 % 24, up / 60 % 60, up % 60);
	info->texts[INFO_NAME] = "torc";
	info->texts[INFO_VERSION] = info->texts[INFO_BUILD_INFO] = TORC_VERSION;
	info->texts[INFO_RELEASE_DATE] = TORC_RELEASE_DATE;
	info->texts[INFO_UPTIME] = info->uptime;
	info->texts[INFO_TAINTED] = "0";
	info->texts[INFO_NODE] = global->node;
	if (!global->node && gethostname(info->node, sizeof(info->node) - 1) == 0)
		info->texts[INFO_NODE] = info->node;
	info->texts[INFO_DESCRIPTION] = global->description;
}

/* ---- forms ---- */

/* With `float`, seconds have their fraction. */
static void write_seconds(struct text *text, const struct runtime_job *job, const struct info *info,
	enum info_field field)
{
	text_number(text, info->numbers[field]);
	if (job->exact)
		text_format(text, ".%06u",
			field == INFO_UPTIME_SEC ? (uint32_t)(info->uptime_ms % 1000) * 1000 : 0);
}

static void write_value(struct text *text, const struct runtime_job *job, const struct info *info,
	enum info_field field)
{
	if (fields[field].kind == INFO_TEXT)
		text_string(text, info->texts[field] ? info->texts[field] : "");
	else if (fields[field].kind == INFO_SECONDS)
		write_seconds(text, job, info, field);
	else
		text_number(text, info->numbers[field]);
}

static const char *type_name(const struct runtime_job *job, enum info_field field)
{
	switch (fields[field].kind) {
	case INFO_TEXT:
		return "str";
	case INFO_U64:
		return "u64";
	case INFO_SECONDS:
		return job->exact ? "flt" : "u32";
	case INFO_U32:
		break;
	}
	return "u32";
}

static void write_json_field(struct text *text, const struct runtime_job *job,
	const struct info *info, enum info_field field)
{
	text_format(text, "%s{\"field\":{\"pos\":%d,\"name\":\"%s\"},\"processNum\":1,",
		field > 0 ? "," : "", (int)field, fields[field].name);
	json_write_tags(text, fields[field].tags);
	if (fields[field].kind == INFO_TEXT) {
		json_write_string_value(text, info->texts[field] ? info->texts[field] : "");
	} else {
		text_format(text, "\"value\":{\"type\":\"%s\",\"value\":", type_name(job, field));
		write_value(text, job, info, field);
		text_bytes(text, "}", 1);
	}
	text_bytes(text, "}", 1);
}

static void write_field(struct text *text, const struct runtime_job *job, const struct info *info,
	enum info_field field)
{
	if (!fields[field].name || (field == INFO_DESCRIPTION && !info->texts[field]))
		return;
	if (job->form == STATS_FORM_JSON) {
		write_json_field(text, job, info, field);
		return;
	}
	if (job->form == STATS_FORM_TYPED)
		text_format(text, "%d.%s.1:%s:%s:", (int)field, fields[field].name,
			fields[field].tags, type_name(job, field));
	else
		text_format(text, "%s: ", fields[field].name);
	write_value(text, job, info, field);
	if (job->describe)
		text_format(text, ":\"%s\"", fields[field].purpose);
	text_bytes(text, "\n", 1);
}
