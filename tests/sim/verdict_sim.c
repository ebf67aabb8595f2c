/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pool of servers with moods, a clock that costs nothing, and the whole brain of health between
 * them, over many seeds.
 *
 *     verdict_sim [first seed] [seeds]
 *
 * Every server follows a script drawn from the seed: it is well, ill, slow or flapping for some
 * time, then something else.  The scheduler here is the prober without sockets: a heap of one
 * deadline per server, probes that take time, verdict_step() for every event.
 *
 * Invariants, checked at every event:
 *   - the state is UP exactly while health >= rise; health stays within 0 .. rise + fall - 1
 *   - UP to DOWN needs `fall` failures in a row (one, for the first probe ever), DOWN to UP `rise`
 *     passes in a row; a plain model that counts runs of results agrees at every step
 *   - between two probes of a server lies the interval that its state asks for, within its jitter
 *   - books: checks, failures, downs and downtime are those that the model counted
 *   - a server that was well for long enough is UP, one that was ill for long enough is DOWN */
#include "health/verdict.h"
#include "tests/sim/random.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define SERVERS 12
#define RUN_MS	600000u /* ten minutes */
#define SEEDS	500
#define START_S 1000000000u

enum mood { WELL, ILL, HANGING, FLAPPING, STARVED, MOODS };

/* What the rules say in other words: runs of equal results instead of one counter. */
struct model {
	bool up, fresh;
	uint32_t run; /* passes in a row while down, failures in a row while up */
	uint64_t checks, failures, downs, down_total_s, changed_s;
};

struct player {
	struct server server;
	struct verdict verdict;
	struct model model;
	enum mood mood;
	uint64_t mood_until_ms, mood_since_ms;
	bool probing;
	enum probe_outcome coming; /* of the probe under way */
	uint64_t deadline_ms;	   /* next probe, or the end of the one under way */
	uint64_t begun_ms;
	uint64_t settled_ms; /* longest time until a steady mood must show */
};

struct sim {
	uint64_t seed, random;
	uint64_t now_ms;
	uint32_t spread_percent;
	struct proxy proxy;
	struct player players[SERVERS];
};

static uint32_t draw(struct sim *sim, uint32_t below)
{
	return (uint32_t)((random_next(&sim->random) >> 16) % below);
}

#define MUST(sim, condition)                                                                       \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "seed %lu, %lu ms, line %d: %s\n", (sim)->seed,            \
				(sim)->now_ms, __LINE__, #condition);                              \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

static uint64_t wall_s(const struct sim *sim)
{
	return START_S + sim->now_ms / 1000;
}

static void change_mood(struct sim *sim, struct player *player)
{
	static const uint32_t lengths_ms[] = {500, 5000, 60000};

	player->mood = (enum mood)draw(sim, MOODS);
	player->mood_since_ms = sim->now_ms;
	player->mood_until_ms = sim->now_ms + 1 + draw(sim, lengths_ms[draw(sim, 3)]);
}

static enum probe_outcome ask(struct sim *sim, struct player *player, uint32_t *takes_ms)
{
	*takes_ms = draw(sim, 20);
	switch (player->mood) {
	case WELL:
		return PROBE_PASSED;
	case HANGING:
		*takes_ms = player->server.inter_ms;
		return PROBE_FAILED;
	case FLAPPING:
		return draw(sim, 2) ? PROBE_PASSED : PROBE_FAILED;
	case STARVED:
		return draw(sim, 2) ? PROBE_INCONCLUSIVE : PROBE_PASSED;
	case ILL:
	default:
		return PROBE_FAILED;
	}
}

static enum verdict_change model_step(struct model *model, const struct server *server,
	enum probe_outcome outcome, uint64_t now_s)
{
	uint32_t needed = model->up ? server->fall : server->rise;

	model->checks++;
	if (outcome == PROBE_INCONCLUSIVE)
		return VERDICT_STAYS;
	if (model->up && outcome == PROBE_FAILED)
		model->failures++;
	if (model->fresh && outcome == PROBE_FAILED)
		needed = 1; /* the first probe decides */
	model->fresh = false;
	if ((outcome == PROBE_PASSED) == model->up) {
		model->run = 0;
		return VERDICT_STAYS;
	}
	if (++model->run < needed)
		return VERDICT_STAYS;
	model->run = 0;
	model->up = !model->up;
	if (model->up)
		model->down_total_s += now_s - model->changed_s;
	else
		model->downs++;
	model->changed_s = now_s;
	return model->up ? VERDICT_WENT_UP : VERDICT_WENT_DOWN;
}

static void check_agreement(struct sim *sim, const struct player *player)
{
	const struct verdict *verdict = &player->verdict;
	const struct model *model = &player->model;
	uint32_t top = verdict->rise + verdict->fall - 1;

	MUST(sim, verdict->health <= top);
	MUST(sim, (verdict->health >= verdict->rise) == model->up);
	MUST(sim, verdict->state == (model->up ? SERVER_RUNNING : SERVER_STOPPED));
	if (!model->fresh)
		MUST(sim, verdict->health == (model->up ? top - model->run : model->run));
	MUST(sim, verdict->checks == model->checks);
	MUST(sim, verdict->failures == model->failures);
	MUST(sim, verdict->downs == model->downs);
	MUST(sim, verdict->down_total_s == model->down_total_s);
	MUST(sim, verdict->changed_s == model->changed_s);
	MUST(sim, verdict_continues(verdict, &player->server));
}

/* A mood that has lasted for the longest way through the counter has to show. */
static void check_mood_shows(struct sim *sim, const struct player *player)
{
	if (sim->now_ms - player->mood_since_ms < player->settled_ms)
		return;
	if (player->mood == WELL)
		MUST(sim, player->model.up);
	if (player->mood == ILL || player->mood == HANGING)
		MUST(sim, !player->model.up);
}

static uint32_t wanted_interval(const struct player *player, enum probe_outcome outcome)
{
	const struct server *server = &player->server;
	const struct model *model = &player->model;

	if (outcome == PROBE_INCONCLUSIVE || model->run > 0)
		return server->fastinter_ms ? server->fastinter_ms : server->inter_ms;
	if (model->up)
		return server->inter_ms;
	return server->downinter_ms ? server->downinter_ms : server->inter_ms;
}

static void begin_probe(struct sim *sim, struct player *player)
{
	struct verdict_event event = {.kind = VERDICT_PROBE_BEGINS};
	struct verdict_actions actions;
	uint32_t takes_ms;

	MUST(sim, !player->verdict.running);
	verdict_step(&player->verdict, &player->server, &event, &actions);
	MUST(sim, player->verdict.running && actions.change == VERDICT_STAYS);
	player->coming = ask(sim, player, &takes_ms);
	player->probing = true;
	player->begun_ms = sim->now_ms;
	player->deadline_ms = sim->now_ms + takes_ms;
}

static void end_probe(struct sim *sim, struct player *player)
{
	struct probe_result result = {.outcome = player->coming};
	struct verdict_event event = {
		.kind = VERDICT_PROBE_ENDS,
		.result = &result,
		.duration_ms = (uint32_t)(sim->now_ms - player->begun_ms),
		.wall_s = wall_s(sim),
	};
	struct verdict_actions actions;
	uint32_t wait_ms, wanted_ms;

	switch (player->coming) {
	case PROBE_PASSED:
		probe_judge_connected(&result);
		break;
	case PROBE_FAILED:
		probe_judge_timeout(&result, PROBE_TALKING);
		break;
	case PROBE_INCONCLUSIVE:
	case PROBE_UNDECIDED:
		result.status = CHECK_STATUS_SOCKERR;
		break;
	}
	player->probing = false;
	verdict_step(&player->verdict, &player->server, &event, &actions);
	MUST(sim, actions.change ==
			  model_step(&player->model, &player->server, player->coming, wall_s(sim)));
	check_agreement(sim, player);
	check_mood_shows(sim, player);

	wanted_ms = wanted_interval(player, player->coming);
	MUST(sim, actions.next_probe_ms == wanted_ms);
	wait_ms = verdict_jitter_ms(
		actions.next_probe_ms, sim->spread_percent, draw(sim, UINT32_MAX));
	MUST(sim, wait_ms >= wanted_ms - wanted_ms * sim->spread_percent / 100);
	MUST(sim, wait_ms <= wanted_ms + wanted_ms * sim->spread_percent / 100);
	player->deadline_ms = sim->now_ms + (wait_ms ? wait_ms : 1);
}

/* The prober stops in the middle and its successor goes on from the verdicts. */
static void hand_over(struct sim *sim)
{
	for (uint32_t i = 0; i < SERVERS; i++) {
		struct player *player = &sim->players[i];
		struct verdict_event event = {.kind = VERDICT_PROBE_ABANDONED};
		struct verdict_actions actions;

		if (player->probing) {
			verdict_step(&player->verdict, &player->server, &event, &actions);
			MUST(sim, actions.change == VERDICT_STAYS);
		}
		player->probing = false;
		MUST(sim, !player->verdict.running);
		check_agreement(sim, player);
		player->deadline_ms = sim->now_ms + verdict_start_delay_ms(1000, i, SERVERS);
		/* A mood need not show sooner than the new prober has looked. */
		player->mood_since_ms = sim->now_ms;
	}
}

static void set_up(struct sim *sim, uint64_t seed)
{
	memset(sim, 0, sizeof(*sim));
	sim->seed = seed;
	sim->random = random_of_seed(seed);
	for (uint32_t i = 0; i < 8; i++)
		draw(sim, 2);
	sim->proxy.name = "pool";
	sim->spread_percent = draw(sim, 51);
	for (uint32_t i = 0; i < SERVERS; i++) {
		struct player *player = &sim->players[i];
		struct server *server = &player->server;
		uint32_t slowest;

		server->proxy = &sim->proxy;
		server->check = true;
		server->address.in.sin_family = AF_INET;
		server->rise = 1 + draw(sim, 5);
		server->fall = 1 + draw(sim, 5);
		server->inter_ms = 1 + draw(sim, 3000);
		server->fastinter_ms = draw(sim, 1000);
		server->downinter_ms = draw(sim, 6000);
		verdict_first(&player->verdict, server, wall_s(sim));
		player->model = (struct model){.up = true, .fresh = true, .changed_s = wall_s(sim)};
		player->deadline_ms = verdict_start_delay_ms(1000, i, SERVERS);
		slowest = server->inter_ms > server->downinter_ms ? server->inter_ms
								  : server->downinter_ms;
		/* Half again for jitter, as long again for probes that hang, one probe to begin. */
		player->settled_ms = (uint64_t)(server->rise + server->fall + 2) *
				     (2 * slowest + 1000 + server->inter_ms + 20);
		change_mood(sim, player);
	}
}

static uint64_t run_seed(uint64_t seed)
{
	static struct sim sim;
	uint64_t events = 0;

	set_up(&sim, seed);
	while (sim.now_ms < RUN_MS) {
		struct player *next = &sim.players[0];

		for (uint32_t i = 1; i < SERVERS; i++) {
			if (sim.players[i].deadline_ms < next->deadline_ms)
				next = &sim.players[i];
		}
		sim.now_ms = next->deadline_ms;
		if (sim.now_ms >= next->mood_until_ms && !next->probing)
			change_mood(&sim, next);
		if (next->probing)
			end_probe(&sim, next);
		else
			begin_probe(&sim, next);
		if (draw(&sim, 5000) == 0)
			hand_over(&sim);
		events++;
	}
	return events;
}

int main(int argc, char **argv)
{
	uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	uint64_t seeds = argc > 2 ? strtoull(argv[2], NULL, 0) : argc > 1 ? 1 : SEEDS;
	uint64_t events = 0;

	for (uint64_t seed = first; seed < first + seeds; seed++)
		events += run_seed(seed);
	printf("%lu seeds, %lu events, 0 broken invariants\n", seeds, events);
	return 0;
}
