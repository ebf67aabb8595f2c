/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status.h - what torc's stats socket says, as far as a console has room for it.
 * Source: the answers to STATUS_QUESTION: net/stats/routers.c, row.c, info.c.
 * Pure. */
#ifndef TORC_APPLIANCE_INIT_STATUS_H
#define TORC_APPLIANCE_INIT_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATUS_QUESTION "show vrrp;show vrrp json;show stat;show info\n"

#define STATUS_ROUTERS_MAX 16
#define STATUS_NAME_BYTES  32

struct status_router {
	char name[STATUS_NAME_BYTES], state[STATUS_NAME_BYTES], interface[STATUS_NAME_BYTES];
	char master[STATUS_NAME_BYTES]; /* its address */
	uint32_t priority;
};

struct status {
	struct status_router routers[STATUS_ROUTERS_MAX];
	uint32_t router_count;
	uint32_t servers_up, servers_total;
	uint32_t sessions, session_rate, request_rate;
	uint64_t requests;
	bool keeper_is_stale; /* the keeper has stopped writing */
	bool whole;	      /* the answer came to its end */
};

/* Reads a complete answer; what it does not know is passed over. */
void status_read(struct status *status, const char *answer, size_t len);

#endif
