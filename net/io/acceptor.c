/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acceptor.c - single-shot accepts, eight armed per ring and listening socket.
 *
 * Multishot accept on a shared socket was tried: one ring gets every connection.  With a few
 * single-shot ones in each ring the kernel takes turns, and the peer's address comes with the
 * completion instead of by a system call. */
#include "net/io/acceptor.h"
#include <assert.h>
#include <errno.h>

#define ERROR_PAUSE_MS 100u

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
	switch (-result) {
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
	case EBADF:
		acceptor->stopped = true; /* it listens no more: paused by the keeper */
		break;
	default:
		break; /* ECANCELED; or a client that left before it was accepted */
	}
}

void acceptor_init(
	struct acceptor *acceptor, struct loop *loop, const struct listener *listener, int fd)
{
	acceptor->loop = loop;
	acceptor->listener = listener;
	acceptor->fd = fd;
	acceptor->armed = 0;
	acceptor->stopped = false;
	timer_init(&acceptor->pause, pause_over);
	for (uint32_t i = 0; i < ACCEPTOR_SLOTS; i++) {
		acceptor->slots[i].op.done = accept_done;
		acceptor->slots[i].acceptor = acceptor;
		acceptor->slots[i].armed = false;
	}
}

void acceptor_arm(struct acceptor *acceptor)
{
	if (acceptor->armed == ACCEPTOR_SLOTS || acceptor->stopped ||
		timer_is_set(&acceptor->pause))
		return;
	for (uint32_t i = 0; i < ACCEPTOR_SLOTS; i++) {
		struct accept_slot *slot = &acceptor->slots[i];
		struct io_uring_sqe *sqe;

		if (slot->armed)
			continue;
		if (!admission_take(acceptor->admission, acceptor->listener))
			return;
		sqe = loop_prepare(acceptor->loop, &slot->op);
		slot->address_len = sizeof(slot->address);
		slot->address.ss_family = AF_UNSPEC;
		io_uring_prep_accept(sqe, acceptor->fd, (struct sockaddr *)&slot->address,
			&slot->address_len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		slot->armed = true;
		acceptor->armed++;
	}
}

void acceptor_sweep(struct acceptor *acceptor)
{
	struct sockaddr_storage address;

	if (acceptor->stopped || timer_is_set(&acceptor->pause))
		return;
	/* A few at a time: the other rings have eyes, too. */
	for (uint32_t i = 0; i < ACCEPTOR_SLOTS; i++) {
		socklen_t len = sizeof(address);
		int fd;

		if (!admission_take(acceptor->admission, acceptor->listener))
			return;
		fd = accept4(acceptor->fd, (struct sockaddr *)&address, &len,
			SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			/* Nothing waits; real trouble is met and counted by the ring's accepts. */
			admission_give(acceptor->admission, acceptor->listener);
			return;
		}
		acceptor->accepted(acceptor, fd, &address);
	}
}

void acceptor_stop(struct acceptor *acceptor)
{
	acceptor->stopped = true;
	for (uint32_t i = 0; i < ACCEPTOR_SLOTS; i++)
		if (acceptor->slots[i].armed)
			loop_cancel(acceptor->loop, &acceptor->slots[i].op);
}
