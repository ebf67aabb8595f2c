/* SPDX-License-Identifier: GPL-2.0-or-later */
/* global.c - the words of the section `global`.
 *
 * What belongs to the process: who it becomes, where it logs, how much it takes.  A word that can
 * be said once only is an error when it is said again, as in HAProxy: which of the two was meant
 * cannot be known. */
#include "core/config/reader.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#define GLOBAL(member) offsetof(struct global, member)

void global_defaults(struct global *global)
{
	*global = (struct global){
		.uid = -1,
		.gid = -1,
		.stats_timeout_ms = 10000,
		.stats_maxconn = 10,
		.bufsize = 16384,
		.maxrewrite = 1024,
		.maxhdr = 101,
		.logurilen = 1024,
		.heartbeat_stale_ms = 1000,
		.heartbeat_replace_ms = 3000,
		.splice = true,
	};
}

static void *member_of(struct reader *reader, const struct keyword *self)
{
	return (char *)&reader->config->global + self->field;
}

static void read_log(struct reader *reader, const struct keyword *self)
{
	(void)self;
	log_word_read(reader, &reader->global_logs, true);
}

/* A string that may be said once. */
static void read_string(struct reader *reader, const struct keyword *self)
{
	const char **member = member_of(reader, self);
	const char *word = reader_next(reader);

	if (!*word)
		reader_alert(reader, "'%s' expects an argument.", self->name);
	else if (*member)
		reader_alert(reader, "'%s' already specified. Continuing.", self->name);
	else
		*member = reader_keep(reader, word);
}

/* The rest of the line, its words joined by single spaces. */
static const char *rest_of_line(struct reader *reader)
{
	const char *text = reader_next(reader);

	while (!reader_at_end(reader))
		text = reader_format(reader, "%s %s", text, reader_next(reader));
	return text;
}

static void read_description(struct reader *reader, const struct keyword *self)
{
	(void)self;
	if (reader_at_end(reader))
		reader_alert(reader, "'description' expects a string argument.");
	else
		reader->config->global.description = reader_keep(reader, rest_of_line(reader));
}

static void read_node(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	size_t good = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789.-_");

	(void)self;
	if (!*word || word[good])
		reader_alert(reader, "'node' requires valid node name - non-empty string with "
				     "digits(0-9), letters(A-Z, a-z), dot(.), hyphen(-) or "
				     "underscore(_).");
	else
		reader->config->global.node = reader_keep(reader, word);
}

static void read_hostname(struct reader *reader, const struct keyword *self)
{
	struct global *global = &reader->config->global;
	const char *word = reader_next(reader);

	(void)self;
	if (global->log_send_hostname)
		reader_alert(reader, "'log-send-hostname' already specified. Continuing.");
	else
		global->log_send_hostname = reader_keep(reader, word);
}

static void read_flag(struct reader *reader, const struct keyword *self)
{
	*(bool *)member_of(reader, self) = true;
}

static void read_master_worker(struct reader *reader, const struct keyword *self)
{
	/* Its one argument: what happens when a worker dies.  torc always starts another. */
	reader_skip(reader, "no-exit-on-failure");
	read_flag(reader, self);
}

static void read_nosplice(struct reader *reader, const struct keyword *self)
{
	(void)self;
	reader->config->global.splice = false;
}

static void read_user(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	(void)self;
	if (!*word)
		reader_alert(reader, "'user' expects a user name.");
	else if (reader->seen_uid)
		reader_alert(reader, "user/uid already specified. Continuing.");
	else
		reader->config->global.user = reader_keep(reader, word);
	reader->seen_uid = true;
}

static void read_group(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	(void)self;
	if (!*word)
		reader_alert(reader, "'group' expects a group name.");
	else if (reader->seen_gid)
		reader_alert(reader, "group/gid already specified. Continuing.");
	else
		reader->config->global.group = reader_keep(reader, word);
	reader->seen_gid = true;
}

static void read_uid(struct reader *reader, const struct keyword *self)
{
	bool is_uid = strcmp(self->name, "uid") == 0;
	bool *seen = is_uid ? &reader->seen_uid : &reader->seen_gid;
	uint64_t value;

	if (!reader_number(reader, self->name, 0, UINT32_MAX - 1, &value))
		return;
	if (*seen)
		reader_alert(reader, "%s already specified. Continuing.",
			is_uid ? "user/uid" : "group/gid");
	else
		*(int64_t *)member_of(reader, self) = (int64_t)value;
	*seen = true;
}

static void read_maxconn(struct reader *reader, const struct keyword *self)
{
	uint32_t *member = member_of(reader, self);
	uint64_t value;

	/* 0: as if it were not said */
	if (!reader_number(reader, self->name, 0, 100000000, &value))
		return;
	if (*member)
		reader_alert(reader, "'%s' already specified. Continuing.", self->name);
	else
		*member = (uint32_t)value;
}

static void read_nbthread(struct reader *reader, const struct keyword *self)
{
	uint64_t value;

	(void)self;
	if (reader_number(reader, "nbthread", 1, 64, &value))
		reader->config->global.nbthread = (uint32_t)value;
}

static void read_nbproc(struct reader *reader, const struct keyword *self)
{
	uint64_t value;

	(void)self;
	if (reader_number(reader, "nbproc", 1, 64, &value) && value != 1)
		reader_alert(reader, "nbproc is not supported any more since HAProxy 2.5. Threads "
				     "will automatically be used on multi-processor machines if "
				     "available.");
}

static void read_delay(struct reader *reader, const struct keyword *self)
{
	reader_time_advised(reader, self->name, member_of(reader, self));
}

static void read_max_spread(struct reader *reader, const struct keyword *self)
{
	reader_time(reader, self->name, NUMBER_MILLISECONDS, member_of(reader, self));
}

static void read_spread(struct reader *reader, const struct keyword *self)
{
	uint64_t value;

	(void)self;
	if (!reader_number(reader, "spread-checks", 0, 1000, &value))
		return;
	if (value > 50)
		reader_alert(reader, "'spread-checks' needs a positive value in range 0..50.");
	else
		reader->config->global.spread_checks_percent = (uint32_t)value;
}

/* tune.*: a size or a count within the bounds that the rooms can work with. */
static void read_tune(struct reader *reader, const struct keyword *self)
{
	static const struct {
		uint16_t field;
		uint32_t min, max;
	} bounds[] = {
		{GLOBAL(bufsize), 4096, 1u << 20},
		{GLOBAL(maxrewrite), 1, 1u << 19},
		{GLOBAL(maxhdr), 1, 32767},
		{GLOBAL(logurilen), 1, 65535},
	};
	const char *word = reader_next(reader);
	uint64_t value;
	char stray;

	for (uint32_t i = 0; i < KEYWORD_COUNT(bounds); i++) {
		if (bounds[i].field != self->field)
			continue;
		if (number_size(&value, word, bounds[i].max, &stray) != NUMBER_FINE ||
			value < bounds[i].min)
			reader_alert(reader,
				"'%s' expects an integer between %u and %u (got '%s').", self->name,
				bounds[i].min, bounds[i].max, word);
		else
			*(uint32_t *)member_of(reader, self) = (uint32_t)value;
	}
}

/* setenv, presetenv, unsetenv and resetenv, told apart by their names. */
static void read_setenv(struct reader *reader, const struct keyword *self)
{
	const char *name = reader_next(reader), *value = reader_next(reader);

	if (reader->words.count < 3) {
		reader_alert(reader, "'%s' expects a name and a value.", self->name);
		return;
	}
	if (self->name[0] == 'p' && environment_get(&reader->environment, name))
		return;
	environment_set(&reader->environment, name, value);
}

static void read_unsetenv(struct reader *reader, const struct keyword *self)
{
	if (reader_at_end(reader))
		reader_alert(reader, "'%s' expects at least one name.", self->name);
	while (!reader_at_end(reader))
		environment_set(&reader->environment, reader_next(reader), NULL);
}

static void read_resetenv(struct reader *reader, const struct keyword *self)
{
	(void)self;
	environment_reset(&reader->environment, &reader->words.word[reader->at],
		reader->words.count - reader->at);
	reader_give_up(reader);
}

static void read_ciphers(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	if (!*word)
		reader_alert(reader, "global statement '%s' expects a cipher suite as an argument.",
			self->name);
	else
		*(const char **)member_of(reader, self) = reader_keep(reader, word);
}

static void read_bind_options(struct reader *reader, const struct keyword *self)
{
	static const char *const known[] = {"no-sslv3", "no-tlsv10", "no-tlsv11", "no-tlsv12",
		"no-tlsv13", "force-sslv3", "force-tlsv10", "force-tlsv11", "force-tlsv12",
		"force-tlsv13", "no-tls-tickets", "tls-tickets", "strict-sni", "no-strict-sni",
		"prefer-client-ciphers", "ssl-min-ver", "ssl-max-ver", NULL};
	const char *text = NULL;

	if (reader_at_end(reader))
		reader_alert(reader, "global statement '%s' expects an option as an argument.",
			self->name);
	while (!reader_at_end(reader)) {
		const char *word = reader_next(reader);
		uint32_t i = 0;

		while (known[i] && strcmp(known[i], word) != 0)
			i++;
		if (!known[i]) {
			reader_alert(reader, "unknown option '%s' on global statement '%s'.", word,
				self->name);
			reader_give_up(reader);
			return;
		}
		text = text ? reader_format(reader, "%s %s", text, word)
			    : reader_keep(reader, word);
		if (strncmp(word, "ssl-m", 5) == 0)
			text = reader_format(reader, "%s %s", text, reader_next(reader));
	}
	*(const char **)member_of(reader, self) = text;
}

static void read_stats(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);

	(void)self;
	keyword_read(reader, &global_stats_words, word, IN_GLOBAL);
}

static void read_stats_timeout(struct reader *reader, const struct keyword *self)
{
	(void)self;
	reader_time_advised(reader, "stats timeout", &reader->config->global.stats_timeout_ms);
}

static void read_stats_maxconn(struct reader *reader, const struct keyword *self)
{
	uint64_t value;

	(void)self;
	if (reader_number(reader, "stats maxconn", 1, 100000, &value))
		reader->config->global.stats_maxconn = (uint32_t)value;
}

/* The words of a stats socket are bind's and four of its own; see bind.c. */
static void read_stats_socket(struct reader *reader, const struct keyword *self)
{
	const char *addresses = reader_next(reader);
	struct stats_socket socket = {.level = STATS_LEVEL_OPERATOR};
	struct listener model;
	struct listener_draft *made = NULL;

	(void)self;
	if (!*addresses) {
		reader_alert(reader, "'stats socket' in global section expects an address or a "
				     "path to a UNIX socket");
		return;
	}
	listener_init(reader, &model);
	reader->listener = &model;
	reader->stats_socket = &socket;
	reader->line_name = reader_format(reader, "stats socket %s", addresses);
	while (!reader_at_end(reader)) {
		const char *word = reader_next(reader);

		keyword_read(reader, &bind_words, word, ON_STATS_SOCKET);
	}
	reader->listener = NULL;
	reader->stats_socket = NULL;
	if (!bind_expand(reader, addresses, &model, &made))
		return;
	for (; made; made = made->next) {
		struct stats_socket_draft *draft = arena_alloc(reader->arena, sizeof(*draft));

		draft->socket = socket;
		draft->listener = made->listener;
		*reader->stats_sockets_tail = draft;
		reader->stats_sockets_tail = &draft->next;
		reader->stats_socket_count++;
	}
}

static const struct keyword stats_rows[] = {
	{"socket", IN_GLOBAL, KEYWORD_ACTS, 0, read_stats_socket,
		"<address> [mode M] [user U] [group G] [level L] ...",
		"listens for runtime commands"},
	{"timeout", IN_GLOBAL, KEYWORD_ACTS, 0, read_stats_timeout, "<time>",
		"idle limit of a stats socket's connection, 10 s"},
	{"maxconn", IN_GLOBAL, KEYWORD_ACTS, 0, read_stats_maxconn, "<n>",
		"connections to the stats sockets at one time, 10"},
	{"bind-process", IN_GLOBAL, KEYWORD_NOTED, 0, NULL, NULL,
		"there is one process; please remove the line"},
};

const struct keyword_table global_stats_words = {
	"stats parameter", "stats", stats_rows, KEYWORD_COUNT(stats_rows)};

#define LATER(name_) KEYWORD_LATER_ROW(name_, IN_GLOBAL)
#define NOTED(name_, why_)                                                                         \
	{                                                                                          \
		.name = (name_), .where = IN_GLOBAL | CAN_NEGATE, .state = KEYWORD_NOTED,          \
		.summary = (why_)                                                                  \
	}
#define WHY_POLLER "torc waits on io_uring and nothing else"
#define WHY_MEMORY "torc reserves its memory at start and does not trim it"
#define WHY_TUNED  "torc sizes this by itself"
#define WHY_NO_TLS "there is no TLS yet"

static const struct keyword rows[] = {
	{"log", IN_GLOBAL | CAN_NEGATE, KEYWORD_ACTS, 0, read_log,
		"<target> [len N] [format F] <facility> [<maxlevel> [<minlevel>]]",
		"a target of `log global` and of the process's own messages"},
	{"log-tag", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(log_tag), read_string, "<tag>",
		"the program name in log lines, haproxy"},
	{"log-send-hostname", IN_GLOBAL, KEYWORD_ACTS, 0, read_hostname, "[<name>]",
		"puts a host name into log lines"},
	{"chroot", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(chroot), read_string, "<folder>",
		"the balancer lives in this folder once it has opened its files"},
	{"user", IN_GLOBAL, KEYWORD_ACTS, 0, read_user, "<name>", "the balancer becomes this user"},
	{"group", IN_GLOBAL, KEYWORD_ACTS, 0, read_group, "<name>",
		"the balancer becomes this group"},
	{"uid", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(uid), read_uid, "<number>", "as `user`"},
	{"gid", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(gid), read_uid, "<number>", "as `group`"},
	{"daemon", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(daemon), read_flag, "",
		"goes to the background once it serves"},
	{"master-worker", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(master_worker), read_master_worker,
		"[no-exit-on-failure]", "torc always is a keeper and a balancer"},
	{"pidfile", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(pidfile), read_string, "<path>",
		"the keeper's process number, as -p"},
	{"node", IN_GLOBAL, KEYWORD_ACTS, 0, read_node, "<name>",
		"this machine's name on the statistics page"},
	{"description", IN_GLOBAL, KEYWORD_ACTS, 0, read_description, "<text>",
		"shown on the statistics page"},
	{"stats", IN_GLOBAL, KEYWORD_ACTS, 0, read_stats, "socket|timeout|maxconn ...",
		"the stats sockets, see below"},
	{"maxconn", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(maxconn), read_maxconn, "<n>",
		"client connections of the process; derived from the descriptor limit"},
	{"nbthread", IN_GLOBAL, KEYWORD_ACTS, 0, read_nbthread, "<n>",
		"workers, one per core unless set; at most 64"},
	{"nbproc", IN_GLOBAL, KEYWORD_ACTS, 0, read_nbproc, "1", "only 1 is left of it"},
	{"ulimit-n", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(ulimit_n), read_maxconn, "<n>",
		"the descriptor limit to ask for"},
	{"hard-stop-after", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(hard_stop_after_ms), read_delay,
		"<time>", "how long a balancer that was replaced may finish; endless"},
	{"grace", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(grace_ms), read_delay, "<time>",
		"how long to go on accepting after a soft stop was asked for"},
	{"spread-checks", IN_GLOBAL, KEYWORD_ACTS, 0, read_spread, "<percent>",
		"jitter of the health checks, 0 to 50"},
	{"max-spread-checks", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(max_spread_checks_ms),
		read_max_spread, "<time>", "the longest spread of the first health checks"},
	{"setenv", IN_GLOBAL, KEYWORD_ACTS, 0, read_setenv, "<name> <value>",
		"sets a variable for the rest of the files"},
	{"presetenv", IN_GLOBAL, KEYWORD_ACTS, 0, read_setenv, "<name> <value>",
		"the same where it is not set"},
	{"unsetenv", IN_GLOBAL, KEYWORD_ACTS, 0, read_unsetenv, "<name> ...", "forgets variables"},
	{"resetenv", IN_GLOBAL, KEYWORD_ACTS, 0, read_resetenv, "[<name> ...]",
		"forgets all variables but these"},
	{"pp2-never-send-local", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(pp2_never_send_local), read_flag,
		"", "probes with send-proxy-v2 name torc's address instead of saying LOCAL"},
	{"zero-warning", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(zero_warning), read_flag, "",
		"refuses to start when there are warnings, as -dW"},
	{"nosplice", IN_GLOBAL, KEYWORD_ACTS, 0, read_nosplice, "",
		"bodies are copied, never spliced; as -dS"},
	{"tune.bufsize", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(bufsize), read_tune, "<size>",
		"the longest head of a message, 16384"},
	{"tune.maxrewrite", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(maxrewrite), read_tune, "<size>",
		"the part of it that is kept for fields we add, 1024"},
	{"tune.http.maxhdr", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(maxhdr), read_tune, "<n>",
		"field lines in a head, 101"},
	{"tune.http.logurilen", IN_GLOBAL, KEYWORD_ACTS, GLOBAL(logurilen), read_tune, "<n>",
		"bytes of a request line in the log, 1024"},
	/* TLS words of the published file. */
	{"ca-base", IN_GLOBAL, KEYWORD_NOT_ACTING, GLOBAL(ca_base), read_string, "<folder>",
		"where relative CA files are"},
	{"crt-base", IN_GLOBAL, KEYWORD_NOT_ACTING, GLOBAL(crt_base), read_string, "<folder>",
		"where relative certificates are"},
	{"ssl-default-bind-ciphers", IN_GLOBAL, KEYWORD_NOT_ACTING, GLOBAL(ssl_bind_ciphers),
		read_ciphers, "<ciphers>", "ciphers of TLS up to 1.2"},
	{"ssl-default-bind-options", IN_GLOBAL, KEYWORD_NOT_ACTING, GLOBAL(ssl_bind_options),
		read_bind_options, "<option> ...", "options of all TLS binds"},
	NOTED("cpu-map", "workers are pinned to the cores that the process may use"),
	NOTED("cpu-policy", "workers are pinned to the cores that the process may use"),
	NOTED("cpu-set", "workers are pinned to the cores that the process may use"),
	NOTED("numa-cpu-mapping", "workers are pinned to the cores that the process may use"),
	NOTED("thread-group", "torc has one group of workers"),
	NOTED("thread-groups", "torc has one group of workers"),
	NOTED("thread-hard-limit", "nbthread says how many workers there are"),
	NOTED("noepoll", WHY_POLLER),
	NOTED("nopoll", WHY_POLLER),
	NOTED("nokqueue", WHY_POLLER),
	NOTED("noevports", WHY_POLLER),
	NOTED("busy-polling", WHY_POLLER),
	NOTED("nogetaddrinfo", "names are looked up with getaddrinfo"),
	NOTED("noreuseport", "workers share one socket for each bind"),
	NOTED("no-memory-trimming", WHY_MEMORY),
	NOTED("set-dumpable", "the crash record does not need a core file"),
	NOTED("strict-limits", "torc always says so when a limit cannot be had"),
	NOTED("limited-quic", "there is no QUIC"),
	NOTED("no-quic", "there is no QUIC"),
	NOTED("insecure-setuid-wanted", "the balancer never gains privileges"),
	NOTED("insecure-fork-wanted", "the balancer never forks"),
	NOTED("mworker-max-reloads", "at most two balancers live at a time"),
	NOTED("localpeer", "there are no peers yet"),
	NOTED("server-state-base", "server states live on over a reload by themselves"),
	NOTED("server-state-file", "server states live on over a reload by themselves"),
	NOTED("stats-file", "counters live on over a reload by themselves"),
	NOTED("shm-stats-file", "counters live on over a reload by themselves"),
	NOTED("shm-stats-file-max-objects", "counters live on over a reload by themselves"),
	NOTED("maxpipes", WHY_TUNED),
	NOTED("profiling.tasks", "every loop counts its turns already"),
	NOTED("profiling.memory", "loops do not allocate memory"),
	NOTED("profiling.memory.on", "loops do not allocate memory"),
	NOTED("default-path", "no word that names a file is there yet"),
	NOTED("quiet", "that is what -q is for"),
	NOTED("close-spread-time", "connections are told to close as they become idle"),
	NOTED("expose-deprecated-directives", "nothing depends on it"),
	NOTED("expose-experimental-directives", "nothing depends on it"),
	NOTED("warn-blocked-traffic-after", "a worker that stands still is replaced"),
	NOTED("issuers-chain-path", WHY_NO_TLS),
	NOTED("key-base", WHY_NO_TLS),
	NOTED("maxsslconn", WHY_NO_TLS),
	NOTED("maxsslrate", WHY_NO_TLS),
	NOTED("ocsp-update.disable", WHY_NO_TLS),
	NOTED("ocsp-update.httpproxy", WHY_NO_TLS),
	NOTED("ocsp-update.maxdelay", WHY_NO_TLS),
	NOTED("ocsp-update.mindelay", WHY_NO_TLS),
	NOTED("ocsp-update.mode", WHY_NO_TLS),
	NOTED("ssl-default-bind-ciphersuites", WHY_NO_TLS),
	NOTED("ssl-default-bind-client-sigalgs", WHY_NO_TLS),
	NOTED("ssl-default-bind-curves", WHY_NO_TLS),
	NOTED("ssl-default-bind-sigalgs", WHY_NO_TLS),
	NOTED("ssl-default-server-ciphers", WHY_NO_TLS),
	NOTED("ssl-default-server-ciphersuites", WHY_NO_TLS),
	NOTED("ssl-default-server-client-sigalgs", WHY_NO_TLS),
	NOTED("ssl-default-server-curves", WHY_NO_TLS),
	NOTED("ssl-default-server-options", WHY_NO_TLS),
	NOTED("ssl-default-server-sigalgs", WHY_NO_TLS),
	NOTED("ssl-dh-param-file", WHY_NO_TLS),
	NOTED("ssl-engine", WHY_NO_TLS),
	NOTED("ssl-load-extra-del-ext", WHY_NO_TLS),
	NOTED("ssl-load-extra-files", WHY_NO_TLS),
	NOTED("ssl-mode-async", WHY_NO_TLS),
	NOTED("ssl-passphrase-cmd", WHY_NO_TLS),
	NOTED("ssl-propquery", WHY_NO_TLS),
	NOTED("ssl-provider", WHY_NO_TLS),
	NOTED("ssl-provider-path", WHY_NO_TLS),
	NOTED("ssl-security-level", WHY_NO_TLS),
	NOTED("ssl-server-verify", WHY_NO_TLS),
	NOTED("ssl-skip-self-issued-ca", WHY_NO_TLS),
	NOTED("maxcomprate", "there is no compression yet"),
	NOTED("maxcompcpuusage", "there is no compression yet"),
	NOTED("maxzlibmem", "there is no compression yet"),
	NOTED("httpclient.resolvers.disabled", "torc asks nobody by HTTP but its servers"),
	NOTED("httpclient.resolvers.id", "torc asks nobody by HTTP but its servers"),
	NOTED("httpclient.resolvers.prefer", "torc asks nobody by HTTP but its servers"),
	NOTED("httpclient.retries", "torc asks nobody by HTTP but its servers"),
	NOTED("httpclient.ssl.ca-file", "torc asks nobody by HTTP but its servers"),
	NOTED("httpclient.ssl.verify", "torc asks nobody by HTTP but its servers"),
	NOTED("httpclient.timeout.connect", "torc asks nobody by HTTP but its servers"),
	NOTED("h1-case-adjust", "field names leave as they came"),
	NOTED("h1-case-adjust-file", "field names leave as they came"),
	NOTED("external-check", "no programs are run for checks"),
	NOTED("anonkey", "nothing is shown anonymously"),
	NOTED("cluster-secret", "there are no peers yet"),
	NOTED("prealloc-fd", "descriptors are reserved at start"),
	NOTED("setcap", "the balancer keeps what the file needs and nothing else"),
	NOTED("wurfl-cache-size", "there is no device detection"),
	LATER("51degrees-allow-unmatched"),
	LATER("51degrees-cache-size"),
	LATER("51degrees-data-file"),
	LATER("51degrees-difference"),
	LATER("51degrees-drift"),
	LATER("51degrees-property-name-list"),
	LATER("51degrees-property-separator"),
	LATER("51degrees-use-performance-graph"),
	LATER("51degrees-use-predictive-graph"),
	LATER("debug"),
	LATER("debug.counters"),
	LATER("deviceatlas-json-file"),
	LATER("deviceatlas-log-level"),
	LATER("deviceatlas-properties-cookie"),
	LATER("deviceatlas-separator"),
	LATER("dns-accept-family"),
	LATER("email-alert"),
	LATER("fd-hard-limit"),
	LATER("force-cfg-parser-pause"),
	LATER("h1-accept-payload-with-any-method"),
	LATER("h1-do-not-close-on-insecure-transfer-encoding"),
	LATER("h2-workaround-bogus-websocket-clients"),
	LATER("harden.reject-privileged-ports.quic"),
	LATER("harden.reject-privileged-ports.tcp"),
	LATER("http-err-codes"),
	LATER("http-fail-codes"),
	LATER("lua-load"),
	LATER("lua-load-per-thread"),
	LATER("lua-prepend-path"),
	LATER("maxconnrate"),
	LATER("maxsessrate"),
	LATER("max-spread-checks-percent"),
	LATER("program"),
	LATER("set-var"),
	LATER("set-var-fmt"),
	LATER("unix-bind"),
	LATER("wurfl-data-file"),
	LATER("wurfl-engine-mode"),
	LATER("wurfl-information-list"),
	LATER("wurfl-information-list-separator"),
	LATER("wurfl-patch-file"),
	LATER("wurfl-useragent-priority"),
	NOTED("tune.applet.zero-copy-forwarding", WHY_TUNED),
	NOTED("tune.buffers.limit", WHY_TUNED),
	NOTED("tune.buffers.reserve", WHY_TUNED),
	NOTED("tune.bufsize.large", WHY_TUNED),
	NOTED("tune.bufsize.small", WHY_TUNED),
	NOTED("tune.chksize", "HAProxy ignores it, too"),
	NOTED("tune.comp.maxlevel", "there is no compression yet"),
	NOTED("tune.disable-fast-forward", "nosplice does that"),
	NOTED("tune.disable-zero-copy-forwarding", "nosplice does that"),
	NOTED("tune.epoll.mask-events", WHY_POLLER),
	NOTED("tune.events.max-events-at-once", WHY_TUNED),
	NOTED("tune.fail-alloc", "loops do not allocate memory"),
	NOTED("tune.fd.edge-triggered", WHY_POLLER),
	NOTED("tune.glitches.kill.cpu-usage", WHY_TUNED),
	NOTED("tune.h1.zero-copy-fwd-recv", WHY_TUNED),
	NOTED("tune.h1.zero-copy-fwd-send", WHY_TUNED),
	NOTED("tune.h2.be.glitches-threshold", "there is no HTTP/2 yet"),
	NOTED("tune.h2.be.initial-window-size", "there is no HTTP/2 yet"),
	NOTED("tune.h2.be.max-concurrent-streams", "there is no HTTP/2 yet"),
	NOTED("tune.h2.be.rxbuf", "there is no HTTP/2 yet"),
	NOTED("tune.h2.fe.glitches-threshold", "there is no HTTP/2 yet"),
	NOTED("tune.h2.fe.initial-window-size", "there is no HTTP/2 yet"),
	NOTED("tune.h2.fe.max-concurrent-streams", "there is no HTTP/2 yet"),
	NOTED("tune.h2.fe.max-total-streams", "there is no HTTP/2 yet"),
	NOTED("tune.h2.fe.rxbuf", "there is no HTTP/2 yet"),
	NOTED("tune.h2.header-table-size", "there is no HTTP/2 yet"),
	NOTED("tune.h2.initial-window-size", "there is no HTTP/2 yet"),
	NOTED("tune.h2.log-errors", "there is no HTTP/2 yet"),
	NOTED("tune.h2.max-concurrent-streams", "there is no HTTP/2 yet"),
	NOTED("tune.h2.max-frame-size", "there is no HTTP/2 yet"),
	NOTED("tune.h2.zero-copy-fwd-send", "there is no HTTP/2 yet"),
	NOTED("tune.http.cookielen", "there are no captures yet"),
	NOTED("tune.idle-pool.shared", WHY_TUNED),
	NOTED("tune.idletimer", WHY_TUNED),
	NOTED("tune.listener.default-shards", WHY_TUNED),
	NOTED("tune.listener.multi-queue", WHY_TUNED),
	NOTED("tune.lua.bool-sample-conversion", "there is no Lua"),
	NOTED("tune.lua.burst-timeout", "there is no Lua"),
	NOTED("tune.lua.forced-yield", "there is no Lua"),
	NOTED("tune.lua.log.loggers", "there is no Lua"),
	NOTED("tune.lua.log.stderr", "there is no Lua"),
	NOTED("tune.lua.maxmem", "there is no Lua"),
	NOTED("tune.lua.openlibs", "there is no Lua"),
	NOTED("tune.lua.service-timeout", "there is no Lua"),
	NOTED("tune.lua.session-timeout", "there is no Lua"),
	NOTED("tune.lua.task-timeout", "there is no Lua"),
	NOTED("tune.max-checks-per-thread", "one thread does all checks"),
	NOTED("tune.max-rules-at-once", WHY_TUNED),
	NOTED("tune.maxaccept", WHY_TUNED),
	NOTED("tune.maxpollevents", WHY_POLLER),
	NOTED("tune.memory.hot-size", WHY_MEMORY),
	NOTED("tune.notsent-lowat.client", WHY_TUNED),
	NOTED("tune.notsent-lowat.server", WHY_TUNED),
	NOTED("tune.pattern.cache-size", WHY_TUNED),
	NOTED("tune.peers.max-updates-at-once", "there are no peers yet"),
	NOTED("tune.pipesize", WHY_TUNED),
	NOTED("tune.pool-high-fd-ratio", WHY_TUNED),
	NOTED("tune.pool-low-fd-ratio", WHY_TUNED),
	NOTED("tune.pt.zero-copy-forwarding", WHY_TUNED),
	NOTED("tune.quic.backend.max-idle-timeout", "there is no QUIC"),
	NOTED("tune.quic.cc-hystart", "there is no QUIC"),
	NOTED("tune.quic.cc.cubic.min-losses", "there is no QUIC"),
	NOTED("tune.quic.conn-buf-limit", "there is no QUIC"),
	NOTED("tune.quic.disable-tx-pacing", "there is no QUIC"),
	NOTED("tune.quic.disable-udp-gso", "there is no QUIC"),
	NOTED("tune.quic.frontend.conn-tx-buffers.limit", "there is no QUIC"),
	NOTED("tune.quic.frontend.default-max-window-size", "there is no QUIC"),
	NOTED("tune.quic.frontend.glitches-threshold", "there is no QUIC"),
	NOTED("tune.quic.frontend.max-data-size", "there is no QUIC"),
	NOTED("tune.quic.frontend.max-idle-timeout", "there is no QUIC"),
	NOTED("tune.quic.frontend.max-streams-bidi", "there is no QUIC"),
	NOTED("tune.quic.frontend.max-tx-mem", "there is no QUIC"),
	NOTED("tune.quic.frontend.stream-data-ratio", "there is no QUIC"),
	NOTED("tune.quic.listen", "there is no QUIC"),
	NOTED("tune.quic.max-frame-loss", "there is no QUIC"),
	NOTED("tune.quic.mem.tx-max", "there is no QUIC"),
	NOTED("tune.quic.reorder-ratio", "there is no QUIC"),
	NOTED("tune.quic.retry-threshold", "there is no QUIC"),
	NOTED("tune.quic.socket-owner", "there is no QUIC"),
	NOTED("tune.quic.zero-copy-fwd-send", "there is no QUIC"),
	NOTED("tune.rcvbuf.backend", WHY_TUNED),
	NOTED("tune.rcvbuf.client", WHY_TUNED),
	NOTED("tune.rcvbuf.frontend", WHY_TUNED),
	NOTED("tune.rcvbuf.server", WHY_TUNED),
	NOTED("tune.recv_enough", WHY_TUNED),
	NOTED("tune.renice.runtime", WHY_TUNED),
	NOTED("tune.renice.startup", WHY_TUNED),
	NOTED("tune.ring.queues", WHY_TUNED),
	NOTED("tune.runqueue-depth", WHY_TUNED),
	NOTED("tune.sched.low-latency", WHY_TUNED),
	NOTED("tune.sndbuf.backend", WHY_TUNED),
	NOTED("tune.sndbuf.client", WHY_TUNED),
	NOTED("tune.sndbuf.frontend", WHY_TUNED),
	NOTED("tune.sndbuf.server", WHY_TUNED),
	NOTED("tune.ssl.cachesize", "there is no TLS yet"),
	NOTED("tune.ssl.capture-buffer-size", "there is no TLS yet"),
	NOTED("tune.ssl.capture-cipherlist-size", "there is no TLS yet"),
	NOTED("tune.ssl.default-dh-param", "there is no TLS yet"),
	NOTED("tune.ssl.force-private-cache", "there is no TLS yet"),
	NOTED("tune.ssl.hard-maxrecord", "there is no TLS yet"),
	NOTED("tune.ssl.keylog", "there is no TLS yet"),
	NOTED("tune.ssl.lifetime", "there is no TLS yet"),
	NOTED("tune.ssl.maxrecord", "there is no TLS yet"),
	NOTED("tune.ssl.ocsp-update.maxdelay", "there is no TLS yet"),
	NOTED("tune.ssl.ocsp-update.mindelay", "there is no TLS yet"),
	NOTED("tune.ssl.ssl-ctx-cache-size", "there is no TLS yet"),
	NOTED("tune.stick-counters", "there are no stick tables yet"),
	NOTED("tune.takeover-other-tg-connections", WHY_TUNED),
	NOTED("tune.vars.check-max-size", "there are no variables yet"),
	NOTED("tune.vars.global-max-size", "there are no variables yet"),
	NOTED("tune.vars.proc-max-size", "there are no variables yet"),
	NOTED("tune.vars.reqres-max-size", "there are no variables yet"),
	NOTED("tune.vars.sess-max-size", "there are no variables yet"),
	NOTED("tune.vars.txn-max-size", "there are no variables yet"),
	NOTED("tune.zlib.memlevel", "there is no compression yet"),
	NOTED("tune.zlib.windowsize", "there is no compression yet"),
};

const struct keyword_table global_words = {"keyword", "", rows, KEYWORD_COUNT(rows)};
