/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses as haproxy.cfg writes them; those that were read print themselves again. */
#include "core/config/address.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define TEXT(literal) .text = (literal)

struct address_case {
	const char *text;
	const char *fault; /* NULL: good */
	enum address_kind kind;
	const char *printed; /* with the first port; NULL: not looked at */
	enum address_port_sign sign;
	uint16_t first, last;
};

#define PLAIN  ADDRESS_PORT_PLAIN
#define ABSENT ADDRESS_PORT_ABSENT

static const struct address_case cases[] = {
	{TEXT("10.0.0.1:80"), NULL, ADDRESS_IP, "10.0.0.1:80", PLAIN, 80, 80},
	{TEXT("10.0.0.1"), NULL, ADDRESS_IP, "10.0.0.1:0", ABSENT, 0, 0},
	{TEXT("10.0.0.1:"), NULL, ADDRESS_IP, "10.0.0.1:0", ABSENT, 0, 0},
	{TEXT(":80"), NULL, ADDRESS_IP, "0.0.0.0:80", PLAIN, 80, 80},
	{TEXT("*:80"), NULL, ADDRESS_IP, "0.0.0.0:80", PLAIN, 80, 80},
	{TEXT(":::80"), NULL, ADDRESS_IP, "[::]:80", PLAIN, 80, 80},
	{TEXT("[::]:80"), NULL, ADDRESS_IP, "[::]:80", PLAIN, 80, 80},
	{TEXT("[2001:db8::1]:8080"), NULL, ADDRESS_IP, "[2001:db8::1]:8080", PLAIN, 8080, 8080},
	{TEXT("[2001:db8::1]"), NULL, ADDRESS_IP, "[2001:db8::1]:0", ABSENT, 0, 0},
	/* what follows the last colon is the port */
	{TEXT("2001:db8::1:80"), NULL, ADDRESS_IP, "[2001:db8::1]:80", PLAIN, 80, 80},
	{TEXT("ipv4@:80"), NULL, ADDRESS_IP, "0.0.0.0:80", PLAIN, 80, 80},
	{TEXT("ipv6@:80"), NULL, ADDRESS_IP, "[::]:80", PLAIN, 80, 80},
	{TEXT("ipv6@*:80"), NULL, ADDRESS_IP, "[::]:80", PLAIN, 80, 80},
	{TEXT("ipv4@10.0.0.1:80"), NULL, ADDRESS_IP, "10.0.0.1:80", PLAIN, 80, 80},
	{TEXT("udp@10.0.0.1:514"), NULL, ADDRESS_IP, "10.0.0.1:514", PLAIN, 514, 514},
	{TEXT("10.0.0.1:8000-8010"), NULL, ADDRESS_IP, "10.0.0.1:8000", PLAIN, 8000, 8010},
	{TEXT("10.0.0.1:80-80"), NULL, ADDRESS_IP, "10.0.0.1:80", PLAIN, 80, 80},
	{TEXT("10.0.0.1:+1000"), NULL, ADDRESS_IP, NULL, ADDRESS_PORT_PLUS, 1000, 1000},
	{TEXT("10.0.0.1:-1"), NULL, ADDRESS_IP, NULL, ADDRESS_PORT_MINUS, 1, 1},
	{TEXT("10.0.0.1:0"), NULL, ADDRESS_IP, "10.0.0.1:0", PLAIN, 0, 0},
	{TEXT("10.0.0.1:65535"), NULL, ADDRESS_IP, "10.0.0.1:65535", PLAIN, 65535, 65535},
	{TEXT("www.example:80"), NULL, ADDRESS_NAME, NULL, PLAIN, 80, 80},
	{TEXT("localhost"), NULL, ADDRESS_NAME, NULL, ABSENT, 0, 0},
	{TEXT("ipv4@2001:db8::1:80"), "invalid address"},
	{TEXT("/run/x.sock"), NULL, ADDRESS_PATH, "/run/x.sock"},
	{TEXT("unix@x.sock"), NULL, ADDRESS_PATH, "x.sock"},
	{TEXT("abns@name"), NULL, ADDRESS_ABSTRACT, "abns@name"},
	{TEXT("fd@7"), NULL, ADDRESS_FD},
	{TEXT("fd@"), "file descriptor is not a valid integer"},
	{TEXT("fd@-1"), "file descriptor is not a valid integer"},
	{TEXT("fd@99999999999"), "file descriptor is not a valid integer"},
	{TEXT("unix@"), "empty socket path"},
	{TEXT("abns@"), "empty abstract socket name"},
	{TEXT("10.0.0.1:65536"), "invalid port"},
	{TEXT("10.0.0.1:x"), "invalid port"},
	{TEXT("10.0.0.1:80x"), "invalid port"},
	{TEXT("10.0.0.1:80-79"), "invalid port range"},
	{TEXT("10.0.0.1:80-"), "invalid port range"},
	{TEXT("10.0.0.1:+1-2"), "invalid port"},
	{TEXT("10.0.0.1:000000000080"), "invalid port"},
	{TEXT("[::1"), "missing ']'"},
	{TEXT("[::1]80"), "unexpected characters after ']'"},
	{TEXT("[10.0.0.1]:80"), "invalid address"},
	{TEXT("a b:80"), "invalid address"},
	{TEXT("a/b:80"), "invalid address"},
	{TEXT("sctp@10.0.0.1:80"), "invalid address"},
};

static void check_case(void **state)
{
	const struct address_case *at = *state;
	char printed[ADDRESS_TEXT_BYTES], *cut = strdup(at->text);
	struct address_text text;
	const char *fault = address_read(&text, at->text);

	if (at->fault) {
		assert_non_null(fault);
		assert_string_equal(fault, at->fault);
	} else {
		assert_null(fault);
		assert_int_equal(text.kind, at->kind);
		assert_int_equal(text.port_sign, at->sign);
		assert_int_equal(text.port_first, at->first);
		assert_int_equal(text.port_last, at->last);
	}
	if (at->printed) {
		if (text.kind == ADDRESS_IP) {
			assert_int_equal(
				address_set_port(&text.address, at->first), text.address_len);
			assert_int_equal(address_port(&text.address), at->first);
		}
		assert_string_equal(address_print(printed, &text.address), at->printed);
	}
	/* Cut at every byte: whatever it is then, it is read or refused. */
	for (size_t len = strlen(at->text); len > 0; len--) {
		cut[len - 1] = '\0';
		address_read(&text, cut);
	}
	free(cut);
}

static void path_lengths(void **state)
{
	char path[128];
	struct address_text text;

	(void)state;
	memset(path, 'p', sizeof(path));
	path[0] = '/';
	path[107] = '\0';
	assert_null(address_read(&text, path));
	memset(path + 107, 'p', 2);
	path[108] = '\0';
	assert_string_equal(address_read(&text, path), "socket path too long");
	memcpy(path, "abns@", 5);
	path[112] = '\0';
	memset(path + 108, 'p', 4);
	assert_null(address_read(&text, path));
	path[112] = 'p';
	path[113] = '\0';
	assert_string_equal(address_read(&text, path), "socket path too long");
}

struct network_case {
	const char *text;
	bool good;
	sa_family_t family;
	uint8_t bits;
	const char *bytes;
};

static const struct network_case networks[] = {
	{TEXT("127.0.0.0/8"), true, AF_INET, 8, "\x7f\0\0\0"},
	{TEXT("127.0.0.1/8"), true, AF_INET, 8, "\x7f\0\0\0"},
	{TEXT("10.1.2.3"), true, AF_INET, 32, "\x0a\1\2\3"},
	{TEXT("10.1.2.3/0"), true, AF_INET, 0, "\0\0\0\0"},
	{TEXT("10.1.255.3/17"), true, AF_INET, 17, "\x0a\1\x80\0"},
	{TEXT("10.1.2.3/255.255.0.0"), true, AF_INET, 16, "\x0a\1\0\0"},
	{TEXT("10.1.2.3/0.0.0.0"), true, AF_INET, 0, "\0\0\0\0"},
	{TEXT("10.1.2.3/255.0.255.0"), false},
	{TEXT("10.1.2.3/33"), false},
	{TEXT("10.1.2.3/"), false},
	{TEXT("10.1.2.3/x"), false},
	{TEXT("10.1.2/8"), false},
	{TEXT(""), false},
	{TEXT("/8"), false},
	{TEXT("2001:db8::1/32"), true, AF_INET6, 32, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0"},
	{TEXT("::1"), true, AF_INET6, 128, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"},
	{TEXT("::1/129"), false},
	{TEXT("::1/255.0.0.0"), false},
	{TEXT("1111:1111:1111:1111:1111:1111:1111:1111:1111:1111/1"), false},
};

static void read_networks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
		const struct network_case *at = &networks[i];
		struct network network;

		print_message("%s\n", at->text);
		assert_int_equal(address_read_network(&network, at->text), at->good);
		if (!at->good)
			continue;
		assert_int_equal(network.family, at->family);
		assert_int_equal(network.prefix_bits, at->bits);
		assert_memory_equal(network.bytes, at->bytes, at->family == AF_INET ? 4 : 16);
	}
}

static void mapped_addresses(void **state)
{
	static const struct {
		const char *text, *becomes; /* NULL: stays */
	} rows[] = {{"[::ffff:192.0.2.1]:80", "192.0.2.1:80"}, {"[2001:db8::1]:80", NULL},
		{"[::192.0.2.1]:80", NULL}, {"192.0.2.1:80", NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address_text read;
		union address address;
		char before[ADDRESS_TEXT_BYTES], after[ADDRESS_TEXT_BYTES];

		assert_null(address_read(&read, rows[i].text));
		address = read.address;
		address_set_port(&address, 80);
		address_print(before, &address);
		address_unmap(&address);
		assert_string_equal(
			address_print(after, &address), rows[i].becomes ? rows[i].becomes : before);
	}
}

int main(void)
{
	enum { CASES = sizeof(cases) / sizeof(cases[0]) };
	struct CMUnitTest tests[CASES + 3];

	for (size_t i = 0; i < CASES; i++)
		tests[i] = (struct CMUnitTest){
			cases[i].text, check_case, NULL, NULL, (void *)(uintptr_t)&cases[i]};
	tests[CASES] = (struct CMUnitTest)cmocka_unit_test(path_lengths);
	tests[CASES + 1] = (struct CMUnitTest)cmocka_unit_test(read_networks);
	tests[CASES + 2] = (struct CMUnitTest)cmocka_unit_test(mapped_addresses);
	return _cmocka_run_group_tests("address", tests, CASES + 3, NULL, NULL);
}
