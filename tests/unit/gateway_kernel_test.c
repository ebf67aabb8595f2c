/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inner network's gateway with real packets: three hosts in namespaces, one of them a balancer
 * with its settings and its NAT table.  What goes out has the virtual address, what is torc's own
 * is not tracked, and afterwards the machine is as it was. */
#include "tests/unit/namespace.h"
#include "vrrp/nat.h"
#include "vrrp/refusal.h"
#include "vrrp/sysctl.h"
#include <errno.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <poll.h>

#define VIP "192.168.25.203"

static int inner_ns = -1, outer_ns = -1, balancer_ns = -1;
static struct netlink_socket route, filter;
static bool allowed;

static int here(void)
{
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

static void enter(int ns)
{
	assert_int_equal(setns(ns, CLONE_NEWNET), 0);
}

/* Another network, and back. */
static int new_network(void)
{
	int before = here(), ns;

	assert_true(before >= 0);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	ns = here();
	assert_int_equal(setns(before, CLONE_NEWNET), 0);
	close(before);
	return ns;
}

static void move_link(const char *name, int ns)
{
	struct ifinfomsg header = {.ifi_index = (int)namespace_index(name)};
	struct netlink_call call = {0};
	struct netlink_writer *writer = netlink_call_begin(&route, &call);

	netlink_begin(writer, RTM_NEWLINK, NLM_F_ACK, &header, sizeof(header));
	netlink_put_u32(writer, IFLA_NET_NS_FD, (uint32_t)ns);
	netlink_end(writer);
	namespace_expect(&route, &call);
}

static void give_address(
	struct netlink_socket *socket, const char *name, const char *ip, uint8_t bits)
{
	struct vrrp_address address = {.ip = ip_of(ip), .prefix_bits = bits};
	struct netlink_call call = {0};

	vip_write_put(
		netlink_call_begin(socket, &call), &address, namespace_index(name), VIP_FOREVER);
	namespace_expect(socket, &call);
	link_write_set(netlink_call_begin(socket, &call), namespace_index(name), LINK_UP);
	namespace_expect(socket, &call);
}

/* A host behind the far end of a pair. */
static void furnish(int ns, const char *name, const char *ip, uint8_t bits, const char *gateway)
{
	struct netlink_socket socket;

	enter(ns);
	assert_int_equal(netlink_open(&socket, &(struct netlink_options){0}), 0);
	give_address(&socket, name, ip, bits);
	if (gateway) {
		struct vrrp_route to = {.via = ip_of(gateway)};
		struct netlink_call call = {0};

		route_write_add(netlink_call_begin(&socket, &call), &to, 0);
		namespace_expect(&socket, &call);
	}
	netlink_close(&socket);
	enter(balancer_ns);
}

static int setup(void **state)
{
	(void)state;
	allowed = namespace_enter();
	if (!allowed)
		return 0;
	balancer_ns = here();
	inner_ns = new_network();
	outer_ns = new_network();
	assert_int_equal(netlink_open(&route, &(struct netlink_options){0}), 0);
	assert_int_equal(
		netlink_open(&filter, &(struct netlink_options){.bus = NETLINK_NETFILTER}), 0);
	namespace_add_pair(&route, "eth0", "far0");
	namespace_add_pair(&route, "eth1", "far1");
	move_link("far0", outer_ns);
	move_link("far1", inner_ns);
	give_address(&route, "eth0", "192.168.25.1", 24);
	give_address(&route, "eth0", VIP, 32);
	give_address(&route, "eth1", "10.0.0.3", 16);
	furnish(outer_ns, "far0", "192.168.25.9", 24, NULL);
	furnish(inner_ns, "far1", "10.0.10.1", 16, "10.0.0.3");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (!allowed)
		return 0;
	netlink_close(&route);
	netlink_close(&filter);
	close(inner_ns);
	close(outer_ns);
	close(balancer_ns);
	return 0;
}

static struct sockaddr_in place(const char *ip, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	inet_pton(AF_INET, ip, &address.sin_addr);
	return address;
}

static int listen_in(int ns, const char *ip, uint16_t port)
{
	struct sockaddr_in address = place(ip, port);
	int fd;

	enter(ns);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	enter(balancer_ns);
	return fd;
}

/* The connection's client end, or -errno. */
static int connect_from(int ns, const char *ip, uint16_t port)
{
	struct sockaddr_in address = place(ip, port);
	struct pollfd ready = {.events = POLLOUT};
	int error = 0;
	socklen_t len = sizeof(error);

	enter(ns);
	ready.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	enter(balancer_ns);
	if (connect(ready.fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return ready.fd;
	error = errno;
	if (error == EINPROGRESS && poll(&ready, 1, 2000) == 1)
		getsockopt(ready.fd, SOL_SOCKET, SO_ERROR, &error, &len);
	else if (error == EINPROGRESS)
		error = ETIMEDOUT;
	if (error == 0)
		return ready.fd;
	close(ready.fd);
	return -error;
}

static int tracked(void)
{
	FILE *file = fopen("/proc/sys/net/netfilter/nf_conntrack_count", "r");
	int count = -1;

	if (!file)
		return -1;
	assert_int_equal(fscanf(file, "%d", &count), 1);
	fclose(file);
	return count;
}

static int setting(const char *path)
{
	char whole[128];
	FILE *file;
	int value = -1;

	snprintf(whole, sizeof(whole), "/proc/sys/%s", path);
	file = fopen(whole, "r");
	if (!file)
		return -1;
	assert_int_equal(fscanf(file, "%d", &value), 1);
	fclose(file);
	return value;
}

/* Says a word in both directions, so that more than a handshake has passed. */
static void talk(int client, int listener, struct sockaddr_in *seen)
{
	socklen_t len = sizeof(*seen);
	int server = accept(listener, (struct sockaddr *)seen, &len);
	struct pollfd ready = {.fd = client, .events = POLLIN};
	char word[8];

	assert_true(server >= 0);
	assert_int_equal(write(client, "hello", 5), 5);
	assert_int_equal(read(server, word, sizeof(word)), 5);
	assert_int_equal(write(server, "you", 3), 3);
	assert_int_equal(poll(&ready, 1, 2000), 1);
	assert_int_equal(read(client, word, sizeof(word)), 3);
	close(client);
	close(server);
}

static void replace(const struct nat_plan *plan)
{
	struct netlink_call call = {0};

	nat_write_replace(netlink_call_begin(&filter, &call), plan, NAT_WHOLE);
	namespace_expect(&filter, &call);
}

static void test_the_gateway_translates_and_leaves_ours_alone(void **state)
{
	static const struct vrrp_end listeners[] = {{.port = 80, .protocol = IPPROTO_TCP}};
	struct vrrp_end servers[] = {{.port = 8080, .protocol = IPPROTO_TCP}};
	struct vrrp_nat nat = {.from_bits = 16, .out_interface = "eth0"};
	struct nat_plan plan = {.translations = &(const struct vrrp_nat *){&nat},
		.translation_count = 1,
		.ports = {32768, 60999},
		.listeners = listeners,
		.listener_count = 1,
		.servers = servers,
		.server_count = 1};
	struct sysctl_memory memory = {0};
	char failed[SYSCTL_PATH_BYTES];
	int internet, ours, server, before;
	struct sockaddr_in seen;

	(void)state;
	if (!allowed)
		skip();
	nat.from = ip_of("10.0.0.0");
	nat.source = ip_of(VIP);
	servers[0].ip = ip_of("10.0.10.1");
	internet = listen_in(outer_ns, "192.168.25.9", 7000);
	server = listen_in(inner_ns, "10.0.10.1", 8080);
	ours = listen_in(balancer_ns, VIP, 80);

	assert_int_equal(sysctl_apply(&memory, sysctl_gateway, NULL, failed), 0);
	assert_int_equal(sysctl_apply(&memory, sysctl_gateway_interface, "eth0", failed), 0);
	assert_int_equal(sysctl_apply(&memory, sysctl_gateway_interface, "eth1", failed), 0);
	replace(&plan);

	/* The inner host calls out, and is seen under the virtual address and a port of the range.
	 */
	talk(connect_from(inner_ns, "192.168.25.9", 7000), internet, &seen);
	assert_int_equal(seen.sin_addr.s_addr, place(VIP, 0).sin_addr.s_addr);
	assert_in_range(ntohs(seen.sin_port), 32768, 60999);
	before = tracked();
	assert_int_equal(before, 1);

	/* A client of ours, a connection of ours to a server: neither is tracked. */
	talk(connect_from(outer_ns, VIP, 80), ours, &seen);
	assert_int_equal(seen.sin_addr.s_addr, place("192.168.25.9", 0).sin_addr.s_addr);
	talk(connect_from(balancer_ns, "10.0.10.1", 8080), server, &seen);
	assert_int_equal(tracked(), before);
	/* An inner host that calls a listener of ours is a client like any other one. */
	talk(connect_from(inner_ns, VIP, 80), ours, &seen);
	assert_int_equal(tracked(), before);

	/* Without a source the address of the interface is taken, which is its first. */
	nat.source.family = AF_UNSPEC;
	replace(&plan);
	talk(connect_from(inner_ns, "192.168.25.9", 7000), internet, &seen);
	assert_int_equal(seen.sin_addr.s_addr, place("192.168.25.1", 0).sin_addr.s_addr);

	close(internet);
	close(server);
	close(ours);
	assert_int_equal(sysctl_restore(&memory), 0);
}

/* ---- a full table ---- */

#define FILL_MESSAGES 256u /* by the call */
#define FILL_MAX      (1u << 19)

static void put_tuple(
	struct netlink_writer *writer, uint16_t type, const uint32_t ip[2], const uint16_t port[2])
{
	struct nlattr *tuple = netlink_nest_begin(writer, type), *part;
	const uint8_t protocol = IPPROTO_UDP;

	part = netlink_nest_begin(writer, CTA_TUPLE_IP);
	netlink_put(writer, CTA_IP_V4_SRC, &ip[0], 4);
	netlink_put(writer, CTA_IP_V4_DST, &ip[1], 4);
	netlink_nest_end(writer, part);
	part = netlink_nest_begin(writer, CTA_TUPLE_PROTO);
	netlink_put(writer, CTA_PROTO_NUM, &protocol, 1);
	netlink_put(writer, CTA_PROTO_SRC_PORT, &port[0], 2);
	netlink_put(writer, CTA_PROTO_DST_PORT, &port[1], 2);
	netlink_nest_end(writer, part);
	netlink_nest_end(writer, tuple);
}

/* An answered connection, which does not make room for another one. */
static void put_entry(struct netlink_writer *writer, uint32_t number)
{
	struct nfgenmsg header = {.nfgen_family = AF_INET, .version = NFNETLINK_V0};
	const uint32_t there[2] = {htonl(0x0a010000u + (number >> 14)), htonl(0xc0a81909u)};
	const uint32_t back[2] = {there[1], there[0]};
	const uint16_t ports[2] = {htons((uint16_t)(1024u + (number & 0x3fff))), htons(9)};
	const uint16_t ports_back[2] = {ports[1], ports[0]};

	netlink_begin(writer, NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW,
		NLM_F_CREATE | NLM_F_EXCL, &header, sizeof(header));
	put_tuple(writer, CTA_TUPLE_ORIG, there, ports);
	put_tuple(writer, CTA_TUPLE_REPLY, back, ports_back);
	netlink_put_be32(writer, CTA_TIMEOUT, 600);
	netlink_put_be32(writer, CTA_STATUS, IPS_CONFIRMED | IPS_SEEN_REPLY | IPS_ASSURED);
	netlink_end(writer);
}

/* Until nothing can be tracked any more; false where that would be too much. */
static bool fill_table(void)
{
	static _Alignas(4) char bytes[FILL_MESSAGES * 256];
	int limit = setting("net/netfilter/nf_conntrack_max"), small = 4096;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)); /* refusals are not read */
	for (uint32_t i = 0; i < FILL_MAX && tracked() < limit; i += FILL_MESSAGES) {
		struct netlink_writer writer;

		netlink_writer_init(&writer, bytes, sizeof(bytes), 1);
		for (uint32_t k = 0; k < FILL_MESSAGES; k++)
			put_entry(&writer, i + k);
		assert_false(writer.full);
		assert_int_equal(send(fd, bytes, writer.used, 0), writer.used);
	}
	close(fd);
	return tracked() >= limit;
}

/* A datagram of VRRP's protocol from one network to another. */
static bool passes(int from, int to, const char *source, const char *target)
{
	struct sockaddr_in here_at = place(source, 0), there = place(target, 0);
	char word[64];
	int receiver, sender;
	bool came;

	enter(to);
	receiver = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 112);
	enter(from);
	sender = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 112);
	enter(balancer_ns);
	assert_int_equal(bind(sender, (struct sockaddr *)&here_at, sizeof(here_at)), 0);
	came = sendto(sender, "advert", 6, 0, (struct sockaddr *)&there, sizeof(there)) == 6 &&
	       poll(&(struct pollfd){.fd = receiver, .events = POLLIN}, 1, 2000) == 1 &&
	       recv(receiver, word, sizeof(word), 0) == 26;
	close(receiver);
	close(sender);
	return came;
}

static void test_a_full_table_does_not_touch_ours(void **state)
{
	static const struct vrrp_end listeners[] = {{.port = 8404, .protocol = IPPROTO_TCP},
		{.ip = {AF_INET, {192, 168, 25, 203}}, .port = 80, .protocol = IPPROTO_TCP},
		{.ip = {AF_INET, {192, 168, 25, 203}}, .port = 443, .protocol = IPPROTO_TCP}};
	static const struct vrrp_end servers[] = {
		{.ip = {AF_INET, {10, 0, 10, 1}}, .port = 8080, .protocol = IPPROTO_TCP},
		{.ip = {AF_INET, {192, 168, 25, 9}}, .port = 7000, .protocol = IPPROTO_TCP},
		{.ip = {AF_INET, {127, 0, 0, 1}}, .port = 7000, .protocol = IPPROTO_TCP}};
	struct vrrp_nat nat = {.from_bits = 16, .out_interface = "eth0"};
	struct nat_plan plan = {.translations = &(const struct vrrp_nat *){&nat},
		.translation_count = 1,
		.listeners = listeners,
		.listener_count = 3,
		.servers = servers,
		.server_count = 3};
	struct sysctl_memory memory = {0};
	char failed[SYSCTL_PATH_BYTES];
	struct netlink_call call = {0};
	int inner, outer, other, local, ours[3], entries;
	struct sockaddr_in seen;

	(void)state;
	if (!allowed)
		skip();
	nat.from = ip_of("10.0.0.0");
	nat.source = ip_of(VIP);
	link_write_set(netlink_call_begin(&route, &call), namespace_index("lo"), LINK_UP);
	namespace_expect(&route, &call);
	inner = listen_in(inner_ns, "10.0.10.1", 8080);
	outer = listen_in(outer_ns, "192.168.25.9", 7000);
	other = listen_in(outer_ns, "192.168.25.9", 7001);
	local = listen_in(balancer_ns, "127.0.0.1", 7000);
	ours[0] = listen_in(balancer_ns, VIP, 80);
	ours[1] = listen_in(balancer_ns, VIP, 443);
	ours[2] = listen_in(balancer_ns, "0.0.0.0", 8404);
	assert_int_equal(sysctl_apply(&memory, sysctl_gateway, NULL, failed), 0);
	sysctl_local_ports(&plan.local.first, &plan.local.last);
	nat_choose_ports(&plan);
	assert_true(plan.outer_ports.last);
	replace(&plan);

	/* The same outer server, for an inner host and for us: the ports of the one are none of
	 * the other's. */
	talk(connect_from(inner_ns, "192.168.25.9", 7000), outer, &seen);
	assert_int_equal(seen.sin_addr.s_addr, place(VIP, 0).sin_addr.s_addr);
	assert_in_range(ntohs(seen.sin_port), plan.outer_ports.first, plan.outer_ports.last);
	talk(connect_from(balancer_ns, "192.168.25.9", 7000), outer, &seen);
	assert_int_equal(seen.sin_addr.s_addr, place("192.168.25.1", 0).sin_addr.s_addr);
	assert_in_range(ntohs(seen.sin_port), plan.local.first, plan.local.last);
	talk(connect_from(inner_ns, "192.168.25.9", 7001), other, &seen);

	if (!fill_table())
		skip();
	entries = tracked();
	assert_int_equal(connect_from(inner_ns, "192.168.25.9", 7001), -ETIMEDOUT);
	talk(connect_from(outer_ns, VIP, 80), ours[0], &seen);
	talk(connect_from(inner_ns, VIP, 443), ours[1], &seen);
	talk(connect_from(outer_ns, "192.168.25.1", 8404), ours[2], &seen);
	talk(connect_from(balancer_ns, "10.0.10.1", 8080), inner, &seen);
	talk(connect_from(balancer_ns, "192.168.25.9", 7000), outer, &seen);
	/* Both ends here. */
	talk(connect_from(balancer_ns, VIP, 80), ours[0], &seen);
	talk(connect_from(balancer_ns, "127.0.0.1", 8404), ours[2], &seen);
	talk(connect_from(balancer_ns, "127.0.0.1", 7000), local, &seen);
	assert_true(passes(balancer_ns, outer_ns, "192.168.25.1", "192.168.25.9"));
	assert_true(passes(outer_ns, balancer_ns, "192.168.25.9", "192.168.25.1"));
	assert_int_equal(tracked(), entries);

	for (uint32_t i = 0; i < 3; i++)
		close(ours[i]);
	close(inner);
	close(outer);
	close(other);
	close(local);
	assert_int_equal(sysctl_restore(&memory), 0);
}

static void refuse(struct netlink_socket *socket, const struct vrrp_ip *addresses, uint32_t count)
{
	struct netlink_call call = {0};
	struct refusal_plan plan = {.addresses = addresses, .address_count = count};

	refusal_write_replace(netlink_call_begin(socket, &call), &plan);
	namespace_expect(socket, &call);
}

/* no_accept: what is sent to the address is dropped, and nothing else is. */
static void test_an_address_that_is_not_accepted(void **state)
{
	static struct vrrp_ip many[VRRP_ADDRESSES_MAX];
	struct vrrp_ip refused[] = {ip_of("2001:db8::1"), ip_of(VIP)};
	static const char quiet[VRRP_INSTANCES_MAX][IF_NAMESIZE] = {"abcdefghijklmno"};
	struct refusal_plan plan = {many, VRRP_ADDRESSES_MAX, quiet, VRRP_INSTANCES_MAX};
	struct netlink_options options = {
		.bus = NETLINK_NETFILTER, .send_bytes = refusal_bytes(&plan)};
	struct netlink_socket large;
	struct netlink_call call = {0};
	struct sockaddr_in seen;
	int ours, other;

	(void)state;
	if (!allowed)
		skip();
	ours = listen_in(balancer_ns, VIP, 80);
	other = listen_in(balancer_ns, "192.168.25.1", 80);
	talk(connect_from(outer_ns, VIP, 80), ours, &seen);
	refuse(&filter, refused, 2);
	assert_int_equal(connect_from(outer_ns, VIP, 80), -ETIMEDOUT);
	talk(connect_from(outer_ns, "192.168.25.1", 80), other, &seen);
	refuse(&filter, refused, 1);
	talk(connect_from(outer_ns, VIP, 80), ours, &seen);
	refusal_write_delete(netlink_call_begin(&filter, &call));
	namespace_expect(&filter, &call);
	refusal_write_delete(netlink_call_begin(&filter, &call));
	assert_int_equal(netlink_call(&filter, &call), -ENOENT);
	close(ours);
	close(other);

	/* As many as there can be fit. */
	assert_int_equal(netlink_open(&large, &options), 0);
	for (uint32_t i = 0; i < VRRP_ADDRESSES_MAX; i++) {
		many[i] = ip_of(i % 2 ? "10.1.0.0" : "fd00::");
		many[i].bytes[2] = (uint8_t)(i >> 8);
		many[i].bytes[3] = (uint8_t)i;
	}
	call = (struct netlink_call){0};
	refusal_write_replace(netlink_call_begin(&large, &call), &plan);
	namespace_expect(&large, &call);
	netlink_close(&large);
}

static void test_settings_are_put_back(void **state)
{
	static const char *const paths[] = {
		"net/ipv4/ip_forward",
		"net/ipv4/conf/all/send_redirects",
		"net/ipv4/conf/all/accept_redirects",
		"net/ipv4/conf/eth0/forwarding",
		"net/ipv4/conf/eth0/send_redirects",
		"net/ipv4/conf/eth0/rp_filter",
		"net/ipv4/conf/eth1/forwarding",
		"net/ipv4/conf/eth1/rp_filter",
	};
	static const int wanted[] = {1, 0, 0, 1, 0, 2, 1, 2};
	struct sysctl_memory memory = {0}, kept;
	char failed[SYSCTL_PATH_BYTES] = "";
	int before[8];

	(void)state;
	if (!allowed)
		skip();
	/* Whatever the machine's defaults are, one of them is not as we would have it. */
	assert_true(namespace_write("/proc/sys/net/ipv4/ip_forward", "0"));
	assert_true(namespace_write("/proc/sys/net/ipv4/conf/eth1/forwarding", "1"));
	assert_true(namespace_write("/proc/sys/net/ipv4/conf/eth0/rp_filter", "1"));
	assert_true(namespace_write("/proc/sys/net/ipv4/conf/all/accept_redirects", "0"));
	for (uint32_t i = 0; i < 8; i++)
		before[i] = setting(paths[i]);
	/* In any order. */
	assert_int_equal(sysctl_apply(&memory, sysctl_gateway_interface, "eth0", failed), 0);
	assert_int_equal(sysctl_apply(&memory, sysctl_gateway, NULL, failed), 0);
	assert_int_equal(sysctl_apply(&memory, sysctl_gateway_interface, "eth1", failed), 0);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(setting(paths[i]), wanted[i]);
	assert_true(sysctl_memory_is_sound(&memory));

	/* A second time changes and remembers nothing. */
	kept = memory;
	assert_int_equal(sysctl_apply(&memory, sysctl_gateway_interface, "eth0", failed), 0);
	assert_int_equal(memory.count, kept.count);

	/* The process dies here; the next one has what was kept. */
	memset(&memory, 0, sizeof(memory));
	assert_int_equal(sysctl_restore(&kept), 0);
	assert_int_equal(kept.count, 0);
	for (uint32_t i = 0; i < 8; i++)
		if (setting(paths[i]) != before[i])
			fail_msg("%s is %d and was %d", paths[i], setting(paths[i]), before[i]);
}

static void test_what_others_set_stays(void **state)
{
	struct sysctl_memory memory = {0};
	char failed[SYSCTL_PATH_BYTES] = "";

	(void)state;
	if (!allowed)
		skip();
	assert_true(namespace_write("/proc/sys/net/ipv4/conf/eth0/rp_filter", "0"));
	assert_int_equal(sysctl_apply(&memory, sysctl_gateway_interface, "eth0", failed), 0);
	assert_true(namespace_write("/proc/sys/net/ipv4/conf/eth0/rp_filter", "1"));
	assert_int_equal(sysctl_restore(&memory), 0);
	assert_int_equal(setting("net/ipv4/conf/eth0/rp_filter"), 1);

	/* An interface that is not there is told by its path, and is nothing to put back. */
	assert_int_equal(sysctl_apply(&memory, sysctl_gateway_interface, "eth7", failed), -ENOENT);
	assert_string_equal(failed, "net/ipv4/conf/eth7/forwarding");
	assert_int_equal(memory.count, 0);
	assert_int_equal(sysctl_apply(&memory, sysctl_promote, "a/b", failed), -EINVAL);
	assert_int_equal(sysctl_apply(&memory, sysctl_promote, NULL, failed), -EINVAL);
}

/* Tracking has settings that only the first namespace may change; what may be changed is. */
static void test_tracking_is_made_lenient(void **state)
{
	struct sysctl_memory memory = {0};
	char failed[SYSCTL_PATH_BYTES] = "";
	int before = setting("net/netfilter/nf_conntrack_tcp_be_liberal");

	(void)state;
	if (!allowed || before < 0)
		skip();
	sysctl_apply(&memory, sysctl_tracking, NULL, failed);
	assert_int_equal(setting("net/netfilter/nf_conntrack_tcp_be_liberal"), 1);
	assert_int_equal(sysctl_restore(&memory), 0);
	assert_int_equal(setting("net/netfilter/nf_conntrack_tcp_be_liberal"), before);
}

static void test_a_spoilt_memory_is_not_used(void **state)
{
	struct sysctl_memory memory = {.count = 1, .changes = {{"net/ipv4/ip_forward", "0", "1"}}};

	(void)state;
	assert_true(sysctl_memory_is_sound(&memory));
	memory.count = SYSCTL_CHANGES_MAX + 1;
	assert_false(sysctl_memory_is_sound(&memory));
	memory.count = 2;
	assert_false(sysctl_memory_is_sound(&memory));
	memory.count = 1;
	strcpy(memory.changes[0].path, "kernel/core_pattern");
	assert_false(sysctl_memory_is_sound(&memory));
	strcpy(memory.changes[0].path, "net/../kernel/core_pattern");
	assert_false(sysctl_memory_is_sound(&memory));
	strcpy(memory.changes[0].path, "net/ipv4/ip_forward");
	memset(memory.changes[0].before, '1', SYSCTL_VALUE_BYTES);
	assert_false(sysctl_memory_is_sound(&memory));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_gateway_translates_and_leaves_ours_alone),
		TEST(test_a_full_table_does_not_touch_ours),
		TEST(test_an_address_that_is_not_accepted),
		TEST(test_settings_are_put_back),
		TEST(test_what_others_set_stays),
		TEST(test_tracking_is_made_lenient),
		cmocka_unit_test(test_a_spoilt_memory_is_not_used),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
