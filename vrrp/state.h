/* SPDX-License-Identifier: GPL-2.0-or-later */
/* state.h - the routers' cells that others may see (core/routers_page.h).
 * Thread: the keeper's. */
#ifndef TORC_VRRP_STATE_H
#define TORC_VRRP_STATE_H

struct speaker;

/* One page for the life of the process; again is nothing. */
void state_open(void);
/* What a balancer is given; -1: there is none. */
int state_descriptor(void);
/* Writes every router as it is now; NULL: there are none. */
void state_write(const struct speaker *speaker);

#endif
