/* SPDX-License-Identifier: GPL-2.0-or-later */
/* connection.h - this host's TCP connections, listed.
 * Source: sock_diag(7), the kernel's include/uapi/linux/inet_diag.h.
 * Pure:   messages out, rows in.  Owns nothing. */
#ifndef TORC_VRRP_CONNECTION_H
#define TORC_VRRP_CONNECTION_H

#include "vrrp/netlink.h"

/* For a socket of NETLINK_SOCK_DIAG.  AF_INET6 also lists connections of IPv4 whose socket is of
 * both families.  `port` is ours, in network order; 0: any. */
void connection_write_dump(struct netlink_writer *writer, uint8_t family, uint16_t port);

/* Both ends, ports in network order; IPv4 however its socket has it. */
struct connection_row {
	struct vrrp_ip local, remote;
	uint16_t local_port, remote_port;
};

/* False when it is something else or makes no sense. */
bool connection_read(struct connection_row *row, const struct nlmsghdr *message);

#endif
