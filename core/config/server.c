/* SPDX-License-Identifier: GPL-2.0-or-later */
/* server.c - `server` and `default-server`: where requests are sent, and how health is judged.
 *
 * A server starts as a copy of the section's presets.  Its address may be a name: it is looked up
 * now, and when there is no answer the server stays in the tree, without an address and in
 * maintenance, rather than keeping the whole service from starting. */
#include "core/config/reader.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#define SERVER_COUNT_MAX    100000000u /* of connections or of waiting requests */
#define SERVER_TEMPLATE_MAX 32768u     /* servers of one line */

static void complain(struct reader *reader, const char *what)
{
	reader_alert(reader, "'%s' : %s", reader->line_name, what);
	reader_give_up(reader);
}

static const char *bad_character(const char *name)
{
	while (isalnum((unsigned char)*name) || (*name && strchr("_-.:", *name)))
		name++;
	return *name ? name : NULL;
}

/* A name that is looked up; false: not found, the address stays empty. */
static bool resolve(struct reader *reader, const struct address_text *text, const char **host,
	union address *address)
{
	*host = arena_copy(reader->arena, text->host.at, text->host.len);
	if (reader_resolve(reader, *host, text->family, address))
		return true;
	*address = (union address){.any.sa_family = AF_UNSPEC};
	return false;
}

static void set_port(struct server *server, const struct address_text *text)
{
	int32_t sign = text->port_sign == ADDRESS_PORT_MINUS ? -1 : 1;

	server->address_len = address_set_port(&server->address, 0);
	if (text->port_sign == ADDRESS_PORT_PLAIN && text->port_first) {
		server->address_len = address_set_port(&server->address, text->port_first);
		return;
	}
	server->port_from_client = true;
	server->port_offset = sign * text->port_first;
}

/* "10.0.0.300" is a slip in an address and no name that somebody could have; what is shorter, the
 * library still reads as an address. */
static bool is_slip(struct span host)
{
	uint32_t dots = 0;

	for (uint32_t i = 0; i < host.len; i++) {
		if (host.at[i] == '.')
			dots++;
		else if (host.at[i] < '0' || host.at[i] > '9')
			return false;
	}
	return dots >= 3;
}

static bool read_address(
	struct reader *reader, struct server *server, const char *word, struct address_text *text)
{
	const char *fault;

	word = reader_address(reader, word);
	fault = address_read(text, word);
	server->address_text = reader_keep(reader, word);
	if (!fault && text->port_first != text->port_last)
		fault = "port range not permitted here";
	if (!fault && text->kind == ADDRESS_FD)
		fault = "a descriptor is not permitted here";
	if (!fault && text->kind == ADDRESS_NAME && is_slip(text->host))
		fault = "invalid address";
	if (!fault && text->any)
		fault = "the client's destination address as a server's is known, but not "
			"available yet";
	if (fault) {
		reader_alert(reader, "'%s' : %s in '%s'", reader->line_name, fault, word);
		return false;
	}
	server->address = text->address;
	server->address_len = text->address_len;
	return true;
}

/* An address without a port. */
static bool read_plain_address(union address *address, struct span word)
{
	char text[INET6_ADDRSTRLEN];

	if (word.len >= sizeof(text))
		return false;
	memcpy(text, word.at, word.len);
	text[word.len] = '\0';
	*address = (union address){.any.sa_family = AF_INET};
	if (inet_pton(AF_INET, text, &address->in.sin_addr) == 1)
		return true;
	*address = (union address){.any.sa_family = AF_INET6};
	return inet_pton(AF_INET6, text, &address->in6.sin6_addr) == 1;
}

/* One step of `init-addr`; false: the next one is tried.  States are taken over from a running
 * torc by themselves, so `last` has nothing to add. */
static bool find_address(struct reader *reader, struct server *server,
	const struct address_text *text, struct span method)
{
	if (span_equal(method, SPAN("libc")))
		return resolve(reader, text, &server->host_name, &server->address);
	return read_plain_address(&server->address, method);
}

/* The steps of `init-addr`, one after the other: `last,libc` unless it says something else.  Where
 * none finds an address the server waits in maintenance; with `none` without a word. */
static void find_by_name(
	struct reader *reader, struct server *server, const struct address_text *text)
{
	const char *at = server->init_addr ? server->init_addr : "last,libc";

	server->host_name = arena_copy(reader->arena, text->host.at, text->host.len);
	while (*at) {
		struct span method = span_of(at, strcspn(at, ","));

		if (span_equal(method, SPAN("none")))
			break;
		if (find_address(reader, server, text, method)) {
			set_port(server, text);
			return;
		}
		at += method.len + (at[method.len] == ',');
	}
	server->address = (union address){.any.sa_family = AF_UNSPEC};
	server->address_len = 0;
	if (!*at)
		reader_warn(reader, "'%s' : could not resolve address '%s', disabling server.",
			reader->line_name, server->host_name);
}

/* The words behind the address, which come before it is looked up: one of them says how. */
static bool read_rest(struct reader *reader, struct server *server, const char *address)
{
	struct address_text text;

	reader->server = server;
	if (!read_address(reader, server, address, &text)) {
		reader_give_up(reader);
		return false;
	}
	while (!reader_at_end(reader)) {
		const char *word = reader_next(reader);

		keyword_read(reader, &server_words, word, ON_SERVER);
	}
	if (text.kind == ADDRESS_NAME)
		find_by_name(reader, server, &text);
	else if (server->address.any.sa_family != AF_UNIX)
		set_port(server, &text);
	return true;
}

static bool check_name(struct reader *reader, const char *name)
{
	const char *bad = bad_character(name);

	if (!bad)
		return true;
	reader_alert(reader, "character '%c' is not permitted in server name '%s'.", *bad, name);
	reader_give_up(reader);
	return false;
}

/* Puts a finished server into its section. */
static void keep(struct reader *reader, struct server_draft *draft)
{
	struct section_draft *section = reader->section;
	struct server_draft *first =
		names_add(&section->server_names, reader->arena, draft->server.name, draft);

	if (first) {
		reader_alert(reader,
			"%s '%s' : another server named '%s' was already defined at line %u, "
			"please use distinct names.",
			section->title, section->proxy.name, draft->server.name,
			first->server.place.line);
		return;
	}
	*section->servers_tail = draft;
	section->servers_tail = &draft->next;
	section->server_count++;
}

static struct server_draft *begin(struct reader *reader, const char *name)
{
	struct section_draft *section = reader->section;
	struct server_draft *draft = arena_alloc(reader->arena, sizeof(*draft));

	draft->server = section->default_server;
	draft->server.name = reader_keep(reader, name);
	draft->server.place = reader->place;
	return draft;
}

void server_read(struct reader *reader, const struct keyword *self)
{
	const char *name = reader_next(reader), *address = reader_next(reader);
	struct server_draft *draft;

	(void)self;
	if (!*address) {
		reader_alert(reader, "'server' expects <name> and <addr>[:<port>] as arguments.");
		return;
	}
	if (!check_name(reader, name))
		return;
	draft = begin(reader, name);
	reader->line_name =
		reader_format(reader, "server %s/%s", reader->section->proxy.name, name);
	if (read_rest(reader, &draft->server, address))
		keep(reader, draft);
}

/* "5" is 1 to 5, "3-7" what it says. */
static bool read_template_range(const char *word, uint64_t *first, uint64_t *last)
{
	const char *dash = strchr(word, '-');
	char low[16], stray;

	*first = 1;
	if (dash) {
		if ((size_t)(dash - word) >= sizeof(low))
			return false;
		memcpy(low, word, (size_t)(dash - word));
		low[dash - word] = '\0';
		if (number_whole(first, low, SERVER_COUNT_MAX, &stray) != NUMBER_FINE)
			return false;
		word = dash + 1;
	}
	return number_whole(last, word, SERVER_COUNT_MAX, &stray) == NUMBER_FINE &&
	       *first <= *last && *last - *first < SERVER_TEMPLATE_MAX;
}

void server_template_read(struct reader *reader, const struct keyword *self)
{
	const char *prefix = reader_next(reader), *range = reader_next(reader);
	const char *address = reader_next(reader);
	struct server_draft *model;
	uint64_t first, last;

	(void)self;
	if (!*address) {
		reader_alert(reader, "'server-template' expects <prefix>, <nb | range> and "
				     "<addr>[:<port>] as arguments.");
		return;
	}
	if (!check_name(reader, prefix))
		return;
	if (!read_template_range(range, &first, &last)) {
		reader_alert(reader,
			"'server-template' : wrong number or range '%s', of at most %u servers.",
			range, SERVER_TEMPLATE_MAX);
		reader_give_up(reader);
		return;
	}
	model = begin(reader, prefix);
	model->server.name = NULL; /* it has no id of its own */
	reader->line_name =
		reader_format(reader, "server-template %s/%s", reader->section->proxy.name, prefix);
	if (!read_rest(reader, &model->server, address))
		return;
	for (uint64_t number = first; number <= last; number++) {
		struct server_draft *draft = arena_alloc(reader->arena, sizeof(*draft));

		draft->server = model->server;
		draft->server.name = reader_format(reader, "%s%u", prefix, (uint32_t)number);
		keep(reader, draft);
	}
}

void default_server_read(struct reader *reader, const struct keyword *self)
{
	(void)self;
	reader->line_name = "default-server";
	reader->server = &reader->section->default_server;
	if (reader_at_end(reader))
		complain(reader, "expects at least one argument");
	while (!reader_at_end(reader)) {
		const char *word = reader_next(reader);

		keyword_read(reader, &server_words, word, ON_SERVER);
	}
}

#define FIELD(member) offsetof(struct server, member)

static void *member_of(struct reader *reader, const struct keyword *self)
{
	return (char *)reader->server + self->field;
}

/* A word and its opposite, "no-" before it; `disabled` has `enabled`. */
static void read_switch(struct reader *reader, const struct keyword *self)
{
	*(bool *)member_of(reader, self) =
		strncmp(self->name, "no-", 3) != 0 && strcmp(self->name, "enabled") != 0;
}

static void read_weight(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	uint64_t value;
	char stray;

	(void)self;
	if (number_whole(&value, word, 256, &stray) != NUMBER_FINE)
		complain(reader, reader_format(reader,
					 "'weight' is not within 0 and 256 (got '%s').", word));
	else
		reader->server->weight = (uint32_t)value;
}

static void read_count(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	uint64_t value;
	char stray;

	if (number_whole(&value, word, SERVER_COUNT_MAX, &stray) != NUMBER_FINE)
		complain(reader,
			reader_format(reader, "'%s' expects a number of up to %u (got '%s').",
				self->name, SERVER_COUNT_MAX, word));
	else
		*(uint32_t *)member_of(reader, self) = (uint32_t)value;
}

static void read_interval(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_peek(reader);
	struct number_time time;

	switch (number_time(&time, reader_next(reader), NUMBER_MILLISECONDS)) {
	case NUMBER_FINE:
		reader_time_stray(reader, self->name, word, &time);
		break;
	case NUMBER_MISSING:
		complain(reader,
			reader_format(reader, "'%s' expects a delay as argument.", self->name));
		return;
	case NUMBER_BAD_CHARACTER:
		complain(reader, reader_format(reader, "unexpected character '%c' in '%s'.",
					 time.stray, self->name));
		return;
	case NUMBER_OVERFLOW:
		complain(reader, reader_format(reader,
					 "timer overflow in argument '%s' to '%s' (maximum value "
					 "is 2147483647 ms or ~24.8 days).",
					 word, self->name));
		return;
	}
	if (time.value == 0) {
		complain(reader,
			reader_format(reader, "invalid value 0 for argument '%s'.", self->name));
		return;
	}
	if (time.bare && time.value < 100)
		reader_warn(reader,
			"'%s %s' in '%s' is suspiciously small for a value in milliseconds. "
			"Please use an explicit unit ('%ums') if that was the intent.",
			self->name, word, reader->line_name, time.value);
	*(uint32_t *)member_of(reader, self) = time.value;
}

static void read_rise_or_fall(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	uint64_t value;
	char stray;

	if (!*word)
		complain(reader,
			reader_format(reader, "'%s' expects an integer argument.", self->name));
	else if (number_whole(&value, word, 100000, &stray) != NUMBER_FINE || value == 0)
		complain(reader, reader_format(reader, "'%s' has to be > 0.", self->name));
	else
		*(uint32_t *)member_of(reader, self) = (uint32_t)value;
}

static void read_port(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	uint64_t value;
	char stray;

	(void)self;
	if (number_whole(&value, word, 65535, &stray) != NUMBER_FINE)
		complain(reader,
			reader_format(reader, "'port' expects a port number (got '%s').", word));
	else
		reader->server->check_port = (uint16_t)value;
}

static void read_check_address(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_address(reader, reader_next(reader)), *fault, *host;
	struct server *server = reader->server;
	struct address_text text;

	(void)self;
	if (!*word) {
		complain(reader, "'addr' expects <ipv4|ipv6> as argument.");
		return;
	}
	fault = address_read(&text, word);
	if (!fault && (text.any || text.kind == ADDRESS_FD || text.family == AF_UNIX))
		fault = "invalid address";
	server->check_address = text.address;
	if (!fault && text.kind == ADDRESS_NAME &&
		!resolve(reader, &text, &host, &server->check_address))
		fault = "could not resolve address";
	if (fault) {
		complain(reader, reader_format(reader, "'addr' : %s: '%s'.", fault, word));
		return;
	}
	server->check_address_len = address_set_port(&server->check_address, 0);
	if (text.port_first)
		server->check_port = text.port_first;
}

static bool is_init_method(struct span method)
{
	static const char *const known[] = {"last", "libc", "none"};
	union address address;

	for (uint32_t i = 0; i < KEYWORD_COUNT(known); i++)
		if (span_equal(method, span_of_string(known[i])))
			return true;
	return read_plain_address(&address, method);
}

static void read_init_addr(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader), *at = word;
	bool fine = *at != '\0';

	(void)self;
	while (fine && *at) {
		struct span method = span_of(at, strcspn(at, ","));

		fine = is_init_method(method);
		at += method.len + (at[method.len] == ',');
	}
	if (!fine)
		complain(reader, reader_format(reader,
					 "'init-addr' only accepts 'last', 'libc', 'none' and "
					 "addresses, joined by commas (got '%s').",
					 word));
	else
		reader->server->init_addr = reader_keep(reader, word);
}

static void read_id(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader), *key, *other;
	uint64_t value;
	char stray;

	(void)self;
	if (!reader->server->name) { /* default-server, server-template */
		complain(reader, "'id' is not supported here");
		return;
	}
	if (number_whole(&value, word, INT32_MAX, &stray) != NUMBER_FINE || value == 0) {
		complain(reader, "'id' : custom id has to be > 0.");
		return;
	}
	reader->server->id = (uint32_t)value;
	key = reader_format(reader, "server %u", (uint32_t)value);
	other = names_add(&reader->section->ids, reader->arena, key,
		(void *)(uintptr_t)reader_format(reader, "%s:%u ('%s')", reader->place.file,
			reader->place.line, reader->line_name));
	if (other)
		complain(reader, reader_format(reader, "'id' : custom id %u already used at %s.",
					 (uint32_t)value, other));
}

static void read_marked_down(struct reader *reader, const struct keyword *self)
{
	(void)self;
	if (reader_skip(reader, "shutdown-sessions"))
		reader->server->shutdown_on_marked_down = true;
	else
		complain(reader, reader_format(reader,
					 "'on-marked-down' expects 'shutdown-sessions' but got "
					 "'%s'.",
					 reader_peek(reader)));
}

/* A word that torc does not need, with `field` arguments. */
static void read_ignored(struct reader *reader, const struct keyword *self)
{
	for (uint16_t i = 0; i < self->field; i++)
		reader_next(reader);
}

#define IGNORED(name_, arguments_, why_)                                                           \
	{                                                                                          \
		(name_), ON_SERVER, KEYWORD_NOTED, (arguments_), read_ignored, NULL, (why_)        \
	}
#define SPARED(name_, why_)                                                                        \
	{                                                                                          \
		(name_), ON_SERVER, KEYWORD_SPARED, 1, read_ignored, NULL, (why_)                  \
	}
#define LATER(name_, arguments_) KEYWORD_LATER_WORD(name_, ON_SERVER, arguments_)
#define WHY_POOL		 "kept connections are told apart by server and what makes them"
#define WHY_UNSEEN		 "'check' finds failures, traffic is not watched"
#define WHY_NO_TLS		 "there is no TLS yet"

static const struct keyword rows[] = {
	{"weight", ON_SERVER, KEYWORD_ACTS, 0, read_weight, "<0..256>", "share of requests, 1"},
	{"maxconn", ON_SERVER, KEYWORD_ACTS, FIELD(maxconn), read_count, "<n>",
		"requests at a time, more of them wait; [BALANCING.md](BALANCING.md)"},
	{"minconn", ON_SERVER, KEYWORD_ACTS, FIELD(minconn), read_count, "<n>",
		"the same while the backend is idle; grows up to maxconn at fullconn"},
	{"maxqueue", ON_SERVER, KEYWORD_ACTS, FIELD(maxqueue), read_count, "<n>",
		"requests that may wait for this server; 0, any number"},
	{"check", ON_SERVER, KEYWORD_ACTS, FIELD(check), read_switch, "", "probes the server"},
	{"no-check", ON_SERVER, KEYWORD_ACTS, FIELD(check), read_switch, "", "undoes `check`"},
	{"inter", ON_SERVER, KEYWORD_ACTS, FIELD(inter_ms), read_interval, "<time>",
		"between two probes, 2 s"},
	{"fastinter", ON_SERVER, KEYWORD_ACTS, FIELD(fastinter_ms), read_interval, "<time>",
		"the same while the state is changing; inter"},
	{"downinter", ON_SERVER, KEYWORD_ACTS, FIELD(downinter_ms), read_interval, "<time>",
		"the same while the server is down; inter"},
	{"rise", ON_SERVER, KEYWORD_ACTS, FIELD(rise), read_rise_or_fall, "<n>",
		"good probes until the server is up, 2"},
	{"fall", ON_SERVER, KEYWORD_ACTS, FIELD(fall), read_rise_or_fall, "<n>",
		"bad probes until the server is down, 3"},
	{"port", ON_SERVER, KEYWORD_ACTS, 0, read_port, "<port>", "probes this port"},
	{"addr", ON_SERVER, KEYWORD_ACTS, 0, read_check_address, "<address>",
		"probes this address"},
	{"backup", ON_SERVER, KEYWORD_ACTS, FIELD(backup), read_switch, "",
		"used when no other server is up"},
	{"no-backup", ON_SERVER, KEYWORD_ACTS, FIELD(backup), read_switch, "", "undoes `backup`"},
	{"disabled", ON_SERVER, KEYWORD_ACTS, FIELD(disabled), read_switch, "",
		"starts in maintenance"},
	{"enabled", ON_SERVER, KEYWORD_ACTS, FIELD(disabled), read_switch, "", "undoes `disabled`"},
	{"init-addr", ON_SERVER, KEYWORD_ACTS, 0, read_init_addr, "<method>[,...]",
		"how a name is looked up at start: last, libc, none, <address>; last,libc"},
	{"id", ON_SERVER, KEYWORD_ACTS, 0, read_id, "<n>", "the number in statistics (sid)"},
	{"on-marked-down", ON_SERVER, KEYWORD_ACTS, 0, read_marked_down, "shutdown-sessions",
		"cuts the sessions of a server that went down"},
	{"source", ON_SERVER, KEYWORD_ACTS, 0, server_source_read,
		"<address>[:<port>[-<port>]] [usesrc <address>|client|clientip] [interface "
		"<name>]",
		"where its connections come from"},
	{"usesrc", ON_SERVER, KEYWORD_ACTS, 0, server_usesrc_read, "", "behind `source` only"},
	{"interface", ON_SERVER, KEYWORD_ACTS, 0, server_usesrc_read, "", "behind `source` only"},
	{"send-proxy", ON_SERVER, KEYWORD_ACTS, 0, send_proxy_read, "",
		"a PROXY header of version 1 comes first"},
	{"no-send-proxy", ON_SERVER, KEYWORD_ACTS, 0, send_proxy_read, "", "undoes `send-proxy`"},
	{"send-proxy-v2", ON_SERVER, KEYWORD_ACTS, 0, send_proxy_read, "",
		"a PROXY header of version 2 comes first"},
	{"no-send-proxy-v2", ON_SERVER, KEYWORD_ACTS, 0, send_proxy_read, "",
		"undoes `send-proxy-v2`"},
	{"proxy-v2-options", ON_SERVER, KEYWORD_ACTS, 0, proxy_options_read, "crc32c",
		"what the header of version 2 has behind the addresses"},
	{"check-send-proxy", ON_SERVER, KEYWORD_ACTS, FIELD(check_send_proxy), read_switch, "",
		"probes begin with a PROXY header, too; so they do with send-proxy and neither "
		"port nor addr"},
	{"no-check-send-proxy", ON_SERVER, KEYWORD_ACTS, FIELD(check_send_proxy), read_switch, "",
		"undoes `check-send-proxy`"},
	{"proto", ON_SERVER, KEYWORD_ACTS, 0, proto_read, "h1", "HTTP/1, which is all there is"},
	{"check-proto", ON_SERVER, KEYWORD_ACTS, 0, proto_read, "h1", "the same for probes"},
	{"ws", ON_SERVER, KEYWORD_ACTS, 0, proto_read, "auto|h1", "the same for WebSocket"},
	{"tcp-ut", ON_SERVER, KEYWORD_ACTS, 0, server_user_timeout_read, "<time>",
		"sent bytes must be acknowledged within"},
	{"pool-max-conn", ON_SERVER, KEYWORD_ACTS, FIELD(pool_max_conn), pool_count_read, "<n>",
		"idle connections kept, of all workers together; -1: no limit"},
	{"pool-low-conn", ON_SERVER, KEYWORD_ACTS, FIELD(pool_low_conn), pool_count_read, "<n>",
		"a worker never takes another's idle connections, so each keeps its own anyway"},
	{"pool-purge-delay", ON_SERVER, KEYWORD_ACTS, FIELD(pool_purge_delay_ms),
		pool_purge_delay_read, "<time>",
		"half of the idle connections in excess are closed so often, 5 s; 0: none is kept"},
	IGNORED("guid", 1, "counters are matched by name over a reload"),
	IGNORED("max-reuse", 1, "a server that has had enough of a connection says so"),
	IGNORED("pool-conn-name", 1, WHY_POOL),
	IGNORED("shard", 1, "there are no peers yet"),
	IGNORED("stick", 0, "there is no persistence yet"),
	IGNORED("non-stick", 0, "there is no persistence yet"),
	IGNORED("tfo", 0, "connections are opened without it"),
	IGNORED("no-tfo", 0, "connections are opened without it"),
	IGNORED("no-agent-check", 0, "there are no agents yet"),
	IGNORED("no-check-ssl", 0, WHY_NO_TLS),
	IGNORED("no-send-proxy-v2-ssl", 0, WHY_NO_TLS),
	IGNORED("no-send-proxy-v2-ssl-cn", 0, WHY_NO_TLS),
	IGNORED("no-ssl", 0, WHY_NO_TLS),
	IGNORED("no-ssl-reuse", 0, WHY_NO_TLS),
	IGNORED("no-sslv3", 0, WHY_NO_TLS),
	IGNORED("no-tls-tickets", 0, WHY_NO_TLS),
	IGNORED("no-tlsv10", 0, WHY_NO_TLS),
	IGNORED("no-tlsv11", 0, WHY_NO_TLS),
	IGNORED("no-tlsv12", 0, WHY_NO_TLS),
	IGNORED("no-tlsv13", 0, WHY_NO_TLS),
	IGNORED("no-verifyhost", 0, WHY_NO_TLS),
	SPARED("slowstart", "a server has its whole weight at once"),
	SPARED("observe", WHY_UNSEEN),
	SPARED("error-limit", WHY_UNSEEN),
	SPARED("on-error", WHY_UNSEEN),
	LATER("agent-addr", 1),
	LATER("agent-check", 0),
	LATER("agent-inter", 1),
	LATER("agent-port", 1),
	LATER("agent-send", 1),
	LATER("allow-0rtt", 0),
	LATER("alpn", 1),
	LATER("ca-file", 1),
	LATER("cc", 1),
	LATER("check-alpn", 1),
	LATER("check-pool-conn-name", 1),
	LATER("check-reuse-pool", 0),
	LATER("check-sni", 1),
	LATER("check-sni-auto", 0),
	LATER("check-ssl", 0),
	LATER("check-via-socks4", 0),
	LATER("ciphers", 1),
	LATER("ciphersuites", 1),
	LATER("client-sigalgs", 1),
	LATER("cookie", 1),
	LATER("crl-file", 1),
	LATER("crt", 1),
	LATER("curves", 1),
	LATER("force-sslv3", 0),
	LATER("force-tlsv10", 0),
	LATER("force-tlsv11", 0),
	LATER("force-tlsv12", 0),
	LATER("force-tlsv13", 0),
	LATER("hash-key", 1),
	LATER("healthcheck", 1),
	LATER("idle-ping", 1),
	LATER("init-state", 1),
	LATER("ktls", 0),
	LATER("log-bufsize", 1),
	LATER("log-proto", 1),
	LATER("namespace", 1),
	LATER("npn", 1),
	LATER("on-marked-up", 1),
	LATER("redir", 1),
	LATER("renegotiate", 0),
	LATER("resolve-net", 1),
	LATER("resolve-opts", 1),
	LATER("resolve-prefer", 1),
	LATER("resolvers", 1),
	LATER("send-proxy-v2-ssl", 0),
	LATER("send-proxy-v2-ssl-cn", 0),
	LATER("set-proxy-v2-tlv-fmt", 1),
	LATER("sigalgs", 1),
	LATER("sni", 1),
	LATER("sni-auto", 0),
	LATER("socks4", 1),
	LATER("ssl", 0),
	LATER("ssl-max-ver", 1),
	LATER("ssl-min-ver", 1),
	LATER("ssl-reuse", 0),
	LATER("strict-maxconn", 0),
	LATER("tcp-md5sig", 1),
	LATER("tls-tickets", 0),
	LATER("track", 1),
	LATER("verify", 1),
	LATER("verifyhost", 1),
};

const struct keyword_table server_words = {"server word", "server", rows, KEYWORD_COUNT(rows)};
