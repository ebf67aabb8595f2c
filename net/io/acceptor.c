/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acceptor.c - single-shot accepts, eight armed per ring and listening socket.
 *
 * Multishot accept on a shared socket was tried: one ring gets every connection.  With a few
 * single-shot ones in each ring the kernel takes turns, and the peer's address comes with the
 * completion instead of by a system call.
 *
 * An armed accept holds a place.  With a small maxconn, or many sockets, the idle ones would hold
 * every place between them and the others would accept nobody; such a socket is polled instead,
 * and a place is taken when somebody is there.  Dearer, and exact. */
#include "net/io/acceptor.h"
#include <assert.h>
#include <errno.h>
#include <poll.h>

#define ERROR_PAUSE_MS 100u

/* Newer than Debian 12's liburing.  The flag is as old as the feature beside it: Linux 6.10. */
#define ACCEPT_POLL_FIRST (1u << 2)
#define FEATURE_BUNDLES	  (1u << 14)

static bool take(_Atomic uint32_t *count, uint32_t max)
{
	uint32_t now = atomic_load_explicit(count, memory_order_relaxed);

	do {
		if (max != 0 && now >= max)
			return false;
	} while (!atomic_compare_exchange_weak_explicit(
		count, &now, now + 1, memory_order_relaxed, memory_order_relaxed));
	return true;
}

static void give(_Atomic uint32_t *count)
{
	uint32_t before = atomic_fetch_sub_explicit(count, 1, memory_order_relaxed);

	assert(before > 0);
}

bool admission_take(struct admission *admission, const struct listener *listener)
{
	const struct proxy *frontend = listener->proxy;

	if (!take(&admission->process, admission->process_max))
		return false;
	if (!take(&admission->frontends[frontend->index], frontend->maxconn)) {
		give(&admission->process);
		return false;
	}
	if (!take(&admission->listeners[listener->index], listener->maxconn)) {
		give(&admission->frontends[frontend->index]);
		give(&admission->process);
		return false;
	}
	return true;
}

void admission_give(struct admission *admission, const struct listener *listener)
{
	give(&admission->listeners[listener->index]);
	give(&admission->frontends[listener->proxy->index]);
	give(&admission->process);
}

static void pause_over(struct timer *timer)
{
	(void)timer; /* the next turn arms again */
}

static void failed(struct acceptor *acceptor, int error)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		/* Asking again at once would only spin: what is short has to come back first. */
		board_add(&acceptor->cell->accept_errors, 1);
		timer_set(&acceptor->loop->timers, &acceptor->pause,
			acceptor->loop->now_ms + ERROR_PAUSE_MS);
		break;
	case EINVAL:
		/* It does not listen: the keeper pauses it, and says so on another way.  That word
		 * and its opposite may be read as one, or before this is: only they stop for good.
		 */
		timer_set(&acceptor->loop->timers, &acceptor->pause,
			acceptor->loop->now_ms + ERROR_PAUSE_MS);
		break;
	default:
		break; /* ECANCELED; or a client that left before it was accepted */
	}
}

static void accept_done(struct op *op, int32_t result, uint32_t flags)
{
	struct accept_slot *slot = container_of(op, struct accept_slot, op);
	struct acceptor *acceptor = slot->acceptor;

	(void)flags;
	slot->armed = false;
	acceptor->armed--;
	if (result >= 0) {
		acceptor->accepted(acceptor, result, &slot->address);
		return;
	}
	admission_give(acceptor->admission, acceptor->listener);
	failed(acceptor, -result);
}

static void watch_done(struct op *op, int32_t result, uint32_t flags)
{
	struct acceptor *acceptor = container_of(op, struct acceptor, watch_op);

	(void)flags;
	acceptor->watching = false;
	acceptor->ready = result > 0;
}

void acceptor_init(
	struct acceptor *acceptor, struct loop *loop, const struct listener *listener, int fd)
{
	acceptor->loop = loop;
	acceptor->listener = listener;
	acceptor->fd = fd;
	acceptor->armed = 0;
	acceptor->polls_first = loop->ring.features & FEATURE_BUNDLES;
	acceptor->stopped = false;
	acceptor->watching = false;
	acceptor->ready = false;
	acceptor->watch_op.done = watch_done;
	timer_init(&acceptor->pause, pause_over);
	for (uint32_t i = 0; i < ACCEPTOR_SLOTS; i++) {
		acceptor->slots[i].op.done = accept_done;
		acceptor->slots[i].acceptor = acceptor;
		acceptor->slots[i].armed = false;
	}
}

static void arm(struct acceptor *acceptor, struct accept_slot *slot)
{
	struct io_uring_sqe *sqe = loop_prepare(acceptor->loop, &slot->op);

	slot->address_len = sizeof(slot->address);
	slot->address.ss_family = AF_UNSPEC;
	io_uring_prep_accept(sqe, acceptor->fd, (struct sockaddr *)&slot->address,
		&slot->address_len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	/* To look where nobody waits is dear: the socket and the file are made before, and for
	 * nothing. */
	if (acceptor->polls_first)
		sqe->ioprio |= ACCEPT_POLL_FIRST;
	slot->armed = true;
	acceptor->armed++;
}

/* Accepts a few who wait; the other rings have eyes, too.  False: there was no place. */
static bool accept_waiting(struct acceptor *acceptor)
{
	struct sockaddr_storage address;

	for (uint32_t i = 0; i < ACCEPTOR_SLOTS; i++) {
		socklen_t len = sizeof(address);
		int fd, error;

		if (!admission_take(acceptor->admission, acceptor->listener))
			return false;
		address.ss_family = AF_UNSPEC;
		fd = accept4(acceptor->fd, (struct sockaddr *)&address, &len,
			SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			error = errno;
			admission_give(acceptor->admission, acceptor->listener);
			failed(acceptor, error);
			return true;
		}
		acceptor->accepted(acceptor, fd, &address);
	}
	return true;
}

/* Somebody who waits for a place is looked at again in every turn, not polled for: the poll would
 * be home at once. */
static void watch(struct acceptor *acceptor)
{
	if (acceptor->watching || (acceptor->ready && !accept_waiting(acceptor)))
		return;
	acceptor->ready = false;
	if (acceptor->stopped || timer_is_set(&acceptor->pause))
		return;
	io_uring_prep_poll_add(
		loop_prepare(acceptor->loop, &acceptor->watch_op), acceptor->fd, POLLIN);
	acceptor->watching = true;
}

void acceptor_arm(struct acceptor *acceptor)
{
	if (acceptor->armed == ACCEPTOR_SLOTS || acceptor->stopped ||
		timer_is_set(&acceptor->pause))
		return;
	if (acceptor->watches) {
		watch(acceptor);
		return;
	}
	for (uint32_t i = 0; i < ACCEPTOR_SLOTS; i++) {
		if (acceptor->slots[i].armed)
			continue;
		if (!admission_take(acceptor->admission, acceptor->listener))
			return;
		arm(acceptor, &acceptor->slots[i]);
	}
}

void acceptor_sweep(struct acceptor *acceptor)
{
	if (!acceptor->stopped && !timer_is_set(&acceptor->pause))
		accept_waiting(acceptor);
}

void acceptor_stop(struct acceptor *acceptor)
{
	acceptor->stopped = true;
	if (acceptor->watching)
		loop_cancel(acceptor->loop, &acceptor->watch_op);
	for (uint32_t i = 0; i < ACCEPTOR_SLOTS; i++)
		if (acceptor->slots[i].armed)
			loop_cancel(acceptor->loop, &acceptor->slots[i].op);
}
