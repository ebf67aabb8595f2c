/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two and three balancers, one or two virtual addresses, and everything that goes wrong between
 * them, over many seeds.
 *
 *     vrrp_sim [first seed] [seeds]        one seed alone is told as it happens
 *
 * Packets are real ones: written, carried as bytes, read and judged.  The wire loses, doubles,
 * delays and damages them, in one direction or both; nodes crash, freeze, stop, start, fail and
 * change their priorities.  Some nodes are routers of the classical kind (keepalived's order:
 * advertise, and add the address some milliseconds later; priority 0 at a stop).
 *
 * A seed has four acts:
 *   chaos      anything happens.  An address is without an owner for at most the longest master
 *              down interval while there is a node that could own it
 *   whole      the network is repaired.  Two advertisements and the timers later, which are two
 *              seconds at most where ten adverts come in a second, each address has one owner, the
 *              best one where nobody minds preemption, and nothing moves any more
 *   stop       the owner is stopped, or released, as planned.  There is an owner at every moment,
 *              and the node is gone in time.  A successor of our own kind that had the time to
 *              ask passes on to it what it does not know
 *   return     it comes back.  Between our own nodes there is an owner at every moment again */
#include "tests/sim/seeds.h"
#include "vrrp_nodes.h"

#define SEEDS		   1000
#define PROMISED_US	   2000000u /* from a whole network to one owner */
#define PROMISED_ADVERT_US 100000u

static uint64_t all_events, all_transitions, all_stops, all_hops;

/* --- chaos -------------------------------------------------------------------------------------*/

static void change_priority(struct sim *sim, uint32_t n)
{
	struct node *node = &sim->node[n];
	uint32_t net = draw(sim, sim->nets);
	uint8_t priority = (uint8_t)(98 + draw(sim, 8));

	if (node->base == VRRP_PRIORITY_OWNER)
		return;
	TELL(sim, "node %u net %u has priority %u", n, net, priority);
	node->members[net].priority = priority;
	step(sim, n, net,
		(struct vrrp_event){.kind = VRRP_EV_PRIORITY,
			.priority = sim->grouped ? vrrp_sync_priority(&node->sync) : priority});
}

static void change_faults(struct sim *sim, uint32_t n, uint32_t net, bool fails)
{
	struct vrrp_fsm *fsm = &sim->node[n].routers[net].fsm;
	uint32_t group = fsm->faults & VRRP_FAULT_GROUP;

	TELL(sim, "node %u net %u %s", n, net, fails ? "fails" : "is well");
	step(sim, n, net,
		(struct vrrp_event){.kind = VRRP_EV_FAULTS,
			.faults = fails ? VRRP_FAULT_TRACKED | group : group});
}

static void release(struct sim *sim, uint32_t n, bool released)
{
	TELL(sim, "node %u is %s", n, released ? "released" : "resumed");
	sim->node[n].sync.released = released;
	step_all(sim, n, released ? VRRP_EV_RELEASE : VRRP_EV_RESUME);
}

static void stop(struct sim *sim, uint32_t n)
{
	TELL(sim, "node %u is stopped", n);
	sim->node[n].stopping = true;
	if (sim->node[n].is_classic)
		classic_stops(sim, n);
	else
		step_all(sim, n, VRRP_EV_STOP);
}

/* A paused machine is away for a while that has nothing to do with its adverts. */
static uint64_t draw_pause_us(struct sim *sim)
{
	static const uint64_t pauses_us[] = {500000, 1000000, 3000000};

	return chance(sim, 50) ? pauses_us[draw(sim, 3)] : draw_us(sim, 8 * sim->advert_us);
}

static void trouble_of_ours(struct sim *sim, uint32_t n)
{
	switch (draw(sim, 6)) {
	case 0:
		freeze(sim, n, draw_pause_us(sim));
		break;
	case 1:
		change_priority(sim, n);
		break;
	case 2:
		change_faults(sim, n, draw(sim, sim->nets), true);
		break;
	case 3:
		change_faults(sim, n, draw(sim, sim->nets), false);
		break;
	case 4:
		release(sim, n, chance(sim, 40));
		break;
	default:
		step_all(sim, n, VRRP_EV_QUIT);
		sim->node[n].stopping = true;
		break;
	}
}

static void make_trouble(struct sim *sim)
{
	uint32_t n = draw(sim, sim->nodes), net = draw(sim, sim->nets), to = draw(sim, sim->nodes);
	struct node *node = &sim->node[n];

	sim->script_us = sim->now_us + draw_us(sim, 3 * sim->advert_us);
	switch (draw(sim, 8)) {
	case 0:
	case 1:
		sim->link[net][n][to] = !sim->link[net][n][to];
		TELL(sim, "net %u, from %u to %u: %s", net, n, to,
			sim->link[net][n][to] ? "whole" : "cut");
		break;
	case 2:
		sim->link[net][n][to] = sim->link[net][to][n] = chance(sim, 50);
		break;
	case 3:
		sim->loss_percent = chance(sim, 50) ? 0 : draw(sim, 40);
		break;
	case 4:
		if (!node->up)
			boot(sim, n);
		break;
	case 5:
		if (node->up && !node->frozen && chance(sim, 50))
			crash(sim, n);
		else if (node->up && !node->frozen && !node->stopping)
			stop(sim, n);
		break;
	default:
		if (node->up && !node->frozen && !node->stopping && !node->is_classic)
			trouble_of_ours(sim, n);
		break;
	}
}

/* --- what must hold ----------------------------------------------------------------------------*/

/* The timers of a backup: one master down interval from the last advertisement that was under way,
 * and one more interval where it had to listen first.  A member of a group may be held by its other
 * network for as long as somebody leaves there. */
static uint64_t gap_most_us(const struct sim *sim)
{
	uint64_t most_us = slowest_us(sim) + sim->delay_us + LATE_MOST;

	return sim->grouped ? most_us + slowest_us(sim) + sim->advert_us + VRRP_LINGER_US : most_us;
}

static void check_gaps(struct sim *sim, uint32_t net)
{
	uint32_t owners;

	owner_of(sim, net, &owners);
	if (owners) {
		sim->zero_us[net] = VRRP_NEVER;
		return;
	}
	if (sim->zero_us[net] == VRRP_NEVER)
		sim->zero_us[net] = sim->now_us;
	for (uint32_t n = 0; n < sim->nodes; n++) {
		uint64_t since_us = sim->node[n].ready_us;

		if (since_us == VRRP_NEVER)
			continue;
		if (since_us < sim->zero_us[net])
			since_us = sim->zero_us[net];
		MUST(sim, sim->now_us - since_us <= gap_most_us(sim));
	}
}

static bool has_classic_up(const struct sim *sim)
{
	for (uint32_t n = 0; n < sim->nodes; n++) {
		if (sim->node[n].is_classic && sim->node[n].up)
			return true;
	}
	return false;
}

/* A classical router that takes over later, from one of ours or from its like, leaves its own gap.
 */
static bool forbids_gaps(const struct sim *sim)
{
	if (sim->act == STOPPING)
		return sim->node[sim->stopped].up || !has_classic_up(sim);
	return sim->act == WATCH || sim->act == RETURN;
}

static void observe(struct sim *sim)
{
	for (uint32_t n = 0; n < sim->nodes; n++) {
		struct node *node = &sim->node[n];

		if (node->up && !node->frozen)
			node->gone_us = VRRP_NEVER;
		else if (node->gone_us == VRRP_NEVER)
			node->gone_us = sim->now_us;
		if (!can_own(sim, node))
			node->ready_us = VRRP_NEVER;
		else if (node->ready_us == VRRP_NEVER)
			node->ready_us = sim->now_us;
	}
	for (uint32_t n = 0; n < sim->nodes; n++) {
		for (uint32_t net = 0; net < sim->nets && sim->node[n].up; net++)
			hop_observe(sim, n, net);
	}
	for (uint32_t net = 0; net < sim->nets; net++) {
		uint32_t owners;

		check_gaps(sim, net);
		owner_of(sim, net, &owners);
		if (sim->act == WATCH)
			MUST(sim, owners == 1);
		MUST(sim, owners >= 1 || !forbids_gaps(sim));
	}
}

/* --- time --------------------------------------------------------------------------------------*/

enum due { DUE_NOTHING, DUE_MESSAGE, DUE_THAW, DUE_TIMER, DUE_TICK, DUE_SCRIPT };

struct next {
	enum due due;
	uint64_t at_us;
	uint32_t index, net;
};

static void consider(struct next *next, enum due due, uint64_t at_us, uint32_t index, uint32_t net)
{
	if (at_us < next->at_us)
		*next = (struct next){due, at_us, index, net};
}

/* Packets before timers, as the speaker does it. */
static struct next find_next(const struct sim *sim)
{
	struct next next = {DUE_NOTHING, VRRP_NEVER, 0, 0};

	for (uint32_t i = 0; i < sim->messages; i++)
		consider(&next, DUE_MESSAGE, sim->message[i].at_us, i, 0);
	for (uint32_t n = 0; n < sim->nodes; n++) {
		const struct node *node = &sim->node[n];

		if (!node->up)
			continue;
		if (node->frozen) {
			consider(&next, DUE_THAW, node->thaw_us, n, 0);
			continue;
		}
		if (!node->is_classic)
			consider(&next, DUE_TICK, node->tick_us, n, 0);
		for (uint32_t net = 0; net < sim->nets; net++) {
			const struct router *router = &node->routers[net];

			if (!node->is_classic) {
				consider(&next, DUE_TIMER, router->fsm.timer_at_us, n, net);
				continue;
			}
			consider(&next, DUE_TIMER, router->classic.timer_us, n, net);
			consider(&next, DUE_TIMER, router->classic.add_us, n, net);
		}
	}
	if (sim->act == CHAOS)
		consider(&next, DUE_SCRIPT, sim->script_us, 0, 0);
	return next;
}

/* A node whose routers have all stopped is off. */
static void notice_the_gone(struct sim *sim)
{
	for (uint32_t n = 0; n < sim->nodes; n++) {
		struct node *node = &sim->node[n];
		bool gone = node->up && node->stopping && !node->is_classic;

		for (uint32_t net = 0; net < sim->nets; net++)
			gone = gone && node->routers[net].fsm.state == VRRP_INIT;
		if (gone)
			node->up = false;
	}
}

static void run_until(struct sim *sim, uint64_t end_us)
{
	for (;;) {
		struct next next = find_next(sim);
		struct message message;

		if (next.at_us > end_us)
			break;
		sim->events++;
		if (next.at_us > sim->now_us)
			sim->now_us = next.at_us;
		switch (next.due) {
		case DUE_MESSAGE:
			message = sim->message[next.index];
			sim->message[next.index] = sim->message[--sim->messages];
			deliver(sim, &message);
			break;
		case DUE_THAW:
			thaw(sim, next.index);
			break;
		case DUE_TIMER:
			if (sim->node[next.index].is_classic)
				classic_times_out(sim, next.index, next.net);
			else
				step(sim, next.index, next.net,
					(struct vrrp_event){.kind = VRRP_EV_TIMER});
			break;
		case DUE_TICK:
			sim->node[next.index].tick_us = sim->now_us + HOP_TICK_US;
			for (uint32_t net = 0; net < sim->nets; net++)
				hop_tick(sim, next.index, net);
			break;
		case DUE_SCRIPT:
			make_trouble(sim);
			break;
		case DUE_NOTHING:
			break;
		}
		notice_the_gone(sim);
		observe(sim);
	}
	sim->now_us = end_us;
}

/* --- the acts ----------------------------------------------------------------------------------*/

static void set_up(struct sim *sim, uint64_t seed)
{
	static const uint64_t paces_us[] = {10000, 100000, 1000000};
	static const uint8_t bases[] = {100, 100, 101, 102, 103, 1, 254, 255};
	uint32_t classics;

	memset(sim, 0, sizeof(*sim));
	sim->seed = seed;
	sim->told = seed_count == 1;
	sim->random = sim->hop_random = random_of_seed(seed);
	for (uint32_t i = 0; i < 8; i++)
		draw(sim, 2);
	sim->now_us = 1000000;
	sim->nodes = 2 + draw(sim, 2);
	sim->nets = 1 + draw(sim, 2);
	sim->version = (uint8_t)(2 + draw(sim, 2));
	sim->grouped = sim->nets == 2 && chance(sim, 60);
	sim->advert_us = sim->version == 2 ? 1000000 : paces_us[draw(sim, 3)];
	sim->delay_us = sim->advert_us / (4 + draw(sim, 200));
	sim->loss_percent = chance(sim, 50) ? 0 : draw(sim, 40);
	sim->double_percent = draw(sim, 10);
	sim->damage_percent = draw(sim, 5);
	/* Next to a classical router everything is slower than its lateness. */
	classics = !sim->grouped && sim->advert_us >= 1000000 && chance(sim, 40);
	memset(sim->link, 1, sizeof(sim->link));
	for (uint32_t net = 0; net < NETS; net++)
		sim->zero_us[net] = VRRP_NEVER;
	for (uint32_t n = 0; n < sim->nodes; n++) {
		struct node *node = &sim->node[n];

		node->ready_us = VRRP_NEVER;
		node->is_classic = n < classics;
		node->base = node->is_classic ? (uint8_t)(100 + draw(sim, 5))
					      : bases[draw(sim, sizeof(bases))];
		node->preempt = node->is_classic || chance(sim, 80);
		node->preempt_delay_us = chance(sim, 80) ? 0 : draw_us(sim, 5 * sim->advert_us);
	}
	for (uint32_t n = 0; n < sim->nodes; n++) {
		if (chance(sim, 80))
			boot(sim, n);
	}
}

static void repair(struct sim *sim)
{
	TELL(sim, "--- the network is whole");
	memset(sim->link, 1, sizeof(sim->link));
	sim->loss_percent = sim->damage_percent = 0;
	sim->delay_us = 1 + draw(sim, (uint32_t)sim->advert_us / 200);
	for (uint32_t n = 0; n < sim->nodes; n++) {
		struct node *node = &sim->node[n];

		if (node->up && node->frozen)
			thaw(sim, n);
		if (!node->up && chance(sim, 75))
			boot(sim, n);
		if (!node->up || node->is_classic || node->stopping)
			continue;
		for (uint32_t net = 0; net < sim->nets; net++)
			change_faults(sim, n, net, false);
		release(sim, n, chance(sim, 10));
	}
}

/* Messages of the worse days, two masters until one hears the other, a tie that waits for its
 * patience, somebody who leaves, then the timer of the best. */
static uint64_t settle_us(const struct sim *sim)
{
	uint64_t delay_us = 0;

	for (uint32_t n = 0; n < sim->nodes; n++) {
		if (sim->node[n].preempt_delay_us > delay_us)
			delay_us = sim->node[n].preempt_delay_us;
	}
	return 2 * sim->advert_us + 4 * slowest_us(sim) + delay_us + VRRP_LINGER_US + LATE_MOST;
}

/* Two seconds are promised where ten adverts or more come in a second and nobody was told to be
 * patient. */
static void check_promise(struct sim *sim)
{
	for (uint32_t n = 0; n < sim->nodes; n++) {
		if (sim->node[n].preempt_delay_us)
			return;
	}
	MUST(sim, sim->advert_us > PROMISED_ADVERT_US || settle_us(sim) <= PROMISED_US);
}

static bool everybody_preempts(const struct sim *sim)
{
	for (uint32_t n = 0; n < sim->nodes; n++) {
		if (!sim->node[n].preempt)
			return false;
	}
	return true;
}

static void check_owners(struct sim *sim)
{
	uint32_t owners;
	int owner[NETS];

	for (uint32_t net = 0; net < sim->nets; net++) {
		owner[net] = owner_of(sim, net, &owners);
		MUST(sim, owners == 1);
		MUST(sim, is_eligible(sim, (uint32_t)owner[net]));
		for (uint32_t n = 0; n < sim->nodes; n++) {
			if (is_eligible(sim, n) && everybody_preempts(sim))
				MUST(sim, priority_of(sim, n, net) <=
						  priority_of(sim, (uint32_t)owner[net], net));
		}
	}
	for (uint32_t n = 0; sim->grouped && n < sim->nodes; n++) {
		if (!can_own(sim, &sim->node[n]))
			continue;
		MUST(sim, priority_of(sim, n, 0) == priority_of(sim, n, 1));
		MUST(sim, priority_of(sim, n, 0) <= sim->node[n].members[0].priority);
		MUST(sim, priority_of(sim, n, 0) <= sim->node[n].members[1].priority);
	}
	MUST(sim, !sim->grouped || owner[0] == owner[1]);
}

/* Is there somebody to take over?  Nobody can step down from the last step, and a released node
 * gives way only to a better one. */
static bool has_successor(const struct sim *sim, bool released)
{
	for (uint32_t net = 0; net < sim->nets; net++) {
		bool found = false;

		if (priority_of(sim, sim->stopped, net) <= VRRP_PRIORITY_LEAVING)
			return false;
		for (uint32_t n = 0; n < sim->nodes; n++)
			found = found || (n != sim->stopped && is_eligible(sim, n) &&
						 (!released || priority_of(sim, n, net) >
								       VRRP_PRIORITY_LEAVING));
		if (!found)
			return false;
	}
	return true;
}

/* Has everybody who may take over the owner's word that it would serve on? */
static bool all_have_offers(const struct sim *sim)
{
	for (uint32_t net = 0; net < sim->nets; net++)
		for (uint32_t n = 0; n < sim->nodes; n++) {
			struct vrrp_ip owner = address_of(sim, net, sim->stopped);

			if (n != sim->stopped && is_eligible(sim, n) &&
				!hop_has_offer(
					&sim->node[n].routers[net].deal, &owner, sim->now_us))
				return false;
		}
	return true;
}

/* The owner of an address is to go. */
static void stop_as_planned(struct sim *sim)
{
	uint64_t hops = sim->hops, held = 0;
	bool offered;
	uint32_t owners;
	int owner = owner_of(sim, draw(sim, sim->nets), &owners);
	bool released = !has_classic_up(sim) && chance(sim, 40);

	sim->stopped = (uint32_t)owner;
	if (sim->node[owner].is_classic || !has_successor(sim, released))
		return;
	sim->act = STOPPING;
	all_stops++;
	offered = all_have_offers(sim);
	for (uint32_t net = 0; net < sim->nets; net++)
		held += sim->node[owner].routers[net].holds;
	if (released)
		release(sim, sim->stopped, true);
	else
		stop(sim, sim->stopped);
	run_until(sim, sim->now_us + slowest_us(sim) + sim->advert_us + VRRP_LINGER_US);
	MUST(sim, released || !sim->node[owner].up);
	for (uint32_t net = 0; net < sim->nets; net++)
		MUST(sim, !sim->node[owner].routers[net].holds);
	MUST(sim, !offered || sim->hops >= hops + held);
	run_until(sim, sim->now_us + 2 * sim->advert_us);

	if (has_classic_up(sim))
		return;
	sim->act = RETURN;
	if (released)
		release(sim, sim->stopped, false);
	else
		boot(sim, sim->stopped);
	run_until(sim, sim->now_us + settle_us(sim));
	check_owners(sim);
}

static void run_seed(uint64_t seed)
{
	static struct sim sim;
	bool anybody = false;
	uint64_t transitions;

	set_up(&sim, seed);
	sim.script_us = sim.now_us + draw_us(&sim, 6 * sim.advert_us);
	TELL(&sim, "%u nodes, %u nets, version %u, %lu us%s", sim.nodes, sim.nets, sim.version,
		sim.advert_us, sim.grouped ? ", grouped" : "");
	run_until(&sim, sim.now_us + 40 * sim.advert_us);
	sim.act = WHOLE;
	repair(&sim);
	check_promise(&sim);
	run_until(&sim, sim.now_us + settle_us(&sim));
	for (uint32_t n = 0; n < sim.nodes; n++)
		anybody = anybody || is_eligible(&sim, n);
	if (anybody) {
		check_owners(&sim);
		sim.act = WATCH;
		transitions = sim.transitions;
		run_until(&sim, sim.now_us + 10 * sim.advert_us);
		MUST(&sim, sim.transitions == transitions);
		check_owners(&sim);
		stop_as_planned(&sim);
	}
	all_events += sim.events;
	all_transitions += sim.transitions;
	all_hops += sim.hops;
}

static void addresses_have_one_owner(void **state)
{
	(void)state;
	seeds_run(run_seed);
	print_message("%lu seeds, %lu events, %lu transitions, %lu planned stops, %lu hops\n",
		seed_count, all_events, all_transitions, all_stops, all_hops);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_one_owner),
	};

	seeds_choose(argc, argv, SEEDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
