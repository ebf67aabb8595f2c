/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advertisements: captures of keepalived, checksums by hand, every kind of bad packet, and every
 * place where one can be cut. */
#include "vrrp/ip.h"
#include "vrrp/packet.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct vrrp_ip lb1 = {AF_INET, {192, 168, 25, 201}};
static const struct vrrp_ip lb2 = {AF_INET, {192, 168, 25, 202}};
static const struct vrrp_ip everyone = {AF_INET, {224, 0, 0, 18}};
static const struct vrrp_ip vip[] = {{AF_INET, {192, 168, 25, 203}}};
static const struct vrrp_ip vip_pair[] = {
	{AF_INET, {192, 168, 25, 203}}, {AF_INET, {192, 168, 25, 204}}};

static const struct vrrp_ip lb1_v6 = {AF_INET6, {0xfe, 0x80, [15] = 1}};
static const struct vrrp_ip lb2_v6 = {AF_INET6, {0xfe, 0x80, [15] = 2}};
static const struct vrrp_ip everyone_v6 = {AF_INET6, {0xff, 0x02, [15] = 0x12}};
static const struct vrrp_ip vip_v6[] = {
	{AF_INET6, {0xfe, 0x80, [15] = 0x10}}, {AF_INET6, {0x20, 0x01, 0x0d, 0xb8, [15] = 0x10}}};

/* As captured on the wire. */
static const uint8_t v2_capture[] = {0x21, 0x32, 0x65, 0x01, 0x00, 0x01, 0x9f, 0x57, 0xc0, 0xa8,
	0x19, 0xcb, 0, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t v3_capture[] = {
	0x31, 0x32, 0x65, 0x01, 0x00, 0x64, 0xd3, 0xf3, 0xc0, 0xa8, 0x19, 0xcb};
static const uint8_t v3_plain[] = {
	0x31, 0x32, 0x65, 0x01, 0x00, 0x64, 0x8e, 0xf4, 0xc0, 0xa8, 0x19, 0xcb};

static struct vrrp_expected expect(uint8_t version)
{
	return (struct vrrp_expected){
		.family = AF_INET,
		.version = version,
		.router_id = 50,
		.advert_us = 1000000,
		.source = lb2,
		.addresses = vip,
		.address_count = 1,
	};
}

static struct vrrp_datagram datagram_of(const void *bytes, size_t len)
{
	return (struct vrrp_datagram){
		.source = lb1,
		.destination = everyone,
		.hops = 255,
		.bytes = bytes,
		.len = (uint32_t)len,
	};
}

static struct vrrp_message message_of(uint8_t version)
{
	return (struct vrrp_message){
		.version = version,
		.router_id = 50,
		.priority = 101,
		.advert_us = 1000000,
		.source = lb1,
		.destination = everyone,
		.addresses = vip,
		.address_count = 1,
	};
}

static void reads_captures(void **state)
{
	static const struct {
		const char *name;
		uint8_t version;
		const uint8_t *bytes;
		size_t len;
		enum vrrp_checksum checksum;
	} cases[] = {
		{"version 2", 2, v2_capture, sizeof(v2_capture), VRRP_CHECKSUM_PLAIN},
		{"version 3 with the pseudo-header", 3, v3_capture, sizeof(v3_capture),
			VRRP_CHECKSUM_PSEUDO},
		{"version 3 without", 3, v3_plain, sizeof(v3_plain), VRRP_CHECKSUM_PLAIN},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vrrp_expected expected = expect(cases[i].version);
		struct vrrp_datagram datagram = datagram_of(cases[i].bytes, cases[i].len);
		struct vrrp_advert advert;

		print_message("  %s\n", cases[i].name);
		assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_GOOD);
		assert_int_equal(advert.priority, 101);
		assert_int_equal(advert.advert_us, 1000000);
		assert_int_equal(advert.address_count, 1);
		assert_int_equal(advert.checksum, cases[i].checksum);
		assert_false(advert.addresses_differ);
		assert_false(advert.interval_differs);
		assert_true(vrrp_ip_equal(&advert.source, &lb1));
	}
}

static void writes_captures(void **state)
{
	struct vrrp_message message = message_of(2);
	uint8_t out[64];

	(void)state;
	assert_int_equal(vrrp_packet_write(out, sizeof(out), &message), sizeof(v2_capture));
	assert_memory_equal(out, v2_capture, sizeof(v2_capture));
	message = message_of(3);
	assert_int_equal(vrrp_packet_write(out, sizeof(out), &message), sizeof(v3_plain));
	assert_memory_equal(out, v3_plain, sizeof(v3_plain));
	message.checksum = VRRP_CHECKSUM_PSEUDO;
	assert_int_equal(vrrp_packet_write(out, sizeof(out), &message), sizeof(v3_capture));
	assert_memory_equal(out, v3_capture, sizeof(v3_capture));
	assert_int_equal(vrrp_packet_write(out, sizeof(v3_capture) - 1, &message), 0);
}

/* A good version 2 packet of two addresses with a password, and one byte of it changed.  The
 * checksum is put right again unless the checksum is what is wrong. */
static const struct {
	const char *name;
	int at; /* -1: nothing */
	uint8_t value;
	bool mend;
	uint8_t hops;
	enum vrrp_verdict verdict;
} spoiled[] = {
	{"nothing", -1, 0, false, 255, VRRP_GOOD},
	{"checksum", 7, 0xff, false, 255, VRRP_BAD_CHECKSUM},
	{"a byte under the checksum", 2, 102, false, 255, VRRP_BAD_CHECKSUM},
	{"the last byte of the password, checksum not mended", 23, 'x', false, 255,
		VRRP_BAD_CHECKSUM},
	{"TTL 254", -1, 0, false, 254, VRRP_BAD_TTL},
	{"TTL 0", -1, 0, false, 0, VRRP_BAD_TTL},
	{"version 3 to a version 2 router", 0, 0x31, true, 255, VRRP_BAD_VERSION},
	{"version 0", 0, 0x01, true, 255, VRRP_BAD_VERSION},
	{"type 2", 0, 0x22, true, 255, VRRP_BAD_TYPE},
	{"another router", 1, 51, true, 255, VRRP_ALIEN_ROUTER},
	{"another router is nobody's error, whatever else is wrong", 1, 51, false, 9,
		VRRP_ALIEN_ROUTER},
	{"one address too few for the count", 3, 3, true, 255, VRRP_BAD_LENGTH},
	{"one address too many for the count", 3, 1, true, 255, VRRP_BAD_LENGTH},
	{"no address at all", 3, 0, true, 255, VRRP_BAD_LENGTH},
	{"255 addresses", 3, 255, true, 255, VRRP_BAD_LENGTH},
	{"no authentication", 4, 0, true, 255, VRRP_BAD_AUTH_TYPE},
	{"authentication of type 2", 4, 2, true, 255, VRRP_BAD_AUTH_TYPE},
	{"the first byte of the password", 16, 'x', true, 255, VRRP_BAD_AUTH},
	{"the last byte of the password", 23, 'x', true, 255, VRRP_BAD_AUTH},
	{"advertisements every two seconds", 5, 2, true, 255, VRRP_BAD_INTERVAL},
	{"an interval of 0", 5, 0, true, 255, VRRP_BAD_INTERVAL},
	{"priority 0", 2, 0, true, 255, VRRP_GOOD},
	{"priority 255", 2, 255, true, 255, VRRP_GOOD},
	{"another address", 11, 9, true, 255, VRRP_GOOD},
};

static void write_spoiled(uint8_t out[24], size_t i)
{
	struct vrrp_message message = message_of(2);
	uint16_t sum;

	message.addresses = vip_pair;
	message.address_count = 2;
	message.auth_type = 1;
	memcpy(message.auth_data, "secret!!", 8);
	assert_int_equal(vrrp_packet_write(out, 24, &message), 24);
	if (spoiled[i].at >= 0)
		out[spoiled[i].at] = spoiled[i].value;
	if (!spoiled[i].mend)
		return;
	out[6] = out[7] = 0;
	sum = vrrp_checksum_finish(0, out, 24);
	out[6] = (uint8_t)(sum >> 8);
	out[7] = (uint8_t)sum;
}

static void judges_spoiled_packets(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(spoiled); i++) {
		struct vrrp_expected expected = expect(2);
		struct vrrp_advert advert, untouched;
		struct vrrp_datagram datagram;
		uint8_t bytes[24];

		print_message("  %s\n", spoiled[i].name);
		expected.addresses = vip_pair;
		expected.address_count = 2;
		expected.auth_type = 1;
		memcpy(expected.auth_data, "secret!!", 8);
		write_spoiled(bytes, i);
		datagram = datagram_of(bytes, sizeof(bytes));
		datagram.hops = spoiled[i].hops;
		memset(&advert, 0xa5, sizeof(advert));
		memset(&untouched, 0xa5, sizeof(untouched));
		assert_int_equal(
			vrrp_packet_read(&advert, &datagram, &expected), spoiled[i].verdict);
		if (spoiled[i].verdict != VRRP_GOOD)
			assert_memory_equal(&advert, &untouched, sizeof(advert));
		else
			assert_int_equal(advert.addresses_differ, spoiled[i].at == 11);
	}
}

static void cut_at_every_byte(void **state)
{
	static const struct {
		uint8_t version;
		const uint8_t *bytes;
		size_t len;
	} whole[] = {
		{2, v2_capture, sizeof(v2_capture)},
		{3, v3_capture, sizeof(v3_capture)},
		{3, v3_plain, sizeof(v3_plain)},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(whole); i++) {
		for (size_t len = 0; len < whole[i].len; len++) {
			struct vrrp_expected expected = expect(whole[i].version);
			uint8_t exact[32], longer[32];
			struct vrrp_datagram datagram = datagram_of(exact, len);
			struct vrrp_advert advert;

			memcpy(exact, whole[i].bytes, len);
			assert_int_equal(
				vrrp_packet_read(&advert, &datagram, &expected), VRRP_BAD_LENGTH);
			assert_int_equal(vrrp_packet_router_id(&datagram), len < 8 ? -1 : 50);
			memset(longer, 0, sizeof(longer));
			memcpy(longer, whole[i].bytes, whole[i].len);
			datagram = datagram_of(longer, whole[i].len + 1 + len);
			if (datagram.len <= sizeof(longer))
				assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected),
					VRRP_BAD_LENGTH);
		}
	}
}

/* The auth field is there without authentication too: a packet without it is too short. */
static void auth_field_is_missing(void **state)
{
	struct vrrp_expected expected = expect(2);
	struct vrrp_datagram datagram = datagram_of(v2_capture, 12);
	struct vrrp_advert advert;

	(void)state;
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_BAD_LENGTH);
}

static void password_to_a_router_without(void **state)
{
	struct vrrp_message message = message_of(2);
	struct vrrp_expected expected = expect(2);
	struct vrrp_datagram datagram;
	struct vrrp_advert advert;
	uint8_t bytes[20];

	(void)state;
	message.auth_type = 1;
	memcpy(message.auth_data, "1111", 4);
	datagram = datagram_of(bytes, vrrp_packet_write(bytes, sizeof(bytes), &message));
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_BAD_AUTH_TYPE);
}

static void unicast_crosses_routers(void **state)
{
	struct vrrp_expected expected = expect(3);
	struct vrrp_message message = message_of(3);
	struct vrrp_datagram datagram;
	struct vrrp_advert advert;
	uint8_t bytes[12];

	(void)state;
	message.checksum = VRRP_CHECKSUM_PSEUDO;
	message.destination = lb2;
	datagram = datagram_of(bytes, vrrp_packet_write(bytes, sizeof(bytes), &message));
	datagram.destination = lb2;
	datagram.hops = 61;
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_BAD_TTL);
	expected.unicast = true;
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_GOOD);
	assert_int_equal(advert.checksum, VRRP_CHECKSUM_PSEUDO);
	datagram.destination = everyone; /* the sum covers to whom it was sent */
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_BAD_CHECKSUM);
}

static void ignores_itself_and_carp(void **state)
{
	static const uint8_t carp[36] = {0x21, 50, 0, 7, 0, 1, 0x12, 0x34};
	struct vrrp_expected expected = expect(2);
	struct vrrp_datagram datagram = datagram_of(v2_capture, sizeof(v2_capture));
	struct vrrp_advert advert;

	(void)state;
	datagram.source = lb2;
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_LOOPED);
	datagram = datagram_of(carp, sizeof(carp));
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_CARP);
	expected = expect(3);
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_CARP);
	assert_false(vrrp_verdict_is_error(VRRP_CARP));
	assert_false(vrrp_verdict_is_error(VRRP_ALIEN_ROUTER));
	assert_true(vrrp_verdict_is_error(VRRP_LOOPED));
	assert_true(vrrp_verdict_is_error(VRRP_BAD_CHECKSUM));
}

static void learns_the_interval_of_version_3(void **state)
{
	static const struct {
		uint64_t sent_us, read_us;
		bool differs;
	} cases[] = {
		{1000000, 1000000, false},
		{10000, 10000, true},
		{100000, 100000, true},
		{40950000, 40950000, true},
		{90000000, 40950000, true}, /* the field holds no more */
		{1, 10000, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vrrp_message message = message_of(3);
		struct vrrp_expected expected = expect(3);
		struct vrrp_datagram datagram;
		struct vrrp_advert advert;
		uint8_t bytes[12];

		message.advert_us = cases[i].sent_us;
		datagram = datagram_of(bytes, vrrp_packet_write(bytes, sizeof(bytes), &message));
		assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_GOOD);
		assert_int_equal(advert.advert_us, cases[i].read_us);
		assert_int_equal(advert.interval_differs, cases[i].differs);
	}
}

/* The four reserved bits before the interval are for the future, and an interval of 0 is for
 * nobody. */
static void reserved_bits_of_version_3(void **state)
{
	static const uint8_t reserved[] = {
		0x31, 0x32, 0x65, 0x01, 0xf0, 0x64, 0x9e, 0xf3, 0xc0, 0xa8, 0x19, 0xcb};
	static const uint8_t no_interval[] = {
		0x31, 0x32, 0x65, 0x01, 0xf0, 0x00, 0x9f, 0x57, 0xc0, 0xa8, 0x19, 0xcb};
	struct vrrp_expected expected = expect(3);
	struct vrrp_datagram datagram = datagram_of(reserved, sizeof(reserved));
	struct vrrp_advert advert;

	(void)state;
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_GOOD);
	assert_int_equal(advert.advert_us, 1000000);
	datagram = datagram_of(no_interval, sizeof(no_interval));
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_BAD_INTERVAL);
}

static void ipv6(void **state)
{
	struct vrrp_message message = message_of(3);
	struct vrrp_expected expected = expect(3);
	struct vrrp_datagram datagram;
	struct vrrp_advert advert;
	uint8_t bytes[40];

	(void)state;
	message.source = lb1_v6;
	message.destination = everyone_v6;
	message.addresses = vip_v6;
	message.address_count = 2;
	expected.family = AF_INET6;
	expected.source = lb2_v6;
	expected.addresses = vip_v6;
	expected.address_count = 2;
	datagram = datagram_of(bytes, vrrp_packet_write(bytes, sizeof(bytes), &message));
	datagram.source = lb1_v6;
	datagram.destination = everyone_v6;
	assert_int_equal(datagram.len, sizeof(bytes));
	/* By hand: 3132 6502 0064, fe80 0010, 2001 0db8 0010; fe80 0001, ff02 0012, 112, 40:
	 * the sum is 0x3c11e, folded 0xc121. */
	assert_int_equal(bytes[6] << 8 | bytes[7], 0x3ede);
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_GOOD);
	assert_int_equal(advert.checksum, VRRP_CHECKSUM_PSEUDO);
	assert_false(advert.addresses_differ);
	for (uint32_t len = 0; len < sizeof(bytes); len++) {
		datagram.len = len;
		assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_BAD_LENGTH);
	}
	datagram.len = sizeof(bytes);
	datagram.source = vip_v6[0];
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_BAD_CHECKSUM);
}

#define A                                                                                          \
	{                                                                                          \
		AF_INET,                                                                           \
		{                                                                                  \
			10, 0, 0, 1                                                                \
		}                                                                                  \
	}
#define B                                                                                          \
	{                                                                                          \
		AF_INET,                                                                           \
		{                                                                                  \
			10, 0, 0, 2                                                                \
		}                                                                                  \
	}
#define C                                                                                          \
	{                                                                                          \
		AF_INET,                                                                           \
		{                                                                                  \
			10, 0, 0, 3                                                                \
		}                                                                                  \
	}

static void compares_the_lists(void **state)
{
	static const struct {
		const char *name;
		struct vrrp_ip ours[3], theirs[3];
		uint32_t our_count, their_count;
		bool differ;
	} cases[] = {
		{"the same", {A, B, C}, {A, B, C}, 3, 3, false},
		{"in another order", {A, B, C}, {C, A, B}, 3, 3, false},
		{"one more", {A, B}, {A, B, C}, 2, 3, true},
		{"one less", {A, B, C}, {A, B}, 3, 2, true},
		{"another one", {A, B}, {A, C}, 2, 2, true},
		{"none on both sides", {A}, {A}, 0, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vrrp_message message = message_of(2);
		struct vrrp_expected expected = expect(2);
		struct vrrp_datagram datagram;
		struct vrrp_advert advert;
		uint8_t bytes[64];

		print_message("  %s\n", cases[i].name);
		message.addresses = cases[i].theirs;
		message.address_count = cases[i].their_count;
		expected.addresses = cases[i].ours;
		expected.address_count = cases[i].our_count;
		datagram = datagram_of(bytes, vrrp_packet_write(bytes, sizeof(bytes), &message));
		assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_GOOD);
		assert_int_equal(advert.addresses_differ, cases[i].differ);
	}
}

static void the_most_addresses(void **state)
{
	static struct vrrp_ip many[VRRP_ADVERTISED_MAX];
	static uint8_t bytes[VRRP_PACKET_BYTES_MAX];
	struct vrrp_message message = message_of(3);
	struct vrrp_expected expected = expect(3);
	struct vrrp_datagram datagram;
	struct vrrp_advert advert;

	(void)state;
	for (uint32_t i = 0; i < VRRP_ADVERTISED_MAX; i++)
		many[i] = (struct vrrp_ip){AF_INET6, {0xfd, [14] = 1, [15] = (uint8_t)i}};
	message.source = lb1_v6;
	message.destination = everyone_v6;
	message.addresses = many;
	message.address_count = VRRP_ADVERTISED_MAX;
	expected.family = AF_INET6;
	expected.source = lb2_v6;
	expected.addresses = many;
	expected.address_count = VRRP_ADVERTISED_MAX;
	datagram = datagram_of(bytes, vrrp_packet_write(bytes, sizeof(bytes), &message));
	datagram.source = lb1_v6;
	datagram.destination = everyone_v6;
	assert_int_equal(datagram.len, VRRP_PACKET_BYTES_MAX);
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_GOOD);
	assert_int_equal(advert.address_count, 255);
}

/* With Ethernet's padding behind it, as a raw socket may hand it over. */
static const uint8_t ipv4_capture[60] = {0x45, 0xc0, 0, 40, 0x12, 0x34, 0, 0, 255, 112, 0, 0, 192,
	168, 25, 201, 224, 0, 0, 18, 0x21, 0x32, 0x65, 0x01, 0x00, 0x01, 0x9f, 0x57, 0xc0, 0xa8,
	0x19, 0xcb};

static void takes_the_ip_header_off(void **state)
{
	static const struct {
		const char *name;
		int at;
		uint8_t value;
		uint32_t len;
		bool whole;
	} cases[] = {
		{"with padding", -1, 0, 60, true},
		{"without padding", -1, 0, 40, true},
		{"one byte short", -1, 0, 39, false},
		{"a header only", 3, 20, 60, true},
		{"total length below the header", 3, 19, 60, false},
		{"IPv6", 0, 0x65, 60, false},
		{"a header of 16 bytes", 0, 0x44, 60, false},
		{"a header of 24 bytes", 0, 0x46, 60, true},
		{"a header that is longer than the packet", 0, 0x4b, 60, false},
		{"not to be fragmented", 6, 0x40, 60, true},
		{"a first fragment", 6, 0x20, 60, false},
		{"a later fragment", 7, 1, 60, false},
		{"another protocol", 9, 17, 60, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vrrp_datagram datagram;
		uint8_t bytes[60];

		print_message("  %s\n", cases[i].name);
		memcpy(bytes, ipv4_capture, sizeof(bytes));
		if (cases[i].at >= 0)
			bytes[cases[i].at] = cases[i].value;
		assert_int_equal(
			vrrp_datagram_from_ipv4(&datagram, bytes, cases[i].len), cases[i].whole);
	}
}

static void reads_from_the_ip_header(void **state)
{
	struct vrrp_expected expected = expect(2);
	struct vrrp_datagram datagram;
	struct vrrp_advert advert;

	(void)state;
	assert_true(vrrp_datagram_from_ipv4(&datagram, ipv4_capture, sizeof(ipv4_capture)));
	assert_int_equal(datagram.hops, 255);
	assert_int_equal(datagram.len, 20);
	assert_true(vrrp_ip_equal(&datagram.source, &lb1));
	assert_true(vrrp_ip_equal(&datagram.destination, &everyone));
	assert_int_equal(vrrp_packet_router_id(&datagram), 50);
	assert_int_equal(vrrp_packet_read(&advert, &datagram, &expected), VRRP_GOOD);
	for (uint32_t len = 0; len < 40; len++)
		assert_false(vrrp_datagram_from_ipv4(&datagram, ipv4_capture, len));
}

static void every_verdict_has_a_name(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < VRRP_VERDICTS; i++) {
		for (uint32_t j = 0; j < i; j++)
			assert_string_not_equal(vrrp_verdict_name((enum vrrp_verdict)i),
				vrrp_verdict_name((enum vrrp_verdict)j));
	}
}

/* RFC 1071, section 3: the example's sum is ddf2. */
static void sums_as_the_rfc(void **state)
{
	static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
	static const uint8_t odd[] = {0x01, 0x02, 0x03};

	(void)state;
	assert_int_equal(vrrp_checksum_finish(0, bytes, sizeof(bytes)), 0xffff - 0xddf2);
	assert_int_equal(vrrp_checksum_finish(0, odd, sizeof(odd)), 0xffff - 0x0402);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_captures),
		cmocka_unit_test(writes_captures),
		cmocka_unit_test(judges_spoiled_packets),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(auth_field_is_missing),
		cmocka_unit_test(password_to_a_router_without),
		cmocka_unit_test(unicast_crosses_routers),
		cmocka_unit_test(ignores_itself_and_carp),
		cmocka_unit_test(learns_the_interval_of_version_3),
		cmocka_unit_test(reserved_bits_of_version_3),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(compares_the_lists),
		cmocka_unit_test(the_most_addresses),
		cmocka_unit_test(takes_the_ip_header_off),
		cmocka_unit_test(reads_from_the_ip_header),
		cmocka_unit_test(every_verdict_has_a_name),
		cmocka_unit_test(sums_as_the_rfc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
