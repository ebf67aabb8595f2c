/* SPDX-License-Identifier: GPL-2.0-or-later */
/* describe.c - what a worker tells of its sessions, for `show sess`: as many in a turn as it was
 * asked for, so that ten thousand of them do not hold up the others. */
#include "net/drive.h"
#include "net/http/exchange.h"

static void describe(
	const struct worker *worker, const struct session *session, struct session_row *row)
{
	uint64_t now = worker->loop.now_ms;
	uint64_t next = session->client_timer.deadline_ms < session->server_timer.deadline_ms
				? session->client_timer.deadline_ms
				: session->server_timer.deadline_ms;

	*row = (struct session_row){
		.id = ((uint64_t)worker->index << 32) + session->id,
		.listener = session->listener,
		.frontend = session->frontend,
		.backend = session->backend,
		.server = session->server,
		.state = session_phase_name((enum session_phase)session->phase),
		.age_ms = now - session->accept_ms,
		.idle_ms = now - session->last_byte_ms,
		.expires_ms = next == TIMER_NEVER ? UINT64_MAX
			      : next > now	  ? next - now
						  : 0,
		.bytes_in = session->bytes_in,
		.bytes_out = session->bytes_out,
		.requests = session->requests,
		.retries = session->tries,
		.client_fd = session->client ? session->client->fd : -1,
		.server_fd = session->server_conn ? session->server_conn->fd : -1,
		.spliced = session->relays[REQUEST] || session->relays[RESPONSE],
		.tunnel = session->tunnel,
	};
	memcpy(&row->source, &session->peer, sizeof(session->peer));
}

uint32_t drive_describe(
	void *owner, uint64_t from, struct session_row *rows, uint32_t capacity, uint64_t *next)
{
	const struct worker *worker = owner;
	const struct pool *pool = &worker->sessions;
	uint32_t count = 0;
	uint64_t index = from;

	for (; index < pool->touched && count < capacity; index++) {
		const struct session *session = pool_at(pool, (uint32_t)index);

		/* A session given back keeps no client. */
		if (session->client)
			describe(worker, session, &rows[count++]);
	}
	*next = index < pool->touched ? index : INSPECT_END;
	return count;
}
