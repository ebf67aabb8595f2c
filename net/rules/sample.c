/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sample.c - expressions and conditions at work: fetch, convert, compare.
 *
 * In a condition a fetch with several values (a header field, a cookie) is asked for one after
 * the other until a pattern matches; everywhere else it has one value.  Between its parts a
 * sample changes its type as the next part wants it, as in HAProxy: a text of digits is a number
 * where one is compared. */
#include "net/rules/sample.h"

#include <arpa/inet.h>
#include <stdio.h>

char *scratch_take(struct rule_room *room, uint32_t bytes)
{
	char *at = room->scratch + room->scratch_used;

	if (bytes > room->scratch_bytes - room->scratch_used)
		return NULL;
	room->scratch_used += bytes;
	return at;
}

/* ---- types ---- */

static bool number_of_text(struct span text, int64_t *number)
{
	bool negative = text.len > 0 && text.at[0] == '-';
	int64_t value = 0;

	if (!text.len)
		return false;
	for (uint32_t i = negative; i < text.len; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			break;
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, text.at[i] - '0', &value))
			return false;
	}
	*number = negative ? -value : value;
	return true;
}

/* "10.0.0.1", "10.0.0.1:80", "2001:db8::1", "[2001:db8::1]:80" */
static bool address_of_text(struct span text, struct sample *sample)
{
	char copy[INET6_ADDRSTRLEN + 8], *at = copy, *end;

	if (text.len >= sizeof(copy) || memchr(text.at, '\0', text.len))
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	if (*at == '[') {
		end = strchr(++at, ']');
		if (end)
			*end = '\0';
	} else if (strchr(copy, '.') && (end = strchr(copy, ':')) && !strchr(end + 1, ':')) {
		*end = '\0';
	}
	sample->address.family = strchr(at, ':') ? AF_INET6 : AF_INET;
	return inet_pton(sample->address.family, at, sample->address.bytes) == 1;
}

static bool text_of(struct rule_context *context, struct sample *sample)
{
	enum { TEXT_BYTES = INET6_ADDRSTRLEN };
	char *out = scratch_take(context->room, TEXT_BYTES);

	if (!out)
		return false;
	if (sample->type == SAMPLE_IP) {
		if (!inet_ntop(sample->address.family, sample->address.bytes, out, TEXT_BYTES))
			return false;
	} else {
		snprintf(out, TEXT_BYTES, "%lld", (long long)sample->number);
	}
	sample->text = span_of_string(out);
	return true;
}

static bool to_text(struct rule_context *context, struct sample *sample, enum sample_type type)
{
	if (sample->type == SAMPLE_IP && type == SAMPLE_BINARY) {
		uint32_t len = sample->address.family == AF_INET ? 4 : 16;
		char *out = scratch_take(context->room, len);

		if (!out)
			return false;
		memcpy(out, sample->address.bytes, len);
		sample->text = span_of(out, len);
	} else if (sample->type == SAMPLE_BOOL || sample->type == SAMPLE_INT ||
		   sample->type == SAMPLE_IP) {
		if (!text_of(context, sample))
			return false;
	}
	sample->type = type;
	return true;
}

static bool to_number(struct sample *sample, enum sample_type type)
{
	switch (sample->type) {
	case SAMPLE_BOOL:
	case SAMPLE_INT:
		break;
	case SAMPLE_IP:
		if (sample->address.family != AF_INET)
			return false;
		sample->number = (int64_t)sample->address.bytes[0] << 24 |
				 (int64_t)sample->address.bytes[1] << 16 |
				 (int64_t)sample->address.bytes[2] << 8 | sample->address.bytes[3];
		break;
	case SAMPLE_TEXT:
	case SAMPLE_METHOD:
	case SAMPLE_BINARY:
		if (!number_of_text(sample->text, &sample->number))
			return false;
		break;
	case SAMPLE_ANY:
		return false;
	}
	if (type == SAMPLE_BOOL)
		sample->number = sample->number != 0;
	sample->type = type;
	return true;
}

bool sample_cast(struct rule_context *context, struct sample *sample, enum sample_type type)
{
	if (sample->type == type)
		return true;
	switch (type) {
	case SAMPLE_BOOL:
	case SAMPLE_INT:
		return to_number(sample, type);
	case SAMPLE_IP:
		if (sample->type != SAMPLE_TEXT && sample->type != SAMPLE_METHOD)
			return false;
		sample->type = SAMPLE_IP;
		return address_of_text(sample->text, sample);
	case SAMPLE_TEXT:
	case SAMPLE_METHOD:
	case SAMPLE_BINARY:
		return to_text(context, sample, type);
	case SAMPLE_ANY:
		return true;
	}
	return false;
}

/* ---- expressions ---- */

static bool evaluate(struct rule_context *context, const struct expression *expression,
	struct sample *sample, struct fetch_cursor *cursor)
{
	context->room->scratch_used = 0;
	if (!fetch_sample(context, expression, sample, cursor))
		return false;
	for (const struct conversion *at = expression->conversions; at; at = at->next)
		if (!sample_cast(context, sample, (enum sample_type)at->word->in) ||
			!convert_sample(context, at, sample))
			return false;
	return true;
}

bool sample_evaluate(
	struct rule_context *context, const struct expression *expression, struct sample *sample)
{
	struct fetch_cursor cursor = {0};

	return evaluate(context, expression, sample, &cursor);
}

/* ---- conditions ---- */

static bool test_holds(struct rule_context *context, const struct acl_test *test)
{
	struct fetch_cursor cursor = {.iterates = true};
	struct sample sample;

	do {
		cursor.more = false;
		if (evaluate(context, test->expression, &sample, &cursor) &&
			match_sample(context, test, &sample))
			return true;
	} while (cursor.more);
	return false;
}

bool acl_holds(struct rule_context *context, const struct acl *acl)
{
	for (const struct acl_test *test = acl->tests; test; test = test->next)
		if (test_holds(context, test))
			return true;
	return false;
}

bool condition_holds(struct rule_context *context, const struct condition *condition)
{
	bool group = false; /* so far: the first term begins one */

	if (!condition)
		return true;
	for (uint32_t i = 0; i < condition->count; i++) {
		const struct condition_term *term = &condition->terms[i];

		if (term->begins_group) {
			if (group)
				break;
			group = true;
		}
		if (group)
			group = acl_holds(context, term->acl) != term->negated;
	}
	return group != condition->unless;
}
