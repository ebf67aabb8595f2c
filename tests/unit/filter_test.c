/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filters of system calls, each in a child of its own: what a balancer needs works, what it
 * must never do does not. */
#include "core/filter.h"
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FILTERED 0
#else
#define FILTERED 1
#endif

/* Runs in a child; its exit status is the number of the first line that was not so. */
#define SO(what)                                                                                   \
	do {                                                                                       \
		if (!(what))                                                                       \
			_exit(__LINE__ & 127);                                                     \
	} while (0)

static int in_a_child(void (*body)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		body();
		_exit(0);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void *come_and_go(void *argument)
{
	return argument;
}

static void be_a_balancer(void)
{
	char *const nothing[] = {NULL};
	pthread_t thread;
	int fd;

	SO(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	SO(filter_balancer() == 0);
	/* what it lives on */
	SO((fd = socket(AF_INET, SOCK_STREAM, 0)) >= 0 && close(fd) == 0);
	SO(pthread_create(&thread, NULL, come_and_go, NULL) == 0);
	SO(pthread_join(thread, NULL) == 0);
	SO(malloc(1u << 20) != NULL);
	SO(raise(SIGURG) == 0);
	/* what it never does */
	SO(fork() < 0 && errno == EPERM);
	SO(execve("/bin/true", nothing, nothing) < 0 && errno == EPERM);
	SO(kill(getppid(), 0) < 0 && errno == EPERM);
	SO(syscall(SYS_tgkill, getppid(), getppid(), 0) < 0 && errno == EPERM);
	SO(ptrace(PTRACE_TRACEME, 0, 0, 0) < 0 && errno == EPERM);
	SO(mount("none", "/", NULL, 0, NULL) < 0 && errno == EPERM);
	SO(syscall(SYS_io_uring_setup, 1, NULL) < 0 && errno == EPERM);
	SO(unlink("/nowhere") < 0 && errno == EPERM);
	SO(syscall(SYS_bpf, 0, NULL, 0) < 0 && errno == EPERM);
}

static void be_a_keeper(void)
{
	/* Without privileges of our own there may be none, and nothing is lost. */
	if (filter_keeper() < 0)
		_exit(geteuid() == 0 ? 1 : 0);
	SO(syscall(SYS_keyctl, 0, 0, 0, 0, 0) < 0 && errno == EPERM);
	SO(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0) < 0 && errno == EPERM);
	SO(access("/", R_OK) == 0);
	/* Its children still do what they are for. */
	switch (fork()) {
	case -1:
		_exit(1);
	case 0:
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	default: {
		int status;

		SO(wait(&status) > 0 && status == 0);
	}
	}
}

static void a_balancer_is_held(void **state)
{
	(void)state;
	assert_int_equal(in_a_child(be_a_balancer), 0);
}

static void a_keeper_is_held(void **state)
{
	(void)state;
	assert_int_equal(in_a_child(be_a_keeper), 0);
}

/* core/filter.c says why. */
static void sanitizers_do_as_they_must(void **state)
{
	pid_t child;

	(void)state;
	assert_int_equal(filter_balancer(), 0);
	assert_int_equal(filter_keeper(), 0);
	child = fork();
	if (child == 0)
		_exit(0);
	assert_true(child > 0 && waitpid(child, NULL, 0) == child);
}

int main(void)
{
	const struct CMUnitTest filtered[] = {
		cmocka_unit_test(a_balancer_is_held),
		cmocka_unit_test(a_keeper_is_held),
	};
	const struct CMUnitTest sanitized[] = {
		cmocka_unit_test(sanitizers_do_as_they_must),
	};

	return FILTERED ? cmocka_run_group_tests(filtered, NULL, NULL)
			: cmocka_run_group_tests(sanitized, NULL, NULL);
}
