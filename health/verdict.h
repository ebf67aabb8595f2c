/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verdict.h - from the results of probes to the state of a server: rise, fall, intervals.
 * Source: HAProxy's check machine.  Pure: events and time in, actions out.
 * Owns:   nothing; the verdict is the caller's.
 *
 *   health   0 ............ rise-1 | rise ............ rise+fall-1
 *            DOWN                  | UP
 *            ^                   ^   ^               ^
 *            |                   |   start           top: `inter`
 *            bottom: `downinter` anywhere between: `fastinter`
 *
 * A passed probe adds one, and on reaching rise jumps to the top.  A failed one takes one away,
 * and below rise drops to 0.  A server starts UP at rise, so that its first probe decides. */
#ifndef TORC_HEALTH_VERDICT_H
#define TORC_HEALTH_VERDICT_H

#include "health/probe.h"

/* The verdict on a server that was never probed: UP, or MAINT when it is disabled or its name did
 * not resolve.  wall_s: seconds since the epoch. */
void verdict_first(struct verdict *verdict, const struct server *server, uint64_t wall_s);
/* Is this a verdict that a probed server can go on from?  It may come from another process's board
 * and is believed only when it could be our own. */
bool verdict_continues(const struct verdict *verdict, const struct server *server);
/* Is this server to be probed, as things stand? */
bool verdict_wants_probes(const struct verdict *verdict, const struct server *server);

enum verdict_event_kind {
	VERDICT_PROBE_BEGINS,
	VERDICT_PROBE_ENDS,	/* with a result */
	VERDICT_PROBE_ABANDONED /* the prober stops */
};

struct verdict_event {
	enum verdict_event_kind kind;
	const struct probe_result *result; /* PROBE_ENDS: passed, failed or inconclusive */
	uint32_t duration_ms;
	uint64_t wall_s;
};

enum verdict_change { VERDICT_STAYS, VERDICT_WENT_UP, VERDICT_WENT_DOWN };

/* After every step the verdict is to be written to the board. */
struct verdict_actions {
	enum verdict_change change; /* other than STAYS: to be logged */
	uint32_t next_probe_ms;	    /* PROBE_ENDS: from now; before jitter */
};

void verdict_step(struct verdict *verdict, const struct server *server,
	const struct verdict_event *event, struct verdict_actions *actions);

/* When the first probes leave, so that they do not leave together: server `position` of `count`
 * probed ones waits for its part of `spread_ms`, which is verdict_spread_base_ms(). */
uint32_t verdict_start_delay_ms(uint32_t spread_ms, uint32_t position, uint32_t count);
/* The shortest `inter` of at least a second among the probed servers, or, when all are shorter,
 * the shortest; at most max-spread-checks.  A single server that is probed every few milliseconds
 * must not make thousands of others start at once. */
uint32_t verdict_spread_base_ms(const struct config *config);
/* `spread-checks`: the interval plus or minus a random part of up to `percent` of it.
 * random: evenly distributed over 32 bits. */
uint32_t verdict_jitter_ms(uint32_t interval_ms, uint32_t percent, uint32_t random);

/* What the log line of a transition tells besides the verdict. */
struct verdict_scene {
	const struct server *server;
	const struct verdict *verdict; /* after the transition */
	uint32_t active, backups;      /* usable servers of the backend after it */
	uint64_t sessions;	       /* of this server, now */
	uint64_t requeued, queued;     /* moved on by the transition; waiting for it still */
};

/* What a line says of the others besides. */
enum verdict_others {
	VERDICT_ALONE,	/* nothing */
	VERDICT_LEFT,	/* how many are left, now that it goes */
	VERDICT_ONLINE, /* how many there are */
};

#define VERDICT_LINE_BYTES 1024

/* "Server myLB/pv3 is DOWN, reason: ..." in HAProxy's words.  Returns its bytes, NUL-terminated. */
uint32_t verdict_describe(char out[VERDICT_LINE_BYTES], const struct verdict_scene *scene);
/* "Server myLB/pv3 <what>", of a change that no check made. */
uint32_t verdict_describe_order(char out[VERDICT_LINE_BYTES], const struct verdict_scene *scene,
	const char *what, enum verdict_others others);
/* The same for one check, of option log-health-checks: "Health check for server myLB/pv3 failed,
 * reason: ..., status: 2/3 UP." */
uint32_t verdict_describe_check(char out[VERDICT_LINE_BYTES], const struct server *server,
	const struct verdict *verdict, const struct probe_result *result);

#endif
