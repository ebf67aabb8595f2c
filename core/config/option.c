/* SPDX-License-Identifier: GPL-2.0-or-later */
/* option.c - the words behind `option`.
 *
 * Most are switches, which `no option` turns off again; `default option` goes back to what the
 * language says.  Three take arguments (forwardfor, httpchk, redispatch), and three choose one
 * way of closing connections between them. */
#include "core/config/rule_reader.h"

#include <string.h>

#define SWITCH(member) offsetof(struct proxy, member)

static void read_switch(struct reader *reader, const struct keyword *self)
{
	/* All switches are off unless something says otherwise. */
	*(bool *)((char *)&reader->section->proxy + self->field) =
		reader->modifier == MODIFIER_NONE;
}

/* The one switch that is on unless something says otherwise. */
static void read_via(struct reader *reader, const struct keyword *self)
{
	(void)self;
	reader->section->proxy.omit_via = reader->modifier == MODIFIER_NO;
}

/* The last one said wins; `no` takes back its own mode only. */
static void read_connection(struct reader *reader, const struct keyword *self)
{
	enum connection_mode mode = CONNECTION_KEEP_ALIVE;
	struct proxy *proxy = &reader->section->proxy;

	if (strcmp(self->name, "http-server-close") == 0)
		mode = CONNECTION_SERVER_CLOSE;
	else if (strcmp(self->name, "httpclose") == 0)
		mode = CONNECTION_CLOSE;
	if (reader->modifier == MODIFIER_NONE)
		proxy->connection_mode = mode;
	else if (proxy->connection_mode == mode)
		proxy->connection_mode = CONNECTION_UNSET;
}

static void read_redispatch(struct reader *reader, const struct keyword *self)
{
	const char *word = reader_next(reader);
	int32_t *redispatch = &reader->section->proxy.redispatch;
	bool negative = *word == '-';
	uint64_t value = 1;
	char stray;

	(void)self;
	*redispatch = 0;
	if (reader->modifier != MODIFIER_NONE)
		return;
	if (*word && number_whole(&value, word + negative, INT32_MAX, &stray) != NUMBER_FINE) {
		reader_alert(reader, "'option redispatch' expects an integer argument (got '%s').",
			word);
		return;
	}
	/* Without a number: on the last retry only. */
	*redispatch = *word && !negative ? (int32_t)value : -(int32_t)value;
}

static void read_httplog(struct reader *reader, const struct keyword *self)
{
	bool clf = reader_skip(reader, "clf");

	(void)self;
	if (!reader_at_end(reader)) {
		reader_alert(reader, "keyword 'httplog' only supports option 'clf'.");
		reader_give_up(reader);
		return;
	}
	reader->section->proxy.log_format = NULL;
	if (clf)
		log_format_clf(reader);
	reader->section->proxy.log_httplog = !clf;
	reader->section->proxy.log_tcplog = false;
	reader->section->proxy.log_place = reader->place;
}

static void read_tcplog(struct reader *reader, const struct keyword *self)
{
	(void)self;
	reader->section->proxy.log_format = NULL;
	reader->section->proxy.log_httplog = false;
	reader->section->proxy.log_tcplog = true;
	reader->section->proxy.log_place = reader->place;
}

static void read_tcpka(struct reader *reader, const struct keyword *self)
{
	struct proxy *proxy = &reader->section->proxy;

	(void)self;
	if (reader->where & IN_FRONTEND_OR_DEFAULTS)
		proxy->client_keepalive.on = reader->modifier == MODIFIER_NONE;
	if (reader->where & IN_BACKEND_OR_DEFAULTS)
		proxy->server_keepalive.on = reader->modifier == MODIFIER_NONE;
}

/* Starts afresh: what a defaults section said of `except` and `header` is gone. */
static void read_forwardfor(struct reader *reader, const struct keyword *self)
{
	struct forwardfor forwardfor = {.on = true};

	(void)self;
	while (!reader_at_end(reader)) {
		if (reader_skip(reader, "except")) {
			if (!address_read_network(&forwardfor.except, reader_next(reader))) {
				reader_alert(reader, "'option forwardfor except' expects "
						     "<address>[/mask] as argument.");
				reader_give_up(reader);
				return;
			}
		} else if (reader_skip(reader, "header")) {
			forwardfor.header = reader_keep(reader, reader_next(reader));
			if (!*forwardfor.header) {
				reader_alert(reader, "'option forwardfor header' expects "
						     "<header_name> as argument.");
				return;
			}
			if (!rules_field_name(
				    reader, "option forwardfor header", forwardfor.header)) {
				reader_give_up(reader);
				return;
			}
		} else if (reader_skip(reader, "if-none")) {
			forwardfor.if_none = true;
		} else {
			reader_alert(reader, "'option forwardfor' only supports optional values: "
					     "'except', 'header' and 'if-none'.");
			reader_give_up(reader);
			return;
		}
	}
	reader->section->proxy.forwardfor = forwardfor;
}

/* What probes do anyway, unless a defaults section said httpchk. */
static void read_tcp_check(struct reader *reader, const struct keyword *self)
{
	(void)self;
	if (reader->modifier == MODIFIER_NONE)
		reader->section->proxy.check_kind = CHECK_TCP;
}

/* `option httpchk [<method>] [<uri> [<version> [<host>]]]`; a single word is the uri.  The
 * version may hold "\r\nHost:" and more, from the time before there was another way. */
static void read_httpchk(struct reader *reader, const struct keyword *self)
{
	struct httpchk check = reader->section->proxy.httpchk;

	(void)self;
	check.method = check.uri = check.version = check.host = NULL;
	if (!reader_at_end(reader))
		check.uri = reader_keep(reader, reader_next(reader));
	if (!reader_at_end(reader)) {
		check.method = check.uri;
		check.uri = reader_keep(reader, reader_next(reader));
	}
	if (!reader_at_end(reader))
		check.version = reader_keep(reader, reader_next(reader));
	if (!reader_at_end(reader))
		check.host = reader_keep(reader, reader_next(reader));
	if (!reader_at_end(reader))
		return;
	reader->section->proxy.check_kind = CHECK_HTTP;
	reader->section->proxy.httpchk = check;
}

#define BOTH	   (IN_PROXY_OR_DEFAULTS | CAN_NEGATE)
#define FRONT	   (IN_FRONTEND_OR_DEFAULTS | CAN_NEGATE)
#define BACK	   (IN_BACKEND_OR_DEFAULTS | CAN_NEGATE)
#define WHY_SPLICE "bodies of known length are spliced where it pays; nosplice turns it off"

static const struct keyword rows[] = {
	{"accept-invalid-http-request", FRONT, KEYWORD_ACTS, SWITCH(lax_requests), read_switch, "",
		"odd bytes in targets, names and values pass; nothing that frames a message does"},
	{"accept-invalid-http-response", BACK, KEYWORD_ACTS, SWITCH(lax_responses), read_switch, "",
		"the same for the servers' answers"},
	{"abortonclose", BACK, KEYWORD_ACTS, SWITCH(abort_on_close), read_switch, "",
		"a client that closed is not served any more"},
	{"allbackups", BACK, KEYWORD_ACTS, SWITCH(all_backups), read_switch, "",
		"all backup servers are used at a time"},
	{"dontlog-normal", FRONT, KEYWORD_ACTS, SWITCH(log_dontlog_normal), read_switch, "",
		"only what went wrong is logged"},
	{"dontlognull", FRONT, KEYWORD_ACTS, SWITCH(log_dontlognull), read_switch, "",
		"connections without a byte are not logged"},
	{"forwardfor", IN_PROXY_OR_DEFAULTS, KEYWORD_ACTS, 0, read_forwardfor,
		"[except <network>] [header <name>] [if-none]",
		"adds X-Forwarded-For with the client's address"},
	{"http-ignore-probes", FRONT, KEYWORD_ACTS, SWITCH(http_ignore_probes), read_switch, "",
		"connections without a byte get no answer and no line"},
	{"http-keep-alive", BOTH, KEYWORD_ACTS, 0, read_connection, "",
		"connections are kept on both sides where they can be; preset"},
	{"http-pretend-keepalive", BACK, KEYWORD_ACTS, SWITCH(pretend_keepalive), read_switch, "",
		"servers are not told that their connection will be closed after the answer"},
	{"http-server-close", BOTH, KEYWORD_ACTS, 0, read_connection, "",
		"the server's connection is closed after the answer"},
	{"httpclose", BOTH, KEYWORD_ACTS, 0, read_connection, "",
		"both connections are closed after the answer"},
	{"httpchk", IN_BACKEND_OR_DEFAULTS, KEYWORD_ACTS, 0, read_httpchk,
		"[<method>] [<uri> [<version> [<host>]]]",
		"probes ask for a page: OPTIONS / HTTP/1.0 unless said"},
	{"httplog", IN_PROXY_OR_DEFAULTS, KEYWORD_ACTS, 0, read_httplog, "[clf]",
		"one line for each request"},
	{"independent-streams", BOTH, KEYWORD_ACTS, SWITCH(independent_streams), read_switch, "",
		"tunnels: what one side sends does not renew the other one's time-out"},
	{"log-health-checks", BACK, KEYWORD_ACTS, SWITCH(log_health_checks), read_switch, "",
		"every check that changes a server's health, or ends in another way than the one "
		"before, has a line"},
	{"log-separate-errors", FRONT, KEYWORD_ACTS, SWITCH(log_separate_errors), read_switch, "",
		"what went wrong is logged at level err"},
	{"socket-stats", FRONT, KEYWORD_ACTS, SWITCH(socket_stats), read_switch, "",
		"each bind has a row of its own in statistics"},
	{"logasap", FRONT, KEYWORD_ACTS, SWITCH(log_asap), read_switch, "",
		"the line is written when the answer's head is there"},
	{"redispatch", BACK, KEYWORD_ACTS, 0, read_redispatch, "[<interval>]",
		"a retry may go to another server"},
	{"via", BOTH, KEYWORD_ACTS, 0, read_via, "",
		"requests say that they passed here (RFC 9110 7.6.3); preset, and torc's own word"},
	{"nolinger", BOTH, KEYWORD_ACTS, SWITCH(no_linger), read_switch, "",
		"connections of this side end with a reset"},
	{"clitcpka", FRONT, KEYWORD_ACTS, SWITCH(client_keepalive.on), read_switch, "",
		"TCP keep-alive packets to clients"},
	{"srvtcpka", BACK, KEYWORD_ACTS, SWITCH(server_keepalive.on), read_switch, "",
		"TCP keep-alive packets to servers"},
	{"tcpka", BOTH, KEYWORD_ACTS, 0, read_tcpka, "", "clitcpka and srvtcpka"},
	{"tcp-check", BACK, KEYWORD_ACTS, 0, read_tcp_check, "",
		"probes connect; without tcp-check lines, which are not there yet, that is all"},
	{"tcplog", IN_PROXY_OR_DEFAULTS, KEYWORD_ACTS, 0, read_tcplog, "",
		"one line for each connection"},
	KEYWORD_NOTED_ROW("h1-case-adjust-bogus-client", FRONT, "field names leave as they came"),
	KEYWORD_NOTED_ROW("h1-case-adjust-bogus-server", BACK, "field names leave as they came"),
	KEYWORD_NOTED_ROW("http-use-htx", BOTH, "there is one way of reading HTTP"),
	KEYWORD_NOTED_ROW("idle-close-on-response", FRONT,
		"idle connections are told to close with their next answer"),
	KEYWORD_NOTED_ROW("contstats", FRONT, "counters are always up to date"),
	KEYWORD_NOTED_ROW("splice-auto", BOTH, WHY_SPLICE),
	KEYWORD_NOTED_ROW("splice-request", BOTH, WHY_SPLICE),
	KEYWORD_NOTED_ROW("splice-response", BOTH, WHY_SPLICE),
	KEYWORD_NOTED_ROW("tcp-smart-accept", FRONT, "requests are read when they are there"),
	KEYWORD_NOTED_ROW("tcp-smart-connect", BACK, "the first bytes leave with what is there"),
	KEYWORD_NOTED_ROW("http-no-delay", BOTH, "nothing is held back"),
	KEYWORD_NOTED_ROW("disable-h2-upgrade", FRONT, "there is no HTTP/2 yet"),
	KEYWORD_NOTED_ROW(
		"prefer-last-server", BACK, "a kept connection is found whoever had it before"),
	KEYWORD_NOTED_ROW("persist", BACK, "there is no persistence yet"),
	KEYWORD_LATER_ROW("accept-unsafe-violations-in-http-request", FRONT),
	KEYWORD_LATER_ROW("http-buffer-request", BOTH),
	KEYWORD_LATER_ROW("accept-unsafe-violations-in-http-response", BACK),
	KEYWORD_LATER_ROW("assume-rfc6587-ntf", FRONT),
	KEYWORD_LATER_ROW("checkcache", BACK),
	KEYWORD_LATER_ROW("dontparselog", FRONT),
	KEYWORD_LATER_ROW("external-check", BACK),
	KEYWORD_LATER_ROW("forwarded", BOTH),
	KEYWORD_LATER_ROW("host", BACK),
	KEYWORD_LATER_ROW("http-drop-request-trailers", BACK),
	KEYWORD_LATER_ROW("http-drop-response-trailers", FRONT),
	KEYWORD_LATER_ROW("http-restrict-req-hdr-names", BOTH),
	KEYWORD_LATER_ROW("http-use-proxy-header", FRONT),
	KEYWORD_LATER_ROW("httpslog", BOTH),
	KEYWORD_LATER_ROW("ldap-check", BACK),
	KEYWORD_LATER_ROW("mysql-check", BACK),
	KEYWORD_LATER_ROW("originalto", BOTH),
	KEYWORD_LATER_ROW("pgsql-check", BACK),
	KEYWORD_LATER_ROW("redis-check", BACK),
	KEYWORD_LATER_ROW("smtpchk", BACK),
	KEYWORD_LATER_ROW("spop-check", BACK),
	KEYWORD_LATER_ROW("ssl-hello-chk", BACK),
	KEYWORD_LATER_ROW("transparent", BACK),
	KEYWORD_LATER_ROW("use-small-buffers", BACK),
	{"forceclose", BOTH, KEYWORD_GONE, 0, NULL, NULL,
		"please just remove it, or use 'option httpclose' if absolutely needed"},
	{"http_proxy", BOTH, KEYWORD_GONE, 0, NULL, NULL,
		"name the servers: torc does not follow the addresses in requests"},
	{"http-tunnel", BOTH, KEYWORD_GONE, 0, NULL, NULL,
		"please just remove it, it shouldn't be needed"},
};

const struct keyword_table option_words = {"option", "option", rows, KEYWORD_COUNT(rows)};
