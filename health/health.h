/* SPDX-License-Identifier: GPL-2.0-or-later */
/* health.h - the front door to the prober: one thread, one ring, all health checks.
 *
 * Verdicts go to the board's cells and nowhere else; the prober is their one writer between
 * health_start() and the return of health_stop().  Thread: the balancer's main thread. */
#ifndef TORC_HEALTH_HEALTH_H
#define TORC_HEALTH_HEALTH_H

#include "core/board.h"

struct health;
struct orders;

/* Makes the ring and reserves the probes; needs the privileges of the start.  `orders` are carried
 * out from health_start() to health_stop(); NULL: there are none.  0 or -errno. */
int health_open(struct health **health, const struct config *config, struct board *board,
	struct orders *orders, uint32_t keeper_pid);
/* Starts probing from the verdicts that the board holds (a fresh board: every server starts UP
 * with health = rise, as the first probe decides). */
int health_start(struct health *health);
/* Returns when the thread is gone and writes no more. */
void health_stop(struct health *health);
void health_close(struct health *health);

/* Fills the board's cells for a first start: UP or no check, MAINT for `disabled` and for names
 * that did not resolve. */
void health_first_verdicts(const struct config *config, struct board *board);

#endif
