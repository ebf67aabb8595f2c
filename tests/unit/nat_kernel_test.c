/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The NAT table in the real kernel, in a namespace of its own: replaced as a whole, read back as
 * it was meant, owned by its socket, gone with it whatever ended the process. */
#include "core/clock.h"
#include "tests/unit/namespace.h"
#include "vrrp/nat.h"
#include "vrrp/nft.h"
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

static struct netlink_socket filter;

static const struct netlink_options options = {.bus = NETLINK_NETFILTER, .send_bytes = 256 * 1024};

static int setup(void **state)
{
	(void)state;
	if (!namespace_enter() || netlink_open(&filter, &options) != 0)
		filter.fd = -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	netlink_close(&filter);
	return 0;
}

static struct vrrp_nat masquerade(void)
{
	struct vrrp_nat nat = {.from = ip_of("10.0.0.0"), .from_bits = 16, .out_interface = "eth0"};

	return nat;
}

static struct vrrp_nat translation(void)
{
	struct vrrp_nat nat = masquerade();

	nat.source = ip_of("192.168.25.203");
	return nat;
}

static struct vrrp_end end(const char *ip, uint16_t port)
{
	struct vrrp_end endpoint = {.port = port, .protocol = IPPROTO_TCP};

	if (ip)
		endpoint.ip = ip_of(ip);
	return endpoint;
}

static int32_t replace(struct netlink_socket *socket, const struct nat_plan *plan, char *text)
{
	struct netlink_call call = {0};
	int32_t result;

	nat_write_replace(netlink_call_begin(socket, &call), plan, NAT_WHOLE);
	result = netlink_call(socket, &call);
	if (text)
		memcpy(text, call.answer.text, NETLINK_TEXT_BYTES);
	else if (result)
		print_message("replace: %d %s\n", result, call.answer.text);
	return result;
}

struct listing {
	struct netlink_call call;
	struct nat_check *check;
};

static void row(struct netlink_request *request, const struct nlmsghdr *message)
{
	struct netlink_call *call = container_of(request, struct netlink_call, request);

	nat_check_row(container_of(call, struct listing, call)->check, message);
}

static bool is_as_planned(struct netlink_socket *socket, const struct nat_plan *plan)
{
	char *scratch = malloc(nat_bytes(plan));
	struct nat_check check;
	struct listing listing = {.check = &check};
	bool right;

	nat_check_begin(&check, plan, scratch);
	for (uint32_t i = 0; i < NAT_LISTINGS; i++) {
		if (!nat_has_list(plan, i))
			continue;
		listing.call = (struct netlink_call){.request.row = row};
		nat_write_list(netlink_call_begin(socket, &listing.call), plan, i);
		if (netlink_call(socket, &listing.call) != 0)
			print_message("listing %u: %s\n", i, listing.call.answer.text);
	}
	right = nat_check_end(&check);
	if (!right)
		print_message("%u tables, %u chains, %u sets, %u rules, %u elements, "
			      "%u differences, owner %u\n",
			check.tables, check.chains, check.sets, check.rules, check.elements,
			check.differences, check.owner);
	free(scratch);
	return right;
}

static void test_plans_are_read_back(void **state)
{
	struct vrrp_nat nats[] = {masquerade(), translation()};
	const struct vrrp_nat *translations[] = {&nats[0], &nats[1]};
	struct vrrp_end listeners[] = {end("192.168.25.203", 80), end("2001:db8::203", 443),
		end(NULL, 8404), end("192.168.25.203", 443)};
	struct vrrp_end servers[] = {end("10.0.10.1", 80), end("10.0.10.2", 80),
		end("10.0.10.2", 80), end("fd00::1", 8080), end("203.0.113.5", 443),
		end("203.0.113.6", 8443), end("2001:db8::5", 80), end("fd00::2", 80)};
	struct vrrp_nat six = {.from = ip_of("fd00::"), .from_bits = 64};
	const struct vrrp_nat *both[] = {&nats[1], &six};
	struct nat_plan plans[] = {
		{0},
		{.translations = translations, .translation_count = 1},
		{.translations = translations, .translation_count = 2, .ports = {32768, 60999}},
		{.listeners = listeners, .listener_count = 3},
		{.servers = servers, .server_count = 4, .mark = 0x70},
		{.servers = servers, .server_count = 1, .outer_ports = {1024, 32767}},
		{.translations = translations,
			.translation_count = 2,
			.ports = {32768, 60999},
			.listeners = listeners,
			.listener_count = 3,
			.servers = servers,
			.server_count = 4,
			.mark = 0x70},
		/* Both families, and servers outside of the translated networks. */
		{.translations = both,
			.translation_count = 2,
			.ports = {8405, 60999},
			.outer_ports = {8405, 32767},
			.listeners = listeners,
			.listener_count = 4,
			.servers = servers,
			.server_count = 8},
	};

	(void)state;
	if (filter.fd < 0)
		skip();
	for (uint32_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		assert_int_equal(replace(&filter, &plans[i], NULL), 0);
		assert_true(is_as_planned(&filter, &plans[i]));
		/* And another plan is not what is there. */
		assert_false(is_as_planned(
			&filter, &plans[(i + 1) % (sizeof(plans) / sizeof(plans[0]))]));
	}
}

/* In the family of this plan. */
static bool exists(struct netlink_socket *socket, const struct nat_plan *plan)
{
	struct netlink_call call = {0};

	nat_write_list(netlink_call_begin(socket, &call), plan, NAT_LIST_TABLE);
	return netlink_call(socket, &call) == 0;
}

static void test_replacing_is_repeatable(void **state)
{
	struct vrrp_nat nat = translation();
	struct vrrp_end *servers = calloc(2000, sizeof(*servers));
	struct nat_plan small = {
		.translations = &(const struct vrrp_nat *){&nat}, .translation_count = 1};
	struct nat_plan large = {
		.servers = servers, .server_count = 2000, .outer_ports = {1024, 32767}};
	struct netlink_call call = {0};

	(void)state;
	if (filter.fd < 0)
		skip();
	/* More than fit into one message, of both families. */
	for (uint32_t i = 0; i < 2000; i++) {
		servers[i] = end(i % 2 ? "10.0.0.0" : "fd00::", 80);
		servers[i].ip.bytes[2] = (uint8_t)(i >> 8);
		servers[i].ip.bytes[3] = (uint8_t)i;
	}
	assert_true(nat_bytes(&large) < options.send_bytes);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(replace(&filter, &small, NULL), 0);
		assert_true(is_as_planned(&filter, &small));
		assert_int_equal(replace(&filter, &large, NULL), 0);
		assert_true(is_as_planned(&filter, &large));
		/* Of one family instead of two: the other table is gone. */
		assert_false(exists(&filter, &small));
	}
	nat_write_delete(netlink_call_begin(&filter, &call));
	assert_int_equal(netlink_call(&filter, &call), 0);
	assert_false(exists(&filter, &large));
	nat_write_delete(netlink_call_begin(&filter, &call));
	assert_int_equal(netlink_call(&filter, &call), 0);
	free(servers);
}

/* A batch with a fault in its middle changes nothing, and says what the fault is. */
static void test_all_or_nothing(void **state)
{
	struct vrrp_nat nat = translation();
	struct nat_plan plan = {
		.translations = &(const struct vrrp_nat *){&nat}, .translation_count = 1};
	struct nft_chain nowhere = {"nowhere", "nat", 77, 0};
	struct nft_table table = {.name = NAT_TABLE, .family = NFPROTO_IPV4};
	struct netlink_call call = {0};

	(void)state;
	if (filter.fd < 0)
		skip();
	assert_int_equal(replace(&filter, &plan, NULL), 0);
	table.writer = netlink_call_begin(&filter, &call);
	nft_batch_begin(table.writer);
	nft_delete_table(&table);
	nft_add_table(&table, NFT_OWNED);
	nft_add_chain(&table, &nowhere);
	nft_add_set(&table, &(struct nft_set){"later", 9, 13, 4, 1, false});
	nft_batch_end(table.writer);
	assert_int_equal(netlink_call(&filter, &call), -EOPNOTSUPP);
	assert_true(strlen(call.answer.text) > 0);
	assert_true(is_as_planned(&filter, &plan));
}

static void test_the_table_has_one_owner(void **state)
{
	struct vrrp_nat nat = translation();
	struct nat_plan plan = {
		.translations = &(const struct vrrp_nat *){&nat}, .translation_count = 1};
	struct netlink_socket other;
	struct netlink_call call = {0};

	(void)state;
	if (filter.fd < 0)
		skip();
	assert_int_equal(netlink_open(&other, &options), 0);
	assert_int_equal(replace(&filter, &plan, NULL), 0);
	assert_int_equal(replace(&other, &plan, NULL), -EPERM);
	nat_write_delete(netlink_call_begin(&other, &call));
	assert_int_equal(netlink_call(&other, &call), 0); /* has none */
	assert_true(is_as_planned(&other, &plan));
	/* It goes with its socket, and then another one may have it. */
	netlink_close(&filter);
	assert_false(exists(&other, &plan));
	assert_int_equal(replace(&other, &plan, NULL), 0);
	netlink_close(&other);
	assert_int_equal(netlink_open(&filter, &options), 0);
	assert_false(exists(&filter, &plan));
}

/* As over an upgrade: the socket lives on under another descriptor, and so does its table. */
static void test_the_table_stays_with_a_socket_that_is_handed_over(void **state)
{
	struct vrrp_nat nat = translation();
	struct nat_plan plan = {
		.translations = &(const struct vrrp_nat *){&nat}, .translation_count = 1};
	struct netlink_options route = {.bus = NETLINK_ROUTE};
	struct netlink_socket other;
	int fd;

	(void)state;
	if (filter.fd < 0)
		skip();
	assert_int_equal(replace(&filter, &plan, NULL), 0);
	fd = dup(filter.fd);
	netlink_close(&filter);
	assert_int_equal(netlink_adopt(&filter, fd, &route), -EINVAL); /* of another bus */
	assert_int_equal(netlink_adopt(&filter, -1, &options), -EINVAL);
	assert_int_equal(netlink_adopt(&filter, fd, &options), 0);
	assert_true(is_as_planned(&filter, &plan));
	assert_int_equal(netlink_open(&other, &options), 0);
	assert_int_equal(replace(&other, &plan, NULL), -EPERM);
	assert_int_equal(replace(&filter, &plan, NULL), 0);
	netlink_close(&filter);
	assert_false(exists(&other, &plan));
	netlink_close(&other);
	assert_int_equal(netlink_open(&filter, &options), 0);
}

/* The child has the table, and reads its socket by a ring as the speaker does. */
static void own_the_table(int ready_fd)
{
	struct vrrp_nat nat = translation();
	struct nat_plan plan = {
		.translations = &(const struct vrrp_nat *){&nat}, .translation_count = 1};
	static struct netlink_socket socket;
	static struct loop loop;

	if (netlink_open(&socket, &options) != 0 || replace(&socket, &plan, NULL) != 0)
		_exit(1);
	if (loop_open(&loop, &(struct loop_options){0}) == 0 && loop_enable(&loop) == 0) {
		netlink_attach(&socket, &loop, NETLINK_SEND_HERE);
		loop_turn(&loop, 1);
	}
	if (write(ready_fd, "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void test_a_killed_owner_leaves_no_table(void **state)
{
	struct vrrp_nat nat = translation();
	struct nat_plan plan = {
		.translations = &(const struct vrrp_nat *){&nat}, .translation_count = 1};
	uint64_t worst_us = 0;

	(void)state;
	if (filter.fd < 0)
		skip();
	for (uint32_t i = 0; i < 20; i++) {
		uint64_t began_ns;
		int pipe_fds[2];
		char byte;
		pid_t pid;

		assert_int_equal(pipe(pipe_fds), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			netlink_close(&filter);
			own_the_table(pipe_fds[1]);
		}
		close(pipe_fds[1]);
		assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
		close(pipe_fds[0]);
		assert_true(exists(&filter, &plan));
		began_ns = clock_monotonic_ns();
		kill(pid, SIGKILL);
		while (exists(&filter, &plan))
			assert_true(clock_monotonic_ns() - began_ns < 5000000000u);
		if ((clock_monotonic_ns() - began_ns) / 1000 > worst_us)
			worst_us = (clock_monotonic_ns() - began_ns) / 1000;
		assert_int_equal(waitpid(pid, NULL, 0), pid);
	}
	print_message("gone at the latest %lu us after SIGKILL\n", worst_us);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plans_are_read_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_replacing_is_repeatable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_or_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_table_has_one_owner, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_the_table_stays_with_a_socket_that_is_handed_over, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_a_killed_owner_leaves_no_table, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
