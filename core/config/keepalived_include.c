/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_include.c - which files an include means.
 *
 * `include` itself never was an error in keepalived, whatever it found; the words with a letter
 * behind it and include_check made it one.  Here a plain include that finds nothing is worth a
 * warning unless it is a pattern, which is how people write a folder that may be empty. */
#include "core/config/keepalived_include.h"

#include "core/config/keepalived_text.h"
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define INCLUDE_BYTES_MAX (16u << 20)

#define SAY(text, kind, ...)                                                                       \
	config_message((text)->config, MESSAGE_##kind, (text)->place, __VA_ARGS__)

static const struct {
	const char *word;
	uint32_t check;
} includes[] = {
	{"include", 0},
	{"includer", KEEPALIVED_INCLUDE_READABLE},
	{"includem", KEEPALIVED_INCLUDE_READABLE | KEEPALIVED_INCLUDE_MATCH},
	{"includew", KEEPALIVED_INCLUDE_READABLE | KEEPALIVED_INCLUDE_WILDCARD},
	{"includeb", KEEPALIVED_INCLUDE_READABLE | KEEPALIVED_INCLUDE_BRACE},
	{"includea", KEEPALIVED_INCLUDE_ALL},
};

bool keepalived_is_include(
	struct keepalived_text *text, const char *line, struct keepalived_include *include)
{
	size_t len = strcspn(line, " \t\"");

	for (size_t i = 0; i < sizeof(includes) / sizeof(includes[0]); i++) {
		const char *at = line + len + strspn(line + len, " \t");
		bool quoted = *at == '"';
		size_t pattern_len;

		if (strlen(includes[i].word) != len || memcmp(line, includes[i].word, len) != 0)
			continue;
		at += quoted;
		pattern_len = strcspn(at, quoted ? "\"" : " \t");
		/* More than one word: not an include, and no known word either. */
		if (!pattern_len || at[pattern_len + quoted])
			return false;
		include->word = includes[i].word;
		include->check = includes[i].check | text->include_check;
		include->pattern = arena_copy(text->arena, at, pattern_len);
		return true;
	}
	return false;
}

/* ---- the real machine ---- */

static uint32_t match_files(struct arena *arena, const char *pattern, const char *const **paths)
{
	glob_t found = {0};
	const char **copies = NULL;
	uint32_t count = 0;

	if (glob(pattern, GLOB_MARK | GLOB_BRACE, NULL, &found) == 0) {
		copies = arena_alloc(arena, found.gl_pathc * sizeof(*copies));
		for (size_t i = 0; i < found.gl_pathc; i++) {
			size_t len = strlen(found.gl_pathv[i]);

			/* Marked with a slash: a folder. */
			if (len && found.gl_pathv[i][len - 1] != '/')
				copies[count++] = arena_copy(arena, found.gl_pathv[i], len);
		}
	}
	globfree(&found);
	*paths = copies;
	return count;
}

static bool read_file(struct arena *arena, const char *path, struct config_file *file)
{
	struct stat status;
	FILE *in = fopen(path, "re");
	char *bytes;
	bool whole;

	if (!in)
		return false;
	if (fstat(fileno(in), &status) < 0 || !S_ISREG(status.st_mode) ||
		status.st_size > (off_t)INCLUDE_BYTES_MAX) {
		errno = S_ISREG(status.st_mode) ? EFBIG : EINVAL;
		fclose(in);
		return false;
	}
	bytes = arena_alloc(arena, (size_t)status.st_size + 1);
	file->len = fread(bytes, 1, (size_t)status.st_size, in);
	file->bytes = bytes;
	whole = !ferror(in);
	if (!whole)
		errno = EIO;
	fclose(in);
	return whole;
}

bool keepalived_read_file(struct keepalived_text *text, const char *path, struct config_file *file)
{
	const struct config_machine *machine = text->machine;

	file->name = path;
	return machine && machine->read_file ? machine->read_file(text->arena, path, file)
					     : read_file(text->arena, path, file);
}

/* ---- what is found ---- */

static const char *whole_pattern(struct arena *arena, const char *folder, const char *pattern)
{
	size_t folder_len = strlen(folder), len = strlen(pattern);
	char *whole;

	if (*pattern == '/')
		return pattern;
	whole = arena_alloc(arena, folder_len + len + 1);
	memcpy(whole, folder, folder_len);
	memcpy(whole + folder_len, pattern, len + 1);
	return whole;
}

static void complain_of_none(struct keepalived_text *text, const struct keepalived_include *include)
{
	bool wildcard = strpbrk(include->pattern, "*?[") != NULL;
	bool brace = strchr(include->pattern, '{') != NULL;
	uint32_t error = wildcard ? KEEPALIVED_INCLUDE_WILDCARD
			 : brace  ? KEEPALIVED_INCLUDE_BRACE
				  : KEEPALIVED_INCLUDE_MATCH;

	if (include->check & error)
		SAY(text, ALERT, "'%s %s' : no file matches", include->word, include->pattern);
	else if (!wildcard && !brace)
		SAY(text, WARNING, "'%s %s' : there is no such file", include->word,
			include->pattern);
}

static bool account(struct keepalived_text *text, const struct config_file *file)
{
	text->include_count++;
	text->included_bytes += file->len;
	if (text->include_count <= KEEPALIVED_INCLUDES_MAX &&
		text->included_bytes <= KEEPALIVED_INCLUDED_MAX)
		return true;
	keepalived_text_give_up(text, "more is included than can be");
	return false;
}

uint32_t keepalived_include_find(struct keepalived_text *text,
	const struct keepalived_include *include, const char *folder,
	const struct config_file **files)
{
	const struct config_machine *machine = text->machine;
	const char *pattern = whole_pattern(text->arena, folder, include->pattern);
	const char *const *paths = NULL;
	struct config_file *found;
	uint32_t count, read = 0;

	count = machine && machine->match_files ? machine->match_files(text->arena, pattern, &paths)
						: match_files(text->arena, pattern, &paths);
	if (!count)
		complain_of_none(text, include);
	found = arena_alloc(text->arena, (count + 1) * sizeof(*found));
	for (uint32_t i = 0; i < count && !text->gave_up; i++) {
		struct config_file *file = &found[read];

		if (keepalived_read_file(text, paths[i], file))
			read += account(text, file);
		else if (include->check & KEEPALIVED_INCLUDE_READABLE)
			SAY(text, ALERT, "'%s' cannot be read: %s", paths[i], strerror(errno));
		else
			SAY(text, WARNING, "'%s' cannot be read and is passed over: %s", paths[i],
				strerror(errno));
	}
	*files = found;
	return read;
}
