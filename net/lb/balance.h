/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balance.h - which server gets the next session.
 * Pure but for the board's words it reads.
 *
 * Round robin keeps the exact order that users see with four curls, over all workers: the
 * position in the schedule is one atomic shared by the workers, the schedule itself is every
 * worker's own copy, rebuilt when the board's epoch shows that a server changed.
 * The schedule is smooth (a server of weight 5 among two of weight 1 is spread, not run).
 * Thread: struct balance is one worker's; struct balance_shared is everybody's. */
#ifndef TORC_NET_LB_BALANCE_H
#define TORC_NET_LB_BALANCE_H

#include "core/board.h"

#define BALANCE_NONE UINT32_MAX

struct balance_shared {
	_Alignas(64) _Atomic uint64_t position;
};

struct balance {
	const struct proxy *backend;
	const struct board *board;
	struct balance_shared *shared;
	uint32_t epoch;                /* of the schedule */
	uint32_t active, backups;      /* usable ones at that epoch */
	uint32_t schedule_len;
	uint32_t schedule_capacity;
	uint16_t *schedule;            /* server indices */
	int64_t *current;              /* work space of the builder, one per server */
};

/* Allocates for the largest schedule (sum of the weights over their divisor, bounded) from the
 * arena; nothing is allocated later.  0 or -ENOMEM. */
int balance_init(struct balance *balance, struct arena *arena, const struct proxy *backend,
	const struct board *board, struct balance_shared *shared);
/* An index into backend->servers, or BALANCE_NONE.  `avoid` is a server that has just failed
 * (BALANCE_NONE: none): it is taken only when it is the last one usable.  Servers UP with weight
 * above zero, else the first backup server that is (all of them with option allbackups). */
uint32_t balance_pick(struct balance *balance, uint32_t avoid);
/* Usable active servers now (backups when no active one is). */
uint32_t balance_usable(struct balance *balance);

/* The smooth weighted order for these weights (0: left out), one period.  Pure.  `current` has
 * room for count values.  Returns its length, at most capacity. */
uint32_t balance_schedule(uint16_t *schedule, uint32_t capacity, const uint32_t *weights,
	uint32_t count, int64_t *current);

#endif
