/* SPDX-License-Identifier: GPL-2.0-or-later */
/* formats.h - rows of the statistics for programs: csv, typed, json.
 * Source: management.txt 9.1 to 9.3 of HAProxy 2.6.  Pure. */
#ifndef TORC_NET_STATS_FORMATS_H
#define TORC_NET_STATS_FORMATS_H

#include "net/stats/row.h"
#include "net/stats/text.h"

/* "# pxname,svname,...," and its line feed. */
void csv_write_head(struct text *text);
void csv_write_row(struct text *text, const struct stats_row *row);

/* One cell: "F.2.0.0.pxname.1:KNS:str:myLB\n"; `{...}` with a comma before all but the first.
 * Nothing for a cell that is not filled. */
void typed_write_cell(struct text *text, const struct stats_row *row, enum stats_column column);
void json_write_cell(struct text *text, const struct stats_row *row, enum stats_column column);

/* The parts of json that `show info` has too: `"tags":{...}` for three letters, and
 * `"value":{...}`. */
void json_write_tags(struct text *text, const char *tags);
void json_write_string_value(struct text *text, const char *value);
void json_write_number_value(struct text *text, const char *type, int64_t value);

#endif
