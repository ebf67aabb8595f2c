/* SPDX-License-Identifier: GPL-2.0-or-later */
/* inspect.h - what the admin thread may ask of the workers, and the store of bad messages.
 *
 * A question goes through a cell per worker: the admin thread writes it and wakes the worker, the
 * worker answers in a turn of its own, the admin thread reads the rows.  Neither ever waits for
 * the other: a question that is not taken up in time is withdrawn, and a worker that hangs in the
 * middle of an answer keeps its cell to itself until it is done.
 *
 * Owns:   the cells and the captured messages, all reserved at inspector_open().
 * Thread: the functions of the worker's side are called by that worker, those of the admin side
 *         by the admin thread; inspector_capture() by any worker, inspector_error() by anyone. */
#ifndef TORC_NET_INSPECT_H
#define TORC_NET_INSPECT_H

#include "core/board.h"
#include "core/span.h"
#include <stdatomic.h>

#define INSPECT_ROWS	    64 /* sessions in one answer */
#define INSPECT_END	    UINT64_MAX
#define ERROR_CAPTURE_BYTES 16384

/* ---- sessions ---- */

/* One session as its worker sees it.  Pointers are into the configuration, which never changes
 * while the process lives. */
struct session_row {
	uint64_t id;	      /* unique in this process; never 0 */
	union address source; /* AF_UNSPEC: unknown */
	const struct listener *listener;
	const struct proxy *frontend;
	const struct proxy *backend; /* NULL: none chosen yet */
	const struct server *server; /* NULL: none chosen yet */
	const char *state;   /* a static text: "request", "queue", "connect", "response", .. */
	uint64_t age_ms;     /* of the session */
	uint64_t idle_ms;    /* since the last byte in either direction */
	uint64_t expires_ms; /* until the next time-out; UINT64_MAX never */
	uint64_t bytes_in, bytes_out; /* of this session so far */
	uint64_t requests;	      /* finished on this connection */
	uint32_t retries;
	int32_t client_fd, server_fd; /* -1: none */
	bool spliced, tunnel, tls;
};

enum inspect_kind {
	INSPECT_SESSIONS,
	INSPECT_CLEAR_MAXIMA, /* answered by inspect_answer() itself */
};

/* Ways of the state: IDLE -admin-> ASKED -worker-> ANSWERING -worker-> DONE -admin-> IDLE, and
 * ASKED -admin-> IDLE when the question is withdrawn. */
enum inspect_state { INSPECT_IDLE, INSPECT_ASKED, INSPECT_ANSWERING, INSPECT_DONE };

struct inspect_cell {
	_Alignas(64) _Atomic uint32_t state; /* enum inspect_state; says who may touch the rest */
	uint32_t kind;			     /* enum inspect_kind */
	uint64_t from;			     /* 0, or `next` of the last answer */
	uint64_t next;			     /* INSPECT_END: there are no more */
	uint32_t count;
	uint32_t worker;
	const struct board *board;
	struct session_row rows[INSPECT_ROWS];
};

/* Fills up to `capacity` rows starting at the session that `from` means (0: the first) and sets
 * *next to where to go on, or INSPECT_END.  What the values between mean is the worker's own
 * business (an index into its pool of sessions, say); it looks at a bounded number of sessions
 * in one call, and may return 0 rows with *next set. */
typedef uint32_t inspect_fill(
	void *owner, uint64_t from, struct session_row *rows, uint32_t capacity, uint64_t *next);

/* Called by the worker once a turn; costs one load when nobody asks. */
void inspect_answer(struct inspect_cell *cell, inspect_fill *fill, void *owner);

/* ---- bad messages, for `show errors` ---- */

enum error_kind { ERROR_REQUEST, ERROR_RESPONSE };

/* What a worker knows of a message that it refuses.  Everything is copied. */
struct error_report {
	enum error_kind kind;
	const struct proxy *frontend;
	const struct proxy *backend; /* NULL: none chosen yet */
	const struct server *server; /* NULL: none */
	const union address *source; /* the client */
	struct span bytes;	     /* what was received; cut to ERROR_CAPTURE_BYTES */
	uint32_t position;	     /* offset of the byte that is wrong */
	const char *reason;	     /* a static text, or NULL */
	uint64_t wall_ms;
};

/* The last bad request of a frontend or the last bad response of a backend. */
struct error_capture {
	uint64_t wall_ms;
	uint64_t event; /* counted from 0 over the process */
	const struct proxy *frontend, *backend;
	const struct server *server;
	union address source;
	const char *reason;
	uint32_t position;
	uint32_t len; /* of the message; may be more than was kept */
	uint32_t kept;
	uint8_t kind; /* enum error_kind */
	bool used;
	char bytes[ERROR_CAPTURE_BYTES];
};

struct inspector;

struct inspector_options {
	const struct config *config;
	struct board *board;
	uint32_t worker_count;
	/* Makes a worker turn now; may be NULL, then it answers in its next turn. */
	void (*wake)(void *owner, uint32_t worker);
	void *owner;
};

/* Reserves everything: address space for two captures a proxy, touched when they are used.
 * 0 or -errno. */
int inspector_open(struct inspector **inspector, const struct inspector_options *options);
void inspector_close(struct inspector *inspector);

/* The cell that this worker looks at every turn. */
struct inspect_cell *inspector_cell(struct inspector *inspector, uint32_t worker);
uint32_t inspector_workers(const struct inspector *inspector);

/* Keeps a bad message.  Never waits: when another thread is at the store this one is counted and
 * dropped. */
void inspector_capture(struct inspector *inspector, const struct error_report *report);
/* Copies a capture; false: that proxy has none on this side. */
bool inspector_error(struct inspector *inspector, const struct proxy *proxy, enum error_kind kind,
	struct error_capture *copy);
/* How many messages were captured, dropped ones included. */
uint64_t inspector_events(struct inspector *inspector);

/* The admin's side.  Asks; false while the cell still belongs to an answer that was given up. */
bool inspector_ask(
	struct inspector *inspector, uint32_t worker, enum inspect_kind kind, uint64_t from);
/* The finished answer, or NULL while there is none.  It stays until inspector_release(). */
const struct inspect_cell *inspector_answer(struct inspector *inspector, uint32_t worker);
/* Gives the cell back, or withdraws the question. */
void inspector_release(struct inspector *inspector, uint32_t worker);

#endif
