/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames byte by byte, and the calendar by which they leave. */
#include "vrrp/garp.h"
#include "vrrp/packet.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SECOND	     1000000u

static const uint8_t mac[] = {0x02, 0x11, 0x22, 0x33, 0x44, 0x55};

static void arp_frames(void **state)
{
	static const uint8_t request[VRRP_ARP_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02,
		0x11, 0x22, 0x33, 0x44, 0x55, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1, 0x02, 0x11, 0x22,
		0x33, 0x44, 0x55, 192, 168, 25, 203, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 192, 168,
		25, 203};
	const struct vrrp_ip ip = {AF_INET, {192, 168, 25, 203}};
	uint8_t out[VRRP_ARP_BYTES], reply[VRRP_ARP_BYTES];

	(void)state;
	vrrp_arp_write(out, VRRP_ARP_REQUEST, mac, &ip);
	assert_memory_equal(out, request, sizeof(request));
	memcpy(reply, request, sizeof(reply));
	reply[21] = 2;
	memcpy(reply + 32, mac, sizeof(mac));
	vrrp_arp_write(out, VRRP_ARP_REPLY, mac, &ip);
	assert_memory_equal(out, reply, sizeof(reply));
}

static void neighbour_advertisements(void **state)
{
	static const uint8_t head[] = {0x33, 0x33, 0, 0, 0, 1, 0x02, 0x11, 0x22, 0x33, 0x44, 0x55,
		0x86, 0xdd, 0x60, 0, 0, 0, 0, 32, 58, 255};
	const struct vrrp_ip ip = {AF_INET6, {0x20, 0x01, 0x0d, 0xb8, [15] = 0x10}};
	const struct vrrp_ip all = {AF_INET6, {0xff, 0x02, [15] = 1}};
	uint8_t out[VRRP_NA_BYTES];

	(void)state;
	vrrp_na_write(out, VRRP_NA_HOST, mac, &ip);
	assert_memory_equal(out, head, sizeof(head));
	assert_memory_equal(out + 22, ip.bytes, 16);
	assert_memory_equal(out + 38, all.bytes, 16);
	assert_int_equal(out[54], 136);
	assert_int_equal(out[58], 0x20); /* override, not solicited, no router */
	assert_memory_equal(out + 62, ip.bytes, 16);
	assert_int_equal(out[78], 2);
	assert_int_equal(out[79], 1);
	assert_memory_equal(out + 80, mac, 6);
	assert_int_equal(
		vrrp_checksum_finish(vrrp_checksum_pseudo(&ip, &all, 58, 32), out + 54, 32), 0);
	/* By hand: 2001 0db8 0010 twice (source and target), ff02 0001, 58, 32; 8800, 2000; 0201
	 * 0211 2233 4455: the sum is 0x26d89, folded 0x6d8b. */
	assert_int_equal(out[56] << 8 | out[57], 0x9274);
	vrrp_na_write(out, VRRP_NA_ROUTER, mac, &ip);
	assert_int_equal(out[58], 0xa0);
	assert_int_equal(out[56] << 8 | out[57], 0x1274);
}

/* What leaves until when, as "seconds:addresses" of every moment with something to say. */
static const char *calendar(struct vrrp_garp *garp, const struct vrrp_garp_options *options,
	uint64_t from_us, uint64_t until_us)
{
	static char text[512];
	int used = 0;

	text[0] = '\0';
	for (;;) {
		uint64_t now_us = vrrp_garp_deadline_us(garp);
		uint32_t address;

		if (now_us < from_us)
			now_us = from_us;
		if (now_us >= until_us)
			return text;
		used += snprintf(text + used, sizeof(text) - (size_t)used,
			"%s%.1f:", used ? " " : "", (double)now_us / SECOND);
		while (vrrp_garp_take(garp, options, now_us, &address))
			used += snprintf(text + used, sizeof(text) - (size_t)used, "%u", address);
	}
}

static const struct {
	const char *name;
	struct vrrp_garp_options options;
	enum vrrp_garp_why why;
	const char *calendar; /* of 30 s */
} calendars[] = {
	{"keepalived's defaults: five, and five more after five seconds",
		{.addresses = 1, .repeat = 5, .delay_us = 5 * SECOND}, VRRP_GARP_MASTER,
		"1.0:00000 6.0:00000"},
	{"two addresses take turns", {.addresses = 2, .repeat = 2, .delay_us = 5 * SECOND},
		VRRP_GARP_MASTER, "1.0:0101 6.0:0101"},
	{"vrrp_min_garp: once", {.addresses = 3, .repeat = 1}, VRRP_GARP_MASTER, "1.0:012"},
	{"never", {.addresses = 3, .repeat = 0, .delay_us = SECOND}, VRRP_GARP_MASTER, ""},
	{"no addresses of this family", {.addresses = 0, .repeat = 5, .delay_us = SECOND},
		VRRP_GARP_MASTER, ""},
	{"slowly", {.addresses = 2, .repeat = 2, .interval_us = SECOND / 2}, VRRP_GARP_MASTER,
		"1.0:0 1.5:1 2.0:0 2.5:1"},
	{"so slowly that the repetition finds it busy",
		{.addresses = 2, .repeat = 2, .delay_us = 2 * SECOND, .interval_us = SECOND},
		VRRP_GARP_MASTER, "1.0:0 2.0:1 3.0:0 4.0:1 5.0:0 6.0:1"},
	{"refreshed", {.addresses = 1, .repeat = 2, .refresh_us = 10 * SECOND, .refresh_repeat = 1},
		VRRP_GARP_MASTER, "1.0:00 11.0:0 21.0:0"},
	{"after a lower master",
		{.addresses = 1,
			.repeat = 5,
			.delay_us = SECOND,
			.lower_repeat = 2,
			.lower_delay_us = 3 * SECOND},
		VRRP_GARP_LOWER, "1.0:00 4.0:00"},
};

static void keeps_its_calendar(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(calendars); i++) {
		const struct vrrp_garp_options *options = &calendars[i].options;
		struct vrrp_garp garp;

		print_message("  %s\n", calendars[i].name);
		vrrp_garp_init(&garp);
		assert_true(vrrp_garp_deadline_us(&garp) == VRRP_NEVER);
		vrrp_garp_start(&garp, options, calendars[i].why, SECOND);
		assert_string_equal(
			calendar(&garp, options, 0, 30 * SECOND), calendars[i].calendar);
		vrrp_garp_stop(&garp);
		assert_true(vrrp_garp_deadline_us(&garp) == VRRP_NEVER);
	}
}

static void a_flood_of_lower_adverts(void **state)
{
	const struct vrrp_garp_options options = {
		.addresses = 1, .lower_repeat = 5, .lower_delay_us = 5 * SECOND};
	struct vrrp_garp garp;
	uint32_t address, sent = 0;

	(void)state;
	vrrp_garp_init(&garp);
	for (uint64_t now_us = SECOND; now_us < 4 * SECOND; now_us += 1000) {
		vrrp_garp_start(&garp, &options, VRRP_GARP_LOWER, now_us);
		while (vrrp_garp_take(&garp, &options, now_us, &address))
			sent++;
	}
	assert_int_equal(sent, 3 * 5);
	/* The repetition is that of the last burst. */
	assert_string_equal(calendar(&garp, &options, 0, 30 * SECOND), "8.0:00000");
}

/* A speaker that was away sends what it missed once, not as often as it missed it. */
static void late_is_once(void **state)
{
	const struct vrrp_garp_options options = {.addresses = 1,
		.repeat = 1,
		.delay_us = 5 * SECOND,
		.refresh_us = SECOND,
		.refresh_repeat = 1};
	struct vrrp_garp garp;

	(void)state;
	vrrp_garp_init(&garp);
	vrrp_garp_start(&garp, &options, VRRP_GARP_MASTER, SECOND);
	assert_string_equal(
		calendar(&garp, &options, 100 * SECOND, 103 * SECOND), "100.0:0 101.0:0 102.0:0");
}

static void options_of_an_instance(void **state)
{
	static const struct vrrp_instance instance = {.garp_delay_us = 1,
		.garp_refresh_us = 2,
		.garp_interval_us = 3,
		.gna_interval_us = 4,
		.garp_lower_delay_us = 5,
		.garp_repeat = 6,
		.garp_refresh_repeat = 7,
		.garp_lower_repeat = 8};
	struct vrrp_garp_options options = vrrp_garp_options_from(&instance, AF_INET, 9);

	(void)state;
	assert_int_equal(options.addresses, 9);
	assert_int_equal(options.delay_us, 1);
	assert_int_equal(options.refresh_us, 2);
	assert_int_equal(options.interval_us, 3);
	assert_int_equal(options.lower_delay_us, 5);
	assert_int_equal(options.repeat, 6);
	assert_int_equal(options.refresh_repeat, 7);
	assert_int_equal(options.lower_repeat, 8);
	assert_int_equal(vrrp_garp_options_from(&instance, AF_INET6, 1).interval_us, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arp_frames),
		cmocka_unit_test(neighbour_advertisements),
		cmocka_unit_test(keeps_its_calendar),
		cmocka_unit_test(a_flood_of_lower_adverts),
		cmocka_unit_test(late_is_once),
		cmocka_unit_test(options_of_an_instance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
