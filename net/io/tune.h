/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tune.h - what the configuration asks of the kernel for TCP sockets: keep-alive packets, time-outs
 * of its own, resets instead of orderly ends.
 * Thread: any; the socket is the caller's. */
#ifndef TORC_NET_IO_TUNE_H
#define TORC_NET_IO_TUNE_H

#include "core/config/model.h"

/* A listening socket of this generation.  Accepted sockets inherit all of it, so that it costs
 * nothing for each of them.  What is not asked for is put back to the kernel's presets: the socket
 * may be a predecessor's, with other words. */
void tune_listener(int fd, const struct listener *listener);
/* A socket that is about to connect to this server. */
void tune_server(int fd, const struct server *server);

#endif
