/* SPDX-License-Identifier: GPL-2.0-or-later */
/* proxy_protocol_write.c - who the client is, said to a server.
 *
 * Version 1 is a line of text, version 2 a block of bytes; both name the client and the address
 * that it came to.  Where one of the two is IPv6 the other is written as a mapped address; where
 * one of them has no IP address at all (a unix socket), the header says that nothing is known.
 *
 * Pure; any thread. */
#include "net/io/proxy_protocol.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* The bytes of an address, IPv4 as a mapped one. */
static void map(uint8_t out[16], const union address *address)
{
	static const uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	if (address->any.sa_family == AF_INET6) {
		memcpy(out, &address->in6.sin6_addr, 16);
		return;
	}
	memcpy(out, prefix, sizeof(prefix));
	memcpy(out + sizeof(prefix), &address->in.sin_addr, 4);
}

/* AF_INET when both are, AF_INET6 when both are IP addresses, else AF_UNSPEC. */
static int common_family(const struct proxy_protocol *header)
{
	int a = header->source.any.sa_family, b = header->destination.any.sa_family;

	if (header->local || (a != AF_INET && a != AF_INET6) || (b != AF_INET && b != AF_INET6))
		return AF_UNSPEC;
	return a == b ? a : AF_INET6;
}

/* IPv4 and IPv6 have the port in the same place. */
static uint16_t port_of(const union address *address)
{
	return ntohs(address->in.sin_port);
}

uint32_t proxy_protocol_write_text(
	char out[PROXY_PROTOCOL_ROOM], const struct proxy_protocol *header)
{
	char source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	int family = common_family(header);
	uint8_t bytes[16];
	int len;

	if (family == AF_UNSPEC) {
		len = snprintf(out, PROXY_PROTOCOL_ROOM, "PROXY UNKNOWN\r\n");
	} else {
		if (family == AF_INET) {
			inet_ntop(family, &header->source.in.sin_addr, source, sizeof(source));
			inet_ntop(family, &header->destination.in.sin_addr, destination,
				sizeof(destination));
		} else {
			map(bytes, &header->source);
			inet_ntop(family, bytes, source, sizeof(source));
			map(bytes, &header->destination);
			inet_ntop(family, bytes, destination, sizeof(destination));
		}
		len = snprintf(out, PROXY_PROTOCOL_ROOM, "PROXY TCP%c %s %s %u %u\r\n",
			family == AF_INET ? '4' : '6', source, destination,
			port_of(&header->source), port_of(&header->destination));
	}
	return (uint32_t)len;
}

static void put_16(char *at, uint32_t value)
{
	at[0] = (char)(value >> 8);
	at[1] = (char)value;
}

uint32_t proxy_protocol_write_binary(char out[PROXY_PROTOCOL_ROOM],
	const struct proxy_protocol *header, enum proxy_protocol_sum sum)
{
	static const char signature[12] = "\r\n\r\n\0\r\nQUIT\n";
	int family = common_family(header);
	uint32_t len = PROXY_PROTOCOL_FIXED_BYTES, address_bytes = family == AF_INET ? 4 : 16;

	memcpy(out, signature, sizeof(signature));
	out[12] = family == AF_UNSPEC ? 0x20 : 0x21; /* version 2; LOCAL or PROXY */
	out[13] = family == AF_UNSPEC ? 0x00 : family == AF_INET ? 0x11 : 0x21; /* over TCP */
	if (family == AF_INET) {
		memcpy(out + len, &header->source.in.sin_addr, 4);
		memcpy(out + len + 4, &header->destination.in.sin_addr, 4);
	} else if (family == AF_INET6) {
		map((uint8_t *)out + len, &header->source);
		map((uint8_t *)out + len + 16, &header->destination);
	}
	if (family != AF_UNSPEC) {
		len += 2 * address_bytes;
		put_16(out + len, port_of(&header->source));
		put_16(out + len + 2, port_of(&header->destination));
		len += 4;
	}
	if (sum == PROXY_PROTOCOL_SUMMED) {
		memcpy(out + len, "\3\0\4\0\0\0\0", 7);
		len += 7;
	}
	put_16(out + 14, len - PROXY_PROTOCOL_FIXED_BYTES);
	if (sum == PROXY_PROTOCOL_SUMMED) {
		uint32_t crc = proxy_protocol_crc32c(out, len);

		put_16(out + len - 4, crc >> 16);
		put_16(out + len - 2, crc);
	}
	return len;
}
