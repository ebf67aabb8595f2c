/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule_model.h - the part of the tree that looks at requests: samples, conditions, formats, rules.
 *
 * Data only.  core/config reads it out of the file, net/rules/ evaluates it, and the tables of
 * words in between (sample_words.c, format_words.c) are all that both know: a fetch is a row
 * with a number here and a function under that number there.
 * As the rest of the tree: built by one thread, in its arena, read-only from then on. */
#ifndef TORC_CORE_CONFIG_RULE_MODEL_H
#define TORC_CORE_CONFIG_RULE_MODEL_H

#include "core/config/model.h"
#include "core/regex.h"
#include "core/span.h"

/* ---- samples: something that can be known about a request, and what is made of it ---- */

enum sample_type {
	SAMPLE_BOOL,
	SAMPLE_INT,
	SAMPLE_IP, /* of either family */
	SAMPLE_TEXT,
	SAMPLE_METHOD, /* a text that is compared with the names of methods */
	SAMPLE_BINARY,
	SAMPLE_ANY, /* converters: whatever came */
};

/* What has to be at hand for a fetch to find something. */
enum sample_source {
	SAMPLE_FROM_ANYWHERE = 1, /* constants, the proxy, the connection */
	SAMPLE_FROM_REQUEST = 2,  /* the head of the request */
	SAMPLE_FROM_RESPONSE = 4, /* the head of the response */
	SAMPLE_FROM_EITHER = 8,	  /* that of the message at hand */
};

enum argument_kind {
	ARGUMENT_NONE,
	ARGUMENT_TEXT,
	ARGUMENT_NUMBER,
	ARGUMENT_BACKEND,  /* a proxy; without a name the one at hand */
	ARGUMENT_FRONTEND, /* the same */
	ARGUMENT_SERVER,   /* [<backend>/]<server> */
	ARGUMENT_USERLIST,
	ARGUMENT_REGEX,
	ARGUMENT_ADDRESS,
	ARGUMENT_MASK, /* of an IPv4 address: 24 or 255.255.255.0 */
	ARGUMENT_MASK6,
};

#define SAMPLE_ARGUMENTS_MAX 4

struct argument {
	enum argument_kind kind; /* NONE: was not given */
	struct span text;
	int64_t number;		   /* NUMBER; MASK: bits */
	const struct proxy *proxy; /* BACKEND, FRONTEND, SERVER */
	const struct server *server;
	const struct userlist *users;
	const struct regex *regex;
	struct network network; /* ADDRESS */
};

/* A row of sample_words.c. */
struct fetch_word {
	const char *name;
	uint8_t id;	/* enum fetch_id of sample_words.h */
	uint8_t type;	/* enum sample_type */
	uint8_t source; /* enum sample_source */
	bool derives;	/* NAME_beg, NAME_end, .. are ACL words */
	uint8_t arguments_min;
	uint8_t arguments[SAMPLE_ARGUMENTS_MAX]; /* enum argument_kind */
	const char *form, *summary;
};

struct converter_word {
	const char *name;
	uint8_t id;	  /* enum converter_id of sample_words.h */
	uint8_t in, type; /* enum sample_type */
	uint8_t arguments_min;
	uint8_t arguments[SAMPLE_ARGUMENTS_MAX];
	const char *form, *summary;
};

struct conversion {
	const struct converter_word *word;
	struct argument arguments[SAMPLE_ARGUMENTS_MAX];
	struct conversion *next;
};

/* `hdr(host),lower` */
struct expression {
	const struct fetch_word *fetch;
	struct argument arguments[SAMPLE_ARGUMENTS_MAX];
	struct conversion *conversions;
	enum sample_type type; /* of the result */
};

/* ---- conditions ---- */

enum match_method {
	MATCH_FOUND, /* is there such a thing at all? */
	MATCH_BOOL,
	MATCH_INT,
	MATCH_IP,
	MATCH_BIN,
	MATCH_LEN,
	MATCH_STR,
	MATCH_SUB,
	MATCH_BEG,
	MATCH_END,
	MATCH_DIR, /* as a part between slashes */
	MATCH_DOM, /* as a part between dots */
	MATCH_REG,
	MATCH_METHODS
};

struct pattern {
	union {
		struct span text; /* STR SUB BEG END DIR DOM BIN; BOOL and FOUND have none */
		struct {
			int64_t min, max;
		} range; /* INT, LEN */
		struct network network;
		const struct regex *regex;
	};
};

/* One `acl` line, or what stands between braces. */
struct acl_test {
	struct expression *expression;
	enum match_method method;
	bool ignore_case;
	struct pattern *patterns;
	uint32_t pattern_count;
	/* MATCH_STR with many patterns: a hash table of indices + 1, capacity a power of two. */
	uint32_t *table;
	uint32_t table_capacity;
	struct acl_test *next; /* of the same name: one of them is enough */
};

struct acl {
	const char *name; /* NULL: anonymous */
	struct acl_test *tests, **tail;
	struct acl *next;
};

/* `if a b || !c`: groups of terms, of which one has to hold whole. */
struct condition {
	bool unless;
	struct condition_term {
		const struct acl *acl;
		bool negated;
		bool begins_group;
	} * terms;
	uint32_t count;
};

/* ---- texts with holes: log lines, header values, locations ---- */

enum format_flag {
	FORMAT_QUOTED = 1,    /* %{+Q}: in double quotes */
	FORMAT_MANDATORY = 2, /* %{+M}: "-" where nothing is to be said */
	FORMAT_HEX = 4,	      /* %{+X}: addresses, ports and numbers in hexadecimal */
	FORMAT_ESCAPED = 8,   /* %{+E}: quotes, brackets and backslashes behind a backslash */
};

struct format_word {
	const char *name; /* "ci" */
	uint8_t id;	  /* enum format_alias of format_words.h */
	uint8_t state;	  /* enum keyword_state */
	const char *summary;
};

struct format_piece {
	enum { FORMAT_TEXT, FORMAT_ALIAS, FORMAT_EXPRESSION } kind;
	uint8_t flags; /* enum format_flag */
	struct span text;
	const struct format_word *alias;
	struct expression *expression;
};

struct format {
	const char *text; /* as written */
	struct format_piece *pieces;
	uint32_t count;
};

/* ---- rules ---- */

enum rule_action {
	RULE_ALLOW,
	RULE_DENY,
	RULE_TARPIT,
	RULE_RETURN,
	RULE_REDIRECT,
	RULE_AUTH,
	RULE_SET_HEADER,
	RULE_ADD_HEADER,
	RULE_DEL_HEADER,
	RULE_REPLACE_HEADER,
	RULE_REPLACE_VALUE,
	RULE_SET_METHOD,
	RULE_SET_PATH,
	RULE_SET_PATHQ,
	RULE_SET_QUERY,
	RULE_SET_URI,
	RULE_REPLACE_PATH,
	RULE_REPLACE_PATHQ,
	RULE_REPLACE_URI,
	RULE_SET_STATUS,
	RULE_SET_LOG_LEVEL,
	RULE_CAPTURE,
	RULE_USE_BACKEND,
	RULE_USE_SERVER,
	RULE_ACTIONS
};

/* One field of an answer. */
struct answer_field {
	const char *name;
	struct format *value;
	struct answer_field *next;
};

/* What deny, tarpit, return and http-error say. */
struct answer_page {
	uint16_t status;
	enum {
		ANSWER_PAGE_OF_STATUS, /* the proxy's error page of that status, or ours */
		ANSWER_PAGE_RAW,       /* an error file: head and body, sent as it is */
		ANSWER_PAGE_PLAIN,     /* a body of fixed bytes */
		ANSWER_PAGE_FORMAT,    /* a body that is written for each request */
		ANSWER_PAGE_EMPTY,     /* no body */
	} kind;
	struct span bytes; /* RAW, PLAIN */
	struct format *format;
	const char *content_type;
	struct answer_field *fields;
	struct error_page *group; /* OF_STATUS: the page of a group, where it has one */
};

#define ERROR_STATUSES_MAX 32 /* how many statuses the language knows pages of */

/* errorfile, errorloc, http-error, errorfiles: what is said instead of the page of a status. */
struct error_page {
	struct answer_page page; /* without a group */
	const char *group_name;	 /* errorfiles: the pages of an `http-errors` section */
	const struct error_group *group;
	uint16_t statuses[ERROR_STATUSES_MAX]; /* of the group's pages; none: all */
	uint32_t status_count;
	struct place place;
	struct error_page *next;
};

enum redirect_kind { REDIRECT_LOCATION, REDIRECT_PREFIX, REDIRECT_SCHEME };

struct redirect {
	enum redirect_kind kind;
	uint16_t status; /* 302 unless set */
	bool drop_query, append_slash, ignore_empty, keep_query;
	struct format *target;
	const char *cookie; /* the value of a Set-Cookie field */
};

struct rule {
	enum rule_action action;
	struct condition *condition; /* NULL: always */
	const char *name;	     /* of a field; of a backend or a server */
	enum match_method method;    /* del-header -m */
	const struct regex *regex;   /* replace-*, del-header -m reg */
	struct format *format;	     /* the value, the path, the name of a backend, the realm */
	const struct answer_page *page;
	const struct redirect *redirect;
	const struct expression *expression; /* capture */
	uint32_t number;		     /* capture: the slot; set-status, set-log-level */
	const struct proxy *backend;	     /* use_backend with a fixed name */
	const struct server *server;	     /* use-server with a fixed name */
	struct place place;
	struct rule *next;
};

struct rule_list {
	struct rule *first, **tail;
};

/* A line of the file as the normal form says it again: its words, expanded and unquoted. */
struct rule_line {
	const char *const *words;
	uint32_t count;
	bool inherited; /* of a defaults section: read again in each that inherits from it */
	struct place place;
	struct rule_line *next;
};

/* `capture request header`, `capture response header`, `declare capture`: slots in the order of
 * the file; a slot without a name is filled by a rule. */
struct capture {
	const char *name;
	uint32_t len;
	uint32_t index; /* the slot's number */
	uint32_t at;	/* where its bytes begin among those of its direction */
	struct capture *next;
};

struct capture_list {
	struct capture *first, **tail;
	uint32_t count;
	uint32_t bytes; /* of all slots */
};

/* A section that belongs to no proxy, as the normal form says it again. */
struct rule_section {
	const char *keyword, *name;
	struct rule_line *lines, **lines_tail;
	struct rule_section *next;
};

struct config_regex {
	struct regex *regex;
	struct config_regex *next;
};

/* What a proxy has of all this. */
struct rules {
	struct acl *acls, **acls_tail;
	struct rule_list connection, session, content; /* tcp-request: accept or reject */
	struct rule_list request, response, after_response;
	struct rule_list redirects; /* `redirect`: after the rules of http-request */
	struct rule_list routes;    /* use_backend */
	struct rule_list servers;   /* use-server */
	struct rule_list monitor_fails;
	struct rule_list stats; /* stats http-request: who may see the statistics */
	const char *monitor_uri;
	struct error_page *error_pages; /* the last one of a status counts */
	struct capture_list request_captures, response_captures;
	bool looks_at_responses; /* something has to be done with a response's head */
	struct rule_line *lines, **lines_tail;
};

/* `userlist`: who may pass `auth`. */
struct userlist {
	const char *name;
	struct userlist_user {
		const char *name, *password;
		bool insecure; /* the password is plain; else as crypt(3) writes it */
		const char *const *groups;
		uint32_t group_count;
		struct userlist_user *next;
	} * users, **users_tail;
	struct userlist *next;
};

/* `http-errors`: pages that proxies share. */
struct error_group {
	const char *name;
	struct error_page *pages;
	struct error_group *next;
};

#endif
