/* SPDX-License-Identifier: GPL-2.0-or-later */
/* packet.h - a VRRP advertisement: bytes in, a verdict and fields out; fields in, bytes out.
 * Source: RFC 3768 5 and 7.1 (version 2), RFC 5798 5 and 7.1, RFC 9568 5 (version 3).
 * Pure: no I/O, no clock, no allocation.
 * Owns:   nothing; everything pointed to belongs to the caller and is not kept.
 *
 *   v2  21 id prio count | auth adv(s) checksum | addresses, 4 bytes each | 8 bytes of auth data
 *   v3  31 id prio count | 0 + adv(12 bits, cs) checksum | addresses, 4 or 16 bytes each */
#ifndef TORC_VRRP_PACKET_H
#define TORC_VRRP_PACKET_H

#include "core/config/vrrp_model.h"
#include <stdbool.h>
#include <stdint.h>

#define VRRP_PROTOCOL	      112
#define VRRP_HOPS	      255
#define VRRP_HEADER_BYTES     8
#define VRRP_ADVERTISED_MAX   255 /* what the count's one byte holds */
#define VRRP_PACKET_BYTES_MAX (VRRP_HEADER_BYTES + 16 * VRRP_ADVERTISED_MAX)

/* What the checksum of version 3 on IPv4 covers.  RFC 9568 5.2.8 says the message alone; RFC 5798
 * was read the other way by keepalived and FRR, which add the pseudo-header. */
enum vrrp_checksum { VRRP_CHECKSUM_PLAIN, VRRP_CHECKSUM_PSEUDO };

/* What became of a received packet; each has a counter.  The names in the comments are those of the
 * MIBs (RFC 2787, RFC 6527). */
enum vrrp_verdict {
	VRRP_GOOD,
	VRRP_ALIEN_ROUTER,  /* vrIdErrors: another virtual router's, nothing wrong with it */
	VRRP_LOOPED,	    /* our own came back, or somebody has our address */
	VRRP_CARP,	    /* another protocol under our number */
	VRRP_BAD_TTL,	    /* ipTtlErrors */
	VRRP_BAD_VERSION,   /* versionErrors */
	VRRP_BAD_TYPE,	    /* invalidTypePktsRcvd */
	VRRP_BAD_LENGTH,    /* packetLengthErrors */
	VRRP_BAD_CHECKSUM,  /* checksumErrors */
	VRRP_BAD_AUTH_TYPE, /* authTypeMismatch */
	VRRP_BAD_AUTH,	    /* authFailures */
	VRRP_BAD_INTERVAL,  /* advIntervalErrors */
	VRRP_VERDICTS,
};

/* "checksumErrors"; VRRP_GOOD is "advertisements". */
const char *vrrp_verdict_name(enum vrrp_verdict verdict);
/* Worth a line in the log (once a minute for a kind and a peer)?  What other routers and protocols
 * say to each other on the same wire is not. */
bool vrrp_verdict_is_error(enum vrrp_verdict verdict);

/* A message of protocol 112 as it came from the wire. */
struct vrrp_datagram {
	struct vrrp_ip source, destination;
	uint8_t hops;	      /* TTL or hop limit */
	const uint8_t *bytes; /* the VRRP message, without the IP header */
	uint32_t len;
};

/* A raw socket of IPv4 hands over the IP header too.  Bytes beyond its total length are Ethernet's
 * padding.  False: no whole, unfragmented IPv4 packet of this protocol. */
bool vrrp_datagram_from_ipv4(struct vrrp_datagram *datagram, const uint8_t *bytes, uint32_t len);

/* What one virtual router takes for an advertisement of its own. */
struct vrrp_expected {
	uint8_t family;	   /* AF_INET, AF_INET6 */
	uint8_t version;   /* 2 or 3; IPv6 has only 3 */
	uint8_t router_id; /* 1 .. 255 */
	bool unicast;	   /* through routers: the hop count says nothing */
	uint64_t advert_us;
	uint8_t auth_type; /* version 2: 0 none, 1 simple text password */
	uint8_t auth_data[VRRP_AUTH_BYTES];
	struct vrrp_ip source;		 /* ours */
	const struct vrrp_ip *addresses; /* ours, in the order of the file */
	uint32_t address_count;
};

struct vrrp_advert {
	struct vrrp_ip source;
	uint8_t priority;
	uint64_t advert_us;	     /* the sender's interval */
	enum vrrp_checksum checksum; /* of the sender; version 3 on IPv4 */
	uint8_t address_count;
	/* Told, not refused: addressListErrors.  Refusing makes two masters, which is worse than
	 * any difference between the lists. */
	bool addresses_differ;
	bool interval_differs; /* version 3: we learn the sender's */
};

/* The router of a message, to find whose it is; -1 when it is too short for one. */
int vrrp_packet_router_id(const struct vrrp_datagram *datagram);

/* Judges the whole packet before anybody acts on any of it.  *advert is filled on VRRP_GOOD only.
 */
enum vrrp_verdict vrrp_packet_read(struct vrrp_advert *advert, const struct vrrp_datagram *datagram,
	const struct vrrp_expected *expected);

struct vrrp_message {
	uint8_t version, router_id, priority;
	uint64_t advert_us;
	uint8_t auth_type;
	uint8_t auth_data[VRRP_AUTH_BYTES];
	enum vrrp_checksum checksum; /* version 3 on IPv4; IPv6 always has the pseudo-header */
	struct vrrp_ip source, destination; /* of the pseudo-header; unicast: the peer */
	const struct vrrp_ip *addresses;    /* of one family, at most VRRP_ADVERTISED_MAX */
	uint32_t address_count;
};

/* Writes the message, its checksum done.  Returns its bytes, at most VRRP_PACKET_BYTES_MAX; 0 when
 * `capacity` is too small. */
uint32_t vrrp_packet_write(uint8_t *out, uint32_t capacity, const struct vrrp_message *message);

/* The Internet checksum (RFC 1071) of `bytes`, begun with the sum of what stands before them. */
uint16_t vrrp_checksum_finish(uint32_t begun, const uint8_t *bytes, uint32_t len);
/* The sum over the pseudo-header: IPv4 as RFC 793 3.1, IPv6 as RFC 8200 8.1. */
uint32_t vrrp_checksum_pseudo(const struct vrrp_ip *source, const struct vrrp_ip *destination,
	uint8_t protocol, uint32_t len);

#endif
