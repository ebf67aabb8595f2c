/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.c - interfaces as the kernel's messages say them.
 *
 * The configuration names interfaces, the kernel numbers them.  A name can change its number (a
 * driver that was reloaded, a virtual interface made anew) and a number its name, while torc runs
 * on; so everything else in this room asks the table here for the number of the moment, and hears
 * when it is another one: addresses have then to be put again.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/link.h"
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

static void begin(struct netlink_writer *writer, uint16_t type, uint16_t flags, uint32_t index);
static void lose(struct link *link, void (*news)(struct link *link, uint32_t news, void *owner),
	void *owner);
static uint32_t learn(struct link *link, const struct link_row *row);

void link_write_get(struct netlink_writer *writer, const char *name)
{
	begin(writer, RTM_GETLINK, NLM_F_ACK, 0);
	netlink_put_text(writer, IFLA_IFNAME, name);
	netlink_end(writer);
}

void link_write_dump(struct netlink_writer *writer)
{
	begin(writer, RTM_GETLINK, NLM_F_DUMP, 0);
	netlink_end(writer);
}

void link_write_set(struct netlink_writer *writer, uint32_t index, enum link_wish wish)
{
	struct ifinfomsg header = {
		.ifi_index = (int)index,
		.ifi_change = IFF_UP,
		.ifi_flags = wish == LINK_UP ? IFF_UP : 0,
	};

	netlink_begin(writer, RTM_NEWLINK, NLM_F_ACK, &header, sizeof(header));
	netlink_end(writer);
}

void link_write_rename(struct netlink_writer *writer, uint32_t index, const char *name)
{
	begin(writer, RTM_NEWLINK, NLM_F_ACK, index);
	netlink_put_text(writer, IFLA_IFNAME, name);
	netlink_end(writer);
}

void link_write_delete(struct netlink_writer *writer, uint32_t index)
{
	begin(writer, RTM_DELLINK, NLM_F_ACK, index);
	netlink_end(writer);
}

void link_write_macvlan(struct netlink_writer *writer, const struct link_macvlan *macvlan)
{
	struct nlattr *info, *data;

	begin(writer, RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, 0);
	netlink_put_text(writer, IFLA_IFNAME, macvlan->name);
	netlink_put_u32(writer, IFLA_LINK, macvlan->parent);
	netlink_put(writer, IFLA_ADDRESS, macvlan->mac, LINK_ADDRESS_BYTES);
	if (macvlan->group)
		netlink_put_u32(writer, IFLA_GROUP, macvlan->group);
	info = netlink_nest_begin(writer, IFLA_LINKINFO);
	netlink_put_text(writer, IFLA_INFO_KIND, "macvlan");
	data = netlink_nest_begin(writer, IFLA_INFO_DATA);
	/* Several virtual routers on one parent have nothing to say to each other. */
	netlink_put_u32(writer, IFLA_MACVLAN_MODE, MACVLAN_MODE_PRIVATE);
	netlink_nest_end(writer, data);
	netlink_nest_end(writer, info);
	netlink_end(writer);
}

void link_write_no_autoaddress(struct netlink_writer *writer, uint32_t index)
{
	struct nlattr *families, *inet6;

	begin(writer, RTM_NEWLINK, NLM_F_ACK, index);
	families = netlink_nest_begin(writer, IFLA_AF_SPEC);
	inet6 = netlink_nest_begin(writer, AF_INET6);
	netlink_put_u8(writer, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	netlink_nest_end(writer, inet6);
	netlink_nest_end(writer, families);
	netlink_end(writer);
}

void link_virtual_mac(uint8_t mac[LINK_ADDRESS_BYTES], uint8_t family, uint8_t router_id)
{
	const uint8_t bytes[LINK_ADDRESS_BYTES] = {
		0x00, 0x00, 0x5e, 0x00, family == AF_INET6 ? 0x02 : 0x01, router_id};

	memcpy(mac, bytes, sizeof(bytes));
}

bool link_read(struct link_row *row, const struct nlmsghdr *message)
{
	const struct nlattr *table[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];
	struct ifinfomsg header;

	if (message->nlmsg_type != RTM_NEWLINK && message->nlmsg_type != RTM_DELLINK)
		return false;
	if (!netlink_read(message, &header, sizeof(header), table, IFLA_MAX + 1))
		return false;
	/* A bridge reports its ports' doings with the same message and its own family. */
	if (header.ifi_family != AF_UNSPEC || header.ifi_index <= 0)
		return false;
	*row = (struct link_row){
		.index = (uint32_t)header.ifi_index,
		.parent = netlink_u32(table[IFLA_LINK], 0),
		.mtu = netlink_u32(table[IFLA_MTU], 0),
		.flags = header.ifi_flags,
		.gone = message->nlmsg_type == RTM_DELLINK,
	};
	if (!netlink_text(table[IFLA_IFNAME], row->name, sizeof(row->name)))
		return false;
	row->has_mac = netlink_copy(table[IFLA_ADDRESS], row->mac, LINK_ADDRESS_BYTES);
	netlink_read_nest(table[IFLA_LINKINFO], info, IFLA_INFO_MAX + 1);
	netlink_text(info[IFLA_INFO_KIND], row->kind, sizeof(row->kind));
	return true;
}

void link_apply(struct link *links, uint32_t count, const struct link_row *row,
	void (*news)(struct link *link, uint32_t news, void *owner), void *owner)
{
	/* First what is lost, so that whoever hears of both has the order right. */
	for (uint32_t i = 0; i < count; i++)
		if (links[i].index == row->index &&
			(row->gone || strcmp(links[i].name, row->name) != 0))
			lose(&links[i], news, owner);
	if (row->gone)
		return;
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(links[i].name, row->name) == 0) {
			uint32_t heard = learn(&links[i], row);

			if (heard)
				news(&links[i], heard, owner);
		}
}

static void begin(struct netlink_writer *writer, uint16_t type, uint16_t flags, uint32_t index)
{
	struct ifinfomsg header = {.ifi_index = (int)index};

	netlink_begin(writer, type, flags, &header, sizeof(header));
}

static void lose(
	struct link *link, void (*news)(struct link *link, uint32_t news, void *owner), void *owner)
{
	uint32_t heard = LINK_GONE | (link->running ? LINK_STOPPED : 0);

	link->index = 0;
	link->up = link->running = link->carrier = false;
	news(link, heard, owner);
}

void link_settle(struct link *link)
{
	link->running = link->carrier;
	link->settles_us = 0;
}

/* Does this carrier count, or has it to last first? */
static bool counts(const struct link *link, const struct link_row *row, bool carrier)
{
	if (link->index != row->index)
		return true;
	if (carrier == link->running)
		return carrier == link->carrier;
	return (carrier ? link->up_delay_us : link->down_delay_us) == 0;
}

static uint32_t learn(struct link *link, const struct link_row *row)
{
	bool carrier = row->flags & IFF_UP && row->flags & IFF_RUNNING;
	bool waits = !counts(link, row, carrier), running = waits ? link->running : carrier;
	uint32_t heard = waits && carrier != link->carrier ? LINK_WAITS : 0;

	if (link->index != row->index)
		heard |= LINK_APPEARED;
	else if (link->mtu != row->mtu || memcmp(link->mac, row->mac, LINK_ADDRESS_BYTES) != 0)
		heard |= LINK_CHANGED;
	/* Another interface under the old name starts anew even where both were running. */
	if (running && (!link->running || heard & LINK_APPEARED))
		heard |= LINK_STARTED;
	if (!running && link->running)
		heard |= LINK_STOPPED;
	link->index = row->index;
	link->mtu = row->mtu;
	memcpy(link->mac, row->mac, LINK_ADDRESS_BYTES);
	link->up = (row->flags & IFF_UP) != 0;
	link->running = running;
	link->carrier = carrier;
	return heard;
}
