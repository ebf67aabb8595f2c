/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balancer.h - the unprivileged process that does the work, seen from its main thread.
 *
 * core knows nothing of what the rooms above it do: they are given as a table of functions, in
 * the order of a balancer's life.  main.c fills it.
 * Thread: the balancer's main thread. */
#ifndef TORC_CORE_BALANCER_H
#define TORC_CORE_BALANCER_H

#include "core/board.h"
#include "core/options.h"

struct routers_page;

struct balancer_start {
	const struct config *config;
	struct board *board;
	const struct board *previous;	    /* the generation that this one replaces, or NULL */
	const struct routers_page *routers; /* what the keeper tells of them, or NULL */
	const int *listen_fds;		    /* by listener.index; -1: not listening */
	int keeper; /* its end of the channel, for an operator's orders; lives as long as we do */
	uint32_t worker_count;
	uint32_t maxconn;    /* effective, of the process */
	uint32_t keeper_pid; /* for log lines */
	bool pin_workers;
	bool own_descriptors; /* every worker makes itself a table of them: see limits.h */
};

struct balancer_rooms {
	/* Fills a fresh board's verdicts. */
	void (*first_verdicts)(const struct config *config, struct board *board);
	/* With privileges: rings, pools, log sockets.  0 or -errno, with a message on the log. */
	int (*open)(const struct balancer_start *start);
	/* Privileges are gone and nobody else probes or accepts.  0 or -errno with a message. */
	int (*start)(void);
	/* The prober ends, nothing more is accepted, sessions finish.  Called once more when yet
	 * another generation takes over while this one still finishes. */
	void (*drain)(const struct board *successor);
	/* The address has gone to another machine; connections to it without a request end within
	 * idle_ms. */
	void (*moved)(const char *address, uint32_t idle_ms);
	void (*pause)(bool paused);
	bool (*is_idle)(void);
	void (*close)(void);
};

/* The child's whole life.  Its exit code. */
int balancer_main(const struct options *options, const struct balancer_rooms *rooms, int channel);

#endif
