/* SPDX-License-Identifier: GPL-2.0-or-later */
/* finish.c - ends connections that have no future here, without cutting a request.
 *
 * Two reasons: the balancer drains, or the address that the client came to has moved to another
 * machine, and what the client sends still reaches us for some seconds.  A request that is being
 * served is served, and its answer says that it is the last (RFC 9112 9.6).  A client that has a
 * request under way to us must not meet a closed door: an idle connection is given a moment, and
 * only then ended.  Whoever sends a request into that very end is told by it that nothing was
 * done, as at the end of any kept connection (RFC 9112 9.3.1). */
#include "net/http/exchange.h"

static bool is_idle(const struct session *session)
{
	return session->phase == SESSION_WAIT && !session->first_request;
}

void session_drain(struct session *session, struct session_environment *env)
{
	session->actions = 0;
	if (is_idle(session))
		session_watch_client(session, env, DRAIN_IDLE_MS);
}

void session_moved(struct session *session, struct session_environment *env, uint32_t idle_ms)
{
	const struct timer *timer = &session->client_timer;

	session->actions = 0;
	session->moved = true;
	/* Earlier where that would have come anyway. */
	if (is_idle(session) &&
		(!timer_is_set(timer) || timer->deadline_ms > env->now_ms + idle_ms))
		session_watch_client(session, env, idle_ms);
}
