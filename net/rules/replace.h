/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replace.h - what a regular expression matched, put into a text with \0 to \9.  Pure. */
#ifndef TORC_NET_RULES_REPLACE_H
#define TORC_NET_RULES_REPLACE_H

#include "core/regex.h"

/* The text with its groups filled in; \xHH is a byte, any other byte behind a backslash itself.
 * False: it does not fit. */
bool replace_expand(struct span text, const struct regex_groups *groups, char *out,
	uint32_t capacity, uint32_t *len);
/* The subject with what matches replaced, once or everywhere.  False: it does not fit. */
bool replace_matches(struct regex_matcher *matcher, const struct regex *regex, struct span subject,
	struct span text, bool everywhere, char *out, uint32_t capacity, uint32_t *len);

#endif
