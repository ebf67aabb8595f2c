/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mounts.h - the file systems of the kernel, and settings that a balancer needs.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_MOUNTS_H
#define TORC_APPLIANCE_INIT_MOUNTS_H

/* /proc, /sys, /dev and what belongs there.  Says nothing yet: there is nobody to say it to. */
void mounts_make(void);
/* Settings of the kernel; a setting that this kernel does not have is passed over. */
void mounts_apply_settings(void);

#endif
