/* SPDX-License-Identifier: GPL-2.0-or-later */
/* devices.c - cold-plug and hot-plug.
 *
 * The socket is opened first: a device that comes while /sys is walked is told of twice rather than
 * not at all.  Those that a driver brings are told of as it is loaded, so that reading the socket
 * to its end takes what another walk would find. */
#include "appliance/init/devices.h"

#include "appliance/init/modules.h"
#include "appliance/init/tell.h"
#include "appliance/init/turn.h"
#include "appliance/init/uevent.h"
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define KERNEL_GROUP  1
#define BACKLOG_BYTES (4 << 20) /* a controller with hundreds of disks */

/* What no device asks for by its modalias, built in with Debian's kernels but for that. */
static const char *const needed[] = {"af_packet", "unix", "ipv6"};

static struct {
	struct devices_news news;
	uint64_t last_ms;
} devices;

static void handle(const struct uevent *event)
{
	devices.last_ms = tell_now_ms();
	if (*event->modalias && strcmp(event->action, "remove") != 0)
		modules_load_for(event->modalias);
	devices.news.disks |=
		strcmp(event->subsystem, "block") == 0 && strcmp(event->action, "remove") != 0;
	devices.news.cards |=
		strcmp(event->subsystem, "net") == 0 && strcmp(event->action, "add") == 0;
	devices.news.inputs |=
		strcmp(event->subsystem, "input") == 0 && strcmp(event->action, "add") == 0;
}

static void ready(int fd, uint32_t events)
{
	static char bytes[UEVENT_BYTES];
	struct sockaddr_nl sender = {0};
	struct uevent event;

	(void)events;
	for (;;) {
		socklen_t sender_len = sizeof(sender);
		ssize_t got = recvfrom(
			fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&sender, &sender_len);

		if (got < 0 && errno == ENOBUFS) {
			/* Something was lost: everything is looked at again. */
			devices.news = (struct devices_news){true, true, true};
			modules_load_for_devices();
			continue;
		}
		if (got < 0)
			return;
		if (sender_len == sizeof(sender) && sender.nl_pid == 0 &&
			uevent_read(&event, bytes, (size_t)got))
			handle(&event);
	}
}

void devices_open(void)
{
	int fd = socket(
		AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
	int room = BACKLOG_BYTES;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (fd < 0 || bind(fd, (const void *)&address, sizeof(address)) < 0)
		tell(LOG_ERR, "no news of devices: %s", strerror(errno));
	else
		turn_watch(fd, EPOLLIN, ready);
	if (modules_open()) {
		for (uint32_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
			modules_load(needed[i]);
		modules_load_for_devices();
		ready(fd, EPOLLIN);
	}
	devices.last_ms = tell_now_ms();
}

struct devices_news devices_take_news(void)
{
	struct devices_news news = devices.news;

	devices.news = (struct devices_news){0};
	return news;
}

uint64_t devices_last_ms(void)
{
	return devices.last_ms;
}
