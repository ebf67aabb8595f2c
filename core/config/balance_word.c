/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balance_word.c - `balance`, `hash-type` and `hash-balance-factor`: how a backend shares its
 * requests out.
 *
 * The three are words of their own, inherited one by one: a `hash-type` of the defaults section
 * serves every backend below that hashes, and means nothing to the others. */
#include "core/config/nearest.h"
#include "core/config/reader.h"
#include "core/config/rule_reader.h"

#include <string.h>

static const char *const algorithms[] = {
	[BALANCE_ROUNDROBIN] = "roundrobin",
	[BALANCE_STATIC_RR] = "static-rr",
	[BALANCE_LEASTCONN] = "leastconn",
	[BALANCE_FIRST] = "first",
	[BALANCE_RANDOM] = "random",
	[BALANCE_SOURCE] = "source",
	[BALANCE_URI] = "uri",
	[BALANCE_URL_PARAM] = "url_param",
	[BALANCE_HDR] = "hdr",
	[BALANCE_HASH] = "hash",
};

const char *config_balance_name(enum balance_algorithm algorithm)
{
	return algorithms[algorithm];
}

static void complain(struct reader *reader, const char *what)
{
	reader_alert(reader, "'balance' : %s", what);
	reader_give_up(reader);
}

/* Another algorithm has other arguments; what `hash-type` says stays. */
static struct balancing *choose(struct reader *reader, enum balance_algorithm algorithm)
{
	struct balancing *balancing = &reader->section->proxy.balancing;

	*balancing = (struct balancing){.algorithm = algorithm,
		.draws = 2,
		.consistent = balancing->consistent,
		.avalanche = balancing->avalanche,
		.function = balancing->function,
		.factor = balancing->factor};
	return balancing;
}

static bool read_positive(struct reader *reader, const char *name, uint32_t *value)
{
	const char *word = reader_next(reader);
	uint64_t number;
	char stray;

	if (number_whole(&number, word, INT32_MAX - 1, &stray) != NUMBER_FINE || number == 0) {
		complain(reader,
			reader_format(reader, "'uri %s' expects a positive integer (got '%s').",
				name, word));
		return false;
	}
	*value = (uint32_t)number;
	return true;
}

static void read_uri(struct reader *reader)
{
	struct balancing *balancing = choose(reader, BALANCE_URI);

	while (!reader_at_end(reader)) {
		if (reader_skip(reader, "whole")) {
			balancing->whole = true;
		} else if (reader_skip(reader, "path-only")) {
			balancing->path_only = true;
		} else if (reader_skip(reader, "len")) {
			if (!read_positive(reader, "len", &balancing->uri_len))
				return;
		} else if (reader_skip(reader, "depth")) {
			if (!read_positive(reader, "depth", &balancing->uri_depth))
				return;
			balancing->uri_depth++; /* the slash that begins the path */
		} else {
			complain(reader, reader_format(reader,
						 "'uri' only accepts parameters 'len', 'depth', "
						 "'path-only', and 'whole' (got '%s').",
						 reader_peek(reader)));
			return;
		}
	}
}

static void read_url_param(struct reader *reader)
{
	const char *name = reader_next(reader);
	struct balancing *balancing;

	if (!*name) {
		complain(reader, "'url_param' requires an URL parameter name.");
		return;
	}
	balancing = choose(reader, BALANCE_URL_PARAM);
	balancing->name = reader_keep(reader, name);
	if (reader_at_end(reader))
		return;
	if (reader_skip(reader, "check_post"))
		balancing->check_post = true;
	else
		complain(reader, reader_format(reader,
					 "'url_param' only accepts 'check_post' after the name "
					 "(got '%s').",
					 reader_peek(reader)));
}

/* What stands between the brackets of "hdr(name)"; NULL: nothing does. */
static const char *bracketed(struct reader *reader, const char *word, const char *name)
{
	size_t before = strlen(name), len = strlen(word);

	if (word[before] != '(' || word[len - 1] != ')' || len < before + 3)
		return NULL;
	return arena_copy(reader->arena, word + before + 1, len - before - 2);
}

static void read_hdr(struct reader *reader, const char *word)
{
	const char *name = bracketed(reader, word, "hdr");
	struct balancing *balancing;

	if (!name) {
		complain(reader, "'hdr(name)' requires an http header field name.");
		return;
	}
	balancing = choose(reader, BALANCE_HDR);
	balancing->name = name;
	balancing->domain_only = reader_skip(reader, "use_domain_only");
}

/* `hash src`, `hash path,lower`: what rules can know of a request. */
static void read_hash(struct reader *reader)
{
	const char *text = reader_next(reader);
	struct balancing *balancing;
	struct expression *expression;
	size_t used;

	if (!*text) {
		complain(reader, "'hash' requires an expression.");
		return;
	}
	expression = expression_read(reader, text, false, &used);
	if (!expression || !expression_suits(reader, expression, SOURCES_OF_REQUEST)) {
		reader_give_up(reader);
		return;
	}
	balancing = choose(reader, BALANCE_HASH);
	balancing->name = reader_keep(reader, text);
	balancing->expression = expression;
}

static void read_random(struct reader *reader, const char *word)
{
	struct balancing *balancing = choose(reader, BALANCE_RANDOM);
	const char *draws = bracketed(reader, word, "random");
	uint64_t number = 0;
	char stray;

	if (!word[strlen("random")])
		return;
	if (!draws || number_whole(&number, draws, INT32_MAX, &stray) != NUMBER_FINE || number == 0)
		complain(reader, "'random(draws)' requires a number of draws of 1 or more.");
	else
		balancing->draws = (uint32_t)number;
}

/* Is the word this name, alone or with something in brackets behind it? */
static bool names(const char *word, const char *name)
{
	size_t len = strlen(name);

	return strncmp(word, name, len) == 0 && (!word[len] || word[len] == '(');
}

static void complain_unknown(struct reader *reader, const char *word)
{
	static const char *const later[] = {"rdp-cookie", "log-hash", "log-sticky", "sticky", "ss"};
	struct nearest nearest;

	for (uint32_t i = 0; i < KEYWORD_COUNT(later); i++) {
		if (!names(word, later[i]))
			continue;
		reader_alert(reader, "'balance %s' is known, but not available yet%s", later[i],
			strcmp(later[i], "rdp-cookie") == 0
				? "; 'balance source' keeps a client at its server, too"
				: "");
		reader_give_up(reader);
		return;
	}
	nearest_init(&nearest, word);
	for (uint32_t i = 0; i < KEYWORD_COUNT(algorithms); i++)
		nearest_offer(&nearest, algorithms[i]);
	if (nearest.word)
		reader_alert(reader, "unknown balance algorithm '%s'; did you mean '%s' maybe ?",
			word, nearest.word);
	else
		reader_alert(reader,
			"unknown balance algorithm '%s': torc knows 'roundrobin', 'static-rr', "
			"'leastconn', 'first', 'random', 'source', 'uri', 'url_param', "
			"'hdr(name)' and 'hash'.",
			word);
	reader_give_up(reader);
}

void balance_word_read(struct reader *reader, const struct keyword *self)
{
	static const enum balance_algorithm plain[] = {BALANCE_ROUNDROBIN, BALANCE_STATIC_RR,
		BALANCE_LEASTCONN, BALANCE_FIRST, BALANCE_SOURCE};
	const char *word = reader_next(reader);

	(void)self;
	for (uint32_t i = 0; i < KEYWORD_COUNT(plain); i++) {
		if (strcmp(word, algorithms[plain[i]]) == 0 || !*word) {
			choose(reader, plain[i]);
			return;
		}
	}
	if (strcmp(word, "uri") == 0)
		read_uri(reader);
	else if (strcmp(word, "url_param") == 0)
		read_url_param(reader);
	else if (strcmp(word, "hash") == 0)
		read_hash(reader);
	else if (names(word, "hdr"))
		read_hdr(reader, word);
	else if (names(word, "random"))
		read_random(reader, word);
	else
		complain_unknown(reader, word);
}

static const char *const functions[] = {
	[HASH_SDBM] = "sdbm",
	[HASH_DJB2] = "djb2",
	[HASH_WT6] = "wt6",
	[HASH_CRC32] = "crc32",
	[HASH_NONE] = "none",
};

const char *hash_function_name(enum hash_function function)
{
	return functions[function];
}

static bool read_function(struct reader *reader, struct balancing *balancing)
{
	const char *word = reader_next(reader);

	for (uint32_t i = 0; i < KEYWORD_COUNT(functions); i++) {
		if (strcmp(word, functions[i]) == 0) {
			balancing->function = (enum hash_function)i;
			return true;
		}
	}
	reader_alert(reader,
		"'hash-type' only supports 'sdbm', 'djb2', 'crc32', 'wt6', and 'none' hash "
		"functions "
		"(got '%s').",
		word);
	reader_give_up(reader);
	return false;
}

void hash_type_read(struct reader *reader, const struct keyword *self)
{
	struct balancing *balancing = &reader->section->proxy.balancing;
	const char *word = reader_next(reader);

	(void)self;
	if (strcmp(word, "consistent") == 0 || strcmp(word, "map-based") == 0) {
		balancing->consistent = word[0] == 'c';
	} else {
		reader_alert(reader,
			strcmp(word, "avalanche") == 0
				? "'hash-type avalanche' does not exist anymore: write 'hash-type "
				  "map-based sdbm avalanche'."
				: "'hash-type' only supports 'consistent' and 'map-based'.");
		reader_give_up(reader);
		return;
	}
	balancing->function = HASH_SDBM;
	/* Without a function, points on a ring are not left to what sdbm makes of similar keys. */
	balancing->avalanche = balancing->consistent && reader_at_end(reader);
	if (reader_at_end(reader) || !read_function(reader, balancing))
		return;
	balancing->avalanche = reader_skip(reader, "avalanche");
	if (!reader_at_end(reader)) {
		reader_alert(reader,
			"'hash-type' only supports 'avalanche' as a modifier for hash functions "
			"(got '%s').",
			reader_peek(reader));
		reader_give_up(reader);
	}
}

void hash_balance_factor_read(struct reader *reader, const struct keyword *self)
{
	uint64_t value;

	if (!reader_number(reader, self->name, 0, INT32_MAX, &value))
		return;
	if (value != 0 && value <= 100) {
		reader_alert(reader, "'hash-balance-factor' must be 0 or greater than 100.");
		return;
	}
	reader->section->proxy.balancing.factor = (uint32_t)value;
}
