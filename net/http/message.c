/* SPDX-License-Identifier: GPL-2.0-or-later */
/* message.c - a head as it leaves: what is dropped, what is added.
 *
 * Most lines of a head are none of a balancer's business and leave exactly as they came, so the
 * writer thinks in runs: kept lines that lie side by side in the receive buffer are copied in one
 * piece, and only a line that is dropped or written anew ends a run.  A typical request is one
 * copy and one line of ours.
 *
 * What decides where a message ends leaves in its plainest spelling: one Content-Length of one
 * number or "Transfer-Encoding: chunked", never both, and a Host that agrees with an absolute
 * target.  Whoever reads the result finds the framing that h1.c found.
 *
 * Pure; any thread.  Source: RFC 9110 7.6, 7.8, 8.6, 10.1.4; RFC 9112 3.2.2, 6, 9. */
#include "net/http/message.h"
#include "net/http/h1_fields.h"

struct writer {
	char *at, *end;
	bool full;	 /* something did not fit: the result is void */
	struct span run; /* kept lines that lie side by side, not yet copied */
	const struct h1_head *head;
	const struct message_edits *edits;
	bool is_response;
	bool wrote_length; /* the first Content-Length is out: the others are equal */
	bool wrote_upgrade, wrote_te, wrote_option; /* the last: of Connection */
};

static void append(struct writer *w, struct span bytes);
static void flush_run(struct writer *w);
static void keep(struct writer *w, struct span line);
static void write_request_line(struct writer *w);
static void write_status_line(struct writer *w);
static void write_fields(struct writer *w);
static void write_forwardfor(struct writer *w);
static void write_via(struct writer *w);
static void write_connection(struct writer *w);

bool message_leaves_as_10(const struct h1_head *request)
{
	return request->minor == 0 && request->authority.len == 0 &&
	       !h1_find(request, H1_FIELD_HOST);
}

static uint32_t finish(struct writer *w, const char *out)
{
	append(w, SPAN("\r\n"));
	return w->full ? 0 : (uint32_t)(w->at - out);
}

uint32_t message_write_request(
	char *out, uint32_t capacity, const struct h1_head *head, const struct message_edits *edits)
{
	struct writer w = {.at = out, .end = out + capacity, .head = head, .edits = edits};

	write_request_line(&w);
	write_fields(&w);
	write_forwardfor(&w);
	write_via(&w);
	write_connection(&w);
	return finish(&w, out);
}

uint32_t message_write_response(
	char *out, uint32_t capacity, const struct h1_head *head, const struct message_edits *edits)
{
	struct writer w = {.at = out,
		.end = out + capacity,
		.head = head,
		.edits = edits,
		.is_response = true};

	write_status_line(&w);
	write_fields(&w);
	write_connection(&w);
	return finish(&w, out);
}

/* --- bytes ------------------------------------------------------------------------------------ */

static void copy(struct writer *w, struct span bytes)
{
	if (w->full || (size_t)(w->end - w->at) < bytes.len) {
		w->full = true;
		return;
	}
	if (bytes.len)
		memcpy(w->at, bytes.at, bytes.len);
	w->at += bytes.len;
}

static void flush_run(struct writer *w)
{
	copy(w, w->run);
	w->run = (struct span){0};
}

static void keep(struct writer *w, struct span line)
{
	if (w->run.len && w->run.at + w->run.len == line.at) {
		w->run.len += line.len;
		return;
	}
	flush_run(w);
	w->run = line;
}

static void append(struct writer *w, struct span bytes)
{
	if (w->run.len)
		flush_run(w);
	copy(w, bytes);
}

static void append_number(struct writer *w, uint64_t number)
{
	char digits[20]; /* of 2^64 */
	uint32_t first = sizeof(digits);

	do {
		digits[--first] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	append(w, span_of(digits + first, sizeof(digits) - first));
}

static void append_field(struct writer *w, struct span name, struct span value)
{
	append(w, name);
	append(w, SPAN(": "));
	append(w, value);
	append(w, SPAN("\r\n"));
}

/* --- start lines ------------------------------------------------------------------------------ */

/* OPTIONS of a host, without a path or a query, is about the server as a whole, and the last one
 * in front of it has to say so in the server's words (RFC 9112 3.2.4). */
static bool asks_whole_server(const struct h1_head *head)
{
	return head->method_id == H1_METHOD_OPTIONS && head->authority.len &&
	       head->authority.at + head->authority.len == head->target.at + head->target.len;
}

static void write_request_line(struct writer *w)
{
	const struct h1_head *head = w->head;
	struct span line = head->start_line;

	if (asks_whole_server(head)) {
		append(w, SPAN("OPTIONS * HTTP/1.1\r\n"));
	} else if (line.at[line.len - 1] == (message_leaves_as_10(head) ? '0' : '1')) {
		line.len += 2;
		keep(w, line);
	} else {
		append(w, head->method);
		append(w, SPAN(" "));
		append(w, head->target);
		append(w, SPAN(" HTTP/1.1\r\n"));
	}
	/* RFC 9112 3.2.2: who forwards an absolute target has to send its host as Host. */
	if (head->authority.len && !h1_find(head, H1_FIELD_HOST))
		append_field(w, SPAN("Host"), head->authority);
}

static void write_status_line(struct writer *w)
{
	struct span line = w->head->start_line;

	/* The space in front of the reason is there even when no reason is (RFC 9112 4). */
	if (span_starts_with(line, SPAN("HTTP/1.1 ")) && w->head->reason.at) {
		line.len += 2;
		keep(w, line);
		return;
	}
	append(w, SPAN("HTTP/1.1 "));
	append_number(w, w->head->status);
	append(w, SPAN(" "));
	append(w, w->head->reason);
	append(w, SPAN("\r\n"));
}

/* --- fields ----------------------------------------------------------------------------------- */

/* 1xx and 204 have no body and must not speak of one (RFC 9110 8.6, RFC 9112 6.1). */
static bool may_have_framing(const struct writer *w)
{
	return !w->is_response || (w->head->status >= 200 && w->head->status != 204);
}

static void write_content_length(struct writer *w, const struct h1_field *field)
{
	struct span value = field->value;
	uint64_t length = 0;

	if (w->head->drop_content_length || w->wrote_length || !may_have_framing(w))
		return;
	w->wrote_length = true;
	if (!memchr(value.at, ',', value.len) && (value.at[0] != '0' || value.len == 1)) {
		keep(w, field->line);
		return;
	}
	h1_read_content_length(value, &length);
	append(w, field->name);
	append(w, SPAN(": "));
	append_number(w, length);
	append(w, SPAN("\r\n"));
}

static void write_transfer_encoding(struct writer *w, const struct h1_field *field)
{
	struct span plain = SPAN("Transfer-Encoding: chunked\r\n");

	if (w->edits->drop_transfer_encoding || !may_have_framing(w))
		return;
	if (span_equal(field->line, plain))
		keep(w, field->line);
	else
		append(w, plain);
}

/* Is the value where it came, and not the authority that message_settle_host() put in its place? */
static bool is_in_its_line(const struct h1_field *field)
{
	return field->line.len && field->value.at >= field->line.at &&
	       field->value.at < field->line.at + field->line.len;
}

static void write_host(struct writer *w, const struct h1_field *field)
{
	struct span authority = w->head->authority;

	if (!is_in_its_line(field))
		append_field(w, field->name, field->value);
	else if (authority.len && !span_equal_nocase(authority, field->value))
		append_field(w, field->name, authority);
	else
		keep(w, field->line);
}

bool message_settle_host(struct h1_head *request)
{
	struct h1_field *fields = request->fields;
	uint32_t count = request->field_count;

	if (!request->authority.len)
		return true;
	for (uint32_t i = 0; i < count; i++) {
		if (fields[i].id != H1_FIELD_HOST)
			continue;
		if (!span_equal_nocase(fields[i].value, request->authority))
			fields[i].value = request->authority;
		return true;
	}
	if (count == H1_FIELDS_MAX)
		return false;
	memmove(fields + 1, fields, count * sizeof(fields[0])); /* it goes first (9110 7.2) */
	fields[0] = (struct h1_field){
		.name = SPAN("Host"), .value = request->authority, .id = H1_FIELD_HOST};
	request->field_count++;
	return true;
}

/* Never to h2c: what follows such an upgrade would pass unread. */
static void write_upgrade(struct writer *w, const struct h1_field *field)
{
	if (w->edits->connection != MESSAGE_CONNECTION_UPGRADE && !w->edits->offers_upgrade)
		return;
	if (h1_list_has(field->value, SPAN("h2c")))
		return;
	w->wrote_upgrade = true;
	keep(w, field->line);
}

/* Between two ends, too.  A client that takes trailers gets the server's, so the server may know
 * (RFC 9110 10.1.4); of codings we have none. */
static void write_te(struct writer *w, const struct h1_field *field)
{
	if (w->is_response || w->wrote_te || w->head->minor == 0 ||
		!h1_list_has(field->value, SPAN("trailers")))
		return;
	w->wrote_te = true;
	append(w, SPAN("TE: trailers\r\n"));
}

static void write_known_field(struct writer *w, const struct h1_field *field)
{
	switch ((enum h1_field_id)field->id) {
	case H1_FIELD_CONNECTION:
	case H1_FIELD_PROXY_CONNECTION:
	case H1_FIELD_KEEP_ALIVE:
		return; /* between the two ends of one connection (RFC 9110 7.6.1) */
	case H1_FIELD_TE:
		write_te(w, field);
		return;
	case H1_FIELD_HOST:
		write_host(w, field);
		return;
	case H1_FIELD_CONTENT_LENGTH:
		write_content_length(w, field);
		return;
	case H1_FIELD_TRANSFER_ENCODING:
		write_transfer_encoding(w, field);
		return;
	case H1_FIELD_UPGRADE:
		write_upgrade(w, field);
		return;
	case H1_FIELD_EXPECT:
		if (w->edits->drop_expect)
			return;
		break;
	case H1_FIELD_TRAILER:
		if (w->edits->drop_transfer_encoding)
			return;
		break;
	case H1_FIELD_MAX_FORWARDS:
		if (w->edits->replace_max_forwards) {
			append(w, field->name);
			append(w, SPAN(": "));
			append_number(w, w->edits->max_forwards);
			append(w, SPAN("\r\n"));
			return;
		}
		break;
	case H1_FIELD_OTHER:
	case H1_FIELD_AUTHORIZATION:
	case H1_FIELD_PROXY_AUTHORIZATION:
	case H1_FIELD_COOKIE:
	case H1_FIELD_SET_COOKIE:
	case H1_FIELD_X_FORWARDED_FOR:
		break;
	}
	if (!field->named_by_connection)
		keep(w, field->line);
}

static void write_fields(struct writer *w)
{
	for (uint32_t i = 0; i < w->head->field_count; i++) {
		const struct h1_field *field = &w->head->fields[i];

		if (field->id != H1_FIELD_OTHER)
			write_known_field(w, field);
		else if (!field->named_by_connection)
			keep(w, field->line);
	}
}

static void write_forwardfor(struct writer *w)
{
	if (w->edits->forwardfor_name.len)
		append_field(
			w, w->edits->forwardfor_name, span_of_string(w->edits->forwardfor_value));
}

/* RFC 9110 7.6.3: the version in which it came, and who we are.  A line of its own behind those
 * that came is the end of their list. */
static void write_via(struct writer *w)
{
	if (w->edits->add_via)
		append(w, w->head->minor ? SPAN("Via: 1.1 torc\r\n") : SPAN("Via: 1.0 torc\r\n"));
}

/* "Upgrade" as its sender spells it: there are programs that compare letters. */
static struct span upgrade_as_it_came(const struct h1_head *head)
{
	struct span list, option;

	for (uint32_t i = 0; i < head->field_count; i++) {
		if (head->fields[i].id != H1_FIELD_CONNECTION)
			continue;
		list = head->fields[i].value;
		while (h1_list_next(&list, &option))
			if (option.len && span_equal_nocase(option, SPAN("upgrade")))
				return option;
	}
	return SPAN("Upgrade");
}

static void write_option(struct writer *w, struct span option)
{
	append(w, w->wrote_option ? SPAN(", ") : SPAN("Connection: "));
	append(w, option);
	w->wrote_option = true;
}

static void write_connection(struct writer *w)
{
	if (w->edits->connection == MESSAGE_CONNECTION_CLOSE)
		write_option(w, SPAN("close"));
	else if (w->edits->connection == MESSAGE_CONNECTION_KEEP_ALIVE)
		write_option(w, SPAN("keep-alive"));
	if (w->wrote_upgrade)
		write_option(w, upgrade_as_it_came(w->head));
	if (w->wrote_te)
		write_option(w, SPAN("TE"));
	if (w->wrote_option)
		append(w, SPAN("\r\n"));
}
