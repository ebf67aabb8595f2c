/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files.h - small files whole: settings under /proc and /sys, and the few that are written.
 * Errors: -errno.  Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_FILES_H
#define TORC_APPLIANCE_INIT_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Reads up to bytes - 1 and ends them with a NUL; without the line feeds at the end.  The length
 * or -errno; a file that is longer is cut. */
int files_read(const char *path, char *out, size_t bytes);
/* Reads a file whole into memory that is never freed; NULL when it cannot be read. */
char *files_load(const char *path, size_t *len);
/* Writes into a file that is there (a setting): 0 or -errno. */
int files_set(const char *path, const char *value);
/* Makes or replaces a file. */
int files_write(const char *path, const char *bytes, size_t len, unsigned mode);
/* Copies a file; nothing beyond `bytes_max`. */
int files_copy(const char *from, const char *to, size_t bytes_max);
/* Makes a folder and all above it. */
int files_make_folder(const char *path, unsigned mode);
/* Removes what is in a folder, the folder itself stays. */
void files_empty_folder(const char *path);

#endif
