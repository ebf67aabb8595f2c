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
	struct span own = span_of_string(httpchk->fields);
	char length[16];

#define says(name) (names_field(word.fields, name) || names_field(own, name))
	put(&writer, method);
	put_string(&writer, " ");
	put_string(&writer, httpchk->uri ? httpchk->uri : "/");
	put_string(&writer, " ");
	put(&writer, word.version);
	put_string(&writer, "\r\n");
	if (httpchk->host && !says(SPAN("host"))) {
		put_string(&writer, "host: ");
		put_string(&writer, httpchk->host);
		put_string(&writer, "\r\n");
	}
	if (word.fields.len) {
		put(&writer, word.fields);
		put_string(&writer, "\r\n");
	}
	put(&writer, own);
	if (httpchk->body)
		word.body = span_of_string(httpchk->body);
	if ((word.body.len || expects_body(method)) && !says(SPAN("content-length"))) {
		snprintf(length, sizeof(length), "%u", word.body.len);
		put_string(&writer, "content-length: ");
		put_string(&writer, length);
		put_string(&writer, "\r\n");
	}
	if (!span_equal_nocase(word.version, SPAN("HTTP/1.0")) && !says(SPAN("connection")))
		put_string(&writer, "connection: close\r\n");
#undef says
	put_string(&writer, "\r\n");
	put(&writer, word.body);
	return writer.full ? 0 : writer.used;
}

uint32_t probe_request_capacity(const struct httpchk *httpchk)
{
	/* The words as written, and room for all that may stand around them: the defaults, four
	 * line ends, "host: ", "content-length: 4294967295", "connection: close". */
	return span_of_string(httpchk->method).len + span_of_string(httpchk->uri).len +
	       span_of_string(httpchk->version).len + span_of_string(httpchk->host).len +
	       span_of_string(httpchk->fields).len + span_of_string(httpchk->body).len + 128;
}

/* The final response's head.  Its bytes from answer->begin on, 0 when more has to come, negative
 * when it is none: then the result says so. */
static int32_t find_head(struct probe_result *result, struct probe_answer *answer,
	struct h1_head *head, uint32_t fields_max)
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
		return 0;
	if (bytes <= 0) {
		result->outcome = PROBE_FAILED;
		result->status = CHECK_STATUS_L7RSP;
		return -1;
	}
	result->code = head->status;
	return bytes;
}

bool probe_judge(struct probe_result *result, struct probe_answer *answer, struct h1_head *head,
	uint32_t fields_max)
{
	int32_t bytes = find_head(result, answer, head, fields_max);

	if (bytes <= 0)
		return bytes < 0;
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

static bool is_status(const struct check_expect *expect, const struct h1_head *head,
	const struct probe_terms *terms)
{
	char digits[8];

	if (expect->kind == EXPECT_RSTATUS) {
		snprintf(digits, sizeof(digits), "%u", head->status);
		return regex_match(terms->matcher, expect->regex, span_of_string(digits), NULL);
	}
	for (const struct status_range *range = expect->ranges; range; range = range->next) {
		if (head->status >= range->first && head->status <= range->last)
			return true;
	}
	return false;
}

/* What is here of the body.  *whole: there is no more. */
static struct span find_body(const struct probe_answer *answer, const struct h1_head *head,
	uint32_t head_bytes, char *scratch, bool *whole)
{
	uint32_t begin = answer->begin + head_bytes, used, kept;
	struct span raw = span_of(answer->bytes + begin, answer->len - begin);
	struct h1_chunks chunks;

	*whole = answer->len == answer->capacity;
	switch ((enum h1_body)head->body) {
	case H1_BODY_NONE:
		*whole = true;
		return SPAN("");
	case H1_BODY_LENGTH:
		if (raw.len >= head->body_bytes) {
			*whole = true;
			raw.len = (uint32_t)head->body_bytes;
		}
		return raw;
	case H1_BODY_UNTIL_CLOSE:
		return raw;
	case H1_BODY_CHUNKED:
		break;
	}
	memcpy(scratch, raw.at, raw.len);
	h1_chunks_init(&chunks, true, answer->capacity);
	if (h1_chunks_read(&chunks, scratch, raw.len, &used, &kept) != H1_CHUNKS_MORE)
		*whole = true;
	return span_of(scratch, kept);
}

static bool is_in(
	const struct check_expect *expect, struct span body, const struct probe_terms *terms)
{
	if (expect->kind == EXPECT_RSTRING)
		return regex_match(terms->matcher, expect->regex, body, NULL);
	return body.len > 0 && memmem(body.at, body.len, expect->pattern, strlen(expect->pattern));
}

/* With the rule's comment behind the reason, as HAProxy has it. */
static bool fail(struct probe_result *result, enum check_status status, struct span text,
	const struct check_expect *expect)
{
	char said[VERDICT_TEXT_BYTES];
	int len;

	result->outcome = PROBE_FAILED;
	result->status = status;
	if (!expect->comment) {
		set_text(result, text);
		return true;
	}
	len = snprintf(
		said, sizeof(said), "%.*s comment: %s", (int)text.len, text.at, expect->comment);
	set_text(result, span_of(said, len < (int)sizeof(said) ? (size_t)len : sizeof(said) - 1));
	return true;
}

bool probe_judge_by(struct probe_result *result, struct probe_answer *answer, struct h1_head *head,
	const struct probe_terms *terms, bool ended)
{
	int32_t bytes = find_head(result, answer, head, terms->fields_max);
	struct span body;
	bool whole, found;

	if (bytes == 0 && ended) {
		probe_judge_closed(result);
		return true;
	}
	if (bytes <= 0)
		return bytes < 0;
	body = find_body(answer, head, (uint32_t)bytes, terms->scratch, &whole);
	for (const struct check_expect *expect = terms->expects; expect; expect = expect->next) {
		if (expect->kind == EXPECT_STATUS || expect->kind == EXPECT_RSTATUS) {
			if (is_status(expect, head, terms) == expect->negated)
				return fail(result, CHECK_STATUS_L7STS, head->reason, expect);
			continue;
		}
		found = is_in(expect, body, terms);
		if (!found && !whole && !ended)
			return false; /* it may still come */
		if (body.len == 0)
			return fail(result, CHECK_STATUS_L7RSP,
				SPAN("HTTP content check could not find a response body"), expect);
		if (found == expect->negated)
			return fail(result, CHECK_STATUS_L7RSP,
				found ? SPAN("HTTP check matched unwanted content")
				      : SPAN("HTTP content check did not match"),
				expect);
	}
	result->outcome = PROBE_PASSED;
	result->status = CHECK_STATUS_L7OK;
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
	head->body = H1_BODY_UNTIL_CLOSE;
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
