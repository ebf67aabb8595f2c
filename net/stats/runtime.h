/* SPDX-License-Identifier: GPL-2.0-or-later */
/* runtime.h - the conversation on a stats socket: lines of commands in, answers out.
 * Source: HAProxy's management.txt 9.3 (2.6).
 *
 * A struct runtime is one connection without its socket: the owner puts bytes into its input and
 * takes text out of it, as much as the peer accepts.  Answers are made in pieces, so a reader that
 * stops costs nothing but its slot.
 *
 * Owns:   its input and the answer at hand; no file, no clock, no allocation.
 * Thread: the admin thread's, with everything in struct runtime_context. */
#ifndef TORC_NET_STATS_RUNTIME_H
#define TORC_NET_STATS_RUNTIME_H

#include "net/inspect.h"
#include "net/stats/stats.h"
#include "net/stats/text.h"

#define RUNTIME_INPUT_BYTES  16384 /* the longest line */
#define RUNTIME_WORDS	     64	   /* words of a command; more are ignored */
#define RUNTIME_OUTPUT_BYTES STATS_FILL_BYTES_MIN
#define RUNTIME_ANSWER_MS    500 /* how long a worker may take to answer */

struct runtime;

/* What commands may see and do.  One for all connections. */
struct runtime_context {
	const struct stats_context *stats;
	struct inspector *inspector;
	struct runtime *asker;	  /* who is asking the workers; one at a time */
	uint64_t now_ms, wall_ms; /* set before runtime_output() */
	char *const *environment; /* for `show env`; NULL-terminated, or NULL */
	/* `clear counters all`: everything that was counted so far is forgotten. */
	void (*clear_totals)(void *owner);
	/* `clear counters`: the maxima that are the admin thread's. */
	void (*clear_peaks)(void *owner);
	void *owner;
};

enum runtime_progress {
	RUNTIME_MORE,	 /* the buffer is full */
	RUNTIME_WAITING, /* for a worker: call again soon */
	RUNTIME_FINISHED,
};

/* Writes the next piece of an answer.  Every unit is committed or taken back by itself. */
typedef enum runtime_progress runtime_writer(
	struct runtime *runtime, struct runtime_context *context, struct text *text);

/* Where the answer at hand stands.  What the words mean is its writer's business. */
struct runtime_job {
	runtime_writer *write; /* NULL: no command at hand */
	uint32_t stage, proxy, item, offset;
	enum stats_form form;
	bool describe, exact; /* show info desc, float */
	bool detailed;	      /* show sess <id>, all */
	uint64_t wanted_id;   /* show sess <id>; 0: every one */
	bool found;
	const struct proxy *only; /* NULL: all */
	bool requests, responses; /* show errors */
	const char *variable;	  /* show env; vrrp: the name that is meant */
	bool release;		  /* vrrp release; else reclaim */
	/* questions to workers */
	uint32_t worker;
	bool asked;
	uint64_t deadline_ms, from;
	union {
		char message[1024];
		struct stats_cursor cursor;
		struct {
			uint32_t count, at;
			struct session_row rows[INSPECT_ROWS];
		} sessions;
		struct error_capture error;
	};
};

struct runtime {
	enum stats_level level;
	uint32_t timeout_ms; /* idle time-out; `set timeout cli` changes it */
	bool prompt;	     /* interactive: stays open after an answer */
	bool quit;	     /* say nothing more */
	bool served;	     /* a line was answered */
	bool refuse_payload; /* reading lines that belong to a "<<" */
	uint32_t input_len;
	uint32_t line_at, line_len; /* the line at hand; line_len 0: none */
	uint32_t step;
	char *words[RUNTIME_WORDS + 1];
	uint32_t word_count;
	struct runtime_job job;
	char input[RUNTIME_INPUT_BYTES];
	char line[RUNTIME_INPUT_BYTES];
};

void runtime_open(struct runtime *runtime, enum stats_level level, uint32_t timeout_ms);
/* Room for input: the owner reads up to *room bytes there, then says how many came. */
char *runtime_room(struct runtime *runtime, uint32_t *room);
void runtime_received(struct runtime *runtime, uint32_t len);
/* Writes what there is to say into out[0, capacity), at least RUNTIME_OUTPUT_BYTES.  0: it waits,
 * for input or (runtime_is_waiting()) for a worker, or has ended. */
uint32_t runtime_output(
	struct runtime *runtime, struct runtime_context *context, char *out, uint32_t capacity);
bool runtime_is_waiting(const struct runtime *runtime);
/* All was said: the connection is to be closed once the output is sent. */
bool runtime_has_ended(const struct runtime *runtime);
/* Before the connection goes away: gives back what an unfinished command holds. */
void runtime_close(struct runtime *runtime, struct runtime_context *context);

#endif
