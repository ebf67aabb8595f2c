/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crowd.h - the other sessions of a simulated balancer: they take places at servers that have a
 * maxconn and give them back, so that the one at hand has to wait, and is called.
 * Thread: the simulation's. */
#ifndef TORC_TESTS_SIM_CROWD_H
#define TORC_TESTS_SIM_CROWD_H

#include "net/lb/queue.h"

#define CROWD_SERVERS 8

struct crowd {
	struct queue *queue;
	struct queue_inbox *inbox;
	uint32_t served[CROWD_SERVERS];
};

static inline void crowd_give(struct crowd *crowd, uint32_t server)
{
	const struct proxy *backend = crowd->queue->backend;
	struct queue_place *place;

	crowd->served[server]--;
	load_give(crowd->queue->load, &backend->servers[server]);
	while ((place = queue_call(crowd->queue, server, true)))
		queue_inbox_put(crowd->inbox, place);
}

/* One of them takes a place where there is one, or gives one back. */
static inline void crowd_move(struct crowd *crowd, uint32_t server, bool takes)
{
	const struct proxy *backend = crowd->queue->backend;
	const struct server *chosen = &backend->servers[server];

	if (chosen->maxconn == 0)
		return;
	if (!takes && crowd->served[server] > 0) {
		crowd_give(crowd, server);
	} else if (takes && queue_waiting(crowd->queue) == 0 &&
		   load_has_place(crowd->queue->load, chosen)) {
		load_take(crowd->queue->load, chosen);
		crowd->served[server]++;
	}
}

static inline void crowd_goes(struct crowd *crowd)
{
	for (uint32_t i = 0; i < crowd->queue->backend->server_count; i++)
		while (crowd->served[i] > 0)
			crowd_give(crowd, i);
}

#endif
