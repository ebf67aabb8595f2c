/* SPDX-License-Identifier: GPL-2.0-or-later */
/* named_defaults.c - rules of named defaults sections.
 *
 * As in HAProxy since 2.5: a defaults section with a name may have conditions and `http-` rules.
 * They come before those of each section that inherits from it, as if they stood at its head, but
 * its conditions are known to its own rules alone.  So that is what is done: every line is read
 * once where it stands, for its errors, and again at the head of each section, whose conditions
 * are forgotten then.  Since rules mean something else in a frontend and in a backend, one defaults
 * section has them for one of both. */
#include "core/config/rule_reader.h"

#include <string.h>

static const struct {
	const char *word;
	void (*read)(struct reader *reader, const struct keyword *self);
} words[] = {
	{"acl", acl_read},
	{"http-request", http_request_read},
	{"http-response", http_response_read},
	{"http-after-response", http_after_response_read},
};

bool named_defaults_repeat(const struct reader *reader)
{
	for (uint32_t i = 0; reader->where & IN_DEFAULTS && i < KEYWORD_COUNT(words); i++)
		if (strcmp(reader->words.word[0], words[i].word) == 0)
			return true;
	return false;
}

void ruleset_read(struct reader *reader, const struct keyword *self)
{
	struct deferred_argument *deferred = reader->deferred;
	bool defaults = reader->where & IN_DEFAULTS;

	if (defaults && !*reader->section->proxy.name) {
		reader_alert(
			reader, "'%s' not allowed in anonymous 'defaults' section.", self->name);
		reader_give_up(reader);
		return;
	}
	for (uint32_t i = 0; i < KEYWORD_COUNT(words); i++)
		if (strcmp(self->name, words[i].word) == 0)
			words[i].read(reader, self);
	/* What its names are is the business of those who inherit it. */
	if (defaults)
		reader->deferred = deferred;
}

static bool has_rules(const struct section_draft *base)
{
	for (const struct rule_line *line = base->proxy.rules->lines; line; line = line->next)
		if (line->inherited && strcmp(line->words[0], "acl") != 0)
			return true;
	return false;
}

/* False: complained about. */
static bool may_inherit(struct reader *reader, const struct section_draft *base)
{
	const char *where = reader_format(reader, "defaults section at %s:%u",
		base->proxy.place.file, base->proxy.place.line);

	if (reader->where & IN_DEFAULTS)
		reader_alert(reader,
			"a defaults section cannot inherit from a defaults section defining "
			"TCP/HTTP rules (%s).",
			where);
	else if ((reader->where & IN_PROXY) == IN_PROXY)
		reader_alert(reader,
			"a listen section cannot inherit from a defaults section defining TCP/HTTP "
			"rules (%s).",
			where);
	else if (base->ruled && base->ruled != reader->where)
		reader_alert(reader,
			"frontends and backends cannot inherit from the same defaults section if "
			"it defines TCP/HTTP rules (%s).",
			where);
	else
		return true;
	return false;
}

static void read_again(struct reader *reader, const struct rule_line *line)
{
	for (uint32_t i = 0; i < LEX_WORDS_MAX + 2; i++)
		reader->words.word[i] = i < line->count ? line->words[i] : "";
	reader->words.count = line->count;
	reader->place = line->place;
	reader->at = 1;
	keyword_read(reader, &proxy_words, line->words[0], reader->where);
}

void named_defaults_inherit(struct reader *reader, struct section_draft *base)
{
	struct rules *rules = rules_of(reader);
	struct lex_words head = reader->words;
	struct place place = reader->place;

	if (!has_rules(base) || !may_inherit(reader, base))
		return;
	base->ruled = reader->where;
	for (const struct rule_line *line = base->proxy.rules->lines; line; line = line->next)
		if (line->inherited)
			read_again(reader, line);
	rules->acls = NULL;
	rules->acls_tail = &rules->acls;
	reader->words = head;
	reader->place = place;
	reader_give_up(reader);
}
