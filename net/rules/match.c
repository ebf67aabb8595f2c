/* SPDX-License-Identifier: GPL-2.0-or-later */
/* match.c - does a sample match one of a test's patterns?
 *
 * Texts are compared as they are; with -i the patterns have been lowered when they were read, and
 * the sample is lowered once, into the scratch.  Many exact texts have a hash table. */
#include "core/config/names.h"
#include "core/config/sample_words.h"
#include "net/rules/sample.h"

#include <ctype.h>

static bool in_network(const struct network *network, const struct sample *sample)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	const uint8_t *bytes = sample->address.bytes;
	uint8_t wide[16];
	uint32_t whole = network->prefix_bits / 8u, rest = network->prefix_bits % 8u;

	/* An IPv4 address is one of IPv6's, too, and the other way round. */
	if (network->family == AF_INET6 && sample->address.family == AF_INET) {
		memcpy(wide, mapped, sizeof(mapped));
		memcpy(wide + 12, bytes, 4);
		bytes = wide;
	} else if (network->family == AF_INET && sample->address.family == AF_INET6) {
		if (memcmp(bytes, mapped, sizeof(mapped)) != 0)
			return false;
		bytes += 12;
	} else if (network->family != sample->address.family) {
		return false;
	}
	if (memcmp(bytes, network->bytes, whole) != 0)
		return false;
	return rest == 0 || ((bytes[whole] ^ network->bytes[whole]) >> (8u - rest)) == 0;
}

static bool is_among(char c, const char *set)
{
	return c && strchr(set, c) != NULL;
}

/* Is the pattern a whole part of the text, between delimiters or its ends? */
static bool has_part(struct span text, struct span part, const char *delimiters)
{
	for (uint32_t i = 0; i + part.len <= text.len; i++) {
		bool begins = i == 0 || is_among(text.at[i - 1], delimiters);
		bool ends = i + part.len == text.len || is_among(text.at[i + part.len], delimiters);

		if (begins && ends && memcmp(text.at + i, part.at, part.len) == 0)
			return true;
	}
	return false;
}

static bool has_end(struct span text, struct span end)
{
	return text.len >= end.len &&
	       (!end.len || memcmp(text.at + text.len - end.len, end.at, end.len) == 0);
}

static bool has_inside(struct span text, struct span part)
{
	return !part.len || (text.len && memmem(text.at, text.len, part.at, part.len));
}

static bool in_table(const struct acl_test *test, struct span text)
{
	uint32_t mask = test->table_capacity - 1;
	uint32_t slot = (uint32_t)names_hash(NAMES_HASH_SEED, text.at, text.len);

	for (; test->table[slot & mask]; slot++)
		if (span_equal(test->patterns[test->table[slot & mask] - 1].text, text))
			return true;
	return false;
}

static bool matches_text(enum match_method method, const struct pattern *pattern, struct span text)
{
	switch (method) {
	case MATCH_STR:
	case MATCH_BIN:
		return span_equal(text, pattern->text);
	case MATCH_SUB:
		return has_inside(text, pattern->text);
	case MATCH_BEG:
		return span_starts_with(text, pattern->text);
	case MATCH_END:
		return has_end(text, pattern->text);
	case MATCH_DIR:
		return has_part(text, pattern->text, "/?");
	case MATCH_DOM:
		return has_part(text, pattern->text, "/?.:");
	case MATCH_LEN:
		return text.len >= pattern->range.min && text.len <= pattern->range.max;
	case MATCH_FOUND:
	case MATCH_BOOL:
	case MATCH_INT:
	case MATCH_IP:
	case MATCH_REG:
	case MATCH_METHODS:
		break;
	}
	return false;
}

static bool matches_pattern(struct rule_context *context, const struct acl_test *test,
	const struct pattern *pattern, const struct sample *sample)
{
	switch (test->method) {
	case MATCH_INT:
		return sample->number >= pattern->range.min && sample->number <= pattern->range.max;
	case MATCH_IP:
		return in_network(&pattern->network, sample);
	case MATCH_REG:
		return regex_match(context->room->matcher, pattern->regex, sample->text, NULL);
	case MATCH_FOUND:
	case MATCH_BOOL:
	case MATCH_BIN:
	case MATCH_LEN:
	case MATCH_STR:
	case MATCH_SUB:
	case MATCH_BEG:
	case MATCH_END:
	case MATCH_DIR:
	case MATCH_DOM:
	case MATCH_METHODS:
		break;
	}
	return matches_text(test->method, pattern, sample->text);
}

static bool lower(struct rule_context *context, struct sample *sample)
{
	char *out = scratch_take(context->room, sample->text.len);

	if (!out)
		return false;
	for (uint32_t i = 0; i < sample->text.len; i++)
		out[i] = (char)tolower((unsigned char)sample->text.at[i]);
	sample->text.at = out;
	return true;
}

static bool compares_text(enum match_method method)
{
	return method == MATCH_STR || method == MATCH_SUB || method == MATCH_BEG ||
	       method == MATCH_END || method == MATCH_DIR || method == MATCH_DOM;
}

static enum sample_type wanted_type(enum match_method method)
{
	if (method == MATCH_INT)
		return SAMPLE_INT;
	if (method == MATCH_IP)
		return SAMPLE_IP;
	return method == MATCH_BIN ? SAMPLE_BINARY : SAMPLE_TEXT;
}

/* http_auth_group: is the user in one of the groups? */
static bool is_member(const struct acl_test *test, struct span user)
{
	const struct userlist *list = test->expression->arguments[0].users;
	const struct userlist_user *at = list ? list->users : NULL;

	while (at && !span_equal(span_of_string(at->name), user))
		at = at->next;
	for (uint32_t i = 0; at && i < at->group_count; i++)
		for (uint32_t j = 0; j < test->pattern_count; j++)
			if (span_equal(span_of_string(at->groups[i]), test->patterns[j].text))
				return true;
	return false;
}

bool match_sample(struct rule_context *context, const struct acl_test *test, struct sample *sample)
{
	if (test->method == MATCH_FOUND)
		return true;
	if (test->method == MATCH_BOOL)
		return sample_cast(context, sample, SAMPLE_BOOL) && sample->number;
	if (!sample_cast(context, sample, wanted_type(test->method)))
		return false;
	if (test->expression->fetch->id == FETCH_HTTP_AUTH_GROUP && compares_text(test->method))
		return is_member(test, sample->text);
	if (test->ignore_case && compares_text(test->method) && !lower(context, sample))
		return false;
	if (test->table)
		return in_table(test, sample->text);
	for (uint32_t i = 0; i < test->pattern_count; i++)
		if (matches_pattern(context, test, &test->patterns[i], sample))
			return true;
	return false;
}
