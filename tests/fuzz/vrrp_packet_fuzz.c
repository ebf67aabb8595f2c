/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a packet of protocol 112, read by several routers: no crash; a good packet written
 * again is the same packet; nothing is said about a packet that is not good.
 *
 * The first byte chooses the router: bit 0 the family, bit 1 the version, bit 2 unicast, bit 3 the
 * password.  IPv4 comes with its header, IPv6 as the message from a fixed sender. */
#include "vrrp/ip.h"
#include "vrrp/packet.h"
#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_write_the_same(const struct vrrp_datagram *datagram,
	const struct vrrp_advert *advert, const struct vrrp_expected *expected)
{
	static struct vrrp_ip addresses[VRRP_ADVERTISED_MAX];
	static uint8_t out[VRRP_PACKET_BYTES_MAX];
	uint32_t len = vrrp_ip_bytes(expected->family);
	struct vrrp_message message = {
		.version = expected->version,
		.router_id = expected->router_id,
		.priority = advert->priority,
		.advert_us = advert->advert_us,
		.auth_type = expected->auth_type,
		.checksum = advert->checksum,
		.source = datagram->source,
		.destination = datagram->destination,
		.addresses = addresses,
		.address_count = advert->address_count,
	};

	memcpy(message.auth_data, expected->auth_data, VRRP_AUTH_BYTES);
	for (uint32_t i = 0; i < advert->address_count; i++) {
		addresses[i].family = expected->family;
		memcpy(addresses[i].bytes, datagram->bytes + VRRP_HEADER_BYTES + i * len, len);
	}
	assert(vrrp_packet_write(out, sizeof(out), &message) == datagram->len);
	/* What is reserved in version 3, and the field of no password, may hold anything. */
	if (expected->version == 3 && datagram->bytes[4] >> 4 == 0)
		assert(memcmp(out + 8, datagram->bytes + 8, datagram->len - 8) == 0 &&
			memcmp(out, datagram->bytes, 6) == 0);
	if (expected->auth_type)
		assert(memcmp(out, datagram->bytes, 6) == 0 &&
			memcmp(out + 8, datagram->bytes + 8, datagram->len - 8) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct vrrp_ip vips[] = {
		{AF_INET, {192, 168, 25, 203}}, {AF_INET, {192, 168, 25, 204}}};
	static const struct vrrp_ip vips_v6[] = {{AF_INET6, {0xfe, 0x80, [15] = 0x10}}};
	struct vrrp_expected expected = {.family = AF_INET,
		.version = 2,
		.router_id = 50,
		.advert_us = 1000000,
		.source = {AF_INET, {192, 168, 25, 202}},
		.addresses = vips,
		.address_count = 1};
	struct vrrp_datagram datagram = {.source = {AF_INET6, {0xfe, 0x80, [15] = 1}},
		.destination = {AF_INET6, {0xff, 0x02, [15] = 0x12}},
		.hops = 255};
	struct vrrp_advert advert;
	enum vrrp_verdict verdict;

	if (size == 0)
		return 0;
	expected.version = data[0] & 3 ? 3 : 2;
	expected.unicast = data[0] & 4;
	expected.auth_type = data[0] & 8 && expected.version == 2;
	memcpy(expected.auth_data, "secret", 6);
	if (data[0] & 1) {
		expected.family = AF_INET6;
		expected.source = (struct vrrp_ip){AF_INET6, {0xfe, 0x80, [15] = 2}};
		expected.addresses = vips_v6;
		datagram.bytes = data + 1;
		datagram.len = (uint32_t)size - 1;
	} else if (!vrrp_datagram_from_ipv4(&datagram, data + 1, (uint32_t)size - 1)) {
		return 0;
	}
	memset(&advert, 0xa5, sizeof(advert));
	verdict = vrrp_packet_read(&advert, &datagram, &expected);
	assert(verdict < VRRP_VERDICTS);
	if (verdict == VRRP_GOOD) {
		assert(vrrp_packet_router_id(&datagram) == 50 && advert.advert_us > 0);
		must_write_the_same(&datagram, &advert, &expected);
	} else {
		for (size_t i = 0; i < sizeof(advert); i++)
			assert(((const uint8_t *)&advert)[i] == 0xa5);
	}
	return 0;
}
