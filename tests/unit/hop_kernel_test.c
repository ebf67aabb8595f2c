/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The second hop's table and route, as the kernel takes them. */
#include "tests/unit/namespace.h"
#include "vrrp/hop_table.h"
#include "vrrp/nft.h"
#include "vrrp/route.h"
#include <errno.h>

static struct netlink_socket route, filter;
static bool allowed;

static int setup(void **state)
{
	(void)state;
	allowed = namespace_enter();
	if (!allowed)
		return 0;
	assert_int_equal(netlink_open(&route, &(struct netlink_options){0}), 0);
	assert_int_equal(netlink_open(&filter, &(struct netlink_options){.bus = NETLINK_NETFILTER,
						       .send_bytes = 512 * 1024}),
		0);
	namespace_add_pair(&route, "eth0", "far0");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (!allowed)
		return 0;
	netlink_close(&route);
	netlink_close(&filter);
	return 0;
}

static struct hop_plan plan_of(uint8_t family, uint32_t addresses, uint32_t ports)
{
	static struct vrrp_ip ips[600];
	static uint16_t numbers[VRRP_ENDS_MAX];
	uint32_t last = family == AF_INET6 ? 15 : 3;

	for (uint32_t i = 0; i < addresses; i++) {
		ips[i] = family == AF_INET6 ? ip_of("fd00::1") : ip_of("192.168.0.0");
		ips[i].bytes[last] = (uint8_t)i;
		ips[i].bytes[last - 1] = (uint8_t)(i >> 8);
	}
	for (uint32_t i = 0; i < ports; i++)
		numbers[i] = htons((uint16_t)(1 + i));
	return (struct hop_plan){
		.number = 3,
		.interface = namespace_index("eth0"),
		.owner = family == AF_INET6 ? ip_of("fe80::2") : ip_of("192.168.25.201"),
		.mac = {2, 0, 0, 0, 0, 1},
		.addresses = ips,
		.address_count = addresses,
		.ports = numbers,
		.port_count = ports,
	};
}

static int32_t ask_for(bool trial, const struct hop_plan *plan)
{
	struct netlink_call call = {0};
	struct netlink_writer *writer = netlink_call_begin(&filter, &call);

	if (trial)
		hop_write_trial(writer, plan);
	else
		hop_write_replace(writer, plan);
	assert_false(writer->full);
	netlink_call(&filter, &call);
	if (call.answer.result < 0)
		print_message("%s\n", call.answer.text);
	return call.answer.result;
}

static int32_t remove_table(uint32_t number, uint8_t family)
{
	struct netlink_call call = {0};

	hop_write_delete(netlink_call_begin(&filter, &call), number, family);
	return netlink_call(&filter, &call);
}

static void test_table(void **state)
{
	static const uint8_t families[] = {AF_INET, AF_INET6};

	(void)state;
	if (!allowed)
		skip();
	for (uint32_t i = 0; i < 2; i++) {
		struct hop_plan plan = plan_of(families[i], 1, 1);

		if (ask_for(true, &plan) == -ENOENT) {
			print_message("this kernel has no dup: not tested\n");
			skip();
		}
		assert_int_equal(remove_table(3, families[i]), -ENOENT); /* a trial leaves none */
		assert_int_equal(ask_for(false, &plan), 0);
		plan = plan_of(families[i], 600, VRRP_ENDS_MAX); /* in its place */
		assert_int_equal(ask_for(false, &plan), 0);
		assert_int_equal(remove_table(4, families[i]), -ENOENT); /* another one's */
		assert_int_equal(remove_table(3, families[i]), 0);
		assert_int_equal(remove_table(3, families[i]), -ENOENT);
	}
}

static void test_bytes(void **state)
{
	static char room[1024 * 1024] __attribute__((aligned(4)));
	static const uint32_t counts[][2] = {{1, 1}, {1, 4096}, {600, 513}, {600, 4096}};

	(void)state;
	if (!allowed)
		skip();
	for (uint32_t i = 0; i < 8; i++) {
		struct hop_plan plan =
			plan_of(i % 2 ? AF_INET6 : AF_INET, counts[i / 2][0], counts[i / 2][1]);
		struct netlink_writer writer;

		netlink_writer_init(&writer, room, sizeof(room), 1);
		hop_write_trial(&writer, &plan);
		assert_false(writer.full);
		assert_true(writer.used <= hop_bytes(&plan));
	}
}

static int32_t ask_route(const struct vrrp_route *own, bool wanted)
{
	struct netlink_call call = {0};
	struct netlink_writer *writer = netlink_call_begin(&route, &call);

	if (wanted)
		route_write_add(writer, own, 1);
	else
		route_write_delete(writer, own, 1);
	return netlink_call(&route, &call);
}

/* The address is on an interface, gets its route beside it, and goes: the route stays. */
static void test_route(void **state)
{
	static const char *const ips[] = {"192.168.25.203", "fd00::203"};

	(void)state;
	if (!allowed)
		skip();
	for (uint32_t i = 0; i < 2; i++) {
		struct vrrp_address address = {.ip = ip_of(ips[i]), .prefix_bits = i ? 128 : 32};
		struct vrrp_route own = route_to_own(&address.ip);
		uint32_t index = namespace_index("eth0");
		struct netlink_call call = {0};

		link_write_set(netlink_call_begin(&route, &call), 1, LINK_UP);
		namespace_expect(&route, &call);
		vip_write_put(netlink_call_begin(&route, &call), &address, index, VIP_FOREVER);
		namespace_expect(&route, &call);
		assert_int_equal(ask_route(&own, true), 0);
		assert_int_equal(ask_route(&own, true), -EEXIST);
		vip_write_delete(netlink_call_begin(&route, &call), &address, index);
		namespace_expect(&route, &call);
		assert_int_equal(ask_route(&own, true), -EEXIST);
		assert_int_equal(ask_route(&own, false), 0);
		assert_int_equal(ask_route(&own, false), -ESRCH);
		/* Only the route: the address, and the kernel's own to it, are left alone. */
		vip_write_put(netlink_call_begin(&route, &call), &address, index, VIP_FOREVER);
		namespace_expect(&route, &call);
		assert_int_equal(ask_route(&own, false), -ESRCH);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_route),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
