/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netlink_socket.c - carries the queue's bytes to the kernel and back.
 *
 * On the ring one send and one receive are under way.  Netlink handlers run inside sendmsg() and
 * take the kernel's rtnl lock, which others may hold for tens of milliseconds (a namespace that is
 * torn down, a bonding change).  Submitted plainly, the ring calls them on the loop's own thread,
 * and a VRRP timer waits behind a stranger's work; sent aside, a worker of the kernel's waits
 * instead.  That costs about 10 us a request, and the worker has the scheduling that the loop's
 * thread hands to its children.  Which is the lesser evil is for the owner of the loop to say.
 *
 * The receive buffer is as large as the largest datagram that the kernel builds for a dump
 * (32 KiB), twice over.
 *
 * A message counts only when the kernel sent it (sender port 0).  Another process may send to our
 * port, if it has the privilege; it shall not be able to play the kernel.
 *
 * Thread: the caller's; after netlink_attach() the loop's. */
#include "vrrp/netlink_socket.h"
#include "core/clock.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <poll.h>
#include <stdlib.h>

#define RECEIVE_BYTES (64u * 1024)
#define SEND_BYTES    (32u * 1024)
#define BACKLOG_BYTES (1024u * 1024)
#define CALL_MS	      5000

static int set_options(struct netlink_socket *socket, const struct netlink_options *options);
static void enlarge(int fd, int forced, int plain, uint32_t bytes);
static void forward_event(struct netlink_queue *queue, const struct nlmsghdr *message);
static void call_done(struct netlink_request *request, const struct netlink_answer *answer);
static void send_waiting(struct netlink_socket *socket);
static void received(struct netlink_socket *socket, int64_t result);
static void ring_send(struct netlink_socket *socket);
static void ring_receive(struct netlink_socket *socket);
static void send_done(struct op *op, int32_t result, uint32_t flags);
static void receive_done(struct op *op, int32_t result, uint32_t flags);

static int open_on(struct netlink_socket *socket, struct mnl_socket *mnl,
	const struct netlink_options *options)
{
	uint32_t send_bytes = options->send_bytes ? (options->send_bytes + 3) & ~3u : SEND_BYTES;
	int error;

	*socket = (struct netlink_socket){.fd = -1};
	socket->memory = malloc(2 * (size_t)send_bytes + RECEIVE_BYTES);
	socket->mnl = mnl;
	if (!socket->memory) {
		error = -ENOMEM;
		goto fail;
	}
	socket->fd = mnl_socket_get_fd(socket->mnl);
	error = set_options(socket, options);
	if (error)
		goto fail;
	enlarge(socket->fd, SO_SNDBUFFORCE, SO_SNDBUF, 2 * send_bytes);
	netlink_queue_init(&socket->queue,
		options->bus == NETLINK_NETFILTER ? NETLINK_APART : NETLINK_TOGETHER,
		socket->memory, send_bytes);
	socket->queue.event = forward_event;
	socket->received = socket->memory + 2 * (size_t)send_bytes;
	socket->iovec = (struct iovec){socket->received, RECEIVE_BYTES};
	return 0;
fail:
	free(socket->memory);
	*socket = (struct netlink_socket){.fd = -1};
	return error;
}

int netlink_open(struct netlink_socket *socket, const struct netlink_options *options)
{
	struct mnl_socket *mnl = mnl_socket_open2(options->bus, SOCK_CLOEXEC | SOCK_NONBLOCK);
	int error = mnl ? open_on(socket, mnl, options) : -errno;

	if (mnl && error < 0)
		mnl_socket_close(mnl);
	return error;
}

int netlink_adopt(struct netlink_socket *socket, int fd, const struct netlink_options *options)
{
	int bus = -1;
	socklen_t len = sizeof(bus);
	struct mnl_socket *mnl;
	int error;

	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &bus, &len) < 0 || bus != options->bus)
		return -EINVAL;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	mnl = mnl_socket_fdopen(fd);
	if (!mnl)
		return -errno;
	error = open_on(socket, mnl, options);
	if (error < 0)
		free(mnl); /* its own closing would close the descriptor */
	return error;
}

void netlink_close(struct netlink_socket *socket)
{
	assert(netlink_is_detached(socket));
	if (socket->fd < 0)
		return;
	netlink_queue_abandon(&socket->queue, -ECANCELED);
	mnl_socket_close(socket->mnl);
	free(socket->memory);
	*socket = (struct netlink_socket){.fd = -1};
}

int netlink_submit(struct netlink_socket *socket)
{
	int result = netlink_queue_end(&socket->queue);

	if (result == 0 && socket->loop)
		ring_send(socket);
	return result;
}

struct netlink_writer *netlink_call_begin(struct netlink_socket *socket, struct netlink_call *call)
{
	call->answered = false;
	call->request.done = call_done;
	return netlink_request(socket, &call->request);
}

int32_t netlink_call(struct netlink_socket *socket, struct netlink_call *call)
{
	int result = netlink_queue_end(&socket->queue);

	if (result < 0) {
		netlink_set_answer(&call->answer, result);
		return result;
	}
	result = netlink_settle(socket, CALL_MS);
	/* Whoever else waits on this socket would wait for ever, too. */
	if (!call->answered)
		netlink_queue_abandon(&socket->queue, result);
	assert(call->answered);
	return call->answer.result;
}

int netlink_settle(struct netlink_socket *socket, int limit_ms)
{
	uint64_t end_ms = clock_monotonic_ms() + (uint64_t)limit_ms;

	assert(!socket->loop);
	send_waiting(socket);
	while (!netlink_queue_idle(&socket->queue)) {
		struct pollfd ready = {.fd = socket->fd, .events = POLLIN};
		uint64_t now_ms = clock_monotonic_ms();
		int result = 0;

		if (now_ms >= end_ms)
			return -ETIMEDOUT;
		if (poll(&ready, 1, (int)(end_ms - now_ms)) > 0)
			result = netlink_drain(socket);
		if (result < 0)
			return result;
		send_waiting(socket);
	}
	return 0;
}

int netlink_drain(struct netlink_socket *socket)
{
	assert(!socket->receive_armed);
	for (;;) {
		ssize_t result;

		socket->header = (struct msghdr){
			.msg_name = &socket->sender,
			.msg_namelen = sizeof(socket->sender),
			.msg_iov = &socket->iovec,
			.msg_iovlen = 1,
		};
		result = recvmsg(socket->fd, &socket->header, MSG_DONTWAIT);
		if (result < 0 && errno == EAGAIN)
			return 0;
		if (result < 0 && errno != ENOBUFS && errno != EINTR)
			return -errno;
		received(socket, result < 0 ? -errno : result);
	}
}

void netlink_attach(struct netlink_socket *socket, struct loop *loop, enum netlink_sending sending)
{
	assert(!socket->loop && socket->fd >= 0);
	socket->loop = loop;
	socket->sending = sending;
	socket->detaching = false;
	socket->send_op.done = send_done;
	socket->receive_op.done = receive_done;
	ring_receive(socket);
	ring_send(socket);
}

void netlink_detach(struct netlink_socket *socket)
{
	if (!socket->loop || socket->detaching)
		return;
	socket->detaching = true;
	if (socket->receive_armed)
		loop_cancel(socket->loop, &socket->receive_op);
}

static int set_options(struct netlink_socket *socket, const struct netlink_options *options)
{
	int on = 1;

	/* Words with errors, and errors without a copy of what was asked. */
	if (mnl_socket_setsockopt(socket->mnl, NETLINK_EXT_ACK, &on, sizeof(on)) < 0 ||
		mnl_socket_setsockopt(socket->mnl, NETLINK_CAP_ACK, &on, sizeof(on)) < 0)
		return -errno;
	/* Not every bus knows this one, and a reader must filter rows himself anyway. */
	mnl_socket_setsockopt(socket->mnl, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	/* An adopted one has its address already. */
	if (mnl_socket_get_portid(socket->mnl) == 0 &&
		mnl_socket_bind(socket->mnl, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	for (uint32_t i = 0; i < options->group_count; i++) {
		uint32_t group = options->groups[i];

		if (mnl_socket_setsockopt(
			    socket->mnl, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
			return -errno;
	}
	if (options->group_count || options->backlog_bytes)
		enlarge(socket->fd, SO_RCVBUFFORCE, SO_RCVBUF,
			options->backlog_bytes ? options->backlog_bytes : BACKLOG_BYTES);
	return 0;
}

/* As far as we may: beyond the system's limit with the privilege, up to it without. */
static void enlarge(int fd, int forced, int plain, uint32_t bytes)
{
	int wanted = (int)bytes;

	if (setsockopt(fd, SOL_SOCKET, forced, &wanted, sizeof(wanted)) < 0)
		setsockopt(fd, SOL_SOCKET, plain, &wanted, sizeof(wanted));
}

static void forward_event(struct netlink_queue *queue, const struct nlmsghdr *message)
{
	struct netlink_socket *socket = container_of(queue, struct netlink_socket, queue);

	if (socket->on_event)
		socket->on_event(socket, message);
}

static void call_done(struct netlink_request *request, const struct netlink_answer *answer)
{
	struct netlink_call *call = container_of(request, struct netlink_call, request);

	call->answer = *answer;
	call->answered = true;
}

static void send_waiting(struct netlink_socket *socket)
{
	const char *bytes;
	uint32_t len;

	while (netlink_queue_take(&socket->queue, &bytes, &len)) {
		ssize_t result = mnl_socket_sendto(socket->mnl, bytes, len);

		netlink_queue_sent(&socket->queue, result < 0 ? -errno : (int32_t)result);
	}
}

/* One receive: bytes, or -errno. */
static void received(struct netlink_socket *socket, int64_t result)
{
	bool lost = result == -ENOBUFS || socket->header.msg_flags & MSG_TRUNC;

	if (result >= 0 && socket->sender.nl_pid != 0) {
		socket->foreign++;
		return;
	}
	/* What came whole is taken first: it may hold answers. */
	if (result > 0)
		netlink_queue_received(&socket->queue, socket->received, (uint32_t)result);
	if (!lost)
		return;
	socket->overruns++;
	netlink_queue_lost(&socket->queue);
	if (socket->on_lost)
		socket->on_lost(socket);
}

static void ring_send(struct netlink_socket *socket)
{
	struct io_uring_sqe *sqe;
	const char *bytes;
	uint32_t len;

	if (socket->detaching || !netlink_queue_take(&socket->queue, &bytes, &len))
		return;
	sqe = loop_prepare(socket->loop, &socket->send_op);
	io_uring_prep_send(sqe, socket->fd, bytes, len, 0);
	if (socket->sending == NETLINK_SEND_ASIDE)
		io_uring_sqe_set_flags(sqe, IOSQE_ASYNC);
	socket->send_armed = true;
}

static void ring_receive(struct netlink_socket *socket)
{
	struct io_uring_sqe *sqe;

	if (socket->detaching)
		return;
	socket->header = (struct msghdr){
		.msg_name = &socket->sender,
		.msg_namelen = sizeof(socket->sender),
		.msg_iov = &socket->iovec,
		.msg_iovlen = 1,
	};
	sqe = loop_prepare(socket->loop, &socket->receive_op);
	io_uring_prep_recvmsg(sqe, socket->fd, &socket->header, 0);
	socket->receive_armed = true;
}

static void send_done(struct op *op, int32_t result, uint32_t flags)
{
	struct netlink_socket *socket = container_of(op, struct netlink_socket, send_op);

	(void)flags;
	socket->send_armed = false;
	netlink_queue_sent(&socket->queue, result);
	ring_send(socket);
}

static void receive_done(struct op *op, int32_t result, uint32_t flags)
{
	struct netlink_socket *socket = container_of(op, struct netlink_socket, receive_op);

	(void)flags;
	socket->receive_armed = false;
	if (result == -ECANCELED && socket->detaching)
		return;
	received(socket, result);
	ring_receive(socket);
	/* What had to wait for the end of a dump. */
	ring_send(socket);
}
