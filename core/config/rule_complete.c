/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rule_complete.c - names in rules, looked up when the whole file has been read.
 *
 * A rule may send requests to a backend that is written further down, and ask for the servers of
 * one.  What is not to be found is an error at the line that wanted it. */
#include "core/config/rule_reader.h"

#include "core/config/nearest.h"
#include <string.h>

struct deferred_argument {
	struct argument *argument; /* NULL: it is a page's group */
	struct error_page *page;
	struct section_draft *section;
	struct place place;
	struct deferred_argument *next;
};

#define ALERT(place, ...) config_message(reader->config, MESSAGE_ALERT, place, __VA_ARGS__)

static struct deferred_argument *defer(struct reader *reader)
{
	struct deferred_argument *entry = arena_alloc(reader->arena, sizeof(*entry));

	entry->section = reader->section;
	entry->place = reader->place;
	entry->next = reader->deferred;
	reader->deferred = entry;
	return entry;
}

void rules_resolve_later(struct reader *reader, struct argument *argument)
{
	defer(reader)->argument = argument;
}

void error_group_resolve_later(struct reader *reader, struct error_page *page)
{
	defer(reader)->page = page;
}

static struct proxy *proxy_named(const struct names *names, const char *name)
{
	struct section_draft *section = names_find(names, name);

	return section ? section->finished : NULL;
}

static void unknown_backend(
	struct reader *reader, struct place place, const char *what, const char *name)
{
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (struct section_draft *section = reader->sections; section; section = section->next)
		if (section->where & IN_BACKEND)
			nearest_offer(&nearest, section->proxy.name);
	if (nearest.word)
		ALERT(place, "%s : unable to find backend '%s'; did you mean '%s' maybe ?", what,
			name, nearest.word);
	else
		ALERT(place, "%s : unable to find backend '%s'.", what, name);
}

static const struct server *server_named(const struct proxy *backend, const char *name)
{
	for (uint32_t i = 0; i < backend->server_count; i++)
		if (strcmp(backend->servers[i].name, name) == 0)
			return &backend->servers[i];
	return NULL;
}

static void resolve_server(struct reader *reader, struct deferred_argument *entry, const char *name)
{
	struct argument *argument = entry->argument;
	const char *slash = strchr(name, '/');

	argument->proxy = entry->section ? entry->section->finished : NULL;
	if (slash) {
		const char *backend = arena_copy(reader->arena, name, (size_t)(slash - name));

		argument->proxy = proxy_named(&reader->backends, backend);
		name = slash + 1;
	}
	if (argument->proxy)
		argument->server = server_named(argument->proxy, name);
	if (!argument->server)
		ALERT(entry->place, "unable to find server '%s'.", argument->text.at);
}

static void resolve_argument(struct reader *reader, struct deferred_argument *entry)
{
	struct argument *argument = entry->argument;
	const char *name = argument->text.at;

	switch (argument->kind) {
	case ARGUMENT_BACKEND:
		argument->proxy = proxy_named(&reader->backends, name);
		if (!argument->proxy)
			unknown_backend(reader, entry->place, "sample fetch", name);
		break;
	case ARGUMENT_FRONTEND:
		argument->proxy = proxy_named(&reader->frontends, name);
		if (!argument->proxy)
			ALERT(entry->place, "unable to find frontend '%s'.", name);
		break;
	case ARGUMENT_SERVER:
		resolve_server(reader, entry, name);
		break;
	case ARGUMENT_USERLIST:
		argument->users = names_find(&reader->userlists, name);
		if (!argument->users)
			ALERT(entry->place, "unable to find userlist '%s'.", name);
		break;
	case ARGUMENT_NONE:
	case ARGUMENT_TEXT:
	case ARGUMENT_NUMBER:
	case ARGUMENT_REGEX:
	case ARGUMENT_ADDRESS:
	case ARGUMENT_MASK:
	case ARGUMENT_MASK6:
		break;
	}
}

static void resolve_group(struct reader *reader, struct deferred_argument *entry)
{
	entry->page->group = names_find(&reader->error_groups, entry->page->group_name);
	if (!entry->page->group)
		ALERT(entry->place, "unable to find 'http-errors' section '%s'.",
			entry->page->group_name);
}

/* Messages come in the order of the file: the list was built from its front. */
static void resolve_deferred(struct reader *reader)
{
	struct deferred_argument *ordered = NULL;

	while (reader->deferred) {
		struct deferred_argument *entry = reader->deferred;

		reader->deferred = entry->next;
		entry->next = ordered;
		ordered = entry;
	}
	for (; ordered; ordered = ordered->next) {
		if (ordered->argument)
			resolve_argument(reader, ordered);
		else
			resolve_group(reader, ordered);
	}
}

static void resolve_routes(struct reader *reader, struct proxy *proxy)
{
	for (struct rule *rule = proxy->rules->routes.first; rule; rule = rule->next) {
		struct proxy *backend;

		if (rule->format)
			continue;
		backend = proxy_named(&reader->backends, rule->name);
		rule->backend = backend;
		if (!backend && !names_find(&reader->backends, rule->name))
			unknown_backend(reader, rule->place, "use_backend", rule->name);
		if (backend && backend->mode != proxy->mode)
			ALERT(rule->place,
				"use_backend : '%s' is of another mode than '%s': a connection "
				"that changes it on its way is known, but not available yet.",
				rule->name, proxy->name);
		if (backend && !proxy->disabled)
			backend->frontends_using++;
	}
	for (struct rule *rule = proxy->rules->servers.first; rule; rule = rule->next) {
		if (rule->format)
			continue;
		rule->server = server_named(proxy, rule->name);
		if (!rule->server)
			ALERT(rule->place, "use-server : unable to find server '%s' in '%s'.",
				rule->name, proxy->name);
	}
}

/* A frontend that captures has slots of its own; every session has room for the greediest. */
static void measure_captures(struct reader *reader, const struct proxy *proxy)
{
	const struct rules *rules = proxy->rules;
	uint32_t slots = rules->request_captures.count + rules->response_captures.count;
	uint32_t bytes = rules->request_captures.bytes + rules->response_captures.bytes +
			 slots * (uint32_t)sizeof(uint16_t);

	if (reader->config->capture_bytes < bytes)
		reader->config->capture_bytes = bytes;
}

/* Slots belong to frontends: which one a backend's rule meets shows when a request is there. */
static void check_capture_slots(struct reader *reader, const struct proxy *proxy)
{
	const struct rules *rules = proxy->rules;
	const struct {
		const struct rule *first;
		uint32_t slots;
		const char *what;
	} lists[] = {
		{rules->request.first, rules->request_captures.count, "request"},
		{rules->response.first, rules->response_captures.count, "response"},
		{rules->after_response.first, rules->response_captures.count, "response"},
	};

	if (!proxy->is_frontend)
		return;
	for (uint32_t i = 0; i < KEYWORD_COUNT(lists); i++)
		for (const struct rule *rule = lists[i].first; rule; rule = rule->next)
			if (rule->action == RULE_CAPTURE && rule->number >= lists[i].slots)
				ALERT(rule->place,
					"unable to find capture id '%u': '%s' has %u slots for the "
					"%s ('declare capture %s len <bytes>' makes one).",
					rule->number, proxy->name, lists[i].slots, lists[i].what,
					lists[i].what);
}

static void ignore_list(
	struct reader *reader, const struct proxy *proxy, struct rule_list *list, const char *what)
{
	if (!list->first)
		return;
	config_message(reader->config, MESSAGE_WARNING, list->first->place,
		"'%s' rules ignored for '%s' as they require HTTP mode.", what, proxy->name);
	list->first = NULL;
	list->tail = &list->first;
}

/* In mode tcp nobody reads a head. */
static void ignore_http_rules(struct reader *reader, struct proxy *proxy)
{
	struct rules *rules = proxy->rules;

	if (proxy->mode == PROXY_MODE_HTTP)
		return;
	ignore_list(reader, proxy, &rules->request, "http-request");
	ignore_list(reader, proxy, &rules->response, "http-response");
	ignore_list(reader, proxy, &rules->after_response, "http-after-response");
	ignore_list(reader, proxy, &rules->redirects, "redirect");
	ignore_list(reader, proxy, &rules->monitor_fails, "monitor fail");
}

/* Nor does a route of mode tcp see one: a condition that asks for it would quietly never hold. */
static void check_routes(struct reader *reader, const struct proxy *proxy,
	const struct rule_list *list, const char *what)
{
	for (const struct rule *rule = list->first; rule; rule = rule->next) {
		const char *fetch = condition_asks_message(rule->condition);

		if (fetch && proxy->mode != PROXY_MODE_HTTP)
			ALERT(rule->place,
				"%s : '%s' is known, but not available yet in mode tcp: nothing "
				"looks "
				"into what clients say; 'mode http' does, and 'src', 'dst' and "
				"'dst_port' are known without.",
				what, fetch);
	}
}

void rules_complete(struct reader *reader)
{
	struct config *config = reader->config;

	config->backend_names = arena_alloc(reader->arena, sizeof(*config->backend_names));
	for (uint32_t i = 0; i < config->proxy_count; i++) {
		struct proxy *proxy = &config->proxies[i];

		if (proxy->is_backend)
			names_add(config->backend_names, reader->arena, proxy->name, proxy);
	}
	resolve_deferred(reader);
	for (uint32_t i = 0; i < config->proxy_count; i++) {
		struct proxy *proxy = &config->proxies[i];
		struct rules *rules = proxy->rules;

		ignore_http_rules(reader, proxy);
		if (proxy->is_frontend)
			check_routes(reader, proxy, &rules->routes, "use_backend");
		if (proxy->is_backend)
			check_routes(reader, proxy, &rules->servers, "use-server");
		resolve_routes(reader, proxy);
		check_capture_slots(reader, proxy);
		measure_captures(reader, proxy);
		rules->looks_at_responses = rules->response.first || rules->after_response.first ||
					    rules->response_captures.count > 0;
	}
}
