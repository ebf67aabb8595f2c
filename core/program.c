/* SPDX-License-Identifier: GPL-2.0-or-later */
/* program.c - the programs that a configuration names.
 *
 * What is checked here can have changed a moment later: it is a help for whoever made a mistake
 * with modes and paths, not a wall against somebody who can already write where root reads. */
#include "core/program.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int try_path(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	return S_ISREG(status.st_mode) && access(path, X_OK) == 0 ? 0 : -EACCES;
}

int program_find(char path[PROGRAM_PATH_BYTES], const char *name)
{
	const char *folders = getenv("PATH");
	int error, verdict = -ENOENT;

	if (strchr(name, '/')) {
		if (strlen(name) >= PROGRAM_PATH_BYTES)
			return -ENAMETOOLONG;
		memcpy(path, name, strlen(name) + 1);
		return try_path(path);
	}
	if (!folders)
		folders = "/bin:/usr/bin";
	for (const char *at = folders; *at;) {
		int len = (int)strcspn(at, ":");
		int used = snprintf(path, PROGRAM_PATH_BYTES, "%.*s/%s", len, at, name);

		error = len && used < PROGRAM_PATH_BYTES ? try_path(path) : -ENOENT;
		if (error == 0)
			return 0;
		if (error == -EACCES)
			verdict = error;
		at += len + (at[len] == ':');
	}
	return verdict;
}

static int check_element(const char *path)
{
	struct stat status;
	mode_t others = S_IWOTH;

	if (stat(path, &status) < 0)
		return -errno;
	if (status.st_gid != 0)
		others |= S_IWGRP;
	if (S_ISDIR(status.st_mode) && status.st_mode & S_ISVTX)
		others = 0;
	return status.st_uid != 0 || status.st_mode & others ? -EPERM : 0;
}

int program_check_owner(const char *path, char element[PROGRAM_PATH_BYTES])
{
	int error;

	if (!realpath(path, element))
		return -errno;
	for (;;) {
		char *slash = strrchr(element, '/');

		error = check_element(element);
		if (error < 0 || !slash || !element[1])
			return error;
		slash[slash == element] = '\0';
	}
}
