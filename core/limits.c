/* SPDX-License-Identifier: GPL-2.0-or-later */
/* limits.c - connections from descriptors.
 *
 * A forwarded connection takes two descriptors, one towards the client and one towards the
 * server.  Set aside before the division, as HAProxy does, so that both programs derive the same
 * number on the same machine: ten for files and logs, one a listener, one a probe, one a
 * connection to a stats socket, and three a thread (its ring, its wake-up, and one to spare).
 *
 * The limit is one of a table of descriptors, and threads may have tables of their own.  When more
 * connections are configured than one table holds, and the limit cannot be raised, every worker
 * gets one.  Most of so many connections are idle then and have no server's at that moment: four
 * fifths of the descriptors are for clients, the rest is lent to those who are being served. */
#include "core/limits.h"

#define ASIDE_FILES	 10u
#define ASIDE_PER_THREAD 3u
#define EACH_CONNECTION	 2u
/* Pipes, probes, idle servers: what may be open beside the connections of full load. */
#define BESIDE_CONNECTIONS 1024u
#define CLIENTS_PART	   4u /* of .. */
#define CLIENTS_OF	   5u
/* HAProxy never derives less; with fewer descriptors than that accept() itself will say so. */
#define MAXCONN_LEAST 100u

uint64_t limits_clients_of_table(uint64_t descriptors)
{
	return descriptors / CLIENTS_OF * CLIENTS_PART;
}

struct limits limits_derive(const struct limits_input *input)
{
	uint64_t aside = ASIDE_FILES + (uint64_t)input->listeners + input->checks +
			 input->stats_connections + (uint64_t)ASIDE_PER_THREAD * input->threads;
	uint64_t fits =
		input->descriptors > aside ? (input->descriptors - aside) / EACH_CONNECTION : 0;
	uint64_t each = input->descriptors > aside ? input->descriptors - aside : 0, spread;
	struct limits limits = {.bound = LIMITS_BOUND_DESCRIPTORS};

	if (fits < MAXCONN_LEAST)
		fits = MAXCONN_LEAST;
	if (fits > INT32_MAX)
		fits = INT32_MAX;
	limits.maxconn = (uint32_t)fits;
	if (input->maxconn == 0)
		return limits;
	limits.descriptors_wanted = aside + (uint64_t)EACH_CONNECTION * input->maxconn;
	if (input->maxconn <= fits) {
		limits.maxconn = input->maxconn;
		limits.bound = LIMITS_BOUND_CONFIGURED;
		return limits;
	}
	spread = limits_clients_of_table(each) * input->threads;
	limits.spread = input->can_spread && spread > fits;
	if (limits.spread)
		limits.maxconn = input->maxconn < spread ? input->maxconn : (uint32_t)spread;
	limits.bound = limits.maxconn == input->maxconn ? LIMITS_BOUND_SPREAD : LIMITS_BOUND_CUT;
	return limits;
}

uint64_t limits_of_table(const struct limits *limits, uint64_t descriptors)
{
	uint64_t count = (uint64_t)EACH_CONNECTION * limits->maxconn + BESIDE_CONNECTIONS;

	return limits->spread || count > descriptors ? descriptors : count;
}

struct limits_input limits_input_of(
	const struct config *config, uint32_t threads, uint64_t descriptors)
{
	struct limits_input input = {
		.maxconn = config->global.maxconn,
		.descriptors = descriptors,
		.threads = threads,
		.listeners = config->listener_count,
		.stats_connections =
			config->global.stats_sockets ? config->global.stats_maxconn : 0,
	};

	for (uint32_t i = 0; i < config->proxy_count; i++)
		for (uint32_t j = 0; j < config->proxies[i].server_count; j++)
			input.checks += config->proxies[i].servers[j].check;
	return input;
}
