/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log_format_word.c - what a log line holds: `log-format` and its kin, and the formats that have a
 * name of their own (`option httplog clf`).
 *
 * httplog and tcplog are not read as formats: they are written by hand (net/http/access_log.c),
 * since most installations have one of them, and every request pays for it. */
#include "core/config/format_words.h"
#include "core/config/rule_reader.h"

#include <string.h>

#define CLF                                                                                        \
	"%{+Q}o %{-Q}ci - - [%trg] %r %ST %B \"\" \"\" %cp %ms %ft %b %s %TR %Tw %Tc %Tr %Ta "     \
	"%tsc %ac %fc %bc %sc %rc %sq %bq %CC %CS %hrl %hsl"

/* The one argument of the line, as a format; NULL: complained about. */
static struct format *read_one(struct reader *reader, const char *word, uint32_t sources)
{
	const char *text = reader_next(reader);

	if (!*text) {
		reader_alert(reader, "'%s' expects an argument.", word);
		return NULL;
	}
	if (!reader_at_end(reader)) {
		reader_alert(reader,
			"'%s' expects only one argument, don't forget to escape spaces!", word);
		reader_give_up(reader);
		return NULL;
	}
	return format_read(reader, text, FORMAT_FOR_LOG, sources);
}

void log_format_read(struct reader *reader, const struct keyword *self)
{
	struct proxy *proxy = &reader->section->proxy;
	struct format *format = read_one(reader, self->name, SOURCES_OF_LOG);

	if (!format)
		return;
	proxy->log_format = format;
	proxy->log_httplog = false;
	proxy->log_tcplog = false;
	proxy->log_place = reader->place;
}

void log_format_sd_read(struct reader *reader, const struct keyword *self)
{
	struct format *format = read_one(reader, self->name, SOURCES_OF_LOG);

	if (format)
		reader->section->proxy.log_format_sd = format;
}

void error_log_format_read(struct reader *reader, const struct keyword *self)
{
	struct format *format = read_one(reader, self->name, SOURCES_OF_LOG);

	if (format)
		reader->section->proxy.error_log_format = format;
}

void unique_id_format_read(struct reader *reader, const struct keyword *self)
{
	struct format *format = read_one(reader, self->name, SOURCES_OF_REQUEST);

	if (format)
		reader->section->proxy.unique_id_format = format;
}

void log_format_clf(struct reader *reader)
{
	reader->section->proxy.log_format =
		format_read(reader, CLF, FORMAT_FOR_LOG, SOURCES_OF_LOG);
}

/* A variable of the format that only a request has; NULL: none. */
static const char *needs_http(const struct format *format)
{
	/* HAProxy 2.6 gives %ST, %tsc and the captured fields in mode tcp, too. */
	static const enum format_alias of_http[] = {ALIAS_REQUEST_COOKIE, ALIAS_RESPONSE_COOKIE,
		ALIAS_METHOD, ALIAS_PATH, ALIAS_PATH_ONLY, ALIAS_QUERY, ALIAS_URI, ALIAS_VERSION,
		ALIAS_ACTIVE_TIME, ALIAS_IDLE_TIME, ALIAS_REQUEST_TIME_WITH_IDLE,
		ALIAS_REQUEST_TIME, ALIAS_RESPONSE_TIME, ALIAS_REQUEST_LINE, ALIAS_REQUEST_DATE,
		ALIAS_REQUEST_DATE_GMT, ALIAS_REQUEST_DATE_LOCAL};

	for (uint32_t i = 0; i < format->count; i++) {
		const struct format_piece *piece = &format->pieces[i];

		for (uint32_t j = 0; j < KEYWORD_COUNT(of_http); j++)
			if (piece->kind == FORMAT_ALIAS && piece->alias->id == of_http[j])
				return piece->alias->name;
	}
	return NULL;
}

void log_format_check(struct reader *reader, const struct proxy *proxy)
{
	const char *name =
		proxy->is_frontend && proxy->log_format ? needs_http(proxy->log_format) : NULL;

	if (proxy->mode == PROXY_MODE_TCP && name)
		config_message(reader->config, MESSAGE_ALERT, proxy->log_place,
			"failed to parse log-format : format variable '%s' is reserved for HTTP "
			"mode.",
			name);
}

const char *format_text(const struct format *format)
{
	return format ? format->text : NULL;
}
