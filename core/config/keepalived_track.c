/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_track.c - what is watched, and who looks at it.
 *
 * vrrp_script, track_file and vrrp_track_process name something to watch; track_script,
 * track_file, track_process and track_interface within an instance or a group look at it, with a
 * weight of their own where one is written.  Names are resolved when everything has been read. */
#include "core/config/keepalived_reader.h"

#define AT(member)  offsetof(struct tracker_draft, row.member)
#define SHORTEST_US 10000

/* ---- the blocks ---- */

static struct names *names_of(struct vrrp_draft *draft, uint32_t kind)
{
	switch (kind) {
	case VRRP_TRACK_FILE:
		return &draft->file_names;
	case VRRP_TRACK_PROCESS:
		return &draft->process_names;
	default:
		return &draft->script_names;
	}
}

static struct tracker_draft *add_tracker(struct keepalived_reader *reader, const char *name)
{
	struct vrrp_draft *draft = reader->draft;
	struct tracker_draft *tracker = arena_alloc(reader->arena, sizeof(*tracker));

	memcpy(tracker->row.name, name, strlen(name) + 1);
	tracker->place = reader->place;
	tracker->row.interval_us = 1000000;
	tracker->row.rise = tracker->row.fall = 1;
	tracker->row.uid = tracker->row.gid = -1;
	tracker->row.minimum = 1;
	tracker->row.maximum = UINT32_MAX;
	*draft->trackers_tail = tracker;
	draft->trackers_tail = &tracker->next;
	draft->tracker_count++;
	return tracker;
}

/* vrrp_script, track_file and vrrp_track_process: `field` is the kind. */
void keepalived_read_script(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	static const uint32_t inside[] = {
		[VRRP_TRACK_SCRIPT] = IN_SCRIPT,
		[VRRP_TRACK_FILE] = IN_TRACK_FILE,
		[VRRP_TRACK_PROCESS] = IN_PROCESS,
	};
	struct vrrp_draft *draft = reader->draft;
	const char *name = keepalived_take(reader), *title = reader->title;
	struct names *names = names_of(draft, self->field);
	struct tracker_draft *tracker = names_find(names, name);
	const char *fault = NULL;
	uint32_t alerts = reader->alerts;

	if (!*name || strlen(name) >= VRRP_NAME_BYTES)
		fault = "expects a name, not too long";
	else if (draft->tracker_count == VRRP_TRACKERS_MAX)
		fault = "is one thing too many to watch";
	else if (tracker)
		fault = keepalived_format(reader, "'%s' is there already, at %s:%u", name,
			tracker->place.file, tracker->place.line);
	if (fault) {
		keepalived_alert(reader, "'%s' %s", self->name, fault);
		keepalived_skip_block(reader);
		return;
	}
	tracker = add_tracker(reader, name);
	tracker->row.kind = (uint8_t)self->field;
	tracker->row.weight = self->field == VRRP_TRACK_SCRIPT ? 0 : 1;
	names_add(names, reader->arena, tracker->row.name, tracker);
	tracker->faulty = true;
	if (!keepalived_open(reader, self->name))
		return;
	reader->tracker = tracker;
	reader->base = tracker;
	reader->title = keepalived_format(reader, "(%s) ", name);
	keepalived_read_block(reader, self->name, inside[self->field]);
	tracker->faulty = reader->alerts != alerts;
	reader->title = title;
	reader->tracker = NULL;
}

static void read_weight(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct tracker_draft *tracker = reader->tracker;
	int64_t weight;

	if (!keepalived_number(reader, self->name, self->min, self->max, &weight))
		return;
	tracker->row.weight = (int32_t)weight;
	tracker->row.reverse = keepalived_skip(reader, "reverse");
}

static void read_user(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	keepalived_user(reader, self->name, &reader->tracker->row.uid, &reader->tracker->row.gid);
}

static void read_init_file(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_tracker *row = &reader->tracker->row;
	int64_t value = 0;

	row->make_file = true;
	row->overwrite_file = keepalived_skip(reader, "overwrite");
	if (!keepalived_at_end(reader) &&
		!keepalived_number(reader, self->name, -2147483647, 2147483647, &value))
		return;
	row->file_value = (int32_t)value;
	row->overwrite_file |= keepalived_skip(reader, "overwrite");
}

static void read_match(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	reader->tracker->row.match_given = true;
	if (keepalived_skip(reader, "initial"))
		reader->tracker->row.match = VRRP_MATCH_INITIAL;
	else if (keepalived_skip(reader, "partial"))
		reader->tracker->row.match = VRRP_MATCH_PARTIAL;
	else if (!keepalived_at_end(reader)) {
		keepalived_alert(reader, "'%s' expects initial or partial (got '%s')", self->name,
			keepalived_peek(reader));
		keepalived_give_up(reader);
	}
}

static void read_delay(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	uint64_t us;

	if (!keepalived_seconds(reader, self->name, self->min, self->max, &us))
		return;
	reader->tracker->row.up_delay_us = reader->tracker->row.down_delay_us = us;
}

static const struct keepalived_word script_rows[] = {
	{"script", IN_SCRIPT, KEEPALIVED_ACTS, KEEPALIVED_LINE, keepalived_read_command_line, 0, 0,
		0, "COMMAND",
		"the command, run without a shell; what asks whether haproxy lives (killall -0, "
		"pidof, pgrep, systemctl is-active) is answered by torc itself and never run"},
	{"interval", IN_SCRIPT, KEEPALIVED_ACTS, KEEPALIVED_LINE, keepalived_read_seconds,
		AT(interval_us), SHORTEST_US, KEEPALIVED_SECONDS(4294), "SECONDS",
		"between two runs, 1 unless written; fractions are understood"},
	{"timeout", IN_SCRIPT, KEEPALIVED_ACTS, KEEPALIVED_LINE, keepalived_read_seconds,
		AT(timeout_us), SHORTEST_US, KEEPALIVED_SECONDS(4294), "SECONDS",
		"a run that takes longer is ended and has failed; the interval unless written"},
	{"weight", IN_SCRIPT, KEEPALIVED_ACTS, KEEPALIVED_LINE, read_weight, 0, -253, 253,
		"-253..253 [reverse]",
		"0: a failure puts instances into FAULT; above: added while all is well; below: "
		"taken off while not"},
	{"rise", IN_SCRIPT, KEEPALIVED_ACTS, KEEPALIVED_LINE, keepalived_read_count, AT(rise), 1,
		INT32_MAX, "COUNT", "successes in a row that count as one, 1 unless written"},
	{"fall", IN_SCRIPT, KEEPALIVED_ACTS, KEEPALIVED_LINE, keepalived_read_count, AT(fall), 1,
		INT32_MAX, "COUNT", "failures in a row that count as one, 1 unless written"},
	{"user", IN_SCRIPT, KEEPALIVED_ACTS, KEEPALIVED_LINE, read_user, 0, 0, 0, "USER [GROUP]",
		"who runs it, script_user unless written"},
	{"init_fail", IN_SCRIPT, KEEPALIVED_ACTS, KEEPALIVED_LINE, keepalived_read_flag,
		AT(init_fail), 0, 0, "", "has failed until the first result"},

	{"file", IN_TRACK_FILE, KEEPALIVED_ACTS, KEEPALIVED_LINE, keepalived_read_text, AT(path), 0,
		VRRP_PATH_BYTES, "PATH", "the file whose number is read when it changes"},
	{"weight", IN_TRACK_FILE, KEEPALIVED_ACTS, KEEPALIVED_LINE, read_weight, 0, -2147483647,
		2147483647, "NUMBER [reverse]",
		"what the number is multiplied by, 1 unless written; 0: any other number than 0 is "
		"a failure"},
	{"init_file", IN_TRACK_FILE, KEEPALIVED_ACTS, KEEPALIVED_LINE, read_init_file, 0, 0, 0,
		"[NUMBER] [overwrite]", "written at the start when there is no such file"},

	{"process", IN_PROCESS, KEEPALIVED_ACTS, KEEPALIVED_LINE, keepalived_read_process_line, 0,
		0, 0, "NAME [ARGUMENT]...",
		"the process to count; haproxy means the balancer itself"},
	{"param_match", IN_PROCESS, KEEPALIVED_ACTS, KEEPALIVED_LINE, read_match, 0, 0, 0,
		"[initial|partial]", "how its arguments are compared"},
	{"weight", IN_PROCESS, KEEPALIVED_ACTS, KEEPALIVED_LINE, read_weight, 0, -254, 254,
		"-254..254 [reverse]", "as a script's, 1 unless written"},
	{"quorum", IN_PROCESS, KEEPALIVED_ACTS, KEEPALIVED_LINE, keepalived_read_count, AT(minimum),
		1, 65535, "COUNT", "at least so many, 1 unless written"},
	{"quorum_max", IN_PROCESS, KEEPALIVED_ACTS, KEEPALIVED_LINE, keepalived_read_count,
		AT(maximum), 0, 65535, "COUNT", "at most so many"},
	{"fork_delay", IN_PROCESS, KEEPALIVED_ACTS, KEEPALIVED_LINE, keepalived_read_seconds,
		AT(up_delay_us), 0, KEEPALIVED_SECONDS(3600), "SECONDS",
		"from there to counted as there"},
	{"terminate_delay", IN_PROCESS, KEEPALIVED_ACTS, KEEPALIVED_LINE, keepalived_read_seconds,
		AT(down_delay_us), 0, KEEPALIVED_SECONDS(3600), "SECONDS",
		"from gone to counted as gone"},
	{"delay", IN_PROCESS, KEEPALIVED_ACTS, KEEPALIVED_LINE, read_delay, 0, 0,
		KEEPALIVED_SECONDS(3600), "SECONDS", "both of these"},
	{"full_command", IN_PROCESS, KEEPALIVED_ACTS, KEEPALIVED_LINE, keepalived_read_flag,
		AT(full_command), 0, 0, "", "the whole command line is compared"},
};

const struct keepalived_table keepalived_script_words = {
	"`vrrp_script`, `track_file`, `vrrp_track_process`", script_rows,
	KEEPALIVED_COUNT(script_rows)};

/* ---- the bindings ---- */

static struct draft_rows *bindings_at_hand(struct keepalived_reader *reader)
{
	return reader->instance ? &reader->instance->bindings : &reader->group->bindings;
}

static bool is_bound(const struct draft_rows *rows, const struct binding_draft *wanted)
{
	const struct binding_draft *bindings = rows->at;

	for (uint32_t i = 0; i < rows->count; i++) {
		if (bindings[i].kind == wanted->kind && strcmp(bindings[i].name, wanted->name) == 0)
			return true;
	}
	return false;
}

static void add_binding(struct keepalived_reader *reader, const struct binding_draft *binding)
{
	struct draft_rows *rows = bindings_at_hand(reader);
	struct binding_draft *row;

	if (is_bound(rows, binding)) {
		keepalived_warn(
			reader, "'%s' is tracked already: the first line holds", binding->name);
		return;
	}
	if (rows->count == VRRP_TRACKERS_MAX) {
		keepalived_alert(reader, "too many things are tracked by one");
		return;
	}
	row = draft_rows_add(reader->arena, rows, sizeof(*row));
	*row = *binding;
}

static bool read_binding_weight(
	struct keepalived_reader *reader, struct binding_draft *binding, int64_t limit)
{
	int64_t weight;

	if (!keepalived_skip(reader, "weight"))
		return true;
	if (!keepalived_number(reader, "weight", -limit, limit, &weight))
		return false;
	binding->weight = (int32_t)weight;
	binding->weight_given = true;
	if (keepalived_skip(reader, "reverse"))
		binding->reverse = binding->reverse_given = true;
	else if (keepalived_skip(reader, "noreverse") || keepalived_skip(reader, "no_reverse"))
		binding->reverse_given = true;
	return true;
}

/* track_interface, track_script, track_file, track_process: `field` is the kind, `max` bounds
 * the weight. */
void keepalived_read_bindings(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	const char *block = reader->block;

	if (!keepalived_open(reader, self->name))
		return;
	reader->block = self->name;
	while (keepalived_next_value(reader)) {
		struct binding_draft binding = {
			.kind = (uint8_t)self->field, .place = reader->place};
		const char *name = keepalived_take(reader);

		binding.name = keepalived_keep(reader, name);
		if (strlen(name) >= VRRP_NAME_BYTES ||
			(self->field == VRRP_TRACK_INTERFACE && strlen(name) >= IF_NAMESIZE)) {
			keepalived_alert(
				reader, "'%s' : the name '%.80s' is too long", self->name, name);
			continue;
		}
		if (!read_binding_weight(reader, &binding, self->max))
			continue;
		if (!keepalived_at_end(reader))
			keepalived_alert(reader,
				"'%s' : expected 'weight NUMBER [reverse]' behind '%s' (got '%s')",
				self->name, name, keepalived_peek(reader));
		else
			add_binding(reader, &binding);
	}
	reader->block = block;
}

/* track_backend NAME [min N] [weight W [reverse]] */
void keepalived_read_backend(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct binding_draft binding = {
		.kind = VRRP_TRACK_BACKEND, .minimum = 1, .place = reader->place};
	const char *name = keepalived_take(reader);
	int64_t minimum = 1;

	if (!*name || strlen(name) >= VRRP_NAME_BYTES) {
		keepalived_alert(reader, "'%s' expects the name of a backend", self->name);
		keepalived_give_up(reader);
		return;
	}
	binding.name = keepalived_keep(reader, name);
	if (keepalived_skip(reader, "min") &&
		!keepalived_number(reader, "min", 1, UINT32_MAX, &minimum))
		return;
	binding.minimum = (uint32_t)minimum;
	if (read_binding_weight(reader, &binding, 253))
		add_binding(reader, &binding);
}
