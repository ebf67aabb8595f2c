/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_split.h - a line of keepalived's language as words.
 *
 * keepalived reads most lines in one way and commands in another: in a plain line only double
 * quotes mean something, so that a password may hold an apostrophe; in a command both quotes and
 * backslashes do, much as in a shell.  Pure; words live in the caller's buffer. */
#ifndef TORC_CORE_CONFIG_KEEPALIVED_SPLIT_H
#define TORC_CORE_CONFIG_KEEPALIVED_SPLIT_H

#include <stddef.h>
#include <stdint.h>

#define KEEPALIVED_WORDS_MAX 256u

enum keepalived_split_way { KEEPALIVED_SPLIT_PLAIN, KEEPALIVED_SPLIT_COMMAND };

struct keepalived_words {
	uint32_t count;
	/* Words from `count` on are "". */
	const char *word[KEEPALIVED_WORDS_MAX + 1];
};

/* Splits `line` into `out`, which holds at least 2 * strlen(line) + 2 bytes.  NULL, or what is
 * wrong with the line; the words before that stay readable. */
const char *keepalived_split(
	struct keepalived_words *words, const char *line, enum keepalived_split_way way, char *out);

/* Cuts a line at the first brace outside of quotes and of ${...}: a brace is a line of its own.
 * Returns what follows, or NULL when nothing does; `line` ends at the cut. */
char *keepalived_cut_at_brace(char *line, char *brace);

#endif
