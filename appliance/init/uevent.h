/* SPDX-License-Identifier: GPL-2.0-or-later */
/* uevent.h - the kernel tells of a device that comes or goes.
 * Source: the kernel's lib/kobject_uevent.c: "ACTION@PATH", then NAME=VALUE, each ended by a NUL.
 * Pure. */
#ifndef TORC_APPLIANCE_INIT_UEVENT_H
#define TORC_APPLIANCE_INIT_UEVENT_H

#include <stdbool.h>
#include <stddef.h>

#define UEVENT_BYTES	   8192 /* the kernel's own limit is 2048 */
#define UEVENT_VALUE_BYTES 512

struct uevent {
	char action[16], subsystem[32];
	char device[UEVENT_VALUE_BYTES];   /* DEVNAME, "" where there is none */
	char modalias[UEVENT_VALUE_BYTES]; /* "" where there is none */
};

/* False: not a message of this form. */
bool uevent_read(struct uevent *event, const char *bytes, size_t len);

#endif
