/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal.c - what a worker tells of its sessions.
 *
 * A line is made in the worker's one buffer, by hand for httplog and tcplog, else out of the
 * frontend's format, and is queued in the sink of the frontend's targets; nothing here waits or
 * allocates. */
#include "net/journal.h"

#include "net/link.h"
#include "net/rules/log_line.h"

static struct worker *worker_of_env(struct session_environment *env)
{
	return container_of(env, struct worker, env);
}

static const char *log_tag_of(const struct worker *worker, const struct session *session)
{
	if (session->frontend->log_tag)
		return session->frontend->log_tag;
	return worker->config->global.log_tag ? worker->config->global.log_tag : "haproxy";
}

/* NULL: a line that is written by hand. */
static const struct format *format_of(const struct session *session)
{
	const struct proxy *frontend = session->frontend;

	if (session->awaits_proxy_header && frontend->error_log_format)
		return frontend->error_log_format;
	return frontend->log_format;
}

/* What is known of this line only: its number, as those of requests every worker's own. */
static void number_line(
	struct worker *worker, const struct session *session, struct access_record *record)
{
	uint32_t workers = worker->board->header->workers, proxy = session->frontend->index;

	record->line_number = worker->line_counts[proxy]++ * workers + worker->index;
	record->pid = worker->sink_of[proxy]->pid;
}

static uint32_t write_line(
	struct worker *worker, const struct session *session, const struct access_record *record)
{
	if (format_of(session))
		return log_line_write(session, &worker->env, format_of(session), record,
			worker->log_line, WORKER_LOG_LINE_BYTES);
	if (session->frontend->log_tcplog)
		return access_log_format_tcp(worker->log_line, WORKER_LOG_LINE_BYTES, record);
	return access_log_format(worker->log_line, WORKER_LOG_LINE_BYTES, record);
}

/* The structured data of the line; empty for most. */
static struct span write_structured(
	struct worker *worker, const struct session *session, const struct access_record *record)
{
	const struct format *format = session->frontend->log_format_sd;

	if (!format)
		return (struct span){0};
	return span_of(
		worker->log_structured, log_line_write(session, &worker->env, format, record,
						worker->log_structured, WORKER_LOG_LINE_BYTES));
}

static void log_session(struct session_environment *env, const struct session *session,
	const struct access_record *record)
{
	struct worker *worker = worker_of_env(env);
	struct log_sink *sink = worker->sink_of[session->frontend->index];
	enum log_level level = LOG_LEVEL_INFO;
	struct access_record numbered;
	uint32_t len;

	if (!sink)
		return;
	if (session->frontend->log_separate_errors &&
		(record->termination[0] != '-' || record->status >= 500 || record->retries > 0))
		level = LOG_LEVEL_ERR;
	if (session->log_level)
		level = (enum log_level)(session->log_level - 1);
	if (session->frontend->log_format || session->frontend->log_format_sd) {
		numbered = *record;
		number_line(worker, session, &numbered);
		record = &numbered;
	}
	len = write_line(worker, session, record);
	log_sink_structured(sink, level, log_tag_of(worker, session),
		write_structured(worker, session, record), worker->log_line, len, env->wall_ms);
}

static void log_connect(struct session_environment *env, const struct session *session)
{
	struct worker *worker = worker_of_env(env);
	struct log_sink *sink = worker->sink_of[session->frontend->index];
	struct access_record record = {
		.listener_id = session->listener->id,
		.frontend = session->frontend->name,
	};
	union address destination;
	uint32_t len;

	if (!sink)
		return;
	memcpy(&record.client, &session->peer, sizeof(session->peer));
	link_destination(session, &destination);
	len = access_log_format_connect(worker->log_line, WORKER_LOG_LINE_BYTES, &record,
		&destination, session->frontend->mode == PROXY_MODE_HTTP);
	log_sink_line(sink, LOG_LEVEL_INFO, log_tag_of(worker, session), worker->log_line, len,
		env->wall_ms);
}

static void refused(struct session_environment *env, const struct session *session, bool response,
	const char *bytes, uint32_t len, uint32_t at)
{
	struct worker *worker = worker_of_env(env);
	union address source = {0};
	struct error_report report = {
		.kind = response ? ERROR_RESPONSE : ERROR_REQUEST,
		.frontend = session->frontend,
		.backend = session->backend,
		.server = session->server,
		.source = &source,
		.bytes = span_of(bytes, len),
		.position = at,
		.reason = env->head->fault_reason,
		.wall_ms = env->wall_ms,
	};

	memcpy(&source, &session->peer, sizeof(session->peer));
	inspector_capture(worker->inspector, &report);
}

void journal_fill_environment(struct session_environment *env)
{
	env->log = log_session;
	env->log_connect = log_connect;
	env->refused = refused;
}
