/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time packets: the example of a clock that is off, eras, servers that do not know, forgeries. */
#include "appliance/init/sntp.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define SECOND 1000000000ll
#define COOKIE 0x0123456789abcdefull
/* 2026-11-29 02:02:42 UTC */
#define NOW (1795917762ll * SECOND)

static uint8_t packet[SNTP_BYTES];

static void put_64(uint32_t at, uint64_t value)
{
	for (uint32_t i = 0; i < 8; i++)
		packet[at + i] = (uint8_t)(value >> (56 - 8 * i));
}

static uint64_t stamp(int64_t ns)
{
	uint64_t seconds = (uint64_t)(ns / SECOND + 2208988800ll) & 0xffffffffu;

	return seconds << 32 | ((uint64_t)(ns % SECOND) << 32) / SECOND;
}

/* A good answer of a server whose clock says these times. */
static void make_answer(int64_t in_ns, int64_t out_ns)
{
	memset(packet, 0, sizeof(packet));
	packet[0] = 4 << 3 | 4;
	packet[1] = 2;
	put_64(24, COOKIE);
	put_64(32, stamp(in_ns));
	put_64(40, stamp(out_ns));
}

static enum sntp_verdict read_at(struct sntp_answer *answer, int64_t sent, int64_t received)
{
	return sntp_read_answer(answer, packet, sizeof(packet), COOKIE, sent, received);
}

static bool near(int64_t a, int64_t b)
{
	return a - b < 1000 && b - a < 1000; /* a microsecond */
}

static void offsets(void **state)
{
	/* What our clock says when it should be NOW. */
	static const int64_t ours[] = {NOW, NOW - SECOND, NOW + SECOND, 0, NOW - 3600 * SECOND,
		4102444800ll * SECOND /* 2100 */};
	struct sntp_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		/* 20 ms there, 1 ms in the server, 20 ms back. */
		make_answer(NOW + 20 * SECOND / 1000, NOW + 21 * SECOND / 1000);
		assert_int_equal(
			read_at(&answer, ours[i], ours[i] + 41 * SECOND / 1000), SNTP_GOOD);
		assert_true(near(answer.offset_ns, NOW - ours[i]));
		assert_true(near(answer.delay_ns, 40 * SECOND / 1000));
		assert_int_equal(answer.stratum, 2);
	}
}

static void eras(void **state)
{
	/* 2036-02-07 06:28:16 is second 0 of the next era. */
	static const int64_t times[] = {2085978495ll * SECOND, 2085978497ll * SECOND,
		2200000000ll * SECOND, 3000000000ll * SECOND};
	struct sntp_answer answer;

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		make_answer(times[i], times[i]);
		assert_int_equal(read_at(&answer, NOW, NOW), SNTP_GOOD);
		assert_true(near(answer.offset_ns, times[i] - NOW));
	}
}

static void refused(void **state)
{
	struct sntp_answer answer;

	(void)state;
#define ANSWERS(change, verdict)                                                                   \
	do {                                                                                       \
		make_answer(NOW, NOW);                                                             \
		change;                                                                            \
		assert_int_equal(read_at(&answer, NOW, NOW + SECOND / 100), verdict);              \
	} while (0)
	ANSWERS((void)0, SNTP_GOOD);
	ANSWERS(put_64(24, COOKIE + 1), SNTP_NOT_OURS);
	ANSWERS(packet[0] = 4 << 3 | 3, SNTP_NOT_OURS); /* a client's */
	ANSWERS(packet[0] = 4 << 3 | 5, SNTP_NOT_OURS); /* broadcast */
	ANSWERS(packet[0] = 2 << 3 | 4, SNTP_NOT_OURS); /* version 2 */
	ANSWERS(packet[0] = 3 << 3 | 4, SNTP_GOOD);	/* version 3 */
	ANSWERS(packet[0] = 3 << 6 | 4 << 3 | 4, SNTP_UNSYNCED);
	ANSWERS(packet[0] = 1 << 6 | 4 << 3 | 4, SNTP_GOOD); /* a leap second comes */
	ANSWERS(packet[1] = 0, SNTP_GO_AWAY);
	ANSWERS(packet[1] = 16, SNTP_UNSYNCED);
	ANSWERS(packet[1] = 15, SNTP_GOOD);
	ANSWERS(put_64(40, 0), SNTP_UNSYNCED);
	ANSWERS(put_64(32, 0), SNTP_UNSYNCED);
	ANSWERS(put_64(40, stamp(NOW - SECOND)), SNTP_UNSYNCED); /* left before it came */
#undef ANSWERS
	make_answer(NOW, NOW);
	assert_int_equal(read_at(&answer, NOW, NOW + 5 * SECOND), SNTP_UNSYNCED);
	assert_int_equal(read_at(&answer, NOW, NOW - 1), SNTP_UNSYNCED);
	for (size_t len = 0; len < SNTP_BYTES; len++)
		assert_int_equal(
			sntp_read_answer(&answer, packet, len, COOKIE, NOW, NOW), SNTP_NOT_OURS);
}

static void requests(void **state)
{
	static const uint8_t zeros[39];

	(void)state;
	sntp_write_request(packet, COOKIE);
	assert_int_equal(packet[0], 0x23); /* version 4, client */
	assert_memory_equal(packet + 1, zeros, sizeof(zeros));
	assert_memory_equal(packet + 40, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets),
		cmocka_unit_test(eras),
		cmocka_unit_test(refused),
		cmocka_unit_test(requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
