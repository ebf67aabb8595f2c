/* SPDX-License-Identifier: GPL-2.0-or-later */
/* privilege.c - giving up root.
 *
 * The order matters.  The bounding set can only be emptied while CAP_SETPCAP is there, the chroot
 * and the groups need root, the user comes last, and then the capabilities are set to nothing by
 * hand, for the case that no user was configured and root stays root in name.  no_new_privs and
 * the dump flag close the way back: nothing that is executed later gains anything, and no process
 * of the same user may look into our memory. */
#include "core/privilege.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPABILITY_LAST 63 /* as many as two 32-bit words can hold */

static void say(char *problem, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(char *problem, const char *format, ...)
{
	size_t used = strlen(problem);
	va_list arguments;

	if (used > 0 && used + 2 < PRIVILEGE_PROBLEM_BYTES) {
		memcpy(problem + used, "; ", 3);
		used += 2;
	}
	va_start(arguments, format);
	vsnprintf(problem + used, PRIVILEGE_PROBLEM_BYTES - used, format, arguments);
	va_end(arguments);
}

static uint32_t find_group(struct privilege *privilege, const struct global *global, char *problem)
{
	const struct group *group;

	if (!global->group || privilege->gid >= 0)
		return 0;
	group = getgrnam(global->group);
	if (group) {
		privilege->gid = group->gr_gid;
		return 0;
	}
	say(problem, "group '%s' does not exist, create it with: groupadd --system %s",
		global->group, global->group);
	return 1;
}

static uint32_t find_user(struct privilege *privilege, const struct global *global, char *problem)
{
	const struct passwd *user;

	if (!global->user || privilege->uid >= 0)
		return 0;
	user = getpwnam(global->user);
	if (user) {
		privilege->uid = user->pw_uid;
		return 0;
	}
	say(problem,
		"user '%s' does not exist, create it with: useradd --system --no-create-home "
		"--shell /usr/sbin/nologin%s%s %s",
		global->user, global->group ? " --gid " : "", global->group ? global->group : "",
		global->user);
	return 1;
}

static uint32_t find_chroot(const struct privilege *privilege, char *problem)
{
	struct stat status;

	if (!privilege->chroot)
		return 0;
	if (stat(privilege->chroot, &status) == 0 && S_ISDIR(status.st_mode))
		return 0;
	say(problem, "chroot folder '%s' does not exist, create it with: install -d -m 755 %s",
		privilege->chroot, privilege->chroot);
	return 1;
}

uint32_t privilege_find(struct privilege *privilege, const struct global *global, char *problem)
{
	*privilege = (struct privilege){
		.chroot = global->chroot,
		.user = global->user,
		.uid = global->uid,
		.gid = global->gid,
		.spoofs = global->spoofs,
	};
	problem[0] = '\0';
	return find_group(privilege, global, problem) + find_user(privilege, global, problem) +
	       find_chroot(privilege, problem);
}

/* All of them, but for the one that transparent sockets need, where it is there to be kept. */
static int drop_capabilities(bool keeps_raw)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2] = {0};

	if (keeps_raw && syscall(SYS_capget, &header, sets) == 0) {
		uint32_t raw = sets[0].permitted & 1u << CAP_NET_RAW;

		memset(sets, 0, sizeof(sets));
		sets[0].permitted = raw;
		sets[0].effective = raw;
	}
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, sets) < 0 ? -errno : 0;
}

/* Fails without CAP_SETPCAP, for somebody who had nothing to lose. */
static void empty_bounding_set(void)
{
	for (unsigned long capability = 0; capability <= CAPABILITY_LAST; capability++)
		prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

static int enter_chroot(const char *folder, char *problem)
{
	if (chroot(folder) == 0 && chdir("/") == 0)
		return 0;
	say(problem, "Cannot chroot(%s): %s", folder, strerror(errno));
	return -errno;
}

static int change_group(const struct privilege *privilege, char *problem)
{
	gid_t gid = (gid_t)privilege->gid;
	int error;

	/* The supplementary groups of whoever started us are none of the balancer's business. */
	if (geteuid() == 0 && setgroups(0, NULL) < 0) {
		error = -errno;
		say(problem, "Cannot drop supplementary groups: %s", strerror(-error));
		return error;
	}
	if (getegid() == gid || setresgid(gid, gid, gid) == 0)
		return 0;
	error = -errno;
	say(problem, "Cannot set gid %u: %s", (unsigned)gid, strerror(-error));
	return error;
}

static int change_user(const struct privilege *privilege, char *problem)
{
	uid_t uid = (uid_t)privilege->uid;
	int error;

	if (geteuid() == uid || setresuid(uid, uid, uid) == 0)
		return 0;
	error = -errno;
	say(problem, "Cannot set uid %u: %s", (unsigned)uid, strerror(-error));
	return error;
}

int privilege_drop(const struct privilege *privilege, char *problem)
{
	int error = 0;

	problem[0] = '\0';
	empty_bounding_set();
	if (privilege->spoofs)
		prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	if (privilege->chroot)
		error = enter_chroot(privilege->chroot, problem);
	if (error == 0 && privilege->gid >= 0)
		error = change_group(privilege, problem);
	if (error == 0 && privilege->uid >= 0)
		error = change_user(privilege, problem);
	if (error < 0)
		return error;
	error = drop_capabilities(privilege->spoofs);
	if (error < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		say(problem, "Cannot drop capabilities: %s", strerror(errno));
		return -errno;
	}
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* Tried, not believed: there must be no way back to root. */
	if (privilege->uid > 0)
		assert(setresuid(0, 0, 0) < 0);
	return 0;
}

uint64_t privilege_raise_descriptors(uint64_t exactly, uint64_t at_least)
{
	uint64_t wanted = exactly ? exactly : at_least;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 1024;
	if (wanted > limit.rlim_max) {
		struct rlimit more = {.rlim_cur = wanted, .rlim_max = wanted};

		if (setrlimit(RLIMIT_NOFILE, &more) == 0)
			return wanted;
		exactly = 0;
	}
	/* What is not asked for costs nothing: pipes, rings and probes take from the rest. */
	limit.rlim_cur = exactly ? exactly : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		getrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur;
}

void privilege_reserve_descriptors(uint64_t count)
{
	int last = count ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, (int)(count - 1)) : -1;

	if (last >= 0)
		close(last);
}
