/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backoff.h - how soon a balancer that died is replaced.
 *
 * At once, as a rule: every millisecond is one in which nobody is served.  But a balancer that
 * dies again and again (five times in ten seconds) is one that will die again, and starting it
 * without a pause only burns the machine: then the pause is one second, doubled at every further
 * death up to thirty, until one has lived for ten seconds.
 * Pure.  Thread: the keeper's. */
#ifndef TORC_CORE_BACKOFF_H
#define TORC_CORE_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_DEATHS	  5u
#define BACKOFF_WINDOW_MS 10000u
#define BACKOFF_FIRST_MS  1000u
#define BACKOFF_LAST_MS	  30000u

struct backoff {
	uint64_t deaths_ms[BACKOFF_DEATHS]; /* a ring of the last deaths */
	uint32_t deaths;		    /* ever, since the last good life */
	uint32_t pause_ms;		    /* 0: not backing off */
};

/* A balancer that was started at started_ms has died at now_ms.  Returns the milliseconds to wait
 * before the next start. */
uint32_t backoff_death(struct backoff *backoff, uint64_t started_ms, uint64_t now_ms);

/* Is a balancer that was started at started_ms, and is alive, one to rely on?  Not as long as those
 * before it have died again and again and it has not lived for ten seconds itself: a virtual
 * address that comes back for every short life is worse than one that stays with its peer. */
bool backoff_trusts(const struct backoff *backoff, uint64_t started_ms, uint64_t now_ms);

#endif
