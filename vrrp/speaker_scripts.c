/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_scripts.c - the operators' own programs: those that are asked, and those that are told.
 *
 * A tracking script is started at once and then every interval; one that still runs when its next
 * turn comes is left alone.  Its exit status is a sample for the tracker, whose rise and fall count
 * (track.h); too slow, or killed, is a failure.  One that is not there, or must not be run, has no
 * say until it has run once, as in keepalived: a script that was never deployed must not keep the
 * address from both machines.
 *
 * A notify script is told of a router's new state and is not waited for.  notify_master and its
 * like get no more arguments than the file gives them; `notify` gets what kind of thing changed,
 * its name, the state and the priority.  A sync group is told of once all its members agree. */
#include "core/log.h"
#include "core/program.h"
#include "vrrp/scripts.h"
#include "vrrp/speaker.h"
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tracking {
	struct speaker *speaker;
	uint32_t tracker;
	struct timer turn;
	struct script_run run;
	bool told; /* that it cannot be run */
};

static void turn_due(struct timer *timer);
static void answered(struct script_run *run, int status);

/* ---- who runs it ---- */

/* The file's user, its default one, keepalived's of this purpose, at last our own: as keepalived
 * does, for whose files scripts were written. */
struct user scripts_user(const struct speaker *speaker, int64_t uid, int64_t gid)
{
	const struct vrrp_global *global = &speaker->config->global;
	const struct passwd *known;
	bool with_groups;

	if (uid < 0) {
		uid = global->script_uid;
		gid = global->script_gid;
	}
	with_groups = global->with_groups || (gid >= 0 && gid & VRRP_WITH_GROUPS);
	if (uid < 0) {
		known = getpwnam("keepalived_script");
		uid = known ? known->pw_uid : geteuid();
		gid = known ? known->pw_gid : getegid();
	}
	return (struct user){(uint32_t)uid, (uint32_t)(gid < 0 ? uid : gid), with_groups};
}

/* What the last refusal was about. */
static char refused[PROGRAM_PATH_BYTES];

/* enable_script_security: what root runs, nobody else may change. */
int scripts_start(
	const struct speaker *speaker, struct script_run *run, const struct script_order *order)
{
	static char path[PROGRAM_PATH_BYTES];
	int error;

	if (!speaker->config->global.script_security || order->uid != 0)
		return script_start(run, speaker->loop, order);
	error = program_find(path, order->command);
	if (error < 0)
		return error;
	error = program_check_owner(path, refused);
	if (error < 0)
		return error == -EPERM ? -EKEYREJECTED : error;
	return script_start(run, speaker->loop, order);
}

const char *scripts_reason(int error)
{
	static char text[PROGRAM_PATH_BYTES + 32];

	if (error != -EKEYREJECTED)
		return strerror(-error);
	snprintf(text, sizeof(text), "others than root may change %s", refused);
	return text;
}

/* Nobody to be asked, rather than a machine that is in trouble. */
static bool is_absent(int error)
{
	return error == -ENOENT || error == -EACCES || error == -ENOTDIR || error == -ELOOP ||
	       error == -ENOEXEC || error == -EKEYREJECTED;
}

/* ---- those that are asked ---- */

static void ask(struct tracking *tracking)
{
	struct speaker *speaker = tracking->speaker;
	const struct vrrp_tracker *tracker = &speaker->trackers[tracking->tracker];
	struct user user = scripts_user(speaker, tracker->uid, tracker->gid);
	struct script_order order = {
		.command = tracker->command,
		.uid = user.uid,
		.gid = user.gid,
		.with_groups = user.with_groups,
		.limit_ms =
			(tracker->timeout_us ? tracker->timeout_us : tracker->interval_us) / 1000u,
	};
	bool silent;
	int error;

	if (script_is_running(&tracking->run))
		return;
	tracking->run.done = answered;
	error = scripts_start(speaker, &tracking->run, &order);
	if (error == 0) {
		tracking->told = false;
		return;
	}
	silent = is_absent(error) && !speaker->watches[tracking->tracker].answered;
	if (!tracking->told)
		log_message(LOG_LEVEL_ERR, "script %s cannot be started: %s%s", tracker->name,
			scripts_reason(error), silent ? "; until it can, it has no say" : "");
	tracking->told = true;
	if (silent)
		track_absent(speaker, tracking->tracker);
	else
		track_result(speaker, tracking->tracker, false);
}

static void turn_due(struct timer *timer)
{
	struct tracking *tracking = container_of(timer, struct tracking, turn);
	struct loop *loop = tracking->speaker->loop;
	uint64_t interval_ms = tracking->speaker->trackers[tracking->tracker].interval_us / 1000u;

	timer_set(&loop->timers, timer, loop->now_ms + (interval_ms ? interval_ms : 1000u));
	ask(tracking);
}

static void answered(struct script_run *run, int status)
{
	struct tracking *tracking = container_of(run, struct tracking, run);
	struct speaker *speaker = tracking->speaker;
	const struct vrrp_tracker *tracker = &speaker->trackers[tracking->tracker];
	enum vrrp_answer before = speaker->watches[tracking->tracker].answer;

	if (speaker->closed)
		return;
	track_result(speaker, tracking->tracker, status == 0);
	if (speaker->watches[tracking->tracker].answer == before)
		return;
	if (status == 0)
		log_message(LOG_LEVEL_NOTICE, "Script `%s` now returning 0", tracker->name);
	else if (status > 0)
		log_message(
			LOG_LEVEL_WARNING, "Script `%s` now returning %d", tracker->name, status);
	else
		log_message(
			LOG_LEVEL_WARNING, "Script `%s` timed out or was killed", tracker->name);
}

void scripts_begin(struct speaker *speaker)
{
	uint32_t count = speaker->config->tracker_count;

	script_forget_groups();
	speaker->trackings = calloc(count + 1, sizeof(*speaker->trackings));
	if (!speaker->trackings)
		abort();
	for (uint32_t i = 0; i < count; i++) {
		struct tracking *tracking = &speaker->trackings[i];

		tracking->speaker = speaker;
		tracking->tracker = i;
		timer_init(&tracking->turn, turn_due);
		if (speaker->trackers[i].kind == VRRP_TRACK_SCRIPT)
			turn_due(&tracking->turn);
	}
}

void scripts_end(struct speaker *speaker)
{
	for (uint32_t i = 0; speaker->trackings && i < speaker->config->tracker_count; i++) {
		timer_cancel(&speaker->trackings[i].turn);
		script_abandon(&speaker->trackings[i].run);
	}
}

bool scripts_are_home(const struct speaker *speaker)
{
	for (uint32_t i = 0; speaker->trackings && i < speaker->config->tracker_count; i++)
		if (script_is_running(&speaker->trackings[i].run))
			return false;
	return true;
}

pid_t scripts_asked(const struct speaker *speaker, uint32_t n)
{
	for (uint32_t i = 0; speaker->trackings && i < speaker->config->tracker_count; i++)
		if (script_is_running(&speaker->trackings[i].run) && n-- == 0)
			return speaker->trackings[i].run.pid;
	return 0;
}

/* ---- those that are told ---- */

static void fire(struct speaker *speaker, const struct vrrp_notify *notify,
	enum vrrp_notify_kind kind, const char *const *added, const char *name)
{
	const char *command = notify->command[kind];
	struct user user = scripts_user(speaker, notify->uid[kind], notify->gid[kind]);
	struct script_order order = {
		.command = command,
		.added = added,
		.uid = user.uid,
		.gid = user.gid,
		.with_groups = user.with_groups,
	};
	struct script_run *run;
	int error;

	if (!*command)
		return;
	run = script_free();
	error = run ? scripts_start(speaker, run, &order) : -EAGAIN;
	if (error < 0)
		log_message(LOG_LEVEL_ERR, "(%s) the notify script %s was not started: %s", name,
			command, run ? scripts_reason(error) : "too many are running");
}

static void tell(
	struct speaker *speaker, const struct vrrp_notify *notify, const struct fifo_news *news)
{
	char priority[8];
	const char *added[] = {news->thing, news->name, fifo_word(news->kind), priority, NULL};

	snprintf(priority, sizeof(priority), "%u", news->priority);
	fire(speaker, notify, news->kind, NULL, news->name);
	if (news->kind != VRRP_NOTIFY_LOWER)
		fire(speaker, notify, VRRP_NOTIFY_ANY, added, news->name);
	fifos_write(news);
}

/* Whether the members of a group are all in the state that one of them has just entered. */
static bool agree(const struct sync_group *group, enum vrrp_state state)
{
	for (uint32_t i = 0; i < group->sync.count; i++)
		if (group->sync.members[i].fsm->state != state)
			return false;
	return true;
}

/* Gone with a reload is another thing than stopped; DELETED where the reader knows the word. */
static enum vrrp_notify_kind kind_for(
	const struct router *router, const struct vrrp_notify *notify, enum vrrp_notify_kind kind)
{
	if (kind != VRRP_NOTIFY_STOP || !router->deleted)
		return kind;
	return notify->says_deleted ? VRRP_NOTIFY_DELETED : VRRP_NOTIFY_FAULT;
}

void scripts_notify(struct router *router, enum vrrp_notify_kind kind)
{
	struct speaker *speaker = router->speaker;
	struct fifo_news news = {
		.thing = "INSTANCE",
		.name = router->instance->name,
		.kind = kind_for(router, &router->instance->notify, kind),
		.priority = vrrp_fsm_priority(&router->fsm),
	};
	const struct vrrp_group *group;

	tell(speaker, &router->instance->notify, &news);
	if (!router->group || kind == VRRP_NOTIFY_LOWER || !agree(router->group, router->fsm.state))
		return;
	group = &vrrp_groups(speaker->config)[router->instance->group];
	news.thing = "GROUP";
	news.name = group->name;
	news.kind = kind_for(router, &group->notify, kind);
	tell(speaker, &group->notify, &news);
}

/* FIFOs alone hear of priorities, and of all states after a reload. */
void scripts_priority(struct router *router)
{
	struct fifo_news news = {
		.thing = "INSTANCE",
		.name = router->instance->name,
		.change = router->fsm.state == VRRP_MASTER ? FIFO_MASTER_PRIORITY
							   : FIFO_BACKUP_PRIORITY,
		.priority = vrrp_fsm_priority(&router->fsm),
	};

	if (router->instance->notify.priority_changes &&
		(router->fsm.state == VRRP_MASTER || router->fsm.state == VRRP_BACKUP))
		fifos_write(&news);
}

void scripts_repeat_states(struct speaker *speaker)
{
	static const enum vrrp_notify_kind kinds[VRRP_STATES] = {
		[VRRP_INIT] = VRRP_NOTIFY_STOP,
		[VRRP_BACKUP] = VRRP_NOTIFY_BACKUP,
		[VRRP_MASTER] = VRRP_NOTIFY_MASTER,
		[VRRP_LEAVING] = VRRP_NOTIFY_MASTER,
		[VRRP_FAULT] = VRRP_NOTIFY_FAULT,
	};

	for (uint32_t i = 0; i < speaker->router_count; i++) {
		const struct router *router = &speaker->routers[i];
		struct fifo_news news = {
			.thing = "INSTANCE",
			.name = router->instance->name,
			.kind = kinds[router->fsm.state],
			.priority = vrrp_fsm_priority(&router->fsm),
		};

		fifos_write(&news);
	}
}
