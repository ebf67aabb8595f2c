/* SPDX-License-Identifier: GPL-2.0-or-later */
/* regex.c - PCRE2 behind a small door.
 *
 * The library allocates through functions of ours.  Compiled code lands in the tree's arena and
 * dies with it; only the machine code of the just-in-time compiler lies elsewhere.  A matcher has
 * two blocks: enough for the frames of an expression that the compiler could not translate (the
 * kernel may forbid memory that is both written and run), of which a growing match needs the old
 * and the new one side by side.  Whoever needs more does not match, and nobody allocates. */
#include "core/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

struct regex {
	pcre2_code *code;
	bool fast; /* the just-in-time compiler has translated it */
};

enum { MATCHER_BLOCKS = 2 };

struct regex_matcher {
	pcre2_general_context *general;
	pcre2_match_context *match;
	pcre2_match_data *data;
	pcre2_jit_stack *stack;
	char *blocks[MATCHER_BLOCKS]; /* REGEX_STACK_BYTES each */
	bool lent[MATCHER_BLOCKS];
	bool sealed; /* everything is made: from here on only blocks are lent */
};

static void *arena_take(PCRE2_SIZE bytes, void *arena)
{
	return arena_alloc(arena, bytes);
}

static void arena_keep(void *memory, void *arena)
{
	(void)memory;
	(void)arena;
}

struct regex *regex_compile(
	struct arena *arena, const char *text, bool ignore_case, const char **error)
{
	pcre2_general_context *general =
		pcre2_general_context_create(arena_take, arena_keep, arena);
	pcre2_compile_context *context = pcre2_compile_context_create(general);
	struct regex *regex = arena_alloc(arena, sizeof(*regex));
	uint32_t flags = ignore_case ? PCRE2_CASELESS : 0;
	int fault = 0;
	PCRE2_SIZE at = 0;

	regex->code =
		pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, flags, &fault, &at, context);
	if (!regex->code) {
		char *reason = arena_alloc(arena, 160);
		size_t len;

		pcre2_get_error_message(fault, (PCRE2_UCHAR *)reason, 128);
		len = strlen(reason);
		snprintf(reason + len, 160 - len, " at byte %zu", (size_t)at);
		*error = reason;
		return NULL;
	}
	regex->fast = pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) == 0;
	return regex;
}

void regex_drop(struct regex *regex)
{
	pcre2_code_free(regex->code);
}

static void *matcher_take(PCRE2_SIZE bytes, void *owner)
{
	struct regex_matcher *matcher = owner;

	if (!matcher->sealed)
		return malloc(bytes);
	for (int i = 0; i < MATCHER_BLOCKS; i++) {
		if (matcher->lent[i] || bytes > REGEX_STACK_BYTES)
			continue;
		matcher->lent[i] = true;
		return matcher->blocks[i];
	}
	return NULL;
}

static void matcher_give(void *memory, void *owner)
{
	struct regex_matcher *matcher = owner;

	for (int i = 0; i < MATCHER_BLOCKS; i++) {
		if (memory != matcher->blocks[i])
			continue;
		matcher->lent[i] = false;
		return;
	}
	free(memory);
}

struct regex_matcher *regex_matcher_open(void)
{
	struct regex_matcher *matcher = calloc(1, sizeof(*matcher));
	bool whole = true;

	if (!matcher)
		return NULL;
	for (int i = 0; i < MATCHER_BLOCKS; i++)
		whole &= (matcher->blocks[i] = malloc(REGEX_STACK_BYTES)) != NULL;
	matcher->general = pcre2_general_context_create(matcher_take, matcher_give, matcher);
	matcher->match = pcre2_match_context_create(matcher->general);
	matcher->data = pcre2_match_data_create(REGEX_GROUPS_MAX, matcher->general);
	matcher->stack =
		pcre2_jit_stack_create(REGEX_STACK_BYTES, REGEX_STACK_BYTES, matcher->general);
	if (!whole || !matcher->general || !matcher->match || !matcher->data) {
		regex_matcher_close(matcher);
		return NULL;
	}
	pcre2_set_match_limit(matcher->match, REGEX_STEPS_MAX);
	pcre2_set_heap_limit(matcher->match, REGEX_STACK_BYTES / 1024);
	if (matcher->stack)
		pcre2_jit_stack_assign(matcher->match, NULL, matcher->stack);
	matcher->sealed = true;
	return matcher;
}

void regex_matcher_close(struct regex_matcher *matcher)
{
	if (!matcher)
		return;
	pcre2_jit_stack_free(matcher->stack);
	pcre2_match_data_free(matcher->data);
	pcre2_match_context_free(matcher->match);
	pcre2_general_context_free(matcher->general);
	for (int i = 0; i < MATCHER_BLOCKS; i++)
		free(matcher->blocks[i]);
	free(matcher);
}

bool regex_match(struct regex_matcher *matcher, const struct regex *regex, struct span subject,
	struct regex_groups *groups)
{
	PCRE2_SPTR at = (PCRE2_SPTR)(subject.at ? subject.at : "");
	const PCRE2_SIZE *places;
	int found;

	if (regex->fast && matcher->stack)
		found = pcre2_jit_match(
			regex->code, at, subject.len, 0, 0, matcher->data, matcher->match);
	else
		found = pcre2_match(
			regex->code, at, subject.len, 0, 0, matcher->data, matcher->match);
	if (found < 0)
		return false;
	if (!groups)
		return true;
	if (found == 0) /* more groups than there is room for: the first ones are told */
		found = REGEX_GROUPS_MAX;
	places = pcre2_get_ovector_pointer(matcher->data);
	*groups = (struct regex_groups){.count = (uint32_t)found};
	for (uint32_t i = 0; i < groups->count; i++) {
		if (places[2 * i] == PCRE2_UNSET || places[2 * i + 1] < places[2 * i])
			continue;
		groups->group[i] = span_of(
			(const char *)at + places[2 * i], places[2 * i + 1] - places[2 * i]);
	}
	return true;
}
