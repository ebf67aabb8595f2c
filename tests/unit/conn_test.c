/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections, buffers and relays on a real ring, over loopback sockets: what is received is what
 * was sent, what is closed comes home, what ran dry goes on, and no buffer is lost. */
#include "net/io/conn.h"
#include "net/io/relay.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

struct session {
	int32_t received, sent, connected;
	uint32_t received_times, sent_times, connected_times;
	char bytes[1 << 16];
	uint32_t len;
};

struct room {
	struct loop loop;
	struct buffers buffers;
	struct conn_io io;
	struct pipes pipes;
};

static void received(struct conn *conn, int32_t bytes, struct buffer *buffer)
{
	struct session *session = conn->session;

	session->received = bytes;
	session->received_times++;
	if (bytes <= 0) {
		assert_null(buffer);
		return;
	}
	assert_true(session->len + buffer_len(buffer) <= sizeof(session->bytes));
	memcpy(session->bytes + session->len, buffer_at(buffer), buffer_len(buffer));
	session->len += buffer_len(buffer);
	buffers_drop(conn->io->buffers, buffer);
}

static void sent(struct conn *conn, int32_t result)
{
	conn->session->sent = result;
	conn->session->sent_times++;
}

static void connected(struct conn *conn, int32_t result)
{
	conn->session->connected = result;
	conn->session->connected_times++;
}

static void readable(struct conn *conn)
{
	if (conn->source_of)
		relay_wake(conn->source_of);
}

static void writable(struct conn *conn)
{
	if (conn->target_of)
		relay_wake(conn->target_of);
}

static int open_room(void **state)
{
	struct room *room = calloc(1, sizeof(*room));
	struct buffers_options buffers = {.head_bytes = 16384, .connections = 100};
	struct loop_options options = {0};
	int error = loop_open(&room->loop, &options);

	*state = room;
	if (error < 0 || (error = buffers_open(&room->buffers, &room->loop, &buffers)) < 0 ||
		(error = conn_io_open(&room->io, &room->loop, &room->buffers, 1000)) < 0 ||
		(error = pipes_open(&room->pipes, 2)) < 0)
		return error;
	room->io.received = received;
	room->io.sent = sent;
	room->io.connected = connected;
	room->io.readable = readable;
	room->io.writable = writable;
	return loop_enable(&room->loop);
}

static bool is_busy(const struct room *room)
{
	return conn_io_has_sent(&room->io) || relays_are_ready(&room->pipes);
}

static void turn(struct room *room)
{
	conn_io_tell_sent(&room->io);
	buffers_offer(&room->buffers);
	conn_io_turn(&room->io);
	assert_int_equal(loop_turn(&room->loop, is_busy(room) ? 0 : 20), 0);
	relays_turn(&room->pipes, &room->loop);
}

/* Every connection is gone, and every buffer that is not offered is back. */
static int close_room(void **state)
{
	struct room *room = *state;

	for (uint32_t turns = 0; room->io.open_count > 0 && turns < 1000; turns++)
		turn(room);
	assert_int_equal(room->io.open_count, 0);
	for (uint32_t class = 0; class < BUFFER_CLASSES; class ++)
		assert_int_equal(pool_lent(&room->buffers.store[class].buffers),
			room->buffers.store[class].offered);
	loop_close(&room->loop);
	pipes_close(&room->pipes);
	conn_io_close(&room->io);
	buffers_close(&room->buffers);
	free(room);
	return 0;
}

/* Two connected TCP sockets on loopback. */
static void make_pair(int ends[2])
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(ends[0], (struct sockaddr *)&address, len), 0);
	ends[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	assert_true(ends[1] >= 0);
	close(listener);
}

static char pattern(uint64_t at)
{
	return (char)(at * 31 + at / 251);
}

static void bytes_arrive_and_buffers_come_back(void **state)
{
	struct room *room = *state;
	struct session session = {0};
	struct conn *conn;
	int ends[2];

	make_pair(ends);
	conn = conn_adopt(&room->io, ends[1], &session);
	conn_receive(conn, BUFFER_SMALL, 0);
	conn_receive(conn, BUFFER_SMALL, 0); /* one at a time: this is nothing */
	assert_int_equal(write(ends[0], "hello", 5), 5);
	while (session.received_times < 1)
		turn(room);
	assert_int_equal(session.received, 5);
	assert_memory_equal(session.bytes, "hello", 5);
	conn_receive(conn, BUFFER_LARGE, 3); /* no more than asked for */
	assert_int_equal(write(ends[0], "world", 5), 5);
	while (session.received_times < 2)
		turn(room);
	assert_int_equal(session.received, 3);
	conn_receive(conn, BUFFER_SMALL, 0);
	close(ends[0]);
	while (session.received_times < 4 && session.received != 0) {
		turn(room);
		conn_receive(conn, BUFFER_SMALL, 0);
	}
	assert_memory_equal(session.bytes, "helloworld", 10);
	conn_close(conn);
}

static void when_little_is_there_a_send_leaves_at_once(void **state)
{
	struct room *room = *state;
	struct session session = {0};
	struct buffer *buffer = buffers_lend(&room->buffers, BUFFER_SMALL);
	struct conn *conn;
	char seen[8];
	int ends[2];

	make_pair(ends);
	conn = conn_adopt(&room->io, ends[1], &session);
	memcpy(buffer_at(buffer), "hello", 5);
	conn_send(conn, buffer_at(buffer), 5, buffer);
	assert_int_equal(recv(ends[0], seen, sizeof(seen), MSG_DONTWAIT), 5);
	assert_int_equal(session.sent_times, 0); /* told later, as if the ring had done it */
	assert_true(conn_io_has_sent(&room->io) && conn_is_pushing(conn));
	assert_int_equal(buffer->refs, 2);
	turn(room);
	assert_int_equal(session.sent_times, 1);
	assert_int_equal(session.sent, 0);
	assert_int_equal(buffer->refs, 1);

	/* Where much is there, it leaves with the rest. */
	room->loop.found = 1000;
	conn_send(conn, buffer_at(buffer), 5, buffer);
	assert_int_equal(recv(ends[0], seen, sizeof(seen), MSG_DONTWAIT), -1);
	while (session.sent_times == 1)
		turn(room);
	assert_int_equal(recv(ends[0], seen, sizeof(seen), MSG_DONTWAIT), 5);

	/* Closed in between: nobody is told, and the buffer comes back. */
	conn_send(conn, buffer_at(buffer), 5, buffer);
	buffers_drop(&room->buffers, buffer);
	conn_close(conn);
	while (room->io.open_count > 0)
		turn(room);
	assert_int_equal(session.sent_times, 2);
	close(ends[0]);
}

/* What fits leaves by the call, the rest by the ring, in order. */
static void a_send_that_does_not_fit_goes_on_by_the_ring(void **state)
{
	enum { BYTES = 8 << 20 };
	static char bytes[BYTES], piece[1 << 16];
	struct room *room = *state;
	struct session session = {0};
	struct conn *conn;
	uint32_t got = 0;
	int ends[2];

	for (uint32_t i = 0; i < BYTES; i++)
		bytes[i] = pattern(i);
	make_pair(ends);
	conn = conn_adopt(&room->io, ends[1], &session);
	conn_send(conn, bytes, BYTES, NULL);
	assert_false(conn_io_has_sent(&room->io));
	for (uint32_t turns = 0; got < BYTES && turns < 100000; turns++) {
		ssize_t len = recv(ends[0], piece, sizeof(piece), MSG_DONTWAIT);

		for (ssize_t i = 0; i < len; i++)
			assert_int_equal(piece[i], pattern(got + (uint64_t)i));
		got += len > 0 ? (uint32_t)len : 0;
		turn(room);
	}
	assert_int_equal(got, BYTES);
	while (session.sent_times == 0)
		turn(room);
	assert_int_equal(session.sent, 0);
	conn_close(conn);
	close(ends[0]);
}

static void a_lent_buffer_grows_behind_its_bytes(void **state)
{
	struct room *room = *state;
	struct session session = {0};
	struct buffer *buffer = buffers_lend(&room->buffers, BUFFER_HEAD);
	struct conn *conn;
	int ends[2];

	make_pair(ends);
	conn = conn_adopt(&room->io, ends[1], &session);
	memcpy(buffer_at(buffer), "GET ", 4);
	buffer->end += 4;
	conn_receive_into(conn, buffer);
	assert_int_equal(buffer->refs, 2);
	assert_int_equal(write(ends[0], "/ HTTP", 6), 6);
	while (session.received_times < 1)
		turn(room);
	assert_int_equal(buffer->refs, 1);
	assert_int_equal(buffer_len(buffer), 10);
	assert_memory_equal(buffer_at(buffer), "GET / HTTP", 10);
	buffers_drop(&room->buffers, buffer);
	conn_close(conn);
	close(ends[0]);
}

static void closing_calls_everything_home(void **state)
{
	struct room *room = *state;
	struct session session = {0};
	struct buffer *buffer = buffers_lend(&room->buffers, BUFFER_LARGE);
	struct conn *conn;
	int ends[2];

	make_pair(ends);
	conn = conn_adopt(&room->io, ends[1], &session);
	buffer->end += BUFFER_LARGE_BYTES;
	conn_receive(conn, BUFFER_SMALL, 0);
	conn_poll_in(conn);
	/* Nobody reads: sooner or later a send does not end. */
	for (uint32_t i = 0; i < 1000 && !(conn->in_flight & CONN_SENDING); i++) {
		uint32_t before = session.sent_times;

		conn_send(conn, buffer_at(buffer), buffer_len(buffer), buffer);
		for (uint32_t turns = 0; turns < 5 && session.sent_times == before; turns++)
			turn(room);
	}
	assert_true(conn->in_flight & CONN_SENDING);
	buffers_drop(&room->buffers, buffer); /* the send still holds it */
	conn_close(conn);
	while (room->io.open_count > 0)
		turn(room);
	assert_int_equal(session.received_times, 0); /* nobody is told of what was called home */
	close(ends[0]);
}

static void a_refused_connect_is_told_once(void **state)
{
	struct room *room = *state;
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	struct session session = {0};
	struct conn *conn;
	int taken = socket(AF_INET, SOCK_STREAM, 0);

	/* A port that is bound and does not listen. */
	assert_int_equal(bind(taken, (struct sockaddr *)&address, len), 0);
	assert_int_equal(getsockname(taken, (struct sockaddr *)&address, &len), 0);
	conn = conn_make(&room->io, AF_INET, &session);
	conn_connect(conn, (struct sockaddr *)&address, len, "GET", 3, NULL, BUFFER_SMALL);
	while (session.connected_times == 0)
		turn(room);
	assert_int_equal(session.connected, -ECONNREFUSED);
	assert_int_equal(conn->in_flight, 0);
	assert_int_equal(session.sent_times + session.received_times, 0);
	conn_close(conn);
	turn(room);
	assert_int_equal(session.connected_times, 1);
	close(taken);
}

/* The send of a chain breaks: the receive behind it was never begun, and is asked for again. */
static void a_broken_chain_still_receives(void **state)
{
	struct room *room = *state;
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct linger now = {.l_onoff = 1};
	socklen_t len = sizeof(address);
	struct session session = {0};
	uint32_t size = 16 * 1024 * 1024;
	char *piece = calloc(1, size);
	struct conn *conn;
	int listener = socket(AF_INET, SOCK_STREAM, 0), peer;

	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	conn = conn_make(&room->io, AF_INET, &session);
	conn_connect(conn, (struct sockaddr *)&address, len, piece, size, NULL, BUFFER_SMALL);
	while (session.connected_times == 0)
		turn(room);
	assert_int_equal(session.connected, 0);
	for (uint32_t i = 0; i < 5; i++)
		turn(room); /* the send is under way and does not fit */
	peer = accept(listener, NULL, NULL);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(peer);
	while (session.received_times == 0)
		turn(room);
	assert_int_equal(session.sent_times, 1);
	assert_true(session.sent < 0);
	assert_true(session.received <= 0);
	conn_close(conn);
	close(listener);
	free(piece);
}

static void the_peer_closes_first(void **state)
{
	struct room *room = *state;
	struct session session = {0};
	struct pollfd end = {.events = POLLIN};
	int ends[2];

	make_pair(ends);
	conn_part(conn_adopt(&room->io, ends[1], &session));
	for (uint32_t i = 0; i < 3; i++)
		turn(room);
	assert_int_equal(room->io.open_count, 1); /* waits */
	end.fd = ends[0];
	assert_int_equal(poll(&end, 1, 0), 0);
	close(ends[0]);
	while (room->io.open_count > 0)
		turn(room);
}

static void a_peer_that_has_closed_is_not_waited_for(void **state)
{
	struct room *room = *state;
	struct session session = {0};
	struct conn *conn;
	int ends[2];

	make_pair(ends);
	conn = conn_adopt(&room->io, ends[1], &session);
	assert_int_equal(write(ends[0], "answer", 6), 6);
	close(ends[0]);
	conn_receive(conn, BUFFER_SMALL, 0);
	while (session.received_times == 0)
		turn(room);
	assert_int_equal(session.received, 6);
	conn_part(conn);
	assert_int_equal(room->io.open_count, 0);
}

static void a_peer_that_does_not_close_is_reset(void **state)
{
	struct room *room = *state;
	struct session session = {0};
	char byte;
	int ends[2];

	make_pair(ends);
	conn_part(conn_adopt(&room->io, ends[1], &session));
	while (room->io.open_count > 0)
		turn(room);
	turn(room); /* the close itself */
	assert_int_equal(read(ends[0], &byte, 1), -1);
	assert_int_equal(errno, ECONNRESET);
	close(ends[0]);
}

static void who_finds_no_buffer_waits_and_goes_on(void **state)
{
	enum { CONNS = 700 }; /* more than are offered at first */
	struct room *room = *state;
	struct session *sessions = calloc(CONNS, sizeof(*sessions));
	struct conn *conns[CONNS];
	int(*ends)[2] = calloc(CONNS, sizeof(*ends));
	uint32_t done = 0;

	for (uint32_t i = 0; i < CONNS; i++) {
		make_pair(ends[i]);
		conns[i] = conn_adopt(&room->io, ends[i][1], &sessions[i]);
		conn_receive(conns[i], BUFFER_SMALL, 0);
		assert_int_equal(write(ends[i][0], &i, sizeof(i)), sizeof(i));
	}
	for (uint32_t turns = 0; done < CONNS && turns < 1000; turns++) {
		turn(room);
		done = 0;
		for (uint32_t i = 0; i < CONNS; i++)
			done += sessions[i].received_times;
	}
	assert_int_equal(done, CONNS);
	assert_true(room->buffers.exhausted > 0);
	for (uint32_t i = 0; i < CONNS; i++) {
		assert_memory_equal(sessions[i].bytes, &i, sizeof(i));
		conn_close(conns[i]);
		close(ends[i][0]);
	}
	free(sessions);
	free(ends);
}

/* ---- relays ---- */

static struct {
	uint64_t bytes;
	enum relay_result result;
} told;

static void sleep_ms(uint32_t ms)
{
	poll(NULL, 0, (int)ms);
}

/* Fills the way to a peer that does not read, then asks how long it is waited for. */
static void pushing(
	struct room *room, int ends[2], uint32_t *first, uint32_t *stuck, uint32_t *again)
{
	static char bytes[8 << 20];
	struct session session = {0};
	struct conn *conn = conn_adopt(&room->io, ends[1], &session);
	uint32_t taken = 0;

	conn_send(conn, bytes, sizeof(bytes), NULL);
	turn(room);
	assert_true(conn_is_pushing(conn));
	*first = conn_patience_ms(conn, 100000);
	sleep_ms(60);
	*stuck = conn_patience_ms(conn, 40);
	/* It reads a lot: time runs anew. */
	while (taken < sizeof(bytes) / 2) {
		ssize_t count = read(ends[0], bytes, 1 << 16);

		assert_true(count > 0);
		taken += (uint32_t)count;
		if (poll(&(struct pollfd){ends[0], POLLIN, 0}, 1, 0) == 0)
			turn(room);
	}
	*again = conn_patience_ms(conn, 100000);
	conn_close(conn);
	close(ends[0]);
	turn(room);
}

static void time_runs_from_what_was_taken_last(void **state)
{
	struct room *room = *state;
	uint32_t first, stuck, again;
	int ends[2], one = 1;

	make_pair(ends);
	fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) & ~O_NONBLOCK);
	pushing(room, ends, &first, &stuck, &again);
	assert_true(first > 90000 && again > 90000);
	assert_int_equal(stuck, 0);

	/* A unix socket is looked at twice. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(ioctl(ends[1], FIONBIO, &one), 0);
	pushing(room, ends, &first, &stuck, &again);
	assert_int_equal(first, 25001);
	assert_int_equal(stuck, 0);
	assert_int_equal(again, 100000);
}

static void moved(struct relay *relay, enum relay_result result, uint64_t bytes)
{
	told.bytes += bytes;
	told.result = result;
	if (result != RELAY_MOVED || (relay->wanted_bytes == 0 && relay->held_bytes == 0))
		relay_stop(relay);
}

struct relay_room {
	struct session session;
	struct relay relay;
	struct conn *source, *target;
	int from[2], to[2];
};

static void open_relay(struct room *room, struct relay_room *two, uint64_t bytes)
{
	make_pair(two->from);
	make_pair(two->to);
	two->source = conn_adopt(&room->io, two->from[1], &two->session);
	two->target = conn_adopt(&room->io, two->to[1], &two->session);
	told.bytes = 0;
	told.result = RELAY_MOVED;
	two->relay.moved = moved;
	relay_start(&two->relay, &room->pipes, two->source, two->target, bytes);
}

static void close_relay(struct relay_room *two)
{
	conn_close(two->source);
	conn_close(two->target);
	close(two->from[0]);
	close(two->to[0]);
}

static void a_body_is_relayed_whole(void **state)
{
	enum { BYTES = 9 * 1024 * 1024 };
	struct room *room = *state;
	struct relay_room two = {0};
	static char piece[100000];
	uint64_t wrote = 0, got = 0;

	open_relay(room, &two, BYTES);
	relay_turn(&two.relay);
	for (uint32_t turns = 0; got < BYTES && turns < 100000; turns++) {
		ssize_t len = 0;

		if (wrote < BYTES + 10) { /* ten bytes more than the body: they stay behind */
			uint64_t left = BYTES + 10 - wrote;

			len = left < sizeof(piece) ? (ssize_t)left : (ssize_t)sizeof(piece);
			for (ssize_t i = 0; i < len; i++)
				piece[i] = pattern(wrote + (uint64_t)i);
			len = send(two.from[0], piece, (size_t)len, MSG_DONTWAIT);
			wrote += len > 0 ? (uint64_t)len : 0;
		}
		turn(room);
		if (turns % 3 == 0) /* a reader that is slower than the writer */
			len = recv(two.to[0], piece, sizeof(piece), MSG_DONTWAIT);
		else
			len = 0;
		for (ssize_t i = 0; i < len; i++)
			assert_int_equal(piece[i], pattern(got + (uint64_t)i));
		got += len > 0 ? (uint64_t)len : 0;
	}
	assert_int_equal(got, BYTES);
	assert_int_equal(told.bytes, BYTES);
	assert_int_equal(told.result, RELAY_MOVED);
	assert_int_equal(room->pipes.count, 2);
	assert_int_equal(recv(two.from[1], piece, sizeof(piece), MSG_DONTWAIT), 10);
	close_relay(&two);
}

static uint32_t low_water_of(int fd)
{
	int value = 0;
	socklen_t len = sizeof(value);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &value, &len), 0);
	return (uint32_t)value;
}

/* A large body is waited for in batches, but never long: what a slow source has brought leaves. */
static void a_batch_is_not_waited_for_long(void **state)
{
	enum { BYTES = RELAY_BATCH_MIN, PIECE = 1000 };
	struct room *room = *state;
	struct relay_room two = {0};
	static char piece[BYTES];

	open_relay(room, &two, BYTES);
	relay_turn(&two.relay);
	assert_int_equal(low_water_of(two.from[1]), BYTES);
	for (uint32_t i = 1; i <= 5; i++) {
		assert_int_equal(send(two.from[0], piece, PIECE, 0), PIECE);
		for (uint32_t turns = 0; turns < 10000 && told.bytes < i * PIECE; turns++)
			turn(room);
		assert_int_equal(told.bytes, i * PIECE);
	}
	assert_int_equal(low_water_of(two.from[1]), 1);
	assert_int_equal(
		send(two.from[0], piece, BYTES - 5 * PIECE, MSG_DONTWAIT), BYTES - 5 * PIECE);
	for (uint32_t turns = 0; turns < 10000 && told.bytes < BYTES; turns++)
		turn(room);
	assert_int_equal(told.bytes, BYTES);
	close_relay(&two);
}

/* Whoever receives next on that connection is woken by one byte. */
static void what_follows_a_batch_is_received_at_once(void **state)
{
	enum { BYTES = RELAY_BATCH_MIN };
	struct room *room = *state;
	struct relay_room two = {0};
	static char piece[BYTES];

	open_relay(room, &two, BYTES);
	relay_turn(&two.relay);
	assert_int_equal(send(two.from[0], piece, BYTES, 0), BYTES);
	for (uint32_t turns = 0; turns < 10000 && told.bytes < BYTES; turns++)
		turn(room);
	assert_int_equal(told.bytes, BYTES);
	assert_int_equal(low_water_of(two.from[1]), 1);
	conn_receive(two.source, BUFFER_SMALL, 0);
	assert_int_equal(send(two.from[0], "x", 1, 0), 1);
	for (uint32_t turns = 0; turns < 10000 && two.session.received_times == 0; turns++)
		turn(room);
	assert_int_equal(two.session.received, 1);
	close_relay(&two);
}

static void a_source_that_ends_early_is_told(void **state)
{
	struct room *room = *state;
	struct relay_room two = {0};

	open_relay(room, &two, 1000);
	assert_int_equal(write(two.from[0], "abc", 3), 3);
	shutdown(two.from[0], SHUT_WR);
	relay_turn(&two.relay);
	while (told.result == RELAY_MOVED)
		turn(room);
	assert_int_equal(told.result, RELAY_SOURCE_ENDED);
	assert_int_equal(told.bytes, 3);
	close_relay(&two);
}

/* What a server sent before it broke off belongs to the client, however slowly that reads. */
static void what_came_before_the_end_still_leaves(void **state)
{
	enum { BYTES = 5 * 1024 * 1024 };
	struct room *room = *state;
	struct relay_room two = {0};
	static char piece[100000];
	uint64_t wrote = 0, got = 0;

	open_relay(room, &two, UINT32_MAX);
	relay_turn(&two.relay);
	for (uint32_t turns = 0; told.result == RELAY_MOVED && turns < 100000; turns++) {
		ssize_t len = 0;

		if (wrote < BYTES) {
			len = send(two.from[0], piece, sizeof(piece), MSG_DONTWAIT);
			wrote += len > 0 ? (uint64_t)len : 0;
			if (wrote >= BYTES)
				shutdown(two.from[0], SHUT_WR);
		}
		turn(room);
		if (wrote >= BYTES) {
			len = recv(two.to[0], piece, sizeof(piece), MSG_DONTWAIT);
			got += len > 0 ? (uint64_t)len : 0;
		} else if (turns % 50 == 49) {
			len = recv(two.to[0], piece, sizeof(piece), MSG_DONTWAIT);
			got += len > 0 ? (uint64_t)len : 0;
		}
	}
	assert_int_equal(told.result, RELAY_SOURCE_ENDED);
	assert_int_equal(told.bytes, wrote);
	while (got < wrote) {
		ssize_t len = recv(two.to[0], piece, sizeof(piece), 0);

		assert_true(len > 0);
		got += (uint64_t)len;
	}
	close_relay(&two);
}

static void without_a_pipe_it_says_so(void **state)
{
	struct room *room = *state;
	struct relay_room two = {0};
	uint32_t count = room->pipes.count;

	open_relay(room, &two, 1000);
	room->pipes.count = 0;
	relay_turn(&two.relay);
	assert_int_equal(told.result, RELAY_NO_PIPE);
	room->pipes.count = count;
	close_relay(&two);
}

/* However many bodies could go on, whoever else has something is not kept waiting for them all. */
static void others_are_served_between_bodies(void **state)
{
	enum { BODIES = 3, BYTES = 40000 };
	struct room *room = *state;
	struct relay_room bodies[BODIES] = {0};
	struct session other = {0};
	static char piece[BYTES];
	struct conn *conn;
	int ends[2];

	for (uint32_t i = 0; i < BODIES; i++) {
		open_relay(room, &bodies[i], BYTES);
		assert_int_equal(send(bodies[i].from[0], piece, BYTES, 0), BYTES);
		relay_wake(&bodies[i].relay);
	}
	make_pair(ends);
	conn = conn_adopt(&room->io, ends[1], &other);
	conn_receive(conn, BUFFER_SMALL, 0);
	buffers_offer(&room->buffers);
	assert_int_equal(loop_turn(&room->loop, 0), 0);
	assert_int_equal(write(ends[0], "x", 1), 1);
	for (uint32_t waits = 0; waits < 10000 && !loop_has_news(&room->loop); waits++)
		sleep_ms(1);
	relays_turn(&room->pipes, &room->loop);
	assert_true(bodies[0].relay.wanted_bytes < BYTES);
	assert_int_equal(bodies[1].relay.wanted_bytes, BYTES);
	assert_int_equal(bodies[2].relay.wanted_bytes, BYTES);
	assert_true(relays_are_ready(&room->pipes));
	assert_int_equal(other.received_times, 0);
	turn(room);
	assert_int_equal(other.received_times, 1);
	for (uint32_t turns = 0; turns < 10000 && told.bytes < BODIES * BYTES; turns++)
		turn(room);
	assert_int_equal(told.bytes, BODIES * BYTES);
	for (uint32_t i = 0; i < BODIES; i++)
		close_relay(&bodies[i]);
	conn_close(conn);
	close(ends[0]);
}

/* A pipe with bytes in it must never reach the next body. */
static void a_pipe_with_bytes_is_emptied(void **state)
{
	struct room *room = *state;
	struct relay_room two = {0};
	static char piece[1 << 16];
	char seen;
	int pipe_fd;

	open_relay(room, &two, UINT32_MAX);
	for (uint32_t turns = 0; turns < 2000 && two.relay.held_bytes == 0; turns++) {
		ssize_t wrote = send(two.from[0], piece, sizeof(piece), MSG_DONTWAIT);

		assert_true(wrote > 0 || errno == EAGAIN);
		if (turns == 0)
			relay_turn(&two.relay);
		turn(room);
	}
	assert_true(two.relay.held_bytes > 0); /* the target takes no more */
	relay_stop(&two.relay);
	assert_int_equal(room->pipes.count, 2);
	for (uint32_t i = 0; i < 2; i++) {
		pipe_fd = room->pipes.free[i].read_fd;
		assert_int_equal(read(pipe_fd, &seen, 1), -1);
		assert_int_equal(errno, EAGAIN);
	}
	close_relay(&two);
}

/* A kept connection that is taken again; what it hears is told by hand. */
static struct conn *take_kept(struct room *room, int fd, struct session *session)
{
	struct conn *conn = conn_adopt(&room->io, fd, NULL);

	conn->life = CONN_IDLE;
	conn->in_flight = CONN_RECEIVING;
	conn_resume(conn, session);
	return conn;
}

static void a_request_that_was_not_handed_over_is_unsent(void **state)
{
	static const int32_t ends_of_it[] = {0, -ECONNRESET};
	struct room *room = *state;
	char byte;

	for (uint32_t i = 0; i < 2; i++) {
		struct session session = {0};
		struct conn *conn;
		int ends[2];

		make_pair(ends);
		conn = take_kept(room, ends[1], &session);
		room->loop.found = 1000; /* a busy turn: it goes by the ring */
		conn_send(conn, "POST", 4, NULL);
		conn->receive_op.done(&conn->receive_op, ends_of_it[i], 0);
		assert_int_equal(session.received_times, 1);
		assert_int_equal(session.received, ends_of_it[i]);
		assert_true(conn->unsent);
		conn_close(conn);
		for (uint32_t turns = 0; room->io.open_count > 0 && turns < 1000; turns++)
			turn(room);
		turn(room);				      /* its socket is closed now */
		assert_int_equal(read(ends[0], &byte, 1), 0); /* its end and nothing before */
		close(ends[0]);
	}
}

/* Bytes of a kept server that nobody has asked for, known and not told yet, when it is taken. */
static void what_was_said_before_is_no_answer(void **state)
{
	struct room *room = *state;
	struct session session = {0};
	struct conn *conn;
	char seen[8];
	int ends[2];

	make_pair(ends);
	conn = conn_adopt(&room->io, ends[1], NULL);
	turn(room);
	conn_rest(conn);
	assert_int_equal(write(ends[0], "x", 1), 1);
	assert_true(io_uring_submit_and_wait(&room->loop.ring, 1) >= 0);
	assert_true(loop_has_found(&room->loop, &conn->receive_op));
	conn_resume(conn, &session);
	conn_send(conn, "POST", 4, NULL);
	assert_int_equal(recv(ends[0], seen, sizeof(seen), MSG_DONTWAIT), -1);
	assert_false(conn_io_has_sent(&room->io)); /* it can still be taken back */
	conn_close(conn);
	close(ends[0]);
}

/* A part left by a call, the rest fails: somebody has seen it. */
static void what_left_in_part_is_not_unsent(void **state)
{
	static char request[16 << 20];
	struct linger reset = {.l_onoff = 1};
	struct room *room = *state;
	struct session session = {0};
	struct conn *conn;
	int ends[2];

	make_pair(ends);
	conn = take_kept(room, ends[1], &session);
	conn->in_flight = 0;
	conn_send(conn, request, sizeof(request), NULL);
	assert_true(conn->part_left);
	assert_false(conn->unasked);
	setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(ends[0]);
	while (session.sent_times == 0)
		turn(room);
	assert_true(session.sent < 0);
	assert_false(conn->unsent);
	conn_close(conn);
}

/* More than the socket takes: the send is on its way for long, and what comes meanwhile is an
 * answer to what the server has of it. */
static void a_request_of_which_a_part_has_left_is_not(void **state)
{
	static char request[4 << 20];
	struct room *room = *state;
	struct session session = {0};
	struct conn *conn;
	int ends[2], little = 4096;

	make_pair(ends);
	setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &little, sizeof(little));
	conn = take_kept(room, ends[1], &session);
	conn_send(conn, request, sizeof(request), NULL);
	conn->in_flight &= (uint8_t)~CONN_RECEIVING;
	conn_receive(conn, BUFFER_SMALL, 0);
	turn(room);
	assert_int_equal(session.sent_times, 0);
	assert_int_equal(write(ends[0], "no", 2), 2);
	while (session.received_times < 1)
		turn(room);
	assert_int_equal(session.received, 2);
	conn_receive(conn, BUFFER_SMALL, 0);
	shutdown(ends[0], SHUT_WR);
	while (session.received_times < 2)
		turn(room);
	assert_int_equal(session.received, 0);
	assert_int_equal(session.sent_times, 0);
	assert_false(conn->unsent);
	conn_close(conn);
	close(ends[0]);
}

static void a_send_of_which_the_kernel_took_nothing_is_unsent(void **state)
{
	struct linger reset = {.l_onoff = 1};
	struct room *room = *state;
	struct session session = {0};
	struct conn *conn;
	int ends[2];

	make_pair(ends);
	conn = take_kept(room, ends[1], &session);
	conn->in_flight = 0;
	setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(ends[0]);
	conn_send(conn, "POST", 4, NULL);
	while (session.sent_times < 1)
		turn(room);
	assert_true(session.sent < 0);
	assert_true(conn->unsent);
	conn_close(conn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			bytes_arrive_and_buffers_come_back, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			when_little_is_there_a_send_leaves_at_once, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			a_send_that_does_not_fit_goes_on_by_the_ring, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			a_lent_buffer_grows_behind_its_bytes, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			closing_calls_everything_home, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			a_refused_connect_is_told_once, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			a_broken_chain_still_receives, open_room, close_room),
		cmocka_unit_test_setup_teardown(the_peer_closes_first, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			a_peer_that_has_closed_is_not_waited_for, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			a_peer_that_does_not_close_is_reset, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			who_finds_no_buffer_waits_and_goes_on, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			time_runs_from_what_was_taken_last, open_room, close_room),
		cmocka_unit_test_setup_teardown(a_body_is_relayed_whole, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			a_batch_is_not_waited_for_long, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			what_follows_a_batch_is_received_at_once, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			a_source_that_ends_early_is_told, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			what_came_before_the_end_still_leaves, open_room, close_room),
		cmocka_unit_test_setup_teardown(without_a_pipe_it_says_so, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			others_are_served_between_bodies, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			a_pipe_with_bytes_is_emptied, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			a_request_that_was_not_handed_over_is_unsent, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			what_was_said_before_is_no_answer, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			what_left_in_part_is_not_unsent, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			a_request_of_which_a_part_has_left_is_not, open_room, close_room),
		cmocka_unit_test_setup_teardown(
			a_send_of_which_the_kernel_took_nothing_is_unsent, open_room, close_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
