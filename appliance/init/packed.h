/* SPDX-License-Identifier: GPL-2.0-or-later */
/* packed.h - files of the initramfs that are stored compressed, each by itself.
 * Source: RFC 8878 (Zstandard), by libzstd.
 * Errors: -errno.  Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_PACKED_H
#define TORC_APPLIANCE_INIT_PACKED_H

#include <stddef.h>

/* Reads a file of one frame that tells its length, and gives what was packed; the caller hands it
 * back to packed_drop().  -ENOENT: no such file; -EBADMSG: not such a frame; -EFBIG: more than
 * PACKED_BYTES_MAX. */
int packed_load(const char *path, void **bytes, size_t *len);
void packed_drop(void *bytes, size_t len);

#endif
