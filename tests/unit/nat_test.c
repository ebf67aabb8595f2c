/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The NAT batch as bytes: it fits where it was said to fit, its frame is as the kernel wants it,
 * and reading back sees every difference.  What the kernel makes of it is nat_kernel_test. */
#include "vrrp/nat.h"
#include "vrrp/nft.h"
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
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
		.first_port = translated > 1 ? 32768 : 0,
		.last_port = translated > 1 ? 60999 : 0};

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
	nat_write_replace(&writer, plan);
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
	uint32_t at = 0, tables = 0;
	bool right;

	nat_check_begin(&seen, plan, scratch);
	while ((message = netlink_next(bytes, len, &at))) {
		uint16_t kind = message->nlmsg_type & 0xff;

		if (message->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES || kind == NFT_MSG_DELTABLE ||
			(kind == NFT_MSG_NEWTABLE && tables++ == 0))
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
	struct nat_plan plan = plan_of(2, 3, 3), other = plan_of(2, 3, 2), third = plan_of(1, 3, 3);
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

static void test_keys(void **state)
{
	static const struct {
		const char *name, *ip;
		uint16_t port;
		uint8_t protocol;
		uint32_t len;
		const char *key;
	} cases[] = {
		{"IPv4", "10.0.10.1", 80, 6, 12,
			"\x0a\x00\x0a\x01\x06\x00\x00\x00\x00\x50\x00\x00"},
		{"any address", NULL, 8404, 6, 8, "\x06\x00\x00\x00\x20\xd4\x00\x00"},
		{"IPv6", "fd00::1", 53, 17, 24,
			"\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"
			"\x11\x00\x00\x00\x00\x35\x00\x00"},
	};

	(void)state;
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vrrp_end end = {.port = cases[i].port, .protocol = cases[i].protocol};
		char key[24];

		if (cases[i].ip)
			end.ip = ip(cases[i].ip);
		assert_int_equal(nat_key(key, &end), cases[i].len);
		assert_memory_equal(key, cases[i].key, cases[i].len);
	}
}

/* Translated connections keep away from the ports of our own listeners. */
static void test_ports_of_translated_connections(void **state)
{
	static const struct {
		uint16_t listeners[4];
		uint32_t count;
		uint16_t first, last;
	} cases[] = {
		{{0}, 0, 0, 0},
		{{80}, 1, 1024, 65535},
		{{1024}, 1, 1025, 65535},
		{{65535}, 1, 1024, 65534},
		{{443, 8404, 80}, 3, 8405, 65535},
		{{60000, 8080}, 2, 8081, 59999},
		{{40000, 40000, 20000}, 3, 40001, 65535},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vrrp_end ends[4] = {0};
		struct nat_plan plan = {.listeners = ends, .listener_count = cases[i].count};

		for (uint32_t k = 0; k < cases[i].count; k++)
			ends[k].port = cases[i].listeners[k];
		nat_choose_ports(&plan);
		assert_int_equal(plan.first_port, cases[i].first);
		assert_int_equal(plan.last_port, cases[i].last);
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
		cmocka_unit_test(test_ports_of_translated_connections),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
