/* SPDX-License-Identifier: GPL-2.0-or-later */
/* connection.c - who is connected, as the kernel's socket diagnosis tells.
 *
 * Asked for all but listeners and what is only waiting to be forgotten (TIME_WAIT): these have
 * nothing to lose.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/connection.h"
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#define STATES                                                                                     \
	(1u << TCP_ESTABLISHED | 1u << TCP_SYN_RECV | 1u << TCP_FIN_WAIT1 | 1u << TCP_FIN_WAIT2 |  \
		1u << TCP_CLOSE_WAIT | 1u << TCP_LAST_ACK | 1u << TCP_CLOSING)

void connection_write_dump(struct netlink_writer *writer, uint8_t family, uint16_t port)
{
	struct inet_diag_req_v2 request = {
		.sdiag_family = family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = STATES,
		.id.idiag_sport = port,
	};

	netlink_begin(writer, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &request, sizeof(request));
	netlink_end(writer);
}

static struct vrrp_ip ip_of(uint8_t family, const uint32_t words[4])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}; /* RFC 4291 2.5.5.2 */
	struct vrrp_ip ip = {.family = family};
	const uint8_t *bytes = (const void *)words;

	if (family == AF_INET6 && memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		ip.family = AF_INET;
		bytes += sizeof(mapped);
	}
	memcpy(ip.bytes, bytes, ip.family == AF_INET ? 4 : 16);
	return ip;
}

bool connection_read(struct connection_row *row, const struct nlmsghdr *message)
{
	const struct nlattr *table[1];
	struct inet_diag_msg told;

	if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
		!netlink_read(message, &told, sizeof(told), table, 1) ||
		(told.idiag_family != AF_INET && told.idiag_family != AF_INET6))
		return false;
	*row = (struct connection_row){
		.local = ip_of(told.idiag_family, told.id.idiag_src),
		.remote = ip_of(told.idiag_family, told.id.idiag_dst),
		.local_port = told.id.idiag_sport,
		.remote_port = told.id.idiag_dport,
	};
	return row->local.family == row->remote.family;
}
