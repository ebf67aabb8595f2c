/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_advice.c - what is right and yet will not do what its writer hopes.
 *
 * Every piece of advice is one that people asked for help about, with a file that looked fine:
 * a weight that cannot move the address, nopreempt that keeps it on the machine whose service is
 * dead, two routers of one service that end up on two machines.  What to write instead is said
 * with it.  The other machine's file is not known here, so the gap between the two priorities is
 * not either. */
#include "core/config/keepalived_reader.h"

#include <errno.h>

#define SAY(kind, place, ...) keepalived_say(reader, MESSAGE_##kind, place, __VA_ARGS__)

static void advise_weights(struct keepalived_reader *reader, const struct instance_draft *instance)
{
	const struct vrrp_instance *row = &instance->row;
	const struct binding_draft *bindings = instance->bindings.at;
	const struct binding_draft *weighted = NULL;
	int64_t top = row->priority;

	for (uint32_t i = 0; i < instance->bindings.count; i++) {
		const struct binding_draft *binding = &bindings[i];

		if (!binding->weight)
			continue;
		weighted = weighted ? weighted : binding;
		if (binding->kind == VRRP_TRACK_FILE)
			continue;
		if (binding->weight > 0)
			top += binding->weight;
		if (binding->weight == 1 || binding->weight == -1)
			SAY(WARNING, binding->place,
				"(%s) a weight of %d moves the address only where both "
				"priorities are equal: it must be more than the gap between the "
				"two machines; 'weight %d' suits a gap of 1",
				row->name, binding->weight, 2 * binding->weight);
	}
	if (weighted && row->no_preempt)
		SAY(WARNING, weighted->place,
			"(%s) 'nopreempt' with a weight: when '%s' fails on the master, the other "
			"machine goes on waiting, since it does not take over from a lower "
			"priority; write 'weight 0', which gives the address up, or leave "
			"'nopreempt' out",
			row->name, weighted->name);
	if (top > 254 && row->priority < 255)
		SAY(WARNING, instance->place,
			"(%s) priority %u and its weights make %lld: above 254 there is nothing, "
			"so a part of the weights is lost; begin lower",
			row->name, row->priority, (long long)top);
}

static void advise_protocol(struct keepalived_reader *reader, const struct instance_draft *instance)
{
	const struct vrrp_instance *row = &instance->row;

	if (row->priority == 255)
		SAY(WARNING, instance->place,
			"(%s) 'priority 255' says that this machine owns the addresses: it takes "
			"them at the start without asking, and no tracker can lower it; 254 is "
			"the highest for a pair",
			row->name);
	else if (row->priority == 254)
		SAY(NOTICE, instance->place,
			"(%s) 'priority 254' is the highest of all: no weight can raise it",
			row->name);
}

/* Once, however many instances have one. */
static void advise_passwords(struct keepalived_reader *reader)
{
	const struct instance_draft *first = NULL;
	uint32_t count = 0;

	for (const struct instance_draft *instance = reader->draft->instances; instance;
		instance = instance->next) {
		if (!instance->row.auth_type)
			continue;
		first = first ? first : instance;
		count++;
	}
	if (first)
		SAY(WARNING, first->place,
			"(%s)%s 'auth_type PASS' sends its password in clear with every advert: it "
			"keeps virtual routers apart and protects against nobody",
			first->row.name, count > 1 ? " and others:" : "");
}

/* ---- split ---- */

static bool tracks(const struct instance_draft *instance, const struct tracker_draft *tracker)
{
	const struct binding_draft *bindings = instance->bindings.at;

	for (uint32_t i = 0; i < instance->bindings.count; i++) {
		if (bindings[i].tracker == tracker)
			return true;
	}
	return false;
}

/* Several instances whose fate one tracker decides, and nothing else holds together. */
static void advise_group(struct keepalived_reader *reader, const struct tracker_draft *tracker)
{
	struct instance_draft *first = NULL, *last = NULL;
	const char *names = "", *members = "";
	uint32_t count = 0;

	for (struct instance_draft *instance = reader->draft->instances; instance;
		instance = instance->next) {
		if (instance->group || instance->advised_group || !tracks(instance, tracker))
			continue;
		names = keepalived_format(
			reader, "%s%s%s", names, count ? ", " : "", instance->row.name);
		members = keepalived_format(reader, "%s %s", members, instance->row.name);
		first = first ? first : instance;
		last = instance;
		count++;
	}
	if (count < 2)
		return;
	for (struct instance_draft *instance = first; instance; instance = instance->next)
		instance->advised_group |= !instance->group && tracks(instance, tracker);
	SAY(WARNING, last->place,
		"%s track '%s' and can split all the same: one failed link leaves an address here "
		"and the other there. What belongs together is held by\n"
		"   | vrrp_sync_group together {\n"
		"   |   group {%s }\n"
		"   | }",
		names, tracker->row.name, members);
}

/* The translated packets leave with another instance's address. */
static void advise_nat(struct keepalived_reader *reader, const struct nat_draft *nat)
{
	const struct instance_draft *gateway =
		names_find(&reader->draft->instance_names, nat->row.instance);

	if (!*nat->row.instance || !gateway || nat->row.source.family == AF_UNSPEC)
		return;
	for (const struct instance_draft *instance = reader->draft->instances; instance;
		instance = instance->next) {
		const struct vrrp_address *addresses = instance->addresses.at;

		if (instance == gateway || (instance->group && instance->group == gateway->group))
			continue;
		for (uint32_t i = 0; i < instance->addresses.count; i++) {
			if (memcmp(&addresses[i].ip, &nat->row.source, sizeof(struct vrrp_ip)) != 0)
				continue;
			SAY(WARNING, nat->place,
				"'nat' is active while %s is master and sends as an address of %s: "
				"put both into one vrrp_sync_group, or answers may reach the other "
				"machine",
				gateway->row.name, instance->row.name);
			return;
		}
	}
}

/* ---- scripts ---- */

struct runner {
	char label[VRRP_NAME_BYTES + 4];
	struct place place;
	const char *command;
	int64_t uid;
	const char *otherwise; /* what follows from its not being run */
};

static bool runs_commands(const struct vrrp_notify *notify)
{
	for (uint32_t i = 0; i < VRRP_NOTIFY_KINDS; i++) {
		if (*notify->command[i])
			return true;
	}
	return false;
}

/* "</dev/tcp/127.0.0.1/80" and its like come from files that were never seen to work. */
static void advise_shell(struct keepalived_reader *reader, const struct tracker_draft *tracker)
{
	for (const char *word = vrrp_command_first(tracker->row.command); word;
		word = vrrp_command_next(word)) {
		if (!strchr("<>|&;`", *word))
			continue;
		SAY(WARNING, tracker->place,
			"'%s' has '%s' in its command, which a shell would understand; there is "
			"none: write \"/bin/sh -c '...'\"",
			tracker->row.name, word);
		return;
	}
}

/* What looks for haproxy by itself, in a way that is not recognised, finds nobody of the name. */
static void advise_name(struct keepalived_reader *reader, const struct tracker_draft *tracker)
{
	if (!keepalived_names_balancer(tracker->row.command) ||
		strcmp(reader->draft->global.process_name, "haproxy") == 0)
		return;
	SAY(WARNING, tracker->place,
		"'%s' is run, and if it looks for a process named haproxy it finds none: the "
		"balancer's are named torc. 'killall -0 haproxy' in its place is answered by torc "
		"itself; 'process_name haproxy' in torc.conf gives them that name",
		tracker->row.name);
}

/* Where the programs of this machine are asked about at all. */
static int find_program(const struct keepalived_reader *reader, char *path, const char *name)
{
	const struct config_machine *machine = reader->source->machine;

	if (!machine)
		return program_find(path, name);
	return machine->find_program ? machine->find_program(path, name) : -EOPNOTSUPP;
}

static int check_owner(const struct keepalived_reader *reader, const char *path, char *element)
{
	const struct config_machine *machine = reader->source->machine;

	if (!machine)
		return program_check_owner(path, element);
	return machine->check_owner ? machine->check_owner(path, element) : 0;
}

/* What will not be run, and what that means. */
static void advise_program(struct keepalived_reader *reader, const struct runner *runner)
{
	const struct vrrp_global *global = &reader->draft->global;
	char path[PROGRAM_PATH_BYTES], element[PROGRAM_PATH_BYTES];
	int64_t uid = runner->uid < 0 ? global->script_uid : runner->uid;
	int error = find_program(reader, path, runner->command);

	if (error == -ENOENT)
		SAY(WARNING, runner->place, "%s there is no '%s' on this machine%s", runner->label,
			runner->command, runner->otherwise);
	else if (error == -EACCES)
		SAY(WARNING, runner->place, "%s '%s' is not executable; 'chmod +x' makes it so%s",
			runner->label, runner->command, runner->otherwise);
	else if (error == 0 && global->script_security && uid == 0 &&
		 check_owner(reader, path, element) == -EPERM)
		SAY(WARNING, runner->place,
			"%s '%s' is not run, since root would run it and others may change "
			"'%s'; 'chown root' and 'chmod go-w' keep them from it%s",
			runner->label, runner->command, element, runner->otherwise);
}

static void advise_tracked_program(
	struct keepalived_reader *reader, const struct tracker_draft *tracker)
{
	struct runner runner = {
		.place = tracker->place,
		.command = tracker->row.command,
		.uid = tracker->row.uid,
		.otherwise = "; until then it has no say",
	};

	snprintf(runner.label, sizeof(runner.label), "'%s' :", tracker->row.name);
	advise_program(reader, &runner);
}

static void advise_notify_programs(struct keepalived_reader *reader, const char *name,
	struct place place, const struct vrrp_notify *notify)
{
	struct runner runner = {.place = place, .otherwise = ""};

	snprintf(runner.label, sizeof(runner.label), "(%s)", name);
	for (uint32_t i = 0; i < VRRP_NOTIFY_KINDS; i++) {
		runner.command = notify->command[i];
		runner.uid = notify->uid[i];
		if (*runner.command)
			advise_program(reader, &runner);
	}
}

static void advise_scripts(struct keepalived_reader *reader)
{
	const struct vrrp_draft *draft = reader->draft;
	bool any = *draft->global.notify_fifo_script || *draft->global.vrrp_notify_fifo_script;

	for (const struct tracker_draft *tracker = draft->trackers; tracker;
		tracker = tracker->next) {
		if (tracker->row.kind != VRRP_TRACK_SCRIPT || !tracker->used)
			continue;
		any = true;
		advise_shell(reader, tracker);
		advise_name(reader, tracker);
		advise_tracked_program(reader, tracker);
		if (*tracker->row.command != '/')
			SAY(NOTICE, tracker->place,
				"'%s' runs '%s', which is looked for in PATH: a full path says "
				"which one it is",
				tracker->row.name, tracker->row.command);
	}
	for (const struct instance_draft *instance = draft->instances; instance;
		instance = instance->next) {
		any |= runs_commands(&instance->row.notify);
		advise_notify_programs(
			reader, instance->row.name, instance->place, &instance->row.notify);
	}
	for (const struct group_draft *group = draft->groups; group; group = group->next) {
		any |= runs_commands(&group->row.notify);
		advise_notify_programs(reader, group->row.name, group->place, &group->row.notify);
	}
	if (any && !draft->global.script_security)
		SAY(NOTICE, (struct place){0},
			"scripts are run and 'enable_script_security' is not set in global_defs: "
			"one that root runs and others may change is run, too");
}

void keepalived_advise(struct keepalived_reader *reader)
{
	const struct nat_draft *nats = reader->draft->nats.at;

	for (const struct instance_draft *instance = reader->draft->instances; instance;
		instance = instance->next) {
		advise_weights(reader, instance);
		advise_protocol(reader, instance);
	}
	for (const struct tracker_draft *tracker = reader->draft->trackers; tracker;
		tracker = tracker->next)
		advise_group(reader, tracker);
	for (uint32_t i = 0; i < reader->draft->nats.count; i++)
		advise_nat(reader, &nats[i]);
	advise_passwords(reader);
	advise_scripts(reader);
}
