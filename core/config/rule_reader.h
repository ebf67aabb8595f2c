/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule_reader.h - what the readers of expressions, conditions, formats and rules offer each other.
 * All of them complain by themselves, and give NULL or false then.
 * Thread: the one that reads the configuration. */
#ifndef TORC_CORE_CONFIG_RULE_READER_H
#define TORC_CORE_CONFIG_RULE_READER_H

#include "core/config/reader.h"
#include "core/config/rule_model.h"

/* The sources (enum sample_source) that are at hand where a rule of a kind is looked at. */
enum {
	SOURCES_OF_REQUEST = SAMPLE_FROM_ANYWHERE | SAMPLE_FROM_REQUEST | SAMPLE_FROM_EITHER,
	SOURCES_OF_RESPONSE = SAMPLE_FROM_ANYWHERE | SAMPLE_FROM_RESPONSE | SAMPLE_FROM_EITHER,
	SOURCES_OF_LOG = SAMPLE_FROM_ANYWHERE,
};

/* expression.c: `hdr(host),lower`, from `text` to its end, or to the `]` that closes it when
 * `in_brackets`; *used says how many bytes it took. */
struct expression *expression_read(
	struct reader *reader, const char *text, bool in_brackets, size_t *used);
/* The same where the first word has been looked up already; `at` points behind it. */
struct expression *expression_read_word(struct reader *reader, const struct fetch_word *word,
	const char *text, const char *at, bool in_brackets, size_t *used);
/* Is the fetch of this expression to be had where these sources are?  Complains. */
bool expression_suits(struct reader *reader, const struct expression *expression, uint32_t sources);
const char *sources_name(uint32_t sources);

/* acl.c */
void acl_read(struct reader *reader, const struct keyword *self);
/* Takes `if ..` or `unless ..` to the end of the line, when the cursor stands at one of them;
 * NULL in *condition when not. */
bool condition_read(struct reader *reader, uint32_t sources, struct condition **condition);
/* The first fetch that has to see a message; NULL: none has to. */
const char *condition_asks_message(const struct condition *condition);
bool condition_begins(const struct reader *reader);

/* format.c */
enum format_use { FORMAT_FOR_LOG, FORMAT_FOR_FIELD, FORMAT_FOR_BODY };
struct format *format_read(
	struct reader *reader, const char *text, enum format_use use, uint32_t sources);

/* log_format_word.c */
void log_format_read(struct reader *reader, const struct keyword *self);
void log_format_sd_read(struct reader *reader, const struct keyword *self);
void error_log_format_read(struct reader *reader, const struct keyword *self);
void unique_id_format_read(struct reader *reader, const struct keyword *self);
/* `option httplog clf` */
void log_format_clf(struct reader *reader);
/* Is all of a format to be had in the proxy's mode? */
void log_format_check(struct reader *reader, const struct proxy *proxy);
/* As it was written; NULL for none. */
const char *format_text(const struct format *format);

/* rule.c, redirect_word.c, answer_word.c */
void http_request_read(struct reader *reader, const struct keyword *self);
void http_response_read(struct reader *reader, const struct keyword *self);
void http_after_response_read(struct reader *reader, const struct keyword *self);
void stats_http_request_read(struct reader *reader, const struct keyword *self);
void redirect_read(struct reader *reader, const struct keyword *self);
void use_backend_read(struct reader *reader, const struct keyword *self);
void use_server_read(struct reader *reader, const struct keyword *self);
void tcp_rule_read(struct reader *reader, const struct keyword *self);
void monitor_uri_read(struct reader *reader, const struct keyword *self);
void monitor_read(struct reader *reader, const struct keyword *self);
void capture_read(struct reader *reader, const struct keyword *self);
void declare_read(struct reader *reader, const struct keyword *self);
void errorfile_read(struct reader *reader, const struct keyword *self);
void errorfiles_read(struct reader *reader, const struct keyword *self);
void errorloc_read(struct reader *reader, const struct keyword *self);
void http_error_read(struct reader *reader, const struct keyword *self);

struct redirect *redirect_words_read(struct reader *reader, uint32_t sources);
/* `status 404 content-type .. string ..`: the words of deny, tarpit, return and http-error up to
 * the condition.  `plain`: deny and tarpit, which have a status of their own. */
struct answer_page *answer_page_read(
	struct reader *reader, const char *what, uint16_t status, uint32_t sources);

/* The rules of the section at hand. */
struct rules *rules_of(struct reader *reader);
/* An empty set, or one that begins with what a defaults section says. */
struct rules *rules_make(struct reader *reader, const struct rules *base);
void rule_list_append(struct reader *reader, struct rule_list *list, const struct rule *rule);
/* Keeps the line at hand, from its first word on, for the normal form. */
void rules_keep_line(struct reader *reader);

/* named_defaults.c: `acl` and `http-..` rules, also in named defaults sections. */
void ruleset_read(struct reader *reader, const struct keyword *self);
/* Is the line at hand one of those, in a defaults section? */
bool named_defaults_repeat(const struct reader *reader);
/* The section at hand, just opened, gets the rules of the one that it inherits from. */
void named_defaults_inherit(struct reader *reader, struct section_draft *base);

/* shared_section.c: `userlist` and `http-errors`.  False: the word is neither. */
bool shared_section_open(struct reader *reader, const char *word);
/* A line of the one at hand; false: there is none. */
bool shared_section_line(struct reader *reader, const char *word);

/* A compiled expression that the tree owns; NULL with *error. */
/* Is this a field's name, and none that says where a message ends?  False: complained about. */
bool rules_field_name(struct reader *reader, const char *what, const char *name);
struct regex *rules_regex(
	struct reader *reader, const char *text, bool ignore_case, const char **error);

/* rule_complete.c: names that can be looked up only when everything has been read. */
void rules_resolve_later(struct reader *reader, struct argument *argument);
void error_group_resolve_later(struct reader *reader, struct error_page *page);
void rules_complete(struct reader *reader);

#endif
