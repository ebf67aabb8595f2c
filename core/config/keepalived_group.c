/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_group.c - vrrp_sync_group and garp_group.
 *
 * A sync group holds virtual routers together: they are master on one machine or on the other,
 * never half here and half there.  keepalived switches the weights of its members' trackers off;
 * torc adds them up for the group, so that a weight means the same inside of one and outside. */
#include "core/config/keepalived_reader.h"

static struct group_draft *add_group(struct keepalived_reader *reader, const char *name)
{
	struct vrrp_draft *draft = reader->draft;
	struct group_draft *group = arena_alloc(reader->arena, sizeof(*group));

	memcpy(group->row.name, name, strlen(name) + 1);
	keepalived_notify_init(&group->row.notify);
	group->switches = (struct switch_draft){UNSET, UNSET, UNSET, UNSET, UNSET, UNSET, UNSET};
	group->place = reader->place;
	group->index = draft->group_count++;
	names_add(&draft->group_names, reader->arena, group->row.name, group);
	*draft->groups_tail = group;
	draft->groups_tail = &group->next;
	return group;
}

void keepalived_read_group(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	const char *name = keepalived_take(reader), *title = reader->title;
	struct group_draft *group = names_find(&reader->draft->group_names, name);
	const char *fault = NULL;
	uint32_t alerts = reader->alerts;

	if (!*name || strlen(name) >= VRRP_NAME_BYTES)
		fault = "expects a name, not too long";
	else if (group)
		fault = keepalived_format(reader, "'%s' is there already, at %s:%u", name,
			group->place.file, group->place.line);
	else if (reader->draft->group_count == VRRP_INSTANCES_MAX)
		fault = "is one too many";
	if (fault) {
		keepalived_alert(reader, "'%s' %s", self->name, fault);
		keepalived_skip_block(reader);
		return;
	}
	group = add_group(reader, name);
	group->faulty = true;
	if (!keepalived_open(reader, self->name))
		return;
	reader->group = group;
	reader->base = group;
	reader->title = keepalived_format(reader, "(%s) ", name);
	keepalived_read_block(reader, self->name, IN_GROUP);
	group->faulty = reader->alerts != alerts;
	reader->title = title;
	reader->group = NULL;
}

/* Several names may stand in a line. */
static void read_members(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct group_draft *group = reader->group;
	const char *block = reader->block;

	if (!keepalived_open(reader, self->name))
		return;
	reader->block = self->name;
	while (keepalived_next_value(reader)) {
		while (!keepalived_at_end(reader)) {
			struct member_draft *member;

			if (group->members.count == VRRP_INSTANCES_MAX) {
				keepalived_alert(
					reader, "more than %u members", VRRP_INSTANCES_MAX);
				keepalived_give_up(reader);
				break;
			}
			member = draft_rows_add(reader->arena, &group->members, sizeof(*member));
			member->name = keepalived_keep(reader, keepalived_take(reader));
			member->place = reader->place;
		}
	}
	reader->block = block;
}

#define NOTIFY_FORM "COMMAND [USER [GROUP]]"

#define ACTS(name_, shape_, read_, ...)                                                            \
	{                                                                                          \
		.name = (name_), .where = IN_GROUP, .shape = KEEPALIVED_##shape_, .read = (read_), \
		__VA_ARGS__                                                                        \
	}
#define TEXT(form_, summary_) .form = (form_), .summary = (summary_)

static const struct keepalived_word group_rows[] = {
	ACTS("group", BLOCK, read_members,
		TEXT("{ NAME ... }", "the instances that move together")),
	ACTS("track_script", BLOCK, keepalived_read_bindings, .field = VRRP_TRACK_SCRIPT,
		.max = 253,
		TEXT("{ NAME [weight -253..253 [reverse|noreverse]] ... }",
			"looks at a vrrp_script, for all members")),
	ACTS("track_interface", BLOCK, keepalived_read_bindings, .field = VRRP_TRACK_INTERFACE,
		.max = 253,
		TEXT("{ NAME [weight -253..253 [reverse]] ... }",
			"looks at an interface, for all members")),
	ACTS("track_file", BLOCK, keepalived_read_bindings, .field = VRRP_TRACK_FILE, .max = 254,
		TEXT("{ NAME [weight -254..254 [reverse|noreverse]] ... }",
			"looks at a track_file, for all members")),
	ACTS("track_process", BLOCK, keepalived_read_bindings, .field = VRRP_TRACK_PROCESS,
		.max = 254,
		TEXT("{ NAME [weight -254..254 [reverse|noreverse]] ... }",
			"looks at a vrrp_track_process, for all members")),
	ACTS("notify", LINE, keepalived_read_notify, .field = VRRP_NOTIFY_ANY,
		TEXT(NOTIFY_FORM, "at every change, with GROUP, name, state and priority")),
	ACTS("notify_master", LINE, keepalived_read_notify, .field = VRRP_NOTIFY_MASTER,
		TEXT(NOTIFY_FORM, "when all are master")),
	ACTS("notify_backup", LINE, keepalived_read_notify, .field = VRRP_NOTIFY_BACKUP,
		TEXT(NOTIFY_FORM, "when they are backup")),
	ACTS("notify_fault", LINE, keepalived_read_notify, .field = VRRP_NOTIFY_FAULT,
		TEXT(NOTIFY_FORM, "when one is in FAULT")),
	ACTS("notify_stop", LINE, keepalived_read_notify, .field = VRRP_NOTIFY_STOP,
		TEXT(NOTIFY_FORM, "on the end")),
	ACTS("notify_deleted", LINE, keepalived_read_notify_deleted, .field = VRRP_NOTIFY_DELETED,
		TEXT("[" NOTIFY_FORM "]", "a reload took it away")),
	ACTS("notify_priority_changes", LINE, keepalived_read_switch,
		.field = offsetof(struct group_draft, switches.priority_changes),
		TEXT("[BOOL]", "the FIFO hears of priorities, too")),
	{.name = "smtp_alert",
		.where = IN_GROUP,
		.state = KEEPALIVED_IGNORED,
		.summary = "torc sends no mail; notify scripts can"},
	{.name = "global_tracking",
		.where = IN_GROUP,
		.state = KEEPALIVED_NOTED,
		.summary = "weights of trackers always count for the whole group"},
	{.name = "sync_group_tracking_weight",
		.where = IN_GROUP,
		.state = KEEPALIVED_NOTED,
		.summary = "weights of trackers always count for the whole group"},
	{.name = "track_bfd",
		.where = IN_GROUP,
		.state = KEEPALIVED_NEVER,
		.shape = KEEPALIVED_BLOCK,
		.summary = "torc does not speak BFD"},
};

const struct keepalived_table keepalived_group_words = {
	"`vrrp_sync_group`", group_rows, KEEPALIVED_COUNT(group_rows)};

/* ---- garp_group ---- */

void keepalived_read_garp_group(
	struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct garp_group_draft *group = arena_alloc(reader->arena, sizeof(*group));

	if (!keepalived_open(reader, self->name))
		return;
	group->garp_interval_us = group->gna_interval_us = UNSET_TIME;
	group->place = reader->place;
	group->next = reader->draft->garp_groups;
	reader->draft->garp_groups = group;
	reader->base = group;
	keepalived_read_block(reader, self->name, IN_GARP_GROUP);
}

/* ---- interface_up_down_delays ---- */

static bool read_delay(struct keepalived_reader *reader, struct vrrp_delay *row)
{
	if (!keepalived_interface(reader, "interface_up_down_delays", row->interface) ||
		!keepalived_seconds(
			reader, row->interface, 0, KEEPALIVED_SECONDS(255), &row->down_us))
		return false;
	row->up_us = row->down_us;
	if (!keepalived_at_end(reader) && !keepalived_seconds(reader, row->interface, 0,
						  KEEPALIVED_SECONDS(255), &row->up_us))
		return false;
	if (keepalived_at_end(reader))
		return true;
	keepalived_alert(reader, "'%s' has two delays, down and up (got '%s')", row->interface,
		keepalived_peek(reader));
	return false;
}

void keepalived_read_delays(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct draft_rows *rows = &reader->draft->delays;
	const char *block = reader->block;

	if (!keepalived_open(reader, self->name))
		return;
	reader->block = self->name;
	while (keepalived_next_value(reader)) {
		struct vrrp_delay row = {0}, *kept;

		if (!read_delay(reader, &row))
			continue;
		if (rows->count == VRRP_INSTANCES_MAX) {
			keepalived_alert(reader, "more than %u interfaces", VRRP_INSTANCES_MAX);
			continue;
		}
		kept = draft_rows_add(reader->arena, rows, sizeof(*kept));
		*kept = row;
	}
	reader->block = block;
}

static void add_interface(struct keepalived_reader *reader, const char *name)
{
	struct garp_group_draft *group = reader->base;
	const char **row;

	if (strlen(name) >= IF_NAMESIZE || group->interfaces.count == VRRP_INSTANCES_MAX) {
		keepalived_alert(reader, "'%.40s' is too long a name, or one too many", name);
		return;
	}
	row = draft_rows_add(reader->arena, &group->interfaces, sizeof(*row));
	*row = keepalived_keep(reader, name);
}

static void read_garp_interface(
	struct keepalived_reader *reader, const struct keepalived_word *self)
{
	const char *name = keepalived_take(reader);

	if (*name)
		add_interface(reader, name);
	else
		keepalived_alert(reader, "'%s' expects a name", self->name);
}

static void read_garp_interfaces(
	struct keepalived_reader *reader, const struct keepalived_word *self)
{
	const char *block = reader->block;

	if (!keepalived_open(reader, self->name))
		return;
	reader->block = self->name;
	while (keepalived_next_value(reader)) {
		while (!keepalived_at_end(reader))
			add_interface(reader, keepalived_take(reader));
	}
	reader->block = block;
}

static const struct keepalived_word garp_rows[] = {
	{.name = "garp_interval",
		.where = IN_GARP_GROUP,
		.read = keepalived_read_seconds,
		.field = offsetof(struct garp_group_draft, garp_interval_us),
		.max = KEEPALIVED_SECONDS(1),
		TEXT("SECONDS", "between two gratuitous ARP")},
	{.name = "gna_interval",
		.where = IN_GARP_GROUP,
		.read = keepalived_read_seconds,
		.field = offsetof(struct garp_group_draft, gna_interval_us),
		.max = KEEPALIVED_SECONDS(1),
		TEXT("SECONDS", "between two unsolicited neighbour advertisements")},
	{.name = "interface",
		.where = IN_GARP_GROUP,
		.read = read_garp_interface,
		TEXT("NAME", "the interface that this is about")},
	{.name = "interfaces",
		.where = IN_GARP_GROUP,
		.shape = KEEPALIVED_BLOCK,
		.read = read_garp_interfaces,
		TEXT("{ NAME ... }", "several of them, each with these intervals")},
};

const struct keepalived_table keepalived_garp_words = {
	"`garp_group`", garp_rows, KEEPALIVED_COUNT(garp_rows)};
