/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balance.h - which server gets the next session.
 * Pure but for the board's words and the loads it reads.
 *
 * A worker's own copy of what it needs (a list, a table, a ring) is rebuilt when the board's epoch
 * shows that a server changed.  Round robin keeps the exact order that users see with four curls,
 * over all workers: the position in the list is one atomic that they share.
 * Thread: struct balance is one worker's; struct balance_shared is everybody's. */
#ifndef TORC_NET_LB_BALANCE_H
#define TORC_NET_LB_BALANCE_H

#include "core/board.h"
#include "net/lb/circle.h"
#include "net/lb/load.h"
#include "net/lb/ring.h"
#include "net/lb/table.h"

#define BALANCE_NONE UINT32_MAX	      /* no server is usable */
#define BALANCE_FULL (UINT32_MAX - 1) /* some are, and none has a place left (server maxconn) */

struct balance_shared {
	_Alignas(64) _Atomic uint64_t position;
};

/* What is known of the session that needs a server. */
struct balance_wish {
	uint32_t avoid; /* a server that has just failed (BALANCE_NONE: none): taken only when it is
			 * the last one usable, or where the algorithm binds the session to it */
	bool hashed;	/* it has a key, and */
	uint32_t hash;	/* this is its number: see key_hash() */
};

struct balance {
	const struct proxy *backend;
	const struct board *board;
	const struct load *load;
	struct balance_shared *shared;
	uint64_t random;
	uint32_t epoch;		  /* of what was built */
	uint32_t usable;	  /* servers that may be chosen now */
	uint32_t lone_backup;	  /* the one backup that serves alone; BALANCE_NONE */
	uint32_t divisor;	  /* what the configured weights have in common */
	uint32_t weight_sum;	  /* of the usable ones */
	uint32_t *weights;	  /* one per server, 0: not usable */
	uint32_t *weights_before; /* the sum of the weights before it (hash-balance-factor) */
	uint32_t *by_id;	  /* servers in the order of their ids (first) */
	uint16_t *rows;		  /* round robin's list, or the table */
	uint32_t row_count, row_capacity;
	union {
		struct circle_seat *circle_seats;
		struct table_seat *table_seats;
	};
	struct ring ring;
};

struct balance_options {
	const struct proxy *backend;
	const struct board *board;
	const struct load *load;
	struct balance_shared *shared;
	uint64_t seed; /* of the random draws */
};

/* Allocates for the most that any weights can need from the arena; nothing is allocated later.
 * 0, or -E2BIG: more than CIRCLE_SERVERS_MAX servers. */
int balance_init(
	struct balance *balance, struct arena *arena, const struct balance_options *options);
/* An index into backend->servers, BALANCE_NONE or BALANCE_FULL.  Servers UP with weight above zero,
 * else the first backup server that is (all of them with option allbackups).  Hashing chooses a
 * server whether it has a place left or not: its queue is where such a session waits. */
uint32_t balance_pick(struct balance *balance, const struct balance_wish *wish);
/* Usable active servers now (backups when no active one is). */
uint32_t balance_usable(struct balance *balance);
/* May this server take sessions from the backend's queue? */
bool balance_serves(struct balance *balance, uint32_t server);

#endif
