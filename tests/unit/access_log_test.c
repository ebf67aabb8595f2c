/* SPDX-License-Identifier: GPL-2.0-or-later */
/* access_log_test.c - the line of option httplog, byte for byte. */
#include "net/http/access_log.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define WALL_MS 1795406172482u /* 23 Nov 2026 03:56:12.482 UTC */

static union address ipv4(const char *text, uint16_t port)
{
	union address address = {.in = {.sin_family = AF_INET, .sin_port = htons(port)}};

	assert_int_equal(inet_pton(AF_INET, text, &address.in.sin_addr), 1);
	return address;
}

static union address ipv6(const char *text, uint16_t port)
{
	union address address = {.in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};

	assert_int_equal(inet_pton(AF_INET6, text, &address.in6.sin6_addr), 1);
	return address;
}

/* The request of the observed line. */
static struct access_record plain(void)
{
	return (struct access_record){
		.client = ipv4("192.168.25.203", 60878),
		.listener_id = 1,
		.request_wall_ms = WALL_MS,
		.frontend = "myLB",
		.backend = "myLB",
		.server = "pv1",
		.connect_ms = 2,
		.response_ms = 7,
		.active_ms = 9,
		.status = 200,
		.bytes = 73,
		.termination = {'-', '-', '-', '-'},
		.process_connections = 1,
		.frontend_connections = 1,
		.has_request = true,
		.request_line = SPAN("GET /index.html HTTP/1.1"),
		.uri_max = 1024,
	};
}

static void expect(const char *name, const struct access_record *record, const char *expected)
{
	char line[4096];
	uint32_t len = access_log_format(line, sizeof(line), record);

	if (len != strlen(expected) || memcmp(line, expected, len) != 0)
		fail_msg("%s:\n%.*s\nexpected\n%s", name, (int)len, line, expected);
}

static void the_observed_line(void **state)
{
	struct access_record record = plain();

	(void)state;
	expect("observed", &record,
		"192.168.25.203:60878 [23/Nov/2026:03:56:12.482] myLB myLB/pv1 0/0/2/7/9 200 73 - "
		"- "
		"---- 1/1/0/0/0 0/0 \"GET /index.html HTTP/1.1\"");
}

/* option tcplog: the date of the accept, fewer times, two letters, no request. */
static void tcp_lines(void **state)
{
	struct access_record record = plain();
	char line[4096];
	uint32_t len;
	const char *const expected[] = {
		"192.168.25.203:60878 [23/Nov/2026:03:56:12.482] myLB myLB/pv1 0/2/5003 73 -- "
		"1/1/0/0/0 0/0",
		"192.168.25.203:60878 [23/Nov/2026:03:56:12.482] myLB myLB/<NOSRV> -1/-1/+4 +73 SC "
		"1/1/0/0/+3 0/0",
	};

	(void)state;
	record.accept_wall_ms = WALL_MS;
	record.request_wall_ms = WALL_MS + 400;
	record.total_ms = 5003;
	for (int i = 0; i < 2; i++) {
		len = access_log_format_tcp(line, sizeof(line), &record);
		assert_int_equal(len, strlen(expected[i]));
		assert_memory_equal(line, expected[i], len);
		record.server = NULL;
		record.queue_ms = record.connect_ms = -1;
		record.total_ms = 4;
		record.early = true;
		record.retries = 3;
		record.redispatched = true;
		memcpy(record.termination, "SC--", 4);
	}
	for (uint32_t cut = 0; cut < sizeof(line); cut++)
		assert_true(access_log_format_tcp(line, cut, &record) <= cut);
}

/* Without a format: who came where. */
static void connect_lines(void **state)
{
	struct access_record record = plain();
	union address destination = ipv6("::1", 8080);
	const struct {
		sa_family_t family;
		bool http;
		const char *text;
	} lines[] = {
		{AF_INET, true, "Connect from 192.168.25.203:60878 to ::1:8080 (myLB/HTTP)"},
		{AF_INET, false, "Connect from 192.168.25.203:60878 to ::1:8080 (myLB/TCP)"},
		{AF_UNIX, true, "Connect to unix:1 (myLB/HTTP)"},
	};
	char line[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		uint32_t len;

		record.client.any.sa_family = lines[i].family;
		len = access_log_format_connect(
			line, sizeof(line), &record, &destination, lines[i].http);
		assert_int_equal(len, strlen(lines[i].text));
		assert_memory_equal(line, lines[i].text, len);
	}
}

/* One field different from the plain line in each case. */
static void every_field(void **state)
{
	struct access_record record;

	(void)state;
	record = plain();
	record.tls = true;
	record.frontend = "https-in";
	expect("TLS", &record,
		"192.168.25.203:60878 [23/Nov/2026:03:56:12.482] https-in~ myLB/pv1 0/0/2/7/9 200 "
		"73 "
		"- - ---- 1/1/0/0/0 0/0 \"GET /index.html HTTP/1.1\"");

	record = plain();
	record.server = NULL;
	record.head_ms = record.queue_ms = record.connect_ms = record.response_ms = -1;
	record.active_ms = 20;
	record.status = 408;
	record.bytes = 0;
	record.has_request = false;
	memcpy(record.termination, "cR--", 4);
	record.backend = NULL;
	expect("a request that never came", &record,
		"192.168.25.203:60878 [23/Nov/2026:03:56:12.482] myLB myLB/<NOSRV> -1/-1/-1/-1/20 "
		"408 "
		"0 - - cR-- 1/1/0/0/0 0/0 \"<BADREQ>\"");

	record = plain();
	record.head_ms = 0;
	record.connect_ms = record.response_ms = -1;
	record.active_ms = 3004;
	record.status = 503;
	record.bytes = 0;
	memcpy(record.termination, "SC--", 4);
	record.queue_ms = 3004;
	record.retries = 3;
	expect("no server answers", &record,
		"192.168.25.203:60878 [23/Nov/2026:03:56:12.482] myLB myLB/pv1 0/3004/-1/-1/3004 "
		"503 0 "
		"- - SC-- 1/1/0/0/3 0/0 \"GET /index.html HTTP/1.1\"");

	record = plain();
	record.redispatched = true;
	record.retries = 2;
	expect("redispatched", &record,
		"192.168.25.203:60878 [23/Nov/2026:03:56:12.482] myLB myLB/pv1 0/0/2/7/9 200 73 - "
		"- "
		"---- 1/1/0/0/+2 0/0 \"GET /index.html HTTP/1.1\"");

	record = plain();
	record.early = true;
	expect("logasap", &record,
		"192.168.25.203:60878 [23/Nov/2026:03:56:12.482] myLB myLB/pv1 0/0/2/7/+9 200 +73 "
		"- - "
		"---- 1/1/0/0/0 0/0 \"GET /index.html HTTP/1.1\"");

	record = plain();
	record.status = -1;
	record.response_ms = -1;
	memcpy(record.termination, "CH--", 4);
	expect("the client left before an answer", &record,
		"192.168.25.203:60878 [23/Nov/2026:03:56:12.482] myLB myLB/pv1 0/0/2/-1/9 -1 73 - "
		"- "
		"CH-- 1/1/0/0/0 0/0 \"GET /index.html HTTP/1.1\"");

	record = plain();
	record.server = "<STATS>";
	memcpy(record.termination, "LR--", 4);
	record.process_connections = 4000000000u;
	record.frontend_connections = 1234;
	record.backend_connections = 56;
	record.server_connections = 7;
	record.server_queue = 8;
	record.backend_queue = 90;
	record.bytes = UINT64_MAX;
	expect("large numbers", &record,
		"192.168.25.203:60878 [23/Nov/2026:03:56:12.482] myLB myLB/<STATS> 0/0/2/7/9 200 "
		"18446744073709551615 - - LR-- 4000000000/1234/56/7/0 8/90 "
		"\"GET /index.html HTTP/1.1\"");

	record = plain();
	record.active_ms = INT64_MIN;
	record.request_line.len = 0;
	expect("the smallest number, an empty line", &record,
		"192.168.25.203:60878 [23/Nov/2026:03:56:12.482] myLB myLB/pv1 "
		"0/0/2/7/-9223372036854775808 200 73 - - ---- 1/1/0/0/0 0/0 \"\"");
}

static void clients_of_every_family(void **state)
{
	const struct {
		const char *name;
		union address client;
		const char *expected;
	} cases[] = {
		{"IPv4", ipv4("10.0.0.1", 1), "10.0.0.1:1 ["},
		{"the widest IPv4", ipv4("255.255.255.255", 65535), "255.255.255.255:65535 ["},
		{"IPv6", ipv6("2001:db8::1:0:0:1", 443), "2001:db8::1:0:0:1:443 ["},
		{"IPv6 loopback", ipv6("::1", 9), "::1:9 ["},
		{"IPv6 any", ipv6("::", 9), ":::9 ["},
		{"IPv6 ends in zeros", ipv6("fe80::", 9), "fe80:::9 ["},
		{"IPv6, one zero group is written", ipv6("1:0:2:3:4:5:6:7", 9),
			"1:0:2:3:4:5:6:7:9 ["},
		{"IPv6, the first of equal runs", ipv6("1:0:0:2:0:0:3:4", 9), "1::2:0:0:3:4:9 ["},
		{"IPv6, full", ipv6("1111:2222:3333:4444:5555:6666:7777:8888", 9),
			"1111:2222:3333:4444:5555:6666:7777:8888:9 ["},
		{"IPv4 in IPv6", ipv6("::ffff:192.0.2.7", 80), "::ffff:192.0.2.7:80 ["},
		{"unix", {.any = {.sa_family = AF_UNIX}}, "unix:1 ["},
		{"unknown", {.any = {.sa_family = AF_UNSPEC}}, "-:0 ["},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct access_record record = plain();
		char line[1024];
		uint32_t len;

		record.client = cases[i].client;
		len = access_log_format(line, sizeof(line), &record);
		if (len < strlen(cases[i].expected) ||
			memcmp(line, cases[i].expected, strlen(cases[i].expected)) != 0)
			fail_msg("%s: %.*s", cases[i].name, 60, line);
	}
}

/* The C library agrees with every shortening. */
static void ipv6_as_the_library_writes_it(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct access_record record = plain();
		char line[1024], expected[INET6_ADDRSTRLEN + 8], text[INET6_ADDRSTRLEN];

		record.client = ipv6("::", 5);
		for (int k = 0; k < 16; k++) {
			seed = seed * 1103515245 + 12345;
			record.client.in6.sin6_addr.s6_addr[k] =
				(uint8_t)(seed >> 20 & 3 ? 0 : seed >> 16);
		}
		record.client.in6.sin6_addr.s6_addr[1] |= 1; /* not ::192.0.2.1, long abolished */
		inet_ntop(AF_INET6, &record.client.in6.sin6_addr, text, sizeof(text));
		snprintf(expected, sizeof(expected), "%s:5 [", text);
		line[access_log_format(line, sizeof(line) - 1, &record)] = '\0';
		if (strncmp(line, expected, strlen(expected)) != 0)
			fail_msg("%s, expected %s", line, expected);
	}
}

static void dates_are_local_and_change(void **state)
{
	const struct {
		uint64_t wall_ms;
		const char *expected;
	} cases[] = {
		{0, "01/Jan/1970:00:00:00.000"},
		{WALL_MS, "23/Nov/2026:03:56:12.482"},
		{WALL_MS + 517, "23/Nov/2026:03:56:12.999"},
		{WALL_MS + 518, "23/Nov/2026:03:56:13.000"},
		{951782400007u, "29/Feb/2000:00:00:00.007"},
		{1767225599050u, "31/Dec/2025:23:59:59.050"},
		{253402300799999u, "31/Dec/9999:23:59:59.999"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct access_record record = plain();
		char line[1024];

		record.request_wall_ms = cases[i].wall_ms;
		line[access_log_format(line, sizeof(line) - 1, &record)] = '\0';
		assert_non_null(strchr(line, '['));
		assert_memory_equal(strchr(line, '[') + 1, cases[i].expected, 24);
	}
}

static void what_the_client_sent_is_escaped(void **state)
{
	const struct {
		const char *name;
		struct span request_line;
		uint32_t uri_max;
		const char *expected;
	} cases[] = {
		{"quotes and hashes", SPAN("GET /a\"#b HTTP/1.1"), 1024,
			"\"GET /a#22#23b HTTP/1.1\""},
		{"controls", SPAN("GET /\x01\x1f\x7f\n HTTP/1.1"), 1024,
			"\"GET /#01#1F#7F#0A HTTP/1.1\""},
		{"high bytes", SPAN("GET /\xc3\xa9\xff HTTP/1.1"), 1024,
			"\"GET /#C3#A9#FF HTTP/1.1\""},
		{"braces, bars and blanks stay", SPAN("GET /{a|b}\\~ HTTP/1.1"), 1024,
			"\"GET /{a|b}\\~ HTTP/1.1\""},
		{"a zero byte", SPAN("GET /\0x"), 1024, "\"GET /#00x\""},
		{"as long as the buffer less one", SPAN("GET /abc"), 9, "\"GET /abc\""},
		{"as long as the buffer", SPAN("GET /abc"), 8, "\"GET /ab\""},
		{"longer", SPAN("GET /abc"), 3, "\"GE\""},
		{"no limit", SPAN("GET /abc"), 0, "\"GET /abc\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct access_record record = plain();
		char line[1024], *quoted;

		record.request_line = cases[i].request_line;
		record.uri_max = cases[i].uri_max;
		line[access_log_format(line, sizeof(line) - 1, &record)] = '\0';
		quoted = strchr(line, '"');
		assert_non_null(quoted);
		if (strcmp(quoted, cases[i].expected) != 0)
			fail_msg("%s: %s", cases[i].name, quoted);
	}
}

/* A line that does not fit is the start of the whole one, at every length. */
static void cut_at_every_byte(void **state)
{
	struct access_record record = plain();
	char whole[1024], line[1024];
	uint32_t len;

	(void)state;
	record.request_line = SPAN("GET /\"\x01 HTTP/1.1");
	len = access_log_format(whole, sizeof(whole), &record);
	for (uint32_t room = 0; room <= len + 1; room++) {
		uint32_t bytes;

		memset(line, '!', sizeof(line));
		bytes = access_log_format(line, room, &record);
		assert_int_equal(bytes, room < len ? room : len);
		assert_memory_equal(line, whole, bytes);
		assert_int_equal(line[room], '!');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_observed_line),
		cmocka_unit_test(tcp_lines),
		cmocka_unit_test(connect_lines),
		cmocka_unit_test(every_field),
		cmocka_unit_test(clients_of_every_family),
		cmocka_unit_test(ipv6_as_the_library_writes_it),
		cmocka_unit_test(dates_are_local_and_change),
		cmocka_unit_test(what_the_client_sent_is_escaped),
		cmocka_unit_test(cut_at_every_byte),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
