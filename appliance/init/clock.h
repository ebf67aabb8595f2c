/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clock.h - the machine's clock, set by time servers.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_CLOCK_H
#define TORC_APPLIANCE_INIT_CLOCK_H

#include "core/config/torc_appliance.h"

/* From now on these are asked: at once, and every second until one has answered. */
void clock_follow(const struct vrrp_ip *servers, uint32_t count);
void clock_tick(uint64_t now_ms);

/* "2026-11-29 01:29:22 UTC, set by 192.168.25.1, 0.4 ms off". */
void clock_describe(char *out, size_t bytes);

#endif
