/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netlink_stage.h - a namespace with one cable and a socket of rtnetlink, for what is asked of the
 * real kernel about its routing. */
#ifndef TORC_TESTS_UNIT_NETLINK_STAGE_H
#define TORC_TESTS_UNIT_NETLINK_STAGE_H

#include "tests/unit/namespace.h"

static struct netlink_socket route;
static bool allowed;

static void stage_open(void)
{
	struct netlink_options options = {.bus = NETLINK_ROUTE};

	allowed = namespace_enter();
	if (!allowed)
		return;
	assert_int_equal(netlink_open(&route, &options), 0);
	namespace_add_pair(&route, "eth0", "far0");
}

static void stage_close(void)
{
	if (allowed)
		netlink_close(&route);
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

#endif
