/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page.h - the statistics as an HTML page, in parts that each fit a small buffer.
 * Pure. */
#ifndef TORC_NET_STATS_PAGE_H
#define TORC_NET_STATS_PAGE_H

#include "net/stats/row.h"
#include "net/stats/text.h"

/* The page up to its first table, in PAGE_HEAD_PARTS parts. */
#define PAGE_HEAD_PARTS 4
void page_write_head(struct text *text, uint32_t part, const struct stats_request *request,
	const struct stats_view *view);

/* A proxy's title, and its table up to the first row; the table's end. */
void page_open_proxy(
	struct text *text, const struct stats_request *request, const struct proxy *proxy);
void page_close_proxy(struct text *text);

void page_write_row(struct text *text, const struct stats_row *row);

/* The table of the virtual routers: page_routers.c. */
struct routers_cell;
void page_open_routers(struct text *text, const struct stats_view *view);
void page_write_router(
	struct text *text, const struct stats_view *view, const struct routers_cell *cell);
void page_close_routers(struct text *text);

void page_write_tail(struct text *text);

/* The style sheet, for the head. */
extern const char page_style_light[], page_style_tables[];

#endif
