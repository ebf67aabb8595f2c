/* SPDX-License-Identifier: GPL-2.0-or-later */
/* queueing.h - a session's way through the queues: to a place at a server, or to waiting for one.
 * Pure but for the locks of net/lb/queue.h.  Private to the session's files and to the hands.
 * Thread: the session's worker. */
#ifndef TORC_NET_HTTP_QUEUEING_H
#define TORC_NET_HTTP_QUEUEING_H

#include "net/http/session.h"

enum queueing {
	QUEUEING_SERVED, /* it has a place at *server */
	QUEUEING_WAITS,	 /* in a line; SESSION_CALLED follows, or its time runs out */
	QUEUEING_NOBODY, /* no server is usable */
	QUEUEING_FULL,	 /* the only server for it, *server, lets nobody wait any more (maxqueue) */
};

/* Chooses a server and takes a place there, or waits for one; `avoid` as in balance_pick(). */
enum queueing queueing_enter(struct session *session, struct session_environment *env,
	uint32_t avoid, const struct server **server);
/* Gives its place at its server back, and calls who waits for it. */
void queueing_give(struct session *session, struct session_environment *env);
/* Leaves the line, if it is in one. */
void queueing_leave(struct session *session, struct session_environment *env);
/* In the phase SESSION_QUEUE. */
void queueing_step(
	struct session *session, struct session_environment *env, enum session_event event);
/* It is down or in maintenance: nobody is sent there. */
bool queueing_has_gone(const struct session_environment *env, const struct server *server);
/* Servers came or went: their lines are called up, or called back to choose again. */
void queueing_follow(struct session_environment *env);

#endif
