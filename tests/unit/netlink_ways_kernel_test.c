/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Routes and rules against the real kernel, in a namespace of its own: what was asked for is there,
 * what is read is what was written, and others' ways stay. */
#include "tests/unit/netlink_stage.h"
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/lwtunnel.h>
#include <linux/seg6_iptunnel.h>

static int setup(void **state)
{
	(void)state;
	stage_open();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stage_close();
	return 0;
}

static void route_listed(struct netlink_request *request, const struct nlmsghdr *message)
{
	struct listing *listing = listing_of(request);
	struct route_row row;

	assert_true(route_read(&row, message));
	if (route_row_is(&row, listing->wanted, listing->index)) {
		listing->found++;
		listing->route = row;
	}
}

static uint32_t find_route(
	const struct vrrp_route *wanted, uint8_t family, uint32_t index, struct route_row *row)
{
	struct listing listing = {
		.wanted = wanted, .index = index, .call.request.row = route_listed};

	route_write_dump(netlink_call_begin(&route, &listing.call), family);
	namespace_expect(&route, &listing.call);
	*row = listing.route;
	return listing.found;
}

static void test_routes_come_and_go(void **state)
{
	static const struct {
		const char *name;
		const char *to, *via, *source, *interface;
		uint8_t family, bits, type;
		uint32_t table, metric, mtu;
		bool on_link;
	} cases[] = {
		{"default", NULL, "10.0.0.1", NULL, "eth0", AF_INET, 0, 0, 0, 0, 0, false},
		{"network", "172.16.0.0", "10.0.0.1", NULL, "", AF_INET, 12, 0, 0, 0, 0, false},
		{"on the link", "172.16.0.0", NULL, NULL, "eth0", AF_INET, 12, 0, 0, 7, 0, false},
		{"beyond", "172.16.0.0", "9.9.9.9", NULL, "eth0", AF_INET, 12, 0, 0, 0, 0, true},
		{"source", "172.16.0.0", "10.0.0.1", "10.0.0.3", "eth0", AF_INET, 12, 0, 0, 0, 1400,
			false},
		{"table", "172.16.0.0", "10.0.0.1", NULL, "eth0", AF_INET, 12, 0, 200, 0, 0, false},
		{"large table", "172.16.0.0", "10.0.0.1", NULL, "", AF_INET, 12, 0, 70000, 0, 0,
			false},
		{"black hole", "172.16.0.0", NULL, NULL, "", AF_INET, 12, RTN_BLACKHOLE, 0, 0, 0,
			false},
		{"IPv6", "2001:db8:1::", "fd00::1", NULL, "eth0", AF_INET6, 48, 0, 0, 0, 0, false},
		{"IPv6 default", NULL, "fd00::1", NULL, "eth0", AF_INET6, 0, 0, 200, 5, 0, false},
		{"IPv4 by IPv6", "172.16.0.0", "fd00::1", NULL, "eth0", AF_INET, 12, 0, 0, 0, 0,
			false},
	};
	struct vrrp_address here[2] = {address_of("10.0.0.3", 24), address_of("fd00::3", 64)};
	uint32_t index;

	(void)state;
	if (!allowed)
		skip();
	index = namespace_index("eth0");
	assert_int_equal(put(&route, &here[0], index, VIP_FOREVER), 0);
	assert_int_equal(put(&route, &here[1], index, VIP_FOREVER), 0);
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vrrp_route wanted = {.family = cases[i].family,
			.to_bits = cases[i].bits,
			.type = cases[i].type,
			.table = cases[i].table,
			.metric = cases[i].metric,
			.metrics = {[RTAX_MTU] = cases[i].mtu},
			.on_link = cases[i].on_link};
		uint32_t oif = cases[i].interface[0] ? index : 0;
		struct netlink_call call = {0};
		struct route_row row;

		if (cases[i].to)
			wanted.to = ip_of(cases[i].to);
		if (cases[i].via)
			wanted.via = ip_of(cases[i].via);
		if (cases[i].source)
			wanted.source = ip_of(cases[i].source);
		strcpy(wanted.interface, cases[i].interface);
		route_write_add(netlink_call_begin(&route, &call), &wanted, oif);
		if (netlink_call(&route, &call) != 0)
			fail_msg("%s: %s", cases[i].name, call.answer.text);
		if (find_route(&wanted, cases[i].family, oif, &row) != 1)
			fail_msg("%s: not found", cases[i].name);
		assert_true(route_row_is_ours(&row));
		assert_true(!cases[i].source || vrrp_ip_equal(&row.source, &wanted.source));
		/* What is there already is not ours to take over. */
		route_write_add(netlink_call_begin(&route, &call), &wanted, oif);
		assert_int_equal(netlink_call(&route, &call), -EEXIST);
		route_write_delete(netlink_call_begin(&route, &call), &wanted, oif);
		namespace_expect(&route, &call);
		assert_int_equal(find_route(&wanted, cases[i].family, oif, &row), 0);
		route_write_delete(netlink_call_begin(&route, &call), &wanted, oif);
		assert_int_equal(netlink_call(&route, &call), -ESRCH);
	}
}

static struct vrrp_hop hop_by(const char *via, uint16_t weight)
{
	return (struct vrrp_hop){.via = ip_of(via), .weight = weight};
}

static struct vrrp_hop hop_on(const char *interface, uint16_t weight)
{
	struct vrrp_hop hop = {.index = namespace_index(interface), .weight = weight};

	strcpy(hop.interface, interface);
	return hop;
}

/* Put in twice, found, and away by the words of the file alone: what a guard knows. */
static void expect_round_trip(const char *name, struct vrrp_route wanted, uint8_t family)
{
	struct netlink_call call = {0};
	struct route_row row;

	wanted.adding = VRRP_PREPEND;
	route_write_add(netlink_call_begin(&route, &call), &wanted, 0);
	if (netlink_call(&route, &call) != 0)
		fail_msg("%s: %s", name, call.answer.text);
	/* IPv6 lists several ways to one destination as one route or as several. */
	if (find_route(&wanted, family, 0, &row) < 1)
		fail_msg("%s: not found", name);
	route_write_add(netlink_call_begin(&route, &call), &wanted, 0);
	assert_int_equal(netlink_call(&route, &call), -EEXIST);
	for (uint32_t i = 0; i < wanted.hop_count; i++)
		wanted.hops[i].index = 0;
	route_write_delete(netlink_call_begin(&route, &call), &wanted, 0);
	if (netlink_call(&route, &call) != 0)
		fail_msg("%s: away: %s", name, call.answer.text);
	assert_int_equal(find_route(&wanted, family, 0, &row), 0);
}

static void test_routes_of_several_ways(void **state)
{
	struct vrrp_address here[3] = {
		address_of("10.0.0.3", 24), address_of("fd00::3", 64), address_of("10.1.0.3", 24)};
	struct vrrp_route four = {.to_bits = 12, .hop_count = 2}, wrapped, six;
	uint32_t index;

	(void)state;
	if (!allowed)
		skip();
	index = namespace_index("eth0");
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(put(&route, &here[i], index, VIP_FOREVER), 0);
	four.to = ip_of("172.16.0.0");
	four.hops[0] = hop_by("10.0.0.1", 1);
	four.hops[1] = hop_by("10.1.0.1", 200);
	expect_round_trip("two gateways", four, AF_INET);
	four.hops[1] = hop_on("eth0", 2);
	four.hops[0] = hop_by("9.9.9.9", 1);
	four.hops[0].index = index;
	four.hops[0].on_link = true;
	expect_round_trip("an interface, and beyond", four, AF_INET);
	four.hops[0] = hop_by("fd00::1", 1);
	four.hops[0].index = index;
	expect_round_trip("by IPv6", four, AF_INET);
	four.hop_count = VRRP_HOPS_PER_ROUTE_MAX;
	for (uint32_t i = 0; i < VRRP_HOPS_PER_ROUTE_MAX; i++) {
		four.hops[i] = hop_by("10.0.0.1", 1);
		four.hops[i].via.bytes[3] = (uint8_t)(10 + i);
	}
	expect_round_trip("as many as there may be", four, AF_INET);
	six = (struct vrrp_route){.family = AF_INET6, .to_bits = 48, .hop_count = 2};
	six.to = ip_of("2001:db8:1::");
	six.hops[0] = hop_by("fd00::1", 1);
	six.hops[1] = hop_by("fd00::2", 3);
	expect_round_trip("IPv6", six, AF_INET6);
	wrapped = (struct vrrp_route){.to_bits = 12, .hop_count = 2, .encap_count = 1};
	wrapped.to = ip_of("172.16.0.0");
	wrapped.hops[0] = hop_by("10.0.0.1", 1);
	wrapped.hops[1] = hop_by("10.1.0.1", 1);
	wrapped.hops[1].encap = 1;
	wrapped.encaps[0] = (struct vrrp_encap){
		.type = LWTUNNEL_ENCAP_IP, .id = 7, .hops = 9, .tos = 3, .to = ip_of("10.9.9.9")};
	expect_round_trip("one of them wrapped", wrapped, AF_INET);
}

/* Kernels are built with and without these; what is not there is said in their words. */
static void test_encapsulations(void **state)
{
	static const struct {
		const char *name, *to;
		uint8_t family, bits, type, mode;
	} cases[] = {
		{"ip", "172.16.0.0", AF_INET, 12, LWTUNNEL_ENCAP_IP, 0},
		{"ip6", "2001:db8::", AF_INET6, 32, LWTUNNEL_ENCAP_IP6, 0},
		{"mpls", "172.16.0.0", AF_INET, 12, LWTUNNEL_ENCAP_MPLS, 0},
		{"seg6", "2001:db8::", AF_INET6, 32, LWTUNNEL_ENCAP_SEG6, SEG6_IPTUN_MODE_ENCAP},
		{"inline", "2001:db8::", AF_INET6, 32, LWTUNNEL_ENCAP_SEG6, SEG6_IPTUN_MODE_INLINE},
	};
	uint32_t index, made = 0;

	(void)state;
	if (!allowed)
		skip();
	index = namespace_index("eth0");
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vrrp_route wanted = {.family = cases[i].family,
			.to = ip_of(cases[i].to),
			.to_bits = cases[i].bits,
			.encap = 1,
			.encap_count = 1};
		struct vrrp_encap *encap = &wanted.encaps[0];
		struct netlink_call call = {0};

		strcpy(wanted.interface, "eth0");
		*encap = (struct vrrp_encap){.type = cases[i].type, .mode = cases[i].mode};
		if (encap->type == LWTUNNEL_ENCAP_IP || encap->type == LWTUNNEL_ENCAP_IP6) {
			encap->to = ip_of(cases[i].family == AF_INET ? "10.9.9.9" : "fd00::9");
			encap->id = 1ull << 40;
			encap->hops = 9;
			encap->flags = 0;
		} else {
			encap->count = 2;
			encap->segments[0][0] = encap->segments[1][0] = 0xfd;
			if (encap->type == LWTUNNEL_ENCAP_MPLS) {
				encap->labels[0] = 100;
				encap->labels[1] = 200;
			}
		}
		route_write_add(netlink_call_begin(&route, &call), &wanted, index);
		if (netlink_call(&route, &call) == -EOPNOTSUPP)
			continue;
		if (call.answer.result != 0)
			fail_msg("%s: %s", cases[i].name, call.answer.text);
		made++;
		route_write_delete(netlink_call_begin(&route, &call), &wanted, index);
		if (netlink_call(&route, &call) != 0)
			fail_msg("%s: away: %s", cases[i].name, call.answer.text);
	}
	print_message("%u of the encapsulations are in this kernel\n", made);
}

/* The machine's own default route stays where it is, before or behind ours. */
static void test_routes_beside_others(void **state)
{
	struct vrrp_address here = address_of("10.0.0.3", 24);
	struct vrrp_route theirs = {.via = ip_of("10.0.0.1"), .family = AF_INET},
			  ours = {.via = ip_of("10.0.0.2"), .family = AF_INET};
	static const uint8_t kinds[] = {VRRP_ADD, VRRP_PREPEND, VRRP_APPEND};
	struct netlink_call call = {0};
	struct route_row row;

	(void)state;
	if (!allowed)
		skip();
	assert_int_equal(put(&route, &here, namespace_index("eth0"), VIP_FOREVER), 0);
	theirs.protocol = RTPROT_STATIC;
	route_write_add(netlink_call_begin(&route, &call), &theirs, 0);
	namespace_expect(&route, &call);
	for (uint32_t i = 0; i < 3; i++) {
		ours.adding = kinds[i];
		route_write_add(netlink_call_begin(&route, &call), &ours, 0);
		assert_int_equal(netlink_call(&route, &call), kinds[i] == VRRP_ADD ? -EEXIST : 0);
		route_write_add(netlink_call_begin(&route, &call), &ours, 0);
		assert_int_equal(netlink_call(&route, &call), -EEXIST);
		assert_int_equal(find_route(&ours, AF_INET, 0, &row), kinds[i] != VRRP_ADD);
		assert_int_equal(find_route(&theirs, AF_INET, 0, &row), 1);
		route_write_delete(netlink_call_begin(&route, &call), &ours, 0);
		assert_int_equal(netlink_call(&route, &call), kinds[i] == VRRP_ADD ? -ESRCH : 0);
		assert_int_equal(find_route(&theirs, AF_INET, 0, &row), 1);
	}
}

static void rule_listed(struct netlink_request *request, const struct nlmsghdr *message)
{
	struct listing *listing = listing_of(request);
	struct rule_row row;

	assert_true(rule_read(&row, message));
	listing->found += rule_row_is_ours(&row) && rule_row_is(&row, listing->wanted);
}

static uint32_t find_rule(const struct vrrp_rule *wanted, uint8_t family)
{
	struct listing listing = {.wanted = wanted, .call.request.row = rule_listed};

	rule_write_dump(netlink_call_begin(&route, &listing.call), family);
	namespace_expect(&route, &listing.call);
	return listing.found;
}

static void test_rules_come_and_go(void **state)
{
	struct vrrp_rule cases[] = {
		{.from = ip_of("10.0.0.0"), .from_bits = 16, .table = 200, .priority = 100},
		{.to = ip_of("192.168.25.203"), .to_bits = 32, .table = 200, .priority = 101},
		{.table = 200, .priority = 102, .mark = 0x70},
		{.table = 70000, .priority = 103, .mark = 0x70, .mask = 0xf0},
		{.table = 200, .priority = 104, .in_interface = "eth0", .out_interface = "far0"},
		{.table = RT_TABLE_LOCAL, .priority = 105},
		{.table = 200,
			.priority = 106,
			.tos = 0x10,
			.ip_protocol = IPPROTO_UDP,
			.source_first = 10,
			.source_last = 20,
			.target_first = 53,
			.target_last = 53},
		{.table = 200,
			.priority = 107,
			.inverted = true,
			.uid_given = true,
			.uid_first = 1000,
			.uid_last = 1999,
			.suppress_prefix = 1},
		{.priority = 108,
			.action = FR_ACT_GOTO,
			.target = 900,
			.protocol = RTPROT_KEEPALIVED},
		{.table = 200, .priority = 110, .tunnel = 1ull << 33},
		{.priority = 109,
			.action = FR_ACT_PROHIBIT,
			.from = ip_of("10.0.0.0"),
			.from_bits = 16},
		{.from = ip_of("fd00::"), .from_bits = 64, .table = 200, .priority = 100},
		{.family = AF_INET6, .table = 200, .priority = 101, .mark = 0x70},
	};

	(void)state;
	if (!allowed)
		skip();
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t family = i < 11 ? AF_INET : AF_INET6;
		struct netlink_call call = {0};

		rule_write_add(netlink_call_begin(&route, &call), &cases[i]);
		namespace_expect(&route, &call);
		if (find_rule(&cases[i], family) != 1)
			fail_msg("rule %u: not found", i);
		rule_write_add(netlink_call_begin(&route, &call), &cases[i]);
		assert_int_equal(netlink_call(&route, &call), -EEXIST);
		rule_write_delete(netlink_call_begin(&route, &call), &cases[i]);
		namespace_expect(&route, &call);
		assert_int_equal(find_rule(&cases[i], family), 0);
		rule_write_delete(netlink_call_begin(&route, &call), &cases[i]);
		assert_int_equal(netlink_call(&route, &call), -ENOENT);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_routes_come_and_go),
		TEST(test_routes_of_several_ways),
		TEST(test_encapsulations),
		TEST(test_routes_beside_others),
		TEST(test_rules_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
