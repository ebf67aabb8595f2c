/* SPDX-License-Identifier: GPL-2.0-or-later */
/* program.h - the programs that a configuration names: where they are, and who may change them.
 * Source: execvp(3); keepalived.conf(5), enable_script_security.
 * Owns:   nothing.  Asks the file system; any thread that may wait for it. */
#ifndef TORC_CORE_PROGRAM_H
#define TORC_CORE_PROGRAM_H

#include <limits.h>

#define PROGRAM_PATH_BYTES PATH_MAX

/* Where the program of that name is, looked for in PATH unless the name has a slash.  0, or -errno:
 * -ENOENT there is none, -EACCES there is one that nobody may execute. */
int program_find(char path[PROGRAM_PATH_BYTES], const char *name);

/* Whether root alone can put another program in its place: the file and all folders above it are
 * root's and writable for nobody else; in a sticky folder only the owner can replace a file.  0;
 * -EPERM and in `element` what others may change; or another -errno. */
int program_check_owner(const char *path, char element[PROGRAM_PATH_BYTES]);

#endif
