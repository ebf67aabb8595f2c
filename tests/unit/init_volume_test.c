/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Labels of volumes, from sectors as mkfs.fat and xorriso write them. */
#include "appliance/init/volume.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static uint8_t head[VOLUME_HEAD_BYTES];

static void make_fat(size_t signature, const char *label, const char *kind)
{
	memset(head, 0, sizeof(head));
	memcpy(head, "\xeb\x3c\x90mkfs.fat", 11);
	head[signature] = 0x29;
	memcpy(head + signature + 5, label, 11);
	memcpy(head + signature + 16, kind, 8);
	head[510] = 0x55;
	head[511] = 0xaa;
}

static void make_iso(const char *label)
{
	memset(head, 0, sizeof(head));
	memcpy(head + 32768, "\1CD001\1", 7);
	memset(head + 32768 + 40, ' ', 32);
	memcpy(head + 32768 + 40, label, strlen(label));
}

static void fat_labels(void **state)
{
	char label[VOLUME_LABEL_BYTES];

	(void)state;
	make_fat(0x26, "CIDATA     ", "FAT12   ");
	assert_int_equal(volume_read(label, head, sizeof(head)), VOLUME_FAT);
	assert_string_equal(label, "CIDATA");
	make_fat(0x26, "TORCCONFIG ", "FAT16   ");
	assert_int_equal(volume_read(label, head, sizeof(head)), VOLUME_FAT);
	assert_string_equal(label, "TORCCONFIG");
	make_fat(0x42, "TORCCONFIGS", "FAT32   ");
	assert_int_equal(volume_read(label, head, sizeof(head)), VOLUME_FAT);
	assert_string_equal(label, "TORCCONFIGS");
	make_fat(0x26, "NO NAME    ", "FAT16   ");
	assert_int_equal(volume_read(label, head, sizeof(head)), VOLUME_FAT);
	assert_string_equal(label, "");
	make_fat(0x26, "CIDATA     ", "NTFS    ");
	assert_int_equal(volume_read(label, head, sizeof(head)), VOLUME_NONE);
	/* A disk with a partition table ends its first sector in the same way. */
	make_fat(0x26, "CIDATA     ", "FAT16   ");
	head[0x26] = 0;
	assert_int_equal(volume_read(label, head, sizeof(head)), VOLUME_NONE);
}

static void iso_labels(void **state)
{
	char label[VOLUME_LABEL_BYTES];

	(void)state;
	make_iso("cidata");
	assert_int_equal(volume_read(label, head, sizeof(head)), VOLUME_ISO9660);
	assert_string_equal(label, "cidata");
	make_iso("A LABEL OF EXACTLY 32 CHARACTERS");
	assert_int_equal(volume_read(label, head, sizeof(head)), VOLUME_ISO9660);
	assert_string_equal(label, "A?LABEL?OF?EXACTLY?32?CHARACTERS");
	make_iso("");
	assert_int_equal(volume_read(label, head, sizeof(head)), VOLUME_ISO9660);
	assert_string_equal(label, "");
}

static void cut_anywhere(void **state)
{
	char label[VOLUME_LABEL_BYTES];

	(void)state;
	make_fat(0x26, "CIDATA     ", "FAT16   ");
	for (size_t len = 0; len < 512; len++)
		assert_int_equal(volume_read(label, head, len), VOLUME_NONE);
	make_iso("CIDATA");
	for (size_t len = 0; len < 32768 + 72; len++)
		assert_int_equal(volume_read(label, head, len), VOLUME_NONE);
	assert_int_equal(volume_read(label, head, 32768 + 72), VOLUME_ISO9660);
}

static void ranks(void **state)
{
	(void)state;
	assert_int_equal(volume_rank("CIDATA", false), 0);
	assert_int_equal(volume_rank("cidata", true), 0);
	assert_int_equal(volume_rank("TORCCONFIG", false), 1);
	assert_int_equal(volume_rank("TorcConfig", true), 2);
	assert_int_equal(volume_rank("TORCCONFIGS", true), VOLUME_NO_SEED);
	assert_int_equal(volume_rank("", false), VOLUME_NO_SEED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fat_labels),
		cmocka_unit_test(iso_labels),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(ranks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
