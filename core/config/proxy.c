/* SPDX-License-Identifier: GPL-2.0-or-later */
/* proxy.c - the words of defaults, frontend, backend and listen.
 *
 * Words with families of their own (option, timeout, stats, bind, server) have a table and a file
 * each; here are the others.  Where a word does not suit the kind of proxy, keyword.c has said so
 * already. */
#include "core/config/remedy.h"
#include "core/config/rule_reader.h"

#include <string.h>

#define SETTING(member) offsetof(struct proxy, member)

static void *member_of(struct reader *reader, const struct keyword *self)
{
	return (char *)&reader->section->proxy + self->field;
}

static void read_mode(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	struct proxy *proxy = &reader->section->proxy;

	(void)self;
	reader->section->mode_given = true;
	/* After a word that cannot be read there is nothing to say about mode tcp. */
	proxy->mode = strcmp(word, "tcp") == 0 ? PROXY_MODE_TCP : PROXY_MODE_HTTP;
	if (strcmp(word, "http") == 0 || strcmp(word, "tcp") == 0)
		return;
	if (strcmp(word, "health") == 0)
		reader_alert(reader, "'mode health' doesn't exist anymore. Please use "
				     "'http-request return status 200' instead.");
	else if (strcmp(word, "log") == 0 || strcmp(word, "spop") == 0 ||
		 strcmp(word, "haterm") == 0)
		reader_alert(reader, "'mode %s' is known, but not available yet", word);
	else
		reader_alert(reader, "unknown proxy mode '%s'.", word);
}

static void read_log(struct reader *reader, const struct keyword *self)
{
	(void)self;
	log_word_read(reader, &reader->section->logs, false);
}

static void read_string(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	if (*word)
		*(const char **)member_of(reader, self) = reader_keep(reader, word);
	else if (strcmp(self->name, "log-tag") == 0)
		reader_alert(reader, "'log-tag' expects a tag for use in syslog.");
	else
		reader_alert(reader, "'%s' expects a backend name.", self->name);
}

static void read_unique_id_header(struct reader *reader, const struct keyword *self)
{
	const char *name = reader_keep(reader, reader_next(reader));

	if (!*name)
		reader_alert(reader, "'%s' expects the name of a field.", self->name);
	else if (rules_field_name(reader, self->name, name))
		reader->section->proxy.unique_id_header = name;
}

static void read_description(struct reader *reader, const struct keyword *self)
{
	const char *text = reader_next(reader);

	(void)self;
	if (!*text)
		reader_alert(reader, "'description' expects a string argument.");
	while (!reader_at_end(reader))
		text = reader_format(reader, "%s %s", text, reader_next(reader));
	reader->section->proxy.description = reader_keep(reader, text);
}

static void read_count(struct reader *reader, const struct keyword *self)
{
	uint64_t value;

	if (reader_number(reader, self->name, 0, 100000000, &value))
		*(uint32_t *)member_of(reader, self) = (uint32_t)value;
}

static void read_seconds(struct reader *reader, const struct keyword *self)
{
	reader_time(reader, self->name, NUMBER_SECONDS, member_of(reader, self));
}

static void read_fullconn(struct reader *reader, const struct keyword *self)
{
	uint64_t value;

	if (reader_number(reader, self->name, 1, 100000000, &value))
		*(uint32_t *)member_of(reader, self) = (uint32_t)value;
}

static void read_id(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader), *key;
	struct section_draft *section = reader->section, *other;
	uint64_t value;
	char stray;

	(void)self;
	if (number_whole(&value, word, INT32_MAX, &stray) != NUMBER_FINE || value == 0) {
		reader_alert(reader, "custom id has to be > 0.");
		reader_give_up(reader);
		return;
	}
	key = reader_format(reader, "%u", (uint32_t)value);
	other = names_add(&reader->proxy_ids, reader->arena, key, section);
	if (other && other != section) {
		reader_alert(reader, "%s %s reuses same custom id as %s %s (declared at %s:%u).",
			section->title, section->proxy.name, other->title, other->proxy.name,
			other->proxy.place.file, other->proxy.place.line);
		return;
	}
	section->proxy.id = (uint32_t)value;
}

static void read_disabled(struct reader *reader, const struct keyword *self)
{
	*(bool *)member_of(reader, self) = self->name[0] == 'd';
}

/* Reading any word of a family: `option x`, `timeout x`, `stats x`. */
static void read_option(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	(void)self;
	if (!*word) {
		reader_alert(reader, "'option' expects an option name.");
		return;
	}
	if (reader->section->where == IN_BACKEND &&
		(strcmp(word, "httplog") == 0 || strcmp(word, "tcplog") == 0)) {
		reader_warn(reader, "backend '%s' : 'option %s' directive is ignored in backends.",
			reader->section->proxy.name, word);
		reader_give_up(reader);
		return;
	}
	keyword_read(reader, &option_words, word, reader->where);
	if (!reader_at_end(reader)) {
		reader_alert(reader, "'option %s' cannot handle unexpected argument '%s'.", word,
			reader_peek(reader));
		reader_give_up(reader);
	}
}

static void read_timeout(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader), *value = reader_peek(reader);

	(void)self;
	if (!*word) {
		reader_alert(reader, "'timeout' expects the name of a timeout.");
		return;
	}
	keyword_read(reader, &timeout_words, word, reader->where);
	if (!reader_at_end(reader)) {
		reader_alert(reader,
			"'timeout %s' : unexpected extra argument '%s' after value '%s'.", word,
			reader_peek(reader), value);
		reader_give_up(reader);
	}
}

static void read_stats(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	(void)self;
	keyword_read(reader, &stats_words, word, reader->where);
	if (reader_at_end(reader))
		return;
	/* HAProxy takes one word and is silent about the rest: "stats realm HAProxy Statistics"
	 * is in many a file. */
	reader_warn(reader,
		"'stats %s' : '%s' and what follows is ignored; a text of several words "
		"needs quotes.",
		word, reader_peek(reader));
	reader_give_up(reader);
}

#define LATER(name_, where_) KEYWORD_LATER_ROW(name_, (where_) | CAN_NEGATE)
#define BOTH		     IN_PROXY_OR_DEFAULTS
#define FRONT		     IN_FRONTEND_OR_DEFAULTS
#define BACK		     IN_BACKEND_OR_DEFAULTS
#define GONE(name_, why_)                                                                          \
	{                                                                                          \
		.name = (name_), .where = BOTH | CAN_NEGATE, .state = KEYWORD_GONE,                \
		.summary = (why_)                                                                  \
	}

static const struct keyword rows[] = {
	{"mode", BOTH, KEYWORD_ACTS, 0, read_mode, "http|tcp",
		"tcp, what a proxy without this word has: bytes both ways, unread"},
	{"log", BOTH | CAN_NEGATE, KEYWORD_ACTS, 0, read_log, "global | <target> ...",
		"where lines go: a frontend's for requests, a backend's for server states"},
	{"log-tag", BOTH, KEYWORD_ACTS, SETTING(log_tag), read_string, "<tag>",
		"the program name in log lines"},
	{"option", BOTH | CAN_NEGATE, KEYWORD_ACTS, 0, read_option, "<option> ...", "see below"},
	{"timeout", BOTH, KEYWORD_ACTS, 0, read_timeout, "<which> <time>", "see below"},
	{"stats", BOTH, KEYWORD_ACTS, 0, read_stats, "<what> ...", "see below"},
	{"http-check", BACK, KEYWORD_ACTS, 0, http_check_read,
		"send [meth <method>] [uri <uri>] [ver <version>] [hdr <name> <value>]... [body "
		"<text>] | expect [comment <text>] [!] status|rstatus|string|rstring <pattern>",
		"what probes of 'option httpchk' say, and what has to come back"},
	{"maxconn", FRONT, KEYWORD_ACTS, SETTING(maxconn), read_count, "<n>",
		"client connections of the frontend; more wait in the listening socket"},
	{"backlog", FRONT, KEYWORD_ACTS, SETTING(backlog), read_count, "<n>",
		"length of the listening socket's queue; maxconn"},
	{"fullconn", BACK, KEYWORD_ACTS, SETTING(fullconn), read_fullconn, "<n>",
		"10 % of the maxconn of the frontends that lead here"},
	{"retries", BACK, KEYWORD_ACTS, SETTING(retries), read_count, "<n>",
		"attempts to connect after the first, 3"},
	{"retry-on", BACK, KEYWORD_ACTS, 0, retry_on_read, "none | <failure> ...",
		"after which failures a request is sent again: conn-failure"},
	{"http-reuse", BACK, KEYWORD_ACTS, 0, http_reuse_read, "never|safe|aggressive|always",
		"which kept server connections a request may take: safe"},
	{"max-session-srv-conns", FRONT, KEYWORD_ACTS, SETTING(max_session_srv_conns), read_count,
		"<n>", "server connections that a client's connection keeps for itself, 5"},
	{"balance", BACK, KEYWORD_ACTS, 0, balance_word_read, "<algorithm> ...",
		"who gets the next request, roundrobin; [BALANCING.md](BALANCING.md)"},
	{"hash-type", BACK, KEYWORD_ACTS, 0, hash_type_read,
		"map-based|consistent [<function> [avalanche]]",
		"how a key becomes a server: sdbm, djb2, wt6, crc32, none; map-based sdbm"},
	{"hash-balance-factor", BACK, KEYWORD_ACTS, 0, hash_balance_factor_read, "<percent>",
		"with consistent hashing: no server carries more than this share of the mean"},
	{"default_backend", FRONT, KEYWORD_ACTS, SETTING(default_backend_name), read_string,
		"<backend>", "where requests go"},
	{"bind", IN_FRONTEND, KEYWORD_ACTS, 0, bind_read, "<address>[,...] [word ...]",
		"listens; see below"},
	{"server", IN_BACKEND | MUST_FIT, KEYWORD_ACTS, 0, server_read,
		"<name> <address>[:<port>] [word ...]", "see below"},
	{"server-template", IN_BACKEND | MUST_FIT, KEYWORD_ACTS, 0, server_template_read,
		"<prefix> <n>|<first>-<last> <address>[:<port>] [word ...]",
		"servers that differ in the number behind their name only"},
	{"default-server", BACK, KEYWORD_ACTS, 0, default_server_read, "<word> ...",
		"presets for the servers below"},
	{"source", BACK, KEYWORD_ACTS, 0, source_read,
		"<address>[:<port>] [usesrc <address>|client|clientip] [interface <name>]",
		"where connections to servers come from"},
	{"clitcpka-cnt", FRONT, KEYWORD_ACTS, SETTING(client_keepalive.count), read_count, "<n>",
		"unanswered keep-alive packets until the client is gone; the kernel's"},
	{"clitcpka-idle", FRONT, KEYWORD_ACTS, SETTING(client_keepalive.idle_s), read_seconds,
		"<time>", "silence before the first one; the kernel's"},
	{"clitcpka-intvl", FRONT, KEYWORD_ACTS, SETTING(client_keepalive.interval_s), read_seconds,
		"<time>", "between two of them; the kernel's"},
	{"srvtcpka-cnt", BACK, KEYWORD_ACTS, SETTING(server_keepalive.count), read_count, "<n>",
		"unanswered keep-alive packets until the server is gone; the kernel's"},
	{"srvtcpka-idle", BACK, KEYWORD_ACTS, SETTING(server_keepalive.idle_s), read_seconds,
		"<time>", "silence before the first one; the kernel's"},
	{"srvtcpka-intvl", BACK, KEYWORD_ACTS, SETTING(server_keepalive.interval_s), read_seconds,
		"<time>", "between two of them; the kernel's"},
	{"log-format", FRONT, KEYWORD_ACTS, 0, log_format_read, "<format>",
		"what a log line holds: text and the variables below"},
	{"log-format-sd", FRONT, KEYWORD_ACTS, 0, log_format_sd_read, "<format>",
		"structured data of lines to targets of the format rfc5424"},
	{"error-log-format", FRONT, KEYWORD_ACTS, 0, error_log_format_read, "<format>",
		"the same for connections that brought no request"},
	{"unique-id-format", FRONT, KEYWORD_ACTS, 0, unique_id_format_read, "<format>",
		"a name for each request: %ID in log lines"},
	{"unique-id-header", FRONT, KEYWORD_ACTS, 0, read_unique_id_header, "<name>",
		"the field that tells it to servers"},
	{"id", IN_PROXY, KEYWORD_ACTS, 0, read_id, "<n>", "the number in statistics (iid)"},
	{"description", IN_PROXY, KEYWORD_ACTS, 0, read_description, "<text>",
		"shown on the statistics page"},
	{"disabled", BOTH, KEYWORD_ACTS, SETTING(disabled), read_disabled, "",
		"the proxy is not started"},
	{"enabled", BOTH, KEYWORD_ACTS, SETTING(disabled), read_disabled, "",
		"undoes `disabled` of the defaults"},
	{"acl", BOTH, KEYWORD_ACTS, 0, ruleset_read,
		"<name> <criterion> [-i] [-f <file>] [-m <method>] [--] <value> ...",
		"a condition with a name; lines of one name are alternatives"},
	{"capture", IN_FRONTEND, KEYWORD_ACTS, 0, capture_read,
		"request header <name> len <n> | response header <name> len <n>",
		"keeps a header field for the log"},
	{"declare", IN_FRONTEND, KEYWORD_ACTS, 0, declare_read,
		"capture request len <n> | capture response len <n>", "a slot that rules fill"},
	{"errorfile", BOTH, KEYWORD_ACTS, 0, errorfile_read, "<code> <file>",
		"the answer to be sent instead of torc's own; an empty file closes without a word"},
	{"errorfiles", BOTH, KEYWORD_ACTS, 0, errorfiles_read, "<name> [<code> ...]",
		"the error files of an `http-errors` section"},
	{"errorloc", BOTH, KEYWORD_ACTS, 0, errorloc_read, "<code> <url>",
		"a redirection (302) instead of an error page"},
	{"errorloc302", BOTH, KEYWORD_ACTS, 0, errorloc_read, "<code> <url>", "the same"},
	{"errorloc303", BOTH, KEYWORD_ACTS, 0, errorloc_read, "<code> <url>", "the same with 303"},
	{"http-error", BOTH, KEYWORD_ACTS, 0, http_error_read, "status <code> [word ...]",
		"an error page of words as `http-request return` has them"},
	{"http-request", BOTH, KEYWORD_ACTS, 0, ruleset_read,
		"<action> ... [if|unless <condition>]", "what is done to a request; see below"},
	{"http-response", BOTH, KEYWORD_ACTS, 0, ruleset_read,
		"<action> ... [if|unless <condition>]", "what is done to a server's response"},
	{"http-after-response", BOTH, KEYWORD_ACTS, 0, ruleset_read,
		"<action> ... [if|unless <condition>]",
		"the same to every response, torc's own ones included"},
	{"monitor", IN_FRONTEND, KEYWORD_ACTS, 0, monitor_read, "fail if|unless <condition>",
		"monitor-uri answers 503"},
	{"monitor-uri", FRONT, KEYWORD_ACTS, 0, monitor_uri_read, "<uri>",
		"is answered with 200 by torc itself, without a log line"},
	{"redirect", IN_PROXY, KEYWORD_ACTS, 0, redirect_read,
		"location|prefix|scheme <format> [code <code>] [drop-query] [append-slash] "
		"[ignore-empty] [set-cookie <name>[=<value>]] [clear-cookie <name>] [if|unless "
		"<condition>]",
		"sends the client elsewhere, after the rules of http-request"},
	{"tcp-request", BOTH, KEYWORD_ACTS, 0, tcp_rule_read,
		"connection|session|content accept|reject [if|unless <condition>] | inspect-delay "
		"<time>",
		"in frontends: who may come, by what is known before a byte was read"},
	{"tcp-response", BACK, KEYWORD_ACTS, 0, tcp_rule_read, "inspect-delay <time>",
		"nothing waits for it"},
	{"use_backend", IN_FRONTEND, KEYWORD_ACTS, 0, use_backend_read,
		"<backend>|<format> [if|unless <condition>]",
		"where requests go; the first that holds"},
	{"use-server", IN_BACKEND, KEYWORD_ACTS, 0, use_server_read,
		"<server>|<format> [if|unless <condition>]",
		"a server instead of the one that would be chosen, while it can serve"},
	KEYWORD_NOTED_ROW("guid", IN_PROXY, "counters are matched by name over a reload"),
	KEYWORD_NOTED_ROW("bind-process", BOTH, "there is one process"),
	KEYWORD_NOTED_ROW(
		"max-keep-alive-queue", BACK, "no request waits for a connection that was kept"),
	KEYWORD_NOTED_ROW("load-server-state-from-file", BACK,
		"server states live on over a reload by themselves"),
	KEYWORD_NOTED_ROW("server-state-file-name", BACK,
		"server states live on over a reload by themselves"),
	KEYWORD_SPARED_ROW(
		"compression", BOTH | CAN_NEGATE, "answers pass as the servers wrote them"),
	LATER("cookie", BACK),
	LATER("crt", FRONT),
	LATER("dispatch", IN_BACKEND),
	LATER("dynamic-cookie-key", BACK),
	LATER("email-alert", BOTH),
	LATER("external-check", BACK),
	LATER("filter", IN_PROXY),
	LATER("filter-sequence", IN_PROXY),
	LATER("force-be-switch", IN_FRONTEND),
	LATER("force-persist", IN_BACKEND),
	LATER("hash-preserve-affinity", BACK),
	LATER("http-send-name-header", BACK),
	LATER("ignore-persist", IN_BACKEND),
	LATER("log-steps", FRONT),
	LATER("persist", BACK),
	LATER("quic-initial", FRONT),
	LATER("rate-limit", FRONT),
	LATER("stick", IN_BACKEND),
	LATER("stick-table", IN_PROXY),
	LATER("tcp-check", BACK),
	LATER("transparent", BACK),
	LATER("use-fcgi-app", IN_BACKEND),
	LATER("use-small-buffers", BACK),
	GONE("appsession", "use 'cookie' or a stick table"),
	GONE("block", "use 'http-request deny'"),
	GONE("clitimeout", "use 'timeout client'"),
	GONE("contimeout", "use 'timeout connect'"),
	GONE("srvtimeout", "use 'timeout server'"),
	GONE("grace", "the global section has 'grace'"),
	GONE("monitor-net", "use 'http-request return status 200 if { src <network> }'"),
	GONE("redisp", "use 'option redispatch'"),
	GONE("redispatch", "use 'option redispatch'"),
	GONE("reqadd", "use 'http-request add-header'"),
	GONE("reqallow", "use 'http-request allow'"),
	GONE("reqdel", "use 'http-request del-header'"),
	GONE("reqdeny", "use 'http-request deny'"),
	GONE("reqiallow", "use 'http-request allow'"),
	GONE("reqidel", "use 'http-request del-header'"),
	GONE("reqideny", "use 'http-request deny'"),
	GONE("reqipass", "use 'http-request'"),
	GONE("reqirep", "use 'http-request replace-header'"),
	GONE("reqitarpit", "use 'http-request tarpit'"),
	GONE("reqpass", "use 'http-request'"),
	GONE("reqrep", "use 'http-request replace-header'"),
	GONE("reqtarpit", "use 'http-request tarpit'"),
	GONE("rspadd", "use 'http-response add-header'"),
	GONE("rspdel", "use 'http-response del-header'"),
	GONE("rspdeny", "use 'http-response deny'"),
	GONE("rspidel", "use 'http-response del-header'"),
	GONE("rspideny", "use 'http-response deny'"),
	GONE("rspirep", "use 'http-response replace-header'"),
	GONE("rsprep", "use 'http-response replace-header'"),
};

const struct keyword_table proxy_words = {"keyword", "", rows, KEYWORD_COUNT(rows)};
