/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sample.h - what can be known about a request: fetched, converted, compared.
 *
 * Pure but for the worker's own room: no socket, no clock, no allocation.  A sample's text points
 * into the message, into the configuration, or into the room's scratch, and dies with the next
 * expression that is evaluated.
 * Thread: its worker's. */
#ifndef TORC_NET_RULES_SAMPLE_H
#define TORC_NET_RULES_SAMPLE_H

#include "core/config/rule_model.h"
#include "net/http/session.h"

struct crypt_data;

struct sample {
	enum sample_type type;
	int64_t number;	  /* BOOL, INT */
	struct span text; /* TEXT, METHOD, BINARY */
	struct {
		sa_family_t family;
		uint8_t bytes[16];
	} address; /* IP */
};

/* What a worker needs to evaluate rules, made at start. */
struct rule_room {
	struct regex_matcher *matcher;
	char *scratch; /* of one expression: what converters make */
	uint32_t scratch_bytes, scratch_used;
	char *text; /* of one format */
	uint32_t text_bytes;
	char *rewrites; /* of one message: lines that rules have written */
	uint32_t rewrite_bytes, rewrites_used;
	uint64_t random; /* of `rand` */
	struct crypt_data *crypt;
	const char *hostname;
};

struct rule_context {
	struct rule_room *room;
	struct h1_head *head; /* of the message at hand, or NULL */
	bool response;	      /* it is a response's */
	struct session *session;
	struct session_environment *env;
	const struct access_record *record; /* of the log; NULL: made when one is asked for */
};

/* The value of an expression; false: there is none. */
bool sample_evaluate(
	struct rule_context *context, const struct expression *expression, struct sample *sample);
/* Makes a sample of this type out of it; false: it cannot be one. */
bool sample_cast(struct rule_context *context, struct sample *sample, enum sample_type type);

/* Does the condition hold?  NULL: always. */
bool condition_holds(struct rule_context *context, const struct condition *condition);
bool acl_holds(struct rule_context *context, const struct acl *acl);

/* The parts that others ask for, too (hashing by a field or by a parameter).
 * One element of the lists in all fields of that name: occurrence 1 is the first, -1 the last.
 * `whole`: whole fields, commas and all. */
bool sample_field(const struct h1_head *head, struct span name, int32_t occurrence, bool whole,
	struct span *value);
/* A parameter of the query, not decoded. */
bool sample_url_param(const struct h1_head *head, struct span name, struct span *value);

/* ---- inside of this room ---- */

/* Where a fetch that has several values stands. */
struct fetch_cursor {
	bool iterates; /* every value is wanted, one after the other */
	bool more;     /* there may be a further one */
	bool in_list;  /* rest is the rest of a list, be it empty */
	uint32_t field;
	struct span rest;
	uint32_t found;
};

bool fetch_sample(struct rule_context *context, const struct expression *expression,
	struct sample *sample, struct fetch_cursor *cursor);
bool convert_sample(
	struct rule_context *context, const struct conversion *conversion, struct sample *sample);
/* The query's parameter out of a text: "a=1&b=2". */
bool find_param(struct span query, struct span name, char delimiter, struct fetch_cursor *cursor,
	struct span *value);
/* Room in the scratch, or NULL. */
char *scratch_take(struct rule_room *room, uint32_t bytes);
/* Does a pattern of the test match? */
bool match_sample(struct rule_context *context, const struct acl_test *test, struct sample *sample);

#endif
