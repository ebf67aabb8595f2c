/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reader.h - what the readers of haproxy.cfg share: the line at hand and a cursor on its words.
 *
 * A reader of one word finds the cursor behind it, takes the arguments that belong to it with
 * reader_next(), fills the draft, and leaves the cursor behind the last one.  Words that nobody
 * took are complained about in one place.
 * Thread: the one that reads the configuration. */
#ifndef TORC_CORE_CONFIG_READER_H
#define TORC_CORE_CONFIG_READER_H

#include "core/config/address.h"
#include "core/config/config.h"
#include "core/config/draft.h"
#include "core/config/environment.h"
#include "core/config/keyword.h"
#include "core/config/lex.h"
#include "core/config/number.h"

enum modifier { MODIFIER_NONE, MODIFIER_NO, MODIFIER_DEFAULT };

struct reader {
	struct config *config;
	struct config_source *source;
	struct arena *arena;
	struct environment environment;
	struct place place;
	struct lex_words words;
	uint32_t at;		/* the cursor: next word to take */
	enum modifier modifier; /* `no` or `default` before the line's first word */

	uint16_t where;		       /* IN_* of the section at hand; 0: its lines are skipped */
	const char *section_word;      /* as the file calls it: "listen" */
	struct section_draft *section; /* the proxy or defaults at hand, else NULL */
	struct server *server;	       /* of the server line at hand */
	struct listener *listener;     /* of the bind or stats socket line at hand */
	struct stats_socket *stats_socket;
	const char *line_name;	/* "server b/s" or "bind :80" while such a line is read */
	uint64_t remedies_told; /* of the line at hand: a bit for each family of remedy.c */

	struct section_draft *sections, **sections_tail;
	struct section_draft *last_defaults;
	struct names frontends, backends, defaults;
	struct names proxy_ids;
	struct names resolved;
	struct log_list global_logs;
	struct stats_socket_draft *stats_sockets, **stats_sockets_tail;
	uint32_t stats_socket_count;
	uint32_t listener_count;
	uint32_t proxies_before_stats; /* proxies read before the first stats socket */
	uint32_t suggestions;	       /* nearest words looked for: a broken file needs no more */
	bool seen_uid, seen_gid;

	/* rule_reader.h: rules and what they refer to */
	struct rule_draft *rule; /* of the line at hand */
	struct deferred_argument *deferred;
	struct names userlists, error_groups;
	struct userlist *userlist;	  /* the section at hand, else NULL */
	struct error_group *error_group;  /* the same */
	struct rule_section *own_section; /* the same, for the normal form */
	struct rule_section **own_sections_tail;
};

/* Messages at the line at hand. */
void reader_alert(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void reader_warn(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void reader_note(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The next word, or "" at the end of the line. */
const char *reader_next(struct reader *reader);
const char *reader_peek(const struct reader *reader);
/* Takes the next word when it is this one. */
bool reader_skip(struct reader *reader, const char *word);
bool reader_at_end(const struct reader *reader);
/* The rest of the line was given up on: no complaint about what is left of it. */
void reader_give_up(struct reader *reader);

/* An address as it was meant: variables stand in it without quotes, too. */
const char *reader_address(struct reader *reader, const char *word);
/* A copy in the tree's arena. */
const char *reader_keep(struct reader *reader, const char *text);
const char *reader_format(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes the next word as a time, size or number; complains in the name of `what` ("timeout
 * client") and returns false when it is none. */
bool reader_time(struct reader *reader, const char *what, enum number_unit unit, uint32_t *value);
/* Warns when this word, which was read as that time, has something behind its unit. */
void reader_time_stray(
	struct reader *reader, const char *what, const char *word, const struct number_time *time);
/* The same with the advice about small values without a unit. */
bool reader_time_advised(struct reader *reader, const char *what, uint32_t *value_ms);
bool reader_number(
	struct reader *reader, const char *what, uint64_t min, uint64_t max, uint64_t *value);

/* Looks a host up (once for all readers of a source).  False: not found. */
bool reader_resolve(
	struct reader *reader, const char *host, sa_family_t family, union address *address);

/* Reads a file that the configuration names (patterns, error pages), once for all readers of a
 * source.  False: complained. */
bool reader_file(struct reader *reader, const char *path, struct config_file *file);

/* What the global section says when the file says nothing. */
void global_defaults(struct global *global);

/* `log ...`, in the global section and in proxies. */
void log_word_read(struct reader *reader, struct log_list *list, bool in_global);
void log_list_init(struct log_list *list);
void log_list_append(struct reader *reader, struct log_list *list, const struct log_draft *draft);

/* A line of the section at hand: its first word, the cursor behind it. */
void section_line(struct reader *reader, const char *word);
/* `defaults`, `frontend`, `backend`, `listen` and the words after it. */
void section_open(struct reader *reader, const char *word);
bool section_is_proxy(const char *word);

/* The addresses of a bind or stats socket line ("10.0.0.1:80,:8080-8089"), each with a port of a
 * range as one listener made after `model`.  False: complained about. */
bool bind_expand(struct reader *reader, const char *addresses, const struct listener *model,
	struct listener_draft **made);
void listener_init(struct reader *reader, struct listener *listener);

/* Lines with words of their own. */
void bind_read(struct reader *reader, const struct keyword *self);
void http_reuse_read(struct reader *reader, const struct keyword *self);
void retry_on_read(struct reader *reader, const struct keyword *self);
void pool_count_read(struct reader *reader, const struct keyword *self);
void pool_purge_delay_read(struct reader *reader, const struct keyword *self);
const char *reuse_mode_name(enum http_reuse mode);
void retry_on_print(FILE *out, uint32_t bits);
void server_read(struct reader *reader, const struct keyword *self);
void balance_word_read(struct reader *reader, const struct keyword *self);
void hash_type_read(struct reader *reader, const struct keyword *self);
void hash_balance_factor_read(struct reader *reader, const struct keyword *self);
void server_template_read(struct reader *reader, const struct keyword *self);
void default_server_read(struct reader *reader, const struct keyword *self);
/* check_word.c */
void http_check_read(struct reader *reader, const struct keyword *self);
void http_check_print(FILE *out, const struct httpchk *check);
/* print.c: a word as the lexer reads it back, quoted where it has to be. */
void config_print_word(FILE *out, const char *word);
/* link_word.c: on a server line, and `source` in a backend. */
void source_read(struct reader *reader, const struct keyword *self);
void server_source_read(struct reader *reader, const struct keyword *self);
void server_usesrc_read(struct reader *reader, const struct keyword *self);
void send_proxy_read(struct reader *reader, const struct keyword *self);
void proxy_options_read(struct reader *reader, const struct keyword *self);
void proto_read(struct reader *reader, const struct keyword *self); /* on a bind line, too */
void server_user_timeout_read(struct reader *reader, const struct keyword *self);

/* The names that the language has for these, for the normal form. */
const char *log_facility_name(uint8_t facility);
const char *log_level_name(uint8_t level);
const char *hash_function_name(enum hash_function function);
const char *log_format_name(enum log_format_kind format);

#endif
