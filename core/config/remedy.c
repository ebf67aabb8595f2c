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
			"tls-*", "strict-sni", "generate-certificates", "allow-0rtt", "check-sni*",
			"check-ssl", "check-alpn", "req*ssl_*")},
	{"'option httplog' is the same line without TLS", WORDS("httpslog")},
	{"HTTP/1 is what is spoken", WORDS("proto", "check-proto", "ws")},
	{"without cookies 'balance source' keeps a client at its server",
		WORDS("cookie", "dynamic-cookie-key", "persist", "force-persist",
			"ignore-persist")},
	{"without tables 'balance source' keeps a client at its server",
		WORDS("stick", "stick-table")},
	{"nothing is counted in tables", WORDS("track-sc*", "sc-*", "sc_*", "sc0_*", "sc1_*",
						 "sc2_*", "src_*", "table_*", "in_table")},
	{"'http-request deny if ..' refuses requests",
		WORDS("tcp-request", "tcp-response", "reject", "silent-drop")},
	{"an 'acl' may be asked several times instead", WORDS("set-var*", "unset-var", "var")},
	{"a 'use_backend .. if' for each line of the map does the same",
		WORDS("map", "map_*", "set-map", "del-map")},
	{"there is no Lua", WORDS("lua*")},
	{"use 'http-request capture req.cook(<name>) len <n>'", WORDS("capture cookie")},
	{"nothing is cached", WORDS("cache-use", "cache-store")},
	{"there are no filters", WORDS("filter*", "send-spoe-group")},
	{"exporters that read '/stats;csv' or the stats socket work", WORDS("use-service")},
	{"'maxconn' bounds connections", WORDS("rate-limit", "maxconnrate", "maxsessrate")},
	{"'option tcp-check' without further lines, or 'check' alone, connects",
		WORDS("tcp-check", "smtpchk", "mysql-check", "pgsql-check", "redis-check",
			"ldap-check", "spop-check", "ssl-hello-chk")},
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

static const char *remedy_of(const char *word)
{
	for (uint32_t i = 0; i < KEYWORD_COUNT(families); i++)
		for (uint32_t j = 0; families[i].words[j]; j++)
			if (remedy_fits(families[i].words[j], word))
				return families[i].text;
	return NULL;
}

void remedy_alert(struct reader *reader, const char *shown, const char *word)
{
	const char *text = remedy_of(word);

	reader_alert(reader, "%s is known, but not available yet%s%s", shown, text ? ": " : "",
		text ? text : "");
}
