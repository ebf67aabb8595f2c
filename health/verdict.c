/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verdict.c - the counter between a server's answers and its state.
 *
 * One counter is the whole machine, as in HAProxy: its place above or below `rise` is the state,
 * its place within them is how close the next transition is, and both choose the interval.  So
 * `show stat`, a reload and the next probe can never disagree about where a server stands.
 *
 * A probe that could not be made for want of our own descriptors or memory moves nothing: it shows
 * in the statistics as SOCKERR and is repeated after `fastinter`.
 *
 * Called by the prober's thread, and by tests with no thread at all. */
#include "health/verdict.h"
#include "core/check_names.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#define SPREAD_THRESHOLD_MS 1000 /* a shorter `inter` does not set the pace of all others */

static enum verdict_change raise_health(struct verdict *verdict, uint64_t wall_s);
static enum verdict_change lower_health(struct verdict *verdict, uint64_t wall_s);
static uint32_t choose_interval(const struct verdict *verdict, const struct server *server);
static uint32_t top(const struct verdict *verdict);
static bool is_up(const struct verdict *verdict);
static void append(char *out, uint32_t *used, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void append_info(char *out, uint32_t *used, const char *text);
static void append_reason(char *out, uint32_t *used, const struct verdict *verdict);

void verdict_first(struct verdict *verdict, const struct server *server, uint64_t wall_s)
{
	*verdict = (struct verdict){
		.state = SERVER_RUNNING,
		.rise = server->rise,
		.fall = server->fall,
		.health = server->rise,
		.weight = server->weight,
		.status = server->check ? CHECK_STATUS_INI : CHECK_STATUS_UNKNOWN,
		.changed_s = wall_s,
	};
	if (server->disabled)
		verdict->admin |= SERVER_ADMIN_CONFIG_MAINT;
	if (server->address.any.sa_family == AF_UNSPEC)
		verdict->admin |= SERVER_ADMIN_RESOLUTION_MAINT;
	if (verdict->admin) {
		verdict->state = SERVER_STOPPED;
		verdict->health = 0;
	}
}

bool verdict_continues(const struct verdict *verdict, const struct server *server)
{
	return verdict->rise == server->rise && verdict->fall == server->fall &&
	       verdict->health <= top(verdict) && verdict->status != CHECK_STATUS_UNKNOWN &&
	       verdict->state == (is_up(verdict) ? SERVER_RUNNING : SERVER_STOPPED) &&
	       memchr(verdict->text, '\0', sizeof(verdict->text));
}

bool verdict_wants_probes(const struct verdict *verdict, const struct server *server)
{
	const uint32_t maintenance = SERVER_ADMIN_FORCED_MAINT | SERVER_ADMIN_CONFIG_MAINT |
				     SERVER_ADMIN_RESOLUTION_MAINT;

	return server->check && !(verdict->admin & maintenance) && !server->proxy->disabled;
}

void verdict_step(struct verdict *verdict, const struct server *server,
	const struct verdict_event *event, struct verdict_actions *actions)
{
	const struct probe_result *result = event->result;

	assert(verdict->rise > 0 && verdict->fall > 0 && verdict->health <= top(verdict));
	*actions = (struct verdict_actions){.change = VERDICT_STAYS};
	switch (event->kind) {
	case VERDICT_PROBE_BEGINS:
		verdict->running = 1;
		return;
	case VERDICT_PROBE_ABANDONED:
		verdict->running = 0;
		return;
	case VERDICT_PROBE_ENDS:
		break;
	}
	verdict->running = 0;
	verdict->checks++;
	verdict->status = result->status;
	verdict->code = result->code;
	verdict->duration_ms = event->duration_ms;
	memcpy(verdict->text, result->text, sizeof(verdict->text));
	switch (result->outcome) {
	case PROBE_PASSED:
		actions->change = raise_health(verdict, event->wall_s);
		actions->next_probe_ms = choose_interval(verdict, server);
		break;
	case PROBE_FAILED:
		actions->change = lower_health(verdict, event->wall_s);
		actions->next_probe_ms = choose_interval(verdict, server);
		break;
	case PROBE_INCONCLUSIVE:
		actions->next_probe_ms =
			server->fastinter_ms ? server->fastinter_ms : server->inter_ms;
		break;
	case PROBE_UNDECIDED:
		assert(result->outcome != PROBE_UNDECIDED); /* a probe ends with a decision */
		break;
	}
	assert(verdict->health <= top(verdict));
	assert(is_up(verdict) == (verdict->state == SERVER_RUNNING));
}

uint32_t verdict_start_delay_ms(uint32_t spread_ms, uint32_t position, uint32_t count)
{
	assert(position < count);
	return (uint32_t)((uint64_t)spread_ms * position / count);
}

uint32_t verdict_spread_base_ms(const struct config *config)
{
	uint32_t shortest = UINT32_MAX, shortest_slow = UINT32_MAX, base;

	for (uint32_t p = 0; p < config->proxy_count; p++) {
		const struct proxy *proxy = &config->proxies[p];

		for (uint32_t s = 0; s < proxy->server_count; s++) {
			const struct server *server = &proxy->servers[s];

			if (!server->check)
				continue;
			if (server->inter_ms < shortest)
				shortest = server->inter_ms;
			if (server->inter_ms >= SPREAD_THRESHOLD_MS &&
				server->inter_ms < shortest_slow)
				shortest_slow = server->inter_ms;
		}
	}
	if (shortest == UINT32_MAX)
		return 0;
	base = shortest_slow != UINT32_MAX ? shortest_slow : shortest;
	if (config->global.max_spread_checks_ms && base > config->global.max_spread_checks_ms)
		base = config->global.max_spread_checks_ms;
	return base;
}

uint32_t verdict_jitter_ms(uint32_t interval_ms, uint32_t percent, uint32_t random)
{
	uint64_t reach = (uint64_t)interval_ms * (percent < 100 ? percent : 100) / 100;
	uint64_t part = 2 * reach * random / UINT32_MAX; /* 0 .. 2 * reach */

	return (uint32_t)(interval_ms - reach + part);
}

static void append_name(char *out, uint32_t *used, const struct server *server)
{
	append(out, used, "%sServer %s/%s ", server->backup ? "Backup " : "", server->proxy->name,
		server->name);
}

static void append_others(
	char *out, uint32_t *used, const struct verdict_scene *scene, enum verdict_others others)
{
	const char *running_on_backup =
		scene->backups && !scene->active ? " Running on backup." : "";

	append(out, used, ".");
	if (others == VERDICT_ALONE)
		return;
	append(out, used, " %u active and %u backup servers %s.%s ", scene->active, scene->backups,
		others == VERDICT_ONLINE ? "online" : "left", running_on_backup);
	if (others == VERDICT_ONLINE)
		append(out, used, "%lu sessions requeued, %lu total in queue.", scene->requeued,
			scene->queued);
	else
		append(out, used, "%lu sessions active, %lu requeued, %lu remaining in queue.",
			scene->sessions, scene->requeued, scene->queued);
}

uint32_t verdict_describe(char out[VERDICT_LINE_BYTES], const struct verdict_scene *scene)
{
	const struct verdict *verdict = scene->verdict;
	bool up = is_up(verdict);
	uint32_t used = 0;

	append_name(out, &used, scene->server);
	append(out, &used, "is %s", up ? "UP" : "DOWN");
	/* A line of its own has told it. */
	if (!scene->server->proxy->log_health_checks)
		append_reason(out, &used, verdict);
	append_others(out, &used, scene, up ? VERDICT_ONLINE : VERDICT_LEFT);
	return used;
}

uint32_t verdict_describe_order(char out[VERDICT_LINE_BYTES], const struct verdict_scene *scene,
	const char *what, enum verdict_others others)
{
	uint32_t used = 0;

	append_name(out, &used, scene->server);
	append(out, &used, "%s", what);
	append_others(out, &used, scene, others);
	return used;
}

uint32_t verdict_describe_check(char out[VERDICT_LINE_BYTES], const struct server *server,
	const struct verdict *verdict, const struct probe_result *result)
{
	bool up = is_up(verdict);
	uint32_t used = 0;

	append(out, &used, "Health check for %sserver %s/%s %s", server->backup ? "backup " : "",
		server->proxy->name, server->name,
		result->outcome == PROBE_PASSED ? "succeeded" : "failed");
	append_reason(out, &used, verdict);
	append(out, &used, ", status: %u/%u %s.",
		up ? verdict->health - verdict->rise + 1 : verdict->health,
		up ? verdict->fall : verdict->rise,
		!up		       ? "DOWN"
		: verdict->weight == 0 ? "DRAIN"
				       : "UP");
	return used;
}

static enum verdict_change raise_health(struct verdict *verdict, uint64_t wall_s)
{
	bool was_up = is_up(verdict);

	if (verdict->health < top(verdict))
		verdict->health++;
	if (verdict->health < verdict->rise)
		return VERDICT_STAYS;
	verdict->health = top(verdict);
	if (was_up)
		return VERDICT_STAYS;
	verdict->state = SERVER_RUNNING;
	/* The wall clock may have been set back meanwhile. */
	if (wall_s > verdict->changed_s)
		verdict->down_total_s += wall_s - verdict->changed_s;
	verdict->changed_s = wall_s;
	return VERDICT_WENT_UP;
}

static enum verdict_change lower_health(struct verdict *verdict, uint64_t wall_s)
{
	if (!is_up(verdict)) {
		verdict->health = 0;
		return VERDICT_STAYS;
	}
	verdict->failures++;
	verdict->health--;
	if (verdict->health >= verdict->rise)
		return VERDICT_STAYS;
	verdict->health = 0;
	verdict->state = SERVER_STOPPED;
	verdict->downs++;
	verdict->changed_s = wall_s;
	return VERDICT_WENT_DOWN;
}

static uint32_t choose_interval(const struct verdict *verdict, const struct server *server)
{
	uint32_t between = server->fastinter_ms ? server->fastinter_ms : server->inter_ms;

	if (verdict->health == top(verdict))
		return server->inter_ms;
	if (verdict->health == 0)
		return server->downinter_ms ? server->downinter_ms : server->inter_ms;
	return between;
}

static uint32_t top(const struct verdict *verdict)
{
	return verdict->rise + verdict->fall - 1;
}

static bool is_up(const struct verdict *verdict)
{
	return verdict->health >= verdict->rise;
}

static void append(char *out, uint32_t *used, const char *format, ...)
{
	uint32_t room = VERDICT_LINE_BYTES - *used;
	va_list arguments;
	int bytes;

	va_start(arguments, format);
	bytes = vsnprintf(out + *used, room, format, arguments);
	va_end(arguments);
	assert(bytes >= 0);
	*used += (uint32_t)bytes < room ? (uint32_t)bytes : room - 1;
}

/* What the last probe said, and how long it took to. */
static void append_reason(char *out, uint32_t *used, const struct verdict *verdict)
{
	append(out, used, ", reason: %s", check_status_text(verdict->status));
	if (check_status_has_code(verdict->status))
		append(out, used, ", code: %u", verdict->code);
	if (verdict->text[0])
		append_info(out, used, verdict->text);
	append(out, used, ", check duration: %ums", verdict->duration_ms);
}

/* The text is printable already; only the quotation marks around it need protection. */
static void append_info(char *out, uint32_t *used, const char *text)
{
	append(out, used, ", info: \"");
	for (; *text; text++) {
		if (*text == '"')
			append(out, used, "<22>");
		else
			append(out, used, "%c", *text);
	}
	append(out, used, "\"");
}
