/* SPDX-License-Identifier: GPL-2.0-or-later */
/* haproxy.c - files of haproxy.cfg's language, line by line.
 *
 * A file is cut into lines, a line into words, and the first word says what it is: a directive
 * with a dot, the head of a section, or a line of the section at hand.  Every file begins outside
 * of any section.  A section that cannot be read, or whose feature is not there, is complained
 * about once and its lines are skipped: the user wants the cause and not its consequences. */
#include "core/config/complete.h"
#include "core/config/directive.h"
#include "core/config/keepalived.h"
#include "core/config/nearest.h"
#include "core/config/reader.h"
#include "core/config/remedy.h"
#include "core/config/rule_reader.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Sections of the language whose feature is not there yet. */
static const char *const sections_later[] = {"peers", "resolvers", "mailers", "cache", "program",
	"ring", "fcgi-app", "log-forward", "crt-store", "acme", "log-profile", "traces",
	"healthcheck", NULL};

static const char *const sections_known[] = {
	"global", "defaults", "frontend", "backend", "listen", "userlist", "http-errors", NULL};

/* What reading needs for its time only. */
struct workshop {
	struct directives directives;
	bool typography_told; /* of the file at hand */
	char line[LEX_LINE_MAX + 2];
	char words[LEX_OUT_BYTES];
};

static void read_file(
	struct reader *reader, struct workshop *workshop, const struct config_file *file);

static void reader_init(struct reader *reader, struct config *config, struct config_source *source)
{
	*reader = (struct reader){.config = config, .source = source, .arena = &config->arena};
	environment_init(&reader->environment, &config->arena);
	reader->sections_tail = &reader->sections;
	reader->stats_sockets_tail = &reader->stats_sockets;
	log_list_init(&reader->global_logs);
	for (struct config_resolution *known = source->resolutions; known; known = known->next)
		names_add(&reader->resolved, reader->arena, known->host_name, known);
}

uint32_t config_load(struct config *config, struct config_source *source)
{
	struct workshop *workshop = calloc(1, sizeof(*workshop));
	struct reader *reader = arena_alloc(&config->arena, sizeof(*reader));
	uint64_t hash = NAMES_HASH_SEED;

	if (!workshop) {
		config_message(config, MESSAGE_ALERT, (struct place){0}, "out of memory.");
		return config->alert_count;
	}
	reader_init(reader, config, source);
	global_defaults(&config->global);
	reader->words.out = workshop->words;
	for (uint32_t i = 0; i < source->file_count; i++) {
		if (!keepalived_is_language(&source->files[i]))
			read_file(reader, workshop, &source->files[i]);
		hash = names_hash(hash, source->files[i].bytes, source->files[i].len);
	}
	free(workshop);
	reader->words.count = 0;
	for (const struct config_attachment *at = source->attachments; at; at = at->next)
		hash = names_hash(hash, at->file.bytes, at->file.len);
	config->fingerprint = hash;
	reader->place = (struct place){0};
	complete(reader);
	if (!source->proxies_only)
		keepalived_load(config, source);
	return config->alert_count;
}

bool config_has_listener(const struct config *config)
{
	for (uint32_t i = 0; i < config->listener_count; i++) {
		if (config->listeners[i].proxy && !config->listeners[i].proxy->disabled)
			return true;
	}
	return false;
}

void config_free(struct config *config)
{
	for (struct config_regex *entry = config->regexes; entry; entry = entry->next)
		regex_drop(entry->regex);
	arena_free(&config->arena);
	*config = (struct config){0};
}

/* `peers` and its like: one error for the section. */
static bool read_section_head(struct reader *reader, const char *word)
{
	bool later = false, shared;

	for (uint32_t i = 0; sections_later[i]; i++)
		later |= strcmp(word, sections_later[i]) == 0;
	shared = strcmp(word, "userlist") == 0 || strcmp(word, "http-errors") == 0;
	if (!later && !shared && strcmp(word, "global") != 0 && !section_is_proxy(word))
		return false;
	reader->where = 0;
	reader->section = NULL;
	reader->section_word = reader_keep(reader, word);
	if (shared_section_open(reader, word)) {
		; /* its lines go there by themselves */
	} else if (later) {
		remedy_alert_section(reader, word);
	} else if (section_is_proxy(word)) {
		section_open(reader, word);
	} else {
		reader->where = IN_GLOBAL;
		if (!reader_at_end(reader))
			reader_alert(reader, "'global' cannot handle unexpected argument '%s'.",
				reader_peek(reader));
	}
	reader_give_up(reader);
	return true;
}

/* The first line of a section that nobody knows. */
static void unknown_section(struct reader *reader, const char *word)
{
	const char *near = nearest_of(sections_known, word);

	reader->section_word = "";
	if (near)
		reader_alert(reader,
			"unknown keyword '%s' out of section; did you mean '%s' maybe ?", word,
			near);
	else
		reader_alert(reader, "unknown keyword '%s' out of section.", word);
}

/* Is this line the head of a section with a slip in it ("frontned web")?  Then it is the cause of
 * all that the lines below would be blamed for. */
static bool looks_like_section(const struct reader *reader, const char *word)
{
	return reader->modifier == MODIFIER_NONE && reader->words.count <= 2 &&
	       !keyword_find(&global_words, word) && !keyword_find(&proxy_words, word) &&
	       nearest_of(sections_known, word);
}

static void read_line(struct reader *reader)
{
	const char *word;

	reader->modifier = MODIFIER_NONE;
	if (strcmp(reader_peek(reader), "no") == 0)
		reader->modifier = MODIFIER_NO;
	else if (strcmp(reader_peek(reader), "default") == 0)
		reader->modifier = MODIFIER_DEFAULT;
	if (reader->modifier != MODIFIER_NONE)
		reader->at++;
	if (reader_at_end(reader)) {
		reader_alert(reader, "'%s' expects a keyword.", reader->words.word[0]);
		return;
	}
	word = reader_next(reader);
	if (reader->modifier == MODIFIER_NONE && read_section_head(reader, word))
		return;
	if (!reader->section_word || looks_like_section(reader, word)) {
		reader->where = 0;
		reader->section = NULL;
		unknown_section(reader, word);
		return;
	}
	/* Without a place for it the line belongs to a section that was complained about. */
	if (shared_section_line(reader, word))
		return;
	if (reader->where)
		section_line(reader, word);
}

/* Shows the line and points at the fault; tabs are repeated so that the pointer stands right. */
static void complain_of_line(struct reader *reader, struct span line, enum lex_fault fault)
{
	enum { SHOWN_MAX = 200 };
	uint32_t len = line.len < SHOWN_MAX ? line.len : SHOWN_MAX, at = reader->words.fault_at;
	char pointer[SHOWN_MAX + 1];

	if (at > len) {
		reader_alert(reader, "%s at position %u.", lex_fault_text(fault), at + 1);
		return;
	}
	for (uint32_t i = 0; i < at; i++)
		pointer[i] = line.at[i] == '\t' ? '\t' : ' ';
	pointer[at] = '\0';
	reader_alert(reader, "%s at position %u:\n  %.*s\n  %s^", lex_fault_text(fault), at + 1,
		(int)len, line.at, pointer);
}

/* Web pages turn "a b" into quotation marks that quote nothing, and -i into a dash: a word that
 * begins so is worth a warning, the first one of a file.  Between plain quotes it may be meant. */
static void warn_of_typography(struct reader *reader, struct workshop *workshop, struct span line)
{
	if (workshop->typography_told || memchr(line.at, '"', line.len) ||
		memchr(line.at, '\'', line.len))
		return;
	for (uint32_t i = 0; i < reader->words.count; i++) {
		const unsigned char *word = (const unsigned char *)reader->words.word[i];
		bool general = word[0] == 0xe2 && word[1] == 0x80;

		if (general && ((word[2] >= 0x90 && word[2] <= 0x95) ||
				       (word[2] >= 0x98 && word[2] <= 0x9f))) {
			workshop->typography_told = true;
			reader_warn(reader,
				"'%s' begins with a typographic %s (U+20%02X), which is a letter "
				"like any other: write %s; this is the first one of the file.",
				reader->words.word[i], word[2] < 0x98 ? "dash" : "quotation mark",
				word[2] - 0x80, word[2] < 0x98 ? "'-'" : "'\"'");
			return;
		}
	}
}

/* Everything about one line that is not its words. */
static void read_text(struct reader *reader, struct workshop *workshop, struct span line)
{
	enum lex_fault fault =
		lex_line(&reader->words, line, environment_get, &reader->environment);
	bool taking = directive_taking(&workshop->directives);

	reader->at = 0;
	reader->line_name = NULL;
	reader->remedies_told = 0;
	if (fault != LEX_FINE) {
		if (taking || reader->words.word[0][0] == '.')
			complain_of_line(reader, line, fault);
		return;
	}
	if (reader->words.count == 0)
		return;
	if (taking)
		warn_of_typography(reader, workshop, line);
	if (reader->words.word[0][0] == '.')
		directive_read(&workshop->directives, reader);
	else if (taking)
		read_line(reader);
}

/* Copies a line and reads U+00A0 as a space; the first of a file is worth a warning: copied from
 * a web page, it looks like a space and is none for any other program. */
static struct span clean_line(struct reader *reader, char *out, struct span line, bool *warned)
{
	uint32_t len = 0;

	for (uint32_t i = 0; i < line.len; i++) {
		if (i + 1 < line.len && line.at[i] == '\xc2' && line.at[i + 1] == '\xa0') {
			out[len++] = ' ';
			i++;
			if (!*warned)
				reader_warn(reader, "no-break space (U+00A0) read as a space; this "
						    "is the first one of the file.");
			*warned = true;
		} else {
			out[len++] = line.at[i];
		}
	}
	/* CRLF */
	if (len && out[len - 1] == '\r')
		len--;
	return span_of(out, len);
}

static void read_file(
	struct reader *reader, struct workshop *workshop, const struct config_file *file)
{
	const char *at = file->bytes, *end = file->bytes + file->len;
	bool warned = false;

	workshop->typography_told = false;
	reader->place = (struct place){file->name, 0};
	reader->where = 0;
	reader->section = NULL;
	reader->section_word = NULL;
	if (file->len >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0) {
		reader->place.line = 1;
		reader_warn(reader, "byte order mark (U+FEFF) at the start of the file ignored.");
		reader->place.line = 0;
		at += 3;
	}
	while (at < end) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		struct span line = span_of(at, (size_t)((feed ? feed : end) - at));

		reader->place.line++;
		if (line.len > LEX_LINE_MAX) {
			reader_alert(reader, "line too long, limit: %u.", LEX_LINE_MAX);
		} else if (memchr(line.at, '\0', line.len)) {
			reader_alert(reader,
				"NUL byte at position %u: this is no text file, or a "
				"damaged one.",
				(uint32_t)((const char *)memchr(line.at, '\0', line.len) -
					   line.at) +
					1);
		} else {
			read_text(reader, workshop,
				clean_line(reader, workshop->line, line, &warned));
		}
		if (!feed)
			reader_warn(reader,
				"Missing LF on last line, file might have been truncated at "
				"position %u.",
				line.len + 1);
		at = feed ? feed + 1 : end;
	}
	directive_end(&workshop->directives, reader);
}
