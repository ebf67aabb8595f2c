/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_split.c - a line of keepalived's language as words.
 *
 * Quotes join: ab"c d"ef is one word, as the manual says.  Escapes are those of the manual, too:
 * \a \b \E \f \n \r \t \v, \nnn in octal, \xXX, \cC; any other character stands for itself.  A
 * byte 0 would end the word, so an escape that makes one is an error. */
#include "core/config/keepalived_split.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Reads what follows a backslash.  False: it makes no character. */
static bool read_escape(const char **at, char *out)
{
	static const char letters[] = "abEfnrtv", means[] = "\a\b\033\f\n\r\t\v";
	const char *from = *at, *letter;
	unsigned int value = 0;

	if (!*from)
		return false;
	letter = strchr(letters, *from);
	if (letter) {
		*out = means[letter - letters];
		*at = from + 1;
		return true;
	}
	if (*from == 'x' && hex_value(from[1]) >= 0) {
		for (from++; hex_value(*from) >= 0; from++)
			value = (value * 16 + (unsigned int)hex_value(*from)) & 0xff;
	} else if (*from == 'c' && from[1]) {
		value = (unsigned int)from[1] & 0x1f;
		from += 2;
	} else if (*from >= '0' && *from <= '7') {
		for (int i = 0; i < 3 && *from >= '0' && *from <= '7'; i++)
			value = (value * 8 + (unsigned int)(*from++ - '0')) & 0xff;
	} else {
		value = (unsigned char)*from++;
	}
	*out = (char)value;
	*at = from;
	return value != 0;
}

/* One word from *at on, which is no blank. */
static const char *read_word(const char **at, enum keepalived_split_way way, char **out)
{
	char quote = '\0', *to = *out;
	const char *from = *at;

	for (; *from && (quote || !is_blank(*from)); from++) {
		bool opens = *from == '"' || (way == KEEPALIVED_SPLIT_COMMAND && *from == '\'');

		if (way == KEEPALIVED_SPLIT_COMMAND && *from == '\\') {
			from++;
			if (!read_escape(&from, to))
				return "a backslash that stands for no character";
			to++;
			from--;
		} else if (*from == '\\' && from[1]) {
			/* Both stay; what follows has no meaning. */
			*to++ = *from++;
			*to++ = *from;
		} else if (quote ? *from == quote : opens) {
			quote = quote ? '\0' : *from;
		} else {
			*to++ = *from;
		}
	}
	*to++ = '\0';
	*at = from;
	*out = to;
	return quote ? "a quote is not closed" : NULL;
}

const char *keepalived_split(
	struct keepalived_words *words, const char *line, enum keepalived_split_way way, char *out)
{
	const char *fault = NULL;

	words->count = 0;
	while (!fault) {
		char *word = out;

		while (is_blank(*line))
			line++;
		if (!*line)
			break;
		if (words->count == KEEPALIVED_WORDS_MAX) {
			fault = "too many words in a line";
			break;
		}
		fault = read_word(&line, way, &out);
		if (!fault)
			words->word[words->count++] = word;
	}
	words->word[words->count] = "";
	return fault;
}

/* "${NAME}" is text, also where nothing defines it: its length, or 0. */
static size_t parameter_len(const char *at)
{
	size_t len = 2;

	if (at[0] != '$' || at[1] != '{')
		return 0;
	while (isalnum((unsigned char)at[len]) || at[len] == '_')
		len++;
	return at[len] == '}' && len > 2 ? len + 1 : 0;
}

char *keepalived_cut_at_brace(char *line, char *brace)
{
	bool quoted = false;

	*brace = '\0';
	for (char *at = line; *at;) {
		size_t len = quoted ? 0 : parameter_len(at);

		if (*at == '\\' && at[1])
			len = 2;
		if (!len && !quoted && (*at == '{' || *at == '}')) {
			*brace = *at;
			*at = '\0';
			return at + 1;
		}
		if (*at == '"')
			quoted = !quoted;
		at += len ? len : 1;
	}
	return NULL;
}
