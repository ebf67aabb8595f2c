/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_text.c - files of keepalived's language as plain lines.
 *
 * Lines come from a stack of frames: a file, the lines of a definition of several lines, or a
 * ~SEQ that says its text once more.  The topmost frame gives the next line; a line may put a new
 * frame on top (an include, a use of such a definition, a ~SEQ), and an empty frame goes.  So
 * nothing recurses, and the depth has a number.
 *
 *   file -> physical line -> U+00A0, CR, comment -> @id? -> $NAME=? -> ~SEQ? -> $NAME -> include?
 *
 * A value may begin with `@`, `~` or `$` itself, so the middle part is done again after a
 * replacement.  Comments are gone before that: a `#` out of a value is text, as keepalived has it.
 *
 * The lines that definitions and sequences make are counted: a file of a hundred bytes can ask for
 * more lines than there are atoms. */
#include "core/config/keepalived_text.h"

#include "core/config/keepalived_include.h"
#include "core/config/keepalived_repeat.h"
#include <sys/utsname.h>

#define ROUNDS_MAX 100u /* how often a line may begin with the next @id, ~SEQ or $NAME= */

enum frame_kind { FRAME_FILE, FRAME_INCLUDE, FRAME_LINES, FRAME_REPEAT };

struct keepalived_frame {
	enum frame_kind kind;
	struct place place; /* of the line that was read last, or of the one that made this */
	const char *at, *end;
	struct keepalived_repeat repeat;
	/* file */
	const char *folder; /* of the file, with its slash, or "" */
	uint32_t include_check_before;
	bool warned;
	/* include: one file after the other is put on top of it */
	const struct config_file *files;
	uint32_t file_count;
	struct keepalived_frame *below;
};

#define SAY(text, kind, ...)                                                                       \
	config_message((text)->config, MESSAGE_##kind, (text)->place, __VA_ARGS__)

static const char *host_label(struct arena *arena)
{
	struct utsname name;

	if (uname(&name) < 0)
		return "";
	return arena_copy(arena, name.nodename, strcspn(name.nodename, "."));
}

void keepalived_text_init(
	struct keepalived_text *text, struct config *config, const struct config_source *source)
{
	*text = (struct keepalived_text){
		.config = config, .arena = &config->arena, .machine = source->machine};
	text->config_id = source->config_id ? source->config_id : host_label(text->arena);
	text->definitions.instance = text->config_id;
	text->line = arena_alloc(text->arena, KEEPALIVED_LINE_BYTES);
}

void keepalived_text_give_up(struct keepalived_text *text, const char *why)
{
	SAY(text, ALERT, "%s: nothing more is read", why);
	text->gave_up = true;
}

static struct keepalived_frame *push(struct keepalived_text *text, enum frame_kind kind)
{
	struct keepalived_frame *frame;

	if (text->frame_count == KEEPALIVED_FRAMES_MAX) {
		keepalived_text_give_up(
			text, "definitions, sequences and includes nest too deeply");
		return NULL;
	}
	frame = arena_alloc(text->arena, sizeof(*frame));
	frame->kind = kind;
	frame->place = text->place;
	frame->below = text->top;
	text->top = frame;
	text->frame_count++;
	return frame;
}

static void enter_folder(struct keepalived_text *text)
{
	const struct keepalived_frame *frame = text->top;

	while (frame && frame->kind != FRAME_FILE)
		frame = frame->below;
	text->definitions.folder = "";
	if (frame) {
		size_t len = strlen(frame->folder);

		/* ${_PWD} has no slash at its end. */
		text->definitions.folder =
			len ? arena_copy(text->arena, frame->folder, len - (len > 1)) : ".";
	}
}

static void pop(struct keepalived_text *text)
{
	struct keepalived_frame *frame = text->top;

	text->top = frame->below;
	text->frame_count--;
	text->include_depth -= frame->kind == FRAME_INCLUDE;
	if (frame->kind != FRAME_FILE)
		return;
	text->include_check = frame->include_check_before;
	enter_folder(text);
}

/* Editors of another system begin a file with U+FEFF. */
static const char *behind_mark(const char *at, const char *end)
{
	return end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0 ? at + 3 : at;
}

void keepalived_text_open(struct keepalived_text *text, const struct config_file *file)
{
	const char *slash = strrchr(file->name, '/');
	struct keepalived_frame *frame = push(text, FRAME_FILE);

	if (!frame)
		return;
	frame->place = (struct place){file->name, 0};
	frame->end = file->bytes + file->len;
	frame->at = behind_mark(file->bytes, frame->end);
	frame->folder =
		arena_copy(text->arena, file->name, slash ? (size_t)(slash - file->name) + 1 : 0);
	frame->include_check_before = text->include_check;
	enter_folder(text);
}

/* ---- a line of a file ---- */

/* Copies a line without the carriage return at its end, and reads U+00A0 as a space: copied from
 * a web page, it looks like one. */
static bool copy_line(
	struct keepalived_text *text, struct keepalived_frame *frame, struct span physical)
{
	char *out = text->line;
	uint32_t len = 0;

	if (physical.len >= KEEPALIVED_LINE_BYTES) {
		SAY(text, ALERT, "line too long, limit: %u.", KEEPALIVED_LINE_BYTES - 1);
		return false;
	}
	if (physical.len && memchr(physical.at, '\0', physical.len)) {
		SAY(text, ALERT, "NUL byte in the line: this is no text file, or a damaged one.");
		return false;
	}
	for (uint32_t i = 0; i < physical.len; i++) {
		if (i + 1 < physical.len && physical.at[i] == '\xc2' &&
			physical.at[i + 1] == '\xa0') {
			out[len++] = ' ';
			i++;
			if (!frame->warned)
				SAY(text, WARNING,
					"no-break space (U+00A0) read as a space; this is the "
					"first one of the file.");
			frame->warned = true;
		} else if (physical.at[i] == '\r' || physical.at[i] == '\f' ||
			   physical.at[i] == '\v') {
			/* keepalived takes these for blanks. */
			out[len++] = ' ';
		} else {
			out[len++] = physical.at[i];
		}
	}
	out[len] = '\0';
	return true;
}

/* Takes away a comment and the blanks at both ends; `\#` and `\!` are the characters themselves.
 * Within double quotes nothing begins a comment, and a backslash takes the meaning of any
 * character behind it.  One at the end of the line, which continues a definition, outlives a
 * comment before it. */
static bool strip(struct keepalived_text *text)
{
	char *from = text->line + strspn(text->line, " \t"), *out = text->line;
	bool quoted = false, continued = false;

	for (; *from; from++) {
		if (*from == '\\' && from[1]) {
			if (quoted || (from[1] != '#' && from[1] != '!'))
				*out++ = *from;
			from++;
		} else if (*from == '"') {
			quoted = !quoted;
		} else if (!quoted && (*from == '#' || *from == '!')) {
			continued = from[strlen(from) - 1] == '\\';
			break;
		}
		*out++ = *from;
	}
	while (out > text->line && (out[-1] == ' ' || out[-1] == '\t'))
		out--;
	if (continued)
		*out++ = '\\';
	*out = '\0';
	if (quoted)
		SAY(text, ALERT, "a quote is not closed: '%.60s'", text->line);
	return !quoted;
}

static bool file_line(struct keepalived_text *text, struct keepalived_frame *frame)
{
	const char *feed;
	struct span physical;

	if (frame->at >= frame->end)
		return false;
	feed = memchr(frame->at, '\n', (size_t)(frame->end - frame->at));
	physical = span_of(frame->at, (size_t)((feed ? feed : frame->end) - frame->at));
	frame->at = feed ? feed + 1 : frame->end;
	frame->place.line++;
	text->place = frame->place;
	if (!copy_line(text, frame, physical) || !strip(text))
		*text->line = '\0';
	return true;
}

/* ---- lines that were made ---- */

static bool count_made(struct keepalived_text *text, size_t len)
{
	text->made_lines++;
	text->made_bytes += (uint32_t)len;
	if (text->made_lines <= KEEPALIVED_MADE_LINES_MAX &&
		text->made_bytes <= KEEPALIVED_MADE_BYTES_MAX)
		return true;
	keepalived_text_give_up(text, "definitions and sequences make too many lines");
	return false;
}

static bool made_line(struct keepalived_text *text, const char *at, size_t len)
{
	if (!count_made(text, len))
		return false;
	memcpy(text->line, at, len);
	text->line[len] = '\0';
	return true;
}

static bool definition_line(struct keepalived_text *text, struct keepalived_frame *frame)
{
	const char *feed, *from = frame->at;
	size_t len;

	if (frame->at >= frame->end)
		return false;
	feed = memchr(from, '\n', (size_t)(frame->end - from));
	len = (size_t)((feed ? feed : frame->end) - from);
	frame->at = feed ? feed + 1 : frame->end;
	text->place = frame->place;
	return made_line(text, from, len);
}

static bool repeated_line(struct keepalived_text *text, struct keepalived_frame *frame)
{
	text->place = frame->place;
	if (!keepalived_repeat_next(&frame->repeat, text->arena, &text->definitions))
		return false;
	return made_line(text, frame->repeat.text, strlen(frame->repeat.text));
}

/* The next line, whatever it is, in text->line.  False: there is none. */
static bool take_line(struct keepalived_text *text)
{
	while (text->top && !text->gave_up) {
		struct keepalived_frame *frame = text->top;
		bool taken = false;

		switch (frame->kind) {
		case FRAME_FILE:
			taken = file_line(text, frame);
			break;
		case FRAME_INCLUDE:
			if (!frame->file_count)
				break;
			frame->file_count--;
			keepalived_text_open(text, frame->files++);
			continue;
		case FRAME_LINES:
			taken = definition_line(text, frame);
			break;
		case FRAME_REPEAT:
			taken = repeated_line(text, frame);
			break;
		}
		if (taken)
			return true;
		pop(text);
	}
	return false;
}

/* ---- what a line asks of the text ---- */

/* "@main priority 101" and "@^main ...": false when the line is not for us. */
static bool condition_holds(const struct keepalived_text *text)
{
	bool negated = text->line[1] == '^';
	char *id = text->line + 1 + negated;
	size_t len = strcspn(id, " \t");
	bool equal = strlen(text->config_id) == len && memcmp(id, text->config_id, len) == 0;

	if (equal == negated || !id[len])
		return false;
	id += len + strspn(id + len, " \t");
	memmove(text->line, id, strlen(id) + 1);
	return true;
}

/* Cuts the backslash that says "more to come", and the blanks before it. */
static bool cut_continuation(const char *line, size_t *len)
{
	if (!*len || line[*len - 1] != '\\')
		return false;
	--*len;
	while (*len && (line[*len - 1] == ' ' || line[*len - 1] == '\t'))
		--*len;
	return true;
}

/* Text that grows by lines. */
struct growing {
	char *bytes;
	size_t used, room;
};

static void add_line(struct arena *arena, struct growing *growing, const char *line, size_t len)
{
	if (!len)
		return;
	if (growing->used + len + 1 > growing->room) {
		char *larger;

		while (growing->used + len + 1 > growing->room)
			growing->room = growing->room ? growing->room * 2 : 1024;
		larger = arena_alloc(arena, growing->room);
		if (growing->used)
			memcpy(larger, growing->bytes, growing->used);
		growing->bytes = larger;
	}
	if (growing->used)
		growing->bytes[growing->used++] = '\n';
	memcpy(growing->bytes + growing->used, line, len);
	growing->used += len;
}

/* $NAME=value; a backslash at its end adds the next line, up to one without. */
static bool take_definition(struct keepalived_text *text)
{
	struct span line = span_of(text->line, strlen(text->line)), name, value;
	struct keepalived_definition *definition;
	struct growing lines = {0};
	size_t len;

	if (!keepalived_is_definition(line, &name, &value))
		return false;
	definition = keepalived_define(&text->definitions, text->arena, name, value);
	len = value.len;
	if (!cut_continuation(value.at, &len))
		return true;
	add_line(text->arena, &lines, value.at, len);
	for (bool more = true; more && take_line(text);) {
		len = strlen(text->line);
		more = cut_continuation(text->line, &len);
		add_line(text->arena, &lines, text->line, len);
	}
	definition->value = span_of(lines.bytes ? lines.bytes : "", lines.used);
	definition->several_lines = true;
	return true;
}

static void take_repeat(struct keepalived_text *text)
{
	struct keepalived_repeat repeat;
	struct keepalived_frame *frame;
	const char *fault =
		keepalived_repeat_read(&repeat, text->arena, &text->definitions, text->line);

	if (fault) {
		SAY(text, ALERT, "'%.60s' : %s", text->line, fault);
		return;
	}
	frame = push(text, FRAME_REPEAT);
	if (frame)
		frame->repeat = repeat;
}

/* False: the line cannot be used.  *changed: it is another one now. */
static bool replace(struct keepalived_text *text, bool *changed)
{
	struct keepalived_rest rest;

	*changed = false;
	switch (keepalived_replace(&text->definitions, text->line, &rest)) {
	case KEEPALIVED_UNCHANGED:
		return true;
	case KEEPALIVED_REPLACED:
		break;
	case KEEPALIVED_TOO_LONG:
		SAY(text, ALERT, "the line is too long once its parameters are replaced, limit: %u",
			KEEPALIVED_LINE_BYTES - 1);
		return false;
	case KEEPALIVED_ENDLESS:
		SAY(text, ALERT,
			"a parameter of the line names itself: '%.60s' is replaced for ever",
			text->line);
		return false;
	case KEEPALIVED_NOT_AT_HAND:
		SAY(text, ALERT,
			"${_RANDOM} is not available: a configuration that says something else "
			"each "
			"time it is read cannot be checked");
		return false;
	}
	*changed = true;
	for (uint32_t i = 0; i < rest.count; i++) {
		struct keepalived_frame *frame = push(text, FRAME_LINES);

		if (!frame)
			return false;
		frame->at = rest.lines[i].at;
		frame->end = rest.lines[i].at + rest.lines[i].len;
	}
	return true;
}

static void take_include(struct keepalived_text *text, const struct keepalived_include *include)
{
	struct keepalived_frame *frame = text->top;
	const struct config_file *files;
	const char *folder = "";
	uint32_t count;

	while (frame && frame->kind != FRAME_FILE)
		frame = frame->below;
	if (frame)
		folder = frame->folder;
	if (text->include_depth == KEEPALIVED_INCLUDE_DEPTH) {
		keepalived_text_give_up(text, "files include each other without end");
		return;
	}
	count = keepalived_include_find(text, include, folder, &files);
	if (text->gave_up || !count)
		return;
	frame = push(text, FRAME_INCLUDE);
	if (!frame)
		return;
	frame->files = files;
	frame->file_count = count;
	text->include_depth++;
}

/* Does the line at hand go to the reader?  Else it was for us. */
static bool understand(struct keepalived_text *text)
{
	struct keepalived_include include;

	for (uint32_t round = 0; round < ROUNDS_MAX; round++) {
		char *line = text->line + strspn(text->line, " \t");
		bool changed = false;

		memmove(text->line, line, strlen(line) + 1);
		if (!*text->line)
			return false;
		if (*text->line == '@') {
			if (!condition_holds(text))
				return false;
			continue;
		}
		if (*text->line == '$' && take_definition(text))
			return false;
		if (*text->line == '~') {
			take_repeat(text);
			return false;
		}
		if (!replace(text, &changed))
			return false;
		if (changed)
			continue;
		if (!keepalived_is_include(text, text->line, &include))
			return true;
		take_include(text, &include);
		return false;
	}
	SAY(text, ALERT, "too many conditions and parameters in one line");
	return false;
}

char *keepalived_text_next(struct keepalived_text *text)
{
	while (take_line(text)) {
		if (understand(text))
			return text->line;
	}
	return NULL;
}

/* ---- which language is this? ---- */

static bool is_space(const char *at, const char *end, uint32_t *bytes)
{
	if (end - at >= 2 && at[0] == '\xc2' && at[1] == '\xa0') {
		*bytes = 2;
		return true;
	}
	*bytes = 1;
	return *at == ' ' || (*at >= '\t' && *at <= '\r');
}

static const char *skip_to_word(const char *at, const char *end)
{
	uint32_t bytes;

	while (at < end) {
		if (is_space(at, end, &bytes)) {
			at += bytes;
		} else if (*at == '#' || *at == '!') {
			at = memchr(at, '\n', (size_t)(end - at));
			if (!at)
				return end;
		} else {
			break;
		}
	}
	return at;
}

/* A brace on the first word's line, or the first thing behind it. */
static bool brace_follows(const char *at, const char *end)
{
	const char *feed = memchr(at, '\n', (size_t)(end - at));

	while (at < end) {
		at = skip_to_word(at, end);
		if (at >= end || *at == '{')
			return at < end;
		if (feed && at > feed)
			return false;
		at++;
	}
	return false;
}

struct span keepalived_first_word(struct span bytes, bool *opens)
{
	const char *end = bytes.at + bytes.len, *start, *at;
	uint32_t skipped;

	*opens = false;
	if (!bytes.len)
		return (struct span){0};
	at = start = skip_to_word(behind_mark(bytes.at, end), end);
	while (at < end && !is_space(at, end, &skipped) && *at != '{' && *at != '#')
		at++;
	*opens = brace_follows(at, end);
	return span_of(start, (size_t)(at - start));
}
