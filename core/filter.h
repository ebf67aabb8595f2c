/* SPDX-License-Identifier: GPL-2.0-or-later */
/* filter.h - which system calls a process may make from here on (seccomp).
 *
 * A balancer gets a list of what it needs: a call that is not on it fails with EPERM.  The keeper,
 * whose children do many things (the planner, an upgraded program, an operator's scripts), gets a
 * list of what none of them has any business with.
 * What goes through a ring is not seen by these filters: loop.h restricts the rings.
 * Thread: the process's first, before it starts others, which inherit it. */
#ifndef TORC_CORE_FILTER_H
#define TORC_CORE_FILTER_H

/* 0, or -errno: the kernel has no seccomp, or nothing to set it with (no privilege and no
 * no_new_privs).  The process goes on without; who calls says so. */
int filter_balancer(void);
int filter_keeper(void);

#endif
