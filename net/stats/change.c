/* SPDX-License-Identifier: GPL-2.0-or-later */
/* change.c - the commands that change a server while torc runs.
 *
 * State, weight and health belong to the server's verdict, whose one writer is the prober: an
 * order goes there and the answer waits for it.  A maxconn is the workers' own: it is stored where
 * they look, and the board's epoch makes them look whether somebody can be called up.
 * Answers that scripts match on are HAProxy's, word for word. */
#include "core/config/number.h"
#include "core/orders.h"
#include "net/lb/queue.h"
#include "net/stats/command.h"
#include <stdio.h>
#include <stdlib.h>

static const char *word(const struct runtime *runtime, uint32_t i)
{
	return i < runtime->word_count ? runtime->words[i] : "";
}

/* "backend/server"; NULL: there is none, which has been said. */
static const struct server *find_server(
	struct runtime *runtime, const struct runtime_context *context, const char *name)
{
	const char *slash = strchr(name, '/');
	const struct proxy *backend;
	char backend_name[256];

	if (!slash) {
		command_say(runtime, "Require 'backend/server'.\n");
		return NULL;
	}
	snprintf(backend_name, sizeof(backend_name), "%.*s", (int)(slash - name), name);
	backend = command_backend(context, backend_name);
	if (!backend) {
		command_say(runtime, "No such backend.\n");
		return NULL;
	}
	for (uint32_t i = 0; i < backend->server_count; i++)
		if (strcmp(backend->servers[i].name, slash + 1) == 0)
			return &backend->servers[i];
	command_say(runtime, "No such server.\n");
	return NULL;
}

static void give_order(struct runtime *runtime, const struct runtime_context *context,
	const struct server *server, enum order_kind kind, uint32_t value)
{
	const struct order order = {.kind = kind, .server = server->verdict, .value = value};

	if (context->stats->orders && orders_give(context->stats->orders, &order))
		command_say(runtime, "%s", "");
	else
		command_say(runtime, "Not now: this balancer is on its way out.\n");
}

/* ---- state and health ---- */

struct choice {
	const char *name;
	enum order_kind kind;
};

/* True: `value` is one of the choices and its order was given. */
static bool choose(struct runtime *runtime, const struct runtime_context *context,
	const struct server *server, const struct choice *choices, uint32_t count)
{
	const char *value = word(runtime, 4);

	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(value, choices[i].name) != 0)
			continue;
		give_order(runtime, context, server, choices[i].kind, 0);
		return true;
	}
	return false;
}

void command_change_state(struct runtime *runtime, struct runtime_context *context)
{
	const struct server *server = find_server(runtime, context, word(runtime, 2));
	bool enables = word(runtime, 0)[0] == 'e';

	if (server)
		give_order(runtime, context, server, enables ? ORDER_READY : ORDER_MAINT, 0);
}

/* ---- weight ---- */

static bool is_static(const struct balancing *balancing)
{
	return balancing->algorithm == BALANCE_STATIC_RR ||
	       (balance_is_by_key(balancing->algorithm) && !balancing->consistent);
}

/* "7", or "50%" of the configured weight. */
static void change_weight(struct runtime *runtime, const struct runtime_context *context,
	const struct server *server, const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);
	bool relative = *end == '%' && end[1] == '\0';

	if (end == text) {
		command_say(runtime, "Require <weight> or <weight%%>.\n");
		return;
	}
	if (*end && !relative) {
		command_say(runtime, "Trailing garbage in weight string.\n");
		return;
	}
	if (relative && value < 0) {
		command_say(runtime, "Relative weight must be positive.\n");
		return;
	}
	if (relative) {
		if (value > 25600) /* what makes 256 of 1 */
			value = 25600;
		value = (long)server->weight * value / 100;
		if (value > 256)
			value = 256;
	}
	if (value < 0 || value > 256) {
		command_say(runtime, "Absolute weight can only be between 0 and 256 inclusive.\n");
		return;
	}
	if (is_static(&server->proxy->balancing) && value != 0 && value != (long)server->weight) {
		command_say(runtime, "Backend is using a static LB algorithm and only accepts "
				     "weights '0%%' and '100%%'.\n");
		return;
	}
	give_order(runtime, context, server, ORDER_WEIGHT, (uint32_t)value);
}

void command_change_weight(struct runtime *runtime, struct runtime_context *context)
{
	const struct server *server = find_server(runtime, context, word(runtime, 2));

	if (server)
		change_weight(runtime, context, server, word(runtime, 3));
}

void command_tell_weight(struct runtime *runtime, struct runtime_context *context)
{
	const struct server *server = find_server(runtime, context, word(runtime, 2));
	struct verdict verdict;

	if (!server)
		return;
	board_read_verdict(context->stats->board, server->verdict, &verdict);
	command_say(runtime, "%u (initial %u)\n", verdict.weight, server->weight);
}

void command_change_server(struct runtime *runtime, struct runtime_context *context)
{
	static const struct choice states[] = {
		{"ready", ORDER_READY}, {"drain", ORDER_DRAIN}, {"maint", ORDER_MAINT}};
	static const struct choice healths[] = {{"up", ORDER_UP}, {"down", ORDER_DOWN}};
	const struct server *server = find_server(runtime, context, word(runtime, 2));
	const char *what = word(runtime, 3);

	if (!server)
		return;
	if (strcmp(what, "weight") == 0) {
		change_weight(runtime, context, server, word(runtime, 4));
	} else if (strcmp(what, "state") == 0) {
		if (!choose(runtime, context, server, states, 3))
			command_say(runtime, "'set server <srv> state' expects 'ready', 'drain' "
					     "and 'maint'.\n");
	} else if (strcmp(what, "health") == 0) {
		if (!choose(runtime, context, server, healths, 2))
			command_say(runtime, "'set server <srv> health' expects 'up' or 'down'.\n");
	} else {
		command_say(runtime, "'set server <srv>' only supports 'health', 'state' and "
				     "'weight'.\n");
	}
}

/* ---- maxconn ---- */

void command_change_maxconn(struct runtime *runtime, struct runtime_context *context)
{
	const struct server *server = find_server(runtime, context, word(runtime, 3));
	const struct stats_context *stats = context->stats;
	uint64_t value;
	char stray;

	if (!server)
		return;
	if (number_whole(&value, word(runtime, 4), INT32_MAX, &stray) != NUMBER_FINE) {
		command_say(runtime, "Integer value expected.\n");
		return;
	}
	/* From now on places are counted under the lock, before anybody sees a limit. */
	atomic_store(&stats->queues[server->proxy->index].counts, true);
	atomic_store(&load_of(stats->load, server)->maxconn, (uint32_t)value);
	atomic_fetch_add_explicit(&stats->board->header->epoch, 1, memory_order_release);
	command_say(runtime, "%s", "");
}
