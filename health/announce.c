/* SPDX-License-Identifier: GPL-2.0-or-later */
/* announce.c - lines of the log about checks, for everybody whom the backend's `log` names.
 *
 * The words are verdict.c's; here is what they need besides the verdict: how many servers are left,
 * and what the one in question is doing. */
#include "health/announce.h"
#include "core/log.h"

/* Usable servers of the backend, as balancing sees them. */
static void count_usable(const struct board *board, struct verdict_scene *scene)
{
	const struct proxy *proxy = scene->server->proxy;

	for (uint32_t i = 0; i < proxy->server_count; i++) {
		const struct server *server = &proxy->servers[i];
		const struct verdict_cell *cell = &board->verdicts[server->verdict];

		if (atomic_load_explicit(&cell->usable, memory_order_relaxed) <= 1)
			continue;
		if (server->backup)
			scene->backups++;
		else
			scene->active++;
	}
}

void announce_change(const struct announcement *what, enum verdict_change change)
{
	const struct proxy *proxy = what->server->proxy;
	struct verdict_scene scene = {.server = what->server, .verdict = what->verdict};
	struct traffic traffic;
	char line[VERDICT_LINE_BYTES];

	count_usable(what->board, &scene);
	board_sum(what->board, what->server->cell, &traffic, what->now_ms);
	scene.sessions = board_get(&traffic.sessions_now);
	scene.queued = board_get(&traffic.queued_now);
	verdict_describe(line, &scene);
	log_message_to(proxy->log_targets, proxy->log_target_count,
		change == VERDICT_WENT_UP ? LOG_LEVEL_NOTICE : LOG_LEVEL_ALERT, "%s", line);
	/* A server of weight 0 was not carrying the backend: its end changes nothing. */
	if (change == VERDICT_WENT_DOWN && scene.active + scene.backups == 0 &&
		what->verdict->weight > 0)
		log_message_to(proxy->log_targets, proxy->log_target_count, LOG_LEVEL_EMERG,
			"backend %s has no server available!", proxy->name);
}

void announce_check(const struct announcement *what, const struct probe_result *result)
{
	const struct proxy *proxy = what->server->proxy;
	char line[VERDICT_LINE_BYTES];

	verdict_describe_check(line, what->server, what->verdict, result);
	log_message_to(proxy->log_targets, proxy->log_target_count, LOG_LEVEL_NOTICE, "%s", line);
}
