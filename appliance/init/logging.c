/* SPDX-License-Identifier: GPL-2.0-or-later */
/* logging.c - the receivers of log messages.
 *
 * haproxy.cfg logs to 127.0.0.1:514, as the published file does; on this machine that is here.  A
 * line is put into the journal and that is all: consoles and forwarders take it from there.
 *
 * A busy balancer sends thousands of lines a second, one by one.  So after a batch a receiver is
 * left alone for a moment, and pid 1 wakes up fifty times a second at most for them. */
#include "appliance/init/logging.h"

#include "appliance/init/forward.h"
#include "appliance/init/syslog_line.h"
#include "appliance/init/tell.h"
#include "appliance/init/turn.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PORT	      514
#define BACKLOG_BYTES (8 << 20) /* a log line for each request, while pid 1 does something else */
#define BATCH	      64
#define BATCHES_MAX   64 /* in one turn: others want to be served, too */
#define PAUSE_MS      20
#define RECEIVERS_MAX 3

static struct {
	int fds[RECEIVERS_MAX];
	uint32_t count;
	uint64_t paused_ms; /* 0: all are listened to */
} receivers;

static struct {
	struct mmsghdr headers[BATCH];
	struct iovec vectors[BATCH];
	char bytes[BATCH][JOURNAL_TEXT_BYTES + 64];
} batch;

static void take(const struct syslog_message *message, const char *prefix)
{
	struct journal_line head = {
		.wall_ms = tell_wall_ms(), .priority = message->priority, .whole = message->whole};
	char text[JOURNAL_TEXT_BYTES];
	size_t used = strlen(prefix), len = message->len;

	memcpy(text, prefix, used);
	if (len > sizeof(text) - used)
		len = sizeof(text) - used;
	memcpy(text + used, message->text, len);
	journal_add(tell_journal(), &head, text, used + len);
}

static void datagrams_ready(int fd, uint32_t events)
{
	(void)events;
	turn_watch(fd, 0, datagrams_ready);
	if (!receivers.paused_ms)
		receivers.paused_ms = tell_now_ms();
	for (uint32_t round = 0; round < BATCHES_MAX; round++) {
		int count = recvmmsg(fd, batch.headers, BATCH, MSG_DONTWAIT, NULL);

		for (int i = 0; i < count; i++) {
			struct syslog_message message;

			syslog_read(&message, batch.bytes[i], batch.headers[i].msg_len);
			if (message.len)
				take(&message, "");
		}
		if (count < BATCH)
			return;
	}
}

static void kernel_ready(int fd, uint32_t events)
{
	char record[8192];
	struct syslog_message message;

	(void)events;
	for (uint32_t round = 0; round < BATCH; round++) {
		ssize_t got = read(fd, record, sizeof(record));

		/* EPIPE: the kernel has written over some. */
		if (got < 0 && errno == EPIPE)
			continue;
		if (got <= 0)
			return;
		if (syslog_read_kernel(&message, record, (size_t)got))
			take(&message, "kernel: ");
	}
}

static void listen_on(const struct sockaddr *address, socklen_t len, const char *what)
{
	int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int room = BACKLOG_BYTES;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (fd < 0 || bind(fd, address, len) < 0) {
		tell(LOG_ERR, "no messages are received on %s: %s", what, strerror(errno));
		if (fd >= 0)
			close(fd);
		return;
	}
	turn_watch(fd, EPOLLIN, datagrams_ready);
	receivers.fds[receivers.count++] = fd;
}

void logging_open(void)
{
	struct sockaddr_in four = {.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6,
		.sin6_port = htons(PORT),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	int kernel;

	for (uint32_t i = 0; i < BATCH; i++) {
		batch.vectors[i] = (struct iovec){batch.bytes[i], sizeof(batch.bytes[i])};
		batch.headers[i].msg_hdr =
			(struct msghdr){.msg_iov = &batch.vectors[i], .msg_iovlen = 1};
	}
	listen_on((const void *)&four, sizeof(four), "127.0.0.1:514");
	listen_on((const void *)&six, sizeof(six), "[::1]:514");
	listen_on((const void *)&path, sizeof(path), path.sun_path);
	chmod(path.sun_path, 0666);
	kernel = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (kernel >= 0)
		turn_watch(kernel, EPOLLIN, kernel_ready);
}

void logging_forward(const struct appliance *appliance)
{
	forward_open(appliance->syslog, appliance->syslog_count);
}

uint32_t logging_wait_ms(void)
{
	return receivers.paused_ms ? PAUSE_MS : UINT32_MAX;
}

void logging_tick(uint64_t now_ms)
{
	if (receivers.paused_ms && now_ms - receivers.paused_ms >= PAUSE_MS) {
		receivers.paused_ms = 0;
		for (uint32_t i = 0; i < receivers.count; i++)
			turn_watch(receivers.fds[i], EPOLLIN, datagrams_ready);
	}
	forward_tick(now_ms);
}
