/* SPDX-License-Identifier: GPL-2.0-or-later */
/* net.h - the front door to clients and servers: workers that accept and forward, and the admin
 * thread that answers on the stats sockets.
 *
 * Order of a balancer's life: net_open() with privileges (rings, pipes, pools, log sockets), then
 * the privileges are dropped, then net_start(); net_drain() when the keeper asks for it, until
 * net_is_idle(); net_close().  Thread: the balancer's main thread. */
#ifndef TORC_NET_NET_H
#define TORC_NET_NET_H

#include "core/board.h"
#include <stdbool.h>

struct routers_page;
struct orders;

struct net_options {
	const struct config *config;
	struct board *board;
	const struct board *previous;	    /* the generation that this one replaces, or NULL */
	const struct routers_page *routers; /* the virtual routers, or NULL */
	int keeper;	       /* a channel to it (core/channel.h), for an operator's orders */
	struct orders *orders; /* to the prober */
	const int *listen_fds; /* by listener.index; -1: not listening */
	uint32_t worker_count;
	uint32_t maxconn; /* effective, of the process */
	uint32_t pid;	  /* the keeper's: for log lines */
	bool pin_workers;
	bool own_descriptors; /* a table of them for every worker: core/limits.h */
};

struct net;

/* 0 or -errno with a message on the log; *net is set on success. */
int net_open(struct net **net, const struct net_options *options);
int net_start(struct net *net);
/* Stop accepting (what waits in the listening sockets' queues stays for the successor) and let
 * the sessions finish: idle keep-alive connections are closed, the next answer of the others
 * says connection: close.  From then on verdicts are read from `successor` (NULL: nobody's). */
void net_drain(struct net *net, const struct board *successor);
/* This address has moved to another machine: sessions whose clients came to it end as when
 * draining, those without a request within idle_ms. */
void net_moved(struct net *net, const char *address, uint32_t idle_ms);
/* SIGTTOU and SIGTTIN. */
void net_pause(struct net *net, bool paused);
bool net_is_idle(const struct net *net);
void net_close(struct net *net);

#endif
