/* SPDX-License-Identifier: GPL-2.0-or-later */
/* condition.c - the boolean expressions of `.if` and -cc.
 *
 *   or        = and *( "||" and )
 *   and       = term *( "&&" term )
 *   term      = *"!" ( "(" or ")" / integer / predicate "(" arguments ")" )
 *
 * An empty expression is false.  A recursive descent that evaluates as it reads; nothing has an
 * effect, so both sides of || and && are always read and their faults found.  Depth is bounded,
 * since the expression comes from outside. */
#include "core/config/condition.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX     100
#define ARGUMENTS_MAX 2
#define ARGUMENT_MAX  1024

struct parser {
	const char *start, *at;
	uint32_t depth;
	lex_variable *variable;
	void *context;
	struct condition_fault *fault;
	char arguments[ARGUMENTS_MAX][ARGUMENT_MAX];
};

struct predicate {
	const char *name;
	uint32_t argument_count;
	bool (*holds)(struct parser *parser);
};

static int read_or(struct parser *parser);
static int read_and(struct parser *parser);
static int read_term(struct parser *parser);
static int read_predicate(struct parser *parser);
static int fail(struct parser *parser, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void skip_spaces(struct parser *parser);

int condition_evaluate(const char *expression, lex_variable *variable, void *context,
	struct condition_fault *fault)
{
	struct parser parser = {.start = expression,
		.at = expression,
		.variable = variable,
		.context = context,
		.fault = fault};
	int value;

	skip_spaces(&parser);
	if (!*parser.at)
		return 0;
	value = read_or(&parser);
	if (value < 0)
		return value;
	skip_spaces(&parser);
	if (*parser.at)
		return fail(&parser, parser.at,
			"unexpected character '%c' at the end of conditional expression '%.100s'",
			*parser.at, expression);
	return value;
}

static int read_or(struct parser *parser)
{
	int value = read_and(parser), right;

	while (value >= 0) {
		skip_spaces(parser);
		if (strncmp(parser->at, "||", 2) != 0)
			break;
		parser->at += 2;
		right = read_and(parser);
		value = right < 0 ? right : value | right;
	}
	return value;
}

static int read_and(struct parser *parser)
{
	int value = read_term(parser), right;

	while (value >= 0) {
		skip_spaces(parser);
		if (strncmp(parser->at, "&&", 2) != 0)
			break;
		parser->at += 2;
		right = read_term(parser);
		value = right < 0 ? right : value & right;
	}
	return value;
}

/* strtol() would skip spaces and take what is no number of ours. */
static bool read_integer(struct parser *parser, int *value)
{
	const char *at = parser->at;

	if (*at == '-')
		at++;
	if (*at < '0' || *at > '9')
		return false;
	*value = 0;
	for (; *at >= '0' && *at <= '9'; at++)
		*value |= *at != '0';
	parser->at = at;
	return true;
}

static int read_term(struct parser *parser)
{
	const char *open;
	int value;

	skip_spaces(parser);
	if (*parser->at == '!' || *parser->at == '(') {
		bool negated = *parser->at == '!';

		open = parser->at++;
		if (++parser->depth > DEPTH_MAX)
			return fail(parser, open, "conditional expression is nested too deeply");
		value = negated ? read_term(parser) : read_or(parser);
		parser->depth--;
		if (value < 0)
			return value;
		if (negated)
			return !value;
		skip_spaces(parser);
		if (*parser->at != ')')
			return fail(parser, open,
				"expected ')' after conditional expression '%.100s'", open);
		parser->at++;
		return value;
	}
	if (read_integer(parser, &value))
		return value;
	return read_predicate(parser);
}

/* Major, minor, then development before release, then the number of either. */
struct version {
	uint32_t part[4];
};

static struct version read_version(const char *text)
{
	struct version version = {.part = {0, 0, 1, 0}};
	uint32_t at = 0;

	for (; *text; text++) {
		if (*text >= '0' && *text <= '9') {
			if (version.part[at] < 100000)
				version.part[at] = version.part[at] * 10 + (uint32_t)(*text - '0');
		} else if (*text == '.' && at < 3) {
			at = at == 1 ? 3 : at + 1;
		} else if (strncmp(text, "-dev", 4) == 0) {
			version.part[2] = 0;
			version.part[3] = 0;
			at = 3;
			text += 3;
		} else {
			break;
		}
	}
	return version;
}

static int compare_with_ours(const char *text)
{
	struct version ours = read_version(CONDITION_LANGUAGE_VERSION);
	struct version other = read_version(text);

	for (uint32_t i = 0; i < 4; i++) {
		if (ours.part[i] != other.part[i])
			return ours.part[i] < other.part[i] ? -1 : 1;
	}
	return 0;
}

static bool named(const char *const *names, const char *name)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

static bool holds_defined(struct parser *parser)
{
	return parser->variable && parser->variable(parser->context, parser->arguments[0]) != NULL;
}

/* HAProxy's names for what this program was built with and does. */
static bool holds_feature(struct parser *parser)
{
	static const char *const features[] = {
		"THREAD", "LINUX_SPLICE", "LINUX_TPROXY", "TPROXY", "GETADDRINFO", "PRCTL", NULL};

	return named(features, parser->arguments[0]);
}

static bool holds_enabled(struct parser *parser)
{
	static const char *const enabled[] = {"SPLICE", "GETADDRINFO", NULL};

	return named(enabled, parser->arguments[0]);
}

static bool holds_streq(struct parser *parser)
{
	return strcmp(parser->arguments[0], parser->arguments[1]) == 0;
}

static bool holds_strneq(struct parser *parser)
{
	return !holds_streq(parser);
}

static bool holds_strstr(struct parser *parser)
{
	return strstr(parser->arguments[0], parser->arguments[1]) != NULL;
}

static bool holds_version_atleast(struct parser *parser)
{
	return compare_with_ours(parser->arguments[0]) >= 0;
}

static bool holds_version_before(struct parser *parser)
{
	return compare_with_ours(parser->arguments[0]) < 0;
}

/* There is no OpenSSL in this program. */
static bool holds_never(struct parser *parser)
{
	(void)parser;
	return false;
}

static const struct predicate predicates[] = {
	{"defined", 1, holds_defined},
	{"feature", 1, holds_feature},
	{"enabled", 1, holds_enabled},
	{"streq", 2, holds_streq},
	{"strneq", 2, holds_strneq},
	{"strstr", 2, holds_strstr},
	{"version_atleast", 1, holds_version_atleast},
	{"version_before", 1, holds_version_before},
	{"openssl_version_atleast", 1, holds_never},
	{"openssl_version_before", 1, holds_never},
	{"ssllib_name_startswith", 1, holds_never},
	{"awslc_api_atleast", 1, holds_never},
	{"awslc_api_before", 1, holds_never},
};

/* One argument: up to a comma or the closing parenthesis, either of which quotes protect. */
static int read_argument(struct parser *parser, const char *name, char *out)
{
	const char *open = parser->at;
	uint32_t len = 0;
	char quote = 0;

	while (*parser->at) {
		char c = *parser->at;

		if (!quote && (c == ',' || c == ')'))
			break;
		parser->at++;
		if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? 0 : c;
			continue;
		}
		if (c == '\\' && quote != '\'' && *parser->at)
			c = *parser->at++;
		if (len == ARGUMENT_MAX - 1)
			return fail(parser, open, "argument of predicate '%s' is too long", name);
		out[len++] = c;
	}
	out[len] = '\0';
	if (quote || !*parser->at)
		return fail(parser, open, "expected %s in the arguments of predicate '%s'",
			quote ? "a closing quote" : "')'", name);
	return 0;
}

static int read_predicate(struct parser *parser)
{
	const char *name = parser->at;
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz_");

	for (size_t i = 0; name[len] == '(' && i < sizeof(predicates) / sizeof(predicates[0]);
		i++) {
		const struct predicate *predicate = &predicates[i];
		uint32_t count = 0;

		if (strlen(predicate->name) != len || strncmp(predicate->name, name, len) != 0)
			continue;
		parser->at += len;
		do {
			const char *before = parser->at++;

			if (count == predicate->argument_count)
				return fail(parser, before,
					"expected ')' before '%.100s' in the arguments of "
					"predicate '%s'",
					before, predicate->name);
			if (read_argument(parser, predicate->name, parser->arguments[count]) < 0)
				return -1;
			count++;
		} while (*parser->at == ',');
		if (count < predicate->argument_count)
			return fail(parser, parser->at,
				"missing arguments of predicate '%s' (got %u/%u)", predicate->name,
				count, predicate->argument_count);
		parser->at++;
		return predicate->holds(parser);
	}
	return fail(parser, name, "unparsable conditional expression '%.100s'", name);
}

static void skip_spaces(struct parser *parser)
{
	while (*parser->at == ' ' || *parser->at == '\t')
		parser->at++;
}

static int fail(struct parser *parser, const char *at, const char *format, ...)
{
	struct condition_fault *fault = parser->fault;
	va_list arguments;

	fault->at = (uint32_t)(at - parser->start);
	va_start(arguments, format);
	vsnprintf(fault->text, sizeof(fault->text), format, arguments);
	va_end(arguments);
	return -1;
}
