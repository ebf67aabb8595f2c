/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session_world.h - what a client asks, what its servers answer, and whether each got from the
 * other what it should have.  For session_sim.c alone. */
#ifndef TORC_TESTS_SIM_SESSION_WORLD_H
#define TORC_TESTS_SIM_SESSION_WORLD_H

#include "net/http/answer.h"
#include "net/http/exchange.h"
#include "net/http/reuse.h"
#include "tests/sim/crowd.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define SERVERS	    3
#define REQUESTS    6
#define STREAM	    (256 * 1024)
#define SEEDS	    3000
#define START_MS    1000000u
#define LIMIT_STEPS 200000u
#define BUFFER_SIZE (BUFFER_HEADROOM + 64 * 1024)

struct stream {
	char bytes[STREAM];
	uint32_t len, read;
};

enum framing { FRAME_NONE, FRAME_LENGTH, FRAME_CHUNKED, FRAME_CLOSE };

/* What a request is and what its server will do with it; both sides of the test know it. */
struct script {
	bool head_method, http10, keeps10, close;
	enum framing request_framing, response_framing;
	uint32_t request_body, response_body;
	uint32_t interims;
	bool early;	 /* answers before it has read the body */
	bool cut;	 /* closes in the middle of its answer */
	bool mute;	 /* never answers */
	bool garbage;	 /* answers something else */
	bool bodyless;	 /* 204 */
	bool says_close; /* the server ends its connection after this answer */
	bool vanishes;	 /* it takes a request over a kept connection and closes, the first time */
	uint32_t refusals;
};

struct sim {
	uint64_t random;
	uint64_t now_ms;
	struct timer_wheel wheel;
	struct session_environment env;
	struct load load;
	struct queue queues[2];
	struct queue_inbox inbox;
	struct crowd crowd;
	struct session session;
	struct config config;
	struct proxy proxies[2];
	struct server servers[SERVERS];
	struct listener listener;
	struct board board;
	struct balance balances[2];
	struct balance_shared position;
	struct h1_head head;
	char scratch[BUFFER_SIZE];

	struct script scripts[REQUESTS];
	uint32_t requests; /* in the scripts */
	uint32_t asked;	   /* requests that reached a server whole */
	uint32_t answered; /* final answers that the client has read */
	uint32_t refused_now;
	bool fault; /* something was broken on purpose, or time ran out */
	bool client_aborts, client_leaves, client_stalls, client_blind, server_resets, server_deaf,
		connect_hangs, drains; /* what goes wrong in this run */
	uint32_t wrong_at;	       /* bytes of the client's stream after which it does */

	/* the client's socket */
	struct stream to_torc, from_torc;
	bool client_receiving, client_sending, client_ended, client_reset, client_gone, client_shut;
	/* the server's socket */
	bool server_open, connecting, server_receiving, server_sending, server_closed, aborted;
	struct stream at_server, from_server;
	uint32_t serving; /* index of the request that this connection carries */
	bool server_answered, server_read_all;
	bool answered_early;
	bool asked_to_close;	/* the request at hand said so */
	bool kept, kept_proven; /* a connection idles in the hands' store */
	bool stale;		/* the server has closed it, or closes it instead of answering */
	bool over_kept, request_left; /* this exchange's connection; something reached the server */
	bool splicing[2];

	uint32_t lines, logs, buffers;
	bool over;
};

static uint32_t draw(struct sim *sim, uint32_t below)
{
	sim->random ^= sim->random << 13;
	sim->random ^= sim->random >> 7;
	sim->random ^= sim->random << 17;
	return (uint32_t)(sim->random >> 11) % below;
}

static bool chance(struct sim *sim, uint32_t percent)
{
	return draw(sim, 100) < percent;
}

/* The bytes of body `id` at `at`: everybody can compute them. */
static char body_byte(uint32_t id, bool response, uint32_t at)
{
	return (char)('a' + (id * 7 + at * 3 + at / 26 + (response ? 11 : 0)) % 26);
}

static void put(struct stream *stream, const char *bytes, uint32_t len)
{
	assert_true(stream->len + len <= STREAM);
	memcpy(stream->bytes + stream->len, bytes, len);
	stream->len += len;
}

static void put_string(struct stream *stream, const char *format, ...)
{
	char text[512];
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	put(stream, text, (uint32_t)len);
}

static void put_body(struct sim *sim, struct stream *stream, uint32_t id, bool response,
	enum framing framing, uint32_t len)
{
	for (uint32_t at = 0; at < len;) {
		uint32_t piece = framing == FRAME_CHUNKED ? 1 + draw(sim, 700) : len;

		if (piece > len - at)
			piece = len - at;
		if (framing == FRAME_CHUNKED)
			put_string(stream, "%x\r\n", piece);
		for (uint32_t i = 0; i < piece; i++, at++) {
			char byte = body_byte(id, response, at);

			put(stream, &byte, 1);
		}
		if (framing == FRAME_CHUNKED)
			put(stream, "\r\n", 2);
	}
	if (framing == FRAME_CHUNKED)
		put_string(stream, chance(sim, 30) ? "0\r\nX-Trailer: t\r\n\r\n" : "0\r\n\r\n");
}

static void put_framing(struct stream *stream, enum framing framing, uint32_t len)
{
	if (framing == FRAME_LENGTH)
		put_string(stream, "Content-Length: %u\r\n", len);
	else if (framing == FRAME_CHUNKED)
		put_string(stream, "Transfer-Encoding: chunked\r\n");
}

static void write_requests(struct sim *sim)
{
	sim->requests = 1 + draw(sim, REQUESTS);
	for (uint32_t id = 0; id < sim->requests; id++) {
		struct script *script = &sim->scripts[id];
		bool post = chance(sim, 40);

		script->head_method = !post && chance(sim, 15);
		script->http10 = id + 1 == sim->requests && chance(sim, 15);
		script->keeps10 = script->http10 && chance(sim, 50);
		script->close = script->http10 || id + 1 == sim->requests;
		script->request_framing = !post		    ? FRAME_NONE
					  : script->http10  ? FRAME_LENGTH
					  : chance(sim, 50) ? FRAME_LENGTH
							    : FRAME_CHUNKED;
		script->request_body = post ? draw(sim, 20000) : 0;
		script->response_body = chance(sim, 20) ? 0 : draw(sim, 30000);
		script->response_framing = FRAME_LENGTH + draw(sim, script->close ? 3 : 2);
		script->bodyless = chance(sim, 8);
		script->says_close = script->response_framing == FRAME_CLOSE || chance(sim, 25);
		script->vanishes = chance(sim, 10);
		script->interims = chance(sim, 20) ? 1 + draw(sim, 3) : 0;
		script->refusals = chance(sim, 10) ? 1 + draw(sim, 3) : 0;
		if (chance(sim, 10)) {
			script->early = post;
			script->cut = chance(sim, 30);
			script->mute = chance(sim, 30);
			script->garbage = chance(sim, 30);
		}
		put_string(&sim->to_torc, "%s /%u HTTP/1.%u\r\nHost: a\r\nX-Id: %u\r\n",
			post		      ? "POST"
			: script->head_method ? "HEAD"
					      : "GET",
			id, script->http10 ? 0 : 1, id);
		if (script->close && !script->http10)
			put_string(&sim->to_torc, "Connection: close\r\n");
		else if (script->keeps10)
			put_string(&sim->to_torc, "Connection: keep-alive\r\n");
		put_framing(&sim->to_torc, script->request_framing, script->request_body);
		put_string(&sim->to_torc, "\r\n");
		put_body(sim, &sim->to_torc, id, false, script->request_framing,
			script->request_body);
	}
	/* Most runs are clean; in the others one thing goes wrong at some point. */
	sim->wrong_at = draw(sim, sim->to_torc.len + 1);
	switch (draw(sim, 20)) {
	case 0:
		sim->client_aborts = true;
		break;
	case 1:
		sim->client_leaves = true;
		break;
	case 2:
		sim->client_stalls = true;
		break;
	case 3:
		sim->client_blind = true;
		break;
	case 4:
		sim->server_resets = true;
		break;
	case 5:
		sim->server_deaf = true;
		break;
	case 6:
		sim->connect_hangs = true;
		break;
	case 7:
		sim->drains = true;
		break;
	default:
		break;
	}
}

/* ---- reading what arrived, with the parser that has tests of its own ---- */

static const struct h1_limits wide = {.head_bytes = 60000, .fields = 100};

static uint32_t id_of(const struct h1_head *head)
{
	for (uint32_t i = 0; i < head->field_count; i++)
		if (span_equal(head->fields[i].name, SPAN("X-Id")))
			return (uint32_t)strtoul(head->fields[i].value.at, NULL, 10);
	return UINT32_MAX;
}

/* Compares as much of a body as is here; *whole says whether its end was seen.  Returns the bytes
 * it takes. */
static uint32_t check_body(const struct h1_head *head, char *at, uint32_t len, uint32_t id,
	bool response, uint32_t expected, bool closed, bool *whole)
{
	struct h1_chunks chunks;
	uint32_t used = len, kept = len;

	*whole = false;
	if (head->body == H1_BODY_NONE) {
		*whole = true;
		return 0;
	}
	if (head->body == H1_BODY_LENGTH) {
		used = head->body_bytes < len ? (uint32_t)head->body_bytes : len;
		kept = used;
		*whole = used == head->body_bytes;
	} else if (head->body == H1_BODY_CHUNKED) {
		enum h1_chunks_result result;

		h1_chunks_init(&chunks, true, 60000);
		result = h1_chunks_read(&chunks, at, len, &used, &kept);
		assert_int_not_equal(result, H1_CHUNKS_BAD);
		*whole = result == H1_CHUNKS_END;
	} else {
		*whole = closed;
	}
	assert_true(kept <= expected);
	for (uint32_t i = 0; i < kept; i++)
		assert_int_equal(at[i], body_byte(id, response, i));
	if (*whole && head->body != H1_BODY_UNTIL_CLOSE)
		assert_int_equal(kept, expected);
	return used;
}

/* Does the server end its connection behind the answer that it gives or has given? */
static bool server_closes(const struct sim *sim)
{
	const struct script *script = &sim->scripts[sim->serving];

	return sim->asked_to_close || script->says_close || script->cut || script->garbage ||
	       sim->answered_early;
}

/* A request was lost with its connection: only a harmless one may be sent again. */
static void lose_request(struct sim *sim)
{
	sim->stale = true;
	if (sim->asked < sim->requests && sim->scripts[sim->asked].request_framing != FRAME_NONE)
		sim->fault = true;
}

/* The server reads its request; answers when it is whole (or early). */
static void server_answer(struct sim *sim, uint32_t id)
{
	struct script *script = &sim->scripts[id];
	struct stream *out = &sim->from_server;
	uint32_t before = out->len;

	sim->server_answered = true;
	sim->serving = id;
	if (script->mute) {
		sim->fault = true;
		return;
	}
	for (uint32_t i = 0; i < script->interims; i++)
		put_string(out, "HTTP/1.1 103 Early Hints\r\nX-Hint: %u\r\n\r\n", i);
	if (script->garbage) {
		sim->fault = true;
		put_string(out, "SMTP/1.1 oops\r\n\r\n");
	} else if (script->bodyless) {
		put_string(out, "HTTP/1.1 204 No Content\r\nX-Id: %u\r\n%s\r\n", id,
			server_closes(sim) ? "Connection: close\r\n"
			: script->http10   ? "Connection: keep-alive\r\n"
					   : "");
	} else {
		put_string(out, "HTTP/1.1 200 OK\r\nX-Id: %u\r\n", id);
		if (server_closes(sim))
			put_string(out, "Connection: close\r\n");
		else if (script->http10)
			put_string(out, "Connection: keep-alive\r\n");
		put_framing(out, script->response_framing, script->response_body);
		put_string(out, "\r\n");
		if (!script->head_method)
			put_body(sim, out, id, true, script->response_framing,
				script->response_body);
	}
	if (script->cut) {
		sim->fault = true;
		out->len = before + draw(sim, out->len - before);
	}
}

static void server_reads(struct sim *sim)
{
	static struct h1_head head;
	struct stream copy = sim->at_server;
	uint32_t scanned = 0;
	int32_t bytes = h1_read_request(&head, copy.bytes, copy.len, &scanned, &wide);
	struct script *script;
	uint32_t id, used;
	bool whole;

	assert_int_not_equal(bytes, H1_BAD);
	if (bytes == H1_MORE || sim->stale)
		return;
	id = id_of(&head);
	assert_true(id < sim->requests);
	script = &sim->scripts[id];
	sim->asked_to_close = !head.keep_alive;
	if (sim->over_kept && script->vanishes) {
		/* Read, perhaps acted upon, not answered. */
		script->vanishes = false;
		sim->serving = id;
		lose_request(sim);
		if (script->request_framing != FRAME_NONE)
			sim->asked = id + 1; /* must never be seen again */
		return;
	}
	used = check_body(&head, copy.bytes + bytes, copy.len - (uint32_t)bytes, id, false,
		script->request_body, false, &whole);
	assert_int_equal(used, copy.len - (uint32_t)bytes); /* never a byte of another request */
	if (whole && !sim->server_read_all) {
		bool again = id + 1 == sim->asked && script->request_framing == FRAME_NONE;

		sim->server_read_all = true;
		/* In order, and each once; what torc answered itself is left out.  One that went
		 * over a kept connection may have been read before that was lost, and is sent
		 * again where that is harmless (9110 9.2.2). */
		assert_true(id == sim->asked || (sim->fault && (id > sim->asked || again)));
		sim->asked = id + 1;
	}
	if (!sim->server_answered && (whole || script->early)) {
		if (!whole)
			sim->fault = sim->answered_early = true;
		server_answer(sim, id);
	}
}

static void client_reads(struct sim *sim, bool closed)
{
	static struct h1_head head;
	static char copy[STREAM];

	for (;;) {
		struct stream *in = &sim->from_torc;
		uint32_t len = in->len - in->read, scanned = 0, used;
		struct script *script = &sim->scripts[sim->answered];
		int32_t bytes;
		bool whole;

		if (len == 0)
			return;
		assert_true(sim->answered < sim->requests);
		memcpy(copy, in->bytes + in->read, len);
		bytes = h1_read_response(&head, copy, len, &scanned, &wide,
			script->head_method ? H1_METHOD_HEAD : H1_METHOD_GET);
		assert_int_not_equal(bytes, H1_BAD);
		if (bytes == H1_MORE) {
			assert_true(!closed || sim->fault);
			return;
		}
		if (head.status < 200) {
			assert_int_equal(head.status, 103);
			assert_false(script->http10);
			in->read += (uint32_t)bytes;
			continue;
		}
		if (id_of(&head) == UINT32_MAX) {
			assert_true(sim->fault); /* an answer of torc's own */
			assert_true(head.status >= 400);
			assert_int_equal(
				head.body, script->head_method ? H1_BODY_NONE : H1_BODY_LENGTH);
			if (len - (uint32_t)bytes < head.body_bytes)
				return;
			in->read += (uint32_t)bytes +
				    (script->head_method ? 0 : (uint32_t)head.body_bytes);
			sim->answered++;
			if (!head.says_close)
				continue;
			/* It was the last word; a head that never came whole has no method, so its
			 * answer has a body. */
			assert_true(in->read == in->len ||
				    (script->head_method &&
					    (head.status == 400 || head.status == 408)));
			in->read = in->len;
			return;
		}
		assert_int_equal(id_of(&head), sim->answered);
		used = check_body(&head, copy + bytes, len - (uint32_t)bytes, sim->answered, true,
			script->response_body, closed, &whole);
		if (!whole) {
			assert_true(!closed || sim->fault);
			return;
		}
		in->read += (uint32_t)bytes + used;
		sim->answered++;
	}
}

#endif
