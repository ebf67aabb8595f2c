/* SPDX-License-Identifier: GPL-2.0-or-later */
/* namespace.h - a network of one's own for tests against the real kernel.
 *
 * Every test begins in a fresh network namespace that dies with the process: nothing that it does
 * can be seen outside.  Without the privilege a user namespace gives it; where neither is allowed
 * the tests are skipped. */
#ifndef TORC_TESTS_UNIT_NAMESPACE_H
#define TORC_TESTS_UNIT_NAMESPACE_H

#include "vrrp/link.h"
#include "vrrp/netlink_socket.h"
#include "vrrp/watch.h"
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <arpa/inet.h>
#include <cmocka.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

static bool namespace_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* True in a new network namespace. */
static bool namespace_enter(void)
{
	char map[32];

	if (unshare(CLONE_NEWNET) == 0)
		return true;
	snprintf(map, sizeof(map), "0 %u 1", getuid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 &&
	       namespace_write("/proc/self/setgroups", "deny") &&
	       namespace_write("/proc/self/uid_map", map);
}

static inline struct vrrp_ip ip_of(const char *text)
{
	struct vrrp_ip ip = {.family = strchr(text, ':') ? AF_INET6 : AF_INET};

	if (inet_pton(ip.family, text, ip.bytes) != 1)
		abort();
	return ip;
}

static inline void veth_write(struct netlink_writer *writer, const char *name, const char *peer)
{
	struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	struct nlattr *info, *data, *other;

	netlink_begin(writer, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &header,
		sizeof(header));
	netlink_put_text(writer, IFLA_IFNAME, name);
	info = netlink_nest_begin(writer, IFLA_LINKINFO);
	netlink_put_text(writer, IFLA_INFO_KIND, "veth");
	data = netlink_nest_begin(writer, IFLA_INFO_DATA);
	other = netlink_nest_begin(writer, VETH_INFO_PEER);
	/* The peer's part starts with a header of its own. */
	if (!writer->full) {
		memset((char *)writer->open + writer->open->nlmsg_len, 0, sizeof(header));
		writer->open->nlmsg_len += (uint32_t)sizeof(header);
	}
	netlink_put_text(writer, IFLA_IFNAME, peer);
	netlink_nest_end(writer, other);
	netlink_nest_end(writer, data);
	netlink_nest_end(writer, info);
	netlink_end(writer);
}

static inline void namespace_expect(struct netlink_socket *socket, struct netlink_call *call)
{
	int32_t result = netlink_call(socket, call);

	if (result != 0)
		fail_msg("the kernel says %d: %s", result, call->answer.text);
}

static inline uint32_t namespace_index(const char *name)
{
	uint32_t index = if_nametoindex(name);

	assert_int_not_equal(index, 0);
	return index;
}

/* A pair of interfaces, both up. */
static inline void namespace_add_pair(
	struct netlink_socket *socket, const char *name, const char *peer)
{
	struct netlink_call call = {0};

	veth_write(netlink_call_begin(socket, &call), name, peer);
	namespace_expect(socket, &call);
	link_write_set(netlink_call_begin(socket, &call), namespace_index(name), LINK_UP);
	namespace_expect(socket, &call);
	link_write_set(netlink_call_begin(socket, &call), namespace_index(peer), LINK_UP);
	namespace_expect(socket, &call);
}

#endif
