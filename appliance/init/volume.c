/* SPDX-License-Identifier: GPL-2.0-or-later */
/* volume.c - labels of FAT and ISO 9660.
 *
 * Only the label is read here; whether the rest makes sense is the kernel's file system's matter.
 * mkfs.fat and mtools write a label into the boot sector besides the root folder: that is the
 * one. */
#include "appliance/init/volume.h"

#include <string.h>
#include <strings.h>

#define SECTOR_BYTES	512
#define FAT_LABEL_BYTES 11
#define FAT_EXTENDED	0x29 /* boot signature: label and kind follow */
#define FAT16_SIGNATURE 0x26
#define FAT32_SIGNATURE 0x42
#define ISO_AT		(32 * 1024)
#define ISO_LABEL_AT	40
#define ISO_LABEL_BYTES 32

static void take_label(char label[VOLUME_LABEL_BYTES], const uint8_t *bytes, size_t len)
{
	while (len && (bytes[len - 1] == ' ' || bytes[len - 1] == '\0'))
		len--;
	for (size_t i = 0; i < len; i++)
		label[i] = (char)(bytes[i] > ' ' && bytes[i] < 0x7f ? bytes[i] : '?');
	label[len] = '\0';
}

static bool read_fat(char label[VOLUME_LABEL_BYTES], const uint8_t *head, uint32_t signature)
{
	static const char name[] = "FAT";
	/* Serial number (4), label (11), kind (8): "FAT16   ". */
	const uint8_t *at = head + signature + 1 + 4;

	if (head[signature] != FAT_EXTENDED ||
		memcmp(at + FAT_LABEL_BYTES, name, sizeof(name) - 1) != 0)
		return false;
	take_label(label, at, FAT_LABEL_BYTES);
	if (strcmp(label, "NO?NAME") == 0)
		label[0] = '\0';
	return true;
}

enum volume_kind volume_read(char label[VOLUME_LABEL_BYTES], const uint8_t *head, size_t len)
{
	label[0] = '\0';
	if (len >= SECTOR_BYTES && head[SECTOR_BYTES - 2] == 0x55 &&
		head[SECTOR_BYTES - 1] == 0xaa &&
		(read_fat(label, head, FAT32_SIGNATURE) || read_fat(label, head, FAT16_SIGNATURE)))
		return VOLUME_FAT;
	if (len >= ISO_AT + ISO_LABEL_AT + ISO_LABEL_BYTES && head[ISO_AT] == 1 &&
		memcmp(head + ISO_AT + 1, "CD001", 5) == 0) {
		take_label(label, head + ISO_AT + ISO_LABEL_AT, ISO_LABEL_BYTES);
		return VOLUME_ISO9660;
	}
	return VOLUME_NONE;
}

uint32_t volume_rank(const char *label, bool is_partition)
{
	if (strcasecmp(label, "CIDATA") == 0)
		return 0;
	if (strcasecmp(label, "TORCCONFIG") == 0)
		return is_partition ? 2 : 1;
	return VOLUME_NO_SEED;
}
