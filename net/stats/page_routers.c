/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page_routers.c - the virtual routers on the statistics page: one table, one row a router.
 *
 * The facts are those of `show vrrp`, out of the page that the keeper writes.  What is longer than
 * a cell - dropped packets by kind, the last transitions - opens when the pointer rests on it, as
 * everywhere on this page.  Pure but for the keeper's page; any thread. */
#include "core/routers_page.h"
#include "net/stats/page.h"

#define US_PER_MS 1000u

void page_open_routers(struct text *text, const struct stats_view *view)
{
	const struct routers_page *page = view->context->routers;

	text_string(text, "<h3 class=px id=\"virtual routers\"><a href=\"#virtual%20routers\">"
			  "virtual routers</a></h3>");
	if (routers_page_is_old(page, view->now_ms * US_PER_MS))
		text_string(text, "<span class=desc>old: the keeper has stopped writing</span>");
	text_string(text, "\n<table class=tbl><tr class=titre><th></th><th>State</th><th>Since</th>"
			  "<th>Last transition</th><th>Priority</th><th>Master</th>"
			  "<th>Adverts in</th><th>Adverts out</th><th>Dropped</th></tr>\n");
}

void page_close_routers(struct text *text)
{
	text_string(text, "</table>\n");
}

static const char *row_class(const struct routers_cell *cell)
{
	static const struct {
		const char *state, *name;
	} classes[] = {{"MASTER", "active_up"}, {"BACKUP", "backup_up"},
		{"LEAVING", "active_going_down"}, {"FAULT", "active_down"}};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strcmp(cell->state, classes[i].state) == 0)
			return classes[i].name;
	return "active_no_check";
}

static void write_name(struct text *text, const struct routers_cell *cell)
{
	text_string(text, "<td class=\"ac has\">");
	text_html(text, cell->name);
	text_format(text, "<div class=tips>vrid %u on ", cell->router_id);
	text_html(text, cell->interface);
	text_format(text, ", VRRPv%u\nfrom %s", cell->version, cell->source);
	if (cell->group[0]) {
		text_string(text, "\nin the sync group ");
		text_html(text, cell->group);
	}
	text_string(text, "</div></td>");
}

static void write_seconds(struct text *text, uint64_t us)
{
	text_format(text, "%llu.%03llu s", (unsigned long long)(us / 1000000u),
		(unsigned long long)(us / 1000u % 1000u));
}

static uint64_t since(uint64_t at_us, uint64_t now_us)
{
	return now_us > at_us ? now_us - at_us : 0;
}

static void write_transitions(struct text *text, const struct routers_cell *cell, uint64_t now_us)
{
	uint32_t count = cell->line_count < ROUTERS_LINES ? cell->line_count : ROUTERS_LINES;

	if (count == 0) {
		text_string(text, "<td></td>");
		return;
	}
	text_string(text, "<td class=\"ac has\">");
	text_html(text, cell->lines[0].text);
	text_string(text, "<div class=tips>");
	for (uint32_t i = 0; i < count; i++) {
		const struct routers_line *line = &cell->lines[i];

		write_seconds(text, since(line->at_us, now_us));
		text_string(text, " ago: ");
		text_html(text, line->text);
		text_format(text, ", after ");
		write_seconds(text, line->stayed_us);
		text_format(text, " as %s%s", line->from, i + 1 < count ? "\n" : "");
	}
	text_string(text, "</div></td>");
}

static void write_master(struct text *text, const struct routers_cell *cell, uint64_t now_us)
{
	text_format(text, "<td class=\"ac has\">%s<div class=tips>priority %u", cell->master,
		cell->master_priority);
	if (cell->heard_us) {
		text_string(text, "\nsomebody heard ");
		write_seconds(text, since(cell->heard_us, now_us));
		text_string(text, " ago");
	}
	text_format(text, "\nmaster here %llu times</div></td>",
		(unsigned long long)cell->became_master);
}

static void write_adverts(struct text *text, uint64_t count, uint64_t farewells)
{
	text_format(text, "<td class=has>%llu<div class=tips>farewells: %llu</div></td>",
		(unsigned long long)count, (unsigned long long)farewells);
}

static void write_dropped(struct text *text, const struct routers_cell *cell)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < cell->error_count && i < ROUTERS_ERRORS; i++)
		sum += cell->errors[i].count;
	if (sum == 0) {
		text_string(text, "<td>0</td>");
		return;
	}
	text_format(text, "<td class=has>%llu<div class=tips>", (unsigned long long)sum);
	for (uint32_t i = 0; i < cell->error_count && i < ROUTERS_ERRORS; i++)
		text_format(text, "%s%s: %llu", i ? "\n" : "", cell->errors[i].name,
			(unsigned long long)cell->errors[i].count);
	text_string(text, "</div></td>");
}

void page_write_router(
	struct text *text, const struct stats_view *view, const struct routers_cell *cell)
{
	uint64_t now_us = view->now_ms * US_PER_MS;

	text_format(text, "<tr class=%s>", row_class(cell));
	write_name(text, cell);
	text_format(text, "<td class=ac>%s</td><td>", cell->state);
	write_seconds(text, since(cell->since_us, now_us));
	text_string(text, "</td>");
	write_transitions(text, cell, now_us);
	text_string(text, "<td class=ac>");
	text_html(text, cell->sum);
	if (cell->released)
		text_string(text, "; released: 1");
	text_string(text, "</td>");
	write_master(text, cell, now_us);
	write_adverts(text, cell->adverts_in, cell->farewells_in);
	write_adverts(text, cell->adverts_out, cell->farewells_out);
	write_dropped(text, cell);
	text_string(text, "</tr>\n");
}
