/* SPDX-License-Identifier: GPL-2.0-or-later */
/* generation.c - the keeper's balancers: started, followed, replaced.
 *
 * Each balancer is one generation, numbered from 1.  What it says comes over its channel, that it
 * is gone comes from its pidfd, that it hangs shows on the board.  This file turns these into the
 * moves of the diagram in keeper_state.h; it decides when a generation takes over from the one
 * before:
 *
 *   new: READY -> old: DRAIN -> old: QUIET (or 200 ms) -> new: GO
 *
 * so that of two probers never both write verdicts, and of two acceptors one is always about to
 * come.  When the old one is dead there is nobody to wait for.
 *
 * A death is answered in this order: start the next one, then read what the dead one left and
 * write the lines.  Nobody is served until the next one runs; the log can wait.
 *
 * So can the reaping, and it has to.  When somebody has looked at the threads of a process under
 * /proc, the kernel takes those entries away with the process, and who reaps it waits for its last
 * thread to finish the same with its own, without giving the processor away.  A keeper of real-time
 * priority keeps that thread from running where the two share a core, until the scheduler's limit
 * for such priorities ends it: 950 ms without a balancer.  REAP_MS later the thread is gone. */
#include "core/clock.h"
#include "core/config/vrrp_model.h"
#include "core/crash.h"
#include "core/keeper_state.h"
#include "core/log.h"
#include "core/notify.h"
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define READY_LIMIT_MS 30000u /* a start that takes longer hangs */
#define QUIET_LIMIT_MS 200u   /* how long a generation may hold up its successor */
#define LAST_WORD_MS   20u    /* for the end of a dead process's words */
#define ABORT_LIMIT_MS 100u   /* for a hung process to write its crash record */
#define REAP_MS	       1000u  /* for the last thread of a dead process to have gone */

static void bury(struct generation *generation);
static void word_done(struct op *op, int32_t result, uint32_t flags);
static void death_done(struct op *op, int32_t result, uint32_t flags);
static void limit_reached(struct timer *timer);

/* ---- finding ---- */

struct generation *generation_in(struct keeper *keeper, enum generation_state state)
{
	for (uint32_t i = 0; i < GENERATION_SLOTS; i++)
		if (keeper->generations[i].state == state)
			return &keeper->generations[i];
	return NULL;
}

struct generation *generation_coming(struct keeper *keeper)
{
	struct generation *starting = generation_in(keeper, GENERATION_STARTING);

	return starting ? starting : generation_in(keeper, GENERATION_READY);
}

uint32_t generation_alive(const struct keeper *keeper)
{
	uint32_t alive = 0;

	for (uint32_t i = 0; i < GENERATION_SLOTS; i++)
		alive += keeper->generations[i].state != GENERATION_FREE;
	return alive;
}

static struct generation *free_slot(struct keeper *keeper)
{
	for (uint32_t i = 0; i < GENERATION_SLOTS; i++) {
		struct generation *slot = &keeper->generations[i];

		if (slot->state == GENERATION_FREE && !slot->death_armed && !slot->word_armed)
			return slot;
	}
	return NULL;
}

/* ---- watching ---- */

static void expect_word(struct generation *generation)
{
	struct io_uring_sqe *sqe = loop_prepare(&generation->keeper->loop, &generation->word);

	channel_expect(&generation->inbox);
	io_uring_prep_recvmsg(
		sqe, generation->child.channel, &generation->inbox.header, MSG_CMSG_CLOEXEC);
	generation->word_armed = true;
}

static void expect_death(struct generation *generation)
{
	struct io_uring_sqe *sqe = loop_prepare(&generation->keeper->loop, &generation->death);

	io_uring_prep_poll_add(sqe, generation->child.pidfd, POLLIN);
	generation->death_armed = true;
}

static struct generation *take_slot(struct keeper *keeper, enum generation_state state)
{
	struct generation *generation = free_slot(keeper);

	if (!generation)
		return NULL;
	memset(generation, 0, sizeof(*generation));
	generation->keeper = keeper;
	generation->state = state;
	generation->word.done = word_done;
	generation->death.done = death_done;
	timer_init(&generation->limit, limit_reached);
	generation->started_ms = clock_monotonic_ms();
	return generation;
}

static void set_limit(struct generation *generation, uint64_t after_ms)
{
	struct loop *loop = &generation->keeper->loop;

	timer_set(&loop->timers, &generation->limit, clock_monotonic_ms() + after_ms);
}

/* ---- starting ---- */

static int send_orders(struct generation *generation, const struct service *service)
{
	struct keeper *keeper = generation->keeper;
	struct generation *serving = generation_in(keeper, GENERATION_SERVING);
	struct channel_message message = {
		.type = CHANNEL_CONFIGURE,
		.generation = generation->number,
		.pid = (uint32_t)getpid(),
		.count = service->listen_count,
		.flags = keeper->announced ? 0 : CHANNEL_FLAG_FIRST,
	};
	int fds[3] = {service->snapshot, -1, -1};
	int page = keeper->rooms->page();
	uint32_t fd_count = 1;
	int error;

	if (serving && serving->has_board)
		fds[1] = serving->board.fd;
	else if (keeper->has_last_board)
		fds[1] = keeper->last_board.fd;
	if (fds[1] >= 0) {
		message.flags |= CHANNEL_FLAG_PREVIOUS;
		fd_count++;
	}
	if (service->plan.routers) {
		message.text = service->plan.routers->global.process_name;
		message.text_len = (uint32_t)strlen(message.text);
	}
	if (page >= 0) {
		message.flags |= CHANNEL_FLAG_ROUTERS;
		fds[fd_count++] = page;
	}
	error = channel_send(generation->child.channel, &message, fds, fd_count, CHANNEL_NO_WAIT);
	for (uint32_t at = 0; error == 0 && at < service->listen_count;) {
		uint32_t rest = service->listen_count - at;
		struct channel_message sockets = {
			.type = CHANNEL_SOCKETS,
			.first = at,
			.count = rest < CHANNEL_FDS_MAX ? rest : CHANNEL_FDS_MAX,
		};

		error = channel_send(generation->child.channel, &sockets, &service->listen_fds[at],
			sockets.count, CHANNEL_NO_WAIT);
		at += sockets.count;
	}
	return error;
}

/* Descriptors that log lines go to keep their numbers in the balancer. */
static uint32_t collect_kept(const struct service *service, int *kept)
{
	const struct plan *plan = &service->plan;
	uint32_t count = 0;

	if (!plan->head)
		return 0;
	for (uint32_t i = 0; i < plan->head->log_target_count && count < KEPT_FDS_MAX; i++)
		if (plan->log_targets[i].kind == LOG_TO_FD && plan->log_targets[i].fd > 2)
			kept[count++] = plan->log_targets[i].fd;
	return count;
}

int generation_start(struct keeper *keeper, const struct service *service)
{
	struct generation *generation = take_slot(keeper, GENERATION_STARTING);
	int kept[KEPT_FDS_MAX];
	struct child_order order = {
		.role = CHILD_BALANCER,
		.image = keeper->image,
		.argv = keeper->argv,
		.kept_fds = kept,
		.kept_count = collect_kept(service, kept),
		/* Clients wait in the queues of its sockets, and on a machine at its limit it would
		 * wait behind all that runs there: three slices, for six milliseconds of work. */
		.urgent = keeper->announced && !generation_in(keeper, GENERATION_SERVING),
	};
	int error;

	if (!generation)
		return -EAGAIN;
	error = child_spawn(&generation->child, &order);
	if (error < 0) {
		log_message(LOG_LEVEL_ALERT, "cannot start a balancer: %s", strerror(-error));
		generation->state = GENERATION_FREE;
		return error;
	}
	generation->own_image = true;
	generation->number = ++keeper->last_number;
	generation->of_reload = service == &keeper->reload.next;
	error = send_orders(generation, service);
	expect_word(generation);
	expect_death(generation);
	set_limit(generation, READY_LIMIT_MS);
	if (error < 0)
		generation_kill(generation, SIGKILL); /* its death is the failed start */
	return 0;
}

void generation_adopt(struct keeper *keeper, const struct handover_balancer *from)
{
	struct generation *generation =
		take_slot(keeper, from->serving ? GENERATION_SERVING : GENERATION_DRAINING);

	if (!generation)
		return;
	generation->number = from->generation;
	generation->child =
		(struct child){.pid = from->pid, .pidfd = from->pidfd, .channel = from->channel};
	generation->served = true;
	generation->go_ms = generation->started_ms;
	generation->judge = (struct heartbeat_judge){.looked_ms = generation->go_ms};
	generation->quiet = !from->serving;
	generation->has_board = from->board >= 0 && board_map(&generation->board, from->board) == 0;
	if (from->board >= 0 && !generation->has_board)
		close(from->board);
	generation->stop_at_ms = from->stop_at_ms;
	if (from->stop_at_ms)
		timer_set(&keeper->loop.timers, &generation->limit, from->stop_at_ms);
	expect_word(generation);
	expect_death(generation);
}

/* ---- talking ---- */

void generation_tell(struct generation *generation, enum channel_type type)
{
	struct channel_message message = {.type = type};

	if (generation->child.channel >= 0)
		channel_send(generation->child.channel, &message, NULL, 0, CHANNEL_NO_WAIT);
}

void generation_drain(struct generation *generation, const struct generation *successor)
{
	struct channel_message message = {.type = CHANNEL_DRAIN};
	uint32_t limit_ms = generation->keeper->service.hard_stop_after_ms;
	bool board = successor && successor->has_board;

	message.flags = board ? CHANNEL_FLAG_SUCCESSOR : 0;
	channel_send(generation->child.channel, &message, board ? &successor->board.fd : NULL,
		board ? 1 : 0, CHANNEL_NO_WAIT);
	if (generation->state == GENERATION_DRAINING)
		return; /* it only learns of a newer successor */
	generation->state = GENERATION_DRAINING;
	timer_cancel(&generation->limit);
	if (limit_ms) {
		generation->stop_at_ms = clock_monotonic_ms() + limit_ms;
		set_limit(generation, limit_ms);
	}
}

void generation_kill(struct generation *generation, int number)
{
	syscall(SYS_pidfd_send_signal, generation->child.pidfd, number, NULL, 0u);
	if (number == SIGKILL) {
		generation->state = GENERATION_DYING;
		timer_cancel(&generation->limit);
	}
}

/* GO: the sockets and the verdicts are this generation's from now on. */
static void go(struct generation *generation)
{
	struct keeper *keeper = generation->keeper;
	struct channel_message message = {
		.type = CHANNEL_GO,
		.flags = keeper->silent || keeper->ready_pipe >= 0 ? CHANNEL_FLAG_SILENT : 0,
	};

	keeper_write_pidfile(keeper);
	channel_send(generation->child.channel, &message, NULL, 0, CHANNEL_NO_WAIT);
	generation->state = GENERATION_SERVING;
	generation->served = true;
	generation->go_ms = clock_monotonic_ms();
	/* Somebody looked just now: a freeze before the first real look is noticed too. */
	generation->judge = (struct heartbeat_judge){.looked_ms = generation->go_ms};
	timer_cancel(&generation->limit);
	if (keeper->paused)
		generation_tell(generation, CHANNEL_PAUSE);
	if (generation->of_reload)
		reload_started(keeper);
	else
		reload_continue(keeper);
}

/* The coming generation can serve: everybody before it makes room. */
static void ready(struct generation *generation)
{
	struct keeper *keeper = generation->keeper;
	struct generation *serving = generation_in(keeper, GENERATION_SERVING);

	generation->state = GENERATION_READY;
	for (uint32_t i = 0; i < GENERATION_SLOTS; i++) {
		struct generation *older = &keeper->generations[i];

		if (older->state == GENERATION_DRAINING || older == serving)
			generation_drain(older, generation);
	}
	if (serving)
		set_limit(generation, QUIET_LIMIT_MS);
	else
		go(generation);
}

static void became_quiet(struct generation *generation)
{
	struct generation *waiting = generation_in(generation->keeper, GENERATION_READY);

	generation->quiet = true;
	if (waiting)
		go(waiting);
}

static void take_board(struct generation *generation)
{
	int fd = channel_take(&generation->inbox, 0);

	if (generation->has_board || fd < 0 || board_map(&generation->board, fd) < 0) {
		if (fd >= 0)
			close(fd);
		return;
	}
	generation->has_board = true;
}

/* From the stats socket of a balancer that serves or has served. */
static void pass_order(const struct generation *generation, const struct channel_message *message)
{
	char name[VRRP_NAME_BYTES];

	if (!generation->served || message->text_len >= sizeof(name))
		return;
	snprintf(name, sizeof(name), "%.*s", (int)message->text_len, message->text);
	generation->keeper->rooms->order(
		message->type == CHANNEL_RELEASE ? ROUTERS_RELEASE : ROUTERS_RECLAIM, name);
}

static void hear(struct generation *generation, const struct channel_message *message)
{
	switch (message->type) {
	case CHANNEL_BOARD:
		take_board(generation);
		break;
	case CHANNEL_READY:
		if (generation->state == GENERATION_STARTING)
			ready(generation);
		break;
	case CHANNEL_STARTED:
		keeper_announce(generation->keeper);
		break;
	case CHANNEL_QUIET:
		if (generation->state == GENERATION_DRAINING && !generation->quiet)
			became_quiet(generation);
		break;
	case CHANNEL_FAILED:
		generation->failed = true;
		break;
	case CHANNEL_RELEASE:
	case CHANNEL_RECLAIM:
		pass_order(generation, message);
		break;
	default:
		break; /* a word of another version */
	}
	channel_drop(&generation->inbox);
}

static void word_done(struct op *op, int32_t result, uint32_t flags)
{
	struct generation *generation = container_of(op, struct generation, word);
	struct channel_message message;

	(void)flags;
	generation->word_armed = false;
	if (channel_accept(&generation->inbox, result, &message))
		hear(generation, &message);
	if (result > 0)
		expect_word(generation);
	else if (generation->gone)
		bury(generation); /* else the pidfd will tell the rest */
}

/* ---- time is up ---- */

static void limit_reached(struct timer *timer)
{
	struct generation *generation = container_of(timer, struct generation, limit);

	if (generation->gone) { /* somebody else holds the other end of its channel */
		loop_cancel(&generation->keeper->loop, &generation->word);
		return;
	}
	switch (generation->state) {
	case GENERATION_STARTING:
		log_message(LOG_LEVEL_ALERT, "balancer %d did not start within %u s: killed",
			(int)generation->child.pid, READY_LIMIT_MS / 1000);
		generation_kill(generation, SIGKILL);
		break;
	case GENERATION_READY: /* its predecessor still holds the probes: it is hung or swamped */
		go(generation);
		break;
	case GENERATION_SERVING: /* it was told to abort and did not */
		generation_kill(generation, SIGKILL);
		break;
	case GENERATION_DRAINING:
		log_message(LOG_LEVEL_WARNING, "hard-stop-after: balancer %d is killed",
			(int)generation->child.pid);
		generation_kill(generation, SIGKILL);
		break;
	case GENERATION_DYING:
	case GENERATION_FREE:
		break;
	}
}

/* ---- heartbeats ---- */

/* The oldest stamp of all threads of a balancer, in ms; 0 when one has not turned yet.  *thread
 * is whose it is: its kernel thread id, 0 the prober's. */
static uint64_t oldest_stamp(const struct board *board, uint32_t *thread)
{
	uint64_t oldest = UINT64_MAX;
	uint64_t prober = atomic_load(&board->header->prober_heartbeat_ns);

	*thread = 0;
	for (uint32_t i = 0; i < board->worker_count; i++) {
		uint64_t stamp = board_get(&board->workers[i].heartbeat_ns);

		if (stamp < oldest) {
			oldest = stamp;
			*thread = (uint32_t)board_get(&board->workers[i].threads_pid);
		}
	}
	/* No prober has no stamp: a service without checks need not have one. */
	if (prober && prober < oldest) {
		oldest = prober;
		*thread = 0;
	}
	return oldest == UINT64_MAX ? 0 : oldest / 1000000u;
}

/* The thread that hangs gets the signal itself: its stack is the one that we want to see. */
static void abort_hung(struct generation *generation, uint32_t thread)
{
	if (thread == 0 || syscall(SYS_tgkill, generation->child.pid, thread, SIGABRT) < 0)
		generation_kill(generation, SIGABRT);
	set_limit(generation, ABORT_LIMIT_MS);
}

void generation_look_at_heartbeats(struct keeper *keeper)
{
	struct generation *serving = generation_in(keeper, GENERATION_SERVING);
	struct heartbeat_look look = {.now_ms = clock_monotonic_ms()};
	uint32_t thread;

	if (!serving || !serving->has_board || timer_is_set(&serving->limit))
		return;
	look.started_ms = serving->go_ms;
	look.oldest_ms = oldest_stamp(&serving->board, &thread);
	switch (heartbeat_look(&serving->judge, &keeper->service.heartbeat, &look)) {
	case HEARTBEAT_STALE:
		log_message(LOG_LEVEL_WARNING, "balancer %d: thread %u has not turned for %llu ms",
			(int)serving->child.pid, thread,
			(unsigned long long)(look.now_ms - look.oldest_ms));
		break;
	case HEARTBEAT_BACK:
		log_message(LOG_LEVEL_NOTICE, "balancer %d turns again", (int)serving->child.pid);
		break;
	case HEARTBEAT_HUNG:
		log_message(LOG_LEVEL_ALERT,
			"balancer %d hangs: thread %u has not turned for %u ms; it is replaced",
			(int)serving->child.pid, thread, keeper->service.heartbeat.replace_ms);
		abort_hung(serving, thread);
		break;
	case HEARTBEAT_JUMPED:
		log_message(LOG_LEVEL_WARNING,
			"the clock jumped while nobody looked: no heartbeat is judged for %u ms",
			keeper->service.heartbeat.replace_ms);
		break;
	case HEARTBEAT_GOOD:
	case HEARTBEAT_STILL_STALE:
		break;
	}
}

/* ---- deaths ---- */

static void crash_line(void *context, const char *text)
{
	(void)context;
	log_message(LOG_LEVEL_ALERT, "%s", text);
}

static void tell_death(const struct generation *dead)
{
	enum generation_state before = dead->state;
	int pid = (int)dead->child.pid, status = dead->status;
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (before == GENERATION_DRAINING && status == 0) {
		log_message(LOG_LEVEL_NOTICE, "Former worker (%d) exited with code 0 (Exit)", pid);
		return;
	}
	if (number)
		log_message(before == GENERATION_DYING ? LOG_LEVEL_WARNING : LOG_LEVEL_ALERT,
			"%s (%d) exited with code %d (%s)",
			before == GENERATION_DRAINING ? "Former worker" : "Current worker", pid,
			128 + number, strsignal(number));
	else
		log_message(LOG_LEVEL_ALERT, "Current worker (%d) exited with code %d (Exit)", pid,
			WEXITSTATUS(status));
	if (dead->has_board && (number || atomic_load(&dead->board.header->crash.state) != 0) &&
		number != SIGKILL)
		crash_describe(&dead->board.header->crash,
			dead->own_image ? dead->keeper->image : -1, crash_line, NULL);
}

/* The last one's numbers are what the next one goes on counting from.  Returns whether the keeper
 * has taken the mapping over. */
static bool keep_board(struct keeper *keeper, const struct generation *dead)
{
	if (!dead->has_board)
		return false;
	atomic_store(&dead->board.header->closed, 1u);
	if (!dead->served || (keeper->has_last_board && dead->number < keeper->last_board_number))
		return false;
	if (keeper->has_last_board)
		board_unmap(&keeper->last_board);
	keeper->last_board = dead->board;
	keeper->last_board_number = dead->number;
	keeper->has_last_board = true;
	return true;
}

static void start_or_wait(struct keeper *keeper, uint64_t started_ms)
{
	uint64_t now_ms = clock_monotonic_ms();
	uint32_t pause_ms = backoff_death(&keeper->backoff, started_ms, now_ms);

	if (pause_ms == 0 && generation_start(keeper, &keeper->service) == 0)
		return;
	if (keeper->phase ==
		KEEPER_STARTING) { /* somebody waits for the start to succeed or fail */
		keeper_end(keeper, 1);
		return;
	}
	if (pause_ms == 0)
		pause_ms = BACKOFF_FIRST_MS;
	log_message(LOG_LEVEL_ALERT, "the balancer dies again and again: next start in %u ms",
		pause_ms);
	timer_set(&keeper->loop.timers, &keeper->respawn, now_ms + pause_ms);
}

void generation_replace(struct keeper *keeper)
{
	if (keeper->phase != KEEPER_RUNNING || generation_coming(keeper) ||
		generation_in(keeper, GENERATION_SERVING) || timer_is_set(&keeper->respawn))
		return;
	if (generation_start(keeper, &keeper->service) < 0)
		timer_set(&keeper->loop.timers, &keeper->respawn,
			clock_monotonic_ms() + BACKOFF_FIRST_MS);
}

/* What a death means, by what the dead one was to us. */
static void answer_death(struct keeper *keeper, const struct generation *dead)
{
	struct generation *waiting = generation_in(keeper, GENERATION_READY);

	/* A first balancer that may have answered somebody already has not failed to start. */
	if (keeper->phase == KEEPER_STARTING && (!dead->served || dead->failed)) {
		if (!dead->failed)
			log_message(LOG_LEVEL_ALERT, "the balancer died while it was starting");
		keeper_end(keeper, 1);
		return;
	}
	if (keeper->phase != KEEPER_RUNNING && keeper->phase != KEEPER_STARTING)
		return;
	if (waiting) { /* nobody is left to wait for */
		go(waiting);
		return;
	}
	if (dead->of_reload && !dead->served) {
		reload_failed(keeper, "the new balancer did not start");
		return;
	}
	if (!generation_in(keeper, GENERATION_SERVING) && !generation_coming(keeper))
		start_or_wait(keeper, dead->started_ms);
}

void generation_reap(struct keeper *keeper)
{
	for (uint32_t i = 0; i < GENERATION_SLOTS; i++) {
		if (keeper->unreaped[i])
			waitpid(keeper->unreaped[i], NULL, WNOHANG);
		keeper->unreaped[i] = 0;
	}
	timer_cancel(&keeper->reap);
}

void generation_reap_due(struct timer *timer)
{
	generation_reap(container_of(timer, struct keeper, reap));
}

static void reap_later(struct keeper *keeper, pid_t pid)
{
	uint32_t i = 0;

	while (i < GENERATION_SLOTS && keeper->unreaped[i])
		i++;
	if (i == GENERATION_SLOTS) {
		generation_reap(keeper);
		i = 0;
	}
	keeper->unreaped[i] = pid;
	timer_set(&keeper->loop.timers, &keeper->reap, clock_monotonic_ms() + REAP_MS);
}

/* The process is dead and its last word was heard. */
static void bury(struct generation *generation)
{
	struct keeper *keeper = generation->keeper;
	struct generation dead = *generation;
	bool kept;

	timer_cancel(&generation->limit);
	/* The slot may be taken again while the death is answered: only the copy counts now. */
	generation->state = GENERATION_FREE;
	generation->child = (struct child){.pid = -1, .pidfd = -1, .channel = -1};
	kept = keep_board(keeper, &dead);
	answer_death(keeper, &dead);
	if (keeper->phase != KEEPER_STOPPING && !dead.failed)
		tell_death(&dead);
	if (dead.has_board && !kept)
		board_unmap(&dead.board);
	reap_later(keeper, dead.child.pid);
	child_forget(&dead.child);
	if (keeper->phase == KEEPER_RUNNING)
		reload_continue(keeper);
	else if (generation_alive(keeper) == 0)
		keeper_finish(keeper);
}

/* False while it is not dead.  As waitpid() has it; the process stays to be reaped. */
static bool read_status(struct generation *generation)
{
	siginfo_t told = {0};

	if (waitid(P_PID, (id_t)generation->child.pid, &told, WEXITED | WNOHANG | WNOWAIT) < 0)
		return true;
	if (told.si_pid == 0)
		return false;
	generation->status = told.si_code == CLD_EXITED ? told.si_status << 8 : told.si_status;
	return true;
}

static void death_done(struct op *op, int32_t result, uint32_t flags)
{
	struct generation *generation = container_of(op, struct generation, death);

	(void)flags;
	generation->death_armed = false;
	if (result == -ECANCELED)
		return;
	if (!read_status(generation)) {
		expect_death(generation);
		return;
	}
	generation->gone = true;
	/* A dying process closes its descriptors before it can be reaped, so what it said last and
	 * the end of its words are there already, or in this very turn. */
	if (generation->word_armed)
		set_limit(generation, LAST_WORD_MS);
	else
		bury(generation);
}
