/* SPDX-License-Identifier: GPL-2.0-or-later */
/* queue.h - who waits for a place at a server, in the order of arrival, over all workers.
 *
 * A backend has a line of its own, for sessions that any server may serve, and one for each of its
 * servers, for those that belong there.  Where a server has a `maxconn` its places are taken and
 * given back under the backend's lock, so that none is given twice and nobody is forgotten between
 * a look and a wait.  A place that is given back goes to whoever has waited longest, of the
 * server's own line and the backend's: that session is called, owns the place from then on, and is
 * told through its worker's inbox.
 * Source: HAProxy's maxconn, maxqueue, minconn and fullconn.
 * Pure but for the lock, which the caller holds for every function here.
 * Owns: its lines; a waiting place belongs to its session and leaves before that ends. */
#ifndef TORC_NET_LB_QUEUE_H
#define TORC_NET_LB_QUEUE_H

#include "core/list.h"
#include "net/lb/load.h"
#include <pthread.h>

#define QUEUE_ANY UINT32_MAX /* any server's: the backend's own line */

enum place_state {
	PLACE_NONE,
	PLACE_WAITING, /* in a line */
	PLACE_CALLED,  /* out of it, on its way to its worker */
};

/* A session's place in a line. */
struct queue_place {
	struct list link;    /* the line's; the inbox's when it was called */
	uint64_t ticket;     /* the order of arrival, over all lines of the backend */
	uint32_t line;	     /* the server whose line it stands in, or QUEUE_ANY */
	uint32_t server;     /* CALLED: where a place was taken for it; QUEUE_ANY: its server has
			      * gone, it has to choose again */
	uint32_t calls_then; /* the line's, on arrival */
	uint32_t position;   /* when it has left: how many were called from there, with it */
	uint32_t worker;     /* whose session it is */
	uint8_t state;	     /* enum place_state */
};

struct queue_line {
	struct list waiting;
	uint32_t calls; /* sessions called from it so far */
};

struct queue {
	_Alignas(64) pthread_mutex_t lock;
	/* Some server has a maxconn: places are counted.  Without one nobody takes the lock. */
	_Atomic bool counts;
	const struct proxy *backend;
	struct load *load;
	uint64_t tickets;
	struct queue_line whole;
	struct queue_line *servers; /* by server.index */
};

void queue_init(
	struct queue *queue, struct arena *arena, const struct proxy *backend, struct load *load);

/* Joins the end of a line: a server's, or QUEUE_ANY. */
void queue_wait(struct queue *queue, struct queue_place *place, uint32_t line);
/* Gives up waiting.  The place is WAITING. */
void queue_leave(struct queue *queue, struct queue_place *place);
/* Calls the one whose turn it is at this server, if there is room: a place is taken for it.
 * `serves`: it may take sessions of the backend's line.  NULL: nobody waits, or no room. */
struct queue_place *queue_call(struct queue *queue, uint32_t server, bool serves);
/* Calls one out of the line of a server that has gone; NULL: it is empty. */
struct queue_place *queue_scatter(struct queue *queue, uint32_t server);

static inline uint32_t queue_waiting(const struct queue *queue)
{
	return atomic_load_explicit(
		&queue->load->backends[queue->backend->index].queued, memory_order_relaxed);
}

/* Where called sessions wait for their worker. */
struct queue_inbox {
	_Alignas(64) pthread_mutex_t lock;
	_Atomic bool any; /* something is in it */
	struct list called;
};

void queue_inbox_init(struct queue_inbox *inbox);
void queue_inbox_put(struct queue_inbox *inbox, struct queue_place *place);
/* Its worker takes the next one, whose state is NONE again; NULL: none. */
struct queue_place *queue_inbox_take(struct queue_inbox *inbox);
/* Its worker takes this one, which is in it: the session ended meanwhile. */
void queue_inbox_remove(struct queue_inbox *inbox, struct queue_place *place);

#endif
