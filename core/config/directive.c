/* SPDX-License-Identifier: GPL-2.0-or-later */
/* directive.c - the lines that begin with a dot.
 *
 * .if, .elif, .else and .endif choose which lines of a file are read; .notice, .warning, .alert
 * and .diag let a file speak.  Blocks nest, and belong to one file.  A condition inside a branch
 * that is not taken, or after one that was, is not evaluated: that is how a file asks for a
 * predicate that an older program does not know. */
#include "core/config/directive.h"

#include "core/config/condition.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int evaluate(struct reader *reader, const char *directive);

bool directive_taking(const struct directives *directives)
{
	if (directives->too_deep)
		return false;
	return directives->depth == 0 || directives->blocks[directives->depth - 1].taking;
}

static bool has_arguments(struct reader *reader, const char *directive)
{
	if (reader_at_end(reader))
		return false;
	reader_alert(reader, "Unexpected argument '%s' for '%s'.", reader_peek(reader), directive);
	return true;
}

static void read_if(struct directives *directives, struct reader *reader)
{
	bool outer = directive_taking(directives);
	struct directive_block *block;
	int value = 0;

	if (directives->depth == DIRECTIVE_DEPTH_MAX) {
		if (!directives->too_deep++)
			reader_alert(
				reader, "too many nested '.if', max is %u", DIRECTIVE_DEPTH_MAX);
		return;
	}
	if (outer)
		value = evaluate(reader, ".if");
	block = &directives->blocks[directives->depth++];
	/* After a condition that cannot be read no branch is taken: what the file would have said
	 * is not known. */
	*block = (struct directive_block){.line = reader->place.line,
		.taking = value > 0,
		.taken = value != 0 || !outer,
		.outer = outer};
}

static struct directive_block *innermost(
	struct directives *directives, struct reader *reader, const char *directive)
{
	if (directives->too_deep)
		return NULL;
	if (!directives->depth) {
		reader_alert(reader, "lone '%s' with no matching '.if'.", directive);
		return NULL;
	}
	return &directives->blocks[directives->depth - 1];
}

static void read_elif(struct directives *directives, struct reader *reader)
{
	struct directive_block *block = innermost(directives, reader, ".elif");
	int value = 0;

	if (!block)
		return;
	if (block->after_else) {
		reader_alert(reader, "'.elif' after '.else' is not permitted.");
		return;
	}
	if (!block->taken)
		value = evaluate(reader, ".elif");
	block->taking = value > 0;
	block->taken |= value != 0;
}

static void read_else(struct directives *directives, struct reader *reader)
{
	struct directive_block *block;

	if (has_arguments(reader, ".else"))
		return;
	block = innermost(directives, reader, ".else");
	if (!block)
		return;
	if (block->after_else) {
		reader_alert(reader, "'.else' after '.else' is not permitted.");
		return;
	}
	block->after_else = true;
	block->taking = !block->taken;
	block->taken = true;
}

static void read_endif(struct directives *directives, struct reader *reader)
{
	if (has_arguments(reader, ".endif"))
		return;
	if (directives->too_deep)
		directives->too_deep--;
	else if (innermost(directives, reader, ".endif"))
		directives->depth--;
}

static void read_speech(struct reader *reader, const char *directive, enum message_kind kind)
{
	const char *text = reader_next(reader);

	if (!reader_at_end(reader)) {
		reader_alert(reader,
			"Unexpected argument '%s' for '%s'. Use quotes if the message should "
			"contain spaces.",
			reader_peek(reader), directive);
		return;
	}
	config_message(reader->config, kind, reader->place, "'%s'.", text);
}

void directive_read(struct directives *directives, struct reader *reader)
{
	static const struct {
		const char *word;
		enum message_kind kind;
	} speeches[] = {{".notice", MESSAGE_NOTICE}, {".warning", MESSAGE_WARNING},
		{".alert", MESSAGE_ALERT}, {".diag", MESSAGE_DIAG}};
	const char *word = reader_next(reader);

	if (strcmp(word, ".if") == 0) {
		read_if(directives, reader);
		return;
	}
	if (strcmp(word, ".elif") == 0) {
		read_elif(directives, reader);
		return;
	}
	if (strcmp(word, ".else") == 0) {
		read_else(directives, reader);
		return;
	}
	if (strcmp(word, ".endif") == 0) {
		read_endif(directives, reader);
		return;
	}
	if (!directive_taking(directives))
		return;
	for (size_t i = 0; i < sizeof(speeches) / sizeof(speeches[0]); i++) {
		if (strcmp(word, speeches[i].word) == 0) {
			read_speech(reader, word, speeches[i].kind);
			return;
		}
	}
	reader_alert(reader, "unknown directive '%s'.", word);
}

void directive_end(struct directives *directives, struct reader *reader)
{
	for (uint32_t i = 0; i < directives->depth; i++) {
		struct place place = {reader->place.file, directives->blocks[i].line};

		config_message(reader->config, MESSAGE_ALERT, place, "non-terminated '.if' block.");
	}
	directives->depth = 0;
	directives->too_deep = 0;
}

/* Words that have lost their quotes, with one space between. */
static const char *join(struct arena *arena, const struct lex_words *words, uint32_t first)
{
	char *text, *end;
	size_t room = 1;

	for (uint32_t i = first; i < words->count; i++)
		room += strlen(words->word[i]) + 1;
	text = end = arena_alloc(arena, room);
	for (uint32_t i = first; i < words->count; i++) {
		size_t len = strlen(words->word[i]);

		if (i > first)
			*end++ = ' ';
		memcpy(end, words->word[i], len);
		end += len;
	}
	*end = '\0';
	return text;
}

static const char *process_variable(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

int config_condition(const char *expression, const char **error)
{
	static char text[512];
	struct arena arena = {0};
	struct condition_fault fault = {0};
	struct lex_words words = {.out = arena_alloc(&arena, LEX_OUT_BYTES)};
	enum lex_fault lexed = lex_line(&words, span_of_string(expression), process_variable, NULL);
	int value = -1;

	if (lexed != LEX_FINE)
		snprintf(text, sizeof(text), "%s at position %u", lex_fault_text(lexed),
			words.fault_at + 1);
	else
		value = condition_evaluate(join(&arena, &words, 0), process_variable, NULL, &fault);
	if (value < 0 && lexed == LEX_FINE)
		snprintf(text, sizeof(text), "%s", fault.text);
	*error = value < 0 ? text : NULL;
	arena_free(&arena);
	return value;
}

static int evaluate(struct reader *reader, const char *directive)
{
	const char *expression = join(reader->arena, &reader->words, reader->at);
	struct condition_fault fault;
	int value;

	reader_give_up(reader);
	value = condition_evaluate(expression, environment_get, &reader->environment, &fault);
	if (value < 0)
		reader_alert(reader, "%s in '%s' at position %u:\n  %s %s\n  %*s^", fault.text,
			directive, fault.at + 1, directive, expression,
			(int)(strlen(directive) + 1 + fault.at), "");
	return value;
}
