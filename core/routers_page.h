/* SPDX-License-Identifier: GPL-2.0-or-later */
/* routers_page.h - the virtual routers as others may see them: cells in shared memory.
 *
 * The keeper writes, balancers read: the stats socket is theirs.  One page for a keeper's life, so
 * that a balancer that outlives a reload goes on seeing the truth.  A cell is taken whole or not at
 * all: its sequence is odd while it is written.
 *
 * Thread: the writer's is the keeper's; any may read. */
#ifndef TORC_CORE_ROUTERS_PAGE_H
#define TORC_CORE_ROUTERS_PAGE_H

#include "core/config/vrrp_model.h"
#include <stdatomic.h>

#define ROUTERS_PAGE_MAGIC   0x70637274u /* "trcp" */
#define ROUTERS_PAGE_VERSION 3u
#define ROUTERS_LINES	     8 /* transitions that are remembered */
#define ROUTERS_LINE_BYTES   320
#define ROUTERS_SUM_BYTES    256
#define ROUTERS_TEXT_BYTES   48 /* an address */
#define ROUTERS_ERRORS	     16 /* kinds of packets that were dropped */

struct routers_line {
	uint64_t at_us;	    /* CLOCK_MONOTONIC */
	uint64_t stayed_us; /* in the state before */
	char from[16];	    /* that state */
	char text[ROUTERS_LINE_BYTES];
};

struct routers_error {
	char name[32];
	uint64_t count;
};

/* The second hop of planned moves: who stands by whom. */
struct routers_hop {
	char offered_by[ROUTERS_TEXT_BYTES]; /* would serve on if we took over; empty: nobody */
	char passes_to[ROUTERS_TEXT_BYTES];  /* does, and we pass on to him what is his */
	uint32_t keeps_ms;		     /* as long we serve on after a move; 0: we do not */
	uint64_t passed, kept;		     /* moves so far, in either role */
	uint64_t asks_in, asks_out, offers_in, offers_out, refused;
};

struct routers_cell {
	char name[VRRP_NAME_BYTES], interface[IF_NAMESIZE], state[16];
	char group[VRRP_NAME_BYTES]; /* its sync group's; empty: none */
	char sum[ROUTERS_SUM_BYTES]; /* "101 + 2 (haproxy) = 103" */
	char source[ROUTERS_TEXT_BYTES], master[ROUTERS_TEXT_BYTES];
	bool released; /* by an operator: takes part with priority 1 */
	uint8_t family, version, router_id, base, priority, master_priority;
	uint64_t since_us, heard_us; /* CLOCK_MONOTONIC; 0 never */
	uint64_t adverts_in, adverts_out, farewells_in, farewells_out;
	uint64_t became_master;
	struct routers_hop hop;
	uint32_t error_count, line_count;
	struct routers_error errors[ROUTERS_ERRORS];
	struct routers_line lines[ROUTERS_LINES]; /* the newest first */
};

struct routers_page {
	uint32_t magic, version;
	_Atomic uint32_t count;
	_Atomic uint64_t written_us; /* CLOCK_MONOTONIC: old when nobody writes any more */
	struct {
		_Atomic uint32_t sequence;
		struct routers_cell cell;
	} rows[VRRP_INSTANCES_MAX];
};

/* A new page, of which `*fd` is what others may be given: it cannot be written through that.  NULL
 * when there is no memory for it. */
struct routers_page *routers_page_make(int *fd);
/* Somebody else's, for reading; takes the descriptor over.  NULL: not a page of this version. */
const struct routers_page *routers_page_map(int fd);

void routers_page_write(struct routers_page *page, uint32_t row, const struct routers_cell *cell);
/* Nobody has written for a while. */
bool routers_page_is_old(const struct routers_page *page, uint64_t now_us);
/* Every text of it ends within its field.  False: there is no such row, or its writer was in the
 * middle of it each time. */
bool routers_page_read(const struct routers_page *page, uint32_t row, struct routers_cell *cell);

#endif
