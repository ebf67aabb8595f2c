/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netlink_socket.h - one netlink socket, waited for at the start, turned by a ring afterwards.
 *
 * Requests are written and answered as netlink_queue.h says.  Who carries the bytes:
 *   netlink_call(), netlink_settle()   the caller, who waits (the start, a guard, tests)
 *   netlink_attach()                   the loop; from then on nothing here waits
 *
 * Owns:   the descriptor and its buffers, all reserved by netlink_open().
 * Thread: one; after netlink_attach() the loop's. */
#ifndef TORC_VRRP_NETLINK_SOCKET_H
#define TORC_VRRP_NETLINK_SOCKET_H

#include "core/loop.h"
#include "vrrp/netlink_queue.h"
#include <sys/socket.h>
#include <sys/uio.h>

struct netlink_options {
	int bus;	     /* NETLINK_ROUTE, NETLINK_NETFILTER */
	uint32_t send_bytes; /* of requests that wait; 0: 32 KiB */
	/* Memberships: RTNLGRP_LINK, ...; their messages go to on_event. */
	const uint32_t *groups;
	uint32_t group_count;
	uint32_t backlog_bytes; /* the kernel's queue of events; 0: 1 MiB with groups */
};

/* Who runs the kernel's part of a request: the loop's thread while it submits, or a worker of the
 * kernel's, so that the loop turns on when the kernel's tables are locked. */
enum netlink_sending { NETLINK_SEND_HERE, NETLINK_SEND_ASIDE };

struct netlink_socket {
	struct netlink_queue queue;
	struct mnl_socket *mnl;
	int fd;
	void *owner;
	/* Something changed; see watch.h.  May be NULL. */
	void (*on_event)(struct netlink_socket *socket, const struct nlmsghdr *message);
	/* The kernel dropped events: what is known must be asked again.  May be NULL. */
	void (*on_lost)(struct netlink_socket *socket);
	/* The ring's side. */
	struct loop *loop;
	enum netlink_sending sending;
	struct op send_op, receive_op;
	bool send_armed, receive_armed, detaching;
	struct sockaddr_nl sender;
	struct iovec iovec;
	struct msghdr header;
	char *memory, *received;
	uint64_t overruns, foreign;
};

/* 0 or -errno.  Asks the kernel for its words with errors and for strict reading of dump filters;
 * does without where it is too old. */
int netlink_open(struct netlink_socket *socket, const struct netlink_options *options);
/* The same with the descriptor of a socket of that bus, which is taken over on success: what the
 * kernel has given to the socket stays its own. */
int netlink_adopt(struct netlink_socket *socket, int fd, const struct netlink_options *options);
/* Open requests are done with -ECANCELED.  With a loop attached, see netlink_detach(). */
void netlink_close(struct netlink_socket *socket);

static inline struct netlink_writer *netlink_request(
	struct netlink_socket *socket, struct netlink_request *request)
{
	return netlink_queue_begin(&socket->queue, request);
}
/* Closes the request and, when a loop is attached, gives it to the ring.  0 or -ENOBUFS. */
int netlink_submit(struct netlink_socket *socket);

/* A request that somebody waits for. */
struct netlink_call {
	struct netlink_request request;
	struct netlink_answer answer;
	bool answered;
};

struct netlink_writer *netlink_call_begin(struct netlink_socket *socket, struct netlink_call *call);
/* Sends, waits for the answer (at most 5 s) and returns its result: 0 or -errno.  call->answer
 * has the words. */
int32_t netlink_call(struct netlink_socket *socket, struct netlink_call *call);
/* Sends all that waits and handles all that comes until nothing is under way, or for limit_ms.
 * 0 or -errno. */
int netlink_settle(struct netlink_socket *socket, int limit_ms);
/* Handles what has arrived, without waiting. */
int netlink_drain(struct netlink_socket *socket);

void netlink_attach(struct netlink_socket *socket, struct loop *loop, enum netlink_sending sending);
/* Asks for the operations back.  They are home when netlink_is_detached(); only then may the
 * socket be closed. */
void netlink_detach(struct netlink_socket *socket);
static inline bool netlink_is_detached(const struct netlink_socket *socket)
{
	return !socket->send_armed && !socket->receive_armed;
}

#endif
