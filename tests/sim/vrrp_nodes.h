/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vrrp_nodes.h - the simulated routers: ours, classical ones, and what both go through: starts,
 * crashes, freezes, packets.  For vrrp_sim.c alone. */
#ifndef TORC_TESTS_SIM_VRRP_NODES_H
#define TORC_TESTS_SIM_VRRP_NODES_H

#include "vrrp_hops.h"
#include "vrrp_world.h"

/* --- our nodes ---------------------------------------------------------------------------------*/

static void perform(struct sim *sim, uint32_t n, uint32_t net, const struct vrrp_actions *actions)
{
	struct router *router = &sim->node[n].routers[net];
	char line[VRRP_LINE_BYTES], name[16];

	snprintf(name, sizeof(name), "node %u net %u", n, net);
	for (uint32_t i = 0; i < actions->count; i++) {
		const struct vrrp_action *action = &actions->items[i];

		switch (action->kind) {
		case VRRP_ACT_ADD:
			MUST(sim, !router->holds);
			hop_before_add(sim, n, net);
			router->holds = true;
			router->keeps = false;
			break;
		case VRRP_ACT_REMOVE:
			MUST(sim, router->holds);
			hop_before_remove(sim, n, net);
			router->holds = false;
			break;
		case VRRP_ACT_ADVERT:
			broadcast(sim, n, net, action->priority);
			break;
		case VRRP_ACT_TRANSITION:
			sim->transitions++;
			TELL(sim, "%s", vrrp_transition_text(line, name, &action->transition));
			break;
		case VRRP_ACT_NOTE:
			TELL(sim, "%s", vrrp_note_text(line, name, &action->note));
			break;
		case VRRP_ACT_ANNOUNCE: /* nobody tells of what he does not have */
			MUST(sim, router->holds);
			break;
		case VRRP_ACT_SILENCE:
		case VRRP_ACT_NOTIFY:
		case VRRP_ACT_GONE:
			break;
		}
	}
}

static void step_alone(struct sim *sim, uint32_t n, uint32_t net, const struct vrrp_event *event)
{
	struct vrrp_actions actions;

	vrrp_fsm_step(&sim->node[n].routers[net].fsm, event, sim->now_us, &actions);
	perform(sim, n, net, &actions);
}

static void settle_group(struct sim *sim, uint32_t n)
{
	uint32_t member, rounds = 0;
	struct vrrp_event event;

	while (sim->grouped && vrrp_sync_next(&sim->node[n].sync, &member, &event)) {
		MUST(sim, ++rounds < 30);
		step_alone(sim, n, member, &event);
	}
}

static void step(struct sim *sim, uint32_t n, uint32_t net, struct vrrp_event event)
{
	step_alone(sim, n, net, &event);
	settle_group(sim, n);
}

static void step_all(struct sim *sim, uint32_t n, enum vrrp_event_kind kind)
{
	struct vrrp_event event = {.kind = kind};

	for (uint32_t net = 0; net < sim->nets; net++)
		step_alone(sim, n, net, &event);
	settle_group(sim, n);
}

/* --- classical nodes ---------------------------------------------------------------------------*/

static uint64_t classic_skew_us(const struct sim *sim, const struct node *node)
{
	uint64_t whole_us = sim->version == 2 ? 1000000 : sim->advert_us;

	return (256u - node->base) * whole_us / 256;
}

static void classic_backup(struct sim *sim, struct node *node, struct router *router)
{
	router->classic = (struct classic){
		.timer_us = sim->now_us + 3 * sim->advert_us + classic_skew_us(sim, node),
		.add_us = VRRP_NEVER,
	};
	router->holds = false;
}

static void classic_advertise(struct sim *sim, uint32_t n, uint32_t net)
{
	broadcast(sim, n, net, sim->node[n].base);
	sim->node[n].routers[net].classic.timer_us = sim->now_us + sim->advert_us;
}

static void classic_hears(
	struct sim *sim, uint32_t n, uint32_t net, const struct vrrp_advert *advert)
{
	struct node *node = &sim->node[n];
	struct router *router = &node->routers[net];
	struct vrrp_ip own = address_of(sim, net, n);
	bool better =
		advert->priority > node->base ||
		(advert->priority == node->base && vrrp_ip_compare(&advert->source, &own) > 0);

	if (router->classic.master) {
		if (better && advert->priority)
			classic_backup(sim, node, router);
		else
			classic_advertise(sim, n, net);
	} else if (advert->priority == 0) {
		router->classic.timer_us = sim->now_us + classic_skew_us(sim, node);
	} else if (advert->priority >= node->base) {
		classic_backup(sim, node, router);
	}
}

static void classic_times_out(struct sim *sim, uint32_t n, uint32_t net)
{
	struct router *router = &sim->node[n].routers[net];

	if (sim->now_us >= router->classic.add_us) {
		router->holds = true;
		router->classic.add_us = VRRP_NEVER;
		return;
	}
	if (!router->classic.master) {
		TELL(sim, "(node %u net %u) classical master", n, net);
		sim->transitions++;
		router->classic.master = true;
		router->classic.add_us = sim->now_us + draw(sim, LATE_MOST);
	}
	classic_advertise(sim, n, net);
}

static void classic_stops(struct sim *sim, uint32_t n)
{
	for (uint32_t net = 0; net < sim->nets; net++) {
		struct router *router = &sim->node[n].routers[net];

		if (router->classic.master)
			broadcast(sim, n, net, 0);
		classic_backup(sim, &sim->node[n], router);
	}
	sim->node[n].up = false;
}

/* --- nodes of both kinds -----------------------------------------------------------------------*/

static void boot(struct sim *sim, uint32_t n)
{
	struct node *node = &sim->node[n];
	uint32_t decider;

	TELL(sim, "node %u boots: %s, priority %u%s", n, node->is_classic ? "classical" : "ours",
		node->base, node->preempt ? "" : ", nopreempt");
	node->up = true;
	node->frozen = node->stopping = false;
	node->tick_us = sim->now_us + (n + 1) * HOP_TICK_US / (NODES + 1);
	node->mail = 0;
	node->sync = (struct vrrp_sync){.members = node->members, .count = sim->nets};
	for (uint32_t net = 0; net < sim->nets; net++) {
		struct router *router = &node->routers[net];
		struct vrrp_options options = {
			.version = sim->version,
			.family = AF_INET,
			.priority = node->base,
			.preempt = node->preempt,
			.preempt_delay_us = node->preempt_delay_us,
			.grouped = sim->grouped,
			.down_adverts = 3,
			.advert_us = sim->advert_us,
		};

		node->members[net] = (struct vrrp_member){.fsm = &router->fsm,
			.priority = node->base,
			.router_id = (uint8_t)(50 + net)};
		decider = 0; /* the lowest router id */
		options.follows_in_ties = sim->grouped && net != decider;
		if (node->is_classic) {
			classic_backup(sim, node, router);
			continue;
		}
		vrrp_fsm_init(&router->fsm, &options, sim->now_us);
		router->fsm.address = address_of(sim, net, n);
		router->holds = router->passes = router->keeps = false;
		router->deal = (struct hop_deal){0};
	}
	if (!node->is_classic)
		step_all(sim, n, VRRP_EV_START);
}

static void crash(struct sim *sim, uint32_t n)
{
	TELL(sim, "node %u crashes", n);
	sim->node[n].up = false;
	for (uint32_t net = 0; net < sim->nets; net++) {
		struct router *router = &sim->node[n].routers[net];

		router->holds = router->passes = router->keeps = false;
	}
}

static void receive(struct sim *sim, const struct message *message)
{
	struct vrrp_datagram datagram = {
		.source = address_of(sim, message->net, message->from),
		.destination = everyone,
		.hops = VRRP_HOPS,
		.bytes = message->bytes,
		.len = message->len,
	};
	struct vrrp_expected expected = {
		.family = AF_INET,
		.version = sim->version,
		.router_id = (uint8_t)(50 + message->net),
		.advert_us = sim->advert_us,
		.source = address_of(sim, message->net, message->to),
		.addresses = &vips[message->net],
		.address_count = 1,
	};
	struct vrrp_advert advert;

	if (hop_is_message(&datagram)) {
		hop_receive(sim, message, &datagram);
		return;
	}
	if (vrrp_packet_read(&advert, &datagram, &expected) != VRRP_GOOD) {
		MUST(sim, message->damaged);
		return;
	}
	MUST(sim, !message->damaged);
	if (advert.priority == VRRP_PRIORITY_GONE)
		hop_farewell(sim, message->to, message->net, &advert.source);
	if (sim->node[message->to].is_classic)
		classic_hears(sim, message->to, message->net, &advert);
	else
		step(sim, message->to, message->net,
			(struct vrrp_event){.kind = VRRP_EV_ADVERT,
				.source = advert.source,
				.priority = advert.priority,
				.advert_us = advert.advert_us});
}

static void deliver(struct sim *sim, const struct message *message)
{
	struct node *node = &sim->node[message->to];

	if (!node->up)
		return;
	if (!node->frozen)
		receive(sim, message);
	else if (node->keeps_mail && node->mail < MAILBOX)
		node->mailbox[node->mail++] = *message;
}

static void freeze(struct sim *sim, uint32_t n, uint64_t for_us)
{
	struct node *node = &sim->node[n];

	TELL(sim, "node %u freezes for %lu us", n, for_us);
	node->frozen = true;
	node->keeps_mail = chance(sim, 50); /* stopped process, or paused machine */
	node->thaw_us = sim->now_us + for_us;
	node->frozen_us = sim->now_us;
	node->mail = 0;
}

/* Half of the time nobody has noticed the jump, and what waited and the late timers are all there
 * is to see.  Whoever was told, or heard of another master, is master no more before he says a
 * word. */
static void thaw(struct sim *sim, uint32_t n)
{
	struct node *node = &sim->node[n];
	bool told = chance(sim, 50), heard[NETS] = {false};
	uint32_t mail = node->mail;

	TELL(sim, "node %u thaws, %u packets wait", n, mail);
	node->frozen = false;
	node->thawed_us = sim->now_us;
	node->mail = 0;
	if (told)
		step_all(sim, n, VRRP_EV_AWAY);
	for (uint32_t i = 0; i < mail; i++) {
		const struct message *message = &node->mailbox[i];

		receive(sim, message);
		heard[message->net] |= !message->damaged && message->len != HOP_MESSAGE_BYTES &&
				       message->bytes[2] > 0;
	}
	for (uint32_t net = 0; net < sim->nets; net++) {
		if ((told || heard[net]) && sim->now_us - node->frozen_us > slowest_us(sim))
			MUST(sim, node->routers[net].fsm.state != VRRP_MASTER);
	}
}

static bool can_own(const struct sim *sim, const struct node *node)
{
	if (!node->up || node->frozen || node->stopping || node->is_classic)
		return false;
	for (uint32_t net = 0; net < sim->nets; net++) {
		enum vrrp_state state = node->routers[net].fsm.state;

		if (state != VRRP_BACKUP && state != VRRP_MASTER)
			return false;
	}
	return true;
}

static bool is_eligible(const struct sim *sim, uint32_t n)
{
	const struct node *node = &sim->node[n];

	return node->is_classic ? node->up : can_own(sim, node);
}

static uint8_t priority_of(const struct sim *sim, uint32_t n, uint32_t net)
{
	const struct node *node = &sim->node[n];

	return node->is_classic ? node->base : vrrp_fsm_priority(&node->routers[net].fsm);
}

static int owner_of(const struct sim *sim, uint32_t net, uint32_t *owners)
{
	int owner = -1;

	*owners = 0;
	for (uint32_t n = 0; n < sim->nodes; n++) {
		if (!sim->node[n].routers[net].holds)
			continue;
		owner = (int)n;
		++*owners;
	}
	return owner;
}

#endif
