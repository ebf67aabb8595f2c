/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loop.c - one ring, turned by one thread.
 *
 * The flags are those that were measured to bound where completions run (SINGLE_ISSUER,
 * DEFER_TASKRUN): they run inside our own wait call and nowhere else, so a handler is never
 * surprised and a turn handles everything that is there before it sleeps once.  The ring is
 * created disabled by a privileged thread (RLIMIT_MEMLOCK counts its memory) and enabled by the
 * thread that will own it; liburing 2.3 declares that call without exporting it, so it is made
 * here with the plain system call.
 *
 * Nothing is allocated after loop_open(). */
#include "core/loop.h"
#include "core/clock.h"
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SUBMISSION_ENTRIES 256
#define COMPLETIONS_EACH   8
#define NO_OP		   0 /* user_data of an entry whose completion nobody waits for */

static void wake_done(struct op *op, int32_t result, uint32_t flags);

static int create_ring(struct loop *loop, uint32_t entries, uint32_t completions)
{
	/* The best first; what an older kernel refuses is left out. */
	static const uint32_t flags[] = {
		IORING_SETUP_R_DISABLED | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_SINGLE_ISSUER |
			IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG,
		IORING_SETUP_R_DISABLED | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_COOP_TASKRUN |
			IORING_SETUP_TASKRUN_FLAG,
		IORING_SETUP_R_DISABLED,
	};
	int error = -EINVAL;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]) && error == -EINVAL; i++) {
		struct io_uring_params params = {
			.flags = flags[i] | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP,
			.cq_entries = completions,
		};

		error = io_uring_queue_init_params(entries, &loop->ring, &params);
	}
	return error;
}

/* What a balancer's ring may be asked for, and no more: who takes a balancer over must not gain a
 * way around the filter of system calls. */
static int restrict_ring(struct loop *loop)
{
	static const uint8_t operations[] = {IORING_OP_NOP, IORING_OP_ACCEPT,
		IORING_OP_ASYNC_CANCEL, IORING_OP_CLOSE, IORING_OP_CONNECT, IORING_OP_LINK_TIMEOUT,
		IORING_OP_MSG_RING, IORING_OP_POLL_ADD, IORING_OP_POLL_REMOVE, IORING_OP_READ,
		IORING_OP_RECV, IORING_OP_RECVMSG, IORING_OP_SEND, IORING_OP_SENDMSG,
		IORING_OP_SHUTDOWN, IORING_OP_SOCKET, IORING_OP_SPLICE, IORING_OP_TIMEOUT,
		IORING_OP_TIMEOUT_REMOVE, IORING_OP_WRITE, IORING_OP_FILES_UPDATE};
	static const uint8_t registrations[] = {IORING_REGISTER_ENABLE_RINGS,
		IORING_REGISTER_PBUF_RING, IORING_UNREGISTER_PBUF_RING, IORING_REGISTER_FILES2,
		IORING_REGISTER_FILES_UPDATE2, IORING_UNREGISTER_FILES,
		IORING_REGISTER_FILE_ALLOC_RANGE, IORING_REGISTER_SYNC_CANCEL};
	struct io_uring_restriction rules[sizeof(operations) + sizeof(registrations) + 1] = {0};
	uint32_t count = 0;

	for (size_t i = 0; i < sizeof(operations); i++) {
		rules[count].opcode = IORING_RESTRICTION_SQE_OP;
		rules[count++].sqe_op = operations[i];
	}
	for (size_t i = 0; i < sizeof(registrations); i++) {
		rules[count].opcode = IORING_RESTRICTION_REGISTER_OP;
		rules[count++].register_op = registrations[i];
	}
	rules[count].opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
	rules[count++].sqe_flags = IOSQE_FIXED_FILE | IOSQE_IO_LINK | IOSQE_IO_HARDLINK |
				   IOSQE_BUFFER_SELECT | IOSQE_CQE_SKIP_SUCCESS;
	if (syscall(SYS_io_uring_register, loop->ring.ring_fd, IORING_REGISTER_RESTRICTIONS, rules,
		    count) < 0)
		return -errno;
	return 0;
}

int loop_open(struct loop *loop, const struct loop_options *options)
{
	uint32_t entries =
		options->submission_entries ? options->submission_entries : SUBMISSION_ENTRIES;
	uint32_t completions = options->completion_entries ? options->completion_entries
							   : entries * COMPLETIONS_EACH;
	int error;

	memset(loop, 0, sizeof(*loop));
	loop->ring.ring_fd = -1;
	loop->wake_fd = eventfd(0, EFD_CLOEXEC);
	if (loop->wake_fd < 0)
		return -errno;
	error = create_ring(loop, entries, completions);
	if (error < 0)
		loop->ring.ring_fd = -1;
	else if (options->sockets_only)
		error = restrict_ring(loop);
	if (error < 0) {
		loop_close(loop);
		return error;
	}
	/* A child must never be able to submit with our privileges: its mapping is not inherited.
	 */
	io_uring_ring_dontfork(&loop->ring);
	loop->wake_op.done = wake_done;
	loop->now_ns = clock_monotonic_ns();
	loop->now_ms = loop->now_ns / 1000000u;
	timer_wheel_init(&loop->timers, loop->now_ms);
	return 0;
}

void loop_close(struct loop *loop)
{
	if (loop->ring.ring_fd >= 0)
		io_uring_queue_exit(&loop->ring);
	if (loop->wake_fd >= 0)
		close(loop->wake_fd);
	loop->ring.ring_fd = -1;
	loop->wake_fd = -1;
}

static void arm_wake(struct loop *loop)
{
	struct io_uring_sqe *sqe = loop_prepare(loop, &loop->wake_op);

	io_uring_prep_read(sqe, loop->wake_fd, &loop->wake_value, sizeof(loop->wake_value), 0);
	loop->wake_armed = true;
}

int loop_enable(struct loop *loop)
{
	assert(!loop->enabled);
	if (syscall(SYS_io_uring_register, loop->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS, NULL,
		    0) < 0)
		return -errno;
	loop->enabled = true;
	arm_wake(loop);
	return 0;
}

static void wake_done(struct op *op, int32_t result, uint32_t flags)
{
	struct loop *loop = container_of(op, struct loop, wake_op);

	(void)flags;
	loop->wake_armed = false;
	if (result == -ECANCELED)
		return;
	arm_wake(loop);
	if (loop->on_wake)
		loop->on_wake(loop);
}

void loop_wake(struct loop *loop)
{
	uint64_t one = 1;
	ssize_t written = write(loop->wake_fd, &one, sizeof(one));

	(void)written; /* a full counter means that the loop is about to wake already */
}

/* Hands what is queued to the kernel without waiting.  -EBUSY: completions have overflowed; they
 * are taken by the turn at hand, and entering once more lets the kernel flush what it keeps. */
void loop_submit(struct loop *loop)
{
	int submitted = io_uring_submit(&loop->ring);

	loop->enters++;
	assert(submitted >= 0 || submitted == -EBUSY || submitted == -EAGAIN ||
		submitted == -EINTR);
}

void loop_reserve(struct loop *loop, uint32_t entries)
{
	while (io_uring_sq_space_left(&loop->ring) < entries)
		loop_submit(loop);
}

struct io_uring_sqe *loop_prepare(struct loop *loop, struct op *op)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&loop->ring);

	while (!sqe) {
		loop_submit(loop);
		sqe = io_uring_get_sqe(&loop->ring);
	}
	/* The caller's prep function leaves user_data alone. */
	io_uring_sqe_set_data(sqe, op);
	return sqe;
}

void loop_cancel(struct loop *loop, struct op *op)
{
	struct io_uring_sqe *sqe = loop_prepare(loop, NULL);

	io_uring_prep_cancel(sqe, op, 0);
	sqe->user_data = NO_OP;
	sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
}

bool loop_take_back(struct loop *loop, struct op *op)
{
	struct io_uring_sq *queue = &loop->ring.sq;
	uint32_t mask = *queue->kring_mask;

	for (uint32_t at = queue->sqe_head; at != queue->sqe_tail; at++) {
		struct io_uring_sqe *sqe = &queue->sqes[at & mask];

		if (sqe->user_data != (uint64_t)(uintptr_t)op)
			continue;
		io_uring_prep_nop(sqe);
		return true;
	}
	return false;
}

bool loop_has_found(const struct loop *loop, const struct op *op)
{
	struct io_uring_cqe *cqe;
	uint32_t head;

	io_uring_for_each_cqe(&loop->ring, head, cqe)
	{
		if (io_uring_cqe_get_data(cqe) == op)
			return true;
	}
	return false;
}

/* A completion that waits to be run in the next wait call shows in the flags of the ring. */
bool loop_has_news(const struct loop *loop)
{
	const uint32_t waiting = IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW;

	return io_uring_cq_ready(&loop->ring) > 0 ||
	       (IO_URING_READ_ONCE(*loop->ring.sq.kflags) & waiting);
}

static void handle_completions(struct loop *loop)
{
	struct io_uring_cqe *cqe;
	uint32_t head, count = 0;

	io_uring_for_each_cqe(&loop->ring, head, cqe)
	{
		/* The entry is the kernel's again only after the advance below; a handler may take
		 * long, so its fields are read first. */
		struct op *op = io_uring_cqe_get_data(cqe);
		int32_t result = cqe->res;
		uint32_t flags = cqe->flags;

		count++;
		if (op)
			op->done(op, result, flags);
	}
	io_uring_cq_advance(&loop->ring, count);
	loop->completions += count;
}

int loop_turn(struct loop *loop, uint64_t limit_ms)
{
	uint64_t wait_ms = timer_wheel_wait_ms(&loop->timers, loop->now_ms, limit_ms);
	struct __kernel_timespec timeout = {
		.tv_sec = (int64_t)(wait_ms / 1000),
		.tv_nsec = (int64_t)(wait_ms % 1000) * 1000000,
	};
	struct io_uring_cqe *cqe;
	uint64_t before = clock_monotonic_ns();
	int error;

	loop->busy_ns += before - loop->now_ns;
	error = io_uring_submit_and_wait_timeout(&loop->ring, &cqe, 1, &timeout, NULL);
	loop->enters++;
	loop->turns++;
	loop->now_ns = clock_monotonic_ns();
	loop->now_ms = loop->now_ns / 1000000u;
	if (error < 0 && error != -ETIME && error != -EINTR && error != -EBUSY && error != -EAGAIN)
		return error;
	loop->found = io_uring_cq_ready(&loop->ring);
	handle_completions(loop);
	timer_wheel_run(&loop->timers, loop->now_ms);
	return 0;
}

const char *loop_explain(int error)
{
	switch (error < 0 ? -error : error) {
	case EPERM:
	case EACCES:
		return "the kernel forbids io_uring here: set kernel.io_uring_disabled=0 (sysctl), "
		       "or, in "
		       "a container, start it with --security-opt seccomp=unconfined (or a seccomp "
		       "profile that allows io_uring_setup, io_uring_enter and io_uring_register)";
	case ENOSYS:
		return "this kernel has no io_uring (CONFIG_IO_URING; Linux 6.1 or later is "
		       "needed), or a "
		       "container's seccomp profile hides it: start it with --security-opt "
		       "seccomp=unconfined";
	case ENOMEM:
		return "the kernel has no memory for a ring within RLIMIT_MEMLOCK: raise it "
		       "(ulimit -l, "
		       "LimitMEMLOCK=) or start as root";
	case EMFILE:
	case ENFILE:
		return "no file descriptor is left for a ring: raise RLIMIT_NOFILE (ulimit -n, "
		       "LimitNOFILE=)";
	default:
		return strerror(error < 0 ? -error : error);
	}
}
