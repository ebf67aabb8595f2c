/* SPDX-License-Identifier: GPL-2.0-or-later */
/* acl.c - conditions: `acl` lines, what stands between braces, and `if a b || !c`.
 *
 * An acl's first word is an expression, or one of the many shorthands (path_beg, hdr_end, ..) that
 * are an expression and a way to compare.  Lines of one name are alternatives: they hang behind
 * each other, so that a rule which was read before sees a line that comes later, too.
 * The names that HAProxy knows by itself (LOCALHOST, METH_GET, ..) are lines of a table here and
 * are read like any other when somebody asks for one. */
#include "core/config/rule_reader.h"
#include "core/config/sample_words.h"

#include "core/config/nearest.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* From so many texts on a table is quicker than looking at each. */
#define TABLE_PATTERNS_MIN 8

static const struct {
	const char *name;
	const char *words[7];
} predefined[] = {
	{"TRUE", {"always_true"}},
	{"FALSE", {"always_false"}},
	{"HTTP", {"req.proto_http"}},
	{"HTTP_1.0", {"req.ver", "1.0"}},
	{"HTTP_1.1", {"req.ver", "1.1"}},
	{"HTTP_CONTENT", {"req.hdr_val(content-length)", "gt", "0"}},
	{"HTTP_URL_ABS", {"url_reg", "^[^/:]*://"}},
	{"HTTP_URL_SLASH", {"url_beg", "/"}},
	{"HTTP_URL_STAR", {"url", "*"}},
	{"LOCALHOST", {"src", "127.0.0.1/8", "::1"}},
	{"METH_CONNECT", {"method", "CONNECT"}},
	{"METH_DELETE", {"method", "DELETE"}},
	{"METH_GET", {"method", "GET", "HEAD"}},
	{"METH_HEAD", {"method", "HEAD"}},
	{"METH_OPTIONS", {"method", "OPTIONS"}},
	{"METH_POST", {"method", "POST"}},
	{"METH_PUT", {"method", "PUT"}},
	{"METH_TRACE", {"method", "TRACE"}},
};

/* Words of a test: of an acl line behind its name, or between two braces. */
struct words {
	const char *const *at;
	uint32_t count, next;
};

/* The patterns of a test in the making. */
struct draft {
	struct reader *reader;
	struct acl_test *test;
	const char *name; /* for messages */
	uint32_t capacity;
	enum { EQ, GE, GT, LE, LT } comparison;
	bool as_map;   /* -M: only the first word of a file's line */
	bool no_names; /* -n: addresses are not looked up */
};

static const char *take(struct words *words)
{
	return words->next < words->count ? words->at[words->next++] : "";
}

static bool at_end(const struct words *words)
{
	return words->next >= words->count;
}

static struct pattern *add_pattern(struct draft *draft)
{
	struct acl_test *test = draft->test;

	if (test->pattern_count == draft->capacity) {
		struct pattern *larger;

		draft->capacity = draft->capacity ? draft->capacity * 2 : 4;
		larger = arena_alloc(draft->reader->arena, draft->capacity * sizeof(*larger));
		if (test->pattern_count)
			memcpy(larger, test->patterns, test->pattern_count * sizeof(*larger));
		test->patterns = larger;
	}
	return &test->patterns[test->pattern_count++];
}

static bool bad_pattern(struct draft *draft, const char *text, const char *wanted)
{
	reader_alert(draft->reader, "%s : '%s' is no %s.", draft->name, text, wanted);
	return false;
}

/* "80", "1:1023", ":1023", "1024:"; behind an operator one number.  Parts with dots ("1.1") count
 * as 16 bits each, which is how versions are compared. */
static bool read_bound(const char **at, int64_t *value)
{
	char *end;

	*value = strtoll(*at, &end, 10);
	if (end == *at)
		return false;
	while (*end == '.') {
		const char *digits = end + 1;
		int64_t minor = strtoll(digits, &end, 10);

		if (end == digits)
			return false;
		*value = *value * 65536 + minor;
	}
	*at = end;
	return true;
}

static bool read_range(struct draft *draft, const char *text)
{
	struct pattern *pattern = add_pattern(draft);
	const char *at = text;
	int64_t value = 0;
	bool low = read_bound(&at, &value);

	pattern->range.min = low ? value : INT64_MIN;
	pattern->range.max = low ? value : INT64_MAX;
	if (*at == ':' && draft->comparison == EQ) {
		at++;
		pattern->range.max = INT64_MAX;
		if (*at && !read_bound(&at, &pattern->range.max))
			return bad_pattern(draft, text, "range of numbers");
		low = low || at > text + 1;
	}
	if (*at || !low)
		return bad_pattern(draft, text, "number");
	switch (draft->comparison) {
	case EQ:
		break;
	case GE:
	case GT:
		pattern->range.max = INT64_MAX;
		pattern->range.min += draft->comparison == GT;
		break;
	case LE:
	case LT:
		pattern->range.min = INT64_MIN;
		pattern->range.max -= draft->comparison == LT;
		break;
	}
	return true;
}

static bool read_operator(struct draft *draft, const char *text)
{
	static const char *const names[] = {
		[EQ] = "eq", [GE] = "ge", [GT] = "gt", [LE] = "le", [LT] = "lt"};

	for (uint32_t i = 0; i < KEYWORD_COUNT(names); i++) {
		if (strcmp(text, names[i]) != 0)
			continue;
		draft->comparison = i;
		return true;
	}
	return false;
}

static bool read_bytes(struct draft *draft, const char *text)
{
	size_t len = strlen(text) / 2;
	char *bytes = arena_alloc(draft->reader->arena, len + 1);

	for (size_t i = 0; i < 2 * len; i++) {
		char c = text[i];
		int digit = isdigit((unsigned char)c) ? c - '0' : tolower(c) - 'a' + 10;

		if (!isxdigit((unsigned char)c))
			return bad_pattern(draft, text, "row of hexadecimal digits");
		bytes[i / 2] = (char)(bytes[i / 2] << 4 | digit);
	}
	if (strlen(text) % 2)
		return bad_pattern(draft, text, "row of hexadecimal digits");
	add_pattern(draft)->text = span_of(bytes, len);
	return true;
}

static char *lowered(struct reader *reader, const char *text)
{
	char *copy = arena_copy(reader->arena, text, strlen(text));

	for (char *at = copy; *at; at++)
		*at = (char)tolower((unsigned char)*at);
	return copy;
}

/* DIR and DOM compare whole parts: delimiters at the pattern's ends say nothing. */
static struct span stripped(struct span text, const char *delimiters)
{
	while (text.len && strchr(delimiters, text.at[0]))
		text = span_of(text.at + 1, text.len - 1);
	while (text.len && strchr(delimiters, text.at[text.len - 1]))
		text.len--;
	return text;
}

/* A name stands for its address, as HAProxy has it an IPv4 one where there is one. */
static const char *resolved(struct reader *reader, const char *text)
{
	const char *slash = strchrnul(text, '/');
	const char *host = reader_format(reader, "%.*s", (int)(slash - text), text);
	char printed[INET6_ADDRSTRLEN];
	union address address;

	if (!*host || strchr(host, ':') || !host[strspn(host, "0123456789.")] ||
		!(reader_resolve(reader, host, AF_INET, &address) ||
			reader_resolve(reader, host, AF_INET6, &address)))
		return text;
	if (address.any.sa_family == AF_INET)
		inet_ntop(AF_INET, &address.in.sin_addr, printed, sizeof(printed));
	else
		inet_ntop(AF_INET6, &address.in6.sin6_addr, printed, sizeof(printed));
	return reader_format(reader, "%s%s", printed, slash);
}

static bool read_network(struct draft *draft, const char *text)
{
	struct network *network = &add_pattern(draft)->network;

	return address_read_network(network, text) ||
	       (!draft->no_names && address_read_network(network, resolved(draft->reader, text))) ||
	       bad_pattern(draft, text,
		       "IPv4 or IPv6 address or network, and no name that resolves to one");
}

static bool read_pattern(struct draft *draft, const char *text)
{
	struct reader *reader = draft->reader;
	struct acl_test *test = draft->test;
	const char *error;
	struct pattern *pattern;

	switch (test->method) {
	case MATCH_FOUND:
	case MATCH_BOOL:
		reader_warn(reader, "%s : '%s' is ignored: there is nothing to compare it with.",
			draft->name, text);
		return true;
	case MATCH_INT:
	case MATCH_LEN:
		return read_operator(draft, text) || read_range(draft, text);
	case MATCH_IP:
		return read_network(draft, text);
	case MATCH_BIN:
		return read_bytes(draft, text);
	case MATCH_REG:
		pattern = add_pattern(draft);
		pattern->regex = rules_regex(reader, text, test->ignore_case, &error);
		if (!pattern->regex)
			reader_alert(reader, "%s : regex '%s' is invalid: %s.", draft->name, text,
				error);
		return pattern->regex != NULL;
	case MATCH_STR:
	case MATCH_SUB:
	case MATCH_BEG:
	case MATCH_END:
	case MATCH_DIR:
	case MATCH_DOM:
	case MATCH_METHODS:
		break;
	}
	/* Without case the pattern is lowered here, and only the sample while it is compared. */
	pattern = add_pattern(draft);
	pattern->text = span_of_string(
		test->ignore_case ? lowered(reader, text) : reader_keep(reader, text));
	if (test->method == MATCH_DIR)
		pattern->text = stripped(pattern->text, "/?");
	else if (test->method == MATCH_DOM)
		pattern->text = stripped(pattern->text, "/?.:");
	return true;
}

/* A pattern to a line; blanks around it and lines that begin with # say nothing. */
static bool read_pattern_file(struct draft *draft, const char *path)
{
	struct config_file file;
	const char *at, *end;

	if (!*path) {
		reader_alert(draft->reader, "%s : '-f' expects a file.", draft->name);
		return false;
	}
	if (!reader_file(draft->reader, path, &file))
		return false;
	for (at = file.bytes, end = at + file.len; at < end;) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		const char *stop = feed ? feed : end, *next = feed ? feed + 1 : end;

		while (at < stop && isspace((unsigned char)*at))
			at++;
		while (stop > at && isspace((unsigned char)stop[-1]))
			stop--;
		if (draft->as_map) {
			const char *blank = at;

			while (blank < stop && !isspace((unsigned char)*blank))
				blank++;
			stop = blank;
		}
		if (at < stop && *at != '#' &&
			!read_pattern(
				draft, arena_copy(draft->reader->arena, at, (size_t)(stop - at))))
			return false;
		at = next;
	}
	return true;
}

static bool read_method(struct draft *draft, const char *name)
{
	for (uint32_t i = 0; i < MATCH_METHODS; i++) {
		if (strcmp(match_method_names[i], name) != 0)
			continue;
		draft->test->method = i;
		return true;
	}
	reader_alert(draft->reader,
		"%s : unknown match method '%s'; known ones: found bool int ip bin len str sub beg "
		"end dir dom reg.",
		draft->name, name);
	return false;
}

/* The flags, of which all stand before the first pattern; files are read when all are known. */
static bool read_flags(
	struct draft *draft, struct words *words, const char *files[], uint32_t *file_count)
{
	while (!at_end(words) && words->at[words->next][0] == '-') {
		const char *flag = words->at[words->next];
		char *end;

		/* A negative number is a pattern. */
		if (isdigit((unsigned char)flag[1]))
			break;
		words->next++;
		if (strcmp(flag, "--") == 0)
			break;
		if (strcmp(flag, "-i") == 0) {
			draft->test->ignore_case = true;
		} else if (strcmp(flag, "-n") == 0) {
			draft->no_names = true;
		} else if (strcmp(flag, "-M") == 0) {
			draft->as_map = true;
		} else if (strcmp(flag, "-f") == 0) {
			files[(*file_count)++] = take(words);
		} else if (strcmp(flag, "-m") == 0) {
			if (!read_method(draft, take(words)))
				return false;
		} else if (strcmp(flag, "-u") == 0) {
			flag = take(words);
			strtoul(flag, &end, 10);
			if (!*flag || *end) {
				reader_alert(
					draft->reader, "%s : '-u' expects a number.", draft->name);
				return false;
			}
		} else {
			reader_alert(draft->reader,
				"%s : unknown flag '%s'; known ones: -i -n -f -m -M -u --.",
				draft->name, flag);
			return false;
		}
	}
	return true;
}

/* Exact texts, many of them: open addressing over indices. */
static void build_table(struct reader *reader, struct acl_test *test)
{
	if (test->method != MATCH_STR || test->pattern_count < TABLE_PATTERNS_MIN)
		return;
	test->table_capacity = 16;
	while (test->table_capacity < 2 * test->pattern_count)
		test->table_capacity *= 2;
	test->table = arena_alloc(reader->arena, test->table_capacity * sizeof(*test->table));
	for (uint32_t i = 0; i < test->pattern_count; i++) {
		struct span text = test->patterns[i].text;
		uint32_t slot = (uint32_t)names_hash(NAMES_HASH_SEED, text.at, text.len);

		while (test->table[slot & (test->table_capacity - 1)])
			slot++;
		test->table[slot & (test->table_capacity - 1)] = i + 1;
	}
}

static enum match_method usual_method(enum sample_type type)
{
	switch (type) {
	case SAMPLE_BOOL:
		return MATCH_BOOL;
	case SAMPLE_INT:
		return MATCH_INT;
	case SAMPLE_IP:
		return MATCH_IP;
	case SAMPLE_BINARY:
		return MATCH_BIN;
	case SAMPLE_TEXT:
	case SAMPLE_METHOD:
	case SAMPLE_ANY:
		break;
	}
	return MATCH_STR;
}

/* `path_beg`, `hdr_dom`: a fetch and a way to compare.  NULL: no such word. */
static const struct fetch_word *find_shorthand(struct span name, enum match_method *method)
{
	static const enum match_method suffixes[] = {MATCH_BEG, MATCH_DIR, MATCH_DOM, MATCH_END,
		MATCH_LEN, MATCH_REG, MATCH_STR, MATCH_SUB};

	for (uint32_t i = 0; i < KEYWORD_COUNT(suffixes); i++) {
		const struct fetch_word *word;

		if (name.len < 5 || name.at[name.len - 4] != '_' ||
			strncmp(name.at + name.len - 3, match_method_names[suffixes[i]], 3) != 0)
			continue;
		word = fetch_word_find(span_of(name.at, name.len - 4));
		if (!word || !word->derives)
			return NULL;
		*method = suffixes[i];
		return word;
	}
	return NULL;
}

static struct acl_test *read_test(struct reader *reader, const char *name, struct words *words)
{
	struct acl_test *test = arena_alloc(reader->arena, sizeof(*test));
	struct draft draft = {.reader = reader, .test = test, .name = name};
	const char *text = take(words), *files[LEX_WORDS_MAX];
	struct span keyword = span_of(text, strcspn(text, "(,"));
	const struct fetch_word *word = fetch_word_find(keyword);
	enum match_method method = MATCH_METHODS;
	uint32_t file_count = 0;
	size_t used;

	if (!*text) {
		reader_alert(reader, "%s : missing fetch method.", name);
		return NULL;
	}
	if (!word)
		word = find_shorthand(keyword, &method);
	test->expression =
		word ? expression_read_word(reader, word, text, text + keyword.len, false, &used)
		     : expression_read(reader, text, false, &used);
	if (!test->expression)
		return NULL;
	test->method = method != MATCH_METHODS ? method : usual_method(test->expression->type);
	if (!read_flags(&draft, words, files, &file_count))
		return NULL;
	for (uint32_t i = 0; i < file_count; i++)
		if (!read_pattern_file(&draft, files[i]))
			return NULL;
	if (at_end(words) && !file_count && test->method > MATCH_BOOL)
		reader_warn(reader, "%s : no pattern to compare with: it never matches.", name);
	while (!at_end(words))
		if (!read_pattern(&draft, take(words)))
			return NULL;
	build_table(reader, test);
	return test;
}

/* ---- acl NAME .. ---- */

static struct acl *find_acl(const struct rules *rules, const char *name)
{
	for (struct acl *acl = rules->acls; acl; acl = acl->next)
		if (acl->name && strcmp(acl->name, name) == 0)
			return acl;
	return NULL;
}

static struct acl *make_acl(struct reader *reader, const char *name)
{
	struct acl *acl = arena_alloc(reader->arena, sizeof(*acl));
	struct rules *rules = rules_of(reader);

	acl->name = name ? reader_keep(reader, name) : NULL;
	acl->tail = &acl->tests;
	*rules->acls_tail = acl;
	rules->acls_tail = &acl->next;
	return acl;
}

static void add_test(struct acl *acl, struct acl_test *test)
{
	*acl->tail = test;
	acl->tail = &test->next;
}

static bool good_acl_name(struct reader *reader, const char *name)
{
	for (const char *at = name; *at; at++) {
		if (isalnum((unsigned char)*at) || strchr("_-.:", *at))
			continue;
		reader_alert(
			reader, "character '%c' is not permitted in acl name '%s'.", *at, name);
		return false;
	}
	if (strcmp(name, "or") == 0) {
		reader_alert(reader,
			"acl name 'or' will never match. 'or' is used to express a disjunction "
			"within a condition.");
		return false;
	}
	return true;
}

void acl_read(struct reader *reader, const struct keyword *self)
{
	const char *name = reader_next(reader);
	struct words words = {reader->words.word + reader->at, reader->words.count - reader->at, 0};
	struct acl_test *test;
	struct acl *acl;

	(void)self;
	reader_give_up(reader);
	if (!*name || !words.count) {
		reader_alert(reader, "'acl' expects a name and a criterion.");
		return;
	}
	if (!good_acl_name(reader, name))
		return;
	test = read_test(reader, reader_format(reader, "acl '%s'", name), &words);
	acl = find_acl(rules_of(reader), name);
	if (!acl)
		acl = make_acl(reader, name);
	if (!test)
		return; /* its name is known: see read_term() */
	add_test(acl, test);
	rules_keep_line(reader);
}

/* ---- conditions ---- */

static struct acl *make_predefined(struct reader *reader, const char *name)
{
	for (uint32_t i = 0; i < KEYWORD_COUNT(predefined); i++) {
		struct words words = {predefined[i].words, 0, 0};
		struct acl_test *test;
		struct acl *acl;

		if (strcmp(predefined[i].name, name) != 0)
			continue;
		while (words.count < KEYWORD_COUNT(predefined[i].words) &&
			predefined[i].words[words.count])
			words.count++;
		test = read_test(reader, name, &words);
		acl = make_acl(reader, name);
		add_test(acl, test);
		return acl;
	}
	return NULL;
}

static void unknown_acl(struct reader *reader, const char *name)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (struct acl *acl = rules_of(reader)->acls; acl; acl = acl->next)
		if (acl->name)
			nearest_offer(&nearest, acl->name);
	for (uint32_t i = 0; i < KEYWORD_COUNT(predefined); i++)
		nearest_offer(&nearest, predefined[i].name);
	if (nearest.word)
		reader_alert(reader, "no such ACL : '%s'; did you mean '%s' maybe ?", name,
			nearest.word);
	else
		reader_alert(reader, "no such ACL : '%s'.", name);
}

/* `{ path_beg /a }`; the cursor stands behind the brace. */
static const struct acl *read_anonymous(struct reader *reader)
{
	const char *const *first = reader->words.word + reader->at;
	struct words words = {first, 0, 0};
	struct acl_test *test;
	struct acl *acl;

	while (!reader_at_end(reader) && strcmp(reader_peek(reader), "}") != 0) {
		reader_next(reader);
		words.count++;
	}
	if (!reader_skip(reader, "}")) {
		reader_alert(reader, "missing closing '}' in condition.");
		return NULL;
	}
	if (!words.count) {
		reader_alert(reader, "empty condition between '{' and '}'.");
		return NULL;
	}
	test = read_test(reader, "anonymous acl", &words);
	if (!test)
		return NULL;
	acl = make_acl(reader, NULL);
	add_test(acl, test);
	return acl;
}

/* HAProxy takes the rule and says that it can never match; so do we. */
static void judge_sources(struct reader *reader, const struct acl *acl, uint32_t sources)
{
	for (const struct acl_test *test = acl->tests; test; test = test->next) {
		if (test->expression->fetch->source & sources)
			continue;
		reader_warn(reader,
			"acl '%s' will never match because it uses '%s', which is not to be had "
			"in %s.",
			acl->name ? acl->name : "anonymous", test->expression->fetch->name,
			sources_name(sources));
	}
}

const char *condition_asks_message(const struct condition *condition)
{
	for (uint32_t i = 0; condition && i < condition->count; i++)
		for (const struct acl_test *test = condition->terms[i].acl->tests; test;
			test = test->next)
			if (!(test->expression->fetch->source & SAMPLE_FROM_ANYWHERE))
				return test->expression->fetch->name;
	return NULL;
}

static const struct acl *read_term(struct reader *reader, const char *word)
{
	struct acl *acl;

	if (strcmp(word, "{") == 0)
		return read_anonymous(reader);
	acl = find_acl(rules_of(reader), word);
	if (!acl)
		acl = make_predefined(reader, word);
	if (!acl)
		unknown_acl(reader, word);
	/* None of its lines could be read, which has been said: what refers to it is not to blame,
	 * but cannot stand either. */
	return acl && acl->tests ? acl : NULL;
}

bool condition_begins(const struct reader *reader)
{
	const char *word = reader_peek(reader);

	return !reader_at_end(reader) && (strcmp(word, "if") == 0 || strcmp(word, "unless") == 0);
}

bool condition_read(struct reader *reader, uint32_t sources, struct condition **out)
{
	struct condition *condition;
	bool begins_group = true, negated = false;

	*out = NULL;
	if (!condition_begins(reader))
		return true;
	condition = arena_alloc(reader->arena, sizeof(*condition));
	condition->unless = strcmp(reader_next(reader), "unless") == 0;
	condition->terms = arena_alloc(
		reader->arena, (reader->words.count - reader->at + 1) * sizeof(*condition->terms));
	while (!reader_at_end(reader)) {
		const char *word = reader_next(reader);
		const struct acl *acl;

		if (strcmp(word, "||") == 0 || strcmp(word, "or") == 0) {
			if (begins_group || negated) {
				reader_alert(reader, "condition expected before '%s'.", word);
				return false;
			}
			begins_group = true;
			continue;
		}
		for (; *word == '!'; word++)
			negated = !negated;
		if (!*word)
			continue;
		acl = read_term(reader, word);
		if (!acl)
			return false;
		judge_sources(reader, acl, sources);
		condition->terms[condition->count++] =
			(struct condition_term){acl, negated, begins_group};
		begins_group = false;
		negated = false;
	}
	if (begins_group || negated) {
		reader_alert(reader, "missing condition after '%s'.",
			reader->words.word[reader->words.count - 1]);
		return false;
	}
	*out = condition;
	return true;
}
