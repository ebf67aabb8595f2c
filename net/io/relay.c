/* SPDX-License-Identifier: GPL-2.0-or-later */
/* relay.c - a body moved by splice.
 *
 * A turn fills the pipe from the source and empties it into the target until one of the two cannot
 * go on or a megabyte has passed.  Then whichever side is in the way is polled: the target while
 * the pipe holds bytes, the source otherwise; a relay that could go on queues up behind the others
 * that could.  To give is what takes long, so it is done in pieces, and a piece after which the
 * kernel says, for nothing, that somebody else has something for this worker is the turn's last
 * one.  To take less at a time made bodies a fifth dearer: every bit of window that opens is filled
 * at once, on our time.
 *
 * A megabyte waited for instead of what happens to be there, which is a packet as a rule, is a
 * fifth less for a body of 1 MB.  Measured against receive and send through 64 KiB buffers: 0.7
 * times the cost at 64 KB, a third at 1 MB. */
#include "net/io/relay.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define TURN_BYTES	     RELAY_PIPE_BYTES
#define PIECE_BYTES	     (512 * 1024)
#define PATIENCE_MS	     1
#define SMALLEST_BATCH_BYTES (64 * 1024)

static int make_pipe(struct pipe_pair *pair)
{
	int ends[2];

	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) < 0)
		return -errno;
	/* A smaller pipe works too, only dearer. */
	fcntl(ends[1], F_SETPIPE_SZ, RELAY_PIPE_BYTES);
	pair->read_fd = ends[0];
	pair->write_fd = ends[1];
	return 0;
}

int pipes_open(struct pipes *pipes, uint32_t capacity)
{
	int error;

	assert(capacity <= RELAY_PIPES);
	pipes->count = 0;
	pipes->capacity = capacity;
	list_init(&pipes->ready);
	pipes->nowhere_fd = capacity > 0 ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
	while (pipes->count < capacity) {
		error = make_pipe(&pipes->free[pipes->count]);
		if (error < 0)
			return error;
		pipes->count++;
	}
	return 0;
}

void pipes_close(struct pipes *pipes)
{
	while (pipes->count > 0) {
		struct pipe_pair *pair = &pipes->free[--pipes->count];

		close(pair->read_fd);
		close(pair->write_fd);
	}
	if (pipes->capacity > 0 && pipes->nowhere_fd >= 0)
		close(pipes->nowhere_fd);
}

/* ---- batches ---- */

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* 0: as it was made, which a receive needs. */
static void set_low_water(struct relay *relay, uint32_t bytes)
{
	int value = bytes ? (int)bytes : 1;

	if (relay->low_water_bytes == bytes)
		return;
	setsockopt(relay->source->fd, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof(value));
	relay->low_water_bytes = bytes;
}

static void patience_over(struct timer *timer)
{
	struct relay *relay = container_of(timer, struct relay, patience);

	relay->batch_bytes /= 4;
	if (relay->batch_bytes < SMALLEST_BATCH_BYTES)
		relay->batch_bytes = 0;
	relay_wake(relay);
}

/* A body's last bytes are a batch, too. */
static void wait_for_source(struct relay *relay)
{
	struct loop *loop = relay->source->io->loop;

	set_low_water(relay, (uint32_t)smaller(relay->wanted_bytes, relay->batch_bytes));
	if (relay->batch_bytes > 0)
		timer_set(&loop->timers, &relay->patience, loop->now_ms + PATIENCE_MS);
	conn_poll_in(relay->source);
}

void relay_start(struct relay *relay, struct pipes *pipes, struct conn *source, struct conn *target,
	uint64_t bytes)
{
	*relay = (struct relay){
		.pipes = pipes,
		.source = source,
		.target = target,
		.endless = bytes == RELAY_ENDLESS,
		.wanted_bytes = bytes,
		.moved = relay->moved,
		.end = RELAY_MOVED,
	};
	if (!relay->endless && bytes >= RELAY_BATCH_MIN)
		relay->batch_bytes = RELAY_PIPE_BYTES;
	timer_init(&relay->patience, patience_over);
	list_init(&relay->link);
	source->more_waits = false;
	source->source_of = relay;
	target->target_of = relay;
}

static bool lend_pipe(struct relay *relay)
{
	struct pipes *pipes = relay->pipes;

	if (relay->has_pipe)
		return true;
	if (pipes->count == 0)
		return false;
	relay->pipe = pipes->free[--pipes->count];
	relay->has_pipe = true;
	return true;
}

/* A pipe that is closed is not to be had again: without privileges the kernel makes a new one as
 * small as it can once its user has many, and a body through 4 KiB costs four times as much. */
static bool empty_pipe(struct relay *relay)
{
	while (relay->held_bytes > 0) {
		ssize_t moved = splice(relay->pipe.read_fd, NULL, relay->pipes->nowhere_fd, NULL,
			relay->held_bytes, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);

		if (moved <= 0)
			return false;
		relay->held_bytes -= (uint32_t)moved;
	}
	return true;
}

static void return_pipe(struct relay *relay)
{
	struct pipes *pipes = relay->pipes;

	if (!relay->has_pipe)
		return;
	relay->has_pipe = false;
	if (!empty_pipe(relay)) {
		/* Somebody else's bytes are in it.  Its replacement may be refused, then the pool
		 * is one smaller. */
		close(relay->pipe.read_fd);
		close(relay->pipe.write_fd);
		if (make_pipe(&relay->pipe) < 0) {
			pipes->capacity--;
			return;
		}
	}
	pipes->free[pipes->count++] = relay->pipe;
}

void relay_stop(struct relay *relay)
{
	timer_cancel(&relay->patience);
	list_remove(&relay->link);
	set_low_water(relay, 0);
	return_pipe(relay);
	relay->source->source_of = NULL; /* a poll on its way home finds nobody */
	relay->target->target_of = NULL;
}

/* Bytes moved, 0 at the end of the stream, -errno; -EAGAIN when it has to wait. */
static ssize_t move(int from, int to, uint64_t bytes, uint32_t flags)
{
	ssize_t moved;

	do
		moved = splice(
			from, NULL, to, NULL, bytes, SPLICE_F_MOVE | SPLICE_F_NONBLOCK | flags);
	while (moved < 0 && errno == EINTR);
	return moved < 0 ? -errno : moved;
}

/* The kernel may hold a part of a packet back for what is sure to come. */
static bool more_follows(const struct relay *relay)
{
	return relay->wanted_bytes > 0 && relay->end == RELAY_MOVED && !relay->endless;
}

enum drained { DRAINED, TARGET_WAITS, TARGET_BROKE, INTERRUPTED };

/* Empties the pipe into the target. */
static enum drained drain(struct relay *relay, uint64_t *out_bytes)
{
	while (relay->held_bytes > 0) {
		uint64_t piece = smaller(relay->held_bytes, PIECE_BYTES);
		bool more = relay->held_bytes > piece || more_follows(relay);
		ssize_t moved;

		if (*out_bytes > 0 && loop_has_news(relay->target->io->loop))
			return INTERRUPTED;
		moved = move(
			relay->pipe.read_fd, relay->target->fd, piece, more ? SPLICE_F_MORE : 0);
		if (moved == -EAGAIN)
			return TARGET_WAITS;
		if (moved <= 0)
			return TARGET_BROKE;
		relay->held_bytes -= (uint32_t)moved;
		*out_bytes += (uint64_t)moved;
	}
	return DRAINED;
}

/* Fills the pipe from the source, as far as it has room.  False: the source has to be waited for.
 */
static bool fill(struct relay *relay)
{
	uint64_t asked =
		smaller(relay->wanted_bytes, RELAY_PIPE_BYTES - (uint64_t)relay->held_bytes);
	ssize_t moved;

	if (relay->end != RELAY_MOVED || asked == 0)
		return false;
	moved = move(relay->source->fd, relay->pipe.write_fd, asked, 0);
	if (moved > 0) {
		relay->wanted_bytes -= (uint64_t)moved;
		relay->held_bytes += (uint32_t)moved;
		/* Less than there was room for: to ask again would be a call for nothing, as a
		 * rule.  The poll knows. */
		return (uint64_t)moved == asked;
	}
	if (moved == 0)
		relay->end = RELAY_SOURCE_ENDED;
	else if (moved != -EAGAIN)
		relay->end = RELAY_SOURCE_FAILED;
	return false;
}

/* What is to be waited for, if for anything, once this turn is over. */
static void wait_for_more(struct relay *relay, enum drained drained)
{
	if (drained == TARGET_WAITS)
		conn_poll_out(relay->target);
	else if (drained == INTERRUPTED)
		list_prepend(&relay->pipes->ready, &relay->link);
	else if (relay->wanted_bytes > 0)
		wait_for_source(relay);
}

uint64_t relay_turn(struct relay *relay)
{
	enum relay_result result = RELAY_MOVED;
	enum drained drained;
	uint64_t out_bytes = 0;
	bool goes_on;

	timer_cancel(&relay->patience);
	list_remove(&relay->link);
	if (!lend_pipe(relay)) {
		relay->moved(relay, RELAY_NO_PIPE, 0);
		return 0;
	}
	do {
		goes_on = fill(relay);
		drained = drain(relay, &out_bytes);
	} while (goes_on && drained == DRAINED && out_bytes < TURN_BYTES);
	if (drained == TARGET_BROKE)
		result = RELAY_TARGET_FAILED;
	else if (drained == DRAINED)
		result = relay->end;
	if (out_bytes > 0)
		relay->target->holds_back = false;
	else
		conn_push(relay->target);
	if (relay->held_bytes == 0)
		return_pipe(relay); /* warm, and somebody else may have bytes now */
	if (result == RELAY_MOVED)
		wait_for_more(relay, drained);
	if (out_bytes > 0 || result != RELAY_MOVED)
		relay->moved(relay, result, out_bytes);
	return out_bytes;
}

void relay_wake(struct relay *relay)
{
	if (list_empty(&relay->link))
		list_append(&relay->pipes->ready, &relay->link);
}

void relays_turn(struct pipes *pipes, const struct loop *loop)
{
	uint64_t moved = 0;
	struct list *link;

	while (moved < TURN_BYTES && !(moved > 0 && loop_has_news(loop)) &&
		(link = list_take_first(&pipes->ready)))
		moved += relay_turn(container_of(link, struct relay, link));
}
