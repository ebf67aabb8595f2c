/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stats_word.c - the words behind `stats` in a proxy: the statistics page.
 *
 * Any one of them turns the page on.  The first one of a section drops everything that it has
 * inherited: users and uri of a defaults section do not mix with a proxy's own, as in HAProxy. */
#include "core/config/rule_reader.h"

#include <string.h>

/* The section's own settings. */
static struct stats_uri *own(struct reader *reader)
{
	struct section_draft *section = reader->section;

	if (!section->stats_own) {
		section->proxy.stats = (struct stats_uri){0};
		section->stats_own = true;
		section->stats_users_tail = &section->proxy.stats.users;
		section->stats_scopes_tail = &section->proxy.stats.scopes;
	}
	section->proxy.stats.enabled = true;
	return &section->proxy.stats;
}

static void read_enable(struct reader *reader, const struct keyword *self)
{
	(void)self;
	own(reader);
}

static void read_version(struct reader *reader, const struct keyword *self)
{
	own(reader)->show_version = strcmp(self->name, "show-version") == 0;
}

static void read_uri(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	(void)self;
	if (*word)
		own(reader)->uri = reader_keep(reader, word);
	else
		reader_alert(reader, "'uri' needs an URI prefix.");
}

static void read_realm(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	(void)self;
	if (*word)
		own(reader)->realm = reader_keep(reader, word);
	else
		reader_alert(reader, "'realm' needs an realm name.");
}

static void read_auth(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader), *colon = strchr(word, ':');
	struct stats_user *user;
	const char *name, *key;

	(void)self;
	if (!*word) {
		reader_alert(reader, "'auth' needs a user:password account.");
		return;
	}
	name = arena_copy(reader->arena, word, colon ? (size_t)(colon - word) : strlen(word));
	key = reader_format(reader, "user %s", name);
	own(reader);
	if (names_add(&reader->section->ids, reader->arena, key, reader->section)) {
		reader_warn(reader, "uri auth: ignoring duplicated user '%s'.", name);
		return;
	}
	user = arena_alloc(reader->arena, sizeof(*user));
	user->user = name;
	user->password = reader_keep(reader, colon ? colon + 1 : "");
	*reader->section->stats_users_tail = user;
	reader->section->stats_users_tail = &user->next;
}

static void read_refresh(struct reader *reader, const struct keyword *self)
{
	uint32_t seconds;

	(void)self;
	if (reader_time(reader, "stats refresh", NUMBER_SECONDS, &seconds))
		own(reader)->refresh_s = seconds;
}

static void read_scope(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	struct stats_scope *scope;

	(void)self;
	if (!*word) {
		reader_alert(reader, "'scope' needs a proxy name.");
		return;
	}
	own(reader);
	scope = arena_alloc(reader->arena, sizeof(*scope));
	scope->proxy = reader_keep(reader, word);
	*reader->section->stats_scopes_tail = scope;
	reader->section->stats_scopes_tail = &scope->next;
}

static void read_legends(struct reader *reader, const struct keyword *self)
{
	(void)self;
	own(reader)->show_legends = true;
}

static void read_node(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	(void)self;
	/* Without a name the global one, which may be written further down: complete.c. */
	own(reader)->node = reader_keep(reader, word);
}

static void read_description(struct reader *reader, const struct keyword *self)
{
	const char *text = reader_next(reader);

	(void)self;
	while (!reader_at_end(reader))
		text = reader_format(reader, "%s %s", text, reader_next(reader));
	own(reader)->description = reader_keep(reader, text);
}

static void read_http_request(struct reader *reader, const struct keyword *self)
{
	own(reader);
	stats_http_request_read(reader, self);
}

#define PLACE IN_PROXY_OR_DEFAULTS

static const struct keyword rows[] = {
	{"enable", PLACE, KEYWORD_ACTS, 0, read_enable, "", "turns the page on"},
	{"uri", PLACE, KEYWORD_ACTS, 0, read_uri, "<prefix>", "where it is, /haproxy?stats"},
	{"realm", PLACE, KEYWORD_ACTS, 0, read_realm, "<text>",
		"what the browser asks the password for, HAProxy Statistics"},
	{"auth", PLACE, KEYWORD_ACTS, 0, read_auth, "<user>:<password>",
		"who may read it; everybody unless said"},
	{"refresh", PLACE, KEYWORD_ACTS, 0, read_refresh, "<seconds>",
		"the page loads itself again"},
	{"scope", PLACE, KEYWORD_ACTS, 0, read_scope, "<proxy> | .", "shows these proxies only"},
	{"hide-version", PLACE, KEYWORD_ACTS, 0, read_version, "", "preset"},
	{"show-version", PLACE, KEYWORD_ACTS, 0, read_version, "", "shows the version"},
	{"show-legends", PLACE, KEYWORD_ACTS, 0, read_legends, "",
		"shows addresses and algorithms"},
	{"show-node", PLACE, KEYWORD_ACTS, 0, read_node, "[<name>]", "shows the machine's name"},
	{"show-desc", PLACE, KEYWORD_ACTS, 0, read_description, "[<text>]", "shows a description"},
	{"http-request", IN_PROXY, KEYWORD_ACTS, 0, read_http_request,
		"allow | deny | auth [realm <text>] [if|unless <condition>]",
		"who may read it, in place of `stats auth`"},
	KEYWORD_NOTED_ROW("show-modules", PLACE, "there are no modules"),
	KEYWORD_SPARED_ROW("admin", PLACE,
		"the page changes nothing; the stats socket has 'disable server', 'enable server' "
		"and 'set server'"),
};

const struct keyword_table stats_words = {"stats parameter", "stats", rows, KEYWORD_COUNT(rows)};
