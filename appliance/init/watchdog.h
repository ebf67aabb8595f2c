/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watchdog.h - a clock in the hardware that resets the machine unless it is told not to.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_WATCHDOG_H
#define TORC_APPLIANCE_INIT_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

/* Takes the watchdogs of the machine, or the kernel's own in software; 0 seconds: none. */
void watchdog_open(uint32_t seconds);
/* Feeds it, if all is well. */
void watchdog_tick(bool healthy, uint64_t now_ms);
/* Stops it, where it can be stopped: the machine ends in an orderly way. */
void watchdog_close(void);

#endif
