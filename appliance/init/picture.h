/* SPDX-License-Identifier: GPL-2.0-or-later */
/* picture.h - what the consoles show now, gathered from all over the machine.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_PICTURE_H
#define TORC_APPLIANCE_INIT_PICTURE_H

#include <stdint.h>

/* Gathers, and has the consoles show it.  `doing` replaces the condition ("shutting down"); NULL:
 * the machine's own. */
void picture_show(const char *doing, uint64_t now_ms);

#endif
