/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper.c - the life of the process that the user started.
 *
 *   plan -> (to the background) -> listening sockets -> ring -> first balancer -> announce
 *        -> turn: signals, words and deaths of balancers, timers
 *        -> stop: at once (TERM, INT) or when the last session has ended (USR1)
 *
 * One thread, one ring.  Signals arrive as reads from a signalfd, so no handler ever interrupts
 * anything.  The process stays small, since it is what has to live when all else fails: it maps a
 * plan and some boards, and holds descriptors.
 *
 * Where HAProxy and keepalived give one signal different meanings, HAProxy's wins: USR1 is the
 * soft stop and USR2 the reload.  HUP is a reload here, which is what both a service manager and
 * a keepalived user expect. */
#include "core/keeper.h"
#include "core/clock.h"
#include "core/filter.h"
#include "core/keeper_state.h"
#include "core/log.h"
#include "core/notify.h"
#include "core/offer.h"
#include "core/pidfile.h"
#include "core/privilege.h"
#include "core/servers_up.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#define BIND_ATTEMPTS	  100u /* ten milliseconds apart: one second */
#define STOP_LIMIT_MS	  500u /* for balancers that were told to stop at once */
#define TURN_LIMIT_MS	  1000u
#define UNSERVED_LIMIT_MS 1000u /* until the virtual routers are told */
/* After a move of the virtual addresses, while clients' connections still reach us: */
#define LATE_CLIENT_MS 500u  /* begun just before it, they are accepted this much later */
#define LAST_BYTES_MS  500u  /* answers that the kernel has still to deliver */
#define MOVED_SPARE_MS 1000u /* for the ends of connections to an address that has moved */
/* As a shell tells it of a process that died of the signal. */
#define EXIT_TERM (128 + SIGTERM)
#define EXIT_INT  (128 + SIGINT)
/* keeper->leave_code, besides the exit codes of stops at once. */
#define LEAVES_NOT    (-1)
#define LEAVES_SOFTLY 256

static int start_first(struct keeper *keeper, struct planner_answer *answer);
static int go_to_background(struct keeper *keeper, bool *parent);
static int open_sockets(struct keeper *keeper);
static bool open_loop(struct keeper *keeper);
static int turn(struct keeper *keeper);
static void signal_done(struct op *op, int32_t result, uint32_t flags);
static void respawn_due(struct timer *timer);
static void look_due(struct timer *timer);
static void stop_due(struct timer *timer);

static const int handled_signals[] = {
	SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGHUP, SIGTTOU, SIGTTIN, SIGQUIT};

int keeper_main(const struct options *options, const struct keeper_rooms *rooms, char **argv)
{
	static struct keeper keeper;
	const char *note = getenv(HANDOVER_VARIABLE);
	struct planner_answer answer;
	ssize_t len;
	int code;

	keeper.options = options;
	keeper.rooms = rooms;
	keeper.leave_code = LEAVES_NOT;
	keeper.argv = argv;
	keeper.ready_pipe = -1;
	keeper.service.snapshot = keeper.reload.next.snapshot = -1;
	keeper.reload.image = -1;
	keeper.image = child_open_image(NULL);
	len = readlink("/proc/self/exe", keeper.image_path, sizeof(keeper.image_path) - 1);
	prctl(PR_SET_NAME, "torc");
	signal(SIGPIPE, SIG_IGN);
	filter_keeper(); /* without root there is none, and less to lose */
	privilege_raise_descriptors(
		0, 0); /* a socket for each listener, whatever the shell's limit */
	log_set_pid((uint32_t)getpid());
	if (keeper.image < 0 || len < 0) {
		log_message(LOG_LEVEL_ALERT, "cannot open this very program: is /proc mounted?");
		return 1;
	}
	keeper.image_path[len] = '\0';
	if (note) {
		char copy[16];

		snprintf(copy, sizeof(copy), "%s", note);
		unsetenv(HANDOVER_VARIABLE);
		return open_loop(&keeper) && upgrade_take_over(&keeper, copy) ? turn(&keeper) : 1;
	}
	if (options->directory && chdir(options->directory) < 0) {
		log_message(LOG_LEVEL_ALERT, "Could not change to directory %s : %s",
			options->directory, strerror(errno));
		return 1;
	}
	reload_plan_first(&keeper, &answer);
	code = start_first(&keeper, &answer);
	return code >= 0 ? code : turn(&keeper);
}

/* ---- the first start ---- */

/* -1 when the first balancer is on its way, else the exit code. */
static int start_first(struct keeper *keeper, struct planner_answer *answer)
{
	struct routers_start routers;
	bool parent = false;
	int code;

	if (answer->status != PLANNER_GOOD) {
		code = answer->status == PLANNER_NO_LISTENER ? 2 : 1;
		planner_drop_answer(answer);
		return code;
	}
	if (!service_open(&keeper->service, answer)) {
		log_message(LOG_LEVEL_ALERT, "the plan of the configuration is damaged");
		return 1;
	}
	reload_file_end(keeper);
	if (keeper->service.plan.head->daemon) {
		code = go_to_background(keeper, &parent);
		if (parent)
			return code;
	}
	sockets_close_neighbours(&keeper->service.plan);
	if (keeper->options->old_socket &&
		!offer_fetch(keeper->options->old_socket, &keeper->sockets))
		return 1;
	if (open_sockets(keeper) < 0)
		return 1;
	service_log_there(&keeper->service);
	if (!open_loop(keeper))
		return 1;
	routers = keeper_routers_of(keeper, &keeper->service);
	if (keeper->rooms->open(&routers) < 0)
		return 1;
	if (generation_start(keeper, &keeper->service) < 0) {
		keeper->rooms->close();
		return 1;
	}
	return -1;
}

static int32_t servers_up_now(void *owner, const char *backend)
{
	struct keeper *keeper = owner;
	const struct generation *serving = generation_in(keeper, GENERATION_SERVING);

	return serving && serving->has_board ? servers_up(&serving->board, backend) : -1;
}

/* The last answers, and the ends of idle connections, need a moment to reach their clients. */
static void address_moved(void *owner, const char *address, uint32_t serve_ms)
{
	const struct generation *serving = generation_in(owner, GENERATION_SERVING);
	struct channel_message message = {
		.type = CHANNEL_MOVED,
		.count = serve_ms > 2 * MOVED_SPARE_MS ? serve_ms - MOVED_SPARE_MS : serve_ms / 2,
		.text = address,
		.text_len = (uint32_t)strlen(address),
	};

	if (serving && serving->child.channel >= 0)
		channel_send(serving->child.channel, &message, NULL, 0, CHANNEL_NO_WAIT);
}

struct routers_start keeper_routers_of(struct keeper *keeper, const struct service *service)
{
	return (struct routers_start){
		.loop = &keeper->loop,
		.config = service->plan.routers,
		.memory = -1,
		.image = keeper->image,
		.argv = keeper->argv,
		.servers_up = servers_up_now,
		.address_moved = address_moved,
		.owner = keeper,
	};
}

/* The parent waits until the service runs and ends with its exit code; the child goes on. */
static int go_to_background(struct keeper *keeper, bool *parent)
{
	int ends[2];
	unsigned char code = 1;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return 1;
	pid = fork();
	if (pid < 0) {
		log_message(LOG_LEVEL_ALERT, "cannot fork: %s", strerror(errno));
		*parent = true;
		return 1;
	}
	if (pid > 0) {
		ssize_t got;

		*parent = true;
		close(ends[1]);
		do {
			got = read(ends[0], &code, 1);
		} while (got < 0 && errno == EINTR);
		/* End of file: it ended without a word, and has printed why. */
		return got == 1 ? code : 1;
	}
	close(ends[0]);
	keeper->ready_pipe = ends[1];
	setsid();
	log_set_pid((uint32_t)getpid());
	return 0;
}

static void signal_old(const struct options *options, int number)
{
	for (uint32_t i = 0; i < options->old_pid_count; i++)
		kill(options->old_pids[i], number);
}

/* HAProxy's way of taking over by pid (-sf, -st): when an address is taken, the old processes are
 * asked to stop listening; when it still cannot be had, they are asked to go on. */
static int open_sockets(struct keeper *keeper)
{
	char problem[SOCKETS_PROBLEM_BYTES];
	int error = -EADDRINUSE;

	for (uint32_t i = 0; i < BIND_ATTEMPTS && error == -EADDRINUSE; i++) {
		struct timespec pause = {.tv_nsec = 10000000};

		if (i == 1)
			signal_old(keeper->options, SIGTTOU);
		if (i > 0)
			nanosleep(&pause, NULL);
		error = sockets_acquire(&keeper->sockets, &keeper->service.plan,
			keeper->service.listen_fds, problem);
	}
	if (error < 0) {
		signal_old(keeper->options, SIGTTIN);
		log_message(LOG_LEVEL_ALERT, "%s", problem);
		return error;
	}
	sockets_commit(&keeper->sockets);
	return 0;
}

static bool watch_signals(struct keeper *keeper)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(handled_signals) / sizeof(handled_signals[0]); i++)
		sigaddset(&set, handled_signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	keeper->signals = signalfd(-1, &set, SFD_CLOEXEC);
	return keeper->signals >= 0;
}

static void expect_signal(struct keeper *keeper)
{
	struct io_uring_sqe *sqe = loop_prepare(&keeper->loop, &keeper->signal_op);

	io_uring_prep_read(sqe, keeper->signals, &keeper->signal, sizeof(keeper->signal), 0);
}

static bool open_loop(struct keeper *keeper)
{
	struct loop_options options = {.submission_entries = 64};
	int error = loop_open(&keeper->loop, &options);

	if (error == 0)
		error = loop_enable(&keeper->loop);
	if (error < 0) {
		log_message(LOG_LEVEL_ALERT, "%s", loop_explain(error));
		return false;
	}
	if (!watch_signals(keeper)) {
		log_message(LOG_LEVEL_ALERT, "cannot watch signals: %s", strerror(errno));
		return false;
	}
	keeper->signal_op.done = signal_done;
	timer_init(&keeper->respawn, respawn_due);
	timer_init(&keeper->heartbeat, look_due);
	timer_init(&keeper->stop, stop_due);
	timer_init(&keeper->reap, generation_reap_due);
	timer_init(&keeper->reload.timer, stop_due);
	timer_set(
		&keeper->loop.timers, &keeper->heartbeat, keeper->loop.now_ms + HEARTBEAT_LOOK_MS);
	expect_signal(keeper);
	return true;
}

/* HAProxy without a master dies of SIGTERM and SIGINT, and who waits for it can tell that from an
 * exit.  Comes back when it was something else, or as pid 1, whom no signal ends. */
static void die_of_signal(int number)
{
	sigset_t set;

	if (number != SIGTERM && number != SIGINT)
		return;
	fflush(NULL);
#ifdef __SANITIZE_ADDRESS__
	__lsan_do_leak_check(); /* as at an exit */
#endif
	signal(number, SIG_DFL);
	raise(number);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static int turn(struct keeper *keeper)
{
	while (!keeper->done) {
		int error = loop_turn(&keeper->loop, TURN_LIMIT_MS);

		if (error < 0) {
			log_message(
				LOG_LEVEL_ALERT, "the keeper's ring failed: %s", strerror(-error));
			keeper->exit_code = 1;
			break;
		}
	}
	keeper->rooms->close();
	if (keeper->pidfile)
		pidfile_remove(keeper->pidfile, getpid());
	if (!keeper->options->master)
		die_of_signal(keeper->exit_code - 128);
	return keeper->exit_code;
}

/* ---- the service runs ---- */

static void fall_silent(struct keeper *keeper)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	log_to_stderr(false);
	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	keeper->silent = true;
}

void keeper_write_pidfile(struct keeper *keeper)
{
	const struct plan *plan = &keeper->service.plan;
	const char *path;
	int error;

	if (keeper->announced)
		return;
	path = plan_string(plan, plan->head->pidfile);
	if (!path)
		return;
	error = pidfile_write(path, getpid());
	if (error < 0) {
		log_message(
			LOG_LEVEL_WARNING, "Cannot create pidfile %s: %s", path, strerror(-error));
		return;
	}
	/* In full, since the working directory may be another one at the end. */
	keeper->pidfile = realpath(path, NULL);
}

void keeper_announce(struct keeper *keeper)
{
	unsigned char good = 0;

	/* A stop may have overtaken the last step of the start. */
	if (keeper->announced || keeper->phase != KEEPER_STARTING)
		return;
	keeper->announced = true;
	keeper->phase = KEEPER_RUNNING;
	if (keeper->options->old_signal)
		signal_old(keeper->options, keeper->options->old_signal);
	if (keeper->options->master)
		log_message(LOG_LEVEL_NOTICE, "Loading success.");
	notify_manager("READY=1\nMAINPID=%d\n", (int)getpid());
	if (keeper->ready_pipe >= 0) {
		fall_silent(keeper);
		if (write(keeper->ready_pipe, &good, 1) != 1)
			log_message(LOG_LEVEL_WARNING, "nobody waits for the start any more");
		close(keeper->ready_pipe);
		keeper->ready_pipe = -1;
	}
	keeper_tell_serving(keeper);
	reload_continue(keeper);
}

/* A balancer that was killed is back within milliseconds: the virtual routers are told of it only
 * when it stays away.  One that hangs, or dies again and again, is another matter. */
void keeper_tell_serving(struct keeper *keeper)
{
	const struct generation *serving = generation_in(keeper, GENERATION_SERVING);
	uint64_t now_ms = clock_monotonic_ms();

	if (keeper->phase != KEEPER_RUNNING)
		return;
	if (serving && !serving->judge.stale && !keeper->paused &&
		backoff_trusts(&keeper->backoff, serving->go_ms, now_ms)) {
		keeper->unserved_since_ms = 0;
		keeper->rooms->tell_serving(true);
		return;
	}
	if (keeper->unserved_since_ms == 0)
		keeper->unserved_since_ms = now_ms;
	if (serving || keeper->paused || timer_is_set(&keeper->respawn) ||
		now_ms - keeper->unserved_since_ms >= UNSERVED_LIMIT_MS)
		keeper->rooms->tell_serving(false);
}

void keeper_end(struct keeper *keeper, int exit_code)
{
	unsigned char code = (unsigned char)exit_code;

	keeper->exit_code = exit_code;
	keeper->done = true;
	if (keeper->ready_pipe >= 0 && write(keeper->ready_pipe, &code, 1) != 1)
		keeper->exit_code = 1;
}

static void respawn_due(struct timer *timer)
{
	generation_replace(container_of(timer, struct keeper, respawn));
}

static void look_due(struct timer *timer)
{
	struct keeper *keeper = container_of(timer, struct keeper, heartbeat);

	generation_look_at_heartbeats(keeper);
	keeper_tell_serving(keeper);
	timer_set(&keeper->loop.timers, timer, keeper->loop.now_ms + HEARTBEAT_LOOK_MS);
}

/* ---- stopping ---- */

static void stop_at_once(struct keeper *keeper, int exit_code)
{
	keeper->exit_code = exit_code;
	keeper->phase = KEEPER_STOPPING;
	reload_cancel(keeper);
	timer_cancel(&keeper->respawn);
	notify_manager("STOPPING=1\n");
	if (keeper->options->master)
		log_message(LOG_LEVEL_WARNING, "Exiting Master process...");
	for (uint32_t i = 0; i < GENERATION_SLOTS; i++) {
		struct generation *generation = &keeper->generations[i];

		if (generation->state == GENERATION_STARTING)
			generation_kill(generation, SIGKILL);
		else if (generation->state != GENERATION_FREE)
			generation_tell(generation, CHANNEL_STOP);
	}
	sockets_close(&keeper->sockets);
	timer_set(&keeper->loop.timers, &keeper->stop, keeper->loop.now_ms + STOP_LIMIT_MS);
	if (generation_alive(keeper) == 0)
		keeper->done = true;
}

void keeper_finish(struct keeper *keeper)
{
	uint64_t now_ms = clock_monotonic_ms(), until_ms = now_ms + LAST_BYTES_MS;

	if (until_ms > keeper->serve_until_ms)
		until_ms = keeper->serve_until_ms;
	if (keeper->phase != KEEPER_FINISHING || until_ms <= now_ms)
		keeper->done = true;
	else
		timer_set(&keeper->loop.timers, &keeper->stop, until_ms);
}

static void drain_all(struct keeper *keeper)
{
	keeper->drained = true;
	if (keeper->serve_until_ms)
		timer_set(&keeper->loop.timers, &keeper->stop, keeper->serve_until_ms);
	for (uint32_t i = 0; i < GENERATION_SLOTS; i++) {
		struct generation *generation = &keeper->generations[i];

		if (generation->state == GENERATION_STARTING ||
			generation->state == GENERATION_READY)
			generation_kill(generation, SIGKILL);
		else if (generation->state == GENERATION_SERVING)
			generation_drain(generation, NULL);
	}
	sockets_close(&keeper->sockets);
	if (generation_alive(keeper) == 0)
		keeper_finish(keeper);
}

/* Goes on serving for `grace_ms`, then ends with the last session. */
static void finish(struct keeper *keeper, uint32_t grace_ms)
{
	keeper->phase = KEEPER_FINISHING;
	reload_cancel(keeper);
	timer_cancel(&keeper->respawn);
	notify_manager("STOPPING=1\n");
	if (grace_ms)
		timer_set(&keeper->loop.timers, &keeper->stop, clock_monotonic_ms() + grace_ms);
	else
		drain_all(keeper);
}

static void stop_softly(struct keeper *keeper, uint32_t serve_ms)
{
	uint32_t grace_ms = keeper->service.grace_ms; /* so that others notice in time */

	if (keeper->phase == KEEPER_FINISHING || keeper->phase == KEEPER_STOPPING)
		return;
	if (serve_ms && grace_ms < LATE_CLIENT_MS)
		grace_ms = LATE_CLIENT_MS;
	finish(keeper, grace_ms);
}

/* Somebody else has the addresses by now, and what had begun with us is still ours to finish. */
static void stop_served(struct keeper *keeper, int exit_code, uint32_t serve_ms)
{
	keeper->exit_code = exit_code;
	keeper->serve_until_ms = clock_monotonic_ms() + serve_ms;
	finish(keeper, LATE_CLIENT_MS);
}

static void stop_due(struct timer *timer)
{
	struct keeper *keeper = container_of(timer, struct keeper, stop);

	if (keeper->phase == KEEPER_FINISHING && !keeper->drained) {
		drain_all(keeper);
		return;
	}
	if (keeper->phase == KEEPER_FINISHING) { /* nobody reaches us any more */
		stop_at_once(keeper, keeper->exit_code);
		return;
	}
	for (uint32_t i = 0; i < GENERATION_SLOTS; i++)
		if (keeper->generations[i].state != GENERATION_FREE)
			generation_kill(&keeper->generations[i], SIGKILL);
}

/* The virtual addresses first, and the balancer serves until somebody else has them. */
static void addresses_gone(void *owner, uint32_t serve_ms)
{
	struct keeper *keeper = owner;
	int code = keeper->leave_code;

	keeper->leave_code = LEAVES_NOT;
	if (code == LEAVES_SOFTLY)
		stop_softly(keeper, serve_ms);
	else if (serve_ms && keeper->phase == KEEPER_RUNNING)
		stop_served(keeper, code, serve_ms);
	else
		stop_at_once(keeper, code);
}

static void leave(struct keeper *keeper, int code, enum routers_end how)
{
	/* Asked a second time: there is no more patience. */
	if (keeper->leave_code != LEAVES_NOT || keeper->phase == KEEPER_FINISHING ||
		keeper->phase == KEEPER_STOPPING)
		how = ROUTERS_AT_ONCE;
	keeper->leave_code = code;
	if (keeper->rooms->leave(how, addresses_gone, keeper))
		notify_manager("STOPPING=1\n");
	else
		addresses_gone(keeper, 0);
}

/* ---- signals ---- */

static void pause_all(struct keeper *keeper, bool paused)
{
	struct generation *serving = generation_in(keeper, GENERATION_SERVING);

	if (keeper->phase == KEEPER_FINISHING || keeper->phase == KEEPER_STOPPING ||
		keeper->paused == paused)
		return;
	keeper->paused = paused;
	log_message(LOG_LEVEL_WARNING, "%s all listening sockets", paused ? "Pausing" : "Resuming");
	/* The sockets first when they come back, last when they go: the balancer's accepts are
	 * armed only while somebody can connect. */
	if (!paused)
		sockets_resume(&keeper->sockets);
	if (serving)
		generation_tell(serving, paused ? CHANNEL_PAUSE : CHANNEL_RESUME);
	if (paused)
		sockets_pause(&keeper->sockets);
	keeper_tell_serving(keeper);
}

void keeper_status(const struct keeper *keeper)
{
	static const char *const names[] = {
		[GENERATION_STARTING] = "starting",
		[GENERATION_READY] = "ready",
		[GENERATION_SERVING] = "serving",
		[GENERATION_DRAINING] = "draining",
		[GENERATION_DYING] = "dying",
	};

	for (uint32_t i = 0; i < GENERATION_SLOTS; i++) {
		const struct generation *generation = &keeper->generations[i];

		if (generation->state == GENERATION_FREE)
			continue;
		log_message(LOG_LEVEL_NOTICE, "balancer %d: generation %u, %s for %llu ms",
			(int)generation->child.pid, generation->number, names[generation->state],
			(unsigned long long)(clock_monotonic_ms() - generation->started_ms));
	}
	log_message(LOG_LEVEL_NOTICE, "%u listening sockets", keeper->sockets.count);
	keeper->rooms->describe();
}

static void handle_signal(struct keeper *keeper, int number)
{
	switch (number) {
	case SIGTERM:
		leave(keeper, keeper->options->master ? 0 : EXIT_TERM, ROUTERS_HAND_OVER);
		break;
	case SIGINT:
		leave(keeper, EXIT_INT, ROUTERS_AT_ONCE);
		break;
	case SIGUSR1:
		if (keeper->phase != KEEPER_FINISHING && keeper->phase != KEEPER_STOPPING)
			leave(keeper, LEAVES_SOFTLY, ROUTERS_HAND_OVER);
		break;
	case SIGUSR2:
		reload_ask(keeper, true);
		break;
	case SIGHUP:
		reload_ask(keeper, false);
		break;
	case SIGTTOU:
		pause_all(keeper, true);
		break;
	case SIGTTIN:
		pause_all(keeper, false);
		break;
	case SIGQUIT:
		keeper_status(keeper);
		break;
	default:
		break;
	}
}

static void signal_done(struct op *op, int32_t result, uint32_t flags)
{
	struct keeper *keeper = container_of(op, struct keeper, signal_op);

	(void)flags;
	if (result == (int32_t)sizeof(keeper->signal))
		handle_signal(keeper, (int)keeper->signal.ssi_signo);
	if (result != -ECANCELED)
		expect_signal(keeper);
}
