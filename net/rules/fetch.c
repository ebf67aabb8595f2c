/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fetch.c - where samples come from: the message, the connection, the proxy's state.
 *
 * One function to a number of sample_words.h, in one table.  What a fetch finds points into the
 * message wherever it can; only what is put together (base, the names of fields) is written into
 * the scratch. */
#include "net/rules/fetch.h"
#include "core/config/sample_words.h"
#include "net/http/exchange.h"
#include "net/rules/authorize.h"
#include "net/rules/capture.h"

#include <assert.h>
#include <stdio.h>

#define FETCH(name)                                                                                \
	static bool name(struct rule_context *context __attribute__((unused)),                     \
		const struct expression *expression __attribute__((unused)),                       \
		struct sample *sample __attribute__((unused)),                                     \
		struct fetch_cursor *cursor __attribute__((unused)))

/* The head at hand, when it is of the right kind. */
static const struct h1_head *head_of(
	const struct rule_context *context, const struct expression *expression)
{
	uint8_t source = expression->fetch->source;

	if (!context->head || (source == SAMPLE_FROM_REQUEST && context->response) ||
		(source == SAMPLE_FROM_RESPONSE && !context->response))
		return NULL;
	return context->head;
}

/* ---- constants ---- */

FETCH(always_false)
{
	return give_bool(sample, false);
}

FETCH(always_true)
{
	return give_bool(sample, true);
}

FETCH(constant_bool)
{
	return give_bool(sample, expression->arguments[0].number != 0);
}

FETCH(constant_number)
{
	return give_number(sample, (uint64_t)expression->arguments[0].number);
}

FETCH(constant_text)
{
	return give_text(sample, expression->arguments[0].text);
}

FETCH(constant_method)
{
	give_text(sample, expression->arguments[0].text);
	sample->type = SAMPLE_METHOD;
	return true;
}

FETCH(constant_address)
{
	const struct network *network = &expression->arguments[0].network;

	sample->type = SAMPLE_IP;
	sample->address.family = network->family;
	memcpy(sample->address.bytes, network->bytes, sizeof(sample->address.bytes));
	return true;
}

FETCH(variable)
{
	const struct argument *value = &expression->arguments[1];

	return value->kind != ARGUMENT_NONE && give_text(sample, value->text);
}

/* ---- the target ---- */

static struct span path_of(const struct h1_head *head)
{
	struct span path = head->path;
	const char *query = path.len ? memchr(path.at, '?', path.len) : NULL;

	if (query)
		path.len = (uint32_t)(query - path.at);
	return path;
}

static struct span query_of(const struct h1_head *head)
{
	struct span path = path_of(head);

	if (path.len == head->path.len)
		return (struct span){0};
	return span_of(path.at + path.len + 1, head->path.len - path.len - 1);
}

FETCH(path)
{
	const struct h1_head *head = head_of(context, expression);

	/* "*" and an authority are no paths. */
	return head && head->path.len && head->path.at[0] == '/' &&
	       give_text(sample, path_of(head));
}

FETCH(pathq)
{
	const struct h1_head *head = head_of(context, expression);

	return head && head->path.len && head->path.at[0] == '/' && give_text(sample, head->path);
}

FETCH(query)
{
	const struct h1_head *head = head_of(context, expression);

	return head && path_of(head).len < head->path.len && give_text(sample, query_of(head));
}

FETCH(url)
{
	const struct h1_head *head = head_of(context, expression);

	return head && give_text(sample, head->target);
}

/* Host and path side by side. */
FETCH(base)
{
	const struct h1_head *head = head_of(context, expression);
	const struct h1_field *host = head ? h1_find(head, H1_FIELD_HOST) : NULL;
	struct span path;
	char *out;

	if (!head)
		return false;
	path = path_of(head);
	if (!host)
		return give_text(sample, path);
	out = scratch_take(context->room, host->value.len + path.len);
	if (!out)
		return false;
	memcpy(out, host->value.at, host->value.len);
	memcpy(out + host->value.len, path.at, path.len);
	return give_text(sample, span_of(out, host->value.len + path.len));
}

static bool has_authority(const struct h1_head *head)
{
	return head && head->authority.len > 0;
}

FETCH(url_ip)
{
	const struct h1_head *head = head_of(context, expression);

	if (!has_authority(head))
		return false;
	give_text(sample, head->authority);
	return sample_cast(context, sample, SAMPLE_IP);
}

FETCH(url_port)
{
	const struct h1_head *head = head_of(context, expression);
	const char *colon;

	if (!has_authority(head))
		return false;
	colon = memrchr(head->authority.at, ':', head->authority.len);
	if (!colon)
		return give_number(sample, 80);
	colon++;
	give_text(
		sample, span_of(colon, (size_t)(head->authority.at + head->authority.len - colon)));
	return sample_cast(context, sample, SAMPLE_INT);
}

FETCH(method)
{
	static const char *const names[] = {[H1_METHOD_GET] = "GET",
		[H1_METHOD_HEAD] = "HEAD",
		[H1_METHOD_POST] = "POST",
		[H1_METHOD_PUT] = "PUT",
		[H1_METHOD_DELETE] = "DELETE",
		[H1_METHOD_OPTIONS] = "OPTIONS",
		[H1_METHOD_CONNECT] = "CONNECT",
		[H1_METHOD_TRACE] = "TRACE",
		[H1_METHOD_PATCH] = "PATCH"};
	const struct h1_head *head = head_of(context, expression);

	if (head)
		give_text(sample, head->method);
	else if (names[context->session->method])
		give_text(sample, span_of_string(names[context->session->method]));
	else
		return false;
	sample->type = SAMPLE_METHOD;
	return true;
}

FETCH(version)
{
	const struct h1_head *head = head_of(context, expression);

	return head && give_text(sample, head->minor ? SPAN("1.1") : SPAN("1.0"));
}

FETCH(is_http)
{
	return head_of(context, expression) && give_bool(sample, true);
}

FETCH(status)
{
	return context->response && context->head && give_number(sample, context->head->status);
}

/* ---- parameters ---- */

bool find_param(struct span query, struct span name, char delimiter, struct fetch_cursor *cursor,
	struct span *value)
{
	struct span rest = cursor->more || cursor->found ? cursor->rest : query;

	while (rest.len) {
		const char *end = rest.at;
		struct span pair, wanted = name;

		while (end < rest.at + rest.len && *end != '&' && *end != ';')
			end++;
		(void)delimiter;
		pair = span_of(rest.at, (size_t)(end - rest.at));
		rest = pair.len < rest.len ? span_of(end + 1, rest.len - pair.len - 1)
					   : (struct span){0};
		if (!wanted.len) { /* any parameter's value */
			const char *equals = memchr(pair.at, '=', pair.len);

			if (!equals)
				continue;
			wanted = span_of(pair.at, (size_t)(equals - pair.at));
		}
		if (pair.len <= wanted.len || pair.at[wanted.len] != '=' ||
			memcmp(pair.at, wanted.at, wanted.len) != 0)
			continue;
		*value = span_of(pair.at + wanted.len + 1, pair.len - wanted.len - 1);
		cursor->rest = rest;
		cursor->found++;
		cursor->more = cursor->iterates && rest.len > 0;
		return true;
	}
	cursor->more = false;
	return false;
}

static struct span after(struct span text, char delimiter)
{
	const char *at = text.len ? memchr(text.at, delimiter, text.len) : NULL;

	return at ? span_of(at + 1, (size_t)(text.at + text.len - at - 1)) : (struct span){0};
}

bool sample_url_param(const struct h1_head *head, struct span name, struct span *value)
{
	struct fetch_cursor cursor = {0};

	return find_param(query_of(head), name, '?', &cursor, value);
}

FETCH(url_param)
{
	const struct h1_head *head = head_of(context, expression);
	struct span delimiter = expression->arguments[1].text, query;

	if (!head)
		return false;
	query = delimiter.len ? after(head->path, delimiter.at[0]) : query_of(head);
	if (!find_param(query, expression->arguments[0].text, '&', cursor, &sample->text))
		return false;
	return give_text(sample, sample->text);
}

/* ---- fields ---- */

/* The next element of a list: a comma inside a quoted string ends none. */
static struct span next_element(struct span *rest, bool *more)
{
	const char *at = rest->at, *end = at + rest->len;
	bool quoted = false;
	struct span element;

	for (; at < end && (quoted || *at != ','); at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (quoted && *at == '\\' && at + 1 < end)
			at++;
	}
	element = span_of(rest->at, (size_t)(at - rest->at));
	*more = at < end;
	*rest = at < end ? span_of(at + 1, (size_t)(end - at - 1)) : (struct span){0};
	while (element.len && (element.at[0] == ' ' || element.at[0] == '\t'))
		element = span_of(element.at + 1, element.len - 1);
	while (element.len &&
		(element.at[element.len - 1] == ' ' || element.at[element.len - 1] == '\t'))
		element.len--;
	return element;
}

/* The next value of fields with this name, or of all (name.at NULL); cursor->field and ->rest say
 * where it goes on. */
static bool next_value(const struct h1_head *head, struct span name, bool whole,
	struct fetch_cursor *cursor, struct span *value)
{
	for (;;) {
		/* An element may be empty, and a field of nothing has one: HAProxy counts so. */
		if (cursor->in_list) {
			*value = next_element(&cursor->rest, &cursor->in_list);
			return true;
		}
		while (name.at && cursor->field < head->field_count &&
			!span_equal_nocase(head->fields[cursor->field].name, name))
			cursor->field++;
		if (cursor->field == head->field_count)
			return false;
		if (whole) {
			*value = head->fields[cursor->field++].value;
			return true;
		}
		cursor->rest = head->fields[cursor->field++].value;
		cursor->in_list = true;
	}
}

static uint32_t count_values(const struct h1_head *head, struct span name, bool whole)
{
	struct fetch_cursor cursor = {0};
	struct span value;
	uint32_t count = 0;

	while (next_value(head, name, whole, &cursor, &value))
		count++;
	return count;
}

bool sample_field(const struct h1_head *head, struct span name, int32_t occurrence, bool whole,
	struct span *value)
{
	struct fetch_cursor cursor = {0};
	int64_t wanted = occurrence;

	if (wanted < 0)
		wanted += (int64_t)count_values(head, name, whole) + 1;
	if (wanted < 1)
		return false;
	while (next_value(head, name, whole, &cursor, value))
		if (--wanted == 0)
			return true;
	return false;
}

static bool field(struct rule_context *context, const struct expression *expression, bool whole,
	struct sample *sample, struct fetch_cursor *cursor)
{
	const struct h1_head *head = head_of(context, expression);
	const struct argument *occurrence = &expression->arguments[1];
	struct span name = expression->arguments[0].text, value;

	if (!head)
		return false;
	if (cursor->iterates && occurrence->kind == ARGUMENT_NONE) {
		cursor->more = next_value(head, name, whole, cursor, &value);
		if (!cursor->more)
			return false;
	} else if (!sample_field(head, name,
			   occurrence->kind == ARGUMENT_NONE || !occurrence->number
				   ? -1
				   : (int32_t)occurrence->number,
			   whole, &value)) {
		return false;
	}
	return give_text(sample, value);
}

FETCH(list_field)
{
	return field(context, expression, false, sample, cursor);
}

FETCH(full_field)
{
	return field(context, expression, true, sample, cursor);
}

FETCH(list_field_count)
{
	const struct h1_head *head = head_of(context, expression);

	return head &&
	       give_number(sample, count_values(head, expression->arguments[0].text, false));
}

FETCH(full_field_count)
{
	const struct h1_head *head = head_of(context, expression);

	return head && give_number(sample, count_values(head, expression->arguments[0].text, true));
}

FETCH(field_names)
{
	const struct h1_head *head = head_of(context, expression);
	struct span delimiter = expression->arguments[0].text;
	uint32_t bytes = 0;
	char *out, *at;

	if (!head)
		return false;
	if (!delimiter.len)
		delimiter = SPAN(",");
	for (uint32_t i = 0; i < head->field_count; i++)
		bytes += head->fields[i].name.len + 1;
	out = at = scratch_take(context->room, bytes);
	if (!out)
		return false;
	for (uint32_t i = 0; i < head->field_count; i++) {
		if (i)
			*at++ = delimiter.at[0];
		memcpy(at, head->fields[i].name.at, head->fields[i].name.len);
		at += head->fields[i].name.len;
	}
	return give_text(sample, span_of(out, (size_t)(at - out)));
}

/* ---- cookies ---- */

static struct span trimmed(struct span text)
{
	while (text.len && (text.at[0] == ' ' || text.at[0] == '\t'))
		text = span_of(text.at + 1, text.len - 1);
	while (text.len && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

static struct span until(struct span *rest, char stop)
{
	const char *end = memchr(rest->at, stop, rest->len);
	struct span part = *rest;

	if (!end) {
		*rest = (struct span){0};
		return part;
	}
	part.len = (uint32_t)(end - part.at);
	*rest = span_of(end + 1, rest->len - part.len - 1);
	return part;
}

/* "a=1; b=2" in every Cookie field; a Set-Cookie names one in front of its attributes. */
static bool next_cookie(const struct h1_head *head, enum h1_field_id id, struct span name,
	struct fetch_cursor *cursor, struct span *value)
{
	for (;;) {
		struct span pair, found;

		while (!cursor->rest.len) {
			while (cursor->field < head->field_count &&
				head->fields[cursor->field].id != id)
				cursor->field++;
			if (cursor->field == head->field_count)
				return false;
			cursor->rest = head->fields[cursor->field++].value;
		}
		pair = trimmed(until(&cursor->rest, ';'));
		if (id == H1_FIELD_SET_COOKIE)
			cursor->rest = (struct span){0};
		if (!pair.len || !memchr(pair.at, '=', pair.len))
			continue; /* a name without a value is no cookie */
		*value = pair;
		found = trimmed(until(value, '='));
		*value = trimmed(*value);
		if (!name.len || span_equal(found, name))
			return true;
	}
}

static bool cookie(struct rule_context *context, const struct expression *expression,
	enum h1_field_id id, struct sample *sample, struct fetch_cursor *cursor)
{
	const struct h1_head *head = head_of(context, expression);
	struct span value, next;

	if (!head || !next_cookie(head, id, expression->arguments[0].text, cursor, &value))
		return false;
	cursor->more = cursor->iterates;
	/* Outside of a condition the last one counts. */
	while (!cursor->iterates &&
		next_cookie(head, id, expression->arguments[0].text, cursor, &next))
		value = next;
	return give_text(sample, value);
}

FETCH(request_cookie)
{
	return cookie(context, expression, H1_FIELD_COOKIE, sample, cursor);
}

FETCH(response_cookie)
{
	return cookie(context, expression, H1_FIELD_SET_COOKIE, sample, cursor);
}

FETCH(cookie_count)
{
	const struct h1_head *head = head_of(context, expression);
	struct fetch_cursor own = {0};
	struct span value;
	uint64_t count = 0;

	if (!head)
		return false;
	while (next_cookie(head, H1_FIELD_COOKIE, expression->arguments[0].text, &own, &value))
		count++;
	return give_number(sample, count);
}

/* ---- the connection ---- */

static bool give_address(struct sample *sample, const struct sockaddr *address)
{
	sample->type = SAMPLE_IP;
	sample->address.family = address->sa_family;
	if (address->sa_family == AF_INET)
		memcpy(sample->address.bytes,
			&((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
	else if (address->sa_family == AF_INET6)
		memcpy(sample->address.bytes,
			&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
	else
		return false;
	return true;
}

/* IPv4 and IPv6 have the port in the same place. */
static bool give_port(struct sample *sample, const struct sockaddr *address)
{
	if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
		return false;
	return give_number(
		sample, ntohs(((const struct sockaddr_in *)(const void *)address)->sin_port));
}

FETCH(source)
{
	return give_address(sample, &context->session->peer.any);
}

FETCH(source_port)
{
	return give_port(sample, &context->session->peer.any);
}

FETCH(destination)
{
	union address address = {0};

	return context->env->local_address(context->env, context->session, &address) &&
	       give_address(sample, &address.any);
}

FETCH(destination_port)
{
	union address address = context->session->listener->address;

	/* The port that was bound is the port that was come to; not so behind another balancer. */
	if (address.any.sa_family != AF_INET && address.any.sa_family != AF_INET6 &&
		!context->env->local_address(context->env, context->session, &address))
		return false;
	if (context->session->listener->accept_proxy &&
		!context->env->local_address(context->env, context->session, &address))
		return false;
	return give_port(sample, &address.any);
}

FETCH(socket_id)
{
	return give_number(sample, context->session->listener->id);
}

FETCH(first_request)
{
	return give_bool(sample, context->session->first_request);
}

/* ---- the rest of the world ---- */

FETCH(date)
{
	return give_number(
		sample, context->env->wall_ms / 1000 + (uint64_t)expression->arguments[0].number);
}

FETCH(hostname)
{
	return give_text(sample, span_of_string(context->room->hostname));
}

/* xorshift64*, Vigna 2016: good enough to share requests out. */
static uint32_t draw(struct rule_context *context)
{
	uint64_t *state = &context->room->random;

	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * 0x2545f4914f6cdd1dull) >> 32);
}

/* A random one, version 4 (RFC 9562 5.4).  It tells requests apart and keeps no secret. */
FETCH(uuid)
{
	enum { UUID_BYTES = 37 };
	char *out = scratch_take(context->room, UUID_BYTES);
	uint32_t part[4];

	if (!out)
		return false;
	for (uint32_t i = 0; i < 4; i++)
		part[i] = draw(context);
	snprintf(out, UUID_BYTES, "%08x-%04x-4%03x-%04x-%04x%08x", part[0], part[1] >> 16,
		part[1] & 0xfff, (part[2] >> 16 & 0x3fff) | 0x8000, part[2] & 0xffff, part[3]);
	return give_text(sample, span_of(out, UUID_BYTES - 1));
}

FETCH(random_number)
{
	int64_t range = expression->arguments[0].number;
	uint32_t value = draw(context);

	return give_number(sample, range > 0 ? ((uint64_t)value * (uint64_t)range) >> 32 : value);
}

/* ---- captures and passwords ---- */

/* The line as it came, also when the head is gone: in rules for responses and in the log. */
static struct span request_line(const struct rule_context *context)
{
	if (context->head && !context->response)
		return context->head->start_line;
	return span_of(context->session->line, context->session->line_len);
}

FETCH(captured_method)
{
	struct span line = request_line(context);
	const char *gap = line.len ? memchr(line.at, ' ', line.len) : NULL;

	return gap && give_text(sample, span_of(line.at, (size_t)(gap - line.at)));
}

FETCH(captured_target)
{
	struct span line = request_line(context);
	const char *gap = line.len ? memchr(line.at, ' ', line.len) : NULL, *end;

	if (!gap)
		return false;
	line = span_of(gap + 1, (size_t)(line.at + line.len - gap - 1));
	end = line.len ? memchr(line.at, ' ', line.len) : NULL;
	if (end)
		line.len = (uint32_t)(end - line.at);
	return give_text(sample, line);
}

/* What HAProxy knows of a version: whether it is 1.0. */
FETCH(captured_version)
{
	struct span line = request_line(context);

	if (!line.len)
		return false;
	return give_text(sample, line.len > 4 && memcmp(line.at + line.len - 4, "/1.0", 4) == 0
					 ? SPAN("HTTP/1.0")
					 : SPAN("HTTP/1.1"));
}

FETCH(request_capture)
{
	struct span text;

	return capture_get(
		       context->session, false, (uint32_t)expression->arguments[0].number, &text) &&
	       give_text(sample, text);
}

FETCH(response_capture)
{
	struct span text;

	return capture_get(
		       context->session, true, (uint32_t)expression->arguments[0].number, &text) &&
	       give_text(sample, text);
}

FETCH(authorized)
{
	const struct h1_head *head = head_of(context, expression);

	return head && give_bool(sample, authorize(context->room, head,
						 expression->arguments[0].users) != NULL);
}

/* The name of a user who has shown a password: the patterns are groups (match.c). */
FETCH(authorized_user)
{
	const struct h1_head *head = head_of(context, expression);
	const struct userlist_user *user =
		head ? authorize(context->room, head, expression->arguments[0].users) : NULL;

	return user && give_text(sample, span_of_string(user->name));
}

FETCH(claimed_password)
{
	const struct h1_head *head = head_of(context, expression);
	struct span user, password;

	return head && authorize_read(context->room, head, &user, &password) &&
	       give_text(sample, password);
}

/* "Basic", "Bearer": the first word of the field. */
FETCH(claimed_scheme)
{
	const struct h1_head *head = head_of(context, expression);
	struct span value;
	uint32_t len = 0;

	if (!head || !sample_field(head, SPAN("authorization"), 1, true, &value))
		return false;
	while (len < value.len && value.at[len] != ' ')
		len++;
	return len > 0 && give_text(sample, span_of(value.at, len));
}

FETCH(claimed_user)
{
	const struct h1_head *head = head_of(context, expression);
	struct span user, password;

	return head && authorize_read(context->room, head, &user, &password) &&
	       give_text(sample, user);
}

static fetch_function *const functions[FETCH_COUNT] = {
	[FETCH_ALWAYS_FALSE] = always_false,
	[FETCH_ALWAYS_TRUE] = always_true,
	[FETCH_BASE] = base,
	[FETCH_BE_CONN] = fetch_backend_connections,
	[FETCH_AVG_QUEUE] = fetch_backend_mean_queue,
	[FETCH_BE_CONN_FREE] = fetch_backend_free,
	[FETCH_BE_SESS_RATE] = fetch_backend_session_rate,
	[FETCH_CONNSLOTS] = fetch_backend_slots,
	[FETCH_FE_REQ_RATE] = fetch_frontend_request_rate,
	[FETCH_FE_SESS_RATE] = fetch_frontend_session_rate,
	[FETCH_HTTP_AUTH_PASS] = claimed_password,
	[FETCH_HTTP_AUTH_TYPE] = claimed_scheme,
	[FETCH_SRV_QUEUE] = fetch_server_queue,
	[FETCH_SRV_SESS_RATE] = fetch_server_session_rate,
	[FETCH_UUID] = uuid,
	[FETCH_BE_ID] = fetch_backend_id,
	[FETCH_BE_NAME] = fetch_backend_name,
	[FETCH_BOOL] = constant_bool,
	[FETCH_CAPTURE_REQ_HDR] = request_capture,
	[FETCH_CAPTURE_RES_HDR] = response_capture,
	[FETCH_CAPTURE_REQ_METHOD] = captured_method,
	[FETCH_CAPTURE_REQ_URI] = captured_target,
	[FETCH_CAPTURE_REQ_VER] = captured_version,
	[FETCH_COOK] = request_cookie,
	[FETCH_COOK_COUNT] = cookie_count,
	[FETCH_DATE] = date,
	[FETCH_DST] = destination,
	[FETCH_DST_PORT] = destination_port,
	[FETCH_ENV] = variable,
	[FETCH_FE_CONN] = fetch_frontend_connections,
	[FETCH_FE_ID] = fetch_frontend_id,
	[FETCH_FE_NAME] = fetch_frontend_name,
	[FETCH_FIELD] = list_field,
	[FETCH_FIELD_COUNT] = list_field_count,
	[FETCH_FIELD_NAMES] = field_names,
	[FETCH_FIRST_REQUEST] = first_request,
	[FETCH_FULL_FIELD] = full_field,
	[FETCH_FULL_FIELD_COUNT] = full_field_count,
	[FETCH_HOSTNAME] = hostname,
	[FETCH_HTTP_AUTH] = authorized,
	[FETCH_HTTP_AUTH_GROUP] = authorized_user,
	[FETCH_HTTP_AUTH_USER] = claimed_user,
	[FETCH_INT] = constant_number,
	[FETCH_IPV4] = constant_address,
	[FETCH_METHOD] = method,
	[FETCH_NBSRV] = fetch_backend_servers,
	[FETCH_PATH] = path,
	[FETCH_PATHQ] = pathq,
	[FETCH_QUERY] = query,
	[FETCH_QUEUE] = fetch_backend_queue,
	[FETCH_PROTO_HTTP] = is_http,
	[FETCH_RAND] = random_number,
	[FETCH_SET_COOKIE] = response_cookie,
	[FETCH_SO_ID] = socket_id,
	[FETCH_SRC] = source,
	[FETCH_SRC_PORT] = source_port,
	[FETCH_SRV_CONN] = fetch_server_connections,
	[FETCH_SRV_IS_UP] = fetch_server_is_up,
	[FETCH_SRV_NAME] = fetch_server_name,
	[FETCH_STATUS] = status,
	[FETCH_STR] = constant_text,
	[FETCH_URL] = url,
	[FETCH_URL_IP] = url_ip,
	[FETCH_URL_PORT] = url_port,
	[FETCH_URL_PARAM] = url_param,
	[FETCH_VERSION] = version,
};

bool fetch_sample(struct rule_context *context, const struct expression *expression,
	struct sample *sample, struct fetch_cursor *cursor)
{
	enum fetch_id id = expression->fetch->id;

	/* meth(..) is a constant among the methods. */
	if (id == FETCH_METHOD && expression->arguments[0].kind == ARGUMENT_TEXT)
		return constant_method(context, expression, sample, cursor);
	assert(functions[id]);
	if (!functions[id](context, expression, sample, cursor))
		return false;
	/* hdr_ip, hdr_val, urlp_val: the same with another type. */
	return sample_cast(context, sample, (enum sample_type)expression->fetch->type);
}
