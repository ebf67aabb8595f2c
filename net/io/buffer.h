/* SPDX-License-Identifier: GPL-2.0-or-later */
/* buffer.h - where bytes wait between a receive and a send.
 *
 * Three classes.  SMALL and LARGE are offered to the ring, which fills one when bytes are there,
 * so that a waiting connection holds none.  HEAD buffers are lent: to a head that came in pieces
 * and to bytes that have to wait for their turn; there are enough of them for every connection,
 * as address space.
 *
 * A buffer is kept alive by counting who still needs its bytes: the flow that reads them, a send
 * under way, a receive under way.  What goes to a send is replaced in the ring at once, from a
 * reserve, so that slow peers cannot take what is offered to the others.
 *
 * Every buffer begins with headroom: a rewritten head, longer than the one that came, is laid
 * right before the body's first byte and leaves from where it was received.
 * Thread: one worker's. */
#ifndef TORC_NET_IO_BUFFER_H
#define TORC_NET_IO_BUFFER_H

#include "core/loop.h"
#include "core/mem.h"
#include <assert.h>
#include <stdint.h>

#define BUFFER_HEADROOM	   1024
#define BUFFER_SMALL_BYTES 4096
#define BUFFER_LARGE_BYTES (64 * 1024)

enum buffer_class { BUFFER_SMALL, BUFFER_LARGE, BUFFER_HEAD, BUFFER_CLASSES };

struct buffer {
	char *space;
	uint32_t size;	     /* of the space, headroom included */
	uint32_t start, end; /* the bytes not consumed yet, as offsets into the space */
	uint16_t refs;
	uint8_t class;
};

/* The buffers of one class. */
struct buffer_store {
	struct pool buffers; /* struct buffer */
	struct pool spaces;
	uint32_t payload; /* bytes after the headroom */
	uint32_t lead;	  /* of a space, before its buffer begins */
	bool lent_to_wait;
	/* ring classes only */
	struct io_uring_buf_ring *ring;
	uint32_t ring_entries;
	uint32_t offered; /* in the ring now */
	uint32_t target;  /* how many should be; grows when the ring ran dry */
	uint32_t group;
	bool ran_dry; /* since the last offer */
};

struct buffers {
	struct loop *loop;
	struct buffer_store store[BUFFER_CLASSES];
	uint64_t exhausted; /* receives that found no buffer */
};

struct buffers_options {
	uint32_t head_bytes;  /* tune.bufsize */
	uint32_t connections; /* how many head buffers may be wanted at once */
};

/* Reserves everything and registers the rings' groups (before the loop is enabled).  0 or
 * -errno. */
int buffers_open(struct buffers *buffers, struct loop *loop, const struct buffers_options *options);
void buffers_close(struct buffers *buffers);

/* Fills the rings up to their targets: once a turn, before it waits. */
void buffers_offer(struct buffers *buffers);

/* The buffer that a completed receive was given, with its bytes: one reference, the caller's. */
struct buffer *buffers_received(struct buffers *buffers, enum buffer_class class,
	uint32_t completion_flags, uint32_t bytes);
/* A receive ended with -ENOBUFS: offer more from now on. */
void buffers_ran_dry(struct buffers *buffers, enum buffer_class class);
/* An empty buffer, with one reference, or NULL when every one is lent. */
struct buffer *buffers_lend(struct buffers *buffers, enum buffer_class class);

static inline struct buffer *buffer_hold(struct buffer *buffer)
{
	buffer->refs++;
	return buffer;
}
/* Gives a reference back; with the last one the buffer returns to its store.  NULL is fine. */
void buffers_drop(struct buffers *buffers, struct buffer *buffer);

static inline uint32_t buffer_len(const struct buffer *buffer)
{
	return buffer->end - buffer->start;
}
static inline char *buffer_at(const struct buffer *buffer)
{
	return buffer->space + buffer->start;
}
static inline uint32_t buffer_room(const struct buffer *buffer)
{
	return buffer->size - buffer->end;
}

#endif
