/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watchdog.c - feeding.
 *
 * It is fed for two facts together: pid 1 turns, and torc has answered lately (heartbeat.h).  A
 * torc that has ended is no reason to starve it: that one is being started again.  One that is
 * there and says nothing is. */
#include "appliance/init/watchdog.h"

#include "appliance/init/modules.h"
#include "appliance/init/tell.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/watchdog.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FEED_MS	      2000
#define WATCHDOGS_MAX 4

static struct {
	int fds[WATCHDOGS_MAX];
	uint32_t count;
	uint64_t fed_ms;
	bool starving;
} watchdog;

/* False: there is none of this number. */
static bool take(uint32_t number, uint32_t seconds)
{
	struct watchdog_info info = {0};
	int limit = (int)seconds, fd;
	char path[32];

	snprintf(path, sizeof(path), "/dev/watchdog%u", number);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ioctl(fd, WDIOC_GETSUPPORT, &info);
	if (ioctl(fd, WDIOC_SETTIMEOUT, &limit) < 0)
		ioctl(fd, WDIOC_GETTIMEOUT, &limit);
	watchdog.fds[watchdog.count++] = fd;
	tell(LOG_NOTICE, "watchdog %.31s resets the machine %d s after torc has stopped answering",
		(const char *)info.identity, limit);
	return true;
}

void watchdog_open(uint32_t seconds)
{
	if (!seconds)
		return;
	/* All of them: one may be there and have no wire to the reset. */
	for (uint32_t i = 0; i < WATCHDOGS_MAX; i++)
		take(i, seconds);
	if (!watchdog.count && !(modules_load("softdog") && take(0, seconds)))
		tell(LOG_WARNING, "there is no watchdog");
}

void watchdog_tick(bool healthy, uint64_t now_ms)
{
	if (!watchdog.count || now_ms - watchdog.fed_ms < FEED_MS)
		return;
	if (!healthy) {
		if (!watchdog.starving)
			tell(LOG_ALERT, "torc does not answer: the watchdog is no longer fed");
		watchdog.starving = true;
		return;
	}
	watchdog.starving = false;
	watchdog.fed_ms = now_ms;
	for (uint32_t i = 0; i < watchdog.count; i++)
		ioctl(watchdog.fds[i], WDIOC_KEEPALIVE, 0);
}

void watchdog_close(void)
{
	for (uint32_t i = 0; i < watchdog.count; i++) {
		/* The letter that says: on purpose. */
		if (write(watchdog.fds[i], "V", 1) != 1)
			tell(LOG_WARNING, "a watchdog does not stop: %s", strerror(errno));
		close(watchdog.fds[i]);
	}
	watchdog.count = 0;
}
