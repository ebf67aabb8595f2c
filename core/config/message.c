/* SPDX-License-Identifier: GPL-2.0-or-later */
/* message.c - what reading a configuration has to say.
 *
 * Messages are collected in the tree, in the order in which they were found, and printed when
 * all is read: a check reports everything in one go, and a caller that only wants to know
 * whether there were errors asks the counters.  The form is HAProxy's, since people have scripts
 * and eyes that know it. */
#include "core/config/config.h"
#include "core/log.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *join(struct arena *arena, const char *const *parts)
{
	size_t len = 0;
	char *whole, *end;

	for (uint32_t i = 0; parts[i]; i++)
		len += strlen(parts[i]);
	whole = end = arena_alloc(arena, len + 1);
	for (uint32_t i = 0; parts[i]; i++)
		end = stpcpy(end, parts[i]);
	return whole;
}

const char *config_format_list(struct arena *arena, const char *format, va_list arguments)
{
	char *formatted = NULL;
	const char *text = "";
	int len = vasprintf(&formatted, format, arguments);

	if (len >= 0) {
		text = arena_copy(arena, formatted, (size_t)len);
		free(formatted);
	}
	return text;
}

void config_message_list(struct config *config, enum message_kind kind, struct place place,
	const char *format, va_list arguments)
{
	struct arena *arena = &config->arena;
	struct message *message = arena_alloc(arena, sizeof(*message));
	const char *text = config_format_list(arena, format, arguments);
	char line[16];

	snprintf(line, sizeof(line), "%u", place.line);
	message->kind = kind;
	message->place = place;
	message->text =
		join(arena, (const char *const[]){"config : ", place.file ? "parsing [" : "",
				    place.file ? place.file : "", place.file ? ":" : "",
				    place.file ? line : "", place.file ? "] : " : "", text, NULL});

	if (config->last_message)
		config->last_message->next = message;
	else
		config->messages = message;
	config->last_message = message;
	config->warning_count += kind == MESSAGE_WARNING;
	config->alert_count += kind == MESSAGE_ALERT;
}

void config_message(
	struct config *config, enum message_kind kind, struct place place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	config_message_list(config, kind, place, format, arguments);
	va_end(arguments);
}

static void print_line(FILE *out, enum message_kind kind, const char *text)
{
	/* The gap makes the texts line up. */
	static const char *const heads[] = {
		[MESSAGE_NOTICE] = "[NOTICE]   ",
		[MESSAGE_WARNING] = "[WARNING]  ",
		[MESSAGE_ALERT] = "[ALERT]    ",
		[MESSAGE_DIAG] = "[DIAG]     ",
	};

	fprintf(out, "%s(%d) : %s\n", heads[kind], (int)log_pid(), text);
}

/* "Error(s) found" closes the messages of a file in which an alert was found. */
static void close_file(FILE *out, const char *file)
{
	char text[512];

	snprintf(text, sizeof(text), "config : Error(s) found in configuration file : %s", file);
	print_line(out, MESSAGE_ALERT, text);
}

void config_print_messages(const struct config *config, FILE *out, bool quiet)
{
	const char *bad_file = NULL;

	if (quiet)
		return;
	for (const struct message *message = config->messages; message; message = message->next) {
		const char *file = message->place.file;

		if (bad_file && (!file || strcmp(file, bad_file) != 0)) {
			close_file(out, bad_file);
			bad_file = NULL;
		}
		if (message->kind != MESSAGE_DIAG || config->show_diagnostics)
			print_line(out, message->kind, message->text);
		if (message->kind == MESSAGE_ALERT && file)
			bad_file = file;
	}
	if (bad_file)
		close_file(out, bad_file);
}
