/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tcp_rule.c - `tcp-request` and `tcp-response`: what is decided before a byte has been read.
 *
 *   tcp-request connection accept|reject [if|unless <condition>]   of the accepted connection
 *   tcp-request session    accept|reject [if|unless <condition>]   behind the PROXY header
 *   tcp-request content    accept|reject [if|unless <condition>]   with a log line
 *   tcp-request inspect-delay <time>                               nothing waits for it
 *
 * Nothing looks at what a client says, so that rules of content know no more than those of a
 * session: who came from where to where.  A condition that asks for more is an error where it asks.
 */
#include "core/config/rule_reader.h"

#include "core/config/remedy.h"
#include <string.h>

/* In many a file the delay stands alone. */
static void read_delay(struct reader *reader, const char *name)
{
	uint32_t delay_ms;

	if (reader_time_advised(reader, reader_format(reader, "%s inspect-delay", name), &delay_ms))
		reader_note(
			reader, "'%s inspect-delay' has no effect: no rule waits for bytes", name);
}

static void complain_later(struct reader *reader, const char *what, const char *word)
{
	remedy_alert(reader, reader_format(reader, "'%s'", what), word);
	reader_give_up(reader);
}

/* What HAProxy's other actions are called. */
static bool is_known_action(const char *word)
{
	static const char *const words[] = {"expect-*", "track-sc*", "sc-*", "set-*", "unset-var*",
		"silent-drop", "capture", "do-resolve*", "lua.*", "use-service", "switch-mode",
		"send-spoe-group", "close", NULL};

	for (uint32_t i = 0; words[i]; i++)
		if (remedy_fits(words[i], word))
			return true;
	return false;
}

static bool read_action(struct reader *reader, const char *what, enum rule_action *action)
{
	const char *word = reader_next(reader);

	if (strcmp(word, "accept") == 0) {
		*action = RULE_ALLOW;
	} else if (strcmp(word, "reject") == 0) {
		*action = RULE_DENY;
	} else if (is_known_action(word)) {
		complain_later(reader, reader_format(reader, "%s %s", what, word), word);
		return false;
	} else {
		reader_alert(reader, "'%s' expects 'accept' or 'reject' (got '%s').", what, word);
		reader_give_up(reader);
		return false;
	}
	return true;
}

/* HAProxy waits with rules of content until there is something to look at. */
static bool suits_content(struct reader *reader, const char *what, const struct rule *rule)
{
	const char *fetch = condition_asks_message(rule->condition);

	if (!fetch)
		return true;
	reader_alert(reader,
		"'%s' : '%s' is known, but not available yet here: nothing looks into what clients "
		"say; in mode http 'http-request deny if ..' does",
		what, fetch);
	return false;
}

static void read_rule(struct reader *reader, const char *what, struct rule_list *list)
{
	bool content = list == &rules_of(reader)->content;
	struct rule rule = {.place = reader->place};

	if (!read_action(reader, what, &rule.action))
		return;
	if (!condition_read(
		    reader, content ? SOURCES_OF_REQUEST : SAMPLE_FROM_ANYWHERE, &rule.condition)) {
		reader_give_up(reader);
		return;
	}
	if (!reader_at_end(reader)) {
		reader_alert(reader, "'%s' expects 'if', 'unless' or nothing, but found '%s'.",
			what, reader_peek(reader));
		reader_give_up(reader);
		return;
	}
	if (content && !suits_content(reader, what, &rule))
		return;
	rule_list_append(reader, list, &rule);
	rules_keep_line(reader);
}

void tcp_rule_read(struct reader *reader, const struct keyword *self)
{
	struct rules *rules = rules_of(reader);
	const struct {
		const char *word;
		struct rule_list *list;
	} kinds[] = {{"connection", &rules->connection}, {"session", &rules->session},
		{"content", &rules->content}};
	const char *word = reader_next(reader);
	const char *what = reader_format(reader, "%s %s", self->name, word);

	if (strcmp(word, "inspect-delay") == 0) {
		read_delay(reader, self->name);
		return;
	}
	for (uint32_t i = 0; i < KEYWORD_COUNT(kinds); i++) {
		if (strcmp(word, kinds[i].word) != 0)
			continue;
		if (strcmp(self->name, "tcp-request") != 0 || !(reader->where & IN_FRONTEND) ||
			reader->where & IN_DEFAULTS)
			complain_later(reader, what, self->name);
		else
			read_rule(reader, what, kinds[i].list);
		return;
	}
	reader_alert(reader,
		"'%s' expects 'connection', 'session', 'content' or 'inspect-delay' (got '%s').",
		self->name, word);
	reader_give_up(reader);
}
