/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hands against the real kernel, in a namespace of its own: what was asked for is there, what
 * others do is noticed, what the kernel refuses is told in its words. */
#include "core/clock.h"
#include "tests/unit/netlink_stage.h"
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <poll.h>

static struct netlink_socket watcher, stranger;

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
	stage_open();
	if (!allowed)
		return 0;
	assert_int_equal(netlink_open(&stranger, &options), 0);
	assert_int_equal(netlink_open(&watcher, &watching), 0);
	watcher.on_event = hear;
	watcher.on_lost = lose;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (allowed) {
		netlink_close(&watcher);
		netlink_close(&stranger);
	}
	stage_close();
	return 0;
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
