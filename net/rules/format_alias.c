/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format_alias.c - what the variables of format_words.c stand for, out of a record of the log.
 * While rules are looked at the record says what is known by then. */
#include "core/config/format_words.h"
#include "net/rules/format.h"

#include <arpa/inet.h>

static void put_name(struct format_output *out, const char *name, uint8_t flags)
{
	format_put_text(out, span_of_string(name), flags);
}

static void put_address(struct format_output *out, const union address *address, uint8_t flags)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (address->any.sa_family == AF_INET && flags & FORMAT_HEX) {
		const uint8_t *bytes = (const uint8_t *)&address->in.sin_addr;

		for (uint32_t i = 0; i < 4; i++)
			format_put_number(out, bytes[i], FORMAT_HEX);
		return;
	}
	if (address->any.sa_family == AF_INET)
		inet_ntop(AF_INET, &address->in.sin_addr, text, sizeof(text));
	else if (address->any.sa_family == AF_INET6)
		inet_ntop(AF_INET6, &address->in6.sin6_addr, text, sizeof(text));
	put_name(out, text, flags);
}

/* IPv4 and IPv6 have the port in the same place. */
static void put_port(struct format_output *out, const union address *address, uint8_t flags)
{
	if (address->any.sa_family == AF_INET || address->any.sa_family == AF_INET6)
		format_put_number(out, ntohs(address->in.sin_port), flags);
	else
		put_name(out, "", flags);
}

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

static void put_query(struct format_output *out, struct span target, bool query, uint8_t flags)
{
	const char *mark = target.len ? memchr(target.at, '?', target.len) : NULL;
	uint32_t len = mark ? (uint32_t)(mark - target.at) : target.len;

	if (query)
		target = span_of(target.at + len, target.len - len);
	else
		target.len = len;
	format_put_text(out, target, flags);
}

static void put_request(struct format_output *out, enum format_alias alias,
	struct rule_context *context, const struct access_record *record, uint8_t flags)
{
	/* While rules are looked at the head is here; in the log only its first line is. */
	bool head = context->head && !context->response;
	struct parts parts = split(head ? context->head->start_line : record->request_line);

	switch (alias) {
	case ALIAS_METHOD:
		format_put_text(out, parts.method, flags);
		break;
	case ALIAS_URI:
		format_put_text(out, parts.target, flags);
		break;
	case ALIAS_PATH:
		put_query(out, parts.target, false, flags);
		break;
	case ALIAS_QUERY:
		put_query(out, parts.target, true, flags);
		break;
	case ALIAS_VERSION:
		format_put_text(out, parts.version, flags);
		break;
	default:
		format_put_text(out,
			head		      ? context->head->start_line
			: record->has_request ? record->request_line
					      : SPAN("<BADREQ>"),
			flags);
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
		put_port(out, &record->client, flags);
		break;
	case ALIAS_FRONTEND:
	case ALIAS_FRONTEND_TRANSPORT:
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
	case ALIAS_QUERY:
	case ALIAS_VERSION:
	case ALIAS_REQUEST_LINE:
		put_request(out, alias, context, record, flags);
		break;
	case ALIAS_STATUS:
		format_put_number(out, record->status, flags);
		break;
	case ALIAS_BYTES_READ:
		format_put_number(out, (int64_t)record->bytes, flags);
		break;
	case ALIAS_TIMESTAMP:
		format_put_number(out, (int64_t)(record->accept_wall_ms / 1000), flags);
		break;
	case ALIAS_MILLISECONDS:
		format_put_number(out, (int64_t)(record->accept_wall_ms % 1000), flags);
		break;
	case ALIAS_REQUEST_TIME:
		format_put_number(out, record->head_ms, flags);
		break;
	case ALIAS_QUEUE_TIME:
		format_put_number(out, record->queue_ms, flags);
		break;
	case ALIAS_CONNECT_TIME:
		format_put_number(out, record->connect_ms, flags);
		break;
	case ALIAS_RESPONSE_TIME:
		format_put_number(out, record->response_ms, flags);
		break;
	case ALIAS_ACTIVE_TIME:
		format_put_number(out, record->active_ms, flags);
		break;
	case ALIAS_TOTAL_TIME:
		format_put_number(out, record->total_ms, flags);
		break;
	case ALIAS_PROCESS_CONNECTIONS:
		format_put_number(out, record->process_connections, flags);
		break;
	case ALIAS_FRONTEND_CONNECTIONS:
		format_put_number(out, record->frontend_connections, flags);
		break;
	case ALIAS_BACKEND_CONNECTIONS:
		format_put_number(out, record->backend_connections, flags);
		break;
	case ALIAS_SERVER_CONNECTIONS:
		format_put_number(out, record->server_connections, flags);
		break;
	case ALIAS_RETRIES:
		if (record->redispatched)
			format_put(out, SPAN("+"));
		format_put_number(out, record->retries, flags);
		break;
	case ALIAS_SERVER_QUEUE:
		format_put_number(out, record->server_queue, flags);
		break;
	case ALIAS_BACKEND_QUEUE:
		format_put_number(out, record->backend_queue, flags);
		break;
	case ALIAS_TERMINATION:
		format_put_text(out, span_of(record->termination, 2), flags);
		break;
	case ALIAS_TERMINATION_WITH_COOKIES:
		format_put_text(out, span_of(record->termination, 4), flags);
		break;
	case ALIAS_REQUEST_COOKIE:
	case ALIAS_RESPONSE_COOKIE:
		put_name(out, "", flags); /* no cookie is captured */
		break;
	default:
		break;
	}
}
