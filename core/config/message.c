/* SPDX-License-Identifier: GPL-2.0-or-later */
/* message.c - what reading a configuration has to say.
 *
 * Messages are collected in the tree, in the order in which they were found, and printed when
 * all is read: a check reports everything in one go, and a caller that only wants to know
 * whether there were errors asks the counters.  The form is HAProxy's, since people have scripts
 * and eyes that know it. */
#include "core/config/config.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static const char *format_text(struct arena *arena, const char *format, va_list arguments)
{
	va_list again;
	char *text;
	int len;

	va_copy(again, arguments);
	len = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (len < 0)
		return "";
	text = arena_alloc(arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, arguments);
	return text;
}

void config_message(
	struct config *config, enum message_kind kind, struct place place, const char *format, ...)
{
	struct message *message = arena_alloc(&config->arena, sizeof(*message));
	va_list arguments;
	const char *text;
	char head[512];

	va_start(arguments, format);
	text = format_text(&config->arena, format, arguments);
	va_end(arguments);
	if (place.file)
		snprintf(head, sizeof(head), "config : parsing [%s:%u] : ", place.file, place.line);
	else
		snprintf(head, sizeof(head), "config : ");

	message->kind = kind;
	message->place = place;
	size_t head_len = strlen(head), text_len = strlen(text);
	char *whole = arena_alloc(&config->arena, head_len + text_len + 1);

	memcpy(whole, head, head_len);
	memcpy(whole + head_len, text, text_len + 1);
	message->text = whole;

	if (config->last_message)
		config->last_message->next = message;
	else
		config->messages = message;
	config->last_message = message;
	config->warning_count += kind == MESSAGE_WARNING;
	config->alert_count += kind == MESSAGE_ALERT;
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

	fprintf(out, "%s(%d) : %s\n", heads[kind], (int)getpid(), text);
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
		print_line(out, message->kind, message->text);
		if (message->kind == MESSAGE_ALERT && file)
			bad_file = file;
	}
	if (bad_file)
		close_file(out, bad_file);
	if (config->alert_count)
		print_line(out, MESSAGE_ALERT, "config : Fatal errors found in configuration.");
	else if (config->warning_count)
		fputs("Warnings were found.\n", out);
}
