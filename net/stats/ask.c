/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ask.c - the commands that need the workers: sessions, and maxima to be cleared.
 *
 * One conversation asks at a time: the workers' cells hold one question.  An answer is copied out
 * at once and the cell given back, so a reader who takes his time holds up nobody.  A worker that
 * does not answer in time is named and passed over. */
#include "net/stats/command.h"
#include "net/stats/row.h"
#include <stdio.h>

/* ---- asking ---- */

void command_stop_asking(struct runtime *runtime, struct runtime_context *context)
{
	if (context->asker != runtime)
		return;
	if (runtime->job.asked)
		inspector_release(context->inspector, runtime->job.worker);
	runtime->job.asked = false;
	runtime->job.deadline_ms = 0;
	context->asker = NULL;
}

enum asked { ASKED_NOT_YET, ASKED_ANSWERED, ASKED_IN_VAIN };

/* Asks job->worker and looks for its answer.  After ASKED_ANSWERED the cell is ours until
 * finish_question().  Who asks must have nothing to say first: text that waits for a slow reader
 * would keep the others from asking. */
static enum asked ask(struct runtime *runtime, struct runtime_context *context,
	enum inspect_kind kind, const struct inspect_cell **answer)
{
	struct runtime_job *job = &runtime->job;
	bool late = job->deadline_ms && context->now_ms >= job->deadline_ms;

	if (job->deadline_ms == 0)
		job->deadline_ms = context->now_ms + RUNTIME_ANSWER_MS;
	if (context->asker && context->asker != runtime)
		return ASKED_NOT_YET; /* the other's own deadlines bound this wait */
	if (!context->asker) {
		context->asker = runtime;
		job->deadline_ms = context->now_ms + RUNTIME_ANSWER_MS;
		late = false;
	}
	if (!job->asked)
		job->asked = inspector_ask(context->inspector, job->worker, kind, job->from);
	*answer = job->asked ? inspector_answer(context->inspector, job->worker) : NULL;
	if (*answer)
		return ASKED_ANSWERED;
	return late ? ASKED_IN_VAIN : ASKED_NOT_YET;
}

/* Gives the cell and the right to ask back. */
static void finish_question(struct runtime *runtime, struct runtime_context *context)
{
	command_stop_asking(runtime, context);
}

static void next_worker(struct runtime_job *job)
{
	job->worker++;
	job->from = 0;
}

/* ---- clear counters ---- */

enum runtime_progress command_write_clear_maxima(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	struct runtime_job *job = &runtime->job;
	const struct inspect_cell *answer;

	if (text->len > 0 && !job->asked)
		return RUNTIME_MORE;
	while (job->worker < inspector_workers(context->inspector)) {
		if (ask(runtime, context, INSPECT_CLEAR_MAXIMA, &answer) == ASKED_NOT_YET)
			return RUNTIME_WAITING;
		finish_question(runtime, context);
		next_worker(job);
	}
	return RUNTIME_FINISHED;
}

/* ---- sessions ---- */

static const char *protocol_of(const union address *address)
{
	switch (address->any.sa_family) {
	case AF_INET:
		return "tcpv4";
	case AF_INET6:
		return "tcpv6";
	case AF_UNIX:
		return "unix_stream";
	default:
		return "unknown";
	}
}

/* "3s", "2m5s", "1h30m", "4d2h"; under ten seconds with milliseconds. */
static void write_duration(struct text *text, uint64_t ms)
{
	unsigned long long s = ms / 1000;

	if (ms == UINT64_MAX)
		text_string(text, "never");
	else if (s < 10)
		text_format(text, "%llu.%03us", s, (uint32_t)(ms % 1000));
	else if (s < 60)
		text_format(text, "%llus", s);
	else if (s < 3600)
		text_format(text, "%llum%llus", s / 60, s % 60);
	else if (s < 86400)
		text_format(text, "%lluh%llum", s / 3600, s / 60 % 60);
	else
		text_format(text, "%llud%lluh", s / 86400, s / 3600 % 24);
}

static void write_times(struct text *text, const struct session_row *row)
{
	text_string(text, " age=");
	write_duration(text, row->age_ms);
	text_string(text, " idle=");
	write_duration(text, row->idle_ms);
	text_string(text, " exp=");
	write_duration(text, row->expires_ms);
}

static void write_session_line(struct text *text, const struct session_row *row)
{
	char source[128];

	stats_address(source, sizeof(source), &row->source, STATS_WITH_PORT);
	text_format(text, "0x%llx: proto=%s src=%s fe=%s be=%s srv=%s state=%s",
		(unsigned long long)row->id, protocol_of(&row->source), source,
		row->frontend ? row->frontend->name : "<NONE>",
		row->backend ? row->backend->name : "<NONE>",
		row->server ? row->server->name : "<none>", row->state ? row->state : "-");
	write_times(text, row);
	text_format(text, " in=%llu out=%llu reqs=%llu rc=%u fd=[%d,%d]%s%s%s\n",
		(unsigned long long)row->bytes_in, (unsigned long long)row->bytes_out,
		(unsigned long long)row->requests, row->retries, row->client_fd, row->server_fd,
		row->tls ? " tls" : "", row->spliced ? " spliced" : "",
		row->tunnel ? " tunnel" : "");
}

static const char *mode_of(const struct proxy *proxy)
{
	return proxy->mode == PROXY_MODE_HTTP ? "http" : "tcp";
}

static void write_session_details(struct text *text, const struct session_row *row, uint32_t worker)
{
	char source[128], address[128];

	stats_address(source, sizeof(source), &row->source, STATS_WITH_PORT);
	text_format(text, "0x%llx: id=%llu proto=%s source=%s worker=%u\n  state=%s",
		(unsigned long long)row->id, (unsigned long long)row->id, protocol_of(&row->source),
		source, worker + 1, row->state ? row->state : "-");
	write_times(text, row);
	if (row->frontend)
		text_format(text, "\n  frontend=%s (id=%u mode=%s)", row->frontend->name,
			row->frontend->id, mode_of(row->frontend));
	else
		text_string(text, "\n  frontend=<NONE> (id=-1 mode=-)");
	if (row->listener) {
		stats_address(address, sizeof(address), &row->listener->address, STATS_WITH_PORT);
		text_format(text, ", listener=%s (id=%u) addr=%s",
			row->listener->name ? row->listener->name : "?", row->listener->id,
			address);
	}
	if (row->backend)
		text_format(text, "\n  backend=%s (id=%u mode=%s)", row->backend->name,
			row->backend->id, mode_of(row->backend));
	else
		text_string(text, "\n  backend=<NONE> (id=-1 mode=-)");
	if (row->server) {
		stats_address(address, sizeof(address), &row->server->address, STATS_WITH_PORT);
		text_format(text, "\n  server=%s (id=%u) addr=%s", row->server->name,
			row->server->id, address);
	} else {
		text_string(text, "\n  server=<NONE> (id=-1)");
	}
	text_format(text,
		"\n  requests=%llu retries=%u bytes_in=%llu bytes_out=%llu\n"
		"  client_fd=%d server_fd=%d tls=%d spliced=%d tunnel=%d\n",
		(unsigned long long)row->requests, row->retries, (unsigned long long)row->bytes_in,
		(unsigned long long)row->bytes_out, row->client_fd, row->server_fd, row->tls,
		row->spliced, row->tunnel);
}

/* Writes the rows at hand. */
static enum runtime_progress write_rows(struct runtime_job *job, struct text *text)
{
	for (; job->sessions.at < job->sessions.count; job->sessions.at++) {
		const struct session_row *row = &job->sessions.rows[job->sessions.at];
		uint32_t mark = text->len;

		if (job->wanted_id && job->wanted_id != row->id)
			continue;
		if (job->detailed)
			write_session_details(text, row, job->worker);
		else
			write_session_line(text, row);
		if (!text_commit(text, mark)) {
			if (mark > 0)
				return RUNTIME_MORE;
			continue; /* names that fill a buffer */
		}
		job->found = true;
	}
	return RUNTIME_FINISHED;
}

static enum runtime_progress say_silent(struct runtime_job *job, struct text *text)
{
	uint32_t mark = text->len;

	text_format(text, "Worker %u does not answer.\n", job->worker + 1);
	return text_commit(text, mark) ? RUNTIME_FINISHED : RUNTIME_MORE;
}

enum session_stage { SESSIONS_ASK, SESSIONS_WRITE, SESSIONS_SILENT };

/* One step with the worker at hand.  FINISHED: there may be another step. */
static enum runtime_progress step_sessions(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	struct runtime_job *job = &runtime->job;
	const struct inspect_cell *answer = NULL;

	switch ((enum session_stage)job->stage) {
	case SESSIONS_ASK:
		if (text->len > 0 && !job->asked)
			return RUNTIME_MORE;
		switch (ask(runtime, context, INSPECT_SESSIONS, &answer)) {
		case ASKED_NOT_YET:
			return RUNTIME_WAITING;
		case ASKED_IN_VAIN:
			job->stage = SESSIONS_SILENT;
			break;
		case ASKED_ANSWERED:
			job->sessions.at = 0;
			job->sessions.count = answer->count;
			memcpy(job->sessions.rows, answer->rows,
				answer->count * sizeof(answer->rows[0]));
			job->from = answer->next;
			job->stage = SESSIONS_WRITE;
			break;
		}
		finish_question(runtime, context);
		return RUNTIME_FINISHED;
	case SESSIONS_WRITE:
		if (write_rows(job, text) == RUNTIME_MORE)
			return RUNTIME_MORE;
		if (job->from == INSPECT_END)
			next_worker(job);
		job->stage = SESSIONS_ASK;
		return RUNTIME_FINISHED;
	case SESSIONS_SILENT:
		if (say_silent(job, text) == RUNTIME_MORE)
			return RUNTIME_MORE;
		next_worker(job);
		job->stage = SESSIONS_ASK;
		return RUNTIME_FINISHED;
	}
	return RUNTIME_FINISHED;
}

enum runtime_progress command_write_sessions(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	struct runtime_job *job = &runtime->job;
	uint32_t mark = text->len;

	while (job->worker < inspector_workers(context->inspector)) {
		enum runtime_progress progress = step_sessions(runtime, context, text);

		if (progress != RUNTIME_FINISHED)
			return progress;
	}
	if (job->wanted_id && !job->found) {
		text_string(text, "Session not found.\n");
		if (!text_commit(text, mark))
			return RUNTIME_MORE;
	}
	return RUNTIME_FINISHED;
}
