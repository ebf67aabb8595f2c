/* SPDX-License-Identifier: GPL-2.0-or-later */
/* module_index.c - depmod's text files, searched as they lie there.
 *
 * Some ten thousand patterns, asked for each of the forty kinds of devices of a small machine.  The
 * image builder has sorted them, and a pattern is mostly letters: so the lines that share a
 * device's first letters are one stretch of the file, which a binary search finds; it is narrowed
 * letter by letter, and only those lines are compared in full whose pattern has its first wildcard
 * there.  The binary indexes that modprobe reads would save that and cost a format. */
#include "appliance/init/module_index.h"

#include <string.h>

/* The line at *rest without its line feed, which is cut off *rest. */
static bool next_line(struct span *rest, struct span *line)
{
	const char *end;

	if (!rest->len)
		return false;
	end = memchr(rest->at, '\n', rest->len);
	*line = span_of(rest->at, end ? (size_t)(end - rest->at) : rest->len);
	*rest = span_of(
		rest->at + line->len + (end ? 1 : 0), rest->len - line->len - (end ? 1 : 0));
	return true;
}

/* The word at the beginning of *line, which is cut off with the blanks around it. */
static struct span next_word(struct span *line)
{
	struct span word;

	while (line->len && *line->at == ' ')
		*line = span_of(line->at + 1, line->len - 1);
	word = span_of(line->at, 0);
	while (word.len < line->len && line->at[word.len] != ' ')
		word.len++;
	*line = span_of(line->at + word.len, line->len - word.len);
	return word;
}

/* ---- patterns ---- */

/* The set that begins behind '[' at *at; moves it behind ']'. */
static bool in_set(struct span pattern, uint32_t *at, char wanted)
{
	bool found = false;

	while (*at < pattern.len && pattern.at[*at] != ']') {
		char first = pattern.at[*at], last = first;

		if (*at + 2 < pattern.len && pattern.at[*at + 1] == '-' &&
			pattern.at[*at + 2] != ']') {
			last = pattern.at[*at + 2];
			*at += 2;
		}
		found |= wanted >= first && wanted <= last;
		++*at;
	}
	if (*at < pattern.len)
		++*at;
	return found;
}

/* The usual two-finger walk: at a mismatch the last star takes one character more. */
bool module_pattern_matches(struct span pattern, const char *text)
{
	uint32_t at = 0, star = UINT32_MAX;
	const char *retry = NULL;

	for (;;) {
		uint32_t next = at + 1;
		bool fits;

		if (at < pattern.len && pattern.at[at] == '*') {
			star = at++;
			retry = text;
			continue;
		}
		if (!*text && at == pattern.len)
			return true;
		if (at == pattern.len || !*text)
			fits = false;
		else if (pattern.at[at] == '[')
			fits = in_set(pattern, &next, *text);
		else
			fits = pattern.at[at] == '?' || pattern.at[at] == *text;
		if (fits) {
			at = next;
			text++;
			continue;
		}
		if (star == UINT32_MAX || !*retry)
			return false;
		at = star + 1;
		text = ++retry;
	}
}

/* ---- the sorted list ---- */

#define PATTERN_AT (sizeof("alias ") - 1)

/* Lines [from, to) of the list, as offsets; both are beginnings of lines. */
struct stretch {
	uint32_t from, to;
};

/* What stands `depth` characters into the pattern of the line at `at`: a line feed where the line
 * is shorter. */
static unsigned char letter_at(struct span list, uint32_t at, uint32_t depth)
{
	uint32_t place = at + (uint32_t)PATTERN_AT + depth;

	for (; at < place && at < list.len && list.at[at] != '\n'; at++)
		;
	return at < list.len ? (unsigned char)list.at[at] : '\n';
}

static uint32_t line_before(struct span list, uint32_t at, uint32_t from)
{
	while (at > from && list.at[at - 1] != '\n')
		at--;
	return at;
}

static uint32_t line_behind(struct span list, uint32_t at)
{
	const char *end = memchr(list.at + at, '\n', list.len - at);

	return end ? (uint32_t)(end - list.at) + 1 : list.len;
}

/* The first line of the stretch whose letter at `depth` is at least `least`; they share all before
 * it, so that the letters are sorted. */
static uint32_t first_line(struct span list, struct stretch stretch, uint32_t depth, unsigned least)
{
	while (stretch.from < stretch.to) {
		uint32_t middle = line_before(
			list, stretch.from + (stretch.to - stretch.from) / 2, stretch.from);

		if (letter_at(list, middle, depth) < least)
			stretch.from = line_behind(list, middle);
		else
			stretch.to = middle;
	}
	return stretch.from;
}

static struct stretch narrow(
	struct span list, struct stretch stretch, uint32_t depth, unsigned char letter)
{
	uint32_t from = first_line(list, stretch, depth, letter);

	return (struct stretch){
		from, first_line(list, (struct stretch){from, stretch.to}, depth, letter + 1u)};
}

void module_index_match(const struct module_index *index, const char *modalias,
	void (*found)(void *owner, struct span module), void *owner)
{
	/* A blank: the pattern's end. */
	static const unsigned char ends[] = {'*', '?', '[', ' '};
	struct span list = index->aliases;
	struct stretch rest = {0, list.len};

	for (uint32_t depth = 0; rest.from < rest.to; depth++) {
		for (size_t i = 0; i < sizeof(ends); i++) {
			struct stretch ending = narrow(list, rest, depth, ends[i]);
			struct span lines = span_of(list.at + ending.from, ending.to - ending.from);
			struct span line, pattern;

			while (next_line(&lines, &line)) {
				next_word(&line);
				pattern = next_word(&line);
				if (module_pattern_matches(pattern, modalias))
					found(owner, next_word(&line));
			}
		}
		if (!modalias[depth] || memchr(ends, modalias[depth], sizeof(ends)))
			break;
		rest = narrow(list, rest, depth, (unsigned char)modalias[depth]);
	}
}

/* ---- names and files ---- */

bool module_names_equal(struct span a, struct span b)
{
	if (a.len != b.len)
		return false;
	for (uint32_t i = 0; i < a.len; i++) {
		char left = a.at[i] == '-' ? '_' : a.at[i];
		char right = b.at[i] == '-' ? '_' : b.at[i];

		if (left != right)
			return false;
	}
	return true;
}

struct span module_name_of_path(struct span path)
{
	const char *dot;
	uint32_t start = path.len;

	while (start && path.at[start - 1] != '/')
		start--;
	path = span_of(path.at + start, path.len - start);
	dot = path.len ? memchr(path.at, '.', path.len) : NULL;
	return dot ? span_of(path.at, (size_t)(dot - path.at)) : path;
}

bool module_can_wait(struct span path)
{
	/* Keys and buttons, dogs, sensors' buses, clocks, faster sums (what needs one asks for it
	 * by name). */
	static const struct span folders[] = {SPAN("kernel/arch/"), SPAN("kernel/crypto/"),
		SPAN("kernel/drivers/acpi/"), SPAN("kernel/drivers/char/ipmi/"),
		SPAN("kernel/drivers/hid/"), SPAN("kernel/drivers/i2c/"),
		SPAN("kernel/drivers/input/"), SPAN("kernel/drivers/mfd/"),
		SPAN("kernel/drivers/misc/"), SPAN("kernel/drivers/ptp/"),
		SPAN("kernel/drivers/watchdog/")};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (path.len > folders[i].len &&
			memcmp(path.at, folders[i].at, folders[i].len) == 0)
			return true;
	}
	return false;
}

uint32_t module_index_files(const struct module_index *index, struct span name,
	struct span files[MODULE_DEPENDENCIES_MAX])
{
	struct span rest = index->dependencies, line;

	while (next_line(&rest, &line)) {
		const char *colon = line.len ? memchr(line.at, ':', line.len) : NULL;
		uint32_t count = 0;
		struct span own;

		if (!colon)
			continue;
		own = span_of(line.at, (size_t)(colon - line.at));
		if (!module_names_equal(module_name_of_path(own), name))
			continue;
		line = span_of(colon + 1, line.len - own.len - 1);
		files[count++] = own;
		/* depmod lists what is needed first at the end. */
		for (struct span word = next_word(&line); word.len; word = next_word(&line)) {
			if (count == MODULE_DEPENDENCIES_MAX)
				return 0;
			files[count++] = word;
		}
		for (uint32_t i = 0; i < count / 2; i++) {
			struct span other = files[i];

			files[i] = files[count - 1 - i];
			files[count - 1 - i] = other;
		}
		return count;
	}
	return 0;
}

uint32_t module_index_before(
	const struct module_index *index, struct span name, struct span before[MODULE_SOFT_MAX])
{
	struct span rest = index->soft, line;
	uint32_t count = 0;

	while (next_line(&rest, &line)) {
		bool pre = false;

		if (!span_equal(next_word(&line), SPAN("softdep")) ||
			!module_names_equal(next_word(&line), name))
			continue;
		for (struct span word = next_word(&line); word.len; word = next_word(&line)) {
			if (word.at[word.len - 1] == ':')
				pre = span_equal(word, SPAN("pre:"));
			else if (pre && count < MODULE_SOFT_MAX)
				before[count++] = word;
		}
	}
	return count;
}
