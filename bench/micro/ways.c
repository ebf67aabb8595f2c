/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ways.c - the ways through this kernel that torc's data path chose between, side by side.
 *
 * A body: splice(2), the ring's splice, receive and send by calls, receive and send by the ring.
 * Small messages on a hundred connections: epoll with calls, the ring.  Each way moves the same
 * bytes between the same loopback sockets; what fills the sockets before and empties them after is
 * not counted.  The measure is the processor time of the whole process, so that the kernel's
 * worker threads behind the ring's splice count as well.  The cheapest turn is shown, and who won:
 * docs/PERFORMANCE.md says what torc does about it. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { TURNS = 5, BODY_BYTES = 256 * 1024, BODIES = 200, PAIRS = 100, ROUNDS = 200, SMALL = 600 };

#define PIPE_BYTES   (1024 * 1024)
#define BUFFER_BYTES (64 * 1024)

/* Bytes come in at `source` and go out at `target`; `writer` and `reader` are their far ends. */
struct lane {
	int writer, source, target, reader;
};

static struct lane lanes[PAIRS];
static struct io_uring ring;
static int pipe_fds[2];
static char buffer[BUFFER_BYTES];
static char buffers[PAIRS][SMALL];

static void must(int result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(1);
}

static void connect_two(int *near, int *far)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0), bytes = 4 * BODY_BYTES, on = 1;

	setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	must(bind(listener, (struct sockaddr *)&at, len), "bind");
	must(listen(listener, 1), "listen");
	must(getsockname(listener, (struct sockaddr *)&at, &len), "getsockname");
	*far = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(*far, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	setsockopt(*far, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	must(connect(*far, (struct sockaddr *)&at, len), "connect");
	*near = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	must(*near, "accept");
	setsockopt(*near, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	setsockopt(*near, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(*far, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	close(listener);
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void write_all(int fd, size_t bytes)
{
	while (bytes > 0) {
		ssize_t sent = send(fd, buffer, bytes < sizeof(buffer) ? bytes : sizeof(buffer), 0);

		must((int)sent, "send");
		bytes -= (size_t)sent;
	}
}

static void read_all(int fd, size_t bytes)
{
	while (bytes > 0) {
		ssize_t got = recv(fd, buffer, bytes < sizeof(buffer) ? bytes : sizeof(buffer), 0);

		must(got > 0 ? 0 : -1, "recv");
		bytes -= (size_t)got;
	}
}

static int32_t wait_one(void)
{
	struct io_uring_cqe *cqe;
	int32_t result;

	must(io_uring_submit_and_wait(&ring, 1), "io_uring_enter");
	must(io_uring_wait_cqe(&ring, &cqe), "io_uring_wait_cqe");
	result = cqe->res;
	io_uring_cqe_seen(&ring, cqe);
	return result;
}

/* ---- a body ---- */

static ssize_t again(ssize_t result)
{
	if (result < 0 && errno != EAGAIN)
		must(-1, "move");
	return result < 0 ? 0 : result;
}

static void move_by_splice(const struct lane *lane)
{
	size_t in = 0, out = 0;

	while (out < BODY_BYTES) {
		if (in < BODY_BYTES)
			in += (size_t)again(splice(lane->source, NULL, pipe_fds[1], NULL,
				BODY_BYTES - in, SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
		if (in > out)
			out += (size_t)again(splice(pipe_fds[0], NULL, lane->target, NULL, in - out,
				SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
	}
}

static size_t ring_splice(int from, int to, size_t bytes)
{
	int32_t moved;

	io_uring_prep_splice(io_uring_get_sqe(&ring), from, -1, to, -1, (unsigned int)bytes,
		SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	moved = wait_one();
	assert(moved >= 0 || moved == -EAGAIN);
	return moved > 0 ? (size_t)moved : 0;
}

static void move_by_ring_splice(const struct lane *lane)
{
	size_t in = 0, out = 0;

	while (out < BODY_BYTES) {
		if (in < BODY_BYTES)
			in += ring_splice(lane->source, pipe_fds[1], BODY_BYTES - in);
		if (in > out)
			out += ring_splice(pipe_fds[0], lane->target, in - out);
	}
}

static void move_by_calls(const struct lane *lane)
{
	size_t out = 0;

	while (out < BODY_BYTES) {
		ssize_t got = again(recv(lane->source, buffer, sizeof(buffer), 0));

		for (ssize_t sent = 0; sent < got;)
			sent += again(send(
				lane->target, buffer + sent, (size_t)(got - sent), MSG_NOSIGNAL));
		out += (size_t)got;
	}
}

static void move_by_ring(const struct lane *lane)
{
	size_t out = 0;

	while (out < BODY_BYTES) {
		int32_t got, sent;

		io_uring_prep_recv(
			io_uring_get_sqe(&ring), lane->source, buffer, sizeof(buffer), 0);
		got = wait_one();
		assert(got > 0);
		io_uring_prep_send(io_uring_get_sqe(&ring), lane->target, buffer, (size_t)got,
			MSG_WAITALL | MSG_NOSIGNAL);
		sent = wait_one();
		assert(sent == got);
		out += (size_t)got;
	}
}

static double bodies(void (*way)(const struct lane *lane))
{
	double best = 1e18;

	for (uint32_t turn = 0; turn < TURNS; turn++) {
		double spent = 0;

		for (uint32_t i = 0; i < BODIES; i++) {
			double before;

			write_all(lanes[0].writer, BODY_BYTES);
			before = now_us();
			way(&lanes[0]);
			spent += now_us() - before;
			read_all(lanes[0].reader, BODY_BYTES);
		}
		spent = spent * 1e9 / ((double)BODIES * BODY_BYTES) / 1e6;
		best = spent < best ? spent : best;
	}
	return best;
}

/* ---- small messages ---- */

static void answer_by_epoll(int poller)
{
	struct epoll_event events[PAIRS];
	uint32_t left = PAIRS;

	while (left > 0) {
		int count = epoll_wait(poller, events, PAIRS, -1);

		for (int i = 0; i < count; i++) {
			const struct lane *lane = &lanes[events[i].data.u32];
			ssize_t got = recv(lane->source, buffer, SMALL, 0);

			assert(got == SMALL);
			must((int)send(lane->target, buffer, SMALL, MSG_NOSIGNAL), "send");
			left--;
		}
	}
}

/* Receives are armed by then, as they are in a proxy that waits for its clients. */
static void answer_by_ring(void)
{
	uint32_t left = 2 * PAIRS;

	while (left > 0) {
		struct io_uring_cqe *cqe;
		struct io_uring_sqe *sqe;
		uint32_t head, count = 0;

		must(io_uring_submit_and_wait(&ring, 1), "io_uring_enter");
		io_uring_for_each_cqe(&ring, head, cqe)
		{
			uint64_t number = cqe->user_data;

			assert(cqe->res == SMALL);
			count++;
			left--;
			if (number >= PAIRS)
				continue;
			sqe = io_uring_get_sqe(&ring);
			io_uring_prep_send(sqe, lanes[number].target, buffers[number], SMALL,
				MSG_WAITALL | MSG_NOSIGNAL);
			sqe->user_data = PAIRS + number;
		}
		io_uring_cq_advance(&ring, count);
	}
}

static void arm(void)
{
	for (uint32_t i = 0; i < PAIRS; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

		io_uring_prep_recv(sqe, lanes[i].source, buffers[i], SMALL, 0);
		sqe->user_data = i;
	}
	must(io_uring_submit(&ring), "io_uring_enter");
}

static double messages(bool by_ring)
{
	int poller = epoll_create1(0);
	double best = 1e18;

	for (uint32_t i = 0; i < PAIRS; i++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};

		must(epoll_ctl(poller, EPOLL_CTL_ADD, lanes[i].source, &event), "epoll_ctl");
	}
	for (uint32_t turn = 0; turn < TURNS; turn++) {
		double spent = 0;

		for (uint32_t round = 0; round < ROUNDS; round++) {
			double before = now_us();

			if (by_ring)
				arm();
			spent += now_us() - before;
			for (uint32_t i = 0; i < PAIRS; i++)
				write_all(lanes[i].writer, SMALL);
			before = now_us();
			if (by_ring)
				answer_by_ring();
			else
				answer_by_epoll(poller);
			spent += now_us() - before;
			for (uint32_t i = 0; i < PAIRS; i++)
				read_all(lanes[i].reader, SMALL);
		}
		spent /= (double)ROUNDS * PAIRS;
		best = spent < best ? spent : best;
	}
	close(poller);
	return best;
}

static void show(const char *what, const char *unit, const char *const names[],
	const double figures[], uint32_t count)
{
	uint32_t winner = 0;

	for (uint32_t i = 0; i < count; i++) {
		printf("%-16s %-24s %8.3f %s\n", what, names[i], figures[i], unit);
		winner = figures[i] < figures[winner] ? i : winner;
	}
	printf("%-16s the winner is %s\n", what, names[winner]);
}

int main(void)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN};
	const char *const body_names[] = {
		"splice(2)", "IORING_OP_SPLICE", "recv(2) and send(2)", "ring recv and send"};
	const char *const message_names[] = {"epoll", "ring"};
	double body[4], message[2];

	must(io_uring_queue_init_params(1024, &ring, &params), "io_uring_setup");
	must(pipe2(pipe_fds, O_NONBLOCK), "pipe");
	fcntl(pipe_fds[1], F_SETPIPE_SZ, PIPE_BYTES);
	for (uint32_t i = 0; i < PAIRS; i++) {
		connect_two(&lanes[i].source, &lanes[i].writer);
		connect_two(&lanes[i].target, &lanes[i].reader);
	}
	body[0] = bodies(move_by_splice);
	body[1] = bodies(move_by_ring_splice);
	body[2] = bodies(move_by_calls);
	body[3] = bodies(move_by_ring);
	show("body, 256 KB", "s/GB", body_names, body, 4);
	message[0] = messages(false);
	message[1] = messages(true);
	show("600 bytes, 100", "us each", message_names, message, 2);
	return 0;
}
