/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replace.c - what a regular expression matched, put into a text with \0 to \9.
 * Everything is written into the caller's space; what does not fit is no result. */
#include "net/rules/replace.h"
#include "net/rules/format.h"

#include <ctype.h>

static int hex_value(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

static void expand(struct format_output *out, struct span text, const struct regex_groups *groups)
{
	for (uint32_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c != '\\' || i + 1 == text.len) {
			format_put(out, span_of(&text.at[i], 1));
			continue;
		}
		c = text.at[++i];
		if (isdigit((unsigned char)c)) {
			uint32_t group = (uint32_t)(c - '0');

			if (group < groups->count)
				format_put(out, groups->group[group]);
		} else if (c == 'x' && i + 2 < text.len &&
			   isxdigit((unsigned char)text.at[i + 1]) &&
			   isxdigit((unsigned char)text.at[i + 2])) {
			c = (char)(hex_value(text.at[i + 1]) << 4 | hex_value(text.at[i + 2]));
			format_put(out, span_of(&c, 1));
			i += 2;
		} else {
			format_put(out, span_of(&text.at[i], 1));
		}
	}
}

bool replace_expand(struct span text, const struct regex_groups *groups, char *out,
	uint32_t capacity, uint32_t *len)
{
	struct format_output output = {.at = out, .end = out + capacity};

	expand(&output, text, groups);
	*len = (uint32_t)(output.at - out);
	return !output.full;
}

bool replace_matches(struct regex_matcher *matcher, const struct regex *regex, struct span subject,
	struct span text, bool everywhere, char *out, uint32_t capacity, uint32_t *len)
{
	struct format_output output = {.at = out, .end = out + capacity};
	struct regex_groups groups;
	bool more = true;

	while (more && regex_match(matcher, regex, subject, &groups)) {
		struct span match = groups.group[0];
		const char *rest = match.at + match.len, *end = subject.at + subject.len;

		format_put(&output, span_of(subject.at, (size_t)(match.at - subject.at)));
		expand(&output, text, &groups);
		more = everywhere && rest < end;
		/* A match of nothing goes on behind the next byte. */
		if (more && !match.len)
			format_put(&output, span_of(rest++, 1));
		subject = span_of(rest, (size_t)(end - rest));
	}
	format_put(&output, subject);
	*len = (uint32_t)(output.at - out);
	return !output.full;
}
