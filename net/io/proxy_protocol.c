/* SPDX-License-Identifier: GPL-2.0-or-later */
/* proxy_protocol.c - who the client is, as the proxy in front of us says.
 *
 * The header stands before everything else on a connection, in one of two forms: a line of text
 * (version 1) or a binary block (version 2).  It is believed blindly, so it must not be guessed:
 * one space means one space, an address must be one, a length must hold what it announces, and
 * whatever does not start like a header is refused at its first wrong byte.  Nothing is kept
 * between calls: a header is at most a few hundred bytes and nearly always comes in one piece.
 *
 * What follows the addresses in version 2 (type-length-value records) is checked for its lengths
 * and skipped; of the records only the checksum is read, since a wrong one means that the
 * addresses may be wrong too.
 *
 * Pure; any thread. */
#include "net/io/proxy_protocol.h"
#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#define TEXT_BYTES_MAX 107 /* the longest line, with its CRLF */
#define TLV_BYTES      3   /* type and length of a record */
#define TLV_CRC32C     0x03

static const char text_start[6] = {'P', 'R', 'O', 'X', 'Y', ' '};
static const char signature[12] = {
	'\r', '\n', '\r', '\n', '\0', '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};

static int32_t read_text(struct proxy_protocol *header, const char *buf, uint32_t len);
static int32_t read_binary(struct proxy_protocol *header, const char *buf, uint32_t len);

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

int32_t proxy_protocol_read(struct proxy_protocol *header, const char *buf, uint32_t len)
{
	memset(header, 0, sizeof(*header));
	if (len == 0)
		return PROXY_PROTOCOL_MORE;
	if (memcmp(buf, text_start, smaller(len, sizeof(text_start))) == 0)
		return len < sizeof(text_start) ? PROXY_PROTOCOL_MORE : read_text(header, buf, len);
	if (memcmp(buf, signature, smaller(len, sizeof(signature))) == 0)
		return read_binary(header, buf, len);
	return PROXY_PROTOCOL_BAD;
}

/* --- version 1 -------------------------------------------------------------------------------- */

/* Takes the word before the next `end` off [*at, line_end) as a NUL-terminated string. */
static bool take_word(const char **at, const char *line_end, char end, char *word, size_t room)
{
	const char *stop = memchr(*at, end, (size_t)(line_end - *at));
	size_t bytes = stop ? (size_t)(stop - *at) : 0;

	if (!stop || bytes == 0 || bytes >= room || memchr(*at, '\0', bytes))
		return false;
	memcpy(word, *at, bytes);
	word[bytes] = '\0';
	*at = stop + 1;
	return true;
}

/* A decimal of 0 to 65535 without leading zeros. */
static bool read_port(const char *word, in_port_t *port)
{
	uint32_t value = 0;

	if (word[0] == '0' && word[1] != '\0')
		return false;
	for (; *word; word++) {
		if (*word < '0' || *word > '9')
			return false;
		value = value * 10 + (uint32_t)(*word - '0');
		if (value > UINT16_MAX)
			return false;
	}
	*port = htons((uint16_t)value);
	return true;
}

static bool read_address(union address *address, int family, const char *host, const char *port)
{
	if (family == AF_INET) {
		address->in.sin_family = AF_INET;
		return inet_pton(AF_INET, host, &address->in.sin_addr) == 1 &&
		       read_port(port, &address->in.sin_port);
	}
	address->in6.sin6_family = AF_INET6;
	return inet_pton(AF_INET6, host, &address->in6.sin6_addr) == 1 &&
	       read_port(port, &address->in6.sin6_port);
}

/* "TCP4 source destination source-port destination-port\r" */
static bool read_endpoints(struct proxy_protocol *header, const char *at, const char *line_end)
{
	char family[5], source[INET6_ADDRSTRLEN], destination[INET6_ADDRSTRLEN];
	char source_port[6], destination_port[6];
	int af;

	if (!take_word(&at, line_end, ' ', family, sizeof(family)) ||
		!take_word(&at, line_end, ' ', source, sizeof(source)) ||
		!take_word(&at, line_end, ' ', destination, sizeof(destination)) ||
		!take_word(&at, line_end, ' ', source_port, sizeof(source_port)) ||
		!take_word(&at, line_end, '\r', destination_port, sizeof(destination_port)) ||
		at != line_end)
		return false;
	if (strcmp(family, "TCP4") == 0)
		af = AF_INET;
	else if (strcmp(family, "TCP6") == 0)
		af = AF_INET6;
	else
		return false;
	return read_address(&header->source, af, source, source_port) &&
	       read_address(&header->destination, af, destination, destination_port);
}

static int32_t read_text(struct proxy_protocol *header, const char *buf, uint32_t len)
{
	static const char unknown[] = "UNKNOWN";
	const char *at = buf + sizeof(text_start);
	const char *line_feed = memchr(at, '\n', smaller(len, TEXT_BYTES_MAX) - sizeof(text_start));
	const char *line_end = line_feed;

	if (!line_feed)
		return len < TEXT_BYTES_MAX ? PROXY_PROTOCOL_MORE : PROXY_PROTOCOL_BAD;
	if (line_feed[-1] != '\r')
		return PROXY_PROTOCOL_BAD;
	/* What stands after UNKNOWN has to be ignored up to the end of the line. */
	if ((size_t)(line_end - at) > sizeof(unknown) - 1 &&
		memcmp(at, unknown, sizeof(unknown) - 1) == 0 &&
		(at[sizeof(unknown) - 1] == ' ' || at + sizeof(unknown) == line_end)) {
		header->local = true;
		return (int32_t)(line_feed + 1 - buf);
	}
	if (!read_endpoints(header, at, line_end))
		return PROXY_PROTOCOL_BAD;
	return (int32_t)(line_feed + 1 - buf);
}

/* --- version 2 -------------------------------------------------------------------------------- */

enum command { COMMAND_LOCAL, COMMAND_PROXY };

/* Address family in the upper four bits, transport in the lower. */
enum family {
	FAMILY_UNSPEC = 0x00,
	FAMILY_TCP4 = 0x11,
	FAMILY_UDP4 = 0x12,
	FAMILY_TCP6 = 0x21,
	FAMILY_UDP6 = 0x22,
	FAMILY_UNIX_STREAM = 0x31,
	FAMILY_UNIX_DGRAM = 0x32,
};

struct wire_in {
	uint8_t source[4], destination[4];
	uint8_t source_port[2], destination_port[2];
};
struct wire_in6 {
	uint8_t source[16], destination[16];
	uint8_t source_port[2], destination_port[2];
};
struct wire_un {
	uint8_t source[108], destination[108];
};

static uint32_t big_endian_16(const char *at)
{
	return (uint32_t)(uint8_t)at[0] << 8 | (uint8_t)at[1];
}

static void fill_in(struct sockaddr_in *in, const void *host, const void *port)
{
	in->sin_family = AF_INET;
	memcpy(&in->sin_addr, host, sizeof(in->sin_addr));
	memcpy(&in->sin_port, port, sizeof(in->sin_port));
}

static void fill_in6(struct sockaddr_in6 *in6, const void *host, const void *port)
{
	in6->sin6_family = AF_INET6;
	memcpy(&in6->sin6_addr, host, sizeof(in6->sin6_addr));
	memcpy(&in6->sin6_port, port, sizeof(in6->sin6_port));
}

static void fill_un(struct sockaddr_un *un, const void *path)
{
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, sizeof(un->sun_path));
}

/* The addresses at the start of block[0, len).  Returns their bytes, or -1. */
static int32_t read_block(
	struct proxy_protocol *header, uint8_t family, const char *block, uint32_t len)
{
	struct wire_in in;
	struct wire_in6 in6;
	struct wire_un un;

	switch (family) {
	case FAMILY_TCP4:
	case FAMILY_UDP4:
		if (len < sizeof(in))
			return -1;
		memcpy(&in, block, sizeof(in));
		fill_in(&header->source.in, in.source, in.source_port);
		fill_in(&header->destination.in, in.destination, in.destination_port);
		return sizeof(in);
	case FAMILY_TCP6:
	case FAMILY_UDP6:
		if (len < sizeof(in6))
			return -1;
		memcpy(&in6, block, sizeof(in6));
		fill_in6(&header->source.in6, in6.source, in6.source_port);
		fill_in6(&header->destination.in6, in6.destination, in6.destination_port);
		return sizeof(in6);
	case FAMILY_UNIX_STREAM:
	case FAMILY_UNIX_DGRAM:
		if (len < sizeof(un))
			return -1;
		memcpy(&un, block, sizeof(un));
		fill_un(&header->source.un, un.source);
		fill_un(&header->destination.un, un.destination);
		return sizeof(un);
	case FAMILY_UNSPEC:
		header->local = true;
		return 0;
	}
	return -1;
}

/* CRC-32C (RFC 9260, appendix A), four bits at a time. */
static uint32_t crc32c_add(uint32_t crc, const char *bytes, uint32_t len)
{
	static const uint32_t table[16] = {0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
		0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6,
		0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};

	for (uint32_t i = 0; i < len; i++) {
		crc ^= (uint8_t)bytes[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return crc;
}

uint32_t proxy_protocol_crc32c(const char *bytes, uint32_t len)
{
	return crc32c_add(UINT32_MAX, bytes, len) ^ UINT32_MAX;
}

/* The sum is taken over the whole header with the four bytes of the sum itself as zeros. */
static bool checksum_fits(const char *buf, uint32_t len, uint32_t at)
{
	uint32_t crc = crc32c_add(UINT32_MAX, buf, at);

	crc = crc32c_add(crc, "\0\0\0\0", 4);
	crc = crc32c_add(crc, buf + at + 4, len - at - 4) ^ UINT32_MAX;
	return crc == (big_endian_16(buf + at) << 16 | big_endian_16(buf + at + 2));
}

static bool records_fit(const char *buf, uint32_t len, uint32_t at)
{
	while (at < len) {
		uint32_t bytes;

		if (len - at < TLV_BYTES)
			return false;
		bytes = big_endian_16(buf + at + 1);
		if (len - at - TLV_BYTES < bytes)
			return false;
		if (buf[at] == TLV_CRC32C &&
			(bytes != 4 || !checksum_fits(buf, len, at + TLV_BYTES)))
			return false;
		at += TLV_BYTES + bytes;
	}
	return true;
}

static int32_t read_binary(struct proxy_protocol *header, const char *buf, uint32_t len)
{
	uint32_t whole, command;
	int32_t addresses;

	/* What is wrong in the fixed part is said before the rest is there. */
	if (len <= sizeof(signature))
		return PROXY_PROTOCOL_MORE;
	command = (uint8_t)buf[12];
	if (command != (2u << 4 | COMMAND_LOCAL) && command != (2u << 4 | COMMAND_PROXY))
		return PROXY_PROTOCOL_BAD;
	if (len < PROXY_PROTOCOL_FIXED_BYTES)
		return PROXY_PROTOCOL_MORE;
	whole = PROXY_PROTOCOL_FIXED_BYTES + big_endian_16(buf + 14);
	if (whole > PROXY_PROTOCOL_BYTES_MAX)
		return PROXY_PROTOCOL_BAD;
	if (len < whole)
		return PROXY_PROTOCOL_MORE;
	/* LOCAL: the sender speaks for itself, and the block is skipped whatever it holds. */
	if ((command & 15) == COMMAND_LOCAL) {
		header->local = true;
		return (int32_t)whole;
	}
	addresses = read_block(header, (uint8_t)buf[13], buf + PROXY_PROTOCOL_FIXED_BYTES,
		whole - PROXY_PROTOCOL_FIXED_BYTES);
	if (addresses < 0 ||
		!records_fit(buf, whole, PROXY_PROTOCOL_FIXED_BYTES + (uint32_t)addresses))
		return PROXY_PROTOCOL_BAD;
	return (int32_t)whole;
}
