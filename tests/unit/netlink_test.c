/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages as bytes: written within every room, answers read whole and cut, rows in the shapes
 * that kernels send and in those that they do not. */
#include "vrrp/netlink.h"
#include "vrrp/watch.h"
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/lwtunnel.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <arpa/inet.h>
#include <cmocka.h>

#define ROOM 512

static struct vrrp_ip ip(const char *text)
{
	struct vrrp_ip value = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

	assert_int_equal(inet_pton(value.family, text, value.bytes), 1);
	return value;
}

/* Every kind of message that we write, by number. */
static bool write_kind(struct netlink_writer *writer, uint32_t kind)
{
	struct vrrp_address address = {.ip = ip("192.168.25.203"), .prefix_bits = 32};
	struct vrrp_route route = {
		.to_bits = 12, .interface = "eth0", .metric = 5, .metrics = {[RTAX_MTU] = 1400}};
	struct vrrp_rule rule = {.from_bits = 16, .table = 300, .mark = 7, .in_interface = "eth1"};
	struct neighbour neighbour = {.index = 2, .ip = ip("fd00::1"), .mac = {2, 0, 0, 0, 0, 1}};
	struct link_macvlan macvlan = {.name = "vrrp.50", .parent = 2};

	strcpy(address.label, "eth0:vip");
	address.broadcast = ip("192.168.25.255");
	route.to = ip("172.16.0.0");
	route.via = ip("fd00::1");
	route.source = ip("10.0.0.3");
	route.hop_count = 2;
	route.hops[0] = (struct vrrp_hop){.via = ip("10.0.0.1"), .weight = 2, .realms = 7};
	route.hops[1] = (struct vrrp_hop){.index = 2, .weight = 256, .encap = 1};
	route.encap_count = 1;
	route.encaps[0] =
		(struct vrrp_encap){.type = LWTUNNEL_ENCAP_IP, .id = 1, .to = ip("10.0.0.2")};
	rule.from = ip("10.0.0.0");
	switch (kind) {
	case 0:
		vip_write_put(writer, &address, 2, 5);
		return true;
	case 1:
		vip_write_delete(writer, &address, 2);
		return true;
	case 2:
		route_write_add(writer, &route, 2);
		return true;
	case 3:
		rule_write_add(writer, &rule);
		return true;
	case 4:
		neighbour_write_put(writer, &neighbour);
		return true;
	case 5:
		link_write_macvlan(writer, &macvlan);
		return true;
	case 6:
		link_write_no_autoaddress(writer, 2);
		return true;
	case 7:
		vip_write_dump(writer, AF_INET, 2);
		return true;
	default:
		return false;
	}
}

/* A message either fits or leaves the writer full; nothing is written beyond the room. */
static void test_writers_keep_to_their_room(void **state)
{
	_Alignas(4) char whole[ROOM], bytes[ROOM];
	struct netlink_writer writer;

	(void)state;
	for (uint32_t kind = 0;; kind++) {
		uint32_t len;

		netlink_writer_init(&writer, whole, ROOM, 7);
		if (!write_kind(&writer, kind))
			break;
		assert_false(writer.full);
		len = writer.used;
		assert_int_equal(len % 4, 0);
		assert_int_equal(writer.sequence, 8);
		for (uint32_t room = 0; room <= len; room++) {
			memset(bytes, 0x5a, ROOM);
			netlink_writer_init(&writer, bytes, room, 7);
			write_kind(&writer, kind);
			assert_int_equal(writer.full, room < len);
			for (uint32_t i = room; i < ROOM; i++)
				assert_int_equal(bytes[i], 0x5a);
			/* And takes nothing more. */
			if (room < len) {
				write_kind(&writer, 7);
				assert_true(writer.full);
				assert_int_equal(writer.used, 0);
			}
		}
		assert_memory_equal(bytes, whole, len);
	}
}

/* The bytes themselves, once, by hand: the address of the published configuration. */
static void test_an_address_byte_by_byte(void **state)
{
	static const uint8_t expected[] = {
		/* RTM_NEWADDR with REQUEST, ACK, REPLACE and CREATE */
		76, 0, 0, 0, 20, 0, 0x05, 0x05, 1, 0, 0, 0, 0, 0, 0, 0, 2, 32, 0, 0, 3, 0, 0,
		0,							     /* AF_INET /32 on 3 */
		8, 0, 2, 0, 192, 168, 25, 203,				     /* IFA_LOCAL */
		8, 0, 1, 0, 192, 168, 25, 203,				     /* IFA_ADDRESS */
		8, 0, 8, 0, 0, 0, 0, 0,					     /* IFA_FLAGS */
		20, 0, 6, 0, 5, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* IFA_CACHEINFO */
		5, 0, 11, 0, 112, 0, 0, 0,				     /* IFA_PROTO */
	};
	struct vrrp_address address = {.ip = ip("192.168.25.203"), .prefix_bits = 32};
	_Alignas(4) char bytes[ROOM];
	struct netlink_writer writer;

	(void)state;
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
	skip();
#endif
	netlink_writer_init(&writer, bytes, ROOM, 1);
	vip_write_put(&writer, &address, 3, 5);
	assert_int_equal(writer.used, sizeof(expected));
	assert_memory_equal(bytes, expected, sizeof(expected));
}

/* An answer of the kernel: error, flags, and what follows. */
struct answer_case {
	const char *name;
	uint16_t type, flags;
	int32_t error;
	uint32_t repeated_bytes; /* of the request, behind its header */
	const char *words;
	int32_t missing; /* attribute type; 0: none */
	int32_t expected;
	const char *text;
};

static const struct answer_case answers[] = {
	{"acknowledged", NLMSG_ERROR, NLM_F_CAPPED, 0, 0, NULL, 0, 0, ""},
	{"a warning", NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, 0, 0, "deprecated", 0, 0,
		"deprecated"},
	{"refused", NLMSG_ERROR, NLM_F_CAPPED, -EPERM, 0, NULL, 0, -EPERM,
		"Operation not permitted"},
	{"refused with words", NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, -EINVAL, 0,
		"Invalid prefix", 0, -EINVAL, "Invalid prefix"},
	{"refused, the request repeated", NLMSG_ERROR, NLM_F_ACK_TLVS, -EINVAL, 24,
		"Invalid prefix", 0, -EINVAL, "Invalid prefix"},
	{"something is missing", NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, -EINVAL, 0, NULL, 9,
		-EINVAL, "attribute 9 is missing"},
	{"words with strange letters", NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, -EINVAL, 0,
		"a\nb\x1b", 0, -EINVAL, "a?b?"},
	{"end of a dump", NLMSG_DONE, 0, 0, 0, NULL, 0, 0, ""},
	{"a dump that failed", NLMSG_DONE, NLM_F_ACK_TLVS, -ENODEV, 0, "Unknown device", 0, -ENODEV,
		"Unknown device"},
	{"a count at the end of a dump", NLMSG_DONE, 0, 12, 0, NULL, 0, 0, ""},
	{"an error that is none", NLMSG_ERROR, NLM_F_CAPPED, -100000, 0, NULL, 0, -EPROTO,
		"Protocol error"},
};

static uint32_t build_answer(char *bytes, const struct answer_case *one)
{
	struct nlmsghdr *message;

	memset(bytes, 0, ROOM);
	message = mnl_nlmsg_put_header(bytes);
	message->nlmsg_type = one->type;
	message->nlmsg_flags = one->flags;
	message->nlmsg_seq = 1;
	if (one->type == NLMSG_ERROR) {
		struct nlmsgerr *error = mnl_nlmsg_put_extra_header(message, sizeof(*error));

		error->error = one->error;
		error->msg.nlmsg_len = (uint32_t)sizeof(error->msg) + one->repeated_bytes;
		if (one->repeated_bytes)
			mnl_nlmsg_put_extra_header(message, one->repeated_bytes);
	} else {
		*(int32_t *)mnl_nlmsg_put_extra_header(message, sizeof(int32_t)) = one->error;
	}
	if (one->words)
		mnl_attr_put_strz(message, NLMSGERR_ATTR_MSG, one->words);
	if (one->missing)
		mnl_attr_put_u32(message, NLMSGERR_ATTR_MISS_TYPE, (uint32_t)one->missing);
	return message->nlmsg_len;
}

static void test_answers(void **state)
{
	_Alignas(4) char bytes[ROOM];

	(void)state;
	for (uint32_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		uint32_t len = build_answer(bytes, &answers[i]);
		struct netlink_answer answer;

		assert_true(netlink_read_answer(&answer, (struct nlmsghdr *)bytes));
		if (answer.result != answers[i].expected ||
			strcmp(answer.text, answers[i].text) != 0)
			fail_msg("%s: %d \"%s\"", answers[i].name, answer.result, answer.text);

		/* Shorter than it was: no answer, or the same result with fewer words. */
		for (uint32_t cut = sizeof(struct nlmsghdr); cut < len; cut++) {
			char *exact = malloc(cut);
			struct nlmsghdr *message = (void *)exact;

			memcpy(exact, bytes, cut);
			message->nlmsg_len = cut;
			if (netlink_read_answer(&answer, message))
				assert_true(answer.result == answers[i].expected ||
					    answers[i].type == NLMSG_DONE);
			free(exact);
		}
	}
}

static void test_other_messages_are_no_answers(void **state)
{
	_Alignas(4) char bytes[ROOM];
	struct netlink_answer answer;

	(void)state;
	build_answer(bytes, &answers[0]);
	((struct nlmsghdr *)bytes)->nlmsg_type = RTM_NEWADDR;
	assert_false(netlink_read_answer(&answer, (struct nlmsghdr *)bytes));
	((struct nlmsghdr *)bytes)->nlmsg_type = NLMSG_NOOP;
	assert_false(netlink_read_answer(&answer, (struct nlmsghdr *)bytes));
}

/* What we write for an address reads back as that address, whole and cut at every byte. */
static void test_rows_cut_at_every_byte(void **state)
{
	_Alignas(4) char bytes[ROOM];

	(void)state;
	for (uint32_t kind = 0; kind < 7; kind++) {
		struct netlink_writer writer;
		struct watch_event event;

		netlink_writer_init(&writer, bytes, ROOM, 1);
		write_kind(&writer, kind);
		for (uint32_t cut = sizeof(struct nlmsghdr); cut <= writer.used; cut++) {
			char *exact = malloc(cut);

			memcpy(exact, bytes, cut);
			((struct nlmsghdr *)exact)->nlmsg_len = cut;
			watch_read(&event, (struct nlmsghdr *)exact);
			free(exact);
		}
		memcpy(&event.kind, &kind, sizeof(kind));
		((struct nlmsghdr *)bytes)->nlmsg_len = writer.used;
		/* Making an interface names no number; everything else is a whole row. */
		assert_int_equal(watch_read(&event, (struct nlmsghdr *)bytes), kind < 5);
	}
}

static void test_addresses_are_compared(void **state)
{
	static const struct {
		const char *name, *ip, *peer;
		uint8_t bits;
		uint32_t index;
		bool same;
	} cases[] = {
		{"the same", "10.0.0.3", NULL, 32, 2, true},
		{"another interface", "10.0.0.3", NULL, 32, 3, false},
		{"another length", "10.0.0.3", NULL, 24, 2, false},
		{"another address", "10.0.0.4", NULL, 32, 2, false},
		{"its peer is itself", "10.0.0.3", "10.0.0.3", 32, 2, true},
		{"another peer", "10.0.0.3", "10.0.0.9", 32, 2, false},
		{"another family", "::10.0.0.3", NULL, 32, 2, false},
	};
	struct vrrp_address address = {.ip = ip("10.0.0.3"), .prefix_bits = 32};
	_Alignas(4) char bytes[ROOM];
	struct netlink_writer writer;
	struct vip_row row;

	(void)state;
	netlink_writer_init(&writer, bytes, ROOM, 1);
	vip_write_put(&writer, &address, 2, 5);
	assert_true(vip_read(&row, (struct nlmsghdr *)bytes));
	assert_int_equal(row.valid_s, 5);
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vrrp_address other = {.ip = ip(cases[i].ip), .prefix_bits = cases[i].bits};

		if (cases[i].peer)
			other.peer = ip(cases[i].peer);
		if (vip_row_is(&row, &other, cases[i].index) != cases[i].same)
			fail_msg("%s", cases[i].name);
	}
	assert_false(vip_row_differs(&row, &address));
	strcpy(address.label, "eth0:1");
	assert_true(vip_row_differs(&row, &address));
	address.label[0] = '\0';
	address.scope = RT_SCOPE_LINK;
	assert_true(vip_row_differs(&row, &address));
}

/* Lengths and types that no kernel sends. */
static void test_nonsense_is_no_row(void **state)
{
	struct ifaddrmsg header = {.ifa_family = AF_INET, .ifa_prefixlen = 33, .ifa_index = 2};
	struct vrrp_ip address = ip("10.0.0.3");
	_Alignas(4) char bytes[ROOM];
	struct netlink_writer writer;
	struct watch_event event;

	(void)state;
	netlink_writer_init(&writer, bytes, ROOM, 1);
	netlink_begin(&writer, RTM_NEWADDR, 0, &header, sizeof(header));
	netlink_put_ip(&writer, IFA_ADDRESS, &address);
	netlink_end(&writer);
	assert_false(watch_read(&event, (struct nlmsghdr *)bytes));
	((struct ifaddrmsg *)mnl_nlmsg_get_payload((void *)bytes))->ifa_prefixlen = 32;
	assert_true(watch_read(&event, (struct nlmsghdr *)bytes));
	((struct ifaddrmsg *)mnl_nlmsg_get_payload((void *)bytes))->ifa_family = AF_INET6;
	assert_false(watch_read(&event, (struct nlmsghdr *)bytes));
	((struct ifaddrmsg *)mnl_nlmsg_get_payload((void *)bytes))->ifa_family = AF_PACKET;
	assert_false(watch_read(&event, (struct nlmsghdr *)bytes));
	((struct nlmsghdr *)bytes)->nlmsg_type = RTM_NEWQDISC;
	assert_false(watch_read(&event, (struct nlmsghdr *)bytes));
}

struct news {
	const char *name;
	uint32_t news;
};

static struct news told[4];
static uint32_t told_count;

static void tell(struct link *link, uint32_t news, void *owner)
{
	(void)owner;
	told[told_count++] = (struct news){link->name, news};
}

static void test_link_news(void **state)
{
	static const struct {
		const char *does;
		struct link_row row;
		struct news news[2];
	} steps[] = {
		{"appears, down", {.index = 2, .name = "eth0"}, {{"eth0", LINK_APPEARED}}},
		{"the same again", {.index = 2, .name = "eth0"}, {{0}}},
		{"one that nobody named", {.index = 9, .name = "docker0", .flags = 65}, {{0}}},
		{"up without carrier", {.index = 2, .name = "eth0", .flags = IFF_UP}, {{0}}},
		{"runs", {.index = 2, .name = "eth0", .flags = IFF_UP | IFF_RUNNING},
			{{"eth0", LINK_STARTED}}},
		{"its MTU",
			{.index = 2, .name = "eth0", .mtu = 9000, .flags = IFF_UP | IFF_RUNNING},
			{{"eth0", LINK_CHANGED}}},
		{"another one under its name",
			{.index = 3, .name = "eth0", .mtu = 9000, .flags = IFF_UP | IFF_RUNNING},
			{{"eth0", LINK_APPEARED | LINK_STARTED}}},
		{"the old one goes, late", {.index = 2, .name = "eth0", .gone = true}, {{0}}},
		{"renamed from one of ours to another",
			{.index = 3, .name = "eth1", .mtu = 9000, .flags = IFF_UP | IFF_RUNNING},
			{{"eth0", LINK_GONE | LINK_STOPPED},
				{"eth1", LINK_APPEARED | LINK_STARTED}}},
		{"loses its carrier", {.index = 3, .name = "eth1", .mtu = 9000, .flags = IFF_UP},
			{{"eth1", LINK_STOPPED}}},
		{"goes", {.index = 3, .name = "eth1", .gone = true}, {{"eth1", LINK_GONE}}},
		{"goes twice", {.index = 3, .name = "eth1", .gone = true}, {{0}}},
	};
	struct link links[2] = {{.name = "eth0"}, {.name = "eth1"}};

	(void)state;
	for (uint32_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		told_count = 0;
		link_apply(links, 2, &steps[i].row, tell, NULL);
		for (uint32_t j = 0; j < 2; j++) {
			const struct news *expected = &steps[i].news[j];

			if ((told_count > j) != (expected->name != NULL))
				fail_msg("%s: %u news", steps[i].does, told_count);
			if (expected->name && (told[j].news != expected->news ||
						      strcmp(told[j].name, expected->name) != 0))
				fail_msg("%s: %s %x", steps[i].does, told[j].name, told[j].news);
		}
	}
}

/* interface_up_down_delays: a carrier that comes or goes has to last before it counts. */
static void test_carriers_that_have_to_last(void **state)
{
	enum { DOWN, RUNS, GONE, LASTED };
	static const struct {
		const char *does;
		uint32_t what, index, news;
		bool running;
	} steps[] = {
		{"appears, and counts at once", RUNS, 2, LINK_APPEARED | LINK_STARTED, true},
		{"loses its carrier", DOWN, 2, LINK_WAITS, true},
		{"is heard of again", DOWN, 2, 0, true},
		{"has it back", RUNS, 2, LINK_WAITS, true},
		{"is heard of again", RUNS, 2, 0, true},
		{"loses it for good", DOWN, 2, LINK_WAITS, true},
		{"for so long that it counts", LASTED, 2, 0, false},
		{"has it back", RUNS, 2, LINK_WAITS, false},
		{"loses it again", DOWN, 2, LINK_WAITS, false},
		{"has it back", RUNS, 2, LINK_WAITS, false},
		{"for long enough", LASTED, 2, 0, true},
		{"loses it", DOWN, 2, LINK_WAITS, true},
		{"goes itself: that counts", GONE, 2, LINK_GONE | LINK_STOPPED, false},
		{"comes as another one", RUNS, 3, LINK_APPEARED | LINK_STARTED, true},
		{"and as another one, down", DOWN, 4, LINK_APPEARED | LINK_STOPPED, false},
	};
	struct link link = {.name = "eth0", .down_delay_us = 1, .up_delay_us = 2};

	(void)state;
	for (uint32_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct link_row row = {.index = steps[i].index,
			.name = "eth0",
			.gone = steps[i].what == GONE,
			.flags = steps[i].what == RUNS ? IFF_UP | IFF_RUNNING : IFF_UP};

		told_count = 0;
		if (steps[i].what == LASTED)
			link_settle(&link);
		else
			link_apply(&link, 1, &row, tell, NULL);
		if ((told_count ? told[0].news : 0) != steps[i].news ||
			link.running != steps[i].running)
			fail_msg("%s: %x, %d", steps[i].does, told_count ? told[0].news : 0,
				link.running);
	}
}

static void test_virtual_macs(void **state)
{
	uint8_t mac[LINK_ADDRESS_BYTES];

	(void)state;
	link_virtual_mac(mac, AF_INET, 50);
	assert_memory_equal(mac, "\x00\x00\x5e\x00\x01\x32", 6);
	link_virtual_mac(mac, AF_INET6, 255);
	assert_memory_equal(mac, "\x00\x00\x5e\x00\x02\xff", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writers_keep_to_their_room),
		cmocka_unit_test(test_an_address_byte_by_byte),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_other_messages_are_no_answers),
		cmocka_unit_test(test_rows_cut_at_every_byte),
		cmocka_unit_test(test_addresses_are_compared),
		cmocka_unit_test(test_nonsense_is_no_row),
		cmocka_unit_test(test_link_news),
		cmocka_unit_test(test_carriers_that_have_to_last),
		cmocka_unit_test(test_virtual_macs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
