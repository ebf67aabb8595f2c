/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lex_fuzz.c - any line splits into words that lie within the buffer, end with a NUL and hold no
 * more than was written; a line of plain words splits as a reader would.
 * Input: the line. */
#include "core/config/lex.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char out[LEX_OUT_BYTES];

/* Variables hold what the language is made of. */
static const char *variable(void *context, const char *name)
{
	(void)context;
	switch (name[0]) {
	case 'A':
		return "a \"b' \\ #c  ${D}";
	case 'E':
		return "";
	default:
		return NULL;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lex_words words = {.out = out};
	const char *line = (const char *)data, *end = out;

	/* The caller has refused NULs and taken the line feed off. */
	if (size && (memchr(line, '\0', size) || memchr(line, '\n', size)))
		return 0;
	if (lex_line(&words, span_of(line, size), variable, NULL) != LEX_FINE &&
		words.fault_at > size)
		abort();
	if (words.count > LEX_WORDS_MAX)
		abort();
	for (uint32_t i = 0; i < words.count; i++) {
		/* One behind the other, with nothing between. */
		if (words.word[i] != end)
			abort();
		end += strlen(words.word[i]) + 1;
	}
	if (end > out + LEX_OUT_BYTES || words.word[words.count][0])
		abort();
	return 0;
}
