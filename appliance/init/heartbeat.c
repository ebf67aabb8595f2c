/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heartbeat.c - a question, an answer, a pause.
 *
 * An answer proves that the keeper has started a balancer, that its admin thread turns, and, by
 * what it says of the virtual routers, that the keeper itself does.  That the workers turn is the
 * keeper's own business: it replaces a balancer in which one does not. */
#include "appliance/init/heartbeat.h"

#include "appliance/init/balancer.h"
#include "appliance/init/tell.h"
#include "appliance/init/turn.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define INTERVAL_MS  1000
#define LIMIT_MS     3000 /* for one answer */
#define ANSWER_BYTES (512 * 1024)

static struct {
	int fd;
	uint64_t asked_ms, answered_ms;
	struct status status;
	size_t used;
	char answer[ANSWER_BYTES];
} heartbeat = {.fd = -1};

static void hang_up(void)
{
	if (heartbeat.fd < 0)
		return;
	turn_forget(heartbeat.fd);
	close(heartbeat.fd);
	heartbeat.fd = -1;
}

static void take_answer(void)
{
	struct status status;

	status_read(&status, heartbeat.answer, heartbeat.used);
	if (!status.whole || status.keeper_is_stale)
		return;
	heartbeat.status = status;
	heartbeat.answered_ms = tell_now_ms();
}

static void ready(int fd, uint32_t events)
{
	(void)events;
	for (;;) {
		size_t room = sizeof(heartbeat.answer) - heartbeat.used;
		ssize_t got = room ? recv(fd, heartbeat.answer + heartbeat.used, room, 0) : 0;

		if (got > 0) {
			heartbeat.used += (size_t)got;
			continue;
		}
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got == 0)
			take_answer();
		hang_up();
		return;
	}
}

static void ask(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = BALANCER_SOCKET};

	heartbeat.used = 0;
	heartbeat.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (heartbeat.fd < 0)
		return;
	if (connect(heartbeat.fd, (const void *)&address, sizeof(address)) < 0 ||
		send(heartbeat.fd, STATUS_QUESTION, strlen(STATUS_QUESTION), MSG_NOSIGNAL) < 0 ||
		turn_watch(heartbeat.fd, EPOLLIN, ready) < 0) {
		close(heartbeat.fd);
		heartbeat.fd = -1;
	}
}

void heartbeat_tick(uint64_t now_ms)
{
	if (heartbeat.fd >= 0 && now_ms - heartbeat.asked_ms >= LIMIT_MS)
		hang_up();
	if (heartbeat.fd >= 0 || now_ms - heartbeat.asked_ms < INTERVAL_MS ||
		!balancer_is_running())
		return;
	heartbeat.asked_ms = now_ms;
	ask();
}

const struct status *heartbeat_status(uint64_t now_ms)
{
	if (!heartbeat.answered_ms || now_ms - heartbeat.answered_ms >= HEARTBEAT_STALE_MS)
		return NULL;
	return &heartbeat.status;
}
