/* SPDX-License-Identifier: GPL-2.0-or-later */
/* errors.c - `show errors`: the last bad request of every frontend, the last bad response of every
 * backend, with the bytes and the place of the one that is wrong.
 *
 * A capture is copied into the job first: what is printed over several pieces is one message, also
 * when another one replaces it meanwhile. */
#include "core/calendar.h"
#include "net/stats/command.h"
#include "net/stats/row.h"
#include <stdio.h>
#include <time.h>

/* Characters of a message in a line; at most 4 are written for one. */
#define DUMP_WIDTH 70

enum error_stage { ERRORS_TITLE, ERRORS_FIND, ERRORS_HEAD, ERRORS_DUMP };

static void write_capture_head(struct text *text, const struct error_capture *error);
static uint32_t write_dump_line(struct text *text, const struct error_capture *error, uint32_t at);

/* "[23/Nov/2026:17:43:02.262]", local time. */
static void write_date(struct text *text, uint64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	localtime_r(&seconds, &tm);
	text_format(text, "[%02d/%s/%04d:%02d:%02d:%02d.%03u]", tm.tm_mday,
		calendar_month(tm.tm_mon), tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec,
		(uint32_t)(wall_ms % 1000));
}

static bool wants(const struct runtime_job *job, const struct proxy *proxy, enum error_kind kind)
{
	if (job->only && job->only != proxy)
		return false;
	return kind == ERROR_REQUEST ? job->requests && proxy->is_frontend
				     : job->responses && proxy->is_backend;
}

/* Finds the next capture from (proxy, item) on and copies it. */
static bool find_capture(struct runtime_job *job, const struct runtime_context *context)
{
	const struct config *config = context->stats->config;

	for (; job->proxy < config->proxy_count; job->proxy++, job->item = 0) {
		const struct proxy *proxy = &config->proxies[job->proxy];

		while (job->item < 2) {
			enum error_kind kind = job->item++ ? ERROR_RESPONSE : ERROR_REQUEST;

			if (wants(job, proxy, kind) &&
				inspector_error(context->inspector, proxy, kind, &job->error))
				return true;
		}
	}
	return false;
}

enum runtime_progress command_write_errors(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	struct runtime_job *job = &runtime->job;

	for (;;) {
		uint32_t mark = text->len, used = 0;

		switch ((enum error_stage)job->stage) {
		case ERRORS_TITLE:
			text_string(text, "Total events captured on ");
			write_date(text, context->wall_ms);
			text_format(text, " : %llu\n",
				(unsigned long long)inspector_events(context->inspector));
			break;
		case ERRORS_FIND:
			if (!find_capture(job, context))
				return RUNTIME_FINISHED;
			break;
		case ERRORS_HEAD:
			write_capture_head(text, &job->error);
			break;
		case ERRORS_DUMP:
			used = write_dump_line(text, &job->error, job->offset);
			break;
		}
		if (!text_commit(text, mark)) {
			if (mark > 0)
				return RUNTIME_MORE;
			/* A head with names that fill a buffer: the bytes follow without it. */
		}
		job->offset = job->stage == ERRORS_DUMP ? job->offset + used : 0;
		if (job->stage != ERRORS_DUMP)
			job->stage++;
		if (job->stage == ERRORS_DUMP && job->offset >= job->error.kept)
			job->stage = ERRORS_FIND;
	}
}

static void write_proxy(struct text *text, const char *what, const struct proxy *proxy)
{
	if (proxy)
		text_format(text, "%s %s (#%u)", what, proxy->name, proxy->id);
	else
		text_format(text, "%s <NONE> (#-1)", what);
}

static void write_capture_head(struct text *text, const struct error_capture *error)
{
	bool request = error->kind == ERROR_REQUEST;
	char source[128];

	stats_address(source, sizeof(source), &error->source, STATS_WITH_PORT);
	text_string(text, " \n");
	write_date(text, error->wall_ms);
	text_bytes(text, " ", 1);
	write_proxy(
		text, request ? "frontend" : "backend", request ? error->frontend : error->backend);
	text_format(text, ": invalid %s\n  ", request ? "request" : "response");
	write_proxy(
		text, request ? "backend" : "frontend", request ? error->backend : error->frontend);
	if (error->server)
		text_format(text, ", server %s (#%u)", error->server->name, error->server->id);
	else
		text_string(text, ", server <NONE> (#-1)");
	text_format(text,
		", event #%llu, src %s\n"
		"  buffer starts at 0 (including 0 out), %u free,\n"
		"  len %u, wraps at %u, error at position %u\n",
		(unsigned long long)error->event, source, ERROR_CAPTURE_BYTES - error->kept,
		error->len, ERROR_CAPTURE_BYTES, error->position);
	if (error->reason)
		text_format(text, "  reason: %s\n", error->reason);
	text_string(text, "  \n");
}

static void write_escaped(struct text *text, unsigned char byte)
{
	switch (byte) {
	case '\n':
		text_string(text, "\\n");
		break;
	case '\r':
		text_string(text, "\\r");
		break;
	case '\t':
		text_string(text, "\\t");
		break;
	case 0x1b:
		text_string(text, "\\e");
		break;
	case '\\':
		text_string(text, "\\\\");
		break;
	default:
		if (byte >= 0x20 && byte < 0x7f)
			text_bytes(text, (const char *)&byte, 1);
		else
			text_format(text, "\\x%02X", byte);
	}
}

/* "  00017  Host: x\r\n": the offset, a plus sign where the line began further up, the bytes up to
 * a line feed or as many as a line holds.  Returns how many it took. */
static uint32_t write_dump_line(struct text *text, const struct error_capture *error, uint32_t at)
{
	uint32_t start = at, mark;

	if (at >= error->kept)
		return 0;
	text_format(text, "  %05u%c ", at, at == 0 || error->bytes[at - 1] == '\n' ? ' ' : '+');
	mark = text->len;
	while (at < error->kept && text->len - mark < DUMP_WIDTH && !text->full) {
		unsigned char byte = (unsigned char)error->bytes[at++];

		write_escaped(text, byte);
		if (byte == '\n')
			break;
	}
	text_bytes(text, "\n", 1);
	return at - start;
}
