/* SPDX-License-Identifier: GPL-2.0-or-later */
/* neighbour.c - who is behind which Ethernet address, as the kernel's messages say it.
 *
 * A balancer that takes an address over tells the others by gratuitous ARP; for the peer it knows
 * better still and can write the entry itself, so that the first segment of a hand-over does not
 * wait for a question and its answer.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/neighbour.h"
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>

static struct ndmsg header_of(const struct neighbour *neighbour);

void neighbour_write_put(struct netlink_writer *writer, const struct neighbour *neighbour)
{
	struct ndmsg header = header_of(neighbour);

	header.ndm_state = neighbour->state ? neighbour->state : NUD_REACHABLE;
	netlink_begin(writer, RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, &header,
		sizeof(header));
	netlink_put_ip(writer, NDA_DST, &neighbour->ip);
	netlink_put(writer, NDA_LLADDR, neighbour->mac, LINK_ADDRESS_BYTES);
	netlink_end(writer);
}

void neighbour_write_delete(struct netlink_writer *writer, const struct neighbour *neighbour)
{
	struct ndmsg header = header_of(neighbour);

	netlink_begin(writer, RTM_DELNEIGH, NLM_F_ACK, &header, sizeof(header));
	netlink_put_ip(writer, NDA_DST, &neighbour->ip);
	netlink_end(writer);
}

void neighbour_write_dump(struct netlink_writer *writer, uint8_t family, uint32_t index)
{
	struct ndmsg header = {.ndm_family = family};

	netlink_begin(writer, RTM_GETNEIGH, NLM_F_DUMP, &header, sizeof(header));
	/* The filter is an attribute here, and nothing is allowed in the header. */
	if (index)
		netlink_put_u32(writer, NDA_IFINDEX, index);
	netlink_end(writer);
}

bool neighbour_read(struct neighbour *row, const struct nlmsghdr *message)
{
	const struct nlattr *table[NDA_MAX + 1];
	struct ndmsg header;

	if (message->nlmsg_type != RTM_NEWNEIGH && message->nlmsg_type != RTM_DELNEIGH)
		return false;
	if (!netlink_read(message, &header, sizeof(header), table, NDA_MAX + 1))
		return false;
	if (header.ndm_ifindex <= 0)
		return false;
	*row = (struct neighbour){
		.index = (uint32_t)header.ndm_ifindex,
		.state = header.ndm_state,
	};
	row->has_mac = netlink_copy(table[NDA_LLADDR], row->mac, LINK_ADDRESS_BYTES);
	return netlink_ip(table[NDA_DST], header.ndm_family, &row->ip);
}

static struct ndmsg header_of(const struct neighbour *neighbour)
{
	return (struct ndmsg){
		.ndm_family = neighbour->ip.family,
		.ndm_ifindex = (int)neighbour->index,
	};
}
