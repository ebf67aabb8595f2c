/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keyword.h - the words of haproxy.cfg as tables: where each may stand, what it does here.
 *
 * One row per word.  The tables drive the reader, the search for the nearest known word and the
 * table in docs/CONFIGURATION.md, so that none of them can drift from the others. */
#ifndef TORC_CORE_CONFIG_KEYWORD_H
#define TORC_CORE_CONFIG_KEYWORD_H

#include <stddef.h>
#include <stdint.h>

struct reader;
struct keyword;

enum {
	IN_GLOBAL = 1,
	IN_DEFAULTS = 2,
	IN_FRONTEND = 4,
	IN_BACKEND = 8,
	IN_PROXY = IN_FRONTEND | IN_BACKEND,
	IN_FRONTEND_OR_DEFAULTS = IN_FRONTEND | IN_DEFAULTS,
	IN_BACKEND_OR_DEFAULTS = IN_BACKEND | IN_DEFAULTS,
	IN_PROXY_OR_DEFAULTS = IN_PROXY | IN_DEFAULTS,
	ON_BIND = 16,
	ON_SERVER = 32,
	ON_STATS_SOCKET = 64,
	IN_ANY = 0x1c7f,
	CAN_NEGATE = 0x100, /* `no` may stand before it */
	MUST_FIT = 0x200,   /* in the wrong kind of proxy an error, not a warning */
	/* lines of rules */
	ON_HTTP_REQUEST = 0x400,
	ON_HTTP_RESPONSE = 0x800,
	ON_HTTP_AFTER = 0x1000,
};

enum keyword_state {
	KEYWORD_ACTS,
	KEYWORD_NOTED,	    /* taken with a note: torc does not need it */
	KEYWORD_SPARED,	    /* taken with a warning: a file works without it, with less comfort */
	KEYWORD_NOT_ACTING, /* of the published files: taken with a warning for now */
	KEYWORD_LATER,	    /* known, an error until its feature is there */
	KEYWORD_GONE,	    /* removed from the language: the summary says what to write */
};

struct keyword {
	const char *name;
	uint16_t where; /* IN_* or ON_* */
	uint8_t state;	/* enum keyword_state */
	uint16_t field; /* offsetof what `read` fills, where rows share a reader; or the number of
			 * arguments that are passed over */
	void (*read)(struct reader *reader, const struct keyword *self); /* NULL: takes the line */
	const char *form;    /* the arguments, as manuals write them; may be NULL */
	const char *summary; /* one line for the manual; may be NULL */
};

struct keyword_table {
	const char *what;   /* "keyword", "option": for messages */
	const char *prefix; /* the word before: "", "option", "timeout", "stats", "bind" */
	const struct keyword *rows;
	uint32_t count;
};

/* All tables, in the order of the manual; ends with one whose rows are NULL. */
extern const struct keyword_table *const keyword_tables[];

extern const struct keyword_table global_words;	      /* global.c */
extern const struct keyword_table global_stats_words; /* global.c */
extern const struct keyword_table proxy_words;	      /* proxy.c */
extern const struct keyword_table option_words;	      /* option.c */
extern const struct keyword_table timeout_words;      /* timeout.c */
extern const struct keyword_table stats_words;	      /* stats_word.c */
extern const struct keyword_table bind_words;	      /* bind.c */
extern const struct keyword_table server_words;	      /* server.c */
extern const struct keyword_table http_rule_words;    /* rule.c */

/* The row of a word, or NULL. */
const struct keyword *keyword_find(const struct keyword_table *table, const char *word);
/* The nearest word of the table for one that is unknown; NULL when none is near.  Words that
 * belong elsewhere are offered, too: what is said about those is the next thing to know. */
const char *keyword_nearest(const struct keyword_table *table, const char *word);

/* Reads one word of a table and its arguments: the reader's cursor stands behind `word`.
 * Complains about a word that is unknown or has no place here and gives up the line. */
void keyword_read(
	struct reader *reader, const struct keyword_table *table, const char *word, uint16_t where);

/* A row for a word whose feature torc does not have yet. */
#define KEYWORD_LATER_ROW(name_, where_)                                                           \
	{                                                                                          \
		.name = (name_), .where = (where_), .state = KEYWORD_LATER                         \
	}
/* The same among words that stand side by side in a line: what is wrong behind it and its
 * arguments is told as well. */
#define KEYWORD_LATER_WORD(name_, where_, arguments_)                                              \
	{                                                                                          \
		.name = (name_), .where = (where_), .state = KEYWORD_LATER, .field = (arguments_)  \
	}
/* A row for a word that torc does not need; `why_` is told to the user and to the manual. */
#define KEYWORD_NOTED_ROW(name_, where_, why_)                                                     \
	{                                                                                          \
		.name = (name_), .where = (where_), .state = KEYWORD_NOTED, .summary = (why_)      \
	}
/* A row for a word that adds to what works without it; `why_` says what there is instead. */
#define KEYWORD_SPARED_ROW(name_, where_, why_)                                                    \
	{                                                                                          \
		.name = (name_), .where = (where_), .state = KEYWORD_SPARED, .summary = (why_)     \
	}

#define KEYWORD_COUNT(rows) ((uint32_t)(sizeof(rows) / sizeof((rows)[0])))

#endif
