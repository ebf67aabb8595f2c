/* SPDX-License-Identifier: GPL-2.0-or-later */
/* address.c - how haproxy.cfg writes addresses.
 *
 * The language does not need brackets around an IPv6 address: whatever follows the last colon is
 * the port (":::80" is port 80 on every address).  A prefix before an at sign names the family
 * where the rest could be read in two ways.  Looking names up takes time and can fail, so it is
 * left to resolve.c; here a name is only recognised. */
#include "core/config/address.h"

#include "core/config/number.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const char *read_path(struct address_text *out, const char *path, bool abstract);
static const char *read_fd(struct address_text *out, const char *text);
static const char *read_inet(struct address_text *out, const char *text);
static const char *read_host(struct address_text *out, struct span host);
static const char *read_ports(struct address_text *out, const char *text);

const char *address_read(struct address_text *out, const char *text)
{
	static const struct {
		const char *prefix;
		sa_family_t family;
	} inet[] = {
		{"ipv4@", AF_INET},
		{"ipv6@", AF_INET6},
		{"ip@", AF_UNSPEC},
		{"tcp@", AF_UNSPEC},
		{"tcp4@", AF_INET},
		{"tcp6@", AF_INET6},
		{"udp@", AF_UNSPEC},
		{"udp4@", AF_INET},
		{"udp6@", AF_INET6},
	};

	*out = (struct address_text){.fd = -1};
	if (strncmp(text, "unix@", 5) == 0)
		return read_path(out, text + 5, false);
	if (strncmp(text, "abns@", 5) == 0)
		return read_path(out, text + 5, true);
	if (strncmp(text, "fd@", 3) == 0)
		return read_fd(out, text + 3);
	if (text[0] == '/')
		return read_path(out, text, false);
	for (size_t i = 0; i < sizeof(inet) / sizeof(inet[0]); i++) {
		size_t len = strlen(inet[i].prefix);

		if (strncmp(text, inet[i].prefix, len) == 0) {
			out->family = inet[i].family;
			text += len;
			break;
		}
	}
	return read_inet(out, text);
}

static const char *read_path(struct address_text *out, const char *path, bool abstract)
{
	struct sockaddr_un *un = &out->address.un;
	size_t len = strlen(path), start = abstract ? 1 : 0;

	if (!len)
		return abstract ? "empty abstract socket name" : "empty socket path";
	/* unix(7): an abstract name begins with a NUL and is as long as the address says; HAProxy
	 * pads it with NULs to the full length. */
	if (len + start + (abstract ? 0 : 1) > sizeof(un->sun_path))
		return "socket path too long";
	out->kind = abstract ? ADDRESS_ABSTRACT : ADDRESS_PATH;
	out->family = un->sun_family = AF_UNIX;
	memcpy(un->sun_path + start, path, len);
	out->address_len = sizeof(*un);
	return NULL;
}

static const char *read_fd(struct address_text *out, const char *text)
{
	uint64_t fd;
	char stray;

	if (number_whole(&fd, text, INT32_MAX, &stray) != NUMBER_FINE)
		return "file descriptor is not a valid integer";
	out->kind = ADDRESS_FD;
	out->fd = (int)fd;
	return NULL;
}

static const char *read_inet(struct address_text *out, const char *text)
{
	const char *colon = strrchr(text, ':'), *fault;
	struct span host = span_of_string(text);
	bool bracketed = false;

	if (text[0] == '[') {
		bracketed = true;
		const char *close = strchr(text, ']');

		if (!close)
			return "missing ']'";
		if (close[1] && close[1] != ':')
			return "unexpected characters after ']'";
		host = span_of(text + 1, (size_t)(close - text - 1));
		colon = close[1] ? close + 1 : NULL;
		if (!out->family)
			out->family = AF_INET6;
	} else if (colon) {
		host = span_of(text, (size_t)(colon - text));
	}
	if (colon) {
		fault = read_ports(out, colon + 1);
		if (fault)
			return fault;
	}
	fault = read_host(out, host);
	if (!fault && bracketed && out->kind != ADDRESS_IP)
		fault = "invalid address";
	return fault;
}

static const char *read_host(struct address_text *out, struct span host)
{
	char text[INET6_ADDRSTRLEN];
	sa_family_t wanted = out->family;

	out->kind = ADDRESS_IP;
	if (host.len == 0 || span_equal(host, SPAN("*"))) {
		out->any = true;
		out->family = wanted == AF_INET6 ? AF_INET6 : AF_INET;
		out->address.any.sa_family = out->family;
		out->address_len = address_set_port(&out->address, 0);
		return NULL;
	}
	if (host.len < sizeof(text)) {
		memcpy(text, host.at, host.len);
		text[host.len] = '\0';
		if (wanted != AF_INET6 &&
			inet_pton(AF_INET, text, &out->address.in.sin_addr) == 1) {
			out->family = out->address.in.sin_family = AF_INET;
			out->address_len = sizeof(out->address.in);
			out->any = out->address.in.sin_addr.s_addr == INADDR_ANY;
			return NULL;
		}
		if (wanted != AF_INET &&
			inet_pton(AF_INET6, text, &out->address.in6.sin6_addr) == 1) {
			out->family = out->address.in6.sin6_family = AF_INET6;
			out->address_len = sizeof(out->address.in6);
			out->any = IN6_IS_ADDR_UNSPECIFIED(&out->address.in6.sin6_addr);
			return NULL;
		}
	}
	if (host.len > 253)
		return "name too long";
	for (uint32_t i = 0; i < host.len; i++) {
		char c = host.at[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';

		if (!plain)
			return "invalid address";
	}
	out->kind = ADDRESS_NAME;
	out->family = wanted;
	out->host = host;
	return NULL;
}

/* "80", "80-90", "+1", "-1", and nothing at all, which counts as absent. */
static const char *read_ports(struct address_text *out, const char *text)
{
	struct span first = span_of_string(text);
	const char *dash;
	char number[8];
	uint64_t value;
	char stray;

	if (!*text)
		return NULL;
	out->port_sign = ADDRESS_PORT_PLAIN;
	if (*text == '+' || *text == '-') {
		out->port_sign = *text == '+' ? ADDRESS_PORT_PLUS : ADDRESS_PORT_MINUS;
		first = span_of_string(++text);
	}
	dash = out->port_sign == ADDRESS_PORT_PLAIN ? strchr(text, '-') : NULL;
	if (dash)
		first.len = (uint32_t)(dash - text);
	if (first.len >= sizeof(number))
		return "invalid port";
	memcpy(number, first.at, first.len);
	number[first.len] = '\0';
	if (number_whole(&value, number, 65535, &stray) != NUMBER_FINE)
		return "invalid port";
	out->port_first = out->port_last = (uint16_t)value;
	if (dash) {
		if (number_whole(&value, dash + 1, 65535, &stray) != NUMBER_FINE ||
			value < out->port_first)
			return "invalid port range";
		out->port_last = (uint16_t)value;
	}
	return NULL;
}

socklen_t address_set_port(union address *address, uint16_t port)
{
	if (address->any.sa_family == AF_INET6) {
		address->in6.sin6_port = htons(port);
		return sizeof(address->in6);
	}
	address->in.sin_port = htons(port);
	return sizeof(address->in);
}

uint16_t address_port(const union address *address)
{
	if (address->any.sa_family == AF_INET)
		return ntohs(address->in.sin_port);
	if (address->any.sa_family == AF_INET6)
		return ntohs(address->in6.sin6_port);
	return 0;
}

void address_unmap(union address *address)
{
	struct sockaddr_in6 mapped = address->in6;

	if (address->any.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&mapped.sin6_addr))
		return;
	memset(address, 0, sizeof(address->in));
	address->in.sin_family = AF_INET;
	address->in.sin_port = mapped.sin6_port;
	memcpy(&address->in.sin_addr, mapped.sin6_addr.s6_addr + 12, 4);
}

/* The bits of a mask written as an address, or -1 when its ones are not all in front. */
static int mask_bits(const char *text)
{
	struct in_addr mask;
	uint32_t bits, count = 0;

	if (inet_pton(AF_INET, text, &mask) != 1)
		return -1;
	bits = ntohl(mask.s_addr);
	while (count < 32 && bits & (0x80000000u >> count))
		count++;
	return count == 32 || (bits << count) == 0 ? (int)count : -1;
}

bool address_read_network(struct network *network, const char *text)
{
	char host[INET6_ADDRSTRLEN + 1];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	uint32_t max;
	uint64_t bits;
	char stray;

	*network = (struct network){0};
	if (len == 0 || len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, network->bytes) == 1)
		network->family = AF_INET;
	else if (inet_pton(AF_INET6, host, network->bytes) == 1)
		network->family = AF_INET6;
	else
		return false;
	max = network->family == AF_INET ? 32 : 128;
	bits = max;
	if (slash && number_whole(&bits, slash + 1, max, &stray) != NUMBER_FINE) {
		int written = network->family == AF_INET ? mask_bits(slash + 1) : -1;

		if (written < 0)
			return false;
		bits = (uint64_t)written;
	}
	network->prefix_bits = (uint8_t)bits;
	for (uint32_t i = 0; i < sizeof(network->bytes); i++) {
		uint32_t kept = bits > i * 8 ? (uint32_t)bits - i * 8 : 0;

		if (kept < 8)
			network->bytes[i] &= (uint8_t)(0xff00u >> kept);
	}
	return true;
}

const char *address_print(char out[ADDRESS_TEXT_BYTES], const union address *address)
{
	char host[INET6_ADDRSTRLEN] = "";
	const struct sockaddr_un *un = &address->un;

	switch (address->any.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &address->in.sin_addr, host, sizeof(host));
		snprintf(out, ADDRESS_TEXT_BYTES, "%s:%u", host, ntohs(address->in.sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &address->in6.sin6_addr, host, sizeof(host));
		snprintf(out, ADDRESS_TEXT_BYTES, "[%s]:%u", host, ntohs(address->in6.sin6_port));
		break;
	case AF_UNIX:
		if (un->sun_path[0])
			snprintf(out, ADDRESS_TEXT_BYTES, "%.*s", (int)sizeof(un->sun_path),
				un->sun_path);
		else
			snprintf(out, ADDRESS_TEXT_BYTES, "abns@%.*s",
				(int)sizeof(un->sun_path) - 1, un->sun_path + 1);
		break;
	default:
		snprintf(out, ADDRESS_TEXT_BYTES, "unresolved");
	}
	return out;
}
