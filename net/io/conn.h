/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conn.h - one socket and its operations on the ring.
 *
 * A connection belongs to a session until one of conn_part() and conn_close() takes it away;
 * from then on it lives by itself until its last operation is home and its socket is closed.
 * Buffers that an operation needs are held by the connection, so the session may forget them.
 * Thread: one worker's. */
#ifndef TORC_NET_IO_CONN_H
#define TORC_NET_IO_CONN_H

#include "core/loop.h"
#include "core/mem.h"
#include "net/io/buffer.h"
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

struct session;
struct server;
struct relay;

/* Sends of one turn that are made by calls of their own, at most; the others go by the ring. */
#define CONN_SENT_AT_ONCE 64

enum conn_flight { /* operations that are not home */
	CONN_RECEIVING = 1,
	CONN_SENDING = 2,
	CONN_CONNECTING = 4,
	CONN_POLLING_IN = 8,
	CONN_POLLING_OUT = 16,
};

enum conn_life {
	CONN_OPEN,
	CONN_IDLE,    /* kept: nobody's, until somebody takes it or its peer ends it */
	CONN_PARTING, /* the exchange is over; the peer closes first */
	CONN_CLOSING, /* operations are being called home */
};

struct conn {
	int fd;
	uint8_t in_flight;     /* enum conn_flight */
	uint8_t life;	       /* enum conn_life */
	uint8_t receive_class; /* of the buffer that a ring-provided receive will get */
	bool is_server;
	bool more_waits; /* behind what was received last: more bytes, or the end */
	bool starved;	 /* waits for a buffer; linked in io->starved */
	bool holds_back; /* what was sent last waits for more to leave with */
	bool proven;	 /* was kept and used again at least once */
	bool unasked;	 /* it was taken again, and the send of its request is not home */
	bool part_left;	 /* of what is being sent, by a call of its own */
	bool unsent;	 /* of what was sent last nothing has left */
	uint32_t send_len, receive_len;
	int32_t connect_error; /* the chain's first failure; its other operations are coming home */
	struct session *session;
	struct op receive_op, send_op, connect_op, poll_in_op, poll_out_op;
	struct buffer *receive_into, *send_from;
	struct relay *source_of, *target_of; /* whom the polls wake */
	struct list link;
	struct list peer_link;	     /* kept.h: among those that can stand for it */
	const struct server *server; /* kept.h: of a server's connection */
	struct session *keeper;	     /* kept.h: the session that alone may take it, or NULL */
	struct timer parting_timer;
	struct conn_io *io;
	bool looked_at;		/* conn_patience_ms() has looked since the last send ended */
	uint32_t waiting_bytes; /* unix: what the peer had not taken then */
};

/* What all connections of a worker share, and whom their completions are told to.  `bytes` > 0:
 * that many are in *buffer, whose reference passes to the callee; 0 is the end of the stream;
 * else -errno. */
struct conn_io {
	struct loop *loop;
	struct buffers *buffers;
	struct pool conns;
	struct list starved;
	struct list parting; /* the oldest first */
	uint32_t parting_count, parting_max;
	uint32_t open_count;
	/* Whose sends were made by calls in this turn; those from sent_told on are not told yet. */
	struct conn *sent_at_once[CONN_SENT_AT_ONCE];
	uint32_t sent_told, sent_count;
	void (*received)(struct conn *conn, int32_t bytes, struct buffer *buffer);
	void (*sent)(struct conn *conn, int32_t result); /* 0: all of it, else -errno */
	void (*connected)(struct conn *conn, int32_t result);
	void (*readable)(struct conn *conn);
	void (*writable)(struct conn *conn);
	void (*idle_ended)(
		struct conn *conn); /* or it said something unasked; still to be closed */
};

int conn_io_open(struct conn_io *io, struct loop *loop, struct buffers *buffers, uint32_t capacity);
void conn_io_close(struct conn_io *io);
/* Once a turn: receives that found no buffer are asked for again. */
void conn_io_turn(struct conn_io *io);
/* Once a turn, first of all: tells of the sends that were made by calls. */
void conn_io_tell_sent(struct conn_io *io);
/* Is there something to tell?  Then the loop must not sleep. */
static inline bool conn_io_has_sent(const struct conn_io *io)
{
	return io->sent_told < io->sent_count;
}

/* Takes a socket over; NULL when the pool is empty (the socket is then still the caller's). */
struct conn *conn_adopt(struct conn_io *io, int fd, struct session *session);
/* A new socket for this family, not connected; NULL with errno set. */
struct conn *conn_make(struct conn_io *io, int family, struct session *session);

/* Receives at most `bytes` into what the ring provides.  Does nothing when a receive is under
 * way. */
void conn_receive(struct conn *conn, enum buffer_class class, uint32_t bytes);
/* The same where nothing is expected for a while: the kernel waits before it looks. */
void conn_receive_later(struct conn *conn, enum buffer_class class, uint32_t bytes);
/* Receives behind the bytes of `buffer`, which is held meanwhile. */
void conn_receive_into(struct conn *conn, struct buffer *buffer);
/* Sends all of it; `holder` (or NULL for static bytes) is held meanwhile. */
void conn_send(struct conn *conn, const char *at, uint32_t len, struct buffer *holder);
/* The same for bytes behind which conn_shut() or conn_close() follows as soon as they have left:
 * the FIN goes along with the last of them, which is one packet, and one wake-up of the peer,
 * instead of two. */
void conn_send_last(struct conn *conn, const char *at, uint32_t len, struct buffer *holder);
/* Sends right now, in a system call of its own, as the beginning of more that follows at once.
 * Returns the bytes that left: less than `len` when the rest has to wait, or the peer has gone. */
uint32_t conn_send_first(struct conn *conn, const char *at, uint32_t len);
/* What conn_send_first() sent leaves though nothing follows yet. */
void conn_push(struct conn *conn);
/* Connect, send (unless there is nothing to) and receive in one chain.  A failed connect is told
 * once all of them are home. */
void conn_connect(struct conn *conn, const struct sockaddr *address, socklen_t address_len,
	const char *at, uint32_t len, struct buffer *holder, enum buffer_class class);
void conn_abort_connect(struct conn *conn);
/* Tells io->readable or io->writable once the socket is. */
void conn_poll_in(struct conn *conn);
void conn_poll_out(struct conn *conn);

/* The connection is nobody's from here on; a receive is armed that tells of its end.  Nothing may
 * be in flight. */
void conn_rest(struct conn *conn);
/* Somebody's again. */
void conn_resume(struct conn *conn, struct session *session);

void conn_no_delay(struct conn *conn);
/* No more will be sent (FIN); receiving goes on. */
void conn_shut(struct conn *conn);

/* Lets the peer close first (it may have done so already), so that neither side is left with a
 * TIME_WAIT that eats ports; after a second it is reset, or earlier, when more than io->parting_max
 * wait like this. */
void conn_part(struct conn *conn);
void conn_close(struct conn *conn);
/* A time-out ran out while bytes were on their way to the peer: how long is it still to be waited
 * for?  0: it has taken nothing for all of that time.  One system call. */
uint32_t conn_patience_ms(struct conn *conn, uint32_t timeout_ms);
/* Does something wait for the peer to take what it was sent? */
bool conn_is_pushing(const struct conn *conn);

#endif
