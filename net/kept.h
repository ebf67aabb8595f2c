/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kept.h - the idle server connections of a worker.
 *
 * One store a server: connections that served once, and those that have been used again since.  The
 * one that came back last is lent first, so that the others are old enough to be closed when
 * there are too many.  A connection that belongs to one client (http-reuse never, NTLM) hangs on
 * its session instead.  All of them stand in one list by age besides: descriptors that run short
 * are taken from its beginning.
 *
 * An idle connection has a receive armed, which costs nothing: it tells when the server closes,
 * and becomes the receive of the next answer.
 * Owns: the connections, from kept_put() until kept_take().  Thread: the worker's. */
#ifndef TORC_NET_KEPT_H
#define TORC_NET_KEPT_H

#include "core/list.h"
#include "core/timer.h"
#include <stdint.h>

struct worker;
struct worker_options;
struct session;
struct server;
struct conn;

struct kept_server {
	struct list fresh, proven; /* conn.peer_link; the oldest first */
	uint32_t idle, used, used_max, need;
	struct timer purge_timer;
	const struct server *server;
	struct worker *worker;
};

struct kept {
	struct kept_server *servers; /* by server.verdict */
	struct list by_age;	     /* conn.link of every idle connection; the oldest first */
	uint32_t idle, used;	     /* over all servers */
	uint32_t idle_max;	     /* descriptors that are left for them; set every turn */
};

void kept_open(struct worker *worker, const struct worker_options *options);

/* A connection to this server is in use from now on: a new one, or one from kept_take(). */
void kept_begin_use(struct worker *worker, const struct server *server, struct conn *conn);
/* It is not any more: before it is closed, and by kept_put(). */
void kept_end_use(struct worker *worker, struct conn *conn);

/* A kept connection to session->server that session->reuse allows, or NULL. */
struct conn *kept_take(struct worker *worker, struct session *session);
/* The session has done with its connection, all was clean.  Kept, or closed when there are enough.
 */
void kept_put(struct worker *worker, struct session *session, struct conn *conn);

/* An idle connection has ended, or said something that nobody asked for. */
void kept_ended(struct worker *worker, struct conn *conn);
/* Closes what is above idle_max. */
void kept_shrink(struct worker *worker);
/* The connections that belong to this session alone. */
void kept_end_session(struct worker *worker, struct session *session);
/* Closes the idle connections of servers that take no requests any more. */
void kept_leave_down(struct worker *worker);

#endif
