/* SPDX-License-Identifier: GPL-2.0-or-later */
/* proxy_protocol.h - the PROXY protocol's header, versions 1 and 2, as `accept-proxy` reads it and
 * `send-proxy` writes it.
 * Source: haproxy.org's proxy-protocol.txt.  Pure. */
#ifndef TORC_NET_IO_PROXY_PROTOCOL_H
#define TORC_NET_IO_PROXY_PROTOCOL_H

#include "core/config/model.h"

#define PROXY_PROTOCOL_MORE 0
#define PROXY_PROTOCOL_BAD  (-1)
/* A header of version 2 could have 64 KiB; a longer one than this is refused. */
#define PROXY_PROTOCOL_BYTES_MAX 4096

struct proxy_protocol {
	bool local; /* LOCAL, or UNKNOWN: the connection's own addresses count */
	union address source, destination; /* family AF_INET, AF_INET6 or AF_UNIX; else all zero */
};

/* Returns the bytes that the header occupies, PROXY_PROTOCOL_MORE, or PROXY_PROTOCOL_BAD. */
int32_t proxy_protocol_read(struct proxy_protocol *header, const char *buf, uint32_t len);

/* More than any header that is written: the longest line has 107 bytes. */
#define PROXY_PROTOCOL_ROOM	   128
#define PROXY_PROTOCOL_FIXED_BYTES 16 /* of version 2: signature, command, family, length */

enum proxy_protocol_sum { PROXY_PROTOCOL_PLAIN, PROXY_PROTOCOL_SUMMED };

/* Version 1.  `local`: "UNKNOWN".  Returns its bytes. */
uint32_t proxy_protocol_write_text(
	char out[PROXY_PROTOCOL_ROOM], const struct proxy_protocol *header);
/* Version 2.  `local`: the command LOCAL, without addresses. */
uint32_t proxy_protocol_write_binary(char out[PROXY_PROTOCOL_ROOM],
	const struct proxy_protocol *header, enum proxy_protocol_sum sum);
/* CRC-32C (RFC 9260, appendix A). */
uint32_t proxy_protocol_crc32c(const char *bytes, uint32_t len);

#endif
