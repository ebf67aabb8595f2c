/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scripts.h - programs that operators name: started without a shell, never waited for.
 *
 * Owns:   the room of a run is the caller's; it is not reused while script_is_running().
 * Thread: the keeper's. */
#ifndef TORC_VRRP_SCRIPTS_H
#define TORC_VRRP_SCRIPTS_H

#include "core/loop.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SCRIPT_WORDS_MAX  64u
#define SCRIPTS_FIRED_MAX 64u /* that run at once and that nobody waits for */
#define SCRIPT_GROUPS_MAX 64u /* of one user */
#define SCRIPT_USERS_MAX  8u  /* whose groups are remembered */

struct script_order {
	const char *command;	  /* words behind one another, ended by an empty one */
	const char *const *added; /* words behind those; NULL-terminated, or NULL */
	uint32_t uid, gid;
	bool with_groups;  /* the user's other groups, too */
	uint64_t limit_ms; /* then SIGTERM, and a second later SIGKILL; 0: none */
};

struct script_run {
	struct loop *loop;
	pid_t pid;
	int pidfd;
	struct op death;
	bool armed, timed_out;
	struct timer limit;
	/* Its exit status; -1 when it was too slow or died of a signal.  May be NULL. */
	void (*done)(struct script_run *run, int status);
	void *owner;
};

/* 0 or -errno, that of exec included; on success `done` is called once. */
int script_start(struct script_run *run, struct loop *loop, const struct script_order *order);
/* Kills it with all that it has started; nobody is told. */
void script_abandon(struct script_run *run);
static inline bool script_is_running(const struct script_run *run)
{
	return run->armed;
}

/* Users' groups are looked up anew from here on. */
void script_forget_groups(void);

/* One for somebody who does not want to know how it ended.  NULL: too many are running. */
struct script_run *script_free(void);
/* The n-th of those that run now; 0: there are not so many. */
pid_t script_fired(uint32_t n);

#endif
