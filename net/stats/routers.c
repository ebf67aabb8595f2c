/* SPDX-License-Identifier: GPL-2.0-or-later */
/* routers.c - `show vrrp`: the virtual routers, as the keeper writes them down.
 *
 * A router's text is longer than a row of statistics but shorter than a buffer: one unit each. */
#include "core/clock.h"
#include "core/routers_page.h"
#include "net/stats/command.h"

/* The seconds between two moments, with three digits. */
static void put_seconds(struct text *text, uint64_t from_us, uint64_t to_us)
{
	uint64_t ms = to_us > from_us ? (to_us - from_us) / 1000u : 0;

	text_format(text, "%llu.%03llu", (unsigned long long)(ms / 1000u),
		(unsigned long long)(ms % 1000u));
}

static void put_plain_hop(struct text *text, const struct routers_hop *hop)
{
	if (hop->offered_by[0])
		text_format(
			text, "  second hop: %s would serve on after a move\n", hop->offered_by);
	if (hop->passes_to[0])
		text_format(text, "  second hop: what is not ours goes on to %s\n", hop->passes_to);
	if (hop->keeps_ms)
		text_format(text, "  second hop: serves on what is its own, for %u ms\n",
			hop->keeps_ms);
	if (hop->passed || hop->kept || hop->refused)
		text_format(text,
			"  second hops: %llu as new owner, %llu as old one; %llu messages "
			"refused\n",
			(unsigned long long)hop->passed, (unsigned long long)hop->kept,
			(unsigned long long)hop->refused);
}

static void put_plain(struct text *text, const struct routers_cell *cell, uint64_t now_us)
{
	text_format(text, "%s: %s for ", cell->name, cell->state);
	put_seconds(text, cell->since_us, now_us);
	text_format(text, " s, vrid %u on %s from %s, VRRPv%u\n", cell->router_id, cell->interface,
		cell->source, cell->version);
	if (cell->group[0])
		text_format(text, "  in the sync group %s\n", cell->group);
	text_format(text, "  priority %u: %s%s\n", cell->priority, cell->sum,
		cell->released ? "; released by an operator" : "");
	text_format(text, "  master %s, priority %u", cell->master, cell->master_priority);
	if (cell->heard_us) {
		text_string(text, ", somebody heard ");
		put_seconds(text, cell->heard_us, now_us);
		text_string(text, " s ago");
	}
	text_format(text,
		"\n  adverts: %llu in (%llu farewells), %llu out (%llu farewells); master %llu "
		"times\n",
		(unsigned long long)cell->adverts_in, (unsigned long long)cell->farewells_in,
		(unsigned long long)cell->adverts_out, (unsigned long long)cell->farewells_out,
		(unsigned long long)cell->became_master);
	put_plain_hop(text, &cell->hop);
	for (uint32_t i = 0; i < cell->error_count && i < ROUTERS_ERRORS; i++)
		text_format(text, "  dropped, %s: %llu\n", cell->errors[i].name,
			(unsigned long long)cell->errors[i].count);
	for (uint32_t i = 0; i < cell->line_count && i < ROUTERS_LINES; i++) {
		text_string(text, "  ");
		put_seconds(text, cell->lines[i].at_us, now_us);
		text_format(text, " s ago: %s, after ", cell->lines[i].text);
		put_seconds(text, 0, cell->lines[i].stayed_us);
		text_format(text, " s as %s\n", cell->lines[i].from);
	}
}

static void put_member(struct text *text, const char *name, const char *value)
{
	text_format(text, "\"%s\":\"", name);
	text_json(text, value);
	text_string(text, "\",");
}

static void put_json_hop(struct text *text, const struct routers_hop *hop)
{
	text_string(text, "\"hop\":{");
	put_member(text, "offered_by", hop->offered_by);
	put_member(text, "passes_to", hop->passes_to);
	text_format(text,
		"\"keeps_ms\":%u,\"passed\":%llu,\"kept\":%llu,\"asks_in\":%llu,"
		"\"asks_out\":%llu,\"offers_in\":%llu,\"offers_out\":%llu,\"refused\":%llu},",
		hop->keeps_ms, (unsigned long long)hop->passed, (unsigned long long)hop->kept,
		(unsigned long long)hop->asks_in, (unsigned long long)hop->asks_out,
		(unsigned long long)hop->offers_in, (unsigned long long)hop->offers_out,
		(unsigned long long)hop->refused);
}

static void put_json(struct text *text, const struct routers_cell *cell, uint64_t now_us)
{
	text_string(text, "{");
	put_member(text, "name", cell->name);
	put_member(text, "state", cell->state);
	put_member(text, "group", cell->group);
	put_member(text, "interface", cell->interface);
	put_member(text, "source", cell->source);
	put_member(text, "master", cell->master);
	put_member(text, "sum", cell->sum);
	put_json_hop(text, &cell->hop);
	text_string(text, "\"since_s\":");
	put_seconds(text, cell->since_us, now_us);
	text_format(text,
		",\"released\":%s,\"vrid\":%u,\"version\":%u,\"base\":%u,\"priority\":%u,\"master_"
		"priority\":%u,"
		"\"adverts_in\":%llu,\"adverts_out\":%llu,\"farewells_in\":%llu,"
		"\"farewells_out\":%llu,\"became_master\":%llu,\"errors\":{",
		cell->released ? "true" : "false", cell->router_id, cell->version, cell->base,
		cell->priority, cell->master_priority, (unsigned long long)cell->adverts_in,
		(unsigned long long)cell->adverts_out, (unsigned long long)cell->farewells_in,
		(unsigned long long)cell->farewells_out, (unsigned long long)cell->became_master);
	for (uint32_t i = 0; i < cell->error_count && i < ROUTERS_ERRORS; i++)
		text_format(text, "%s\"%s\":%llu", i ? "," : "", cell->errors[i].name,
			(unsigned long long)cell->errors[i].count);
	text_string(text, "},\"transitions\":[");
	for (uint32_t i = 0; i < cell->line_count && i < ROUTERS_LINES; i++) {
		text_format(text, "%s{\"ago_s\":", i ? "," : "");
		put_seconds(text, cell->lines[i].at_us, now_us);
		text_string(text, ",\"stayed_s\":");
		put_seconds(text, 0, cell->lines[i].stayed_us);
		text_string(text, ",\"from\":\"");
		text_json(text, cell->lines[i].from);
		text_string(text, "\",\"text\":\"");
		text_json(text, cell->lines[i].text);
		text_string(text, "\"}");
	}
	text_string(text, "]}");
}

enum runtime_progress command_write_routers(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	static struct routers_cell cell; /* the admin thread alone */
	const struct routers_page *page = context->stats->routers;
	struct runtime_job *job = &runtime->job;
	uint64_t now_us = clock_monotonic_ns() / 1000u;
	bool json = job->form == STATS_FORM_JSON;
	uint32_t mark;

	for (; page && routers_page_read(page, job->item, &cell); job->item++) {
		mark = text->len;
		if (json)
			text_string(text, job->item ? ",\n" : "[");
		(json ? put_json : put_plain)(text, &cell, now_us);
		if (!text_commit(text, mark))
			return RUNTIME_MORE;
	}
	mark = text->len;
	if (!json && job->item && routers_page_is_old(page, now_us))
		text_string(text, "This is old: the keeper has stopped writing.\n");
	if (json)
		text_string(text, job->item ? "]\n" : "[]\n");
	else if (job->item == 0)
		text_string(text, "There are no virtual routers.\n");
	return text_commit(text, mark) ? RUNTIME_FINISHED : RUNTIME_MORE;
}
