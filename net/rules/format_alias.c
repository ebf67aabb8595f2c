/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format_alias.c - what the variables of format_words.c stand for, out of a record of the log.
 *
 * Every byte is HAProxy's: where it writes nothing, "-" or "<BADREQ>", what +Q and +X change (an
 * address in hexadecimal has no quotes, a number never has), is held against its 2.6 by
 * tests/e2e/test_log_format.py. */
#include "core/calendar.h"
#include "core/config/format_words.h"
#include "net/rules/capture.h"
#include "net/rules/format.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <time.h>

static void put_name(struct format_output *out, const char *name, uint8_t flags)
{
	format_put_text(out, span_of_string(name), flags);
}

static void put_plain(struct format_output *out, const char *text)
{
	format_put(out, span_of_string(text));
}

static void put_number(struct format_output *out, int64_t number)
{
	format_put_number(out, number, 0);
}

/* In hexadecimal with at least this many digits, where the flags say so. */
static void put_wide(struct format_output *out, uint64_t number, uint8_t flags, int digits)
{
	char text[24];

	snprintf(text, sizeof(text), flags & FORMAT_HEX ? "%0*llX" : "%.*llu",
		flags & FORMAT_HEX ? digits : 1, (unsigned long long)number);
	put_plain(out, text);
}

/* ---- addresses ---- */

static void put_address(struct format_output *out, const union address *address, uint8_t flags)
{
	char text[INET6_ADDRSTRLEN] = "";
	int family = address->any.sa_family;
	const uint8_t *bytes = family == AF_INET ? (const uint8_t *)&address->in.sin_addr
						 : address->in6.sin6_addr.s6_addr;

	if ((family == AF_INET || family == AF_INET6) && flags & FORMAT_HEX) {
		for (uint32_t i = 0; i < (family == AF_INET ? 4u : 16u); i++)
			put_wide(out, bytes[i], flags, 2);
		return;
	}
	if (family == AF_INET || family == AF_INET6)
		inet_ntop(family, bytes, text, sizeof(text));
	put_name(out, family == AF_UNIX ? "unix" : text, flags);
}

/* IPv4 and IPv6 have the port in the same place. */
static void put_port(struct format_output *out, const union address *address, uint8_t flags)
{
	if (address->any.sa_family == AF_INET || address->any.sa_family == AF_INET6)
		put_wide(out, ntohs(address->in.sin_port), flags, 4);
	else
		put_name(out, "", flags);
}

static void put_end(struct format_output *out, struct rule_context *context, enum session_end end,
	bool port, uint8_t flags)
{
	union address address = {.any.sa_family = AF_UNSPEC};

	context->env->address_of(context->env, context->session, end, &address);
	if (port)
		put_port(out, &address, flags);
	else
		put_address(out, &address, flags);
}

/* ---- dates ---- */

enum date_form { DATE_MS, DATE_LOCAL, DATE_GMT };

static void put_date(struct format_output *out, uint64_t wall_ms, enum date_form form)
{
	time_t second = (time_t)(wall_ms / 1000);
	struct tm tm = {0};
	char text[64], zone[8] = "+0000";
	int len;

	if (form == DATE_GMT)
		gmtime_r(&second, &tm);
	else
		localtime_r(&second, &tm);
	if (form == DATE_LOCAL)
		strftime(zone, sizeof(zone), "%z", &tm);
	len = snprintf(text, sizeof(text), "%02d/%s/%04d:%02d:%02d:%02d", tm.tm_mday,
		calendar_month(tm.tm_mon), tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (form == DATE_MS)
		snprintf(text + len, sizeof(text) - (size_t)len, ".%03u",
			(unsigned)(wall_ms % 1000));
	else
		snprintf(text + len, sizeof(text) - (size_t)len, " %s", zone);
	put_plain(out, text);
}

/* ---- the request ---- */

/* The parts of "GET /a?b HTTP/1.1". */
struct parts {
	struct span method, target, version;
};

static struct parts split(struct span line)
{
	struct parts parts = {0};
	const char *first = line.len ? memchr(line.at, ' ', line.len) : NULL, *last;

	if (!first)
		return parts;
	last = memrchr(line.at, ' ', line.len);
	parts.method = span_of(line.at, (size_t)(first - line.at));
	if (last == first)
		last = line.at + line.len;
	parts.target = span_of(first + 1, last > first ? (size_t)(last - first - 1) : 0);
	if (last < line.at + line.len)
		parts.version = span_of(last + 1, (size_t)(line.at + line.len - last - 1));
	return parts;
}

static struct span cut_query(struct span target, bool query)
{
	const char *mark = target.len ? memchr(target.at, '?', target.len) : NULL;
	uint32_t len = mark ? (uint32_t)(mark - target.at) : target.len;

	if (!target.len)
		return target; /* of a line without one: no address to count from */
	return query ? span_of(target.at + len, target.len - len) : span_of(target.at, len);
}

/* "http://host/path" without what stands before the path. */
static struct span cut_authority(struct span target)
{
	const char *end, *slash;

	if (target.len == 0 || target.at[0] == '/')
		return target;
	end = target.at + target.len;
	slash = memmem(target.at, target.len, "://", 3);
	slash = slash ? memchr(slash + 3, '/', (size_t)(end - slash - 3)) : NULL;
	return slash ? span_of(slash, (size_t)(end - slash)) : target;
}

/* What a request said is coded before it is escaped: a quote in it is #22, not a quote behind a
 * backslash. */
static void put_coded(struct format_output *out, struct span text, uint8_t flags)
{
	put_plain(out, flags & FORMAT_QUOTED ? "\"" : "");
	for (uint32_t i = 0; i < text.len; i++) {
		const char *c = text.at + i;

		if (*c == '\\' || *c == ']')
			put_plain(out, "\\");
		format_put_text(out, span_of(c, 1), 0);
	}
	put_plain(out, flags & FORMAT_QUOTED ? "\"" : "");
}

static void put_request(struct format_output *out, enum format_alias alias,
	struct rule_context *context, const struct access_record *record, uint8_t flags)
{
	/* While rules are looked at the head is here; in the log only its first line is. */
	bool head = context->head && !context->response;
	struct span line = head ? context->head->start_line : record->request_line, text;
	struct parts parts;

	if (!head && record->uri_max > 0 && line.len >= record->uri_max)
		line.len = record->uri_max - 1;
	parts = split(line);
	switch (alias) {
	case ALIAS_METHOD:
		text = parts.method;
		break;
	case ALIAS_URI:
		text = parts.target;
		break;
	case ALIAS_PATH:
		text = cut_query(parts.target, false);
		break;
	case ALIAS_PATH_ONLY:
		text = cut_authority(cut_query(parts.target, false));
		break;
	case ALIAS_QUERY:
		text = cut_query(parts.target, true);
		break;
	case ALIAS_VERSION:
		text = parts.version;
		break;
	default:
		text = line;
		break;
	}
	if (!head && !record->has_request)
		text = SPAN("<BADREQ>");
	if (flags & FORMAT_ESCAPED)
		put_coded(out, text, flags);
	else
		format_put_text(out, text, (uint8_t)(flags & ~FORMAT_MANDATORY));
}

/* ---- captures ---- */

/* A text must not hold what divides a group of them. */
static void put_captured(struct format_output *out, struct span text, uint8_t flags)
{
	if (text.len == 0) {
		format_put_text(out, text, flags);
		return;
	}
	put_plain(out, flags & FORMAT_QUOTED ? "\"" : "");
	for (uint32_t i = 0; i < text.len; i++) {
		char c = text.at[i], code[4];

		if (c != '{' && c != '|' && c != '}') {
			format_put_text(out, span_of(&c, 1), 0);
			continue;
		}
		snprintf(code, sizeof(code), "#%02X", (unsigned char)c);
		put_plain(out, code);
	}
	put_plain(out, flags & FORMAT_QUOTED ? "\"" : "");
}

static void put_captures(struct format_output *out, struct rule_context *context,
	const struct access_record *record, bool response, bool list, uint8_t flags)
{
	const struct session *session = context->session;
	const struct rules *rules = session->frontend->rules;
	const struct capture_list *slots;

	if (!rules || !record->has_request)
		return;
	slots = response ? &rules->response_captures : &rules->request_captures;
	if (slots->count == 0)
		return;
	if (!list)
		put_plain(out, flags & FORMAT_QUOTED ? "\"{" : "{");
	for (uint32_t i = 0; i < slots->count; i++) {
		struct span text = {0};

		capture_get(session, response, i, &text);
		if (i > 0)
			put_plain(out, list ? " " : "|");
		if (list)
			put_captured(out, text, flags | FORMAT_MANDATORY);
		else
			put_captured(out, text, 0);
	}
	if (!list)
		put_plain(out, flags & FORMAT_QUOTED ? "}\"" : "}");
}

/* ---- all of them ---- */

static void put_time(
	struct format_output *out, const struct access_record *record, enum format_alias alias)
{
	bool early = record->early;

	switch (alias) {
	case ALIAS_ACTIVE_TIME:
		put_plain(out, early ? "+" : "");
		put_number(out, record->active_ms);
		break;
	case ALIAS_TOTAL_TIME:
		put_plain(out, early ? "+" : "");
		put_number(out, record->total_ms);
		break;
	case ALIAS_USER_TIME:
		put_plain(out, early ? "+" : "");
		put_number(out, record->active_ms);
		break;
	case ALIAS_CONNECT_TIME:
		put_number(out, record->connect_ms);
		break;
	case ALIAS_DATA_TIME:
		put_number(out, record->data_ms);
		break;
	case ALIAS_HANDSHAKE_TIME:
		put_number(out, 0);
		break;
	case ALIAS_IDLE_TIME:
		put_number(out, record->idle_ms);
		break;
	case ALIAS_REQUEST_TIME:
		put_number(out, record->head_ms);
		break;
	case ALIAS_REQUEST_TIME_WITH_IDLE:
		put_number(out, record->head_ms < 0 ? -1 : record->idle_ms + record->head_ms);
		break;
	case ALIAS_RESPONSE_TIME:
		put_number(out, record->response_ms);
		break;
	default:
		put_number(out, record->queue_ms);
		break;
	}
}

void format_alias(struct format_output *out, const struct format_piece *piece,
	struct rule_context *context, const struct access_record *record)
{
	enum format_alias alias = piece->alias->id;
	uint8_t flags = piece->flags;

	switch (alias) {
	case ALIAS_CLIENT_IP:
		put_address(out, &record->client, flags);
		break;
	case ALIAS_CLIENT_PORT:
		if (record->client.any.sa_family == AF_UNIX)
			put_number(out, record->listener_id);
		else
			put_port(out, &record->client, flags);
		break;
	case ALIAS_FRONTEND_IP:
	case ALIAS_FRONTEND_PORT:
		put_end(out, context, SESSION_CAME_TO, alias == ALIAS_FRONTEND_PORT, flags);
		break;
	case ALIAS_BACKEND_SOURCE_IP:
	case ALIAS_BACKEND_SOURCE_PORT:
		put_end(out, context, SESSION_WENT_FROM, alias == ALIAS_BACKEND_SOURCE_PORT, flags);
		break;
	case ALIAS_SERVER_IP:
	case ALIAS_SERVER_PORT:
		put_end(out, context, SESSION_WENT_TO, alias == ALIAS_SERVER_PORT, flags);
		break;
	case ALIAS_FRONTEND:
	case ALIAS_FRONTEND_TRANSPORT: /* with a "~" behind it for TLS, which is not there yet */
		put_name(out, record->frontend, flags);
		break;
	case ALIAS_BACKEND:
		put_name(out, record->backend, flags);
		break;
	case ALIAS_SERVER:
		put_name(out, record->server ? record->server : "<NOSRV>", flags);
		break;
	case ALIAS_HOSTNAME:
		put_name(out, context->room->hostname, flags);
		break;
	case ALIAS_METHOD:
	case ALIAS_URI:
	case ALIAS_PATH:
	case ALIAS_PATH_ONLY:
	case ALIAS_QUERY:
	case ALIAS_VERSION:
	case ALIAS_REQUEST_LINE:
		put_request(out, alias, context, record, flags);
		break;
	case ALIAS_STATUS:
		put_number(out, record->status);
		break;
	case ALIAS_BYTES_READ:
		put_plain(out, record->early ? "+" : "");
		put_number(out, (int64_t)record->bytes);
		break;
	case ALIAS_BYTES_UPLOADED:
		put_number(out, (int64_t)record->bytes_in);
		break;
	case ALIAS_TIMESTAMP:
		put_wide(out, record->accept_wall_ms / 1000, flags, 4);
		break;
	case ALIAS_MILLISECONDS: {
		char text[8];

		snprintf(text, sizeof(text), flags & FORMAT_HEX ? "%02X" : "%03u",
			(unsigned)(record->accept_wall_ms % 1000));
		put_plain(out, text);
		break;
	}
	case ALIAS_DATE:
		put_date(out, record->accept_wall_ms, DATE_MS);
		break;
	case ALIAS_DATE_GMT:
		put_date(out, record->accept_wall_ms, DATE_GMT);
		break;
	case ALIAS_DATE_LOCAL:
		put_date(out, record->accept_wall_ms, DATE_LOCAL);
		break;
	case ALIAS_REQUEST_DATE:
		put_date(out, record->request_wall_ms, DATE_MS);
		break;
	case ALIAS_REQUEST_DATE_GMT:
		put_date(out, record->request_wall_ms, DATE_GMT);
		break;
	case ALIAS_REQUEST_DATE_LOCAL:
		put_date(out, record->request_wall_ms, DATE_LOCAL);
		break;
	case ALIAS_ACTIVE_TIME:
	case ALIAS_TOTAL_TIME:
	case ALIAS_USER_TIME:
	case ALIAS_CONNECT_TIME:
	case ALIAS_DATA_TIME:
	case ALIAS_HANDSHAKE_TIME:
	case ALIAS_IDLE_TIME:
	case ALIAS_REQUEST_TIME:
	case ALIAS_REQUEST_TIME_WITH_IDLE:
	case ALIAS_RESPONSE_TIME:
	case ALIAS_QUEUE_TIME:
		put_time(out, record, alias);
		break;
	case ALIAS_PROCESS_CONNECTIONS:
		put_number(out, record->process_connections);
		break;
	case ALIAS_FRONTEND_CONNECTIONS:
		put_number(out, record->frontend_connections);
		break;
	case ALIAS_BACKEND_CONNECTIONS:
		put_number(out, record->backend_connections);
		break;
	case ALIAS_SERVER_CONNECTIONS:
		put_number(out, record->server_connections);
		break;
	case ALIAS_RETRIES:
		put_plain(out, record->redispatched ? "+" : "");
		put_number(out, record->retries);
		break;
	case ALIAS_SERVER_QUEUE:
		put_number(out, record->server_queue);
		break;
	case ALIAS_BACKEND_QUEUE:
		put_number(out, record->backend_queue);
		break;
	case ALIAS_TERMINATION:
		format_put(out, span_of(record->termination, 2));
		break;
	case ALIAS_TERMINATION_WITH_COOKIES:
		format_put(out, span_of(record->termination, 4));
		break;
	case ALIAS_REQUEST_FIELDS:
		put_captures(out, context, record, false, false, flags);
		break;
	case ALIAS_REQUEST_FIELDS_CLF:
		put_captures(out, context, record, false, true, flags);
		break;
	case ALIAS_RESPONSE_FIELDS:
		put_captures(out, context, record, true, false, flags);
		break;
	case ALIAS_RESPONSE_FIELDS_CLF:
		put_captures(out, context, record, true, true, flags);
		break;
	case ALIAS_COUNTER:
		put_wide(out, record->line_number, flags, 4);
		break;
	case ALIAS_REQUEST_COUNTER:
		put_wide(out, record->request_number, flags, 4);
		break;
	case ALIAS_PID:
		put_wide(out, record->pid, flags, 4);
		break;
	case ALIAS_UNIQUE_ID:
		format_put_text(out, record->unique_id, flags);
		break;
	case ALIAS_REQUEST_COOKIE:
	case ALIAS_RESPONSE_COOKIE: /* no cookie is captured */
	case ALIAS_TLS_CIPHER:
	case ALIAS_TLS_VERSION: /* there is no TLS yet */
		put_name(out, "", flags);
		break;
	case ALIAS_COUNT:
		break;
	}
}
