/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_interface.c - interfaces that a configuration names and the machine does not have.
 *
 * keepalived calls that a configuration error, and so does torc, since a router without its
 * interface can do nothing; `dynamic_interfaces` says that they may come later.  Each missing name
 * is complained about once, with those that are there: it is mostly eth0 that is called ens3. */
#include "core/config/keepalived_reader.h"

#include "core/config/nearest.h"
#include <net/if.h>

#define LISTED_MAX 32u

struct interfaces {
	struct names there; /* name to name */
	struct names missed;
	struct names made; /* macvlans that torc makes itself */
	const char *list;
	const char *names[LISTED_MAX];
	uint32_t count;
};

static void add_name(
	struct keepalived_reader *reader, struct interfaces *interfaces, const char *name)
{
	const char *copy = keepalived_keep(reader, name);

	if (names_add(&interfaces->there, reader->arena, copy, (void *)(uintptr_t)copy))
		return;
	if (interfaces->count < LISTED_MAX)
		interfaces->names[interfaces->count] = copy;
	interfaces->count++;
}

static void list_interfaces(struct keepalived_reader *reader, struct interfaces *interfaces)
{
	const struct config_machine *machine = reader->source->machine;
	struct if_nameindex *list;
	char name[IF_NAMESIZE];

	if (machine && machine->interface_name) {
		for (uint32_t i = 0; machine->interface_name(i, name); i++)
			add_name(reader, interfaces, name);
	} else {
		list = if_nameindex();
		for (uint32_t i = 0; list && list[i].if_index; i++)
			add_name(reader, interfaces, list[i].if_name);
		if_freenameindex(list);
	}
	interfaces->list = "";
	for (uint32_t i = 0; i < interfaces->count && i < LISTED_MAX; i++)
		interfaces->list = keepalived_format(
			reader, "%s%s%s", interfaces->list, i ? ", " : "", interfaces->names[i]);
	if (interfaces->count > LISTED_MAX)
		interfaces->list = keepalived_format(
			reader, "%s and %u more", interfaces->list, interfaces->count - LISTED_MAX);
}

static void check(struct keepalived_reader *reader, struct interfaces *interfaces, const char *name,
	const char *owner, struct place place)
{
	const char *copy;

	if (!*name || names_find(&interfaces->there, name) || names_find(&interfaces->made, name))
		return;
	copy = keepalived_keep(reader, name);
	if (names_add(&interfaces->missed, reader->arena, copy, (void *)(uintptr_t)copy))
		return;
	if (reader->draft->global.dynamic_interfaces)
		keepalived_say(reader, MESSAGE_NOTICE, place,
			"%sthe interface '%s' is not there yet", owner, name);
	else
		keepalived_say(reader, MESSAGE_ALERT, place,
			"%sthe interface '%s' does not exist on this machine; there are: %s", owner,
			name, *interfaces->list ? interfaces->list : "none");
}

static void check_route(struct keepalived_reader *reader, struct interfaces *interfaces,
	const struct vrrp_route *route, const char *owner, struct place place)
{
	check(reader, interfaces, route->interface, owner, place);
	for (uint32_t i = 0; i < route->hop_count; i++)
		check(reader, interfaces, route->hops[i].interface, owner, place);
}

static void check_instance(struct keepalived_reader *reader, struct interfaces *interfaces,
	const struct instance_draft *instance)
{
	const struct vrrp_address *addresses = instance->addresses.at;
	const struct vrrp_address *excluded = instance->excluded.at;
	const struct vrrp_route *routes = instance->routes.at;
	const struct binding_draft *bindings = instance->bindings.at;
	const char *owner = keepalived_format(reader, "(%s) ", instance->row.name);

	check(reader, interfaces, instance->row.interface, owner, instance->place);
	check(reader, interfaces, instance->row.vrf, owner, instance->place);
	for (uint32_t i = 0; i < instance->addresses.count; i++)
		check(reader, interfaces, addresses[i].interface, owner, instance->place);
	for (uint32_t i = 0; i < instance->excluded.count; i++)
		check(reader, interfaces, excluded[i].interface, owner, instance->place);
	for (uint32_t i = 0; i < instance->routes.count; i++)
		check_route(reader, interfaces, &routes[i], owner, instance->place);
	for (uint32_t i = 0; i < instance->bindings.count; i++) {
		if (bindings[i].kind == VRRP_TRACK_INTERFACE)
			check(reader, interfaces, bindings[i].name, owner, bindings[i].place);
	}
}

void keepalived_check_interfaces(struct keepalived_reader *reader)
{
	const struct vrrp_draft *draft = reader->draft;
	const struct vrrp_address *addresses = draft->static_addresses.at;
	const struct vrrp_route *routes = draft->static_routes.at;
	const struct nat_draft *nats = draft->nats.at;
	struct interfaces interfaces = {0};

	list_interfaces(reader, &interfaces);
	/* On the appliance cards get these names once the files are found good. */
	for (uint32_t i = 0; draft->appliance && i < draft->appliance->interface_count; i++)
		add_name(reader, &interfaces, draft->appliance->interfaces[i].name);
	for (const struct instance_draft *instance = draft->instances; instance;
		instance = instance->next) {
		if (*instance->row.vmac_interface)
			names_add(&interfaces.made, reader->arena, instance->row.vmac_interface,
				(void *)(uintptr_t)instance);
	}
	for (const struct instance_draft *instance = draft->instances; instance;
		instance = instance->next)
		check_instance(reader, &interfaces, instance);
	for (const struct group_draft *group = draft->groups; group; group = group->next) {
		const struct binding_draft *bindings = group->bindings.at;

		for (uint32_t i = 0; i < group->bindings.count; i++) {
			if (bindings[i].kind == VRRP_TRACK_INTERFACE)
				check(reader, &interfaces, bindings[i].name, "", bindings[i].place);
		}
	}
	for (uint32_t i = 0; i < draft->static_addresses.count; i++)
		check(reader, &interfaces, addresses[i].interface,
			"static_ipaddress : ", (struct place){0});
	for (uint32_t i = 0; i < draft->static_routes.count; i++)
		check_route(reader, &interfaces, &routes[i], "static_routes : ", (struct place){0});
	for (uint32_t i = 0; i < draft->nats.count; i++)
		check(reader, &interfaces, nats[i].row.out_interface, "'nat' : ", nats[i].place);
}
