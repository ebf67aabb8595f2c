/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules.c - the rules of the proxies, applied to a session's messages.
 *
 * The order is HAProxy's: monitor-uri; the frontend's http-request rules and redirects;
 * use_backend; the backend's http-request rules and redirects; for the response first the
 * backend's rules, then the frontend's; http-after-response last, over answers of our own as well.
 * `allow` ends one proxy's list and no more.
 *
 * Edits are made on the head that was read; it is written once, behind the last rule.  What does
 * not fit is a failed rewrite: 500, for a response 502, counted as such. */
#include "net/rules/rules.h"

#include "core/config/names.h"
#include "net/http/answer.h"
#include "net/http/exchange.h"
#include "net/http/message.h"
#include "net/rules/capture.h"
#include "net/rules/edit.h"
#include "net/rules/format.h"
#include "net/rules/reply.h"
#include "net/rules/rewrite.h"
#include <crypt.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

enum rule_verdict {
	GO_ON,
	STOP,	  /* no further rule of this list */
	ANSWERED, /* the session's answer is set */
	FAILED,	  /* a rewrite did not fit */
};

#define HOSTNAME_BYTES 256

/* ---- the room ---- */

int rules_open(struct rule_room **out, struct arena *arena, const struct config *config)
{
	struct rule_room *room = arena_alloc(arena, sizeof(*room));
	uint32_t bufsize = config->global.bufsize;
	char *hostname = arena_alloc(arena, HOSTNAME_BYTES);

	/* A converter may make three bytes of one, and another goes over the result. */
	room->scratch_bytes = 4 * bufsize;
	room->scratch = arena_alloc(arena, room->scratch_bytes);
	room->text_bytes = bufsize;
	room->text = arena_alloc(arena, room->text_bytes);
	room->rewrite_bytes = bufsize;
	room->rewrites = arena_alloc(arena, room->rewrite_bytes);
	room->crypt = arena_alloc(arena, sizeof(*room->crypt));
	if (getrandom(&room->random, sizeof(room->random), 0) < 0 || !room->random)
		room->random = 1;
	gethostname(hostname, HOSTNAME_BYTES - 1);
	room->hostname = config->global.node ? config->global.node : hostname;
	room->matcher = regex_matcher_open();
	*out = room;
	return room->matcher ? 0 : -ENOMEM;
}

void rules_close(struct rule_room *room)
{
	if (room)
		regex_matcher_close(room->matcher);
}

void rules_forget(struct session *session, struct session_environment *env)
{
	if (session->captures)
		env->return_captures(env, session->captures);
	session->captures = NULL;
	session->log_level = 0;
	session->log_silent = false;
}

void rules_describe_captures(const struct session *session, struct session_environment *env,
	struct access_record *record)
{
	struct rule_room *room = env->rules;
	uint32_t half = room->rewrite_bytes / 2;

	/* A head that is edited has been written by now: its lines are not needed any more. */
	record->request_captures = capture_text(session, false, room->rewrites, half);
	record->response_captures = capture_text(session, true, room->rewrites + half, half);
}

static struct rule_context context_of(
	struct session *session, struct session_environment *env, bool response)
{
	return (struct rule_context){.room = env->rules,
		.head = session->tcp ? NULL : env->head,
		.response = response,
		.session = session,
		.env = env};
}

/* ---- answers ---- */

/* What the client still has to say of its request decides whether its connection can go on. */
static void take_rest_of_request(struct session *session, uint32_t head_bytes)
{
	struct flow *request = &session->flow[REQUEST];

	if (!head_bytes)
		return;
	request->in->start += head_bytes;
	if (!flow_take_body(request))
		session->keep_alive = false;
	request->out_len = 0;
}

static enum reply_ending ending_of(
	const struct session *session, const struct session_environment *env)
{
	if (!session_may_stay(session, env))
		return REPLY_CLOSES;
	return session->http10 ? REPLY_SAYS_KEEP : REPLY_KEEPS;
}

static void apply_after_response(struct session *session, struct session_environment *env,
	char *answer, uint32_t *len, uint32_t capacity);

static bool wants_after_response(const struct proxy *proxy)
{
	return proxy && proxy->rules && proxy->rules->after_response.first;
}

enum writing { WRITE_PAGE, WRITE_REDIRECT, WRITE_UNAUTHORIZED };

struct reply {
	enum writing writing;
	const struct answer_page *page;
	const struct redirect *redirect;
	const char *realm;
	uint16_t status;
	const char *term;
};

/* Writes the answer and makes it the session's.  GO_ON: a redirection that is ignored. */
static enum rule_verdict answer(
	struct rule_context *context, const struct reply *reply, uint32_t head_bytes)
{
	struct session *session = context->session;
	struct session_environment *env = context->env;
	bool body = session->method != H1_METHOD_HEAD;
	enum reply_ending ending;
	struct buffer *buffer;
	uint32_t capacity, bytes;
	int32_t len = -1;

	buffer = env->lend_piece(env, &session->flow[RESPONSE]);
	if (!buffer)
		return FAILED;
	take_rest_of_request(session, context->response ? 0 : head_bytes);
	ending = ending_of(session, env);
	capacity = buffer_room(buffer);
	switch (reply->writing) {
	case WRITE_PAGE:
		len = reply_write(context, reply->page, body, &ending, buffer_at(buffer), capacity);
		break;
	case WRITE_REDIRECT:
		len = reply_write_redirect(
			context, reply->redirect, ending, buffer_at(buffer), capacity);
		break;
	case WRITE_UNAUTHORIZED:
		len = reply_write_unauthorized(
			context, reply->realm, body, ending, buffer_at(buffer), capacity);
		break;
	}
	if (len < 0)
		return FAILED;
	bytes = (uint32_t)len;
	if (bytes &&
		(wants_after_response(session->backend) || wants_after_response(session->frontend)))
		apply_after_response(session, env, buffer_at(buffer), &bytes, capacity);
	session_say(session, env, span_of(buffer_at(buffer), bytes), reply->status, reply->term,
		ending != REPLY_CLOSES);
	return ANSWERED;
}

static void count_denied(struct session *session, struct session_environment *env, bool response)
{
	struct traffic *cells[4] = {frontend_traffic(session, env),
		session_traffic(env, session->listener->cell), NULL, NULL};

	if (session->counted_backend)
		cells[2] = backend_traffic(session, env);
	if (response)
		cells[3] = server_traffic(session, env);
	for (int i = 0; i < 4; i++) {
		if (!cells[i])
			continue;
		board_add(response ? &cells[i]->denied_responses : &cells[i]->denied_requests, 1);
	}
}

static enum rule_verdict deny(
	struct rule_context *context, const struct answer_page *page, uint32_t head_bytes)
{
	struct reply reply = {.writing = WRITE_PAGE,
		.page = page,
		.status = page->status,
		.term = context->response ? "PH" : "PR"};

	count_denied(context->session, context->env, context->response);
	return answer(context, &reply, head_bytes);
}

/* The answer is ready, and waits. */
static enum rule_verdict tarpit(
	struct rule_context *context, const struct answer_page *page, uint32_t head_bytes)
{
	struct session *session = context->session;
	const struct timeouts *timeouts = &session->frontend->timeouts;
	uint32_t wait_ms = timeouts->tarpit_ms ? timeouts->tarpit_ms : timeouts->connect_ms;
	enum rule_verdict verdict = deny(context, page, head_bytes);

	if (verdict != ANSWERED || session->phase != SESSION_ANSWER)
		return verdict;
	memcpy(session->term, "PT", 2);
	if (!wait_ms)
		return verdict;
	session->phase = SESSION_TARPIT;
	/* To hear of the client's going; bytes that are here already wait for their turn. */
	if (session->flow[REQUEST].ended || flow_has_bytes(&session->flow[REQUEST]))
		session->actions = 0;
	else
		session->actions = SESSION_RECV_CLIENT;
	session_watch_client(session, context->env, wait_ms);
	return verdict;
}

static void count_intercepted(struct rule_context *context)
{
	struct session *session = context->session;

	if (!session->backend || session->backend == session->frontend)
		board_add(&frontend_traffic(session, context->env)->intercepted, 1);
}

static enum rule_verdict say(
	struct rule_context *context, const struct answer_page *page, uint32_t head_bytes)
{
	struct reply reply = {.writing = WRITE_PAGE,
		.page = page,
		.status = page->status,
		.term = context->response ? "LH" : "LR"};
	enum rule_verdict verdict = answer(context, &reply, head_bytes);

	if (verdict == ANSWERED)
		count_intercepted(context);
	return verdict;
}

static enum rule_verdict redirect(
	struct rule_context *context, const struct redirect *redirect, uint32_t head_bytes)
{
	struct reply reply = {.writing = WRITE_REDIRECT,
		.redirect = redirect,
		.status = redirect->status,
		.term = context->response ? "LH" : "LR"};
	enum rule_verdict verdict;

	/* Whether there is a target is known only when it has been written. */
	if (redirect->ignore_empty &&
		format_write(context, redirect->target, FORMAT_AS_FIELD, context->room->text,
			context->room->text_bytes) == 0 &&
		redirect->kind == REDIRECT_LOCATION)
		return GO_ON;
	verdict = answer(context, &reply, head_bytes);
	if (verdict == ANSWERED)
		count_intercepted(context);
	return verdict;
}

/* Whether a password is asked for is the condition's business: `unless { http_auth(list) }`. */
static enum rule_verdict ask_password(
	struct rule_context *context, const char *realm, uint32_t head_bytes)
{
	struct reply reply = {.writing = WRITE_UNAUTHORIZED,
		.realm = realm ? realm : context->session->frontend->name,
		.status = 401,
		.term = "LR"};

	return answer(context, &reply, head_bytes);
}

/* ---- lists of rules ---- */

static enum rule_verdict act(
	struct rule_context *context, const struct rule *rule, uint32_t head_bytes)
{
	struct session *session = context->session;

	switch (rule->action) {
	case RULE_ALLOW:
		return STOP;
	case RULE_DENY:
		return deny(context, rule->page, head_bytes);
	case RULE_TARPIT:
		return tarpit(context, rule->page, head_bytes);
	case RULE_RETURN:
		return say(context, rule->page, head_bytes);
	case RULE_REDIRECT:
		return redirect(context, rule->redirect, head_bytes);
	case RULE_AUTH:
		return ask_password(context, rule->name, head_bytes);
	case RULE_SET_LOG_LEVEL:
		session->log_silent = rule->number == 0;
		session->log_level = (uint8_t)rule->number;
		return GO_ON;
	case RULE_SET_HEADER:
	case RULE_ADD_HEADER:
	case RULE_DEL_HEADER:
	case RULE_REPLACE_HEADER:
	case RULE_REPLACE_VALUE:
	case RULE_SET_METHOD:
	case RULE_SET_PATH:
	case RULE_SET_PATHQ:
	case RULE_SET_QUERY:
	case RULE_SET_URI:
	case RULE_REPLACE_PATH:
	case RULE_REPLACE_PATHQ:
	case RULE_REPLACE_URI:
	case RULE_SET_STATUS:
	case RULE_CAPTURE:
	case RULE_USE_BACKEND:
	case RULE_USE_SERVER:
	case RULE_ACTIONS:
		break;
	}
	return rewrite(context, rule) ? GO_ON : FAILED;
}

static enum rule_verdict walk(
	struct rule_context *context, const struct rule_list *list, uint32_t head_bytes)
{
	for (const struct rule *rule = list->first; rule; rule = rule->next) {
		enum rule_verdict verdict;

		if (!condition_holds(context, rule->condition))
			continue;
		verdict = act(context, rule, head_bytes);
		if (verdict == STOP)
			return GO_ON;
		if (verdict != GO_ON)
			return verdict;
	}
	return GO_ON;
}

static void fail_request(struct session *session, struct session_environment *env)
{
	struct traffic *cell = session->counted_backend ? backend_traffic(session, env)
							: frontend_traffic(session, env);

	board_add(&cell->rewrite_errors, 1);
	session_answer(session, env, 500, "PR", ANSWER_COUNTED);
}

/* What a walk over a request's rules came to.  False: the answer is ours. */
static bool goes_on(
	struct session *session, struct session_environment *env, enum rule_verdict verdict)
{
	if (verdict == FAILED)
		fail_request(session, env);
	return verdict == GO_ON;
}

bool rules_apply_to_request(struct session *session, struct session_environment *env,
	const struct proxy *proxy, uint32_t head_bytes)
{
	struct rule_context context = context_of(session, env, false);

	if (proxy == session->frontend && env->rules)
		edit_begin(env->rules);
	if (!proxy->rules)
		return true;
	if (proxy == session->frontend) {
		if (!env->rules)
			return true;
		capture_fields(session, env, env->head, false);
	}
	if (!proxy->rules->request.first)
		return true;
	return goes_on(session, env, walk(&context, &proxy->rules->request, head_bytes));
}

bool rules_redirect(struct session *session, struct session_environment *env,
	const struct proxy *proxy, uint32_t head_bytes)
{
	struct rule_context context = context_of(session, env, false);

	if (!proxy->rules || !proxy->rules->redirects.first)
		return true;
	return goes_on(session, env, walk(&context, &proxy->rules->redirects, head_bytes));
}

bool rules_allow_stats(struct session *session, struct session_environment *env,
	const struct proxy *owner, uint32_t head_bytes)
{
	struct rule_context context = context_of(session, env, false);

	return goes_on(session, env, walk(&context, &owner->rules->stats, head_bytes));
}

/* The first rule that holds decides; without one the client goes on. */
static bool admits(
	struct session *session, struct session_environment *env, const struct rule_list *list)
{
	struct rule_context context = context_of(session, env, false);

	context.head = NULL; /* of another session, if it is any */
	for (const struct rule *rule = list->first; rule; rule = rule->next)
		if (condition_holds(&context, rule->condition))
			return rule->action == RULE_ALLOW;
	return true;
}

bool rules_admit_connection(struct session *session, struct session_environment *env)
{
	const struct rules *rules = session->frontend->rules;

	if (!rules || !rules->connection.first || admits(session, env, &rules->connection))
		return true;
	board_add(&frontend_traffic(session, env)->denied_connections, 1);
	board_add(&session_traffic(env, session->listener->cell)->denied_connections, 1);
	return false;
}

bool rules_admit_session(struct session *session, struct session_environment *env, bool *logged)
{
	const struct rules *rules = session->frontend->rules;

	*logged = false;
	if (!rules)
		return true;
	if (rules->session.first && !admits(session, env, &rules->session)) {
		board_add(&frontend_traffic(session, env)->denied_sessions, 1);
		board_add(&session_traffic(env, session->listener->cell)->denied_sessions, 1);
		return false;
	}
	if (!rules->content.first || admits(session, env, &rules->content))
		return true;
	board_add(&frontend_traffic(session, env)->denied_requests, 1);
	board_add(&session_traffic(env, session->listener->cell)->denied_requests, 1);
	*logged = true;
	return false;
}

bool rules_answer_monitor(
	struct session *session, struct session_environment *env, uint32_t head_bytes)
{
	static const struct answer_page fine = {.status = 200, .kind = ANSWER_PAGE_OF_STATUS};
	static const struct answer_page failing = {.status = 503, .kind = ANSWER_PAGE_OF_STATUS};
	struct rule_context context = context_of(session, env, false);
	const struct rules *rules = session->frontend->rules;
	struct reply reply = {.writing = WRITE_PAGE, .page = &fine, .status = 200, .term = "PR"};

	if (!rules || !rules->monitor_uri ||
		!span_equal(env->head->target, span_of_string(rules->monitor_uri)))
		return false;
	for (const struct rule *rule = rules->monitor_fails.first; rule; rule = rule->next) {
		if (!condition_holds(&context, rule->condition))
			continue;
		reply.page = &failing;
		reply.status = 503;
		reply.term = "LR";
		break;
	}
	board_add(&frontend_traffic(session, env)->intercepted, 1);
	session->log_silent = true;
	if (answer(&context, &reply, head_bytes) != ANSWERED)
		session_answer(session, env, 503, "RR", ANSWER_COUNTED);
	return true;
}

/* ---- where to ---- */

/* A name that nobody has, or a proxy of the other mode, leaves the request to default_backend. */
static const struct proxy *backend_named(
	const struct session *session, const struct session_environment *env, const char *name)
{
	const struct proxy *backend = names_find(env->config->backend_names, name);

	return backend && backend->mode == session->frontend->mode ? backend : NULL;
}

const struct proxy *rules_route(struct session *session, struct session_environment *env)
{
	struct rule_context context = context_of(session, env, false);
	const struct rules *rules = session->frontend->rules;
	int32_t len;

	for (const struct rule *rule = rules ? rules->routes.first : NULL; rule;
		rule = rule->next) {
		if (!condition_holds(&context, rule->condition))
			continue;
		if (!rule->format)
			return rule->backend;
		len = format_write(&context, rule->format, FORMAT_AS_FIELD, env->rules->text,
			env->rules->text_bytes - 1);
		if (len < 0)
			return NULL;
		env->rules->text[len] = '\0';
		return backend_named(session, env, env->rules->text);
	}
	return NULL;
}

const struct server *rules_server(struct session *session, struct session_environment *env)
{
	struct rule_context context = context_of(session, env, false);
	const struct rules *rules = session->backend->rules;

	for (const struct rule *rule = rules ? rules->servers.first : NULL; rule;
		rule = rule->next) {
		int32_t len;

		if (!condition_holds(&context, rule->condition))
			continue;
		if (!rule->format)
			return rule->server;
		len = format_write(&context, rule->format, FORMAT_AS_FIELD, env->rules->text,
			env->rules->text_bytes);
		for (uint32_t i = 0; len >= 0 && i < session->backend->server_count; i++)
			if (span_equal(span_of_string(session->backend->servers[i].name),
				    span_of(env->rules->text, (uint32_t)len)))
				return &session->backend->servers[i];
		return NULL;
	}
	return NULL;
}

/* ---- responses ---- */

static bool looks(const struct proxy *proxy)
{
	return proxy && proxy->rules && proxy->rules->looks_at_responses;
}

bool rules_look_at_response(const struct session *session)
{
	return looks(session->frontend) || looks(session->backend);
}

static enum rule_verdict walk_both(
	struct rule_context *context, const struct rule_list *(*list_of)(const struct rules *))
{
	const struct proxy *backend = context->session->backend;
	const struct proxy *frontend = context->session->frontend;
	enum rule_verdict verdict = GO_ON;

	if (backend && backend->rules)
		verdict = walk(context, list_of(backend->rules), 0);
	if (verdict == GO_ON && frontend != backend && frontend->rules)
		verdict = walk(context, list_of(frontend->rules), 0);
	return verdict;
}

static const struct rule_list *response_list(const struct rules *rules)
{
	return &rules->response;
}

static const struct rule_list *after_list(const struct rules *rules)
{
	return &rules->after_response;
}

/* A rule may end the client's connection by saying so; what the server said is not for it. */
static bool says_close(const struct session_environment *env)
{
	const struct rule_room *room = env->rules;

	for (uint32_t i = 0; i < env->head->field_count; i++) {
		const struct h1_field *field = &env->head->fields[i];

		if (field->id == H1_FIELD_CONNECTION && field->line.at >= room->rewrites &&
			field->line.at < room->rewrites + room->rewrites_used &&
			h1_list_has(field->value, SPAN("close")))
			return true;
	}
	return false;
}

bool rules_apply_to_response(struct session *session, struct session_environment *env)
{
	struct rule_context context = context_of(session, env, true);
	enum rule_verdict verdict;

	edit_begin(env->rules);
	capture_fields(session, env, env->head, true);
	verdict = walk_both(&context, response_list);
	if (verdict == GO_ON)
		verdict = walk_both(&context, after_list);
	if (verdict == FAILED) {
		board_add(&backend_traffic(session, env)->rewrite_errors, 1);
		session_answer(session, env, 502, "PH", ANSWER_COUNTED);
	}
	if (verdict == GO_ON && says_close(env))
		session->keep_alive = false;
	return verdict == GO_ON;
}

/* The answer is read again, edited, and written in the place of the first. */
static void apply_after_response(struct session *session, struct session_environment *env,
	char *answer, uint32_t *len, uint32_t capacity)
{
	struct rule_context context = context_of(session, env, true);
	struct message_edits edits = {.connection = MESSAGE_CONNECTION_ABSENT};
	struct h1_limits limits = {.head_bytes = capacity, .fields = H1_FIELDS_MAX};
	uint32_t scanned = 0, head_len, body_len;
	int32_t bytes = h1_read_response(
		env->head, answer, *len, &scanned, &limits, (enum h1_method)session->method);

	if (bytes <= 0)
		return;
	edit_begin(env->rules);
	if (env->head->says_close)
		edits.connection = MESSAGE_CONNECTION_CLOSE;
	else if (env->head->says_keep_alive)
		edits.connection = MESSAGE_CONNECTION_KEEP_ALIVE;
	if (walk_both(&context, after_list) != GO_ON)
		return;
	head_len = message_write_response(env->scratch, env->scratch_bytes, env->head, &edits);
	body_len = *len - (uint32_t)bytes;
	if (!head_len || head_len + body_len > capacity)
		return;
	memmove(answer + head_len, answer + bytes, body_len);
	memcpy(answer, env->scratch, head_len);
	*len = head_len + body_len;
}

/* ---- error pages ---- */

bool rules_error_page(struct session *session, struct session_environment *env, uint16_t status,
	bool *keeps, struct span *answer)
{
	const struct answer_page page = {.status = status, .kind = ANSWER_PAGE_OF_STATUS};
	struct rule_context context = context_of(session, env, true);
	bool after =
		wants_after_response(session->backend) || wants_after_response(session->frontend);
	enum reply_ending ending = *keeps ? REPLY_KEEPS : REPLY_CLOSES;
	struct buffer *buffer;
	uint32_t bytes;
	int32_t len;

	if (!after && !reply_page_of(session->backend, status) &&
		!reply_page_of(session->frontend, status))
		return false;
	context.head = NULL; /* it may be half a request's */
	buffer = env->lend_piece(env, &session->flow[RESPONSE]);
	if (!buffer)
		return false;
	len = reply_write(&context, &page, session->method != H1_METHOD_HEAD, &ending,
		buffer_at(buffer), buffer_room(buffer));
	if (len < 0)
		return false;
	bytes = (uint32_t)len;
	if (after && bytes)
		apply_after_response(session, env, buffer_at(buffer), &bytes, buffer_room(buffer));
	*keeps = ending != REPLY_CLOSES;
	*answer = span_of(buffer_at(buffer), bytes);
	return true;
}
