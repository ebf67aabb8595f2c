/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lend.c - what rules and log lines borrow of their worker: buffers for what they write, room for
 * what they keep, and the addresses of sockets. */
#include "net/lend.h"

#include "core/list.h"
#include <assert.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

static struct worker *worker_of_env(struct session_environment *env)
{
	return container_of(env, struct worker, env);
}

/* Where the client came to: what a PROXY header said, else the socket's own address. */
static bool local_address(
	struct session_environment *env, const struct session *session, union address *address)
{
	socklen_t len = sizeof(*address);

	(void)env;
	if (session->destination.any.sa_family == AF_INET ||
		session->destination.any.sa_family == AF_INET6) {
		memcpy(address, &session->destination, sizeof(session->destination));
		return true;
	}
	return getsockname(session->client->fd, &address->any, &len) == 0;
}

static char *lend_captures(struct session_environment *env)
{
	return pool_take(&worker_of_env(env)->captures);
}

static void return_captures(struct session_environment *env, char *captures)
{
	pool_give(&worker_of_env(env)->captures, captures);
}

static struct buffer *lend_piece(struct session_environment *env, struct flow *flow)
{
	struct worker *worker = worker_of_env(env);

	assert(flow->out_len == 0);
	buffers_drop(&worker->buffers, flow->held);
	flow->held = buffers_lend(&worker->buffers, BUFFER_HEAD);
	return flow->held;
}

static char *lend_unique_id(struct session_environment *env)
{
	return pool_take(&worker_of_env(env)->unique_ids);
}

static void return_unique_id(struct session_environment *env, char *id)
{
	pool_give(&worker_of_env(env)->unique_ids, id);
}

/* An end of a connection that a log line names; a server that was not reached is named all the
 * same. */
static void address_of(struct session_environment *env, const struct session *session,
	enum session_end end, union address *address)
{
	const struct conn *conn = session->server_conn;
	socklen_t len = sizeof(*address);

	address->any.sa_family = AF_UNSPEC;
	switch (end) {
	case SESSION_CAME_TO:
		if (!local_address(env, session, address))
			address->any.sa_family = AF_UNSPEC;
		break;
	case SESSION_WENT_FROM:
		if (conn && getsockname(conn->fd, &address->any, &len) < 0)
			address->any.sa_family = AF_UNSPEC;
		break;
	case SESSION_WENT_TO:
		if (session->server && (!conn || getpeername(conn->fd, &address->any, &len) < 0))
			*address = session->server->address;
		break;
	}
}

static bool more_waits(struct session_environment *env, const struct session *session)
{
	int bytes = 0;

	(void)env;
	return ioctl(session->client->fd, SIOCINQ, &bytes) == 0 && bytes > 0;
}

void lend_fill_environment(struct session_environment *env)
{
	env->more_waits = more_waits;
	env->address_of = address_of;
	env->lend_unique_id = lend_unique_id;
	env->return_unique_id = return_unique_id;
	env->local_address = local_address;
	env->lend_captures = lend_captures;
	env->return_captures = return_captures;
	env->lend_piece = lend_piece;
}
