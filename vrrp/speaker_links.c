/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_links.c - interfaces and our own addresses on them.
 *
 * The start asks the kernel for everything; from then on it tells of changes by itself, on a
 * socket of their own.  An interface that comes, goes, loses its carrier or its address becomes a
 * fault of the routers on it, or the end of one.  When events were lost, everything is asked again.
 *
 * Which address a router sends from is looked up anew when any address changes on an interface of
 * ours: there are few, and it happens seldom. */
#include "core/log.h"
#include "vrrp/speaker.h"
#include "vrrp/watch.h"
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <string.h>

struct dump {
	struct netlink_call call;
	struct speaker *speaker;
};

static void link_news(struct link *link, uint32_t news, void *owner);
static void heard_event(struct netlink_socket *socket, const struct nlmsghdr *message);
static void lost_events(struct netlink_socket *socket);

/* ---- finding ---- */

struct link *links_find(struct speaker *speaker, const char *name)
{
	for (uint32_t i = 0; i < speaker->link_count; i++)
		if (strcmp(speaker->links[i].name, name) == 0)
			return &speaker->links[i];
	return NULL;
}

uint32_t links_index(struct speaker *speaker, const char *name)
{
	const struct link *link = *name ? links_find(speaker, name) : NULL;

	return link ? link->index : 0;
}

/* ---- asking ---- */

static void link_row(struct netlink_request *request, const struct nlmsghdr *message)
{
	struct dump *dump = container_of(
		container_of(request, struct netlink_call, request), struct dump, call);
	struct link_row row;

	if (link_read(&row, message))
		link_apply(dump->speaker->links, dump->speaker->link_count, &row, link_news,
			dump->speaker);
}

void links_ask(struct speaker *speaker)
{
	struct dump dump = {.speaker = speaker};
	struct netlink_writer *writer = netlink_call_begin(&speaker->orders, &dump.call);

	dump.call.request.row = link_row;
	link_write_dump(writer);
	speaker->listing = true;
	if (netlink_call(&speaker->orders, &dump.call) < 0)
		log_message(LOG_LEVEL_ERR, "cannot list the interfaces: %s", dump.call.answer.text);
	speaker->listing = false;
}

/* What a dump of addresses is sorted into. */
#define ADDRESS_ROWS_MAX 4096u
static struct vip_row address_rows[ADDRESS_ROWS_MAX]; /* the keeper's thread alone */
static uint32_t address_row_count;

static void address_row(struct netlink_request *request, const struct nlmsghdr *message)
{
	(void)request;
	if (address_row_count < ADDRESS_ROWS_MAX &&
		vip_read(&address_rows[address_row_count], message))
		address_row_count++;
}

static bool list_addresses(struct speaker *speaker)
{
	struct netlink_call call = {0};
	struct netlink_writer *writer = netlink_call_begin(&speaker->orders, &call);

	call.request.row = address_row;
	address_row_count = 0;
	vip_write_dump(writer, AF_UNSPEC, 0);
	if (netlink_call(&speaker->orders, &call) == 0)
		return true;
	log_message(LOG_LEVEL_ERR, "cannot list the addresses: %s", call.answer.text);
	return false;
}

/* ---- where a router sends from ---- */

static bool is_link_local(const struct vrrp_ip *ip)
{
	return ip->family == AF_INET6 && ip->bytes[0] == 0xfe && (ip->bytes[1] & 0xc0) == 0x80;
}

static bool may_send_from(const struct router *router, const struct vip_row *row)
{
	const struct vrrp_instance *instance = router->instance;

	if (row->family != instance->family ||
		(router->link && row->index != router->link->index) ||
		row->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED) ||
		holdings_is_virtual(router->speaker, row))
		return false;
	if (vrrp_ip_is_set(&instance->source))
		return vrrp_ip_equal(&row->ip, &instance->source);
	if (row->flags & IFA_F_SECONDARY && row->family == AF_INET)
		return false;
	return row->family == AF_INET || is_link_local(&row->ip);
}

/* Unicast without an interface: the file's source, or the one that the way to a peer has. */
static void choose_anywhere(struct router *router)
{
	const struct vrrp_instance *instance = router->instance;
	const struct vrrp_peer *peers = vrrp_peers(router->speaker->config);
	struct vrrp_ip chosen = {0};

	if (vrrp_ip_is_set(&instance->source)) {
		bool there = !instance->track_source;

		for (uint32_t i = 0; i < address_row_count; i++)
			there |= may_send_from(router, &address_rows[i]);
		router->fsm.address = there ? instance->source : chosen;
		return;
	}
	for (uint32_t i = 0; i < instance->peers.count; i++)
		if (wire_source_to(router->wire, &peers[instance->peers.first + i].ip, &chosen))
			break;
	router->fsm.address = chosen;
}

static void choose_source(struct router *router)
{
	struct vrrp_ip chosen = {0};

	if (!router->link) {
		choose_anywhere(router);
		return;
	}
	for (uint32_t i = 0; i < address_row_count && router->link->index; i++)
		if (may_send_from(router, &address_rows[i])) {
			chosen = address_rows[i].ip;
			break;
		}
	/* A source that the file names need not be on the interface, unless it is tracked. */
	if (!vrrp_ip_is_set(&chosen) && !router->instance->track_source && router->link->index)
		chosen = router->instance->source;
	router->fsm.address = chosen;
}

void links_look_at_addresses(struct speaker *speaker)
{
	speaker->look_again = false;
	if (!list_addresses(speaker))
		return;
	for (uint32_t i = 0; i < speaker->router_count; i++)
		choose_source(&speaker->routers[i]);
	for (uint32_t i = 0; i < speaker->router_count; i++)
		if (speaker->routers[i].fsm.state != VRRP_INIT)
			router_check_faults(&speaker->routers[i]);
}

/* ---- wires ---- */

static void open_wire(struct speaker *speaker, struct wire *wire, uint32_t index)
{
	int error = wire_open(wire, index);

	if (error < 0) {
		log_message(LOG_LEVEL_ERR, "cannot open a VRRP socket on %s: %s", wire->interface,
			strerror(-error));
		return;
	}
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		const struct vrrp_instance *instance = speaker->routers[i].instance;

		if (speaker->routers[i].wire != wire || instance->unicast)
			continue;
		error = wire_join(wire, &instance->group_address, index);
		/* Switches that look who asks for a group are told by the interface below: what
		 * the macvlan would say is dropped. */
		if (error == 0 && vmac_speaks(instance) && speaker->routers[i].link->index)
			error = wire_join(
				wire, &instance->group_address, speaker->routers[i].link->index);
		if (error < 0)
			log_message(LOG_LEVEL_ERR, "(%s) cannot join the group on %s: %s",
				instance->name, wire->interface, strerror(-error));
	}
}

/* ---- carriers that have to last ---- */

static void wait_for_carrier(struct speaker *speaker, struct link *link)
{
	uint64_t delay_us = link->carrier ? link->up_delay_us : link->down_delay_us;
	uint64_t now_us = speaker_now_us(), due_ms;

	if (link->carrier == link->running) {
		link->settles_us = 0;
		return;
	}
	link->settles_us = now_us + delay_us;
	due_ms = (link->settles_us + 999u) / 1000u;
	if (due_ms < speaker->settling.deadline_ms)
		timer_set(&speaker->loop->timers, &speaker->settling, due_ms);
	log_message(LOG_LEVEL_NOTICE, "%s is %s, which counts if it lasts for %llu ms", link->name,
		link->carrier ? "running" : "down", (unsigned long long)(delay_us / 1000u));
}

void links_due(struct timer *timer)
{
	struct speaker *speaker = container_of(timer, struct speaker, settling);
	uint64_t now_us = speaker_now_us(), next_us = UINT64_MAX;

	for (uint32_t i = 0; i < speaker->link_count; i++) {
		struct link *link = &speaker->links[i];

		if (!link->settles_us)
			continue;
		if (link->settles_us <= now_us) {
			link_settle(link);
			track_link(speaker, link);
		} else if (link->settles_us < next_us) {
			next_us = link->settles_us;
		}
	}
	if (next_us != UINT64_MAX)
		timer_set(&speaker->loop->timers, timer, (next_us + 999u) / 1000u);
}

static void link_news(struct link *link, uint32_t news, void *owner)
{
	struct speaker *speaker = owner;

	if (news & (LINK_GONE | LINK_APPEARED))
		link->settles_us = 0;
	if (news & LINK_WAITS)
		wait_for_carrier(speaker, link);
	for (uint32_t i = 0; i < speaker->wire_count; i++) {
		struct wire *wire = &speaker->wires[i];

		if (strcmp(wire->interface, link->name) != 0)
			continue;
		if (news & (LINK_GONE | LINK_APPEARED))
			wire_close(wire);
		if (news & LINK_APPEARED)
			open_wire(speaker, wire, link->index);
	}
	speaker->look_again = speaker->ways_missing = speaker->vmacs_missing = true;
	/* In the middle of a list the socket for orders is busy: who asked for it goes on. */
	if (!speaker->listing)
		track_link(speaker, link);
}

/* ---- what the kernel tells ---- */

static void heard_address(struct speaker *speaker, const struct watch_event *event)
{
	if (event->gone)
		holdings_gone(speaker, &event->address);
	if (!holdings_is_virtual(speaker, &event->address))
		speaker->look_again = true;
}

static void heard_event(struct netlink_socket *socket, const struct nlmsghdr *message)
{
	struct speaker *speaker = socket->owner;
	struct watch_event event;

	if (speaker->closed || !watch_read(&event, message))
		return;
	if (event.kind == WATCH_ADDRESS)
		heard_address(speaker, &event);
	else if (event.kind == WATCH_LINK)
		link_apply(speaker->links, speaker->link_count, &event.link, link_news, speaker);
	else if (event.kind == WATCH_ROUTE || event.kind == WATCH_RULE)
		ways_heard(speaker, &event);
	if (speaker->vmacs_missing)
		vmacs_settle(speaker);
	if (speaker->look_again)
		links_look_at_addresses(speaker);
}

static void lost_events(struct netlink_socket *socket)
{
	struct speaker *speaker = socket->owner;

	if (speaker->closed)
		return;
	speaker->ways_missing = true;
	links_ask(speaker);
	for (uint32_t i = 0; i < speaker->link_count; i++)
		track_link(speaker, &speaker->links[i]);
	links_look_at_addresses(speaker);
}

/* ---- the start ---- */

int links_open(struct speaker *speaker)
{
	struct netlink_options orders = {.bus = NETLINK_ROUTE, .send_bytes = 64 * 1024};
	struct netlink_options events = {
		.bus = NETLINK_ROUTE,
		.groups = watch_groups,
		.group_count = watch_group_count,
	};
	int error = netlink_open(&speaker->orders, &orders);

	if (error < 0)
		return error;
	speaker->orders_open = true;
	/* First listen, then ask: a change between the two is heard. */
	error = netlink_open(&speaker->events, &events);
	if (error < 0)
		return error;
	speaker->events_open = true;
	speaker->events.owner = speaker;
	speaker->events.on_event = heard_event;
	speaker->events.on_lost = lost_events;
	links_ask(speaker);
	for (uint32_t i = 0; i < speaker->wire_count; i++)
		if (!*speaker->wires[i].interface)
			open_wire(speaker, &speaker->wires[i], 0);
	vmacs_settle(speaker);
	hop_sweep(speaker);
	if (!list_addresses(speaker))
		return -EIO;
	for (uint32_t i = 0; i < address_row_count; i++)
		holdings_sweep(speaker, &address_rows[i]);
	for (uint32_t i = 0; i < speaker->router_count; i++)
		choose_source(&speaker->routers[i]);
	return 0;
}
