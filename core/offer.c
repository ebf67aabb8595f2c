/* SPDX-License-Identifier: GPL-2.0-or-later */
/* offer.c - listening sockets from the process before.
 *
 * The other side answers `_getsocks` with a count, then with messages that carry the descriptors
 * and a few bytes about each, and waits for an acknowledgement after each message.  What it says
 * about them is not needed: an address is asked of the socket itself.  The other process keeps
 * its own copies, so nothing is lost when we then fail to start. */
#include "core/offer.h"
#include "core/log.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define FDS_PER_MESSAGE	  252			   /* what HAProxy sends at once */
#define BYTES_PER_MESSAGE (FDS_PER_MESSAGE * 4608) /* names of a socket: two paths' worth */
#define COUNT_MAX	  65536

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = 1};
	size_t len = strlen(path);
	int fd;

	if (len >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, len);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* One message: returns how many descriptors it brought, or -1. */
static int receive_some(int fd, struct sockets *sockets)
{
	static char bytes[BYTES_PER_MESSAGE];
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * FDS_PER_MESSAGE)];
	struct iovec vector = {.iov_base = bytes, .iov_len = sizeof(bytes)};
	struct msghdr header = {
		.msg_iov = &vector,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	int got = 0;

	if (recvmsg(fd, &header, MSG_CMSG_CLOEXEC) <= 0)
		return -1;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(&header); part;
		part = CMSG_NXTHDR(&header, part)) {
		size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < count; i++) {
			int one;

			memcpy(&one, CMSG_DATA(part) + i * sizeof(int), sizeof(one));
			sockets_offer(sockets, one);
			got++;
		}
	}
	return got;
}

bool offer_fetch(const char *path, struct sockets *sockets)
{
	static const char question[] = "_getsocks\n";
	int fd = connect_to(path), count = 0, got = 0;
	bool good = fd >= 0 && send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) > 0 &&
		    recv(fd, &count, sizeof(count), MSG_WAITALL) == sizeof(count) && count >= 0 &&
		    count <= COUNT_MAX;

	while (good && got < count) {
		int more = receive_some(fd, sockets);

		good = more > 0;
		got += more > 0 ? more : 0;
		if (good && send(fd, &got, sizeof(got), MSG_NOSIGNAL) < 0)
			good = got == count; /* the last acknowledgement is waited for by nobody */
	}
	if (!good)
		log_message(LOG_LEVEL_ALERT,
			"-x: no listening sockets from %s (%s); the other process needs a 'stats "
			"socket' with 'expose-fd listeners' there",
			path, errno ? strerror(errno) : "another answer was expected");
	if (fd >= 0)
		close(fd);
	return good;
}
