/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stats_answer.c - the statistics page, written while it is being sent.
 *
 * One large buffer and one cursor per answer: the cursor fills the buffer with whole rows, the
 * buffer goes out as one chunk, and only when it has left is the next one made.  A page of ten
 * thousand servers therefore costs a worker 64 KiB, and no turn more than one piece. */
#include "net/http/stats_answer.h"
#include "core/clock.h"
#include "net/http/answer.h"
#include "net/http/exchange.h"
#include <stdio.h>

#define CHUNK_HEAD_BYTES 10 /* up to 8 hex digits, CR LF */
#define CHUNK_TAIL_BYTES 7  /* CR LF, and "0 CR LF CR LF" behind the last one */

static uint32_t write_head(const struct session *session, const struct stats_request *request,
	char *out, uint32_t capacity)
{
	uint32_t refresh_s = stats_refresh_s(request);
	char refresh[32] = "";
	int len;

	if (refresh_s)
		snprintf(refresh, sizeof(refresh), "refresh: %u\r\n", refresh_s);
	len = snprintf(out, capacity,
		"HTTP/1.1 200 OK\r\ncache-control: no-cache\r\ncontent-type: %s\r\n%s%s%s\r\n",
		stats_content_type(request), refresh,
		session->http10 ? "" : "transfer-encoding: chunked\r\n",
		session->keep_alive ? "" : "connection: close\r\n");
	assert(len > 0 && (uint32_t)len < capacity);
	return (uint32_t)len;
}

/* Appends one piece of rows to what the buffer holds, framed when the client knows chunks. */
static void append_rows(struct worker *worker, struct session *session, struct buffer *buffer)
{
	bool chunked = !session->http10;
	uint32_t frame = chunked ? CHUNK_HEAD_BYTES + CHUNK_TAIL_BYTES : 0;
	char *at = buffer->space + buffer->end;
	char *rows = chunked ? at + CHUNK_HEAD_BYTES : at;
	uint32_t len = stats_fill(session->cursor, &worker->stats, rows,
		buffer_room(buffer) - frame, clock_monotonic_ms(), worker->env.wall_ms);
	char size[CHUNK_HEAD_BYTES + 1];

	session->stats = len > 0;
	if (!chunked) {
		buffer->end += len;
		return;
	}
	if (len > 0) {
		/* A size of constant width: leading zeros are part of the grammar (RFC 9112 7.1).
		 */
		snprintf(size, sizeof(size), "%08x\r\n", len);
		memcpy(at, size, CHUNK_HEAD_BYTES);
		memcpy(rows + len, "\r\n", 2);
		buffer->end += CHUNK_HEAD_BYTES + len + 2;
	} else {
		memcpy(at, "0\r\n\r\n", 5);
		buffer->end += 5;
	}
}

static void make_piece(struct session *session, struct buffer *buffer)
{
	struct flow *response = &session->flow[RESPONSE];

	response->out = buffer_at(buffer);
	response->out_len = buffer_len(buffer);
	buffer->start = buffer->end;
}

bool stats_answer_begin(struct worker *worker, struct session *session, const struct h1_head *head,
	struct span rest, uint32_t *status)
{
	const struct proxy *owner =
		session->frontend->stats.enabled ? session->frontend : session->backend;
	const struct h1_field *credentials = h1_find(head, H1_FIELD_AUTHORIZATION);
	struct buffer *buffer = buffers_lend(&worker->buffers, BUFFER_LARGE);
	struct stats_request request;

	if (!buffer)
		return false;
	session->flow[RESPONSE].in = buffer;
	session->flow[RESPONSE].state = FLOW_DONE;
	if (!stats_authorized(&owner->stats, credentials ? credentials->value : (struct span){0})) {
		*status = 401;
		session->keep_alive = false;
		buffer->end += answer_unauthorized(buffer_at(buffer), buffer_room(buffer),
			owner->stats.realm ? owner->stats.realm : "HAProxy Statistics", false);
		if (session->method == H1_METHOD_HEAD)
			buffer->end = buffer->start + answer_head_bytes(span_of(buffer_at(buffer),
							      buffer_len(buffer)));
		make_piece(session, buffer);
		return true;
	}
	*status = 200;
	stats_parse_request(&request, owner, rest);
	if (session->http10)
		session->keep_alive = false; /* its end is the connection's */
	buffer->end += write_head(session, &request, buffer_at(buffer), buffer_room(buffer));
	if (session->method != H1_METHOD_HEAD) {
		session->cursor = pool_take(&worker->cursors);
		if (!session->cursor) {
			buffers_drop(&worker->buffers, buffer);
			session->flow[RESPONSE].in = NULL;
			return false;
		}
		stats_cursor_init(session->cursor, &request);
		append_rows(worker, session, buffer);
	}
	make_piece(session, buffer);
	return true;
}

void stats_answer_fill(struct worker *worker, struct session *session)
{
	struct buffer *buffer = buffers_lend(&worker->buffers, BUFFER_LARGE);

	buffers_drop(&worker->buffers, session->flow[RESPONSE].in);
	session->flow[RESPONSE].in = buffer;
	if (!buffer) {
		session->stats = false;
		session->keep_alive = false; /* cut short: the missing last chunk says so */
		return;
	}
	append_rows(worker, session, buffer);
	make_piece(session, buffer);
	if (!session->stats)
		stats_answer_end(worker, session);
}

void stats_answer_end(struct worker *worker, struct session *session)
{
	if (session->cursor)
		pool_give(&worker->cursors, session->cursor);
	session->cursor = NULL;
}
