/* SPDX-License-Identifier: GPL-2.0-or-later */
/* announce.c - lines of the log about checks and orders, for everybody whom the backend's `log`
 * names.
 *
 * The words are verdict.c's and maintenance.c's; here is what they need besides the verdict: how
 * many servers are left, and what the one in question is doing. */
#include "health/announce.h"
#include "core/log.h"
#include "health/maintenance.h"

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

/* The workers move the sessions once they see the verdict; how many is told by what waited before.
 * With option redispatch all who wait for a server that goes choose again, else they wait on. */
static void count_leaving(struct verdict_scene *scene)
{
	if (!scene->server->proxy->redispatch)
		return;
	scene->requeued = scene->queued;
	scene->queued = 0;
}

/* A server that comes takes of the backend's line as many as it has places for, unless it is a
 * backup of whom there is no need. */
static void count_coming(struct verdict_scene *scene, uint64_t backend_queued)
{
	const struct server *server = scene->server;
	bool needed = !server->backup ||
		      (!scene->active && (scene->backups <= 1 || server->proxy->all_backups));
	uint64_t places = UINT64_MAX;

	if (server->maxconn)
		places = server->maxconn > scene->sessions ? server->maxconn - scene->sessions : 0;
	if (needed)
		scene->requeued = backend_queued < places ? backend_queued : places;
}

void announce_look(struct announcement *what)
{
	struct verdict_scene scene = {.server = what->server};
	struct traffic traffic;

	count_usable(what->board, &scene);
	what->usable = scene.active + scene.backups;
	board_sum(what->board, what->server->cell, &traffic, what->now_ms);
	what->sessions = board_get(&traffic.sessions_now);
	what->queued = board_get(&traffic.queued_now);
	board_sum(what->board, what->server->proxy->backend_cell, &traffic, what->now_ms);
	what->backend_queued = board_get(&traffic.queued_now);
}

static void say(const struct announcement *what, enum log_level level, const char *line)
{
	const struct proxy *proxy = what->server->proxy;

	log_message_to(proxy->log_targets, proxy->log_target_count, level, "%s", line);
}

static struct verdict_scene scene_of(const struct announcement *what)
{
	struct verdict_scene scene = {.server = what->server,
		.verdict = what->verdict,
		.sessions = what->sessions,
		.queued = what->queued};

	count_usable(what->board, &scene);
	return scene;
}

static void say_if_it_was_the_last(
	const struct announcement *what, const struct verdict_scene *scene)
{
	const struct proxy *proxy = what->server->proxy;

	if (what->usable > 0 && scene->active + scene->backups == 0)
		log_message_to(proxy->log_targets, proxy->log_target_count, LOG_LEVEL_EMERG,
			"backend %s has no server available!", proxy->name);
}

void announce_change(const struct announcement *what, enum verdict_change change)
{
	struct verdict_scene scene = scene_of(what);
	char line[VERDICT_LINE_BYTES];

	if (change == VERDICT_WENT_UP)
		count_coming(&scene, what->backend_queued);
	else
		count_leaving(&scene);
	verdict_describe(line, &scene);
	say(what, change == VERDICT_WENT_UP ? LOG_LEVEL_NOTICE : LOG_LEVEL_ALERT, line);
	say_if_it_was_the_last(what, &scene);
}

void announce_order(const struct announcement *what, const struct verdict *before)
{
	struct maintenance_event event = maintenance_event(before, what->verdict);
	struct verdict_scene scene = scene_of(what);
	char line[VERDICT_LINE_BYTES];

	if (board_usable(what->verdict) > board_usable(before))
		count_coming(&scene, what->backend_queued);
	else if (board_usable(what->verdict) < board_usable(before))
		count_leaving(&scene);
	if (event.what) {
		verdict_describe_order(line, &scene, event.what, event.others);
		say(what, event.alarming ? LOG_LEVEL_ALERT : LOG_LEVEL_NOTICE, line);
	}
	say_if_it_was_the_last(what, &scene);
	if (event.remains_drained) {
		verdict_describe_order(line, &scene, "remains in forced drain mode", VERDICT_ALONE);
		say(what, LOG_LEVEL_NOTICE, line);
	}
}

void announce_check(const struct announcement *what, const struct probe_result *result)
{
	char line[VERDICT_LINE_BYTES];

	verdict_describe_check(line, what->server, what->verdict, result);
	say(what, LOG_LEVEL_NOTICE, line);
}
