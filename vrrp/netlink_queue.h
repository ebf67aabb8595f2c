/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netlink_queue.h - requests to the kernel and the answers that belong to them.
 * Pure:   bytes to send are taken out, received bytes are put in; somebody else has the socket.
 * Owns:   nothing.  A request lives inside the object that it serves, which is not reused until
 *         `done` was called; buffers are lent at the start.
 *
 *	writer = netlink_queue_begin(queue, &vip->request);
 *	vip_write_put(writer, ...);
 *	netlink_queue_end(queue);                         -> the request waits
 *	while (netlink_queue_take(queue, &bytes, &len))
 *		netlink_queue_sent(queue, send(...));     -> it is on its way
 *	netlink_queue_received(queue, bytes, len);        -> request->done(request, &answer) */
#ifndef TORC_VRRP_NETLINK_QUEUE_H
#define TORC_VRRP_NETLINK_QUEUE_H

#include "core/list.h"
#include "vrrp/netlink.h"

struct netlink_request {
	struct list link;
	uint32_t first, last; /* sequence numbers of its messages */
	uint32_t bytes;
	bool batch, dump;
	bool interrupted;	       /* a dump whose rows do not belong to one moment */
	struct netlink_answer failure; /* the first one, while more answers are expected */
	/* One object of a dump or a get; NULL where none is expected. */
	void (*row)(struct netlink_request *request, const struct nlmsghdr *message);
	/* Called once.  The answer's text is gone when it returns; the request may be used again
	 * at once. */
	void (*done)(struct netlink_request *request, const struct netlink_answer *answer);
};

/* How requests share datagrams.  rtnetlink takes any number of messages in one; nfnetlink takes
 * one batch and ignores what stands behind it. */
enum netlink_sharing { NETLINK_TOGETHER, NETLINK_APART };

struct netlink_queue {
	enum netlink_sharing sharing;
	uint32_t next_sequence;
	/* One buffer is being filled while the other is with the kernel. */
	char *filling, *sending;
	uint32_t capacity; /* of each */
	uint32_t filled, sending_bytes, sending_at;
	uint32_t in_kernel_bytes; /* a piece was taken and is not yet reported sent */
	uint32_t piece_first;	  /* the first sequence number in it */
	bool dump_in_flight;
	struct list waiting;   /* in `filling` */
	struct list leaving;   /* in `sending`, not yet taken */
	struct list in_flight; /* taken; answers are expected */
	struct netlink_request *open;
	struct netlink_writer writer;
	/* A message that answers none of the requests: something changed.  May be NULL. */
	void (*event)(struct netlink_queue *queue, const struct nlmsghdr *message);
	uint64_t requests, answers, failures, strays;
};

/* `memory` has 2 * capacity bytes, aligned to 4. */
void netlink_queue_init(
	struct netlink_queue *queue, enum netlink_sharing sharing, char *memory, uint32_t capacity);

/* Where the request's messages are to be written.  request->done (and row) are set by its owner;
 * everything else in it is the queue's. */
struct netlink_writer *netlink_queue_begin(
	struct netlink_queue *queue, struct netlink_request *request);
/* 0, or -ENOBUFS when the messages did not fit: then the request is forgotten and done is not
 * called.  Room comes back when what is waiting is taken. */
int netlink_queue_end(struct netlink_queue *queue);

/* The next datagram to send, whole; its bytes stay where they are until netlink_queue_sent().
 * False when there is none, the last one has not been reported, or all the rest has to wait for
 * the end of a dump. */
bool netlink_queue_take(struct netlink_queue *queue, const char **bytes, uint32_t *len);
/* What became of it: the bytes sent or -errno, with which its requests are then done. */
void netlink_queue_sent(struct netlink_queue *queue, int32_t result);

/* One datagram from the kernel. */
void netlink_queue_received(struct netlink_queue *queue, const void *bytes, uint32_t len);
/* The kernel says that it dropped something (ENOBUFS): answers may be among it, so all requests
 * in flight are done with -ENOBUFS.  All that torc asks for can be asked again. */
void netlink_queue_lost(struct netlink_queue *queue);
/* The socket goes: every request is done with `result`. */
void netlink_queue_abandon(struct netlink_queue *queue, int32_t result);

static inline bool netlink_queue_idle(const struct netlink_queue *queue)
{
	return list_empty(&queue->waiting) && list_empty(&queue->leaving) &&
	       list_empty(&queue->in_flight) && queue->in_kernel_bytes == 0;
}

#endif
