/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule.c - rules: what is done to a request or a response, in the order of the file.
 *
 * A line is `http-request ACTION .. [if CONDITION]`; the action says which words follow.  All
 * actions of the language stand in one table, with the kinds of rules that know them; the ones
 * whose feature is not there are errors that say so.  `use_backend`, `use-server`, `monitor` and
 * `capture` are rules with a list of their own each. */
#include "core/config/rule_reader.h"

#include "core/config/remedy.h"
#include <ctype.h>
#include <string.h>

/* What a reader of an action fills; the condition is read by the one that called it. */
struct rule_draft {
	struct rule rule;
	uint32_t sources; /* at hand for its formats and conditions */
	const char *what; /* "http-request set-header" */
	bool fine;
};

struct rules *rules_of(struct reader *reader)
{
	return reader->section->proxy.rules;
}

static void init_list(struct rule_list *list)
{
	list->first = NULL;
	list->tail = &list->first;
}

static void init_captures(struct capture_list *list)
{
	*list = (struct capture_list){0};
	list->tail = &list->first;
}

static void add_line(struct arena *arena, struct rules *rules, const struct rule_line *line)
{
	struct rule_line *copy = arena_alloc(arena, sizeof(*copy));

	*copy = *line;
	copy->next = NULL;
	*rules->lines_tail = copy;
	rules->lines_tail = &copy->next;
}

struct rules *rules_make(struct reader *reader, const struct rules *base)
{
	struct rules *rules = arena_alloc(reader->arena, sizeof(*rules));

	init_list(&rules->connection);
	init_list(&rules->session);
	init_list(&rules->content);
	init_list(&rules->request);
	init_list(&rules->response);
	init_list(&rules->after_response);
	init_list(&rules->redirects);
	init_list(&rules->routes);
	init_list(&rules->servers);
	init_list(&rules->monitor_fails);
	init_list(&rules->stats);
	init_captures(&rules->request_captures);
	init_captures(&rules->response_captures);
	rules->acls_tail = &rules->acls;
	rules->lines_tail = &rules->lines;
	if (!base)
		return rules;
	/* Rules and conditions are read again (named_defaults.c); the rest is inherited whole. */
	rules->monitor_uri = base->monitor_uri;
	rules->error_pages = base->error_pages;
	for (const struct rule_line *line = base->lines; line; line = line->next)
		if (!line->inherited)
			add_line(reader->arena, rules, line);
	return rules;
}

void rule_list_append(struct reader *reader, struct rule_list *list, const struct rule *rule)
{
	struct rule *copy = arena_alloc(reader->arena, sizeof(*copy));

	*copy = *rule;
	*list->tail = copy;
	list->tail = &copy->next;
}

void rules_keep_line(struct reader *reader)
{
	struct rule_line line = {.count = reader->words.count, .place = reader->place};
	const char **words = arena_alloc(reader->arena, (line.count + 1) * sizeof(*words));

	for (uint32_t i = 0; i < line.count; i++)
		words[i] = reader_keep(reader, reader->words.word[i]);
	line.words = words;
	if (reader->own_section) {
		struct rule_line *copy = arena_alloc(reader->arena, sizeof(*copy));

		*copy = line;
		*reader->own_section->lines_tail = copy;
		reader->own_section->lines_tail = &copy->next;
	} else if (reader->section) {
		line.inherited = named_defaults_repeat(reader);
		add_line(reader->arena, rules_of(reader), &line);
	}
}

struct regex *rules_regex(
	struct reader *reader, const char *text, bool ignore_case, const char **error)
{
	struct regex *regex = regex_compile(reader->arena, text, ignore_case, error);
	struct config_regex *entry;

	if (!regex)
		return NULL;
	entry = arena_alloc(reader->arena, sizeof(*entry));
	entry->regex = regex;
	entry->next = reader->config->regexes;
	reader->config->regexes = entry;
	return regex;
}

/* ---- the words of actions ---- */

static bool fail(struct reader *reader)
{
	reader->rule->fine = false;
	reader_give_up(reader);
	return false;
}

/* A word that has to be there. */
static const char *expect(struct reader *reader, const char *what)
{
	if (!reader_at_end(reader) && !condition_begins(reader))
		return reader_keep(reader, reader_next(reader));
	reader_alert(reader, "'%s' expects %s.", reader->rule->what, what);
	fail(reader);
	return NULL;
}

static struct format *expect_format(struct reader *reader, const char *what)
{
	const char *text = expect(reader, what);
	struct format *format = NULL;

	if (text)
		format = format_read(reader, text, FORMAT_FOR_FIELD, reader->rule->sources);
	if (text && !format)
		fail(reader);
	return format;
}

static bool expect_regex(struct reader *reader)
{
	const char *text = expect(reader, "a regular expression"), *error;

	if (!text)
		return false;
	reader->rule->rule.regex = rules_regex(reader, text, false, &error);
	if (reader->rule->rule.regex)
		return true;
	reader_alert(reader, "'%s' : regex '%s' is invalid: %s.", reader->rule->what, text, error);
	return fail(reader);
}

/* Fields that say where a message ends are not for rules: a length that is not the body's would
 * let two readers disagree about what follows it. */
static bool is_framing(const char *name)
{
	static const char *const framing[] = {
		"content-length", "transfer-encoding", "trailer", "te", NULL};

	for (uint32_t i = 0; framing[i]; i++)
		if (strcasecmp(framing[i], name) == 0)
			return true;
	return false;
}

bool rules_field_name(struct reader *reader, const char *what, const char *name)
{
	for (const char *at = name; *at || at == name; at++) {
		if (isalnum((unsigned char)*at) || (*at && strchr("!#$%&'*+-.^_`|~", *at)))
			continue;
		reader_alert(reader, "'%s' : '%s' is no header name.", what, name);
		return false;
	}
	if (!is_framing(name))
		return true;
	reader_alert(reader, "'%s' : '%s' is not for rules: it says where the message ends.", what,
		name);
	return false;
}

static bool is_name(struct reader *reader, const char *name)
{
	if (!rules_field_name(reader, reader->rule->what, name))
		return fail(reader);
	reader->rule->rule.name = name;
	return true;
}

static bool expect_name(struct reader *reader)
{
	const char *name = expect(reader, "a header name");

	return name && is_name(reader, name);
}

static void read_nothing(struct reader *reader, const struct keyword *self)
{
	(void)reader;
	(void)self;
}

static void read_header(struct reader *reader, const struct keyword *self)
{
	(void)self;
	if (expect_name(reader))
		reader->rule->rule.format = expect_format(reader, "a value");
}

static void read_del_header(struct reader *reader, const struct keyword *self)
{
	static const struct {
		const char *name;
		enum match_method method;
	} methods[] = {{"str", MATCH_STR}, {"beg", MATCH_BEG}, {"end", MATCH_END},
		{"sub", MATCH_SUB}, {"reg", MATCH_REG}};
	const char *name = expect(reader, "a header name"), *error;
	bool known = true;

	(void)self;
	if (!name)
		return;
	reader->rule->rule.method = MATCH_STR;
	if (reader_skip(reader, "-m")) {
		known = false;
		for (uint32_t i = 0; i < KEYWORD_COUNT(methods) && !known; i++) {
			known = reader_skip(reader, methods[i].name);
			if (known)
				reader->rule->rule.method = methods[i].method;
		}
	}
	if (!known) {
		reader_alert(reader, "'%s' : '-m' expects str, beg, end, sub or reg.",
			reader->rule->what);
		fail(reader);
		return;
	}
	if (reader->rule->rule.method != MATCH_REG) {
		is_name(reader, name);
		return;
	}
	reader->rule->rule.name = name;
	reader->rule->rule.regex = rules_regex(reader, name, true, &error);
	if (reader->rule->rule.regex)
		return;
	reader_alert(reader, "'%s' : regex '%s' is invalid: %s.", reader->rule->what, name, error);
	fail(reader);
}

static void read_replace_header(struct reader *reader, const struct keyword *self)
{
	(void)self;
	if (expect_name(reader) && expect_regex(reader))
		reader->rule->rule.format = expect_format(reader, "a replacement");
}

static void read_replace(struct reader *reader, const struct keyword *self)
{
	(void)self;
	if (expect_regex(reader))
		reader->rule->rule.format = expect_format(reader, "a replacement");
}

static void read_format(struct reader *reader, const struct keyword *self)
{
	(void)self;
	reader->rule->rule.format = expect_format(reader, "an argument");
}

static void read_answer(struct reader *reader, const struct keyword *self)
{
	uint16_t status = self->field == RULE_RETURN			 ? 200
			  : self->field == RULE_TARPIT			 ? 500
			  : reader->rule->sources == SOURCES_OF_RESPONSE ? 502
									 : 403;

	reader->rule->rule.page =
		answer_page_read(reader, reader->rule->what, status, reader->rule->sources);
	if (!reader->rule->rule.page)
		fail(reader);
}

static void read_redirect(struct reader *reader, const struct keyword *self)
{
	(void)self;
	reader->rule->rule.redirect = redirect_words_read(reader, reader->rule->sources);
	if (!reader->rule->rule.redirect)
		fail(reader);
}

static void read_auth(struct reader *reader, const struct keyword *self)
{
	(void)self;
	if (reader_skip(reader, "realm"))
		reader->rule->rule.name = expect(reader, "a realm");
}

static void read_status(struct reader *reader, const struct keyword *self)
{
	const char *word = expect(reader, "a status between 100 and 999");
	uint64_t value;
	char stray;

	(void)self;
	if (!word)
		return;
	if (number_whole(&value, word, 999, &stray) != NUMBER_FINE || value < 200 || value == 204 ||
		value == 304) {
		reader_alert(reader,
			"'%s' expects a status between 200 and 999, of answers that have a body "
			"(got '%s').",
			reader->rule->what, word);
		fail(reader);
		return;
	}
	reader->rule->rule.number = (uint32_t)value;
	if (reader_skip(reader, "reason"))
		reader->rule->rule.name = expect(reader, "a reason");
}

static void read_log_level(struct reader *reader, const struct keyword *self)
{
	const char *word = expect(reader, "a level or 'silent'");

	(void)self;
	if (!word)
		return;
	if (strcmp(word, "silent") == 0) {
		reader->rule->rule.number = 0;
		return;
	}
	for (uint8_t level = 0; level < 8; level++) {
		if (strcmp(log_level_name(level), word) != 0)
			continue;
		reader->rule->rule.number = level + 1u;
		return;
	}
	reader_alert(reader, "'%s' : unknown log level '%s'.", reader->rule->what, word);
	fail(reader);
}

/* ---- captures ---- */

static struct capture *add_capture(
	struct reader *reader, struct capture_list *list, const char *name, uint32_t len)
{
	struct capture *capture = arena_alloc(reader->arena, sizeof(*capture));

	capture->name = name;
	capture->len = len;
	capture->index = list->count++;
	capture->at = list->bytes;
	list->bytes += len;
	*list->tail = capture;
	list->tail = &capture->next;
	return capture;
}

#define CAPTURE_BYTES_MAX 4096

static bool expect_len(struct reader *reader, const char *what, uint32_t *len)
{
	uint64_t value;

	if (!reader_skip(reader, "len")) {
		reader_alert(reader, "'%s' expects 'len <bytes>'.", what);
		reader_give_up(reader);
		return false;
	}
	if (!reader_number(reader, what, 1, CAPTURE_BYTES_MAX, &value))
		return false;
	*len = (uint32_t)value;
	return true;
}

static struct capture_list *captures_of(struct reader *reader, bool response)
{
	struct rules *rules = rules_of(reader);

	return response ? &rules->response_captures : &rules->request_captures;
}

static void read_capture_rule(struct reader *reader, const struct keyword *self)
{
	bool response = reader->rule->sources == SOURCES_OF_RESPONSE;
	const char *text = expect(reader, "a sample expression");
	struct expression *expression;
	uint64_t id;
	uint32_t len;
	size_t used;

	(void)self;
	if (!text)
		return;
	expression = expression_read(reader, text, false, &used);
	if (!expression || !expression_suits(reader, expression, reader->rule->sources)) {
		fail(reader);
		return;
	}
	reader->rule->rule.expression = expression;
	if (reader_skip(reader, "id")) {
		if (!reader_number(reader, reader->rule->what, 0, UINT16_MAX, &id))
			fail(reader);
		reader->rule->rule.number = (uint32_t)id;
		return;
	}
	if (!(reader->section->where & IN_FRONTEND) || response) {
		reader_alert(reader, "'%s' expects 'id <slot>' here.", reader->rule->what);
		fail(reader);
		return;
	}
	if (!expect_len(reader, reader->rule->what, &len)) {
		fail(reader);
		return;
	}
	reader->rule->rule.number =
		add_capture(reader, captures_of(reader, false), NULL, len)->index;
}

/* ---- the table of actions ---- */

#define REQUEST	 ON_HTTP_REQUEST
#define RESPONSE ON_HTTP_RESPONSE
#define AFTER	 ON_HTTP_AFTER
#define ALL	 (ON_HTTP_REQUEST | ON_HTTP_RESPONSE | ON_HTTP_AFTER)
#define ANSWER                                                                                     \
	"[status|deny_status <code>] [content-type <type>] [errorfile <file> | errorfiles <name> " \
	"| "                                                                                       \
	"default-errorfiles | file <file> | lf-file <file> | string <text> | lf-string <format>] " \
	"[hdr <name> <format>]*"

#define LATER(name_, where_) KEYWORD_LATER_ROW(name_, where_)

static const struct keyword rows[] = {
	{"allow", ALL, KEYWORD_ACTS, RULE_ALLOW, read_nothing, "", "no further rule is looked at"},
	{"deny", REQUEST | RESPONSE, KEYWORD_ACTS, RULE_DENY, read_answer, ANSWER,
		"answers 403, for a response 502, or as said"},
	{"tarpit", REQUEST, KEYWORD_ACTS, RULE_TARPIT, read_answer, ANSWER,
		"the same after `timeout tarpit`; 500"},
	{"return", REQUEST | RESPONSE, KEYWORD_ACTS, RULE_RETURN, read_answer, ANSWER,
		"answers 200, or as said"},
	{"redirect", REQUEST | RESPONSE, KEYWORD_ACTS, RULE_REDIRECT, read_redirect,
		"location <format> | prefix <format> | scheme <format> [word ...]",
		"as `redirect` below"},
	{"auth", REQUEST, KEYWORD_ACTS, RULE_AUTH, read_auth, "[realm <text>]",
		"asks for a name and a password: 401"},
	{"set-header", ALL, KEYWORD_ACTS, RULE_SET_HEADER, read_header, "<name> <format>",
		"the only field of that name"},
	{"add-header", ALL, KEYWORD_ACTS, RULE_ADD_HEADER, read_header, "<name> <format>",
		"a further field"},
	{"del-header", ALL, KEYWORD_ACTS, RULE_DEL_HEADER, read_del_header,
		"<name> [-m str|beg|end|sub|reg]", "removes all fields of that name"},
	{"replace-header", ALL, KEYWORD_ACTS, RULE_REPLACE_HEADER, read_replace_header,
		"<name> <regex> <format>", "the part that matches of each whole field"},
	{"replace-value", ALL, KEYWORD_ACTS, RULE_REPLACE_VALUE, read_replace_header,
		"<name> <regex> <format>", "the same in each element of lists"},
	{"set-method", REQUEST, KEYWORD_ACTS, RULE_SET_METHOD, read_format, "<format>",
		"the method"},
	{"set-path", REQUEST, KEYWORD_ACTS, RULE_SET_PATH, read_format, "<format>",
		"the query stays"},
	{"set-pathq", REQUEST, KEYWORD_ACTS, RULE_SET_PATHQ, read_format, "<format>",
		"path and query"},
	{"set-query", REQUEST, KEYWORD_ACTS, RULE_SET_QUERY, read_format, "<format>",
		"without its `?`"},
	{"set-uri", REQUEST, KEYWORD_ACTS, RULE_SET_URI, read_format, "<format>",
		"the whole target"},
	{"replace-path", REQUEST, KEYWORD_ACTS, RULE_REPLACE_PATH, read_replace, "<regex> <format>",
		"the part of the path that matches"},
	{"replace-pathq", REQUEST, KEYWORD_ACTS, RULE_REPLACE_PATHQ, read_replace,
		"<regex> <format>", "the same of path and query"},
	{"replace-uri", REQUEST, KEYWORD_ACTS, RULE_REPLACE_URI, read_replace, "<regex> <format>",
		"the same of the target"},
	{"set-status", RESPONSE | AFTER, KEYWORD_ACTS, RULE_SET_STATUS, read_status,
		"<status> [reason <text>]", "another status"},
	{"set-log-level", ALL, KEYWORD_ACTS, RULE_SET_LOG_LEVEL, read_log_level, "<level> | silent",
		"of this request's log line"},
	{"capture", ALL, KEYWORD_ACTS, RULE_CAPTURE, read_capture_rule,
		"<sample> len <bytes> | <sample> id <slot>", "keeps a sample for the log"},
	LATER("add-acl", ALL),
	LATER("cache-store", RESPONSE),
	LATER("cache-use", REQUEST),
	LATER("del-acl", ALL),
	LATER("del-headers-bin", ALL),
	LATER("del-map", ALL),
	LATER("disable-l7-retry", REQUEST),
	LATER("do-log", ALL),
	LATER("do-resolve", REQUEST),
	LATER("early-hint", REQUEST),
	LATER("lua", ALL),
	LATER("normalize-uri", REQUEST),
	LATER("pause", ALL),
	LATER("reject", REQUEST),
	LATER("sc-add-gpc", ALL),
	LATER("sc-inc-gpc", ALL),
	LATER("sc-inc-gpc0", ALL),
	LATER("sc-inc-gpc1", ALL),
	LATER("sc-set-gpt", ALL),
	LATER("sc-set-gpt0", ALL),
	LATER("send-spoe-group", ALL),
	LATER("set-bandwidth-limit", ALL),
	LATER("set-bc-mark", REQUEST),
	LATER("set-bc-tos", REQUEST),
	LATER("set-dst", REQUEST),
	LATER("set-dst-port", REQUEST),
	LATER("set-fc-mark", ALL),
	LATER("set-fc-tos", ALL),
	LATER("set-map", ALL),
	LATER("set-mark", ALL),
	LATER("set-nice", ALL),
	LATER("set-priority-class", REQUEST),
	LATER("set-priority-offset", REQUEST),
	LATER("set-retries", REQUEST),
	LATER("set-src", REQUEST),
	LATER("set-src-port", REQUEST),
	LATER("set-timeout", ALL),
	LATER("set-tos", ALL),
	LATER("set-var", ALL),
	LATER("set-var-fmt", ALL),
	LATER("silent-drop", REQUEST | RESPONSE),
	LATER("strict-mode", ALL),
	LATER("track-sc0", ALL),
	LATER("track-sc1", ALL),
	LATER("track-sc2", ALL),
	LATER("track-sc", ALL),
	LATER("unset-var", ALL),
	LATER("use-service", REQUEST),
	LATER("wait-for-body", REQUEST | RESPONSE),
	LATER("wait-for-handshake", REQUEST),
};

const struct keyword_table http_rule_words = {"action", "http-request", rows, KEYWORD_COUNT(rows)};

/* ---- lines ---- */

/* The condition behind an action, and the end of the line. */
static bool finish_rule(struct reader *reader, struct rule_draft *rule)
{
	if (!rule->fine)
		return false;
	if (!condition_read(reader, rule->sources, &rule->rule.condition)) {
		reader_give_up(reader);
		return false;
	}
	if (reader_at_end(reader))
		return true;
	reader_alert(reader, "'%s' expects 'if', 'unless' or nothing, but found '%s'.", rule->what,
		reader_peek(reader));
	reader_give_up(reader);
	return false;
}

/* The rule of the line at hand, for the readers of its words. */
static struct rule_draft *begin_rule(struct reader *reader, const char *what, uint32_t sources)
{
	reader->rule = arena_alloc(reader->arena, sizeof(*reader->rule));
	*reader->rule = (struct rule_draft){
		.rule.place = reader->place, .sources = sources, .what = what, .fine = true};
	return reader->rule;
}

/* Lists of rules are looked at one after the other, whatever the order of their lines: a file whose
 * order says something else is worth a warning.  `later`: the lists that come behind this one. */
static void warn_of_order(struct reader *reader, const char *what, uint32_t later)
{
	const struct rules *rules = rules_of(reader);
	const struct {
		const char *name;
		const struct rule_list *list;
	} lists[] = {{"use-server", &rules->servers}, {"use_backend", &rules->routes},
		{"redirect", &rules->redirects}};

	for (uint32_t i = 0; i < later; i++) {
		if (!lists[i].list->first)
			continue;
		reader_warn(reader,
			"a '%s' rule placed after a '%s' rule will still be processed before.",
			what, lists[i].name);
		return;
	}
}

static void read_action(struct reader *reader, struct rule_list *list, const char *family,
	uint16_t where, uint32_t sources)
{
	/* "set-var(txn.x)": some actions have an argument in their name. */
	const char *word = reader_next(reader), *bracket = strchr(word, '(');
	const char *name =
		bracket ? arena_copy(reader->arena, word, (size_t)(bracket - word)) : word;
	const struct keyword *row = keyword_find(&http_rule_words, name);
	struct rule_draft *rule =
		begin_rule(reader, reader_format(reader, "%s %s", family, name), sources);
	uint32_t alerts = reader->config->alert_count;

	if (!*word) {
		reader_alert(reader, "'%s' expects an action.", family);
		return;
	}
	if (row ? !(row->where & where) : strncmp(name, "lua.", 4) != 0) {
		const char *near = row ? NULL : keyword_nearest(&http_rule_words, name);

		reader_alert(reader, "'%s' does not know the action '%s'%s%s%s", family, name,
			near ? "; did you mean '" : ".", near ? near : "", near ? "' maybe ?" : "");
		reader_give_up(reader);
		return;
	}
	if (row)
		rule->rule.action = (enum rule_action)row->field;
	if (row ? row->state == KEYWORD_LATER : strncmp(name, "lua.", 4) == 0) {
		remedy_alert(reader, reader_format(reader, "'%s'", rule->what), name);
		reader_give_up(reader);
	} else {
		keyword_read(reader, &http_rule_words, bracket && row ? word : name, where);
	}
	if (reader->config->alert_count > alerts || !finish_rule(reader, rule))
		return;
	rule_list_append(reader, list, &rule->rule);
	rules_keep_line(reader);
}

void http_request_read(struct reader *reader, const struct keyword *self)
{
	(void)self;
	warn_of_order(reader, "http-request", 3);
	read_action(reader, &rules_of(reader)->request, "http-request", ON_HTTP_REQUEST,
		SOURCES_OF_REQUEST);
}

void http_response_read(struct reader *reader, const struct keyword *self)
{
	(void)self;
	read_action(reader, &rules_of(reader)->response, "http-response", ON_HTTP_RESPONSE,
		SOURCES_OF_RESPONSE);
}

void http_after_response_read(struct reader *reader, const struct keyword *self)
{
	(void)self;
	read_action(reader, &rules_of(reader)->after_response, "http-after-response", ON_HTTP_AFTER,
		SOURCES_OF_RESPONSE);
}

/* `stats http-request allow|deny|auth`: over requests for the statistics alone. */
void stats_http_request_read(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_peek(reader);

	(void)self;
	if (strcmp(word, "allow") != 0 && strcmp(word, "deny") != 0 && strcmp(word, "auth") != 0) {
		reader_alert(reader, "'stats http-request' expects 'allow', 'deny' or 'auth'.");
		reader_give_up(reader);
		return;
	}
	read_action(reader, &rules_of(reader)->stats, "stats http-request", ON_HTTP_REQUEST,
		SOURCES_OF_REQUEST);
}

static void keep_rule(struct reader *reader, struct rule_draft *rule, struct rule_list *list)
{
	if (!finish_rule(reader, rule))
		return;
	rule_list_append(reader, list, &rule->rule);
	rules_keep_line(reader);
}

void redirect_read(struct reader *reader, const struct keyword *self)
{
	struct rule_draft *rule = begin_rule(reader, "redirect", SOURCES_OF_REQUEST);

	(void)self;
	rule->rule.action = RULE_REDIRECT;
	warn_of_order(reader, "redirect", 2);
	read_redirect(reader, NULL);
	keep_rule(reader, rule, &rules_of(reader)->redirects);
}

/* A name, or a format that makes one for each request. */
static bool read_target(struct reader *reader, struct rule_draft *rule, const char *what)
{
	const char *name = expect(reader, what);

	if (!name)
		return false;
	rule->rule.name = name;
	if (!strchr(name, '%'))
		return true; /* looked up when all names are known */
	rule->rule.format = format_read(reader, name, FORMAT_FOR_FIELD, rule->sources);
	return rule->rule.format || fail(reader);
}

void use_backend_read(struct reader *reader, const struct keyword *self)
{
	struct rule_draft *rule = begin_rule(reader, "use_backend", SOURCES_OF_REQUEST);

	(void)self;
	rule->rule.action = RULE_USE_BACKEND;
	warn_of_order(reader, "use_backend", 1);
	if (read_target(reader, rule, "a backend name"))
		keep_rule(reader, rule, &rules_of(reader)->routes);
}

void use_server_read(struct reader *reader, const struct keyword *self)
{
	struct rule_draft *rule = begin_rule(reader, "use-server", SOURCES_OF_REQUEST);

	(void)self;
	rule->rule.action = RULE_USE_SERVER;
	if (!read_target(reader, rule, "a server name"))
		return;
	if (!condition_begins(reader)) {
		/* For all requests it would be a backend of one server. */
		reader_alert(reader,
			"'use-server' requires either 'if' or 'unless' followed by a condition.");
		reader_give_up(reader);
		return;
	}
	keep_rule(reader, rule, &rules_of(reader)->servers);
}

void monitor_uri_read(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	(void)self;
	if (!*word) {
		reader_alert(reader, "'monitor-uri' expects an URI.");
		return;
	}
	rules_of(reader)->monitor_uri = reader_keep(reader, word);
	rules_keep_line(reader);
}

void monitor_read(struct reader *reader, const struct keyword *self)
{
	struct rule_draft *rule = begin_rule(reader, "monitor fail", SOURCES_OF_REQUEST);

	(void)self;
	if (!reader_skip(reader, "fail")) {
		reader_alert(reader, "'monitor' only supports 'fail'.");
		reader_give_up(reader);
		return;
	}
	if (!condition_begins(reader)) {
		reader_alert(reader, "'monitor fail' expects 'if' or 'unless'.");
		reader_give_up(reader);
		return;
	}
	keep_rule(reader, rule, &rules_of(reader)->monitor_fails);
}

/* `capture request header Host len 64` */
void capture_read(struct reader *reader, const struct keyword *self)
{
	bool response = reader_skip(reader, "response");
	const char *name;
	uint32_t len;

	(void)self;
	if (strcmp(reader_peek(reader), "cookie") == 0) {
		remedy_alert(reader, "'capture cookie'", "capture cookie");
		reader_give_up(reader);
		return;
	}
	if ((!response && !reader_skip(reader, "request")) || !reader_skip(reader, "header")) {
		reader_alert(reader, "'capture' expects 'request header' or 'response header'.");
		reader_give_up(reader);
		return;
	}
	name = reader_keep(reader, reader_next(reader));
	if (!*name) {
		reader_alert(reader, "'capture .. header' expects a header name.");
		return;
	}
	if (!expect_len(reader, "capture", &len))
		return;
	add_capture(reader, captures_of(reader, response), name, len);
	rules_keep_line(reader);
}

/* `declare capture request len 64`: a slot that rules fill. */
void declare_read(struct reader *reader, const struct keyword *self)
{
	bool response;
	uint32_t len;

	(void)self;
	if (!reader_skip(reader, "capture")) {
		reader_alert(reader, "'declare' only supports 'capture'.");
		reader_give_up(reader);
		return;
	}
	response = reader_skip(reader, "response");
	if (!response && !reader_skip(reader, "request")) {
		reader_alert(reader, "'declare capture' expects 'request' or 'response'.");
		reader_give_up(reader);
		return;
	}
	if (!expect_len(reader, "declare capture", &len))
		return;
	add_capture(reader, captures_of(reader, response), NULL, len);
	rules_keep_line(reader);
}
