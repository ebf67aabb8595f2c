/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_orphans.c - children of the program before this one.
 *
 * Exec keeps children and forgets who they are.  The memory of the program before tells: its guard,
 * which ends by itself, and scripts.  A notify script is left to its work; a tracking script has
 * nobody left to hear its answer, and is ended with all that it has started.  Each is reaped, or it
 * would stay as a zombie for as long as we live.
 *
 * The keeper's thread. */
#include "vrrp/speaker.h"
#include <signal.h>
#include <sys/wait.h>

static int32_t pids[ORPHANS_MAX]; /* 0: free */

void orphans_adopt(const struct orphan *orphan)
{
	if (orphan->pid <= 1 || waitpid(orphan->pid, NULL, WNOHANG) != 0)
		return; /* not ours, or gone already */
	if (orphan->unwanted)
		kill(-orphan->pid, SIGKILL);
	for (uint32_t i = 0; i < ORPHANS_MAX; i++) {
		if (pids[i] == 0) {
			pids[i] = orphan->pid;
			return;
		}
	}
}

void orphans_reap(void)
{
	for (uint32_t i = 0; i < ORPHANS_MAX; i++)
		if (pids[i] && waitpid(pids[i], NULL, WNOHANG) != 0)
			pids[i] = 0;
}
