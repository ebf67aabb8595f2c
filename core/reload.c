/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reload.c - from a signal to the next configuration.
 *
 *   asked -> PLANNING -> BINDING -> WAITING -> STARTING -> the new balancer serves
 *               |           |                      |
 *               +-----------+----------------------+--> everything as it was, and a message
 *
 * Nothing is given up before its replacement stands: the planner has found no error, every new
 * address is bound, the new balancer is ready.  A reload that is asked for meanwhile is run once
 * the one at hand has ended.
 *
 * At most two balancers are alive.  When a third one is wanted while one still drains, that one is
 * given WAITING_LIMIT_MS to finish and is then killed: an operator who reloads again wants the new
 * configuration more than the oldest sessions, and hard-stop-after bounds them anyway.
 *
 * SIGUSR2 is an upgrade as well (upgrade.c).  The program on disk is asked to plan; if it answers,
 * and can read our notes, it is executed in our place with the plan that it made.  A program that
 * is missing or broken, or too old, changes nothing: we go on with the reload ourselves. */
#include "core/clock.h"
#include "core/keeper_state.h"
#include "core/log.h"
#include "core/notify.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIND_LIMIT_MS	 1000u /* a killed ring lets go of its sockets late */
#define BIND_AGAIN_MS	 10u
#define WAITING_LIMIT_MS 2000u /* for the oldest of three balancers */

static void plan(struct keeper *keeper);
static void planned(struct keeper *keeper);
static void bind_sockets(struct keeper *keeper);
static void start_next(struct keeper *keeper);
static void time_is_up(struct timer *timer);
static void answer_done(struct op *op, int32_t result, uint32_t flags);

/* ---- a service ---- */

void *service_map(int fd, size_t *len)
{
	struct stat status;
	void *bytes;

	if (fstat(fd, &status) < 0 || status.st_size <= 0)
		return NULL;
	*len = (size_t)status.st_size;
	bytes = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	return bytes == MAP_FAILED ? NULL : bytes;
}

bool service_open(struct service *service, struct planner_answer *answer)
{
	*service = (struct service){.snapshot = answer->snapshot};
	answer->snapshot = -1;
	service->plan_bytes = service_map(answer->plan, &service->plan_len);
	planner_drop_answer(answer);
	if (!service->plan_bytes ||
		!plan_read(&service->plan, service->plan_bytes, service->plan_len))
		goto fail;
	service->listen_count = service->plan.head->listener_count;
	service->listen_fds = calloc(service->listen_count + 1u, sizeof(*service->listen_fds));
	if (!service->listen_fds)
		goto fail;
	service->heartbeat = (struct heartbeat_limits){
		.stale_ms = service->plan.head->heartbeat_stale_ms,
		.replace_ms = service->plan.head->heartbeat_replace_ms,
	};
	service->hard_stop_after_ms = service->plan.head->hard_stop_after_ms;
	service->grace_ms = service->plan.head->grace_ms;
	return true;
fail:
	service_close(service);
	return false;
}

void service_close(struct service *service)
{
	if (service->snapshot >= 0)
		close(service->snapshot);
	if (service->plan_bytes)
		munmap(service->plan_bytes, service->plan_len);
	free(service->listen_fds);
	*service = (struct service){.snapshot = -1};
}

void service_log_there(const struct service *service)
{
	const struct plan *there = &service->plan;

	if (!there->head)
		return;
	log_set_identity(plan_string(there, there->head->log_tag),
		plan_string(there, there->head->host_name));
	log_open_process(there->log_targets, there->head->log_target_count, (uint32_t)getpid());
}

/* ---- planning ---- */

static int spawn_planner(struct keeper *keeper, struct child *child, int image)
{
	struct child_order order = {
		.role = CHILD_PLANNER,
		.image = image,
		.argv = keeper->argv,
	};

	return child_spawn(child, &order);
}

static int reap(struct child *child)
{
	int status = 0;

	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	child_forget(child);
	return status;
}

void reload_plan_first(struct keeper *keeper, struct planner_answer *answer)
{
	static struct channel_inbox inbox;
	struct channel_message message;
	struct child planner;
	int error = spawn_planner(keeper, &planner, keeper->image), status;

	*answer = (struct planner_answer){.status = PLANNER_BAD, .plan = -1, .snapshot = -1};
	if (error < 0) {
		log_message(LOG_LEVEL_ALERT, "cannot start the reader of the configuration: %s",
			strerror(-error));
		return;
	}
	if (channel_receive(planner.channel, &inbox, &message) == 0)
		planner_take_answer(answer, &inbox, &message);
	status = reap(&planner);
	if (WIFSIGNALED(status))
		log_message(LOG_LEVEL_ALERT, "the reader of the configuration died: %s",
			strsignal(WTERMSIG(status)));
}

void reload_ask(struct keeper *keeper, bool upgrade)
{
	struct reload *reload = &keeper->reload;

	if (keeper->phase == KEEPER_FINISHING || keeper->phase == KEEPER_STOPPING ||
		keeper->leave_code >= 0)
		return;
	/* One at a time; a start that is under way (the first one, or after a death) comes first.
	 */
	if (reload->phase != RELOAD_NONE || generation_coming(keeper) ||
		keeper->phase == KEEPER_STARTING) {
		reload->again_upgrade = upgrade || (reload->again && reload->again_upgrade);
		reload->again = true;
		return;
	}
	notify_manager("RELOADING=1\nMONOTONIC_USEC=%llu\n",
		(unsigned long long)clock_monotonic_ns() / 1000);
	log_message(LOG_LEVEL_NOTICE, "Reloading");
	reload->upgrade = upgrade;
	reload->image = -1;
	if (upgrade) {
		reload->image = child_open_image(keeper->image_path);
		if (reload->image < 0)
			log_message(LOG_LEVEL_WARNING,
				"cannot open %s (%s): this program goes on with the reload",
				keeper->image_path, strerror(-reload->image));
		reload->upgrade = reload->image >= 0;
	}
	plan(keeper);
}

static void plan(struct keeper *keeper)
{
	struct reload *reload = &keeper->reload;
	struct io_uring_sqe *sqe;
	int error;

	reload_file_begin(keeper);
	error = spawn_planner(
		keeper, &reload->planner, reload->image >= 0 ? reload->image : keeper->image);
	reload->phase = RELOAD_PLANNING;
	timer_init(&reload->timer, time_is_up);
	if (error < 0) {
		reload_file_end(keeper);
		log_message(LOG_LEVEL_ALERT, "cannot start the reader of the configuration: %s",
			strerror(-error));
		reload_failed(keeper, NULL);
		return;
	}
	reload->word.done = answer_done;
	channel_expect(&reload->inbox);
	sqe = loop_prepare(&keeper->loop, &reload->word);
	io_uring_prep_recvmsg(
		sqe, reload->planner.channel, &reload->inbox.header, MSG_CMSG_CLOEXEC);
	reload->word_armed = true;
}

/* What the planner found, for those who do not see its standard error. */
static void log_messages(const struct planner_answer *answer)
{
	struct plan found;
	size_t len;
	void *bytes = answer->plan >= 0 ? service_map(answer->plan, &len) : NULL;

	if (bytes && plan_read(&found, bytes, len)) {
		log_to_stderr(false);
		for (uint32_t i = 0; i < found.head->message_count; i++)
			log_message(found.messages[i].kind == MESSAGE_ALERT ? LOG_LEVEL_ALERT
									    : LOG_LEVEL_WARNING,
				"%s", plan_string(&found, found.messages[i].text));
	}
	if (bytes)
		munmap(bytes, len);
}

static void answer_done(struct op *op, int32_t result, uint32_t flags)
{
	struct reload *reload = container_of(op, struct reload, word);
	struct keeper *keeper = container_of(reload, struct keeper, reload);
	struct channel_message message;
	bool answered;
	int status;

	(void)flags;
	reload->word_armed = false;
	reload->answer = (struct planner_answer){.status = PLANNER_BAD, .plan = -1, .snapshot = -1};
	answered = channel_accept(&reload->inbox, result, &message) &&
		   planner_take_answer(&reload->answer, &reload->inbox, &message);
	if (reload->planner.pid < 0)
		return; /* cancelled */
	status = reap(&reload->planner);
	reload_file_end(keeper);
	if (!answered && reload->image >= 0) {
		log_message(LOG_LEVEL_WARNING,
			"%s does not run here (%s): this program goes on with the reload",
			keeper->image_path,
			WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it did not answer");
		close(reload->image);
		reload->image = -1;
		reload->upgrade = false;
		plan(keeper);
		return;
	}
	if (!answered)
		log_message(LOG_LEVEL_ALERT, "the reader of the configuration died: %s",
			WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it did not answer");
	log_messages(&reload->answer);
	log_to_stderr(!keeper->silent);
	planned(keeper);
}

static void planned(struct keeper *keeper)
{
	struct reload *reload = &keeper->reload;

	if (reload->answer.status != PLANNER_GOOD) {
		reload_failed(keeper, reload->answer.status == PLANNER_NO_LISTENER
					      ? "no listener is left"
					      : NULL);
		return;
	}
	/* On success the next program goes on from here. */
	if (reload->upgrade && !upgrade_execute(keeper)) {
		/* Its plan may be of another layout than ours: plan again ourselves. */
		planner_drop_answer(&reload->answer);
		close(reload->image);
		reload->image = -1;
		reload->upgrade = false;
		plan(keeper);
		return;
	}
	if (!service_open(&reload->next, &reload->answer)) {
		reload_failed(keeper, "the plan of the configuration is damaged");
		return;
	}
	reload->give_up_ms = clock_monotonic_ms() + BIND_LIMIT_MS;
	bind_sockets(keeper);
}

void reload_go_on(struct keeper *keeper, struct planner_answer *answer)
{
	struct reload *reload = &keeper->reload;

	reload->phase = RELOAD_PLANNING;
	reload->planner.pid = -1;
	timer_init(&reload->timer, time_is_up);
	reload->answer = *answer;
	planned(keeper);
}

/* ---- binding, waiting, starting ---- */

static void try_again(struct keeper *keeper, enum reload_phase phase)
{
	keeper->reload.phase = phase;
	timer_set(
		&keeper->loop.timers, &keeper->reload.timer, clock_monotonic_ms() + BIND_AGAIN_MS);
}

static void bind_sockets(struct keeper *keeper)
{
	struct reload *reload = &keeper->reload;
	char problem[SOCKETS_PROBLEM_BYTES];
	int error = sockets_acquire(
		&keeper->sockets, &reload->next.plan, reload->next.listen_fds, problem);

	if (error == -EADDRINUSE && clock_monotonic_ms() < reload->give_up_ms) {
		try_again(keeper, RELOAD_BINDING);
		return;
	}
	if (error < 0) {
		log_message(LOG_LEVEL_ALERT, "%s", problem);
		reload_failed(keeper, NULL);
		return;
	}
	if (keeper->paused) /* the new ones too */
		sockets_pause(&keeper->sockets);
	reload->phase = RELOAD_WAITING;
	reload->give_up_ms = clock_monotonic_ms() + WAITING_LIMIT_MS;
	start_next(keeper);
}

static void start_next(struct keeper *keeper)
{
	struct reload *reload = &keeper->reload;
	struct generation *oldest = generation_in(keeper, GENERATION_DRAINING);

	/* The balancer that serves, or a replacement that is just coming, is the other one. */
	if (oldest && clock_monotonic_ms() < reload->give_up_ms) {
		timer_set(&keeper->loop.timers, &reload->timer, reload->give_up_ms);
		return;
	}
	if (oldest) {
		log_message(LOG_LEVEL_WARNING,
			"balancer %d still drains and a third one is wanted: it is killed",
			(int)oldest->child.pid);
		generation_kill(oldest, SIGKILL);
		return; /* its death leads back here */
	}
	if (generation_in(keeper, GENERATION_DYING) || generation_coming(keeper))
		return;
	timer_cancel(&keeper->respawn); /* the old service need not come back */
	reload->phase = RELOAD_STARTING;
	if (generation_start(keeper, &reload->next) < 0)
		reload_failed(keeper, NULL);
}

static void time_is_up(struct timer *timer)
{
	struct reload *reload = container_of(timer, struct reload, timer);
	struct keeper *keeper = container_of(reload, struct keeper, reload);

	if (reload->phase == RELOAD_BINDING)
		bind_sockets(keeper);
	else if (reload->phase == RELOAD_WAITING)
		start_next(keeper);
}

void reload_continue(struct keeper *keeper)
{
	struct reload *reload = &keeper->reload;

	if (reload->phase == RELOAD_WAITING) {
		start_next(keeper);
	} else if (reload->phase == RELOAD_NONE && reload->again) {
		reload->again = false;
		reload_ask(keeper, reload->again_upgrade);
	}
}

/* ---- the end of a reload ---- */

static void finish(struct keeper *keeper)
{
	struct reload *reload = &keeper->reload;
	timer_cancel(&reload->timer);
	if (reload->image >= 0)
		close(reload->image);
	reload->image = -1;
	reload->phase = RELOAD_NONE;
	notify_manager("READY=1\n");
}

void reload_started(struct keeper *keeper)
{
	struct reload *reload = &keeper->reload;
	struct service before = keeper->service;
	struct routers_start routers;

	keeper->service = reload->next;
	reload->next = (struct service){.snapshot = -1};
	sockets_commit(&keeper->sockets);
	keeper->backoff = (struct backoff){0};
	service_log_there(&keeper->service);
	service_close(&before); /* the log has just let go of its targets */
	if (keeper->leave_code < 0) {
		routers = keeper_routers_of(keeper, &keeper->service);
		keeper->rooms->reload(&routers);
	}
	log_message(LOG_LEVEL_NOTICE, "Loading success.");
	finish(keeper);
	reload_continue(keeper);
}

void reload_failed(struct keeper *keeper, const char *why)
{
	struct reload *reload = &keeper->reload;

	if (why)
		log_message(LOG_LEVEL_ALERT, "%s", why);
	log_message(LOG_LEVEL_ALERT, "the reload failed: everything stays as it was");
	planner_drop_answer(&reload->answer);
	if (reload->phase == RELOAD_STARTING || reload->phase == RELOAD_WAITING)
		sockets_abandon(&keeper->sockets);
	service_close(&reload->next);
	finish(keeper);
	generation_replace(keeper);
	/* The serving balancer may have seen a socket end: the next one of the same service has
	 * not. */
	if (keeper->sockets.disturbed && !generation_coming(keeper))
		generation_start(keeper, &keeper->service);
	keeper->sockets.disturbed = false;
	reload_continue(keeper);
}

void reload_cancel(struct keeper *keeper)
{
	struct reload *reload = &keeper->reload;

	if (reload->phase == RELOAD_NONE)
		return;
	timer_cancel(&reload->timer);
	if (reload->phase == RELOAD_PLANNING && reload->planner.pid > 0) {
		kill(reload->planner.pid, SIGKILL);
		reap(&reload->planner);
		reload_file_end(keeper);
		if (reload->word_armed)
			loop_cancel(&keeper->loop, &reload->word);
	}
	service_close(&reload->next);
	reload->phase = RELOAD_NONE;
	reload->again = false;
}
