/* SPDX-License-Identifier: GPL-2.0-or-later */
/* drill.c - a signal at an appointed time.
 *
 * Every process of torc is in the session that its keeper was started in, so one signal reaches all
 * of them. */
#include "appliance/init/drill.h"

#include "appliance/init/balancer.h"
#include "appliance/init/cmdline.h"
#include "appliance/init/tell.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static struct {
	uint64_t at_ms;
	int signal; /* 0: no drill */
} drill;

void drill_plan(const char *cmdline)
{
	char value[32];

	if (!cmdline_value(cmdline, "torc.drill", 0, value, sizeof(value)))
		return;
	if (strncmp(value, "kill:", 5) == 0)
		drill.signal = SIGKILL;
	else if (strncmp(value, "hang:", 5) == 0)
		drill.signal = SIGSTOP;
	else
		tell(LOG_ERR, "torc.drill=%s: it is kill:SECONDS or hang:SECONDS", value);
	drill.at_ms = (uint64_t)strtoul(value + 5, NULL, 10) * 1000;
}

void drill_tick(uint64_t now_ms)
{
	pid_t pid = balancer_pid();

	if (!drill.signal || now_ms < drill.at_ms || pid <= 1)
		return;
	tell(LOG_NOTICE, "drill: %s", strsignal(drill.signal));
	kill(drill.signal == SIGSTOP ? -pid : pid, drill.signal);
	drill.signal = 0;
}
