/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balance.c - which server gets the next session.
 *
 * Every algorithm is a way through one of three things that are made when a server comes or goes:
 *
 *   a list   (circle.h)  roundrobin                        walked by one shared position
 *   a table  (table.h)   static-rr, hashing map-based      walked, or indexed by the key
 *   a ring   (ring.h)    hashing consistent, random        searched
 *
 * and leastconn and first look at the loads of all servers instead.  Making is dear and rare;
 * walking a list is one atomic add that all workers share, so that four requests go to four
 * servers whichever workers they land on.  (A counter per worker would need no shared line, but
 * two workers would begin with the same server, and people check round robin by counting to
 * four.)
 *
 * While workers notice a change at slightly different moments they walk different lists; each
 * session still goes to a server that was usable a moment ago.
 *
 * Thread: a worker's own, but for the position and the loads. */
#include "net/lb/balance.h"

#include <assert.h>
#include <errno.h>

enum plan { PLAN_CIRCLE, PLAN_TABLE, PLAN_RING, PLAN_LOADS };

static enum plan plan_of(const struct balancing *balancing)
{
	switch (balancing->algorithm) {
	case BALANCE_ROUNDROBIN:
		return PLAN_CIRCLE;
	case BALANCE_STATIC_RR:
		return PLAN_TABLE;
	case BALANCE_LEASTCONN:
	case BALANCE_FIRST:
		return PLAN_LOADS;
	case BALANCE_RANDOM:
		return PLAN_RING;
	case BALANCE_SOURCE:
	case BALANCE_URI:
	case BALANCE_URL_PARAM:
	case BALANCE_HDR:
	case BALANCE_HASH:
	default:
		return balancing->consistent ? PLAN_RING : PLAN_TABLE;
	}
}

/* ---- what is made at start ---- */

static uint32_t common_divisor(const struct proxy *backend)
{
	uint32_t divisor = 0;

	for (uint32_t i = 0; i < backend->server_count; i++)
		divisor = circle_common_divisor(backend->servers[i].weight, divisor);
	return divisor ? divisor : 1;
}

/* Rows of the table when all servers are up: the active ones', or the backups' if more. */
static uint32_t most_rows(const struct proxy *backend, uint32_t divisor)
{
	uint32_t active = 0, backup = 0;

	for (uint32_t i = 0; i < backend->server_count; i++) {
		const struct server *server = &backend->servers[i];

		*(server->backup ? &backup : &active) += server->weight / divisor;
	}
	return active > backup ? active : backup;
}

static void make_rows(struct balance *balance, struct arena *arena)
{
	uint32_t count = balance->backend->server_count;

	if (plan_of(&balance->backend->balancing) == PLAN_TABLE) {
		balance->row_capacity = most_rows(balance->backend, balance->divisor);
		balance->table_seats = arena_alloc(arena, count * sizeof(struct table_seat));
	} else {
		balance->row_capacity =
			count * 256 < CIRCLE_PLACES_MAX ? count * 256 : CIRCLE_PLACES_MAX;
		balance->circle_seats = arena_alloc(arena, count * sizeof(struct circle_seat));
	}
	balance->rows = arena_alloc(arena, balance->row_capacity * sizeof(uint16_t));
}

static void make_ring(struct balance *balance, struct arena *arena)
{
	const struct proxy *backend = balance->backend;
	uint64_t weight = 0;

	for (uint32_t i = 0; i < backend->server_count; i++)
		weight += backend->servers[i].weight;
	ring_init(&balance->ring, arena, backend->server_count, weight);
}

/* By insertion: files are written in that order already. */
static void make_order(struct balance *balance, struct arena *arena)
{
	const struct proxy *backend = balance->backend;
	uint32_t *by_id = arena_alloc(arena, backend->server_count * sizeof(uint32_t));

	for (uint32_t i = 0; i < backend->server_count; i++) {
		uint32_t at = i;

		for (; at > 0 && backend->servers[by_id[at - 1]].id > backend->servers[i].id; at--)
			by_id[at] = by_id[at - 1];
		by_id[at] = i;
	}
	balance->by_id = by_id;
}

int balance_init(
	struct balance *balance, struct arena *arena, const struct balance_options *options)
{
	const struct proxy *backend = options->backend;
	uint32_t count = backend->server_count;

	if (count > CIRCLE_SERVERS_MAX)
		return -E2BIG;
	*balance = (struct balance){.backend = backend,
		.board = options->board,
		.load = options->load,
		.shared = options->shared,
		.random = options->seed | 1,
		.divisor = common_divisor(backend),
		.epoch =
			atomic_load(&options->board->header->epoch) - 1, /* the first pick builds */
		.weights = arena_alloc(arena, count * sizeof(uint32_t)),
		.weights_before = arena_alloc(arena, count * sizeof(uint32_t))};
	switch (plan_of(&backend->balancing)) {
	case PLAN_CIRCLE:
	case PLAN_TABLE:
		make_rows(balance, arena);
		break;
	case PLAN_RING:
		make_ring(balance, arena);
		break;
	case PLAN_LOADS:
		make_order(balance, arena);
		break;
	}
	return 0;
}

/* ---- what is made when a server changes ---- */

/* The weight that balancing gives a server now: 0 when it may not choose it. */
static uint32_t weight_now(const struct balance *balance, const struct server *server)
{
	uint32_t usable = atomic_load_explicit(
		&balance->board->verdicts[server->verdict].usable, memory_order_relaxed);

	return usable > 0 ? usable - 1 : 0;
}

/* Puts the active servers, or the backup ones, on the scales. */
static void weigh(struct balance *balance, bool backups)
{
	const struct proxy *backend = balance->backend;
	bool only_one = backups && !backend->all_backups;

	balance->usable = 0;
	balance->weight_sum = 0;
	balance->lone_backup = BALANCE_NONE;
	for (uint32_t i = 0; i < backend->server_count; i++) {
		const struct server *server = &backend->servers[i];
		bool candidate = server->backup == backups && !(only_one && balance->usable > 0);

		balance->weights[i] = candidate ? weight_now(balance, server) : 0;
		balance->weights_before[i] = balance->weight_sum;
		balance->weight_sum += balance->weights[i];
		if (balance->weights[i] == 0)
			continue;
		balance->usable++;
		if (only_one)
			balance->lone_backup = i;
	}
}

/* The table is made for the configured weights: a weight that changed while torc runs counts there
 * only by being none, as with HAProxy's static algorithms. */
static void build_table(struct balance *balance)
{
	const struct proxy *backend = balance->backend;

	balance->usable = 0;
	for (uint32_t i = 0; i < backend->server_count; i++) {
		if (balance->weights[i] > 0)
			balance->weights[i] = backend->servers[i].weight / balance->divisor;
		balance->usable += balance->weights[i] > 0;
	}
	balance->row_count = table_fill(
		balance->rows, balance->weights, backend->server_count, balance->table_seats);
	assert(balance->row_count <= balance->row_capacity);
}

static void build_ring(struct balance *balance)
{
	const struct proxy *backend = balance->backend;

	ring_clear(&balance->ring);
	for (uint32_t i = 0; i < backend->server_count; i++)
		if (balance->weights[i] > 0)
			ring_add(&balance->ring, i, backend->servers[i].id, balance->weights[i]);
	ring_sort(&balance->ring);
}

/* The epoch is read before the words: a change after it shows in the next epoch. */
static void follow_board(struct balance *balance)
{
	uint32_t epoch = atomic_load_explicit(&balance->board->header->epoch, memory_order_acquire);

	if (epoch == balance->epoch)
		return;
	balance->epoch = epoch;
	weigh(balance, false);
	if (balance->usable == 0)
		weigh(balance, true);
	switch (plan_of(&balance->backend->balancing)) {
	case PLAN_CIRCLE:
		balance->row_count = circle_fill(balance->rows, balance->row_capacity,
			balance->weights, balance->backend->server_count, balance->circle_seats);
		break;
	case PLAN_TABLE:
		build_table(balance);
		break;
	case PLAN_RING:
		build_ring(balance);
		break;
	case PLAN_LOADS:
		break;
	}
}

/* ---- ways through it ---- */

static bool has_place(const struct balance *balance, uint32_t server)
{
	return load_has_place(balance->load, &balance->backend->servers[server]);
}

/* Of two that have a place: the one that did not just fail. */
struct candidates {
	uint32_t avoid, avoided, found;
};

static bool consider(struct candidates *candidates, uint32_t server)
{
	if (server == candidates->avoid) {
		candidates->avoided = server;
		return false;
	}
	candidates->found = server;
	return true;
}

static uint32_t outcome(const struct candidates *candidates)
{
	return candidates->found != BALANCE_FULL ? candidates->found : candidates->avoided;
}

#define CANDIDATES(wish)                                                                           \
	{                                                                                          \
		.avoid = (wish)->avoid, .avoided = BALANCE_FULL, .found = BALANCE_FULL             \
	}

static uint32_t next_position(struct balance *balance, uint32_t count)
{
	return (uint32_t)(atomic_fetch_add_explicit(
				  &balance->shared->position, 1, memory_order_relaxed) %
			  count);
}

/* From whose turn it is onwards, the first that has a place; others' walk is not disturbed. */
static uint32_t pick_in_turn(struct balance *balance, const struct balance_wish *wish)
{
	struct candidates candidates = CANDIDATES(wish);
	uint32_t at = next_position(balance, balance->row_count);

	for (uint32_t i = 0; i < balance->row_count; i++) {
		uint32_t server = balance->rows[at];

		if (has_place(balance, server) && consider(&candidates, server))
			break;
		at = at + 1 < balance->row_count ? at + 1 : 0;
	}
	return outcome(&candidates);
}

static uint32_t pick_on_ring_in_turn(struct balance *balance, const struct balance_wish *wish)
{
	struct candidates candidates = CANDIDATES(wish);
	const struct ring *ring = &balance->ring;
	uint32_t at = next_position(balance, ring->count);

	for (uint32_t i = 0; i < ring->count; i++) {
		uint32_t server = ring->points[at].server;

		if (has_place(balance, server) && consider(&candidates, server))
			break;
		at = ring_next(ring, at);
	}
	return outcome(&candidates);
}

/* hash-balance-factor: no server may carry more than this share of all that is being served,
 * counted with this session and rounded up; what does not divide goes to the first servers.
 * Source: Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded Loads". */
static bool within_bound(const struct balance *balance, uint32_t server)
{
	const struct proxy *backend = balance->backend;
	uint32_t served = atomic_load_explicit(
		&balance->load->backends[backend->index].served, memory_order_relaxed);
	uint64_t all = ((uint64_t)(served + 1) * backend->balancing.factor + 99) / 100;
	uint64_t sum = (uint64_t)balance->weight_sum * RING_POINTS_PER_WEIGHT;
	uint64_t weight = (uint64_t)balance->weights[server] * RING_POINTS_PER_WEIGHT;
	uint64_t before = (uint64_t)balance->weights_before[server] * RING_POINTS_PER_WEIGHT;
	uint64_t rest = all % sum;
	uint64_t share =
		weight * (all / sum) + (before + weight) * rest / sum - before * rest / sum;

	if (share == 0)
		share = 1;
	return load_served(balance->load, &backend->servers[server]) < share;
}

/* The nearest point, then on along the ring to one whose server is not to be avoided and is
 * within its bound; after one round the last look decides. */
static uint32_t pick_nearest(struct balance *balance, uint32_t hash, uint32_t avoid)
{
	const struct ring *ring = &balance->ring;
	uint32_t at = ring_nearest(ring, hash);
	bool bounded = balance->backend->balancing.factor != 0;

	for (uint32_t i = 0; i < ring->count; i++) {
		uint32_t server = ring->points[at].server;

		if (server != avoid && (!bounded || within_bound(balance, server)))
			return server;
		at = ring_next(ring, at);
	}
	return ring->points[at].server;
}

/* xorshift64*; nobody gains by guessing the next draw. */
static uint32_t draw(struct balance *balance)
{
	balance->random ^= balance->random >> 12;
	balance->random ^= balance->random << 25;
	balance->random ^= balance->random >> 27;
	return (uint32_t)(balance->random * 0x2545f4914f6cdd1du >> 32);
}

static uint32_t pick_at_random(struct balance *balance, const struct balance_wish *wish)
{
	const struct proxy *backend = balance->backend;
	uint32_t best = pick_nearest(balance, draw(balance), wish->avoid);

	for (uint32_t i = 1; i < backend->balancing.draws; i++) {
		uint32_t other = pick_nearest(balance, draw(balance), wish->avoid);
		uint64_t carried = load_served(balance->load, &backend->servers[best]);
		uint64_t others = load_served(balance->load, &backend->servers[other]);

		/* For its weight it carries no more than the best so far. */
		if (others * balance->weights[best] <= carried * balance->weights[other])
			best = other;
	}
	return has_place(balance, best) ? best : BALANCE_FULL;
}

/* What a server would carry for its weight; idle ones come before all others, so that under
 * little load it is not always the heaviest that is taken. */
static uint32_t burden(uint32_t carried, uint32_t weight)
{
	return carried ? (uint32_t)((uint64_t)(carried + 1) * 256 / weight) : 0;
}

/* Among equals the one that has rested longest. */
static uint32_t pick_least(struct balance *balance, const struct balance_wish *wish)
{
	const struct proxy *backend = balance->backend;
	uint32_t best = BALANCE_FULL, best_burden = 0, best_turn = 0, avoided = BALANCE_FULL;

	for (uint32_t i = 0; i < backend->server_count; i++) {
		const struct server *server = &backend->servers[i];
		const struct load_server *load = load_of(balance->load, server);
		uint32_t weight = balance->weights[i], carried, weighs, turn;

		if (weight == 0)
			continue;
		carried = atomic_load_explicit(&load->served, memory_order_relaxed) +
			  atomic_load_explicit(&load->queued, memory_order_relaxed);
		turn = atomic_load_explicit(&load->turn, memory_order_relaxed);
		weighs = burden(carried, weight);
		if (best != BALANCE_FULL &&
			(weighs > best_burden ||
				(weighs == best_burden && (int32_t)(turn - best_turn) >= 0)))
			continue;
		if (atomic_load_explicit(&load->maxconn, memory_order_relaxed) &&
			carried >= load_limit(balance->load, server) + server->maxqueue)
			continue;
		if (i == wish->avoid) {
			avoided = i;
			continue;
		}
		best = i;
		best_burden = weighs;
		best_turn = turn;
	}
	return best != BALANCE_FULL ? best : avoided;
}

static uint32_t pick_first(struct balance *balance, const struct balance_wish *wish)
{
	struct candidates candidates = CANDIDATES(wish);

	for (uint32_t i = 0; i < balance->backend->server_count; i++) {
		uint32_t server = balance->by_id[i];

		if (balance->weights[server] > 0 && has_place(balance, server) &&
			consider(&candidates, server))
			break;
	}
	return outcome(&candidates);
}

/* Somebody waits already: these would only be told that all are full. */
static bool queue_says_full(const struct balance *balance)
{
	enum balance_algorithm algorithm = balance->backend->balancing.algorithm;

	return algorithm < BALANCE_RANDOM &&
	       atomic_load_explicit(&balance->load->backends[balance->backend->index].queued,
		       memory_order_relaxed) > 0;
}

uint32_t balance_pick(struct balance *balance, const struct balance_wish *wish)
{
	const struct balancing *balancing = &balance->backend->balancing;

	follow_board(balance);
	if (balance->usable == 0)
		return BALANCE_NONE;
	if (queue_says_full(balance))
		return BALANCE_FULL;
	if (balance->lone_backup != BALANCE_NONE)
		return balance->lone_backup;
	switch (balancing->algorithm) {
	case BALANCE_LEASTCONN:
		return pick_least(balance, wish);
	case BALANCE_FIRST:
		return pick_first(balance, wish);
	case BALANCE_RANDOM:
		return pick_at_random(balance, wish);
	case BALANCE_ROUNDROBIN:
	case BALANCE_STATIC_RR:
		return pick_in_turn(balance, wish);
	case BALANCE_SOURCE:
	case BALANCE_URI:
	case BALANCE_URL_PARAM:
	case BALANCE_HDR:
	case BALANCE_HASH:
		break;
	}
	if (balancing->consistent)
		return wish->hashed ? pick_nearest(balance, wish->hash, wish->avoid)
				    : pick_on_ring_in_turn(balance, wish);
	return wish->hashed ? balance->rows[wish->hash % balance->row_count]
			    : pick_in_turn(balance, wish);
}

uint32_t balance_usable(struct balance *balance)
{
	follow_board(balance);
	return balance->usable;
}

bool balance_serves(struct balance *balance, uint32_t server)
{
	follow_board(balance);
	return balance->weights[server] > 0;
}
