/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_route.c - routes and rules, in the words of ip(8).
 *
 * What is rare enough that nobody has asked torc for it (several next hops, encapsulation, the
 * kernel's round-trip estimates) is known and refused: a route that lacks half of what its line
 * says is worse than none.  Tables are numbers or the kernel's three names; the file of names in
 * /etc/iproute2 belongs to another program. */
#include "core/config/keepalived_reader.h"

#include <linux/rtnetlink.h>
#include <stdlib.h>

#define ROUTES_MAX 4096u

/* keepalived's mark on the routes that it made, in linux/rtnetlink.h of newer kernels. */
#define PROTOCOL_KEEPALIVED 18

/* The priority of the first rule without one; further ones go down. */
#define RULE_PRIORITY_FIRST 16384u

struct named_number {
	const char *name;
	uint8_t number;
};

static const struct named_number *find_name(
	const struct named_number *names, uint32_t count, const char *wanted)
{
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(names[i].name, wanted) == 0)
			return &names[i];
	}
	return NULL;
}

static bool is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++) {
		if (strcmp(word, *list) == 0)
			return true;
	}
	return false;
}

static bool read_u32(struct keepalived_reader *reader, const char *what, uint32_t *field)
{
	int64_t value;

	if (!keepalived_number(reader, what, 0, UINT32_MAX, &value))
		return false;
	*field = (uint32_t)value;
	return true;
}

static bool read_table(struct keepalived_reader *reader, uint32_t *table)
{
	if (keepalived_skip(reader, "main"))
		*table = RT_TABLE_MAIN;
	else if (keepalived_skip(reader, "local"))
		*table = RT_TABLE_LOCAL;
	else if (keepalived_skip(reader, "default"))
		*table = RT_TABLE_DEFAULT;
	else
		return read_u32(reader, "table", table);
	return true;
}

static bool read_prefix(struct keepalived_reader *reader, const char *what, struct vrrp_ip *ip,
	uint8_t *bits, uint8_t *family)
{
	const char *word = keepalived_take(reader);

	if (strcmp(word, "default") == 0 || strcmp(word, "any") == 0 || strcmp(word, "all") == 0) {
		*ip = (struct vrrp_ip){0};
		*bits = 0;
		return true;
	}
	if (!keepalived_parse_prefix(word, ip, bits)) {
		keepalived_alert(reader,
			"'%s' expects an address with its prefix, or default "
			"(got '%s')",
			what, word);
		return false;
	}
	if (*bits == UINT8_MAX)
		*bits = ip->family == AF_INET ? 32 : 128;
	if (*family != AF_UNSPEC && *family != ip->family) {
		keepalived_alert(
			reader, "'%s' is of another family than what stands before it", word);
		return false;
	}
	*family = ip->family;
	return true;
}

static bool read_via(
	struct keepalived_reader *reader, const char *what, struct vrrp_ip *ip, uint8_t *family)
{
	if (!keepalived_skip(reader, "inet"))
		keepalived_skip(reader, "inet6");
	if (!keepalived_ip(reader, what, ip))
		return false;
	if (*family != AF_UNSPEC && *family != ip->family) {
		keepalived_alert(reader, "'%s' : the address is of another family", what);
		return false;
	}
	*family = ip->family;
	return true;
}

/* ---- routes ---- */

static bool read_protocol(struct keepalived_reader *reader, uint8_t *protocol)
{
	static const struct named_number protocols[] = {{"redirect", RTPROT_REDIRECT},
		{"kernel", RTPROT_KERNEL}, {"boot", RTPROT_BOOT}, {"static", RTPROT_STATIC},
		{"gated", RTPROT_GATED}, {"ra", RTPROT_RA}, {"mrt", RTPROT_MRT},
		{"zebra", RTPROT_ZEBRA}, {"bird", RTPROT_BIRD}, {"dnrouted", RTPROT_DNROUTED},
		{"xorp", RTPROT_XORP}, {"ntk", RTPROT_NTK}, {"dhcp", RTPROT_DHCP},
		{"keepalived", PROTOCOL_KEEPALIVED}, {"babel", RTPROT_BABEL}};
	const struct named_number *known =
		find_name(protocols, KEEPALIVED_COUNT(protocols), keepalived_peek(reader));
	int64_t value;

	if (known) {
		keepalived_take(reader);
		*protocol = known->number;
		return true;
	}
	if (!keepalived_number(reader, "protocol", 0, 255, &value))
		return false;
	*protocol = (uint8_t)value;
	return true;
}

/* `mtu lock 1400`: locked against discovery; the kernel is told the number alone. */
static bool read_metric(struct keepalived_reader *reader, const char *what, uint32_t *field)
{
	if (keepalived_skip(reader, "lock")) {
		keepalived_alert(reader, "'%s lock' is known, but not available yet", what);
		return false;
	}
	return read_u32(reader, what, field);
}

static bool read_tos(struct keepalived_reader *reader, uint8_t *tos)
{
	const char *word = keepalived_take(reader);
	char *end;
	unsigned long value = strtoul(word, &end, 0);

	if (*word < '0' || *word > '9' || *end || value > 255) {
		keepalived_alert(
			reader, "'tos' expects a number between 0 and 255 (got '%s')", word);
		return false;
	}
	*tos = (uint8_t)value;
	return true;
}

static bool unknown_route_word(struct keepalived_reader *reader, const char *word)
{
	static const char *const later[] = {"nexthop", "or", "weight", "realms", "hoplimit", "rtt",
		"rttvar", "reordering", "window", "cwnd", "ssthresh", "rto_min", "initcwnd",
		"initrwnd", "features", "quickack", "congctl", "pref", "encap", "expires",
		"fastopen_no_cookie", "ttl-propagate", "as", "vrf", "add", "append", "prepend",
		"ip_proto", "equalize", NULL};

	if (is_one_of(word, later))
		keepalived_alert(reader, "'%s' of a route is known, but not available yet", word);
	else
		keepalived_alert(reader,
			"unknown word '%s' in a route: expected via, dev, src, table, metric, "
			"scope, protocol, tos, mtu, advmss, onlink or no_track",
			word);
	return false;
}

static bool read_route_word(
	struct keepalived_reader *reader, struct vrrp_route *row, const char *word)
{
	static const char *const metric[] = {"metric", "priority", "preference", NULL};

	if (strcmp(word, "to") == 0)
		return read_prefix(reader, word, &row->to, &row->to_bits, &row->family);
	if (strcmp(word, "from") == 0)
		return read_prefix(reader, word, &row->from, &row->from_bits, &row->family);
	if (strcmp(word, "via") == 0 || strcmp(word, "gw") == 0)
		return read_via(reader, word, &row->via, &row->family);
	if (strcmp(word, "src") == 0)
		return read_via(reader, word, &row->source, &row->family);
	if (strcmp(word, "dev") == 0 || strcmp(word, "oif") == 0)
		return keepalived_interface(reader, word, row->interface);
	if (strcmp(word, "table") == 0)
		return read_table(reader, &row->table);
	if (is_one_of(word, metric))
		return read_u32(reader, word, &row->metric);
	if (strcmp(word, "scope") == 0)
		return (row->scope_given = keepalived_scope(reader, &row->scope));
	if (strcmp(word, "proto") == 0 || strcmp(word, "protocol") == 0)
		return read_protocol(reader, &row->protocol);
	if (strcmp(word, "tos") == 0 || strcmp(word, "dsfield") == 0)
		return read_tos(reader, &row->tos);
	if (strcmp(word, "mtu") == 0)
		return read_metric(reader, word, &row->mtu);
	if (strcmp(word, "advmss") == 0)
		return read_metric(reader, word, &row->advmss);
	if (strcmp(word, "inet6") == 0 || strcmp(word, "inet") == 0) {
		row->family = word[4] ? AF_INET6 : AF_INET;
		return true;
	}
	if (strcmp(word, "track_group") == 0)
		return *keepalived_take(reader) != '\0';
	row->on_link |= strcmp(word, "onlink") == 0;
	row->no_track |= strcmp(word, "no_track") == 0;
	return strcmp(word, "onlink") == 0 || strcmp(word, "no_track") == 0 ||
	       unknown_route_word(reader, word);
}

/* The destination may come without a word before it, once. */
static bool read_route(struct keepalived_reader *reader, struct vrrp_route *row)
{
	static const struct named_number types[] = {{"unicast", RTN_UNICAST}, {"local", RTN_LOCAL},
		{"broadcast", RTN_BROADCAST}, {"anycast", RTN_ANYCAST},
		{"multicast", RTN_MULTICAST}, {"blackhole", RTN_BLACKHOLE},
		{"unreachable", RTN_UNREACHABLE}, {"prohibit", RTN_PROHIBIT}, {"throw", RTN_THROW}};
	bool destination = false;

	row->type = RTN_UNICAST;
	row->protocol = PROTOCOL_KEEPALIVED;
	while (!keepalived_at_end(reader)) {
		const char *word = keepalived_peek(reader);
		const struct named_number *type = find_name(types, KEEPALIVED_COUNT(types), word);
		struct vrrp_ip ip;
		uint8_t bits;

		if (type) {
			keepalived_take(reader);
			row->type = type->number;
		} else if (!destination && (strcmp(word, "default") == 0 ||
						   keepalived_parse_prefix(word, &ip, &bits))) {
			destination = true;
			if (!read_prefix(reader, "to", &row->to, &row->to_bits, &row->family))
				return false;
		} else {
			destination |= strcmp(word, "to") == 0;
			keepalived_take(reader);
			if (!read_route_word(reader, row, word))
				return false;
		}
	}
	if (!destination) {
		keepalived_alert(reader, "a route without a destination");
		return false;
	}
	if (row->family == AF_UNSPEC)
		row->family = AF_INET;
	return true;
}

static bool has_room(struct keepalived_reader *reader, const struct draft_rows *rows)
{
	if (rows->count < ROUTES_MAX)
		return true;
	keepalived_alert(reader, "more than %u routes or rules in one place", ROUTES_MAX);
	return false;
}

/* virtual_routes, static_routes */
void keepalived_read_routes(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct draft_rows *rows =
		reader->instance ? &reader->instance->routes : &reader->draft->static_routes;
	const char *block = reader->block;

	if (!keepalived_open(reader, self->name))
		return;
	reader->block = self->name;
	while (keepalived_next_value(reader)) {
		struct vrrp_route row = {0}, *kept;

		if (!read_route(reader, &row) || !has_room(reader, rows))
			continue;
		kept = draft_rows_add(reader->arena, rows, sizeof(*kept));
		*kept = row;
	}
	reader->block = block;
}

/* ---- rules ---- */

static bool read_mark(struct keepalived_reader *reader, struct vrrp_rule *row)
{
	const char *word = keepalived_take(reader), *slash = strchr(word, '/');
	char mark[16], *end;

	if (slash && (size_t)(slash - word) < sizeof(mark)) {
		memcpy(mark, word, (size_t)(slash - word));
		mark[slash - word] = '\0';
		row->mark = (uint32_t)strtoul(mark, &end, 0);
		if (*mark >= '0' && *mark <= '9' && !*end && slash[1] >= '0' && slash[1] <= '9') {
			row->mask = (uint32_t)strtoul(slash + 1, &end, 0);
			row->mark_given = !*end;
		}
	} else if (*word >= '0' && *word <= '9') {
		row->mark = (uint32_t)strtoul(word, &end, 0);
		row->mask = UINT32_MAX;
		row->mark_given = !*end;
	}
	if (!row->mark_given)
		keepalived_alert(reader,
			"'fwmark' expects a number, or two with a slash between "
			"them (got '%s')",
			word);
	return row->mark_given;
}

static bool unknown_rule_word(struct keepalived_reader *reader, const char *word)
{
	static const char *const later[] = {"tos", "dsfield", "realms", "goto", "uidrange",
		"l3mdev", "ipproto", "ip_proto", "sport", "dport", "suppress_prefixlength",
		"suppress_prefixlen", "sup_pl", "suppress_ifgroup", "sup_group", "tun_id",
		"tunnel-id", "not", "blackhole", "unreachable", "prohibit", "nop", "protocol",
		"vrf", NULL};

	if (is_one_of(word, later))
		keepalived_alert(reader, "'%s' of a rule is known, but not available yet", word);
	else
		keepalived_alert(reader,
			"unknown word '%s' in a rule: expected from, to, iif, oif, fwmark, table, "
			"preference, inet6 or no_track",
			word);
	return false;
}

static bool read_rule_word(
	struct keepalived_reader *reader, struct vrrp_rule *row, const char *word, bool *priority)
{
	static const char *const preference[] = {"preference", "priority", "order", NULL};

	if (strcmp(word, "from") == 0)
		return read_prefix(reader, word, &row->from, &row->from_bits, &row->family);
	if (strcmp(word, "to") == 0)
		return read_prefix(reader, word, &row->to, &row->to_bits, &row->family);
	if (strcmp(word, "iif") == 0 || strcmp(word, "dev") == 0)
		return keepalived_interface(reader, word, row->in_interface);
	if (strcmp(word, "oif") == 0)
		return keepalived_interface(reader, word, row->out_interface);
	if (strcmp(word, "table") == 0 || strcmp(word, "lookup") == 0)
		return read_table(reader, &row->table);
	if (strcmp(word, "fwmark") == 0)
		return read_mark(reader, row);
	if (is_one_of(word, preference)) {
		*priority = true;
		return read_u32(reader, word, &row->priority);
	}
	if (strcmp(word, "inet6") == 0 || strcmp(word, "inet") == 0) {
		row->family = word[4] ? AF_INET6 : AF_INET;
		return true;
	}
	if (strcmp(word, "track_group") == 0)
		return *keepalived_take(reader) != '\0';
	row->no_track |= strcmp(word, "no_track") == 0;
	return strcmp(word, "no_track") == 0 || unknown_rule_word(reader, word);
}

static bool read_rule(struct keepalived_reader *reader, struct vrrp_rule *row)
{
	bool priority = false;

	while (!keepalived_at_end(reader)) {
		if (!read_rule_word(reader, row, keepalived_take(reader), &priority))
			return false;
	}
	if (!row->table) {
		keepalived_alert(reader, "a rule without a table");
		return false;
	}
	if (row->family == AF_UNSPEC)
		row->family = AF_INET;
	if (!priority) {
		row->priority = RULE_PRIORITY_FIRST - reader->draft->rules_numbered++ % 16000;
		keepalived_warn(reader,
			"a rule without a preference gets %u, as in keepalived: say which one it "
			"is to have",
			row->priority);
	}
	return true;
}

/* virtual_rules, static_rules */
void keepalived_read_rules(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct draft_rows *rows =
		reader->instance ? &reader->instance->rules : &reader->draft->static_rules;
	const char *block = reader->block;

	if (!keepalived_open(reader, self->name))
		return;
	reader->block = self->name;
	while (keepalived_next_value(reader)) {
		struct vrrp_rule row = {0}, *kept;

		if (!read_rule(reader, &row) || !has_room(reader, rows))
			continue;
		kept = draft_rows_add(reader->arena, rows, sizeof(*kept));
		*kept = row;
	}
	reader->block = block;
}
