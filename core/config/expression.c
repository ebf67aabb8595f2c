/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expression.c - reading a sample expression: `hdr(x-forwarded-for,-1),ipmask(24)`.
 *
 *   fetch [ "(" argument *( "," argument ) ")" ] *( "," converter [ "(" .. ")" ] )
 *
 * Arguments have quotes of their own, inside those that the line's lexer took away: a comma or a
 * bracket may stand in '..' or "..", or behind a backslash.  What an argument has to be is said by
 * the word's row. */
#include "core/config/rule_reader.h"
#include "core/config/sample_words.h"

#include "core/config/nearest.h"
#include "core/config/remedy.h"
#include <stdlib.h>
#include <string.h>

#define OCCURRENCE_MOST 10 /* of hdr(), counted from the last one */

/* The text at hand. */
struct cursor {
	struct reader *reader;
	const char *start, *at;
	const char *word; /* the fetch or converter whose arguments are read */
	bool in_brackets;
};

static bool ends_word(const struct cursor *cursor)
{
	char c = *cursor->at;

	return !c || c == '(' || c == ',' || (cursor->in_brackets && c == ']');
}

/* The expression for messages, without what follows it in a format. */
static const char *shown(struct reader *reader, const char *text, bool in_brackets)
{
	return in_brackets ? arena_copy(reader->arena, text, strcspn(text, "]")) : text;
}

static const char *name_of(struct cursor *cursor, struct span name)
{
	return arena_copy(cursor->reader->arena, name.at, name.len);
}

static struct span take_name(struct cursor *cursor)
{
	const char *start = cursor->at;

	while (!ends_word(cursor))
		cursor->at++;
	return span_of(start, (size_t)(cursor->at - start));
}

/* What `\n` and its like stand for; 0 when the backslash is an ordinary byte here. */
static char escaped(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '\\':
	case '"':
	case '\'':
	case ' ':
	case ',':
	case '(':
	case ')':
		return c;
	default:
		return '\0';
	}
}

/* One argument's text, without its quotes.  False: a quote is never closed, or the bracket. */
static bool take_argument(struct cursor *cursor, struct span *text)
{
	char *out = arena_alloc(cursor->reader->arena, strlen(cursor->at) + 1), quote = '\0';
	uint32_t len = 0;

	for (;; cursor->at++) {
		char c = *cursor->at;

		if (!c) {
			reader_alert(cursor->reader, "'%s' : missing %s in the arguments of '%s'.",
				cursor->start, quote ? "closing quote" : "closing ')'",
				cursor->word);
			return false;
		}
		if (!quote && (c == ',' || c == ')'))
			break;
		if (quote ? c == quote : (c == '"' || c == '\'')) {
			quote = quote ? '\0' : c;
		} else if (c == '\\' && quote != '\'' && escaped(cursor->at[1])) {
			cursor->at++;
			out[len++] = escaped(*cursor->at);
		} else {
			out[len++] = c;
		}
	}
	*text = span_of(out, len);
	return true;
}

static bool bad_argument(struct cursor *cursor, const struct argument *argument, const char *wanted)
{
	reader_alert(cursor->reader, "'%s' : '%s' is no %s (argument of '%s').", cursor->start,
		argument->text.at, wanted, cursor->word);
	return false;
}

static bool read_number(struct cursor *cursor, struct argument *argument)
{
	char *end;

	argument->number = strtoll(argument->text.at, &end, 0);
	if (*end || !argument->text.len)
		return bad_argument(cursor, argument, "number");
	return true;
}

static bool read_mask(struct cursor *cursor, struct argument *argument, sa_family_t family)
{
	uint32_t most = family == AF_INET ? 32 : 128;
	const char *text = reader_format(
		cursor->reader, "%s/%s", family == AF_INET ? "0.0.0.0" : "::", argument->text.at);

	if (!address_read_network(&argument->network, text) || argument->network.family != family ||
		argument->network.prefix_bits > most)
		return bad_argument(cursor, argument, "network mask");
	argument->number = argument->network.prefix_bits;
	return true;
}

/* Judges an argument's text by what the word's row wants there. */
static bool understand(struct cursor *cursor, struct argument *argument)
{
	switch (argument->kind) {
	case ARGUMENT_NUMBER:
		return read_number(cursor, argument);
	case ARGUMENT_MASK:
		return read_mask(cursor, argument, AF_INET);
	case ARGUMENT_MASK6:
		return read_mask(cursor, argument, AF_INET6);
	case ARGUMENT_ADDRESS:
		if (!address_read_network(&argument->network, argument->text.at))
			return bad_argument(cursor, argument, "address");
		return true;
	case ARGUMENT_BACKEND:
	case ARGUMENT_FRONTEND:
	case ARGUMENT_SERVER:
	case ARGUMENT_USERLIST:
		rules_resolve_later(cursor->reader, argument);
		return true;
	case ARGUMENT_NONE:
	case ARGUMENT_TEXT:
	case ARGUMENT_REGEX:
		return true;
	}
	return true;
}

/* "( .. )" behind a word, when it is there. */
static bool take_arguments(struct cursor *cursor, const uint8_t kinds[SAMPLE_ARGUMENTS_MAX],
	uint32_t min, struct argument arguments[SAMPLE_ARGUMENTS_MAX])
{
	uint32_t count = 0;

	if (*cursor->at == '(' && cursor->at[1] == ')' && !min) {
		cursor->at += 2;
	} else if (*cursor->at == '(') {
		do {
			struct argument *argument = &arguments[count];
			struct span text;

			cursor->at++;
			if (!take_argument(cursor, &text))
				return false;
			if (count == SAMPLE_ARGUMENTS_MAX || kinds[count] == ARGUMENT_NONE) {
				reader_alert(cursor->reader,
					"'%s' : too many arguments for '%s' ('%s').", cursor->start,
					cursor->word, text.at);
				return false;
			}
			count++;
			argument->text = text;
			/* An empty one that need not be there was left out. */
			if (!text.len && count > min)
				continue;
			argument->kind = (enum argument_kind)kinds[count - 1];
			if (!understand(cursor, argument))
				return false;
		} while (*cursor->at == ',');
		cursor->at++;
	}
	if (count >= min)
		return true;
	reader_alert(cursor->reader, "'%s' : '%s' expects %u argument%s.", cursor->start,
		cursor->word, min, min == 1 ? "" : "s");
	return false;
}

static bool is_listed(const char *const *patterns, const char *name)
{
	for (; *patterns; patterns++)
		if (remedy_fits(*patterns, name))
			return true;
	return false;
}

static void unknown_fetch(struct cursor *cursor, const char *name)
{
	struct nearest nearest;

	if (is_listed(fetch_words_later, name)) {
		remedy_alert(cursor->reader,
			reader_format(cursor->reader, "'%s' : the fetch '%s'", cursor->start, name),
			name);
		return;
	}
	nearest_init(&nearest, name);
	for (uint32_t i = 0; i < fetch_word_count; i++) {
		nearest_offer(&nearest, fetch_words[i].name);
		for (uint32_t j = MATCH_LEN; fetch_words[i].derives && j < MATCH_METHODS; j++)
			nearest_offer(
				&nearest, reader_format(cursor->reader, "%s_%s",
						  fetch_words[i].name, match_method_names[j]));
	}
	if (nearest.word)
		reader_alert(cursor->reader,
			"'%s' : unknown fetch method '%s'; did you mean '%s' maybe ?",
			cursor->start, name, nearest.word);
	else
		reader_alert(
			cursor->reader, "'%s' : unknown fetch method '%s'.", cursor->start, name);
}

static void unknown_converter(struct cursor *cursor, const char *name)
{
	struct nearest nearest;

	if (is_listed(converter_words_later, name)) {
		remedy_alert(cursor->reader,
			reader_format(
				cursor->reader, "'%s' : the converter '%s'", cursor->start, name),
			name);
		return;
	}
	nearest_init(&nearest, name);
	for (uint32_t i = 0; i < converter_word_count; i++)
		nearest_offer(&nearest, converter_words[i].name);
	if (nearest.word)
		reader_alert(cursor->reader,
			"'%s' : unknown converter '%s'; did you mean '%s' maybe ?", cursor->start,
			name, nearest.word);
	else
		reader_alert(cursor->reader, "'%s' : unknown converter '%s'.", cursor->start, name);
}

/* regsub(<regex>,<text>[,<flags>]): the expression is compiled once. */
static bool compile_regsub(struct cursor *cursor, struct conversion *conversion)
{
	struct argument *regex = &conversion->arguments[0];
	struct span flags = conversion->arguments[2].text;
	const char *error;

	for (uint32_t i = 0; i < flags.len; i++) {
		if (flags.at[i] != 'g' && flags.at[i] != 'i') {
			reader_alert(cursor->reader, "'%s' : invalid flag '%c' of 'regsub'.",
				cursor->start, flags.at[i]);
			return false;
		}
	}
	regex->regex = rules_regex(cursor->reader, regex->text.at,
		flags.len && memchr(flags.at, 'i', flags.len) != NULL, &error);
	if (!regex->regex)
		reader_alert(cursor->reader, "'%s' : regex '%s' is invalid: %s.", cursor->start,
			regex->text.at, error);
	conversion->arguments[2].number = flags.len && memchr(flags.at, 'g', flags.len) != NULL;
	return regex->regex != NULL;
}

/* What can be written wrong in an argument that is a text to the table. */
static bool check_conversion(struct cursor *cursor, struct conversion *conversion)
{
	static const char *const modes[] = {"ascii", "utf8", "utf8s", "utf8p", "utf8ps"};
	const struct argument *mode = &conversion->arguments[0];

	if (conversion->word->id == CONVERT_REGSUB)
		return compile_regsub(cursor, conversion);
	if (conversion->word->id != CONVERT_JSON || mode->kind == ARGUMENT_NONE)
		return true;
	for (uint32_t i = 0; i < KEYWORD_COUNT(modes); i++)
		if (strcmp(mode->text.at, modes[i]) == 0)
			return true;
	reader_alert(cursor->reader,
		"'%s' : 'json' knows 'ascii', 'utf8', 'utf8s', 'utf8p' and 'utf8ps' (got '%s').",
		cursor->start, mode->text.at);
	return false;
}

static struct conversion *read_conversion(struct cursor *cursor)
{
	struct conversion *conversion = arena_alloc(cursor->reader->arena, sizeof(*conversion));
	struct span name = take_name(cursor);

	conversion->word = converter_word_find(name);
	if (!conversion->word) {
		unknown_converter(cursor, name_of(cursor, name));
		return NULL;
	}
	cursor->word = conversion->word->name;
	if (!take_arguments(cursor, conversion->word->arguments, conversion->word->arguments_min,
		    conversion->arguments))
		return NULL;
	return check_conversion(cursor, conversion) ? conversion : NULL;
}

static bool finish(struct cursor *cursor)
{
	char c = *cursor->at;

	if (cursor->in_brackets && c == ']') {
		cursor->at++;
		return true;
	}
	if (cursor->in_brackets) {
		reader_alert(
			cursor->reader, "'%s' : missing ']' after the expression.", cursor->start);
		return false;
	}
	if (!c)
		return true;
	reader_alert(cursor->reader, "'%s' : unexpected '%s' behind '%s'.", cursor->start,
		cursor->at, cursor->word);
	return false;
}

/* A word that counts something of a proxy counts that of its own section, when it names none; then
 * that one has to be of the right kind. */
static bool suits_section(struct cursor *cursor, const struct expression *expression)
{
	const struct section_draft *section = cursor->reader->section;
	uint8_t kind = expression->fetch->arguments[0];
	bool wants_backend = kind == ARGUMENT_BACKEND;

	if (kind != ARGUMENT_BACKEND && kind != ARGUMENT_FRONTEND)
		return true;
	if (expression->arguments[0].kind != ARGUMENT_NONE || !section ||
		!(section->proxy.is_frontend || section->proxy.is_backend))
		return true;
	if (wants_backend ? section->proxy.is_backend : section->proxy.is_frontend)
		return true;
	reader_alert(cursor->reader,
		"'%s' : '%s' without an argument is about '%s', which is no %s: name one in "
		"brackets.",
		cursor->start, cursor->word, section->proxy.name,
		wants_backend ? "backend" : "frontend");
	return false;
}

/* hdr(<name>,<occurrence>): a negative one counts from the last. */
static bool suits_occurrence(struct cursor *cursor, const struct expression *expression)
{
	const struct argument *occurrence = &expression->arguments[1];

	if ((expression->fetch->id != FETCH_FIELD && expression->fetch->id != FETCH_FULL_FIELD) ||
		occurrence->kind != ARGUMENT_NUMBER || occurrence->number >= -OCCURRENCE_MOST)
		return true;
	reader_alert(cursor->reader, "'%s' : the occurrence of '%s' must be >= -%d.", cursor->start,
		cursor->word, OCCURRENCE_MOST);
	return false;
}

/* env(NAME) is a constant as soon as it is read; so are bool(..) and meth(..). */
static bool settle_constant(struct cursor *cursor, struct expression *expression)
{
	struct argument *first = &expression->arguments[0];
	const char *value = first->text.at;

	if (expression->fetch->id == FETCH_ENV) {
		value = environment_get(&cursor->reader->environment, first->text.at);
		value = value ? reader_keep(cursor->reader, value) : NULL;
		expression->arguments[1].text = span_of_string(value);
		expression->arguments[1].kind = value ? ARGUMENT_TEXT : ARGUMENT_NONE;
	} else if (expression->fetch->id == FETCH_BOOL) {
		first->number = strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
		if (!first->number && strcmp(value, "false") != 0 && strcmp(value, "0") != 0)
			return bad_argument(cursor, first, "boolean");
	}
	return true;
}

struct expression *expression_read_word(struct reader *reader, const struct fetch_word *word,
	const char *text, const char *at, bool in_brackets, size_t *used)
{
	struct cursor cursor = {.reader = reader,
		.start = shown(reader, text, in_brackets),
		.at = at,
		.in_brackets = in_brackets};
	struct expression *expression = arena_alloc(reader->arena, sizeof(*expression));
	struct conversion **tail = &expression->conversions;

	expression->fetch = word;
	expression->type = (enum sample_type)word->type;
	cursor.word = word->name;
	if (!take_arguments(&cursor, word->arguments, word->arguments_min, expression->arguments) ||
		!settle_constant(&cursor, expression) || !suits_section(&cursor, expression) ||
		!suits_occurrence(&cursor, expression))
		return NULL;
	while (*cursor.at == ',') {
		struct conversion *conversion;

		cursor.at++;
		conversion = read_conversion(&cursor);
		if (!conversion)
			return NULL;
		if (conversion->word->type != SAMPLE_ANY)
			expression->type = (enum sample_type)conversion->word->type;
		*tail = conversion;
		tail = &conversion->next;
	}
	if (!finish(&cursor))
		return NULL;
	*used = (size_t)(cursor.at - text);
	return expression;
}

struct expression *expression_read(
	struct reader *reader, const char *text, bool in_brackets, size_t *used)
{
	struct cursor cursor = {.reader = reader,
		.start = shown(reader, text, in_brackets),
		.at = text,
		.in_brackets = in_brackets};
	struct span name = take_name(&cursor);
	const struct fetch_word *word = fetch_word_find(name);

	if (!name.len) {
		reader_alert(reader, "'%s' : missing fetch method.", text);
		return NULL;
	}
	if (!word) {
		unknown_fetch(&cursor, name_of(&cursor, name));
		return NULL;
	}
	return expression_read_word(reader, word, text, cursor.at, in_brackets, used);
}

const char *sources_name(uint32_t sources)
{
	if (sources & SAMPLE_FROM_REQUEST)
		return "a rule for requests";
	return sources & SAMPLE_FROM_RESPONSE ? "a rule for responses"
					      : "a log line or a rule for connections";
}

bool expression_suits(struct reader *reader, const struct expression *expression, uint32_t sources)
{
	static const char *const needs[] = {
		[SAMPLE_FROM_REQUEST] = "the request",
		[SAMPLE_FROM_RESPONSE] = "the response",
		[SAMPLE_FROM_EITHER] = "a message",
	};
	uint8_t source = expression->fetch->source;

	if (source & sources)
		return true;
	reader_alert(reader,
		"sample fetch '%s' may not be used in %s: it needs %s, which is not at hand there.",
		expression->fetch->name, sources_name(sources), needs[source]);
	return false;
}
