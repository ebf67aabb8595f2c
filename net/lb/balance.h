/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balance.h - which server gets the next session.
 * Pure but for the board's words it reads.
 *
 * Round robin keeps the exact order that users see with four curls, over all workers: the
 * position in the schedule is one atomic shared by the workers, the schedule itself is every
 * worker's own copy, rebuilt when the board's epoch shows that a server changed.
 * The schedule is smooth (a server of weight 5 among two of weight 1 is spread, not run) and
 * begins with the first server.
 * Thread: struct balance is one worker's; struct balance_shared is everybody's. */
#ifndef TORC_NET_LB_BALANCE_H
#define TORC_NET_LB_BALANCE_H

#include "core/board.h"

#define BALANCE_NONE UINT32_MAX

/* The longest schedule.  When the weights, divided by what they have in common, add up to more,
 * each is scaled down and rounded to the nearest, but never to nothing: a server of weight 1 among
 * 1000 of weight 256 then gets up to twice its share. */
#define BALANCE_SCHEDULE_MAX 65536u
/* The schedule holds positions in 16 bits. */
#define BALANCE_SERVERS_MAX 32768u

struct balance_shared {
	_Alignas(64) _Atomic uint64_t position;
};

/* Work space of the builder, one per server. */
struct balance_seat {
	int64_t current;     /* of a class, kept in the seat of its first server: */
	int64_t pull;	     /* sum of its servers' weights */
	uint32_t next_class; /* BALANCE_NONE: the last */
	uint32_t turn;	     /* its server whose turn is next */
	uint32_t last;	     /* its last server so far */
	uint32_t weight;     /* of this server, reduced */
	uint32_t next;	     /* server of the same weight, in a ring */
};

struct balance {
	const struct proxy *backend;
	const struct board *board;
	struct balance_shared *shared;
	uint32_t epoch;	 /* of the schedule */
	uint32_t usable; /* servers in the schedule */
	uint32_t schedule_len;
	uint32_t schedule_capacity;
	uint16_t *schedule;	    /* server indices */
	uint32_t *weights;	    /* one per server */
	struct balance_seat *seats; /* one per server */
};

/* Allocates for the largest schedule that any weights can need from the arena; nothing is
 * allocated later.  0, or -E2BIG: more than BALANCE_SERVERS_MAX servers. */
int balance_init(struct balance *balance, struct arena *arena, const struct proxy *backend,
	const struct board *board, struct balance_shared *shared);
/* An index into backend->servers, or BALANCE_NONE.  `avoid` is a server that has just failed
 * (BALANCE_NONE: none): it is taken only when it is the last one usable.  Servers UP with weight
 * above zero, else the first backup server that is (all of them with option allbackups). */
uint32_t balance_pick(struct balance *balance, uint32_t avoid);
/* Usable active servers now (backups when no active one is). */
uint32_t balance_usable(struct balance *balance);

/* The smooth weighted order for these weights (0: left out), one period, from the first server on.
 * Pure.  `seats` has room for count, `capacity` is at least count.  Returns its length, at most
 * capacity: when the period is longer, weights are scaled as said above. */
uint32_t balance_schedule(uint16_t *schedule, uint32_t capacity, const uint32_t *weights,
	uint32_t count, struct balance_seat *seats);

#endif
