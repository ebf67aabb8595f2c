/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the console shows: torc's answer read, and the page made of it, which never gets wider or
 * longer than a screen. */
#include "appliance/init/banner.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

static const char answer[] =
	"VI_1: MASTER for 12.000 s, vrid 50 on eth0 from 192.168.25.201, VRRPv2\n"
	"\n"
	"[{\"name\":\"VI_1\",\"state\":\"MASTER\",\"interface\":\"eth0\",\"source\":"
	"\"192.168.25.201\",\"master\":\"192.168.25.201\",\"sum\":\"101 + 2 (haproxy) = 103\","
	"\"since_s\":12.000,\"vrid\":50,\"version\":2,\"base\":101,\"priority\":103,"
	"\"master_priority\":103},\n"
	"{\"name\":\"VI_2\",\"state\":\"BACKUP\",\"interface\":\"eth1\",\"source\":\"10.0.0.1\","
	"\"master\":\"10.0.0.2\",\"sum\":\"\",\"since_s\":1.000,\"base\":101,\"priority\":101}]\n"
	"\n"
	"# pxname,svname,qcur,...\n"
	"web,FRONTEND,,,0,1,64,2,0,0,0,0,0,,,,,OPEN,,,,,,,,,1,2,0,,,,0,1,0,1,,,,0,0,0,0,0,0,,7,0,9,"
	",,0,0,0,0,\n"
	"web,s1,0,0,0,0,,0,0,0,,0,,0,0,0,0,UP,1,1,0,0,0,4,0,,1,4,1,,0,,2,0,,0,L4OK,,0,0,0,0,0,0,0,,"
	",,,0,0,\n"
	"web,s2,0,0,0,0,,0,0,0,,0,,0,0,0,0,DOWN 1/2,1,1,0,1,1,3,3,,1,4,2,,0,,2,0,,0,L4CON,,0,0,0,0,"
	"0,0,0,,,,,0,0,\n"
	"web,s3,0,0,0,0,,0,0,0,,0,,0,0,0,0,no "
	"check,1,1,0,,,4,,,1,4,3,,0,,2,0,,0,,,,0,0,0,0,0,0,,,,,"
	"0,0,\n"
	"web,BACKEND,0,0,0,0,7,0,0,0,0,0,,0,0,0,0,UP,0,0,0,,0,4,,,1,2,0,,0,,1,0,,0,,,,0,0,0,0,0,0,,"
	","
	",5,0,0,\n"
	"\n"
	"Name: torc\nCurrConns: 3\nSessRate: 12\nTainted: 0\n\n";

static void answers_are_read(void **state)
{
	struct status status;

	(void)state;
	status_read(&status, answer, sizeof(answer) - 1);
	assert_true(status.whole);
	assert_false(status.keeper_is_stale);
	assert_int_equal(status.router_count, 2);
	assert_string_equal(status.routers[0].name, "VI_1");
	assert_string_equal(status.routers[0].state, "MASTER");
	assert_string_equal(status.routers[0].interface, "eth0");
	assert_int_equal(status.routers[0].priority, 103);
	assert_string_equal(status.routers[1].master, "10.0.0.2");
	assert_int_equal(status.routers[1].priority, 101);
	assert_int_equal(status.servers_total, 3);
	assert_int_equal(status.servers_up, 2);
	assert_int_equal(status.request_rate, 7);
	assert_int_equal(status.requests, 9);
	assert_int_equal(status.sessions, 3);
	assert_int_equal(status.session_rate, 12);
}

static void a_cut_answer_is_not_whole(void **state)
{
	struct status status;
	size_t end = (size_t)(strstr(answer, "Tainted: ") - answer) + 9;

	(void)state;
	for (size_t cut = 0; cut < sizeof(answer); cut++) {
		status_read(&status, answer, cut);
		assert_int_equal(status.whole, cut >= end);
	}
	status_read(&status, "This is old: the keeper has stopped writing.\nTainted: 0\n", 56);
	assert_true(status.keeper_is_stale);
}

static struct banner make_banner(const struct status *status)
{
	struct banner banner = {
		.host_name = "lb1",
		.version = "0.1.0",
		.kernel = "6.1.0-42-amd64",
		.condition = "serving",
		.source = "/dev/vdb (CIDATA)",
		.page = "http://192.168.25.201:8404/",
		.clock = "2026-11-29 01:29:22 UTC, set by 192.168.25.1",
		.uptime_s = 86400 + 3723,
		.cards = {{"eth0", "52:54:00:19:02:01", true, true,
				  "192.168.25.201/24, VIP 192.168.25.203/32"},
			{"eth1", "52:54:00:19:02:02", true, false, ""},
			{"eth2", "52:54:00:19:02:03", false, false, ""}},
		.card_count = 3,
		.status = status,
		.messages = {"first", "second\033[2J"},
		.message_count = 2,
	};

	return banner;
}

static void a_page_is_made(void **state)
{
	struct status status;
	struct banner banner = make_banner(&status);
	char out[BANNER_BYTES], line[512];

	(void)state;
	status_read(&status, answer, sizeof(answer) - 1);
	banner_render(out, &banner);
	assert_string_equal(out,
		"torc 0.1.0 on lb1                          Linux 6.1.0-42-amd64  up 1d 01:02:03\n"
		"serving\n"
		"configuration: /dev/vdb (CIDATA)\n"
		"clock: 2026-11-29 01:29:22 UTC, set by 192.168.25.1\n"
		"statistics: http://192.168.25.201:8404/\n"
		"\n"
		"eth0     52:54:00:19:02:01 up         192.168.25.201/24, VIP 192.168.25.203/32\n"
		"eth1     52:54:00:19:02:02 no carrier \n"
		"eth2     52:54:00:19:02:03 off        \n"
		"\n"
		"VI_1     MASTER  on eth0, priority 103\n"
		"VI_2     BACKUP  on eth1, priority 101, master 10.0.0.2\n"
		"servers 2 of 3 up   connections 3   requests 7/s, 9 in all\n"
		"\n"
		"first\n"
		"second?[2J\n");
	banner_render_line(line, sizeof(line), &banner);
	assert_string_equal(line,
		"status: serving; VI_1 MASTER; VI_2 BACKUP; servers 2/3; 3 connections, 7 "
		"requests/s; eth0 52:54:00:19:02:01 192.168.25.201/24, VIP 192.168.25.203/32; "
		"eth1 52:54:00:19:02:02 ; eth2 52:54:00:19:02:03 ");
}

static void a_page_fits_a_screen(void **state)
{
	static char longest[2000];
	struct status status = {.router_count = STATUS_ROUTERS_MAX, .servers_total = UINT32_MAX};
	struct banner banner = make_banner(&status);
	char out[BANNER_BYTES + 1], small[16];
	uint32_t rows = 0;

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	banner.host_name = banner.kernel = banner.condition = banner.source = banner.page =
		banner.clock = longest;
	for (uint32_t i = 0; i < BANNER_MESSAGES; i++)
		banner.messages[i] = longest;
	banner.message_count = BANNER_MESSAGES;
	for (uint32_t i = 0; i < BANNER_CARDS_MAX; i++) {
		banner.cards[i] = banner.cards[0];
		memset(banner.cards[i].addresses, 'y', sizeof(banner.cards[i].addresses) - 1);
	}
	banner.card_count = BANNER_CARDS_MAX;
	banner.cards_left_out = 3;
	out[BANNER_BYTES] = 'Z';
	assert_true(banner_render(out, &banner) < BANNER_BYTES);
	assert_int_equal(out[BANNER_BYTES], 'Z');
	for (const char *at = out, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		assert_non_null(end);
		assert_true(end - at <= BANNER_COLUMNS);
		rows++;
	}
	assert_true(rows <= BANNER_ROWS);
	assert_int_equal(banner_render_line(small, sizeof(small), &banner), sizeof(small) - 1);
}

static void nothing_is_there(void **state)
{
	struct banner banner = {.host_name = "torc",
		.version = "0",
		.kernel = "6",
		.condition = "NO VALID CONFIGURATION",
		.source = "",
		.page = "",
		.clock = "now"};
	char out[BANNER_BYTES];

	(void)state;
	banner_render(out, &banner);
	assert_non_null(strstr(out, "\nNO VALID CONFIGURATION\nclock: now\n"));
	assert_non_null(strstr(out, "no network card found"));
}

static void not_every_message(void **state)
{
	(void)state;
	assert_true(banner_wants(3 << 3 | 5));	/* daemon.notice */
	assert_false(banner_wants(3 << 3 | 6)); /* daemon.info */
	assert_true(banner_wants(0 << 3 | 3));	/* kern.err */
	assert_false(banner_wants(0 << 3 | 4)); /* kern.warning */
	assert_true(banner_wants(18 << 3 | 1)); /* local2.alert */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_read),
		cmocka_unit_test(a_cut_answer_is_not_whole),
		cmocka_unit_test(a_page_is_made),
		cmocka_unit_test(a_page_fits_a_screen),
		cmocka_unit_test(nothing_is_there),
		cmocka_unit_test(not_every_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
