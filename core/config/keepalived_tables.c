/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_tables.c - the draft becomes the tables that the keeper gets.
 *
 * What an instance has many of lies in one table for all, and the instance holds a range of it.
 * Only trackers that somebody looks at are taken along. */
#include "core/config/keepalived_reader.h"

#include <stdio.h>

/* One table that is being filled, and how much of it is. */
struct filling {
	struct draft_rows rows;
	size_t row_bytes;
	struct arena *arena;
};

static struct vrrp_range append(struct filling *table, const struct draft_rows *rows)
{
	struct vrrp_range range = {table->rows.count, rows->count};

	for (uint32_t i = 0; i < rows->count; i++)
		memcpy(draft_rows_add(table->arena, &table->rows, table->row_bytes),
			(const char *)rows->at + i * table->row_bytes, table->row_bytes);
	return range;
}

struct fillings {
	struct filling instances, groups, trackers, bindings, addresses, routes, rules, peers, nats,
		ends, delays;
};

static void put_place(struct vrrp_place *out, struct place place)
{
	/* A longer path is cut at its beginning: the end tells files apart. */
	const char *file = place.file ? place.file : "";
	size_t len = strlen(file), most = sizeof(out->file) - 1;

	snprintf(out->file, sizeof(out->file), "%s", file + (len > most ? len - most : 0));
	out->line = place.line;
}

static struct vrrp_range append_bindings(struct fillings *fillings, const struct draft_rows *rows)
{
	const struct binding_draft *bindings = rows->at;
	struct vrrp_range range = {fillings->bindings.rows.count, rows->count};

	for (uint32_t i = 0; i < rows->count; i++) {
		struct vrrp_binding *row = draft_rows_add(
			fillings->bindings.arena, &fillings->bindings.rows, sizeof(*row));

		row->tracker = bindings[i].tracker->index;
		row->weight = bindings[i].weight;
		row->reverse = bindings[i].reverse;
	}
	return range;
}

static void *append_one(struct filling *table, const void *row)
{
	void *copy = draft_rows_add(table->arena, &table->rows, table->row_bytes);

	memcpy(copy, row, table->row_bytes);
	return copy;
}

static void append_instance(struct fillings *fillings, struct instance_draft *draft)
{
	struct vrrp_instance *row = &draft->row;

	row->addresses = append(&fillings->addresses, &draft->addresses);
	row->excluded = append(&fillings->addresses, &draft->excluded);
	row->routes = append(&fillings->routes, &draft->routes);
	row->rules = append(&fillings->rules, &draft->rules);
	row->peers = append(&fillings->peers, &draft->peers);
	row->bindings = append_bindings(fillings, &draft->bindings);
	put_place(&row->place, draft->place);
	append_one(&fillings->instances, row);
}

static void append_rest(struct fillings *fillings, struct vrrp_draft *draft)
{
	struct nat_draft *nats = draft->nats.at;

	for (struct tracker_draft *tracker = draft->trackers; tracker; tracker = tracker->next) {
		if (!tracker->used)
			continue;
		put_place(&tracker->row.place, tracker->place);
		append_one(&fillings->trackers, &tracker->row);
	}
	for (struct group_draft *group = draft->groups; group; group = group->next) {
		group->row.bindings = append_bindings(fillings, &group->bindings);
		put_place(&group->row.place, group->place);
		append_one(&fillings->groups, &group->row);
	}
	for (uint32_t i = 0; i < draft->nats.count; i++) {
		put_place(&nats[i].row.place, nats[i].place);
		append_one(&fillings->nats, &nats[i].row);
	}
}

static void list_tables(struct vrrp_tables *tables, const struct fillings *fillings)
{
	tables->instances = fillings->instances.rows.at;
	tables->instance_count = fillings->instances.rows.count;
	tables->groups = fillings->groups.rows.at;
	tables->group_count = fillings->groups.rows.count;
	tables->trackers = fillings->trackers.rows.at;
	tables->tracker_count = fillings->trackers.rows.count;
	tables->bindings = fillings->bindings.rows.at;
	tables->binding_count = fillings->bindings.rows.count;
	tables->addresses = fillings->addresses.rows.at;
	tables->address_count = fillings->addresses.rows.count;
	tables->routes = fillings->routes.rows.at;
	tables->route_count = fillings->routes.rows.count;
	tables->rules = fillings->rules.rows.at;
	tables->rule_count = fillings->rules.rows.count;
	tables->peers = fillings->peers.rows.at;
	tables->peer_count = fillings->peers.rows.count;
	tables->nats = fillings->nats.rows.at;
	tables->nat_count = fillings->nats.rows.count;
	tables->ends = fillings->ends.rows.at;
	tables->end_count = fillings->ends.rows.count;
	tables->delays = fillings->delays.rows.at;
	tables->delay_count = fillings->delays.rows.count;
}

struct vrrp_config *keepalived_make_tables(struct keepalived_reader *reader)
{
	struct vrrp_draft *draft = reader->draft;
	struct arena *arena = reader->arena;
	struct fillings fillings = {
		.instances = {.row_bytes = sizeof(struct vrrp_instance), .arena = arena},
		.groups = {.row_bytes = sizeof(struct vrrp_group), .arena = arena},
		.trackers = {.row_bytes = sizeof(struct vrrp_tracker), .arena = arena},
		.bindings = {.row_bytes = sizeof(struct vrrp_binding), .arena = arena},
		.addresses = {.row_bytes = sizeof(struct vrrp_address), .arena = arena},
		.routes = {.row_bytes = sizeof(struct vrrp_route), .arena = arena},
		.rules = {.row_bytes = sizeof(struct vrrp_rule), .arena = arena},
		.peers = {.row_bytes = sizeof(struct vrrp_peer), .arena = arena},
		.nats = {.row_bytes = sizeof(struct vrrp_nat), .arena = arena},
		.ends = {.row_bytes = sizeof(struct vrrp_end), .arena = arena},
		.delays = {.row_bytes = sizeof(struct vrrp_delay), .arena = arena},
	};
	struct vrrp_tables tables = {.global = &draft->global};
	struct draft_rows listeners = {0}, servers = {0};

	tables.static_addresses = append(&fillings.addresses, &draft->static_addresses);
	tables.static_routes = append(&fillings.routes, &draft->static_routes);
	tables.static_rules = append(&fillings.rules, &draft->static_rules);
	for (struct instance_draft *instance = draft->instances; instance;
		instance = instance->next)
		append_instance(&fillings, instance);
	append_rest(&fillings, draft);
	append(&fillings.delays, &draft->delays);
	keepalived_collect_ends(reader, &listeners, &servers);
	tables.listeners = append(&fillings.ends, &listeners);
	tables.servers = append(&fillings.ends, &servers);
	list_tables(&tables, &fillings);
	return vrrp_config_build(arena, &tables);
}
