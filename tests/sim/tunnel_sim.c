/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection in mode tcp, its two ends and a clock, over many seeds.
 *
 *     tunnel_sim [first seed] [seeds]
 *
 * Each end has so many bytes to say, says them in pieces and ends its direction, at once, late or
 * never; connects are refused, ends are reset, a side is silent until its time-out.  The hands are
 * played by this file.  Invariants:
 *   - what one end has said arrives at the other one, in order; all of it, unless something failed
 *   - an end is passed on as an end, after the last byte, and the other direction goes on
 *   - nothing is asked of a side that is gone, no piece is sent before the one ahead of it has left
 *   - in the end the session is over, was logged once, holds no buffer and no timer, and every
 *     gauge is down */
#include "net/http/exchange.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include "tests/sim/random.h"
#include "tests/sim/seeds.h"

#define SEEDS	    4000
#define SAID_MAX    (256 * 1024)
#define START_MS    1000000u
#define STEPS_MAX   200000u
#define BUFFER_SIZE (BUFFER_HEADROOM + BUFFER_LARGE_BYTES)
#define CLIENT	    0
#define SERVER	    1

/* One end of the connection, and what torc has been asked of it. */
struct end {
	uint32_t to_say, said; /* bytes of its own */
	uint32_t heard;	       /* bytes of the other end's that have come */
	bool ends;	       /* says its end after them */
	bool ended;	       /* and has */
	bool told;	       /* has been told the other one's end */
	bool receiving;	       /* torc waits for it */
	bool gone;
};

struct sim {
	uint64_t random, now_ms;
	struct timer_wheel wheel;
	struct session_environment env;
	struct session session;
	struct config config;
	struct proxy proxies[2];
	struct server server;
	struct listener listener;
	struct board board;
	struct load load;
	struct balance balances[2];
	struct balance_shared position;
	struct queue queues[2];
	struct queue_inbox inbox;
	struct end ends[2];
	bool sending[2], splicing[2]; /* by flow */
	bool connecting, over, fault;
	uint32_t refusals, refusals_made, reset_at, logs, buffers;
	int resets; /* which end, -1: none */
};

static uint32_t draw(struct sim *sim, uint32_t below)
{
	return (uint32_t)(random_next(&sim->random) >> 11) % below;
}

static bool chance(struct sim *sim, uint32_t percent)
{
	return draw(sim, 100) < percent;
}

/* The byte that this end says at this place. */
static char byte_of(uint32_t which, uint32_t at)
{
	return (char)(at * 31 + at / 251 + which * 7);
}

/* ---- buffers, as net/drive.c keeps them ---- */

static struct buffer *lend(struct sim *sim)
{
	struct buffer *buffer = calloc(1, sizeof(*buffer));

	buffer->space = malloc(BUFFER_SIZE);
	buffer->size = BUFFER_SIZE;
	buffer->start = buffer->end = BUFFER_HEADROOM;
	buffer->refs = 1;
	sim->buffers++;
	return buffer;
}

static void give_back(struct sim *sim, struct buffer **buffer)
{
	if (!*buffer)
		return;
	free((*buffer)->space);
	free(*buffer);
	*buffer = NULL;
	sim->buffers--;
}

static bool lies_in(const struct flow *flow, const struct buffer *buffer)
{
	return buffer && flow->out_len > 0 && flow->out >= buffer->space &&
	       flow->out < buffer->space + buffer->size;
}

static void add_bytes(struct sim *sim, struct flow *flow, struct buffer *buffer)
{
	if (flow->in && buffer_len(flow->in) > 0) {
		assert_true(buffer_room(flow->in) >= buffer_len(buffer));
		memcpy(flow->in->space + flow->in->end, buffer_at(buffer), buffer_len(buffer));
		flow->in->end += buffer_len(buffer);
		give_back(sim, &buffer);
		return;
	}
	if (lies_in(flow, flow->in)) {
		assert_null(flow->held);
		flow->held = flow->in;
		flow->in = NULL;
	}
	give_back(sim, &flow->in);
	flow->in = buffer;
}

static void settle(struct sim *sim)
{
	for (uint32_t i = 0; i < 2; i++) {
		struct flow *flow = &sim->session.flow[i];

		if (!lies_in(flow, flow->held))
			give_back(sim, &flow->held);
		if (flow->in && buffer_len(flow->in) == 0 && !lies_in(flow, flow->in))
			give_back(sim, &flow->in);
	}
}

/* ---- actions ---- */

static void perform(struct sim *sim);

static void event(struct sim *sim, enum session_event what)
{
	session_step(&sim->session, &sim->env, what);
	perform(sim);
}

static void close_server(struct sim *sim)
{
	sim->ends[SERVER].gone = true;
	sim->ends[SERVER].receiving = false;
	sim->sending[REQUEST] = false;
	sim->connecting = false;
	sim->splicing[REQUEST] = sim->splicing[RESPONSE] = false;
}

static void send_piece(struct sim *sim, uint32_t flow)
{
	assert_false(sim->sending[flow]);
	assert_false(sim->ends[!flow].told); /* nothing follows an end */
	assert_true(sim->session.flow[flow].out_len > 0);
	sim->sending[flow] = true;
}

static void begin_splice(struct sim *sim, uint32_t flow)
{
	if (sim->ends[flow].receiving) { /* a receive would steal the bytes: by copy */
		sim->session.flow[flow].spliced = false;
		return;
	}
	assert_false(sim->splicing[flow]);
	sim->splicing[flow] = true;
}

static void perform(struct sim *sim)
{
	uint32_t actions = sim->session.actions;

	sim->session.actions = 0;
	if (actions & SESSION_END) {
		assert_false(sim->over);
		sim->over = true;
		for (uint32_t i = 0; i < 2; i++) {
			sim->session.flow[i].out_len = 0;
			give_back(sim, &sim->session.flow[i].in);
			give_back(sim, &sim->session.flow[i].held);
		}
		return;
	}
	if (actions & (SESSION_DROP_SERVER | SESSION_PART_SERVER))
		close_server(sim);
	if (actions & SESSION_ABORT_CONNECT && sim->connecting) {
		sim->connecting = false;
		sim->session.error = -110;
		event(sim, SESSION_SERVER_REFUSED);
		return;
	}
	if (actions & SESSION_SEND_CLIENT)
		send_piece(sim, RESPONSE);
	if (actions & SESSION_SEND_SERVER)
		send_piece(sim, REQUEST);
	settle(sim);
	if (actions & SESSION_RECV_SERVER && !sim->ends[SERVER].gone)
		sim->ends[SERVER].receiving = true;
	if (actions & SESSION_RECV_CLIENT)
		sim->ends[CLIENT].receiving = true;
	if (actions & SESSION_SHUT_CLIENT)
		sim->ends[CLIENT].told = true;
	if (actions & SESSION_SHUT_SERVER)
		sim->ends[SERVER].told = true;
	if (actions & SESSION_DO_CONNECT) {
		assert_int_equal(sim->session.flow[REQUEST].out_len, 0);
		sim->ends[SERVER].gone = false;
		sim->connecting = true;
	}
	if (actions & SESSION_SPLICE_REQUEST)
		begin_splice(sim, REQUEST);
	if (actions & SESSION_SPLICE_RESPONSE)
		begin_splice(sim, RESPONSE);
}

/* ---- what may happen next ---- */

static void connect_ends(struct sim *sim)
{
	sim->connecting = false;
	if (sim->refusals > 0) {
		sim->refusals--;
		sim->refusals_made++;
		sim->ends[SERVER].gone = true;
		sim->session.error = -111;
		event(sim, SESSION_SERVER_REFUSED);
		return;
	}
	sim->ends[SERVER].receiving = true; /* of the chain */
	event(sim, SESSION_SERVER_CONNECTED);
}

static void receive_ends(struct sim *sim, uint32_t which)
{
	struct end *end = &sim->ends[which];
	uint32_t most = end->to_say - end->said, bytes;
	struct buffer *buffer;

	if (most == 0) {
		if (!end->ends || end->ended)
			return;
		end->receiving = false;
		end->ended = true;
		event(sim, which == CLIENT ? SESSION_CLIENT_EOF : SESSION_SERVER_EOF);
		return;
	}
	end->receiving = false;
	/* Until it is connected a client is asked for little at a time. */
	bytes = sim->session.flow[which].state == FLOW_HEAD ? 4096 : BUFFER_LARGE_BYTES;
	if (most > bytes)
		most = bytes;
	bytes = chance(sim, 50) ? most : 1 + draw(sim, most);
	buffer = lend(sim);
	for (uint32_t i = 0; i < bytes; i++)
		buffer->space[buffer->end++] = byte_of(which, end->said++);
	add_bytes(sim, &sim->session.flow[which], buffer);
	event(sim, which == CLIENT ? SESSION_CLIENT_BYTES : SESSION_SERVER_BYTES);
}

static void send_ends(struct sim *sim, uint32_t which)
{
	struct flow *flow = &sim->session.flow[which];
	struct end *to = &sim->ends[!which];

	sim->sending[which] = false;
	for (uint32_t i = 0; i < flow->out_len; i++)
		assert_int_equal(flow->out[i], byte_of(which, to->heard++));
	event(sim, which == REQUEST ? SESSION_SERVER_SENT : SESSION_CLIENT_SENT);
}

static void splice_moves(struct sim *sim, uint32_t which)
{
	struct end *from = &sim->ends[which], *to = &sim->ends[!which];
	struct flow *flow = &sim->session.flow[which];
	uint32_t most = from->to_say - from->said, bytes;

	if (most == 0) {
		if (!from->ends || from->ended)
			return;
		sim->splicing[which] = false;
		flow->spliced = false;
		from->ended = true;
		event(sim, which == CLIENT ? SESSION_CLIENT_EOF : SESSION_SERVER_EOF);
		return;
	}
	bytes = 1 + draw(sim, most);
	assert_int_equal(to->heard, from->said); /* nothing is overtaken */
	from->said += bytes;
	to->heard += bytes;
	sim->session.relayed_bytes = bytes;
	sim->session.relayed_flow = (uint8_t)which;
	event(sim, SESSION_RELAYED);
	if (sim->over || !sim->splicing[which] || bytes >= BUFFER_SMALL_BYTES)
		return;
	sim->splicing[which] = false; /* it has slowed down */
	flow->spliced = false;
	from->receiving = true;
}

static void reset(struct sim *sim)
{
	uint32_t which = (uint32_t)sim->resets;

	sim->resets = -1;
	sim->fault = true;
	if (which == SERVER && (sim->connecting || sim->ends[SERVER].gone))
		return;
	sim->ends[which].receiving = false;
	if (sim->sending[!which]) {
		sim->sending[!which] = false;
		sim->ends[which].to_say = sim->ends[which].said;
		event(sim, which == CLIENT ? SESSION_CLIENT_ERROR : SESSION_SERVER_SEND_ERROR);
	}
	if (!sim->over)
		event(sim, which == CLIENT ? SESSION_CLIENT_ERROR : SESSION_SERVER_ERROR);
}

static bool one_thing(struct sim *sim)
{
	uint32_t which = draw(sim, 2);

	if (sim->resets >= 0 && sim->ends[CLIENT].said + sim->ends[SERVER].said >= sim->reset_at) {
		reset(sim);
		return true;
	}
	for (uint32_t i = 0; i < 2; i++, which = !which) {
		struct end *end = &sim->ends[which];
		bool has = end->said < end->to_say || (end->ends && !end->ended);

		if (which == SERVER && sim->connecting) {
			connect_ends(sim);
			return true;
		}
		if (sim->sending[which] && chance(sim, 60)) {
			send_ends(sim, which);
			return true;
		}
		if (end->receiving && has) {
			receive_ends(sim, which);
			return true;
		}
		if (sim->splicing[which] && has) {
			splice_moves(sim, which);
			return true;
		}
		if (sim->sending[which]) {
			send_ends(sim, which);
			return true;
		}
	}
	return false;
}

/* ---- one run ---- */

static void client_timer(struct timer *timer)
{
	struct session *session = container_of(timer, struct session, client_timer);
	struct sim *sim = container_of(session, struct sim, session);

	sim->env.now_ms = sim->now_ms;
	event(sim, SESSION_CLIENT_TIMEOUT);
}

static void server_timer(struct timer *timer)
{
	struct session *session = container_of(timer, struct session, server_timer);
	struct sim *sim = container_of(session, struct sim, session);

	sim->env.now_ms = sim->now_ms;
	event(sim, SESSION_SERVER_TIMEOUT);
}

static bool on_more_waits(struct session_environment *env, const struct session *session)
{
	const struct sim *sim = container_of(env, struct sim, env);

	(void)session;
	return sim->ends[CLIENT].said < sim->ends[CLIENT].to_say;
}

static void on_log(struct session_environment *env, const struct session *session,
	const struct access_record *record)
{
	struct sim *sim = container_of(env, struct sim, env);

	sim->logs++;
	/* Taken from the client, and handed over whole. */
	assert_true(record->bytes_in >= sim->ends[SERVER].heard);
	assert_int_equal(record->bytes, sim->ends[CLIENT].heard);
	if (sim->fault)
		return;
	if (memcmp(record->termination, "CC", 2) == 0)
		assert_true(sim->ends[CLIENT].ended &&
			    (sim->ends[CLIENT].said == 0 || session->backend->abort_on_close));
	else if (memcmp(record->termination, "SC", 2) == 0)
		assert_true(sim->refusals_made > session->backend->retries);
	else
		assert_memory_equal(record->termination, "--", 2);
	sim->fault = record->termination[0] != '-';
}

static void make(struct sim *sim, struct arena *arena)
{
	static struct log_target target;
	struct proxy *front = &sim->proxies[0], *back = &sim->proxies[1];
	struct timeouts timeouts = {.connect_ms = 400,
		.client_ms = 1000,
		.server_ms = 1000,
		.tunnel_ms = chance(sim, 30) ? 3000 : 0,
		.client_fin_ms = chance(sim, 30) ? 500 : 0,
		.server_fin_ms = chance(sim, 30) ? 500 : 0};
	struct verdict up = {
		.state = SERVER_RUNNING, .health = 4, .rise = 2, .fall = 3, .weight = 1};

	*front = (struct proxy){.name = "front",
		.is_frontend = true,
		.mode = PROXY_MODE_TCP,
		.timeouts = timeouts,
		.log_tcplog = true,
		.log_targets = &target,
		.log_target_count = 1,
		.default_backend = back,
		.independent_streams = chance(sim, 20)};
	*back = (struct proxy){.name = "back",
		.is_backend = true,
		.index = 1,
		.backend_cell = 2,
		.mode = PROXY_MODE_TCP,
		.timeouts = timeouts,
		.servers = &sim->server,
		.server_count = 1,
		.retries = 3,
		.retry_on = RETRY_ON_SAID | RETRY_ON_CONN_FAILURE,
		.abort_on_close = chance(sim, 20),
		.independent_streams = chance(sim, 20)};
	sim->server = (struct server){.name = "s", .id = 1, .cell = 3, .weight = 1, .proxy = back};
	sim->listener = (struct listener){.id = 1, .cell = 1, .proxy = front, .text = "sim"};
	sim->config = (struct config){.proxies = sim->proxies,
		.proxy_count = 2,
		.listeners = &sim->listener,
		.listener_count = 1,
		.server_count = 1,
		.cell_count = 4};
	assert_int_equal(board_create(&sim->board, &sim->config, 1, 1), 0);
	board_write_verdict(&sim->board, 0, &up);
	assert_int_equal(load_open(&sim->load, &sim->config), 0);
	assert_int_equal(balance_init(&sim->balances[1], arena,
				 &(struct balance_options){.backend = back,
					 .board = &sim->board,
					 .load = &sim->load,
					 .shared = &sim->position,
					 .seed = 1}),
		0);
	queue_init(&sim->queues[1], arena, back, &sim->load);
	queue_inbox_init(&sim->inbox);
	sim->env = (struct session_environment){
		.timers = &sim->wheel,
		.config = &sim->config,
		.board = &sim->board,
		.balances = sim->balances,
		.load = &sim->load,
		.queues = sim->queues,
		.inboxes = &sim->inbox,
		.splice = chance(sim, 50),
		.splice_min_bytes = 1 + draw(sim, 100000),
		.now_ms = sim->now_ms,
		.wall_ms = sim->now_ms,
		.log = on_log,
		.more_waits = on_more_waits,
	};
	for (uint32_t i = 0; i < 2; i++)
		sim->ends[i] = (struct end){.to_say = chance(sim, 20)	? 0
						      : chance(sim, 50) ? draw(sim, 2000)
									: draw(sim, SAID_MAX),
			.ends = chance(sim, 90)};
	sim->ends[SERVER].gone = true;
	sim->refusals = chance(sim, 20) ? 1 + draw(sim, 5) : 0;
	sim->resets = chance(sim, 15) ? (int)draw(sim, 2) : -1;
	sim->reset_at = draw(sim, SAID_MAX);
}

static void begin(struct sim *sim)
{
	struct session *session = &sim->session;

	list_init(&session->link);
	list_init(&session->kept);
	session->frontend = &sim->proxies[0];
	session->listener = &sim->listener;
	session->peer.in.sin_family = AF_INET;
	timer_init(&session->client_timer, client_timer);
	timer_init(&session->server_timer, server_timer);
	session_begin(session, &sim->env);
	perform(sim);
}

static void check_end(struct sim *sim)
{
	assert_true(sim->over);
	assert_int_equal(sim->logs, 1);
	assert_int_equal(sim->buffers, 0);
	assert_false(timer_is_set(&sim->session.client_timer));
	assert_false(timer_is_set(&sim->session.server_timer));
	for (uint32_t cell = 0; cell < sim->config.cell_count; cell++)
		assert_int_equal(board_get(&board_traffic(&sim->board, 0, cell)->sessions_now), 0);
	if (sim->fault)
		return;
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(sim->ends[!i].heard, sim->ends[i].to_say);
		assert_true(sim->ends[i].ended);
	}
}

static void run(uint64_t seed)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	struct arena arena = {0};
	uint32_t step;

	sim->random = random_of_seed(seed);
	sim->now_ms = START_MS;
	timer_wheel_init(&sim->wheel, sim->now_ms);
	make(sim, &arena);
	begin(sim);
	for (step = 0; step < STEPS_MAX && !sim->over; step++) {
		if (one_thing(sim))
			continue;
		/* Nothing can happen but that time passes. */
		if (sim->session.phase != SESSION_RETRY)
			sim->fault = true;
		sim->now_ms += timer_wheel_wait_ms(&sim->wheel, sim->now_ms, 10000);
		timer_wheel_run(&sim->wheel, sim->now_ms);
	}
	if (!sim->over)
		print_message("seed %llu: phase %s after %u steps\n", (unsigned long long)seed,
			session_phase_name((enum session_phase)sim->session.phase), step);
	check_end(sim);
	load_close(&sim->load);
	board_unmap(&sim->board);
	arena_free(&arena);
	free(sim);
}

static void tunnels_carry_what_they_are_given(void **state)
{
	(void)state;
	seeds_run(run);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(tunnels_carry_what_they_are_given)};

	seeds_choose(argc, argv, SEEDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
