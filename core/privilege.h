/* SPDX-License-Identifier: GPL-2.0-or-later */
/* privilege.h - from root to nobody: chroot, group, user, capabilities, no way back.
 *
 * The names are looked up before the chroot (there is no /etc/passwd inside).
 * Thread: the balancer's main thread, before it starts any other. */
#ifndef TORC_CORE_PRIVILEGE_H
#define TORC_CORE_PRIVILEGE_H

#include "core/config/model.h"

#define PRIVILEGE_PROBLEM_BYTES 1024

struct privilege {
	const char *chroot; /* NULL: none */
	const char *user;   /* NULL: none by name */
	int64_t uid, gid;   /* -1: stays as it is */
	bool spoofs;	    /* keeps CAP_NET_RAW: connections may come from clients' addresses */
};

/* Looks the names up and sees whether the folder is there.  Returns the number of things that are
 * missing; `problem` then says which, and the commands that create them. */
uint32_t privilege_find(struct privilege *privilege, const struct global *global, char *problem);
/* Gives everything up for good.  0, or -errno with `problem`. */
int privilege_drop(const struct privilege *privilege, char *problem);
/* The descriptors that this process may have from now on: `exactly` (0: not asked for), else the
 * hard limit, raised to `at_least` where that may be. */
uint64_t privilege_raise_descriptors(uint64_t exactly, uint64_t at_least);
/* Makes this process's table of descriptors as large as it will have to be.  To be called while
 * there is one thread: a table that threads share grows by doubling, and each time the one that
 * needed it waits for the kernel's readers, ten to thirty milliseconds in the middle of a request.
 * `count` is at most the limit; needs a standard input, and does nothing without. */
void privilege_reserve_descriptors(uint64_t count);

#endif
