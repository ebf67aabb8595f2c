/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keyword.c - one word looked up in its table and read.
 *
 * What is the same for every word of the language stands here: is it known, may it stand in this
 * kind of section, may `no` stand before it, is its feature there.  The reader of a word sees
 * only lines that make sense for it. */
#include "core/config/keyword.h"

#include "core/config/nearest.h"
#include "core/config/reader.h"
#include "core/config/remedy.h"
#include <string.h>

/* Looking for the nearest word compares with the whole table: a file of nothing but noise gets
 * help for its first errors only. */
#define SUGGESTIONS_MAX 100

const struct keyword_table *const keyword_tables[] = {
	&global_words,
	&global_stats_words,
	&proxy_words,
	&option_words,
	&timeout_words,
	&stats_words,
	&bind_words,
	&server_words,
	&http_rule_words,
	NULL,
};

const struct keyword *keyword_find(const struct keyword_table *table, const char *word)
{
	for (uint32_t i = 0; i < table->count; i++) {
		if (strcmp(table->rows[i].name, word) == 0)
			return &table->rows[i];
	}
	return NULL;
}

const char *keyword_nearest(const struct keyword_table *table, const char *word)
{
	struct nearest nearest;

	nearest_init(&nearest, word);
	for (uint32_t i = 0; i < table->count; i++)
		nearest_offer(&nearest, table->rows[i].name);
	return nearest.word;
}

/* "; did you mean 'balance' maybe ?", or nothing. */
static const char *suggestion(
	struct reader *reader, const struct keyword_table *table, const char *word)
{
	const char *near = NULL;

	if (reader->suggestions++ < SUGGESTIONS_MAX)
		near = keyword_nearest(table, word);
	return near ? reader_format(reader, "; did you mean '%s' maybe ?", near) : "";
}

static void unknown(struct reader *reader, const struct keyword_table *table, const char *word)
{
	const struct keyword *elsewhere = NULL;
	const char *home = "a proxy";

	if (!*word) {
		reader_alert(reader, "'%s' expects an argument.",
			*table->prefix ? table->prefix : reader->words.word[0]);
		return;
	}
	if (reader->line_name) {
		reader_alert(reader, "'%s' : unknown keyword '%s'%s", reader->line_name, word,
			suggestion(reader, table, word));
		return;
	}
	if (table == &proxy_words) {
		elsewhere = keyword_find(&global_words, word);
		home = "the 'global'";
	} else if (table == &global_words) {
		elsewhere = keyword_find(&proxy_words, word);
	}
	if (elsewhere)
		reader_alert(reader,
			"'%s' is not allowed in '%s' section: it belongs in %s section", word,
			reader->section_word, home);
	else if (table == &proxy_words || table == &global_words)
		reader_alert(reader, "unknown keyword '%s' in '%s' section%s", word,
			reader->section_word, suggestion(reader, table, word));
	else
		reader_alert(reader, "unknown %s '%s'%s", table->what, word,
			suggestion(reader, table, word));
}

/* A known word in a section that does not take it. */
static void misplaced(
	struct reader *reader, const struct keyword_table *table, const struct keyword *row)
{
	const struct section_draft *section = reader->section;
	const char *side, *hint = "";

	if (!section || section->where & IN_DEFAULTS || !(row->where & IN_PROXY)) {
		reader_alert(reader, "'%s%s%s' not allowed in '%s' section.", table->prefix,
			*table->prefix ? " " : "", row->name, reader->section_word);
		return;
	}
	side = row->where & IN_FRONTEND ? "frontend" : "backend";
	if (row->where & MUST_FIT) {
		reader_alert(reader, "'%s' not allowed because %s '%s' has no %s capability.",
			row->name, section->title, section->proxy.name, side);
		return;
	}
	if (strcmp(row->name, "maxconn") == 0)
		hint = " Maybe you want 'fullconn' instead ?";
	else if (strcmp(row->name, "fullconn") == 0)
		hint = " Maybe you want 'maxconn' instead ?";
	if (table == &timeout_words)
		reader_warn(reader,
			"'timeout %s' will be ignored because %s '%s' has no %s capability",
			row->name, section->title, section->proxy.name, side);
	else
		reader_warn(reader, "'%s' ignored because %s '%s' has no %s capability.%s",
			row->name, section->title, section->proxy.name, side, hint);
}

static bool may_negate(
	struct reader *reader, const struct keyword_table *table, const struct keyword *row)
{
	if (reader->modifier == MODIFIER_NONE || row->where & CAN_NEGATE)
		return true;
	/* The options' table is reached through the word `option`, which may be negated. */
	if (table == &option_words)
		reader_alert(
			reader, "negation/default is not supported for option '%s'.", row->name);
	else if (table == &proxy_words || table == &global_words)
		reader_alert(reader,
			"negation/default is not supported for '%s', only for options "
			"and log.",
			row->name);
	else
		return true;
	return false;
}

/* As messages show it: "'option httpslog'", "'server b/s' : 'cookie'". */
static const char *name_of(
	struct reader *reader, const struct keyword_table *table, const struct keyword *row)
{
	if (reader->line_name)
		return reader_format(reader, "'%s' : '%s'", reader->line_name, row->name);
	return reader_format(
		reader, "'%s%s%s'", table->prefix, *table->prefix ? " " : "", row->name);
}

/* The rest of a line, or the arguments of a word that others stand behind. */
static void pass_over(struct reader *reader, const struct keyword *row)
{
	if (!reader->line_name) {
		reader_give_up(reader);
		return;
	}
	for (uint16_t i = 0; i < row->field; i++)
		reader_next(reader);
}

void keyword_read(
	struct reader *reader, const struct keyword_table *table, const char *word, uint16_t where)
{
	const struct keyword *row = keyword_find(table, word);
	const char *gap = *table->prefix ? " " : "";
	uint32_t alerts = reader->config->alert_count;

	if (!row) {
		unknown(reader, table, word);
		reader_give_up(reader);
		return;
	}
	if (!(row->where & where)) {
		misplaced(reader, table, row);
		reader_give_up(reader);
		return;
	}
	if (!may_negate(reader, table, row)) {
		reader_give_up(reader);
		return;
	}
	switch ((enum keyword_state)row->state) {
	case KEYWORD_LATER:
		remedy_alert(reader, name_of(reader, table, row), row->name);
		pass_over(reader, row);
		return;
	case KEYWORD_GONE:
		reader_alert(reader, "'%s%s%s' is not supported any more: %s", table->prefix, gap,
			row->name, row->summary);
		reader_give_up(reader);
		return;
	case KEYWORD_NOTED:
		reader_note(reader, "'%s%s%s' has no effect: %s", table->prefix, gap, row->name,
			row->summary);
		break;
	case KEYWORD_SPARED:
		reader_warn(
			reader, "%s is left out: %s", name_of(reader, table, row), row->summary);
		break;
	case KEYWORD_NOT_ACTING:
	case KEYWORD_ACTS:
		break;
	}
	if (row->read)
		row->read(reader, row);
	else
		reader_give_up(reader);
	if (row->state == KEYWORD_NOT_ACTING && reader->config->alert_count == alerts)
		reader_warn(reader, "'%s%s%s' : accepted, not acting yet", table->prefix, gap,
			row->name);
}
