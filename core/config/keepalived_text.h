/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_text.h - files of keepalived's language as plain lines.
 *
 * Whatever that language does to its text before it has a meaning happens here: comments,
 * no-break spaces, `@id` lines, `$NAME=value` and its use, `~SEQ` and `~LST`, `include`.  What
 * comes out is one line after the other, each with the place where it was written.
 *
 * Owns:   nothing beyond the arena.  Thread: the one that reads the configuration.
 * Source: keepalived.conf(5) of 2.2.7, "Advanced configuration"; lib/parser.c for the order in
 *         which these happen. */
#ifndef TORC_CORE_CONFIG_KEEPALIVED_TEXT_H
#define TORC_CORE_CONFIG_KEEPALIVED_TEXT_H

#include "core/config/config.h"
#include "core/config/keepalived_define.h"

/* What is made of a few characters has an end: a sequence of sequences, a value that names
 * itself, a file that includes itself. */
#define KEEPALIVED_MADE_LINES_MAX 50000u
#define KEEPALIVED_MADE_BYTES_MAX (8u << 20)
#define KEEPALIVED_INCLUDE_DEPTH  16u
#define KEEPALIVED_INCLUDES_MAX	  256u
#define KEEPALIVED_INCLUDED_MAX	  (64u << 20) /* bytes */
#define KEEPALIVED_FRAMES_MAX	  64u

/* include_check: what is an error about an include that finds nothing. */
enum {
	KEEPALIVED_INCLUDE_READABLE = 1, /* what matches is a file that can be read */
	KEEPALIVED_INCLUDE_MATCH = 2,	 /* a name without wildcards is there */
	KEEPALIVED_INCLUDE_WILDCARD = 4, /* a pattern matches something */
	KEEPALIVED_INCLUDE_BRACE = 8,	 /* each alternative of {a,b} matches something */
	KEEPALIVED_INCLUDE_ALL = 15,
};

struct keepalived_frame;

struct keepalived_text {
	struct config *config;
	struct arena *arena;
	const struct config_machine *machine;
	const char *config_id; /* what @id compares with */
	struct keepalived_definitions definitions;
	struct keepalived_frame *top;
	uint32_t frame_count, include_depth, include_count;
	uint32_t made_lines, made_bytes;
	size_t included_bytes;
	uint32_t include_check; /* KEEPALIVED_INCLUDE_* */
	bool gave_up;		/* a limit was reached: nothing more is read */
	struct place place;	/* of the line that was returned last */
	char *line;		/* KEEPALIVED_LINE_BYTES */
};

void keepalived_text_init(
	struct keepalived_text *text, struct config *config, const struct config_source *source);
/* Reading goes on with this file. */
void keepalived_text_open(struct keepalived_text *text, const struct config_file *file);
/* The next line that says something: no comment, no blanks at its ends, not empty.  NULL at the
 * end.  It may be changed, and is gone with the next call. */
char *keepalived_text_next(struct keepalived_text *text);

/* A limit was reached: says so, and no further line comes. */
void keepalived_text_give_up(struct keepalived_text *text, const char *why);

/* The first word of a file, which tells its language, as it stands there; empty: there is none.
 * *opens: a brace follows on its line or the next one. */
struct span keepalived_first_word(struct span bytes, bool *opens);

#endif
