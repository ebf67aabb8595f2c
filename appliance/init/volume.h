/* SPDX-License-Identifier: GPL-2.0-or-later */
/* volume.h - what a disk or partition is called, from its first bytes.
 * Source: Microsoft's FAT specification (boot sector), ECMA-119 8.4 (primary volume descriptor).
 * Pure. */
#ifndef TORC_APPLIANCE_INIT_VOLUME_H
#define TORC_APPLIANCE_INIT_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VOLUME_HEAD_BYTES  (34 * 1024) /* up to the end of ISO 9660's first descriptor */
#define VOLUME_LABEL_BYTES 33

enum volume_kind { VOLUME_NONE, VOLUME_FAT, VOLUME_ISO9660 };

/* The label without the blanks at its end; "" where there is none. */
enum volume_kind volume_read(char label[VOLUME_LABEL_BYTES], const uint8_t *head, size_t len);

/* In which order volumes are looked at: CIDATA anywhere, then TORCCONFIG on a medium of its own
 * (not a partition), then TORCCONFIG on a partition, which is the system disk's own; letters of
 * either case.  VOLUME_NO_SEED: not at all. */
#define VOLUME_NO_SEED UINT32_MAX
uint32_t volume_rank(const char *label, bool is_partition);

#endif
