/* SPDX-License-Identifier: GPL-2.0-or-later */
/* power.c - the power button is a key of a keyboard that has one key.
 *
 * ACPI's button, a hypervisor's "shut down" that presses it, and the power key of a real keyboard
 * all come as events of an input device (the kernel's Documentation/input/event-codes). */
#include "appliance/init/power.h"

#include "appliance/init/turn.h"
#include <fcntl.h>
#include <linux/input.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define INPUTS_MAX 32

static void (*on_press)(void);
/* Devices are counted up and never down: a place that is listened to is listened to. */
static bool listening[INPUTS_MAX];
static int descriptors[INPUTS_MAX];

static void ready(int fd, uint32_t events)
{
	struct input_event event;
	ssize_t got;

	(void)events;
	while ((got = read(fd, &event, sizeof(event))) == (ssize_t)sizeof(event)) {
		if (event.type == EV_KEY && event.code == KEY_POWER && event.value == 1)
			on_press();
	}
	if (got >= 0)
		return;
	/* Gone: its number may be given to another device. */
	if ((events & (EPOLLHUP | EPOLLERR)) == 0)
		return;
	turn_forget(fd);
	close(fd);
	for (uint32_t i = 0; i < INPUTS_MAX; i++)
		listening[i] &= descriptors[i] != fd;
}

static bool has_power_key(int fd)
{
	unsigned char keys[KEY_MAX / 8 + 1] = {0};

	return ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(keys)), keys) >= 0 &&
	       keys[KEY_POWER / 8] & 1 << KEY_POWER % 8;
}

void power_listen(void (*pressed)(void))
{
	on_press = pressed;
	for (uint32_t i = 0; i < INPUTS_MAX; i++) {
		char path[32];
		int fd;

		if (listening[i])
			continue;
		snprintf(path, sizeof(path), "/dev/input/event%u", i);
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!has_power_key(fd) || turn_watch(fd, EPOLLIN, ready) < 0) {
			close(fd);
			continue;
		}
		listening[i] = true;
		descriptors[i] = fd;
	}
}
