/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loop.h - one io_uring with its completions, its timers and its inbox.
 *
 * Every loop thread of torc (worker, prober, keeper) turns one of these.  A request to the
 * kernel is a `struct op` inside the object that it serves; its handler takes the result and
 * returns, it never waits.  The object is not reused until all its ops are home.
 *
 * Thread: a loop is opened by any thread (rings are created before privileges are dropped) and
 * enabled and used by exactly one; only loop_wake() may be called from elsewhere. */
#ifndef TORC_CORE_LOOP_H
#define TORC_CORE_LOOP_H

#include "core/timer.h"
#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

struct op {
	/* `result` is the operation's value or -errno, `flags` the completion's IORING_CQE_F_*. */
	void (*done)(struct op *op, int32_t result, uint32_t flags);
};

struct loop_options {
	uint32_t submission_entries; /* 0: 256 */
	uint32_t completion_entries; /* 0: 8 times the above */
	/* Nothing but what bytes between sockets need will ever be submitted: operations on files,
	 * names, other processes and devices are refused by the kernel from loop_enable() on. */
	bool sockets_only;
};

struct loop {
	struct io_uring ring;
	struct timer_wheel timers;
	uint64_t now_ms; /* CLOCK_MONOTONIC at the start of this turn */
	uint64_t now_ns;
	int wake_fd; /* eventfd */
	uint64_t wake_value;
	struct op wake_op;
	void (*on_wake)(struct loop *loop); /* set by the owner; may be NULL */
	void *owner;
	bool enabled;
	bool wake_armed;
	/* Counted for the statistics and for the bench's regression bars. */
	uint64_t turns, enters, completions, busy_ns;
	uint32_t found; /* completions that were there when this turn began */
};

/* Creates the ring disabled, with the best set of flags that the kernel takes.  0 or -errno;
 * loop_explain() says what an errno means to an operator. */
int loop_open(struct loop *loop, const struct loop_options *options);
void loop_close(struct loop *loop);
/* The calling thread becomes the loop's thread.  0 or -errno. */
int loop_enable(struct loop *loop);

/* Why the kernel refused a ring, and which setting to change (EPERM: io_uring_disabled or a
 * seccomp filter of a container; ENOSYS: no io_uring; ENOMEM: RLIMIT_MEMLOCK). */
const char *loop_explain(int error);

/* A submission entry whose completion calls op->done.  Submits what is queued when the ring is
 * full, so it never returns NULL. */
struct io_uring_sqe *loop_prepare(struct loop *loop, struct op *op);
/* Hands what is queued to the kernel now, so that what the entries point at may change. */
void loop_submit(struct loop *loop);
/* Makes room for `entries` entries, so that a chain of linked ones is submitted in one piece. */
void loop_reserve(struct loop *loop, uint32_t entries);
/* Asks for the cancellation of whatever carries this op.  The op still completes (with
 * -ECANCELED, or with its result where it was faster); nothing is reported for the asking. */
void loop_cancel(struct loop *loop, struct op *op);

/* Takes back what carries this op, if it has not been handed to the kernel yet: the op completes
 * all the same, with 0 and without having done anything.  False: the kernel has it. */
bool loop_take_back(struct loop *loop, struct op *op);

/* Has this op completed without having been told, as far as is known?  May say so of one that was
 * told in this turn. */
bool loop_has_found(const struct loop *loop, const struct op *op);

/* Is there something to be handled that came since this turn began, as far as can be told without
 * asking the kernel? */
bool loop_has_news(const struct loop *loop);

/* One turn: submits, waits for a completion, a timer or `limit_ms`, handles every completion
 * that is there, then the due timers.  Time-outs see the bytes that have already arrived: timers
 * run after completions.  0, or -errno when the ring is unusable. */
int loop_turn(struct loop *loop, uint64_t limit_ms);

/* Makes the loop turn now and call on_wake.  Any thread, also a signal handler. */
void loop_wake(struct loop *loop);

#endif
