/* SPDX-License-Identifier: GPL-2.0-or-later */
/* admin.h - the admin thread: it serves the stats sockets and looks at the board once a second.
 *
 * Owns:   its connections, the peaks and the carried totals on the board.
 * Thread: the functions below are the balancer's main thread's. */
#ifndef TORC_NET_ADMIN_H
#define TORC_NET_ADMIN_H

#include "net/inspect.h"
#include "net/stats/stats.h"

struct admin;

/* Reserves everything: nothing is allocated for a connection later.  Completes *context with
 * what only the admin thread can tell (pulse, previous_cells), so it is called before the context
 * is copied, and the context has to live as long as the admin.  `listen_fds` are by
 * listener.index; those of stats sockets are served, none is closed.  0 or -errno. */
int admin_open(struct admin **admin, struct stats_context *context, const int *listen_fds,
	struct inspector *inspector);
int admin_start(struct admin *admin);
/* Accepts no more connections; those that are there may finish.  From then on the verdicts of
 * `successor` are copied onto this generation's board (NULL: nobody's); its prober must have
 * stopped. */
void admin_drain(struct admin *admin, const struct board *successor);
/* Ends the thread, closes the connections and frees the admin. */
void admin_close(struct admin *admin);

#endif
