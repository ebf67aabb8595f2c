/* SPDX-License-Identifier: GPL-2.0-or-later */
/* maintenance.h - what an operator's order makes of a verdict.
 * Source: HAProxy's `set server`.  Pure. */
#ifndef TORC_HEALTH_MAINTENANCE_H
#define TORC_HEALTH_MAINTENANCE_H

#include "core/board.h"
#include "core/orders.h"

#define MAINTENANCE_LINE_BYTES 512

/* Carries the order out.  Probes are to be stopped or begun as verdict_wants_probes() says. */
void maintenance_apply(struct verdict *verdict, const struct order *order, uint64_t wall_s);
/* What the log says of it; empty when it changes nothing worth a line.  Returns its bytes. */
uint32_t maintenance_describe(char out[MAINTENANCE_LINE_BYTES], const struct server *server,
	const struct verdict *before, const struct verdict *after);

#endif
