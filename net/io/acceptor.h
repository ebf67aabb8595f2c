/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acceptor.h - one listening socket as one worker sees it, and how many may come in.
 *
 * Every ring keeps a few single-shot accepts armed on every listening socket; that spreads
 * connections evenly without SO_REUSEPORT, whose closing would reset what waits in a queue.
 * Admission is exact: an armed accept holds a place of the process, of its frontend and of its
 * listener; when there is none, nothing is armed and clients wait in the listen queue.  Where
 * places are so few that waiting accepts could hold them all, the socket is only watched.
 * Thread: an acceptor is one worker's, an admission is everybody's (atomics). */
#ifndef TORC_NET_IO_ACCEPTOR_H
#define TORC_NET_IO_ACCEPTOR_H

#include "core/board.h"
#include "core/loop.h"
#include <stdatomic.h>

#define ACCEPTOR_SLOTS 8

struct admission {
	_Atomic uint32_t process;
	uint32_t process_max;
	_Atomic uint32_t *frontends; /* by proxy index */
	_Atomic uint32_t *listeners; /* by listener index */
};

bool admission_take(struct admission *admission, const struct listener *listener);
void admission_give(struct admission *admission, const struct listener *listener);

struct accept_slot {
	struct op op;
	struct acceptor *acceptor;
	bool armed;
	socklen_t address_len;
	struct sockaddr_storage address;
};

struct acceptor {
	const struct listener *listener;
	int fd;
	struct loop *loop;
	struct admission *admission;
	struct worker_cell *cell;
	uint32_t armed;
	bool polls_first; /* the kernel can be told that nobody waits yet */
	bool stopped;
	bool watches;	      /* places are few: see acceptor.c */
	bool watching, ready; /* a poll is out; it said that somebody waits */
	struct op watch_op;
	struct timer pause; /* after an error: no descriptors, no memory, not listening */
	struct accept_slot slots[ACCEPTOR_SLOTS];
	/* A connection; the place taken for it is the callee's to give back. */
	void (*accepted)(struct acceptor *acceptor, int fd, const struct sockaddr_storage *address);
	void *owner;
};

void acceptor_init(
	struct acceptor *acceptor, struct loop *loop, const struct listener *listener, int fd);
/* Arms what is missing, as far as there are places: once a turn. */
void acceptor_arm(struct acceptor *acceptor);
/* Takes what waits in the listen queue although nobody was woken for it.  A wake-up is given to one
 * waiter only, and a waiter of a ring that is being torn down (a killed balancer's, for some tens
 * of milliseconds) or of an accept that is being cancelled takes it with it. */
void acceptor_sweep(struct acceptor *acceptor);
/* Takes the armed accepts back; what completes nevertheless is still handed over. */
void acceptor_stop(struct acceptor *acceptor);

#endif
