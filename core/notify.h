/* SPDX-License-Identifier: GPL-2.0-or-later */
/* notify.h - telling the service manager how the start or the reload is going.
 * Source: the sd_notify protocol: one datagram of VARIABLE=VALUE lines to $NOTIFY_SOCKET. */
#ifndef TORC_CORE_NOTIFY_H
#define TORC_CORE_NOTIFY_H

/* Does nothing when there is no such socket; never waits. */
void notify_manager(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
