/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process.h - vrrp_track_process: which processes count, and when their number tells.
 * Source: keepalived.conf(5), vrrp_track_process; proc(5) for the two files.
 * Pure: bytes of /proc and the time in, answers out.
 * Owns:   nothing. */
#ifndef TORC_VRRP_PROCESS_H
#define TORC_VRRP_PROCESS_H

#include "core/config/vrrp_model.h"
#include "core/span.h"

#define PROCESS_NAME_BYTES 15 /* the kernel cuts longer ones */

struct process_stat {
	struct span name;
	bool alive; /* no zombie, and not about to vanish */
};

/* What /proc/PID/stat says.  False: it is no such line. */
bool process_read_stat(struct process_stat *stat, const char *bytes, size_t len);

/* Whether the name alone does not tell, so that /proc/PID/cmdline is to be read, too. */
bool process_needs_arguments(const struct vrrp_tracker *tracker);
/* By the name; the arguments are another question, of those that match here. */
bool process_name_matches(const struct vrrp_tracker *tracker, struct span name);
/* `line` holds the arguments, each ended by a NUL. */
bool process_arguments_match(const struct vrrp_tracker *tracker, struct span line);

/* A number becomes an answer: quorum, quorum_max, and the delays. */
struct process_verdict {
	bool known, enough; /* as told */
	uint64_t turn_us;   /* when the other answer becomes the one; 0: they agree */
};

/* The first number is an answer at once.  True: `enough` is new. */
bool process_judge(struct process_verdict *verdict, const struct vrrp_tracker *tracker,
	uint32_t count, uint64_t now_us);

#endif
