/* SPDX-License-Identifier: GPL-2.0-or-later */
/* console.h - the machine's consoles: a picture on a screen, lines on a serial line.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_CONSOLE_H
#define TORC_APPLIANCE_INIT_CONSOLE_H

#include "appliance/init/banner.h"

/* Opens those that the kernel was told (console=), else /dev/console. */
void console_open(void);
/* Shows what has changed.  A screen is drawn anew; a serial line gets new messages, and the banner
 * whenever the state of something has changed.  Never waits: a line that takes nothing loses it. */
void console_show(const struct banner *banner, uint64_t now_ms);
/* New messages only, at once. */
void console_show_messages(void);

#endif
