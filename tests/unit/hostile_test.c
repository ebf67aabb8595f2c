/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hostile messages of tests/hostile, at the readers alone: every one in one piece and cut in
 * two at every byte has the outcome that the table says. */
#include "net/http/h1.h"
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the headers above first. */
#include <cmocka.h>

#define MESSAGE_BYTES_MAX (128u * 1024)
/* Longer ones are cut at every 97th byte only. */
#define CUT_EVERY_BYTE 2048u

static const struct h1_limits limits = {.head_bytes = 15360, .fields = 101};
static struct h1_head head;

struct message {
	uint32_t status; /* of the refusal; 0: it passes */
	uint32_t count;	 /* messages that pass */
	char name[128];
	uint32_t len;
	char bytes[MESSAGE_BYTES_MAX];
};

static void add_byte(struct message *message, char byte)
{
	assert_true(message->len < MESSAGE_BYTES_MAX);
	message->bytes[message->len++] = byte;
}

/* "\r" and the like; returns what follows. */
static const char *read_escaped(struct message *message, const char *at)
{
	char digits[3] = {0};

	if (*at != '\\') {
		add_byte(message, *at);
		return at + 1;
	}
	switch (at[1]) {
	case 'r':
		add_byte(message, '\r');
		return at + 2;
	case 'n':
		add_byte(message, '\n');
		return at + 2;
	case 't':
		add_byte(message, '\t');
		return at + 2;
	case '\\':
		add_byte(message, '\\');
		return at + 2;
	case 'x':
		memcpy(digits, at + 2, 2);
		add_byte(message, (char)strtoul(digits, NULL, 16));
		return at + 4;
	default:
		fail_msg("%s: no such escape: %.8s", message->name, at);
		return at + 2;
	}
}

/* \{N:text} */
static const char *read_repeated(struct message *message, const char *at)
{
	char *text;
	unsigned long times = strtoul(at + 2, &text, 10);
	const char *end = NULL;

	assert_int_equal(*text, ':');
	while (times-- > 0) {
		for (end = text + 1; *end != '}';)
			end = read_escaped(message, end);
	}
	assert_non_null(end);
	return end + 1;
}

static void read_row(struct message *message, const char *line)
{
	const char *name = strstr(line, " | "), *at = name ? strstr(name + 3, " | ") : NULL;

	if (!name || !at) {
		fail_msg("no row: %s", line);
		return;
	}
	message->len = 0;
	message->status = (uint32_t)strtoul(line, NULL, 10);
	message->count = strncmp(line, "pass ", 5) == 0 && line[5] != '|'
				 ? (uint32_t)strtoul(line + 5, NULL, 10)
				 : 1;
	snprintf(message->name, sizeof(message->name), "%.*s", (int)(at - name - 3), name + 3);
	for (at += 3; *at && *at != '\n';)
		at = at[0] == '\\' && at[1] == '{' ? read_repeated(message, at)
						   : read_escaped(message, at);
}

enum outcome { MORE, PASSED, REFUSED };

/* One message out of buf[0, len): its head and its body.  *used: its bytes.  *status: of the
 * refusal. */
static enum outcome read_message(
	bool response, const char *buf, uint32_t len, uint32_t *used, uint32_t *status)
{
	uint32_t scanned = 0, body_used = 0, kept;
	struct h1_chunks chunks;
	enum h1_chunks_result result;
	int32_t bytes =
		response ? h1_read_response(&head, buf, len, &scanned, &limits, H1_METHOD_GET)
			 : h1_read_request(&head, buf, len, &scanned, &limits);

	if (bytes == H1_MORE)
		return MORE;
	*status = head.fault;
	if (bytes == H1_BAD)
		return REFUSED;
	*used = (uint32_t)bytes;
	switch ((enum h1_body)head.body) {
	case H1_BODY_NONE:
		return PASSED;
	case H1_BODY_LENGTH:
		if (head.body_bytes > len - *used)
			return MORE;
		*used += (uint32_t)head.body_bytes;
		return PASSED;
	case H1_BODY_UNTIL_CLOSE:
		*used = len;
		return PASSED;
	case H1_BODY_CHUNKED:
		break;
	}
	*status = response ? 502 : 400;
	h1_chunks_init(&chunks, false, limits.head_bytes);
	result = h1_chunks_read(
		&chunks, (char *)(uintptr_t)buf + bytes, len - (uint32_t)bytes, &body_used, &kept);
	*used += body_used;
	return result == H1_CHUNKS_BAD ? REFUSED : result == H1_CHUNKS_END ? PASSED : MORE;
}

/* Reads all messages that are there; what the table calls interim passes as well.  Returns how
 * many final ones did. */
static enum outcome read_all(bool response, const char *buf, uint32_t len, uint32_t wanted,
	uint32_t *passed, uint32_t *status)
{
	uint32_t at = 0, used;

	*passed = 0;
	while (*passed < wanted) {
		enum outcome outcome = read_message(response, buf + at, len - at, &used, status);

		if (outcome != PASSED)
			return outcome;
		at += used;
		/* Nobody asked for another protocol: session.c refuses it. */
		if (response && head.status == 101) {
			*status = 502;
			return REFUSED;
		}
		*passed += !response || head.status >= 200;
	}
	return PASSED;
}

/* What the session answers itself: a method, not a framing. */
static bool is_answered_later(const struct message *message)
{
	return message->status == 405 || message->status == 200 ||
	       strcmp(message->name, "Max-Forwards of letters") == 0 ||
	       strncmp(message->name, "two Max-Forwards", strlen("two Max-Forwards")) == 0;
}

static void check(bool response, struct message *message)
{
	uint32_t step = message->len > CUT_EVERY_BYTE ? 97 : 1, passed, status = 0;
	enum outcome outcome =
		read_all(response, message->bytes, message->len, message->count, &passed, &status);

	if (is_answered_later(message) || message->status == 0) {
		assert_int_equal(outcome, PASSED);
		assert_int_equal(passed, message->count);
	} else {
		assert_int_equal(outcome, REFUSED);
		assert_int_equal(status, message->status);
	}
	for (uint32_t len = 0; len < message->len; len += step) {
		char *piece = malloc(len ? len : 1);
		enum outcome early;

		assert_non_null(piece);
		memcpy(piece, message->bytes, len);
		early = read_all(response, piece, len, message->count, &passed, &status);
		/* Nothing is said before its time, and nothing but the truth. */
		if (early == REFUSED) {
			assert_int_equal(outcome, REFUSED);
			assert_int_equal(status, message->status);
		} else if (outcome == REFUSED) {
			assert_int_equal(early, MORE);
		}
		free(piece);
	}
}

static void check_file(bool response, const char *path, uint32_t least)
{
	struct message *message = calloc(1, sizeof(*message));
	FILE *in = fopen(path, "r");
	char *line = NULL;
	size_t capacity = 0;
	uint32_t count = 0;

	assert_non_null(in);
	assert_non_null(message);
	while (getline(&line, &capacity, in) > 0) {
		if (*line == '#' || *line == '\n')
			continue;
		read_row(message, line);
		print_message("  %s\n", message->name);
		check(response, message);
		count++;
	}
	assert_true(count >= least);
	free(line);
	fclose(in);
	free(message);
}

static void hostile_requests(void **state)
{
	(void)state;
	check_file(false, "tests/hostile/requests.txt", 300);
}

static void hostile_responses(void **state)
{
	(void)state;
	check_file(true, "tests/hostile/responses.txt", 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_requests),
		cmocka_unit_test(hostile_responses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
