/* SPDX-License-Identifier: GPL-2.0-or-later */
/* forward.c - one cursor on the journal for each server.
 *
 * The journal is the buffer: a server that is away gets what is still there when it is back, and a
 * line that says how many are missing.  UDP takes a datagram a line; a network that is not there
 * yet is no reason to throw lines away.  TCP takes a line feed behind each line (RFC 6587 3.4.2),
 * which every server reads; a connection that breaks in the middle of a line sends it once more. */
#include "appliance/init/forward.h"

#include "appliance/init/syslog_line.h"
#include "appliance/init/tell.h"
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_PAUSE_MS 1000
#define LAST_PAUSE_MS  30000
#define CONNECT_MS     10000
#define LINES_A_TURN   2000

struct forward {
	struct appliance_syslog target;
	int fd;
	bool connecting, was_away;
	uint64_t next_ms, began_ms;
	uint32_t pause_ms;
	uint64_t cursor, lost;
	char line[SYSLOG_LINE_BYTES + 1]; /* being sent */
	size_t len, sent;
};

static struct forward forwards[APPLIANCE_SYSLOG_MAX];
static uint32_t forward_count;

void forward_open(const struct appliance_syslog *targets, uint32_t count)
{
	for (uint32_t i = 0; i < forward_count; i++) {
		if (forwards[i].fd >= 0)
			close(forwards[i].fd);
	}
	memset(forwards, 0, sizeof(forwards));
	forward_count = count;
	for (uint32_t i = 0; i < count; i++)
		forwards[i] = (struct forward){.target = targets[i], .fd = -1};
}

static bool is_tcp(const struct forward *self)
{
	return self->target.transport == APPLIANCE_TCP;
}

static void give_up(struct forward *self, uint64_t now_ms, int error)
{
	char text[INET6_ADDRSTRLEN];

	if (self->fd >= 0)
		close(self->fd);
	self->fd = -1;
	self->sent = 0;
	self->pause_ms = self->pause_ms ? self->pause_ms * 2 : FIRST_PAUSE_MS;
	if (self->pause_ms > LAST_PAUSE_MS)
		self->pause_ms = LAST_PAUSE_MS;
	self->next_ms = now_ms + self->pause_ms;
	/* Said once: it would be one more line for a server that takes none. */
	if (self->was_away)
		return;
	self->was_away = true;
	inet_ntop(self->target.ip.family, self->target.ip.bytes, text, sizeof(text));
	tell(LOG_WARNING, "the syslog server %s takes nothing: %s", text, strerror(error));
}

static void start(struct forward *self, uint64_t now_ms)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(self->target.port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(self->target.port)};
	bool is_six = self->target.ip.family == AF_INET6;
	const void *address = is_six ? (const void *)&six : (const void *)&four;
	int kind = is_tcp(self) ? SOCK_STREAM : SOCK_DGRAM;

	memcpy(&six.sin6_addr, self->target.ip.bytes, 16);
	memcpy(&four.sin_addr, self->target.ip.bytes, 4);
	self->fd = socket(self->target.ip.family, kind | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (self->fd < 0) {
		give_up(self, now_ms, errno);
		return;
	}
	self->began_ms = now_ms;
	self->connecting = is_tcp(self);
	if (connect(self->fd, address, is_six ? sizeof(six) : sizeof(four)) < 0 &&
		errno != EINPROGRESS)
		give_up(self, now_ms, errno);
}

/* Of a connection that is being made: is it there? */
static bool is_connected(struct forward *self, uint64_t now_ms)
{
	struct pollfd waits = {self->fd, POLLOUT, 0};
	socklen_t len = sizeof(int);
	int error = 0;

	if (!self->connecting)
		return true;
	if (poll(&waits, 1, 0) == 0) {
		if (now_ms - self->began_ms >= CONNECT_MS)
			give_up(self, now_ms, ETIMEDOUT);
		return false;
	}
	getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	self->connecting = false;
	if (error)
		give_up(self, now_ms, error);
	return !error;
}

/* The next line into self->line; false: there is none. */
static bool load_line(struct forward *self)
{
	struct journal_line missing = {.priority = LOG_SYSLOG | LOG_WARNING};
	const struct journal_line *line;
	char host_name[65] = "";
	uint64_t lost = 0;

	gethostname(host_name, sizeof(host_name) - 1);
	if (self->len)
		return true;
	line = journal_next(tell_journal(), &self->cursor, &lost);
	if (!line)
		return false;
	if (lost) {
		/* The line at hand waits: its turn comes after this one. */
		self->cursor--;
		missing.wall_ms = tell_wall_ms();
		missing.len = (uint16_t)snprintf(missing.text, sizeof(missing.text),
			"init: %llu lines were lost", (unsigned long long)lost);
		line = &missing;
	}
	self->len = syslog_format(self->line, line, host_name);
	if (is_tcp(self))
		self->line[self->len++] = '\n';
	self->sent = 0;
	return true;
}

/* A peer that has gone says so when it is read from; it has nothing else to say. */
static bool is_closed(const struct forward *self)
{
	char bytes[256];

	return is_tcp(self) && recv(self->fd, bytes, sizeof(bytes), MSG_DONTWAIT) == 0;
}

static void send_lines(struct forward *self, uint64_t now_ms)
{
	if (is_closed(self)) {
		give_up(self, now_ms, ECONNRESET);
		return;
	}
	for (uint32_t i = 0; i < LINES_A_TURN && load_line(self); i++) {
		ssize_t sent = send(self->fd, self->line + self->sent, self->len - self->sent,
			MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent < 0 && errno == EAGAIN)
			return;
		/* What an earlier datagram met: this one was not sent, and is sent again. */
		if (sent < 0 && !is_tcp(self) && errno == ECONNREFUSED) {
			sent = send(self->fd, self->line, self->len, MSG_NOSIGNAL | MSG_DONTWAIT);
		}
		if (sent < 0) {
			give_up(self, now_ms, errno);
			return;
		}
		self->sent += (size_t)sent;
		if (self->sent < self->len && is_tcp(self))
			continue;
		self->len = 0;
		self->pause_ms = 0;
		self->was_away = false;
	}
}

void forward_tick(uint64_t now_ms)
{
	for (uint32_t i = 0; i < forward_count; i++) {
		struct forward *self = &forwards[i];

		if (self->fd < 0 && now_ms >= self->next_ms)
			start(self, now_ms);
		if (self->fd >= 0 && is_connected(self, now_ms))
			send_lines(self, now_ms);
	}
}
