/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files stored compressed: whole, cut at every byte, and those that are something else. */
#include "appliance/init/packed.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static char path[64];

static int make_file(void **state)
{
	int fd;

	(void)state;
	strcpy(path, "/tmp/torc-packed-XXXXXX");
	fd = mkstemp(path);
	close(fd);
	return fd < 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* What packed_load() makes of these bytes; memory that it gives has to be as the text. */
static int load(const void *bytes, size_t len, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC), result;
	void *plain;
	size_t plain_len;

	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	close(fd);
	result = packed_load(path, &plain, &plain_len);
	if (result == 0) {
		assert_int_equal(plain_len, strlen(text));
		assert_memory_equal(plain, text, plain_len);
		packed_drop(plain, plain_len);
	}
	return result;
}

static void frames_are_unpacked(void **state)
{
	static char text[10000], frame[20000];
	size_t len;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(text); i++)
		text[i] = (char)('a' + i * i % 23);
	len = ZSTD_compress(frame, sizeof(frame), text, strlen(text), 19);
	assert_false(ZSTD_isError(len));
	assert_int_equal(load(frame, len, text), 0);
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(load(frame, cut, text), -EBADMSG);
}

static void others_are_refused(void **state)
{
	/* A frame of the format that tells no length, and one that tells sixteen terabytes. */
	static const uint8_t unknown[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x01, 0x00, 0x00};
	static const uint8_t huge[] = {
		0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0x01, 0x00, 0x00};
	void *bytes;
	size_t len;

	(void)state;
	assert_int_equal(load(unknown, sizeof(unknown), ""), -EBADMSG);
	assert_int_equal(load(huge, sizeof(huge), ""), -EFBIG);
	assert_int_equal(load("\177ELF, a plain module", 20, ""), -EBADMSG);
	assert_int_equal(packed_load("/nowhere/to/be/found", &bytes, &len), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(frames_are_unpacked, make_file, remove_file),
		cmocka_unit_test_setup_teardown(others_are_refused, make_file, remove_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
