/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_gateway.c - the inner network's way out, while this node is its gateway.
 *
 * A translation of torc.conf acts while the router that it names is master; without a name, while
 * one is that holds an address of the inner network itself, which is what the servers have as
 * their gateway.  After every step of a router the wanted set is compared with the acting one; a
 * difference replaces the kernel's table in one piece.
 *
 * The balancer's own connections are none of the gateway's business and are not tracked: the files
 * say which ends they have.
 *
 * The table belongs to the netlink socket that made it: it goes with this process, however that
 * ends, and stays when the next program is executed in its place, which is given the socket.  What
 * a gateway needs of the kernel's settings is set before, and put back after; the guard puts it
 * back when we cannot.
 *
 * The same socket has the table that drops what is sent to addresses with no_accept (refusal.h);
 * that one stands there for as long as the configuration asks for it.  So has it those of the
 * second hop (speaker_hop.c).
 *
 * Survives a reload: there is one gateway in a process, whatever configuration asked for it. */
#include "core/log.h"
#include "vrrp/nat.h"
#include "vrrp/refusal.h"
#include "vrrp/speaker.h"
#include "vrrp/sysctl.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRANSLATIONS_MAX 64u
#define LEAVING_TICKS	 5u /* half a second: a busy machine is late with it */

static struct gateway {
	struct netlink_socket socket;
	bool open, acting;
	bool there;	  /* the kernel has taken it */
	uint32_t leaving; /* ticks until what is left of a table goes; 0: nothing is */
	struct vrrp_nat rows[TRANSLATIONS_MAX]; /* acting */
	uint32_t count;
	struct vrrp_end *ends; /* acting: listeners, then servers */
	uint32_t listener_count, server_count;
	int handed; /* the socket's other descriptor, for the next program; 0: none */
} gateway;

/* ---- which ones ---- */

static bool is_within(const struct vrrp_ip *ip, const struct vrrp_ip *network, uint8_t bits)
{
	uint32_t whole = bits / 8u, rest = bits % 8u;

	if (ip->family != network->family || memcmp(ip->bytes, network->bytes, whole) != 0)
		return false;
	return rest == 0 || (ip->bytes[whole] ^ network->bytes[whole]) >> (8u - rest) == 0;
}

static bool holds_gateway_of(const struct router *router, const struct vrrp_nat *nat)
{
	const struct vrrp_range *range = &router->instance->addresses;

	for (uint32_t i = 0; i < range->count; i++)
		if (is_within(&router->speaker->addresses[range->first + i].ip, &nat->from,
			    nat->from_bits))
			return true;
	return false;
}

static const struct router *router_of(const struct speaker *speaker, const struct vrrp_nat *nat)
{
	for (uint32_t i = 0; i < speaker->router_count; i++) {
		const struct router *router = &speaker->routers[i];

		if (nat->instance[0] ? strcmp(router->instance->name, nat->instance) == 0
				     : holds_gateway_of(router, nat))
			return router;
	}
	return NULL;
}

static bool is_master(const struct router *router)
{
	return router && (router->fsm.state == VRRP_MASTER || router->fsm.state == VRRP_LEAVING);
}

/* ---- settings ---- */

static void set(struct speaker *speaker, const struct sysctl_wish *wishes, const char *interface)
{
	char failed[SYSCTL_PATH_BYTES] = "";
	int error = sysctl_apply(&speaker->remains->settings, wishes, interface, failed);

	/* Connection tracking has no settings until its module is loaded. */
	if (error < 0 && error != -ENOENT)
		log_message(
			LOG_LEVEL_WARNING, "gateway: cannot set %s: %s", failed, strerror(-error));
}

static void apply_settings(struct speaker *speaker)
{
	set(speaker, sysctl_gateway, NULL);
	for (uint32_t i = 0; i < gateway.count; i++) {
		const struct router *router = router_of(speaker, &gateway.rows[i]);

		set(speaker, sysctl_gateway_interface, gateway.rows[i].out_interface);
		if (router)
			set(speaker, sysctl_gateway_interface, router->instance->interface);
	}
}

/* ---- the table ---- */

/* Enough for a batch with all the ends that there may be: nat_bytes(). */
#define SEND_BYTES (896u * 1024)

static int open_socket(void)
{
	struct netlink_options options = {.bus = NETLINK_NETFILTER, .send_bytes = SEND_BYTES};
	int error;

	if (gateway.open)
		return 0;
	error = netlink_open(&gateway.socket, &options);
	gateway.open = error == 0;
	return error;
}

struct netlink_socket *gateway_socket(void)
{
	return open_socket() == 0 ? &gateway.socket : NULL;
}

static bool has_ends_of(const struct vrrp_config *config)
{
	const struct vrrp_end *ends = vrrp_ends(config);
	const struct vrrp_range *listeners = &config->listeners, *servers = &config->servers;

	return gateway.listener_count == listeners->count &&
	       gateway.server_count == servers->count &&
	       (!listeners->count || memcmp(gateway.ends, &ends[listeners->first],
					     listeners->count * sizeof(*ends)) == 0) &&
	       (!servers->count || memcmp(gateway.ends + listeners->count, &ends[servers->first],
					   servers->count * sizeof(*ends)) == 0);
}

static void keep_ends_of(const struct vrrp_config *config)
{
	const struct vrrp_range *listeners = &config->listeners, *servers = &config->servers;
	uint32_t count = listeners->count + servers->count;

	free(gateway.ends);
	gateway.ends = calloc(count + 1u, sizeof(*gateway.ends));
	if (!gateway.ends)
		abort();
	memcpy(gateway.ends, &vrrp_ends(config)[listeners->first],
		listeners->count * sizeof(*gateway.ends));
	memcpy(gateway.ends + listeners->count, &vrrp_ends(config)[servers->first],
		servers->count * sizeof(*gateway.ends));
	gateway.listener_count = listeners->count;
	gateway.server_count = servers->count;
}

/* The answers to both of us would look alike (nat_ends.c). */
static void tell_tracked_servers(const struct nat_plan *plan)
{
	for (uint32_t i = 0; i < plan->server_count && !plan->outer_ports.last; i++) {
		const struct vrrp_end *server = &plan->servers[i];

		if ((server->ip.family == AF_INET6 && nat_is_ipv4(plan)) ||
			nat_group_of(plan, server, NAT_SERVER) != NAT_GROUPS)
			continue;
		log_message(LOG_LEVEL_WARNING,
			"gateway: ip_local_port_range and the listeners leave translated "
			"connections fewer than %u ports in a row: connections to servers outside "
			"of the translated networks are tracked",
			NAT_PORTS_MIN);
		return;
	}
}

static int replace(const struct nat_plan *plan, enum nat_extent extent, struct netlink_call *call)
{
	*call = (struct netlink_call){0};
	nat_write_replace(netlink_call_begin(&gateway.socket, call), plan, extent);
	return netlink_call(&gateway.socket, call);
}

/* What is acting; `rows` has room for all. */
static struct nat_plan make_plan(const struct vrrp_nat **rows)
{
	struct nat_plan plan = {
		.translations = rows,
		.translation_count = gateway.count,
		.listeners = gateway.ends,
		.listener_count = gateway.listener_count,
		.servers = gateway.ends + gateway.listener_count,
		.server_count = gateway.server_count,
	};

	for (uint32_t i = 0; i < gateway.count; i++)
		rows[i] = &gateway.rows[i];
	sysctl_local_ports(&plan.local.first, &plan.local.last);
	nat_choose_ports(&plan);
	return plan;
}

static void turn_on(struct speaker *speaker)
{
	const struct vrrp_nat *rows[TRANSLATIONS_MAX];
	struct nat_plan plan = make_plan(rows);
	struct netlink_call call = {0};
	int error = open_socket();

	tell_tracked_servers(&plan);
	apply_settings(speaker);
	/* The balancer's connections are exempt before anything is tracked. */
	if (error == 0 && !gateway.acting)
		error = replace(&plan, NAT_UNTRACKED, &call);
	if (error == 0)
		error = replace(&plan, NAT_WHOLE, &call);
	gateway.there = error == 0;
	gateway.leaving = 0;
	set(speaker, sysctl_tracking, NULL); /* its module has come with the table */
	gateway.acting = true; /* also after a failure: it is told once, not at every step */
	if (error < 0)
		log_message(LOG_LEVEL_ERR, "gateway: no address translation: %s",
			call.answered ? call.answer.text : strerror(-error));
	else
		log_message(LOG_LEVEL_NOTICE, "gateway: %u address translation%s on", gateway.count,
			gateway.count == 1 ? "" : "s");
}

/* The kernel ends tracking a moment after the translations have gone; so long the rest stays.  It
 * would be tracked otherwise what is ours just then, and dropped where there is no room. */
static void turn_off(struct speaker *speaker)
{
	const struct vrrp_nat *rows[TRANSLATIONS_MAX];
	struct nat_plan plan = make_plan(rows);
	struct netlink_call call;

	if (gateway.there) {
		replace(&plan, NAT_UNTRACKED, &call);
		gateway.leaving = LEAVING_TICKS;
		log_message(LOG_LEVEL_NOTICE, "gateway: address translation off");
	}
	sysctl_restore(&speaker->remains->settings);
	gateway.acting = gateway.there = false;
	gateway.count = 0;
}

void gateway_tick(void)
{
	struct netlink_call call = {0};

	gateway_take_back();
	if (!gateway.leaving || --gateway.leaving > 0)
		return;
	nat_write_delete(netlink_call_begin(&gateway.socket, &call));
	netlink_call(&gateway.socket, &call);
}

/* ---- no_accept ---- */

static bool is_refused(const struct vrrp_ip *refused, uint32_t count, const struct vrrp_ip *ip)
{
	for (uint32_t i = 0; i < count; i++)
		if (vrrp_ip_equal(&refused[i], ip))
			return true;
	return false;
}

static uint32_t collect_refused(const struct speaker *speaker, struct vrrp_ip *refused)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < speaker->router_count; i++) {
		const struct vrrp_instance *instance = &speaker->instances[i];
		const struct vrrp_range *ranges[] = {&instance->addresses, &instance->excluded};

		for (uint32_t r = 0; r < 2 && !instance->accept; r++)
			for (uint32_t k = 0; k < ranges[r]->count; k++) {
				const struct vrrp_ip *ip =
					&speaker->addresses[ranges[r]->first + k].ip;

				if (!is_refused(refused, count, ip))
					refused[count++] = *ip;
			}
	}
	return count;
}

void gateway_refuse(struct speaker *speaker)
{
	static struct vrrp_ip refused[VRRP_ADDRESSES_MAX]; /* the keeper's thread alone */
	static char quiet[VRRP_INSTANCES_MAX][IF_NAMESIZE];
	struct refusal_plan plan = {
		.addresses = refused,
		.address_count = collect_refused(speaker, refused),
		.quiet = quiet,
	};
	struct netlink_call call = {0};
	uint32_t count;
	int error;

	for (uint32_t i = 0; i < speaker->router_count; i++)
		if (speaker->instances[i].use_vmac)
			memcpy(quiet[plan.quiet_count++], speaker->instances[i].vmac_interface,
				IF_NAMESIZE);
	count = plan.address_count + plan.quiet_count;
	error = count || gateway.open ? open_socket() : 0;
	if (count && error == 0) {
		refusal_write_replace(netlink_call_begin(&gateway.socket, &call), &plan);
		error = netlink_call(&gateway.socket, &call);
	} else if (gateway.open) { /* an earlier configuration may have had some */
		refusal_write_delete(netlink_call_begin(&gateway.socket, &call));
		netlink_call(&gateway.socket, &call);
	}
	if (error < 0)
		log_message(LOG_LEVEL_ERR, "no_accept and use_vmac lack their table: %s",
			call.answered ? call.answer.text : strerror(-error));
}

/* ---- */

void gateway_settle(struct speaker *speaker)
{
	const struct vrrp_nat *nats = vrrp_nats(speaker->config);
	static struct vrrp_nat wanted[TRANSLATIONS_MAX];
	uint32_t count = 0;

	if (speaker->config->nat_count == 0 && !gateway.acting)
		return;
	for (uint32_t i = 0; i < speaker->config->nat_count && count < TRANSLATIONS_MAX; i++)
		if (is_master(router_of(speaker, &nats[i])))
			wanted[count++] = nats[i];
	if (count == gateway.count && gateway.acting == (count > 0) &&
		memcmp(wanted, gateway.rows, count * sizeof(*wanted)) == 0 &&
		(count == 0 || has_ends_of(speaker->config)))
		return;
	if (count == 0) {
		turn_off(speaker);
		return;
	}
	memcpy(gateway.rows, wanted, count * sizeof(*wanted));
	gateway.count = count;
	keep_ends_of(speaker->config);
	turn_on(speaker);
}

/* ---- over an upgrade ---- */

int gateway_hand_over(void)
{
	gateway_take_back();
	if (!gateway.open)
		return -1;
	gateway.handed = fcntl(gateway.socket.fd, F_DUPFD, 3); /* stays open over exec */
	return gateway.handed;
}

void gateway_take_back(void)
{
	if (gateway.handed > 0)
		close(gateway.handed);
	gateway.handed = 0;
}

void gateway_take_over(int fd)
{
	struct netlink_options options = {.bus = NETLINK_NETFILTER, .send_bytes = SEND_BYTES};

	if (fd < 0)
		return;
	if (gateway.open || netlink_adopt(&gateway.socket, fd, &options) < 0) {
		close(fd);
		return;
	}
	/* Something acts; what shall, the first router to be asked tells. */
	gateway.open = gateway.acting = gateway.there = true;
}

void gateway_close(void)
{
	gateway_take_back();
	if (gateway.open)
		netlink_close(&gateway.socket);
	gateway.open = gateway.acting = gateway.there = false;
	gateway.count = gateway.leaving = 0;
}
