/* SPDX-License-Identifier: GPL-2.0-or-later */
/* init_disk_fuzz.c - whatever a disk begins with has a label that is plain text, or none.
 * Input: the bytes of the first sectors; a length in the first two bytes moves the rest to where
 *        ISO 9660 begins. */
#include "appliance/init/volume.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const uint8_t *head, size_t len)
{
	char label[VOLUME_LABEL_BYTES];
	enum volume_kind kind;

	memset(label, 'X', sizeof(label));
	kind = volume_read(label, head, len);
	if (!memchr(label, '\0', sizeof(label)) || (kind == VOLUME_NONE && *label))
		abort();
	for (const char *at = label; *at; at++)
		if (*at <= ' ' || *at >= 0x7f)
			abort();
	volume_rank(label, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t head[VOLUME_HEAD_BYTES];
	size_t room = sizeof(head) - 32768;

	look(data, size);
	memset(head, 0, sizeof(head));
	memcpy(head + 32768, data, size < room ? size : room);
	look(head, sizeof(head));
	return 0;
}
