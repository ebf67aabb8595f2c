/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heartbeat.h - torc asked once a second, on its stats socket, whether it lives and what it does.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_HEARTBEAT_H
#define TORC_APPLIANCE_INIT_HEARTBEAT_H

#include "appliance/init/status.h"

/* No answer for this long: torc hangs, or is not there. */
#define HEARTBEAT_STALE_MS 8000

void heartbeat_tick(uint64_t now_ms);
/* The last whole answer; NULL: none for HEARTBEAT_STALE_MS. */
const struct status *heartbeat_status(uint64_t now_ms);

#endif
