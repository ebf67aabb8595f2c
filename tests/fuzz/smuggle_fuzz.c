/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any stream of requests, forwarded as torc forwards it, and then read by others.
 *
 * The others share no line with net/http: they look for the ends of lines, for two names and for a
 * number, as a simple server would, each lenient in another way.  All have to find the messages
 * that torc found, with the bodies that torc found.  The first byte chooses the edits and the
 * leniency of torc's own reader. */
#include "net/http/message.h"
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>

#define STREAM_BYTES_MAX (256u * 1024)
#define MESSAGES_MAX	 64u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What torc sent: one after the other. */
struct sent {
	uint32_t end;	     /* of the message, in the stream */
	uint32_t body_bytes; /* without chunk framing */
};

static char stream[STREAM_BYTES_MAX];
static uint32_t stream_len;
static struct sent sent[MESSAGES_MAX];
static uint32_t sent_count;

/* ---- the others ---- */

struct opinion {
	bool bare_lf, bare_cr;	  /* end a line as well */
	bool trims_names;	  /* blanks before the colon are nothing */
	bool drops_odd_bytes;	  /* from names: those that are no token's */
	bool last_length;	  /* of several; else the first */
	bool length_wins;	  /* over a coding */
	bool coding_by_substring; /* "xchunked" is chunked */
	bool sizes_by_strtoul;	  /* blanks, signs and prefixes are fine */
};

static const struct opinion opinions[] = {
	{0},
	{.bare_lf = true},
	{.bare_lf = true, .bare_cr = true},
	{.bare_lf = true, .trims_names = true, .last_length = true},
	{.drops_odd_bytes = true},
	{.last_length = true, .coding_by_substring = true},
	{.length_wins = true},
	{.coding_by_substring = true, .sizes_by_strtoul = true, .bare_lf = true},
};

struct other {
	const struct opinion *opinion;
	uint32_t at;
};

/* The next line, without its end.  False: the stream is over. */
static bool take_line(struct other *o, const char **line, uint32_t *len)
{
	*line = stream + o->at;
	for (uint32_t at = o->at; at < stream_len; at++) {
		bool both = stream[at] == '\r' && at + 1 < stream_len && stream[at + 1] == '\n';

		if (!both && !(o->opinion->bare_lf && stream[at] == '\n') &&
			!(o->opinion->bare_cr && stream[at] == '\r'))
			continue;
		*len = at - o->at;
		o->at = at + 1 + both;
		return true;
	}
	return false;
}

static bool is_named(
	const struct opinion *opinion, const char *line, uint32_t len, const char *name)
{
	uint32_t at = 0;

	for (; len > 0 && *line != ':'; line++, len--) {
		if (opinion->drops_odd_bytes && !isalnum((unsigned char)*line) &&
			!strchr("!#$%&'*+-.^_`|~", *line))
			continue;
		if (opinion->trims_names && (*line == ' ' || *line == '\t'))
			continue;
		if (tolower((unsigned char)*line) != name[at])
			return false;
		at++;
	}
	return len > 0 && name[at] == '\0';
}

/* The text behind the colon, in small letters and without blanks around it. */
static void take_value(char *value, size_t room, const char *line, uint32_t len)
{
	const char *colon = memchr(line, ':', len);
	uint32_t kept = 0;

	assert(colon);
	len -= (uint32_t)(colon + 1 - line);
	line = colon + 1;
	while (len > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	for (; kept < len && kept + 1 < room; kept++)
		value[kept] = (char)tolower((unsigned char)line[kept]);
	value[kept] = '\0';
}

/* Returns the bytes of data, or UINT32_MAX for a body that does not end. */
static uint32_t skip_chunks(struct other *o)
{
	uint32_t bytes = 0, len;
	const char *line;

	for (;;) {
		char text[64] = {0}, *end;
		unsigned long size;

		if (!take_line(o, &line, &len))
			return UINT32_MAX;
		memcpy(text, line, len < sizeof(text) ? len : sizeof(text) - 1);
		if (!o->opinion->sizes_by_strtoul && !isxdigit((unsigned char)text[0]))
			return UINT32_MAX;
		size = strtoul(text, &end, 16);
		if (size == 0)
			break;
		if (size > stream_len - o->at)
			return UINT32_MAX;
		o->at += (uint32_t)size;
		bytes += (uint32_t)size;
		if (!take_line(o, &line, &len) || len > 0)
			return UINT32_MAX;
	}
	do {
		if (!take_line(o, &line, &len))
			return UINT32_MAX;
	} while (len > 0);
	return bytes;
}

static void other_reads(struct other *o, const struct sent *expected)
{
	bool chunked = false, has_length = false;
	unsigned long length = 0;
	uint32_t len, bytes;
	const char *line;
	char value[256];

	assert(take_line(o, &line, &len) && len > 0);
	for (;;) {
		assert(take_line(o, &line, &len));
		if (len == 0)
			break;
		if (is_named(o->opinion, line, len, "transfer-encoding")) {
			take_value(value, sizeof(value), line, len);
			chunked |= o->opinion->coding_by_substring
					   ? strstr(value, "chunked") != NULL
					   : strcmp(value, "chunked") == 0;
		} else if (is_named(o->opinion, line, len, "content-length") &&
			   (!has_length || o->opinion->last_length)) {
			take_value(value, sizeof(value), line, len);
			length = strtoul(value, NULL, 10);
			has_length = true;
		}
	}
	if (chunked && !(o->opinion->length_wins && has_length)) {
		bytes = skip_chunks(o);
	} else {
		assert(length <= stream_len - o->at);
		bytes = (uint32_t)length;
		o->at += bytes;
	}
	assert(bytes == expected->body_bytes);
	assert(o->at == expected->end);
}

/* ---- torc ---- */

static struct h1_head head;

/* Adds the body that follows the head at hand to the stream.  Returns the bytes that it took of
 * buf, or a negative number when it is bad or not complete. */
static int32_t forward_body(const char *buf, uint32_t len, uint32_t *body_bytes)
{
	static char copy[STREAM_BYTES_MAX];
	struct h1_chunks chunks;
	uint32_t used = 0, kept = 0;

	*body_bytes = 0;
	if (head.body == H1_BODY_NONE)
		return 0;
	if (head.body == H1_BODY_LENGTH) {
		if (head.body_bytes > len)
			return -1;
		*body_bytes = used = kept = (uint32_t)head.body_bytes;
		memcpy(copy, buf, len);
	} else {
		memcpy(copy, buf, len);
		h1_chunks_init(&chunks, false, 4096);
		if (h1_chunks_read(&chunks, copy, len, &used, &kept) != H1_CHUNKS_END)
			return -1;
		*body_bytes = (uint32_t)chunks.data_bytes;
	}
	memcpy(stream + stream_len, copy, kept);
	stream_len += kept;
	return (int32_t)used;
}

static void forward_all(const char *buf, uint32_t len, uint8_t choice)
{
	const struct h1_limits limits = {
		.head_bytes = 4096, .fields = 40, .lax = (choice & 1) != 0};
	const struct message_edits edits = {
		.connection = choice & 2 ? MESSAGE_CONNECTION_CLOSE : MESSAGE_CONNECTION_ABSENT,
		.add_via = (choice & 4) != 0,
		.drop_expect = (choice & 8) != 0,
	};

	stream_len = 0;
	sent_count = 0;
	while (sent_count < MESSAGES_MAX) {
		uint32_t scanned = 0, before = stream_len, bytes;
		int32_t used = h1_read_request(&head, buf, len, &scanned, &limits);

		if (used <= 0)
			return;
		if (choice & 16)
			message_settle_host(&head);
		buf += used;
		len -= (uint32_t)used;
		bytes = message_write_request(stream + stream_len, 8192, &head, &edits);
		assert(bytes > 0);
		stream_len += bytes;
		used = forward_body(buf, len, &sent[sent_count].body_bytes);
		if (used < 0) {
			stream_len = before;
			return;
		}
		buf += used;
		len -= (uint32_t)used;
		sent[sent_count++].end = stream_len;
		if (!head.keep_alive)
			return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0 || size > STREAM_BYTES_MAX / 4)
		return 0;
	forward_all((const char *)data + 1, (uint32_t)size - 1, data[0]);
	for (uint32_t i = 0; i < sizeof(opinions) / sizeof(opinions[0]); i++) {
		struct other other = {.opinion = &opinions[i]};

		for (uint32_t k = 0; k < sent_count; k++)
			other_reads(&other, &sent[k]);
	}
	return 0;
}
