/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper.h - the process that the user started: it supervises, owns the listening sockets and the
 * virtual addresses, and does nothing else.
 *
 * It never reads a configuration and never sees a byte of a client's.  Thread: the process has
 * one. */
#ifndef TORC_CORE_KEEPER_H
#define TORC_CORE_KEEPER_H

#include "core/options.h"
#include "core/routers.h"

/* From the command line to the end of the service.  The exit code: 0, 1 (it could not start), 2
 * (nothing to listen on), 143 and 130 (ended by TERM and INT; with -W TERM gives 0).
 * When the environment holds the notes of an earlier keeper (core/handover.h) its balancers and
 * sockets are taken over instead. */
int keeper_main(const struct options *options, const struct keeper_rooms *rooms, char **argv);

#endif
