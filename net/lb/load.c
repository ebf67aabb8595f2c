/* SPDX-License-Identifier: GPL-2.0-or-later */
/* load.c - what the servers of one balancer carry now, over all its workers.
 *
 * All orders are relaxed: the numbers steer, they guard nothing.  Where a place must not be given
 * twice (server maxconn) they are changed under the lock of the backend's queue. */
#include "net/lb/load.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int load_open(struct load *load, const struct config *config)
{
	size_t backends = (config->proxy_count + 1) * sizeof(*load->backends);

	load->servers = calloc(config->server_count + 1, sizeof(*load->servers));
	load->backends = aligned_alloc(_Alignof(struct load_backend), backends);
	if (!load->servers || !load->backends) {
		load_close(load);
		return -ENOMEM;
	}
	memset(load->backends, 0, backends);
	for (uint32_t i = 0; i < config->proxy_count; i++) {
		const struct proxy *proxy = &config->proxies[i];

		for (uint32_t k = 0; k < proxy->server_count; k++)
			atomic_init(&load->servers[proxy->servers[k].verdict].maxconn,
				proxy->servers[k].maxconn);
	}
	return 0;
}

void load_close(struct load *load)
{
	free(load->servers);
	free(load->backends);
	*load = (struct load){0};
}

static void raise(_Atomic uint32_t *count)
{
	atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}

static void lower(_Atomic uint32_t *count)
{
	uint32_t before = atomic_fetch_sub_explicit(count, 1, memory_order_relaxed);

	assert(before > 0);
}

void load_enter_backend(struct load *load, const struct proxy *backend)
{
	raise(&load->backends[backend->index].sessions);
}

void load_leave_backend(struct load *load, const struct proxy *backend)
{
	lower(&load->backends[backend->index].sessions);
}

/* Whoever changed last stands last among those that carry the same. */
static void move_back(struct load *load, const struct server *server)
{
	uint32_t turn = atomic_fetch_add_explicit(
		&load->backends[server->proxy->index].turn, 1, memory_order_relaxed);

	atomic_store_explicit(&load_of(load, server)->turn, turn + 1, memory_order_relaxed);
}

void load_take(struct load *load, const struct server *server)
{
	raise(&load_of(load, server)->served);
	raise(&load->backends[server->proxy->index].served);
	move_back(load, server);
}

void load_give(struct load *load, const struct server *server)
{
	lower(&load_of(load, server)->served);
	lower(&load->backends[server->proxy->index].served);
	move_back(load, server);
}

uint32_t load_limit(const struct load *load, const struct server *server)
{
	uint64_t most = atomic_load_explicit(&load_of(load, server)->maxconn, memory_order_relaxed);
	uint64_t least = server->minconn, full = server->proxy->fullconn, here, limit;

	if (least == server->maxconn)
		return (uint32_t)most;
	here = atomic_load_explicit(
		&load->backends[server->proxy->index].sessions, memory_order_relaxed);
	if (here >= full)
		return (uint32_t)most;
	limit = here * most / full;
	return (uint32_t)(limit > least ? limit : least);
}

bool load_has_place(const struct load *load, const struct server *server)
{
	const struct load_server *cell = load_of(load, server);

	if (atomic_load_explicit(&cell->maxconn, memory_order_relaxed) == 0)
		return true;
	return load_queued(load, server) == 0 &&
	       load_served(load, server) < load_limit(load, server);
}
