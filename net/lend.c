/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lend.c - what rules borrow of their worker: buffers for what they write, room for what they
 * capture, and the socket's own address. */
#include "net/lend.h"

#include "core/list.h"
#include <assert.h>

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

void lend_fill_environment(struct session_environment *env)
{
	env->local_address = local_address;
	env->lend_captures = lend_captures;
	env->return_captures = return_captures;
	env->lend_piece = lend_piece;
}
