/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hands against the real kernel, in a namespace of its own: what was asked for is there, what
 * others do is noticed, what the kernel refuses is told in its words. */
#include "core/clock.h"
#include "tests/unit/namespace.h"
#include <errno.h>
#include <ifaddrs.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/lwtunnel.h>
#include <linux/neighbour.h>
#include <linux/seg6_iptunnel.h>
#include <poll.h>

static struct netlink_socket route, watcher, stranger;
static bool allowed;

/* What the watcher heard, newest last. */
static struct watch_event heard[256];
static uint32_t heard_count;
static uint32_t lost_count;

static void hear(struct netlink_socket *socket, const struct nlmsghdr *message)
{
	(void)socket;
	if (heard_count < 256 && watch_read(&heard[heard_count], message))
		heard_count++;
}

static void lose(struct netlink_socket *socket)
{
	(void)socket;
	lost_count++;
}

static int setup(void **state)
{
	struct netlink_options options = {.bus = NETLINK_ROUTE};
	struct netlink_options watching = {
		.bus = NETLINK_ROUTE, .groups = watch_groups, .group_count = watch_group_count};

	(void)state;
	heard_count = lost_count = 0;
	allowed = namespace_enter();
	if (!allowed)
		return 0;
	assert_int_equal(netlink_open(&route, &options), 0);
	assert_int_equal(netlink_open(&stranger, &options), 0);
	assert_int_equal(netlink_open(&watcher, &watching), 0);
	watcher.on_event = hear;
	watcher.on_lost = lose;
	namespace_add_pair(&route, "eth0", "far0");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (allowed) {
		netlink_close(&watcher);
		netlink_close(&stranger);
		netlink_close(&route);
	}
	return 0;
}

static struct vrrp_address address_of(const char *ip, uint8_t bits)
{
	struct vrrp_address address = {.ip = ip_of(ip), .prefix_bits = bits};

	return address;
}

static int32_t put(struct netlink_socket *socket, const struct vrrp_address *address,
	uint32_t index, uint32_t valid_s)
{
	struct netlink_call call = {0};

	vip_write_put(netlink_call_begin(socket, &call), address, index, valid_s);
	return netlink_call(socket, &call);
}

static int32_t delete (struct netlink_socket *socket, const struct vrrp_address *address,
	uint32_t index, char *words)
{
	struct netlink_call call = {0};

	vip_write_delete(netlink_call_begin(socket, &call), address, index);
	netlink_call(socket, &call);
	if (words)
		memcpy(words, call.answer.text, NETLINK_TEXT_BYTES);
	return call.answer.result;
}

/* A dump whose rows go to a question. */
struct listing {
	struct netlink_call call;
	const void *wanted;
	uint32_t index;
	uint32_t found, rows;
	union {
		struct vip_row address;
		struct route_row route;
		struct rule_row rule;
		struct neighbour neighbour;
		struct link_row link;
	};
};

static struct listing *listing_of(struct netlink_request *request)
{
	struct netlink_call *call = container_of(request, struct netlink_call, request);

	return container_of(call, struct listing, call);
}

static void address_row(struct netlink_request *request, const struct nlmsghdr *message)
{
	struct listing *listing = listing_of(request);
	struct vip_row row;

	assert_true(vip_read(&row, message));
	listing->rows++;
	if (vip_row_is(&row, listing->wanted, listing->index)) {
		listing->found++;
		listing->address = row;
	}
}

static uint32_t find_address(
	const struct vrrp_address *address, uint32_t index, struct vip_row *row)
{
	struct listing listing = {
		.wanted = address, .index = index, .call.request.row = address_row};

	vip_write_dump(netlink_call_begin(&route, &listing.call), address->ip.family, index);
	namespace_expect(&route, &listing.call);
	if (row)
		*row = listing.address;
	return listing.found;
}

/* Handles what the watcher hears for so long, or until an address is said to be gone. */
static bool hear_gone(const struct vrrp_address *address, uint32_t index, int limit_ms)
{
	uint64_t end_ms = clock_monotonic_ms() + (uint64_t)limit_ms;

	assert_int_equal(netlink_drain(&watcher), 0);
	for (;;) {
		uint64_t now_ms = clock_monotonic_ms();
		struct pollfd ready = {.fd = watcher.fd, .events = POLLIN};

		for (uint32_t i = 0; i < heard_count; i++)
			if (heard[i].kind == WATCH_ADDRESS && heard[i].gone &&
				vip_row_is(&heard[i].address, address, index))
				return true;
		if (now_ms >= end_ms)
			return false;
		poll(&ready, 1, (int)(end_ms - now_ms));
		assert_int_equal(netlink_drain(&watcher), 0);
	}
}

/* The same question, asked by somebody else's code. */
static bool libc_sees(const struct vrrp_ip *ip)
{
	struct ifaddrs *list;
	bool seen = false;

	assert_int_equal(getifaddrs(&list), 0);
	for (struct ifaddrs *one = list; one; one = one->ifa_next) {
		const void *bytes = NULL;

		if (!one->ifa_addr || one->ifa_addr->sa_family != ip->family)
			continue;
		if (ip->family == AF_INET)
			bytes = &((struct sockaddr_in *)(void *)one->ifa_addr)->sin_addr;
		else
			bytes = &((struct sockaddr_in6 *)(void *)one->ifa_addr)->sin6_addr;
		seen |= memcmp(bytes, ip->bytes, vrrp_ip_bytes(ip->family)) == 0;
	}
	freeifaddrs(list);
	return seen;
}

static void test_addresses_come_and_go(void **state)
{
	static const struct {
		const char *name;
		const char *ip, *peer, *broadcast, *label;
		uint8_t bits, scope;
		bool no_prefix_route, deprecated;
	} cases[] = {
		{"host", "192.168.25.203", NULL, NULL, "", 32, RT_SCOPE_UNIVERSE, false, false},
		{"network", "192.168.25.203", NULL, "192.168.25.255", "", 24, RT_SCOPE_UNIVERSE,
			false, false},
		{"label", "10.0.0.3", NULL, NULL, "eth0:vip", 32, RT_SCOPE_UNIVERSE, false, false},
		{"link scope", "10.0.0.3", NULL, NULL, "", 32, RT_SCOPE_LINK, false, false},
		{"peer", "10.0.0.3", "10.0.0.4", NULL, "", 32, RT_SCOPE_UNIVERSE, false, false},
		{"no prefix route", "10.0.0.3", NULL, NULL, "", 16, RT_SCOPE_UNIVERSE, true, false},
		{"IPv6", "2001:db8::203", NULL, NULL, "", 64, RT_SCOPE_UNIVERSE, false, false},
		{"IPv6 host", "2001:db8::203", NULL, NULL, "", 128, RT_SCOPE_UNIVERSE, false, true},
		{"IPv6 peer", "2001:db8::1", "2001:db8::2", NULL, "", 128, RT_SCOPE_UNIVERSE, false,
			false},
	};

	(void)state;
	if (!allowed)
		skip();
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct vrrp_address address = address_of(cases[i].ip, cases[i].bits);
		uint32_t index = namespace_index("eth0");
		char words[NETLINK_TEXT_BYTES];
		struct vip_row row;

		if (cases[i].peer)
			address.peer = ip_of(cases[i].peer);
		if (cases[i].broadcast)
			address.broadcast = ip_of(cases[i].broadcast);
		strcpy(address.label, cases[i].label);
		address.scope = cases[i].scope;
		address.no_prefix_route = cases[i].no_prefix_route;
		address.deprecated = cases[i].deprecated;

		assert_int_equal(put(&route, &address, index, VIP_FOREVER), 0);
		if (find_address(&address, index, &row) != 1 || !libc_sees(&address.ip))
			fail_msg("%s: not found", cases[i].name);
		assert_false(vip_row_differs(&row, &address));
		assert_true(vip_row_is_ours(&row));
		assert_int_equal(row.valid_s, VIP_FOREVER);
		assert_int_equal(row.preferred_s, cases[i].deprecated ? 0 : VIP_FOREVER);
		assert_false(row.flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED));
		assert_int_equal(!!(row.flags & IFA_F_NOPREFIXROUTE), cases[i].no_prefix_route);
		/* Once more is a renewal. */
		assert_int_equal(put(&route, &address, index, 5), 0);
		assert_int_equal(find_address(&address, index, &row), 1);
		assert_in_range(row.valid_s, 4, 5);
		assert_int_equal(delete (&route, &address, index, NULL), 0);
		assert_int_equal(find_address(&address, index, NULL), 0);
		assert_false(libc_sees(&address.ip));
		assert_int_equal(delete (&route, &address, index, words), -EADDRNOTAVAIL);
		assert_true(strlen(words) > 0);
	}
}

/* Two addresses of either family: one is renewed and stays, the other one ends by itself. */
static void test_what_is_not_renewed_ends(void **state)
{
	struct vrrp_address kept[2] = {address_of("10.0.0.3", 32), address_of("fd00::3", 128)};
	struct vrrp_address left[2] = {address_of("10.0.0.4", 32), address_of("fd00::4", 128)};
	uint64_t began_ms = clock_monotonic_ms(), renewed_ms = began_ms, gap_ms = 0;
	uint32_t index;

	(void)state;
	if (!allowed)
		skip();
	index = namespace_index("eth0");
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(put(&route, &kept[i], index, 2), 0);
		assert_int_equal(put(&route, &left[i], index, 2), 0);
	}
	for (uint32_t turn = 0; turn < 9; turn++) {
		usleep(500000);
		assert_int_equal(put(&route, &kept[0], index, 2), 0);
		assert_int_equal(put(&route, &kept[1], index, 2), 0);
		if (clock_monotonic_ms() - renewed_ms > gap_ms)
			gap_ms = clock_monotonic_ms() - renewed_ms;
		renewed_ms = clock_monotonic_ms();
		/* Never before its time. */
		if (renewed_ms - began_ms < 1900)
			assert_int_equal(find_address(&left[0], index, NULL), 1);
	}
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(find_address(&kept[i], index, NULL), 1);
		assert_int_equal(find_address(&left[i], index, NULL), 0);
		assert_true(hear_gone(&left[i], index, 0));
		/* A machine that stood still longer than the lifetime proves nothing. */
		if (gap_ms < 1900)
			assert_false(hear_gone(&kept[i], index, 0));
	}
}

static void test_a_stranger_removes_an_address(void **state)
{
	struct vrrp_address address = address_of("192.168.25.203", 32);
	uint32_t index;

	(void)state;
	if (!allowed)
		skip();
	index = namespace_index("eth0");
	assert_int_equal(put(&route, &address, index, 5), 0);
	assert_false(hear_gone(&address, index, 50));
	assert_int_equal(delete (&stranger, &address, index, NULL), 0);
	assert_true(hear_gone(&address, index, 1000));
	/* Put back by the same message that renews it. */
	assert_int_equal(put(&route, &address, index, 5), 0);
	assert_int_equal(find_address(&address, index, NULL), 1);
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

static void neighbour_listed(struct netlink_request *request, const struct nlmsghdr *message)
{
	struct listing *listing = listing_of(request);
	const struct neighbour *wanted = listing->wanted;
	struct neighbour row;

	if (!neighbour_read(&row, message) || !vrrp_ip_equal(&row.ip, &wanted->ip))
		return;
	assert_int_equal(row.index, wanted->index);
	if (row.has_mac && memcmp(row.mac, wanted->mac, LINK_ADDRESS_BYTES) == 0)
		listing->found++;
}

static uint32_t find_neighbour(const struct neighbour *wanted)
{
	struct listing listing = {.wanted = wanted, .call.request.row = neighbour_listed};

	neighbour_write_dump(
		netlink_call_begin(&route, &listing.call), wanted->ip.family, wanted->index);
	namespace_expect(&route, &listing.call);
	return listing.found;
}

static void test_neighbours_come_and_go(void **state)
{
	static const char *const ips[] = {"10.0.0.2", "fd00::2"};

	(void)state;
	if (!allowed)
		skip();
	for (uint32_t i = 0; i < 2; i++) {
		struct neighbour wanted = {.index = namespace_index("eth0"),
			.ip = ip_of(ips[i]),
			.state = i ? NUD_PERMANENT : 0};
		struct netlink_call call = {0};

		link_virtual_mac(wanted.mac, wanted.ip.family, 50);
		neighbour_write_put(netlink_call_begin(&route, &call), &wanted);
		namespace_expect(&route, &call);
		assert_int_equal(find_neighbour(&wanted), 1);
		wanted.mac[5] = 51;
		neighbour_write_put(netlink_call_begin(&route, &call), &wanted);
		namespace_expect(&route, &call);
		assert_int_equal(find_neighbour(&wanted), 1);
		neighbour_write_delete(netlink_call_begin(&route, &call), &wanted);
		namespace_expect(&route, &call);
		assert_int_equal(find_neighbour(&wanted), 0);
	}
}

static uint32_t news_of[3];

static void note(struct link *link, uint32_t news, void *owner)
{
	news_of[link - (struct link *)owner] |= news;
}

/* What the watcher has heard of links, told to the table; returns the news of link `i`. */
static uint32_t catch_up(struct link *links, uint32_t i)
{
	struct pollfd ready = {.fd = watcher.fd, .events = POLLIN};

	memset(news_of, 0, sizeof(news_of));
	while (poll(&ready, 1, 100) > 0) {
		heard_count = 0;
		assert_int_equal(netlink_drain(&watcher), 0);
		for (uint32_t j = 0; j < heard_count; j++)
			if (heard[j].kind == WATCH_LINK)
				link_apply(links, 3, &heard[j].link, note, links);
	}
	return news_of[i];
}

static void link_listed(struct netlink_request *request, const struct nlmsghdr *message)
{
	struct listing *listing = listing_of(request);

	listing->found += link_read(&listing->link, message);
}

static int32_t get_link(const char *name, struct link_row *row)
{
	struct listing listing = {.call.request.row = link_listed};

	link_write_get(netlink_call_begin(&route, &listing.call), name);
	netlink_call(&route, &listing.call);
	*row = listing.link;
	return listing.found == 1 ? 0 : listing.call.answer.result;
}

static void do_link(uint32_t index, enum link_wish wish)
{
	struct netlink_call call = {0};

	link_write_set(netlink_call_begin(&stranger, &call), index, wish);
	namespace_expect(&stranger, &call);
}

static void test_links_are_followed(void **state)
{
	struct link links[3] = {{.name = "eth0"}, {.name = "eth1"}, {.name = "eth2"}};
	struct netlink_call call = {0};
	struct link_row row;
	uint32_t index;

	(void)state;
	if (!allowed)
		skip();
	/* All that there is already came before the watcher listened: it is asked for. */
	assert_int_equal(get_link("eth0", &row), 0);
	assert_string_equal(row.kind, "veth");
	assert_int_equal(get_link("nonesuch", &row), -ENODEV);
	assert_int_equal(get_link("eth0", &row), 0);
	catch_up(links, 0);
	link_apply(links, 3, &row, note, links);
	index = links[0].index;
	assert_int_equal(index, namespace_index("eth0"));
	assert_true(links[0].up && links[0].running);
	assert_int_equal(links[1].index, 0);

	/* The cable: the other end goes down and comes back. */
	do_link(namespace_index("far0"), LINK_DOWN);
	assert_int_equal(catch_up(links, 0), LINK_STOPPED);
	assert_true(links[0].up && !links[0].running);
	do_link(namespace_index("far0"), LINK_UP);
	assert_int_equal(catch_up(links, 0), LINK_STARTED);
	/* The switch. */
	do_link(index, LINK_DOWN);
	assert_int_equal(catch_up(links, 0), LINK_STOPPED);
	assert_false(links[0].up);

	/* Another name: one of ours loses its interface, another one gets it. */
	link_write_rename(netlink_call_begin(&stranger, &call), index, "eth1");
	namespace_expect(&stranger, &call);
	assert_int_equal(catch_up(links, 0), LINK_GONE);
	assert_int_equal(links[0].index, 0);
	assert_int_equal(links[1].index, index);
	assert_int_equal(news_of[1], LINK_APPEARED);

	/* Gone, and back under the first name with another number. */
	link_write_delete(netlink_call_begin(&stranger, &call), index);
	namespace_expect(&stranger, &call);
	assert_int_equal(catch_up(links, 1) & LINK_GONE, LINK_GONE);
	namespace_add_pair(&stranger, "eth0", "far0");
	assert_int_equal(
		catch_up(links, 0) & (LINK_APPEARED | LINK_STARTED), LINK_APPEARED | LINK_STARTED);
	assert_int_not_equal(links[0].index, index);
	assert_true(links[0].running);
	assert_int_equal(links[2].index, 0);
}

static void test_a_macvlan_is_made_and_taken_away(void **state)
{
	struct link_macvlan macvlan = {.name = "vrrp.50"};
	struct vrrp_address address = address_of("192.168.25.203", 32);
	struct netlink_call call = {0};
	struct link_row row;

	(void)state;
	if (!allowed)
		skip();
	macvlan.parent = namespace_index("eth0");
	link_virtual_mac(macvlan.mac, AF_INET, 50);
	link_write_macvlan(netlink_call_begin(&route, &call), &macvlan);
	if (netlink_call(&route, &call) == -EOPNOTSUPP)
		skip();
	assert_int_equal(call.answer.result, 0);
	assert_int_equal(get_link("vrrp.50", &row), 0);
	assert_string_equal(row.kind, "macvlan");
	assert_int_equal(row.parent, macvlan.parent);
	assert_memory_equal(row.mac, "\x00\x00\x5e\x00\x01\x32", LINK_ADDRESS_BYTES);
	link_write_no_autoaddress(netlink_call_begin(&route, &call), row.index);
	namespace_expect(&route, &call);
	link_write_set(netlink_call_begin(&route, &call), row.index, LINK_UP);
	namespace_expect(&route, &call);
	assert_int_equal(get_link("vrrp.50", &row), 0);
	assert_true(row.flags & IFF_RUNNING);
	/* No link-local address of the kernel's own making. */
	assert_int_equal(put(&route, &address, row.index, 5), 0);
	{
		struct listing listing = {
			.wanted = &address, .index = row.index, .call.request.row = address_row};

		vip_write_dump(netlink_call_begin(&route, &listing.call), AF_UNSPEC, row.index);
		namespace_expect(&route, &listing.call);
		assert_int_equal(listing.rows, 1);
		assert_int_equal(listing.found, 1);
	}
	/* The same MAC twice on one parent is refused. */
	strcpy(macvlan.name, "vrrp.51");
	link_write_macvlan(netlink_call_begin(&route, &call), &macvlan);
	assert_int_equal(netlink_call(&route, &call), 0);
	link_write_set(netlink_call_begin(&route, &call), namespace_index("vrrp.51"), LINK_UP);
	assert_int_equal(netlink_call(&route, &call), -EADDRINUSE);
	link_write_delete(netlink_call_begin(&route, &call), row.index);
	namespace_expect(&route, &call);
	assert_int_equal(get_link("vrrp.50", &row), -ENODEV);
}

static void test_refusals_are_in_the_kernels_words(void **state)
{
	struct vrrp_address address = address_of("10.0.0.3", 32);
	struct vrrp_route nowhere = {.to = ip_of("172.16.0.0"), .to_bits = 12};
	struct netlink_call call = {0};
	char words[NETLINK_TEXT_BYTES];

	(void)state;
	if (!allowed)
		skip();
	nowhere.via = ip_of("9.9.9.9");
	route_write_add(netlink_call_begin(&route, &call), &nowhere, 0);
	assert_int_equal(netlink_call(&route, &call), -ENETUNREACH);
	assert_string_equal(call.answer.text, "Nexthop has invalid gateway");
	assert_int_equal(put(&route, &address, 12345, 5), -ENODEV);
	assert_int_equal(delete (&route, &address, namespace_index("eth0"), words), -EADDRNOTAVAIL);
	assert_string_equal(words, "ipv4: Address not found");
	/* No words of the kernel's: those of the error. */
	link_write_get(netlink_call_begin(&route, &call), "nonesuch");
	assert_int_equal(netlink_call(&route, &call), -ENODEV);
	assert_string_equal(call.answer.text, "No such device");
}

/* Requests that a ring carries, all at once, with rows, refusals and news between them. */
struct errand {
	struct netlink_request request;
	int32_t result;
	uint32_t rows;
	bool done;
};

static void errand_row(struct netlink_request *request, const struct nlmsghdr *message)
{
	struct vip_row row;

	container_of(request, struct errand, request)->rows += vip_read(&row, message);
}

static void errand_done(struct netlink_request *request, const struct netlink_answer *answer)
{
	struct errand *errand = container_of(request, struct errand, request);

	assert_false(errand->done);
	errand->result = answer->result;
	errand->done = true;
}

static void turn_until_home(struct loop *loop, struct errand *errands, uint32_t count)
{
	uint64_t end_ms = clock_monotonic_ms() + 5000;

	for (uint32_t home = 0; home < count;) {
		assert_true(clock_monotonic_ms() < end_ms);
		assert_int_equal(loop_turn(loop, 100), 0);
		home = 0;
		for (uint32_t i = 0; i < count; i++)
			home += errands[i].done;
	}
}

static void carry_by_ring(enum netlink_sending sending)
{
	static struct errand errands[64];
	static struct loop loop;
	uint32_t index;

	if (!allowed || loop_open(&loop, &(struct loop_options){0}) != 0)
		skip();
	assert_int_equal(loop_enable(&loop), 0);
	index = namespace_index("eth0");
	netlink_attach(&route, &loop, sending);
	netlink_attach(&watcher, &loop, sending);
	memset(errands, 0, sizeof(errands));
	for (uint32_t i = 0; i < 64; i++) {
		struct vrrp_address address = address_of("10.0.0.0", 32);

		address.ip.bytes[3] = (uint8_t)i;
		errands[i].request.done = errand_done;
		errands[i].request.row = i % 16 == 15 ? errand_row : NULL;
		if (i % 16 == 15)
			vip_write_dump(
				netlink_request(&route, &errands[i].request), AF_INET, index);
		else if (i % 16 == 14)
			vip_write_delete(
				netlink_request(&route, &errands[i].request), &address, index);
		else
			vip_write_put(
				netlink_request(&route, &errands[i].request), &address, index, 9);
		assert_int_equal(netlink_submit(&route), 0);
	}
	turn_until_home(&loop, errands, 64);
	for (uint32_t i = 0; i < 64; i++) {
		if (i % 16 == 15)
			/* The dump stands behind what was asked before it. */
			assert_int_equal(errands[i].rows, 14 * (i / 16 + 1));
		assert_int_equal(errands[i].result, i % 16 == 14 ? -EADDRNOTAVAIL : 0);
	}
	while (heard_count < 56)
		assert_int_equal(loop_turn(&loop, 1000), 0);
	netlink_detach(&route);
	netlink_detach(&watcher);
	while (!netlink_is_detached(&route) || !netlink_is_detached(&watcher))
		assert_int_equal(loop_turn(&loop, 100), 0);
	netlink_close(&route);
	netlink_close(&watcher);
	loop_close(&loop);
	assert_int_equal(netlink_open(&route, &(struct netlink_options){0}), 0);
}

static void test_a_ring_carries_requests(void **state)
{
	(void)state;
	carry_by_ring(NETLINK_SEND_HERE);
}

static void test_a_ring_has_them_carried_aside(void **state)
{
	(void)state;
	carry_by_ring(NETLINK_SEND_ASIDE);
}

static void test_a_flood_of_news_is_noticed(void **state)
{
	struct netlink_options options = {.bus = NETLINK_ROUTE,
		.groups = watch_groups,
		.group_count = watch_group_count,
		.backlog_bytes = 4096};
	struct vrrp_address address = address_of("10.0.0.3", 32);
	uint32_t index;

	(void)state;
	if (!allowed)
		skip();
	index = namespace_index("eth0");
	netlink_close(&watcher);
	assert_int_equal(netlink_open(&watcher, &options), 0);
	watcher.on_event = hear;
	watcher.on_lost = lose;
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(put(&route, &address, index, 100 + i), 0);
	assert_int_equal(netlink_drain(&watcher), 0);
	assert_int_equal(lost_count, 1);
	assert_int_equal(watcher.overruns, 1);
	/* And it goes on. */
	heard_count = 0;
	assert_int_equal(delete (&route, &address, index, NULL), 0);
	assert_true(hear_gone(&address, index, 1000));
}

/* A message to our port from a process, however true it sounds, is not the kernel's. */
static void test_nobody_plays_the_kernel(void **state)
{
	struct sockaddr_nl target = {.nl_family = AF_NETLINK};
	struct vrrp_address address = address_of("10.0.0.3", 32);
	struct netlink_writer writer;
	_Alignas(4) char bytes[256];
	socklen_t len = sizeof(target);

	(void)state;
	if (!allowed)
		skip();
	assert_int_equal(getsockname(watcher.fd, (struct sockaddr *)&target, &len), 0);
	netlink_writer_init(&writer, bytes, sizeof(bytes), 1);
	vip_write_delete(&writer, &address, 1);
	if (sendto(stranger.fd, bytes, writer.used, 0, (struct sockaddr *)&target, len) < 0)
		skip();
	assert_false(hear_gone(&address, 1, 0));
	assert_int_equal(watcher.foreign, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_addresses_come_and_go),
		TEST(test_what_is_not_renewed_ends),
		TEST(test_a_stranger_removes_an_address),
		TEST(test_routes_come_and_go),
		TEST(test_routes_of_several_ways),
		TEST(test_encapsulations),
		TEST(test_routes_beside_others),
		TEST(test_rules_come_and_go),
		TEST(test_neighbours_come_and_go),
		TEST(test_links_are_followed),
		TEST(test_a_macvlan_is_made_and_taken_away),
		TEST(test_refusals_are_in_the_kernels_words),
		TEST(test_a_ring_carries_requests),
		TEST(test_a_ring_has_them_carried_aside),
		TEST(test_a_flood_of_news_is_noticed),
		TEST(test_nobody_plays_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
