/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions that want places at servers, workers that serve them, and the queues between, over many
 * seeds.
 *
 *     queue_sim [first seed] [seeds]
 *
 * Sessions come and go at random: they take a place or wait, in a server's line or the backend's,
 * give up while they wait or in the moment after they were called, and give their places back.
 * Servers go and return, limits change.  Called sessions lie in their worker's inbox until it
 * looks.  Invariants, after every step:
 *   - a server serves as many as have a place there, and never more than its maxconn (unless that
 *     was lowered under it)
 *   - nobody waits where there is room: no wake-up is lost
 *   - each line is called in the order of arrival, and the older of two lines' first goes first
 *   - positions count those who were called before
 *   - in the end nobody is left and all loads are zero */
#include "net/lb/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include "tests/sim/random.h"
#include "tests/sim/seeds.h"

#define SEEDS	 400
#define STEPS	 2000
#define SESSIONS 60
#define SERVERS	 4
#define WORKERS	 3

enum state { AWAY, SERVED, WAITING, CALLED };

struct session {
	enum state state;
	uint32_t server; /* SERVED, CALLED: where */
	uint32_t calls_before;
	struct queue_place place;
};

struct sim {
	uint64_t random;
	struct arena arena;
	struct config config;
	struct proxy proxy;
	struct server servers[SERVERS];
	struct load load;
	struct queue queue;
	struct queue_inbox inboxes[WORKERS];
	struct session sessions[SESSIONS];
	bool up[SERVERS];
	uint32_t calls[SERVERS + 1]; /* from every line; the last is the backend's */
};

static uint32_t draw(struct sim *sim, uint32_t below)
{
	return (uint32_t)(random_next(&sim->random) >> 32) % below;
}

static _Atomic uint32_t *maxconn_of(struct sim *sim, uint32_t server)
{
	return &load_of(&sim->load, &sim->servers[server])->maxconn;
}

static uint32_t line_index(uint32_t line)
{
	return line == QUEUE_ANY ? SERVERS : line;
}

/* Nobody who could be called instead has waited longer. */
static void check_turn(struct sim *sim, const struct session *called, uint32_t server, bool serves)
{
	for (uint32_t i = 0; i < SESSIONS; i++) {
		const struct session *other = &sim->sessions[i];
		bool could =
			other->state == WAITING &&
			(other->place.line == server || (serves && other->place.line == QUEUE_ANY));

		if (could && other != called)
			assert_true(other->place.ticket > called->place.ticket);
	}
}

static void call_up(struct sim *sim, uint32_t server)
{
	struct queue_place *place;

	while ((place = queue_call(&sim->queue, server, sim->up[server]))) {
		struct session *session = container_of(place, struct session, place);
		uint32_t *calls = &sim->calls[line_index(place->line)];

		assert_int_equal(session->state, WAITING);
		check_turn(sim, session, server, sim->up[server]);
		session->state = CALLED;
		session->server = server;
		assert_int_equal(place->position, *calls - session->calls_before + 1);
		++*calls;
		queue_inbox_put(&sim->inboxes[place->worker], place);
	}
}

static void wait_in_line(struct sim *sim, struct session *session, uint32_t line)
{
	session->state = WAITING;
	session->calls_before = sim->calls[line_index(line)];
	session->place.worker = draw(sim, WORKERS);
	queue_wait(&sim->queue, &session->place, line);
}

static void enter(struct sim *sim, struct session *session)
{
	uint32_t bound = draw(sim, 2) ? draw(sim, SERVERS) : QUEUE_ANY;

	if (bound == QUEUE_ANY) {
		/* As round robin does: any that has a place, unless somebody waits already. */
		for (uint32_t i = 0; i < SERVERS && queue_waiting(&sim->queue) == 0; i++) {
			if (!sim->up[i] || !load_has_place(&sim->load, &sim->servers[i]))
				continue;
			bound = i;
			break;
		}
	} else if (!sim->up[bound]) {
		return;
	}
	if (bound == QUEUE_ANY || !load_has_place(&sim->load, &sim->servers[bound])) {
		bool none = true;

		for (uint32_t i = 0; i < SERVERS; i++)
			none &= !sim->up[i];
		if (!none)
			wait_in_line(sim, session, bound);
		return;
	}
	load_take(&sim->load, &sim->servers[bound]);
	session->state = SERVED;
	session->server = bound;
}

static void give(struct sim *sim, struct session *session)
{
	load_give(&sim->load, &sim->servers[session->server]);
	session->state = AWAY;
	call_up(sim, session->server);
}

/* A client goes away, wherever its session stands. */
static void leave(struct sim *sim, struct session *session)
{
	struct queue_place *place = &session->place;

	if (session->state == WAITING) {
		queue_leave(&sim->queue, place);
		assert_int_equal(place->position,
			sim->calls[line_index(place->line)] - session->calls_before + 1);
		session->state = AWAY;
	} else if (session->state == CALLED) {
		queue_inbox_remove(&sim->inboxes[place->worker], place);
		if (place->server == QUEUE_ANY)
			session->state = AWAY;
		else
			give(sim, session);
	} else if (session->state == SERVED) {
		give(sim, session);
	}
}

static void look_into_inbox(struct sim *sim, uint32_t worker)
{
	struct queue_place *place;

	while ((place = queue_inbox_take(&sim->inboxes[worker]))) {
		struct session *session = container_of(place, struct session, place);

		assert_int_equal(session->state, CALLED);
		assert_int_equal(place->worker, worker);
		session->state = place->server == QUEUE_ANY ? AWAY : SERVED;
		if (session->state == AWAY)
			enter(sim, session); /* chooses again */
	}
}

static void toggle(struct sim *sim, uint32_t server)
{
	struct queue_place *place;

	sim->up[server] = !sim->up[server];
	if (!sim->up[server]) {
		while ((place = queue_scatter(&sim->queue, server))) {
			container_of(place, struct session, place)->state = CALLED;
			queue_inbox_put(&sim->inboxes[place->worker], place);
		}
	}
	call_up(sim, server);
}

static void set_limit(struct sim *sim, uint32_t server)
{
	atomic_store(maxconn_of(sim, server), 1 + draw(sim, 6));
	call_up(sim, server);
}

static void check(struct sim *sim)
{
	uint32_t served[SERVERS] = {0}, waiting[SERVERS + 1] = {0};

	for (uint32_t i = 0; i < SESSIONS; i++) {
		const struct session *session = &sim->sessions[i];

		if (session->state == WAITING)
			waiting[line_index(session->place.line)]++;
		if (session->state == SERVED ||
			(session->state == CALLED && session->place.server != QUEUE_ANY))
			served[session->server]++;
	}
	assert_int_equal(queue_waiting(&sim->queue), waiting[SERVERS]);
	for (uint32_t i = 0; i < SERVERS; i++) {
		bool room = served[i] < atomic_load(maxconn_of(sim, i));

		assert_int_equal(load_served(&sim->load, &sim->servers[i]), served[i]);
		assert_int_equal(load_queued(&sim->load, &sim->servers[i]), waiting[i]);
		if (room)
			assert_int_equal(waiting[i], 0);
		if (room && sim->up[i])
			assert_int_equal(waiting[SERVERS], 0);
	}
}

static void check_limits(struct sim *sim, const uint32_t before[SERVERS])
{
	for (uint32_t i = 0; i < SERVERS; i++) {
		uint32_t limit = atomic_load(maxconn_of(sim, i));
		uint32_t served = load_served(&sim->load, &sim->servers[i]);

		assert_true(served <= limit || served <= before[i]);
	}
}

static void one_thing(struct sim *sim)
{
	struct session *session = &sim->sessions[draw(sim, SESSIONS)];
	uint32_t kind = draw(sim, 100);

	if (kind < 50) {
		if (session->state == AWAY)
			enter(sim, session);
	} else if (kind < 75) {
		if (session->state == SERVED)
			give(sim, session);
	} else if (kind < 80) {
		leave(sim, session);
	} else if (kind < 96) {
		look_into_inbox(sim, draw(sim, WORKERS));
	} else if (kind < 98) {
		toggle(sim, draw(sim, SERVERS));
	} else {
		set_limit(sim, draw(sim, SERVERS));
	}
}

static void begin(struct sim *sim, uint64_t seed)
{
	sim->random = random_of_seed(seed);
	sim->proxy = (struct proxy){
		.is_backend = true, .servers = sim->servers, .server_count = SERVERS};
	sim->config =
		(struct config){.proxies = &sim->proxy, .proxy_count = 1, .server_count = SERVERS};
	for (uint32_t i = 0; i < SERVERS; i++) {
		uint32_t limit = 1 + draw(sim, 4);

		sim->servers[i] = (struct server){.index = i,
			.verdict = i,
			.maxconn = limit,
			.minconn = limit,
			.proxy = &sim->proxy};
		sim->up[i] = true;
	}
	assert_int_equal(load_open(&sim->load, &sim->config), 0);
	queue_init(&sim->queue, &sim->arena, &sim->proxy, &sim->load);
	for (uint32_t i = 0; i < WORKERS; i++)
		queue_inbox_init(&sim->inboxes[i]);
}

static void end(struct sim *sim)
{
	for (uint32_t i = 0; i < SERVERS; i++)
		if (!sim->up[i])
			toggle(sim, i);
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < WORKERS; i++)
			look_into_inbox(sim, i);
		for (uint32_t i = 0; i < SESSIONS; i++)
			leave(sim, &sim->sessions[i]);
		check(sim);
	}
	for (uint32_t i = 0; i < SESSIONS; i++)
		assert_int_equal(sim->sessions[i].state, AWAY);
	for (uint32_t i = 0; i < SERVERS; i++)
		assert_int_equal(load_served(&sim->load, &sim->servers[i]), 0);
	assert_int_equal(sim->load.backends[0].served, 0);
}

static void run(uint64_t seed)
{
	struct sim *sim = aligned_alloc(64, (sizeof(*sim) + 63) / 64 * 64);

	memset(sim, 0, sizeof(*sim));
	begin(sim, seed);
	for (uint32_t step = 0; step < STEPS; step++) {
		uint32_t before[SERVERS];

		for (uint32_t i = 0; i < SERVERS; i++)
			before[i] = load_served(&sim->load, &sim->servers[i]);
		one_thing(sim);
		check(sim);
		check_limits(sim, before);
	}
	end(sim);
	load_close(&sim->load);
	arena_free(&sim->arena);
	free(sim);
}

static void nobody_is_forgotten(void **state)
{
	(void)state;
	seeds_run(run);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(nobody_is_forgotten)};

	seeds_choose(argc, argv, SEEDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
