/* SPDX-License-Identifier: GPL-2.0-or-later */
/* orders.h - what an operator wants of a server, from the admin thread to the prober.
 *
 * A server's verdict has one writer, the prober.  Who wants to change one posts an order and waits
 * until the prober has carried it out, so that the next look at the statistics shows it.
 * Owns: nothing beyond itself.  Thread: orders_give() any but the prober's; orders_take() and
 * orders_done() the prober's. */
#ifndef TORC_CORE_ORDERS_H
#define TORC_CORE_ORDERS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum order_kind {
	ORDER_READY,  /* out of maintenance and drain */
	ORDER_DRAIN,  /* only what belongs to it */
	ORDER_MAINT,  /* nothing, and no probes */
	ORDER_WEIGHT, /* `value` */
	ORDER_UP,     /* as if its probes had said so */
	ORDER_DOWN,
};

struct order {
	enum order_kind kind;
	uint32_t server; /* its verdict's index */
	uint32_t value;
};

struct orders {
	pthread_mutex_t lock;
	pthread_cond_t carried_out;
	struct order order;
	enum { ORDERS_NONE, ORDERS_POSTED, ORDERS_TAKEN } state;
	void (*wake)(void *owner); /* the prober's; NULL: it is not there yet, or no more */
	void *owner;
	bool over; /* there was one, and it has ended */
};

void orders_init(struct orders *orders);
/* The prober is there, or (NULL) there no more. */
void orders_attend(struct orders *orders, void (*wake)(void *owner), void *owner);
/* False: nobody carries it out, or not in time (ORDERS_PATIENCE_MS). */
bool orders_give(struct orders *orders, const struct order *order);
/* The next order, which is carried out before orders_done(). */
bool orders_take(struct orders *orders, struct order *order);
void orders_done(struct orders *orders);

#endif
