/* SPDX-License-Identifier: GPL-2.0-or-later */
/* modules.h - drivers for the hardware that is there, and modules that torc may need.
 * Owns:   the kernel's two lists of modules, for as long as the machine runs.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_MODULES_H
#define TORC_APPLIANCE_INIT_MODULES_H

#include <stdbool.h>

/* Reads the lists of the running kernel.  False: there are none, which is said. */
bool modules_open(void);
/* Loads the drivers for every device in /sys.  Devices that a driver brings are the kernel's news.
 */
void modules_load_for_devices(void);
/* Loads what belongs to one device, or puts it off until modules_load_next(). */
void modules_load_for(const char *modalias);
/* Puts off a module by its name; from the end of putting off on, loads it. */
void modules_load_later(const char *name);
/* Loads one of those that were put off, as long as there are any; the first time that there is none
 * ends the putting off.  False: there was none. */
bool modules_load_next(void);
/* Loads a module by its name with all it needs; false: it is not there, or will not load.  What is
 * built into the kernel is not there. */
bool modules_load(const char *name);

#endif
