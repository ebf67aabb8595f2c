/* SPDX-License-Identifier: GPL-2.0-or-later */
/* queue.c - who waits for a place at a server, in the order of arrival, over all workers.
 *
 * One lock a backend and lists under it, instead of tickets that are drawn without a lock: a
 * place that is given back has to find the oldest of two lines and nobody must be able to join
 * one of them in between.  The lock is held for some list operations, only where a server has a
 * maxconn, and a waiting worker sleeps.
 *
 * A called session's place is taken before it is told.  Whatever it does then, it gives the place
 * back as one that it was given at once: so a client that goes away at that moment costs nobody
 * his turn. */
#include "net/lb/queue.h"

#include <assert.h>

static void init_line(struct queue_line *line)
{
	list_init(&line->waiting);
	line->calls = 0;
}

void queue_init(
	struct queue *queue, struct arena *arena, const struct proxy *backend, struct load *load)
{
	pthread_mutex_init(&queue->lock, NULL);
	atomic_init(&queue->counts, false);
	queue->backend = backend;
	queue->load = load;
	queue->tickets = 0;
	init_line(&queue->whole);
	queue->servers = arena_alloc(arena, backend->server_count * sizeof(*queue->servers));
	for (uint32_t i = 0; i < backend->server_count; i++) {
		init_line(&queue->servers[i]);
		if (backend->servers[i].maxconn)
			atomic_init(&queue->counts, true);
	}
}

static struct queue_line *line_of(struct queue *queue, uint32_t line)
{
	return line == QUEUE_ANY ? &queue->whole : &queue->servers[line];
}

/* How many wait in a line, where leastconn and maxqueue look. */
static _Atomic uint32_t *length_of(struct queue *queue, uint32_t line)
{
	if (line == QUEUE_ANY)
		return &queue->load->backends[queue->backend->index].queued;
	return &load_of(queue->load, &queue->backend->servers[line])->queued;
}

void queue_wait(struct queue *queue, struct queue_place *place, uint32_t line)
{
	assert(place->state == PLACE_NONE);
	place->state = PLACE_WAITING;
	place->line = line;
	place->ticket = queue->tickets++;
	place->calls_then = line_of(queue, line)->calls;
	list_append(&line_of(queue, line)->waiting, &place->link);
	atomic_fetch_add_explicit(length_of(queue, line), 1, memory_order_relaxed);
}

static void step_out(struct queue *queue, struct queue_place *place)
{
	uint32_t before;

	assert(place->state == PLACE_WAITING);
	list_remove(&place->link);
	before = atomic_fetch_sub_explicit(length_of(queue, place->line), 1, memory_order_relaxed);
	assert(before > 0);
	place->position = line_of(queue, place->line)->calls - place->calls_then + 1;
}

void queue_leave(struct queue *queue, struct queue_place *place)
{
	step_out(queue, place);
	place->state = PLACE_NONE;
}

static struct queue_place *first_of(const struct queue_line *line)
{
	if (list_empty(&line->waiting))
		return NULL;
	return container_of(line->waiting.next, struct queue_place, link);
}

static bool has_room(const struct queue *queue, const struct server *server)
{
	const struct load_server *cell = load_of(queue->load, server);

	return atomic_load_explicit(&cell->maxconn, memory_order_relaxed) == 0 ||
	       load_served(queue->load, server) < load_limit(queue->load, server);
}

struct queue_place *queue_call(struct queue *queue, uint32_t index, bool serves)
{
	const struct server *server = &queue->backend->servers[index];
	struct queue_place *place = first_of(&queue->servers[index]);
	struct queue_place *other = serves ? first_of(&queue->whole) : NULL;

	if (!place || (other && other->ticket < place->ticket))
		place = other;
	if (!place || !has_room(queue, server))
		return NULL;
	step_out(queue, place);
	line_of(queue, place->line)->calls++;
	load_take(queue->load, server);
	place->state = PLACE_CALLED;
	place->server = index;
	return place;
}

struct queue_place *queue_scatter(struct queue *queue, uint32_t server)
{
	struct queue_place *place = first_of(&queue->servers[server]);

	if (!place)
		return NULL;
	step_out(queue, place);
	place->state = PLACE_CALLED;
	place->server = QUEUE_ANY;
	return place;
}

/* ---- the inbox ---- */

void queue_inbox_init(struct queue_inbox *inbox)
{
	pthread_mutex_init(&inbox->lock, NULL);
	atomic_init(&inbox->any, false);
	list_init(&inbox->called);
}

void queue_inbox_put(struct queue_inbox *inbox, struct queue_place *place)
{
	pthread_mutex_lock(&inbox->lock);
	list_append(&inbox->called, &place->link);
	atomic_store_explicit(&inbox->any, true, memory_order_release);
	pthread_mutex_unlock(&inbox->lock);
}

struct queue_place *queue_inbox_take(struct queue_inbox *inbox)
{
	struct queue_place *place = NULL;
	struct list *link;

	if (!atomic_load_explicit(&inbox->any, memory_order_acquire))
		return NULL;
	pthread_mutex_lock(&inbox->lock);
	link = list_take_first(&inbox->called);
	if (link) {
		place = container_of(link, struct queue_place, link);
		assert(place->state == PLACE_CALLED);
		place->state = PLACE_NONE;
	}
	if (list_empty(&inbox->called))
		atomic_store_explicit(&inbox->any, false, memory_order_relaxed);
	pthread_mutex_unlock(&inbox->lock);
	return place;
}

void queue_inbox_remove(struct queue_inbox *inbox, struct queue_place *place)
{
	pthread_mutex_lock(&inbox->lock);
	assert(place->state == PLACE_CALLED);
	list_remove(&place->link);
	place->state = PLACE_NONE;
	pthread_mutex_unlock(&inbox->lock);
}
