/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_guard.c - the process that outlives the keeper by a moment.
 *
 * A keeper that is killed takes nothing with it: its addresses would stay while the peer takes them
 * too.  So a second process of this program waits for the keeper's death and for nothing else, and
 * takes away what stands in the remains.  It runs no code of the keeper's, parses nothing, and owns
 * one netlink socket that is open before it is needed.  If it dies first, the addresses' own
 * lifetime does the same a few seconds later.
 *
 * A pidfd tells of a death when the dead has closed its last descriptor, and the kernel waits there
 * for other processors, once for each packet socket and for the nf_tables one: 15 to 30 ms, and 100
 * on a busy machine.  A robust lock is handed on before all that.  It is handed on as well when the
 * keeper executes another program; a flag of the kernel's tells the two apart.
 *
 * The keeper that ends in an orderly way ends its guard, too.  When it executes another program in
 * its place its end of the channel closes while it lives on: that program starts a guard of its
 * own, and this one goes. */
#include "core/channel.h"
#include "core/log.h"
#include "vrrp/route.h"
#include "vrrp/rule.h"
#include "vrrp/speaker.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST_MS		  1000 /* between the end of a channel and that of its process */
#define KERNEL_IS_EXITING 0x4u /* PF_EXITING, the same since there is /proc/PID/stat */

/* ---- the keeper's side ---- */

int guard_start(struct speaker *speaker, int image, char *const *argv)
{
	struct channel_message message = {.type = CHANNEL_CONFIGURE, .pid = (uint32_t)getpid()};
	struct child_order order = {.role = CHILD_GUARD, .image = image, .argv = argv};
	int error = child_spawn(&speaker->guard, &order);

	if (error == 0)
		error = channel_send(
			speaker->guard.channel, &message, &speaker->remains_fd, 1, CHANNEL_NO_WAIT);
	if (error < 0)
		log_message(LOG_LEVEL_WARNING,
			"there is no guard: if this process is killed its addresses stay for %u s "
			"(%s)",
			SPEAKER_VALID_S, strerror(-error));
	return error;
}

void guard_stop(struct speaker *speaker)
{
	if (speaker->guard.pid <= 0)
		return;
	syscall(SYS_pidfd_send_signal, speaker->guard.pidfd, SIGKILL, NULL, 0u);
	while (waitpid(speaker->guard.pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	child_forget(&speaker->guard);
}

/* ---- the guard's life ---- */

static struct remains *take_remains(int channel)
{
	static struct channel_inbox inbox;
	struct channel_message message;
	struct remains *remains;
	struct stat status;
	int fd;

	if (channel_receive(channel, &inbox, &message) < 0 || message.type != CHANNEL_CONFIGURE)
		return NULL;
	fd = channel_take(&inbox, 0);
	if (fd < 0 || fstat(fd, &status) < 0 || status.st_size < (off_t)sizeof(*remains))
		return NULL;
	/* To be written, too: a lock that is waited for says so. */
	remains = mmap(NULL, (size_t)status.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (remains == MAP_FAILED || remains->magic != REMAINS_MAGIC ||
		sizeof(*remains) + remains->count * sizeof(struct remain) > (size_t)status.st_size)
		return NULL;
	return remains;
}

/* The flags of a process stand seventh behind its name in /proc/PID/stat, see proc(5). */
static bool is_dying(int pid)
{
	char path[32], text[512];
	const char *fields;
	unsigned flags = 0;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	fields = strrchr(text, ')');
	return fields && sscanf(fields + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
	       flags & KERNEL_IS_EXITING;
}

/* True: the keeper is dead, or as good as that.  False: it lives on as another program. */
static bool wait_for_death(struct remains *remains, int keeper, int pidfd, int channel)
{
	struct pollfd ends[] = {{.fd = pidfd, .events = POLLIN}, {.fd = channel, .events = POLLIN}};

	if (pthread_mutex_lock(&remains->life) == EOWNERDEAD && is_dying(keeper))
		return true;
	while (poll(ends, 2, -1) < 0 && errno == EINTR)
		continue;
	if (ends[0].revents & POLLIN)
		return true;
	while (poll(ends, 1, LAST_MS) < 0 && errno == EINTR)
		continue;
	return ends[0].revents & POLLIN;
}

static void take_away(struct netlink_socket *socket, const struct remain *remain)
{
	struct netlink_call call = {0};
	struct netlink_writer *writer = netlink_call_begin(socket, &call);

	if (remain->kind == REMAIN_ADDRESS)
		vip_write_delete(writer, &remain->address, remain->index);
	else if (remain->kind == REMAIN_ROUTE || remain->kind == REMAIN_HOP)
		route_write_delete(writer, &remain->route, remain->index);
	else if (remain->kind == REMAIN_RULE)
		rule_write_delete(writer, &remain->rule);
	else
		link_write_delete(writer, remain->index);
	netlink_call(socket, &call);
}

static void tidy_up(struct netlink_socket *socket, const struct remains *remains, uint32_t count)
{
	static struct sysctl_memory settings[3];
	uint32_t taken = 0;

	for (uint32_t i = 0; i < count; i++)
		if (atomic_load((_Atomic uint32_t *)(uintptr_t)&remains->rows[i].held)) {
			take_away(socket, &remains->rows[i]);
			taken++;
		}
	settings[0] = remains->settings;
	settings[1] = remains->lasting;
	settings[2] = remains->hopping;
	for (uint32_t i = 0; i < 3; i++)
		if (sysctl_memory_is_sound(&settings[i]))
			sysctl_restore(&settings[i]);
	if (taken)
		log_message(LOG_LEVEL_ALERT,
			"the keeper is dead: %u virtual addresses, routes and rules taken away",
			taken);
}

static void ignore_signals(void)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGQUIT, SIGPIPE};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

int vrrp_guard_main(int channel, int keeper)
{
	static struct netlink_socket socket;
	struct netlink_options options = {.bus = NETLINK_ROUTE};
	int pidfd = (int)syscall(SYS_pidfd_open, keeper, 0u);
	struct remains *remains;
	uint32_t count;

	/* Not to be found by the name by which people end the service. */
	prctl(PR_SET_NAME, "torc-guard");
	ignore_signals();
	remains = take_remains(channel);
	if (pidfd < 0 || !remains || netlink_open(&socket, &options) < 0)
		return 1;
	count = remains->count;
	setpriority(PRIO_PROCESS, 0, -10);
	mlockall(MCL_CURRENT);
	if (!wait_for_death(remains, keeper, pidfd, channel))
		return 0;
	tidy_up(&socket, remains, count);
	netlink_close(&socket);
	return 0;
}
