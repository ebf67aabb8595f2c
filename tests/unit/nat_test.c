/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The NAT batch as bytes: it fits where it was said to fit, its frame is as the kernel wants it,
 * and reading back sees every difference.  What the kernel makes of it is nat_kernel_test. */
#include "vrrp/nat.h"
#include "vrrp/nft.h"
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <arpa/inet.h>
#include <cmocka.h>

static struct vrrp_nat nats[3];
static const struct vrrp_nat *const translations[] = {&nats[0], &nats[1], &nats[2]};
static struct vrrp_end listeners[3], servers[1200];

static struct vrrp_ip ip(const char *text)
{
	struct vrrp_ip value = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

	assert_int_equal(inet_pton(value.family, text, value.bytes), 1);
	return value;
}

static struct nat_plan plan_of(uint32_t translated, uint32_t listening, uint32_t serving)
{
	struct nat_plan plan = {.translations = translations,
		.translation_count = translated,
		.listeners = listeners,
		.listener_count = listening,
		.servers = servers,
		.server_count = serving,
		.mark = translated ? 0x70 : 0,
		.local = {32768, 60999}};

	if (translated > 1)
		plan.ports = (struct nat_ports){32768, 60999};
	if (serving > 1)
		plan.outer_ports = (struct nat_ports){1024, 32767};

	return plan;
}

static int setup(void **state)
{
	(void)state;
	nats[0] =
		(struct vrrp_nat){.from = ip("10.0.0.0"), .from_bits = 16, .out_interface = "eth0"};
	nats[1] = nats[0];
	nats[1].from_bits = 32;
	nats[1].source = ip("192.168.25.203");
	nats[2] = (struct vrrp_nat){.from = ip("fd00::"),
		.from_bits = 61,
		.out_interface = "abcdefghijklmno",
		.source = ip("2001:db8::1")};
	listeners[0] = (struct vrrp_end){.ip = ip("192.168.25.203"), .port = 80, .protocol = 6};
	listeners[1] = (struct vrrp_end){.ip = ip("2001:db8::1"), .port = 443, .protocol = 6};
	listeners[2] = (struct vrrp_end){.port = 8404, .protocol = 6};
	for (uint32_t i = 0; i < 1200; i++) {
		servers[i] = (struct vrrp_end){
			.ip = ip(i % 2 ? "10.0.10.0" : "fd00::"), .port = 80, .protocol = 6};
		servers[i].ip.bytes[2] = (uint8_t)(i >> 8);
		servers[i].ip.bytes[3] = (uint8_t)i;
	}
	return 0;
}

static uint32_t write_plan(const struct nat_plan *plan, char *bytes, uint32_t room)
{
	struct netlink_writer writer;

	netlink_writer_init(&writer, bytes, room, 1);
	nat_write_replace(&writer, plan, NAT_WHOLE);
	assert_true(writer.full || writer.batch);
	return writer.full ? 0 : writer.used;
}

static void test_plans_fit_as_promised(void **state)
{
	static const uint32_t counts[][3] = {
		{0, 0, 0}, {1, 0, 0}, {3, 0, 0}, {0, 3, 0}, {3, 3, 1}, {1, 1, 1200}, {0, 0, 1024}};

	(void)state;
	for (uint32_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct nat_plan plan = plan_of(counts[i][0], counts[i][1], counts[i][2]);
		char *bytes = malloc(nat_bytes(&plan));
		uint32_t len = write_plan(&plan, bytes, nat_bytes(&plan));
		const struct nlmsghdr *message, *last = NULL, *before_last = NULL;
		uint32_t at = 0, acknowledged = 0;

		assert_true(len > 0);
		/* A bracket at either end, and one acknowledgement asked for, by the last. */
		assert_int_equal(((struct nlmsghdr *)bytes)->nlmsg_type, NFNL_MSG_BATCH_BEGIN);
		while ((message = netlink_next(bytes, len, &at))) {
			before_last = last;
			last = message;
			acknowledged += (message->nlmsg_flags & NLM_F_ACK) != 0;
		}
		assert_int_equal(at, len);
		assert_int_equal(last->nlmsg_type, NFNL_MSG_BATCH_END);
		assert_int_equal(acknowledged, 1);
		assert_true(before_last->nlmsg_flags & NLM_F_ACK);
		free(bytes);
	}
}

static void test_a_small_room_is_noticed(void **state)
{
	struct nat_plan plan = plan_of(3, 3, 4);
	char *bytes = malloc(nat_bytes(&plan));
	uint32_t len = write_plan(&plan, bytes, nat_bytes(&plan));

	(void)state;
	for (uint32_t room = 0; room <= len; room++) {
		char *exact = malloc(room ? room : 1);

		assert_int_equal(write_plan(&plan, exact, room), room < len ? 0 : len);
		free(exact);
	}
	free(bytes);
}

/* Plays a kernel that lists what it was told, with one byte changed at a time where there is a
 * value: every change is a difference. */
static bool check(const struct nat_plan *plan, const char *bytes, uint32_t len)
{
	char *scratch = malloc(nat_bytes(plan));
	const struct nlmsghdr *message;
	struct nat_check seen;
	uint32_t at = 0;
	bool right;

	nat_check_begin(&seen, plan, scratch);
	while ((message = netlink_next(bytes, len, &at))) {
		uint16_t kind = message->nlmsg_type & 0xff;

		if (message->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES || kind == NFT_MSG_DELTABLE)
			continue;
		nat_check_row(&seen, message);
	}
	seen.owner = 1;
	right = nat_check_end(&seen);
	free(scratch);
	return right;
}

static void test_reading_back_sees_changes(void **state)
{
	struct nat_plan plan = plan_of(3, 3, 3);
	uint32_t room = nat_bytes(&plan);
	char *bytes = malloc(room), *changed = malloc(room);
	uint32_t len = write_plan(&plan, bytes, room);
	const struct nlmsghdr *message;
	uint32_t at = 0, unnoticed = 0, changes = 0;

	(void)state;
	assert_true(check(&plan, bytes, len));
	while ((message = netlink_next(bytes, len, &at))) {
		const char *start = (const char *)message;
		uint32_t from = (uint32_t)(start - bytes);

		/* The rules, whole: lengths, types, values. */
		if (message->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE))
			continue;
		for (uint32_t i = from + 20; i < from + message->nlmsg_len; i++) {
			memcpy(changed, bytes, len);
			changed[i] = (char)(changed[i] ^ 0x04);
			changes++;
			if (!check(&plan, changed, len))
				continue;
			/* What is not noticed is padding. */
			assert_int_equal(bytes[i], 0);
			unnoticed++;
		}
	}
	assert_true(changes > 1000);
	assert_true(unnoticed < changes / 10);
	free(bytes);
	free(changed);
}

static void test_reading_back_counts(void **state)
{
	struct nat_plan plan = plan_of(2, 3, 4), other = plan_of(2, 3, 3), third = plan_of(1, 3, 4);
	uint32_t room = nat_bytes(&plan);
	char *bytes = malloc(2 * room);
	uint32_t len = write_plan(&plan, bytes, room);

	(void)state;
	assert_true(check(&plan, bytes, len));
	/* More than wanted, less than wanted, twice. */
	assert_false(check(&other, bytes, len));
	assert_false(check(&third, bytes, len));
	len = write_plan(&other, bytes, room);
	assert_false(check(&plan, bytes, len));
	len += write_plan(&other, bytes + len, room);
	assert_false(check(&other, bytes, len));
	assert_false(check(&other, bytes, 0));
	free(bytes);
}

/* What the ends of a group have in common is no part of their keys. */
static void test_keys(void **state)
{
	static const struct {
		const char *name, *ends[3]; /* of servers: "address port" */
		uint32_t len;
		const char *key; /* of the first */
	} cases[] = {
		{"one", {"10.0.10.1 80"}, 0, ""},
		{"one, twice", {"10.0.10.1 80", "10.0.10.1 80"}, 0, ""},
		{"one port", {"10.0.10.1 80", "10.0.10.2 80"}, 4, "\x0a\x00\x0a\x01"},
		{"one address", {"10.0.10.1 80", "10.0.10.1 8080"}, 2, "\x00\x50"},
		{"neither", {"10.0.10.1 80", "10.0.10.1 81", "10.0.10.2 80"}, 8,
			"\x0a\x00\x0a\x01\x00\x50\x00\x00"},
		{"IPv6, one port", {"fd00::1 53", "fd00::2 53"}, 16,
			"\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"},
		{"IPv6, neither", {"fd00::1 53", "fd00::2 54"}, 20,
			"\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
			"\x00\x35\x00\x00"},
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nat_form forms[NAT_GROUPS];
		struct vrrp_end ends[3] = {0};
		struct nat_plan plan = {.servers = ends, .outer_ports = {1024, 2048}};
		enum nat_group group;
		char key[NAT_KEY_BYTES];

		for (uint32_t k = 0; k < 3 && cases[i].ends[k]; k++) {
			char address[64];

			assert_int_equal(
				sscanf(cases[i].ends[k], "%63s %hu", address, &ends[k].port), 2);
			ends[k].ip = ip(address);
			ends[k].protocol = 6;
			plan.server_count++;
		}
		nat_sort(&plan, forms);
		group = nat_group_of(&plan, &ends[0], NAT_SERVER);
		assert_int_equal(forms[group].count, plan.server_count);
		if (nat_key(key, &forms[group], &ends[0]) != cases[i].len)
			fail_msg("%s: another length", cases[i].name);
		assert_memory_equal(key, cases[i].key, cases[i].len);
	}
}

static void test_groups(void **state)
{
	static const struct {
		const char *ip; /* NULL: any */
		uint8_t protocol;
		enum nat_kind kind;
		enum nat_group with_ipv6, ipv4_only, no_outer_ports;
	} cases[] = {
		{NULL, 6, NAT_LISTENER, NAT_PORTS, NAT_PORTS, NAT_PORTS},
		{"10.0.0.1", 6, NAT_LISTENER, NAT_LISTENERS, NAT_LISTENERS, NAT_LISTENERS},
		{"fd00::1", 6, NAT_LISTENER, NAT_LISTENERS6, NAT_GROUPS, NAT_LISTENERS6},
		{"10.0.10.1", 6, NAT_SERVER, NAT_SERVERS, NAT_SERVERS, NAT_SERVERS},
		{"10.1.0.1", 6, NAT_SERVER, NAT_OUTER, NAT_OUTER, NAT_GROUPS},
		{"fd00::1", 6, NAT_SERVER, NAT_SERVERS6, NAT_GROUPS, NAT_SERVERS6},
		{"fd00:0:0:8::1", 6, NAT_SERVER, NAT_OUTER6, NAT_GROUPS, NAT_GROUPS},
		{"10.0.10.1", 17, NAT_SERVER, NAT_GROUPS, NAT_GROUPS, NAT_GROUPS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vrrp_end end = {.port = 80, .protocol = cases[i].protocol};
		struct nat_plan plan = plan_of(3, 0, 2);

		if (cases[i].ip)
			end.ip = ip(cases[i].ip);
		assert_false(nat_is_ipv4(&plan));
		assert_int_equal(nat_group_of(&plan, &end, cases[i].kind), cases[i].with_ipv6);
		plan.translation_count = 1;
		assert_true(nat_is_ipv4(&plan));
		assert_int_equal(nat_group_of(&plan, &end, cases[i].kind), cases[i].ipv4_only);
		plan = plan_of(3, 0, 0);
		assert_int_equal(nat_group_of(&plan, &end, cases[i].kind), cases[i].no_outer_ports);
	}
}

/* Translated connections keep away from the ports of our own listeners, and those to our own
 * servers from the ports that we call them from. */
static void test_ports_of_translated_connections(void **state)
{
	static const struct {
		uint16_t listeners[4];
		uint32_t count;
		struct nat_ports local, ports, outer;
	} cases[] = {
		{{0}, 0, {0, 0}, {0, 0}, {0, 0}},
		{{0}, 0, {32768, 60999}, {0, 0}, {1024, 32767}},
		{{80}, 1, {32768, 60999}, {1024, 65535}, {1024, 32767}},
		{{80}, 1, {0, 0}, {1024, 65535}, {0, 0}},
		{{1024}, 1, {1024, 2048}, {1025, 65535}, {2049, 65535}},
		{{65535}, 1, {10000, 65535}, {1024, 65534}, {1024, 9999}},
		{{443, 8404, 80}, 3, {32768, 60999}, {8405, 65535}, {8405, 32767}},
		{{60000, 8080}, 2, {1024, 9000}, {8081, 59999}, {9001, 59999}},
		{{40000, 40000, 20000}, 3, {32768, 60999}, {40001, 65535}, {1024, 19999}},
		{{80}, 1, {1024, 65535}, {1024, 65535}, {0, 0}},
		{{80}, 1, {2048, 65535}, {1024, 65535}, {1024, 2047}},
		{{80}, 1, {2047, 65535}, {1024, 65535}, {0, 0}},
		{{1500}, 1, {3000, 65535}, {1501, 65535}, {1501, 2999}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vrrp_end ends[4] = {0};
		struct nat_plan plan = {.listeners = ends,
			.listener_count = cases[i].count,
			.local = cases[i].local};

		for (uint32_t k = 0; k < cases[i].count; k++)
			ends[k].port = cases[i].listeners[k];
		nat_choose_ports(&plan);
		assert_memory_equal(&plan.ports, &cases[i].ports, sizeof(plan.ports));
		assert_memory_equal(&plan.outer_ports, &cases[i].outer, sizeof(plan.outer_ports));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plans_fit_as_promised),
		cmocka_unit_test(test_a_small_room_is_noticed),
		cmocka_unit_test(test_reading_back_sees_changes),
		cmocka_unit_test(test_reading_back_counts),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_ports_of_translated_connections),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
