/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c - pid 1 of the appliance.
 *
 * The kernel starts this program from the initramfs, and nothing else runs on the machine but what
 * it starts.  Its life: mount what the kernel offers, load drivers, find a configuration, set up
 * the network, start torc; then wait, show, forward, feed the watchdog, until somebody presses the
 * power button.
 *
 * Two rules.  It must never run as anything but pid 1: on somebody's machine it would take the
 * network down.  And it must never end: the kernel panics then.  So it is one thread that parses
 * nothing that it can have torc parse, allocates next to nothing, and treats every failure as news
 * for the console. */
#include "appliance/init/balancer.h"
#include "appliance/init/clock.h"
#include "appliance/init/cmdline.h"
#include "appliance/init/console.h"
#include "appliance/init/devices.h"
#include "appliance/init/drill.h"
#include "appliance/init/entropy.h"
#include "appliance/init/heartbeat.h"
#include "appliance/init/logging.h"
#include "appliance/init/machine.h"
#include "appliance/init/modules.h"
#include "appliance/init/mounts.h"
#include "appliance/init/network.h"
#include "appliance/init/picture.h"
#include "appliance/init/power.h"
#include "appliance/init/tell.h"
#include "appliance/init/turn.h"
#include "appliance/init/watchdog.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define TURN_MS	       250
#define PICTURE_MS     1000
#define STOP_LIMIT_MS  20000 /* for torc's planned stop */
#define START_LIMIT_MS 30000 /* until torc answers for the first time */
/* What a watchdog waits for beyond HEARTBEAT_STALE_MS. */
#define WATCHDOG_S     20
#define WATCHDOG_S_MAX 3600
/* A torc that is silent for so long after its start has the processor to itself no longer. */
#define ALONE_MS 5000

static struct {
	int command; /* RB_POWER_OFF, RB_AUTOBOOT; 0: the machine goes on */
	uint64_t limit_ms;
} ending;

static void begin_end(int command, const char *why)
{
	if (ending.command)
		return;
	tell(LOG_NOTICE, "%s: %s", command == RB_AUTOBOOT ? "restarting" : "shutting down", why);
	ending.command = command;
	ending.limit_ms = tell_now_ms() + STOP_LIMIT_MS;
	balancer_stop();
}

static void power_pressed(void)
{
	begin_end(RB_POWER_OFF, "the power button was pressed");
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		balancer_reaped(pid, status);
}

static void signal_ready(int fd, uint32_t events)
{
	struct signalfd_siginfo info;

	(void)events;
	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			break; /* reaped in every turn */
		case SIGINT:
			begin_end(RB_AUTOBOOT, "Ctrl-Alt-Del");
			break;
		default:
			begin_end(RB_POWER_OFF, "asked to");
			break;
		}
	}
	reap();
}

static void take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);  /* the kernel's Ctrl-Alt-Del */
	sigaddset(&set, SIGTERM); /* orderly power-off by the kernel */
	sigaddset(&set, SIGPWR);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	turn_watch(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), EPOLLIN, signal_ready);
	reboot(RB_DISABLE_CAD);
}

static void look_for_news(void)
{
	struct devices_news news = devices_take_news();

	if (news.disks)
		machine_disk_came();
	if (news.cards)
		machine_card_came();
	if (news.inputs)
		power_listen(power_pressed);
}

/* The drivers that were put off, one in a turn, once torc has begun.  The watchdog's is among them,
 * and it is opened behind the last one: everything before may take long on a busy host.  True:
 * there are more. */
static bool load_rest(uint64_t now_ms)
{
	static bool over;

	if (over || (balancer_is_running() && !heartbeat_status(now_ms) &&
			    now_ms - balancer_started_ms() < ALONE_MS))
		return false;
	if (modules_load_next())
		return true;
	over = true;
	watchdog_open(cmdline_number(
		machine_state()->cmdline, "torc.watchdog", WATCHDOG_S_MAX, WATCHDOG_S));
	return false;
}

/* A torc that is not there is being started again; one that is there has to answer. */
static bool is_healthy(uint64_t now_ms)
{
	return !balancer_is_running() || heartbeat_status(now_ms) ||
	       now_ms - balancer_started_ms() < START_LIMIT_MS;
}

/* torc has ended, or had its time. */
static void finish_end(uint64_t now_ms)
{
	if (balancer_is_running() && now_ms < ending.limit_ms)
		return;
	balancer_kill();
	kill(-1, SIGTERM);
	watchdog_close();
	tell(LOG_NOTICE, "%s", ending.command == RB_AUTOBOOT ? "restart" : "power off");
	picture_show("off", now_ms);
	console_show_messages();
	sync();
	usleep(200000); /* for a serial line's last bytes */
	reboot(ending.command);
	/* A machine that cannot be switched off halts. */
	reboot((int)RB_HALT_SYSTEM);
}

static void run(void)
{
	uint64_t shown_ms = 0;
	bool more = false;

	for (;;) {
		uint32_t wait_ms = logging_wait_ms() < TURN_MS ? logging_wait_ms() : TURN_MS;
		uint64_t now;

		turn_wait(more ? 0 : wait_ms);
		reap();
		now = tell_now_ms();
		more = load_rest(now);
		heartbeat_tick(now);
		watchdog_tick(ending.command || is_healthy(now), now);
		clock_tick(now);
		if (ending.command) {
			finish_end(now);
		} else {
			balancer_tick(now);
			look_for_news();
			drill_tick(now);
		}
		/* torc's own log works as soon as its balancer does. */
		if (machine_state()->facts.log && heartbeat_status(now))
			balancer_listen_no_more();
		logging_tick(now);
		console_show_messages();
		if (now - shown_ms >= PICTURE_MS) {
			shown_ms = now;
			picture_show(ending.command ? "shutting down" : NULL, now);
		}
	}
}

/* The three standard descriptors must be something before another file gets their numbers. */
static void open_standard(void)
{
	for (int fd = open("/dev/null", O_RDWR); fd >= 0 && fd < STDERR_FILENO;)
		fd = dup(fd);
}

int main(void)
{
	if (getpid() != 1)
		return 1;
	mounts_make();
	open_standard();
	turn_open();
	take_signals();
	machine_open();
	mounts_apply_settings();
	console_open();
	tell(LOG_NOTICE, "torc appliance " TORC_VERSION);
	console_show_messages();
	devices_open();
	network_start();
	logging_open();
	power_listen(power_pressed);
	entropy_seed();
	drill_plan(machine_state()->cmdline);
	console_show_messages();
	machine_configure();
	run();
}
