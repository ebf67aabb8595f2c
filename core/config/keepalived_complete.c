/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_complete.c - what was not written takes its preset, and names become things.
 *
 * Runs once, when every file has been read.  Presets come from global_defs and, where that is
 * silent, from keepalived 2.2.7.  Where keepalived corrects a value (whole seconds in version 2,
 * nopreempt beside state MASTER), it is corrected here in the same way, and said. */
#include "core/config/keepalived_reader.h"

#include "core/config/nearest.h"

#define SAY(kind, place, ...) keepalived_say(reader, MESSAGE_##kind, place, __VA_ARGS__)

#define SECOND_US      1000000u
#define CENTISECOND_US 10000u

/* 12 bits of centiseconds (RFC 9568 5.2.7). */
#define ADVERT_V3_MAX_US (4095u * (uint64_t)CENTISECOND_US)

void *draft_rows_add(struct arena *arena, struct draft_rows *rows, size_t row_bytes)
{
	if (rows->count == rows->capacity) {
		uint32_t capacity = rows->capacity ? rows->capacity * 2 : 4;
		void *larger = arena_alloc(arena, capacity * row_bytes);

		if (rows->count)
			memcpy(larger, rows->at, rows->count * row_bytes);
		rows->at = larger;
		rows->capacity = capacity;
	}
	return (char *)rows->at + rows->count++ * row_bytes;
}

void vrrp_draft_init(struct vrrp_draft *draft)
{
	draft->global.script_uid = draft->global.script_gid = -1;
	draft->global.fifo_uid = draft->global.fifo_gid = -1;
	draft->global.fifo_script_uid = draft->global.fifo_script_gid = -1;
	memcpy(draft->global.vmac_prefix, "vrrp", sizeof("vrrp"));
	memcpy(draft->default_interface, "eth0", sizeof("eth0"));
	draft->garp = (struct garp_draft){UNSET_TIME, UNSET_TIME, UNSET_TIME, UNSET_COUNT,
		UNSET_COUNT, UNSET_COUNT, UNSET_TIME, false};
	draft->switches = (struct switch_draft){UNSET, UNSET, UNSET, UNSET, UNSET, UNSET, UNSET};
	draft->min_garp = UNSET;
	draft->down_adverts = 3;
	draft->version = 2;
	draft->instances_tail = &draft->instances;
	draft->groups_tail = &draft->groups;
	draft->trackers_tail = &draft->trackers;
}

/* ---- presets ---- */

static uint64_t time_or(uint64_t written, uint64_t preset, uint64_t otherwise)
{
	if (written != UNSET_TIME)
		return written;
	return preset != UNSET_TIME ? preset : otherwise;
}

static uint32_t count_or(uint32_t written, uint32_t preset, uint32_t otherwise)
{
	if (written != UNSET_COUNT)
		return written;
	return preset != UNSET_COUNT ? preset : otherwise;
}

static bool switch_or(int8_t written, int8_t preset)
{
	return written != UNSET ? written == 1 : preset == 1;
}

static void preset_garp(const struct vrrp_draft *draft, struct instance_draft *instance)
{
	const struct garp_draft *own = &instance->garp, *all = &draft->garp;
	struct vrrp_instance *row = &instance->row;
	bool min = draft->min_garp == 1;

	row->garp_delay_us = time_or(own->delay_us, all->delay_us, min ? 0 : 5 * SECOND_US);
	row->garp_repeat = count_or(own->repeat, all->repeat, min ? 1 : 5);
	row->garp_refresh_us = time_or(own->refresh_us, all->refresh_us, 0);
	row->garp_refresh_repeat = count_or(own->refresh_repeat, all->refresh_repeat, 1);
	row->garp_lower_delay_us =
		time_or(own->lower_delay_us, all->lower_delay_us, row->garp_delay_us);
	row->garp_lower_repeat = count_or(own->lower_repeat, all->lower_repeat, row->garp_repeat);
	row->garp_extra_us = time_or(own->extra_us, all->extra_us, 0);
	row->garp_extra_all = own->extra_us != UNSET_TIME ? own->extra_all : all->extra_all;
	/* Both belong to an interface. */
	if (!*row->interface)
		return;
	row->garp_interval_us = draft->garp_interval_us;
	row->gna_interval_us = draft->gna_interval_us;
	for (const struct garp_group_draft *group = draft->garp_groups; group;
		group = group->next) {
		const char *const *names = group->interfaces.at;

		for (uint32_t i = 0; i < group->interfaces.count; i++) {
			if (strcmp(names[i], row->interface) != 0)
				continue;
			row->garp_interval_us =
				time_or(group->garp_interval_us, row->garp_interval_us, 0);
			row->gna_interval_us =
				time_or(group->gna_interval_us, row->gna_interval_us, 0);
		}
	}
}

static void preset_switches(const struct vrrp_draft *draft, struct instance_draft *instance)
{
	const struct switch_draft *own = &instance->switches, *all = &draft->switches;
	struct vrrp_instance *row = &instance->row;

	row->strict = switch_or(own->strict, all->strict);
	row->skip_check_adv_addr = switch_or(own->skip_check_adv_addr, all->skip_check_adv_addr);
	row->higher_prio_send_advert =
		switch_or(own->higher_prio_send_advert, all->higher_prio_send_advert);
	row->check_unicast_source = switch_or(own->check_unicast_source, all->check_unicast_source);
	row->notify.priority_changes = switch_or(own->priority_changes, all->priority_changes);
	row->lower_prio_no_advert = switch_or(own->lower_prio_no_advert, all->lower_prio_no_advert);
	row->checksum_without_pseudo_header = switch_or(own->plain_checksum, all->plain_checksum);
	row->down_adverts = instance->down_adverts != UNSET_COUNT ? instance->down_adverts
								  : draft->down_adverts;
	row->accept = instance->accept != UNSET ? instance->accept == 1
						: !row->strict || row->priority == 255;
}

static uint8_t family_of(const struct instance_draft *instance)
{
	const struct vrrp_address *addresses = instance->addresses.at;
	const struct vrrp_peer *peers = instance->peers.at;

	if (instance->native_ipv6)
		return AF_INET6;
	if (instance->addresses.count)
		return addresses[0].ip.family;
	if (instance->row.source.family != AF_UNSPEC)
		return instance->row.source.family;
	return instance->peers.count ? peers[0].ip.family : AF_INET;
}

static void preset_version(struct keepalived_reader *reader, struct instance_draft *instance)
{
	struct vrrp_instance *row = &instance->row;
	uint8_t version = instance->version ? instance->version : reader->draft->version;

	row->family = family_of(instance);
	if (row->family == AF_INET6 && instance->version == 2)
		SAY(WARNING, instance->place, "(%s) 'version 2' knows no IPv6: version 3 is used",
			row->name);
	row->version = row->family == AF_INET6 ? 3 : version;
}

/* keepalived 2.2.7 rounds in the same way: to the nearest, and never to nothing. */
static uint64_t round_to(uint64_t us, uint64_t unit)
{
	uint64_t rounded = (us + unit / 2) / unit * unit;

	return rounded ? rounded : unit;
}

static void preset_advert(struct keepalived_reader *reader, struct instance_draft *instance)
{
	struct vrrp_instance *row = &instance->row;
	bool whole = row->version == 2;
	uint64_t rounded = round_to(row->advert_us, whole ? SECOND_US : CENTISECOND_US);

	if (!whole && rounded > ADVERT_V3_MAX_US)
		rounded = ADVERT_V3_MAX_US;
	if (rounded == row->advert_us)
		return;
	SAY(WARNING, instance->place, "(%s) 'advert_int' is %s s: version %u counts in %s%s",
		row->name, keepalived_seconds_text(reader, (int64_t)rounded), row->version,
		whole ? "whole seconds" : "hundredths of a second, up to 40.95",
		whole ? "; 'version 3' counts in hundredths" : "");
	row->advert_us = rounded;
}

/* What keepalived takes back, with the reason. */
static void preset_preemption(struct keepalived_reader *reader, struct instance_draft *instance)
{
	struct vrrp_instance *row = &instance->row;

	if (row->priority == 255)
		row->wants_master = true;
	if (row->no_preempt && row->wants_master) {
		SAY(WARNING, instance->place,
			"(%s) 'nopreempt' does not work with 'state MASTER' and is not used: write "
			"'state BACKUP' on both machines, the priority decides who begins",
			row->name);
		row->no_preempt = false;
	}
	if (row->preempt_delay_us && row->wants_master) {
		SAY(WARNING, instance->place,
			"(%s) 'preempt_delay' does not work with 'state MASTER' and is not used: "
			"write 'state BACKUP'",
			row->name);
		row->preempt_delay_us = 0;
	}
	if (row->preempt_delay_us && row->no_preempt) {
		SAY(WARNING, instance->place,
			"(%s) 'preempt_delay' has no effect beside 'nopreempt'", row->name);
		row->preempt_delay_us = 0;
	}
}

static void preset_authentication(struct keepalived_reader *reader, struct instance_draft *instance)
{
	struct vrrp_instance *row = &instance->row;
	const char *why = NULL;

	if (row->auth_type && !instance->auth_pass_given)
		SAY(ALERT, instance->place, "(%s) 'auth_type PASS' without an 'auth_pass'",
			row->name);
	else if (instance->auth_pass_given && !row->auth_type)
		why = "'auth_pass' without 'auth_type PASS' is not used";
	else if (row->auth_type && row->version == 3)
		why = "'authentication' is not used: version 3 has none";
	else if (row->auth_type && row->strict)
		why = "'authentication' is not used: strict_mode has none";
	if (!why)
		return;
	SAY(WARNING, instance->place, "(%s) %s", row->name, why);
	row->auth_type = 0;
	memset(row->auth_data, 0, sizeof(row->auth_data));
}

/* Strict means what the RFC has and no more: the rest is taken back. */
static void preset_strict(struct keepalived_reader *reader, struct instance_draft *instance)
{
	struct vrrp_instance *row = &instance->row;
	const struct {
		bool given;
		const char *what;
	} extras[] = {
		{row->down_adverts != 3, "down_timer_adverts"},
		{row->preempt_delay_us != 0, "preempt_delay"},
		{row->higher_prio_send_advert, "higher_prio_send_advert"},
		{row->vmac_xmit_base, "vmac_xmit_base"},
		{row->wants_master && row->priority < 255, "state MASTER without priority 255"},
		{row->version == 2 && instance->accept == 1, "accept in version 2"},
	};

	if (!row->strict)
		return;
	for (uint32_t i = 0; i < KEEPALIVED_COUNT(extras); i++) {
		if (extras[i].given)
			SAY(WARNING, instance->place,
				"(%s) '%s' is not used: strict_mode does not have it", row->name,
				extras[i].what);
	}
	row->down_adverts = 3;
	row->preempt_delay_us = 0;
	row->higher_prio_send_advert = row->vmac_xmit_base = false;
	row->wants_master = row->priority == 255;
	if (row->version == 2)
		row->accept = row->priority == 255;
	row->lower_prio_no_advert = true;
	instance->garp.lower_repeat = 0;
}

/* "vrrp.50", "vrrp6.50", and "vrrp.50.2" where another instance has that. */
static void name_vmac(struct keepalived_reader *reader, struct instance_draft *instance)
{
	struct vrrp_instance *row = &instance->row;
	const char *six = row->family == AF_INET6 ? "6" : "";
	const char *name;

	if (instance->mac_lacks_number)
		row->vmac_mac[5] = row->router_id;
	for (uint32_t i = 1; !*row->vmac_interface; i++) {
		name = keepalived_format(reader, i == 1 ? "%s%s.%u" : "%s%s.%u.%u",
			reader->draft->global.vmac_prefix, six, row->router_id, i);
		if (strlen(name) >= IF_NAMESIZE) {
			SAY(ALERT, instance->place,
				"(%s) 'use_vmac' : the name '%s' is too long for an interface: "
				"write one",
				row->name, name);
			return;
		}
		if (!names_find(&reader->draft->vmac_names, name))
			memcpy(row->vmac_interface, name, strlen(name) + 1);
	}
	if (names_add(&reader->draft->vmac_names, reader->arena, row->vmac_interface, instance))
		SAY(ALERT, instance->place, "(%s) 'use_vmac %s' : another instance has this name",
			row->name, row->vmac_interface);
}

static void preset_vmac(struct keepalived_reader *reader, struct instance_draft *instance)
{
	struct vrrp_instance *row = &instance->row;

	if (row->use_vmac)
		name_vmac(reader, instance);
	if (!row->use_vmac || !instance->peers.count || row->vmac_xmit_base)
		return;
	SAY(WARNING, instance->place,
		"(%s) 'use_vmac' with 'unicast_peer' needs 'vmac_xmit_base', which is set",
		row->name);
	row->vmac_xmit_base = true;
}

static void preset_group_address(const struct vrrp_draft *draft, struct vrrp_instance *row)
{
	if (row->group_address.family == AF_UNSPEC)
		row->group_address = row->family == AF_INET ? draft->group4 : draft->group6;
}

static void preset_interfaces(const struct vrrp_draft *draft, struct instance_draft *instance)
{
	const struct vrrp_instance *row = &instance->row;
	const char *interface = row->use_vmac ? row->vmac_interface : row->interface;
	const struct draft_rows *lists[] = {&instance->addresses, &instance->excluded};

	if (!*interface)
		interface = draft->default_interface;
	for (uint32_t i = 0; i < 2; i++) {
		struct vrrp_address *addresses = lists[i]->at;

		for (uint32_t j = 0; j < lists[i]->count; j++) {
			/* With use_vmac the instance's own interface means the macvlan. */
			if (!*addresses[j].interface ||
				(row->use_vmac &&
					strcmp(addresses[j].interface, row->interface) == 0))
				memcpy(addresses[j].interface, interface, IF_NAMESIZE);
		}
	}
}

static void complete_instances(struct keepalived_reader *reader)
{
	struct vrrp_draft *draft = reader->draft;

	for (struct instance_draft *instance = draft->instances; instance;
		instance = instance->next) {
		preset_switches(draft, instance);
		preset_version(reader, instance);
		preset_advert(reader, instance);
		preset_preemption(reader, instance);
		preset_authentication(reader, instance);
		preset_vmac(reader, instance);
		preset_strict(reader, instance);
		preset_group_address(draft, &instance->row);
		preset_interfaces(draft, instance);
		preset_garp(draft, instance);
	}
}

/* A peer waits no longer for us than its master down interval: who goes into FAULT after that has
 * been replaced before. */
static void bound_delays(struct keepalived_reader *reader)
{
	struct vrrp_delay *delays = reader->draft->delays.at;

	for (const struct instance_draft *instance = reader->draft->instances; instance;
		instance = instance->next) {
		const struct vrrp_instance *row = &instance->row;
		uint64_t limit_us = (row->down_adverts - 1) * row->advert_us;

		for (uint32_t i = 0; i < reader->draft->delays.count; i++) {
			if (strcmp(delays[i].interface, row->interface) != 0 ||
				delays[i].down_us < limit_us || !delays[i].down_us)
				continue;
			delays[i].down_us = limit_us - limit_us / 10;
			SAY(WARNING, instance->place,
				"(%s) 'interface_up_down_delays' of %s: to be down counts after %s "
				"s, since the other machine takes over after %u adverts",
				row->name, row->interface,
				keepalived_seconds_text(reader, (int64_t)delays[i].down_us),
				row->down_adverts);
		}
	}
}

/* ---- groups ---- */

static struct instance_draft *find_member(
	struct keepalived_reader *reader, const struct member_draft *member)
{
	struct instance_draft *instance = names_find(&reader->draft->instance_names, member->name);
	struct nearest nearest;

	if (instance)
		return instance;
	nearest_init(&nearest, member->name);
	for (instance = reader->draft->instances; instance && reader->suggestions < 100;
		instance = instance->next)
		nearest_offer(&nearest, instance->row.name);
	reader->suggestions++;
	SAY(ALERT, member->place, "there is no vrrp_instance '%s'%s", member->name,
		keepalived_suggest(reader, nearest.word));
	return NULL;
}

static void complete_group(struct keepalived_reader *reader, struct group_draft *group)
{
	const struct member_draft *members = group->members.at;
	uint32_t found = 0;

	for (uint32_t i = 0; i < group->members.count; i++) {
		struct instance_draft *instance = find_member(reader, &members[i]);

		found++;
		if (!instance)
			continue;
		if (instance->group)
			SAY(ALERT, members[i].place,
				"vrrp_instance '%s' is in the sync group '%s' already",
				members[i].name, instance->group->row.name);
		else
			instance->group = group;
		instance->row.group = (int32_t)group->index;
	}
	group->row.notify.priority_changes = switch_or(
		group->switches.priority_changes, reader->draft->switches.priority_changes);
	/* Weights always count for the whole group. */
	group->row.global_tracking = true;
	if (group->faulty)
		return;
	if (!found)
		SAY(ALERT, group->place, "vrrp_sync_group '%s' has no members", group->row.name);
	else if (found == 1)
		SAY(WARNING, group->place,
			"vrrp_sync_group '%s' has one member: there is nothing to hold together",
			group->row.name);
}

/* ---- trackers ---- */

static bool is_one_process(const struct vrrp_tracker *row)
{
	const char *word = vrrp_command_first(row->command);

	return word && !vrrp_command_next(word) && row->minimum == 1 && row->maximum >= 2 &&
	       (strcmp(word, "haproxy") == 0 || strcmp(word, "torc") == 0);
}

static void complete_tracker(struct keepalived_reader *reader, struct tracker_draft *tracker)
{
	struct vrrp_tracker *row = &tracker->row;
	const char *missing = NULL;

	if (!row->timeout_us)
		row->timeout_us = row->interval_us;
	if (row->kind == VRRP_TRACK_SCRIPT && !*row->command)
		missing = "script";
	else if (row->kind == VRRP_TRACK_FILE && !*row->path)
		missing = "file";
	else if (row->kind == VRRP_TRACK_PROCESS && !*row->command)
		missing = "process";
	if (tracker->faulty)
		return;
	if (missing) {
		SAY(ALERT, tracker->place, "(%s) '%s' is missing", row->name, missing);
		return;
	}
	if (row->kind == VRRP_TRACK_PROCESS && row->maximum < row->minimum)
		SAY(ALERT, tracker->place,
			"vrrp_track_process '%s' : 'quorum_max' is below 'quorum'", row->name);
	if ((row->kind == VRRP_TRACK_SCRIPT && keepalived_asks_serving(row->command)) ||
		(row->kind == VRRP_TRACK_PROCESS && is_one_process(row))) {
		row->kind = VRRP_TRACK_SERVING;
		SAY(NOTICE, tracker->place,
			"'%s' asks whether the balancer lives: torc answers by itself, at once, "
			"and runs nothing",
			row->name);
	}
}

static void complain_of_tracker(
	struct keepalived_reader *reader, const struct binding_draft *binding)
{
	static const char *const words[] = {[VRRP_TRACK_SCRIPT] = "vrrp_script",
		[VRRP_TRACK_FILE] = "track_file",
		[VRRP_TRACK_PROCESS] = "vrrp_track_process"};
	struct nearest nearest;

	nearest_init(&nearest, binding->name);
	for (struct tracker_draft *tracker = reader->draft->trackers;
		tracker && reader->suggestions < 100; tracker = tracker->next)
		nearest_offer(&nearest, tracker->row.name);
	reader->suggestions++;
	SAY(ALERT, binding->place, "there is no %s '%s'%s", words[binding->kind], binding->name,
		keepalived_suggest(reader, nearest.word));
}

/* An interface or a backend is watched by being named; `key` tells minima apart. */
static struct tracker_draft *tracker_of_name(struct keepalived_reader *reader, struct names *names,
	const char *key, const struct binding_draft *binding)
{
	struct vrrp_draft *draft = reader->draft;
	struct tracker_draft *tracker = names_find(names, key);

	if (tracker)
		return tracker;
	tracker = arena_alloc(reader->arena, sizeof(*tracker));
	memcpy(tracker->row.name, binding->name, strlen(binding->name) + 1);
	tracker->row.kind = binding->kind;
	tracker->row.minimum = binding->minimum;
	tracker->row.maximum = UINT32_MAX;
	tracker->row.uid = tracker->row.gid = -1;
	tracker->place = binding->place;
	names_add(names, reader->arena, keepalived_keep(reader, key), tracker);
	*draft->trackers_tail = tracker;
	draft->trackers_tail = &tracker->next;
	return tracker;
}

static struct tracker_draft *find_tracker(
	struct keepalived_reader *reader, const struct binding_draft *binding)
{
	struct vrrp_draft *draft = reader->draft;

	switch (binding->kind) {
	case VRRP_TRACK_FILE:
		return names_find(&draft->file_names, binding->name);
	case VRRP_TRACK_PROCESS:
		return names_find(&draft->process_names, binding->name);
	case VRRP_TRACK_INTERFACE:
		return tracker_of_name(reader, &draft->interface_names, binding->name, binding);
	case VRRP_TRACK_BACKEND:
		return tracker_of_name(reader, &draft->backend_names,
			keepalived_format(reader, "%s/%u", binding->name, binding->minimum),
			binding);
	default:
		return names_find(&draft->script_names, binding->name);
	}
}

static void complete_bindings(struct keepalived_reader *reader, struct draft_rows *rows)
{
	struct binding_draft *bindings = rows->at;

	for (uint32_t i = 0; i < rows->count; i++) {
		struct binding_draft *binding = &bindings[i];
		struct tracker_draft *tracker = find_tracker(reader, binding);

		binding->tracker = tracker;
		if (!tracker) {
			complain_of_tracker(reader, binding);
			continue;
		}
		tracker->used = true;
		if (!binding->weight_given)
			binding->weight = tracker->row.weight;
		if (!binding->reverse_given)
			binding->reverse = tracker->row.reverse;
	}
}

static void complete_trackers(struct keepalived_reader *reader)
{
	struct vrrp_draft *draft = reader->draft;
	uint32_t count = 0;
	bool whole;

	for (struct tracker_draft *tracker = draft->trackers; tracker; tracker = tracker->next)
		complete_tracker(reader, tracker);
	for (struct instance_draft *instance = draft->instances; instance;
		instance = instance->next)
		complete_bindings(reader, &instance->bindings);
	for (struct group_draft *group = draft->groups; group; group = group->next)
		complete_bindings(reader, &group->bindings);
	/* Who tracks it may stand in a line that could not be read. */
	whole = reader->config->alert_count == reader->alerts_before;
	for (struct tracker_draft *tracker = draft->trackers; tracker; tracker = tracker->next) {
		tracker->index = count;
		count += tracker->used;
		if (!tracker->used && whole)
			SAY(WARNING, tracker->place,
				"'%s' is tracked by no instance and no group: it is not watched",
				tracker->row.name);
	}
	if (count > VRRP_TRACKERS_MAX)
		SAY(ALERT, (struct place){0}, "more than %u things to watch", VRRP_TRACKERS_MAX);
	draft->tracker_count = count;
}

/* ---- what is there for all ---- */

static void complete_static(struct vrrp_draft *draft)
{
	struct vrrp_address *addresses = draft->static_addresses.at;

	for (uint32_t i = 0; i < draft->static_addresses.count; i++) {
		if (!*addresses[i].interface)
			memcpy(addresses[i].interface, draft->default_interface, IF_NAMESIZE);
	}
}

void keepalived_complete(struct keepalived_reader *reader)
{
	complete_instances(reader);
	for (struct group_draft *group = reader->draft->groups; group; group = group->next)
		complete_group(reader, group);
	complete_trackers(reader);
	complete_static(reader->draft);
	bound_delays(reader);
	keepalived_check(reader);
}
