/* SPDX-License-Identifier: GPL-2.0-or-later */
/* watch.h - the admin thread's looks at the board, a second apart.
 * It is the one writer of the peaks and of the carried totals.
 * Thread: the admin's; watch_open() and watch_close() before and after it runs. */
#ifndef TORC_NET_WATCH_H
#define TORC_NET_WATCH_H

#include "net/stats/stats.h"

struct watch {
	struct stats_context *context;
	struct board board;	      /* the mapping of context->board, to write to */
	const struct board *previous; /* while its generation still counts */
	struct stats_pulse pulse;
	struct traffic *forgotten; /* [cells] what `clear counters all` took off the totals */
	size_t forgotten_bytes;
	bool forgot_totals, forgot_maxima;
	uint64_t looked_ms, busy_ns, bytes_out;
	uint32_t followed_epoch;
};

/* Sets context->pulse and context->previous_cells.  0 or -errno. */
int watch_open(struct watch *watch, struct stats_context *context);
void watch_close(struct watch *watch);
/* Rates and their maxima, backends' histories, totals of the generation that drains. */
void watch_look(struct watch *watch, uint64_t now_ms, uint64_t wall_ms);
/* Copies a successor's verdicts when they have changed, or when `always`. */
void watch_follow(struct watch *watch, const struct board *successor, bool always);
/* `clear counters`, `clear counters all`: the parts that workers need not do. */
void watch_forget_maxima(struct watch *watch, uint64_t now_ms);
void watch_forget_totals(struct watch *watch, uint64_t now_ms);

#endif
