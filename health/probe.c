/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probe.c - what a health check says, and what it makes of the answer.
 *
 * The request is the operator's words and nothing else: `GET /hc.html HTTP/1.0` and an empty
 * line, since health pages are written against exactly these bytes and access logs are filtered
 * by them.  The one thing added is what HTTP/1.1 needs to be true: "connection: close" from a
 * client that leaves after one answer (RFC 9112 9.6), and the length of a body (RFC 9110 8.6).
 *
 * The answer is read by the same strict reader that forwards traffic, so that a server whose
 * answers clients could not be given does not count as healthy.  One thing is forgiven, as HAProxy
 * does and RFC 9112 2.2 allows: lines that end in a lone LF.  The answer of a probe is forwarded to
 * nobody, and the small scripts behind a check port of their own are often written that way.
 *
 * Called by the prober's thread, and by tests with no thread at all. */
#include "health/probe.h"
#include "net/http/h1.h"
#include <assert.h>
#include <errno.h>
#include <stdio.h>

/* A buffer that is written from the front and remembers whether anything did not fit. */
struct writer {
	char *out;
	uint32_t capacity;
	uint32_t used;
	bool full;
};

/* The version word of `option httpchk`, taken apart: before `http-check send` existed, header
 * lines and a body were hidden behind it, as in "HTTP/1.1\r\nHost: www". */
struct version_word {
	struct span version;
	struct span fields; /* whole lines without the last CRLF */
	struct span body;
};

static int32_t read_head(struct probe_answer *answer, struct h1_head *head, uint32_t fields_max);
static int32_t read_head_of_lone_lf(struct h1_head *head, struct span text);
static bool is_digit(char byte);
static bool is_text(struct span line);
static struct version_word take_apart(const char *word);
static bool names_field(struct span fields, struct span name);
static bool expects_body(struct span method);
static void put(struct writer *writer, struct span text);
static void put_string(struct writer *writer, const char *text);
static void set_text(struct probe_result *result, struct span text);
static void set_error(struct probe_result *result, enum check_status status, int error);

uint32_t probe_write_request(char *out, uint32_t capacity, const struct httpchk *httpchk)
{
	struct writer writer = {.out = out, .capacity = capacity};
	struct version_word word = take_apart(httpchk->version ? httpchk->version : "HTTP/1.0");
	struct span method = span_of_string(httpchk->method ? httpchk->method : "OPTIONS");
	char length[16];

	put(&writer, method);
	put_string(&writer, " ");
	put_string(&writer, httpchk->uri ? httpchk->uri : "/");
	put_string(&writer, " ");
	put(&writer, word.version);
	put_string(&writer, "\r\n");
	if (httpchk->host && !names_field(word.fields, SPAN("host"))) {
		put_string(&writer, "host: ");
		put_string(&writer, httpchk->host);
		put_string(&writer, "\r\n");
	}
	if (word.fields.len) {
		put(&writer, word.fields);
		put_string(&writer, "\r\n");
	}
	if ((word.body.len || expects_body(method)) &&
		!names_field(word.fields, SPAN("content-length"))) {
		snprintf(length, sizeof(length), "%u", word.body.len);
		put_string(&writer, "content-length: ");
		put_string(&writer, length);
		put_string(&writer, "\r\n");
	}
	if (!span_equal_nocase(word.version, SPAN("HTTP/1.0")) &&
		!names_field(word.fields, SPAN("connection")))
		put_string(&writer, "connection: close\r\n");
	put_string(&writer, "\r\n");
	put(&writer, word.body);
	return writer.full ? 0 : writer.used;
}

uint32_t probe_request_capacity(const struct httpchk *httpchk)
{
	/* The words as written, and room for all that may stand around them: the defaults, four
	 * line ends, "host: ", "content-length: 4294967295", "connection: close". */
	return span_of_string(httpchk->method).len + span_of_string(httpchk->uri).len +
	       span_of_string(httpchk->version).len + span_of_string(httpchk->host).len + 128;
}

bool probe_judge(struct probe_result *result, struct probe_answer *answer, struct h1_head *head,
	uint32_t fields_max)
{
	int32_t bytes;

	assert(answer->begin <= answer->len && answer->len <= answer->capacity);
	*result = (struct probe_result){.outcome = PROBE_UNDECIDED};
	for (;;) {
		bytes = read_head(answer, head, fields_max);
		/* RFC 9110 15.2: a client parses any number of interim responses before the final
		 * one.  101 is final: nobody asked for another protocol. */
		if (bytes <= 0 || head->status >= 200 || head->status == 101)
			break;
		answer->begin += (uint32_t)bytes;
	}
	if (bytes == H1_MORE && answer->len < answer->capacity)
		return false;
	if (bytes <= 0) {
		result->outcome = PROBE_FAILED;
		result->status = CHECK_STATUS_L7RSP;
		return true;
	}
	result->code = head->status;
	if (head->status >= 200 && head->status < 400) {
		result->outcome = PROBE_PASSED;
		result->status = CHECK_STATUS_L7OK;
		return true;
	}
	result->outcome = PROBE_FAILED;
	result->status = CHECK_STATUS_L7STS;
	set_text(result, head->reason);
	return true;
}

void probe_judge_connected(struct probe_result *result)
{
	*result = (struct probe_result){.outcome = PROBE_PASSED, .status = CHECK_STATUS_L4OK};
}

void probe_judge_connect_error(struct probe_result *result, int error)
{
	switch (error) {
	case EADDRNOTAVAIL: /* no local address or port leads there: our side of the wire, but */
	case EADDRINUSE:    /* the server cannot be reached all the same */
	case EACCES:
	case EPERM:
	case EAFNOSUPPORT:
		set_error(result, CHECK_STATUS_SOCKERR, error);
		break;
	default:
		set_error(result, CHECK_STATUS_L4CON, error);
		break;
	}
}

void probe_judge_socket_error(struct probe_result *result, int error)
{
	set_error(result, CHECK_STATUS_SOCKERR, error);
}

void probe_judge_closed(struct probe_result *result)
{
	*result = (struct probe_result){.outcome = PROBE_FAILED, .status = CHECK_STATUS_L7RSP};
}

void probe_judge_timeout(struct probe_result *result, enum probe_phase phase)
{
	*result = (struct probe_result){
		.outcome = PROBE_FAILED,
		.status = phase == PROBE_CONNECTING ? CHECK_STATUS_L4TOUT : CHECK_STATUS_L7TOUT,
	};
}

static int32_t read_head(struct probe_answer *answer, struct h1_head *head, uint32_t fields_max)
{
	struct h1_limits limits = {.head_bytes = answer->capacity, .fields = fields_max};
	struct span text = span_of(answer->bytes + answer->begin, answer->len - answer->begin);
	const char *line_end = text.len ? memchr(text.at, '\n', text.len) : NULL;
	/* Each time from the start: the reader then sees a byte that is wrong as soon as it comes,
	 * and need not wait for a line to end that never may. */
	uint32_t scanned = 0;

	if (line_end && line_end > text.at && line_end[-1] != '\r')
		return read_head_of_lone_lf(head, text);
	return h1_read_response(head, text.at, text.len, &scanned, &limits, H1_METHOD_OTHER);
}

/* HTTP/1.x SP 3DIGIT [ SP reason ] LF, lines with a colon in them, an empty line.  As strict about
 * single bytes as the strict reader, which has judged the status line until its LF came. */
static int32_t read_head_of_lone_lf(struct h1_head *head, struct span text)
{
	const char *at = memchr(text.at, '\n', text.len), *end = text.at + text.len, *next;
	struct span line = span_of(text.at, (size_t)(at - text.at));

	if (line.len < 12 || !span_starts_with(line, SPAN("HTTP/1.")) || !is_digit(line.at[7]) ||
		line.at[8] != ' ' || (line.len > 12 && line.at[12] != ' ') || !is_text(line))
		return H1_BAD;
	head->status = 0;
	for (uint32_t i = 9; i < 12; i++) {
		if (!is_digit(line.at[i]))
			return H1_BAD;
		head->status = (uint16_t)(head->status * 10 + (line.at[i] - '0'));
	}
	if (head->status < 100)
		return H1_BAD;
	head->reason = line.len > 13 ? span_of(line.at + 13, line.len - 13) : SPAN("");
	for (at++; (next = memchr(at, '\n', (size_t)(end - at))); at = next + 1) {
		line = span_of(at, (size_t)(next - at));
		if (line.len > 0 && line.at[line.len - 1] == '\r')
			line.len--;
		if (line.len == 0)
			return (int32_t)(next + 1 - text.at);
		if (!memchr(line.at, ':', line.len) || !is_text(line))
			return H1_BAD;
	}
	return H1_MORE;
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

/* No control characters but tabs: RFC 9110 5.5, RFC 9112 4. */
static bool is_text(struct span line)
{
	for (uint32_t i = 0; i < line.len; i++) {
		uint8_t byte = (uint8_t)line.at[i];

		if ((byte < ' ' && byte != '\t') || byte == 0x7f)
			return false;
	}
	return true;
}

static struct version_word take_apart(const char *text)
{
	struct version_word word = {.version = span_of_string(text)};
	const char *line_end = strstr(text, "\r\n");
	const char *fields_end;

	if (!line_end)
		return word;
	word.version = span_of(text, (size_t)(line_end - text));
	fields_end = strstr(line_end, "\r\n\r\n");
	if (fields_end) {
		word.body = span_of_string(fields_end + 4);
	} else {
		fields_end = text + strlen(text);
		/* A careful operator may have ended the last line. */
		if (fields_end - line_end >= 4 && memcmp(fields_end - 2, "\r\n", 2) == 0)
			fields_end -= 2;
	}
	if (fields_end > line_end + 2)
		word.fields = span_of(line_end + 2, (size_t)(fields_end - line_end) - 2);
	return word;
}

/* Does one of these lines begin with the name and a colon? */
static bool names_field(struct span fields, struct span name)
{
	while (fields.len > name.len) {
		const char *next = memmem(fields.at, fields.len, "\r\n", 2);

		if (fields.at[name.len] == ':' &&
			span_equal_nocase(span_of(fields.at, name.len), name))
			return true;
		if (!next)
			return false;
		next += 2;
		fields = span_of(next, fields.len - (size_t)(next - fields.at));
	}
	return false;
}

/* Methods that give an enclosed content a meaning: without one they say that its length is 0. */
static bool expects_body(struct span method)
{
	return span_equal(method, SPAN("POST")) || span_equal(method, SPAN("PUT")) ||
	       span_equal(method, SPAN("PATCH"));
}

static void put(struct writer *writer, struct span text)
{
	if (text.len > writer->capacity - writer->used) {
		writer->full = true;
		return;
	}
	if (text.len)
		memcpy(writer->out + writer->used, text.at, text.len);
	writer->used += text.len;
}

static void put_string(struct writer *writer, const char *text)
{
	put(writer, span_of_string(text));
}

/* Copies what a server said so that it can stand on a page, in a table and in a log line. */
static void set_text(struct probe_result *result, struct span text)
{
	size_t used = 0;

	for (uint32_t i = 0; i < text.len; i++) {
		uint8_t byte = (uint8_t)text.at[i];
		bool plain = byte >= ' ' && byte <= '~';
		size_t needed = plain ? 1 : 4;

		if (used + needed >= sizeof(result->text))
			break;
		if (plain)
			result->text[used] = (char)byte;
		else
			snprintf(result->text + used, 5, "<%02X>", byte);
		used += needed;
	}
	result->text[used] = '\0';
}

static void set_error(struct probe_result *result, enum check_status status, int error)
{
	const char *text = strerrordesc_np(error);

	*result = (struct probe_result){.outcome = PROBE_FAILED, .status = status};
	set_text(result, span_of_string(text ? text : "Unknown error"));
	/* A torc that has run out of descriptors or memory must not take a whole pool down. */
	if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
		result->outcome = PROBE_INCONCLUSIVE;
		result->status = CHECK_STATUS_SOCKERR;
	}
}
