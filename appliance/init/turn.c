/* SPDX-License-Identifier: GPL-2.0-or-later */
/* turn.c - one epoll set, one table of functions.
 *
 * A dozen descriptors, a few events a second: the table is indexed by the descriptor, and whatever
 * a function does to other descriptors within a turn is seen before their events are handed on. */
#include "appliance/init/turn.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#define EVENTS_AT_ONCE 32

static struct {
	int epoll;
	void (*ready[TURN_FDS_MAX])(int fd, uint32_t events);
} turn = {.epoll = -1};

void turn_open(void)
{
	turn.epoll = epoll_create1(EPOLL_CLOEXEC);
}

int turn_watch(int fd, uint32_t events, void (*ready)(int fd, uint32_t events))
{
	struct epoll_event event = {.events = events, .data.fd = fd};
	bool known;

	if (fd < 0 || fd >= TURN_FDS_MAX)
		return -EMFILE;
	known = turn.ready[fd] != NULL;
	if (epoll_ctl(turn.epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) < 0)
		return -errno;
	turn.ready[fd] = ready;
	return 0;
}

void turn_forget(int fd)
{
	if (fd < 0 || fd >= TURN_FDS_MAX || !turn.ready[fd])
		return;
	epoll_ctl(turn.epoll, EPOLL_CTL_DEL, fd, NULL);
	turn.ready[fd] = NULL;
}

void turn_wait(uint32_t limit_ms)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int count = epoll_wait(turn.epoll, events, EVENTS_AT_ONCE, (int)limit_ms);

	for (int i = 0; i < count; i++) {
		int fd = events[i].data.fd;

		/* One function may have closed what another event is about. */
		if (turn.ready[fd])
			turn.ready[fd](fd, events[i].events);
	}
}
