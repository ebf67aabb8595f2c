/* SPDX-License-Identifier: GPL-2.0-or-later */
/* announce.h - what the log is told of checks and servers.
 * Thread: the prober's. */
#ifndef TORC_HEALTH_ANNOUNCE_H
#define TORC_HEALTH_ANNOUNCE_H

#include "health/verdict.h"

struct announcement {
	const struct board *board;
	const struct server *server;
	const struct verdict *verdict; /* after the check, or the order */
	uint64_t now_ms;	       /* CLOCK_MONOTONIC */
	uint64_t sessions, queued;     /* of the server, before it went up or down */
	uint64_t backend_queued;       /* in the line of all its servers, then */
	uint32_t usable;	       /* servers of the backend, then */
};

/* Who is there and who waits, before the workers see the new verdict and move them. */
void announce_look(struct announcement *what);
/* The server went up or down; and that it was the backend's last. */
void announce_change(const struct announcement *what, enum verdict_change change);
/* An operator's order was carried out. */
void announce_order(const struct announcement *what, const struct verdict *before);
/* One check, for option log-health-checks. */
void announce_check(const struct announcement *what, const struct probe_result *result);

#endif
