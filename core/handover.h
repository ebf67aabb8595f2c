/* SPDX-License-Identifier: GPL-2.0-or-later */
/* handover.h - what a keeper tells the next program that takes its place in the same process.
 *
 * SIGUSR2 makes the keeper execute its program anew.  Children, descriptors and the process id
 * stay; everything in memory goes.  What must not be lost is written down as lines of text in a
 * memory file whose number stands in the environment: text, so that a newer program reads an
 * older one's notes, with lines it does not know left out.
 *
 * Pure: text out, text in.  Owns: nothing.  Thread: the keeper's. */
#ifndef TORC_CORE_HANDOVER_H
#define TORC_CORE_HANDOVER_H

#include "core/mem.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define HANDOVER_VARIABLE "TORC_HANDOVER"
/* Of the meaning of the lines.  A program reads its own version and those before it. */
#define HANDOVER_VERSION 1u

struct handover_socket {
	int fd;
	uint32_t backlog;
	bool inherited;
	const char *key, *text;
};

struct handover_balancer {
	uint32_t generation;
	int pid, pidfd, channel;
	int board;	     /* -1: none */
	bool serving;	     /* else it drains */
	uint64_t stop_at_ms; /* draining: CLOCK_MONOTONIC of its hard stop; 0 none */
};

struct handover {
	uint32_t generation; /* the last number given */
	bool silent;	     /* standard output and error were let go */
	bool paused;
	uint32_t heartbeat_stale_ms, heartbeat_replace_ms, hard_stop_after_ms, grace_ms;
	int snapshot;		 /* what the serving balancer runs */
	int routers;		 /* what the virtual routers remember; -1: nothing */
	int plan, next_snapshot; /* what was checked and shall run next; -1: nothing */
	const char *pidfile;	 /* NULL: none */
	struct handover_socket *sockets;
	uint32_t socket_count;
	int *listen_fds; /* in the order of the snapshot's listeners */
	uint32_t listen_count;
	struct handover_balancer *balancers;
	uint32_t balancer_count;
};

void handover_write(const struct handover *handover, FILE *out);
/* False: not such a text, of a later version, or not complete.  Strings and lists live in the
 * arena. */
bool handover_read(struct handover *handover, const char *text, size_t len, struct arena *arena);

#endif
