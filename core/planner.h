/* SPDX-License-Identifier: GPL-2.0-or-later */
/* planner.h - the child that reads the configuration so that the keeper need not.
 *
 * It hands back two sealed memory files: the plan (core/plan.h), which the keeper reads, and the
 * snapshot of the files with the names that were looked up, which only balancers read.
 * Thread: its own process; the functions of the other half are the keeper's. */
#ifndef TORC_CORE_PLANNER_H
#define TORC_CORE_PLANNER_H

#include "core/channel.h"
#include "core/config/config.h"
#include "core/options.h"

enum planner_status {
	PLANNER_GOOD,
	PLANNER_BAD,	     /* errors: 1 is the exit code of a start */
	PLANNER_NO_LISTENER, /* nothing to listen on: 2 */
};

/* Reads, checks and completes the tree, and prints what was found.  Also for -c and --print. */
enum planner_status planner_load(
	const struct options *options, struct config_source *source, struct config *config);
/* -c: the exit code. */
int planner_check(const struct options *options);
/* The child's whole life.  Its exit code. */
int planner_main(const struct options *options, int channel);

/* What came back. */
struct planner_answer {
	enum planner_status status;
	uint32_t handover_version; /* which notes the program that planned can read */
	int plan, snapshot;	   /* -1: none */
	char text[256];		   /* why not, where no message tells */
};

/* Takes over the descriptors of a PLANNED message.  False: it is something else. */
bool planner_take_answer(struct planner_answer *answer, struct channel_inbox *inbox,
	const struct channel_message *message);
void planner_drop_answer(struct planner_answer *answer);

#endif
