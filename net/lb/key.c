/* SPDX-License-Identifier: GPL-2.0-or-later */
/* key.c - what a hashing `balance` looks at, in a client or in a request.
 *
 * Where the manual leaves a choice these do what HAProxy does, byte for byte: which comma ends a
 * header's value, which slash a path, and that an empty parameter is a key like any other. */
#include "net/lb/key.h"
#include "net/lb/hash.h"

static bool hash_source(
	uint32_t *hash, const struct balancing *balancing, const struct sockaddr *client)
{
	if (client->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)client;

		*hash = hash_address(
			balancing, (const uint8_t *)&in->sin_addr, sizeof(in->sin_addr));
		return true;
	}
	if (client->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)client;

		*hash = hash_address(balancing, in6->sin6_addr.s6_addr, 16);
		return true;
	}
	return false; /* of a unix socket */
}

static struct span uri_part(const struct balancing *balancing, const struct h1_head *head)
{
	struct span uri = head->target;
	uint32_t slashes = 0;

	if (balancing->path_only) {
		uri = head->path;
		if (uri.len == 0 || uri.at[0] != '/')
			uri.len = 0; /* "*" has no path */
	}
	if (balancing->uri_len && uri.len > balancing->uri_len)
		uri.len = balancing->uri_len;
	for (uint32_t i = 0; i < uri.len; i++) {
		bool ends = uri.at[i] == '/' ? ++slashes == balancing->uri_depth
					     : uri.at[i] == '?' && !balancing->whole;

		if (ends)
			uri.len = i;
	}
	return uri;
}

/* The value of "name=value" among parameters that are joined by "&". */
static bool find_parameter(struct span *value, struct span parameters, struct span name)
{
	const char *at = parameters.at, *end = at + parameters.len;

	while ((size_t)(end - at) > name.len) {
		const char *next = memchr(at, '&', (size_t)(end - at));

		if (at[name.len] == '=' && span_equal(span_of(at, name.len), name)) {
			const char *begin = at + name.len + 1;

			/* A name may hold an "&" itself: then the one found lies before its value.
			 */
			next = memchr(begin, '&', (size_t)(end - begin));
			*value = span_of(begin, (size_t)((next ? next : end) - begin));
			return true;
		}
		if (!next)
			return false;
		at = next + 1;
	}
	return false;
}

static bool is_token_byte(char byte)
{
	return byte > ' ' && byte < 127 && !strchr("\"(),/:;<=>?@[\\]{}", byte);
}

/* In a form; a value that begins with something else is no parameter of one. */
static bool find_in_body(struct span *value, struct span body, struct span name)
{
	if (!find_parameter(value, body, name))
		return false;
	if (value->len == 0 || is_token_byte(value->at[0]))
		return true;
	if (!strchr(" \t\r\n", value->at[0]))
		return false;
	value->len = 0;
	return true;
}

static bool find_in_request(struct span *value, const struct balancing *balancing,
	const struct h1_head *head, struct span body)
{
	struct span name = span_of_string(balancing->name), target = head->target;
	const char *mark = target.len ? memchr(target.at, '?', target.len) : NULL;

	if (mark && find_parameter(value,
			    span_of(mark + 1, (size_t)(target.at + target.len - mark - 1)), name))
		return true;
	return head->method_id == H1_METHOD_POST && body.len > 0 && find_in_body(value, body, name);
}

/* The first element of the first such field: it ends at a comma that is not quoted. */
static bool find_field(struct span *value, const struct h1_head *head, struct span name)
{
	bool quoted = false;
	uint32_t i = 0;

	while (i < head->field_count && !span_equal_nocase(head->fields[i].name, name))
		i++;
	if (i == head->field_count)
		return false;
	*value = head->fields[i].value;
	for (i = 0; i < value->len; i++) {
		char byte = value->at[i];

		if (quoted && byte == '\\')
			i++;
		else if (byte == '"')
			quoted = !quoted;
		else if (byte == ',' && !quoted)
			value->len = i;
	}
	while (value->len > 0 && strchr(" \t", value->at[value->len - 1]))
		value->len--;
	return value->len > 0;
}

/* use_domain_only: "example" of "www.example.com", what lies between the last dot and the one
 * before it.  A dot that begins the name is none, and the domain has at least one byte. */
static struct span domain_of(struct span name)
{
	uint32_t end = name.len, begin;

	while (end > 0 && (end == name.len || name.at[end] != '.'))
		end--;
	if (end == 0)
		return name;
	for (begin = end - 1; begin > 0 && name.at[begin - 1] != '.';)
		begin--;
	return span_of(name.at + begin, end - begin);
}

bool key_hash(uint32_t *hash, const struct balancing *balancing, const struct sockaddr *client,
	const struct h1_head *head, struct span body)
{
	struct span key;

	if (balancing->algorithm == BALANCE_SOURCE)
		return hash_source(hash, balancing, client);
	if (!head)
		return false;
	switch (balancing->algorithm) {
	case BALANCE_URI:
		key = uri_part(balancing, head);
		break;
	case BALANCE_URL_PARAM:
		if (!find_in_request(&key, balancing, head, body))
			return false;
		break;
	case BALANCE_HDR:
		if (!find_field(&key, head, span_of_string(balancing->name)))
			return false;
		if (balancing->domain_only)
			key = domain_of(key);
		break;
	case BALANCE_SOURCE:
	case BALANCE_ROUNDROBIN:
	case BALANCE_STATIC_RR:
	case BALANCE_LEASTCONN:
	case BALANCE_FIRST:
	case BALANCE_RANDOM:
	case BALANCE_HASH: /* the rules' room knows: see rules_balance_key() */
	default:
		return false;
	}
	*hash = hash_key(balancing, key);
	return true;
}
