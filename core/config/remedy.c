/* SPDX-License-Identifier: GPL-2.0-or-later */
/* remedy.c - what to write instead of a word that is known and not available yet.
 *
 * Files from the field hold words whose feature is not here.  Each of their lines is an error of
 * its own, and a message that only says so leaves the reader to guess: a family of words has one
 * sentence that says what is missing, and where there is one, the line that does the work today.
 * A word that is in no family is told without it. */
#include "core/config/remedy.h"

#include "core/config/keyword.h"
#include "core/config/reader.h"

#include <string.h>

#define WORDS(...)                                                                                 \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

struct family {
	const char *text;
	const char *const *words;
};

static const struct family families[] = {
	{"something in front of torc has to speak TLS",
		WORDS("ssl*", "crt", "crt-list", "default-crt", "ca-*", "crl-file", "crt-*",
			"ciphers", "ciphersuites", "curves", "ecdhe", "alpn", "npn", "verify*",
			"sni", "sni-auto", "no-sslv3", "no-tls*", "force-*v1*", "force-sslv3",
			"tls-*", "strict-sni", "generate-certificates", "allow-0rtt",
			"client-sigalgs", "sigalgs", "no-alpn", "renegotiate", "ktls",
			"prefer-client-ciphers", "ocsp-update", "send-proxy-v2-ssl*")},
	{"probes do not speak TLS; a plain 'check' sees whether the server takes connections",
		WORDS("check-ssl", "check-sni*", "check-alpn", "ssl-hello-chk")},
	{"nothing looks into what TLS begins with; names that have addresses of their own are told "
	 "apart by 'dst'",
		WORDS("req*ssl_*")},
	{"'option httplog' is the same line without TLS", WORDS("httpslog")},
	{"HTTP/1 is what is spoken", WORDS("proto", "check-proto", "ws")},
	{"without cookies 'balance source' keeps a client at its server",
		WORDS("cookie", "dynamic-cookie-key", "persist", "force-persist",
			"ignore-persist")},
	{"without tables 'balance source' keeps a client at its server",
		WORDS("stick", "stick-table")},
	{"nothing is counted in tables", WORDS("track-sc*", "sc-*", "sc_*", "sc0_*", "sc1_*",
						 "sc2_*", "src_*", "table_*", "in_table")},
	{"'http-request deny' refuses requests, 'tcp-request connection reject' connections",
		WORDS("reject", "silent-drop")},
	{"in a frontend 'tcp-request connection reject if { src .. }' refuses clients",
		WORDS("tcp-request", "tcp-response")},
	{"'accept-proxy' on a bind takes a PROXY header from all its clients",
		WORDS("expect-proxy", "expect-netscaler-cip")},
	{"'port' and 'addr' of the server say where probes go",
		WORDS("http-check connect", "http-check set-var*", "http-check unset-var*")},
	{"'set server .. state drain' on the stats socket lets a server finish",
		WORDS("http-check disable-on-404")},
	{"leave it out: probes have no such field", WORDS("http-check send-state")},
	{"'string' and 'rstring' look into the whole answer's body, 'status' at its code",
		WORDS("http-check expect *")},
	{"the sessions of backup servers end by themselves", WORDS("on-marked-up")},
	{"no table is shared with another balancer", WORDS("peers")},
	{"the system's service manager starts programs", WORDS("program")},
	{"a 'log' line takes UDP, unix sockets, stdout and descriptors",
		WORDS("ring", "log-forward", "log-profile", "ring@*", "tcp*@*", "backend@*")},
	{"a web server in front of the application speaks FastCGI",
		WORDS("fcgi-app", "use-fcgi-app")},
	{"an 'acl' may be asked several times instead", WORDS("set-var*", "unset-var", "var")},
	{"a 'use_backend .. if' for each line of the map does the same",
		WORDS("map", "map_*", "set-map", "del-map")},
	{"'%ID' is the same in responses and in the log", WORDS("unique-id")},
	{"'http-request set-header X-Original-To %[dst]' does the same", WORDS("originalto")},
	{"leave it out: all connections are served in turn", WORDS("set-nice")},
	{"leave it out: a rule that cannot be carried out answers 500", WORDS("strict-mode")},
	{"a backend with a 'timeout' of its own does the same", WORDS("set-timeout")},
	{"'retry-on' of a backend says what is sent again", WORDS("disable-l7-retry")},
	{"leave it out: bodies pass as they come",
		WORDS("http-buffer-request", "wait-for-body", "req.body*")},
	{"'crc32', 'djb2', 'sdbm' and 'wt6' are there",
		WORDS("sha1", "sha2", "digest", "hmac", "xxh*", "crc32c")},
	{"there is no Lua", WORDS("lua*")},
	{"use 'http-request capture req.cook(<name>) len <n>'", WORDS("capture cookie")},
	{"'accept-proxy' takes the client's address from a PROXY header",
		WORDS("set-src", "set-src-port")},
	{"nothing is cached", WORDS("cache-use", "cache-store", "cache")},
	{"there are no filters", WORDS("filter*", "send-spoe-group")},
	{"exporters that read '/stats;csv' or the stats socket work", WORDS("use-service")},
	{"'maxconn' bounds connections", WORDS("rate-limit", "maxconnrate", "maxsessrate")},
	{"'option tcp-check' without further lines, or 'check' alone, connects",
		WORDS("tcp-check", "smtpchk", "mysql-check", "pgsql-check", "redis-check",
			"ldap-check", "spop-check")},
	{"no programs are run for checks; 'option httpchk' asks a page", WORDS("external-check")},
	{"'set server' on the stats socket changes weights and states", WORDS("agent-*")},
	{"give this server a 'check' of its own", WORDS("track")},
	{"names are looked up when the files are read; 'init-addr' says how",
		WORDS("resolvers", "resolve-*", "do-resolve")},
	{"say 'mode', 'user' and 'group' on the bind lines", WORDS("unix-bind")},
	{"write it as a 'server'", WORDS("dispatch")},
	{"the log tells of servers that go down and come up", WORDS("email-alert", "mailers")},
};

bool remedy_fits(const char *pattern, const char *word)
{
	for (;; pattern++, word++) {
		if (*pattern == '*') {
			if (!pattern[1])
				return true;
			for (; *word; word++)
				if (remedy_fits(pattern + 1, word))
					return true;
			return false;
		}
		if (*pattern != *word)
			return false;
		if (!*pattern)
			return true;
	}
}

_Static_assert(KEYWORD_COUNT(families) < 64, "a bit for each");

static int family_of(const char *word)
{
	for (uint32_t i = 0; i < KEYWORD_COUNT(families); i++)
		for (uint32_t j = 0; families[i].words[j]; j++)
			if (remedy_fits(families[i].words[j], word))
				return (int)i;
	return -1;
}

void remedy_alert(struct reader *reader, const char *shown, const char *word)
{
	int family = family_of(word);

	if (family < 0) {
		reader_alert(reader, "%s is known, but not available yet", shown);
		return;
	}
	if (reader->line_name && reader->remedies_told & 1ull << family)
		return;
	reader->remedies_told |= 1ull << family;
	reader_alert(
		reader, "%s is known, but not available yet: %s", shown, families[family].text);
}

void remedy_alert_section(struct reader *reader, const char *word)
{
	int family = family_of(word);

	reader_alert(reader,
		"section '%s' is known, but not available yet%s%s; its lines are skipped", word,
		family < 0 ? "" : ": ", family < 0 ? "" : families[family].text);
}
