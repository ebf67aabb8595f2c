/* SPDX-License-Identifier: GPL-2.0-or-later */
/* edit.c - changes to a head that has been read.
 *
 * Lines are laid behind each other in the room, as they would leave, so that message.c copies them
 * like any that was received.  A target is always in origin form afterwards: what a proxy sends to
 * an origin server (RFC 9112 3.2.1), with the authority in Host, where it cannot disagree. */
#include "net/rules/edit.h"

#include "net/http/h1_bytes.h"
#include "net/http/h1_fields.h"
#include <stdio.h>

struct line {
	char *start, *at, *end;
	bool full;
};

void edit_begin(struct rule_room *room)
{
	room->rewrites_used = 0;
}

static struct line begin_line(struct rule_room *room)
{
	char *at = room->rewrites + room->rewrites_used;

	return (struct line){at, at, room->rewrites + room->rewrite_bytes, false};
}

/* The place of the text in the line. */
static struct span put(struct line *line, struct span text)
{
	struct span place = span_of(line->at, text.len);

	if (line->full || text.len > (size_t)(line->end - line->at)) {
		line->full = true;
		return (struct span){0};
	}
	if (text.len)
		memcpy(line->at, text.at, text.len);
	line->at += text.len;
	return place;
}

static bool end_line(struct rule_room *room, struct line *line)
{
	if (line->full)
		return false;
	room->rewrites_used += (uint32_t)(line->at - line->start);
	return true;
}

static bool is_all(struct span text, enum h1_byte_class class)
{
	return h1_skip(text.at, text.at + text.len, class) == text.at + text.len;
}

static bool write_field(
	struct rule_context *context, struct h1_field *field, struct span name, struct span value)
{
	struct line line = begin_line(context->room);
	int32_t port_digits;

	while (value.len && (value.at[0] == ' ' || value.at[0] == '\t'))
		value = span_of(value.at + 1, value.len - 1);
	while (value.len && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t'))
		value.len--;
	if (!name.len || !is_all(name, H1_BYTE_TOKEN) || !is_all(value, H1_BYTE_TEXT))
		return false;
	if (!context->response && h1_field_id(name) == H1_FIELD_HOST &&
		!h1_is_authority(value, &port_digits))
		return false; /* what would be refused when it comes is not sent either */
	field->name = put(&line, name);
	put(&line, SPAN(": "));
	field->value = put(&line, value);
	put(&line, SPAN("\r\n"));
	field->line = span_of(line.start, (size_t)(line.at - line.start));
	field->id = (uint8_t)h1_field_id(name);
	field->named_by_connection = false;
	return end_line(context->room, &line);
}

static bool write_request_line(
	struct rule_context *context, struct span method, struct span target);

/* A new Host is the authority from here on, also where the target had one. */
static bool settle_host(struct rule_context *context, const struct h1_field *field)
{
	struct h1_head *head = context->head;

	if (context->response || field->id != H1_FIELD_HOST || !head->authority.len)
		return true;
	head->authority = (struct span){0};
	return write_request_line(context, head->method, head->path);
}

bool edit_add_field(struct rule_context *context, struct span name, struct span value)
{
	struct h1_head *head = context->head;
	struct h1_field *field = &head->fields[head->field_count];

	/* A request has one Host, whoever adds another (RFC 9112 3.2). */
	if (!context->response && h1_field_id(name) == H1_FIELD_HOST) {
		for (uint32_t i = 0; i < head->field_count; i++)
			if (head->fields[i].id == H1_FIELD_HOST)
				return edit_change_field(context, &head->fields[i], value);
	}
	if (head->field_count >= context->env->limits.fields ||
		!write_field(context, field, name, value))
		return false;
	head->field_count++;
	return settle_host(context, field);
}

bool edit_change_field(struct rule_context *context, struct h1_field *field, struct span value)
{
	struct h1_field changed;

	if (!write_field(context, &changed, field->name, value))
		return false;
	changed.named_by_connection = field->named_by_connection;
	*field = changed;
	return settle_host(context, field);
}

void edit_remove_field(struct h1_head *head, uint32_t index)
{
	head->field_count--;
	memmove(&head->fields[index], &head->fields[index + 1],
		(head->field_count - index) * sizeof(head->fields[0]));
}

static bool write_request_line(struct rule_context *context, struct span method, struct span target)
{
	struct h1_head *head = context->head;
	struct line line = begin_line(context->room);
	/* Of an absolute target that stays, the path is still the end. */
	bool kept = target.at == head->target.at;
	uint32_t path_len = kept ? head->path.len : target.len;
	struct span written;

	head->method = put(&line, method);
	put(&line, SPAN(" "));
	head->target = put(&line, target);
	put(&line, head->minor ? SPAN(" HTTP/1.1") : SPAN(" HTTP/1.0"));
	written = span_of(line.start, (size_t)(line.at - line.start));
	put(&line, SPAN("\r\n"));
	head->start_line = written;
	head->path = span_of(head->target.at + head->target.len - path_len, path_len);
	return end_line(context->room, &line);
}

/* The methods whose answers are framed in another way stay what they are. */
static bool frames_otherwise(struct span method)
{
	return span_equal(method, SPAN("HEAD")) || span_equal(method, SPAN("CONNECT"));
}

bool edit_method(struct rule_context *context, struct span method)
{
	struct h1_head *head = context->head;

	if (!method.len || !is_all(method, H1_BYTE_TOKEN) || frames_otherwise(method) ||
		frames_otherwise(head->method))
		return span_equal(method, head->method);
	/* Whether it may be sent twice is the new one's business. */
	head->method_id = (uint8_t)h1_method_of(method);
	context->session->method = head->method_id;
	return write_request_line(context, method, head->target);
}

/* "http://a.example/x?y": Host and path.  False: it is in origin form. */
static bool split_absolute(struct span target, struct span *authority, struct span *path)
{
	const char *end = target.at + target.len, *at, *slash;

	at = target.len ? memmem(target.at, target.len, "://", 3) : NULL;
	if (!at || target.at[0] == '/')
		return false;
	at += 3;
	slash = at;
	while (slash < end && *slash != '/' && *slash != '?')
		slash++;
	*authority = span_of(at, (size_t)(slash - at));
	*path = span_of(slash, (size_t)(end - slash));
	return true;
}

bool edit_path(struct rule_context *context, struct span path)
{
	struct h1_head *head = context->head;
	static const char digits[] = "0123456789ABCDEF";
	struct line line = begin_line(context->room);
	struct span authority = head->authority, encoded;

	/* Bytes that a target must not hold are encoded, blanks above all. */
	if (!path.len || (path.at[0] != '/' && path.at[0] != '*'))
		put(&line, SPAN("/"));
	for (uint32_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.at[i];

		if (h1_byte_is((char)c, H1_BYTE_TARGET))
			put(&line, span_of(&path.at[i], 1));
		else
			put(&line, span_of((char[]){'%', digits[c >> 4], digits[c & 15]}, 3));
	}
	encoded = span_of(line.start, (size_t)(line.at - line.start));
	if (!end_line(context->room, &line) || !write_request_line(context, head->method, encoded))
		return false;
	if (!authority.len)
		return true;
	/* What the absolute target said of the host, Host says now (RFC 9112 3.2.2). */
	for (uint32_t i = 0; i < head->field_count; i++) {
		if (head->fields[i].id != H1_FIELD_HOST)
			continue;
		head->authority = (struct span){0};
		return span_equal_nocase(head->fields[i].value, authority) ||
		       edit_change_field(context, &head->fields[i], authority);
	}
	return true; /* message.c writes one */
}

bool edit_target(struct rule_context *context, struct span target)
{
	struct h1_head *head = context->head;
	struct span authority, path;
	int32_t port_digits;

	if (!split_absolute(target, &authority, &path))
		return edit_path(context, target);
	if (!authority.len || !h1_is_authority(authority, &port_digits))
		return false;
	head->authority = (struct span){0};
	for (uint32_t i = head->field_count; i-- > 0;)
		if (head->fields[i].id == H1_FIELD_HOST)
			edit_remove_field(head, i);
	return edit_add_field(context, SPAN("Host"), authority) && edit_path(context, path);
}

bool edit_status(struct rule_context *context, uint16_t status, struct span reason)
{
	struct h1_head *head = context->head;
	struct line line = begin_line(context->room);
	char number[8];

	if (!is_all(reason, H1_BYTE_TEXT))
		return false;
	snprintf(number, sizeof(number), "%u", status % 1000u);
	put(&line, head->minor ? SPAN("HTTP/1.1 ") : SPAN("HTTP/1.0 "));
	put(&line, span_of_string(number));
	put(&line, SPAN(" "));
	head->reason = put(&line, reason);
	head->start_line = span_of(line.start, (size_t)(line.at - line.start));
	put(&line, SPAN("\r\n"));
	head->status = status;
	return end_line(context->room, &line);
}
