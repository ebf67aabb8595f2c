/* SPDX-License-Identifier: GPL-2.0-or-later */
/* modules.h - drivers for the hardware that is there, and modules that torc may need.
 * Owns:   the kernel's two lists of modules, for as long as the machine runs.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_MODULES_H
#define TORC_APPLIANCE_INIT_MODULES_H

#include <stdbool.h>

/* Reads the lists of the running kernel.  False: there are none, which is said. */
bool modules_open(void);
/* Loads the drivers for every device in /sys; a driver may bring further devices, so it looks until
 * nothing new comes. */
void modules_load_for_devices(void);
/* Loads what belongs to one device. */
void modules_load_for(const char *modalias);
/* Loads a module by its name with all it needs; false: it is not there, or will not load.  What is
 * built into the kernel is not there. */
bool modules_load(const char *name);

#endif
