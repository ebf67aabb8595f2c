/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_route.c - routes and rules, in the words of ip(8).
 *
 * Next hops and encapsulations are read in keepalived_hops.c, names that iproute2 gives to numbers
 * in keepalived_iproute.c. */
#include "core/config/keepalived_reader.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
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

/* A name that iproute2's files have, or else nothing is taken. */
static bool take_name(
	struct keepalived_reader *reader, const char *kind, uint32_t most, uint32_t *number)
{
	const char *word = keepalived_peek(reader);

	if (!*word || (*word >= '0' && *word <= '9') ||
		!keepalived_iproute_number(reader, kind, word, number) || *number > most)
		return false;
	keepalived_take(reader);
	return true;
}

/* A word that stands for a number and does not. */
static bool complain_of_name(struct keepalived_reader *reader, const char *what, const char *kind)
{
	const char *word = keepalived_peek(reader);

	if (!*word || strchr("0123456789+-", *word))
		return false;
	keepalived_alert(reader,
		"'%s' : '%s' is no number, and no name that iproute2's %s gives to one", what, word,
		kind);
	return true;
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
	else if (!take_name(reader, "rt_tables", UINT32_MAX, table))
		return !complain_of_name(reader, "table", "rt_tables") &&
		       read_u32(reader, "table", table);
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

static bool parse_realm(struct keepalived_reader *reader, const char *text, uint32_t *realm)
{
	char *end;

	if (*text < '0' || *text > '9')
		return *text && keepalived_iproute_number(reader, "rt_realms", text, realm) &&
		       *realm <= UINT16_MAX;
	*realm = (uint32_t)strtoul(text, &end, 0);
	return !*end && *realm <= UINT16_MAX;
}

bool keepalived_realms(struct keepalived_reader *reader, uint32_t *realms)
{
	const char *word = keepalived_take(reader), *slash = strchr(word, '/');
	char first[64] = "0";
	uint32_t from, to;

	if (slash && (size_t)(slash - word) < sizeof(first)) {
		memcpy(first, word, (size_t)(slash - word));
		first[slash - word] = '\0';
	}
	if (!parse_realm(reader, first, &from) ||
		!parse_realm(reader, slash ? slash + 1 : word, &to)) {
		keepalived_alert(reader,
			"'realms' expects one number or two, as in 10/20, or names of "
			"/etc/iproute2/rt_realms (got '%s')",
			word);
		return false;
	}
	*realms = from << 16 | to;
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
	uint32_t number;
	int64_t value;

	if (known) {
		keepalived_take(reader);
		*protocol = known->number;
		return true;
	}
	if (take_name(reader, "rt_protos", 255, &number)) {
		*protocol = (uint8_t)number;
		return true;
	}
	if (complain_of_name(reader, "protocol", "rt_protos") ||
		!keepalived_number(reader, "protocol", 0, 255, &value))
		return false;
	*protocol = (uint8_t)value;
	return true;
}

/* Words of ip(8) for what a route knows of its path; some are written in other units than kept. */
static const struct metric {
	const char *name;
	uint8_t number;
	uint32_t times;
} metrics[] = {{"mtu", RTAX_MTU, 1}, {"advmss", RTAX_ADVMSS, 1}, {"window", RTAX_WINDOW, 1},
	{"rtt", RTAX_RTT, 8}, {"rttvar", RTAX_RTTVAR, 4}, {"ssthresh", RTAX_SSTHRESH, 1},
	{"cwnd", RTAX_CWND, 1}, {"reordering", RTAX_REORDERING, 1}, {"hoplimit", RTAX_HOPLIMIT, 1},
	{"initcwnd", RTAX_INITCWND, 1}, {"rto_min", RTAX_RTO_MIN, 1},
	{"initrwnd", RTAX_INITRWND, 1}, {"quickack", RTAX_QUICKACK, 1},
	{"fastopen_no_cookie", RTAX_FASTOPEN_NO_COOKIE, 1}};

static const struct metric *find_metric(const char *word)
{
	for (uint32_t i = 0; i < KEEPALIVED_COUNT(metrics); i++) {
		if (strcmp(metrics[i].name, word) == 0)
			return &metrics[i];
	}
	return NULL;
}

/* `mtu lock 1400`: not to be found out. */
static bool read_metric(
	struct keepalived_reader *reader, const struct metric *metric, struct vrrp_route *row)
{
	uint32_t value;

	if (keepalived_skip(reader, "lock"))
		row->metrics[RTAX_LOCK] |= 1u << metric->number;
	if (!read_u32(reader, metric->name, &value))
		return false;
	row->metrics[metric->number] = value * metric->times;
	return true;
}

static bool read_features(struct keepalived_reader *reader, struct vrrp_route *row)
{
	if (!keepalived_skip(reader, "ecn")) {
		keepalived_alert(
			reader, "'features' expects ecn (got '%s')", keepalived_peek(reader));
		return false;
	}
	row->metrics[RTAX_FEATURES] |= RTAX_FEATURE_ECN;
	return true;
}

static bool read_tos(struct keepalived_reader *reader, uint8_t *tos)
{
	const char *word;
	unsigned long value;
	uint32_t number;
	char *end;

	if (take_name(reader, "rt_dsfield", 255, &number)) {
		*tos = (uint8_t)number;
		return true;
	}
	word = keepalived_take(reader);
	value = strtoul(word, &end, 0);
	if (*word < '0' || *word > '9' || *end || value > 255) {
		keepalived_alert(
			reader, "'tos' expects a number between 0 and 255 (got '%s')", word);
		return false;
	}
	*tos = (uint8_t)value;
	return true;
}

/* congctl [lock] NAME */
static bool read_congestion(struct keepalived_reader *reader, struct vrrp_route *row)
{
	if (keepalived_skip(reader, "lock"))
		row->metrics[RTAX_LOCK] |= 1u << RTAX_CC_ALGO;
	return keepalived_text(reader, "congctl", row->congestion, sizeof(row->congestion));
}

/* RFC 4191 2.1: 11 is low. */
static bool read_preference(struct keepalived_reader *reader, uint8_t *preference)
{
	static const struct named_number names[] = {{"low", 3}, {"medium", 0}, {"high", 1}};
	const struct named_number *known =
		find_name(names, KEEPALIVED_COUNT(names), keepalived_peek(reader));

	if (!known) {
		keepalived_alert(reader, "'pref' expects low, medium or high (got '%s')",
			keepalived_peek(reader));
		return false;
	}
	keepalived_take(reader);
	*preference = known->number;
	return true;
}

/* Words that say nothing to a route that is held for as long as its router is master. */
static bool is_idle(struct keepalived_reader *reader, const char *word)
{
	static const struct {
		const char *word, *why;
		bool has_value;
	} idle[] = {
		{"expires", "a route is there for as long as it is held", true},
		{"ttl-propagate", "it is for routes of MPLS, which torc does not make", true},
		{"equalize", "the kernel has not had it since 2007", false},
	};

	for (uint32_t i = 0; i < KEEPALIVED_COUNT(idle); i++) {
		if (strcmp(word, idle[i].word) != 0)
			continue;
		keepalived_warn(reader, "'%s' of a route does nothing: %s", word, idle[i].why);
		if (idle[i].has_value)
			keepalived_take(reader);
		return true;
	}
	return false;
}

static bool unknown_route_word(struct keepalived_reader *reader, const char *word)
{
	if (strcmp(word, "vrf") == 0)
		keepalived_alert(reader,
			"'vrf %s' of a route: write 'table NUMBER', which 'ip -d link show %s' "
			"tells",
			keepalived_peek(reader), keepalived_peek(reader));
	else if (strcmp(word, "as") == 0)
		keepalived_alert(reader, "'as' of a route: torc makes no routes of MPLS");
	else if (strcmp(word, "weight") == 0)
		keepalived_alert(reader, "'weight' of a route belongs behind a 'nexthop'");
	else
		keepalived_alert(reader,
			"unknown word '%s' in a route: expected via, dev, nexthop, src, table, "
			"metric, scope, protocol, tos, realms, mtu, advmss and its like, features, "
			"congctl, pref, encap, onlink, add, append, prepend or no_track",
			word);
	return false;
}

static bool read_route_word(
	struct keepalived_reader *reader, struct vrrp_route *row, const char *word)
{
	static const char *const metric[] = {"metric", "priority", "preference", NULL};
	static const struct named_number adding[] = {
		{"add", VRRP_ADD}, {"prepend", VRRP_PREPEND}, {"append", VRRP_APPEND}};

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
	if (find_metric(word))
		return read_metric(reader, find_metric(word), row);
	if (strcmp(word, "features") == 0)
		return read_features(reader, row);
	if (strcmp(word, "realms") == 0)
		return keepalived_realms(reader, &row->realms);
	if (find_name(adding, KEEPALIVED_COUNT(adding), word)) {
		row->adding = find_name(adding, KEEPALIVED_COUNT(adding), word)->number;
		return true;
	}
	if (strcmp(word, "nexthop") == 0)
		return keepalived_read_hop(reader, row);
	if (strcmp(word, "or") == 0)
		return keepalived_read_alternative(reader, row);
	if (strcmp(word, "encap") == 0)
		return keepalived_read_encap(reader, row, &row->encap);
	if (strcmp(word, "congctl") == 0)
		return read_congestion(reader, row);
	if (strcmp(word, "pref") == 0)
		return read_preference(reader, &row->preference);
	if (strcmp(word, "inet6") == 0 || strcmp(word, "inet") == 0) {
		row->family = word[4] ? AF_INET6 : AF_INET;
		return true;
	}
	if (strcmp(word, "track_group") == 0)
		return *keepalived_take(reader) != '\0';
	row->on_link |= strcmp(word, "onlink") == 0;
	row->no_track |= strcmp(word, "no_track") == 0;
	return strcmp(word, "onlink") == 0 || strcmp(word, "no_track") == 0 ||
	       is_idle(reader, word) || unknown_route_word(reader, word);
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
	row->adding = VRRP_PREPEND;
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
	return keepalived_complete_hops(reader, row);
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
	if (strcmp(word, "vrf") == 0)
		keepalived_alert(reader,
			"'vrf %s' of a rule: write 'l3mdev', which finds the table of the packet's "
			"VRF, or 'iif %s table NUMBER'",
			keepalived_peek(reader), keepalived_peek(reader));
	else
		keepalived_alert(reader,
			"unknown word '%s' in a rule: expected from, to, iif, oif, fwmark, tos, "
			"table, "
			"preference, goto, blackhole, unreachable, prohibit, nop, not, uidrange, "
			"l3mdev, tun_id, ip_proto, sport, dport, realms, suppress_prefixlength, "
			"suppress_ifgroup, "
			"protocol, inet6 or no_track",
			word);
	return false;
}

/* "A" or "A-B". */
static bool read_numbers(struct keepalived_reader *reader, const char *what, uint32_t most,
	uint32_t *first, uint32_t *last)
{
	const char *word = keepalived_take(reader);
	unsigned long from, to;
	char *end;

	from = to = strtoul(word, &end, 10);
	if (*end == '-' && end[1] >= '0' && end[1] <= '9')
		to = strtoul(end + 1, &end, 10);
	if (*word < '0' || *word > '9' || *end || to > most || from > to) {
		keepalived_alert(reader,
			"'%s' expects a number up to %u or two, as in 10-20 (got '%s')", what, most,
			word);
		return false;
	}
	*first = (uint32_t)from;
	*last = (uint32_t)to;
	return true;
}

static bool read_ports(
	struct keepalived_reader *reader, const char *what, uint16_t *first, uint16_t *last)
{
	uint32_t from, to;

	if (!read_numbers(reader, what, UINT16_MAX, &from, &to))
		return false;
	*first = (uint16_t)from;
	*last = (uint16_t)to;
	return true;
}

static bool read_ip_protocol(struct keepalived_reader *reader, uint8_t *field)
{
	static const struct named_number protocols[] = {{"tcp", IPPROTO_TCP}, {"TCP", IPPROTO_TCP},
		{"udp", IPPROTO_UDP}, {"UDP", IPPROTO_UDP}, {"icmp", IPPROTO_ICMP},
		{"ICMP", IPPROTO_ICMP}, {"sctp", IPPROTO_SCTP}, {"SCTP", IPPROTO_SCTP},
		{"ipv6-icmp", IPPROTO_ICMPV6}};
	const struct named_number *known =
		find_name(protocols, KEEPALIVED_COUNT(protocols), keepalived_peek(reader));
	int64_t value;

	if (known)
		keepalived_take(reader);
	else if (!keepalived_number(reader, "ip_proto", 1, 255, &value))
		return false;
	*field = known ? known->number : (uint8_t)value;
	return true;
}

/* Kept as one more, since 0 is a length, too. */
static bool read_suppress(
	struct keepalived_reader *reader, const char *what, int64_t most, uint32_t *field)
{
	int64_t value;

	if (!keepalived_number(reader, what, 0, most, &value))
		return false;
	*field = (uint32_t)value + 1;
	return true;
}

static bool read_tunnel_id(struct keepalived_reader *reader, const char *what, uint64_t *id)
{
	const char *word = keepalived_take(reader);
	char *end;

	*id = strtoull(word, &end, 0);
	if (*word >= '0' && *word <= '9' && !*end && *id > 0)
		return true;
	keepalived_alert(reader, "'%s' expects a number, not 0 (got '%s')", what, word);
	return false;
}

/* What a packet must be like, beside where it is from and to. */
static bool read_selector(struct keepalived_reader *reader, struct vrrp_rule *row, const char *word)
{
	static const char *const prefix[] = {
		"suppress_prefixlength", "suppress_prefixlen", "sup_pl", NULL};
	static const char *const group[] = {"suppress_ifgroup", "sup_group", NULL};

	if (strcmp(word, "tos") == 0 || strcmp(word, "dsfield") == 0)
		return read_tos(reader, &row->tos);
	if (strcmp(word, "realms") == 0)
		return keepalived_realms(reader, &row->realms);
	if (strcmp(word, "tun_id") == 0 || strcmp(word, "tunnel-id") == 0)
		return read_tunnel_id(reader, word, &row->tunnel);
	if (strcmp(word, "ipproto") == 0 || strcmp(word, "ip_proto") == 0)
		return read_ip_protocol(reader, &row->ip_protocol);
	if (strcmp(word, "sport") == 0)
		return read_ports(reader, word, &row->source_first, &row->source_last);
	if (strcmp(word, "dport") == 0)
		return read_ports(reader, word, &row->target_first, &row->target_last);
	if (strcmp(word, "uidrange") == 0) {
		row->uid_given = true;
		return read_numbers(reader, word, UINT32_MAX - 1, &row->uid_first, &row->uid_last);
	}
	if (is_one_of(word, prefix))
		return read_suppress(reader, word, 128, &row->suppress_prefix);
	if (is_one_of(word, group))
		return read_suppress(reader, word, INT32_MAX, &row->suppress_group);
	row->inverted |= strcmp(word, "not") == 0;
	row->l3mdev |= strcmp(word, "l3mdev") == 0;
	return strcmp(word, "not") == 0 || strcmp(word, "l3mdev") == 0 ||
	       unknown_rule_word(reader, word);
}

/* What becomes of it, beside a table. */
static bool read_action(struct keepalived_reader *reader, struct vrrp_rule *row, const char *word)
{
	static const struct named_number actions[] = {{"goto", FR_ACT_GOTO},
		{"blackhole", FR_ACT_BLACKHOLE}, {"unreachable", FR_ACT_UNREACHABLE},
		{"prohibit", FR_ACT_PROHIBIT}, {"nop", FR_ACT_NOP}};
	const struct named_number *action = find_name(actions, KEEPALIVED_COUNT(actions), word);

	if (!action)
		return read_selector(reader, row, word);
	row->action = action->number;
	return row->action != FR_ACT_GOTO || read_u32(reader, word, &row->target);
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
	if (strcmp(word, "protocol") == 0 || strcmp(word, "proto") == 0)
		return read_protocol(reader, &row->protocol);
	return strcmp(word, "no_track") == 0 || read_action(reader, row, word);
}

static bool read_rule(struct keepalived_reader *reader, struct vrrp_rule *row)
{
	bool priority = false;

	while (!keepalived_at_end(reader)) {
		if (!read_rule_word(reader, row, keepalived_take(reader), &priority))
			return false;
	}
	if (!row->table && !row->action && !row->l3mdev) {
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
