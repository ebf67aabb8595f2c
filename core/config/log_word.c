/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log_word.c - the word `log`: where log lines go.
 *
 *   log global
 *   log <target> [len <length>] [format <format>] [sample <ranges>:<size>] <facility>
 *       [<maxlevel> [<minlevel>]]
 *
 * A target is an address (UDP, port 514 unless given), the path of a unix socket, a descriptor,
 * or stdout and stderr.  `log global` stands for the global section's list, which may be written
 * further down in the file, so it is resolved when all is read. */
#include "core/config/nearest.h"
#include "core/config/reader.h"
#include "core/config/remedy.h"
#include "core/log.h"

#include <string.h>

/* Every line goes to every target.  `log global` weighs as much as the global list may hold, so
 * that a list with all of them written out, as in the normal form, is within the limit, too. */
#define GLOBAL_TARGETS_MAX 32
#define LOG_TARGETS_MAX	   64

static const char *const facilities[] = {"kern", "user", "mail", "daemon", "auth", "syslog", "lpr",
	"news", "uucp", "cron", "auth2", "ftp", "ntp", "audit", "alert", "cron2", "local0",
	"local1", "local2", "local3", "local4", "local5", "local6", "local7", NULL};

static const char *const levels[] = {
	"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug", NULL};

static const char *const formats[] = {
	[LOG_FORMAT_LOCAL] = "local",
	[LOG_FORMAT_RFC3164] = "rfc3164",
	[LOG_FORMAT_RFC5424] = "rfc5424",
	[LOG_FORMAT_PRIORITY] = "priority",
	[LOG_FORMAT_SHORT] = "short",
	[LOG_FORMAT_TIMED] = "timed",
	[LOG_FORMAT_ISO] = "iso",
	[LOG_FORMAT_RAW] = "raw",
	NULL,
};

const char *log_facility_name(uint8_t facility)
{
	return facilities[facility];
}

const char *log_level_name(uint8_t level)
{
	return levels[level];
}

const char *log_format_name(enum log_format_kind format)
{
	return formats[format];
}

void log_list_init(struct log_list *list)
{
	*list = (struct log_list){0};
	list->tail = &list->first;
}

void log_list_append(struct reader *reader, struct log_list *list, const struct log_draft *draft)
{
	struct log_draft *copy = arena_alloc(reader->arena, sizeof(*copy));

	*copy = *draft;
	copy->next = NULL;
	*list->tail = copy;
	list->tail = &copy->next;
	list->count++;
}

/* The position of a word in a NULL-terminated list, or -1. */
static int position(const char *const *words, const char *word)
{
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], word) == 0)
			return i;
	}
	return -1;
}

/* As position(), with a complaint.  `what` as in "unknown log facility". */
static int choose(struct reader *reader, const char *const *words, const char *what)
{
	const char *word = reader_next(reader), *near;
	int chosen = position(words, word);

	if (chosen >= 0)
		return chosen;
	near = nearest_of(words, word);
	if (near)
		reader_alert(reader, "log : unknown %s '%s'; did you mean '%s' maybe ?", what, word,
			near);
	else
		reader_alert(reader, "log : unknown %s '%s'", what, word);
	return -1;
}

/* *lost: the name of the target has no address now; the line counts for nothing, with a warning. */
static bool read_target(struct reader *reader, struct log_target *target, bool *lost)
{
	const char *word = reader_address(reader, reader_next(reader)), *fault;
	struct address_text text;

	*target = (struct log_target){.fd = -1, .place = reader->place};
	if (strcmp(word, "stdout") == 0)
		word = "fd@1";
	else if (strcmp(word, "stderr") == 0)
		word = "fd@2";
	if (strncmp(word, "ring@", 5) == 0 || strncmp(word, "backend@", 8) == 0 ||
		strncmp(word, "tcp@", 4) == 0 || strncmp(word, "tcp4@", 5) == 0 ||
		strncmp(word, "tcp6@", 5) == 0) {
		remedy_alert(reader, reader_format(reader, "log : target '%s'", word), word);
		return false;
	}
	fault = address_read(&text, word);
	if (!fault && (text.port_sign > ADDRESS_PORT_PLAIN || text.port_first != text.port_last))
		fault = "one plain port expected";
	if (fault) {
		reader_alert(reader, "log : %s in '%s'", fault, word);
		return false;
	}
	target->fd = text.fd;
	target->address = text.address;
	target->address_len = text.address_len;
	if (text.kind == ADDRESS_FD) {
		target->kind = LOG_TO_FD;
		return true;
	}
	if (text.kind == ADDRESS_PATH || text.kind == ADDRESS_ABSTRACT) {
		target->kind = LOG_TO_UNIX;
		return true;
	}
	target->kind = LOG_TO_UDP;
	if (text.kind == ADDRESS_NAME) {
		const char *host = arena_copy(reader->arena, text.host.at, text.host.len);

		if (!reader_resolve(reader, host, text.family, &target->address)) {
			reader_warn(reader,
				"log : could not resolve address '%s': nothing is "
				"sent there",
				host);
			*lost = true;
			return true;
		}
	}
	target->address_len =
		address_set_port(&target->address, text.port_first ? text.port_first : 514);
	return true;
}

static bool read_length(struct reader *reader, struct log_target *target)
{
	const char *word = reader_next(reader);
	uint64_t value;
	char stray;

	if (number_whole(&value, word, 65535, &stray) != NUMBER_FINE || value < 80) {
		reader_alert(reader, "log : invalid log length '%s', must be between 80 and 65535",
			word);
		return false;
	}
	target->len_max = (uint16_t)value;
	return true;
}

/* A number from 1 on, before one of `ends` (none: before the end of the word); 0: it is none. */
static uint32_t take_number(const char **at, const char *ends)
{
	uint64_t value = 0;
	const char *from = *at;

	while (**at >= '0' && **at <= '9' && value <= UINT32_MAX)
		value = value * 10 + (uint64_t)(*(*at)++ - '0');
	if (*at == from || value > UINT32_MAX)
		return 0;
	if (**at ? !strchr(ends, **at) : *ends)
		return 0;
	return (uint32_t)value;
}

/* "2-3,8:11": ranges of one sample, and its size. */
static bool read_sample(struct reader *reader, struct log_target *target)
{
	const char *word = reader_next(reader), *at = word;
	struct log_sample *sample = arena_alloc(reader->arena, sizeof(*sample));
	uint32_t last = 0;

	sample->ranges =
		arena_alloc(reader->arena, (strlen(word) / 2 + 1) * sizeof(sample->ranges[0]));
	while (true) {
		uint32_t i = sample->range_count++;
		uint32_t first = take_number(&at, "-,:");

		sample->ranges[i].first = first;
		sample->ranges[i].last = first;
		if (*at == '-') {
			at++;
			sample->ranges[i].last = take_number(&at, ",:");
		}
		if (first <= last || sample->ranges[i].last < first) {
			reader_alert(reader,
				"log : invalid ranges in sample '%s', must be numbers from 1 on, "
				"in order: '2-3,8:11'",
				word);
			return false;
		}
		last = sample->ranges[i].last;
		if (*at != ',')
			break;
		at++;
	}
	if (*at == ':') {
		at++;
		sample->size = take_number(&at, "");
	}
	if (sample->size < last) {
		reader_alert(reader,
			"log : invalid size of sample '%s', must not be below the end of its last "
			"range: '2-3,8:11'",
			word);
		return false;
	}
	target->sample = sample;
	return true;
}

static bool read_own(struct reader *reader, struct log_draft *draft, bool *lost)
{
	struct log_target *target = &draft->target;
	int chosen;

	if (reader->words.count < 3) {
		reader_alert(reader, "log : expects <address> and <facility> as arguments");
		return false;
	}
	if (!read_target(reader, target, lost))
		return false;
	target->len_max = 1024;
	target->level_max = LOG_LEVEL_DEBUG;
	while (true) {
		if (reader_skip(reader, "len")) {
			if (!read_length(reader, target))
				return false;
		} else if (reader_skip(reader, "format")) {
			chosen = choose(reader, formats, "log format");
			if (chosen < 0)
				return false;
			target->format = (enum log_format_kind)chosen;
		} else if (reader_skip(reader, "sample")) {
			if (!read_sample(reader, target))
				return false;
		} else if (strcmp(reader_peek(reader), "profile") == 0) {
			reader_alert(reader, "log : '%s' is known, but not available yet",
				reader_peek(reader));
			return false;
		} else {
			break;
		}
	}
	if (reader_at_end(reader)) {
		reader_alert(reader, "log : expects <address> and <facility> as arguments");
		return false;
	}
	chosen = choose(reader, facilities, "log facility");
	if (chosen < 0)
		return false;
	target->facility = (uint8_t)chosen;
	if (!reader_at_end(reader)) {
		chosen = choose(reader, levels, "optional log level");
		if (chosen < 0)
			return false;
		target->level_max = (uint8_t)chosen;
	}
	if (!reader_at_end(reader)) {
		chosen = choose(reader, levels, "optional minimum log level");
		if (chosen < 0)
			return false;
		target->level_min = (uint8_t)chosen;
	}
	return true;
}

static bool has_global(const struct log_list *list)
{
	const struct log_draft *log = list->first;

	while (log && !log->global)
		log = log->next;
	return log != NULL;
}

static void append(
	struct reader *reader, struct log_list *list, const struct log_draft *draft, uint32_t max)
{
	uint32_t weight = list->count + 1;

	/* Said twice it is no more than said once. */
	if (draft->global && has_global(list))
		return;
	if (draft->global || has_global(list))
		weight += GLOBAL_TARGETS_MAX - 1;
	if (weight <= max)
		log_list_append(reader, list, draft);
	else
		reader_alert(reader, "log : more than %u targets in one list", max);
}

void log_word_read(struct reader *reader, struct log_list *list, bool in_global)
{
	struct log_draft draft = {0};
	bool lost = false;

	if (reader->modifier == MODIFIER_NO) {
		log_list_init(list);
		return;
	}
	if (reader->words.count == 2 && strcmp(reader_peek(reader), "global") == 0) {
		reader_next(reader);
		if (in_global) {
			reader_alert(reader,
				"log : 'global' is not supported for a global syslog server");
			return;
		}
		draft.global = true;
		append(reader, list, &draft, LOG_TARGETS_MAX);
		return;
	}
	if (!read_own(reader, &draft, &lost)) {
		reader_give_up(reader);
		return;
	}
	if (!lost)
		append(reader, list, &draft, in_global ? GLOBAL_TARGETS_MAX : LOG_TARGETS_MAX);
}
