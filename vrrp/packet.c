/* SPDX-License-Identifier: GPL-2.0-or-later */
/* packet.c - advertisements, read with suspicion and written once.
 *
 * A packet is judged completely before the state machine hears of it, and the questions stand in
 * an order that keeps the counters honest: what belongs to another router or another protocol is
 * set aside first, since it is normal on a shared wire, and only then is asked whether a packet for
 * us is a good one.  A version 3 router beside our version 2 one must not count as an error of
 * ours.
 *
 * Bytes are picked one by one: messages come at any alignment, and a struct laid over them would
 * have to lie about it.  The speaker's thread calls this, tests and the fuzzer do without one. */
#include "vrrp/packet.h"
#include "vrrp/bytes.h"
#include "vrrp/ip.h"
#include "vrrp/timing.h"
#include <assert.h>

#define TYPE_ADVERTISEMENT 1
#define IPV4_HEADER_BYTES  20
#define IPV4_FRAGMENT	   0x3fff /* more-fragments and the offset */
#define CARP_BYTES	   36	  /* header of 8, counter of 8, SHA-1 of 20 */
#define CARP_AUTH_WORDS	   7	  /* counter and hash, in words; VRRP has its address count there */

static bool looks_like_carp(const struct vrrp_datagram *datagram);
static uint32_t expected_bytes(const struct vrrp_datagram *datagram, uint8_t family);
static bool has_good_length(
	const struct vrrp_datagram *datagram, const struct vrrp_expected *expected);
static bool has_good_checksum(const struct vrrp_datagram *datagram,
	const struct vrrp_expected *expected, enum vrrp_checksum *kind);
static enum vrrp_verdict judge_auth(
	const struct vrrp_datagram *datagram, const struct vrrp_expected *expected);
static bool lists_differ(
	const struct vrrp_datagram *datagram, const struct vrrp_expected *expected);
static uint32_t get16(const uint8_t *at);

const char *vrrp_verdict_name(enum vrrp_verdict verdict)
{
	static const char *const names[VRRP_VERDICTS] = {
		[VRRP_GOOD] = "advertisements",
		[VRRP_ALIEN_ROUTER] = "vrIdErrors",
		[VRRP_LOOPED] = "looped",
		[VRRP_CARP] = "carp",
		[VRRP_BAD_TTL] = "ipTtlErrors",
		[VRRP_BAD_VERSION] = "versionErrors",
		[VRRP_BAD_TYPE] = "invalidTypePktsRcvd",
		[VRRP_BAD_LENGTH] = "packetLengthErrors",
		[VRRP_BAD_CHECKSUM] = "checksumErrors",
		[VRRP_BAD_AUTH_TYPE] = "authTypeMismatch",
		[VRRP_BAD_AUTH] = "authFailures",
		[VRRP_BAD_INTERVAL] = "advIntervalErrors",
	};

	assert(verdict < VRRP_VERDICTS);
	return names[verdict];
}

bool vrrp_verdict_is_error(enum vrrp_verdict verdict)
{
	switch (verdict) {
	case VRRP_GOOD:
	case VRRP_ALIEN_ROUTER:
	case VRRP_CARP:
	case VRRP_VERDICTS:
		return false;
	case VRRP_LOOPED:
	case VRRP_BAD_TTL:
	case VRRP_BAD_VERSION:
	case VRRP_BAD_TYPE:
	case VRRP_BAD_LENGTH:
	case VRRP_BAD_CHECKSUM:
	case VRRP_BAD_AUTH_TYPE:
	case VRRP_BAD_AUTH:
	case VRRP_BAD_INTERVAL:
		break;
	}
	return true;
}

bool vrrp_datagram_from_ipv4(struct vrrp_datagram *datagram, const uint8_t *bytes, uint32_t len)
{
	uint32_t header, total;

	if (len < IPV4_HEADER_BYTES || bytes[0] >> 4 != 4)
		return false;
	header = (bytes[0] & 15u) * 4; /* options are allowed (RFC 791 3.1) */
	total = get16(bytes + 2);
	if (header < IPV4_HEADER_BYTES || total < header || total > len)
		return false;
	if (get16(bytes + 6) & IPV4_FRAGMENT || bytes[9] != VRRP_PROTOCOL)
		return false;
	*datagram = (struct vrrp_datagram){
		.source.family = AF_INET,
		.destination.family = AF_INET,
		.hops = bytes[8],
		.bytes = bytes + header,
		.len = total - header,
	};
	memcpy(datagram->source.bytes, bytes + 12, 4);
	memcpy(datagram->destination.bytes, bytes + 16, 4);
	return true;
}

int vrrp_packet_router_id(const struct vrrp_datagram *datagram)
{
	return datagram->len < VRRP_HEADER_BYTES ? -1 : datagram->bytes[1];
}

enum vrrp_verdict vrrp_packet_read(struct vrrp_advert *advert, const struct vrrp_datagram *datagram,
	const struct vrrp_expected *expected)
{
	const uint8_t *bytes = datagram->bytes;
	enum vrrp_checksum checksum;
	enum vrrp_verdict verdict;
	uint32_t units;

	assert(expected->version == 3 || (expected->version == 2 && expected->family == AF_INET));
	if (datagram->len < VRRP_HEADER_BYTES)
		return VRRP_BAD_LENGTH;
	if (looks_like_carp(datagram))
		return VRRP_CARP;
	if (bytes[1] != expected->router_id)
		return VRRP_ALIEN_ROUTER;
	if (vrrp_ip_equal(&datagram->source, &expected->source))
		return VRRP_LOOPED;
	if (datagram->hops != VRRP_HOPS && !expected->unicast)
		return VRRP_BAD_TTL; /* RFC 5798 7.1: it crossed a router */
	if (bytes[0] >> 4 != expected->version)
		return VRRP_BAD_VERSION;
	if ((bytes[0] & 15) != TYPE_ADVERTISEMENT)
		return VRRP_BAD_TYPE;
	if (!has_good_length(datagram, expected))
		return VRRP_BAD_LENGTH;
	if (!has_good_checksum(datagram, expected, &checksum))
		return VRRP_BAD_CHECKSUM;
	if (expected->version == 2) {
		verdict = judge_auth(datagram, expected);
		if (verdict != VRRP_GOOD)
			return verdict;
	}
	units = expected->version == 2 ? bytes[5] : get16(bytes + 4) & 0xfff;
	if (units == 0) /* would make every backup take over at once, again and again */
		return VRRP_BAD_INTERVAL;
	/* RFC 3768 7.1: version 2 learns nothing, a different interval is an error. */
	if (expected->version == 2 && units != vrrp_advert_to_wire(2, expected->advert_us))
		return VRRP_BAD_INTERVAL;

	*advert = (struct vrrp_advert){
		.source = datagram->source,
		.priority = bytes[2],
		.advert_us = vrrp_advert_from_wire(expected->version, units),
		.checksum = checksum,
		.address_count = bytes[3],
		.addresses_differ = lists_differ(datagram, expected),
		.interval_differs =
			units != vrrp_advert_to_wire(expected->version, expected->advert_us),
	};
	return VRRP_GOOD;
}

uint32_t vrrp_packet_write(uint8_t *out, uint32_t capacity, const struct vrrp_message *message)
{
	uint8_t family = message->source.family;
	uint32_t address_bytes = vrrp_ip_bytes(family), begun = 0;
	uint32_t auth_bytes = message->version == 2 ? VRRP_AUTH_BYTES : 0;
	uint32_t units = vrrp_advert_to_wire(message->version, message->advert_us);
	uint32_t len = VRRP_HEADER_BYTES + address_bytes * message->address_count + auth_bytes;

	assert(message->address_count <= VRRP_ADVERTISED_MAX && address_bytes);
	assert(message->version == 3 || (message->version == 2 && family == AF_INET));
	if (capacity < len)
		return 0;
	out[0] = (uint8_t)(message->version << 4 | TYPE_ADVERTISEMENT);
	out[1] = message->router_id;
	out[2] = message->priority;
	out[3] = (uint8_t)message->address_count;
	bytes_put16(
		out + 4, message->version == 2 ? (uint32_t)message->auth_type << 8 | units : units);
	bytes_put16(out + 6, 0);
	for (uint32_t i = 0; i < message->address_count; i++) {
		assert(message->addresses[i].family == family);
		memcpy(out + VRRP_HEADER_BYTES + i * address_bytes, message->addresses[i].bytes,
			address_bytes);
	}
	/* RFC 3768 5.3.10: the field is there without authentication too, and zero. */
	memset(out + len - auth_bytes, 0, auth_bytes);
	if (auth_bytes && message->auth_type)
		memcpy(out + len - auth_bytes, message->auth_data, auth_bytes);
	if (message->version == 3 &&
		(family == AF_INET6 || message->checksum == VRRP_CHECKSUM_PSEUDO))
		begun = vrrp_checksum_pseudo(
			&message->source, &message->destination, VRRP_PROTOCOL, len);
	bytes_put16(out + 6, vrrp_checksum_finish(begun, out, len));
	return len;
}

uint16_t vrrp_checksum_finish(uint32_t begun, const uint8_t *bytes, uint32_t len)
{
	uint64_t sum = begun;

	for (uint32_t i = 0; i + 1 < len; i += 2)
		sum += get16(bytes + i);
	if (len & 1)
		sum += (uint32_t)bytes[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(~sum & 0xffff);
}

uint32_t vrrp_checksum_pseudo(const struct vrrp_ip *source, const struct vrrp_ip *destination,
	uint8_t protocol, uint32_t len)
{
	uint32_t sum = protocol + (len >> 16) + (len & 0xffff);

	assert(source->family == destination->family);
	for (uint32_t i = 0; i < vrrp_ip_bytes(source->family); i += 2)
		sum += get16(source->bytes + i) + get16(destination->bytes + i);
	return sum;
}

/* CARP took over VRRP's protocol number, group and first byte.  Read as version 2, byte 3 promises
 * seven addresses, for which the message is too short: no packet of ours is mistaken for it. */
static bool looks_like_carp(const struct vrrp_datagram *datagram)
{
	const uint8_t *bytes = datagram->bytes;

	return datagram->len == CARP_BYTES && bytes[0] == (2 << 4 | TYPE_ADVERTISEMENT) &&
	       bytes[3] == CARP_AUTH_WORDS;
}

static uint32_t expected_bytes(const struct vrrp_datagram *datagram, uint8_t family)
{
	uint32_t version = datagram->bytes[0] >> 4;

	return VRRP_HEADER_BYTES + datagram->bytes[3] * vrrp_ip_bytes(family) +
	       (version == 2 ? VRRP_AUTH_BYTES : 0);
}

/* RFC 9568 5.2.5 ignores a list of no addresses.  Two routers whose addresses are all excluded from
 * the advert send just that to each other, so it is taken from a peer that is set up like us. */
static bool has_good_length(
	const struct vrrp_datagram *datagram, const struct vrrp_expected *expected)
{
	return datagram->len == expected_bytes(datagram, expected->family) &&
	       (datagram->bytes[3] > 0 || expected->address_count == 0);
}

static bool has_good_checksum(const struct vrrp_datagram *datagram,
	const struct vrrp_expected *expected, enum vrrp_checksum *kind)
{
	uint32_t pseudo;

	*kind = VRRP_CHECKSUM_PLAIN;
	if (expected->family == AF_INET &&
		vrrp_checksum_finish(0, datagram->bytes, datagram->len) == 0)
		return true;
	if (expected->version == 2)
		return false;
	*kind = VRRP_CHECKSUM_PSEUDO;
	pseudo = vrrp_checksum_pseudo(
		&datagram->source, &datagram->destination, VRRP_PROTOCOL, datagram->len);
	return vrrp_checksum_finish(pseudo, datagram->bytes, datagram->len) == 0;
}

/* The password is in clear on the wire and protects from nothing but mistakes; still, how long the
 * comparison takes tells nobody how much of a guess was right. */
static enum vrrp_verdict judge_auth(
	const struct vrrp_datagram *datagram, const struct vrrp_expected *expected)
{
	const uint8_t *auth = datagram->bytes + datagram->len - VRRP_AUTH_BYTES;
	volatile uint8_t difference = 0;

	if (datagram->bytes[4] != expected->auth_type)
		return VRRP_BAD_AUTH_TYPE;
	if (expected->auth_type == 0)
		return VRRP_GOOD;
	for (uint32_t i = 0; i < VRRP_AUTH_BYTES; i++)
		difference = (uint8_t)(difference | (auth[i] ^ expected->auth_data[i]));
	return difference ? VRRP_BAD_AUTH : VRRP_GOOD;
}

static bool has_address(const struct vrrp_expected *expected, const uint8_t *bytes, uint32_t len)
{
	for (uint32_t i = 0; i < expected->address_count; i++) {
		if (memcmp(expected->addresses[i].bytes, bytes, len) == 0)
			return true;
	}
	return false;
}

/* The order does not matter, but it is usually the same, and then this is quick. */
static bool lists_differ(const struct vrrp_datagram *datagram, const struct vrrp_expected *expected)
{
	const uint8_t *at = datagram->bytes + VRRP_HEADER_BYTES;
	uint32_t len = vrrp_ip_bytes(expected->family);

	if (datagram->bytes[3] != expected->address_count)
		return true;
	for (uint32_t i = 0; i < expected->address_count; i++, at += len) {
		if (memcmp(expected->addresses[i].bytes, at, len) != 0 &&
			!has_address(expected, at, len))
			return true;
	}
	return false;
}

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}
