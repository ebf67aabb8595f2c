/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words.c - the words of the language as a table for people.
 *
 * docs/CONFIGURATION.md is written by hand around this table; a test compares the two, so that
 * the manual cannot claim what the reader does not do. */
#include "core/config/config.h"
#include "core/config/format_words.h"
#include "core/config/keyword.h"
#include "core/config/sample_words.h"

const char *const config_words_not_acting[] = {
	"ca-base",
	"crt-base",
	"ssl-default-bind-ciphers",
	"ssl-default-bind-options",
	NULL,
};

static void print_places(FILE *out, uint16_t where)
{
	static const struct {
		uint16_t bit;
		const char *name;
	} places[] = {{IN_GLOBAL, "global"}, {IN_DEFAULTS, "defaults"}, {IN_FRONTEND, "frontend"},
		{IN_BACKEND, "backend"}, {ON_BIND, "bind"}, {ON_STATS_SOCKET, "stats socket"},
		{ON_SERVER, "server"}, {ON_HTTP_REQUEST, "http-request"},
		{ON_HTTP_RESPONSE, "http-response"}, {ON_HTTP_AFTER, "http-after-response"}};
	const char *gap = "";

	for (uint32_t i = 0; i < KEYWORD_COUNT(places); i++) {
		if (!(where & places[i].bit))
			continue;
		fprintf(out, "%s%s", gap, places[i].name);
		gap = ", ";
	}
}

/* A bar would end the cell. */
static void print_cell(FILE *out, const char *text)
{
	for (; text && *text; text++) {
		if (*text == '|')
			fputc('\\', out);
		fputc(*text, out);
	}
}

static bool is_line(const struct keyword *row)
{
	return row->state == KEYWORD_ACTS || row->state == KEYWORD_NOT_ACTING;
}

static void print_acting(FILE *out, const struct keyword_table *table)
{
	fputs("| Word | Where | State | What it does |\n| --- | --- | --- | --- |\n", out);
	for (uint32_t i = 0; i < table->count; i++) {
		const struct keyword *row = &table->rows[i];

		if (!is_line(row))
			continue;
		fprintf(out, "| `%s%s%s%s", table->prefix, *table->prefix ? " " : "", row->name,
			row->form && *row->form ? " " : "");
		print_cell(out, row->form);
		fputs("` | ", out);
		print_places(out, row->where);
		fprintf(out, " | %s | ", row->state == KEYWORD_ACTS ? "acts" : "not acting yet");
		print_cell(out, row->summary);
		fputs(" |\n", out);
	}
}

static void print_names(FILE *out, const struct keyword_table *table, enum keyword_state state,
	const char *head, bool reasons)
{
	const char *gap = "";
	bool any = false;

	for (uint32_t i = 0; i < table->count; i++) {
		const struct keyword *row = &table->rows[i];

		if (row->state != state)
			continue;
		if (!any)
			fprintf(out, "\n%s\n\n", head);
		any = true;
		if (reasons)
			fprintf(out, "- `%s`: %s\n", row->name, row->summary);
		else
			fprintf(out, "%s`%s`", gap, row->name);
		gap = ", ";
	}
	if (any && !reasons)
		fputs(".\n", out);
}

/* A fetch that derives has eight shorthands in conditions. */
static void print_fetches(FILE *out)
{
	fputs("\n### Samples: fetches\n\n| Word | Type | What it is |\n| --- | --- | --- |\n", out);
	for (uint32_t i = 0; i < fetch_word_count; i++) {
		const struct fetch_word *row = &fetch_words[i];

		fprintf(out, "| `%s%s%s%s`%s | %s | ", row->name, *row->form ? "(" : "", row->form,
			*row->form ? ")" : "",
			row->derives ? ", `_beg _dir _dom _end _len _reg _str _sub`" : "",
			sample_type_names[row->type]);
		print_cell(out, row->summary);
		fputs(" |\n", out);
	}
}

static void print_converters(FILE *out)
{
	fputs("\n### Samples: converters\n\n| Word | Of | Gives | What it does |\n"
	      "| --- | --- | --- | --- |\n",
		out);
	for (uint32_t i = 0; i < converter_word_count; i++) {
		const struct converter_word *row = &converter_words[i];

		fprintf(out, "| `%s%s%s%s` | %s | %s | ", row->name, *row->form ? "(" : "",
			row->form, *row->form ? ")" : "", sample_type_names[row->in],
			sample_type_names[row->type]);
		print_cell(out, row->summary);
		fputs(" |\n", out);
	}
}

static void print_formats(FILE *out)
{
	fputs("\n### Variables of formats\n\n| Word | What it stands for |\n| --- | --- |\n", out);
	for (uint32_t i = 0; i < ALIAS_COUNT; i++) {
		if (format_words[i].state != KEYWORD_ACTS)
			continue;
		fprintf(out, "| `%%%s` | ", format_words[i].name);
		print_cell(out, format_words[i].summary);
		fputs(" |\n", out);
	}
}

void config_print_words(FILE *out)
{
	static const char *const titles[] = {"The section `global`", "`stats` in `global`",
		"Proxies: `defaults`, `frontend`, `backend`, `listen`", "`option`", "`timeout`",
		"`stats` in a proxy", "Words of a `bind` or `stats socket` line",
		"Words of a `server` or `default-server` line",
		"Actions of `http-request`, `http-response` and `http-after-response`"};

	for (uint32_t i = 0; keyword_tables[i]; i++) {
		const struct keyword_table *table = keyword_tables[i];

		fprintf(out, "%s### %s\n\n", i ? "\n" : "", titles[i]);
		print_acting(out, table);
		print_names(out, table, KEYWORD_NOTED,
			"Taken with a note, since torc does not need them:", true);
		print_names(out, table, KEYWORD_SPARED,
			"Left out with a warning, since a file works without them:", true);
		print_names(out, table, KEYWORD_LATER,
			"Known, an error until the feature is there:", false);
		print_names(out, table, KEYWORD_GONE,
			"Removed from the language long ago, an error "
			"that says what to write:",
			true);
	}
	print_fetches(out);
	print_converters(out);
	print_formats(out);
}
