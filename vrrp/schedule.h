/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schedule.h - when to reload: what a reload_time_file says.
 * Pure but for the time zone, which is the machine's.  Owns nothing. */
#ifndef TORC_VRRP_SCHEDULE_H
#define TORC_VRRP_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#define SCHEDULE_LINE_BYTES 32 /* longer than any of the forms */

/* HH:MM:SS, [YY]YY-MM-DD HH:MM:SS, each with Z behind it or in local time; nothing else in the
 * line. Without a date it is the next such time after `now`.  False: none of them, or no such day.
 */
bool schedule_read(const char *text, size_t len, time_t now, time_t *due);

#endif
