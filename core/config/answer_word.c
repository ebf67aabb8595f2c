/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answer_word.c - what is answered instead of forwarding: the words of deny, tarpit, return and
 * http-error, error files and error locations.
 *
 * A page is one of four: bytes of an error file that leave as they are, a body of fixed bytes, a
 * body that is written for each request, or nothing.  Files are read now and judged now: what a
 * client would not understand is an error here and not a surprise in the night. */
#include "core/config/rule_reader.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Statuses of which there are pages. */
static const uint16_t statuses[] = {200, 400, 401, 403, 404, 405, 407, 408, 410, 413, 414, 421, 422,
	425, 429, 431, 500, 501, 502, 503, 504, 505};

static bool has_page(uint64_t status)
{
	for (uint32_t i = 0; i < KEYWORD_COUNT(statuses); i++)
		if (statuses[i] == status)
			return true;
	return false;
}

static bool read_status(struct reader *reader, const char *what, uint64_t min, uint16_t *status)
{
	uint64_t value;

	if (!reader_number(reader, what, min, 599, &value))
		return false;
	*status = (uint16_t)value;
	return true;
}

/* ---- error files ---- */

struct lines {
	const char *at, *end;
};

/* The next line without its end; LF alone is taken, too.  False: there is none. */
static bool next_line(struct lines *lines, struct span *line)
{
	const char *feed = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));

	if (!feed)
		return false;
	*line = span_of(lines->at, (size_t)(feed - lines->at));
	if (line->len && line->at[line->len - 1] == '\r')
		line->len--;
	lines->at = feed + 1;
	return true;
}

static bool is_text(struct span line)
{
	for (uint32_t i = 0; i < line.len; i++)
		if (((unsigned char)line.at[i] < 0x20 && line.at[i] != '\t') || line.at[i] == 0x7f)
			return false;
	return true;
}

static bool is_field(struct span line)
{
	uint32_t at = 0;

	while (at < line.len &&
		(isalnum((unsigned char)line.at[at]) || strchr("!#$%&'*+-.^_`|~", line.at[at])))
		at++;
	return at > 0 && at < line.len && line.at[at] == ':' && is_text(line);
}

/* "HTTP/1.0 503 Service Unavailable" */
static bool is_status_line(struct span line)
{
	return line.len >= 12 && memcmp(line.at, "HTTP/1.", 7) == 0 &&
	       (line.at[7] == '0' || line.at[7] == '1') && line.at[8] == ' ' && line.at[9] >= '2' &&
	       line.at[9] <= '5' && isdigit((unsigned char)line.at[10]) &&
	       isdigit((unsigned char)line.at[11]) && (line.len == 12 || line.at[12] == ' ') &&
	       is_text(line);
}

static bool is_length(struct span line, uint64_t *length)
{
	if (line.len < 15 || strncasecmp(line.at, "content-length:", 15) != 0)
		return false;
	*length = 0;
	for (uint32_t i = 15; i < line.len; i++)
		if (isdigit((unsigned char)line.at[i]))
			*length = *length * 10 + (uint64_t)(line.at[i] - '0');
	return true;
}

/* Judges the message and writes it with CRLF at the ends of its head's lines.  NULL, or what is
 * wrong. */
static const char *judge(const struct config_file *file, char *out, size_t *out_len)
{
	struct lines lines = {file->bytes, file->bytes + file->len};
	uint64_t length = 0;
	bool has_length = false;
	struct span line;
	char *at = out;

	if (!next_line(&lines, &line) || !is_status_line(line))
		return "it does not begin with a status line ('HTTP/1.0 503 Service Unavailable')";
	do {
		memcpy(at, line.at, line.len);
		memcpy(at + line.len, "\r\n", 2);
		at += line.len + 2;
		if (!next_line(&lines, &line))
			return "no empty line ends its header fields";
		if (line.len && !is_field(line))
			return "one of its header fields is malformed";
		if (line.len >= 18 && strncasecmp(line.at, "transfer-encoding:", 18) == 0)
			return "it must not have a Transfer-Encoding";
		has_length |= is_length(line, &length);
	} while (line.len);
	memcpy(at, "\r\n", 2);
	at += 2;
	if (has_length && length != (uint64_t)(lines.end - lines.at))
		return "its Content-Length is not that of its body";
	memcpy(at, lines.at, (size_t)(lines.end - lines.at));
	at += lines.end - lines.at;
	*out_len = (size_t)(at - out);
	return NULL;
}

/* An empty file is an answer, too: the connection is closed without a word. */
static bool read_error_file(struct reader *reader, const char *path, struct answer_page *page)
{
	uint32_t most = reader->config->global.bufsize;
	struct config_file file;
	const char *wrong;
	size_t len = 0;
	char *bytes;

	if (!*path) {
		reader_alert(reader, "'errorfile' expects a file.");
		return false;
	}
	if (!reader_file(reader, path, &file))
		return false;
	page->kind = ANSWER_PAGE_RAW;
	if (!file.len) {
		page->bytes = SPAN("");
		return true;
	}
	bytes = arena_alloc(reader->arena, 2 * file.len + 4);
	wrong = judge(&file, bytes, &len);
	if (!wrong && len > most)
		wrong = reader_format(reader, "it is larger than tune.bufsize (%u bytes)", most);
	if (wrong) {
		reader_alert(reader, "the error file '%s' is no answer: %s.", path, wrong);
		return false;
	}
	page->bytes = span_of(bytes, len);
	return true;
}

/* ---- the words behind deny, tarpit, return, http-error ---- */

struct page_draft {
	struct reader *reader;
	const char *what;
	uint32_t sources;
	struct answer_page *page;
	struct answer_field **fields_tail;
	const char *payload; /* the word that gave the body, NULL: none yet */
	bool status_given;
};

static bool one_payload(struct page_draft *draft, const char *word)
{
	if (draft->payload) {
		reader_alert(draft->reader, "'%s' : '%s' and '%s' cannot be said together.",
			draft->what, draft->payload, word);
		return false;
	}
	draft->payload = word;
	return true;
}

static const char *argument(struct page_draft *draft, const char *word)
{
	if (reader_at_end(draft->reader)) {
		reader_alert(draft->reader, "'%s' : '%s' expects an argument.", draft->what, word);
		return NULL;
	}
	return reader_keep(draft->reader, reader_next(draft->reader));
}

static bool read_text_body(struct page_draft *draft, const char *text, bool format)
{
	struct answer_page *page = draft->page;

	if (!format) {
		page->kind = ANSWER_PAGE_PLAIN;
		page->bytes = span_of_string(text);
		return true;
	}
	page->kind = ANSWER_PAGE_FORMAT;
	page->format = format_read(draft->reader, text, FORMAT_FOR_BODY, draft->sources);
	return page->format != NULL;
}

static bool read_file_body(struct page_draft *draft, const char *path, bool format)
{
	const struct global *global = &draft->reader->config->global;
	uint32_t most = global->bufsize - global->maxrewrite;
	struct config_file file;

	if (!reader_file(draft->reader, path, &file))
		return false;
	if (file.len > most) {
		reader_alert(draft->reader,
			"'%s' : the file '%s' is larger than tune.bufsize less tune.maxrewrite (%u "
			"bytes).",
			draft->what, path, most);
		return false;
	}
	if (format) {
		if (file.len && memchr(file.bytes, '\0', file.len)) {
			reader_alert(draft->reader, "'%s' : NUL byte in the file '%s'.",
				draft->what, path);
			return false;
		}
		return read_text_body(
			draft, arena_copy(draft->reader->arena, file.bytes, file.len), true);
	}
	draft->page->kind = ANSWER_PAGE_PLAIN;
	draft->page->bytes =
		span_of(arena_copy(draft->reader->arena, file.bytes, file.len), file.len);
	return true;
}

static bool read_payload(struct page_draft *draft, const char *word)
{
	const char *value = argument(draft, word);

	if (!value || !one_payload(draft, word))
		return false;
	if (strcmp(word, "string") == 0 || strcmp(word, "lf-string") == 0)
		return read_text_body(draft, value, word[0] == 'l');
	if (strcmp(word, "file") == 0 || strcmp(word, "lf-file") == 0)
		return read_file_body(draft, value, word[0] == 'l');
	return read_error_file(draft->reader, value, draft->page);
}

static bool read_field(struct page_draft *draft)
{
	struct reader *reader = draft->reader;
	struct answer_field *field = arena_alloc(reader->arena, sizeof(*field));
	const char *value;

	field->name = argument(draft, "hdr");
	value = field->name ? argument(draft, "hdr") : NULL;
	if (!value)
		return false;
	if (!is_field(span_of_string(reader_format(reader, "%s:", field->name))) ||
		strcasecmp(field->name, "content-length") == 0 ||
		strcasecmp(field->name, "transfer-encoding") == 0) {
		reader_alert(
			reader, "'%s' : 'hdr' cannot set a field '%s'.", draft->what, field->name);
		return false;
	}
	field->value = format_read(reader, value, FORMAT_FOR_FIELD, draft->sources);
	if (!field->value)
		return false;
	*draft->fields_tail = field;
	draft->fields_tail = &field->next;
	return true;
}

/* `errorfiles NAME`: the page of this status of a shared group; looked for when it is sent. */
static bool read_group(struct page_draft *draft)
{
	const char *name = argument(draft, "errorfiles");

	if (!name || !one_payload(draft, "errorfiles"))
		return false;
	draft->page->kind = ANSWER_PAGE_OF_STATUS;
	draft->page->group = arena_alloc(draft->reader->arena, sizeof(*draft->page->group));
	draft->page->group->group_name = name;
	draft->page->group->place = draft->reader->place;
	error_group_resolve_later(draft->reader, draft->page->group);
	return true;
}

static bool read_word(struct page_draft *draft, const char *word)
{
	static const char *const payloads[] = {
		"string", "lf-string", "file", "lf-file", "errorfile", NULL};
	struct reader *reader = draft->reader;

	for (uint32_t i = 0; payloads[i]; i++)
		if (strcmp(payloads[i], word) == 0)
			return read_payload(draft, payloads[i]);
	if (strcmp(word, "status") == 0 || strcmp(word, "deny_status") == 0) {
		draft->status_given = true;
		return read_status(reader, reader_format(reader, "%s %s", draft->what, word), 200,
			&draft->page->status);
	}
	if (strcmp(word, "content-type") == 0) {
		draft->page->content_type = argument(draft, word);
		return draft->page->content_type != NULL;
	}
	if (strcmp(word, "hdr") == 0)
		return read_field(draft);
	if (strcmp(word, "errorfiles") == 0)
		return read_group(draft);
	if (strcmp(word, "default-errorfiles") == 0) {
		draft->page->kind = ANSWER_PAGE_OF_STATUS;
		return one_payload(draft, "default-errorfiles");
	}
	reader_alert(reader,
		"'%s' : unknown word '%s'; known ones: status, content-type, errorfile, "
		"errorfiles, default-errorfiles, file, lf-file, string, lf-string, hdr.",
		draft->what, word);
	return false;
}

/* What goes together. */
static bool judge_page(struct page_draft *draft, bool page_by_itself)
{
	struct answer_page *page = draft->page;

	if (!draft->payload && page_by_itself && !page->fields && !page->content_type)
		page->kind = ANSWER_PAGE_OF_STATUS;
	if (page->kind == ANSWER_PAGE_OF_STATUS && !has_page(page->status)) {
		reader_alert(draft->reader, "'%s' : there is no page of status %u.", draft->what,
			page->status);
		return false;
	}
	/* An empty file is no body, and needs no name for it. */
	if (page->kind == ANSWER_PAGE_PLAIN && page->bytes.len == 0 && !page->content_type)
		page->kind = ANSWER_PAGE_EMPTY;
	if ((page->kind == ANSWER_PAGE_PLAIN || page->kind == ANSWER_PAGE_FORMAT) &&
		page->status == 204) {
		reader_alert(
			draft->reader, "'%s' : a response of status 204 has no body.", draft->what);
		return false;
	}
	if ((page->kind == ANSWER_PAGE_PLAIN || page->kind == ANSWER_PAGE_FORMAT) &&
		!page->content_type) {
		reader_alert(draft->reader, "'%s' : '%s' needs a 'content-type'.", draft->what,
			draft->payload);
		return false;
	}
	if (page->content_type && page->kind != ANSWER_PAGE_PLAIN &&
		page->kind != ANSWER_PAGE_FORMAT) {
		reader_warn(draft->reader,
			"'%s' : content-type '%s' is ignored: there is no body that it could "
			"speak of.",
			draft->what, page->content_type);
		page->content_type = NULL;
	}
	if (page->fields &&
		(page->kind == ANSWER_PAGE_OF_STATUS || page->kind == ANSWER_PAGE_RAW)) {
		reader_warn(draft->reader,
			"'%s' : 'hdr' is ignored: an error file has its own header fields.",
			draft->what);
		page->fields = NULL;
	}
	return true;
}

static bool read_page(struct page_draft *draft, bool page_by_itself)
{
	struct reader *reader = draft->reader;

	draft->fields_tail = &draft->page->fields;
	while (!reader_at_end(reader) && !condition_begins(reader)) {
		if (read_word(draft, reader_next(reader)))
			continue;
		reader_give_up(reader);
		return false;
	}
	return judge_page(draft, page_by_itself);
}

struct answer_page *answer_page_read(
	struct reader *reader, const char *what, uint16_t status, uint32_t sources)
{
	struct page_draft draft = {.reader = reader, .what = what, .sources = sources};

	draft.page = arena_alloc(reader->arena, sizeof(*draft.page));
	draft.page->kind = ANSWER_PAGE_EMPTY;
	draft.page->status = status;
	/* `return` without a body answers without one; the others have the status's page. */
	return read_page(&draft, status != 200) ? draft.page : NULL;
}

/* ---- errorfile, errorfiles, errorloc, http-error ---- */

static struct error_page **pages_of(struct reader *reader)
{
	return reader->error_group ? &reader->error_group->pages : &rules_of(reader)->error_pages;
}

/* The newest first: it is the one that counts. */
static void add_page(struct reader *reader, struct error_page *page)
{
	struct error_page **pages = pages_of(reader);

	page->next = *pages;
	*pages = page;
	rules_keep_line(reader);
}

static struct error_page *make_page(struct reader *reader)
{
	struct error_page *page = arena_alloc(reader->arena, sizeof(*page));

	page->place = reader->place;
	return page;
}

static bool read_known_status(struct reader *reader, const char *what, uint16_t *status)
{
	if (!read_status(reader, what, 200, status))
		return false;
	if (has_page(*status))
		return true;
	reader_alert(reader, "'%s' : there is no page of status %u.", what, *status);
	reader_give_up(reader);
	return false;
}

void errorfile_read(struct reader *reader, const struct keyword *self)
{
	struct error_page *page = make_page(reader);

	(void)self;
	if (read_known_status(reader, "errorfile", &page->page.status) &&
		read_error_file(reader, reader_next(reader), &page->page))
		add_page(reader, page);
}

void errorfiles_read(struct reader *reader, const struct keyword *self)
{
	struct error_page *page = make_page(reader);

	(void)self;
	page->group_name = reader_keep(reader, reader_next(reader));
	if (!*page->group_name) {
		reader_alert(reader, "'errorfiles' expects the name of an 'http-errors' section.");
		return;
	}
	while (!reader_at_end(reader)) {
		uint16_t status;

		if (!read_known_status(reader, "errorfiles", &status))
			return;
		if (page->status_count < ERROR_STATUSES_MAX)
			page->statuses[page->status_count++] = status;
	}
	error_group_resolve_later(reader, page);
	add_page(reader, page);
}

static bool is_location(const char *text)
{
	return *text && is_text(span_of_string(text)) && !strchr(text, ' ');
}

void errorloc_read(struct reader *reader, const struct keyword *self)
{
	bool other = strcmp(self->name, "errorloc303") == 0;
	struct error_page *page = make_page(reader);
	const char *location;

	if (!read_known_status(reader, self->name, &page->page.status))
		return;
	location = reader_next(reader);
	if (!is_location(location)) {
		reader_alert(reader, "'%s' expects a status and a URL.", self->name);
		reader_give_up(reader);
		return;
	}
	page->page.kind = ANSWER_PAGE_RAW;
	page->page.bytes = span_of_string(reader_format(reader,
		"HTTP/1.1 %s\r\ncache-control: no-cache\r\ncontent-length: 0\r\nlocation: "
		"%s\r\nconnection: close\r\n\r\n",
		other ? "303 See Other" : "302 Found", location));
	add_page(reader, page);
}

void http_error_read(struct reader *reader, const struct keyword *self)
{
	struct error_page *page = make_page(reader);
	struct page_draft draft = {.reader = reader,
		.what = "http-error",
		.sources = SOURCES_OF_LOG,
		.page = &page->page};

	(void)self;
	page->page.kind = ANSWER_PAGE_EMPTY;
	if (!read_page(&draft, false))
		return;
	if (!draft.status_given || !has_page(page->page.status)) {
		reader_alert(reader, "'http-error' expects 'status' and one that has a page.");
		return;
	}
	if (!reader_at_end(reader)) {
		reader_alert(reader, "'http-error' has no condition ('%s').", reader_peek(reader));
		reader_give_up(reader);
		return;
	}
	add_page(reader, page);
}
