/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source.c - the near end of a connection to a server.
 *
 * Without a port the kernel chooses one when the socket connects (IP_BIND_ADDRESS_NO_PORT): then
 * it knows the far end, and one local port may serve many servers.  A range of ports is walked
 * through from where the last connection left off.
 *
 * To look like the client, the socket is made transparent, which takes CAP_NET_RAW: the balancer
 * keeps that one capability when the configuration says usesrc.  What the servers answer has to be
 * led back here by routing rules of the machine's. */
#include "core/source.h"
#include "core/config/address.h"
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static socklen_t length_of(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->in) : sizeof(address->in6);
}

/* IPv4 and IPv6 have the port in the same place. */
static void set_port(union address *address, uint16_t port)
{
	address->in.sin_port = htons(port);
}

static int bind_to(int fd, const union address *address)
{
	return bind(fd, &address->any, length_of(address)) < 0 ? -errno : 0;
}

static int bind_in_range(
	int fd, union address *address, const struct source *source, uint32_t *turn)
{
	uint32_t ports = (uint32_t)source->port_last - source->port_first + 1;
	uint32_t tries = ports < SOURCE_TRIES_MAX ? ports : SOURCE_TRIES_MAX;
	int error = -EADDRINUSE;

	for (uint32_t i = 0; i < tries && error == -EADDRINUSE; i++) {
		set_port(address, (uint16_t)(source->port_first + (*turn)++ % ports));
		error = bind_to(fd, address);
	}
	return error == -EADDRINUSE ? -EADDRNOTAVAIL : error;
}

/* The client's address as one of this family: an IPv4 client of an IPv6 socket is a mapped one. */
static bool take_client(union address *address, sa_family_t family, const struct sockaddr *client)
{
	if (client->sa_family != AF_INET && client->sa_family != AF_INET6)
		return false;
	memcpy(address, client,
		client->sa_family == AF_INET ? sizeof(address->in) : sizeof(address->in6));
	if (family == AF_INET)
		address_unmap(address);
	return address->any.sa_family == family;
}

static int make_transparent(int fd, sa_family_t family)
{
	int one = 1;
	int result = family == AF_INET
			     ? setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &one, sizeof(one))
			     : setsockopt(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, &one, sizeof(one));

	return result < 0 ? -errno : 0;
}

static int bind_spoofed(
	int fd, sa_family_t family, const struct source *source, const struct sockaddr *client)
{
	union address address = source->spoofed;
	int error, one = 1;

	if (source->use != SOURCE_ADDRESS && !take_client(&address, family, client))
		return -EAFNOSUPPORT;
	if (address.any.sa_family != family)
		return -EAFNOSUPPORT;
	if (source->use == SOURCE_CLIENT_IP)
		set_port(&address, 0);
	error = make_transparent(fd, family);
	if (error < 0)
		return error;
	/* The port of a client that has come before may still be waiting for its end. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (address.in.sin_port == 0)
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	return bind_to(fd, &address);
}

int source_bind(int fd, sa_family_t family, const struct source *source,
	const struct sockaddr *client, uint32_t *turn)
{
	union address address = source->address;
	int one = 1;

	if (family != AF_INET && family != AF_INET6)
		return 0; /* a unix socket comes from nowhere */
	if (source->interface && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, source->interface,
					 (socklen_t)strlen(source->interface)) < 0)
		return -errno;
	if (source->use == SOURCE_ADDRESS || (source->use != SOURCE_OWN && client))
		return bind_spoofed(fd, family, source, client);
	if (address.any.sa_family == AF_UNSPEC) {
		if (!source->port_first)
			return 0;
		memset(&address, 0, sizeof(address));
		address.any.sa_family = family;
	}
	if (address.any.sa_family != family)
		return 0; /* an address of the other family's servers */
	if (source->port_first)
		return bind_in_range(fd, &address, source, turn);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	return bind_to(fd, &address);
}
