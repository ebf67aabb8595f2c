/* SPDX-License-Identifier: GPL-2.0-or-later */
/* child.h - starting this program again in a role of its own.
 *
 * Always fork and exec, never a bare fork: the child gets a fresh address layout, no mapping of
 * the keeper's ring, and no descriptor but the ones it is given.  The program that is started is
 * the open image, not whatever has the name by now, so that a keeper and its balancers are of one
 * version until an upgrade is asked for.
 * Thread: the keeper's. */
#ifndef TORC_CORE_CHILD_H
#define TORC_CORE_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum child_role {
	CHILD_NONE, /* a person or a script has started us */
	CHILD_PLANNER,
	CHILD_BALANCER,
	CHILD_GUARD, /* waits for the keeper's death: vrrp/vrrp.h */
};

struct child {
	pid_t pid;
	int pidfd;
	int channel; /* our end of the socket pair */
};

struct child_order {
	enum child_role role;
	int image;	     /* child_open_image() */
	char *const *argv;   /* the keeper's own: children show the same line in `ps` */
	const int *kept_fds; /* descriptors above 2 that the child keeps (log fd@N) */
	uint32_t kept_count;
	bool urgent; /* it is to run before all else until child_calm_down() */
};

/* The program that is running, opened; or the file at `path` when that is not NULL.
 * The descriptor or -errno. */
int child_open_image(const char *path);
/* 0 or -errno; the descriptors of *child are the caller's. */
int child_spawn(struct child *child, const struct child_order *order);
/* The child itself: with the priority that it would have had.  Its threads have that anyway. */
void child_calm_down(void);
/* Gives both descriptors back. */
void child_forget(struct child *child);

/* What a child was given. */
struct child_self {
	enum child_role role;
	int channel;
	pid_t keeper;
};
/* Reads and removes the note in the environment.  False: there was one, but it makes no sense. */
bool child_who_am_i(struct child_self *self);

#endif
