/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balance.c - which server gets the next session.
 *
 * A backend's round robin is a list that is walked in a circle.  Making the list is the dear part
 * and is done when a server comes or goes; walking it is one atomic add that all workers share, so
 * that four requests go to four servers whichever workers they land on.  (A counter per worker
 * would need no shared line, but two workers would begin with the same server, and people check
 * round robin by counting to four.)
 *
 * The list is made by smooth weighted round robin: at every step each candidate gains its weight,
 * the one that has most is taken and pays the sum of all.  That keeps every server as close to its
 * share at every moment as whole turns allow.  Servers of the same weight are one candidate that
 * takes turns among them: it spreads them better, and the cost of a list is its length times the
 * number of different weights, not of servers: 5000 servers of one weight are a list of 5000 that
 * is made in microseconds.
 *
 * While workers notice a change at slightly different moments they walk different lists; each
 * session still goes to a server that was usable a moment ago.
 *
 * Thread: a worker's own, but for the position. */
#include "net/lb/balance.h"

#include <assert.h>
#include <errno.h>

static uint32_t greatest_common_divisor(uint32_t a, uint32_t b)
{
	while (b > 0) {
		uint32_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* Weights without what they have in common, scaled when their sum is above capacity.  Returns
 * their sum. */
static uint32_t reduce_weights(
	struct balance_seat *seats, const uint32_t *weights, uint32_t count, uint32_t capacity)
{
	uint32_t divisor = 0, sum = 0, candidates = 0;
	uint64_t whole = 0, room;

	for (uint32_t i = 0; i < count; i++) {
		divisor = greatest_common_divisor(weights[i], divisor);
		whole += weights[i];
		candidates += weights[i] > 0;
	}
	if (divisor == 0)
		return 0;
	whole /= divisor;
	/* One turn each is set aside, so that rounding up cannot exceed the capacity. */
	room = capacity - candidates;
	for (uint32_t i = 0; i < count; i++) {
		uint64_t weight = weights[i] / divisor;

		if (whole > capacity && weight > 0) {
			weight = (weight * room + whole / 2) / whole;
			weight += weight == 0;
		}
		seats[i].weight = (uint32_t)weight;
		sum += seats[i].weight;
	}
	return sum;
}

/* Joins server `index` to the class of its weight, or opens one.  Returns the first class. */
static uint32_t seat_server(struct balance_seat *seats, uint32_t first_class, uint32_t index)
{
	struct balance_seat *seat = &seats[index];
	uint32_t *link = &first_class;

	while (*link != BALANCE_NONE && seats[*link].weight != seat->weight)
		link = &seats[*link].next_class;
	if (*link == BALANCE_NONE) {
		*link = index;
		seat->current = 0;
		seat->pull = 0;
		seat->next_class = BALANCE_NONE;
		seat->turn = index;
		seat->last = index;
	}
	seats[*link].pull += seat->weight;
	seats[seats[*link].last].next = index;
	seats[*link].last = index;
	seat->next = *link;
	return first_class;
}

/* One step of smooth weighted round robin.  Returns the server. */
static uint32_t take_turn(struct balance_seat *seats, uint32_t first_class, uint32_t sum)
{
	struct balance_seat *best = &seats[first_class];
	uint32_t server;

	for (uint32_t i = first_class; i != BALANCE_NONE; i = seats[i].next_class) {
		seats[i].current += seats[i].pull;
		if (seats[i].current > best->current)
			best = &seats[i];
	}
	best->current -= sum;
	server = best->turn;
	best->turn = seats[server].next;
	return server;
}

static void reverse(uint16_t *schedule, uint32_t from, uint32_t to)
{
	while (from + 1 < to) {
		uint16_t moved = schedule[from];

		schedule[from++] = schedule[--to];
		schedule[to] = moved;
	}
}

/* Turns the circle until `server` stands first. */
static void begin_with(uint16_t *schedule, uint32_t len, uint32_t server)
{
	uint32_t at = 0;

	while (at < len && schedule[at] != server)
		at++;
	reverse(schedule, 0, at);
	reverse(schedule, at, len);
	reverse(schedule, 0, len);
}

uint32_t balance_schedule(uint16_t *schedule, uint32_t capacity, const uint32_t *weights,
	uint32_t count, struct balance_seat *seats)
{
	uint32_t first_class = BALANCE_NONE, first_server = BALANCE_NONE;
	uint32_t sum;

	assert(count <= BALANCE_SERVERS_MAX && capacity >= count);
	sum = reduce_weights(seats, weights, count, capacity);
	assert(sum <= capacity);
	for (uint32_t i = 0; i < count; i++) {
		if (weights[i] == 0)
			continue;
		if (first_server == BALANCE_NONE)
			first_server = i;
		first_class = seat_server(seats, first_class, i);
	}
	/* A period is as long as the sum: then every candidate is back where it began. */
	for (uint32_t i = 0; i < sum; i++)
		schedule[i] = (uint16_t)take_turn(seats, first_class, sum);
	if (sum > 0)
		begin_with(schedule, sum, first_server);
	return sum;
}

int balance_init(struct balance *balance, struct arena *arena, const struct proxy *backend,
	const struct board *board, struct balance_shared *shared)
{
	uint32_t count = backend->server_count;
	uint32_t longest = count * 256 < BALANCE_SCHEDULE_MAX ? count * 256 : BALANCE_SCHEDULE_MAX;

	if (count > BALANCE_SERVERS_MAX)
		return -E2BIG;
	*balance = (struct balance){.backend = backend,
		.board = board,
		.shared = shared,
		.epoch = atomic_load(&board->header->epoch) - 1, /* the first pick rebuilds */
		.schedule_capacity = longest,
		.schedule = arena_alloc(arena, longest * sizeof(uint16_t)),
		.weights = arena_alloc(arena, count * sizeof(uint32_t)),
		.seats = arena_alloc(arena, count * sizeof(struct balance_seat))};
	return 0;
}

/* The weight that balancing gives a server now: 0 when it may not choose it. */
static uint32_t weight_now(const struct balance *balance, const struct server *server)
{
	uint32_t usable = atomic_load_explicit(
		&balance->board->verdicts[server->verdict].usable, memory_order_relaxed);

	return usable > 0 ? usable - 1 : 0;
}

/* Puts the active servers, or the backup ones, on the scales.  Returns how many weigh anything. */
static uint32_t weigh(struct balance *balance, bool backups)
{
	const struct proxy *backend = balance->backend;
	bool only_one = backups && !backend->all_backups;
	uint32_t usable = 0;

	for (uint32_t i = 0; i < backend->server_count; i++) {
		const struct server *server = &backend->servers[i];
		bool candidate = server->backup == backups && !(only_one && usable > 0);

		balance->weights[i] = candidate ? weight_now(balance, server) : 0;
		usable += balance->weights[i] > 0;
	}
	return usable;
}

/* The epoch is read before the words: a change after it shows in the next epoch. */
static void follow_board(struct balance *balance)
{
	uint32_t epoch = atomic_load_explicit(&balance->board->header->epoch, memory_order_acquire);

	if (epoch == balance->epoch)
		return;
	balance->epoch = epoch;
	balance->usable = weigh(balance, false);
	if (balance->usable == 0)
		balance->usable = weigh(balance, true);
	balance->schedule_len = balance_schedule(balance->schedule, balance->schedule_capacity,
		balance->weights, balance->backend->server_count, balance->seats);
}

uint32_t balance_pick(struct balance *balance, uint32_t avoid)
{
	uint32_t at, picked;

	follow_board(balance);
	if (balance->usable == 0)
		return BALANCE_NONE;
	at = (uint32_t)(atomic_fetch_add_explicit(
				&balance->shared->position, 1, memory_order_relaxed) %
			balance->schedule_len);
	picked = balance->schedule[at];
	if (picked != avoid || balance->usable == 1)
		return picked;
	/* The next other one in the list; the others' walk is not disturbed. */
	while (balance->schedule[at] == avoid)
		at = at + 1 < balance->schedule_len ? at + 1 : 0;
	return balance->schedule[at];
}

uint32_t balance_usable(struct balance *balance)
{
	follow_board(balance);
	return balance->usable;
}
