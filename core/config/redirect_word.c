/* SPDX-License-Identifier: GPL-2.0-or-later */
/* redirect_word.c - `redirect location|prefix|scheme <format> [word ...]`, as a line of its own and
 * behind http-request and http-response. */
#include "core/config/rule_reader.h"

#include <string.h>

static bool read_code(struct reader *reader, struct redirect *redirect)
{
	uint64_t code;

	if (!reader_number(reader, "redirect code", 301, 308, &code))
		return false;
	if (code == 301 || code == 302 || code == 303 || code == 307 || code == 308) {
		redirect->status = (uint16_t)code;
		return true;
	}
	reader_alert(reader,
		"'redirect' : unsupported code '%u' (must be one of 301, 302, 303, 307 or 308).",
		(uint32_t)code);
	return false;
}

/* set-cookie NAME[=value], clear-cookie NAME[=] */
static bool read_cookie(struct reader *reader, struct redirect *redirect, bool clear)
{
	const char *name = reader_next(reader);
	const char *equals = strchr(name, '=');

	if (!*name) {
		reader_alert(reader, "'redirect' : '%s' expects a cookie.",
			clear ? "clear-cookie" : "set-cookie");
		return false;
	}
	for (const char *at = name; *at; at++) {
		if ((unsigned char)*at >= 0x20 && *at != 0x7f)
			continue;
		reader_alert(reader, "'redirect' : a cookie cannot hold the byte 0x%02x.",
			(unsigned char)*at);
		return false;
	}
	redirect->cookie = clear ? reader_format(reader, "%.*s=; path=/; Max-Age=0;",
					   equals ? (int)(equals - name) : (int)strlen(name), name)
				 : reader_format(reader, "%s%s; path=/;", name, equals ? "" : "=");
	return true;
}

static bool read_target(
	struct reader *reader, struct redirect *redirect, enum redirect_kind kind, uint32_t sources)
{
	const char *text = reader_next(reader);

	if (!*text) {
		reader_alert(reader, "'redirect' : missing argument.");
		return false;
	}
	redirect->kind = kind;
	redirect->target = format_read(reader, text, FORMAT_FOR_FIELD, sources);
	return redirect->target != NULL;
}

static bool read_word(struct reader *reader, struct redirect *redirect, uint32_t sources)
{
	static const char *const kinds[] = {[REDIRECT_LOCATION] = "location",
		[REDIRECT_PREFIX] = "prefix",
		[REDIRECT_SCHEME] = "scheme"};
	const char *word = reader_next(reader);

	for (uint32_t i = 0; i < KEYWORD_COUNT(kinds); i++)
		if (strcmp(kinds[i], word) == 0)
			return read_target(reader, redirect, (enum redirect_kind)i, sources);
	if (strcmp(word, "code") == 0)
		return read_code(reader, redirect);
	if (strcmp(word, "set-cookie") == 0 || strcmp(word, "clear-cookie") == 0)
		return read_cookie(reader, redirect, word[0] == 'c');
	if (strcmp(word, "drop-query") == 0)
		redirect->drop_query = true;
	else if (strcmp(word, "keep-query") == 0)
		redirect->keep_query = true;
	else if (strcmp(word, "append-slash") == 0)
		redirect->append_slash = true;
	else if (strcmp(word, "ignore-empty") == 0)
		redirect->ignore_empty = true;
	else {
		reader_alert(reader,
			"'redirect' expects 'code', 'prefix', 'location', 'scheme', 'set-cookie', "
			"'clear-cookie', 'drop-query', 'keep-query', 'ignore-empty' or "
			"'append-slash' (was '%s').",
			word);
		return false;
	}
	return true;
}

struct redirect *redirect_words_read(struct reader *reader, uint32_t sources)
{
	struct redirect *redirect = arena_alloc(reader->arena, sizeof(*redirect));

	redirect->status = 302;
	while (!reader_at_end(reader) && !condition_begins(reader)) {
		if (read_word(reader, redirect, sources))
			continue;
		reader_give_up(reader);
		return NULL;
	}
	if (!redirect->target) {
		reader_alert(reader, "'redirect' expects 'location', 'prefix' or 'scheme'.");
		return NULL;
	}
	if (sources & SAMPLE_FROM_RESPONSE && redirect->kind != REDIRECT_LOCATION) {
		reader_alert(reader, "'redirect' : a response can only be redirected to a "
				     "'location'.");
		return NULL;
	}
	return redirect;
}
