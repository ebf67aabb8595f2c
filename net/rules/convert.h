/* SPDX-License-Identifier: GPL-2.0-or-later */
/* convert.h - what convert.c and convert_text.c share.  Private to these two. */
#ifndef TORC_NET_RULES_CONVERT_H
#define TORC_NET_RULES_CONVERT_H

#include "net/rules/sample.h"

typedef bool convert_function(
	struct rule_context *context, const struct argument *arguments, struct sample *sample);

#define CONVERT_SHARED(name)                                                                       \
	bool convert_##name(struct rule_context *context __attribute__((unused)),                  \
		const struct argument *arguments __attribute__((unused)), struct sample *sample)

/* convert_text.c */
convert_function convert_choose, convert_append, convert_from_base64, convert_hash_crc32,
	convert_hash_djb2, convert_hash_sdbm, convert_hash_wt6, convert_local_date,
	convert_utc_date, convert_http_date, convert_to_json;

#endif
