/* SPDX-License-Identifier: GPL-2.0-or-later */
/* session_world.h - what a client asks, what its servers answer, and whether each got from the
 * other what it should have.  For session_sim.c alone. */
#ifndef TORC_TESTS_SIM_SESSION_WORLD_H
#define TORC_TESTS_SIM_SESSION_WORLD_H

#include "core/config/config.h"
#include "net/http/answer.h"
#include "net/http/exchange.h"
#include "net/http/reuse.h"
#include "net/rules/log_line.h"
#include "net/rules/rules.h"
#include "tests/sim/crowd.h"
#include "tests/sim/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define SERVERS	    3
#define PROXIES	    3 /* a frontend, its backend, and one that a rule may choose */
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

/* What the rules make of a request (by its path) and of an answer (by its X-Rule). */
struct treatment {
	const char *word;
	uint16_t status; /* of torc's own answer; 0: it passes */
	const char *line;
};

static const struct treatment of_requests[] = {
	{"", 0, ""},
	{"deny", 403, "http-request deny if { path_beg /deny }"},
	{"return", 200,
		"http-request return content-type a/b string \"own words\" hdr X-Own %[path] if { "
		"path_beg /return }"},
	{"go", 302, "http-request redirect location /else%[path] if { path_beg /go }"},
	{"tarpit", 429, "http-request tarpit deny_status 429 if { path_beg /tarpit }"},
	{"auth", 401, "http-request auth realm here if { path_beg /auth }"},
	{"move", 301, "redirect prefix http://b code 301 if { path_beg /move }"},
	{"spare", 0, "use_backend spare if { path_beg /spare }"},
	{"edit", 0, "http-request set-path /edited%[path] if { path_beg /edit }"},
};

static const struct treatment of_answers[] = {
	{"", 0, ""},
	{"deny", 502, "http-response deny if { res.hdr(X-Rule) deny }"},
	{"return", 410,
		"http-response return status 410 content-type a/b string gone if { res.hdr(X-Rule) "
		"return }"},
	{"go", 303, "http-response redirect location /x code 303 if { res.hdr(X-Rule) go }"},
	{"edit", 0, "http-response replace-header X-Rule .* edited if { res.hdr(X-Rule) edit }"},
};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

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
	bool upgrade;	 /* it asks for another protocol */
	bool tunnel;	 /* and gets it: what follows both heads are bytes */
	uint32_t refusals;
	const struct treatment *of_request, *of_answer;
};

struct sim {
	uint64_t random;
	uint64_t now_ms;
	struct timer_wheel wheel;
	struct session_environment env;
	struct load load;
	struct queue queues[PROXIES];
	struct queue_inbox inbox;
	struct crowd crowd;
	struct session session;
	struct config config;
	struct config_source source;
	struct config_file file;
	char text[32768]; /* of the configuration */
	struct board board;
	struct balance balances[PROXIES];
	struct balance_shared positions[PROXIES];
	struct h1_head head;
	char scratch[BUFFER_SIZE];

	struct script scripts[REQUESTS];
	uint32_t requests; /* in the scripts */
	uint32_t asked;	   /* requests that reached a server whole */
	uint32_t answered; /* final answers that the client has read */
	uint32_t refused_now;
	bool fault; /* something was broken on purpose, or time ran out */
	bool client_aborts, client_leaves, client_stalls, client_blind, server_resets, server_deaf,
		connect_hangs, drains, moves; /* what goes wrong in this run */
	uint32_t wrong_at;		      /* bytes of the client's stream after which it does */

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

	bool rules;   /* there are any */
	bool repeats; /* retry-on: what has reached a server may be sent again */
	uint32_t lines, logs, buffers, captures, unique_ids;
	bool over;
};

/* torc answers it by itself. */
static bool is_own(const struct script *script)
{
	return script->of_request->status != 0;
}

/* The next request that a server should see. */
static uint32_t next_asked(const struct sim *sim)
{
	uint32_t id = sim->asked;

	while (id < sim->requests && is_own(&sim->scripts[id]))
		id++;
	return id;
}

static uint32_t draw(struct sim *sim, uint32_t below)
{
	return (uint32_t)(random_next(&sim->random) >> 11) % below;
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

/* What can be of both: a request without a body, of which nothing is answered by torc. */
static void make_tunnel(struct sim *sim, struct script *script)
{
	if (script->request_framing != FRAME_NONE || script->head_method || script->http10)
		return;
	*script = (struct script){.tunnel = true,
		.upgrade = true,
		.close = true,
		.request_body = draw(sim, 20000),
		.response_body = draw(sim, 20000),
		.response_framing = FRAME_CLOSE,
		.interims = script->interims,
		.refusals = script->refusals,
		.of_request = is_own(script) ? &of_requests[0] : script->of_request,
		.of_answer = script->of_answer->status ? &of_answers[0] : script->of_answer};
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
		script->of_request = &of_requests[0];
		script->of_answer = &of_answers[0];
		if (sim->rules && chance(sim, 40))
			script->of_request = &of_requests[draw(sim, COUNT_OF(of_requests))];
		if (sim->rules && chance(sim, 30))
			script->of_answer = &of_answers[draw(sim, COUNT_OF(of_answers))];
		script->upgrade = !post && !script->http10 && chance(sim, 10);
		if (chance(sim, 10)) {
			script->early = post;
			script->cut = chance(sim, 30);
			script->mute = chance(sim, 30);
			script->garbage = chance(sim, 30);
		}
		if (id + 1 == sim->requests && chance(sim, 20))
			make_tunnel(sim, script);
		put_string(&sim->to_torc, "%s /%s%u HTTP/1.%u\r\nHost: a\r\nX-Id: %u\r\n",
			post		      ? "POST"
			: script->head_method ? "HEAD"
					      : "GET",
			script->of_request->word, id, script->http10 ? 0 : 1, id);
		if (chance(sim, 20))
			put_string(&sim->to_torc, "X-Grow: %u\r\n", draw(sim, 2));
		if (script->upgrade)
			put_string(&sim->to_torc, "Upgrade: other\r\nConnection: %s\r\n",
				script->close && !script->tunnel ? "upgrade, close" : "upgrade");
		else if (script->close && !script->http10)
			put_string(&sim->to_torc, "Connection: close\r\n");
		else if (script->keeps10)
			put_string(&sim->to_torc, "Connection: keep-alive\r\n");
		put_framing(&sim->to_torc, script->request_framing, script->request_body);
		put_string(&sim->to_torc, "\r\n");
		put_body(sim, &sim->to_torc, id, false, script->request_framing,
			script->request_body);
	}
	/* Behind the last request, which says that it is the last one: nobody is to read that. */
	if (!sim->scripts[sim->requests - 1].tunnel && !sim->scripts[sim->requests - 1].keeps10 &&
		chance(sim, 20))
		put_string(&sim->to_torc, "%s", chance(sim, 50) ? "\r\n" : "and something else");
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
	case 8:
		sim->moves = true;
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

	if (script->tunnel)
		return sim->server_read_all;
	return sim->asked_to_close || script->says_close || script->cut || script->garbage ||
	       sim->answered_early;
}

/* A request was lost with its connection: only a harmless one may be sent again. */
static void lose_request(struct sim *sim)
{
	uint32_t id = next_asked(sim);

	sim->stale = true;
	if (id < sim->requests && sim->scripts[id].request_framing != FRAME_NONE)
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
	} else if (script->tunnel) {
		put_string(out,
			"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
			"Upgrade: other\r\nX-Id: %u\r\nX-Rule: %s\r\n\r\n",
			id, script->of_answer->word);
		put_body(sim, out, id, true, FRAME_LENGTH, script->response_body);
	} else if (script->bodyless) {
		put_string(out, "HTTP/1.1 204 No Content\r\nX-Id: %u\r\nX-Rule: %s\r\n%s\r\n", id,
			script->of_answer->word,
			server_closes(sim) ? "Connection: close\r\n"
			: script->http10   ? "Connection: keep-alive\r\n"
					   : "");
	} else {
		put_string(out, "HTTP/1.1 200 OK\r\nX-Id: %u\r\nX-Rule: %s\r\n", id,
			script->of_answer->word);
		if (chance(sim, 20))
			put_string(out, "X-Grow: %u\r\n", draw(sim, 2));
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
	if (script->tunnel)
		head.body = H1_BODY_UNTIL_CLOSE;
	used = check_body(&head, copy.bytes + bytes, copy.len - (uint32_t)bytes, id, false,
		script->request_body, false, &whole);
	whole |= script->tunnel && used == script->request_body;
	assert_int_equal(used, copy.len - (uint32_t)bytes); /* never a byte of another request */
	if (whole && !sim->server_read_all) {
		bool again = id + 1 == sim->asked &&
			     (script->request_framing == FRAME_NONE || sim->repeats);

		sim->server_read_all = true;
		/* In order, and each once; what torc answered itself is left out.  One that went
		 * over a kept connection may have been read before that was lost, and is sent
		 * again where that is harmless (9110 9.2.2). */
		assert_false(is_own(script));
		assert_true(id == next_asked(sim) || (sim->fault && (id > sim->asked || again)));
		sim->asked = id + 1;
	}
	if (!sim->server_answered && (whole || script->early || script->tunnel)) {
		if (!whole && script->early)
			sim->fault = sim->answered_early = true;
		server_answer(sim, id);
	}
}

/* The one that the rules make, or a fault's.  A request of which torc has not read the end costs
 * its client the connection, and so does one for another protocol. */
static void check_own_answer(
	struct sim *sim, const struct script *script, const struct h1_head *head)
{
	uint16_t wanted =
		script->of_request->status ? script->of_request->status : script->of_answer->status;

	assert_int_equal(head->body, script->head_method ? H1_BODY_NONE : H1_BODY_LENGTH);
	if (!sim->fault)
		assert_int_equal(head->status, wanted);
	assert_true(head->status >= 400 || head->status == wanted);
	if (!head->says_close || script->close)
		return;
	assert_true(sim->fault || script->request_framing != FRAME_NONE || script->upgrade);
	sim->fault = true;
}

static void client_reads(struct sim *sim, bool closed)
{
	static struct h1_head head;
	static char copy[STREAM];

	for (;;) {
		struct stream *in = &sim->from_torc;
		uint32_t len = in->len - in->read, scanned = 0, used;
		struct script *script;
		int32_t bytes;
		bool whole;

		if (len == 0)
			return;
		if (sim->answered == sim->requests && sim->scripts[sim->requests - 1].tunnel) {
			/* It was refused, and what was meant for it was read as a request. */
			assert_true(sim->fault);
			in->read = in->len;
			return;
		}
		assert_true(sim->answered < sim->requests);
		script = &sim->scripts[sim->answered];
		memcpy(copy, in->bytes + in->read, len);
		bytes = h1_read_response(&head, copy, len, &scanned, &wide,
			script->head_method ? H1_METHOD_HEAD : H1_METHOD_GET);
		assert_int_not_equal(bytes, H1_BAD);
		if (bytes == H1_MORE) {
			assert_true(!closed || sim->fault);
			return;
		}
		if (head.status == 101) {
			assert_true(script->tunnel);
			head.body = H1_BODY_UNTIL_CLOSE;
		} else if (head.status < 200) {
			assert_int_equal(head.status, 103);
			assert_false(script->http10);
			in->read += (uint32_t)bytes;
			continue;
		}
		if (id_of(&head) == UINT32_MAX) { /* an answer of torc's own */
			check_own_answer(sim, script, &head);
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
