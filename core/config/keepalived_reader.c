/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_reader.c - statements, blocks, and the values that words take.
 *
 * The text gives lines; a brace cuts a line into pieces, wherever it stands, so that
 * "group { VI_1 }" is a statement, an opening brace, a statement and a closing one.  keepalived
 * reads the opening brace of a block on the line of its word or on the next one: one piece is
 * looked ahead, and only where it matters, so that messages come in the order of the file.
 *
 * Nothing in here knows a word of the language. */
#include "core/config/keepalived_reader.h"

#include "core/config/nearest.h"
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>

/* A file that is no configuration at all would complain about every line of it. */
#define ALERTS_MAX	500u
#define SUGGESTIONS_MAX 100u

/* ---- messages ---- */

static void say_list(struct keepalived_reader *reader, enum message_kind kind, struct place place,
	const char *format, va_list arguments)
{
	const char *text = config_format_list(reader->arena, format, arguments);
	bool said = reader->last_text && strcmp(reader->last_text, text) == 0 &&
		    reader->last_place.line == place.line && reader->last_place.file == place.file;

	/* A line that stands for many is complained about once. */
	if (!said)
		config_message(reader->config, kind, place, "%s%s", reader->title, text);
	reader->last_text = text;
	reader->last_place = place;
	if (kind == MESSAGE_ALERT && ++reader->alerts == ALERTS_MAX)
		keepalived_text_give_up(&reader->text, "too many errors");
}

#define SAY(kind, place)                                                                           \
	do {                                                                                       \
		va_list arguments;                                                                 \
		va_start(arguments, format);                                                       \
		say_list(reader, kind, place, format, arguments);                                  \
		va_end(arguments);                                                                 \
	} while (0)

void keepalived_alert(struct keepalived_reader *reader, const char *format, ...)
{
	SAY(MESSAGE_ALERT, reader->place);
}

void keepalived_warn(struct keepalived_reader *reader, const char *format, ...)
{
	SAY(MESSAGE_WARNING, reader->place);
}

void keepalived_note(struct keepalived_reader *reader, const char *format, ...)
{
	SAY(MESSAGE_NOTICE, reader->place);
}

void keepalived_say(struct keepalived_reader *reader, enum message_kind kind, struct place place,
	const char *format, ...)
{
	SAY(kind, place);
}

const char *keepalived_format(struct keepalived_reader *reader, const char *format, ...)
{
	va_list arguments;
	const char *text;

	va_start(arguments, format);
	text = config_format_list(reader->arena, format, arguments);
	va_end(arguments);
	return text;
}

const char *keepalived_suggest(struct keepalived_reader *reader, const char *near)
{
	return near ? keepalived_format(reader, "; did you mean '%s' maybe ?", near) : "";
}

/* ---- pieces and statements ---- */

/* Makes `ahead` the next piece of the text. */
static enum keepalived_piece look(struct keepalived_reader *reader)
{
	char *line, *at;
	char brace;

	if (reader->looked)
		return reader->ahead;
	reader->looked = true;
	do {
		line = reader->rest ? reader->rest : keepalived_text_next(&reader->text);
		reader->rest = NULL;
		reader->ahead_place = reader->text.place;
		if (!line)
			return reader->ahead = KEEPALIVED_END;
		line += strspn(line, " \t");
	} while (!*line);
	if (*line == '{' || *line == '}') {
		reader->rest = line + 1;
		return reader->ahead = *line == '{' ? KEEPALIVED_OPEN : KEEPALIVED_CLOSE;
	}
	reader->ahead_text = line;
	at = keepalived_cut_at_brace(line, &brace);
	if (at) {
		/* The brace goes back: it is the next piece.  Statements are copied before. */
		size_t len = strlen(line);

		memcpy(reader->statement, line, len + 1);
		reader->ahead_text = reader->statement;
		at[-1] = brace;
		reader->rest = at - 1;
	}
	return reader->ahead = KEEPALIVED_WORDS;
}

/* The next piece becomes the one at hand. */
static enum keepalived_piece take(struct keepalived_reader *reader)
{
	enum keepalived_piece piece = look(reader);
	const char *fault;

	reader->looked = false;
	reader->place = reader->ahead_place;
	reader->words.count = 0;
	reader->words.word[0] = "";
	reader->at = 0;
	if (piece != KEEPALIVED_WORDS)
		return piece;
	if (reader->ahead_text != reader->statement)
		memcpy(reader->statement, reader->ahead_text, strlen(reader->ahead_text) + 1);
	fault = keepalived_split(
		&reader->words, reader->statement, KEEPALIVED_SPLIT_PLAIN, reader->out);
	if (fault)
		keepalived_alert(reader, "%s: '%.60s'", fault, reader->statement);
	return piece;
}

bool keepalived_opens(struct keepalived_reader *reader)
{
	return look(reader) == KEEPALIVED_OPEN;
}

bool keepalived_open(struct keepalived_reader *reader, const char *word)
{
	if (!keepalived_opens(reader)) {
		keepalived_alert(reader, "'%s' expects a block: '{' is missing", word);
		return false;
	}
	reader->looked = false;
	return true;
}

/* Behind an opening brace: passes over everything up to the one that closes it. */
static void skip_rest_of_block(struct keepalived_reader *reader)
{
	uint32_t depth = 1;

	while (depth) {
		switch (take(reader)) {
		case KEEPALIVED_OPEN:
			depth++;
			break;
		case KEEPALIVED_CLOSE:
			depth--;
			break;
		case KEEPALIVED_END:
			return;
		case KEEPALIVED_WORDS:
			break;
		}
	}
}

void keepalived_skip_block(struct keepalived_reader *reader)
{
	struct place place = reader->place;

	if (!keepalived_opens(reader))
		return;
	reader->looked = false;
	skip_rest_of_block(reader);
	reader->place = place;
}

static void complain_of_end(struct keepalived_reader *reader)
{
	if (!reader->text.gave_up)
		keepalived_alert(
			reader, "the block '%s' is not closed: '}' is missing", reader->block);
}

bool keepalived_next_value(struct keepalived_reader *reader)
{
	for (;;) {
		switch (take(reader)) {
		case KEEPALIVED_WORDS:
			if (reader->words.count)
				return true;
			break;
		case KEEPALIVED_OPEN:
			keepalived_alert(
				reader, "'{' within '%s': its lines are values", reader->block);
			skip_rest_of_block(reader);
			break;
		case KEEPALIVED_CLOSE:
			return false;
		case KEEPALIVED_END:
			complain_of_end(reader);
			return false;
		}
	}
}

/* ---- words ---- */

static const struct keepalived_word *find_word(const char *name, uint32_t where)
{
	for (uint32_t i = 0; keepalived_tables[i]; i++) {
		const struct keepalived_table *table = keepalived_tables[i];

		for (uint32_t j = 0; j < table->count; j++) {
			if (table->rows[j].where & where && strcmp(table->rows[j].name, name) == 0)
				return &table->rows[j];
		}
	}
	return NULL;
}

static const char *title_of(const struct keepalived_word *row)
{
	for (uint32_t i = 0; keepalived_tables[i]; i++) {
		const struct keepalived_table *table = keepalived_tables[i];

		if (row >= table->rows && row < table->rows + table->count)
			return row->where & AT_TOP ? "the top" : table->title;
	}
	return "";
}

static void unknown_word(struct keepalived_reader *reader, const char *name)
{
	struct nearest nearest;
	const struct keepalived_word *elsewhere = find_word(name, ~0u);

	nearest_init(&nearest, name);
	if (reader->suggestions++ < SUGGESTIONS_MAX) {
		for (uint32_t i = 0; keepalived_tables[i]; i++) {
			const struct keepalived_table *table = keepalived_tables[i];

			for (uint32_t j = 0; j < table->count; j++) {
				if (table->rows[j].where & reader->where)
					nearest_offer(&nearest, table->rows[j].name);
			}
		}
	}
	if (elsewhere && *reader->block && !nearest.word)
		keepalived_alert(reader, "'%s' has no place in '%s': it is a word of %s", name,
			reader->block, title_of(elsewhere));
	else if (elsewhere && *reader->block)
		keepalived_alert(reader, "'%s' has no place in '%s'%s", name, reader->block,
			keepalived_suggest(reader, nearest.word));
	else if (elsewhere)
		keepalived_alert(reader, "'%s' has no place outside of a block", name);
	else if (reader->group && !nearest.word && keepalived_at_end(reader))
		keepalived_alert(reader,
			"unknown word '%s' in '%s'; if it is a member, write 'group { %s }'", name,
			reader->block, name);
	else if (*reader->block)
		keepalived_alert(reader, "unknown word '%s' in '%s'%s", name, reader->block,
			keepalived_suggest(reader, nearest.word));
	else
		keepalived_alert(reader, "unknown word '%s' outside of any block%s", name,
			keepalived_suggest(reader, nearest.word));
}

static bool refuse_or_note(struct keepalived_reader *reader, const struct keepalived_word *row)
{
	const char *why = row->summary ? row->summary : "";
	const char *colon = *why ? ": " : "";

	switch ((enum keepalived_state)row->state) {
	case KEEPALIVED_ACTS:
		return true;
	case KEEPALIVED_NOTED:
		keepalived_note(reader, "'%s' has no effect%s%s", row->name, colon, why);
		break;
	case KEEPALIVED_IGNORED:
		keepalived_warn(
			reader, "'%s' is accepted, but does nothing%s%s", row->name, colon, why);
		break;
	case KEEPALIVED_LATER:
		keepalived_alert(
			reader, "'%s' is known, but not available yet%s%s", row->name, colon, why);
		break;
	case KEEPALIVED_NEVER:
		keepalived_alert(reader, "'%s' is not available%s%s", row->name, colon, why);
		break;
	}
	if (row->shape == KEEPALIVED_BLOCK || keepalived_opens(reader))
		keepalived_skip_block(reader);
	return false;
}

/* A word that opens a block at the top cannot stand within one: a closing brace is missing.  The
 * word is put back, and every block up to the top ends here. */
static bool begins_next_block(struct keepalived_reader *reader, const char *name)
{
	const struct keepalived_word *row = find_word(name, AT_TOP);

	if (reader->where == AT_TOP || !row || row->shape != KEEPALIVED_BLOCK)
		return false;
	if (!reader->ends_early)
		keepalived_alert(reader, "'%s' within '%s': the '}' of that block is missing", name,
			reader->block);
	reader->ends_early = true;
	reader->looked = true;
	reader->ahead = KEEPALIVED_WORDS;
	reader->ahead_text = reader->statement;
	return true;
}

/* False: the block ends before this statement. */
static bool read_statement(struct keepalived_reader *reader)
{
	const char *name = keepalived_take(reader);
	const struct keepalived_word *row = find_word(name, reader->where);
	uint32_t alerts = reader->alerts;

	if (!row) {
		if (begins_next_block(reader, name))
			return false;
		unknown_word(reader, name);
		keepalived_skip_block(reader);
		return true;
	}
	reader->ends_early = false;
	if (reader->instance && !keepalived_instance_takes(reader, row)) {
		keepalived_skip_block(reader);
		return true;
	}
	if (!refuse_or_note(reader, row))
		return true;
	row->read(reader, row);
	if (row->shape == KEEPALIVED_LINE && !keepalived_at_end(reader) && reader->alerts == alerts)
		keepalived_warn(reader, "'%s' takes no '%s': it is not read", row->name,
			keepalived_peek(reader));
	return true;
}

void keepalived_read_block(struct keepalived_reader *reader, const char *block, uint32_t where)
{
	const char *block_before = reader->block;
	uint32_t where_before = reader->where;

	reader->block = block;
	reader->where = where;
	for (bool more = true; more;) {
		switch (take(reader)) {
		case KEEPALIVED_WORDS:
			more = !reader->words.count || read_statement(reader);
			break;
		case KEEPALIVED_OPEN:
			keepalived_alert(reader, "unexpected '{': its block is passed over");
			skip_rest_of_block(reader);
			break;
		case KEEPALIVED_CLOSE:
			more = where == AT_TOP;
			if (more)
				keepalived_alert(reader, "unexpected '}'");
			break;
		case KEEPALIVED_END:
			if (where != AT_TOP)
				complain_of_end(reader);
			more = false;
			break;
		}
	}
	reader->block = block_before;
	reader->where = where_before;
}

/* ---- the cursor ---- */

const char *keepalived_peek(const struct keepalived_reader *reader)
{
	return reader->at < reader->words.count ? reader->words.word[reader->at] : "";
}

const char *keepalived_take(struct keepalived_reader *reader)
{
	const char *word = keepalived_peek(reader);

	if (reader->at < reader->words.count)
		reader->at++;
	return word;
}

bool keepalived_skip(struct keepalived_reader *reader, const char *word)
{
	if (keepalived_at_end(reader) || strcmp(keepalived_peek(reader), word) != 0)
		return false;
	reader->at++;
	return true;
}

bool keepalived_at_end(const struct keepalived_reader *reader)
{
	return reader->at >= reader->words.count;
}

void keepalived_give_up(struct keepalived_reader *reader)
{
	reader->at = reader->words.count;
}

const char *keepalived_keep(struct keepalived_reader *reader, const char *text)
{
	return arena_copy(reader->arena, text, strlen(text));
}

bool keepalived_resplit(struct keepalived_reader *reader)
{
	const char *fault = keepalived_split(
		&reader->words, reader->statement, KEEPALIVED_SPLIT_COMMAND, reader->out);

	reader->at = 1;
	if (fault) {
		keepalived_alert(reader, "%s: '%.60s'", fault, reader->statement);
		keepalived_give_up(reader);
	}
	return !fault;
}

/* ---- values ---- */

static bool parse_whole(const char *text, int64_t *value)
{
	bool negative = *text == '-';
	int64_t sum = 0;

	text += negative || *text == '+';
	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || sum > INT64_MAX / 10 - 10)
			return false;
		sum = sum * 10 + (*text - '0');
	}
	*value = negative ? -sum : sum;
	return true;
}

bool keepalived_number(struct keepalived_reader *reader, const char *what, int64_t min, int64_t max,
	int64_t *value)
{
	const char *word = keepalived_take(reader);

	if (parse_whole(word, value) && *value >= min && *value <= max)
		return true;
	if (*word)
		keepalived_alert(reader, "'%s' expects a number between %lld and %lld (got '%s')",
			what, (long long)min, (long long)max, word);
	else
		keepalived_alert(reader, "'%s' expects a number between %lld and %lld", what,
			(long long)min, (long long)max);
	keepalived_give_up(reader);
	return false;
}

bool keepalived_parse_seconds(const char *text, uint64_t *us)
{
	uint64_t whole = 0, fraction = 0, unit = 100000;
	bool digits = false;

	for (; *text >= '0' && *text <= '9'; text++) {
		digits = true;
		whole = whole * 10 + (uint64_t)(*text - '0');
		if (whole > UINT32_MAX)
			return false;
	}
	if (*text == '.') {
		for (text++; *text >= '0' && *text <= '9'; text++) {
			digits = true;
			fraction += (uint64_t)(*text - '0') * unit;
			unit /= 10;
		}
	}
	*us = whole * 1000000 + fraction;
	return digits && !*text;
}

/* "0.01", "255": as the manual writes times. */
const char *keepalived_seconds_text(struct keepalived_reader *reader, int64_t us)
{
	uint32_t fraction = (uint32_t)(us % 1000000), digits = 6;

	if (!fraction)
		return keepalived_format(reader, "%lld", (long long)(us / 1000000));
	while (fraction % 10 == 0) {
		fraction /= 10;
		digits--;
	}
	return keepalived_format(
		reader, "%lld.%0*u", (long long)(us / 1000000), (int)digits, fraction);
}

bool keepalived_seconds(struct keepalived_reader *reader, const char *what, int64_t min_us,
	int64_t max_us, uint64_t *us)
{
	const char *word = keepalived_take(reader);

	if (keepalived_parse_seconds(word, us) && *us >= (uint64_t)min_us &&
		*us <= (uint64_t)max_us)
		return true;
	keepalived_alert(reader, "'%s' expects seconds between %s and %s%s", what,
		keepalived_seconds_text(reader, min_us), keepalived_seconds_text(reader, max_us),
		*word ? keepalived_format(reader, " (got '%s')", word) : "");
	keepalived_give_up(reader);
	return false;
}

bool keepalived_truth(struct keepalived_reader *reader, const char *what, bool *value)
{
	static const char *const yes[] = {"on", "true", "yes"}, *const no[] = {
									"off", "false", "no"};
	const char *word = keepalived_take(reader);

	for (uint32_t i = 0; i < 3; i++) {
		if (strcmp(word, yes[i]) == 0 || strcmp(word, no[i]) == 0) {
			*value = strcmp(word, yes[i]) == 0;
			return true;
		}
	}
	keepalived_alert(
		reader, "'%s' expects on, off, true, false, yes or no (got '%s')", what, word);
	keepalived_give_up(reader);
	return false;
}

bool keepalived_parse_ip(const char *text, struct vrrp_ip *ip)
{
	*ip = (struct vrrp_ip){0};
	if (inet_pton(AF_INET, text, ip->bytes) == 1)
		ip->family = AF_INET;
	else if (inet_pton(AF_INET6, text, ip->bytes) == 1)
		ip->family = AF_INET6;
	return ip->family != AF_UNSPEC;
}

bool keepalived_parse_prefix(const char *text, struct vrrp_ip *ip, uint8_t *bits)
{
	const char *slash = strchr(text, '/');
	char address[INET6_ADDRSTRLEN];
	int64_t value;

	*bits = UINT8_MAX;
	if (!slash)
		return keepalived_parse_ip(text, ip);
	if ((size_t)(slash - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (!keepalived_parse_ip(address, ip) || !parse_whole(slash + 1, &value) || value < 0 ||
		value > (ip->family == AF_INET ? 32 : 128))
		return false;
	*bits = (uint8_t)value;
	return true;
}

bool keepalived_ip(struct keepalived_reader *reader, const char *what, struct vrrp_ip *ip)
{
	const char *word = keepalived_take(reader);

	if (keepalived_parse_ip(word, ip))
		return true;
	keepalived_alert(reader, "'%s' expects an IP address (got '%s')", what, word);
	keepalived_give_up(reader);
	return false;
}

bool keepalived_host(struct keepalived_reader *reader, const char *what, struct vrrp_ip *ip)
{
	const char *word = keepalived_peek(reader);
	uint8_t bits;

	if (!strchr(word, '/') || !keepalived_parse_prefix(word, ip, &bits))
		return keepalived_ip(reader, what, ip);
	keepalived_take(reader);
	keepalived_warn(
		reader, "'%s %s' : one host has no prefix; '/%u' is not read", what, word, bits);
	return true;
}

bool keepalived_text(struct keepalived_reader *reader, const char *what, char *field, size_t bytes)
{
	const char *word = keepalived_take(reader);
	size_t len = strlen(word);

	if (len && len < bytes) {
		memcpy(field, word, len + 1);
		return true;
	}
	if (len)
		keepalived_alert(reader, "'%s' takes at most %zu characters (got %zu)", what,
			bytes - 1, len);
	else
		keepalived_alert(reader, "'%s' expects an argument", what);
	keepalived_give_up(reader);
	return false;
}

bool keepalived_interface(
	struct keepalived_reader *reader, const char *what, char field[IF_NAMESIZE])
{
	const char *word = keepalived_peek(reader);

	/* What the kernel takes for a name: no blanks, no slash, not "." or "..". */
	if (strchr(word, '/') || strpbrk(word, " \t\n") || strcmp(word, ".") == 0 ||
		strcmp(word, "..") == 0) {
		keepalived_alert(reader, "'%s' : '%s' is no name of an interface", what, word);
		keepalived_give_up(reader);
		return false;
	}
	return keepalived_text(reader, what, field, IF_NAMESIZE);
}

/* ---- readers that rows share ---- */

#define FIELD(reader, self, type) ((type *)(void *)((char *)(reader)->base + (self)->field))

void keepalived_read_flag(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	*FIELD(reader, self, bool) = true;
}

void keepalived_read_on(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	*FIELD(reader, self, int8_t) = 1;
}

void keepalived_read_switch(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	bool value = true;

	if (keepalived_at_end(reader) || keepalived_truth(reader, self->name, &value))
		*FIELD(reader, self, int8_t) = value;
}

/* garp_extra_if [all] SECONDS; 0: not. */
void keepalived_read_extra(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct garp_draft *garp = FIELD(reader, self, struct garp_draft);
	bool all = keepalived_skip(reader, "all");

	if (keepalived_seconds(reader, self->name, 0, KEEPALIVED_SECONDS(86400), &garp->extra_us))
		garp->extra_all = all;
}

void keepalived_read_count(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	int64_t value;

	if (keepalived_number(reader, self->name, self->min, self->max, &value))
		*FIELD(reader, self, uint32_t) = (uint32_t)value;
}

void keepalived_read_byte(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	int64_t value;

	if (keepalived_number(reader, self->name, self->min, self->max, &value))
		*FIELD(reader, self, uint8_t) = (uint8_t)value;
}

void keepalived_read_seconds(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	uint64_t us;

	if (keepalived_seconds(reader, self->name, self->min, self->max, &us))
		*FIELD(reader, self, uint64_t) = us;
}

void keepalived_read_text(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	keepalived_text(reader, self->name, FIELD(reader, self, char), (size_t)self->max);
}
