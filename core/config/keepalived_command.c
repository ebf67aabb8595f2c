/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_command.c - commands, who runs them, and the one command that is never run.
 *
 * A command is kept as words, as it will be executed: keepalived uses no shell, and neither does
 * torc.  `notify_master "/etc/up.sh now" root` holds the command in one word and then who runs it;
 * the command is split once more, so that quotes within quotes keep an argument together.
 *
 * Scripts of the published kind ask one thing, "is haproxy alive?", in one of four ways that
 * people copy from each other.  torc knows the answer better than a process list does (a zombie
 * and a hung program have a name, too), so those commands are recognised and not executed. */
#include "core/config/keepalived_reader.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>

/* ---- users ---- */

/* A name that is nothing but digits is the number itself. */
static bool is_number(const char *name, int64_t *number)
{
	size_t digits = strspn(name, "0123456789");

	if (!digits || digits > 9 || name[digits])
		return false;
	*number = strtoll(name, NULL, 10);
	return true;
}

static int64_t user_of(const struct keepalived_reader *reader, const char *name, int64_t *group)
{
	const struct config_machine *machine = reader->source->machine;
	struct passwd *entry;
	int64_t number;

	if (is_number(name, &number))
		return *group = number;
	if (machine && machine->user_id) {
		number = machine->user_id(name);
		*group = machine->group_id ? machine->group_id(name) : -1;
		if (*group < 0)
			*group = number;
		return number;
	}
	entry = getpwnam(name);
	*group = entry ? (int64_t)entry->pw_gid : -1;
	return entry ? (int64_t)entry->pw_uid : -1;
}

static int64_t group_of(const struct keepalived_reader *reader, const char *name)
{
	const struct config_machine *machine = reader->source->machine;
	struct group *entry;
	int64_t number;

	if (is_number(name, &number))
		return number;
	if (machine && machine->group_id)
		return machine->group_id(name);
	entry = getgrnam(name);
	return entry ? (int64_t)entry->gr_gid : -1;
}

bool keepalived_user(struct keepalived_reader *reader, const char *what, int64_t *uid, int64_t *gid)
{
	const char *name = keepalived_take(reader);
	int64_t user, group;
	bool with_others;

	if (!*name) {
		keepalived_alert(reader, "'%s' expects the name of a user", what);
		return false;
	}
	user = user_of(reader, name, &group);
	if (user < 0) {
		keepalived_alert(reader,
			"'%s' : there is no user '%s' on this machine; 'useradd --system %s' makes "
			"one",
			what, name, name);
		keepalived_give_up(reader);
		return false;
	}
	name = keepalived_take(reader);
	with_others = *name == ':'; /* the user's other groups, too */
	name += with_others;
	if (*name) {
		group = group_of(reader, name);
		if (group < 0) {
			keepalived_alert(reader, "'%s' : there is no group '%s' on this machine",
				what, name);
			keepalived_give_up(reader);
			return false;
		}
	}
	*uid = user;
	*gid = group | (with_others ? VRRP_WITH_GROUPS : 0);
	return true;
}

/* ---- commands ---- */

/* Words one after the other, and an empty word that ends them. */
static bool store_words(struct keepalived_reader *reader, const char *what,
	const struct keepalived_words *words, uint32_t first, char *field, size_t bytes)
{
	size_t used = 0;

	for (uint32_t i = first; i < words->count; i++) {
		size_t len = strlen(words->word[i]);

		if (!len) {
			keepalived_alert(reader, "'%s' : an empty argument is not available", what);
			return false;
		}
		if (used + len + 2 > bytes) {
			keepalived_alert(reader, "'%s' : the command is too long, limit: %zu bytes",
				what, bytes - 2);
			return false;
		}
		memcpy(field + used, words->word[i], len + 1);
		used += len + 1;
	}
	field[used] = '\0';
	if (!used)
		keepalived_alert(reader, "'%s' expects a command", what);
	return used > 0;
}

/* A command that stands in one word. */
static bool store_command(struct keepalived_reader *reader, const char *what, const char *text,
	char *field, size_t bytes)
{
	char *out = malloc(2 * strlen(text) + 2);
	struct keepalived_words words;
	const char *fault = out ? keepalived_split(&words, text, KEEPALIVED_SPLIT_COMMAND, out)
				: "out of memory";
	bool stored = false;

	if (fault)
		keepalived_alert(reader, "'%s' : %s: '%.60s'", what, fault, text);
	else
		stored = store_words(reader, what, &words, 0, field, bytes);
	free(out);
	return stored;
}

bool keepalived_command(struct keepalived_reader *reader, const char *what, char *field,
	size_t bytes, int64_t *uid, int64_t *gid)
{
	const char *text;

	if (!keepalived_resplit(reader))
		return false;
	text = keepalived_take(reader);
	if (!store_command(reader, what, text, field, bytes)) {
		keepalived_give_up(reader);
		return false;
	}
	return keepalived_at_end(reader) || keepalived_user(reader, what, uid, gid);
}

/* `script`: one word that is split, or the words themselves. */
void keepalived_read_command_line(
	struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_tracker *row = &reader->tracker->row;

	if (!keepalived_resplit(reader))
		return;
	if (reader->words.count > 2)
		store_words(
			reader, self->name, &reader->words, 1, row->command, sizeof(row->command));
	else
		store_command(reader, self->name, keepalived_peek(reader), row->command,
			sizeof(row->command));
	keepalived_give_up(reader);
}

/* `process`: a quoted first word is the name with its blanks. */
void keepalived_read_process_line(
	struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_tracker *row = &reader->tracker->row;

	if (keepalived_resplit(reader))
		store_words(
			reader, self->name, &reader->words, 1, row->command, sizeof(row->command));
	keepalived_give_up(reader);
}

/* ---- notify ---- */

static struct vrrp_notify *notify_at_hand(struct keepalived_reader *reader)
{
	return reader->instance ? &reader->instance->row.notify : &reader->group->row.notify;
}

void keepalived_notify_init(struct vrrp_notify *notify)
{
	for (uint32_t i = 0; i < VRRP_NOTIFY_KINDS; i++)
		notify->uid[i] = notify->gid[i] = -1;
}

void keepalived_read_notify(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_notify *notify = notify_at_hand(reader);
	char *field = notify->command[self->field];

	if (*field) {
		keepalived_warn(reader, "'%s' is given already: the first one holds", self->name);
		keepalived_give_up(reader);
		return;
	}
	keepalived_command(reader, self->name, field, sizeof(notify->command[0]),
		&notify->uid[self->field], &notify->gid[self->field]);
}

void keepalived_read_notify_deleted(
	struct keepalived_reader *reader, const struct keepalived_word *self)
{
	notify_at_hand(reader)->says_deleted = true;
	if (!keepalived_at_end(reader))
		keepalived_read_notify(reader, self);
}

/* ---- "is haproxy alive?" ---- */

static bool asks(const char *command, uint32_t depth);

static bool is_balancer(const char *word)
{
	const char *slash = strrchr(word, '/'), *name = slash ? slash + 1 : word;

	return strcmp(name, "haproxy") == 0 || strcmp(name, "torc") == 0;
}

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++) {
		if (strcmp(word, *list) == 0)
			return true;
	}
	return false;
}

/* Options that change nothing about the answer, and then the one name. */
static bool asks_for_name(const char *word, const char *const *options)
{
	while (word && is_one_of(word, options))
		word = vrrp_command_next(word);
	return word && is_balancer(word) && !vrrp_command_next(word);
}

/* killall -0 haproxy: signal 0 in any of its spellings, and no other. */
static bool asks_killall(const char *word)
{
	static const char *const options[] = {"-q", "--quiet", "-e", "--exact", NULL};
	static const char *const zero[] = {"-0", "-s0", "--signal=0", NULL};
	bool signal = false;

	while (word && *word == '-') {
		if (is_one_of(word, zero)) {
			signal = true;
		} else if (strcmp(word, "-s") == 0 || strcmp(word, "--signal") == 0) {
			word = vrrp_command_next(word);
			if (!word || strcmp(word, "0") != 0)
				return false;
			signal = true;
		} else if (!is_one_of(word, options)) {
			return false;
		}
		word = vrrp_command_next(word);
	}
	return signal && asks_for_name(word, options);
}

static bool asks_systemctl(const char *word)
{
	static const char *const quiet[] = {"-q", "--quiet", "--no-pager", NULL};

	while (word && is_one_of(word, quiet))
		word = vrrp_command_next(word);
	if (!word || (strcmp(word, "is-active") != 0 && strcmp(word, "status") != 0))
		return false;
	word = vrrp_command_next(word);
	while (word && is_one_of(word, quiet))
		word = vrrp_command_next(word);
	if (!word || vrrp_command_next(word))
		return false;
	return is_balancer(word) || strcmp(word, "haproxy.service") == 0 ||
	       strcmp(word, "torc.service") == 0;
}

/* service haproxy status */
static bool asks_service(const char *word)
{
	if (!word || !is_balancer(word))
		return false;
	word = vrrp_command_next(word);
	return word && strcmp(word, "status") == 0 && !vrrp_command_next(word);
}

/* timeout [OPTION]... DURATION COMMAND: torc is never late with its answer. */
static const char *behind_timeout(const char *word)
{
	static const char *const with_value[] = {"-k", "--kill-after", "-s", "--signal", NULL};

	while (word && *word == '-') {
		if (is_one_of(word, with_value))
			word = vrrp_command_next(word);
		word = word ? vrrp_command_next(word) : NULL;
	}
	return word ? vrrp_command_next(word) : NULL;
}

/* sh -c 'COMMAND', as long as the shell has nothing to do but to split it. */
static bool asks_shell(const char *word, uint32_t depth)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./- ";
	char command[VRRP_PATH_BYTES];
	const char *text = word ? vrrp_command_next(word) : NULL;
	size_t used = 0;

	if (!text || strcmp(word, "-c") != 0 || vrrp_command_next(text) ||
		text[strspn(text, plain)] || strlen(text) + 2 > sizeof(command))
		return false;
	for (const char *at = text; *at; at++)
		if (*at != ' ')
			command[used++] = *at;
		else if (used && command[used - 1])
			command[used++] = '\0';
	command[used] = command[used + 1] = '\0';
	return asks(command, depth + 1);
}

/* The words of a command within a command are counted no further than people go. */
static bool asks(const char *command, uint32_t depth)
{
	static const char *const pidof[] = {"-s", "-q", "--quiet", "-x", NULL};
	static const char *const pgrep[] = {
		"-x", "--exact", "-f", "--full", "-q", "--quiet", "-c", "--count", NULL};
	static const char *const shells[] = {"sh", "bash", "dash", NULL};
	const char *word = vrrp_command_first(command), *slash, *name;

	if (!word || depth > 3)
		return false;
	slash = strrchr(word, '/');
	name = slash ? slash + 1 : word;
	word = vrrp_command_next(word);
	if (strcmp(name, "timeout") == 0) {
		word = behind_timeout(word);
		return word && asks(word, depth + 1);
	}
	if (is_one_of(name, shells))
		return asks_shell(word, depth);
	if (strcmp(name, "service") == 0)
		return asks_service(word);
	if (strcmp(name, "killall") == 0)
		return asks_killall(word);
	if (strcmp(name, "pidof") == 0)
		return asks_for_name(word, pidof);
	if (strcmp(name, "pgrep") == 0)
		return asks_for_name(word, pgrep);
	return strcmp(name, "systemctl") == 0 && asks_systemctl(word);
}

bool keepalived_asks_serving(const char *command)
{
	return asks(command, 0);
}

bool keepalived_names_balancer(const char *command)
{
	for (const char *word = vrrp_command_first(command); word; word = vrrp_command_next(word))
		if (strstr(word, "haproxy") && !strstr(word, "://"))
			return true;
	return false;
}
