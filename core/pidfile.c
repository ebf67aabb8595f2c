/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pidfile.c - the process id in a file.
 *
 * The number is the keeper's and stays the same over reloads and upgrades, so the file is written
 * once.  It is removed at the end only while it is ours: after `torc -sf $(cat pidfile)` the file
 * already names the successor. */
#include "core/pidfile.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int pidfile_write(const char *path, pid_t pid)
{
	char temporary[PATH_MAX], text[32];
	int len = snprintf(temporary, sizeof(temporary), "%s.%d.new", path, (int)pid);
	int fd, error = 0;

	if (len < 0 || (size_t)len >= sizeof(temporary))
		return -ENAMETOOLONG;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return -errno;
	len = snprintf(text, sizeof(text), "%d\n", (int)pid);
	if (write(fd, text, (size_t)len) != len)
		error = -EIO;
	close(fd);
	if (error == 0 && rename(temporary, path) < 0)
		error = -errno;
	if (error < 0)
		unlink(temporary);
	return error;
}

void pidfile_remove(const char *path, pid_t pid)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (got > 0 && strtol(text, NULL, 10) == (long)pid)
		unlink(path);
}
