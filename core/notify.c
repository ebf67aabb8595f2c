/* SPDX-License-Identifier: GPL-2.0-or-later */
/* notify.c - what a service manager wants to hear.
 *
 * The protocol is one datagram of NAME=value lines to the socket that NOTIFY_SOCKET names, so it
 * needs no library.  Nobody listening is the normal case and no error.  The keeper's thread. */
#include "core/notify.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_manager(const char *format, ...)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char text[256];
	va_list arguments;
	size_t path_len;
	int fd, len;

	if (!path || (path[0] != '/' && path[0] != '@'))
		return;
	path_len = strlen(path);
	if (path_len >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, path_len);
	if (path[0] == '@')
		address.sun_path[0] = '\0'; /* the abstract name space */
	va_start(arguments, format);
	len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (len < 0 || (size_t)len >= sizeof(text))
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return;
	sendto(fd, text, (size_t)len, MSG_NOSIGNAL, (struct sockaddr *)&address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_len));
	close(fd);
}
