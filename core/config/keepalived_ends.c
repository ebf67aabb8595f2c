/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_ends.c - what of haproxy.cfg the virtual routers have to know: torc's own listeners,
 * and of a gateway its servers.
 *
 * Where listeners are says which connections are meant when an address moves (vrrp/hop_table.h).
 *
 * Where addresses are translated, the kernel tracks every connection of the machine, unless it is
 * told which ones not to.  So the ends of the balancer's own connections go along with the
 * translations: where clients connect to, and the servers, with their ports for traffic and for
 * probes.
 *
 * All servers are taken, in the translated networks and elsewhere.  One that has the port of its
 * client is listed with the port of each listener.  Listeners without an address of their own (a
 * name that is not known, a descriptor from outside) and servers whose name is not known are left
 * out, the latter because nobody connects to them. */
#include "core/config/keepalived_reader.h"

#include <netinet/in.h>
#include <stdlib.h>

static bool read_address(struct vrrp_end *end, const union address *address)
{
	memset(end, 0, sizeof(*end)); /* its padding, too: whole ends are compared */
	end->protocol = IPPROTO_TCP;
	end->ip.family = (uint8_t)address->any.sa_family;
	switch (address->any.sa_family) {
	case AF_INET:
		memcpy(end->ip.bytes, &address->in.sin_addr, 4);
		end->port = ntohs(address->in.sin_port);
		return true;
	case AF_INET6:
		memcpy(end->ip.bytes, &address->in6.sin6_addr, 16);
		end->port = ntohs(address->in6.sin6_port);
		return true;
	default:
		return false;
	}
}

static bool is_any(const struct vrrp_ip *ip)
{
	static const uint8_t zeros[16];

	return memcmp(ip->bytes, zeros, sizeof(zeros)) == 0;
}

static void add(
	struct keepalived_reader *reader, struct draft_rows *rows, const struct vrrp_end *end)
{
	if (end->port)
		memcpy(draft_rows_add(reader->arena, rows, sizeof(*end)), end, sizeof(*end));
}

static void add_with_clients_ports(
	struct keepalived_reader *reader, struct draft_rows *rows, const struct server *server)
{
	struct vrrp_end end, listener;

	for (uint32_t i = 0; i < reader->config->listener_count; i++) {
		if (!read_address(&end, &server->address) ||
			!read_address(&listener, &reader->config->listeners[i].address))
			continue;
		end.port = (uint16_t)(listener.port + server->port_offset);
		add(reader, rows, &end);
	}
}

static void add_server(
	struct keepalived_reader *reader, struct draft_rows *rows, const struct server *server)
{
	struct vrrp_end end, check;

	if (!read_address(&end, &server->address))
		return;
	if (server->port_from_client)
		add_with_clients_ports(reader, rows, server);
	else
		add(reader, rows, &end);
	if (!server->check)
		return;
	if (!read_address(&check, &server->check_address))
		check = end;
	else if (!check.port)
		check.port = end.port;
	if (server->check_port)
		check.port = server->check_port;
	add(reader, rows, &check);
}

/* ---- each once ---- */

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct vrrp_end));
}

static void sort_out(struct draft_rows *rows)
{
	struct vrrp_end *ends = rows->at;
	uint32_t kept = 0;

	if (!rows->count)
		return;
	qsort(ends, rows->count, sizeof(*ends), compare);
	for (uint32_t i = 0; i < rows->count; i++) {
		if (i == 0 || compare(&ends[i], &ends[kept - 1]) != 0)
			ends[kept++] = ends[i];
	}
	rows->count = kept;
}

void keepalived_collect_ends(
	struct keepalived_reader *reader, struct draft_rows *listeners, struct draft_rows *servers)
{
	const struct config *config = reader->config;
	const struct nat_draft *nats = reader->draft->nats.at;
	bool translated = reader->draft->nats.count > 0;
	struct vrrp_end end;

	for (uint32_t i = 0; i < config->listener_count; i++) {
		if (!read_address(&end, &config->listeners[i].address))
			continue;
		if (is_any(&end.ip))
			end.ip.family = AF_UNSPEC;
		add(reader, listeners, &end);
	}
	for (uint32_t i = 0; i < config->proxy_count && translated; i++) {
		for (uint32_t j = 0; j < config->proxies[i].server_count; j++)
			add_server(reader, servers, &config->proxies[i].servers[j]);
	}
	sort_out(listeners);
	sort_out(servers);
	if (listeners->count + servers->count <= VRRP_ENDS_MAX)
		return;
	if (translated)
		keepalived_say(reader, MESSAGE_WARNING, nats[0].place,
			"'nat' : %u listeners and servers, of which %u at most can be left out of "
			"connection "
			"tracking: the others are tracked",
			listeners->count + servers->count, VRRP_ENDS_MAX);
	if (listeners->count > VRRP_ENDS_MAX)
		listeners->count = VRRP_ENDS_MAX;
	servers->count = VRRP_ENDS_MAX - listeners->count;
}
