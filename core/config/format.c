/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format.c - reading a text with holes: `%ci:%cp %{+Q}r %[req.hdr(host),lower]`.
 *
 *   %%              a percent sign
 *   %NAME           a variable of format_words.c
 *   %[EXPRESSION]   a sample
 *   %{FLAGS}        before either: +Q quotes, +M a dash for nothing, +X hexadecimal, +E escapes;
 *                   -Q and so on take one away
 *   %o              %{FLAGS}o sets the flags of all that follows
 *
 * What a format may hold depends on where it is used: a log line has no message at hand, and a
 * header field's value must not hold a byte that would end it. */
#include "core/config/format_words.h"
#include "core/config/rule_reader.h"

#include "core/config/nearest.h"
#include <ctype.h>
#include <string.h>

struct parse {
	struct reader *reader;
	const char *text, *at;
	enum format_use use;
	uint32_t sources;
	struct format *format;
	uint32_t capacity;
	uint8_t flags; /* of all that follows */
	char *literal; /* text that is being collected */
	uint32_t literal_len;
};

static struct format_piece *add_piece(struct parse *parse)
{
	struct format *format = parse->format;

	if (format->count == parse->capacity) {
		struct format_piece *larger;

		parse->capacity = parse->capacity ? parse->capacity * 2 : 4;
		larger = arena_alloc(parse->reader->arena, parse->capacity * sizeof(*larger));
		if (format->count)
			memcpy(larger, format->pieces, format->count * sizeof(*larger));
		format->pieces = larger;
	}
	return &format->pieces[format->count++];
}

static void end_literal(struct parse *parse)
{
	struct format_piece *piece;

	if (!parse->literal_len)
		return;
	piece = add_piece(parse);
	piece->kind = FORMAT_TEXT;
	piece->text = span_of(arena_copy(parse->reader->arena, parse->literal, parse->literal_len),
		parse->literal_len);
	parse->literal_len = 0;
}

/* "{+Q,-X}" in front of a variable. */
static bool read_flags(struct parse *parse, uint8_t *flags)
{
	static const struct {
		char letter;
		uint8_t flag;
	} known[] = {{'Q', FORMAT_QUOTED}, {'M', FORMAT_MANDATORY}, {'X', FORMAT_HEX},
		{'E', FORMAT_ESCAPED}};
	bool add = true;

	for (parse->at++; *parse->at && *parse->at != '}'; parse->at++) {
		uint8_t flag = 0;

		if (*parse->at == '+' || *parse->at == '-') {
			add = *parse->at == '+';
			continue;
		}
		if (*parse->at == ',')
			continue;
		for (uint32_t i = 0; i < KEYWORD_COUNT(known); i++)
			if (known[i].letter == *parse->at)
				flag = known[i].flag;
		if (!flag) {
			reader_alert(parse->reader,
				"format '%s' : unknown flag '%c'; known ones: Q M X E.",
				parse->text, *parse->at);
			return false;
		}
		*flags = add ? *flags | flag : (uint8_t)(*flags & ~flag);
	}
	if (*parse->at != '}') {
		reader_alert(parse->reader, "format '%s' : missing '}'.", parse->text);
		return false;
	}
	parse->at++;
	return true;
}

static bool read_expression(struct parse *parse, uint8_t flags)
{
	const char *start = ++parse->at;
	size_t used;
	struct expression *expression = expression_read(parse->reader, start, true, &used);
	struct format_piece *piece;

	if (!expression || !expression_suits(parse->reader, expression, parse->sources))
		return false;
	end_literal(parse);
	piece = add_piece(parse);
	piece->kind = FORMAT_EXPRESSION;
	piece->flags = flags;
	piece->expression = expression;
	parse->at = start + used;
	return true;
}

static bool unknown_alias(struct parse *parse, const char *name)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (uint32_t i = 0; i < ALIAS_COUNT; i++)
		nearest_offer(&nearest, format_words[i].name);
	if (nearest.word && *name)
		reader_alert(parse->reader,
			"format '%s' : no such variable '%%%s'; did you mean '%%%s' maybe ? (a "
			"percent sign is written '%%%%')",
			parse->text, name, nearest.word);
	else
		reader_alert(parse->reader,
			"format '%s' : no such variable '%%%s' (a percent sign is written '%%%%').",
			parse->text, name);
	return false;
}

static bool read_alias(struct parse *parse, uint8_t flags)
{
	const char *start = parse->at;
	const struct format_word *word = NULL;
	struct format_piece *piece;
	const char *name;

	while (isalpha((unsigned char)*parse->at))
		parse->at++;
	name = arena_copy(parse->reader->arena, start, (size_t)(parse->at - start));
	if (strcmp(name, "o") == 0) {
		parse->flags = flags;
		/* It stands for nothing; so does the blank behind it. */
		if (*parse->at == ' ')
			parse->at++;
		return true;
	}
	for (uint32_t i = 0; i < ALIAS_COUNT && !word; i++)
		if (strcmp(format_words[i].name, name) == 0)
			word = &format_words[i];
	if (!word)
		return unknown_alias(parse, name);
	if (word->state == KEYWORD_LATER) {
		reader_alert(parse->reader,
			"format '%s' : variable '%%%s' is known, but not available yet",
			parse->text, name);
		return false;
	}
	end_literal(parse);
	piece = add_piece(parse);
	piece->kind = FORMAT_ALIAS;
	piece->flags = flags;
	piece->alias = word;
	return true;
}

static bool read_hole(struct parse *parse)
{
	uint8_t flags = parse->flags;

	parse->at++;
	if (*parse->at == '%') {
		parse->literal[parse->literal_len++] = *parse->at++;
		return true;
	}
	if (*parse->at == '{' && !read_flags(parse, &flags))
		return false;
	return *parse->at == '[' ? read_expression(parse, flags) : read_alias(parse, flags);
}

/* Does this byte end a header field, or worse? */
static bool breaks_field(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

struct format *format_read(
	struct reader *reader, const char *text, enum format_use use, uint32_t sources)
{
	struct parse parse = {
		.reader = reader, .text = text, .at = text, .use = use, .sources = sources};

	parse.format = arena_alloc(reader->arena, sizeof(*parse.format));
	parse.format->text = reader_keep(reader, text);
	parse.literal = arena_alloc(reader->arena, strlen(text) + 1);
	/* A log line's fields are counted by those who read it. */
	parse.flags = use == FORMAT_FOR_LOG ? FORMAT_MANDATORY : 0;
	while (*parse.at) {
		if (*parse.at == '%') {
			if (!read_hole(&parse))
				return NULL;
			continue;
		}
		if (use == FORMAT_FOR_FIELD && breaks_field(*parse.at)) {
			reader_alert(reader,
				"format '%s' : a header field cannot hold the byte 0x%02x.", text,
				(unsigned char)*parse.at);
			return NULL;
		}
		parse.literal[parse.literal_len++] = *parse.at++;
	}
	end_literal(&parse);
	return parse.format;
}
