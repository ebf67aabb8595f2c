/* SPDX-License-Identifier: GPL-2.0-or-later */
/* orders.c - what an operator wants of a server, from the admin thread to the prober.
 *
 * One order at a time: they come from people and scripts on one thread, and each is carried out in
 * microseconds. */
#include "core/orders.h"

#include <time.h>

#define ORDERS_PATIENCE_MS 1000 /* the prober turns every 100 ms even where nobody wakes it */

void orders_init(struct orders *orders)
{
	pthread_condattr_t attributes;

	*orders = (struct orders){.state = ORDERS_NONE};
	pthread_mutex_init(&orders->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&orders->carried_out, &attributes);
	pthread_condattr_destroy(&attributes);
}

void orders_attend(struct orders *orders, void (*wake)(void *owner), void *owner)
{
	pthread_mutex_lock(&orders->lock);
	orders->wake = wake;
	orders->owner = owner;
	orders->over = wake == NULL;
	pthread_cond_signal(&orders->carried_out);
	pthread_mutex_unlock(&orders->lock);
}

bool orders_give(struct orders *orders, const struct order *order)
{
	struct timespec until;
	bool waits = true, done;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ORDERS_PATIENCE_MS / 1000;
	pthread_mutex_lock(&orders->lock);
	/* The stats socket answers a moment before the first probe leaves. */
	while (!orders->wake && !orders->over && waits)
		waits = pthread_cond_timedwait(&orders->carried_out, &orders->lock, &until) == 0;
	if (!orders->wake) {
		pthread_mutex_unlock(&orders->lock);
		return false;
	}
	orders->order = *order;
	orders->state = ORDERS_POSTED;
	orders->wake(orders->owner);
	while (orders->state != ORDERS_NONE && waits)
		waits = pthread_cond_timedwait(&orders->carried_out, &orders->lock, &until) == 0;
	done = orders->state == ORDERS_NONE;
	orders->state = ORDERS_NONE;
	pthread_mutex_unlock(&orders->lock);
	return done;
}

bool orders_take(struct orders *orders, struct order *order)
{
	bool posted;

	pthread_mutex_lock(&orders->lock);
	posted = orders->state == ORDERS_POSTED;
	if (posted) {
		*order = orders->order;
		orders->state = ORDERS_TAKEN;
	}
	pthread_mutex_unlock(&orders->lock);
	return posted;
}

void orders_done(struct orders *orders)
{
	pthread_mutex_lock(&orders->lock);
	if (orders->state == ORDERS_TAKEN)
		orders->state = ORDERS_NONE;
	pthread_cond_signal(&orders->carried_out);
	pthread_mutex_unlock(&orders->lock);
}
