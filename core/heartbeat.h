/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heartbeat.h - whether a balancer's threads still turn.
 *
 * Every worker stamps the board at least every 100 ms.  The judge looks at the stamps a few times
 * a second and says which thread is late, and when it has been late for so long that the process
 * must be replaced.  If the judge itself was away (the machine was frozen, or its process was
 * stopped), the others were most likely away too: it then waits one whole period before it
 * judges again.
 * Pure: the stamps and the time are arguments.  Thread: the keeper's. */
#ifndef TORC_CORE_HEARTBEAT_H
#define TORC_CORE_HEARTBEAT_H

#include <stdbool.h>
#include <stdint.h>

#define HEARTBEAT_LOOK_MS 200 /* how often the judge looks */
#define HEARTBEAT_JUMP_MS 500 /* a look that comes later than that was not our own choice */

enum heartbeat_verdict {
	HEARTBEAT_GOOD,
	HEARTBEAT_JUMPED, /* our own clock jumped: nothing is judged now */
	HEARTBEAT_STALE,  /* late for the first time: worth a line */
	HEARTBEAT_STILL_STALE,
	HEARTBEAT_BACK, /* turns again after it was late */
	HEARTBEAT_HUNG, /* replace it */
};

struct heartbeat_limits {
	uint32_t stale_ms, replace_ms; /* 0: never */
};

struct heartbeat_judge {
	uint64_t looked_ms; /* 0: not yet */
	uint64_t judge_from_ms;
	bool stale;
};

/* One stamp, oldest first in what it means: 0 is a thread that has not turned once. */
struct heartbeat_look {
	uint64_t now_ms;
	uint64_t started_ms; /* when the threads were told to start */
	uint64_t oldest_ms;  /* the oldest of all stamps; 0 when one has not turned yet */
};

enum heartbeat_verdict heartbeat_look(struct heartbeat_judge *judge,
	const struct heartbeat_limits *limits, const struct heartbeat_look *look);

#endif
