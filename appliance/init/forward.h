/* SPDX-License-Identifier: GPL-2.0-or-later */
/* forward.h - the journal sent to syslog servers, by UDP or TCP.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_FORWARD_H
#define TORC_APPLIANCE_INIT_FORWARD_H

#include "core/config/torc_appliance.h"

/* Replaces all servers; each begins with the oldest line of the journal. */
void forward_open(const struct appliance_syslog *targets, uint32_t count);
/* Sends as much as goes now. */
void forward_tick(uint64_t now_ms);

#endif
