/* SPDX-License-Identifier: GPL-2.0-or-later */
/* regex.h - regular expressions: compiled when a configuration is read, matched by workers.
 *
 * A compiled expression is read-only and shared by all workers; what a match needs beside it (the
 * places of the groups, the machine's stack) belongs to the worker and is made at start, so that
 * matching never allocates.  Source: PCRE2's syntax, as HAProxy built with it.
 * Owns:   the code is the arena's but for what the just-in-time compiler made: regex_drop().
 * Thread: compiling any one; a matcher is one thread's. */
#ifndef TORC_CORE_REGEX_H
#define TORC_CORE_REGEX_H

#include "core/mem.h"
#include "core/span.h"

/* \0 to \9 of a replacement, as in HAProxy. */
#define REGEX_GROUPS_MAX 10
/* What an expression that nests or backtracks may use while it matches. */
#define REGEX_STACK_BYTES (128 * 1024)
/* Steps of one match; an expression that explodes ends here and does not match. */
#define REGEX_STEPS_MAX 1000000

struct regex;
struct regex_matcher;

/* The places of a match: group 0 is the whole; a group that took no part has at NULL. */
struct regex_groups {
	uint32_t count;
	struct span group[REGEX_GROUPS_MAX];
};

/* NULL with *error (a text in the arena: what is wrong, and at which byte). */
struct regex *regex_compile(
	struct arena *arena, const char *text, bool ignore_case, const char **error);
/* Gives back what does not lie in the arena. */
void regex_drop(struct regex *regex);

struct regex_matcher *regex_matcher_open(void);
void regex_matcher_close(struct regex_matcher *matcher);
/* `groups` may be NULL.  False: it does not match, or took too much to find out. */
bool regex_match(struct regex_matcher *matcher, const struct regex *regex, struct span subject,
	struct regex_groups *groups);

#endif
