/* SPDX-License-Identifier: GPL-2.0-or-later */
/* drill.h - failures on demand, so that what happens then can be tried before it happens.
 *
 *	torc.drill=kill:SECONDS		torc's keeper is killed
 *	torc.drill=hang:SECONDS		torc is stopped, all of it: the watchdog has to fire
 *
 * SECONDS count from the start of the machine.  The command line belongs to who owns the machine.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_DRILL_H
#define TORC_APPLIANCE_INIT_DRILL_H

#include <stdint.h>

void drill_plan(const char *cmdline);
void drill_tick(uint64_t now_ms);

#endif
