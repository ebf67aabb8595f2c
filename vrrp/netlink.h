/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netlink.h - netlink messages as bytes: written within bounds, read without trust.
 * Source: the kernel's include/uapi/linux/netlink.h; libmnl lays out messages and attributes.
 * Pure:   no socket, no clock, no allocation.  What is read points into the caller's buffer.
 *
 * Writing: netlink_begin() opens a message, put functions add attributes, netlink_end() closes it.
 * A writer that runs out of room stays `full` and takes nothing more, so that a builder need not
 * look at every step; whoever lent the buffer looks once at the end. */
#ifndef TORC_VRRP_NETLINK_H
#define TORC_VRRP_NETLINK_H

#include "vrrp/ip.h"
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel's sentences are shorter; a longer one is cut. */
#define NETLINK_TEXT_BYTES 160

struct netlink_writer {
	char *bytes; /* aligned to 4, as all buffers of this room are */
	uint32_t capacity;
	uint32_t used;		      /* by finished messages */
	uint32_t sequence;	      /* of the next message; counts up */
	struct nlmsghdr *open, *last; /* being written; finished last */
	bool full;
	/* The messages are one nf_tables batch: all or nothing.  Decides which answer is the last
	 * one (netlink_queue.c). */
	bool batch;
	bool dump; /* a list is asked for */
};

void netlink_writer_init(
	struct netlink_writer *writer, char *bytes, uint32_t capacity, uint32_t sequence);
/* Opens a message with its family's fixed header.  NLM_F_REQUEST is always set. */
void netlink_begin(struct netlink_writer *writer, uint16_t type, uint16_t flags, const void *header,
	uint32_t header_bytes);
void netlink_end(struct netlink_writer *writer);

void netlink_put(struct netlink_writer *writer, uint16_t type, const void *bytes, uint32_t len);
void netlink_put_u8(struct netlink_writer *writer, uint16_t type, uint8_t value);
void netlink_put_u16(struct netlink_writer *writer, uint16_t type, uint16_t value);
void netlink_put_u32(struct netlink_writer *writer, uint16_t type, uint32_t value);
void netlink_put_be32(struct netlink_writer *writer, uint16_t type, uint32_t value);
void netlink_put_text(struct netlink_writer *writer, uint16_t type, const char *text);
/* Nothing is put for an address of no family. */
void netlink_put_ip(struct netlink_writer *writer, uint16_t type, const struct vrrp_ip *ip);

/* Attributes within an attribute; what begin returns goes to end. */
struct nlattr *netlink_nest_begin(struct netlink_writer *writer, uint16_t type);
void netlink_nest_end(struct netlink_writer *writer, struct nlattr *nest);

/* The message at *at of what was received, which is moved behind it; NULL at the end or where the
 * bytes stop making sense. */
const struct nlmsghdr *netlink_next(const void *bytes, uint32_t len, uint32_t *at);

/* Copies the fixed header and files the attributes behind it: table[type] is the last one of its
 * type, or NULL; types of `count` and above are ignored.  False when the message is shorter than
 * its header. */
bool netlink_read(const struct nlmsghdr *message, void *header, uint32_t header_bytes,
	const struct nlattr **table, uint32_t count);
void netlink_read_nest(const struct nlattr *nest, const struct nlattr **table, uint32_t count);

/* The value of an attribute, or `otherwise` where there is none or one of another size. */
uint8_t netlink_u8(const struct nlattr *attribute, uint8_t otherwise);
uint32_t netlink_u32(const struct nlattr *attribute, uint32_t otherwise);
uint32_t netlink_be32(const struct nlattr *attribute, uint32_t otherwise);
/* True when the attribute is there with exactly these many bytes. */
bool netlink_copy(const struct nlattr *attribute, void *out, uint32_t bytes);
/* True when it is a text that fits; else `out` is empty. */
bool netlink_text(const struct nlattr *attribute, char *out, uint32_t capacity);
/* True when its size is that of an address of this family; else ip->family is AF_UNSPEC. */
bool netlink_ip(const struct nlattr *attribute, uint8_t family, struct vrrp_ip *ip);

/* What the kernel says to a request. */
struct netlink_answer {
	int32_t result; /* 0 or -errno */
	/* The kernel's own sentence (NETLINK_EXT_ACK), else the errno's; empty on success, unless
	 * the kernel warns.  Printable. */
	char text[NETLINK_TEXT_BYTES];
};

/* Reads an NLMSG_ERROR (an acknowledgement is one with error 0) or an NLMSG_DONE.  False when it
 * is neither, or cut. */
bool netlink_read_answer(struct netlink_answer *answer, const struct nlmsghdr *message);
/* For errors that no message carries. */
void netlink_set_answer(struct netlink_answer *answer, int32_t result);

#endif
