/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clock.h - the machine's clock, set by a time server.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_CLOCK_H
#define TORC_APPLIANCE_INIT_CLOCK_H

#include "core/config/torc_appliance.h"

/* "2026-11-29 01:29:22 UTC, set by 192.168.25.1". */
void clock_describe(char *out, size_t bytes);

#endif
