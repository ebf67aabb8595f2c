/* SPDX-License-Identifier: GPL-2.0-or-later */
/* servers_up.h - how many servers of a backend are up, as a board tells.
 * Reads words of the board; safe whatever another process writes there.  Thread: any. */
#ifndef TORC_CORE_SERVERS_UP_H
#define TORC_CORE_SERVERS_UP_H

#include "core/board.h"

/* Those that balancing may choose: neither down nor in maintenance nor draining.  -1: the board
 * has no server of a backend of this name. */
int32_t servers_up(const struct board *board, const char *backend);

#endif
