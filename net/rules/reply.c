/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reply.c - answers that rules and error pages make instead of a server's.
 *
 * Fields stand in the order in which HAProxy sends them: those of `hdr`, the length, the type,
 * and Connection last, said only where it is news.  An error file leaves as it was read, and ends
 * the connection, since its writer thought of one answer to one request. */
#include "net/rules/reply.h"

#include "net/http/answer.h"
#include "net/rules/format.h"
#include <stdio.h>

static const struct answer_page *page_in(const struct error_page *pages, uint16_t status)
{
	for (const struct error_page *at = pages; at; at = at->next) {
		const struct answer_page *found;
		bool asked = at->status_count == 0;

		if (!at->group_name && at->page.status == status)
			return &at->page;
		for (uint32_t i = 0; i < at->status_count; i++)
			asked |= at->statuses[i] == status;
		found = at->group && asked ? page_in(at->group->pages, status) : NULL;
		if (found)
			return found;
	}
	return NULL;
}

const struct answer_page *reply_page_of(const struct proxy *proxy, uint16_t status)
{
	return proxy && proxy->rules ? page_in(proxy->rules->error_pages, status) : NULL;
}

/* ---- writing ---- */

struct writer {
	char *at, *end;
	bool full;
};

static void put(struct writer *w, struct span text)
{
	if (w->full || text.len > (size_t)(w->end - w->at)) {
		w->full = true;
		return;
	}
	if (text.len)
		memcpy(w->at, text.at, text.len);
	w->at += text.len;
}

static void put_string(struct writer *w, const char *text)
{
	put(w, span_of_string(text));
}

static void put_number(struct writer *w, uint32_t number)
{
	char text[12];

	snprintf(text, sizeof(text), "%u", number);
	put_string(w, text);
}

static void put_status(struct writer *w, uint16_t status)
{
	put_string(w, "HTTP/1.1 ");
	put_number(w, status);
	put_string(w, " ");
	put_string(w, answer_reason(status));
	put_string(w, "\r\n");
}

static void put_ending(struct writer *w, enum reply_ending ending)
{
	if (ending == REPLY_CLOSES)
		put_string(w, "connection: close\r\n");
	else if (ending == REPLY_SAYS_KEEP)
		put_string(w, "connection: keep-alive\r\n");
	put_string(w, "\r\n");
}

static int32_t finish(const struct writer *w, const char *out)
{
	return w->full ? -1 : (int32_t)(w->at - out);
}

static void put_format(struct writer *w, struct rule_context *context, const struct format *format)
{
	int32_t len = w->full ? -1
			      : format_write(context, format, FORMAT_AS_FIELD, w->at,
					(uint32_t)(w->end - w->at));

	if (len < 0)
		w->full = true;
	else
		w->at += len;
}

static void put_fields(
	struct writer *w, struct rule_context *context, const struct answer_page *page)
{
	for (const struct answer_field *field = page->fields; field; field = field->next) {
		put_string(w, field->name);
		put_string(w, ": ");
		put_format(w, context, field->value);
		put_string(w, "\r\n");
	}
}

/* 204 has no length, 304's would be another message's. */
static bool has_length(uint16_t status)
{
	return status != 204 && status != 304;
}

static int32_t write_page(struct rule_context *context, const struct answer_page *page, bool body,
	enum reply_ending ending, char *out, uint32_t capacity)
{
	struct writer w = {out, out + capacity, false};
	struct span bytes = page->kind == ANSWER_PAGE_PLAIN ? page->bytes : (struct span){0};

	if (page->kind == ANSWER_PAGE_FORMAT) {
		int32_t len = format_write(context, page->format, FORMAT_AS_FIELD,
			context->room->text, context->room->text_bytes);

		if (len < 0)
			return -1;
		bytes = span_of(context->room->text, (uint32_t)len);
	}
	put_status(&w, page->status);
	put_fields(&w, context, page);
	if (has_length(page->status)) {
		put_string(&w, "content-length: ");
		put_number(&w, bytes.len);
		put_string(&w, "\r\n");
		if (page->content_type) {
			put_string(&w, "content-type: ");
			put_string(&w, page->content_type);
			put_string(&w, "\r\n");
		}
	} else {
		body = false;
	}
	put_ending(&w, ending);
	if (body)
		put(&w, bytes);
	return finish(&w, out);
}

/* Our own pages, as answer.c has them; Connection is put in where HAProxy has it. */
static int32_t write_own(
	uint16_t status, bool body, enum reply_ending ending, char *out, uint32_t capacity)
{
	struct span whole = answer_keeping_alive(status), closing = answer_for_status(status);
	struct writer w = {out, out + capacity, false};
	uint32_t head;

	if (ending == REPLY_CLOSES)
		whole = closing;
	head = answer_head_bytes(whole);
	if (ending == REPLY_SAYS_KEEP) {
		put(&w, span_of(whole.at, head - 2));
		put_ending(&w, ending);
	} else {
		put(&w, span_of(whole.at, head));
	}
	if (body)
		put(&w, span_of(whole.at + head, whole.len - head));
	return finish(&w, out);
}

static int32_t write_raw(struct span bytes, bool body, char *out, uint32_t capacity)
{
	struct writer w = {out, out + capacity, false};

	if (!body && bytes.len)
		bytes.len = answer_head_bytes(bytes);
	put(&w, bytes);
	return finish(&w, out);
}

/* The backend's page, the frontend's, ours. */
static const struct answer_page *chosen_page(
	const struct rule_context *context, const struct answer_page *page)
{
	const struct session *session = context->session;
	const struct answer_page *found;

	if (page->kind != ANSWER_PAGE_OF_STATUS)
		return page;
	if (page->group) {
		found = page->group->group ? page_in(page->group->group->pages, page->status)
					   : NULL;
		return found ? found : page;
	}
	found = reply_page_of(session->backend, page->status);
	if (!found)
		found = reply_page_of(session->frontend, page->status);
	return found ? found : page;
}

int32_t reply_write(struct rule_context *context, const struct answer_page *page, bool body,
	enum reply_ending *ending, char *out, uint32_t capacity)
{
	page = chosen_page(context, page);
	switch (page->kind) {
	case ANSWER_PAGE_OF_STATUS:
		if (!answer_has_page(page->status))
			*ending = REPLY_CLOSES;
		return write_own(page->status, body, *ending, out, capacity);
	case ANSWER_PAGE_RAW:
		*ending = REPLY_CLOSES;
		return write_raw(page->bytes, body, out, capacity);
	case ANSWER_PAGE_PLAIN:
	case ANSWER_PAGE_FORMAT:
	case ANSWER_PAGE_EMPTY:
		break;
	}
	return write_page(context, page, body, *ending, out, capacity);
}

/* ---- redirections ---- */

static struct span path_for(const struct rule_context *context, const struct redirect *redirect)
{
	struct span path = context->head->path;
	const char *query;

	if (!path.len || path.at[0] != '/')
		return SPAN("/");
	query = redirect->drop_query ? memchr(path.at, '?', path.len) : NULL;
	if (query)
		path.len = (uint32_t)(query - path.at);
	return path;
}

static struct span query_for(const struct rule_context *context)
{
	struct span path = context->head->path;
	const char *query = path.len ? memchr(path.at, '?', path.len) : NULL;

	return query ? span_of(query, (size_t)(path.at + path.len - query)) : (struct span){0};
}

static void put_location(
	struct writer *w, struct rule_context *context, const struct redirect *redirect)
{
	const struct h1_field *host = h1_find(context->head, H1_FIELD_HOST);
	const char *start = w->at;

	switch (redirect->kind) {
	case REDIRECT_LOCATION:
		put_format(w, context, redirect->target);
		if (redirect->keep_query && !w->full && !context->response) {
			struct span query = query_for(context);

			/* Behind a query that is there already it is its continuation. */
			if (query.len && memchr(start, '?', (size_t)(w->at - start))) {
				put_string(w, "&");
				query = span_of(query.at + 1, query.len - 1);
			}
			put(w, query);
		}
		return;
	case REDIRECT_PREFIX:
		/* "/" as a prefix means the same place: the path is whole already. */
		if (strcmp(redirect->target->text, "/") != 0)
			put_format(w, context, redirect->target);
		break;
	case REDIRECT_SCHEME:
		put_format(w, context, redirect->target);
		put_string(w, "://");
		if (host)
			put(w, host->value);
		break;
	}
	put(w, path_for(context, redirect));
	if (redirect->append_slash && !w->full && w->at > start && w->at[-1] != '/')
		put_string(w, "/");
}

int32_t reply_write_redirect(struct rule_context *context, const struct redirect *redirect,
	enum reply_ending ending, char *out, uint32_t capacity)
{
	struct writer w = {out, out + capacity, false};
	const char *location;

	put_status(&w, redirect->status);
	put_string(&w, "content-length: 0\r\nlocation: ");
	location = w.at;
	put_location(&w, context, redirect);
	if (w.at == location && !w.full && redirect->ignore_empty)
		return 0;
	put_string(&w, "\r\n");
	if (redirect->status == 302 || redirect->status == 303 || redirect->status == 307)
		put_string(&w, "cache-control: no-cache\r\n");
	if (redirect->cookie) {
		put_string(&w, "set-cookie: ");
		put_string(&w, redirect->cookie);
		put_string(&w, "\r\n");
	}
	put_ending(&w, ending);
	return finish(&w, out);
}

int32_t reply_write_unauthorized(struct rule_context *context, const char *realm, bool body,
	enum reply_ending ending, char *out, uint32_t capacity)
{
	static const struct answer_page wanted = {.status = 401, .kind = ANSWER_PAGE_OF_STATUS};
	const struct answer_page *page = chosen_page(context, &wanted);
	struct writer w = {out, out + capacity, false};
	struct span whole = answer_keeping_alive(401);
	uint32_t head;

	if (page->kind == ANSWER_PAGE_RAW)
		whole = page->bytes;
	head = answer_head_bytes(whole);
	if (head < 2)
		return -1;
	put(&w, span_of(whole.at, head - 2));
	put_string(&w, "www-authenticate: Basic realm=\"");
	put_string(&w, realm);
	put_string(&w, "\"\r\n");
	put_ending(&w, ending);
	if (body)
		put(&w, span_of(whole.at + head, whole.len - head));
	return finish(&w, out);
}
