/* SPDX-License-Identifier: GPL-2.0-or-later */
/* load.h - what the servers of one balancer carry now, over all its workers.
 *
 * The board has a gauge per worker and server: its readers add up, which is too dear on the way
 * of every request.  Here is the sum itself, raised where a session takes a server and lowered
 * where it leaves it.  It lives and dies with its process, so that nobody who was killed is
 * counted for ever.
 * Pure but for the atomics.  Owns: its cells.  Thread: any worker; the admin thread reads. */
#ifndef TORC_NET_LB_LOAD_H
#define TORC_NET_LB_LOAD_H

#include "core/config/model.h"
#include "core/mem.h"
#include <stdatomic.h>

/* Small, so that the search for the least loaded server reads four of them in a cache line. */
struct load_server {
	_Atomic uint32_t served;  /* sessions that have a place there */
	_Atomic uint32_t queued;  /* sessions in its own queue */
	_Atomic uint32_t turn;	  /* of the last change: among equals the one that rested longest */
	_Atomic uint32_t maxconn; /* places it has now; 0: any number */
};

struct load_backend {
	_Alignas(64) _Atomic uint32_t sessions; /* here at all: served, queued, or between */
	_Atomic uint32_t served;		/* the sum over its servers */
	_Atomic uint32_t queued;		/* in the queue of the backend as a whole */
	_Atomic uint32_t turn;
};

struct load {
	struct load_server *servers;   /* by server.verdict */
	struct load_backend *backends; /* by proxy.index */
};

/* 0 or -ENOMEM. */
int load_open(struct load *load, const struct config *config);
void load_close(struct load *load);

/* A session enters or leaves its backend. */
void load_enter_backend(struct load *load, const struct proxy *backend);
void load_leave_backend(struct load *load, const struct proxy *backend);
/* A session takes a place at a server, or gives it back. */
void load_take(struct load *load, const struct server *server);
void load_give(struct load *load, const struct server *server);

static inline struct load_server *load_of(const struct load *load, const struct server *server)
{
	return &load->servers[server->verdict];
}

static inline uint32_t load_served(const struct load *load, const struct server *server)
{
	return atomic_load_explicit(&load_of(load, server)->served, memory_order_relaxed);
}

/* How many sessions a server takes now, where it has a maxconn at all: `minconn` of an idle
 * backend, growing with its sessions until `maxconn` is reached at `fullconn`. */
uint32_t load_limit(const struct load *load, const struct server *server);
/* Nobody waits for this server, and there is room for one more. */
bool load_has_place(const struct load *load, const struct server *server);

static inline uint32_t load_queued(const struct load *load, const struct server *server)
{
	return atomic_load_explicit(&load_of(load, server)->queued, memory_order_relaxed);
}

#endif
