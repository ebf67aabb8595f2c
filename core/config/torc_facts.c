/* SPDX-License-Identifier: GPL-2.0-or-later */
/* torc_facts.c - the block `appliance` printed: its normal form for people, its facts for pid 1.
 *
 * The facts go beyond the block: the users, groups and folders that haproxy.cfg names have to be
 * there before torc starts, and on a machine of its own nobody else makes them.  Owners of sockets
 * are looked up while the files are read, when nobody is there yet, and no name server can be
 * reached: so a machine is played that knows every name, and remembers those of users and groups.
 */
#include "core/config/torc_appliance.h"

#include "core/config/config.h"
#include <arpa/inet.h>
#include <string.h>

static const char *const transports[] = {[APPLIANCE_UDP] = "udp", [APPLIANCE_TCP] = "tcp"};

static const char *text_of(const struct vrrp_ip *ip, char out[INET6_ADDRSTRLEN])
{
	return inet_ntop(ip->family, ip->bytes, out, INET6_ADDRSTRLEN);
}

static void print_mac(FILE *out, const uint8_t mac[APPLIANCE_MAC_BYTES])
{
	for (uint32_t i = 0; i < APPLIANCE_MAC_BYTES; i++)
		fprintf(out, "%s%02x", i ? ":" : "", mac[i]);
}

static void print_ip(FILE *out, const char *word, const struct vrrp_ip *ip)
{
	char text[INET6_ADDRSTRLEN];

	if (ip->family != AF_UNSPEC)
		fprintf(out, "%s %s", word, text_of(ip, text));
}

static void print_prefix(FILE *out, const char *word, const struct appliance_prefix *prefix)
{
	print_ip(out, word, &prefix->ip);
	fprintf(out, "/%u", prefix->bits);
}

/* ---- the normal form ---- */

static void print_interface(const struct appliance_interface *interface, FILE *out)
{
	fprintf(out, "\tinterface %s {\n", interface->name);
	if (interface->by_mac) {
		fputs("\t\tmac ", out);
		print_mac(out, interface->mac);
		fputc('\n', out);
	}
	if (*interface->bus)
		fprintf(out, "\t\tbus %s\n", interface->bus);
	if (interface->mtu)
		fprintf(out, "\t\tmtu %u\n", interface->mtu);
	for (uint32_t i = 0; i < interface->address_count; i++) {
		print_prefix(out, "\t\taddress", &interface->addresses[i]);
		fputc('\n', out);
	}
	fputs("\t}\n", out);
}

/* What is a line of its own in both forms.  `tab` stands before each. */
static void print_lines(
	const struct appliance *appliance, const char *tab, const char *via, FILE *out)
{
	char word[32];

#define WORD(name) (snprintf(word, sizeof(word), "%s%s", tab, name), word)
	for (uint32_t i = 0; i < 2; i++) {
		if (appliance->gateways[i].family == AF_UNSPEC)
			continue;
		print_ip(out, WORD("gateway"), &appliance->gateways[i]);
		fputc('\n', out);
	}
	for (uint32_t i = 0; i < appliance->route_count; i++) {
		print_prefix(out, WORD("route"), &appliance->routes[i].to);
		print_ip(out, via, &appliance->routes[i].via);
		fputc('\n', out);
	}
	for (uint32_t i = 0; i < appliance->dns_count; i++) {
		print_ip(out, WORD("dns"), &appliance->dns[i]);
		fputc('\n', out);
	}
	if (*appliance->search)
		fprintf(out, "%ssearch %s\n", tab, appliance->search);
	for (uint32_t i = 0; i < appliance->ntp_count; i++) {
		print_ip(out, WORD("ntp"), &appliance->ntp[i]);
		fputc('\n', out);
	}
	for (uint32_t i = 0; i < appliance->syslog_count; i++) {
		const struct appliance_syslog *target = &appliance->syslog[i];

		fprintf(out, "%ssyslog", tab);
		fprintf(out, " %s", transports[target->transport]);
		print_ip(out, "", &target->ip);
		fprintf(out, " %u\n", target->port);
	}
	if (appliance->management.family != AF_UNSPEC) {
		print_ip(out, WORD("management"), &appliance->management);
		fprintf(out, " %u\n", appliance->management_port);
	}
#undef WORD
}

void appliance_print(const struct appliance *appliance, FILE *out)
{
	fputs("appliance {\n", out);
	if (*appliance->host_name)
		fprintf(out, "\thost_name %s\n", appliance->host_name);
	for (uint32_t i = 0; i < appliance->interface_count; i++)
		print_interface(&appliance->interfaces[i], out);
	print_lines(appliance, "\t", " via", out);
	fputs("}\n", out);
}

/* ---- the facts ---- */

static void print_interface_facts(const struct appliance_interface *interface, FILE *out)
{
	fprintf(out, "interface %s", interface->name);
	if (interface->by_mac) {
		fputs(" mac ", out);
		print_mac(out, interface->mac);
	} else if (*interface->bus) {
		fprintf(out, " bus %s", interface->bus);
	}
	fputc('\n', out);
	if (interface->mtu)
		fprintf(out, "mtu %s %u\n", interface->name, interface->mtu);
	for (uint32_t i = 0; i < interface->address_count; i++) {
		fprintf(out, "address %s", interface->name);
		print_prefix(out, "", &interface->addresses[i]);
		fputc('\n', out);
	}
}

static void print_folder_of(const char *path, FILE *out)
{
	const char *slash = strrchr(path, '/');

	if (slash && slash != path && *path == '/')
		fprintf(out, "folder %.*s\n", (int)(slash - path), path);
}

/* ---- names that were asked for ---- */

#define NAMES_MAX  14 /* beside haproxy.cfg's own user and group: as many as pid 1 takes */
#define NAME_BYTES 33 /* of a user: what utmp holds, as useradd has it */
#define PLAYED_ID  65534

static struct asked {
	char names[NAMES_MAX][NAME_BYTES];
	uint32_t count;
} users, groups;

static int64_t play(struct asked *asked, const char *name)
{
	for (uint32_t i = 0; i < asked->count; i++) {
		if (strcmp(asked->names[i], name) == 0)
			return PLAYED_ID;
	}
	if (asked->count == NAMES_MAX || strlen(name) >= NAME_BYTES)
		return -1;
	memcpy(asked->names[asked->count++], name, strlen(name) + 1);
	return PLAYED_ID;
}

static int64_t play_user(const char *name)
{
	return play(&users, name);
}

static int64_t play_group(const char *name)
{
	return play(&groups, name);
}

/* Another one for each name: two that listen must not seem to have one address.  198.18.0.0/15 is
 * nobody's (RFC 2544), and so is 2001:db8::/32 (RFC 3849). */
static bool play_address(const char *host, sa_family_t family, union address *address)
{
	static uint16_t count;

	(void)host;
	count++;
	memset(address, 0, sizeof(*address));
	address->any.sa_family = family == AF_INET6 ? AF_INET6 : AF_INET;
	if (family == AF_INET6) {
		inet_pton(AF_INET6, "2001:db8::", &address->in6.sin6_addr);
		address->in6.sin6_addr.s6_addr[14] = (uint8_t)(count >> 8);
		address->in6.sin6_addr.s6_addr[15] = (uint8_t)count;
	} else {
		address->in.sin_addr.s_addr = htonl(0xc6120000u | count);
	}
	return true;
}

const struct config_machine *appliance_machine(void)
{
	static const struct config_machine machine = {
		.look_up = play_address, .user_id = play_user, .group_id = play_group};

	return &machine;
}

static void print_names(const struct config *config, FILE *out)
{
	const struct global *global = &config->global;

	if (global->user)
		fprintf(out, "user %s\n", global->user);
	if (global->group)
		fprintf(out, "group %s\n", global->group);
	for (uint32_t i = 0; i < users.count; i++)
		fprintf(out, "user %s\n", users.names[i]);
	for (uint32_t i = 0; i < groups.count; i++)
		fprintf(out, "group %s\n", groups.names[i]);
	if (global->chroot && *global->chroot == '/')
		fprintf(out, "folder %s\n", global->chroot);
	for (uint32_t i = 0; i < config->listener_count; i++) {
		const union address *address = &config->listeners[i].address;

		if (address->any.sa_family == AF_UNIX && address->un.sun_path[0])
			print_folder_of(address->un.sun_path, out);
	}
	if (global->pidfile)
		print_folder_of(global->pidfile, out);
}

void appliance_print_facts(const struct config *config, enum appliance_extent extent, FILE *out)
{
	const struct appliance *appliance = config->appliance;

	if (appliance) {
		if (*appliance->host_name)
			fprintf(out, "host_name %s\n", appliance->host_name);
		for (uint32_t i = 0; i < appliance->interface_count; i++)
			print_interface_facts(&appliance->interfaces[i], out);
		print_lines(appliance, "", "", out);
	}
	if (extent == APPLIANCE_WHOLE)
		print_names(config, out);
	if (config->global.log_target_count)
		fputs("log\n", out);
	if (config->vrrp && config->vrrp->nat_count)
		fputs("nat\n", out);
	/* Who reads this knows by the last line that nothing is missing. */
	fputs("end\n", out);
}
