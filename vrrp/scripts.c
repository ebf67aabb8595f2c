/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scripts.c - runs the programs that a configuration names.
 *
 * As keepalived runs them: the words of the file are the arguments, no shell looks at them; a
 * process group of its own, so that what a script starts can be ended with it; the user that the
 * file says.  Standard input, output and error lead nowhere.
 *
 * vfork, since the keeper's memory is locked and must not be copied while timers wait.  Between it
 * and exec the child makes system calls only.  Its end is a pidfd that becomes readable. */
#include "vrrp/scripts.h"
#include "core/list.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define GRACE_MS 1000u /* between SIGTERM and SIGKILL */

static void died(struct op *op, int32_t result, uint32_t flags);
static void too_slow(struct timer *timer);

/* ---- starting ---- */

struct departure {
	const char **argv;
	uint32_t uid, gid, own_uid, own_gid;
	const gid_t *groups;
	size_t group_count;
	int null;
	int told; /* the end of a pipe that hears errors, and closes with exec */
};

/* Looked up once: the machine's list of groups may be far away. */
static struct user_groups {
	uint32_t uid, gid;
	int count;
	gid_t list[SCRIPT_GROUPS_MAX];
} known_groups[SCRIPT_USERS_MAX];
static uint32_t known_count;

void script_forget_groups(void)
{
	known_count = 0;
}

static void find_groups(struct departure *departure)
{
	const struct passwd *user;
	struct user_groups *groups;

	for (uint32_t i = 0; i < known_count; i++)
		if (known_groups[i].uid == departure->uid &&
			known_groups[i].gid == departure->gid) {
			departure->groups = known_groups[i].list;
			departure->group_count = (size_t)known_groups[i].count;
			return;
		}
	groups = &known_groups[known_count < SCRIPT_USERS_MAX ? known_count++ : 0];
	*groups = (struct user_groups){
		.uid = departure->uid, .gid = departure->gid, .count = (int)SCRIPT_GROUPS_MAX};
	user = getpwuid(departure->uid);
	/* Of more than fit the first ones: the library says how many there are. */
	if (!user)
		groups->count = 0;
	else if (getgrouplist(user->pw_name, departure->gid, groups->list, &groups->count) < 0)
		groups->count = (int)SCRIPT_GROUPS_MAX;
	departure->groups = groups->list;
	departure->group_count = (size_t)groups->count;
}

/* Why there is no program to become.  If nobody hears it, the status says that it failed. */
static void give_up(const struct departure *departure, int code)
{
	int error = errno;

	syscall(SYS_write, departure->told, &error, sizeof(error));
	_exit(code);
}

/* The child's side of vfork: never a return. */
static void become(const struct departure *departure)
{
	sigset_t none;

	sigemptyset(&none);
	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	for (int fd = 0; fd <= 2; fd++)
		dup2(departure->null, fd);
	syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC);
	/* The raw calls: the library's tell all threads, and between vfork and exec these are our
	 * parent's. */
	if (departure->uid != departure->own_uid || departure->gid != departure->own_gid ||
		departure->group_count) {
		if (syscall(SYS_setgroups, departure->group_count, departure->groups) < 0 ||
			syscall(SYS_setresgid, departure->gid, departure->gid, departure->gid) <
				0 ||
			syscall(SYS_setresuid, departure->uid, departure->uid, departure->uid) <
				0) {
			give_up(departure, 126);
		}
	}
	execvp(departure->argv[0], (char *const *)(uintptr_t)departure->argv);
	give_up(departure, 127);
}

__attribute__((noinline)) static pid_t depart(const struct departure *departure)
{
	pid_t pid = vfork();

	if (pid == 0)
		become(departure);
	return pid;
}

/* 0 when the child has become the program, else why not. */
static int leave(struct script_run *run, struct departure *departure)
{
	int ends[2], error = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	departure->told = ends[1];
	run->pid = depart(departure);
	if (run->pid < 0)
		error = errno;
	close(ends[1]);
	/* Behind a vfork there is nothing to wait for. */
	if (run->pid > 0 && read(ends[0], &error, sizeof(error)) == (ssize_t)sizeof(error))
		waitpid(run->pid, NULL, 0);
	close(ends[0]);
	return -error;
}

static int collect(const char **argv, const struct script_order *order)
{
	uint32_t count = 0;

	for (const char *word = order->command; *word; word += strlen(word) + 1) {
		if (count == SCRIPT_WORDS_MAX)
			return -E2BIG;
		argv[count++] = word;
	}
	for (uint32_t i = 0; order->added && order->added[i]; i++) {
		if (count == SCRIPT_WORDS_MAX)
			return -E2BIG;
		argv[count++] = order->added[i];
	}
	argv[count] = NULL;
	return count ? 0 : -EINVAL;
}

int script_start(struct script_run *run, struct loop *loop, const struct script_order *order)
{
	const char *argv[SCRIPT_WORDS_MAX + 1];
	struct departure departure = {
		.argv = argv,
		.uid = order->uid,
		.gid = order->gid,
		.own_uid = geteuid(),
		.own_gid = getegid(),
	};
	struct io_uring_sqe *sqe;
	int error = collect(argv, order);

	if (error < 0)
		return error;
	if (order->with_groups)
		find_groups(&departure);
	departure.null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (departure.null < 0)
		return -errno;
	error = leave(run, &departure);
	close(departure.null);
	if (error < 0)
		return error;
	run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0u);
	if (run->pidfd < 0) {
		error = -errno;
		kill(-run->pid, SIGKILL);
		waitpid(run->pid, NULL, 0);
		return error;
	}
	run->loop = loop;
	run->timed_out = false;
	run->death.done = died;
	timer_init(&run->limit, too_slow);
	if (order->limit_ms)
		timer_set(&loop->timers, &run->limit, loop->now_ms + order->limit_ms);
	sqe = loop_prepare(loop, &run->death);
	io_uring_prep_poll_add(sqe, run->pidfd, POLLIN);
	run->armed = true;
	return 0;
}

/* ---- ending ---- */

static void too_slow(struct timer *timer)
{
	struct script_run *run = container_of(timer, struct script_run, limit);

	kill(-run->pid, run->timed_out ? SIGKILL : SIGTERM);
	if (!run->timed_out)
		timer_set(&run->loop->timers, timer, run->loop->now_ms + GRACE_MS);
	run->timed_out = true;
}

static void died(struct op *op, int32_t result, uint32_t flags)
{
	struct script_run *run = container_of(op, struct script_run, death);
	void (*done)(struct script_run * run, int status) = run->done;
	int status = 0;

	(void)result;
	(void)flags;
	run->armed = false;
	timer_cancel(&run->limit);
	if (waitpid(run->pid, &status, WNOHANG) != run->pid) {
		kill(-run->pid, SIGKILL);
		waitpid(run->pid, &status, 0);
	}
	close(run->pidfd);
	if (done)
		done(run, !run->timed_out && WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

void script_abandon(struct script_run *run)
{
	if (!run->armed)
		return;
	run->done = NULL;
	timer_cancel(&run->limit);
	kill(-run->pid, SIGKILL);
}

static struct script_run fired[SCRIPTS_FIRED_MAX];

pid_t script_fired(uint32_t n)
{
	for (uint32_t i = 0; i < SCRIPTS_FIRED_MAX; i++)
		if (script_is_running(&fired[i]) && n-- == 0)
			return fired[i].pid;
	return 0;
}

struct script_run *script_free(void)
{
	for (uint32_t i = 0; i < SCRIPTS_FIRED_MAX; i++)
		if (!script_is_running(&fired[i]))
			return &fired[i];
	return NULL;
}
