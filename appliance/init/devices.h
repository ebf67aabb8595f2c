/* SPDX-License-Identifier: GPL-2.0-or-later */
/* devices.h - the hardware: drivers for what is there at the start, and for what comes later.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_DEVICES_H
#define TORC_APPLIANCE_INIT_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

/* What came or went since it was last asked. */
struct devices_news {
	bool disks, cards, inputs;
};

/* Listens to the kernel, then loads drivers for all that is there. */
void devices_open(void);
struct devices_news devices_take_news(void);
/* When the kernel last told of a device, CLOCK_MONOTONIC. */
uint64_t devices_last_ms(void);

#endif
