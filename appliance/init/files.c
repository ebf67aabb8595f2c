/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files.c - reading and writing small files with plain system calls.
 *
 * Files under /proc and /sys want their value in one write, and say what is wrong with it there:
 * buffered streams would hide both. */
#include "appliance/init/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Up to `bytes`, however many calls it takes. */
static ssize_t read_up_to(int fd, char *out, size_t bytes)
{
	size_t used = 0;

	while (used < bytes) {
		ssize_t got = read(fd, out + used, bytes - used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		used += (size_t)got;
	}
	return (ssize_t)used;
}

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t written = write(fd, bytes, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		len -= (size_t)written;
	}
	return 0;
}

int files_read(const char *path, char *out, size_t bytes)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t len;

	out[0] = '\0';
	if (fd < 0)
		return -errno;
	len = read_up_to(fd, out, bytes - 1);
	close(fd);
	if (len < 0)
		return (int)len;
	while (len && out[len - 1] == '\n')
		len--;
	out[len] = '\0';
	return (int)len;
}

char *files_load(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;
	char *bytes = NULL;
	ssize_t got = -1;

	*len = 0;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && (bytes = malloc((size_t)status.st_size + 1)))
		got = read_up_to(fd, bytes, (size_t)status.st_size);
	close(fd);
	if (got < 0) {
		free(bytes);
		return NULL;
	}
	bytes[got] = '\0';
	*len = (size_t)got;
	return bytes;
}

int files_set(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY), error;

	if (fd < 0)
		return -errno;
	error = write_all(fd, value, strlen(value));
	close(fd);
	return error;
}

int files_write(const char *path, const char *bytes, size_t len, unsigned mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (mode_t)mode), error;

	if (fd < 0)
		return -errno;
	error = write_all(fd, bytes, len);
	close(fd);
	return error;
}

int files_copy(const char *from, const char *to, size_t bytes_max)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out, error = 0;
	char piece[16384];
	size_t copied = 0;
	ssize_t got = 0;

	if (in < 0)
		return -errno;
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out < 0)
		error = -errno;
	while (!error && (got = read_up_to(in, piece, sizeof(piece))) > 0) {
		copied += (size_t)got;
		error = copied > bytes_max ? -EFBIG : write_all(out, piece, (size_t)got);
	}
	if (!error && got < 0)
		error = (int)got;
	if (out >= 0)
		close(out);
	close(in);
	return error;
}

int files_make_folder(const char *path, unsigned mode)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len >= sizeof(part))
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, (mode_t)mode) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

void files_empty_folder(const char *path)
{
	DIR *folder = opendir(path);
	char below[PATH_MAX];
	struct dirent *entry;

	if (!folder)
		return;
	while ((entry = readdir(folder))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (snprintf(below, sizeof(below), "%s/%s", path, entry->d_name) >=
			(int)sizeof(below))
			continue;
		if (unlink(below) < 0 && errno == EISDIR) {
			files_empty_folder(below);
			rmdir(below);
		}
	}
	closedir(folder);
}
