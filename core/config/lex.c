/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lex.c - one line of haproxy.cfg as words.
 *
 * A line is read once from left to right.  Outside quotes a backslash protects one character and
 * a `#` ends the line; inside "weak quotes" variables are replaced; inside 'strong quotes' every
 * byte stands for itself.  Quotes may open and close in the middle of a word.
 *
 * The words go to a buffer of the caller's, one after the other, each closed by a NUL, so that
 * nothing is allocated here and the whole can be fed with any bytes at all.  Variables are asked
 * for through a function: the language has setenv and unsetenv, and tests have none at all. */
#include "core/config/lex.h"

#include <assert.h>

enum quote { BARE, WEAK, STRONG };

struct cursor {
	struct lex_words *words;
	struct span line;
	uint32_t at;   /* next byte of the line */
	uint32_t here; /* where the byte or escape being taken begins */
	uint32_t used; /* bytes written to words->out */
	enum quote quote;
	uint32_t quote_at;
	bool in_word;
	lex_variable *variable;
	void *context;
};

static enum lex_fault take(struct cursor *cursor);
static enum lex_fault take_escape(struct cursor *cursor);
static enum lex_fault take_variable(struct cursor *cursor);
static enum lex_fault fault_at(struct cursor *cursor, enum lex_fault fault, uint32_t at);
static enum lex_fault put(struct cursor *cursor, char byte);
static enum lex_fault begin_word(struct cursor *cursor);
static void end_word(struct cursor *cursor);

enum lex_fault lex_line(
	struct lex_words *words, struct span line, lex_variable *variable, void *context)
{
	struct cursor cursor = {
		.words = words, .line = line, .variable = variable, .context = context};
	enum lex_fault fault = LEX_FINE;

	words->count = 0;
	words->fault_at = 0;
	if (line.len > LEX_LINE_MAX)
		fault = fault_at(&cursor, LEX_TOO_LONG, LEX_LINE_MAX);
	while (fault == LEX_FINE && cursor.at < line.len) {
		if (cursor.quote == BARE && line.at[cursor.at] == '#')
			break;
		fault = take(&cursor);
	}
	if (fault == LEX_FINE && cursor.quote != BARE)
		fault = fault_at(&cursor, LEX_QUOTE_OPEN, cursor.quote_at);
	end_word(&cursor);
	for (uint32_t i = words->count; i < LEX_WORDS_MAX + 2; i++)
		words->word[i] = "";
	return fault;
}

const char *lex_fault_text(enum lex_fault fault)
{
	switch (fault) {
	case LEX_FINE:
		return "no fault";
	case LEX_QUOTE_OPEN:
		return "unmatched quote";
	case LEX_BRACE_OPEN:
		return "unmatched brace in environment variable name";
	case LEX_BAD_NAME:
		return "forbidden first char in environment variable name";
	case LEX_BAD_EXPANSION:
		return "truncated or invalid word expansion sequence";
	case LEX_SHELL_EXPANSION:
		return "':' behind a variable's name (a preset is written '${NAME-preset}')";
	case LEX_BAD_HEX:
		return "truncated or invalid hexadecimal sequence";
	case LEX_TOO_LONG:
		return "line too long";
	case LEX_TOO_MANY_WORDS:
		return "too many words (64 at most; what does not fit goes on a line of its own)";
	}
	return "unknown fault";
}

/* Takes what stands at the cursor: a byte, an escape, a quote, a variable or a space. */
static enum lex_fault take(struct cursor *cursor)
{
	char byte = cursor->line.at[cursor->at];

	cursor->here = cursor->at;
	if (cursor->quote == STRONG && byte != '\'')
		return cursor->at++, put(cursor, byte);

	switch (byte) {
	case ' ':
	case '\t':
	case '\r':
		cursor->at++;
		if (cursor->quote != BARE)
			return put(cursor, byte);
		end_word(cursor);
		return LEX_FINE;
	case '"':
	case '\'':
		if (cursor->quote == WEAK && byte == '\'')
			return cursor->at++, put(cursor, byte);
		cursor->quote_at = cursor->at++;
		if (cursor->quote != BARE)
			cursor->quote = BARE;
		else
			cursor->quote = byte == '"' ? WEAK : STRONG;
		/* An empty pair of quotes is a word, too. */
		return begin_word(cursor);
	case '\\':
		return take_escape(cursor);
	case '$':
		if (cursor->quote == WEAK)
			return take_variable(cursor);
		/* fall through */
	default:
		cursor->at++;
		return put(cursor, byte);
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static char peek(const struct cursor *cursor, uint32_t ahead)
{
	uint32_t at = cursor->at + ahead;

	return at < cursor->line.len ? cursor->line.at[at] : '\0';
}

/* A backslash before a byte that needs no protection is itself (`\.` in a regular expression). */
static enum lex_fault take_escape(struct cursor *cursor)
{
	uint32_t start = cursor->at;
	char next = peek(cursor, 1);
	int high, low;

	switch (next) {
	case ' ':
	case '#':
	case '\\':
	case '"':
	case '\'':
		break;
	case '$':
		if (cursor->quote != WEAK)
			return cursor->at++, put(cursor, '\\');
		break;
	case 'n':
		next = '\n';
		break;
	case 'r':
		next = '\r';
		break;
	case 't':
		next = '\t';
		break;
	case 'x':
		high = hex_digit(peek(cursor, 2));
		low = high < 0 ? -1 : hex_digit(peek(cursor, 3));
		if (low < 0 || (high == 0 && low == 0))
			return fault_at(cursor, LEX_BAD_HEX, start);
		cursor->at += 4;
		return put(cursor, (char)(high * 16 + low));
	default:
		cursor->at++;
		return put(cursor, '\\');
	}
	cursor->at += 2;
	return put(cursor, next);
}

/* Writes a variable's value into the word at hand; where `split` is asked for, spaces in it
 * separate words though they stand in quotes. */
static enum lex_fault put_value(struct cursor *cursor, struct span value, bool split)
{
	enum lex_fault fault = begin_word(cursor);

	for (uint32_t i = 0; i < value.len && fault == LEX_FINE; i++) {
		if (split && (value.at[i] == ' ' || value.at[i] == '\t'))
			end_word(cursor);
		else
			fault = put(cursor, value.at[i]);
	}
	return fault;
}

/* $NAME, ${NAME}, ${NAME-default} (when the variable is not set), ${NAME[*]} (as words). */
static enum lex_fault take_variable(struct cursor *cursor)
{
	char name[256];
	uint32_t start = cursor->at, len = 0;
	bool braces = peek(cursor, 1) == '{', split = false;
	struct span preset = {0};
	const char *value;

	cursor->at += braces ? 2 : 1;
	if (!lex_begins_name(peek(cursor, 0)))
		return fault_at(cursor, LEX_BAD_NAME, cursor->at);
	while (lex_continues_name(peek(cursor, 0))) {
		if (len == sizeof(name) - 1)
			return fault_at(cursor, LEX_TOO_LONG, start);
		name[len++] = cursor->line.at[cursor->at++];
	}
	name[len] = '\0';
	if (braces) {
		if (peek(cursor, 0) == '[') {
			if (peek(cursor, 1) != '*' || peek(cursor, 2) != ']')
				return fault_at(cursor, LEX_BAD_EXPANSION, cursor->at);
			split = true;
			cursor->at += 3;
		}
		if (peek(cursor, 0) == '-') {
			preset.at = cursor->line.at + ++cursor->at;
			while (cursor->at < cursor->line.len && peek(cursor, 0) != '}')
				cursor->at++, preset.len++;
		}
		if (peek(cursor, 0) == ':' && peek(cursor, 1) == '-')
			return fault_at(cursor, LEX_SHELL_EXPANSION, cursor->at);
		if (peek(cursor, 0) != '}')
			return fault_at(cursor, LEX_BRACE_OPEN, start + 1);
		cursor->at++;
	}
	value = cursor->variable ? cursor->variable(cursor->context, name) : NULL;
	return put_value(cursor, value ? span_of_string(value) : preset, split);
}

static enum lex_fault fault_at(struct cursor *cursor, enum lex_fault fault, uint32_t at)
{
	cursor->words->fault_at = at;
	return fault;
}

static enum lex_fault begin_word(struct cursor *cursor)
{
	if (cursor->in_word)
		return LEX_FINE;
	if (cursor->words->count == LEX_WORDS_MAX)
		return fault_at(cursor, LEX_TOO_MANY_WORDS, cursor->here);
	/* One byte stays free for the NUL that ends the word. */
	if (cursor->used + 1 >= LEX_OUT_BYTES)
		return fault_at(cursor, LEX_TOO_LONG, cursor->here);
	cursor->words->word[cursor->words->count++] = cursor->words->out + cursor->used;
	cursor->in_word = true;
	return LEX_FINE;
}

static enum lex_fault put(struct cursor *cursor, char byte)
{
	enum lex_fault fault = begin_word(cursor);

	if (fault != LEX_FINE)
		return fault;
	if (cursor->used + 2 >= LEX_OUT_BYTES)
		return fault_at(cursor, LEX_TOO_LONG, cursor->here);
	cursor->words->out[cursor->used++] = byte;
	return LEX_FINE;
}

static void end_word(struct cursor *cursor)
{
	if (!cursor->in_word)
		return;
	assert(cursor->used < LEX_OUT_BYTES);
	cursor->words->out[cursor->used++] = '\0';
	cursor->in_word = false;
}
