/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process.c - which processes count, and when their number tells.
 *
 * As keepalived has it: the name is the kernel's, of 15 bytes, and compared whole.  As soon as the
 * file asks for arguments (some are written, param_match, full_command) the command line is
 * compared instead, its first word being the program: as it was started, or where the file names no
 * folder by its last part.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/process.h"
#include <string.h>

bool process_read_stat(struct process_stat *stat, const char *bytes, size_t len)
{
	const char *open = memchr(bytes, '(', len), *close = NULL;

	/* A name may hold brackets and blanks: it ends at the last bracket of all. */
	for (size_t i = 0; i < len; i++)
		if (bytes[i] == ')')
			close = bytes + i;
	if (!open || !close || close < open || bytes + len - close < 3 || close[1] != ' ')
		return false;
	*stat = (struct process_stat){
		.name = span_of(open + 1, (size_t)(close - open - 1)),
		.alive = !strchr("ZXx", close[2]),
	};
	return true;
}

bool process_needs_arguments(const struct vrrp_tracker *tracker)
{
	const char *first = vrrp_command_first(tracker->command);

	return tracker->full_command || tracker->match_given ||
	       (first && vrrp_command_next(first) != NULL);
}

/* The last part of a path. */
static const char *base_of(const char *word)
{
	const char *slash = strrchr(word, '/');

	return slash ? slash + 1 : word;
}

bool process_name_matches(const struct vrrp_tracker *tracker, struct span name)
{
	const char *wanted = vrrp_command_first(tracker->command);
	size_t len;

	if (!wanted)
		return false;
	/* A script goes by the name of its file, whoever reads it; ask its command line. */
	if (process_needs_arguments(tracker))
		return true;
	wanted = base_of(wanted);
	len = strlen(wanted);
	if (len > PROCESS_NAME_BYTES)
		len = PROCESS_NAME_BYTES;
	return name.len == len && memcmp(name.at, wanted, len) == 0;
}

/* The next argument of a command line; its NUL may have been cut off. */
static bool next_argument(struct span *rest, struct span *argument)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->at, '\0', rest->len);
	*argument = span_of(rest->at, end ? (size_t)(end - rest->at) : rest->len);
	*rest = end ? span_of(end + 1, rest->len - argument->len - 1) : span_of(rest->at, 0);
	return true;
}

static bool is_program(const char *wanted, struct span argument)
{
	struct span whole = argument;

	if (span_equal(span_of_string(wanted), whole))
		return true;
	if (strchr(wanted, '/'))
		return false;
	for (size_t i = 0; i < whole.len; i++)
		if (whole.at[i] == '/')
			argument = span_of(whole.at + i + 1, whole.len - i - 1);
	return span_equal(span_of_string(wanted), argument);
}

static bool begins_with(struct span argument, const char *wanted)
{
	size_t len = strlen(wanted);

	return argument.len >= len && memcmp(argument.at, wanted, len) == 0;
}

bool process_arguments_match(const struct vrrp_tracker *tracker, struct span line)
{
	const char *wanted = vrrp_command_first(tracker->command);
	bool only = wanted && !vrrp_command_next(wanted);
	struct span argument;

	if (!wanted || !next_argument(&line, &argument) || !is_program(wanted, argument))
		return false;
	/* Nothing but full_command: any arguments will do.  With param_match and no parameters:
	 * none.
	 */
	if (only)
		return !tracker->match_given || line.len == 0;
	while ((wanted = vrrp_command_next(wanted)) != NULL) {
		bool last = !vrrp_command_next(wanted);

		if (!next_argument(&line, &argument))
			return false;
		if (last && tracker->match == VRRP_MATCH_INITIAL)
			return begins_with(argument, wanted) && line.len == 0;
		if (!span_equal(span_of_string(wanted), argument))
			return false;
	}
	return tracker->match == VRRP_MATCH_PARTIAL || line.len == 0;
}

bool process_judge(struct process_verdict *verdict, const struct vrrp_tracker *tracker,
	uint32_t count, uint64_t now_us)
{
	bool enough = count >= tracker->minimum && count <= tracker->maximum;
	uint64_t delay_us = enough ? tracker->up_delay_us : tracker->down_delay_us;

	if (!verdict->known) {
		*verdict = (struct process_verdict){.known = true, .enough = enough};
		return true;
	}
	if (enough == verdict->enough) {
		verdict->turn_us = 0;
		return false;
	}
	if (verdict->turn_us == 0)
		verdict->turn_us = now_us + delay_us;
	if (now_us < verdict->turn_us)
		return false;
	*verdict = (struct process_verdict){.known = true, .enough = enough};
	return true;
}
