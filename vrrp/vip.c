/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vip.c - a virtual address as the kernel's messages say it.
 *
 * Addresses are given a short life (valid_lft) that the speaker renews.  That is the net under
 * all others: when every process of torc is gone, or frozen with its machine, nobody has to do
 * anything for the address to go.  The kernel looks at lifetimes about once a second, so an
 * address outlives its last second by up to one more.
 *
 * preferred_lft follows valid_lft: an address is never left deprecated for its last moments,
 * since a deprecated one is not chosen as a source.  One that is configured as deprecated has a
 * preferred life of 0 for the same reason the other way round.
 *
 * IPv6 addresses skip duplicate address detection: for its second they would be tentative, and a
 * packet to them unanswered; that nobody else has the address is what VRRP itself decides.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/vip.h"
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* What identifies an address, in a request to add and in one to delete. */
static void put_address(struct netlink_writer *writer, const struct vrrp_address *address);
static struct ifaddrmsg header_of(const struct vrrp_address *address, uint32_t index);
static uint32_t flags_of(const struct vrrp_address *address);

void vip_write_put(struct netlink_writer *writer, const struct vrrp_address *address,
	uint32_t index, uint32_t valid_s)
{
	struct ifaddrmsg header = header_of(address, index);
	struct ifa_cacheinfo life = {
		.ifa_valid = valid_s,
		.ifa_prefered = address->deprecated ? 0 : valid_s,
	};

	netlink_begin(writer, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, &header,
		sizeof(header));
	put_address(writer, address);
	netlink_put_ip(writer, IFA_BROADCAST, &address->broadcast);
	netlink_put_u32(writer, IFA_FLAGS, flags_of(address));
	netlink_put(writer, IFA_CACHEINFO, &life, sizeof(life));
	netlink_put_u8(writer, IFA_PROTO, VIP_PROTOCOL);
	netlink_end(writer);
}

void vip_write_delete(
	struct netlink_writer *writer, const struct vrrp_address *address, uint32_t index)
{
	struct ifaddrmsg header = header_of(address, index);

	netlink_begin(writer, RTM_DELADDR, NLM_F_ACK, &header, sizeof(header));
	put_address(writer, address);
	netlink_end(writer);
}

void vip_write_dump(struct netlink_writer *writer, uint8_t family, uint32_t index)
{
	struct ifaddrmsg header = {.ifa_family = family, .ifa_index = index};

	netlink_begin(writer, RTM_GETADDR, NLM_F_DUMP, &header, sizeof(header));
	netlink_end(writer);
}

bool vip_read(struct vip_row *row, const struct nlmsghdr *message)
{
	const struct nlattr *table[IFA_MAX + 1];
	struct ifa_cacheinfo life;
	struct ifaddrmsg header;

	if (message->nlmsg_type != RTM_NEWADDR && message->nlmsg_type != RTM_DELADDR)
		return false;
	if (!netlink_read(message, &header, sizeof(header), table, IFA_MAX + 1))
		return false;
	if (header.ifa_prefixlen > 8 * vrrp_ip_bytes(header.ifa_family))
		return false;
	*row = (struct vip_row){
		.index = header.ifa_index,
		.family = header.ifa_family,
		.prefix_bits = header.ifa_prefixlen,
		.scope = header.ifa_scope,
		.protocol = netlink_u8(table[IFA_PROTO], 0),
		.flags = netlink_u32(table[IFA_FLAGS], header.ifa_flags),
		.valid_s = VIP_FOREVER,
		.preferred_s = VIP_FOREVER,
	};
	/* IPv4 always says both; IPv6 says IFA_LOCAL only where there is a peer. */
	if (!netlink_ip(table[IFA_ADDRESS], row->family, &row->peer))
		return false;
	if (!netlink_ip(table[IFA_LOCAL], row->family, &row->ip))
		row->ip = row->peer;
	netlink_ip(table[IFA_BROADCAST], row->family, &row->broadcast);
	netlink_text(table[IFA_LABEL], row->label, sizeof(row->label));
	if (netlink_copy(table[IFA_CACHEINFO], &life, sizeof(life))) {
		row->valid_s = life.ifa_valid;
		row->preferred_s = life.ifa_prefered;
	}
	return true;
}

bool vip_row_is(const struct vip_row *row, const struct vrrp_address *address, uint32_t index)
{
	const struct vrrp_ip *peer =
		address->peer.family != AF_UNSPEC ? &address->peer : &address->ip;

	return row->index == index && row->prefix_bits == address->prefix_bits &&
	       vrrp_ip_equal(&row->ip, &address->ip) && vrrp_ip_equal(&row->peer, peer);
}

bool vip_row_differs(const struct vip_row *row, const struct vrrp_address *address)
{
	if (row->family != AF_INET)
		return false;
	return row->scope != address->scope ||
	       (address->label[0] && strcmp(row->label, address->label) != 0) ||
	       !vrrp_ip_equal(&row->broadcast, &address->broadcast);
}

static struct ifaddrmsg header_of(const struct vrrp_address *address, uint32_t index)
{
	return (struct ifaddrmsg){
		.ifa_family = address->ip.family,
		.ifa_prefixlen = address->prefix_bits,
		.ifa_scope = address->scope,
		.ifa_index = index,
	};
}

static void put_address(struct netlink_writer *writer, const struct vrrp_address *address)
{
	const struct vrrp_ip *peer =
		address->peer.family != AF_UNSPEC ? &address->peer : &address->ip;

	netlink_put_ip(writer, IFA_LOCAL, &address->ip);
	netlink_put_ip(writer, IFA_ADDRESS, peer);
	/* Labels are an IPv4 thing, and with one only the address that carries it is deleted. */
	if (address->label[0] && address->ip.family == AF_INET)
		netlink_put_text(writer, IFA_LABEL, address->label);
}

static uint32_t flags_of(const struct vrrp_address *address)
{
	uint32_t flags = 0;

	if (address->ip.family == AF_INET6)
		flags |= IFA_F_NODAD;
	if (address->ip.family == AF_INET6 && address->home)
		flags |= IFA_F_HOMEADDRESS;
	if (address->no_prefix_route)
		flags |= IFA_F_NOPREFIXROUTE;
	if (address->manages_temporary)
		flags |= IFA_F_MANAGETEMPADDR;
	if (address->joins_group)
		flags |= IFA_F_MCAUTOJOIN;
	return flags;
}
