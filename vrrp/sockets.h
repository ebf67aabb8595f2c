/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sockets.h - VRRP on an interface: a raw socket of protocol 112, heard by the ring.
 *
 * All virtual routers of one family on one interface share one wire; who listens to which virtual
 * router id is the speaker's business.  Also here: the packet socket through which neighbours are
 * told (gratuitous ARP, neighbour advertisements).
 *
 * Owns:   the descriptors, and the room for one arriving message each.
 * Thread: the keeper's. */
#ifndef TORC_VRRP_SOCKETS_H
#define TORC_VRRP_SOCKETS_H

#include "core/loop.h"
#include "vrrp/packet.h"
#include <net/if.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define WIRE_BYTES (VRRP_PACKET_BYTES_MAX + 60 + 64) /* the longest IP header, and padding */

struct wire {
	char interface[IF_NAMESIZE];
	uint8_t family;
	uint32_t index; /* of the interface when it was opened */
	int fd;		/* -1: closed, the interface is not there */
	void *owner;
	void (*heard)(struct wire *wire, const struct vrrp_datagram *datagram);
	struct loop *loop;
	struct op op;
	bool armed;
	struct iovec iovec;
	struct msghdr header;
	struct sockaddr_storage sender;
	_Alignas(8) uint8_t control[256];
	_Alignas(8) uint8_t bytes[WIRE_BYTES];
};

/* interface, family, owner, heard and loop are set, fd is -1.  Opens it on this interface; may be
 * called again after wire_close(), also before the ring has let go.  0 or -errno. */
int wire_open(struct wire *wire, uint32_t index);
/* The address that this host sends from to a peer on the wire; false: there is no way to it. */
bool wire_source_to(const struct wire *wire, const struct vrrp_ip *peer, struct vrrp_ip *source);
/* Hears this group on an interface; unset: the one of the family. */
int wire_join(struct wire *wire, const struct vrrp_ip *group, uint32_t index);
/* The operation is asked for; its memory is the ring's until wire_is_home(). */
void wire_close(struct wire *wire);
static inline bool wire_is_home(const struct wire *wire)
{
	return !wire->armed;
}

struct wire_letter {
	struct vrrp_ip source, destination;
	uint8_t hops;
	const uint8_t *bytes;
	uint32_t len;
};

/* At once, without waiting.  0 or -errno. */
int wire_send(const struct wire *wire, const struct wire_letter *letter);

/* 224.0.0.18, ff02::12 */
struct vrrp_ip wire_group(uint8_t family);

/* A packet socket that hears nothing.  The descriptor or -errno. */
int wire_open_frames(void);
/* Sends a whole Ethernet frame.  0 or -errno. */
int wire_send_frame(int fd, uint32_t index, const uint8_t *frame, uint32_t len);

#endif
