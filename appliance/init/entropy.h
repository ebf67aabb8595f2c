/* SPDX-License-Identifier: GPL-2.0-or-later */
/* entropy.h - random numbers that are.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_ENTROPY_H
#define TORC_APPLIANCE_INIT_ENTROPY_H

/* Mixes what tells this machine from its copies into the kernel's generator, and waits until that
 * is ready.  After drivers are loaded. */
void entropy_seed(void);

#endif
