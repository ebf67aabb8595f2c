/* SPDX-License-Identifier: GPL-2.0-or-later */
/* routers.h - the virtual routers, as the keeper sees them: a table of functions.
 *
 * core knows nothing of VRRP.  The room above it is given as functions, in the order of a keeper's
 * life; main.c fills the table.
 * Thread: the keeper's. */
#ifndef TORC_CORE_ROUTERS_H
#define TORC_CORE_ROUTERS_H

#include "core/config/config.h"
#include "core/loop.h"
#include <stdbool.h>
#include <stdint.h>

struct vrrp_config;

struct routers_start {
	struct loop *loop;
	const struct vrrp_config *config; /* copied; NULL: there are none */
	int memory;			  /* of the program before this one; -1 none.  Taken over */
	int image;			  /* this program, to start the guard with */
	char *const *argv;
	/* How many servers of a backend are up now; -1: nobody knows. */
	int32_t (*servers_up)(void *owner, const char *backend);
	/* An address has moved to another machine that passes on to us, for serve_ms, what belongs
	 * to connections of ours. */
	void (*address_moved)(void *owner, const char *address, uint32_t serve_ms);
	void *owner;
};

enum routers_end {
	ROUTERS_HAND_OVER, /* serve until somebody else does */
	ROUTERS_AT_ONCE,
};

enum routers_order {
	ROUTERS_RELEASE, /* let somebody else be master */
	ROUTERS_RECLAIM, /* take part again as the files say */
};

/* All addresses are given up.  What is under way on them still reaches us for serve_ms; 0: nothing
 * does. */
typedef void routers_gone(void *owner, uint32_t serve_ms);

struct keeper_rooms {
	/* 0 or -errno, with a message on the log. */
	int (*open)(const struct routers_start *start);
	/* Compares instance by instance; what has not changed is not touched.  A failure leaves
	 * none: it is told on the log. */
	void (*reload)(const struct routers_start *start);
	/* Is the service there for clients?  Told whenever it may have changed. */
	void (*tell_serving)(bool serving);
	/* Gives all addresses up.  True: `gone` will be called once, when that is done (soon for
	 * AT_ONCE); false: there is nothing to give up. */
	bool (*leave)(enum routers_end how, routers_gone *gone, void *owner);
	/* An operator's word; `name` is a router's or a sync group's, empty for all.  Unknown names
	 * are nobody's.  The page tells what has become of it. */
	void (*order)(enum routers_order order, const char *name);
	/* A memory file for the next program, open over exec; -1 when there is nothing to say. */
	int (*remember)(void);
	/* What a balancer is given to see of them (core/routers_page.h); -1 nothing. */
	int (*page)(void);
	/* For a person who asks with SIGQUIT. */
	void (*describe)(void);
	void (*close)(void);
};

#endif
