/* SPDX-License-Identifier: GPL-2.0-or-later */
/* relay.h - a body moved from one socket to another without being touched.
 *
 * Plain non-blocking splice(2), called in the ring's thread and woken by one-shot polls of the
 * ring, through a pooled pipe of 1 MiB.  (The ring's own splice always runs in kernel worker
 * threads, so it is never used.)  A step moves about so much at most; a turn of the worker makes
 * steps, the relays one after the other, until as much has left or somebody else has something for
 * it.
 *
 * A large body comes in batches: the source's socket is told to wake nobody before so much is there
 * (SO_RCVLOWAT), which also opens its window as far.  A source that does not bring a batch within a
 * millisecond is taken at its word: its next batch is a quarter, at last anything.
 * Thread: one worker's. */
#ifndef TORC_NET_IO_RELAY_H
#define TORC_NET_IO_RELAY_H

#include "net/io/conn.h"

#define RELAY_PIPE_BYTES (1024 * 1024)
#define RELAY_PIPES	 16
#define RELAY_BATCH_MIN	 (256 * 1024) /* bodies of at least this many bytes come in batches */
#define RELAY_ENDLESS	 UINT64_MAX   /* bytes of a tunnel: nobody knows how many will come */

struct pipe_pair {
	int read_fd, write_fd;
};

/* Made before privileges are dropped: afterwards only 64 pipes of 1 MiB fit a user's budget. */
struct pipes {
	uint32_t count; /* free ones */
	uint32_t capacity;
	struct list ready; /* relays that can go on, the longest waiting first */
	int nowhere_fd;	   /* /dev/null, where what nobody wants any more goes; -1: there is none */
	struct pipe_pair free[RELAY_PIPES];
};

int pipes_open(struct pipes *pipes, uint32_t capacity);
void pipes_close(struct pipes *pipes);

enum relay_result {
	RELAY_MOVED,	    /* some bytes left; more follow */
	RELAY_SOURCE_ENDED, /* end of stream before the body's */
	RELAY_SOURCE_FAILED,
	RELAY_TARGET_FAILED,
	RELAY_NO_PIPE, /* every pipe is held by others' bytes: go on by copy */
};

struct relay {
	struct pipes *pipes;
	struct pipe_pair pipe; /* lent from the turn that fills it to the one that empties it */
	bool has_pipe;
	struct conn *source, *target;
	bool endless;		  /* no more bytes are promised than have come */
	uint64_t wanted_bytes;	  /* still to be taken from the source */
	uint32_t held_bytes;	  /* in the pipe */
	uint32_t batch_bytes;	  /* so much is waited for, but not long; 0: for any bytes */
	uint32_t low_water_bytes; /* told to the source's socket; 0: it is as it was made */
	struct timer patience;
	struct list link;      /* of pipes->ready, or of none */
	enum relay_result end; /* of the source; told once the pipe is empty.  RELAY_MOVED: none */
	/* Told at most once a step, with how many bytes reached the target since.  The relay is
	 * over when everything has (or when it is stopped); the callee then calls relay_stop(). */
	void (*moved)(struct relay *relay, enum relay_result result, uint64_t bytes);
};

void relay_start(struct relay *relay, struct pipes *pipes, struct conn *source, struct conn *target,
	uint64_t bytes);
/* Makes a step now and asks to be woken for the rest.  Bytes that left. */
uint64_t relay_turn(struct relay *relay);
/* Can go on, as soon as those who could before it have made a step. */
void relay_wake(struct relay *relay);
/* Once a turn, when completions are handled: steps of those that can go on. */
void relays_turn(struct pipes *pipes, const struct loop *loop);
/* Are there any left?  Then the loop must not sleep. */
static inline bool relays_are_ready(const struct pipes *pipes)
{
	return !list_empty(&pipes->ready);
}

/* Gives the pipe back, emptied.  Both connections must still be there. */
void relay_stop(struct relay *relay);

#endif
