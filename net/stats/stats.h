/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stats.h - the statistics, for people and for programs: page, csv, runtime commands.
 *
 * Everything here reads the configuration and the board and writes text.  An output can be long
 * (thousands of servers), so it is made in pieces: a cursor remembers the next row, and each call
 * fills one buffer with whole rows.
 * Thread: a cursor belongs to one thread. */
#ifndef TORC_NET_STATS_STATS_H
#define TORC_NET_STATS_STATS_H

#include "core/board.h"
#include "core/span.h"

struct routers_page;

/* What takes two looks a second apart; the admin thread takes them. */
struct stats_pulse {
	board_word bytes_out_rate; /* per second, over the last second */
	board_word idle_percent;   /* of the workers' time, over the last second */
	board_word connection_rate_max, session_rate_max; /* of the process */
};

/* What the process knows beside the board. */
struct stats_context {
	const struct config *config;
	const struct board *board;
	const struct board *previous; /* the draining generation's, or NULL: its gauges count too */
	/* By cell of `board`: the same cell on `previous`, or UINT32_MAX.  From
	 * stats_match_previous(); NULL while `previous` is. */
	uint32_t *previous_cells;
	const struct stats_pulse *pulse;    /* admin_pulse(), or NULL */
	const struct routers_page *routers; /* NULL: nobody tells of virtual routers */
	struct orders *orders;		    /* to the prober, or NULL */
	struct load *load;		    /* what servers carry and may carry now, or NULL */
	struct queue *queues;		    /* by proxy index */
	int keeper;			    /* the channel to it; used where there are routers */
	uint32_t pid;			    /* the keeper's */
	uint32_t maxconn;		    /* effective */
	uint32_t ulimit_n, maxsock, maxpipes;
};

enum stats_form { STATS_FORM_HTML, STATS_FORM_CSV, STATS_FORM_JSON, STATS_FORM_TYPED };

enum stats_rows { /* mask of `show stat <iid> <type> <sid>` */
	STATS_ROW_FRONTEND = 1,
	STATS_ROW_BACKEND = 2,
	STATS_ROW_SERVER = 4,
	STATS_ROW_LISTENER = 8, /* shown only when it is asked for beside less than all */
	STATS_ROW_ALL = 0xf,
};

/* What a request to the stats uri asked for. */
struct stats_request {
	enum stats_form form;
	bool hide_down, hide_maint, no_refresh;
	bool full;		   /* columns addr, cookie, algo: admin socket, show-legends */
	int64_t iid, sid;	   /* -1: all */
	uint32_t rows;		   /* enum stats_rows, 0xf: all */
	char scope[64];		   /* scope=: only proxies whose name contains it */
	const struct proxy *proxy; /* whose stats uri was asked; NULL on the socket */
};

/* Reads what follows the uri prefix: ";csv;up;norefresh;scope=x".  Pure. */
void stats_parse_request(
	struct stats_request *request, const struct proxy *proxy, struct span rest);

/* The value of the answer's content-type, and of its refresh field (0: no such field). */
const char *stats_content_type(const struct stats_request *request);
uint32_t stats_refresh_s(const struct stats_request *request);

#define STATS_FILL_BYTES_MIN 8192

struct stats_cursor {
	struct stats_request request;
	uint32_t stage, proxy, row;
	uint32_t cell; /* json and typed: the next cell of the row */
	uint32_t rows_written;
	bool done;
};

void stats_cursor_init(struct stats_cursor *cursor, const struct stats_request *request);
/* Fills out[0, capacity) with whole rows (json and typed: whole cells); capacity is at least
 * STATS_FILL_BYTES_MIN.  Returns its bytes; 0 when everything was written.  A row that does not
 * fit into a buffer of its own (names of thousands of bytes) is left out. */
uint32_t stats_fill(struct stats_cursor *cursor, const struct stats_context *context, char *out,
	uint32_t capacity, uint64_t now_ms, uint64_t wall_ms);

/* board_sum(), with the gauges of the generation that is still draining. */
void stats_sum(
	const struct stats_context *context, uint32_t cell, struct traffic *sum, uint64_t now_ms);
/* The same for what workers count of themselves. */
void stats_sum_workers(const struct stats_context *context, struct worker_cell *sum);
/* Sets context->previous_cells, an allocated array that is the caller's to free.  0 or -ENOMEM. */
int stats_match_previous(struct stats_context *context);
/* Client connections of the process in the last second, over all frontends. */
uint64_t stats_connection_rate(const struct stats_context *context, uint64_t now_ms);

/* Does this request head's path belong to the stats of this proxy?  Gives what follows the
 * prefix in *rest. */
bool stats_uri_matches(const struct proxy *proxy, struct span path, struct span *rest);
/* Basic credentials against the users; takes the same time whether and where they differ. */
bool stats_authorized(const struct stats_uri *stats, struct span authorization);

#endif
