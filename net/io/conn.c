/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conn.c - one socket and its operations on the ring.
 *
 * Completions arrive here first: buffers are sorted out and what concerns a living connection is
 * told to the worker; what concerns one on its way out ends here.  No object is reused before
 * its operations are home: conn_close() asks for their cancellation and the last one home closes
 * the socket, through the ring, together with whatever else this turn submits. */
#include "net/io/conn.h"
#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PARTING_MS 1000u

/* A turn that found no more than these completions has nobody to share its call of the ring with:
 * a send by the ring would cost a turn of its own, to learn that it is done. */
#define FEW_COMPLETIONS 4

static char discarded[4096]; /* what a parting peer still sends goes here and nowhere */

static void receive_done(struct op *op, int32_t result, uint32_t flags);
static void send_done(struct op *op, int32_t result, uint32_t flags);
static void connect_done(struct op *op, int32_t result, uint32_t flags);
static void poll_in_done(struct op *op, int32_t result, uint32_t flags);
static void poll_out_done(struct op *op, int32_t result, uint32_t flags);
static void parting_over(struct timer *timer);

int conn_io_open(struct conn_io *io, struct loop *loop, struct buffers *buffers, uint32_t capacity)
{
	io->loop = loop;
	io->buffers = buffers;
	io->open_count = 0;
	io->parting_count = 0;
	io->parting_max = capacity;
	list_init(&io->starved);
	list_init(&io->parting);
	return pool_open(&io->conns, sizeof(struct conn), capacity);
}

void conn_io_close(struct conn_io *io)
{
	pool_close(&io->conns);
}

/* The store of a ring's class is empty to the last buffer: peers who take nothing have them all in
 * sends.  Those who have bytes for us must not wait for them: a smaller class will do, and then a
 * lent buffer, of which every connection has its own. */
static bool receive_elsewhere(struct conn *conn, const uint32_t *offered)
{
	struct buffers *buffers = conn->io->buffers;
	struct buffer *lent;

	if (offered[conn->receive_class] > 0)
		return false;
	if (conn->receive_class == BUFFER_LARGE && offered[BUFFER_SMALL] > 0) {
		conn->starved = false;
		conn_receive(conn, BUFFER_SMALL, BUFFER_SMALL_BYTES);
		return true;
	}
	lent = buffers_lend(buffers, BUFFER_HEAD);
	if (!lent)
		return false;
	conn->starved = false;
	conn_receive_into(conn, lent);
	buffers_drop(buffers, lent);
	return true;
}

void conn_io_turn(struct conn_io *io)
{
	struct list waiting, *link;
	const uint32_t offered[BUFFER_CLASSES] = {
		[BUFFER_SMALL] = io->buffers->store[BUFFER_SMALL].offered,
		[BUFFER_LARGE] = io->buffers->store[BUFFER_LARGE].offered,
	};
	uint32_t room[BUFFER_CLASSES];

	if (list_empty(&io->starved))
		return;
	memcpy(room, offered, sizeof(room));
	list_init(&waiting);
	while ((link = list_take_first(&io->starved))) {
		struct conn *conn = container_of(link, struct conn, link);

		if (receive_elsewhere(conn, offered))
			continue;
		if (room[conn->receive_class] == 0) {
			list_append(&waiting, link);
			continue;
		}
		room[conn->receive_class]--;
		conn->starved = false;
		conn_receive(conn, (enum buffer_class)conn->receive_class, conn->receive_len);
	}
	while ((link = list_take_first(&waiting)))
		list_append(&io->starved, link);
}

struct conn *conn_adopt(struct conn_io *io, int fd, struct session *session)
{
	struct conn *conn = pool_take(&io->conns);

	if (!conn)
		return NULL;
	*conn = (struct conn){
		.fd = fd,
		.session = session,
		.io = io,
		.receive_op.done = receive_done,
		.send_op.done = send_done,
		.connect_op.done = connect_done,
		.poll_in_op.done = poll_in_done,
		.poll_out_op.done = poll_out_done,
	};
	list_init(&conn->link);
	list_init(&conn->peer_link);
	timer_init(&conn->parting_timer, parting_over);
	io->open_count++;
	return conn;
}

struct conn *conn_make(struct conn_io *io, int family, struct session *session)
{
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct conn *conn;

	if (fd < 0)
		return NULL;
	conn = conn_adopt(io, fd, session);
	if (!conn) {
		close(fd);
		errno = ENOBUFS;
		return NULL;
	}
	conn->is_server = true;
	return conn;
}

static struct io_uring_sqe *prepare_receive(
	struct conn *conn, enum buffer_class class, uint32_t bytes)
{
	struct io_uring_sqe *sqe = loop_prepare(conn->io->loop, &conn->receive_op);

	assert(!(conn->in_flight & CONN_RECEIVING) && class != BUFFER_HEAD);
	io_uring_prep_recv(sqe, conn->fd, NULL, bytes, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = (uint16_t) class;
	conn->receive_class = (uint8_t) class;
	conn->receive_len = bytes;
	conn->receive_into = NULL;
	conn->in_flight |= CONN_RECEIVING;
	return sqe;
}

void conn_receive(struct conn *conn, enum buffer_class class, uint32_t bytes)
{
	if ((conn->in_flight & CONN_RECEIVING) || conn->starved)
		return;
	prepare_receive(conn, class, bytes);
}

void conn_receive_later(struct conn *conn, enum buffer_class class, uint32_t bytes)
{
	if ((conn->in_flight & CONN_RECEIVING) || conn->starved)
		return;
	prepare_receive(conn, class, bytes)->ioprio |= IORING_RECVSEND_POLL_FIRST;
}

void conn_receive_into(struct conn *conn, struct buffer *buffer)
{
	struct io_uring_sqe *sqe;

	assert(!(conn->in_flight & CONN_RECEIVING) && !conn->starved && buffer_room(buffer) > 0);
	sqe = loop_prepare(conn->io->loop, &conn->receive_op);
	io_uring_prep_recv(sqe, conn->fd, buffer->space + buffer->end, buffer_room(buffer), 0);
	conn->receive_into = buffer_hold(buffer);
	conn->in_flight |= CONN_RECEIVING;
}

static struct io_uring_sqe *prepare_send(
	struct conn *conn, const char *at, uint32_t len, struct buffer *holder)
{
	struct io_uring_sqe *sqe = loop_prepare(conn->io->loop, &conn->send_op);

	assert(!(conn->in_flight & CONN_SENDING) && len > 0);
	io_uring_prep_send(sqe, conn->fd, at, len, MSG_WAITALL | MSG_NOSIGNAL);
	conn->holds_back = false;
	conn->send_from = holder ? buffer_hold(holder) : NULL;
	conn->send_len = len;
	conn->in_flight |= CONN_SENDING;
	return sqe;
}

/* send(), past the library: ThreadSanitizer keeps books of descriptors by what is called there, and
 * to it one that the ring has closed stays its last owner's. */
static ssize_t send_now(const struct conn *conn, const char *at, uint32_t len, int flags)
{
	return syscall(SYS_sendto, conn->fd, at, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL | flags,
		NULL, 0);
}

/* What has come over a kept connection already is no answer: its request must be one that can be
 * taken back. */
static bool may_leave_at_once(const struct conn *conn)
{
	const struct conn_io *io = conn->io;

	return io->loop->found <= FEW_COMPLETIONS && io->sent_count < CONN_SENT_AT_ONCE &&
	       !(conn->unasked && loop_has_found(io->loop, &conn->receive_op));
}

/* Until it is told, the send is in flight like any other.  What does not leave at once, or fails,
 * goes by the ring. */
static void send_piece(
	struct conn *conn, const char *at, uint32_t len, struct buffer *holder, int flags)
{
	struct conn_io *io = conn->io;
	ssize_t sent = 0;

	assert(!(conn->in_flight & CONN_SENDING) && len > 0);
	if (may_leave_at_once(conn))
		sent = send_now(conn, at, len, flags);
	conn->part_left = sent > 0;
	if (conn->part_left)
		conn->unasked = false;
	if (sent < (ssize_t)len) {
		uint32_t gone = sent > 0 ? (uint32_t)sent : 0;

		prepare_send(conn, at + gone, len - gone, holder)->msg_flags |= (uint32_t)flags;
		return;
	}
	conn->holds_back = false;
	conn->send_from = holder ? buffer_hold(holder) : NULL;
	conn->send_len = len;
	conn->in_flight |= CONN_SENDING;
	io->sent_at_once[io->sent_count++] = conn;
}

void conn_send(struct conn *conn, const char *at, uint32_t len, struct buffer *holder)
{
	send_piece(conn, at, len, holder, 0);
}

void conn_send_last(struct conn *conn, const char *at, uint32_t len, struct buffer *holder)
{
	send_piece(conn, at, len, holder, MSG_MORE);
}

void conn_io_tell_sent(struct conn_io *io)
{
	while (io->sent_told < io->sent_count) {
		struct conn *conn = io->sent_at_once[io->sent_told++];

		send_done(&conn->send_op, (int32_t)conn->send_len, 0);
	}
	io->sent_told = io->sent_count = 0;
}

uint32_t conn_send_first(struct conn *conn, const char *at, uint32_t len)
{
	ssize_t sent;

	assert(!(conn->in_flight & CONN_SENDING));
	sent = send_now(conn, at, len, MSG_MORE);
	conn->holds_back = sent > 0;
	return sent > 0 ? (uint32_t)sent : 0;
}

void conn_push(struct conn *conn)
{
	if (conn->holds_back)
		conn_no_delay(conn); /* setting it sends what waits for company */
	conn->holds_back = false;
}

void conn_connect(struct conn *conn, const struct sockaddr *address, socklen_t address_len,
	const char *at, uint32_t len, struct buffer *holder, enum buffer_class class)
{
	struct io_uring_sqe *sqe;

	/* A chain must be submitted in one piece: it would end where the ring's entries end. */
	loop_reserve(conn->io->loop, 3);
	sqe = loop_prepare(conn->io->loop, &conn->connect_op);
	io_uring_prep_connect(sqe, conn->fd, address, address_len);
	sqe->flags |= IOSQE_IO_LINK;
	conn->connect_error = 0;
	conn->in_flight |= CONN_CONNECTING;
	if (len > 0) {
		sqe = prepare_send(conn, at, len, holder);
		sqe->flags |= IOSQE_IO_LINK;
	}
	prepare_receive(conn, class, 0); /* all that the buffer takes */
}

void conn_abort_connect(struct conn *conn)
{
	if (conn->in_flight & CONN_CONNECTING)
		loop_cancel(conn->io->loop, &conn->connect_op);
}

void conn_poll_in(struct conn *conn)
{
	if (conn->in_flight & CONN_POLLING_IN)
		return;
	io_uring_prep_poll_add(
		loop_prepare(conn->io->loop, &conn->poll_in_op), conn->fd, POLLIN | POLLRDHUP);
	conn->in_flight |= CONN_POLLING_IN;
}

void conn_poll_out(struct conn *conn)
{
	if (conn->in_flight & CONN_POLLING_OUT)
		return;
	io_uring_prep_poll_add(loop_prepare(conn->io->loop, &conn->poll_out_op), conn->fd, POLLOUT);
	conn->in_flight |= CONN_POLLING_OUT;
}

void conn_rest(struct conn *conn)
{
	assert(conn->life == CONN_OPEN && conn->in_flight == 0);
	conn->session = NULL;
	conn->life = CONN_IDLE;
	conn_receive_later(conn, BUFFER_SMALL, BUFFER_SMALL_BYTES);
}

void conn_resume(struct conn *conn, struct session *session)
{
	assert(conn->life == CONN_IDLE);
	conn->session = session;
	conn->life = CONN_OPEN;
	conn->unasked = true;
	conn->unsent = false;
}

void conn_no_delay(struct conn *conn)
{
	int on = 1;

	setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* fails on unix sockets */
}

void conn_shut(struct conn *conn)
{
	shutdown(conn->fd, SHUT_WR);
}

/* ---- the way out ---- */

static void release(struct conn *conn)
{
	struct io_uring_sqe *sqe = loop_prepare(conn->io->loop, NULL);

	assert(conn->in_flight == 0);
	io_uring_prep_close(sqe, conn->fd);
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
	timer_cancel(&conn->parting_timer);
	list_remove(&conn->link);
	conn->io->open_count--;
	conn->fd = -1;
	pool_give(&conn->io->conns, conn);
}

static void call_home(struct conn *conn)
{
	struct loop *loop = conn->io->loop;

	conn->life = CONN_CLOSING;
	if (conn->starved) {
		list_remove(&conn->link);
		conn->starved = false;
	}
	if (conn->in_flight & CONN_CONNECTING)
		loop_cancel(loop, &conn->connect_op); /* its chain goes with it */
	if (conn->in_flight & CONN_RECEIVING)
		loop_cancel(loop, &conn->receive_op);
	if (conn->in_flight & CONN_SENDING)
		loop_cancel(loop, &conn->send_op);
	if (conn->in_flight & CONN_POLLING_IN)
		loop_cancel(loop, &conn->poll_in_op);
	if (conn->in_flight & CONN_POLLING_OUT)
		loop_cancel(loop, &conn->poll_out_op);
	if (conn->in_flight == 0)
		release(conn);
}

void conn_close(struct conn *conn)
{
	assert(conn->life == CONN_OPEN || conn->life == CONN_IDLE);
	conn->session = NULL;
	call_home(conn);
}

static void make_reset(struct conn *conn)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

static void receive_end(struct conn *conn)
{
	struct io_uring_sqe *sqe = loop_prepare(conn->io->loop, &conn->receive_op);

	io_uring_prep_recv(sqe, conn->fd, discarded, sizeof(discarded), 0);
	conn->receive_into = NULL;
	conn->in_flight |= CONN_RECEIVING;
}

static void leave_parting(struct conn *conn)
{
	assert(conn->life == CONN_PARTING);
	conn->life = CONN_CLOSING;
	list_remove(&conn->link);
	conn->io->parting_count--;
}

/* It had its time, or its descriptor is wanted. */
static void end_parting(struct conn *conn)
{
	leave_parting(conn);
	make_reset(conn);
	call_home(conn);
}

void conn_part(struct conn *conn)
{
	struct conn_io *io = conn->io;

	assert(conn->life == CONN_OPEN);
	conn->session = NULL;
	/* Its end came with its answer; or more than an answer, and it may see that it is unread.
	 */
	if (conn->in_flight != 0 || conn->more_waits) {
		call_home(conn);
		return;
	}
	conn->life = CONN_PARTING;
	list_append(&io->parting, &conn->link);
	io->parting_count++;
	timer_set(&io->loop->timers, &conn->parting_timer, io->loop->now_ms + PARTING_MS);
	receive_end(conn);
	/* Servers that do not close must not use up the descriptors of those that do. */
	while (io->parting_count > io->parting_max)
		end_parting(container_of(io->parting.next, struct conn, link));
}

static void parting_over(struct timer *timer)
{
	end_parting(container_of(timer, struct conn, parting_timer));
}

bool conn_is_pushing(const struct conn *conn)
{
	return conn->in_flight & (CONN_SENDING | CONN_POLLING_OUT);
}

/* A unix socket tells only how much has not been taken, not since when.  What has changed from one
 * look to the next is progress; the second look comes early, so that a peer that takes nothing is
 * not given twice its time. */
static uint32_t unix_patience_ms(struct conn *conn, uint32_t timeout_ms)
{
	uint32_t before = conn->waiting_bytes;
	bool first = !conn->looked_at;
	int waiting = 0;

	if (ioctl(conn->fd, SIOCOUTQ, &waiting) < 0)
		return 0;
	conn->waiting_bytes = (uint32_t)waiting;
	conn->looked_at = true;
	if (first)
		return timeout_ms / 4 + 1;
	return conn->waiting_bytes == before ? 0 : timeout_ms;
}

/* A peer that makes progress acknowledges, and is sent more as its window opens.  One that has
 * vanished acknowledges nothing, however often it is sent the same again; one that does not read
 * acknowledges every probe of its closed window, but is sent nothing. */
uint32_t conn_patience_ms(struct conn *conn, uint32_t timeout_ms)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof(info);
	uint32_t stuck_ms;

	if (getsockopt(conn->fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return unix_patience_ms(conn, timeout_ms);
	stuck_ms = info.tcpi_last_data_sent > info.tcpi_last_ack_recv ? info.tcpi_last_data_sent
								      : info.tcpi_last_ack_recv;
	return stuck_ms < timeout_ms ? timeout_ms - stuck_ms : 0;
}

/* ---- completions ---- */

/* After every completion of a connection that nobody owns any more. */
static void closing_home(struct conn *conn)
{
	if (conn->in_flight == 0)
		release(conn);
}

/* The rest of a chain whose connect failed is home: now it can be told. */
static bool connect_failed(struct conn *conn)
{
	if (conn->connect_error == 0)
		return false;
	if (conn->in_flight == 0) {
		int32_t error = conn->connect_error;

		conn->connect_error = 0;
		conn->io->connected(conn, error);
	}
	return true;
}

static void receive_done(struct op *op, int32_t result, uint32_t flags)
{
	struct conn *conn = container_of(op, struct conn, receive_op);
	struct buffers *buffers = conn->io->buffers;
	struct buffer *into = conn->receive_into;
	struct buffer *buffer = NULL;

	conn->in_flight &= (uint8_t)~CONN_RECEIVING;
	conn->receive_into = NULL;
	conn->more_waits = (flags & IORING_CQE_F_SOCK_NONEMPTY) != 0;
	if (into) {
		if (result > 0)
			into->end += (uint32_t)result;
		buffer = into;
	} else if (flags & IORING_CQE_F_BUFFER) {
		buffer = buffers_received(buffers, (enum buffer_class)conn->receive_class, flags,
			result > 0 ? (uint32_t)result : 0);
	}
	if (conn->life == CONN_IDLE) {
		buffers_drop(buffers, buffer);
		conn->io->idle_ended(conn);
		return;
	}
	if (conn->life != CONN_OPEN) {
		buffers_drop(buffers, buffer);
		if (conn->life == CONN_PARTING)
			leave_parting(conn); /* its end, or bytes that nobody asked for */
		closing_home(conn);
		return;
	}
	if (connect_failed(conn)) {
		buffers_drop(buffers, buffer);
		return;
	}
	if (result == -ENOBUFS) {
		buffers_ran_dry(buffers, (enum buffer_class)conn->receive_class);
		conn->starved = true;
		list_append(&conn->io->starved, &conn->link);
		return;
	}
	if (result == -ECANCELED) {
		/* A chain was broken by its send, which says so itself.  What the server has said
		 * all the same is still wanted. */
		buffers_drop(buffers, buffer);
		conn_receive(conn, (enum buffer_class)conn->receive_class, conn->receive_len);
		return;
	}
	if (conn->unasked && loop_take_back(conn->io->loop, &conn->send_op)) {
		/* The request is ours yet and stays here: whoever is asked instead is the first to
		 * see it.  Once the kernel has it, its first bytes may be with the server however
		 * long the last ones take.
		 * And what is said before was asked is nobody's answer. */
		conn->unsent = true;
		if (result > 0)
			result = -EPROTO;
	}
	if (result <= 0) {
		buffers_drop(buffers, buffer);
		buffer = NULL;
	}
	conn->io->received(conn, result, buffer);
}

static void send_done(struct op *op, int32_t result, uint32_t flags)
{
	struct conn *conn = container_of(op, struct conn, send_op);

	(void)flags;
	conn->in_flight &= (uint8_t)~CONN_SENDING;
	conn->looked_at = false;
	conn->unasked = false;
	buffers_drop(conn->io->buffers, conn->send_from);
	conn->send_from = NULL;
	if (conn->life != CONN_OPEN) {
		closing_home(conn);
		return;
	}
	if (connect_failed(conn))
		return;
	conn->unsent = result < 0 && !conn->part_left;
	/* MSG_WAITALL: less than asked for means that the connection broke in between. */
	if (result >= 0)
		result = (uint32_t)result == conn->send_len ? 0 : -EPIPE;
	conn->io->sent(conn, result);
}

static void connect_done(struct op *op, int32_t result, uint32_t flags)
{
	struct conn *conn = container_of(op, struct conn, connect_op);

	(void)flags;
	conn->in_flight &= (uint8_t)~CONN_CONNECTING;
	if (conn->life != CONN_OPEN) {
		closing_home(conn);
		return;
	}
	if (result < 0) {
		conn->connect_error = result;
		connect_failed(conn);
		return;
	}
	conn->io->connected(conn, 0);
}

/* An error shows in what is tried next. */
static void poll_in_done(struct op *op, int32_t result, uint32_t flags)
{
	struct conn *conn = container_of(op, struct conn, poll_in_op);

	(void)result;
	(void)flags;
	conn->in_flight &= (uint8_t)~CONN_POLLING_IN;
	if (conn->life != CONN_OPEN)
		closing_home(conn);
	else
		conn->io->readable(conn);
}

static void poll_out_done(struct op *op, int32_t result, uint32_t flags)
{
	struct conn *conn = container_of(op, struct conn, poll_out_op);

	(void)result;
	(void)flags;
	conn->in_flight &= (uint8_t)~CONN_POLLING_OUT;
	if (conn->life != CONN_OPEN)
		closing_home(conn);
	else
		conn->io->writable(conn);
}
