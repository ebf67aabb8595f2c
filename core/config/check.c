/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check.c - what can only be judged on the whole tree.
 *
 * Errors that need two places of the file (two binds of one address), settings that are missing,
 * and what this machine lacks.  The latter are warnings: a file is checked on other machines than
 * the one it will run on; at start they are fatal. */
#include "core/config/complete.h"
#include "core/config/nearest.h"
#include "core/config/rule_model.h"

#include <string.h>
#include <sys/stat.h>

#define SAY(kind, place, ...) config_message(reader->config, MESSAGE_##kind, place, __VA_ARGS__)

static const struct place nowhere;

const char *check_title(const struct proxy *proxy)
{
	if (proxy->is_frontend && proxy->is_backend)
		return "proxy";
	return proxy->is_frontend ? "frontend" : "backend";
}

void check_missing_backend(struct reader *reader, const struct proxy *proxy)
{
	const char *name = proxy->default_backend_name;
	struct nearest nearest;

	nearest_init(&nearest, name);
	for (struct section_draft *section = reader->suggestions++ < 100 ? reader->sections : NULL;
		section; section = section->next) {
		if (section->where & IN_BACKEND)
			nearest_offer(&nearest, section->proxy.name);
	}
	if (nearest.word)
		SAY(ALERT, proxy->place,
			"Proxy '%s': unable to find required default_backend: '%s'; did you mean "
			"'%s' maybe ?",
			proxy->name, name, nearest.word);
	else if (names_find(&reader->frontends, name))
		SAY(ALERT, proxy->place,
			"Proxy '%s': unable to find required default_backend: '%s' is a frontend.",
			proxy->name, name);
	else
		SAY(ALERT, proxy->place,
			"Proxy '%s': unable to find required default_backend: '%s'.", proxy->name,
			name);
}

static void check_timeouts(struct reader *reader, const struct proxy *proxy)
{
	const struct timeouts *timeouts = &proxy->timeouts;
	bool servers = proxy->is_backend && proxy->server_count;
	bool missing = (proxy->is_frontend && !timeouts->client_ms) ||
		       (servers && (!timeouts->connect_ms || !timeouts->server_ms));

	if (missing)
		SAY(WARNING, nowhere,
			"missing timeouts for %s '%s'.\n"
			"   | While not properly invalid, you will certainly encounter various "
			"problems\n"
			"   | with such a configuration. To fix this, please ensure that all "
			"following\n"
			"   | timeouts are set to a non-zero value: 'client', 'connect', 'server'.",
			check_title(proxy), proxy->name);
}

static void check_servers(struct reader *reader, const struct proxy *proxy)
{
	for (uint32_t i = 0; i < proxy->server_count; i++) {
		const struct server *server = &proxy->servers[i];
		bool has_port = !server->port_from_client || server->check_port;

		if (server->check && !has_port)
			SAY(ALERT, server->place,
				"%s '%s': server '%s' has neither service port nor check port.",
				check_title(proxy), proxy->name, server->name);
	}
}

static void check_binds(struct reader *reader, const struct section_draft *section)
{
	const struct proxy *proxy = section->finished;

	if (proxy->is_frontend && !section->listener_count)
		SAY(WARNING, nowhere,
			"%s '%s' has no 'bind' directive. Please declare it as a backend if this "
			"was intended.",
			check_title(proxy), proxy->name);
}

static void check_logs(struct reader *reader, const struct proxy *proxy)
{
	if (proxy->is_frontend && (proxy->log_httplog || proxy->log_tcplog || proxy->log_format) &&
		!proxy->log_target_count)
		SAY(WARNING, nowhere, "log format ignored for %s '%s' since it has no log address.",
			check_title(proxy), proxy->name);
}

static void check_probes(struct reader *reader, const struct proxy *proxy)
{
	const struct httpchk *check = &proxy->httpchk;

	if (proxy->is_backend && proxy->check_kind != CHECK_HTTP &&
		(check->fields || check->body || check->expects))
		SAY(WARNING, nowhere,
			"%s '%s' uses http-check rules without 'option httpchk', so the rules are "
			"ignored.",
			check_title(proxy), proxy->name);
}

/* As HAProxy: the rules decide, the users of `stats auth` are not asked. */
static void check_stats(struct reader *reader, struct proxy *proxy)
{
	if (!proxy->rules->stats.first || !proxy->stats.users)
		return;
	SAY(WARNING, nowhere,
		"%s '%s': 'stats auth' and 'stats http-request' cannot be used at the same time; "
		"'stats auth' is ignored.",
		check_title(proxy), proxy->name);
	proxy->stats.users = NULL;
}

/* What is missing is not worth a word while lines of the file could not be read: it may be in
 * those. */
static void check_proxies(struct reader *reader)
{
	bool whole = reader->config->alert_count == 0;

	for (const struct section_draft *section = reader->sections; section;
		section = section->next) {
		struct proxy *proxy = section->finished;

		if (proxy->disabled)
			continue;
		check_stats(reader, proxy);
		check_servers(reader, proxy);
		if (!whole)
			continue;
		check_binds(reader, section);
		check_timeouts(reader, proxy);
		check_logs(reader, proxy);
		check_probes(reader, proxy);
	}
}

static const char *owner_of(struct reader *reader, const struct listener *listener)
{
	if (!listener->proxy)
		return "a stats socket";
	return reader_format(
		reader, "%s '%s'", check_title(listener->proxy), listener->proxy->name);
}

/* Two sockets of one address: the kernel would share the connections out between the two. */
static void check_duplicate_listeners(struct reader *reader)
{
	const struct config *config = reader->config;
	struct names seen = {0};

	for (uint32_t i = 0; i < config->listener_count; i++) {
		struct listener *listener = &config->listeners[i], *first;
		char printed[ADDRESS_TEXT_BYTES];
		const char *address = listener->key;

		if (listener->inherited_fd < 0)
			address = reader_format(reader, "%s%%%s",
				address_print(printed, &listener->address),
				listener->interface ? listener->interface : "");
		first = names_add(&seen, reader->arena, address, listener);
		if (first)
			SAY(ALERT, listener->place, "address '%s' is already bound by %s at %s:%u.",
				listener->text, owner_of(reader, first), first->place.file,
				first->place.line);
	}
}

static bool folder_exists(const struct config_machine *machine, const char *path)
{
	struct stat status;

	if (machine && machine->folder_exists)
		return machine->folder_exists(path);
	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* The folder that a socket or a file is to be made in. */
static void check_folder_of(struct reader *reader, const char *what, const char *path,
	struct place place, struct names *seen)
{
	const char *slash = strrchr(path, '/'), *folder;

	if (!slash || slash == path)
		return;
	folder = arena_copy(reader->arena, path, (size_t)(slash - path));
	if (names_add(seen, reader->arena, folder, (void *)(uintptr_t)folder) ||
		folder_exists(reader->source->machine, folder))
		return;
	SAY(WARNING, place,
		"the folder of %s '%s' does not exist on this machine: starting here will fail. "
		"Create it with 'mkdir -p %s'.",
		what, path, folder);
}

/* Folders that the start would miss.  Whether the user, the group and the chroot are there is
 * asked where they are needed: in the process that is about to become them. */
static void check_machine(struct reader *reader)
{
	const struct config *config = reader->config;
	const struct global *global = &config->global;
	struct names seen = {0};

	for (uint32_t i = 0; i < config->listener_count; i++) {
		const struct listener *listener = &config->listeners[i];
		const char *path = listener->address.un.sun_path;

		if (listener->address.any.sa_family == AF_UNIX && path[0])
			check_folder_of(reader, "the socket", path, listener->place, &seen);
	}
	if (global->pidfile)
		check_folder_of(reader, "the pid file", global->pidfile, nowhere, &seen);
}

static void check_global(struct reader *reader)
{
	struct global *global = &reader->config->global;

	if (global->maxrewrite > global->bufsize / 2) {
		SAY(WARNING, nowhere,
			"tune.maxrewrite is limited to half of tune.bufsize: %u instead of %u.",
			global->bufsize / 2, global->maxrewrite);
		global->maxrewrite = global->bufsize / 2;
	}
}

void check(struct reader *reader)
{
	check_global(reader);
	check_proxies(reader);
	check_duplicate_listeners(reader);
	check_machine(reader);
}
