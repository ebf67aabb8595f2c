/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logging.h - messages of the kernel and of services come in, and go on to syslog servers.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_LOGGING_H
#define TORC_APPLIANCE_INIT_LOGGING_H

#include "core/config/torc_appliance.h"

/* Receives on 127.0.0.1:514, [::1]:514 and /dev/log, and reads the kernel's ring.  After the
 * loopback interface is up. */
void logging_open(void);

/* From now on all messages, those of the start included, go to these. */
void logging_forward(const struct appliance *appliance);
/* How long the next turn may wait at most for this one's sake. */
uint32_t logging_wait_ms(void);
/* Sends what is there.  Never waits. */
void logging_tick(uint64_t now_ms);

#endif
