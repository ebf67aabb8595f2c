/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PROXY protocol: addresses out of both versions, cut at every byte. */
#include "net/io/proxy_protocol.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define BYTES(literal) .bytes = (literal), .len = sizeof(literal) - 1
#define SIGNATURE      "\r\n\r\n\0\r\nQUIT\n"
#define IN4	       "\x7f\x00\x00\x01\x0a\x00\x00\x02\x1f\x90\x00\x50"
#define ONE6	       "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
#define TWO6	       "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2"
#define ZEROS_100                                                                                  \
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" \
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" \
	"\0\0\0\0\0\0\0\0\0\0\0\0"

struct proxy_case {
	const char *name;
	const char *bytes;
	size_t len;
	const char *source; /* NULL: refused; "local" */
	const char *destination;
	uint32_t after; /* bytes behind the header */
};

static const struct proxy_case cases[] = {
	/* version 1 */
	{"TCP4", BYTES("PROXY TCP4 192.168.0.1 10.0.0.2 56324 443\r\n"), "192.168.0.1:56324",
		"10.0.0.2:443"},
	{"TCP6", BYTES("PROXY TCP6 ::1 2001:db8::2 1 65535\r\n"), "::1:1", "2001:db8::2:65535"},
	{"the request follows", BYTES("PROXY TCP4 1.1.1.1 2.2.2.2 0 1\r\nGET /"), "1.1.1.1:0",
		"2.2.2.2:1", 5},
	{"UNKNOWN", BYTES("PROXY UNKNOWN\r\n"), "local"},
	{"UNKNOWN with whatever", BYTES("PROXY UNKNOWN ffff: x  y\r\n"), "local"},
	{"UNKNOWN and a letter", BYTES("PROXY UNKNOWNS\r\n")},
	{"two spaces", BYTES("PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n")},
	{"space at the end", BYTES("PROXY TCP4 1.1.1.1 2.2.2.2 1 2 \r\n")},
	{"a word too many", BYTES("PROXY TCP4 1.1.1.1 2.2.2.2 1 2 3\r\n")},
	{"a word too few", BYTES("PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n")},
	{"nothing", BYTES("PROXY \r\n")},
	{"small letters", BYTES("PROXY tcp4 1.1.1.1 2.2.2.2 1 2\r\n")},
	{"UDP4", BYTES("PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n")},
	{"IPv6 as TCP4", BYTES("PROXY TCP4 ::1 ::2 1 2\r\n")},
	{"IPv4 as TCP6", BYTES("PROXY TCP6 1.1.1.1 2.2.2.2 1 2\r\n")},
	{"address with zeros", BYTES("PROXY TCP4 01.1.1.1 2.2.2.2 1 2\r\n")},
	{"address above 255", BYTES("PROXY TCP4 256.1.1.1 2.2.2.2 1 2\r\n")},
	{"port above 65535", BYTES("PROXY TCP4 1.1.1.1 2.2.2.2 65536 2\r\n")},
	{"port with zeros", BYTES("PROXY TCP4 1.1.1.1 2.2.2.2 01 2\r\n")},
	{"port with a sign", BYTES("PROXY TCP4 1.1.1.1 2.2.2.2 +1 2\r\n")},
	{"bare LF", BYTES("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n")},
	{"bare CR", BYTES("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\rX\r\n")},
	{"NUL", BYTES("PROXY TCP4 1.1.1.1\0 2.2.2.2 1 2\r\n")},
	{"longest line",
		BYTES("PROXY UNKNOWN 4567890123456789012345678901234567890123456789"
		      "012345678901234567890123456789012345678901234\r\n"),
		"local"},
	{"line of 108 bytes", BYTES("PROXY UNKNOWN 4567890123456789012345678901234567890123456789"
				    "0123456789012345678901234567890123456789012345\r\n")},
	{"another protocol", BYTES("GET / HTTP/1.1\r\n")},
	{"nearly", BYTES("PROXY\tTCP4")},
	/* version 2 */
	{"TCP4, binary", BYTES(SIGNATURE "\x21\x11\0\x0c" IN4), "127.0.0.1:8080", "10.0.0.2:80"},
	{"UDP4, binary", BYTES(SIGNATURE "\x21\x12\0\x0c" IN4), "127.0.0.1:8080", "10.0.0.2:80"},
	{"TCP6, binary", BYTES(SIGNATURE "\x21\x21\0\x24" ONE6 TWO6 "\0\1\0\2"), "::1:1", "::2:2"},
	{"unix", BYTES(SIGNATURE "\x21\x31\0\xd8/tmp/abc" ZEROS_100 "/tmp/def" ZEROS_100),
		"/tmp/abc", "/tmp/def"},
	{"unspecified", BYTES(SIGNATURE "\x21\0\0\0"), "local"},
	{"unspecified with a record", BYTES(SIGNATURE "\x21\0\0\4\xe0\0\1x"), "local"},
	{"local", BYTES(SIGNATURE "\x20\0\0\0GET"), "local", NULL, 3},
	{"local with whatever", BYTES(SIGNATURE "\x20\xff\0\2\xff\xff"), "local"},
	{"records", BYTES(SIGNATURE "\x21\x11\0\x16" IN4 "\x02\0\1a\x04\0\0\x04\0\0XY"),
		"127.0.0.1:8080", "10.0.0.2:80", 2},
	{"record too long", BYTES(SIGNATURE "\x21\x11\0\x10" IN4 "\x02\0\2a")},
	{"half a record", BYTES(SIGNATURE "\x21\x11\0\x0e" IN4 "\x02\0")},
	{"right checksum", BYTES(SIGNATURE "\x21\x11\0\x13" IN4 "\x03\0\4\x57\x9c\xd0\x74"),
		"127.0.0.1:8080", "10.0.0.2:80"},
	{"wrong checksum", BYTES(SIGNATURE "\x21\x11\0\x13" IN4 "\x03\0\4\x57\x9c\xd0\x75")},
	{"checksum of 3 bytes", BYTES(SIGNATURE "\x21\x11\0\x12" IN4 "\x03\0\3\x57\x9c\xd0")},
	{"too short for its family", BYTES(SIGNATURE "\x21\x11\0\x0b" IN4)},
	{"too short for IPv6", BYTES(SIGNATURE "\x21\x21\0\x0c" IN4)},
	{"unknown family", BYTES(SIGNATURE "\x21\x41\0\x0c" IN4)},
	{"unknown transport", BYTES(SIGNATURE "\x21\x13\0\x0c" IN4)},
	{"unknown command", BYTES(SIGNATURE "\x22\x11\0\x0c" IN4)},
	{"version 3", BYTES(SIGNATURE "\x31\x11\0\x0c" IN4)},
	{"wrong signature", BYTES("\r\n\r\n\0\r\nQUIT\r\x21\x11\0\x0c" IN4)},
	{"longer than we wait for", BYTES(SIGNATURE "\x21\x11\x0f\xf1" IN4)},
};

static const char *show(const union address *address, char *text, size_t room)
{
	char host[INET6_ADDRSTRLEN];

	switch (address->any.sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &address->in.sin_addr, host, sizeof(host));
		snprintf(text, room, "%s:%u", host, ntohs(address->in.sin_port));
		return text;
	case AF_INET6:
		inet_ntop(AF_INET6, &address->in6.sin6_addr, host, sizeof(host));
		snprintf(text, room, "%s:%u", host, ntohs(address->in6.sin6_port));
		return text;
	case AF_UNIX:
		snprintf(text, room, "%.108s", address->un.sun_path);
		return text;
	}
	return "none";
}

static void check_addresses(const struct proxy_case *c, const struct proxy_protocol *header)
{
	char text[128];

	assert_int_equal(header->local, strcmp(c->source, "local") == 0);
	if (header->local) {
		assert_string_equal(show(&header->source, text, sizeof(text)), "none");
		return;
	}
	assert_string_equal(show(&header->source, text, sizeof(text)), c->source);
	assert_string_equal(show(&header->destination, text, sizeof(text)), c->destination);
}

static void check(const struct proxy_case *c)
{
	uint32_t whole = (uint32_t)c->len - c->after;
	struct proxy_protocol header;
	bool refused = false;

	for (uint32_t len = 0; len <= c->len; len++) {
		char *copy = malloc(len ? len : 1);
		int32_t result;

		memcpy(copy, c->bytes, len);
		result = proxy_protocol_read(&header, copy, len);
		free(copy);
		refused |= result == PROXY_PROTOCOL_BAD;
		if (c->source)
			assert_int_equal(
				result, len < whole ? PROXY_PROTOCOL_MORE : (int32_t)whole);
		else
			assert_int_equal(
				result, refused ? PROXY_PROTOCOL_BAD : PROXY_PROTOCOL_MORE);
	}
	assert_int_equal(refused, c->source == NULL);
	if (c->source)
		check_addresses(c, &header);
}

static void headers_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("  %s\n", cases[i].name);
		check(&cases[i]);
	}
}

static union address make(int family, const char *text, uint16_t port)
{
	union address address = {.any.sa_family = (sa_family_t)family};

	address.in.sin_port = htons(port);
	if (family == AF_INET)
		assert_int_equal(inet_pton(family, text, &address.in.sin_addr), 1);
	if (family == AF_INET6)
		assert_int_equal(inet_pton(family, text, &address.in6.sin6_addr), 1);
	return address;
}

/* As HAProxy 2.6 writes them, byte for byte; and what is written is read again as what it was. */
static void written_headers(void **state)
{
	const struct {
		const char *name;
		union address source, destination;
		const char *text;
		const char *bytes;
		uint32_t len;
	} written[] = {
		{"IPv4", make(AF_INET, "127.0.0.1", 58494), make(AF_INET, "127.0.0.1", 11002),
			"PROXY TCP4 127.0.0.1 127.0.0.1 58494 11002\r\n",
			BYTES(SIGNATURE "!\x11\0\x0c\x7f\0\0\1\x7f\0\0\1\xe4~*\xfa")},
		{"IPv6", make(AF_INET6, "::1", 50444), make(AF_INET6, "::2", 11101),
			"PROXY TCP6 ::1 ::2 50444 11101\r\n",
			BYTES(SIGNATURE "!!\0$" ONE6 TWO6 "\xc5\x0c+]")},
		{"of both", make(AF_INET, "10.0.0.2", 1), make(AF_INET6, "::2", 65535),
			"PROXY TCP6 ::ffff:10.0.0.2 ::2 1 65535\r\n",
			BYTES(SIGNATURE "!!\0$\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\2" TWO6
					"\0\1\xff\xff")},
		{"a unix socket", make(AF_UNIX, "", 0), make(AF_UNIX, "", 0), "PROXY UNKNOWN\r\n",
			BYTES(SIGNATURE " \0\0\0")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		struct proxy_protocol header = {
			.source = written[i].source, .destination = written[i].destination};
		struct proxy_protocol again;
		char out[PROXY_PROTOCOL_ROOM];
		uint32_t len = proxy_protocol_write_text(out, &header);

		print_message("%s\n", written[i].name);
		assert_int_equal(len, strlen(written[i].text));
		assert_memory_equal(out, written[i].text, len);
		assert_int_equal(proxy_protocol_read(&again, out, len), len);
		len = proxy_protocol_write_binary(out, &header, PROXY_PROTOCOL_PLAIN);
		assert_int_equal(len, written[i].len);
		assert_memory_equal(out, written[i].bytes, len);
		/* With a checksum that the reader believes, and only that one. */
		len = proxy_protocol_write_binary(out, &header, PROXY_PROTOCOL_SUMMED);
		assert_int_equal(len, written[i].len + 7);
		assert_int_equal(proxy_protocol_read(&again, out, len), len);
		if (!again.local) {
			assert_int_equal(again.source.in.sin_port, header.source.in.sin_port);
			out[PROXY_PROTOCOL_FIXED_BYTES] ^= 1;
			assert_int_equal(proxy_protocol_read(&again, out, len), PROXY_PROTOCOL_BAD);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_headers),
		cmocka_unit_test(headers_are_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
