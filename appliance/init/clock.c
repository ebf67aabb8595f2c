/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clock.c - the machine's clock.
 *
 * The machine's own clock counts until a server was reached; VRRP and all timers count on a clock
 * that nobody sets. */
#include "appliance/init/clock.h"

#include <time.h>

void clock_describe(char *out, size_t bytes)
{
	time_t now = time(NULL);
	struct tm parts;

	gmtime_r(&now, &parts);
	if (!strftime(out, bytes, "%Y-%m-%d %H:%M:%S UTC", &parts))
		out[0] = '\0';
}
