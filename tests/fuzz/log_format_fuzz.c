/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log_format_fuzz.c - any log-format over any transaction: a line within its room, of bytes that
 * the format itself or a coding wrote, and cut it is the beginning of the whole one. Input: 4 bytes
 * (what the transaction came to; room), a format, NUL, a captured field, NUL, the request line. */
#include "core/config/rule_model.h"
#include "net/rules/capture.h"
#include "net/rules/log_line.h"
#include "net/rules/rules.h"
#include "net/rules/sample.h"
#include "tests/fuzz/alone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_BYTES = 8192 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	uint8_t kind, early, room[2];
	struct span format, field, request;
};

static char captures[4096];
static uint8_t kind;

static void address_of(struct session_environment *env, const struct session *session,
	enum session_end end, union address *address)
{
	static const sa_family_t families[4] = {AF_UNSPEC, AF_INET, AF_INET6, AF_UNIX};

	(void)env, (void)session;
	*address = (union address){.any.sa_family = families[(kind >> 4 ^ end) & 3]};
}

static bool came_to(
	struct session_environment *env, const struct session *session, union address *address)
{
	address_of(env, session, SESSION_CAME_TO, address);
	return true;
}

static char *lend_captures(struct session_environment *env)
{
	(void)env;
	return captures;
}

static struct span until_nul(const uint8_t **at, const uint8_t *end)
{
	const uint8_t *nul = memchr(*at, '\0', (size_t)(end - *at));
	struct span text = span_of((const char *)*at, (size_t)((nul ? nul : end) - *at));

	*at = nul ? nul + 1 : end;
	return text;
}

static bool read_input(struct input *input, const uint8_t *data, size_t size)
{
	const uint8_t *at = data + 4, *end = data + size;

	if (size < 5 || size > 4096)
		return false;
	memcpy(&input->kind, data, 4);
	input->format = until_nul(&at, end);
	input->field = until_nul(&at, end);
	input->request = span_of((const char *)at, (size_t)(end - at));
	return input->format.len > 0 && !memchr(input->format.at, '\n', input->format.len) &&
	       !memchr(input->format.at, '\r', input->format.len);
}

/* A frontend with this format, quoted so that every byte of it gets there. */
static char *write_config(struct span format)
{
	char *quoted = malloc(2u * format.len + 1), *text = NULL;
	uint32_t len = 0;

	for (uint32_t i = 0; quoted && i < format.len; i++) {
		if (strchr("\"\\$", format.at[i]))
			quoted[len++] = '\\';
		quoted[len++] = format.at[i];
	}
	if (!quoted ||
		asprintf(&text,
			"frontend f\n mode http\n bind :80\n log stdout local0\n"
			" capture request header A len 64\n capture response header B len 8\n"
			" log-format \"%.*s\"\n",
			(int)len, quoted) < 0)
		text = NULL;
	free(quoted);
	return text;
}

static struct access_record record_of(const struct input *input)
{
	static const sa_family_t families[4] = {AF_INET, AF_INET6, AF_UNIX, AF_UNSPEC};
	bool served = input->kind & 1, answered = input->kind & 2;

	return (struct access_record){.client.any.sa_family = families[input->kind >> 2 & 3],
		.frontend = "f",
		.backend = served ? "b" : "f",
		.server = served ? "s" : NULL,
		.head_ms = served ? 0 : -1,
		.response_ms = answered ? INT64_MAX : -1,
		.accept_wall_ms = UINT64_MAX / 1000000 * input->early,
		.request_wall_ms = input->early,
		.status = answered ? 200 : -1,
		.bytes = UINT64_MAX,
		.early = input->early & 1,
		.has_request = input->request.len > 0,
		.request_line = input->request,
		.uri_max = input->room[1] * 4u,
		.unique_id = input->field,
		.termination = {'-', '-', '-', '-'}};
}

/* Bytes that the format did not bring along are printable. */
static void check_bytes(struct span format, const char *line, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)line[i];

		if ((byte < 32 || byte > 126) && !memchr(format.at, byte, format.len))
			abort();
	}
}

static void write_lines(struct config *config, const struct input *input)
{
	static char line[ROOM_BYTES], cut[ROOM_BYTES];
	struct arena arena = {0};
	struct access_record record = record_of(input);
	struct session_environment env = {.config = config,
		.address_of = address_of,
		.local_address = came_to,
		.lend_captures = lend_captures};
	struct session session = {.frontend = &config->proxies[0]};
	const struct format *format = session.frontend->log_format;
	uint32_t len, bytes, room = input->room[0] * 8u;

	session.listener = session.frontend->listeners[0];
	kind = input->kind;
	if (format && rules_open(&env.rules, &arena, config) == 0) {
		env.rules->random = 1;
		if (input->field.len > 0)
			capture_put(&session, &env, false, 0, input->field);
		len = log_line_write(&session, &env, format, &record, line, sizeof(line));
		if (len > sizeof(line))
			abort();
		check_bytes(input->format, line, len);
		env.rules->random = 1;
		bytes = log_line_write(&session, &env, format, &record, cut, room);
		if (bytes > room || (len >= bytes && memcmp(cut, line, bytes) != 0))
			abort();
	}
	rules_close(env.rules);
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config = {0};
	struct config_source source = {.machine = &alone, .proxies_only = true};
	struct config_file file = {"f", NULL, 0};
	struct input input;
	char *text;

	if (!read_input(&input, data, size))
		return 0;
	text = write_config(input.format);
	if (!text)
		return 0;
	file.bytes = text;
	file.len = strlen(text);
	source.files = &file;
	source.file_count = 1;
	if (!asks_the_board(text) && config_load(&config, &source) == 0 &&
		config.proxy_count == 1 && config.proxies[0].listener_count > 0)
		write_lines(&config, &input);
	config_free(&config);
	arena_free(&source.arena);
	free(text);
	return 0;
}
