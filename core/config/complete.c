/* SPDX-License-Identifier: GPL-2.0-or-later */
/* complete.c - from drafts to the finished tree.
 *
 * When every line has been read, lists become arrays, names become pointers, and everything gets
 * its number: ids as HAProxy gives them out (scripts know them), cells and verdicts as the board
 * wants them.  What can only be judged on the whole is judged in check.c. */
#include "core/config/complete.h"

#include "core/config/rule_reader.h"
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Number in the order of the file: `next` is where the search for a free one begins, and moves
 * on by one for every object, forced ids included. */
static uint32_t give_id(const struct names *used, const char *kind, uint32_t forced, uint32_t *next)
{
	char key[32];
	uint32_t id = forced;

	while (!id) {
		snprintf(key, sizeof(key), "%s%" PRIu32, kind, *next);
		if (!names_find(used, key))
			id = *next;
		else
			(*next)++;
	}
	(*next)++;
	return id;
}

static void complete_global_logs(struct reader *reader)
{
	struct global *global = &reader->config->global;

	global->log_targets =
		arena_alloc(reader->arena, reader->global_logs.count * sizeof(struct log_target));
	for (struct log_draft *log = reader->global_logs.first; log; log = log->next)
		global->log_targets[global->log_target_count++] = log->target;
}

/* `log global` stands for the global list, once; alone it shares that list's array. */
static void complete_logs(
	struct reader *reader, struct proxy *proxy, const struct section_draft *section)
{
	const struct global *global = &reader->config->global;
	uint32_t own = 0, count = 0;
	bool with_global = false;

	for (const struct log_draft *log = section->logs.first; log; log = log->next) {
		own += !log->global;
		with_global |= log->global;
	}
	if (with_global && !own) {
		proxy->log_targets = global->log_targets;
		proxy->log_target_count = global->log_target_count;
		return;
	}
	count = own + (with_global ? global->log_target_count : 0);
	proxy->log_targets = arena_alloc(reader->arena, count * sizeof(struct log_target));
	for (const struct log_draft *log = section->logs.first; log; log = log->next) {
		if (!log->global) {
			proxy->log_targets[proxy->log_target_count++] = log->target;
			continue;
		}
		for (uint32_t i = 0; with_global && i < global->log_target_count; i++)
			proxy->log_targets[proxy->log_target_count++] = global->log_targets[i];
		with_global = false;
	}
}

/* Either of the two alone is a fixed limit. */
static void complete_limits(struct server *server)
{
	if (server->maxconn < server->minconn)
		server->maxconn = server->minconn;
	if (server->minconn == 0)
		server->minconn = server->maxconn;
}

static void complete_servers(
	struct reader *reader, struct proxy *proxy, const struct section_draft *section)
{
	uint32_t next_id = 1, index = 0;

	proxy->server_count = section->server_count;
	proxy->servers = arena_alloc(reader->arena, section->server_count * sizeof(struct server));
	for (struct server_draft *draft = section->servers; draft; draft = draft->next) {
		struct server *server = &proxy->servers[index];

		*server = draft->server;
		server->id = give_id(&section->ids, "server ", server->id, &next_id);
		server->index = index++;
		server->verdict = reader->config->server_count++;
		server->proxy = proxy;
		if (!server->source)
			server->source = proxy->source;
		complete_limits(server);
	}
	assert(index == proxy->server_count);
}

/* The canonical form of all that makes a socket: a new generation takes over a socket of its
 * predecessor when the keys are equal. */
static const char *listener_key(struct reader *reader, const struct listener *listener)
{
	char address[ADDRESS_TEXT_BYTES];

	if (listener->inherited_fd >= 0)
		return reader_format(reader, "fd@%d", listener->inherited_fd);
	address_print(address, &listener->address);
	if (listener->address.any.sa_family == AF_UNIX)
		return reader_format(reader, "%s;mode=%o;uid=%" PRId64 ";gid=%" PRId64, address,
			listener->mode, listener->uid, listener->gid);
	return reader_format(reader, "%s%s%s%s%s%s", address,
		listener->interface ? ";interface=" : "",
		listener->interface ? listener->interface : "", listener->v6only ? ";v6only" : "",
		listener->v4v6 ? ";v4v6" : "", listener->transparent ? ";transparent" : "");
}

static struct listener *add_listener(struct reader *reader, const struct listener *draft)
{
	struct config *config = reader->config;
	struct listener *listener = &config->listeners[config->listener_count];

	*listener = *draft;
	listener->index = config->listener_count++;
	listener->key = listener_key(reader, listener);
	return listener;
}

/* A proxy that is disabled keeps its sockets closed. */
static void complete_listeners(
	struct reader *reader, struct proxy *proxy, const struct section_draft *section)
{
	uint32_t next_id = 1;

	if (proxy->disabled)
		return;
	proxy->listeners =
		arena_alloc(reader->arena, section->listener_count * sizeof(struct listener *));
	for (struct listener_draft *draft = section->listeners; draft; draft = draft->next) {
		struct listener *listener = add_listener(reader, &draft->listener);

		listener->id = give_id(&section->ids, "bind ", listener->id, &next_id);
		listener->proxy = proxy;
		proxy->listeners[proxy->listener_count++] = listener;
	}
}

static void complete_stats_sockets(struct reader *reader)
{
	struct stats_socket **tail = &reader->config->global.stats_sockets;
	uint32_t id = 1;

	for (struct stats_socket_draft *draft = reader->stats_sockets; draft; draft = draft->next) {
		struct listener *listener = add_listener(reader, &draft->listener);

		if (!listener->id)
			listener->id = id;
		id++;
		listener->stats_socket = &draft->socket;
		draft->socket.listener = listener;
		*tail = &draft->socket;
		tail = &draft->socket.next;
	}
}

/* The page shows what the global section says where the proxy says nothing. */
static void complete_stats_uri(struct reader *reader, struct proxy *proxy)
{
	const struct global *global = &reader->config->global;
	struct stats_uri *stats = &proxy->stats;

	if (stats->node && !*stats->node && global->node)
		stats->node = global->node;
	if (stats->description && !*stats->description) {
		stats->description = global->description;
		if (!global->description)
			config_message(reader->config, MESSAGE_WARNING, proxy->place,
				"'show-desc' requires a parameter or 'description' to be set in "
				"the global section.");
	}
}

/* The draft of every proxy's place in the tree is found by its name. */
static struct proxy *find_backend(const struct reader *reader, const char *name, bool *known)
{
	const struct section_draft *section = names_find(&reader->backends, name);

	*known = section != NULL;
	/* A backend whose head had an error is known and not in the tree. */
	return section ? section->finished : NULL;
}

static void complete_routes(struct reader *reader, struct proxy *proxy)
{
	bool known;

	if (!proxy->is_frontend || proxy->disabled)
		return;
	if (proxy->default_backend_name) {
		proxy->default_backend = find_backend(reader, proxy->default_backend_name, &known);
		if (!known)
			check_missing_backend(reader, proxy);
	}
	if (proxy->default_backend)
		mode_check_route(reader, proxy, proxy->default_backend);
	if (proxy->default_backend)
		proxy->default_backend->frontends_using++;
	else if (proxy->is_backend)
		proxy->frontends_using++;
}

/* A frontend counts once for every backend that it leads to. */
static bool is_first_way(
	const struct proxy *proxy, const struct proxy *target, const struct rule *rule)
{
	if (!rule->backend || rule->backend == target)
		return false;
	for (const struct rule *at = proxy->rules->routes.first; at != rule; at = at->next)
		if (at->backend == rule->backend)
			return false;
	return true;
}

void config_derive_fullconn(struct config *config, uint32_t process_maxconn)
{
	uint64_t *sums = NULL;
	struct arena scratch = {0};

	sums = arena_alloc(&scratch, config->proxy_count * sizeof(*sums));
	for (uint32_t i = 0; i < config->proxy_count; i++) {
		const struct proxy *proxy = &config->proxies[i];
		const struct proxy *target = proxy->default_backend;

		if (!proxy->is_frontend || proxy->disabled)
			continue;
		if (!target && proxy->is_backend)
			target = proxy;
		if (target)
			sums[target->index] += proxy->maxconn ? proxy->maxconn : process_maxconn;
		for (const struct rule *rule = proxy->rules->routes.first; rule; rule = rule->next)
			if (is_first_way(proxy, target, rule))
				sums[rule->backend->index] +=
					proxy->maxconn ? proxy->maxconn : process_maxconn;
	}
	for (uint32_t i = 0; i < config->proxy_count; i++) {
		struct proxy *proxy = &config->proxies[i];

		if (!proxy->is_backend || (proxy->fullconn && !proxy->fullconn_derived))
			continue;
		proxy->fullconn_derived = true;
		proxy->fullconn = (uint32_t)((sums[i] + 9) / 10);
	}
	arena_free(&scratch);
}

/* Every row of the statistics has traffic cells of its own. */
static void number_cells(struct config *config)
{
	uint32_t cell = 0;

	for (uint32_t i = 0; i < config->proxy_count; i++) {
		struct proxy *proxy = &config->proxies[i];

		proxy->frontend_cell = proxy->is_frontend ? cell++ : UINT32_MAX;
		for (uint32_t j = 0; j < proxy->listener_count; j++)
			proxy->listeners[j]->cell = cell++;
		for (uint32_t j = 0; j < proxy->server_count; j++)
			proxy->servers[j].cell = cell++;
		proxy->backend_cell = proxy->is_backend ? cell++ : UINT32_MAX;
	}
	for (const struct stats_socket *socket = config->global.stats_sockets; socket;
		socket = socket->next)
		socket->listener->cell = cell++;
	config->cell_count = cell;
}

static void complete_proxies(struct reader *reader)
{
	struct config *config = reader->config;
	uint32_t next_id = 1, index = 0;

	for (struct section_draft *section = reader->sections; section; section = section->next)
		config->proxy_count++;
	config->proxies = arena_alloc(reader->arena, config->proxy_count * sizeof(struct proxy));
	for (struct section_draft *section = reader->sections; section; section = section->next) {
		struct proxy *proxy = &config->proxies[index];

		/* The proxy of the stats sockets takes the id at its place in the file. */
		if (reader->stats_socket_count && index == reader->proxies_before_stats)
			give_id(&reader->proxy_ids, "", 0, &next_id);
		*proxy = section->proxy;
		section->finished = proxy;
		proxy->index = index++;
		proxy->id = give_id(&reader->proxy_ids, "", proxy->id, &next_id);
		if (proxy->connection_mode == CONNECTION_UNSET)
			proxy->connection_mode = CONNECTION_KEEP_ALIVE;
		if (proxy->http_reuse == HTTP_REUSE_UNSET)
			proxy->http_reuse = HTTP_REUSE_SAFE;
		if (!proxy->retry_on)
			proxy->retry_on = RETRY_ON_SAID | RETRY_ON_CONN_FAILURE;
		complete_logs(reader, proxy, section);
		complete_servers(reader, proxy, section);
		complete_listeners(reader, proxy, section);
		complete_stats_uri(reader, proxy);
	}
}

void complete(struct reader *reader)
{
	struct config *config = reader->config;

	config->listeners =
		arena_alloc(reader->arena, reader->listener_count * sizeof(struct listener));
	complete_global_logs(reader);
	complete_proxies(reader);
	complete_stats_sockets(reader);
	assert(config->listener_count <= reader->listener_count);
	for (uint32_t i = 0; i < config->proxy_count; i++) {
		mode_complete(reader, &config->proxies[i]);
		complete_routes(reader, &config->proxies[i]);
	}
	rules_complete(reader);
	config_derive_fullconn(config, config->global.maxconn);
	number_cells(config);
	check(reader);
}
