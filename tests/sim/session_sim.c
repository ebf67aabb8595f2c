/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client, some servers, a clock, and the session between them, over many seeds.
 *
 * seeds.h tells how it is called.  The hands are played by this file: they do what the actions say,
 * in pieces and with delays drawn from the seed, lose connections, refuse connects, cut bodies
 * short and let time-outs run out.  Invariants:
 *   - a server sees whole requests of this client, each once, with their bodies byte for byte
 *   - the client sees answers in the order of its requests; a body arrives byte for byte, and a
 *     body that is cut short looks cut short (or the run had a fault in it)
 *   - without a fault every request is answered by a server
 *   - a connection is kept only when its exchange was over on both sides, and what comes over a
 *     kept one that its server has closed meanwhile is asked again, where that is harmless
 *   - an operation is never started twice, nothing is asked of a connection that is gone
 *   - in the end the session is over: no gauge is up, no request line is lent, every buffer has
 *     come back, no timer is set */
#include "tests/sim/seeds.h"
#include "tests/sim/session_world.h"

/* ---- the hands ---- */

static struct buffer *lend(struct sim *sim)
{
	struct buffer *buffer = calloc(1, sizeof(*buffer));

	buffer->space = malloc(BUFFER_SIZE);
	buffer->size = BUFFER_SIZE;
	buffer->start = BUFFER_HEADROOM;
	buffer->end = BUFFER_HEADROOM;
	buffer->class = BUFFER_HEAD;
	buffer->refs = 1;
	sim->buffers++;
	return buffer;
}

static void give_back(struct sim *sim, struct buffer **buffer)
{
	if (*buffer && --(*buffer)->refs == 0) {
		free((*buffer)->space);
		free(*buffer);
		sim->buffers--;
	}
	*buffer = NULL;
}

static void perform(struct sim *sim);

static void event(struct sim *sim, enum session_event what)
{
	sim->env.now_ms = sim->now_ms;
	sim->env.wall_ms = sim->now_ms;
	session_step(&sim->session, &sim->env, what);
	perform(sim);
}

/* Moves up to `most` bytes behind those of the flow; what a real receive would have done. */
static uint32_t feed(struct sim *sim, uint32_t which, struct stream *from, uint32_t most)
{
	struct flow *flow = &sim->session.flow[which];
	uint32_t len = from->len - from->read;

	if (!flow->in)
		flow->in = lend(sim);
	if (flow->out_len == 0 && flow->in->start > BUFFER_HEADROOM) {
		uint32_t here = buffer_len(flow->in);

		memmove(flow->in->space + BUFFER_HEADROOM, buffer_at(flow->in), here);
		flow->in->start = BUFFER_HEADROOM;
		flow->in->end = BUFFER_HEADROOM + here;
	}
	if (len > most)
		len = most;
	if (len > buffer_room(flow->in))
		len = buffer_room(flow->in);
	memcpy(flow->in->space + flow->in->end, from->bytes + from->read, len);
	flow->in->end += len;
	from->read += len;
	return len;
}

static void open_server(struct sim *sim)
{
	sim->server_open = true;
	sim->server_closed = false;
	sim->server_answered = false;
	sim->server_read_all = false;
	sim->over_kept = false;
	sim->request_left = false;
	sim->stale = false;
	sim->asked_to_close = false;
	sim->answered_early = false;
	sim->at_server = (struct stream){.len = 0};
	sim->from_server = (struct stream){.len = 0};
	sim->server_sending = true;
	sim->server_receiving = true;
}

static void close_server(struct sim *sim)
{
	sim->server_open = false;
	sim->connecting = false;
	sim->server_receiving = false;
	sim->server_sending = false;
	sim->splicing[REQUEST] = false;
	sim->splicing[RESPONSE] = false;
}

/* Back into the store: everything that was asked has been answered, and nothing came besides. */
static void keep_server(struct sim *sim)
{
	assert_true(sim->server_open && sim->server_read_all && sim->server_answered);
	assert_false(sim->server_sending || sim->stale || server_closes(sim));
	assert_int_equal(sim->from_server.read, sim->from_server.len);
	sim->kept = true;
	sim->kept_proven = sim->over_kept;
	close_server(sim);
}

/* A kept connection instead of a new one, when there is one that may be taken. */
static bool take_kept(struct sim *sim)
{
	struct session *session = &sim->session;

	if (!sim->kept || session->reuse == REUSE_NONE ||
		(session->reuse == REUSE_PROVEN && !sim->kept_proven) || chance(sim, 20))
		return false;
	sim->kept = false;
	open_server(sim);
	sim->over_kept = true;
	sim->server_sending = false; /* the session asks for it */
	if (chance(sim, 20)) {
		uint32_t id = next_asked(sim);

		lose_request(sim); /* it was closed by now, which nobody has noticed */
		/* A part of the request may have gone before that showed, and done its work. */
		sim->request_left = chance(sim, 30);
		if (sim->request_left && sim->scripts[id].request_framing != FRAME_NONE)
			sim->asked = id + 1;
	}
	return true;
}

static bool lies_in(const char *at, const struct buffer *buffer)
{
	return buffer && at >= buffer->space && at < buffer->space + buffer->size;
}

static bool piece_lies_in(const struct flow *flow, const struct buffer *buffer)
{
	return flow->out_len > 0 && lies_in(flow->out, buffer);
}

/* What may be sent again is held, what need not goes. */
static void settle_replay(struct sim *sim)
{
	struct replay *replay = &sim->session.replay;
	struct flow *request = &sim->session.flow[REQUEST];

	if (!piece_lies_in(request, replay->in) &&
		(replay->len == 0 || !lies_in(replay->at, replay->in)))
		give_back(sim, &replay->in);
	if (replay->len == 0 || replay->in)
		return;
	assert_true(piece_lies_in(request, request->held) || piece_lies_in(request, request->in));
	replay->in =
		buffer_hold(piece_lies_in(request, request->held) ? request->held : request->in);
}

static void settle(struct sim *sim)
{
	settle_replay(sim);
	for (uint32_t i = 0; i < 2; i++) {
		struct flow *flow = &sim->session.flow[i];

		if (!piece_lies_in(flow, flow->held))
			give_back(sim, &flow->held);
		if (flow->in && !piece_lies_in(flow, flow->in) && buffer_len(flow->in) == 0)
			give_back(sim, &flow->in);
	}
}

static void perform(struct sim *sim)
{
	struct session *session = &sim->session;
	uint32_t actions = session->actions;

	session->actions = 0;
	if (actions & SESSION_END) {
		assert_false(sim->over);
		sim->over = true;
		/* Unread bytes would reset the connection, and the answer that waits with it. */
		assert_true(
			sim->fault || sim->client_reset || sim->to_torc.read == sim->to_torc.len);
		close_server(sim);
		sim->client_gone = true;
		for (uint32_t i = 0; i < 2; i++) {
			give_back(sim, &session->flow[i].in);
			give_back(sim, &session->flow[i].held);
		}
		give_back(sim, &session->replay.in);
		return;
	}
	assert_false(sim->over && actions);
	if (actions & (SESSION_DROP_SERVER | SESSION_PART_SERVER))
		close_server(sim);
	if (actions & SESSION_KEEP_SERVER)
		keep_server(sim);
	if (actions & SESSION_ABORT_CONNECT) {
		assert_true(sim->connecting);
		sim->aborted = true;
	}
	if (actions & SESSION_SEND_CLIENT) {
		assert_false(sim->client_sending);
		assert_true(session->flow[RESPONSE].out_len > 0);
		sim->client_sending = true;
	}
	if (actions & SESSION_SEND_SERVER && sim->server_open) {
		assert_false(sim->server_sending);
		assert_true(session->flow[REQUEST].out_len > 0);
		sim->server_sending = true;
	}
	settle(sim);
	if (actions & SESSION_RECV_SERVER && sim->server_open)
		sim->server_receiving = true;
	if (actions & SESSION_RECV_CLIENT)
		sim->client_receiving = true;
	if (actions & SESSION_SHUT_CLIENT)
		sim->client_shut = true;
	if (actions & SESSION_DO_CONNECT) {
		assert_non_null(session->server);
		assert_true(session->flow[REQUEST].out_len > 0);
		close_server(sim);
		if (take_kept(sim)) {
			event(sim, SESSION_SERVER_REUSED);
			return;
		}
		sim->connecting = true;
		sim->aborted = false;
	}
	for (uint32_t i = 0; i < 2; i++)
		if (actions & (i == REQUEST ? SESSION_SPLICE_REQUEST : SESSION_SPLICE_RESPONSE)) {
			assert_null(session->flow[i].in);
			assert_true(sim->server_open);
			sim->splicing[i] = true;
		}
}

/* ---- what can happen next ---- */

/* Has the moment of this run's fault come? */
static bool wrong(struct sim *sim, bool kind)
{
	if (!kind || sim->to_torc.read < sim->wrong_at)
		return false;
	sim->fault = true;
	return true;
}

static void connect_ends(struct sim *sim)
{
	uint32_t id = next_asked(sim);

	if (!sim->aborted && wrong(sim, sim->connect_hangs))
		return; /* no answer at all: the time-out aborts it */
	sim->connecting = false;
	if (sim->aborted || (id < sim->requests && sim->refused_now < sim->scripts[id].refusals)) {
		sim->refused_now++;
		sim->fault |= sim->aborted || sim->refused_now > 3;
		event(sim, SESSION_SERVER_REFUSED);
		return;
	}
	sim->refused_now = 0;
	open_server(sim);
	if (id < sim->requests && sim->scripts[id].tunnel && chance(sim, 30))
		server_answer(sim, id); /* without having been asked */
	event(sim, SESSION_SERVER_CONNECTED);
}

static void server_send_ends(struct sim *sim)
{
	struct flow *flow = &sim->session.flow[REQUEST];

	sim->server_sending = false;
	if (wrong(sim, sim->server_deaf)) {
		event(sim, SESSION_SERVER_SEND_ERROR);
		return;
	}
	if (sim->stale && chance(sim, 30)) {
		event(sim, SESSION_SERVER_SEND_ERROR);
		return;
	}
	sim->request_left = true;
	if (!sim->stale) {
		put(&sim->at_server, flow->out, flow->out_len);
		server_reads(sim);
	}
	event(sim, SESSION_SERVER_SENT);
}

static void server_receive_ends(struct sim *sim)
{
	struct stream *from = &sim->from_server;

	if (sim->stale) {
		sim->server_receiving = false;
		sim->session.unsent = !sim->request_left;
		event(sim, chance(sim, 50) ? SESSION_SERVER_EOF : SESSION_SERVER_ERROR);
	} else if (wrong(sim, sim->server_resets)) {
		sim->server_receiving = false;
		event(sim, SESSION_SERVER_ERROR);
	} else if (from->read < from->len) {
		sim->server_receiving = false;
		feed(sim, RESPONSE, from, 1 + draw(sim, chance(sim, 30) ? 40 : 8000));
		event(sim, SESSION_SERVER_BYTES);
	} else if (sim->server_answered && !sim->scripts[sim->serving].mute && server_closes(sim)) {
		sim->server_receiving = false;
		event(sim, SESSION_SERVER_EOF);
	}
}

static void client_send_ends(struct sim *sim)
{
	struct flow *flow = &sim->session.flow[RESPONSE];

	if (wrong(sim, sim->client_blind))
		return; /* it takes no byte any more */
	sim->client_sending = false;
	if (sim->client_reset) {
		event(sim, SESSION_CLIENT_ERROR);
		return;
	}
	put(&sim->from_torc, flow->out, flow->out_len);
	client_reads(sim, false);
	event(sim, SESSION_CLIENT_SENT);
}

static void client_receive_ends(struct sim *sim)
{
	struct stream *from = &sim->to_torc;

	if (sim->client_reset) {
		sim->client_receiving = false;
		event(sim, SESSION_CLIENT_ERROR);
	} else if (from->read < from->len) {
		uint32_t most = 1 + draw(sim, chance(sim, 30) ? 40 : 8000);
		struct flow *flow = &sim->session.flow[REQUEST];

		if (wrong(sim, sim->client_stalls))
			return;
		if (wrong(sim, sim->client_leaves)) {
			sim->client_receiving = false;
			event(sim, SESSION_CLIENT_EOF);
			return;
		}
		if (flow->in && buffer_room(flow->in) == 0)
			return;
		sim->client_receiving = false;
		feed(sim, REQUEST, from, most);
		event(sim, SESSION_CLIENT_BYTES);
	} else if (sim->client_ended) {
		sim->client_receiving = false;
		event(sim, SESSION_CLIENT_EOF);
	}
}

static void splice_moves(struct sim *sim, uint32_t which)
{
	struct stream *from = which == REQUEST ? &sim->to_torc : &sim->from_server;
	struct stream *to = which == REQUEST ? &sim->at_server : &sim->from_torc;
	struct flow *flow = &sim->session.flow[which];
	uint32_t len = from->len - from->read;
	uint32_t most = 1 + draw(sim, 9000);

	if (len > most)
		len = most;
	if (len > flow->left_bytes)
		len = (uint32_t)flow->left_bytes;
	if (len == 0) {
		if (which == RESPONSE && sim->server_answered && !sim->scripts[sim->serving].mute &&
			server_closes(sim)) {
			sim->splicing[which] = false;
			flow->spliced = false;
			event(sim, SESSION_SERVER_EOF);
		}
		return;
	}
	put(to, from->bytes + from->read, len);
	from->read += len;
	sim->splicing[which] = len < flow->left_bytes;
	sim->session.relayed_bytes = len;
	sim->session.relayed_flow = (uint8_t)which;
	if (which == REQUEST)
		server_reads(sim);
	else
		client_reads(sim, false);
	event(sim, SESSION_RELAYED);
}

/* Others come and go at the servers; this session is called when it is its turn. */
static void others_move(struct sim *sim)
{
	if (draw(sim, 4) == 0)
		crowd_move(&sim->crowd, draw(sim, SERVERS), chance(sim, 50));
	if (queue_inbox_take(&sim->inbox))
		event(sim, SESSION_CALLED);
}

static void one_thing(struct sim *sim)
{
	switch (draw(sim, 8)) {
	case 0:
		if (sim->connecting)
			connect_ends(sim);
		break;
	case 1:
		if (sim->server_sending)
			server_send_ends(sim);
		break;
	case 2:
		if (sim->server_receiving)
			server_receive_ends(sim);
		break;
	case 3:
		if (sim->client_sending)
			client_send_ends(sim);
		break;
	case 4:
		if (sim->client_receiving)
			client_receive_ends(sim);
		break;
	case 5:
		if (sim->splicing[REQUEST])
			splice_moves(sim, REQUEST);
		break;
	case 6:
		if (sim->splicing[RESPONSE])
			splice_moves(sim, RESPONSE);
		break;
	default:
		break;
	}
}

/* Nobody else is able to do anything: only the clock can help. */
static bool stuck(const struct sim *sim)
{
	const struct stream *up = &sim->to_torc, *down = &sim->from_server;
	bool answered = sim->stale || (sim->server_answered && !sim->scripts[sim->serving].mute &&
					      server_closes(sim));

	bool hangs = sim->fault && sim->connect_hangs && !sim->aborted;
	bool blind = sim->fault && sim->client_blind;
	bool stalls = sim->fault && sim->client_stalls;

	if (sim->session.phase == SESSION_QUEUE)
		return false; /* somebody gives a place back */
	return (!sim->connecting || hangs) && !sim->server_sending &&
	       (!sim->client_sending || blind) &&
	       !(sim->client_receiving && !stalls &&
		       (up->read < up->len || sim->client_ended || sim->client_reset)) &&
	       !(sim->server_receiving && (down->read < down->len || answered)) &&
	       !sim->splicing[REQUEST] && !(sim->splicing[RESPONSE]);
}

static void client_timer(struct timer *timer)
{
	struct sim *sim = container_of(timer, struct sim, session.client_timer);

	event(sim, SESSION_CLIENT_TIMEOUT);
}

static void server_timer(struct timer *timer)
{
	struct sim *sim = container_of(timer, struct sim, session.server_timer);

	event(sim, SESSION_SERVER_TIMEOUT);
}

static void on_connect(struct session_environment *env, const struct session *session)
{
	(void)env;
	(void)session;
	fail_msg("a frontend with a format has none");
}

static void on_log(struct session_environment *env, const struct session *session,
	const struct access_record *record)
{
	struct sim *sim = container_of(env, struct sim, env);

	assert_true(session == &sim->session);
	assert_true(record->active_ms >= 0);
	sim->logs++;
}

static void on_refused(struct session_environment *env, const struct session *session,
	bool response, const char *bytes, uint32_t len, uint32_t at)
{
	struct sim *sim = container_of(env, struct sim, env);

	(void)session, (void)bytes;
	assert_true(response || sim->fault); /* this client says nothing that may be refused */
	assert_true(at <= len);
}

static bool on_more_waits(struct session_environment *env, const struct session *session)
{
	const struct sim *sim = container_of(env, struct sim, env);

	(void)session;
	return sim->to_torc.read < sim->to_torc.len;
}

static char *on_lend_line(struct session_environment *env)
{
	container_of(env, struct sim, env)->lines++;
	return malloc(env->line_bytes);
}

static void on_return_line(struct session_environment *env, char *line)
{
	container_of(env, struct sim, env)->lines--;
	free(line);
}

static bool on_local_address(
	struct session_environment *env, const struct session *session, union address *address)
{
	(void)env, (void)session;
	address->in = (struct sockaddr_in){.sin_family = AF_INET};
	return true;
}

static char *on_lend_captures(struct session_environment *env)
{
	struct sim *sim = container_of(env, struct sim, env);

	if (chance(sim, 5))
		return NULL; /* none is left */
	sim->captures++;
	return malloc(sim->config.capture_bytes);
}

static void on_return_captures(struct session_environment *env, char *captures)
{
	container_of(env, struct sim, env)->captures--;
	free(captures);
}

static char *on_lend_unique_id(struct session_environment *env)
{
	container_of(env, struct sim, env)->unique_ids++;
	return malloc(UNIQUE_ID_BYTES);
}

static void on_return_unique_id(struct session_environment *env, char *id)
{
	container_of(env, struct sim, env)->unique_ids--;
	free(id);
}

static struct buffer *on_lend_piece(struct session_environment *env, struct flow *flow)
{
	struct sim *sim = container_of(env, struct sim, env);

	assert_int_equal(flow->out_len, 0);
	give_back(sim, &flow->held);
	flow->held = lend(sim);
	return flow->held;
}

/* ---- one run ---- */

static void say(struct sim *sim, const char *format, ...)
{
	size_t used = strlen(sim->text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sim->text + used, sizeof(sim->text) - used, format, arguments);
	va_end(arguments);
	assert_true(strlen(sim->text) < sizeof(sim->text) - 1);
}

/* A field that does not fit in front of the body, where the message asks for it; and one that fits.
 */
static void say_growth(struct sim *sim, const char *family, const char *field)
{
	say(sim, "\t%s set-header X-Big %0*d if { %s(X-Grow) 1 }\n", family,
		1000 + (int)draw(sim, 4000), 0, field);
	say(sim, "\t%s add-header X-Little %%[%s(X-Id)]\n", family, field);
}

static void say_frontend_rules(struct sim *sim)
{
	say(sim, "\tcapture request header Host len 3\n\tcapture response header X-Id len 2\n");
	say(sim, "\tunique-id-format %%ci:%%rt\n\tunique-id-header X-Unique\n");
	for (uint32_t i = 1; i < COUNT_OF(of_requests); i++)
		say(sim, "\t%s\n", of_requests[i].line);
	if (chance(sim, 50))
		say(sim, "\thttp-after-response set-header X-After %%[status]\n");
	if (chance(sim, 30))
		say(sim, "\thttp-error status 503 content-type a/b string sorry\n");
}

static void say_backend_rules(struct sim *sim)
{
	say_growth(sim, "http-request", "req.hdr");
	say_growth(sim, "http-response", "res.hdr");
	for (uint32_t i = 1; i < COUNT_OF(of_answers); i++)
		say(sim, "\t%s\n", of_answers[i].line);
	if (chance(sim, 30))
		say(sim, "\thttp-after-response del-header X-Big\n");
	if (chance(sim, 30))
		say(sim, "\thttp-error status 502 content-type a/b string sorry\n");
}

static void make_config(struct sim *sim)
{
	static const char *const reuse[] = {"never", "safe", "aggressive", "always"};
	bool limited = chance(sim, 40);

	sim->rules = chance(sim, 70);
	sim->repeats = chance(sim, 15);
	/* timeout queue: nobody waits in vain for others who go on */
	say(sim, "defaults\n\tmode http\n\ttimeout http-request 500ms\n"
		 "\ttimeout http-keep-alive 300ms\n\ttimeout connect 400ms\n"
		 "\ttimeout queue 1000s\n\ttimeout client 1s\n\ttimeout server 1s\n"
		 "\ttimeout tarpit 50ms\n\tretries 3\n\toption httplog\n\toption forwardfor\n");
	say(sim, "\t%s\n", chance(sim, 70) ? "option http-keep-alive" : "option http-server-close");
	if (chance(sim, 50))
		say(sim, "\toption redispatch\n");
	if (chance(sim, 20))
		say(sim, "\toption abortonclose\n");
	if (sim->repeats)
		say(sim, "\tretry-on conn-failure empty-response junk-response response-timeout\n");
	say(sim, "\thttp-reuse %s\n", reuse[draw(sim, 4)]);
	say(sim, "frontend front\n\tbind :80\n\tlog stdout local0\n\tdefault_backend back\n");
	if (sim->rules)
		say_frontend_rules(sim);
	say(sim, "backend back\n");
	if (sim->rules)
		say_backend_rules(sim);
	for (uint32_t i = 0; i < SERVERS; i++) {
		say(sim, "\tserver s%u 10.0.0.%u:80", i, i + 1);
		if (limited)
			say(sim, " maxconn %u", 1 + draw(sim, 3));
		say(sim, "\n");
	}
	say(sim, "backend spare\n");
	if (sim->rules)
		say_backend_rules(sim);
	say(sim, "\tserver t 10.0.0.9:80\n");
	sim->file = (struct config_file){"sim", sim->text, strlen(sim->text)};
	sim->source.files = &sim->file;
	sim->source.file_count = 1;
	if (config_load(&sim->config, &sim->source) > 0) {
		config_print_messages(&sim->config, stderr, false);
		fail_msg("%s", sim->text);
	}
	assert_int_equal(sim->config.proxy_count, PROXIES);
}

static void balance_backend(struct sim *sim, struct arena *arena, const struct proxy *backend)
{
	uint32_t index = backend->index;

	assert_int_equal(balance_init(&sim->balances[index], arena,
				 &(struct balance_options){.backend = backend,
					 .board = &sim->board,
					 .load = &sim->load,
					 .shared = &sim->positions[index],
					 .seed = draw(sim, UINT32_MAX)}),
		0);
	queue_init(&sim->queues[index], arena, backend, &sim->load);
}

static void make_environment(struct sim *sim, struct arena *arena)
{
	struct verdict up = {
		.state = SERVER_RUNNING, .health = 4, .rise = 2, .fall = 3, .weight = 1};

	assert_int_equal(board_create(&sim->board, &sim->config, 1, 1), 0);
	for (uint32_t i = 0; i < sim->config.server_count; i++)
		board_write_verdict(&sim->board, i, &up);
	assert_int_equal(load_open(&sim->load, &sim->config), 0);
	for (uint32_t i = 1; i < PROXIES; i++)
		balance_backend(sim, arena, &sim->config.proxies[i]);
	queue_inbox_init(&sim->inbox);
	sim->crowd = (struct crowd){.queue = &sim->queues[1], .inbox = &sim->inbox};
	sim->env = (struct session_environment){
		.timers = &sim->wheel,
		.config = &sim->config,
		.board = &sim->board,
		.balances = sim->balances,
		.load = &sim->load,
		.queues = sim->queues,
		.inboxes = &sim->inbox,
		.splice = chance(sim, 50),
		.splice_min_bytes = 1 + draw(sim, 20000),
		.head = &sim->head,
		.scratch = sim->scratch,
		.scratch_bytes = sizeof(sim->scratch),
		.line_bytes = 1024,
		.limits = {.head_bytes = 15360, .fields = 100},
		.now_ms = sim->now_ms,
		.wall_ms = sim->now_ms,
		.log = on_log,
		.log_connect = on_connect,
		.refused = on_refused,
		.more_waits = on_more_waits,
		.lend_line = on_lend_line,
		.return_line = on_return_line,
		.local_address = on_local_address,
		.lend_captures = on_lend_captures,
		.return_captures = on_return_captures,
		.lend_unique_id = on_lend_unique_id,
		.return_unique_id = on_return_unique_id,
		.lend_piece = on_lend_piece,
	};
	if (sim->rules)
		assert_int_equal(rules_open(&sim->env.rules, arena, &sim->config), 0);
}

static void begin(struct sim *sim)
{
	struct session *session = &sim->session;

	list_init(&session->link);
	session->frontend = &sim->config.proxies[0];
	session->listener = session->frontend->listeners[0];
	session->peer.in.sin_family = AF_INET;
	timer_init(&session->client_timer, client_timer);
	timer_init(&session->server_timer, server_timer);
	session_begin(session, &sim->env);
	perform(sim);
}

static void check_end(struct sim *sim)
{
	assert_true(sim->over);
	if (!sim->client_reset)
		client_reads(sim, true);
	if (!sim->fault) {
		assert_int_equal(sim->answered, sim->requests);
		assert_int_equal(next_asked(sim), sim->requests);
		assert_true(sim->logs >= sim->requests);
	}
	assert_int_equal(sim->lines, 0);
	assert_int_equal(sim->buffers, 0);
	assert_int_equal(sim->captures, 0);
	assert_int_equal(sim->unique_ids, 0);
	assert_false(timer_is_set(&sim->session.client_timer));
	assert_false(timer_is_set(&sim->session.server_timer));
	assert_null(queue_inbox_take(&sim->inbox));
	crowd_goes(&sim->crowd);
	for (uint32_t i = 1; i < PROXIES; i++) {
		const struct proxy *backend = &sim->config.proxies[i];

		assert_int_equal(queue_waiting(&sim->queues[i]), 0);
		for (uint32_t j = 0; j < backend->server_count; j++)
			assert_int_equal(load_served(&sim->load, &backend->servers[j]), 0);
		assert_int_equal(sim->load.backends[i].sessions, 0);
	}
	for (uint32_t cell = 0; cell < sim->config.cell_count; cell++)
		assert_int_equal(board_get(&board_traffic(&sim->board, 0, cell)->sessions_now), 0);
}

static void run(uint64_t seed)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	struct arena arena = {0};
	uint64_t step;

	sim->random = random_of_seed(seed);
	sim->now_ms = START_MS;
	timer_wheel_init(&sim->wheel, sim->now_ms);
	make_config(sim);
	make_environment(sim, &arena);
	write_requests(sim);
	begin(sim);
	for (step = 0; step < LIMIT_STEPS && !sim->over; step++) {
		others_move(sim);
		if (!sim->over)
			one_thing(sim);
		if (sim->over)
			break;
		if (sim->to_torc.read == sim->to_torc.len &&
			(sim->answered == sim->requests ||
				(sim->session.tunnel && sim->client_shut)))
			sim->client_ended = true;
		if (!sim->client_reset && wrong(sim, sim->client_aborts))
			sim->client_reset = true;
		if (!sim->env.draining && wrong(sim, sim->drains)) {
			sim->env.draining = true;
			session_drain(&sim->session, &sim->env);
			perform(sim);
		}
		if (!sim->session.moved && wrong(sim, sim->moves)) {
			session_moved(&sim->session, &sim->env, 4000);
			perform(sim);
		}
		if (chance(sim, 2)) {
			sim->now_ms++;
			timer_wheel_run(&sim->wheel, sim->now_ms);
		}
		if (stuck(sim) || (sim->scripts[sim->serving].mute && sim->splicing[RESPONSE])) {
			/* Nothing but a time-out is left; a fault unless all is said and done. */
			if (sim->answered < sim->requests && sim->session.phase != SESSION_RETRY)
				sim->fault = true;
			sim->now_ms += timer_wheel_wait_ms(&sim->wheel, sim->now_ms, 10000);
			timer_wheel_run(&sim->wheel, sim->now_ms);
		}
	}
	if (!sim->over)
		print_message("seed %llu: phase %s after %llu steps\n", (unsigned long long)seed,
			session_phase_name((enum session_phase)sim->session.phase),
			(unsigned long long)step);
	check_end(sim);
	rules_close(sim->env.rules);
	board_unmap(&sim->board);
	load_close(&sim->load);
	config_free(&sim->config);
	arena_free(&sim->source.arena);
	arena_free(&arena);
	free(sim);
}

static void sessions_keep_their_promises(void **state)
{
	(void)state;
	seeds_run(run);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sessions_keep_their_promises),
	};

	seeds_choose(argc, argv, SEEDS);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
