/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lex.h - one line of haproxy.cfg as words.
 * Source: the quoting rules of HAProxy's configuration manual, 2.2 to 2.4.
 * Pure: no allocation; words live in the caller's buffer and die with it. */
#ifndef TORC_CORE_CONFIG_LEX_H
#define TORC_CORE_CONFIG_LEX_H

#include "core/span.h"

#define LEX_WORDS_MAX 64
#define LEX_LINE_MAX  65535	   /* bytes of a line as written, without its line feed */
#define LEX_OUT_BYTES (128 * 1024) /* a line's words after expansion */

enum lex_fault {
	LEX_FINE,
	LEX_QUOTE_OPEN,	     /* a quote that is never closed */
	LEX_BRACE_OPEN,	     /* ${NAME without its brace */
	LEX_SHELL_EXPANSION, /* ${NAME:-preset}, as shells have it */
	LEX_BAD_NAME,	     /* $ not followed by a letter or an underscore */
	LEX_BAD_EXPANSION,   /* ${NAME[ not followed by *] */
	LEX_BAD_HEX,	     /* \x without two digits, or \x00, which would end the word */
	LEX_TOO_LONG,
	LEX_TOO_MANY_WORDS,
};

/* Words from `count` on are empty strings, so that a reader may look one word too far. */
struct lex_words {
	uint32_t count;
	const char *word[LEX_WORDS_MAX + 2];
	uint32_t fault_at; /* 0-based column of the fault in the line */
	char *out;	   /* the caller's, LEX_OUT_BYTES */
};

/* The value of an environment variable, or NULL when it is not set. */
typedef const char *lex_variable(void *context, const char *name);

/* The names of variables: letters and underscores, digits not first. */
static inline bool lex_begins_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static inline bool lex_continues_name(char c)
{
	return lex_begins_name(c) || (c >= '0' && c <= '9');
}

/* Splits `line` (no line feed, no NUL).  The words before a fault stay readable. */
enum lex_fault lex_line(
	struct lex_words *words, struct span line, lex_variable *variable, void *context);

/* What to tell the user, e.g. "unmatched quote". */
const char *lex_fault_text(enum lex_fault fault);

#endif
