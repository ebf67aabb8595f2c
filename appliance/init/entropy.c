/* SPDX-License-Identifier: GPL-2.0-or-later */
/* entropy.c - an image has no seed of its own, and two machines from one image must not share one.
 *
 * Serial numbers, MAC addresses and the hardware's clock are mixed in; they are no secret and count
 * for nothing, but they differ.  What counts is the processor's own generator, a hypervisor's
 * (virtio_rng, loaded like any driver), or, where there is neither, the kernel's timing of its own
 * loops, which it starts when somebody waits: somebody does here, before torc is started. */
#include "appliance/init/entropy.h"

#include "appliance/init/files.h"
#include "appliance/init/network.h"
#include "appliance/init/tell.h"
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static const char *const sources[] = {
	"/sys/class/dmi/id/product_uuid",
	"/sys/class/dmi/id/product_serial",
	"/sys/class/rtc/rtc0/since_epoch",
	"/proc/sys/kernel/random/boot_id",
	"/proc/interrupts",
};

static void mix(int fd, const void *bytes, size_t len)
{
	/* What cannot be mixed in is not missed. */
	if (write(fd, bytes, len) < 0)
		return;
}

void entropy_seed(void)
{
	static struct card cards[CARDS_MAX];
	uint32_t count = network_list(cards);
	uint64_t began = tell_now_ms();
	struct timespec now;
	char text[4096];
	uint64_t number;
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
			int len = files_read(sources[i], text, sizeof(text));

			if (len > 0)
				mix(fd, text, (size_t)len);
		}
		mix(fd, cards, count * sizeof(cards[0]));
		clock_gettime(CLOCK_MONOTONIC, &now);
		mix(fd, &now, sizeof(now));
		close(fd);
	}
	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) == (ssize_t)sizeof(number))
		return;
	if (getrandom(&number, sizeof(number), 0) == (ssize_t)sizeof(number))
		tell(LOG_NOTICE, "random numbers took %u ms", (uint32_t)(tell_now_ms() - began));
}
