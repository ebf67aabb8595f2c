/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.h - the way to a server: a socket as the configuration wants it, and what it says before
 * the first byte of the client's.  Private to the worker.  Thread: the worker's. */
#ifndef TORC_NET_LINK_H
#define TORC_NET_LINK_H

#include "net/worker.h"

/* A socket that is about to connect to the session's server: `source` and the kernel's options.
 * 0 or -errno. */
int link_prepare(struct worker *worker, const struct session *session, const struct conn *conn);
/* Does something come before the client's bytes? */
bool link_greets(const struct server *server);
/* Sends it on the connection that has just been made.  A new socket has room for it; false: it is
 * of no use any more. */
bool link_greet(const struct session *session, const struct conn *conn);
/* The address that the client came to: what a PROXY header said, else that of its socket. */
void link_destination(const struct session *session, union address *address);

#endif
