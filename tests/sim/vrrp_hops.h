/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vrrp_hops.h - the second hop of the simulated routers: what speaker_hop.c does with a kernel,
 * done with a few flags.  For vrrp_sim.c alone. */
#ifndef TORC_TESTS_SIM_VRRP_HOPS_H
#define TORC_TESTS_SIM_VRRP_HOPS_H

#include "vrrp_world.h"

#define HOP_TICK_US 100000u

static int node_at(const struct sim *sim, uint32_t net, const struct vrrp_ip *ip)
{
	for (uint32_t n = 0; n < sim->nodes; n++) {
		struct vrrp_ip address = address_of(sim, net, n);

		if (vrrp_ip_equal(&address, ip))
			return (int)n;
	}
	return -1;
}

static void hop_say(struct sim *sim, uint32_t n, uint32_t net, enum hop_kind kind,
	const struct vrrp_ip *to, uint32_t serve_ms)
{
	const struct hop_message words = {
		.version = sim->version,
		.router_id = (uint8_t)(50 + net),
		.kind = kind,
		.serve_ms = (uint16_t)serve_ms,
	};
	struct message message = {.net = net, .from = n, .len = HOP_MESSAGE_BYTES};
	int target = node_at(sim, net, to);
	uint64_t elections = sim->random;

	MUST(sim, target >= 0);
	message.to = (uint32_t)target;
	hop_write(message.bytes, &words);
	/* From a source of chance of their own: the elections of a seed do not depend on hops. */
	sim->random = sim->hop_random;
	carry(sim, &message);
	sim->hop_random = sim->random;
	sim->random = elections;
}

static void hop_offer_to_all(struct sim *sim, uint32_t n, uint32_t net, uint32_t serve_ms)
{
	const struct vrrp_ip *asker;
	uint32_t at = 0;

	while ((asker = hop_next_asker(&sim->node[n].routers[net].deal, sim->now_us, &at)))
		hop_say(sim, n, net, HOP_OFFER, asker, serve_ms);
}

/* Nobody relies on a router that was silent for so long that he may be dead, nor on one that is not
 * of our kind. */
static void hop_before_add(struct sim *sim, uint32_t n, uint32_t net)
{
	struct router *router = &sim->node[n].routers[net];
	int owner = node_at(sim, net, &router->deal.offerer);

	if (!hop_is_planned(&router->deal, &router->fsm, sim->now_us))
		return;
	MUST(sim, owner >= 0 && (uint32_t)owner != n && !sim->node[owner].is_classic);
	/* Who was frozen himself may just have read what was said long ago. */
	MUST(sim, sim->node[owner].gone_us == VRRP_NEVER || sim->node[n].frozen_us ||
			  sim->now_us - sim->node[owner].gone_us < slowest_us(sim) + sim->delay_us);
	TELL(sim, "(node %u net %u) passes on to node %d", n, net, owner);
	sim->hops++;
	router->passes = true;
	router->passed_us = sim->now_us;
	router->lease_us = sim->now_us + HOP_LEASE_US;
}

static void hop_before_remove(struct sim *sim, uint32_t n, uint32_t net)
{
	struct router *router = &sim->node[n].routers[net];

	router->passes = false;
	router->keeps = hop_has_asker(&router->deal, sim->now_us);
	router->keep_us = sim->now_us + HOP_SERVE_MS * 1000u;
	router->renewed_us = sim->now_us;
	hop_offer_to_all(sim, n, net, HOP_SERVE_MS);
}

static void hop_farewell(struct sim *sim, uint32_t n, uint32_t net, const struct vrrp_ip *source)
{
	struct router *router = &sim->node[n].routers[net];

	if (!sim->node[n].is_classic && router->fsm.state == VRRP_BACKUP)
		hop_forget_offer(&router->deal, source);
}

static void hop_receive(
	struct sim *sim, const struct message *message, const struct vrrp_datagram *datagram)
{
	struct router *router = &sim->node[message->to].routers[message->net];
	struct hop_message words;

	if (!hop_read(&words, datagram)) {
		MUST(sim, message->damaged);
		return;
	}
	MUST(sim, !message->damaged);
	if (sim->node[message->to].is_classic)
		return; /* discards what it does not know */
	if (words.kind == HOP_ASK) {
		if (router->holds && hop_is_asked(&router->deal, &datagram->source, sim->now_us))
			hop_say(sim, message->to, message->net, HOP_OFFER, &datagram->source,
				HOP_SERVE_MS);
		return;
	}
	if (!hop_is_offered(&router->deal, &datagram->source, &words, sim->now_us) ||
		!router->passes)
		return;
	router->passes = words.serve_ms > 0;
	router->lease_us = sim->now_us + HOP_LEASE_US;
}

static void hop_tick(struct sim *sim, uint32_t n, uint32_t net)
{
	struct router *router = &sim->node[n].routers[net];
	struct vrrp_ip master = hop_master(&router->fsm, sim->now_us);

	if (router->keeps && sim->now_us >= router->keep_us) {
		router->keeps = false;
		hop_offer_to_all(sim, n, net, 0);
	} else if (router->keeps && sim->now_us - router->renewed_us >= HOP_RENEW_US) {
		router->renewed_us = sim->now_us;
		hop_offer_to_all(
			sim, n, net, (uint32_t)((router->keep_us - sim->now_us) / 1000 + 1));
	}
	if (router->passes &&
		(sim->now_us >= router->lease_us ||
			sim->now_us - router->passed_us >= HOP_SERVE_MS * 1000u + HOP_LEASE_US))
		router->passes = false;
	if (hop_asks(&router->deal, &master, sim->now_us))
		hop_say(sim, n, net, HOP_ASK, &master, 0);
}

/* Passing on ends soon after the other one has, whatever was lost, and with the address.  Who was
 * frozen hears the other one's last words when it thaws. */
static void hop_observe(struct sim *sim, uint32_t n, uint32_t net)
{
	const struct router *router = &sim->node[n].routers[net];
	uint64_t slack_us = 2 * HOP_TICK_US + sim->delay_us, silent_us;
	const struct node *owner;

	if (!router->passes || sim->node[n].frozen || sim->node[n].tick_us <= sim->now_us)
		return;
	owner = &sim->node[node_at(sim, net, &router->deal.offerer)];
	MUST(sim, router->holds);
	MUST(sim,
		sim->now_us - router->passed_us <= HOP_SERVE_MS * 1000u + HOP_LEASE_US + slack_us);
	silent_us =
		owner->gone_us > sim->node[n].thawed_us ? owner->gone_us : sim->node[n].thawed_us;
	MUST(sim, owner->gone_us == VRRP_NEVER || owner->gone_us < router->passed_us ||
			  sim->now_us - silent_us <= HOP_LEASE_US + slack_us);
}

#endif
