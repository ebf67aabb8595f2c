/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format.h - a text with holes, filled in: log lines, header values, locations, bodies.
 * Pure but for the worker's room.  Thread: its worker's. */
#ifndef TORC_NET_RULES_FORMAT_H
#define TORC_NET_RULES_FORMAT_H

#include "net/http/access_log.h"
#include "net/rules/sample.h"

enum format_encoding {
	FORMAT_AS_LOG,	 /* bytes that a line must not hold become #XX */
	FORMAT_AS_FIELD, /* bytes that a header field must not hold become %XX */
};

/* What is written so far; what does not fit is noticed, never written beyond `end`. */
struct format_output {
	char *at, *end;
	bool full;
	enum format_encoding encoding;
};

/* The text in out, and its bytes; -1: it does not fit. */
int32_t format_write(struct rule_context *context, const struct format *format,
	enum format_encoding encoding, char *out, uint32_t capacity);

/* One piece that is not text. */
void format_piece(struct format_output *out, const struct format_piece *piece,
	struct rule_context *context, const struct access_record *record);

/* For aliases (format_alias.c): text as it is, a text from outside with the piece's flags, a
 * number. */
void format_put(struct format_output *out, struct span text);
void format_put_text(struct format_output *out, struct span text, uint8_t flags);
void format_put_number(struct format_output *out, int64_t number, uint8_t flags);
void format_alias(struct format_output *out, const struct format_piece *piece,
	struct rule_context *context, const struct access_record *record);

#endif
