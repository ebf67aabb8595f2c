/* SPDX-License-Identifier: GPL-2.0-or-later */
/* command.c - the table of commands: their words, who may use them, what they start.
 *
 * The table is the one place that knows a command: `help` prints it, an unknown word is compared
 * with it, a level is looked up in it.  Answers that operators' scripts match on are HAProxy's,
 * word for word. */
#include "net/stats/command.h"
#include "core/config/nearest.h"
#include "core/config/number.h"
#include "net/stats/row.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef void command_starter(struct runtime *runtime, struct runtime_context *context);

static command_starter start_clear_counters, start_help, start_lower_level, start_prompt,
	start_quit, start_set_timeout, start_activity, start_backends, start_cli_level,
	start_sockets, start_routers, start_environment, start_errors, start_info, start_reclaim,
	start_release, start_servers_conn, start_servers_state, start_sessions, start_stat,
	start_version;

static const struct command {
	const char *words[3]; /* NULL-terminated */
	enum stats_level level;
	command_starter *start;
	const char *usage, *purpose;
} commands[] = {
	{{"clear", "counters"}, STATS_LEVEL_OPERATOR, start_clear_counters, "clear counters [all]",
		"forget the maxima (or everything that was counted)"},
	{{"disable", "server"}, STATS_LEVEL_ADMIN, command_change_state,
		"disable server <bk>/<srv>", "put a server into maintenance"},
	{{"enable", "server"}, STATS_LEVEL_ADMIN, command_change_state, "enable server <bk>/<srv>",
		"take a server out of maintenance"},
	{{"get", "weight"}, STATS_LEVEL_USER, command_tell_weight, "get weight <bk>/<srv>",
		"tell a server's weight, now and as configured"},
	{{"operator"}, STATS_LEVEL_OPERATOR, start_lower_level, "operator",
		"go down to the level operator in this session"},
	{{"set", "maxconn", "server"}, STATS_LEVEL_ADMIN, command_change_maxconn,
		"set maxconn server <bk>/<srv> <n>",
		"change how many requests a server serves at a time"},
	{{"set", "server"}, STATS_LEVEL_ADMIN, command_change_server, "set server <bk>/<srv> ...",
		"change a server's state, weight or health"},
	{{"set", "timeout"}, STATS_LEVEL_USER, start_set_timeout, "set timeout cli <delay>",
		"change the idle time-out of this session"},
	{{"set", "weight"}, STATS_LEVEL_ADMIN, command_change_weight,
		"set weight <bk>/<srv> <n>|<percent>%", "change a server's weight"},
	{{"show", "activity"}, STATS_LEVEL_USER, start_activity, "show activity",
		"what each worker's loop has done"},
	{{"show", "backend"}, STATS_LEVEL_USER, start_backends, "show backend",
		"list the backends"},
	{{"show", "cli"}, STATS_LEVEL_USER, start_cli_level, "show cli level",
		"tell the level of this session"},
	{{"show", "cli"}, STATS_LEVEL_OPERATOR, start_sockets, "show cli sockets",
		"list the stats sockets"},
	{{"show", "env"}, STATS_LEVEL_ADMIN, start_environment, "show env [<name>]",
		"print the environment, or one variable of it"},
	{{"show", "errors"}, STATS_LEVEL_OPERATOR, start_errors,
		"show errors [<px>] [request|response]",
		"print the last bad message of each proxy"},
	{{"show", "info"}, STATS_LEVEL_USER, start_info, "show info [desc|float|json|typed]*",
		"tell about the process"},
	{{"show", "servers", "conn"}, STATS_LEVEL_USER, start_servers_conn,
		"show servers conn [<backend>]", "print the servers' connections"},
	{{"show", "servers", "state"}, STATS_LEVEL_USER, start_servers_state,
		"show servers state [<backend>]", "print the servers' states"},
	{{"show", "sess"}, STATS_LEVEL_OPERATOR, start_sessions, "show sess [<id>|all]",
		"list the sessions, or tell all about one or about each"},
	{{"show", "stat"}, STATS_LEVEL_USER, start_stat,
		"show stat [json|typed|up|no-maint]* [<iid|px> <type> <sid>]",
		"print the counters of proxies and servers"},
	{{"show", "version"}, STATS_LEVEL_USER, start_version, "show version",
		"print the version of the process"},
	{{"show", "vrrp"}, STATS_LEVEL_USER, start_routers, "show vrrp [json]",
		"print the virtual routers: who is master, since when and why"},
	{{"user"}, STATS_LEVEL_USER, start_lower_level, "user",
		"go down to the level user in this session"},
	{{"vrrp", "reclaim"}, STATS_LEVEL_ADMIN, start_reclaim, "vrrp reclaim <name>|all",
		"have a released virtual router take part as before"},
	{{"vrrp", "release"}, STATS_LEVEL_ADMIN, start_release, "vrrp release <name>|all",
		"hand virtual routers or a sync group over to the peer"},
	/* The last three are offered with every list. */
	{{"help"}, STATS_LEVEL_USER, start_help, "help [<command>]",
		"list the commands that match, or all"},
	{{"prompt"}, STATS_LEVEL_USER, start_prompt, "prompt", "switch the prompt on or off"},
	{{"quit"}, STATS_LEVEL_USER, start_quit, "quit", "end the connection"},
};

#define COMMAND_COUNT  (sizeof(commands) / sizeof(commands[0]))
#define ALWAYS_OFFERED 3
#define NEAR_DISTANCE  3

static runtime_writer write_message, write_help, write_stat;
static const struct command *find_command(const struct runtime *runtime);
static void offer_commands(struct runtime *runtime);
static bool is_later(const struct runtime *runtime);
static const char *word(const struct runtime *runtime, uint32_t i);

void command_start(struct runtime *runtime, struct runtime_context *context)
{
	const struct command *command = find_command(runtime);

	if (!command && is_later(runtime))
		command_say(runtime, "'%.40s%s%.40s' is known, but not available yet.\n",
			word(runtime, 0), runtime->word_count > 1 ? " " : "", word(runtime, 1));
	else if (!command)
		offer_commands(runtime);
	else if (command->level > runtime->level)
		command_say(runtime, "Permission denied\n");
	else
		command->start(runtime, context);
}

void command_say(struct runtime *runtime, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(runtime->job.message, sizeof(runtime->job.message), format, arguments);
	va_end(arguments);
	runtime->job.write = write_message;
}

static enum runtime_progress write_message(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	uint32_t mark = text->len;

	(void)context;
	text_string(text, runtime->job.message);
	return text_commit(text, mark) ? RUNTIME_FINISHED : RUNTIME_MORE;
}

static const char *word(const struct runtime *runtime, uint32_t i)
{
	return i < runtime->word_count ? runtime->words[i] : "";
}

static bool word_is(const struct runtime *runtime, uint32_t i, const char *wanted)
{
	return strcmp(word(runtime, i), wanted) == 0;
}

/* ---- finding ---- */

static bool matches(const struct runtime *runtime, const struct command *command)
{
	for (uint32_t i = 0; i < 3 && command->words[i]; i++)
		if (!word_is(runtime, i, command->words[i]))
			return false;
	/* Two commands have the same two words. */
	if (command->start == start_cli_level)
		return word_is(runtime, 2, "level");
	if (command->start == start_sockets)
		return word_is(runtime, 2, "sockets");
	return true;
}

static const struct command *find_command(const struct runtime *runtime)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (matches(runtime, &commands[i]))
			return &commands[i];
	return NULL;
}

/* HAProxy's other commands, by their first words.  Scripts that use them learn that they are not at
 * fault. */
static bool is_later(const struct runtime *runtime)
{
	static const char *const later[][2] = {{"abort"}, {"add"}, {"clear", "acl"},
		{"clear", "map"}, {"clear", "table"}, {"commit"}, {"debug"}, {"del"},
		{"disable", "agent"}, {"disable", "dynamic-cookie"}, {"disable", "frontend"},
		{"disable", "health"}, {"dump"}, {"enable", "agent"}, {"enable", "dynamic-cookie"},
		{"enable", "frontend"}, {"enable", "health"}, {"expert-mode"},
		{"experimental-mode"}, {"get", "acl"}, {"get", "map"}, {"get", "var"},
		{"httpclient"}, {"new"}, {"prepare"}, {"set", "dynamic-cookie-key"}, {"set", "map"},
		{"set", "maxconn"}, {"set", "profiling"}, {"set", "rate-limit"},
		{"set", "severity-output"}, {"set", "ssl"}, {"set", "table"}, {"set", "var"},
		{"show", "acl"}, {"show", "cache"}, {"show", "events"}, {"show", "fd"},
		{"show", "libs"}, {"show", "map"}, {"show", "peers"}, {"show", "pools"},
		{"show", "profiling"}, {"show", "resolvers"}, {"show", "schema"}, {"show", "ssl"},
		{"show", "startup-logs"}, {"show", "table"}, {"show", "tasks"}, {"show", "threads"},
		{"show", "tls-keys"}, {"show", "trace"}, {"shutdown"}, {"trace"}};

	for (uint32_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (word_is(runtime, 0, later[i][0]) &&
			(!later[i][1] || word_is(runtime, 1, later[i][1])))
			return true;
	return false;
}

/* Is this command one that the words may have been meant for?  The first word must be right or
 * nearly so; where it is right the second one narrows the choice, unless it is like none. */
static bool is_near(const struct runtime *runtime, const struct command *command, bool by_second)
{
	const char *first = word(runtime, 0), *second = word(runtime, 1);

	if (nearest_distance(first, command->words[0]) >
		(strlen(first) > 3 ? NEAR_DISTANCE - 1 : 1))
		return false;
	if (!by_second)
		return true;
	return command->words[1] &&
	       (strncmp(second, command->words[1], strlen(second)) == 0 ||
		       nearest_distance(second, command->words[1]) < NEAR_DISTANCE);
}

/* Bits of the commands to print, in job.offset. */
static void choose(struct runtime *runtime, bool by_second)
{
	runtime->job.offset = 0;
	for (uint32_t i = 0; i < COMMAND_COUNT - ALWAYS_OFFERED; i++)
		if (is_near(runtime, &commands[i], by_second))
			runtime->job.offset |= 1u << i;
}

_Static_assert(COMMAND_COUNT <= 32, "one bit a command");

static void offer_commands(struct runtime *runtime)
{
	runtime->job.write = write_help;
	choose(runtime, runtime->word_count > 1);
	if (!runtime->job.offset && runtime->word_count > 1)
		choose(runtime, false);
	runtime->job.stage = runtime->job.offset ? 1 : 0;
}

/* The title by stage, then a line for every chosen command, then those that are always there. */
static enum runtime_progress write_help(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	struct runtime_job *job = &runtime->job;

	(void)context;
	for (; job->item <= COMMAND_COUNT; job->item++) {
		const struct command *command = &commands[job->item - (job->item > 0)];
		uint32_t i = job->item - 1, mark = text->len;

		if (job->item == 0 && job->stage == 0)
			text_string(text, "Unknown command. Please enter one of the following "
					  "commands only:\n");
		else if (job->item == 0 && job->stage == 1)
			text_format(text,
				"Unknown command: '%.200s', but maybe one of the following ones "
				"is a better match:\n",
				word(runtime, 0));
		else if (job->item == 0)
			text_string(text, "The following commands are valid at this level:\n");
		else if (i >= COMMAND_COUNT - ALWAYS_OFFERED || !job->offset ||
			 (job->offset >> i & 1))
			text_format(text, "  %-40s: %s\n", command->usage, command->purpose);
		if (!text_commit(text, mark))
			return RUNTIME_MORE;
	}
	return RUNTIME_FINISHED;
}

static void start_help(struct runtime *runtime, struct runtime_context *context)
{
	uint32_t count = runtime->word_count;

	(void)context;
	runtime->job.write = write_help;
	for (uint32_t i = 0; i + 1 < count; i++)
		runtime->words[i] = runtime->words[i + 1];
	runtime->word_count = count - 1;
	if (count > 1)
		choose(runtime, count > 2);
	runtime->job.stage = 2;
}

/* ---- the conversation itself ---- */

static void start_prompt(struct runtime *runtime, struct runtime_context *context)
{
	(void)context;
	runtime->prompt = !runtime->prompt;
	command_say(runtime, "%s", "");
}

static void start_quit(struct runtime *runtime, struct runtime_context *context)
{
	(void)context;
	runtime->quit = true;
	command_say(runtime, "%s", "");
}

/* Only ever down: the table keeps a user from becoming an operator. */
static void start_lower_level(struct runtime *runtime, struct runtime_context *context)
{
	(void)context;
	runtime->level = word_is(runtime, 0, "user") ? STATS_LEVEL_USER : STATS_LEVEL_OPERATOR;
	command_say(runtime, "%s", "");
}

static void start_cli_level(struct runtime *runtime, struct runtime_context *context)
{
	static const char *const levels[] = {"user", "operator", "admin"};

	(void)context;
	command_say(runtime, "%s\n", levels[runtime->level]);
}

static void start_set_timeout(struct runtime *runtime, struct runtime_context *context)
{
	struct number_time time;

	(void)context;
	if (!word_is(runtime, 2, "cli")) {
		command_say(runtime, "'set timeout' only supports 'cli'.\n");
		return;
	}
	/* Without a unit it counts in seconds, here only. */
	if (number_time(&time, word(runtime, 3), NUMBER_SECONDS) != NUMBER_FINE || time.stray ||
		time.value == 0 || time.value > NUMBER_TIME_MS_MAX / 1000) {
		command_say(runtime, "Expects an integer value.\n");
		return;
	}
	runtime->timeout_ms = time.value * 1000;
	command_say(runtime, "%s", "");
}

static void start_version(struct runtime *runtime, struct runtime_context *context)
{
	(void)context;
	command_say(runtime, "%s\n", TORC_VERSION);
}

/* ---- statistics ---- */

static void start_routers(struct runtime *runtime, struct runtime_context *context)
{
	(void)context;
	runtime->job.form = word_is(runtime, 2, "json") ? STATS_FORM_JSON : STATS_FORM_CSV;
	runtime->job.write = command_write_routers;
}

static void start_info(struct runtime *runtime, struct runtime_context *context)
{
	struct runtime_job *job = &runtime->job;

	(void)context;
	job->form = STATS_FORM_CSV; /* "Name: value" */
	for (uint32_t i = 2; i < runtime->word_count; i++) {
		if (word_is(runtime, i, "typed"))
			job->form = STATS_FORM_TYPED;
		else if (word_is(runtime, i, "json"))
			job->form = STATS_FORM_JSON;
		else if (word_is(runtime, i, "desc"))
			job->describe = true;
		else if (word_is(runtime, i, "float"))
			job->exact = true;
	}
	job->write = command_write_info;
}

/* <iid|px> <type> <sid>: -1 stands for all. */
static bool read_selection(struct runtime *runtime, struct runtime_context *context, uint32_t at,
	struct stats_request *request)
{
	const char *name = word(runtime, at);
	const struct proxy *proxy = command_proxy(context, name);
	char *end;

	request->iid = strtol(name, &end, 10);
	if (*end || end == name) {
		if (!proxy)
			return false;
		request->iid = proxy->id;
	}
	request->rows = (uint32_t)strtol(word(runtime, at + 1), NULL, 10) & STATS_ROW_ALL;
	request->sid = strtol(word(runtime, at + 2), NULL, 10);
	return true;
}

static void start_stat(struct runtime *runtime, struct runtime_context *context)
{
	struct stats_request request;
	uint32_t i = 2;

	stats_parse_request(&request, NULL, SPAN(""));
	request.form = STATS_FORM_CSV;
	request.full = true;
	for (; i < runtime->word_count; i++) {
		if (word_is(runtime, i, "typed"))
			request.form = STATS_FORM_TYPED;
		else if (word_is(runtime, i, "json"))
			request.form = STATS_FORM_JSON;
		else if (word_is(runtime, i, "up"))
			request.hide_down = true;
		else if (word_is(runtime, i, "no-maint"))
			request.hide_maint = true;
		else if (!word_is(runtime, i, "desc"))
			break;
	}
	if (i + 3 <= runtime->word_count && !read_selection(runtime, context, i, &request)) {
		command_say(runtime, "No such proxy.\n");
		return;
	}
	stats_cursor_init(&runtime->job.cursor, &request);
	runtime->job.write = write_stat;
}

static enum runtime_progress write_stat(
	struct runtime *runtime, struct runtime_context *context, struct text *text)
{
	struct stats_cursor *cursor = &runtime->job.cursor;

	if (text->capacity - text->len < STATS_FILL_BYTES_MIN)
		return RUNTIME_MORE;
	text->len += stats_fill(cursor, context->stats, text->at + text->len,
		text->capacity - text->len, context->now_ms, context->wall_ms);
	return cursor->done ? RUNTIME_FINISHED : RUNTIME_MORE;
}

static void start_clear_counters(struct runtime *runtime, struct runtime_context *context)
{
	bool all = word_is(runtime, 2, "all");

	if (all && runtime->level < STATS_LEVEL_ADMIN) {
		command_say(runtime, "Permission denied\n");
		return;
	}
	if (all && context->clear_totals)
		context->clear_totals(context->owner);
	if (context->clear_peaks)
		context->clear_peaks(context->owner);
	runtime->job.write = command_write_clear_maxima;
}

/* ---- lists ---- */

/* A name, an id, or "#id". */
static bool is_called(const struct proxy *proxy, const char *name)
{
	const char *digits = name[0] == '#' ? name + 1 : name;
	char *end;
	unsigned long id = strtoul(digits, &end, 10);

	if (strcmp(proxy->name, name) == 0)
		return true;
	return *digits >= '0' && *digits <= '9' && !*end && id == proxy->id;
}

const struct proxy *command_backend(const struct runtime_context *context, const char *name)
{
	const struct config *config = context->stats->config;

	for (uint32_t i = 0; i < config->proxy_count; i++)
		if (config->proxies[i].is_backend && is_called(&config->proxies[i], name))
			return &config->proxies[i];
	return NULL;
}

const struct proxy *command_proxy(const struct runtime_context *context, const char *name)
{
	const struct config *config = context->stats->config;

	for (uint32_t i = 0; i < config->proxy_count; i++)
		if (is_called(&config->proxies[i], name))
			return &config->proxies[i];
	return NULL;
}

static void start_servers(
	struct runtime *runtime, struct runtime_context *context, runtime_writer *write)
{
	if (runtime->word_count > 3) {
		runtime->job.only = command_backend(context, word(runtime, 3));
		if (!runtime->job.only) {
			command_say(runtime, "Can't find backend.\n");
			return;
		}
	}
	runtime->job.write = write;
}

static void start_servers_state(struct runtime *runtime, struct runtime_context *context)
{
	start_servers(runtime, context, command_write_servers_state);
}

static void start_servers_conn(struct runtime *runtime, struct runtime_context *context)
{
	start_servers(runtime, context, command_write_servers_conn);
}

static void start_backends(struct runtime *runtime, struct runtime_context *context)
{
	(void)context;
	runtime->job.write = command_write_backends;
}

static void start_activity(struct runtime *runtime, struct runtime_context *context)
{
	(void)context;
	runtime->job.write = command_write_activity;
}

static void start_sockets(struct runtime *runtime, struct runtime_context *context)
{
	(void)context;
	runtime->job.write = command_write_sockets;
}

static void start_environment(struct runtime *runtime, struct runtime_context *context)
{
	(void)context;
	runtime->job.variable = runtime->word_count > 2 ? word(runtime, 2) : NULL;
	runtime->job.write = command_write_environment;
}

static void start_sessions(struct runtime *runtime, struct runtime_context *context)
{
	const char *id = word(runtime, 2);

	(void)context;
	runtime->job.detailed = runtime->word_count > 2;
	if (runtime->job.detailed && strcmp(id, "all") != 0) {
		/* "0x1f", as the list prints it. */
		char *end;

		runtime->job.wanted_id = strtoull(id, &end, 0);
		if (*end || runtime->job.wanted_id == 0) {
			command_say(runtime, "Session not found.\n");
			return;
		}
	}
	runtime->job.write = command_write_sessions;
}

static void start_errors(struct runtime *runtime, struct runtime_context *context)
{
	struct runtime_job *job = &runtime->job;
	uint32_t i = 2;

	job->requests = job->responses = true;
	if (i < runtime->word_count && !word_is(runtime, i, "request") &&
		!word_is(runtime, i, "response")) {
		job->only = command_proxy(context, word(runtime, i++));
		if (!job->only && strcmp(word(runtime, i - 1), "-1") != 0) {
			command_say(runtime, "No such proxy.\n");
			return;
		}
	}
	if (word_is(runtime, i, "request"))
		job->responses = false;
	else if (word_is(runtime, i, "response"))
		job->requests = false;
	job->write = command_write_errors;
}

/* ---- changes ---- */

static void start_release(struct runtime *runtime, struct runtime_context *context)
{
	command_start_routers_order(runtime, context, true, word(runtime, 2));
}

static void start_reclaim(struct runtime *runtime, struct runtime_context *context)
{
	command_start_routers_order(runtime, context, false, word(runtime, 2));
}
