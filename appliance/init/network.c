/* SPDX-License-Identifier: GPL-2.0-or-later */
/* network.c - the hands of the network: /sys is read, the kernel is asked, files are written.
 *
 * Everything is done in full whenever a card comes: what is there already stays as it is, and the
 * order in which cards are found means nothing. */
#include "appliance/init/network.h"

#include "appliance/init/files.h"
#include "appliance/init/rtnetlink.h"
#include "appliance/init/tell.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The socket that everything is asked by. */
static int netlink = -1;

/* The cards that were there the last time. */
static struct {
	uint32_t indexes[CARDS_MAX], count;
} applied;

void network_start(void)
{
	netlink = rtnetlink_open();
	if (netlink < 0) {
		tell(LOG_CRIT, "no netlink socket: %s", strerror(-netlink));
		return;
	}
	rtnetlink_set(netlink, if_nametoindex("lo"), RTNETLINK_UP);
}

/* ---- cards ---- */

/* Devices only: the loopback and what others make (bridges, macvlans) have none. */
static bool read_card(struct card *card, const char *name)
{
	char path[PATH_MAX], resolved[PATH_MAX], text[64];

	memset(card, 0, sizeof(*card));
	snprintf(path, sizeof(path), "/sys/class/net/%s/device", name);
	if (strlen(name) >= IF_NAMESIZE || !realpath(path, resolved) ||
		strlen(resolved) >= sizeof(card->path))
		return false;
	memcpy(card->path, resolved, strlen(resolved) + 1);
	memcpy(card->name, name, strlen(name) + 1);
	snprintf(path, sizeof(path), "/sys/class/net/%s/address", name);
	if (files_read(path, text, sizeof(text)) < 0 || !appliance_parse_mac(text, card->mac))
		return false;
	card->index = if_nametoindex(name);
	return card->index != 0;
}

static int by_index(const void *a, const void *b)
{
	const struct card *first = a, *second = b;

	return first->index < second->index ? -1 : first->index > second->index;
}

uint32_t network_list(struct card cards[CARDS_MAX])
{
	DIR *folder = opendir("/sys/class/net");
	struct dirent *entry;
	uint32_t count = 0;

	if (!folder)
		return 0;
	while ((entry = readdir(folder)) && count < CARDS_MAX)
		count += entry->d_name[0] != '.' && read_card(&cards[count], entry->d_name);
	closedir(folder);
	qsort(cards, count, sizeof(*cards), by_index);
	return count;
}

static void rename_cards(struct card *cards, const struct cards_plan *plan)
{
	for (uint32_t i = 0; i < plan->rename_count; i++) {
		struct card *card = &cards[plan->renames[i].card];
		int error;

		/* Kernels before 6.2 rename only what is down. */
		rtnetlink_set(netlink, card->index, RTNETLINK_DOWN);
		error = rtnetlink_rename(netlink, card->index, plan->renames[i].name);
		if (error) {
			tell(LOG_ERR, "card %s cannot be called %s: %s", card->name,
				plan->renames[i].name, strerror(-error));
			continue;
		}
		tell(LOG_NOTICE, "card %s is called %s", card->name, plan->renames[i].name);
		memcpy(card->name, plan->renames[i].name, IF_NAMESIZE);
	}
}

/* ---- addresses and routes ---- */

static const char *text_of(const struct vrrp_ip *ip, char out[INET6_ADDRSTRLEN])
{
	return inet_ntop(ip->family, ip->bytes, out, INET6_ADDRSTRLEN);
}

static void set_up(const struct card *card, const struct appliance_interface *interface)
{
	char text[INET6_ADDRSTRLEN];
	int error = 0;

	if (interface->mtu)
		error = rtnetlink_set_mtu(netlink, card->index, interface->mtu);
	if (error)
		tell(LOG_ERR, "%s: mtu %u: %s", interface->name, interface->mtu, strerror(-error));
	error = rtnetlink_set(netlink, card->index, RTNETLINK_UP);
	if (error)
		tell(LOG_ERR, "%s cannot be switched on: %s", interface->name, strerror(-error));
	for (uint32_t i = 0; i < interface->address_count; i++) {
		const struct appliance_prefix *prefix = &interface->addresses[i];

		error = rtnetlink_add_address(netlink, card->index, prefix);
		if (error && error != -EEXIST)
			tell(LOG_ERR, "%s: address %s/%u: %s", interface->name,
				text_of(&prefix->ip, text), prefix->bits, strerror(-error));
	}
}

static void add_routes(const struct appliance *appliance)
{
	static const struct appliance_prefix everywhere;
	char to[INET6_ADDRSTRLEN], via[INET6_ADDRSTRLEN];

	for (uint32_t i = 0; i < appliance->route_count; i++) {
		const struct appliance_route *route = &appliance->routes[i];
		int error = rtnetlink_add_route(netlink, &route->to, &route->via, 0);

		if (error)
			tell(LOG_ERR, "route %s/%u via %s: %s", text_of(&route->to.ip, to),
				route->to.bits, text_of(&route->via, via), strerror(-error));
	}
	for (uint32_t i = 0; i < 2; i++) {
		const struct vrrp_ip *gateway = &appliance->gateways[i];
		int error = gateway->family == AF_UNSPEC
				    ? 0
				    : rtnetlink_add_route(netlink, &everywhere, gateway, 0);

		if (error)
			tell(LOG_ERR, "gateway %s: %s: it has to be in the network of an interface",
				text_of(gateway, via), strerror(-error));
	}
}

bool network_has_changed(void)
{
	static struct card cards[CARDS_MAX];
	uint32_t count = network_list(cards);
	bool changed = count != applied.count;

	for (uint32_t i = 0; i < count && !changed; i++)
		changed = cards[i].index != applied.indexes[i];
	return changed;
}

void network_apply(const struct appliance *appliance)
{
	static struct card cards[CARDS_MAX];
	static struct cards_plan plan;
	uint32_t count = network_list(cards);

	applied.count = count;
	for (uint32_t i = 0; i < count; i++)
		applied.indexes[i] = cards[i].index;
	if (netlink < 0)
		return;
	cards_plan(&plan, cards, count, appliance);
	rename_cards(cards, &plan);
	for (uint32_t i = 0; i < appliance->interface_count; i++) {
		const struct appliance_interface *interface = &appliance->interfaces[i];
		uint32_t card = plan.interface_card[i];

		if (card != CARDS_NONE)
			set_up(&cards[card], interface);
		else
			tell(LOG_ERR, "interface %s: there is no such card", interface->name);
	}
	add_routes(appliance);
}

/* ---- names ---- */

void network_write_names(const struct appliance *appliance)
{
	const char *name = *appliance->host_name ? appliance->host_name : "torc";
	char text[1024], address[INET6_ADDRSTRLEN];
	int used;

	if (sethostname(name, strlen(name)) < 0)
		tell(LOG_ERR, "host name %s: %s", name, strerror(errno));
	used = snprintf(text, sizeof(text),
		"127.0.0.1 localhost\n::1 localhost\n127.0.1.1 %s %.*s\n", name,
		(int)strcspn(name, "."), name);
	files_write("/etc/hosts", text, (size_t)used, 0644);
	used = 0;
	if (*appliance->search)
		used = snprintf(text, sizeof(text), "search %s\n", appliance->search);
	for (uint32_t i = 0; i < appliance->dns_count; i++)
		used += snprintf(text + used, sizeof(text) - (size_t)used, "nameserver %s\n",
			text_of(&appliance->dns[i], address));
	files_write("/etc/resolv.conf", text, (size_t)used, 0644);
	snprintf(text, sizeof(text), "hosts: files dns\n");
	files_write("/etc/nsswitch.conf", text, strlen(text), 0644);
}
