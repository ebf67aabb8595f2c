/* SPDX-License-Identifier: GPL-2.0-or-later */
/* offer.h - taking the listening sockets over from a process that goes on running (-x).
 * Source: HAProxy's `_getsocks` on a stats socket with `expose-fd listeners`.
 * Thread: the keeper's, before its first balancer. */
#ifndef TORC_CORE_OFFER_H
#define TORC_CORE_OFFER_H

#include "core/sockets.h"

/* Asks the process behind the stats socket at `path`, and offers what it gives to the table.
 * False, with a message on the log, when nothing could be had. */
bool offer_fetch(const char *path, struct sockets *sockets);

#endif
