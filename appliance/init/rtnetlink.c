/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtnetlink.c - one request, one answer, in turn.
 *
 * An interface is set up once and again whenever a card comes: everything here may be asked for
 * twice. */
#include "appliance/init/rtnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_BYTES 256
#define ANSWER_BYTES  8192

struct request {
	_Alignas(struct nlmsghdr) char bytes[REQUEST_BYTES];
	uint32_t used;
};

static void begin(struct request *request, uint16_t type, uint16_t flags, const void *header,
	uint32_t header_bytes)
{
	struct nlmsghdr *message = (void *)request->bytes;

	memset(request, 0, sizeof(*request));
	message->nlmsg_type = type;
	message->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	memcpy(request->bytes + NLMSG_HDRLEN, header, header_bytes);
	request->used = NLMSG_HDRLEN + NLMSG_ALIGN(header_bytes);
}

static void put(struct request *request, uint16_t type, const void *bytes, uint32_t len)
{
	struct rtattr attribute = {
		.rta_len = (uint16_t)RTA_LENGTH(len),
		.rta_type = type,
	};

	/* The longest request of this file takes half of the room. */
	if (request->used + RTA_SPACE(len) > sizeof(request->bytes))
		return;
	memcpy(request->bytes + request->used, &attribute, sizeof(attribute));
	memcpy(request->bytes + request->used + RTA_LENGTH(0), bytes, len);
	request->used += (uint32_t)RTA_SPACE(len);
}

static uint32_t ip_bytes(const struct vrrp_ip *ip)
{
	return ip->family == AF_INET6 ? 16 : 4;
}

static int exchange(int fd, struct request *request)
{
	struct nlmsghdr *message = (void *)request->bytes;
	_Alignas(struct nlmsghdr) char answer[ANSWER_BYTES];
	static uint32_t sequence;

	message->nlmsg_len = request->used;
	message->nlmsg_seq = ++sequence;
	if (send(fd, request->bytes, request->used, 0) < 0)
		return -errno;
	for (;;) {
		ssize_t got = recv(fd, answer, sizeof(answer), 0);
		const struct nlmsghdr *reply = (const void *)answer;
		const struct nlmsgerr *error;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!NLMSG_OK(reply, (uint32_t)got) || reply->nlmsg_seq != sequence ||
			reply->nlmsg_type != NLMSG_ERROR ||
			reply->nlmsg_len < NLMSG_LENGTH(sizeof(*error)))
			continue;
		error = NLMSG_DATA(reply);
		return error->error;
	}
}

int rtnetlink_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	/* The kernel answers within the call; a lost answer must not stop pid 1. */
	struct timeval limit = {.tv_sec = 5};

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

static int set_link(
	int fd, const struct ifinfomsg *header, uint16_t type, const void *bytes, uint32_t len)
{
	struct request request;

	begin(&request, RTM_NEWLINK, 0, header, sizeof(*header));
	if (bytes)
		put(&request, type, bytes, len);
	return exchange(fd, &request);
}

int rtnetlink_set(int fd, uint32_t index, enum rtnetlink_wish wish)
{
	struct ifinfomsg header = {
		.ifi_index = (int)index,
		.ifi_change = IFF_UP,
		.ifi_flags = wish == RTNETLINK_UP ? IFF_UP : 0,
	};

	return set_link(fd, &header, 0, NULL, 0);
}

int rtnetlink_rename(int fd, uint32_t index, const char *name)
{
	struct ifinfomsg header = {.ifi_index = (int)index};

	return set_link(fd, &header, IFLA_IFNAME, name, (uint32_t)strlen(name) + 1);
}

int rtnetlink_set_mtu(int fd, uint32_t index, uint32_t mtu)
{
	struct ifinfomsg header = {.ifi_index = (int)index};

	return set_link(fd, &header, IFLA_MTU, &mtu, sizeof(mtu));
}

int rtnetlink_add_address(int fd, uint32_t index, const struct appliance_prefix *prefix)
{
	struct ifaddrmsg header = {
		.ifa_family = prefix->ip.family,
		.ifa_prefixlen = prefix->bits,
		.ifa_index = index,
	};
	struct request request;

	begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof(header));
	put(&request, IFA_LOCAL, prefix->ip.bytes, ip_bytes(&prefix->ip));
	put(&request, IFA_ADDRESS, prefix->ip.bytes, ip_bytes(&prefix->ip));
	if (prefix->ip.family == AF_INET && prefix->bits < 31) {
		uint32_t address, broadcast;

		memcpy(&address, prefix->ip.bytes, sizeof(address));
		broadcast = address | htonl(UINT32_MAX >> prefix->bits);
		put(&request, IFA_BROADCAST, &broadcast, sizeof(broadcast));
	}
	return exchange(fd, &request);
}

int rtnetlink_add_route(
	int fd, const struct appliance_prefix *to, const struct vrrp_ip *via, uint32_t index)
{
	struct rtmsg header = {
		.rtm_family = via->family,
		.rtm_dst_len = to->bits,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	struct request request;

	begin(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof(header));
	if (to->bits)
		put(&request, RTA_DST, to->ip.bytes, ip_bytes(&to->ip));
	put(&request, RTA_GATEWAY, via->bytes, ip_bytes(via));
	if (index)
		put(&request, RTA_OIF, &index, sizeof(index));
	return exchange(fd, &request);
}
