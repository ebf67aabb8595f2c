/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sockets.c - raw sockets for advertisements, a packet socket for the neighbours.
 *
 * Arriving messages are read by the ring, one at a time: they are few.  Departing ones are sent by
 * a plain call that does not wait: the order "address, advertisement, gratuitous ARP" is what makes
 * a take-over without a gap, and a call that has returned has kept it.
 *
 * The kernel is told everything that belongs to a message with the message itself (source, hops),
 * since several virtual routers with different settings share a wire.
 *
 * An interface that goes takes its socket's binding with it; the speaker closes and opens anew.
 * The ring may then still hold the old socket: its last completion arms the new one. */
#include "vrrp/sockets.h"
#include <assert.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#define TRAFFIC_CLASS 0xc0 /* internetwork control, which is what keepalived marks */

static void heard(struct op *op, int32_t result, uint32_t flags);

struct vrrp_ip wire_group(uint8_t family)
{
	if (family == AF_INET6)
		return (struct vrrp_ip){.family = AF_INET6, .bytes = {0xff, 0x02, [15] = 0x12}};
	return (struct vrrp_ip){.family = AF_INET, .bytes = {224, 0, 0, 18}};
}

/* ---- opening ---- */

static int set_number(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) < 0 ? -errno : 0;
}

struct setting {
	int level, name, value;
};

static int set_all(int fd, const struct setting *settings, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int error = set_number(fd, settings[i].level, settings[i].name, settings[i].value);

		if (error < 0)
			return error;
	}
	return 0;
}

static int prepare_ipv4(int fd)
{
	static const struct setting settings[] = {
		{IPPROTO_IP, IP_TOS, TRAFFIC_CLASS},
		{IPPROTO_IP, IP_TTL, VRRP_HOPS},
		{IPPROTO_IP, IP_MULTICAST_TTL, VRRP_HOPS},
		{IPPROTO_IP, IP_MULTICAST_LOOP, 0},
		{IPPROTO_IP, IP_MULTICAST_ALL, 0},
		{IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT},
	};

	return set_all(fd, settings, sizeof(settings) / sizeof(settings[0]));
}

static int prepare_ipv6(int fd)
{
	static const struct setting settings[] = {
		{IPPROTO_IPV6, IPV6_TCLASS, TRAFFIC_CLASS},
		{IPPROTO_IPV6, IPV6_UNICAST_HOPS, VRRP_HOPS},
		{IPPROTO_IPV6, IPV6_MULTICAST_HOPS, VRRP_HOPS},
		{IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0},
		{IPPROTO_IPV6, IPV6_RECVPKTINFO, 1},
		{IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1},
	};

	return set_all(fd, settings, sizeof(settings) / sizeof(settings[0]));
}

static int choose_interface(const struct wire *wire)
{
	struct ip_mreqn choice = {.imr_ifindex = (int)wire->index};

	if (!*wire->interface)
		return 0;
	if (setsockopt(wire->fd, SOL_SOCKET, SO_BINDTODEVICE, wire->interface,
		    (socklen_t)strlen(wire->interface)) < 0)
		return -errno;
	if (wire->family == AF_INET6)
		return set_number(wire->fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)wire->index);
	if (setsockopt(wire->fd, IPPROTO_IP, IP_MULTICAST_IF, &choice, sizeof(choice)) < 0)
		return -errno;
	return 0;
}

static void expect(struct wire *wire)
{
	struct io_uring_sqe *sqe = loop_prepare(wire->loop, &wire->op);

	wire->iovec = (struct iovec){wire->bytes, sizeof(wire->bytes)};
	wire->header = (struct msghdr){
		.msg_name = &wire->sender,
		.msg_namelen = sizeof(wire->sender),
		.msg_iov = &wire->iovec,
		.msg_iovlen = 1,
		.msg_control = wire->control,
		.msg_controllen = sizeof(wire->control),
	};
	io_uring_prep_recvmsg(sqe, wire->fd, &wire->header, 0);
	wire->armed = true;
}

int wire_open(struct wire *wire, uint32_t index)
{
	int error;

	assert(wire->fd < 0 && wire->loop && wire->heard);
	wire->index = index;
	wire->op.done = heard;
	wire->fd = socket(wire->family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, VRRP_PROTOCOL);
	if (wire->fd < 0)
		return -errno;
	error = wire->family == AF_INET6 ? prepare_ipv6(wire->fd) : prepare_ipv4(wire->fd);
	if (error == 0)
		error = choose_interface(wire);
	if (error < 0) {
		close(wire->fd);
		wire->fd = -1;
		return error;
	}
	if (!wire->armed)
		expect(wire);
	return 0;
}

int wire_join(struct wire *wire, const struct vrrp_ip *given, uint32_t index)
{
	struct vrrp_ip group = given->family == wire->family ? *given : wire_group(wire->family);
	struct ipv6_mreq six = {.ipv6mr_interface = index};
	struct ip_mreqn four = {.imr_ifindex = (int)index};
	int done;

	if (wire->family == AF_INET6) {
		memcpy(&six.ipv6mr_multiaddr, group.bytes, 16);
		done = setsockopt(wire->fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six, sizeof(six));
	} else {
		memcpy(&four.imr_multiaddr, group.bytes, 4);
		done = setsockopt(wire->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof(four));
	}
	/* Another virtual router on this wire has asked for the same. */
	return done < 0 && errno != EADDRINUSE ? -errno : 0;
}

bool wire_source_to(const struct wire *wire, const struct vrrp_ip *peer, struct vrrp_ip *source)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(9)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(9)};
	bool is_six = wire->family == AF_INET6;
	struct sockaddr *end = is_six ? (void *)&six : (void *)&four;
	socklen_t len = is_six ? sizeof(six) : sizeof(four);
	int fd = socket(wire->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found;

	memcpy(&four.sin_addr, peer->bytes, 4);
	memcpy(&six.sin6_addr, peer->bytes, 16);
	if (fd >= 0 && *wire->interface)
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, wire->interface,
			(socklen_t)strlen(wire->interface));
	/* Nothing is sent: the kernel looks its routes up. */
	found = fd >= 0 && connect(fd, end, len) == 0 && getsockname(fd, end, &len) == 0;
	if (fd >= 0)
		close(fd);
	if (!found)
		return false;
	*source = (struct vrrp_ip){.family = wire->family};
	memcpy(source->bytes, is_six ? (void *)&six.sin6_addr : (void *)&four.sin_addr,
		is_six ? 16 : 4);
	return true;
}

void wire_close(struct wire *wire)
{
	if (wire->fd < 0)
		return;
	if (wire->armed)
		loop_cancel(wire->loop, &wire->op);
	close(wire->fd);
	wire->fd = -1;
}

/* ---- hearing ---- */

static void read_ipv6_notes(struct wire *wire, struct vrrp_datagram *datagram)
{
	struct msghdr *header = &wire->header;

	for (struct cmsghdr *note = CMSG_FIRSTHDR(header); note; note = CMSG_NXTHDR(header, note)) {
		if (note->cmsg_level != IPPROTO_IPV6)
			continue;
		if (note->cmsg_type == IPV6_HOPLIMIT && note->cmsg_len == CMSG_LEN(sizeof(int))) {
			int hops;

			memcpy(&hops, CMSG_DATA(note), sizeof(hops));
			datagram->hops = (uint8_t)hops;
		} else if (note->cmsg_type == IPV6_PKTINFO &&
			   note->cmsg_len == CMSG_LEN(sizeof(struct in6_pktinfo))) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(note), sizeof(info));
			datagram->destination.family = AF_INET6;
			memcpy(datagram->destination.bytes, &info.ipi6_addr, 16);
		}
	}
}

static bool read_ipv6(struct wire *wire, uint32_t len, struct vrrp_datagram *datagram)
{
	const struct sockaddr_in6 *sender = (const void *)&wire->sender;

	*datagram = (struct vrrp_datagram){.bytes = wire->bytes, .len = len};
	if (sender->sin6_family != AF_INET6)
		return false;
	datagram->source.family = AF_INET6;
	memcpy(datagram->source.bytes, &sender->sin6_addr, 16);
	read_ipv6_notes(wire, datagram);
	return datagram->destination.family == AF_INET6;
}

static void heard(struct op *op, int32_t result, uint32_t flags)
{
	struct wire *wire = container_of(op, struct wire, op);
	struct vrrp_datagram datagram;

	(void)flags;
	wire->armed = false;
	if (result > 0 && wire->fd >= 0 && !(wire->header.msg_flags & MSG_TRUNC)) {
		bool good = wire->family == AF_INET6 ? read_ipv6(wire, (uint32_t)result, &datagram)
						     : vrrp_datagram_from_ipv4(&datagram,
							       wire->bytes, (uint32_t)result);

		if (good)
			wire->heard(wire, &datagram);
	}
	/* ENETDOWN comes once when the interface goes down; the socket lives on. */
	if (wire->fd >= 0 && !wire->armed)
		expect(wire);
}

/* ---- speaking ---- */

/* The control message that names the source address. */
static size_t note_source(
	struct cmsghdr *note, const struct wire *wire, const struct wire_letter *letter)
{
	if (wire->family == AF_INET6) {
		struct in6_pktinfo info = {.ipi6_ifindex = wire->index};

		memcpy(&info.ipi6_addr, letter->source.bytes, 16);
		note->cmsg_level = IPPROTO_IPV6;
		note->cmsg_type = IPV6_PKTINFO;
		note->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(note), &info, sizeof(info));
		return CMSG_SPACE(sizeof(info));
	}
	struct in_pktinfo info = {.ipi_ifindex = (int)wire->index};

	memcpy(&info.ipi_spec_dst, letter->source.bytes, 4);
	note->cmsg_level = IPPROTO_IP;
	note->cmsg_type = IP_PKTINFO;
	note->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(note), &info, sizeof(info));
	return CMSG_SPACE(sizeof(info));
}

static size_t note_hops(
	struct cmsghdr *note, const struct wire *wire, const struct wire_letter *letter)
{
	int hops = letter->hops;

	note->cmsg_level = wire->family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
	note->cmsg_type = wire->family == AF_INET6 ? IPV6_HOPLIMIT : IP_TTL;
	note->cmsg_len = CMSG_LEN(sizeof(hops));
	memcpy(CMSG_DATA(note), &hops, sizeof(hops));
	return CMSG_SPACE(sizeof(hops));
}

static socklen_t name_destination(
	struct sockaddr_storage *name, const struct wire *wire, const struct wire_letter *letter)
{
	struct sockaddr_in6 *six = (void *)name;
	struct sockaddr_in *four = (void *)name;

	*name = (struct sockaddr_storage){.ss_family = wire->family};
	if (wire->family == AF_INET6) {
		memcpy(&six->sin6_addr, letter->destination.bytes, 16);
		six->sin6_scope_id = wire->index;
		return sizeof(*six);
	}
	memcpy(&four->sin_addr, letter->destination.bytes, 4);
	return sizeof(*four);
}

int wire_send(const struct wire *wire, const struct wire_letter *letter)
{
	_Alignas(struct cmsghdr) uint8_t control[128] = {0};
	struct sockaddr_storage name;
	struct iovec iovec = {(void *)(uintptr_t)letter->bytes, letter->len};
	struct msghdr header = {
		.msg_name = &name,
		.msg_iov = &iovec,
		.msg_iovlen = 1,
		.msg_control = control,
	};
	size_t used;

	if (wire->fd < 0)
		return -ENETDOWN;
	header.msg_namelen = name_destination(&name, wire, letter);
	used = note_source((void *)control, wire, letter);
	used += note_hops((void *)(control + used), wire, letter);
	header.msg_controllen = used;
	return sendmsg(wire->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int wire_open_frames(void)
{
	/* Protocol 0: nothing is ever delivered to it. */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

int wire_send_frame(int fd, uint32_t index, const uint8_t *frame, uint32_t len)
{
	struct sockaddr_ll name = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)index,
		.sll_halen = ETH_ALEN,
	};

	memcpy(name.sll_addr, frame, ETH_ALEN);
	return sendto(fd, frame, len, MSG_DONTWAIT, (const struct sockaddr *)&name, sizeof(name)) <
			       0
		       ? -errno
		       : 0;
}
