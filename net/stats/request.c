/* SPDX-License-Identifier: GPL-2.0-or-later */
/* request.c - what a request to the statistics asks for, and whether it may.
 *
 * The uri of the statistics is a prefix, as in HAProxy: "/stats" answers to "/stats;csv" and to
 * "/stats?scope=web" and to "/statsfoo".  Options stand anywhere behind it.
 *
 * Passwords: what the client sent is decoded, padded to a fixed size and compared with every
 * configured user:password as a whole, so that the time says nothing about whether and where they
 * differ, nor which user was meant.  A request without (or with unreadable) credentials takes the
 * same way with an empty candidate.
 *
 * Pure; any thread. */
#include "net/stats/base64.h"
#include "net/stats/stats.h"

#define CREDENTIALS_WORDS 64 /* 512 bytes of user:password; longer ones never match */
#define CREDENTIALS_BYTES (CREDENTIALS_WORDS * sizeof(uint64_t))

static const char *uri_of(const struct proxy *proxy)
{
	return proxy->stats.uri ? proxy->stats.uri : "/haproxy?stats";
}

bool stats_uri_matches(const struct proxy *proxy, struct span path, struct span *rest)
{
	struct span prefix = span_of_string(uri_of(proxy));

	if (!proxy->stats.enabled || !span_starts_with(path, prefix))
		return false;
	*rest = span_of(path.at + prefix.len, path.len - prefix.len);
	return true;
}

/* ---- options ---- */

static const char *find(struct span rest, const char *word)
{
	return rest.len ? memmem(rest.at, rest.len, word, strlen(word)) : NULL;
}

/* Is `word` an option of its own: ";up" but not the start of ";upper"? */
static bool has_option(struct span rest, const char *word)
{
	size_t len = strlen(word);
	const char *end = rest.at + rest.len;

	for (const char *at = find(rest, word); at; at = find(rest, word)) {
		const char *next = at + len;

		if (next == end || strchr(";?&/#", *next))
			return true;
		rest = span_of(next, (size_t)(end - next));
	}
	return false;
}

/* Proxies' names know no other characters (the configuration refuses them). */
static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == ':' || c == '-';
}

static void read_scope(struct stats_request *request, struct span rest)
{
	const char *at = find(rest, "scope=");
	const char *end = rest.at + rest.len;
	uint32_t len = 0;

	if (!at)
		return;
	for (at += strlen("scope="); at < end && is_name_character(*at); at++)
		if (len < sizeof(request->scope) - 1)
			request->scope[len++] = *at;
	request->scope[len] = '\0';
}

void stats_parse_request(struct stats_request *request, const struct proxy *proxy, struct span rest)
{
	*request = (struct stats_request){
		.form = STATS_FORM_HTML,
		.iid = -1,
		.sid = -1,
		.rows = STATS_ROW_ALL,
		.proxy = proxy,
		.full = proxy && proxy->stats.show_legends,
	};
	if (has_option(rest, ";csv"))
		request->form = STATS_FORM_CSV;
	else if (has_option(rest, ";json"))
		request->form = STATS_FORM_JSON;
	else if (has_option(rest, ";typed"))
		request->form = STATS_FORM_TYPED;
	request->hide_down = has_option(rest, ";up");
	request->hide_maint = has_option(rest, ";no-maint");
	request->no_refresh = has_option(rest, ";norefresh");
	read_scope(request, rest);
}

const char *stats_content_type(const struct stats_request *request)
{
	switch (request->form) {
	case STATS_FORM_HTML:
		return "text/html; charset=utf-8";
	case STATS_FORM_JSON:
		return "application/json";
	case STATS_FORM_CSV:
	case STATS_FORM_TYPED:
		break;
	}
	return "text/plain";
}

uint32_t stats_refresh_s(const struct stats_request *request)
{
	return request->proxy && !request->no_refresh ? request->proxy->stats.refresh_s : 0;
}

/* ---- credentials ---- */

struct credentials {
	uint64_t words[CREDENTIALS_WORDS + 1]; /* the last one holds the length */
};

/* Into credentials that are all zero. */
static void set_credentials(struct credentials *credentials, struct span user, struct span password)
{
	char *bytes = (char *)credentials->words;
	size_t len = (size_t)user.len + 1 + password.len;

	credentials->words[CREDENTIALS_WORDS] = len;
	if (len > CREDENTIALS_BYTES)
		return; /* a length that no candidate has */
	if (user.len)
		memcpy(bytes, user.at, user.len);
	bytes[user.len] = ':';
	if (password.len)
		memcpy(bytes + user.len + 1, password.at, password.len);
}

/* RFC 7617 2: "Basic", any case, a space or more, user:password in base64. */
static void read_authorization(struct credentials *given, struct span authorization)
{
	struct span scheme = SPAN("Basic ");
	int32_t len;

	if (authorization.len < scheme.len ||
		strncasecmp(authorization.at, scheme.at, scheme.len) != 0)
		return;
	authorization = span_of(authorization.at + scheme.len, authorization.len - scheme.len);
	while (authorization.len && *authorization.at == ' ')
		authorization = span_of(authorization.at + 1, authorization.len - 1);
	len = base64_decode((char *)given->words, CREDENTIALS_BYTES, authorization);
	if (len < 0)
		memset(given, 0, sizeof(*given));
	else
		given->words[CREDENTIALS_WORDS] = (uint64_t)len;
}

static bool same_credentials(const struct credentials *a, const struct credentials *b)
{
	uint64_t difference = 0;

	for (int i = 0; i <= CREDENTIALS_WORDS; i++) {
		difference |= a->words[i] ^ b->words[i];
		/* Keeps the compiler from leaving the loop at the first difference. */
		__asm__ volatile("" : "+r"(difference));
	}
	return difference == 0;
}

bool stats_authorized(const struct stats_uri *stats, struct span authorization)
{
	struct credentials given = {0};
	unsigned int matches = 0;

	if (!stats->users)
		return true;
	read_authorization(&given, authorization);
	for (const struct stats_user *user = stats->users; user; user = user->next) {
		struct credentials wanted = {0};

		set_credentials(
			&wanted, span_of_string(user->user), span_of_string(user->password));
		matches |= same_credentials(&given, &wanted);
	}
	return matches != 0;
}
