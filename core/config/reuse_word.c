/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reuse_word.c - the words about kept server connections and about requests that are sent again:
 * http-reuse, retry-on, pool-max-conn, pool-low-conn, pool-purge-delay. */
#include "core/config/reader.h"

#include <stdio.h>
#include <string.h>

static const char *const reuse_modes[] = {
	[HTTP_REUSE_NEVER] = "never",
	[HTTP_REUSE_SAFE] = "safe",
	[HTTP_REUSE_AGGRESSIVE] = "aggressive",
	[HTTP_REUSE_ALWAYS] = "always",
};

const char *reuse_mode_name(enum http_reuse mode)
{
	return reuse_modes[mode];
}

void http_reuse_read(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	(void)self;
	for (uint32_t i = HTTP_REUSE_NEVER; i < KEYWORD_COUNT(reuse_modes); i++) {
		if (strcmp(word, reuse_modes[i]) != 0)
			continue;
		reader->section->proxy.http_reuse = (enum http_reuse)i;
		return;
	}
	reader_alert(reader,
		"'http-reuse' only supports 'never', 'safe', 'aggressive', 'always' (got '%s').",
		word);
	reader_give_up(reader);
}

static const uint16_t retry_statuses[] = {
	401, 403, 404, 408, 421, 425, 429, 500, 501, 502, 503, 504};

static const struct retry_word {
	const char *word;
	uint32_t bits;
} retry_words[] = {
	{"conn-failure", RETRY_ON_CONN_FAILURE},
	{"empty-response", RETRY_ON_EMPTY_RESPONSE},
	{"junk-response", RETRY_ON_JUNK_RESPONSE},
	{"response-timeout", RETRY_ON_RESPONSE_TIMEOUT},
	/* There is no TLS towards servers yet, so nothing is sent early and nothing rejected. */
	{"0rtt-rejected", 0},
};

#define RETRY_ON_ALL                                                                               \
	(RETRY_ON_CONN_FAILURE | RETRY_ON_EMPTY_RESPONSE | RETRY_ON_JUNK_RESPONSE |                \
		RETRY_ON_RESPONSE_TIMEOUT | retry_on_status(500) | retry_on_status(502) |          \
		retry_on_status(503) | retry_on_status(504))

uint32_t retry_on_status(uint16_t status)
{
	for (uint32_t i = 0; i < KEYWORD_COUNT(retry_statuses); i++)
		if (retry_statuses[i] == status)
			return RETRY_ON_FIRST_STATUS << i;
	return 0;
}

/* The bits of one word; UINT32_MAX when there is no such word. */
static uint32_t retry_bits(const char *word)
{
	uint64_t status;
	char stray;

	for (uint32_t i = 0; i < KEYWORD_COUNT(retry_words); i++)
		if (strcmp(word, retry_words[i].word) == 0)
			return retry_words[i].bits;
	if (strcmp(word, "all-retryable-errors") == 0)
		return RETRY_ON_ALL;
	if (number_whole(&status, word, 999, &stray) == NUMBER_FINE &&
		retry_on_status((uint16_t)status))
		return retry_on_status((uint16_t)status);
	return UINT32_MAX;
}

void retry_on_read(struct reader *reader, const struct keyword *self)
{
	uint32_t bits = RETRY_ON_SAID;

	(void)self;
	if (reader_at_end(reader))
		reader_alert(reader, "'retry-on' needs at least one keyword to specify when to "
				     "retry.");
	else if (reader_skip(reader, "none"))
		reader->section->proxy.retry_on = bits;
	while (!reader_at_end(reader)) {
		const char *word = reader_next(reader);
		uint32_t more = retry_bits(word);

		if (more == UINT32_MAX) {
			reader_alert(reader,
				"'retry-on': unknown keyword '%s': torc knows 'none', "
				"'conn-failure', 'empty-response', 'junk-response', "
				"'response-timeout', '0rtt-rejected', 'all-retryable-errors' and "
				"the statuses 401, 403, 404, 408, 421, 425, 429 and 500 to 504.",
				word);
			reader_give_up(reader);
			return;
		}
		bits |= more;
	}
	if (bits != RETRY_ON_SAID)
		reader->section->proxy.retry_on = bits;
}

void retry_on_print(FILE *out, uint32_t bits)
{
	fputs("\tretry-on", out);
	if ((bits & ~RETRY_ON_SAID) == 0)
		fputs(" none", out);
	for (uint32_t i = 0; i < KEYWORD_COUNT(retry_words); i++)
		if (bits & retry_words[i].bits)
			fprintf(out, " %s", retry_words[i].word);
	for (uint32_t i = 0; i < KEYWORD_COUNT(retry_statuses); i++)
		if (bits & RETRY_ON_FIRST_STATUS << i)
			fprintf(out, " %u", retry_statuses[i]);
	fputc('\n', out);
}

/* -1, the default, is no limit. */
void pool_count_read(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	int32_t *count = (int32_t *)(void *)((char *)reader->server + self->field);
	uint64_t value;
	char stray;

	if (strcmp(word, "-1") == 0 && strcmp(self->name, "pool-max-conn") == 0) {
		*count = -1;
		return;
	}
	if (number_whole(&value, word, INT32_MAX, &stray) == NUMBER_FINE) {
		*count = (int32_t)value;
		return;
	}
	reader_alert(reader, "'%s' : '%s' expects %s (got '%s').", reader->line_name, self->name,
		strcmp(self->name, "pool-max-conn") == 0 ? "a number or -1" : "a number", word);
	reader_give_up(reader);
}

/* Unlike other times, 0 is one: nothing is kept. */
void pool_purge_delay_read(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	struct number_time time;

	if (number_time(&time, word, NUMBER_MILLISECONDS) == NUMBER_FINE) {
		reader_time_stray(reader, self->name, word, &time);
		*(uint32_t *)(void *)((char *)reader->server + self->field) = time.value;
		return;
	}
	reader_alert(reader, "'%s' : '%s' expects a time (got '%s').", reader->line_name,
		self->name, word);
	reader_give_up(reader);
}
