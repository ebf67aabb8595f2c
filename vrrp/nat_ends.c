/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nat_ends.c - which of the balancer's ends can be asked for together, and how.
 *
 * Every packet of the machine is asked whether it is one of ours, so what is asked is as little as
 * can be.  In nf_tables a comparison costs next to nothing, a lookup several calls.  Ends of one
 * kind mostly have something in common: listeners their address, servers their port.  That is
 * compared, and first, so that the others' packets pass on without a lookup; what is left differs
 * and is the key of a set, whether there are four servers or four thousand.
 *
 * Servers in a translated network are known by their address and port alone: what they begin
 * themselves leaves from another port and is translated.  A server elsewhere may be called by an
 * inner host as well, through the translation and at the same port.  Which of us two is meant by
 * its answer only the port tells to which it goes.  So connections to just these servers are
 * translated to ports that this host does not make connections from (ip_local_port_range); all
 * others keep theirs where they can, with which they survive a move of the gateway.
 *
 * Pure: the thread is the caller's. */
#include "vrrp/nat.h"
#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#define PORTS_FROM 1024u /* what connections are made from, as the kernel has it */

const char *const nat_set_names[NAT_GROUPS] = {
	[NAT_LISTENERS] = "listeners",
	[NAT_LISTENERS6] = "listeners6",
	[NAT_PORTS] = "ports",
	[NAT_SERVERS] = "servers",
	[NAT_SERVERS6] = "servers6",
	[NAT_OUTER] = "outer_servers",
	[NAT_OUTER6] = "outer_servers6",
};

/* ---- ports ---- */

static bool is_in(uint32_t port, struct nat_ports range)
{
	return range.last && port >= range.first && port <= range.last;
}

/* The free ports from this one on, as far as they go. */
static struct nat_ports free_from(
	const struct nat_plan *plan, uint32_t from, struct nat_ports avoided)
{
	uint32_t to = UINT16_MAX;

	if (from < PORTS_FROM)
		from = PORTS_FROM;
	if (from > to || is_in(from, avoided))
		return (struct nat_ports){0};
	if (avoided.last && avoided.first > from)
		to = avoided.first - 1u;
	for (uint32_t i = 0; i < plan->listener_count; i++) {
		if (plan->listeners[i].port == from)
			return (struct nat_ports){0};
		if (plan->listeners[i].port > from && plan->listeners[i].port <= to)
			to = plan->listeners[i].port - 1u;
	}
	return (struct nat_ports){(uint16_t)from, (uint16_t)to};
}

/* Free ports begin at the first one of all, behind a listener's, or behind the avoided ones. */
static struct nat_ports widest(const struct nat_plan *plan, struct nat_ports avoided)
{
	struct nat_ports best = {0};

	for (uint32_t i = 0; i < plan->listener_count + 2; i++) {
		uint32_t from = i < plan->listener_count    ? plan->listeners[i].port + 1u
				: i == plan->listener_count ? PORTS_FROM
							    : avoided.last + 1u;
		struct nat_ports found = free_from(plan, from, avoided);

		if (found.last && (!best.last || found.last - found.first > best.last - best.first))
			best = found;
	}
	return best;
}

void nat_choose_ports(struct nat_plan *plan)
{
	plan->ports = plan->outer_ports = (struct nat_ports){0};
	if (plan->listener_count > 0)
		plan->ports = widest(plan, plan->ports);
	if (!plan->local.last)
		return;
	plan->outer_ports = widest(plan, plan->local);
	if (plan->outer_ports.last &&
		plan->outer_ports.last - plan->outer_ports.first + 1u < NAT_PORTS_MIN)
		plan->outer_ports = (struct nat_ports){0};
}

/* ---- groups ---- */

bool nat_is_ipv4(const struct nat_plan *plan)
{
	for (uint32_t i = 0; i < plan->translation_count; i++)
		if (plan->translations[i]->from.family != AF_INET)
			return false;
	return plan->translation_count > 0;
}

static bool is_translated(const struct nat_plan *plan, const struct vrrp_ip *ip)
{
	for (uint32_t i = 0; i < plan->translation_count; i++) {
		const struct vrrp_nat *nat = plan->translations[i];
		uint32_t whole = nat->from_bits / 8u, rest = nat->from_bits % 8u;

		if (ip->family == nat->from.family &&
			memcmp(ip->bytes, nat->from.bytes, whole) == 0 &&
			(rest == 0 ||
				(ip->bytes[whole] ^ nat->from.bytes[whole]) >> (8u - rest) == 0))
			return true;
	}
	return false;
}

enum nat_group nat_group_of(
	const struct nat_plan *plan, const struct vrrp_end *end, enum nat_kind kind)
{
	bool is_ipv6 = end->ip.family == AF_INET6;

	if (end->protocol != IPPROTO_TCP || (is_ipv6 && nat_is_ipv4(plan)))
		return NAT_GROUPS;
	if (kind == NAT_LISTENER && end->ip.family == AF_UNSPEC)
		return NAT_PORTS;
	if (kind == NAT_LISTENER)
		return is_ipv6 ? NAT_LISTENERS6 : NAT_LISTENERS;
	/* There is no server without an address. */
	assert(end->ip.family != AF_UNSPEC);
	if (is_translated(plan, &end->ip))
		return is_ipv6 ? NAT_SERVERS6 : NAT_SERVERS;
	if (!plan->outer_ports.last)
		return NAT_GROUPS;
	return is_ipv6 ? NAT_OUTER6 : NAT_OUTER;
}

static void sort_ends(const struct nat_plan *plan, struct nat_form *forms,
	const struct vrrp_end *ends, uint32_t count, enum nat_kind kind)
{
	for (uint32_t i = 0; i < count; i++) {
		enum nat_group group = nat_group_of(plan, &ends[i], kind);
		struct nat_form *form = &forms[group];

		if (group == NAT_GROUPS)
			continue;
		if (form->count++ == 0) {
			form->first = &ends[i];
			form->has_address = ends[i].ip.family != AF_UNSPEC;
			form->one_address = form->one_port = true;
		}
		form->one_address &= vrrp_ip_equal(&form->first->ip, &ends[i].ip);
		form->one_port &= form->first->port == ends[i].port;
	}
}

void nat_sort(const struct nat_plan *plan, struct nat_form forms[NAT_GROUPS])
{
	memset(forms, 0, NAT_GROUPS * sizeof(*forms));
	sort_ends(plan, forms, plan->listeners, plan->listener_count, NAT_LISTENER);
	sort_ends(plan, forms, plan->servers, plan->server_count, NAT_SERVER);
}

uint32_t nat_key(char *key, const struct nat_form *form, const struct vrrp_end *end)
{
	uint16_t port = htons(end->port);
	uint32_t len = 0;

	/* Each part starts at a multiple of 4 and is filled up with zeros, as registers are. */
	memset(key, 0, NAT_KEY_BYTES);
	if (!form->one_address) {
		len = vrrp_ip_bytes(end->ip.family);
		memcpy(key, end->ip.bytes, len);
	}
	if (!form->one_port) {
		memcpy(key + len, &port, sizeof(port));
		len += len > 0 ? 4 : 2;
	}
	return len;
}
