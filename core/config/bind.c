/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bind.c - where to listen: `bind` in a proxy, `stats socket` in the global section.
 *
 * One line makes one or many listeners: a comma list names several addresses, a port range
 * several ports, and the words behind hold for all of them.  So the words are read first, into a
 * model, and every listener is a copy of it with an address of its own. */
#include "core/config/reader.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

/* A range is one word and thousands of sockets; a file that asks for more than there are ports
 * has a mistake in it. */
#define LISTENERS_MAX 65536

void listener_init(struct reader *reader, struct listener *listener)
{
	*listener = (struct listener){
		.inherited_fd = -1,
		.uid = -1,
		.gid = -1,
		.place = reader->place,
	};
}

/* "bind :80", "stats socket /run/x": whose words these are. */
static void complain(struct reader *reader, const char *word, const char *what)
{
	reader_alert(reader, "'%s' : '%s' : %s", reader->line_name, word, what);
	reader_give_up(reader);
}

static void append(struct reader *reader, struct listener_draft ***tail,
	const struct listener *model, const struct address_text *text, uint16_t port,
	const char *as_written)
{
	struct listener_draft *draft = arena_alloc(reader->arena, sizeof(*draft));
	struct listener *listener = &draft->listener;
	char printed[ADDRESS_TEXT_BYTES];

	*listener = *model;
	listener->address = text->address;
	listener->address_len = text->address_len;
	listener->inherited_fd = text->fd;
	if (text->kind == ADDRESS_IP)
		listener->address_len = address_set_port(&listener->address, port);
	listener->text = as_written;
	if (text->port_first != text->port_last)
		listener->text = reader_keep(reader, address_print(printed, &listener->address));
	**tail = draft;
	*tail = &draft->next;
	reader->listener_count++;
}

/* One element of the comma list. */
static bool expand_one(struct reader *reader, const char *element, const struct listener *model,
	struct listener_draft ***tail)
{
	const char *what = reader->section ? "bind" : "stats socket";
	struct address_text text;
	const char *fault = address_read(&text, element);
	uint32_t ports;

	if (fault) {
		reader_alert(reader, "'%s' : %s in '%s'", what, fault, element);
		return false;
	}
	if (text.kind == ADDRESS_IP || text.kind == ADDRESS_NAME) {
		if (text.port_sign == ADDRESS_PORT_ABSENT) {
			reader_alert(
				reader, "'%s' : missing port specification in '%s'", what, element);
			return false;
		}
		if (text.port_sign != ADDRESS_PORT_PLAIN || text.port_first == 0) {
			reader_alert(reader, "'%s' : invalid port in '%s'", what, element);
			return false;
		}
	}
	if (text.kind == ADDRESS_NAME) {
		const char *host = arena_copy(reader->arena, text.host.at, text.host.len);

		if (!reader_resolve(reader, host, text.family, &text.address)) {
			reader_alert(reader, "'%s' : invalid address: '%s' in '%s'", what, host,
				element);
			return false;
		}
		text.kind = ADDRESS_IP;
	}
	ports = (uint32_t)text.port_last - text.port_first + 1;
	if (reader->listener_count + ports > LISTENERS_MAX) {
		reader_alert(reader, "'%s' : more than %u listening sockets", what, LISTENERS_MAX);
		return false;
	}
	for (uint32_t i = 0; i < ports; i++)
		append(reader, tail, model, &text, (uint16_t)(text.port_first + i), element);
	return true;
}

bool bind_expand(struct reader *reader, const char *addresses, const struct listener *model,
	struct listener_draft **made)
{
	struct listener_draft **tail = made;
	bool fine = true;

	while (true) {
		const char *comma = strchr(addresses, ',');
		size_t len = comma ? (size_t)(comma - addresses) : strlen(addresses);

		fine &= expand_one(reader,
			reader_address(reader, arena_copy(reader->arena, addresses, len)), model,
			&tail);
		if (!comma)
			return fine;
		addresses = comma + 1;
	}
}

void bind_read(struct reader *reader, const struct keyword *self)
{
	const char *addresses = reader_next(reader);
	struct section_draft *section = reader->section;
	struct listener_draft *made = NULL;
	struct listener model;
	bool fine;

	(void)self;
	if (!*addresses) {
		reader_alert(reader, "'bind' expects {<path>|[addr1]:port1[-end1]}{,[addr]:port"
				     "[-end]}... as arguments.");
		return;
	}
	listener_init(reader, &model);
	reader->listener = &model;
	reader->line_name = reader_format(reader, "bind %s", addresses);
	while (!reader_at_end(reader)) {
		const char *word = reader_next(reader);

		keyword_read(reader, &bind_words, word, ON_BIND);
	}
	reader->listener = NULL;
	fine = bind_expand(reader, addresses, &model, &made);
	if (fine && model.id && made && made->next)
		reader_alert(reader, "'%s' : 'id' can only be used with a single socket",
			reader->line_name);
	for (struct listener_draft *draft = made; draft; draft = draft->next) {
		section->listener_count++;
		*section->listeners_tail = draft;
		section->listeners_tail = &draft->next;
	}
}

#define FIELD(member) offsetof(struct listener, member)

static void *member_of(struct reader *reader, const struct keyword *self)
{
	return (char *)reader->listener + self->field;
}

static void read_flag(struct reader *reader, const struct keyword *self)
{
	*(bool *)member_of(reader, self) = true;
}

static void read_string(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	if (*word)
		*(const char **)member_of(reader, self) = reader_keep(reader, word);
	else
		complain(reader, self->name, "missing value");
}

static void read_count(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	uint64_t value;
	char stray;

	if (number_whole(&value, word, 100000000, &stray) != NUMBER_FINE || value == 0)
		complain(reader, self->name, "invalid value, must be > 0");
	else
		*(uint32_t *)member_of(reader, self) = (uint32_t)value;
}

static void read_segment(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	uint64_t value;
	char stray;

	if (number_whole(&value, word, 65535, &stray) != NUMBER_FINE || value < 88)
		complain(reader, self->name, "expects a number of bytes between 88 and 65535");
	else
		reader->listener->segment_bytes = (uint32_t)value;
}

static void read_user_timeout(struct reader *reader, const struct keyword *self)
{
	reader_time(reader, self->name, NUMBER_MILLISECONDS, &reader->listener->user_timeout_ms);
}

static void read_id(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader), *key;
	uint64_t value;
	char stray;
	const char *other;

	if (number_whole(&value, word, INT32_MAX, &stray) != NUMBER_FINE || value == 0) {
		complain(reader, self->name, "custom id has to be > 0");
		return;
	}
	reader->listener->id = (uint32_t)value;
	if (!reader->section)
		return;
	key = reader_format(reader, "bind %u", (uint32_t)value);
	other = names_add(&reader->section->ids, reader->arena, key,
		(void *)(uintptr_t)reader_format(reader, "%s:%u ('%s')", reader->place.file,
			reader->place.line, reader->line_name));
	if (other)
		complain(reader, self->name,
			reader_format(
				reader, "custom id %u already used at %s", (uint32_t)value, other));
}

static void read_mode(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	uint32_t mode = 0;
	size_t i = 0;

	for (; word[i] >= '0' && word[i] <= '7' && i < 5; i++)
		mode = mode * 8 + (uint32_t)(word[i] - '0');
	if (i == 0 || word[i] || mode > 07777)
		complain(reader, self->name,
			reader_format(reader,
				"missing or invalid mode '%s' (octal integer expected)", word));
	else
		reader->listener->mode = mode;
}

static void read_uid(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	uint64_t value;
	char stray;

	if (number_whole(&value, word, UINT32_MAX - 1, &stray) != NUMBER_FINE)
		complain(reader, self->name,
			reader_format(reader, "missing or invalid number; '%s' takes a name",
				self->name[0] == 'u' ? "user" : "group"));
	else
		*(int64_t *)member_of(reader, self) = (int64_t)value;
}

static int64_t user_id(const struct config_machine *machine, const char *name)
{
	const struct passwd *entry;

	if (machine && machine->user_id)
		return machine->user_id(name);
	entry = getpwnam(name);
	return entry ? (int64_t)entry->pw_uid : -1;
}

static int64_t group_id(const struct config_machine *machine, const char *name)
{
	const struct group *entry;

	if (machine && machine->group_id)
		return machine->group_id(name);
	entry = getgrnam(name);
	return entry ? (int64_t)entry->gr_gid : -1;
}

static void read_owner(struct reader *reader, const struct keyword *self)
{
	const struct config_machine *machine = reader->source->machine;
	const char *word = reader_next(reader);
	bool is_user = strcmp(self->name, "user") == 0;
	int64_t id = is_user ? user_id(machine, word) : group_id(machine, word);

	if (id < 0)
		complain(reader, self->name,
			reader_format(reader, "unknown %s name '%s'", self->name, word));
	else
		*(int64_t *)member_of(reader, self) = id;
}

static void read_level(struct reader *reader, const struct keyword *self)
{
	static const char *const levels[] = {"user", "operator", "admin"};
	const char *word = reader_next(reader);

	for (uint32_t i = 0; i < KEYWORD_COUNT(levels); i++) {
		if (strcmp(levels[i], word) == 0) {
			reader->stats_socket->level = (enum stats_level)i;
			return;
		}
	}
	complain(reader, self->name,
		reader_format(
			reader, "only supports 'user', 'operator', and 'admin' (got '%s')", word));
}

static void read_expose(struct reader *reader, const struct keyword *self)
{
	if (reader_skip(reader, "listeners"))
		reader->stats_socket->expose_fd = true;
	else
		complain(reader, self->name, "expects 'listeners'");
}

/* A word that torc does not need, with `field` arguments. */
static void read_ignored(struct reader *reader, const struct keyword *self)
{
	for (uint16_t i = 0; i < self->field; i++)
		reader_next(reader);
}

#define BOTH (ON_BIND | ON_STATS_SOCKET)
#define IGNORED(name_, arguments_, why_)                                                           \
	{                                                                                          \
		(name_), BOTH, KEYWORD_NOTED, (arguments_), read_ignored, NULL, (why_)             \
	}
#define LATER(name_, arguments_) KEYWORD_LATER_WORD(name_, BOTH, arguments_)
#define WHY_SPREAD		 "every worker accepts from every socket"

static const struct keyword rows[] = {
	{"interface", BOTH, KEYWORD_ACTS, FIELD(interface), read_string, "<name>",
		"only what comes in there"},
	{"transparent", BOTH, KEYWORD_ACTS, FIELD(transparent), read_flag, "",
		"addresses that are not this machine's"},
	{"accept-proxy", ON_BIND, KEYWORD_ACTS, FIELD(accept_proxy), read_flag, "",
		"a PROXY protocol header comes first"},
	{"defer-accept", ON_BIND, KEYWORD_ACTS, FIELD(defer_accept), read_flag, "",
		"a client is accepted with its first bytes"},
	{"tfo", ON_BIND, KEYWORD_ACTS, FIELD(fast_open), read_flag, "",
		"TCP Fast Open, where the kernel allows it"},
	{"proto", ON_BIND, KEYWORD_ACTS, 0, proto_read, "h1", "HTTP/1, which is all there is"},
	{"mss", ON_BIND, KEYWORD_ACTS, FIELD(segment_bytes), read_segment, "<bytes>",
		"the largest segment that is asked for"},
	{"tcp-ut", ON_BIND, KEYWORD_ACTS, FIELD(user_timeout_ms), read_user_timeout, "<time>",
		"sent bytes must be acknowledged within"},
	{"backlog", BOTH, KEYWORD_ACTS, FIELD(backlog), read_count, "<n>",
		"length of the socket's queue"},
	{"maxconn", BOTH, KEYWORD_ACTS, FIELD(maxconn), read_count, "<n>",
		"client connections of this socket"},
	{"v4v6", BOTH, KEYWORD_ACTS, FIELD(v4v6), read_flag, "", "IPv4 as well, for `:::80`"},
	{"v6only", BOTH, KEYWORD_ACTS, FIELD(v6only), read_flag, "", "IPv6 only, for `:::80`"},
	{"mode", BOTH, KEYWORD_ACTS, 0, read_mode, "<octal>", "permissions of a unix socket"},
	{"user", BOTH, KEYWORD_ACTS, FIELD(uid), read_owner, "<name>", "owner of a unix socket"},
	{"group", BOTH, KEYWORD_ACTS, FIELD(gid), read_owner, "<name>", "group of a unix socket"},
	{"uid", BOTH, KEYWORD_ACTS, FIELD(uid), read_uid, "<number>", "as `user`"},
	{"gid", BOTH, KEYWORD_ACTS, FIELD(gid), read_uid, "<number>", "as `group`"},
	{"name", BOTH, KEYWORD_ACTS, FIELD(name), read_string, "<name>",
		"the socket's name in statistics"},
	{"id", BOTH, KEYWORD_ACTS, 0, read_id, "<n>", "the number in statistics (sid)"},
	{"level", ON_STATS_SOCKET, KEYWORD_ACTS, 0, read_level, "user|operator|admin",
		"stats socket: what its commands may do, operator"},
	{"expose-fd", ON_STATS_SOCKET, KEYWORD_ACTS, 0, read_expose, "listeners",
		"stats socket: hands out the listening sockets (-x)"},
	IGNORED("severity-output", 1, "answers carry no severity"),
	IGNORED("process", 1, WHY_SPREAD),
	IGNORED("thread", 1, WHY_SPREAD),
	IGNORED("shards", 1, WHY_SPREAD),
	IGNORED("nice", 1, "all connections are served in turn"),
	IGNORED("guid-prefix", 1, "counters are matched by name over a reload"),
	LATER("accept-netscaler-cip", 1),
	LATER("allow-0rtt", 0),
	LATER("alpn", 1),
	LATER("ca-file", 1),
	LATER("ca-ignore-err", 1),
	LATER("ca-sign-file", 1),
	LATER("ca-sign-pass", 1),
	LATER("ca-verify-file", 1),
	LATER("cc", 1),
	LATER("ciphers", 1),
	LATER("ciphersuites", 1),
	LATER("client-sigalgs", 1),
	LATER("crl-file", 1),
	LATER("crt", 1),
	LATER("crt-ignore-err", 1),
	LATER("crt-list", 1),
	LATER("curves", 1),
	LATER("default-crt", 1),
	LATER("ecdhe", 1),
	LATER("ech", 1),
	LATER("force-sslv3", 0),
	LATER("force-strict-sni", 0),
	LATER("force-tlsv10", 0),
	LATER("force-tlsv11", 0),
	LATER("force-tlsv12", 0),
	LATER("force-tlsv13", 0),
	LATER("generate-certificates", 0),
	LATER("idle-ping", 1),
	LATER("ktls", 1),
	LATER("label", 1),
	LATER("namespace", 1),
	LATER("no-alpn", 0),
	LATER("no-ca-names", 0),
	LATER("no-sslv3", 0),
	LATER("no-strict-sni", 0),
	LATER("no-tls-tickets", 0),
	LATER("no-tlsv10", 0),
	LATER("no-tlsv11", 0),
	LATER("no-tlsv12", 0),
	LATER("no-tlsv13", 0),
	LATER("npn", 1),
	LATER("ocsp-update", 1),
	LATER("prefer-client-ciphers", 0),
	LATER("quic-cc-algo", 1),
	LATER("quic-force-retry", 0),
	LATER("quic-socket", 1),
	LATER("sigalgs", 1),
	LATER("ssl", 0),
	LATER("ssl-max-ver", 1),
	LATER("ssl-min-ver", 1),
	LATER("strict-sni", 0),
	LATER("tcp-md5sig", 1),
	LATER("tcp-ss", 1),
	LATER("tls-ticket-keys", 1),
	LATER("tls-tickets", 0),
	LATER("verify", 1),
};

const struct keyword_table bind_words = {"bind word", "bind", rows, KEYWORD_COUNT(rows)};
