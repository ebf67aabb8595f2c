/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pidfile.h - the keeper's process id in a file, for scripts.
 * Thread: the keeper's. */
#ifndef TORC_CORE_PIDFILE_H
#define TORC_CORE_PIDFILE_H

#include <sys/types.h>

/* Writes "pid\n" under a temporary name and renames it: a reader never sees half a number.
 * 0 or -errno. */
int pidfile_write(const char *path, pid_t pid);
/* Removes the file if it still names this process. */
void pidfile_remove(const char *path, pid_t pid);

#endif
