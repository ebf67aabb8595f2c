/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vrrp_world.h - what the simulated routers live in: chance, names, and a wire that carries real
 * packets and loses, doubles, delays and damages them.  For vrrp_sim.c alone. */
#ifndef TORC_TESTS_SIM_VRRP_WORLD_H
#define TORC_TESTS_SIM_VRRP_WORLD_H

#include "tests/sim/random.h"
#include "vrrp/group.h"
#include "vrrp/hop.h"
#include "vrrp/ip.h"
#include "vrrp/packet.h"
#include "vrrp/track.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define NODES	  3
#define NETS	  2
#define MESSAGES  1024
#define MAILBOX	  64
#define LATE_MOST 40000u /* a classical router adds its address that long after its advert */

struct message {
	uint64_t at_us;
	uint32_t net, from, to, len;
	bool damaged;
	uint8_t bytes[24];
};

/* keepalived as its documentation and its captures describe it, without anything of ours. */
struct classic {
	bool master;
	uint64_t timer_us, add_us;
};

struct router {
	struct vrrp_fsm fsm;
	struct classic classic;
	bool holds; /* the address, as the node's kernel has it */
	/* The second hop, as speaker_hop.c has it. */
	struct hop_deal deal;
	bool passes, keeps;
	uint64_t passed_us, lease_us, keep_us, renewed_us;
};

struct node {
	bool is_classic, up, frozen, keeps_mail, stopping;
	uint64_t frozen_us, thaw_us, thawed_us;
	uint64_t ready_us; /* could own everything since; VRRP_NEVER: cannot */
	uint64_t tick_us,
		gone_us; /* gone: since when it neither lives nor turns; VRRP_NEVER: it does */
	uint8_t base;
	bool preempt;
	uint64_t preempt_delay_us;
	struct router routers[NETS];
	struct vrrp_member members[NETS];
	struct vrrp_sync sync;
	struct message mailbox[MAILBOX];
	uint32_t mail;
};

enum act { CHAOS, WHOLE, WATCH, STOPPING, RETURN };

struct sim {
	uint64_t seed, random, hop_random, now_us;
	bool told;
	enum act act;
	/* drawn */
	uint32_t nodes, nets;
	uint8_t version;
	bool grouped;
	uint64_t advert_us, delay_us;
	uint32_t loss_percent, double_percent, damage_percent;
	bool link[NETS][NODES][NODES];
	struct node node[NODES];
	struct message message[MESSAGES];
	uint32_t messages;
	uint32_t stopped; /* whom the third act is about */
	uint64_t script_us, zero_us[NETS];
	uint64_t transitions, events, hops;
};

static uint32_t draw(struct sim *sim, uint32_t below)
{
	return (uint32_t)((random_next(&sim->random) >> 16) % below);
}

static bool chance(struct sim *sim, uint32_t percent)
{
	return draw(sim, 100) < percent;
}

static uint64_t draw_us(struct sim *sim, uint64_t below_us)
{
	return below_us ? ((uint64_t)draw(sim, 1u << 30) << 16 | draw(sim, 1u << 16)) % below_us
			: 0;
}

#define MUST(sim, condition)                                                                       \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_msg("seed %lu, %lu us, line %d: %s", (sim)->seed, (sim)->now_us,      \
				__LINE__, #condition);                                             \
	} while (0)

#define TELL(sim, ...)                                                                             \
	do {                                                                                       \
		if ((sim)->told) {                                                                 \
			printf("%12lu  ", (sim)->now_us);                                          \
			printf(__VA_ARGS__);                                                       \
			printf("\n");                                                              \
		}                                                                                  \
	} while (0)

static struct vrrp_ip address_of(const struct sim *sim, uint32_t net, uint32_t node)
{
	/* The order of the addresses differs from network to network. */
	uint32_t last = 10 + (net ? (uint32_t)((node + sim->seed) % NODES) : node);

	return (struct vrrp_ip){AF_INET, {10, 0, (uint8_t)net, (uint8_t)last}};
}

static const struct vrrp_ip everyone = {AF_INET, {224, 0, 0, 18}};
static const struct vrrp_ip vips[NETS] = {{AF_INET, {10, 0, 0, 200}}, {AF_INET, {10, 0, 1, 200}}};

static uint64_t slowest_us(const struct sim *sim)
{
	struct vrrp_pace pace = {sim->version, VRRP_PRIORITY_LEAST, 3, sim->advert_us};

	return vrrp_master_down_us(&pace);
}

/* --- the wire ----------------------------------------------------------------------------------*/

static void enqueue(struct sim *sim, struct message message)
{
	message.at_us = sim->now_us + 1 + draw_us(sim, sim->delay_us);
	message.damaged = chance(sim, sim->damage_percent);
	if (message.damaged)
		message.bytes[draw(sim, message.len)] ^= (uint8_t)(1 + draw(sim, 255));
	MUST(sim, sim->messages < MESSAGES);
	sim->message[sim->messages++] = message;
}

static void carry(struct sim *sim, const struct message *message)
{
	if (message->to == message->from || !sim->link[message->net][message->from][message->to] ||
		chance(sim, sim->loss_percent))
		return;
	enqueue(sim, *message);
	if (chance(sim, sim->double_percent))
		enqueue(sim, *message);
}

static void broadcast(struct sim *sim, uint32_t from, uint32_t net, uint8_t priority)
{
	struct vrrp_message packet = {
		.version = sim->version,
		.router_id = (uint8_t)(50 + net),
		.priority = priority,
		.advert_us = sim->advert_us,
		.checksum = from % 2 ? VRRP_CHECKSUM_PSEUDO : VRRP_CHECKSUM_PLAIN,
		.source = address_of(sim, net, from),
		.destination = everyone,
		.addresses = &vips[net],
		.address_count = 1,
	};
	struct message message = {.net = net, .from = from};

	message.len = vrrp_packet_write(message.bytes, sizeof(message.bytes), &packet);
	MUST(sim, message.len > 0);
	for (uint32_t to = 0; to < sim->nodes; to++) {
		message.to = to;
		carry(sim, &message);
	}
}

#endif
