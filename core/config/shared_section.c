/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shared_section.c - sections that belong to no proxy: `userlist` and `http-errors`.
 * Their lines are read here and not by a keyword's table: there are three of them. */
#include "core/config/rule_reader.h"

#include <string.h>

static void open_section(struct reader *reader, const char *keyword, const char *name)
{
	struct rule_section *section = arena_alloc(reader->arena, sizeof(*section));

	section->keyword = keyword;
	section->name = name;
	section->lines_tail = &section->lines;
	if (!reader->own_sections_tail)
		reader->own_sections_tail = &reader->config->sections;
	*reader->own_sections_tail = section;
	reader->own_sections_tail = &section->next;
	reader->own_section = section;
}

static void open_userlist(struct reader *reader, const char *name)
{
	struct userlist *list = arena_alloc(reader->arena, sizeof(*list));

	list->name = name;
	list->users_tail = &list->users;
	if (names_add(&reader->userlists, reader->arena, name, list)) {
		reader_alert(reader, "the name of userlist '%s' is used already.", name);
		return;
	}
	reader->userlist = list;
	open_section(reader, "userlist", name);
}

static void open_errors(struct reader *reader, const char *name)
{
	struct error_group *group = arena_alloc(reader->arena, sizeof(*group));

	group->name = name;
	if (names_add(&reader->error_groups, reader->arena, name, group)) {
		reader_alert(reader, "the name of http-errors '%s' is used already.", name);
		return;
	}
	reader->error_group = group;
	open_section(reader, "http-errors", name);
}

bool shared_section_open(struct reader *reader, const char *word)
{
	bool users = strcmp(word, "userlist") == 0;
	const char *name;

	reader->userlist = NULL;
	reader->error_group = NULL;
	reader->own_section = NULL;
	if (!users && strcmp(word, "http-errors") != 0)
		return false;
	name = reader_keep(reader, reader_next(reader));
	if (!*name)
		reader_alert(reader, "'%s' expects a name.", word);
	else if (!reader_at_end(reader))
		reader_alert(reader, "'%s' cannot handle unexpected argument '%s'.", word,
			reader_peek(reader));
	else if (users)
		open_userlist(reader, name);
	else
		open_errors(reader, name);
	return true;
}

/* "a,b,c" as an array. */
static const char *const *split(struct reader *reader, const char *text, uint32_t *count)
{
	const char **parts = arena_alloc(reader->arena, (strlen(text) + 1) * sizeof(*parts));

	*count = 0;
	while (*text) {
		size_t len = strcspn(text, ",");

		if (len)
			parts[(*count)++] = arena_copy(reader->arena, text, len);
		text += len + (text[len] == ',');
	}
	return parts;
}

static struct userlist_user *find_user(const struct userlist *list, const char *name)
{
	for (struct userlist_user *user = list->users; user; user = user->next)
		if (strcmp(user->name, name) == 0)
			return user;
	return NULL;
}

static void add_group(struct reader *reader, struct userlist_user *user, const char *group)
{
	const char **groups = arena_alloc(reader->arena, (user->group_count + 1) * sizeof(*groups));

	if (user->group_count)
		memcpy(groups, user->groups, user->group_count * sizeof(*groups));
	groups[user->group_count++] = group;
	user->groups = groups;
}

/* The users of a group may be named before they are described. */
static struct userlist_user *make_user(struct reader *reader, const char *name)
{
	struct userlist *list = reader->userlist;
	struct userlist_user *user = find_user(list, name);

	if (user)
		return user;
	user = arena_alloc(reader->arena, sizeof(*user));
	user->name = reader_keep(reader, name);
	*list->users_tail = user;
	list->users_tail = &user->next;
	return user;
}

static bool read_group(struct reader *reader)
{
	const char *name = reader_keep(reader, reader_next(reader));
	const char *const *users;
	uint32_t count;

	if (!*name) {
		reader_alert(reader, "'group' expects a name.");
		return false;
	}
	if (reader_at_end(reader))
		return true;
	if (!reader_skip(reader, "users")) {
		reader_alert(reader, "'group' only supports 'users' option.");
		return false;
	}
	users = split(reader, reader_next(reader), &count);
	for (uint32_t i = 0; i < count; i++)
		add_group(reader, make_user(reader, users[i]), name);
	return true;
}

static bool read_user(struct reader *reader)
{
	const char *name = reader_next(reader);
	struct userlist_user *user;

	if (!*name) {
		reader_alert(reader, "'user' expects a name.");
		return false;
	}
	user = make_user(reader, name);
	if (user->password) {
		reader_alert(reader, "duplicate user '%s'.", name);
		return false;
	}
	while (!reader_at_end(reader)) {
		bool insecure = strcmp(reader_peek(reader), "insecure-password") == 0;

		if (insecure || strcmp(reader_peek(reader), "password") == 0) {
			reader_next(reader);
			user->password = reader_keep(reader, reader_next(reader));
			user->insecure = insecure;
			if (!*user->password) {
				reader_alert(reader, "user '%s' : the password is missing.", name);
				return false;
			}
		} else if (reader_skip(reader, "groups")) {
			uint32_t count;
			const char *const *groups = split(reader, reader_next(reader), &count);

			for (uint32_t i = 0; i < count; i++)
				add_group(reader, user, groups[i]);
		} else {
			reader_alert(reader,
				"user '%s' : unknown word '%s'; known ones: password, "
				"insecure-password, groups.",
				name, reader_peek(reader));
			return false;
		}
	}
	return true;
}

static void userlist_line(struct reader *reader, const char *word)
{
	bool fine = false;

	if (strcmp(word, "group") == 0)
		fine = read_group(reader);
	else if (strcmp(word, "user") == 0)
		fine = read_user(reader);
	else
		reader_alert(reader,
			"unknown keyword '%s' in 'userlist' section; known ones: user, group.",
			word);
	if (fine)
		rules_keep_line(reader);
}

static void errors_line(struct reader *reader, const char *word)
{
	static const struct keyword file = {.name = "errorfile"};

	if (strcmp(word, "errorfile") == 0)
		errorfile_read(reader, &file);
	else
		reader_alert(reader,
			"unknown keyword '%s' in 'http-errors' section; known is: errorfile.",
			word);
}

bool shared_section_line(struct reader *reader, const char *word)
{
	uint32_t alerts = reader->config->alert_count;

	if (!reader->own_section)
		return false;
	if (reader->userlist)
		userlist_line(reader, word);
	else
		errors_line(reader, word);
	if (!reader_at_end(reader) && reader->config->alert_count == alerts)
		reader_alert(reader, "'%s' cannot handle unexpected argument '%s'.", word,
			reader_peek(reader));
	reader_give_up(reader);
	return true;
}
