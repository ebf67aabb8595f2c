/* SPDX-License-Identifier: GPL-2.0-or-later */
/* h1.c - one HTTP/1.x message head out of a buffer, or the reason why it is none.
 *
 * A head is read in one pass from the left, over bytes that stay where they are: a span for every
 * part, nothing copied.  What the message means for others (how long its body is, whether the
 * connection lives on) is decided here and nowhere else, so that the balancer has one opinion
 * about where a message ends.  Request smuggling lives from two programs with two opinions;
 * therefore whatever a server could read differently is refused and never repaired.
 *
 * A head that comes in pieces is read again from its start, so its verdict does not depend on
 * where the pieces were cut.  But when it breaks off within a run of one kind of bytes (a method,
 * a target, a name, a value), and what comes next goes on with that run to its last byte, then
 * there is nothing new to say and only these bytes are looked at: *scanned remembers the kind and
 * the place.  With n bytes in m lines that is about n steps and 2m readings, and m is limited.
 *
 * Pure; any thread.  h1_bytes.h has the byte classes, h1_fields.c the values. */
#include "net/http/h1.h"
#include "net/http/h1_bytes.h"
#include "net/http/h1_fields.h"
#include <assert.h>

#define VERSION_BYTES	       8  /* "HTTP/1.1" */
#define CONNECTION_OPTIONS_MAX 64 /* every option is compared with every field */

enum step { STEP_DONE, STEP_MORE, STEP_BAD };

/* What a head was in the middle of when its bytes ended. */
enum run { RUN_NONE, RUN_METHOD, RUN_NAME, RUN_TARGET, RUN_TEXT };

/* *scanned: the kind of run above the place. */
#define SCANNED_RUN_SHIFT 29
#define SCANNED_PLACE_MAX ((1u << SCANNED_RUN_SHIFT) - 1)

struct reader {
	struct h1_head *head;
	const char *buf, *at, *end;
	uint32_t fields_max;
	uint32_t seen;	  /* 1 << enum h1_field_id */
	uint32_t options; /* named by Connection so far */
	enum run run;	  /* set before STEP_MORE is returned */
	bool is_response, lax;
	enum h1_method request_method; /* of the request that a response answers */
};

static int32_t read_head(
	struct reader *r, uint32_t len, uint32_t *scanned, const struct h1_limits *limits);
static enum step read_request_line(struct reader *r);
static enum step read_status_line(struct reader *r);
static enum step read_fields(struct reader *r);
static enum step finish_request(struct reader *r);
static enum step finish_response(struct reader *r);

int32_t h1_read_request(struct h1_head *head, const char *buf, uint32_t len, uint32_t *scanned,
	const struct h1_limits *limits)
{
	struct reader r = {.head = head, .buf = buf};

	return read_head(&r, len, scanned, limits);
}

int32_t h1_read_response(struct h1_head *head, const char *buf, uint32_t len, uint32_t *scanned,
	const struct h1_limits *limits, enum h1_method request_method)
{
	struct reader r = {
		.head = head, .buf = buf, .is_response = true, .request_method = request_method};

	return read_head(&r, len, scanned, limits);
}

const struct h1_field *h1_find(const struct h1_head *head, enum h1_field_id id)
{
	for (uint32_t i = 0; i < head->field_count; i++) {
		if (head->fields[i].id == id)
			return &head->fields[i];
	}
	return NULL;
}

/* The fields are guarded by field_count.  One memset of all that stands before them was measured
 * to cost a tenth of the reading of a small request. */
static void clear_head(struct h1_head *head)
{
	struct span none = {0};

	head->start_line = head->method = head->target = none;
	head->path = head->authority = head->reason = none;
	head->status = 0;
	head->minor = 0;
	head->method_id = H1_METHOD_OTHER;
	head->body = H1_BODY_NONE;
	head->body_bytes = 0;
	head->keep_alive = head->says_keep_alive = head->says_close = false;
	head->expects_continue = head->wants_upgrade = head->drop_content_length = false;
	head->field_count = 0;
	head->fault = 0;
	head->fault_at = 0;
	head->fault_reason = NULL;
}

static enum step fault(struct reader *r, const char *at, uint16_t status, const char *reason)
{
	r->head->fault = r->is_response ? 502 : status;
	r->head->fault_at = (uint32_t)(at - r->buf);
	r->head->fault_reason = reason;
	return STEP_BAD;
}

static const char *skip_target(const struct reader *r, const char *at)
{
	return r->lax ? h1_skip_lax_target(at, r->end) : h1_skip_target(at, r->end);
}

static const char *skip_name(const struct reader *r, const char *at)
{
	return r->lax ? h1_skip_lax_name(at, r->end) : h1_skip_token(at, r->end);
}

static const char *skip_text(const struct reader *r, const char *at)
{
	return r->lax ? h1_skip_lax_text(at, r->end) : h1_skip_text(at, r->end);
}

/* Do the bytes from `at` on only go on with the run that the others broke off in? */
static bool goes_on(const struct reader *r, enum run run, const char *at)
{
	switch (run) {
	case RUN_NONE:
		return at == r->end;
	case RUN_METHOD:
		return h1_skip_token(at, r->end) == r->end;
	case RUN_NAME:
		return skip_name(r, at) == r->end;
	case RUN_TARGET:
		return skip_target(r, at) == r->end;
	case RUN_TEXT:
		return skip_text(r, at) == r->end;
	}
	return false;
}

/* Bytes are missing within a run; a CR or the like that waits for its LF is none. */
static enum step more_of(struct reader *r, enum run run)
{
	r->run = run;
	return STEP_MORE;
}

static enum step read_all(struct reader *r)
{
	enum step step = r->is_response ? read_status_line(r) : read_request_line(r);

	if (step == STEP_DONE)
		step = read_fields(r);
	if (step == STEP_DONE)
		step = r->is_response ? finish_response(r) : finish_request(r);
	return step;
}

static int32_t read_head(
	struct reader *r, uint32_t len, uint32_t *scanned, const struct h1_limits *limits)
{
	bool full = len >= limits->head_bytes;
	uint32_t place = *scanned & SCANNED_PLACE_MAX;
	enum step step;

	assert(limits->fields <= H1_FIELDS_MAX && limits->head_bytes <= SCANNED_PLACE_MAX);
	assert(place <= len);
	if (full)
		len = limits->head_bytes;
	r->at = r->buf;
	r->end = r->buf + len;
	r->fields_max = limits->fields;
	r->lax = limits->lax;
	if (place > 0 && !full && goes_on(r, *scanned >> SCANNED_RUN_SHIFT, r->buf + place)) {
		*scanned += len - place;
		return H1_MORE;
	}
	clear_head(r->head);
	step = read_all(r);
	if (step == STEP_MORE && full) {
		bool in_start_line = r->head->start_line.len == 0;

		step = fault(r, r->end, in_start_line ? 414 : 431,
			in_start_line ? "start line too long" : "head too long");
	}
	if (step == STEP_MORE) {
		*scanned = (uint32_t)r->run << SCANNED_RUN_SHIFT | len;
		return H1_MORE;
	}
	*scanned = 0;
	return step == STEP_DONE ? (int32_t)(r->at - r->buf) : H1_BAD;
}

/* --- start lines ------------------------------------------------------------------------------ */

static enum step skip_line_end(struct reader *r)
{
	if (r->at == r->end)
		return STEP_MORE;
	if (*r->at == '\n')
		return fault(r, r->at, 400, "LF without CR");
	if (*r->at != '\r')
		return fault(r, r->at, 400, "byte that is not allowed here");
	if (r->at + 1 == r->end)
		return STEP_MORE;
	if (r->at[1] != '\n')
		return fault(r, r->at, 400, "CR without LF");
	r->at += 2;
	return STEP_DONE;
}

/* HTTP-version = "HTTP/" DIGIT "." DIGIT, in this case of letters (RFC 9112 2.3). */
static enum step read_version(struct reader *r)
{
	static const char shape[VERSION_BYTES] = {'H', 'T', 'T', 'P', '/', '0', '.', '0'};
	uint32_t bytes =
		r->end - r->at < VERSION_BYTES ? (uint32_t)(r->end - r->at) : VERSION_BYTES;

	for (uint32_t i = 0; i < bytes; i++) {
		if (shape[i] == '0' ? !h1_byte_is(r->at[i], H1_BYTE_DIGIT) : r->at[i] != shape[i])
			return fault(r, r->at + i, 400, "no HTTP version");
	}
	if (bytes < VERSION_BYTES)
		return STEP_MORE;
	if (r->at[5] != '1')
		return fault(r, r->at + 5, 505, "major version other than 1");
	r->head->minor = r->at[7] != '0';
	r->at += VERSION_BYTES;
	return STEP_DONE;
}

enum h1_method h1_method_of(struct span method)
{
	static const struct {
		struct span name;
		enum h1_method id;
	} methods[] = {
		{{"GET", 3}, H1_METHOD_GET},
		{{"POST", 4}, H1_METHOD_POST},
		{{"HEAD", 4}, H1_METHOD_HEAD},
		{{"PUT", 3}, H1_METHOD_PUT},
		{{"DELETE", 6}, H1_METHOD_DELETE},
		{{"OPTIONS", 7}, H1_METHOD_OPTIONS},
		{{"PATCH", 5}, H1_METHOD_PATCH},
		{{"CONNECT", 7}, H1_METHOD_CONNECT},
		{{"TRACE", 5}, H1_METHOD_TRACE},
	};

	for (uint32_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (span_equal(method, methods[i].name))
			return methods[i].id;
	}
	return H1_METHOD_OTHER;
}

static bool is_letter(char byte)
{
	return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

/* scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ), then "://".  Returns what follows, or
 * NULL. */
static const char *skip_scheme(struct span target)
{
	const char *at = target.at, *end = target.at + target.len;

	if (!is_letter(*at))
		return NULL;
	while (at < end && (is_letter(*at) || h1_byte_is(*at, H1_BYTE_DIGIT) || *at == '+' ||
				   *at == '-' || *at == '.'))
		at++;
	if (end - at < 3 || memcmp(at, "://", 3) != 0)
		return NULL;
	return at + 3;
}

/* absolute-URI = scheme "://" authority path-abempty [ "?" query ] */
static const char *read_absolute_target(struct h1_head *head)
{
	const char *end = head->target.at + head->target.len;
	const char *at = skip_scheme(head->target);
	int32_t port_digits;

	if (!at)
		return "target is neither a path nor a URI";
	head->authority.at = at;
	while (at < end && *at != '/' && *at != '?')
		at++;
	head->authority.len = (uint32_t)(at - head->authority.at);
	/* A user name in front of the host is an error (RFC 9110 4.2.4), and so is no host (4.2.1).
	 */
	if (head->authority.len == 0 || !h1_is_authority(head->authority, &port_digits))
		return "target has no valid host";
	head->path = at < end ? span_of(at, (size_t)(end - at)) : SPAN("/");
	return NULL;
}

/* The four forms of RFC 9112 3.2.  NULL, or what is wrong. */
static const char *read_target(struct h1_head *head)
{
	int32_t port_digits;

	head->path = head->target;
	if (head->method_id == H1_METHOD_CONNECT) {
		if (!h1_is_authority(head->target, &port_digits) || port_digits <= 0)
			return "CONNECT needs a host and a port";
		head->authority = head->target;
		return NULL;
	}
	if (head->target.at[0] == '/')
		return NULL;
	if (head->target.len == 1 && head->target.at[0] == '*')
		return head->method_id == H1_METHOD_OPTIONS ? NULL : "the target * is for OPTIONS";
	return read_absolute_target(head);
}

static enum step read_request_line(struct reader *r)
{
	struct h1_head *head = r->head;
	const char *start, *wrong;
	enum step step;

	/* One empty line: some clients send one after a body (RFC 9112 2.2). */
	if (r->at < r->end && *r->at == '\r' && (step = skip_line_end(r)) != STEP_DONE)
		return step;
	start = r->at;
	r->at = h1_skip_token(start, r->end);
	if (r->at == r->end)
		return more_of(r, RUN_METHOD);
	if (*r->at != ' ' || r->at == start)
		return fault(r, r->at, 400, "method is not a token");
	head->method = span_of(start, (size_t)(r->at - start));

	head->target.at = ++r->at;
	r->at = skip_target(r, r->at);
	if (r->at == r->end)
		return more_of(r, RUN_TARGET);
	if (*r->at == '\r' || *r->at == '\n')
		return fault(r, r->at, 400, "no HTTP version");
	if (*r->at != ' ' || r->at == head->target.at)
		return fault(r, r->at, 400, "byte that is not allowed in a target");
	head->target.len = (uint32_t)(r->at - head->target.at);

	r->at++;
	if ((step = read_version(r)) != STEP_DONE)
		return step;
	head->method_id = (uint8_t)h1_method_of(head->method);
	wrong = read_target(head);
	if (wrong)
		return fault(r, head->target.at, 400, wrong);
	if ((step = skip_line_end(r)) != STEP_DONE)
		return step;
	head->start_line = span_of(start, (size_t)(r->at - 2 - start));
	return STEP_DONE;
}

/* HTTP-version SP status-code SP [ reason-phrase ]; the second space is missing in the answers of
 * some servers, which nobody can misread (RFC 9112 4). */
static enum step read_status_line(struct reader *r)
{
	struct h1_head *head = r->head;
	const char *start = r->at;
	enum step step;

	if ((step = read_version(r)) != STEP_DONE)
		return step;
	if (r->at == r->end)
		return STEP_MORE;
	if (*r->at != ' ')
		return fault(r, r->at, 502, "no space after the version");
	r->at++;
	for (uint32_t i = 0; i < 3; i++, r->at++) {
		if (r->at == r->end)
			return STEP_MORE;
		if (!h1_byte_is(*r->at, H1_BYTE_DIGIT))
			return fault(r, r->at, 502, "status is not three digits");
		head->status = (uint16_t)(head->status * 10 + (*r->at - '0'));
	}
	if (head->status < 100)
		return fault(r, r->at - 3, 502, "status below 100");
	if (r->at < r->end && *r->at == ' ') {
		head->reason.at = ++r->at;
		r->at = skip_text(r, r->at);
		if (r->at == r->end)
			return more_of(r, RUN_TEXT);
		head->reason.len = (uint32_t)(r->at - head->reason.at);
	}
	if ((step = skip_line_end(r)) != STEP_DONE)
		return step;
	head->start_line = span_of(start, (size_t)(r->at - 2 - start));
	return STEP_DONE;
}

/* --- fields ----------------------------------------------------------------------------------- */

static enum step read_content_length(struct reader *r, const struct h1_field *field)
{
	struct h1_head *head = r->head;
	uint64_t length = 0;
	const char *wrong = h1_read_content_length(field->value, &length);

	if (wrong)
		return fault(r, field->value.at, 400, wrong);
	if ((r->seen & 1u << H1_FIELD_CONTENT_LENGTH) && length != head->body_bytes)
		return fault(r, field->value.at, 400, "Content-Length values differ");
	head->body_bytes = length;
	return STEP_DONE;
}

static enum step read_transfer_encoding(struct reader *r, const struct h1_field *field)
{
	/* A second line continues the list of the first, where nothing may follow "chunked". */
	if (r->seen & 1u << H1_FIELD_TRANSFER_ENCODING)
		return fault(r, field->line.at, 400, "chunked is not the last transfer coding");
	/* RFC 9112 6.1: the framing of such a message is faulty. */
	if (r->head->minor == 0)
		return fault(r, field->line.at, 400, "Transfer-Encoding in an HTTP/1.0 message");
	switch (h1_read_transfer_encoding(field->value)) {
	case H1_CODING_CHUNKED:
		return STEP_DONE;
	case H1_CODING_UNKNOWN:
		return fault(r, field->value.at, 501, "transfer coding other than chunked");
	case H1_CODING_ENDLESS: /* RFC 9112 6.3, rule 4 */
		return fault(r, field->value.at, 400, "chunked is not the last transfer coding");
	case H1_CODING_MALFORMED:
		break;
	}
	return fault(r, field->value.at, 400, "malformed Transfer-Encoding");
}

/* RFC 9112 3.2: at most one, and valid; that it is there in HTTP/1.1 is checked at the end. */
static enum step read_host(struct reader *r, const struct h1_field *field)
{
	int32_t port_digits;

	if (r->is_response)
		return STEP_DONE;
	if (r->seen & 1u << H1_FIELD_HOST)
		return fault(r, field->line.at, 400, "more than one Host");
	if (!h1_is_authority(field->value, &port_digits))
		return fault(r, field->value.at, 400, "invalid Host");
	return STEP_DONE;
}

/* Only what matters by itself; the options that name other fields wait until all are known. */
static enum step read_connection(struct reader *r, const struct h1_field *field)
{
	struct span rest = field->value, option;

	while (h1_list_next(&rest, &option)) {
		if (++r->options > CONNECTION_OPTIONS_MAX)
			return fault(r, field->value.at, 400, "too many connection options");
		if (span_equal_nocase(option, SPAN("close")))
			r->head->says_close = true;
		else if (span_equal_nocase(option, SPAN("keep-alive")))
			r->head->says_keep_alive = true;
	}
	return STEP_DONE;
}

static enum step read_known_field(struct reader *r, const struct h1_field *field)
{
	enum step step = STEP_DONE;

	switch (field->id) {
	case H1_FIELD_CONTENT_LENGTH:
		step = read_content_length(r, field);
		break;
	case H1_FIELD_TRANSFER_ENCODING:
		step = read_transfer_encoding(r, field);
		break;
	case H1_FIELD_HOST:
		step = read_host(r, field);
		break;
	case H1_FIELD_CONNECTION:
		step = read_connection(r, field);
		break;
	case H1_FIELD_EXPECT:
		/* Other expectations pass: whom they are meant for may know them (9110 10.1.1). */
		if (r->head->minor == 1 && h1_list_has(field->value, SPAN("100-continue")))
			r->head->expects_continue = true;
		break;
	}
	r->seen |= 1u << field->id;
	return step;
}

/* field-line = field-name ":" OWS field-value OWS CRLF (RFC 9112 5), from r->at. */
static enum step read_field(struct reader *r)
{
	struct h1_field *field = &r->head->fields[r->head->field_count];
	const char *start = r->at, *at = skip_name(r, start), *last;
	enum step step;

	if (at == r->end)
		return more_of(r, RUN_NAME);
	if (*at != ':' || at == start) {
		if (at == start && (*at == ' ' || *at == '\t'))
			return fault(r, at, 400, "folded line"); /* RFC 9112 5.2 */
		if (*at == ' ' || *at == '\t')
			return fault(r, at, 400, "space before the colon"); /* 5.1 */
		return fault(r, at, 400, "byte that is not allowed in a field name");
	}
	field->name = span_of(start, (size_t)(at - start));
	for (at++; at < r->end && (*at == ' ' || *at == '\t'); at++)
		;
	field->value.at = at;
	last = r->at = skip_text(r, at);
	if (last == r->end)
		return more_of(r, RUN_TEXT);
	if ((step = skip_line_end(r)) != STEP_DONE)
		return step;
	while (last > at && (last[-1] == ' ' || last[-1] == '\t'))
		last--;
	field->value.len = (uint32_t)(last - at);
	field->line = span_of(start, (size_t)(r->at - start));
	field->id = (uint8_t)h1_field_id(field->name);
	if (r->lax && field->id == H1_FIELD_OTHER && h1_name_resembles_ours(field->name))
		return fault(r, start, 400, "name that others could take for one that frames");
	field->named_by_connection = false;
	if (r->head->field_count == r->fields_max)
		return fault(r, start, 431, "too many fields");
	r->head->field_count++;
	return field->id == H1_FIELD_OTHER ? STEP_DONE : read_known_field(r, field);
}

static enum step read_fields(struct reader *r)
{
	for (;;) {
		enum step step;

		if (r->at == r->end)
			return STEP_MORE;
		if (*r->at == '\r' || *r->at == '\n')
			return skip_line_end(r);
		step = read_field(r);
		if (step != STEP_DONE)
			return step;
	}
}

/* --- what the head means ---------------------------------------------------------------------- */

/* Fields that say how to read or where to send the message stay, whatever Connection names: a
 * client must not be able to have them taken away (RFC 9110 7.6.1 forbids to name them). */
static bool can_be_named(uint8_t id)
{
	switch (id) {
	case H1_FIELD_HOST:
	case H1_FIELD_CONTENT_LENGTH:
	case H1_FIELD_TRANSFER_ENCODING:
	case H1_FIELD_EXPECT:
		return false;
	}
	return true;
}

static void mark_named(struct h1_head *head, struct span name)
{
	for (uint32_t i = 0; i < head->field_count; i++) {
		struct h1_field *field = &head->fields[i];

		if (span_equal_nocase(field->name, name) && can_be_named(field->id))
			field->named_by_connection = true;
	}
}

static void mark_named_fields(struct reader *r)
{
	struct h1_head *head = r->head;
	struct span rest, option;

	for (uint32_t i = 0; i < head->field_count; i++) {
		if (head->fields[i].id != H1_FIELD_CONNECTION)
			continue;
		rest = head->fields[i].value;
		while (h1_list_next(&rest, &option)) {
			if (option.len && !span_equal_nocase(option, SPAN("close")) &&
				!span_equal_nocase(option, SPAN("keep-alive")))
				mark_named(head, option);
		}
	}
}

/* An upgrade has to be named by Connection and does not exist in HTTP/1.0 (RFC 9110 7.8).  To
 * h2c we never agree: those bytes would pass unread. */
static bool wants_upgrade(const struct reader *r)
{
	const struct h1_head *head = r->head;
	bool wanted = false;

	if (!(r->seen & 1u << H1_FIELD_UPGRADE) || head->minor == 0)
		return false;
	for (uint32_t i = 0; i < head->field_count; i++) {
		const struct h1_field *field = &head->fields[i];

		if (field->id != H1_FIELD_UPGRADE)
			continue;
		if (h1_list_has(field->value, SPAN("h2c")))
			return false;
		wanted |= field->named_by_connection;
	}
	return wanted;
}

static void read_persistence(struct reader *r)
{
	struct h1_head *head = r->head;

	if (r->seen & 1u << H1_FIELD_CONNECTION)
		mark_named_fields(r);
	/* RFC 9112 9.3 */
	head->keep_alive = !head->says_close && (head->minor == 1 || head->says_keep_alive);
	head->wants_upgrade = wants_upgrade(r);
}

/* RFC 9112 6.3, what is common to both sides: rules 3, 4 and 6. */
static void read_framing(struct reader *r)
{
	struct h1_head *head = r->head;
	bool has_length = r->seen & 1u << H1_FIELD_CONTENT_LENGTH;

	if (r->seen & 1u << H1_FIELD_TRANSFER_ENCODING) {
		head->body = H1_BODY_CHUNKED;
		head->body_bytes = 0;
		head->drop_content_length = has_length;
		if (has_length)
			head->keep_alive = false;
	} else if (has_length) {
		head->body = H1_BODY_LENGTH;
	}
}

static enum step finish_request(struct reader *r)
{
	if (r->head->minor == 1 && !(r->seen & 1u << H1_FIELD_HOST))
		return fault(r, r->at, 400, "no Host");
	read_persistence(r);
	read_framing(r);
	return STEP_DONE;
}

static enum step finish_response(struct reader *r)
{
	struct h1_head *head = r->head;

	read_persistence(r);
	read_framing(r);
	/* Rules 1 and 2: these end with their head, whatever their fields say. */
	if (r->request_method == H1_METHOD_HEAD || head->status < 200 || head->status == 204 ||
		head->status == 304 ||
		(r->request_method == H1_METHOD_CONNECT && head->status < 300)) {
		head->body = H1_BODY_NONE;
		head->body_bytes = 0;
		return STEP_DONE;
	}
	if (head->body == H1_BODY_NONE) { /* rule 8 */
		head->body = H1_BODY_UNTIL_CLOSE;
		head->keep_alive = false;
	}
	return STEP_DONE;
}
