/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_check.c - what can only be judged when everything is known.
 *
 * The rules are keepalived's, which skips a router that breaks one and runs the others; here they
 * are errors, since a balancer that lacks one of its addresses is the surprise of the night. */
#include "core/config/keepalived_reader.h"

#include "core/config/nearest.h"
#include <arpa/inet.h>

#define SAY(kind, place, ...) keepalived_say(reader, MESSAGE_##kind, place, __VA_ARGS__)

/* What counts the addresses of an advertisement is a byte (RFC 9568 5.2.5). */
#define ADVERTISED_MAX 255u
/* (1500 - 40 - 8) / 16: what an Ethernet packet holds of IPv6. */
#define ADVERTISED_V6_USUAL 90u

static const char *ip_text(struct keepalived_reader *reader, const struct vrrp_ip *ip)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(ip->family, ip->bytes, text, sizeof(text));
	return keepalived_keep(reader, text);
}

static bool same_ip(const struct vrrp_ip *a, const struct vrrp_ip *b)
{
	return a->family == b->family &&
	       memcmp(a->bytes, b->bytes, a->family == AF_INET ? 4 : 16) == 0;
}

/* ---- one router ---- */

static void check_what_is_missing(
	struct keepalived_reader *reader, const struct instance_draft *instance)
{
	const struct vrrp_instance *row = &instance->row;

	if (!row->router_id)
		SAY(ALERT, instance->place, "(%s) 'virtual_router_id' is missing", row->name);
	if (!*row->interface && !instance->peers.count)
		SAY(ALERT, instance->place, "(%s) 'interface' is missing", row->name);
	if (!*row->interface && row->use_vmac)
		SAY(ALERT, instance->place,
			"(%s) 'use_vmac' needs an 'interface' for its macvlan to stand on",
			row->name);
	if (*row->interface && *row->vrf)
		SAY(WARNING, instance->place,
			"(%s) 'vrf' has no effect beside 'interface', which is in its VRF itself",
			row->name);
	if (row->unicast && !instance->peers.count && !row->fault_without_peer)
		SAY(WARNING, instance->place,
			"(%s) 'unicast_peer' names nobody: adverts go to the multicast group",
			row->name);
	if (instance->addresses.count + instance->excluded.count == 0 && !instance->no_addresses)
		SAY(WARNING, instance->place,
			"(%s) no 'virtual_ipaddress': there is nothing to take over", row->name);
	if (row->vmac_xmit_base && !row->use_vmac)
		SAY(WARNING, instance->place,
			"(%s) 'vmac_xmit_base' has no effect without "
			"'use_vmac'",
			row->name);
}

static void check_families(struct keepalived_reader *reader, const struct instance_draft *instance)
{
	const struct vrrp_instance *row = &instance->row;
	const struct vrrp_address *addresses = instance->addresses.at;
	const struct vrrp_peer *peers = instance->peers.at;
	const char *family = row->family == AF_INET ? "IPv4" : "IPv6";

	for (uint32_t i = 0; i < instance->addresses.count; i++) {
		if (addresses[i].ip.family == row->family)
			continue;
		SAY(ALERT, instance->place,
			"(%s) '%s' is not of %s, as the others are: it belongs into "
			"'virtual_ipaddress_excluded' or an instance of its own",
			row->name, ip_text(reader, &addresses[i].ip), family);
		break;
	}
	for (uint32_t i = 0; i < instance->peers.count; i++) {
		if (peers[i].ip.family != row->family)
			SAY(ALERT, instance->place, "(%s) the peer '%s' is not of %s", row->name,
				ip_text(reader, &peers[i].ip), family);
		else if (same_ip(&peers[i].ip, &row->source))
			SAY(WARNING, instance->place,
				"(%s) the peer '%s' is this machine's own source address",
				row->name, ip_text(reader, &peers[i].ip));
	}
	if (row->source.family != AF_UNSPEC && row->source.family != row->family)
		SAY(ALERT, instance->place, "(%s) the source '%s' is not of %s", row->name,
			ip_text(reader, &row->source), family);
	if (row->group_address.family != AF_UNSPEC && row->group_address.family != row->family)
		SAY(ALERT, instance->place, "(%s) the group '%s' is not of %s", row->name,
			ip_text(reader, &row->group_address), family);
}

static void check_addresses(struct keepalived_reader *reader, const struct instance_draft *instance)
{
	const struct vrrp_instance *row = &instance->row;
	uint32_t count = instance->addresses.count;

	if (count > ADVERTISED_MAX)
		SAY(ALERT, instance->place,
			"(%s) %u addresses, and an advertisement counts to %u: put the others "
			"into 'virtual_ipaddress_excluded'",
			row->name, count, ADVERTISED_MAX);
	else if (row->family == AF_INET6 && count > ADVERTISED_V6_USUAL)
		SAY(WARNING, instance->place,
			"(%s) %u addresses of IPv6 do not fit into an advertisement of 1500 bytes: "
			"put some into 'virtual_ipaddress_excluded'",
			row->name, count);
}

/* What strict_mode does not have: keepalived.conf(5), vrrp_strict.  A router that cannot be made to
 * fit is refused. */
static void check_strict(struct keepalived_reader *reader, const struct instance_draft *instance)
{
	const struct vrrp_instance *row = &instance->row;
	const struct vrrp_address *addresses = instance->addresses.at;
	const char *fault = NULL;

	if (!row->strict)
		return;
	if (!instance->addresses.count)
		fault = "an instance without addresses";
	else if (instance->peers.count)
		fault = "unicast peers";
	else if (row->family == AF_INET6 &&
		 (addresses[0].ip.bytes[0] != 0xfe || (addresses[0].ip.bytes[1] & 0xc0) != 0x80))
		fault = "a first address of IPv6 that is not link-local";
	if (fault)
		SAY(ALERT, instance->place, "(%s) strict_mode does not have %s", row->name, fault);
}

static void check_owner(struct keepalived_reader *reader, const struct instance_draft *instance)
{
	const struct binding_draft *bindings = instance->bindings.at;

	for (uint32_t i = 0; i < instance->bindings.count; i++) {
		if (instance->row.priority == 255 && bindings[i].weight)
			SAY(WARNING, bindings[i].place,
				"(%s) the weight of '%s' has no effect: priority 255 owns the "
				"addresses and never changes",
				instance->row.name, bindings[i].name);
	}
}

/* ---- routers beside each other ---- */

static bool share_a_peer(const struct instance_draft *a, const struct instance_draft *b)
{
	const struct vrrp_peer *ours = a->peers.at, *theirs = b->peers.at;

	for (uint32_t i = 0; i < a->peers.count; i++) {
		for (uint32_t j = 0; j < b->peers.count; j++) {
			if (same_ip(&ours[i].ip, &theirs[j].ip))
				return true;
		}
	}
	return false;
}

static bool meet(const struct instance_draft *a, const struct instance_draft *b)
{
	const struct vrrp_instance *one = &a->row, *two = &b->row;

	if (one->router_id != two->router_id || one->family != two->family ||
		strcmp(one->interface, two->interface) != 0 || !one->router_id)
		return false;
	if (a->peers.count && b->peers.count)
		return share_a_peer(a, b);
	return !a->peers.count && !b->peers.count &&
	       same_ip(&one->group_address, &two->group_address);
}

static void check_pairs(struct keepalived_reader *reader)
{
	for (const struct instance_draft *a = reader->draft->instances; a; a = a->next) {
		for (const struct instance_draft *b = a->next; b; b = b->next) {
			if (!meet(a, b))
				continue;
			SAY(ALERT, b->place,
				"(%s) 'virtual_router_id %u' is %s's on '%s' already, at %s:%u",
				b->row.name, b->row.router_id, a->row.name, a->row.interface,
				a->place.file, a->place.line);
		}
	}
}

/* The same address twice: the second taker changes nothing, and the first to let go takes it
 * from both. */
static void check_twice(struct keepalived_reader *reader, struct names *seen,
	const struct instance_draft *instance, const struct draft_rows *rows)
{
	const struct vrrp_address *addresses = rows->at;

	for (uint32_t i = 0; i < rows->count; i++) {
		const char *ip = ip_text(reader, &addresses[i].ip);
		const char *key = keepalived_format(reader, "%s%%%s", ip, addresses[i].interface);
		const struct instance_draft *first =
			names_add(seen, reader->arena, key, (void *)(uintptr_t)instance);

		if (first == instance)
			SAY(WARNING, instance->place, "(%s) the address '%s' is there twice",
				instance->row.name, ip);
		else if (first)
			SAY(WARNING, instance->place,
				"(%s) the address '%s' on '%s' is %s's already, at %s:%u: the "
				"first of the two to let go takes it from both",
				instance->row.name, ip, addresses[i].interface, first->row.name,
				first->place.file, first->place.line);
	}
}

/* ---- what refers to others ---- */

static void check_nat(struct keepalived_reader *reader, const struct nat_draft *nat)
{
	struct nearest nearest;

	if (!*nat->row.instance || names_find(&reader->draft->instance_names, nat->row.instance))
		return;
	nearest_init(&nearest, nat->row.instance);
	for (const struct instance_draft *instance = reader->draft->instances; instance;
		instance = instance->next)
		nearest_offer(&nearest, instance->row.name);
	SAY(ALERT, nat->place, "'nat' : there is no vrrp_instance '%s'%s", nat->row.instance,
		keepalived_suggest(reader, nearest.word));
}

static const struct proxy *find_backend(const struct config *config, const char *name)
{
	for (uint32_t i = 0; i < config->proxy_count; i++) {
		if (config->proxies[i].is_backend && strcmp(config->proxies[i].name, name) == 0)
			return &config->proxies[i];
	}
	return NULL;
}

/* A file of the other language with errors may lack the backend because of them. */
static void check_backend(struct keepalived_reader *reader, const struct tracker_draft *tracker)
{
	const struct config *config = reader->config;
	const struct proxy *backend = find_backend(config, tracker->row.name);
	struct nearest nearest;

	if (backend && tracker->row.minimum > backend->server_count)
		SAY(ALERT, tracker->place, "'track_backend %s min %u' : the backend has %u servers",
			backend->name, tracker->row.minimum, backend->server_count);
	if (backend || reader->others_failed)
		return;
	nearest_init(&nearest, tracker->row.name);
	for (uint32_t i = 0; i < config->proxy_count; i++) {
		if (config->proxies[i].is_backend)
			nearest_offer(&nearest, config->proxies[i].name);
	}
	SAY(ALERT, tracker->place, "'track_backend %s' : there is no such backend%s",
		tracker->row.name, keepalived_suggest(reader, nearest.word));
}

void keepalived_check(struct keepalived_reader *reader)
{
	const struct nat_draft *nats = reader->draft->nats.at;
	struct names seen = {0};

	for (struct instance_draft *instance = reader->draft->instances; instance;
		instance = instance->next) {
		if (!instance->place.file) {
			SAY(ALERT, instance->first,
				"vrrp_instance '%s' has nothing but torc's own words: no file "
				"defines it",
				instance->row.name);
			continue;
		}
		if (!instance->faulty)
			check_what_is_missing(reader, instance);
		check_families(reader, instance);
		check_addresses(reader, instance);
		check_strict(reader, instance);
		check_owner(reader, instance);
		check_twice(reader, &seen, instance, &instance->addresses);
		check_twice(reader, &seen, instance, &instance->excluded);
	}
	check_pairs(reader);
	for (uint32_t i = 0; i < reader->draft->nats.count; i++)
		check_nat(reader, &nats[i]);
	for (const struct tracker_draft *tracker = reader->draft->trackers; tracker;
		tracker = tracker->next) {
		if (tracker->row.kind == VRRP_TRACK_BACKEND)
			check_backend(reader, tracker);
	}
	keepalived_check_interfaces(reader);
}
