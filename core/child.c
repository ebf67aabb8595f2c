/* SPDX-License-Identifier: GPL-2.0-or-later */
/* child.c - fork and exec of this program's own image.
 *
 * vfork, since what counts when a balancer has died is the time until the next one runs: no page
 * table is copied, the parent sleeps for the few system calls until exec.  The child between the
 * two shares our memory, so it makes nothing but system calls.
 *
 * The role stands in the environment and not in the arguments: `ps`, `pidof` and people see one
 * and the same command line for the keeper and its children, as they do with HAProxy. */
#include "core/child.h"
#include "core/channel.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROLE_VARIABLE "TORC_ROLE"

/* Does not go over to threads and children. */
#define URGENT_POLICY	(SCHED_RR | SCHED_RESET_ON_FORK)
#define URGENT_PRIORITY 1

static const char *const role_names[] = {
	[CHILD_PLANNER] = "planner",
	[CHILD_BALANCER] = "balancer",
	[CHILD_GUARD] = "guard",
};

int child_open_image(const char *path)
{
	int fd = open(path ? path : "/proc/self/exe", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* The environment with the role in front; everything of an outer role is left out. */
static char **make_environment(char *role)
{
	size_t count = 0, used = 0;
	char **copy;

	while (environ[count])
		count++;
	copy = calloc(count + 2, sizeof(*copy));
	if (!copy)
		return NULL;
	copy[used++] = role;
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], ROLE_VARIABLE "=", sizeof(ROLE_VARIABLE)) != 0)
			copy[used++] = environ[i];
	return copy;
}

/* The child's side of vfork: system calls only, and never a return. */
static void become(const struct child_order *order, int channel, char **environment)
{
	const struct sched_param urgent = {.sched_priority = URGENT_PRIORITY};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (order->urgent)
		sched_setscheduler(0, URGENT_POLICY, &urgent);
	syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
	fcntl(channel, F_SETFD, 0);
	for (uint32_t i = 0; i < order->kept_count; i++)
		fcntl(order->kept_fds[i], F_SETFD, 0);
	syscall(SYS_execveat, order->image, "", order->argv, environment, AT_EMPTY_PATH);
	_exit(127);
}

/* Alone in a function, since a variable that lives across vfork may not live in a register. */
__attribute__((noinline)) static pid_t fork_and_become(
	const struct child_order *order, int channel, char **environment)
{
	pid_t pid = vfork();

	if (pid == 0)
		become(order, channel, environment);
	return pid;
}

int child_spawn(struct child *child, const struct child_order *order)
{
	char role[64];
	char **environment;
	int ends[2], error;
	pid_t pid;

	*child = (struct child){.pid = -1, .pidfd = -1, .channel = -1};
	error = channel_pair(ends);
	if (error < 0)
		return error;
	snprintf(role, sizeof(role), ROLE_VARIABLE "=%s:%d:%d", role_names[order->role], ends[1],
		(int)getpid());
	environment = make_environment(role);
	if (!environment) {
		error = -ENOMEM;
		goto fail;
	}
	pid = fork_and_become(order, ends[1], environment);
	error = -errno;
	free(environment);
	if (pid < 0)
		goto fail;
	close(ends[1]);
	/* Nobody but us reaps this child, so its number cannot have been given away. */
	child->pidfd = (int)syscall(SYS_pidfd_open, pid, 0u);
	if (child->pidfd < 0) {
		error = -errno;
		kill(pid, SIGKILL);
		close(ends[0]);
		return error;
	}
	child->pid = pid;
	child->channel = ends[0];
	return 0;
fail:
	close(ends[0]);
	close(ends[1]);
	return error;
}

void child_calm_down(void)
{
	const struct sched_param normal = {0};

	if (sched_getscheduler(0) == URGENT_POLICY)
		sched_setscheduler(0, SCHED_OTHER, &normal);
}

void child_forget(struct child *child)
{
	if (child->pidfd >= 0)
		close(child->pidfd);
	if (child->channel >= 0)
		close(child->channel);
	*child = (struct child){.pid = -1, .pidfd = -1, .channel = -1};
}

bool child_who_am_i(struct child_self *self)
{
	const char *note = getenv(ROLE_VARIABLE);
	char name[16];
	int channel, keeper;

	*self = (struct child_self){.channel = -1};
	if (!note)
		return true;
	if (sscanf(note, "%15[a-z]:%d:%d", name, &channel, &keeper) != 3)
		return false;
	for (size_t i = CHILD_PLANNER; i <= CHILD_GUARD; i++)
		if (strcmp(name, role_names[i]) == 0)
			self->role = (enum child_role)i;
	unsetenv(ROLE_VARIABLE);
	self->channel = channel;
	self->keeper = keeper;
	return self->role != CHILD_NONE && keeper == getppid() &&
	       fcntl(channel, F_SETFD, FD_CLOEXEC) == 0;
}
