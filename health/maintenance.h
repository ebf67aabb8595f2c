/* SPDX-License-Identifier: GPL-2.0-or-later */
/* maintenance.h - what an operator's order makes of a verdict.
 * Source: HAProxy's `set server`.  Pure. */
#ifndef TORC_HEALTH_MAINTENANCE_H
#define TORC_HEALTH_MAINTENANCE_H

#include "core/orders.h"
#include "health/verdict.h"

/* What the log says of an order, in HAProxy's words. */
struct maintenance_event {
	const char *what; /* NULL: it changed nothing worth a line */
	enum verdict_others others;
	bool alarming;	      /* a server went that carried requests */
	bool remains_drained; /* and that comes in a second line */
};

/* Carries the order out.  Probes are to be stopped or begun as verdict_wants_probes() says. */
void maintenance_apply(struct verdict *verdict, const struct order *order, uint64_t wall_s);
struct maintenance_event maintenance_event(
	const struct verdict *before, const struct verdict *after);

#endif
