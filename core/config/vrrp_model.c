/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vrrp_model.c - the tables of the virtual routers: laid out, and believed only after a look.
 *
 * The planner builds the tables and hands them to the keeper, which is privileged.  What a parser
 * that went wrong wrote there must not make the keeper read outside of them, so before the first
 * use every count, offset, range and text is compared with the bytes that are there.  What the
 * tables *say* is not judged here: a wrong address is a wrong address.
 *
 * Pure but for the arena.  Thread: any. */
#include "core/config/vrrp_model.h"

#include "core/mem.h"
#include <assert.h>
#include <linux/fib_rules.h>
#include <string.h>

/* Every table begins where any of its rows may stand. */
#define TABLE_ALIGN 16u

static uint64_t aligned(uint64_t at)
{
	return (at + TABLE_ALIGN - 1) & ~(uint64_t)(TABLE_ALIGN - 1);
}

/* One table of the whole: its rows before the layout, and where the header says they are. */
struct table {
	const void *rows;
	size_t row_bytes;
	uint32_t count;
	uint32_t *at;
};

enum { TABLES = 11 };

static void list_tables(
	struct table list[TABLES], const struct vrrp_tables *from, struct vrrp_config *config)
{
	const struct table all[TABLES] = {
		{from->instances, sizeof(struct vrrp_instance), config->instance_count,
			&config->instances_at},
		{from->groups, sizeof(struct vrrp_group), config->group_count, &config->groups_at},
		{from->trackers, sizeof(struct vrrp_tracker), config->tracker_count,
			&config->trackers_at},
		{from->bindings, sizeof(struct vrrp_binding), config->binding_count,
			&config->bindings_at},
		{from->addresses, sizeof(struct vrrp_address), config->address_count,
			&config->addresses_at},
		{from->routes, sizeof(struct vrrp_route), config->route_count, &config->routes_at},
		{from->rules, sizeof(struct vrrp_rule), config->rule_count, &config->rules_at},
		{from->peers, sizeof(struct vrrp_peer), config->peer_count, &config->peers_at},
		{from->nats, sizeof(struct vrrp_nat), config->nat_count, &config->nats_at},
		{from->ends, sizeof(struct vrrp_end), config->end_count, &config->ends_at},
		{from->delays, sizeof(struct vrrp_delay), config->delay_count, &config->delays_at},
	};

	memcpy(list, all, sizeof(all));
}

struct vrrp_config *vrrp_config_build(struct arena *arena, const struct vrrp_tables *tables)
{
	struct vrrp_config head = {
		.version = VRRP_MODEL_VERSION,
		.global = *tables->global,
		.static_addresses = tables->static_addresses,
		.static_routes = tables->static_routes,
		.static_rules = tables->static_rules,
		.listeners = tables->listeners,
		.servers = tables->servers,
		.instance_count = tables->instance_count,
		.group_count = tables->group_count,
		.tracker_count = tables->tracker_count,
		.binding_count = tables->binding_count,
		.address_count = tables->address_count,
		.route_count = tables->route_count,
		.rule_count = tables->rule_count,
		.peer_count = tables->peer_count,
		.nat_count = tables->nat_count,
		.end_count = tables->end_count,
		.delay_count = tables->delay_count,
	};
	struct table list[TABLES];
	uint64_t end = aligned(sizeof(head));
	char *whole;

	list_tables(list, tables, &head);
	for (uint32_t i = 0; i < TABLES; i++) {
		*list[i].at = (uint32_t)end;
		end = aligned(end + (uint64_t)list[i].row_bytes * list[i].count);
	}
	assert(end <= UINT32_MAX);
	head.bytes = (uint32_t)end;
	whole = arena_alloc(arena, end);
	memcpy(whole, &head, sizeof(head));
	for (uint32_t i = 0; i < TABLES; i++) {
		if (list[i].count)
			memcpy(whole + *list[i].at, list[i].rows,
				list[i].row_bytes * list[i].count);
	}
	return (struct vrrp_config *)(void *)whole;
}

/* ---- the look before the first use ---- */

#define TEXT_IS_SOUND(field) (memchr((field), '\0', sizeof(field)) != NULL)

/* Words one after the other: the empty word that ends them is there. */
static bool words_are_sound(const char *field, size_t bytes)
{
	for (size_t i = 0; i + 1 < bytes; i++) {
		if (!field[i] && (i == 0 || !field[i + 1]))
			return true;
	}
	return false;
}

#define WORDS_ARE_SOUND(field) words_are_sound((field), sizeof(field))

static bool in_table(struct vrrp_range range, uint32_t count)
{
	return range.first <= count && range.count <= count - range.first;
}

static bool ip_is_sound(const struct vrrp_ip *ip)
{
	return ip->family == AF_UNSPEC || ip->family == AF_INET || ip->family == AF_INET6;
}

static bool notify_is_sound(const struct vrrp_notify *notify)
{
	for (uint32_t i = 0; i < VRRP_NOTIFY_KINDS; i++) {
		if (!WORDS_ARE_SOUND(notify->command[i]))
			return false;
	}
	return true;
}

static bool global_is_sound(const struct vrrp_global *global)
{
	return TEXT_IS_SOUND(global->router_id) && TEXT_IS_SOUND(global->notify_fifo) &&
	       TEXT_IS_SOUND(global->vrrp_notify_fifo) && TEXT_IS_SOUND(global->process_name) &&
	       TEXT_IS_SOUND(global->reload_file) && TEXT_IS_SOUND(global->reload_time_file) &&
	       TEXT_IS_SOUND(global->vmac_prefix) && WORDS_ARE_SOUND(global->notify_fifo_script) &&
	       WORDS_ARE_SOUND(global->vrrp_notify_fifo_script);
}

static bool instance_is_sound(const struct vrrp_config *config, const struct vrrp_instance *row)
{
	return TEXT_IS_SOUND(row->name) && TEXT_IS_SOUND(row->interface) &&
	       TEXT_IS_SOUND(row->vmac_interface) && TEXT_IS_SOUND(row->vrf) &&
	       TEXT_IS_SOUND(row->place.file) &&
	       (row->family == AF_INET || row->family == AF_INET6) &&
	       (row->version == 2 || row->version == 3) && row->router_id && row->priority &&
	       ip_is_sound(&row->source) && ip_is_sound(&row->group_address) &&
	       in_table(row->peers, config->peer_count) &&
	       in_table(row->addresses, config->address_count) &&
	       in_table(row->excluded, config->address_count) &&
	       in_table(row->routes, config->route_count) &&
	       in_table(row->rules, config->rule_count) &&
	       in_table(row->bindings, config->binding_count) && row->group >= -1 &&
	       row->group < (int64_t)config->group_count && notify_is_sound(&row->notify);
}

static bool instances_are_sound(const struct vrrp_config *config)
{
	const struct vrrp_instance *instances = vrrp_instances(config);
	const struct vrrp_group *groups = vrrp_groups(config);

	for (uint32_t i = 0; i < config->instance_count; i++) {
		if (!instance_is_sound(config, &instances[i]))
			return false;
	}
	for (uint32_t i = 0; i < config->group_count; i++) {
		if (!TEXT_IS_SOUND(groups[i].name) || !TEXT_IS_SOUND(groups[i].place.file) ||
			!in_table(groups[i].bindings, config->binding_count) ||
			!notify_is_sound(&groups[i].notify))
			return false;
	}
	return true;
}

static bool trackers_are_sound(const struct vrrp_config *config)
{
	const struct vrrp_tracker *trackers = vrrp_trackers(config);
	const struct vrrp_binding *bindings = vrrp_bindings(config);

	for (uint32_t i = 0; i < config->tracker_count; i++) {
		const struct vrrp_tracker *row = &trackers[i];

		if (!TEXT_IS_SOUND(row->name) || !WORDS_ARE_SOUND(row->command) ||
			!TEXT_IS_SOUND(row->path) || !TEXT_IS_SOUND(row->place.file) ||
			row->kind > VRRP_TRACK_BACKEND || row->match > VRRP_MATCH_INITIAL)
			return false;
	}
	for (uint32_t i = 0; i < config->binding_count; i++) {
		if (bindings[i].tracker >= config->tracker_count)
			return false;
	}
	return true;
}

static bool bits_are_sound(const struct vrrp_ip *ip, uint8_t bits)
{
	return ip_is_sound(ip) && bits <= (ip->family == AF_INET6 ? 128 : 32);
}

static bool addresses_are_sound(const struct vrrp_config *config)
{
	const struct vrrp_address *addresses = vrrp_addresses(config);
	const struct vrrp_peer *peers = vrrp_peers(config);

	for (uint32_t i = 0; i < config->address_count; i++) {
		const struct vrrp_address *row = &addresses[i];

		if (row->ip.family == AF_UNSPEC || !bits_are_sound(&row->ip, row->prefix_bits) ||
			!ip_is_sound(&row->peer) || !ip_is_sound(&row->broadcast) ||
			!TEXT_IS_SOUND(row->interface) || !TEXT_IS_SOUND(row->label))
			return false;
	}
	for (uint32_t i = 0; i < config->peer_count; i++) {
		if (peers[i].ip.family == AF_UNSPEC || !ip_is_sound(&peers[i].ip))
			return false;
	}
	return true;
}

static bool ways_are_sound(const struct vrrp_route *row)
{
	if (row->hop_count > VRRP_HOPS_PER_ROUTE_MAX || row->encap_count > VRRP_ENCAPS_MAX ||
		row->encap > row->encap_count || row->adding > VRRP_APPEND ||
		!TEXT_IS_SOUND(row->congestion))
		return false;
	for (uint32_t i = 0; i < row->hop_count; i++) {
		const struct vrrp_hop *hop = &row->hops[i];

		if (!ip_is_sound(&hop->via) || !TEXT_IS_SOUND(hop->interface) || hop->weight < 1 ||
			hop->weight > 256 || hop->encap > row->encap_count)
			return false;
	}
	for (uint32_t i = 0; i < row->encap_count; i++) {
		const struct vrrp_encap *encap = &row->encaps[i];

		if (encap->count > VRRP_LABELS_MAX || !ip_is_sound(&encap->to) ||
			!ip_is_sound(&encap->from))
			return false;
	}
	return true;
}

static bool routes_are_sound(const struct vrrp_config *config)
{
	const struct vrrp_route *routes = vrrp_routes(config);
	const struct vrrp_rule *rules = vrrp_rules(config);

	for (uint32_t i = 0; i < config->route_count; i++) {
		const struct vrrp_route *row = &routes[i];

		if (!bits_are_sound(&row->to, row->to_bits) ||
			!bits_are_sound(&row->from, row->from_bits) || !ip_is_sound(&row->via) ||
			!ip_is_sound(&row->source) || !TEXT_IS_SOUND(row->interface) ||
			!ways_are_sound(row))
			return false;
	}
	for (uint32_t i = 0; i < config->rule_count; i++) {
		const struct vrrp_rule *row = &rules[i];

		if (!bits_are_sound(&row->from, row->from_bits) ||
			!bits_are_sound(&row->to, row->to_bits) || row->action > FR_ACT_PROHIBIT ||
			!TEXT_IS_SOUND(row->in_interface) || !TEXT_IS_SOUND(row->out_interface))
			return false;
	}
	return true;
}

static bool nats_are_sound(const struct vrrp_config *config)
{
	const struct vrrp_nat *nats = vrrp_nats(config);

	for (uint32_t i = 0; i < config->nat_count; i++) {
		const struct vrrp_nat *row = &nats[i];

		if (!bits_are_sound(&row->from, row->from_bits) || !ip_is_sound(&row->source) ||
			!TEXT_IS_SOUND(row->out_interface) || !TEXT_IS_SOUND(row->instance) ||
			!TEXT_IS_SOUND(row->place.file))
			return false;
	}
	return true;
}

static bool delays_are_sound(const struct vrrp_config *config)
{
	for (uint32_t i = 0; i < config->delay_count; i++) {
		if (!TEXT_IS_SOUND(vrrp_delays(config)[i].interface))
			return false;
	}
	return true;
}

static bool ends_are_sound(const struct vrrp_config *config)
{
	const struct vrrp_end *ends = vrrp_ends(config);

	if (!in_table(config->listeners, config->end_count) ||
		!in_table(config->servers, config->end_count))
		return false;
	for (uint32_t i = 0; i < config->end_count; i++) {
		if (!ip_is_sound(&ends[i].ip))
			return false;
	}
	/* A server has an address; a listener may have any. */
	for (uint32_t i = 0; i < config->servers.count; i++) {
		if (ends[config->servers.first + i].ip.family == AF_UNSPEC)
			return false;
	}
	return true;
}

static bool tables_are_inside(const struct vrrp_config *config, uint32_t bytes)
{
	struct vrrp_config copy = *config;
	struct table list[TABLES];

	list_tables(list, &(struct vrrp_tables){0}, &copy);
	for (uint32_t i = 0; i < TABLES; i++) {
		uint64_t end = *list[i].at + (uint64_t)list[i].row_bytes * list[i].count;

		if (*list[i].at < sizeof(*config) || *list[i].at % TABLE_ALIGN || end > bytes)
			return false;
	}
	return true;
}

bool vrrp_config_is_sound(const struct vrrp_config *config, uint32_t bytes)
{
	if (bytes < sizeof(*config) || config->version != VRRP_MODEL_VERSION ||
		config->bytes != bytes)
		return false;
	return config->instance_count <= VRRP_INSTANCES_MAX &&
	       config->tracker_count <= VRRP_TRACKERS_MAX && config->end_count <= VRRP_ENDS_MAX &&
	       tables_are_inside(config, bytes) && global_is_sound(&config->global) &&
	       instances_are_sound(config) && trackers_are_sound(config) &&
	       addresses_are_sound(config) && routes_are_sound(config) && nats_are_sound(config) &&
	       ends_are_sound(config) && delays_are_sound(config) &&
	       in_table(config->static_addresses, config->address_count) &&
	       in_table(config->static_routes, config->route_count) &&
	       in_table(config->static_rules, config->rule_count);
}
