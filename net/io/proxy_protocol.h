/* SPDX-License-Identifier: GPL-2.0-or-later */
/* proxy_protocol.h - the PROXY protocol's header, versions 1 and 2, as `accept-proxy` reads it.
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

#endif
