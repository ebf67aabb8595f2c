/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tell.c - the one journal of the machine, and the way into it.
 *
 * Nothing is written to a device here: consoles and forwarders read the journal when they get to
 * it, so that a serial line that nobody reads holds nothing up. */
#include "appliance/init/tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static struct journal journal;

struct journal *tell_journal(void)
{
	return &journal;
}

static uint64_t milliseconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t tell_wall_ms(void)
{
	return milliseconds(CLOCK_REALTIME);
}

uint64_t tell_now_ms(void)
{
	return milliseconds(CLOCK_MONOTONIC);
}

void tell(int severity, const char *format, ...)
{
	struct journal_line head = {
		.wall_ms = tell_wall_ms(), .priority = (uint8_t)(LOG_DAEMON | severity)};
	char text[JOURNAL_TEXT_BYTES] = "init: ";
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(text + 6, sizeof(text) - 6, format, arguments);
	va_end(arguments);
	if (len >= 0)
		journal_add(&journal, &head, text, sizeof(text) - 1);
}
