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
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FEED_MS 2000

static struct {
	int fd;
	uint64_t fed_ms;
	bool starving;
} watchdog = {.fd = -1};

void watchdog_open(uint32_t seconds)
{
	struct watchdog_info info = {0};
	int limit = (int)seconds;

	if (!seconds)
		return;
	watchdog.fd = open("/dev/watchdog", O_WRONLY | O_CLOEXEC);
	if (watchdog.fd < 0 && modules_load("softdog"))
		watchdog.fd = open("/dev/watchdog", O_WRONLY | O_CLOEXEC);
	if (watchdog.fd < 0) {
		tell(LOG_WARNING, "there is no watchdog: %s", strerror(errno));
		return;
	}
	ioctl(watchdog.fd, WDIOC_GETSUPPORT, &info);
	if (ioctl(watchdog.fd, WDIOC_SETTIMEOUT, &limit) < 0)
		ioctl(watchdog.fd, WDIOC_GETTIMEOUT, &limit);
	tell(LOG_NOTICE, "watchdog %.31s resets the machine %d s after torc has stopped answering",
		(const char *)info.identity, limit);
}

void watchdog_tick(bool healthy, uint64_t now_ms)
{
	if (watchdog.fd < 0 || now_ms - watchdog.fed_ms < FEED_MS)
		return;
	if (!healthy) {
		if (!watchdog.starving)
			tell(LOG_ALERT, "torc does not answer: the watchdog is no longer fed");
		watchdog.starving = true;
		return;
	}
	watchdog.starving = false;
	watchdog.fed_ms = now_ms;
	ioctl(watchdog.fd, WDIOC_KEEPALIVE, 0);
}

void watchdog_close(void)
{
	if (watchdog.fd < 0)
		return;
	/* The letter that says: on purpose. */
	if (write(watchdog.fd, "V", 1) != 1)
		tell(LOG_WARNING, "the watchdog does not stop: %s", strerror(errno));
	close(watchdog.fd);
	watchdog.fd = -1;
}
