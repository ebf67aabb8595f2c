/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter.c - two lists of system calls.
 *
 * The balancer's is of what a relay of bytes does: its rings, its sockets, memory, threads, clocks,
 * its own death.  Files can still be opened, as far as the chroot shows any: the C library looks
 * for its zone files and the statistics for /proc.  Nothing can be executed, no process made,
 * nobody else's touched.  A refused call fails with EPERM instead of killing: a C library that
 * tries something new must not take the service down, and who has taken a balancer over gains
 * nothing from the difference.  clone3 hides its flags in memory, where no filter can look, so it
 * does not exist for us, and the C library falls back to clone.
 *
 * The sanitizers' run-time makes calls of its own (it traces, it forks): those builds have no
 * filter. */
#include "core/filter.h"
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FILTERED 0
#else
#define FILTERED 1
#endif

static const int balancer_calls[] = {
	/* rings */
	SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register), SCMP_SYS(splice),
	/* sockets */
	SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(bind), SCMP_SYS(connect),
	SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(getsockopt), SCMP_SYS(listen),
	SCMP_SYS(recvfrom), SCMP_SYS(recvmmsg), SCMP_SYS(recvmsg), SCMP_SYS(sendmmsg),
	SCMP_SYS(sendmsg), SCMP_SYS(sendto), SCMP_SYS(setsockopt), SCMP_SYS(shutdown),
	SCMP_SYS(socket), SCMP_SYS(socketpair),
	/* descriptors and files */
	SCMP_SYS(access), SCMP_SYS(close), SCMP_SYS(close_range), SCMP_SYS(dup), SCMP_SYS(dup2),
	SCMP_SYS(dup3), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait),
	SCMP_SYS(eventfd2), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(fcntl),
	SCMP_SYS(fstat), SCMP_SYS(getcwd), SCMP_SYS(getdents64), SCMP_SYS(ioctl), SCMP_SYS(lseek),
	SCMP_SYS(lstat), SCMP_SYS(memfd_create), SCMP_SYS(newfstatat), SCMP_SYS(open),
	SCMP_SYS(openat), SCMP_SYS(pipe2), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(pread64),
	SCMP_SYS(pselect6), SCMP_SYS(pwrite64), SCMP_SYS(read), SCMP_SYS(readlink),
	SCMP_SYS(readlinkat), SCMP_SYS(readv), SCMP_SYS(stat), SCMP_SYS(statx), SCMP_SYS(write),
	SCMP_SYS(writev),
	/* memory */
	SCMP_SYS(brk), SCMP_SYS(madvise), SCMP_SYS(mincore), SCMP_SYS(mmap), SCMP_SYS(mprotect),
	SCMP_SYS(mremap), SCMP_SYS(munmap),
	/* threads and time */
	SCMP_SYS(clock_getres), SCMP_SYS(clock_gettime), SCMP_SYS(clock_nanosleep), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(futex), SCMP_SYS(get_robust_list), SCMP_SYS(getcpu),
	SCMP_SYS(gettimeofday), SCMP_SYS(membarrier), SCMP_SYS(nanosleep), SCMP_SYS(pause),
	SCMP_SYS(prctl), SCMP_SYS(restart_syscall), SCMP_SYS(rseq), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_getparam), SCMP_SYS(sched_getscheduler), SCMP_SYS(sched_setaffinity),
	SCMP_SYS(sched_yield), SCMP_SYS(set_robust_list), SCMP_SYS(set_tid_address), SCMP_SYS(time),
	SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_settime),
	/* who and how much */
	SCMP_SYS(getegid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getpgid), SCMP_SYS(getpid),
	SCMP_SYS(getppid), SCMP_SYS(getpriority), SCMP_SYS(getrandom), SCMP_SYS(getrlimit),
	SCMP_SYS(getrusage), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(prlimit64),
	SCMP_SYS(setrlimit), SCMP_SYS(sysinfo), SCMP_SYS(times), SCMP_SYS(umask), SCMP_SYS(uname),
	/* signals, to itself */
	SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigsuspend), SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(sigaltstack)};

static const int keeper_refused[] = {SCMP_SYS(acct), SCMP_SYS(add_key), SCMP_SYS(delete_module),
	SCMP_SYS(ioperm), SCMP_SYS(iopl), SCMP_SYS(kexec_file_load), SCMP_SYS(kexec_load),
	SCMP_SYS(keyctl), SCMP_SYS(lookup_dcookie), SCMP_SYS(modify_ldt), SCMP_SYS(move_pages),
	SCMP_SYS(nfsservctl), SCMP_SYS(open_by_handle_at), SCMP_SYS(perf_event_open),
	SCMP_SYS(pivot_root), SCMP_SYS(process_vm_writev), SCMP_SYS(ptrace), SCMP_SYS(quotactl),
	SCMP_SYS(request_key), SCMP_SYS(swapoff), SCMP_SYS(swapon), SCMP_SYS(uselib),
	SCMP_SYS(userfaultfd), SCMP_SYS(ustat), SCMP_SYS(vhangup)};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Calls that this machine does not have are no error. */
static int add_all(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int error = calls[i] < 0 ? 0 : seccomp_rule_add(filter, action, calls[i], 0);

		if (error < 0)
			return error;
	}
	return 0;
}

/* A thread of our own, never a process; signals and a careful look (core/crash.c) to ourselves, to
 * nobody else. */
static int add_ourselves(scmp_filter_ctx filter)
{
	scmp_datum_t self = (scmp_datum_t)getpid();
	int error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
			SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (error == 0)
		error = seccomp_rule_add(
			filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, self, 0));
	if (error == 0) /* a table of descriptors of its own, for a worker */
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(unshare), 1,
			SCMP_A0(SCMP_CMP_EQ, CLONE_FILES, 0));
	if (error == 0)
		error = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(process_vm_readv), 1,
			SCMP_A0(SCMP_CMP_EQ, self, 0));
	return error;
}

int filter_balancer(void)
{
	scmp_filter_ctx filter;
	int error;

	if (!FILTERED)
		return 0;
	filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return -ENOMEM;
	error = add_all(filter, SCMP_ACT_ALLOW, balancer_calls, COUNT(balancer_calls));
	if (error == 0)
		error = add_ourselves(filter);
	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}

int filter_keeper(void)
{
	scmp_filter_ctx filter;
	int error;

	/* One that is there already is a container's, or ours from before an upgrade. */
	if (!FILTERED || prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER)
		return 0;
	filter = seccomp_init(SCMP_ACT_ALLOW);
	if (!filter)
		return -ENOMEM;
	/* Programs that the keeper starts may gain what their files give them, a script's sudo say:
	 * without privileges of our own there is no filter rather than that promise. */
	error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
	if (error == 0)
		error = add_all(
			filter, SCMP_ACT_ERRNO(EPERM), keeper_refused, COUNT(keeper_refused));
	if (error == 0)
		error = seccomp_load(filter);
	seccomp_release(filter);
	return error;
}
