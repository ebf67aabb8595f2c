/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tell.h - what pid 1 itself has to say, and the clock by which it says it.
 * Owns:   the journal.  Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_TELL_H
#define TORC_APPLIANCE_INIT_TELL_H

#include "appliance/init/journal.h"
#include <syslog.h>

/* Into the journal, as "init: text" of the facility daemon; severities are those of syslog.h. */
void tell(int severity, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The machine's messages. */
struct journal *tell_journal(void);

uint64_t tell_wall_ms(void);
uint64_t tell_now_ms(void); /* CLOCK_MONOTONIC */

#endif
