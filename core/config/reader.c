/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reader.c - the line at hand and what every reader of a word needs.
 *
 * Messages, the cursor on the words, and arguments that come in many places (times, numbers,
 * host names).  Nothing in here knows a word of the language. */
#include "core/config/reader.h"

#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SAY(kind)                                                                                  \
	do {                                                                                       \
		va_list arguments;                                                                 \
		va_start(arguments, format);                                                       \
		config_message_list(reader->config, kind, reader->place, format, arguments);       \
		va_end(arguments);                                                                 \
	} while (0)

void reader_alert(struct reader *reader, const char *format, ...)
{
	SAY(MESSAGE_ALERT);
}

void reader_warn(struct reader *reader, const char *format, ...)
{
	SAY(MESSAGE_WARNING);
}

void reader_note(struct reader *reader, const char *format, ...)
{
	SAY(MESSAGE_NOTICE);
}

const char *reader_peek(const struct reader *reader)
{
	return reader->at < reader->words.count ? reader->words.word[reader->at] : "";
}

const char *reader_next(struct reader *reader)
{
	const char *word = reader_peek(reader);

	if (reader->at < reader->words.count)
		reader->at++;
	return word;
}

bool reader_skip(struct reader *reader, const char *word)
{
	if (reader_at_end(reader) || strcmp(reader_peek(reader), word) != 0)
		return false;
	reader->at++;
	return true;
}

bool reader_at_end(const struct reader *reader)
{
	return reader->at >= reader->words.count;
}

void reader_give_up(struct reader *reader)
{
	reader->at = reader->words.count;
}

/* HAProxy fills variables into addresses a second time, where they are read, from the days before
 * its quotes: files that say `bind :${PORT}` live on that. */
const char *reader_address(struct reader *reader, const char *word)
{
	return environment_fill(&reader->environment, word);
}

const char *reader_keep(struct reader *reader, const char *text)
{
	return arena_copy(reader->arena, text, strlen(text));
}

const char *reader_format(struct reader *reader, const char *format, ...)
{
	va_list arguments;
	const char *text;

	va_start(arguments, format);
	text = config_format_list(reader->arena, format, arguments);
	va_end(arguments);
	return text;
}

/* HAProxy 2.6 takes "5sec" for five seconds and "1h30m" for one hour, and warns. */
void reader_time_stray(
	struct reader *reader, const char *what, const char *word, const struct number_time *time)
{
	if (time->stray)
		reader_warn(reader,
			"unexpected character '%c' in '%s' after the time '%.*s', which is what "
			"'%s' is read as: us, ms, s, m, h and d are the units, and one is all.",
			time->stray, what, (int)time->unit_bytes, word, word);
}

static bool take_time(
	struct reader *reader, const char *what, enum number_unit unit, struct number_time *time)
{
	const char *word = reader_next(reader);

	switch (number_time(time, word, unit)) {
	case NUMBER_FINE:
		reader_time_stray(reader, what, word, time);
		return true;
	case NUMBER_MISSING:
		reader_alert(reader, "'%s' expects an integer value (in %s)", what,
			unit == NUMBER_SECONDS ? "seconds" : "milliseconds");
		break;
	case NUMBER_BAD_CHARACTER:
		reader_alert(reader, "unexpected character '%c' in '%s'", time->stray, what);
		break;
	case NUMBER_OVERFLOW:
		reader_alert(reader,
			"timer overflow in argument '%s' to '%s' (maximum value is 2147483647 %s)",
			word, what, unit == NUMBER_SECONDS ? "s" : "ms or ~24.8 days");
		break;
	}
	reader_give_up(reader);
	return false;
}

bool reader_time(struct reader *reader, const char *what, enum number_unit unit, uint32_t *value)
{
	struct number_time time;

	if (!take_time(reader, what, unit, &time))
		return false;
	*value = time.value;
	return true;
}

/* People write seconds where the language reads milliseconds; HAProxy has warned about it
 * since 3.0.  Where the section has no name (defaults), it prints empty quotes. */
bool reader_time_advised(struct reader *reader, const char *what, uint32_t *value_ms)
{
	const char *name = reader->section ? reader->section->proxy.name : NULL;
	const char *word = reader_peek(reader);
	struct number_time time;
	const char *where;

	if (!take_time(reader, what, NUMBER_MILLISECONDS, &time))
		return false;
	*value_ms = time.value;
	if (!time.bare || time.value == 0 || time.value >= 100)
		return true;
	where = reader->section ? reader_format(reader, " in %s '%s'", reader->section_word,
					  name ? name : "")
				: "";
	reader_warn(reader,
		"'%s %s'%s is suspiciously small for a value in milliseconds. Please use an "
		"explicit unit ('%ums') if that was the intent.",
		what, word, where, time.value);
	return true;
}

bool reader_number(
	struct reader *reader, const char *what, uint64_t min, uint64_t max, uint64_t *value)
{
	const char *word = reader_next(reader);
	char stray;

	switch (number_whole(value, word, max, &stray)) {
	case NUMBER_MISSING:
		reader_alert(reader, "'%s' expects an integer argument.", what);
		break;
	case NUMBER_FINE:
		if (*value >= min)
			return true;
		/* fall through */
	case NUMBER_OVERFLOW:
		reader_alert(reader, "'%s' expects an integer between %llu and %llu (got '%s').",
			what, (unsigned long long)min, (unsigned long long)max, word);
		break;
	case NUMBER_BAD_CHARACTER:
		reader_alert(reader, "'%s' expects an integer argument (got '%s').", what, word);
		break;
	}
	reader_give_up(reader);
	return false;
}

static bool look_up(const struct config_source *source, const char *host, sa_family_t family,
	union address *address)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_family = family}, *found = NULL;

	if (source->machine && source->machine->look_up)
		return source->machine->look_up(host, family, address);
	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return false;
	memcpy(address, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return true;
}

/* An answer is kept with the source, found or not: the next reader of the snapshot gets the same
 * tree without asking anybody.  The family that was asked for is part of the question. */
bool reader_resolve(
	struct reader *reader, const char *host, sa_family_t family, union address *address)
{
	struct config_source *source = reader->source;
	struct config_resolution *known;
	const char *question = host;

	if (family == AF_UNSPEC && source->ipv4_only)
		family = AF_INET;
	if (family != AF_UNSPEC)
		question =
			reader_format(reader, "%s@%s", family == AF_INET ? "ipv4" : "ipv6", host);
	known = names_find(&reader->resolved, question);
	if (!known) {
		known = arena_alloc(&source->arena, sizeof(*known));
		known->host_name = arena_copy(&source->arena, question, strlen(question));
		if (!look_up(source, host, family, &known->address) ||
			(family != AF_UNSPEC && known->address.any.sa_family != family))
			known->address = (union address){.any.sa_family = AF_UNSPEC};
		known->next = source->resolutions;
		source->resolutions = known;
		names_add(&reader->resolved, reader->arena, known->host_name, known);
	}
	*address = known->address;
	return known->address.any.sa_family != AF_UNSPEC;
}
