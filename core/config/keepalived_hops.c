/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_hops.c - the ways of a route: several next hops, and what packets are wrapped into.
 *
 *   nexthop via ADDRESS [dev NAME] [weight 1..256] [onlink] [realms R] [encap ...]
 *   encap ip|ip6 [id N] [dst ADDRESS] [src ADDRESS] [tos|tc N] [ttl|hoplimit N] [flags N]
 *   encap mpls LABEL[/LABEL]... [ttl N]
 *   encap seg6 mode encap|inline|l2encap segs ADDRESS[,ADDRESS]...
 *
 * Words in the order of ip(8).  A word that is none of a hop's belongs to the route again, and the
 * next `nexthop` to the next hop.  `via A or B` is what keepalived wrote before there was nexthop:
 * two hops on the interface of the route. */
#include "core/config/keepalived_reader.h"

#include <arpa/inet.h>
#include <linux/lwtunnel.h>
#include <linux/seg6_iptunnel.h>
#include <stdlib.h>

static bool complain(struct keepalived_reader *reader, const char *what, const char *expected)
{
	const char *word = keepalived_peek(reader);

	keepalived_alert(reader, "'%s' expects %s%s", what, expected,
		*word ? keepalived_format(reader, " (got '%s')", word) : "");
	return false;
}

/* A number in any of C's forms. */
static bool read_unsigned(
	struct keepalived_reader *reader, const char *what, uint64_t most, uint64_t *value)
{
	const char *word = keepalived_peek(reader);
	char *end;

	*value = strtoull(word, &end, 0);
	if (*word < '0' || *word > '9' || *end || *value > most)
		return complain(reader, what,
			keepalived_format(reader, "a number up to %llu", (unsigned long long)most));
	keepalived_take(reader);
	return true;
}

/* ---- encap ---- */

static bool read_byte(struct keepalived_reader *reader, const char *what, uint8_t *field)
{
	uint64_t value;

	if (!read_unsigned(reader, what, UINT8_MAX, &value))
		return false;
	*field = (uint8_t)value;
	return true;
}

static bool read_end(struct keepalived_reader *reader, const char *what, struct vrrp_ip *ip,
	const struct vrrp_encap *encap)
{
	bool six = encap->type == LWTUNNEL_ENCAP_IP6;

	if (!keepalived_ip(reader, what, ip))
		return false;
	if (ip->family == (six ? AF_INET6 : AF_INET))
		return true;
	keepalived_alert(reader, "'encap %s' : '%s' is an address of %s", six ? "ip6" : "ip", what,
		six ? "IPv6" : "IPv4");
	return false;
}

/* Until a word that is none of an encapsulation's. */
static bool read_tunnel(struct keepalived_reader *reader, struct vrrp_encap *encap)
{
	bool fine = true, six = encap->type == LWTUNNEL_ENCAP_IP6;
	uint64_t flags;

	while (fine && !keepalived_at_end(reader)) {
		if (keepalived_skip(reader, "id")) {
			fine = read_unsigned(reader, "id", UINT64_MAX, &encap->id);
		} else if (keepalived_skip(reader, "dst")) {
			fine = read_end(reader, "dst", &encap->to, encap);
		} else if (keepalived_skip(reader, "src")) {
			fine = read_end(reader, "src", &encap->from, encap);
		} else if (keepalived_skip(reader, six ? "tc" : "tos")) {
			fine = read_byte(reader, "tos", &encap->tos);
		} else if (keepalived_skip(reader, six ? "hoplimit" : "ttl")) {
			fine = read_byte(reader, "ttl", &encap->hops);
		} else if (keepalived_skip(reader, "flags")) {
			fine = read_unsigned(reader, "flags", UINT16_MAX, &flags);
			encap->flags = fine ? (uint16_t)flags : 0;
		} else {
			break;
		}
	}
	return fine;
}

static bool read_labels(struct keepalived_reader *reader, struct vrrp_encap *encap)
{
	const char *at = keepalived_peek(reader);

	for (bool more = true; more; at++) {
		unsigned long label;
		char *end;

		label = strtoul(at, &end, 0);
		if (*at < '0' || *at > '9' || label > 0xfffff || (*end && *end != '/') ||
			encap->count == VRRP_LABELS_MAX)
			return complain(reader, "encap mpls",
				keepalived_format(reader,
					"up to %u labels of 20 bits, as in 100/200",
					VRRP_LABELS_MAX));
		encap->labels[encap->count++] = (uint32_t)label;
		more = *end == '/';
		at = end;
	}
	keepalived_take(reader);
	return !keepalived_skip(reader, "ttl") || read_byte(reader, "ttl", &encap->hops);
}

static bool read_segments(struct keepalived_reader *reader, struct vrrp_encap *encap)
{
	const char *at = keepalived_peek(reader);

	for (;;) {
		size_t len = strcspn(at, ",");
		char text[INET6_ADDRSTRLEN] = "";

		if (len && len < sizeof(text))
			memcpy(text, at, len);
		if (encap->count == VRRP_LABELS_MAX ||
			inet_pton(AF_INET6, text, encap->segments[encap->count]) != 1)
			return complain(reader, "segs",
				keepalived_format(reader,
					"up to %u addresses of IPv6 with commas between them",
					VRRP_LABELS_MAX));
		encap->count++;
		if (!at[len])
			break;
		at += len + 1;
	}
	keepalived_take(reader);
	return true;
}

static bool read_seg6(struct keepalived_reader *reader, struct vrrp_encap *encap)
{
	static const char *const modes[] = {[SEG6_IPTUN_MODE_INLINE] = "inline",
		[SEG6_IPTUN_MODE_ENCAP] = "encap",
		[SEG6_IPTUN_MODE_L2ENCAP] = "l2encap"};

	while (!keepalived_at_end(reader)) {
		uint8_t mode = 0;

		if (keepalived_skip(reader, "segs")) {
			if (!read_segments(reader, encap))
				return false;
			continue;
		}
		if (!keepalived_skip(reader, "mode"))
			break;
		while (mode < KEEPALIVED_COUNT(modes) && !keepalived_skip(reader, modes[mode]))
			mode++;
		if (mode == KEEPALIVED_COUNT(modes))
			return complain(reader, "mode", "encap, inline or l2encap");
		encap->mode = mode;
	}
	return encap->count > 0 || complain(reader, "encap seg6", "segs and addresses");
}

static bool read_encap_of(struct keepalived_reader *reader, struct vrrp_encap *encap)
{
	static const struct {
		const char *word;
		uint8_t type;
		bool (*read)(struct keepalived_reader *reader, struct vrrp_encap *encap);
	} types[] = {{"ip", LWTUNNEL_ENCAP_IP, read_tunnel},
		{"ip6", LWTUNNEL_ENCAP_IP6, read_tunnel},
		{"mpls", LWTUNNEL_ENCAP_MPLS, read_labels},
		{"seg6", LWTUNNEL_ENCAP_SEG6, read_seg6}};

	for (uint32_t i = 0; i < KEEPALIVED_COUNT(types); i++) {
		if (!keepalived_skip(reader, types[i].word))
			continue;
		encap->type = types[i].type;
		encap->mode = SEG6_IPTUN_MODE_ENCAP;
		return types[i].read(reader, encap);
	}
	return complain(reader, "encap", "ip, ip6, mpls or seg6");
}

bool keepalived_read_encap(
	struct keepalived_reader *reader, struct vrrp_route *row, uint8_t *number)
{
	struct vrrp_encap encap = {0};

	if (!read_encap_of(reader, &encap))
		return false;
	if (row->encap_count == VRRP_ENCAPS_MAX) {
		keepalived_alert(reader, "more than %u encapsulations in a route", VRRP_ENCAPS_MAX);
		return false;
	}
	row->encaps[row->encap_count++] = encap;
	*number = row->encap_count;
	return true;
}

/* ---- hops ---- */

static struct vrrp_hop *add_hop(struct keepalived_reader *reader, struct vrrp_route *row)
{
	if (row->hop_count == VRRP_HOPS_PER_ROUTE_MAX) {
		keepalived_alert(
			reader, "more than %u next hops in a route", VRRP_HOPS_PER_ROUTE_MAX);
		return NULL;
	}
	row->hops[row->hop_count].weight = 1;
	return &row->hops[row->hop_count++];
}

static bool read_via(struct keepalived_reader *reader, struct vrrp_route *row, struct vrrp_hop *hop)
{
	bool named = keepalived_skip(reader, "inet") || keepalived_skip(reader, "inet6");

	if (!keepalived_ip(reader, "via", &hop->via))
		return false;
	if (row->family == AF_UNSPEC)
		row->family = hop->via.family;
	/* IPv4 by way of an IPv6 neighbour is a thing, the opposite is not. */
	if (hop->via.family == row->family || (named && row->family == AF_INET))
		return true;
	keepalived_alert(reader, "'nexthop via' : the address is of another family");
	return false;
}

bool keepalived_read_hop(struct keepalived_reader *reader, struct vrrp_route *row)
{
	struct vrrp_hop *hop = add_hop(reader, row);
	bool fine = hop != NULL;
	int64_t weight;

	while (fine && !keepalived_at_end(reader)) {
		if (keepalived_skip(reader, "via")) {
			fine = read_via(reader, row, hop);
		} else if (keepalived_skip(reader, "dev") || keepalived_skip(reader, "oif")) {
			fine = keepalived_interface(reader, "dev", hop->interface);
		} else if (keepalived_skip(reader, "weight")) {
			fine = keepalived_number(reader, "weight", 1, 256, &weight);
			hop->weight = fine ? (uint16_t)weight : 1;
		} else if (keepalived_skip(reader, "onlink")) {
			hop->on_link = true;
		} else if (keepalived_skip(reader, "realms")) {
			fine = keepalived_realms(reader, &hop->realms);
		} else if (keepalived_skip(reader, "encap")) {
			fine = keepalived_read_encap(reader, row, &hop->encap);
		} else {
			break;
		}
	}
	if (fine && hop->via.family == AF_UNSPEC && !*hop->interface)
		return complain(reader, "nexthop", "via and an address, or dev and a name");
	return fine;
}

bool keepalived_read_alternative(struct keepalived_reader *reader, struct vrrp_route *row)
{
	struct vrrp_hop *hop;

	if (!row->hop_count) {
		if (row->via.family == AF_UNSPEC) {
			keepalived_alert(reader, "'or' expects 'via ADDRESS' before it");
			return false;
		}
		hop = add_hop(reader, row);
		hop->via = row->via;
		row->via = (struct vrrp_ip){0};
	}
	hop = add_hop(reader, row);
	return hop && read_via(reader, row, hop);
}

/* What is said of the whole route holds for hops that say nothing. */
bool keepalived_complete_hops(struct keepalived_reader *reader, struct vrrp_route *row)
{
	if (!row->hop_count)
		return true;
	if (row->via.family != AF_UNSPEC) {
		keepalived_alert(reader, "'via' beside 'nexthop': it is one of the hops");
		return false;
	}
	for (uint32_t i = 0; i < row->hop_count; i++) {
		struct vrrp_hop *hop = &row->hops[i];

		if (!*hop->interface)
			memcpy(hop->interface, row->interface, sizeof(hop->interface));
		hop->on_link |= row->on_link;
		hop->encap = hop->encap ? hop->encap : row->encap;
	}
	memset(row->interface, 0, sizeof(row->interface));
	row->on_link = false;
	row->encap = 0;
	return true;
}
