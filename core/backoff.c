/* SPDX-License-Identifier: GPL-2.0-or-later */
/* backoff.c - the pause before the next start: a ring of five moments and one number.
 *
 * A balancer that dies once is replaced at once; one that dies five times in ten seconds would
 * only burn the processor and fill the log.  The pause doubles while that goes on and is forgotten
 * when one has lived.  Pure: the keeper brings the time and keeps the pause. */
#include "core/backoff.h"

uint32_t backoff_death(struct backoff *backoff, uint64_t started_ms, uint64_t now_ms)
{
	uint64_t fifth_last;

	if (now_ms - started_ms >= BACKOFF_WINDOW_MS)
		*backoff = (struct backoff){0}; /* that one lived: what was before says nothing */
	backoff->deaths_ms[backoff->deaths % BACKOFF_DEATHS] = now_ms;
	backoff->deaths++;
	if (backoff->pause_ms > 0) {
		backoff->pause_ms *= 2;
		if (backoff->pause_ms > BACKOFF_LAST_MS)
			backoff->pause_ms = BACKOFF_LAST_MS;
		return backoff->pause_ms;
	}
	if (backoff->deaths < BACKOFF_DEATHS)
		return 0;
	fifth_last = backoff->deaths_ms[backoff->deaths % BACKOFF_DEATHS];
	if (now_ms - fifth_last < BACKOFF_WINDOW_MS)
		backoff->pause_ms = BACKOFF_FIRST_MS;
	return backoff->pause_ms;
}

bool backoff_trusts(const struct backoff *backoff, uint64_t started_ms, uint64_t now_ms)
{
	return backoff->pause_ms == 0 || now_ms - started_ms >= BACKOFF_WINDOW_MS;
}
