/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_hop.c - a planned move that cuts nothing: the hands of the second hop.
 *
 *	old owner                                new owner
 *	offers, and hears of its successor       has an offer of the master that it takes over from
 *	takes the address as a local route       passes on what it has not seen begin (hop_table.h)
 *	gives the address up                     adds the address, tells the neighbours
 *	serves on, and says so                   passes on for as long as it is told so
 *	route away, "no more"                    table away
 *
 * The old owner's part is a host route of the table `local`: packets for the address are taken and
 * sockets may go on sending from it, but no interface has it, so nothing answers those who ask
 * where it is.  For the same end the interfaces are told not to answer for addresses that they do
 * not have (arp_ignore), nor to name this one when they look for a neighbour (arp_announce).
 *
 * There is no hop where the MAC address moves along (use_vmac), for addresses on other interfaces
 * than the adverts', nor for those of IPv6 that are valid on one link only.
 *
 * A hop ends with the speaker that began it: a reload of changed files and an upgrade end it early.
 *
 * The keeper's thread. */
#include "core/log.h"
#include "vrrp/hop_table.h"
#include "vrrp/speaker.h"
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

/* Does the kernel have what the table takes?  Asked once, when a peer has made it worth it. */
static enum { SUPPORT_UNKNOWN, SUPPORT_THERE, SUPPORT_MISSING } support[SPEAKER_FAMILIES];

/* ---- which addresses ---- */

static bool is_link_local(const struct vrrp_ip *ip)
{
	return ip->family == AF_INET6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

static bool hops(const struct router *router, uint32_t row)
{
	const struct vrrp_address *address = &router->speaker->addresses[row];

	return address->ip.family == router->instance->family && !is_link_local(&address->ip) &&
	       strcmp(address->interface, router->instance->interface) == 0;
}

/* Every row of the router's addresses that takes part, one after the other. */
static bool next_row(const struct router *router, uint32_t *at, uint32_t *row)
{
	const struct vrrp_range *first = &router->instance->addresses,
				*then = &router->instance->excluded;

	while (*at < first->count + then->count) {
		*row = *at < first->count ? first->first + *at : then->first + *at - first->count;
		++*at;
		if (hops(router, *row))
			return true;
	}
	return false;
}

static bool has_port(const uint16_t *ports, uint32_t count, uint16_t port)
{
	for (uint32_t i = 0; i < count; i++)
		if (ports[i] == port)
			return true;
	return false;
}

static bool is_for(const struct vrrp_end *listener, const struct hop_plan *plan)
{
	if (!vrrp_ip_is_set(&listener->ip))
		return true;
	for (uint32_t i = 0; i < plan->address_count; i++)
		if (vrrp_ip_equal(&plan->addresses[i], &listener->ip))
			return true;
	return false;
}

/* False: there is nothing to pass on. */
static bool make_plan(struct hop_plan *plan, const struct router *router)
{
	static struct vrrp_ip addresses[VRRP_ADDRESSES_MAX]; /* the keeper's thread alone */
	static uint16_t ports[VRRP_ENDS_MAX];
	const struct vrrp_config *config = router->speaker->config;
	const struct vrrp_range *listeners = &config->listeners;
	uint32_t at = 0, row;

	*plan = (struct hop_plan){
		.number = (uint32_t)(router - router->speaker->routers),
		.interface = router->link->index,
		.owner = router->hop.deal.offerer,
		.addresses = addresses,
		.ports = ports,
	};
	memcpy(plan->mac, router->hop.deal.offerer_mac, sizeof(plan->mac));
	while (next_row(router, &at, &row))
		addresses[plan->address_count++] = router->speaker->addresses[row].ip;
	for (uint32_t i = listeners->first; i < listeners->first + listeners->count; i++) {
		const struct vrrp_end *listener = &vrrp_ends(config)[i];
		uint16_t port = htons(listener->port);

		if (is_for(listener, plan) && !has_port(ports, plan->port_count, port))
			ports[plan->port_count++] = port;
	}
	return plan->address_count && plan->port_count;
}

/* ---- our own connections ---- */

/* Asked for by port where there are few of them; the kernel walks all its connections each time. */
#define PORTS_ASKED 8u

struct listing {
	struct netlink_call call;
	const struct hop_plan *plan;
	struct connection_row *rows;
	uint32_t count; /* may be more than there is room for */
};

static void take_connection(struct netlink_request *request, const struct nlmsghdr *message)
{
	struct listing *listing = container_of(
		container_of(request, struct netlink_call, request), struct listing, call);
	const struct hop_plan *plan = listing->plan;
	struct connection_row row;
	bool meant = false;

	if (!connection_read(&row, message) ||
		!has_port(plan->ports, plan->port_count, row.local_port))
		return;
	for (uint32_t i = 0; i < plan->address_count && !meant; i++)
		meant = vrrp_ip_equal(&plan->addresses[i], &row.local);
	if (!meant)
		return;
	if (listing->count < HOP_OWN_MAX)
		listing->rows[listing->count] = row;
	listing->count++;
}

static bool list(
	struct netlink_socket *socket, struct listing *listing, uint8_t family, uint16_t port)
{
	listing->call = (struct netlink_call){0};
	connection_write_dump(netlink_call_begin(socket, &listing->call), family, port);
	listing->call.request.row = take_connection;
	return netlink_call(socket, &listing->call) == 0;
}

/* False: they cannot be listed, or are too many.  A hop would then cut what is ours. */
static bool find_own(struct hop_plan *plan)
{
	static struct connection_row rows[HOP_OWN_MAX]; /* the keeper's thread alone */
	static struct netlink_socket socket;
	struct netlink_options options = {.bus = NETLINK_SOCK_DIAG};
	struct listing listing = {.plan = plan, .rows = rows};
	uint32_t asked = plan->port_count <= PORTS_ASKED ? plan->port_count : 1;
	bool good;

	if (netlink_open(&socket, &options) < 0)
		return false;
	good = true;
	for (uint32_t i = 0; i < asked && good; i++) {
		uint16_t port = asked == plan->port_count ? plan->ports[i] : 0;

		good = list(&socket, &listing, AF_INET6, port) &&
		       (plan->owner.family == AF_INET6 || list(&socket, &listing, AF_INET, port));
	}
	netlink_close(&socket);
	plan->own = rows;
	plan->own_count = listing.count;
	return good && listing.count <= HOP_OWN_MAX;
}

/* ---- messages ---- */

static bool takes_part(const struct router *router)
{
	return !router->instance->use_vmac && router->link && router->link->index &&
	       router->link->running && vrrp_ip_is_set(&router->fsm.address);
}

static void say(struct router *router, enum hop_kind kind, const struct vrrp_ip *to, uint32_t ms)
{
	uint8_t bytes[HOP_MESSAGE_BYTES];
	struct hop_message message = {
		.version = router->instance->version,
		.router_id = router->instance->router_id,
		.kind = kind,
		.serve_ms = (uint16_t)ms,
	};
	struct wire_letter letter = {
		.source = router->fsm.address,
		.destination = *to,
		.hops = VRRP_HOPS,
		.bytes = bytes,
		.len = sizeof(bytes),
	};

	memcpy(message.mac, router->link->mac, sizeof(message.mac));
	hop_write(bytes, &message);
	if (kind == HOP_OFFER)
		router->hop.deal.counters.offers_out++;
	wire_send(router->wire, &letter); /* lost is lost: it is said again, or does not matter */
}

static void offer_to_all(struct router *router, uint32_t ms)
{
	const struct vrrp_ip *asker;
	uint32_t at = 0;

	while ((asker = hop_next_asker(&router->hop.deal, speaker_now_us(), &at)) != NULL)
		say(router, HOP_OFFER, asker, ms);
}

static void try_table(struct router *router)
{
	uint32_t slot = router->instance->family == AF_INET6;
	struct netlink_socket *socket = gateway_socket();
	struct netlink_call call = {0};
	struct hop_plan plan;

	if (support[slot] != SUPPORT_UNKNOWN || !make_plan(&plan, router))
		return;
	support[slot] = SUPPORT_MISSING;
	if (socket && find_own(&plan)) {
		hop_write_trial(netlink_call_begin(socket, &call), &plan);
		if (netlink_call(socket, &call) == 0)
			support[slot] = SUPPORT_THERE;
	}
	if (support[slot] == SUPPORT_MISSING)
		log_message(LOG_LEVEL_WARNING,
			"(%s) the kernel cannot pass segments on (nf_tables with dup, socket "
			"diagnosis): a planned move cuts what is under way: %s",
			router->instance->name,
			call.answered ? call.answer.text : "it does not tell why");
}

static bool is_peer(const struct router *router, const struct vrrp_ip *source)
{
	const struct vrrp_range *range = &router->instance->peers;

	for (uint32_t i = 0; i < range->count; i++)
		if (vrrp_ip_equal(
			    &vrrp_peers(router->speaker->config)[range->first + i].ip, source))
			return true;
	return !router->instance->unicast;
}

static void pass_renew(struct router *router, const struct hop_message *message, uint64_t now_us);

void hop_heard(struct router *router, const struct vrrp_datagram *datagram)
{
	struct hop_deal *deal = &router->hop.deal;
	uint64_t now_us = speaker_now_us();
	struct hop_message message;
	bool serves = router_holds(router) && router->speaker->serving;

	if (!hop_read(&message, datagram) || !is_peer(router, &datagram->source) ||
		vrrp_ip_equal(&datagram->source, &router->fsm.address) || !takes_part(router)) {
		deal->counters.refused++;
		return;
	}
	if (message.kind == HOP_ASK) {
		if (serves && hop_is_asked(deal, &datagram->source, now_us))
			say(router, HOP_OFFER, &datagram->source, HOP_SERVE_MS);
		return;
	}
	if (!hop_is_offered(deal, &datagram->source, &message, now_us)) {
		deal->counters.refused++;
		return;
	}
	try_table(router);
	pass_renew(router, &message, now_us);
}

static void ask(struct router *router, uint64_t now_us)
{
	struct vrrp_ip master = {0};

	if (takes_part(router))
		master = hop_master(&router->fsm, now_us);
	if (hop_asks(&router->hop.deal, &master, now_us))
		say(router, HOP_ASK, &master, 0);
}

/* ---- the new owner ---- */

static void end_pass(struct router *router, const char *why)
{
	struct netlink_socket *socket = gateway_socket();
	struct netlink_call call = {0};

	if (!router->hop.passes)
		return;
	router->hop.passes = false;
	if (socket) {
		hop_write_delete(netlink_call_begin(socket, &call),
			(uint32_t)(router - router->speaker->routers), router->instance->family);
		netlink_call(socket, &call);
	}
	log_message(LOG_LEVEL_NOTICE, "(%s) the second hop ends: %s", router->instance->name, why);
}

void hop_before_add(struct router *router)
{
	struct hop *hop = &router->hop;
	uint64_t now_us = speaker_now_us();
	struct netlink_call call = {0};
	struct netlink_socket *socket;
	char text[VRRP_IP_TEXT_BYTES];
	struct hop_plan plan;

	if (hop->passes || !takes_part(router) ||
		!hop_is_planned(&hop->deal, &router->fsm, now_us) ||
		support[router->instance->family == AF_INET6] != SUPPORT_THERE ||
		!make_plan(&plan, router))
		return;
	socket = gateway_socket();
	if (!socket)
		return;
	if (!find_own(&plan)) {
		log_message(LOG_LEVEL_WARNING,
			"(%s) no second hop: our own connections cannot be told from others",
			router->instance->name);
		return;
	}
	hop_write_replace(netlink_call_begin(socket, &call), &plan);
	if (netlink_call(socket, &call) < 0) {
		log_message(LOG_LEVEL_WARNING, "(%s) no second hop: %s", router->instance->name,
			call.answer.text);
		return;
	}
	hop->passes = true;
	hop->leased_until_us = now_us + HOP_LEASE_US;
	hop->until_us = now_us + HOP_SERVE_MS * 1000u + HOP_LEASE_US;
	hop->deal.counters.passed++;
	log_message(LOG_LEVEL_NOTICE,
		"(%s) a second hop: segments of connections that are not ours go on to %s",
		router->instance->name, vrrp_ip_text(text, &plan.owner));
}

static void pass_renew(struct router *router, const struct hop_message *message, uint64_t now_us)
{
	struct hop *hop = &router->hop;

	if (!hop->passes)
		return;
	if (message->serve_ms == 0)
		end_pass(router, "the old owner is done");
	else
		hop->leased_until_us = now_us + HOP_LEASE_US;
}

void hop_farewell(struct router *router, const struct vrrp_ip *source)
{
	if (router->fsm.state == VRRP_BACKUP)
		hop_forget_offer(&router->hop.deal, source);
}

/* ---- the old owner ---- */

/* 0 or -errno: two nodes would answer for one address. */
static int keep_quiet(struct router *router)
{
	struct speaker *speaker = router->speaker;
	char failed[SYSCTL_PATH_BYTES] = "";
	int error = 0;

	if (router->instance->family == AF_INET6)
		return 0; /* which answers for what an interface has, and nothing else */
	for (uint32_t i = 0; i < speaker->link_count && error == 0; i++)
		if (speaker->links[i].index)
			error = sysctl_apply(&speaker->remains->hopping, sysctl_hop,
				speaker->links[i].name, failed);
	if (error < 0)
		log_message(LOG_LEVEL_WARNING, "(%s) cannot set %s: %s", router->instance->name,
			failed, strerror(-error));
	return error;
}

static bool is_prepared(const struct speaker *speaker)
{
	for (uint32_t i = 0; i < speaker->router_count; i++)
		if (speaker->routers[i].hop.keeps || speaker->routers[i].fsm.state == VRRP_LEAVING)
			return true;
	return false;
}

static void restore(struct speaker *speaker)
{
	if (speaker->remains->hopping.count && !is_prepared(speaker))
		sysctl_restore(&speaker->remains->hopping);
}

static void end_keep(struct router *router)
{
	uint32_t at = 0, row;

	if (!router->hop.keeps)
		return;
	router->hop.keeps = false;
	while (next_row(router, &at, &row))
		holdings_hop(router->speaker, row, false);
	restore(router->speaker);
}

static void withdraw(struct router *router)
{
	end_keep(router);
	offer_to_all(router, 0);
}

static bool may_keep(const struct router *router, uint64_t now_us)
{
	struct hop_plan plan;

	return takes_part(router) && router->speaker->serving && !router->speaker->hops_over &&
	       hop_has_asker(&router->hop.deal, now_us) && make_plan(&plan, router);
}

/* Kept connections are to end before the hop does: later they would be reset. */
static void tell_balancer(const struct router *router)
{
	struct speaker *speaker = router->speaker;
	char text[VRRP_IP_TEXT_BYTES];
	uint32_t at = 0, row;

	while (next_row(router, &at, &row))
		speaker->address_moved(speaker->keeper,
			vrrp_ip_text(text, &speaker->addresses[row].ip), HOP_SERVE_MS);
}

void hop_before_remove(struct router *router)
{
	struct hop *hop = &router->hop;
	uint64_t now_us = speaker_now_us();
	uint32_t at = 0, row;
	int error = 0;

	end_pass(router, "the address goes on");
	if (!may_keep(router, now_us)) {
		withdraw(router);
		return;
	}
	error = keep_quiet(router);
	while (error == 0 && next_row(router, &at, &row))
		error = holdings_hop(router->speaker, row, true);
	hop->keeps = true;
	hop->keeps_until_us = now_us + HOP_SERVE_MS * 1000u;
	hop->renewed_us = now_us;
	if (error < 0) {
		log_message(LOG_LEVEL_WARNING, "(%s) cannot serve on after the move: %s",
			router->instance->name, strerror(-error));
		withdraw(router);
		return;
	}
	hop->deal.counters.kept++;
	offer_to_all(router, HOP_SERVE_MS);
	tell_balancer(router);
}

void hop_leaving(struct router *router)
{
	if (may_keep(router, speaker_now_us()))
		keep_quiet(router);
}

void hop_after_add(struct router *router)
{
	end_keep(router);
}

void hop_serving(struct speaker *speaker)
{
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		struct router *router = &speaker->routers[i];

		if (router_holds(router))
			offer_to_all(router, speaker->serving ? HOP_SERVE_MS : 0);
	}
}

/* ---- time ---- */

static void keep_on(struct router *router, uint64_t now_us)
{
	struct hop *hop = &router->hop;

	if (!hop->keeps)
		return;
	if (now_us >= hop->keeps_until_us) {
		withdraw(router);
	} else if (now_us - hop->renewed_us >= HOP_RENEW_US) {
		hop->renewed_us = now_us;
		offer_to_all(router, (uint32_t)((hop->keeps_until_us - now_us) / 1000u) + 1);
	}
}

void hop_tick(struct speaker *speaker, uint64_t now_us)
{
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		struct router *router = &speaker->routers[i];

		keep_on(router, now_us);
		if (router->hop.passes && now_us >= router->hop.leased_until_us)
			end_pass(router, "nothing more is heard of the old owner");
		else if (router->hop.passes && now_us >= router->hop.until_us)
			end_pass(router, "it has lasted long enough");
		ask(router, now_us);
	}
	restore(speaker);
}

uint32_t hop_serving_ms(const struct speaker *speaker)
{
	uint64_t now_us = speaker_now_us(), until_us = now_us;

	for (uint32_t i = 0; i < speaker->router_count; i++) {
		const struct hop *hop = &speaker->routers[i].hop;

		if (hop->keeps && hop->keeps_until_us > until_us)
			until_us = hop->keeps_until_us;
	}
	return (uint32_t)((until_us - now_us) / 1000u);
}

void hop_end(struct speaker *speaker)
{
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		struct router *router = &speaker->routers[i];

		end_pass(router, "another configuration or program");
		if (router->hop.keeps)
			withdraw(router);
	}
	sysctl_restore(&speaker->remains->hopping);
}

void hop_sweep(struct speaker *speaker)
{
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		uint32_t at = 0, row;

		while (next_row(&speaker->routers[i], &at, &row))
			holdings_hop(speaker, row, false);
	}
}
