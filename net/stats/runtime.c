/* SPDX-License-Identifier: GPL-2.0-or-later */
/* runtime.c - the conversation on a stats socket.
 *
 * A line holds commands separated by semicolons.  Every answer ends with an empty line (or, after
 * `prompt`, with "> " on a line of its own).  Without a prompt the connection ends when every line
 * that came has been answered: `echo "show info" | socat` works, and so do several lines at once.
 *
 *      READ --a line--> SPLIT --a command--> ANSWER --all written--> END_OF_ANSWER --> SPLIT
 *       ^                 |                                                              |
 *       +---- no more ----+--------------------------------------------------------------+
 *
 * A line that ends in "<<" announces a payload, lines up to an empty one.  No command here takes
 * one, so they are read and the command is refused: were they taken for commands, a certificate
 * pasted by mistake would be executed line by line. */
#include "net/stats/command.h"
#include <assert.h>

enum step { STEP_READ, STEP_SPLIT, STEP_ANSWER, STEP_END_OF_ANSWER, STEP_ENDED };

static bool take_line(struct runtime *runtime);
static bool start_next_command(struct runtime *runtime, struct runtime_context *context);

void runtime_open(struct runtime *runtime, enum stats_level level, uint32_t timeout_ms)
{
	memset(runtime, 0, offsetof(struct runtime, input));
	runtime->level = level;
	runtime->timeout_ms = timeout_ms;
	runtime->step = STEP_READ;
}

char *runtime_room(struct runtime *runtime, uint32_t *room)
{
	*room = RUNTIME_INPUT_BYTES - runtime->input_len;
	return runtime->input + runtime->input_len;
}

void runtime_received(struct runtime *runtime, uint32_t len)
{
	assert(len <= RUNTIME_INPUT_BYTES - runtime->input_len);
	runtime->input_len += len;
}

bool runtime_is_waiting(const struct runtime *runtime)
{
	return runtime->step == STEP_ANSWER && runtime->job.deadline_ms > 0;
}

bool runtime_has_ended(const struct runtime *runtime)
{
	return runtime->step == STEP_ENDED;
}

void runtime_close(struct runtime *runtime, struct runtime_context *context)
{
	command_stop_asking(runtime, context);
}

/* What stands between answers. */
static bool end_answer(struct runtime *runtime, struct text *text)
{
	uint32_t mark = text->len;

	text_string(text, runtime->prompt ? "\n> " : "\n");
	return text_commit(text, mark);
}

uint32_t runtime_output(
	struct runtime *runtime, struct runtime_context *context, char *out, uint32_t capacity)
{
	struct text text = text_over(out, capacity);

	assert(capacity >= RUNTIME_OUTPUT_BYTES);
	for (;;) {
		switch ((enum step)runtime->step) {
		case STEP_READ:
			if (!take_line(runtime))
				return text.len;
			break;
		case STEP_SPLIT:
			if (!start_next_command(runtime, context))
				runtime->step = STEP_READ;
			break;
		case STEP_ANSWER:
			if (runtime->job.write(runtime, context, &text) != RUNTIME_FINISHED)
				return text.len;
			runtime->job.deadline_ms = 0;
			runtime->step = runtime->quit ? STEP_ENDED : STEP_END_OF_ANSWER;
			break;
		case STEP_END_OF_ANSWER:
			if (!end_answer(runtime, &text))
				return text.len;
			runtime->step = STEP_SPLIT;
			break;
		case STEP_ENDED:
			return text.len;
		}
	}
}

/* ---- lines ---- */

static bool ends_in_payload(const struct runtime *runtime)
{
	uint32_t len = runtime->line_len;

	return len >= 2 && runtime->line[len - 1] == '<' && runtime->line[len - 2] == '<';
}

/* Lines of a payload are dropped; the empty one after them has the command refused. */
static void take_payload_line(struct runtime *runtime)
{
	if (runtime->line_len > 0)
		return;
	runtime->refuse_payload = false;
	runtime->line_at = 1; /* the empty line is no command */
	command_say(runtime, "No command takes a payload.\n");
	runtime->step = STEP_ANSWER;
}

/* The next whole line becomes the one at hand.  False: none yet, or the conversation is over. */
static bool take_line(struct runtime *runtime)
{
	const char *end = memchr(runtime->input, '\n', runtime->input_len);
	uint32_t used;

	if (!end && runtime->input_len == RUNTIME_INPUT_BYTES) {
		command_say(runtime, "The line is too long.\n");
		runtime->quit = true;
		runtime->step = STEP_ANSWER;
		return true;
	}
	if (!end) {
		/* Everything that came was answered. */
		if (runtime->served && !runtime->prompt && !runtime->refuse_payload)
			runtime->step = STEP_ENDED;
		return false;
	}
	runtime->line_len = (uint32_t)(end - runtime->input);
	memcpy(runtime->line, runtime->input, runtime->line_len);
	used = runtime->line_len + 1;
	if (runtime->line_len && runtime->line[runtime->line_len - 1] == '\r')
		runtime->line_len--;
	runtime->line[runtime->line_len] = '\0';
	/* What follows a NUL is not text and is dropped. */
	runtime->line_len = (uint32_t)strlen(runtime->line);
	memmove(runtime->input, runtime->input + used, runtime->input_len - used);
	runtime->input_len -= used;
	runtime->served = true;
	runtime->line_at = 0;
	if (runtime->refuse_payload)
		take_payload_line(runtime);
	else if (ends_in_payload(runtime))
		runtime->refuse_payload = true;
	else
		runtime->step = STEP_SPLIT;
	return true;
}

/* ---- commands of a line ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

/* Ends the command at the first semicolon without a backslash before it and cuts it into words,
 * in place: a backslash takes the next character as it is.  Returns where the next one starts. */
static char *split_command(struct runtime *runtime, char *at)
{
	char *out = at;

	runtime->word_count = 0;
	while (*at && *at != ';') {
		char *word = out;
		bool more;

		while (is_space(*at))
			at++;
		if (!*at || *at == ';')
			break;
		for (; *at && *at != ';' && !is_space(*at); at++) {
			if (*at == '\\' && at[1])
				at++;
			*out++ = *at;
		}
		more = *at && *at != ';';
		at += more;
		if (runtime->word_count < RUNTIME_WORDS)
			runtime->words[runtime->word_count++] = word;
		if (!more) {
			char *next = *at ? at + 1 : at;

			*out = '\0';
			return next;
		}
		*out++ = '\0';
	}
	return *at ? at + 1 : at;
}

/* An empty line asks for help; empty commands beside others are nothing. */
static bool start_next_command(struct runtime *runtime, struct runtime_context *context)
{
	char *end = runtime->line + runtime->line_len;
	bool whole_line = runtime->line_at == 0;

	while (runtime->line_at < runtime->line_len || whole_line) {
		char *next = split_command(runtime, runtime->line + runtime->line_at);

		/* Words only ever move towards the start, so `next` is where reading stopped. */
		assert(next <= end);
		runtime->line_at = (uint32_t)(next - runtime->line);
		if (runtime->word_count == 0 &&
			!(whole_line && runtime->line_at >= runtime->line_len)) {
			whole_line = false;
			continue;
		}
		runtime->line_at += runtime->line_len == 0; /* the empty line is used up */
		runtime->words[runtime->word_count] = NULL;
		memset(&runtime->job, 0, offsetof(struct runtime_job, message));
		runtime->step = STEP_ANSWER;
		command_start(runtime, context);
		return true;
	}
	runtime->line_len = 0;
	return false;
}
