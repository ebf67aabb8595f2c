/* SPDX-License-Identifier: GPL-2.0-or-later */
/* link.h - interfaces: what is known of those that matter, and making a virtual router's own.
 * Source: rtnetlink(7).  Pure: messages out, rows in.  Owns nothing. */
#ifndef TORC_VRRP_LINK_H
#define TORC_VRRP_LINK_H

#include "vrrp/neighbour.h"

/* One interface, by its name. */
void link_write_get(struct netlink_writer *writer, const char *name);
void link_write_dump(struct netlink_writer *writer);

enum link_wish { LINK_DOWN, LINK_UP };
void link_write_set(struct netlink_writer *writer, uint32_t index, enum link_wish wish);
/* Refused with -EBUSY while it is up, by kernels before 6.2. */
void link_write_rename(struct netlink_writer *writer, uint32_t index, const char *name);
void link_write_delete(struct netlink_writer *writer, uint32_t index);

/* use_vmac: an interface on top of `parent` with an Ethernet address of its own. */
struct link_macvlan {
	char name[IF_NAMESIZE];
	uint32_t parent; /* index */
	uint8_t mac[LINK_ADDRESS_BYTES];
	uint32_t group; /* of interfaces; 0 the parent's own choice */
};
void link_write_macvlan(struct netlink_writer *writer, const struct link_macvlan *macvlan);
/* The kernel shall not make a link-local IPv6 address out of the interface's MAC: with a virtual
 * one both balancers would have the same. */
void link_write_no_autoaddress(struct netlink_writer *writer, uint32_t index);

/* 00:00:5e:00:01:ID for IPv4, 00:00:5e:00:02:ID for IPv6 (RFC 9568 7.3). */
void link_virtual_mac(uint8_t mac[LINK_ADDRESS_BYTES], uint8_t family, uint8_t router_id);

struct link_row {
	uint32_t index, parent, mtu;
	uint32_t flags; /* IFF_* */
	char name[IF_NAMESIZE];
	char kind[16]; /* "macvlan", "veth", ...; empty for hardware */
	uint8_t mac[LINK_ADDRESS_BYTES];
	bool has_mac, gone;
};

/* Reads RTM_NEWLINK or RTM_DELLINK; false when it is something else or makes no sense. */
bool link_read(struct link_row *row, const struct nlmsghdr *message);

/* An interface that the configuration names, whether it exists or not. */
struct link {
	char name[IF_NAMESIZE];
	uint32_t index; /* 0: there is none of this name */
	uint32_t mtu;
	uint8_t mac[LINK_ADDRESS_BYTES];
	bool up;      /* somebody switched it on */
	bool running; /* up, and its carrier is there: what counts */
	bool carrier; /* the same as the kernel says it at this moment */
	/* What a change of the carrier has to last to count; 0: it counts at once. */
	uint64_t down_delay_us, up_delay_us;
	uint64_t settles_us; /* when it will have; the hands' own */
};

enum link_news {
	LINK_APPEARED = 1 << 0, /* also: another interface got this name */
	LINK_GONE = 1 << 1,	/* deleted, moved away or renamed */
	LINK_STARTED = 1 << 2,	/* running now, and was not */
	LINK_STOPPED = 1 << 3,
	LINK_CHANGED = 1 << 4, /* its MAC or MTU */
	LINK_WAITS = 1 << 5,   /* its carrier changed, and has to last, or is as it was again */
};

/* Tells the table what a row says.  An interface that was renamed may be two news: one name lost
 * its interface, another one got it.  Calls `news` for each of at most two. */
void link_apply(struct link *links, uint32_t count, const struct link_row *row,
	void (*news)(struct link *link, uint32_t news, void *owner), void *owner);
/* The carrier has lasted: it counts. */
void link_settle(struct link *link);

#endif
