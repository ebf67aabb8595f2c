/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An advertisement as a frame, byte for byte. */
#include "vrrp/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static const uint8_t message[] = {0x21, 50, 103, 0};

/* The header checksum by hand: 45c0 0018 0102 0000 ff70 0000 c0a8 19c9 e000 0012 sum to 300cd, with
 * the carry of 3 to 0x00d0, of which the complement is 0xff2f. */
static void ipv4(void **state)
{
	static const uint8_t wanted[] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x12, /* to the group */
		0x00, 0x00, 0x5e, 0x00, 0x01, 0x32, 0x08, 0x00, /* from the virtual MAC */
		0x45, 0xc0, 0x00, 0x18, 0x01, 0x02, 0x00, 0x00, 0xff, 0x70, 0xff, 0x2f, 192, 168,
		25, 201, 224, 0, 0, 18, 0x21, 50, 103, 0};
	const struct frame frame = {
		.mac = {0, 0, 0x5e, 0, 1, 0x32},
		.source = {AF_INET, {192, 168, 25, 201}},
		.group = {AF_INET, {224, 0, 0, 18}},
		.number = 0x102,
		.bytes = message,
		.len = sizeof(message),
	};
	uint8_t out[FRAME_HEAD_BYTES + sizeof(message)];

	(void)state;
	assert_int_equal(frame_write(out, &frame), sizeof(wanted));
	assert_memory_equal(out, wanted, sizeof(wanted));
}

static void ipv6(void **state)
{
	static const uint8_t wanted[] = {0x33, 0x33, 0x00, 0x00, 0x00, 0x12, 0x00, 0x00, 0x5e, 0x00,
		0x02, 0x32, 0x86, 0xdd, 0x6c, 0x00, 0x00, 0x00, 0x00, 0x04, 0x70, 0xff, 0xfe, 0x80,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0x12, 0x21, 50, 103, 0};
	const struct frame frame = {
		.mac = {0, 0, 0x5e, 0, 2, 0x32},
		.source = {AF_INET6, {0xfe, 0x80, [15] = 1}},
		.group = {AF_INET6, {0xff, 0x02, [15] = 0x12}},
		.bytes = message,
		.len = sizeof(message),
	};
	uint8_t out[FRAME_HEAD_BYTES + sizeof(message)];

	(void)state;
	assert_int_equal(frame_write(out, &frame), sizeof(wanted));
	assert_memory_equal(out, wanted, sizeof(wanted));
}

/* Of a group's 32 bits 23 are in the address: RFC 1112 6.4. */
static void groups_of_ipv4(void **state)
{
	const struct frame frame = {
		.source = {AF_INET, {10, 0, 0, 1}},
		.group = {AF_INET, {239, 255, 1, 2}},
		.bytes = message,
		.len = sizeof(message),
	};
	uint8_t out[FRAME_HEAD_BYTES + sizeof(message)];

	(void)state;
	frame_write(out, &frame);
	assert_memory_equal(out, ((const uint8_t[]){0x01, 0x00, 0x5e, 0x7f, 0x01, 0x02}), 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(groups_of_ipv4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
