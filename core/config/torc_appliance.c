/* SPDX-License-Identifier: GPL-2.0-or-later */
/* torc_appliance.c - the words of the block `appliance` in torc.conf.
 *
 *	appliance {
 *		host_name lb1
 *		interface eth0 {
 *			mac 52:54:00:19:02:01
 *			address 192.168.25.201/24
 *		}
 *		gateway 192.168.25.1
 *		ntp 192.168.25.1
 *		syslog udp 192.168.25.9
 *		management 192.168.25.201
 *	}
 *
 * Everything is a number: an appliance whose resolver is not there yet starts all the same.
 * Thread: the one that reads the configuration. */
#include "core/config/torc_appliance.h"

#include "core/config/keepalived_reader.h"

#define MTU_MIN 576
#define MTU_MAX 9216

static struct appliance *appliance_at_hand(struct keepalived_reader *reader)
{
	return reader->draft->appliance;
}

/* ---- texts ---- */

/* A bus address stands in sysfs paths: "0000:00:03.0", "virtio0", "vmbus_0_11". */
static bool is_bus_path(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789:._-";

	return *text && !text[strspn(text, allowed)] && *text != '.';
}

/* ---- the machine ---- */

static void read_appliance(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct vrrp_draft *draft = reader->draft;
	uint32_t alerts = reader->alerts;

	if (draft->appliance) {
		keepalived_alert(reader, "a second block '%s': there is one machine", self->name);
		keepalived_skip_block(reader);
		return;
	}
	draft->appliance = arena_alloc(reader->arena, sizeof(*draft->appliance));
	if (!keepalived_open(reader, self->name))
		return;
	reader->base = draft->appliance;
	keepalived_read_block(reader, self->name, IN_APPLIANCE);
	/* Other lines may be wrong and the machine still be reached by its addresses. */
	if (reader->alerts == alerts)
		reader->config->appliance = draft->appliance;
}

static void read_host_name(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct appliance *appliance = appliance_at_hand(reader);
	const char *word = keepalived_peek(reader);

	if (!appliance_is_host_name(word, sizeof(appliance->host_name) - 1)) {
		keepalived_alert(reader,
			"'%s' expects a name of letters, digits and hyphens, at most %zu "
			"characters (got '%s')",
			self->name, sizeof(appliance->host_name) - 1, word);
		keepalived_give_up(reader);
		return;
	}
	keepalived_text(reader, self->name, appliance->host_name, sizeof(appliance->host_name));
	keepalived_set_id(reader, appliance->host_name, KEEPALIVED_ID_OF_HOST);
}

static void read_search(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct appliance *appliance = appliance_at_hand(reader);
	const char *word = keepalived_peek(reader);

	if (!appliance_is_host_name(word, sizeof(appliance->search) - 1)) {
		keepalived_alert(reader, "'%s' expects a domain (got '%s')", self->name, word);
		keepalived_give_up(reader);
		return;
	}
	keepalived_text(reader, self->name, appliance->search, sizeof(appliance->search));
}

static bool take_room(struct keepalived_reader *reader, const struct keepalived_word *self,
	uint32_t count, uint32_t max)
{
	if (count < max)
		return true;
	keepalived_alert(reader, "more than %u lines '%s'", max, self->name);
	keepalived_give_up(reader);
	return false;
}

static void read_gateway(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct appliance *appliance = appliance_at_hand(reader);
	struct vrrp_ip ip, *place;

	if (!keepalived_ip(reader, self->name, &ip))
		return;
	if (ip.family == AF_INET6 && ip.bytes[0] == 0xfe && (ip.bytes[1] & 0xc0) == 0x80) {
		keepalived_alert(reader,
			"'%s' : a link-local address does not say by which "
			"interface: give the router's global one",
			self->name);
		return;
	}
	place = &appliance->gateways[ip.family == AF_INET6];
	if (place->family != AF_UNSPEC) {
		keepalived_alert(reader,
			"a second '%s' of one family: the machine has one way out "
			"(other networks: 'route')",
			self->name);
		return;
	}
	*place = ip;
}

static bool take_prefix(struct keepalived_reader *reader, const struct keepalived_word *self,
	struct appliance_prefix *prefix, const char *example)
{
	const char *word = keepalived_take(reader);

	if (keepalived_parse_prefix(word, &prefix->ip, &prefix->bits) && prefix->bits != UINT8_MAX)
		return true;
	keepalived_alert(reader,
		"'%s' expects an address with its network's bits, such as %s "
		"(got '%s')",
		self->name, example, word);
	keepalived_give_up(reader);
	return false;
}

static void read_route(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct appliance *appliance = appliance_at_hand(reader);
	struct appliance_route route;

	if (!take_room(reader, self, appliance->route_count, APPLIANCE_ROUTES_MAX) ||
		!take_prefix(reader, self, &route.to, "10.1.0.0/16"))
		return;
	keepalived_skip(reader, "via");
	if (!keepalived_ip(reader, self->name, &route.via))
		return;
	if (route.via.family != route.to.ip.family)
		keepalived_alert(
			reader, "'%s' : network and gateway are of two families", self->name);
	else
		appliance->routes[appliance->route_count++] = route;
}

static void read_dns(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct appliance *appliance = appliance_at_hand(reader);

	if (take_room(reader, self, appliance->dns_count, APPLIANCE_DNS_MAX) &&
		keepalived_ip(reader, self->name, &appliance->dns[appliance->dns_count]))
		appliance->dns_count++;
}

static void read_ntp(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct appliance *appliance = appliance_at_hand(reader);

	if (take_room(reader, self, appliance->ntp_count, APPLIANCE_NTP_MAX) &&
		keepalived_ip(reader, self->name, &appliance->ntp[appliance->ntp_count]))
		appliance->ntp_count++;
}

static bool take_port(
	struct keepalived_reader *reader, const struct keepalived_word *self, uint16_t *port)
{
	int64_t value;

	if (keepalived_at_end(reader))
		return true;
	if (!keepalived_number(reader, self->name, 1, UINT16_MAX, &value))
		return false;
	*port = (uint16_t)value;
	return true;
}

static void read_syslog(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct appliance *appliance = appliance_at_hand(reader);
	struct appliance_syslog target = {.port = APPLIANCE_SYSLOG_PORT};

	if (!take_room(reader, self, appliance->syslog_count, APPLIANCE_SYSLOG_MAX))
		return;
	if (keepalived_skip(reader, "tcp"))
		target.transport = APPLIANCE_TCP;
	else if (!keepalived_skip(reader, "udp")) {
		keepalived_alert(reader, "'%s' expects 'udp' or 'tcp', then an address (got '%s')",
			self->name, keepalived_peek(reader));
		keepalived_give_up(reader);
		return;
	}
	if (keepalived_ip(reader, self->name, &target.ip) && take_port(reader, self, &target.port))
		appliance->syslog[appliance->syslog_count++] = target;
}

static void read_management(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct appliance *appliance = appliance_at_hand(reader);

	appliance->management_port = APPLIANCE_MANAGEMENT_PORT;
	if (keepalived_ip(reader, self->name, &appliance->management))
		take_port(reader, self, &appliance->management_port);
}

/* ---- an interface ---- */

static struct appliance_interface *interface_at_hand(struct keepalived_reader *reader)
{
	return reader->base;
}

static void finish_interface(struct keepalived_reader *reader, struct appliance *appliance,
	const struct appliance_interface *self)
{
	if (self->by_mac && *self->bus)
		keepalived_alert(reader,
			"interface '%s' : 'mac' and 'bus' both say which card it "
			"is: one is enough",
			self->name);
	for (uint32_t i = 0; i < appliance->interface_count; i++) {
		const struct appliance_interface *other = &appliance->interfaces[i];

		if (strcmp(other->name, self->name) == 0)
			keepalived_alert(reader, "a second 'interface %s'", self->name);
		else if (self->by_mac && other->by_mac &&
			 memcmp(self->mac, other->mac, sizeof(self->mac)) == 0)
			keepalived_alert(reader, "interfaces '%s' and '%s' have one 'mac'",
				other->name, self->name);
		else if (*self->bus && strcmp(self->bus, other->bus) == 0)
			keepalived_alert(reader, "interfaces '%s' and '%s' have one 'bus'",
				other->name, self->name);
	}
}

static void read_interface(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct appliance *appliance = appliance_at_hand(reader);
	struct appliance_interface *interface;

	if (appliance->interface_count == APPLIANCE_INTERFACES_MAX) {
		keepalived_alert(
			reader, "more than %u interfaces", (unsigned)APPLIANCE_INTERFACES_MAX);
		keepalived_skip_block(reader);
		return;
	}
	interface = &appliance->interfaces[appliance->interface_count];
	if (!keepalived_interface(reader, self->name, interface->name) ||
		!keepalived_open(reader, self->name)) {
		keepalived_skip_block(reader);
		return;
	}
	reader->base = interface;
	keepalived_read_block(reader, self->name, IN_APPLIANCE_INTERFACE);
	reader->base = appliance;
	finish_interface(reader, appliance, interface);
	appliance->interface_count++;
}

static void read_address(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct appliance_interface *interface = interface_at_hand(reader);

	if (take_room(reader, self, interface->address_count, APPLIANCE_ADDRESSES_MAX) &&
		take_prefix(reader, self, &interface->addresses[interface->address_count],
			"192.168.25.201/24"))
		interface->address_count++;
}

static void read_mac(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct appliance_interface *interface = interface_at_hand(reader);
	const char *word = keepalived_take(reader);

	interface->by_mac = true;
	if (!appliance_parse_mac(word, interface->mac))
		keepalived_alert(reader,
			"'%s' expects six bytes such as 52:54:00:19:02:01 "
			"(got '%s')",
			self->name, word);
}

static void read_bus(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	struct appliance_interface *interface = interface_at_hand(reader);

	if (is_bus_path(keepalived_peek(reader)))
		keepalived_text(reader, self->name, interface->bus, sizeof(interface->bus));
	else
		keepalived_alert(reader,
			"'%s' expects a device's address such as 0000:00:03.0 "
			"(got '%s')",
			self->name, keepalived_take(reader));
}

static void read_mtu(struct keepalived_reader *reader, const struct keepalived_word *self)
{
	int64_t value;

	if (keepalived_number(reader, self->name, self->min, self->max, &value))
		interface_at_hand(reader)->mtu = (uint32_t)value;
}

#define ROW(name_, where_, read_, form_, summary_)                                                 \
	{                                                                                          \
		.name = (name_), .where = (where_), .read = (read_), .form = (form_),              \
		.summary = (summary_)                                                              \
	}
#define BLOCK(name_, where_, read_, form_, summary_)                                               \
	{                                                                                          \
		.name = (name_), .where = (where_), .shape = KEEPALIVED_BLOCK, .read = (read_),    \
		.form = (form_), .summary = (summary_)                                             \
	}

static const struct keepalived_word rows[] = {
	BLOCK("appliance", AT_TOP | IN_TORC_FILE, read_appliance, "{ ... }",
		"the machine itself, where torc is the whole of it; checked everywhere, done by "
		"the appliance"),
	ROW("host_name", IN_APPLIANCE, read_host_name, "NAME",
		"the machine's name: in log lines, and what `@id` lines compare with"),
	BLOCK("interface", IN_APPLIANCE, read_interface, "NAME { ... }",
		"a network card: with `mac` or `bus` that one gets the name, else the one that has "
		"it"),
	ROW("gateway", IN_APPLIANCE, read_gateway, "ADDRESS", "the way out; one for each family"),
	ROW("route", IN_APPLIANCE, read_route, "NETWORK/BITS via ADDRESS", "another way"),
	ROW("dns", IN_APPLIANCE, read_dns, "ADDRESS", "a resolver; up to three"),
	ROW("search", IN_APPLIANCE, read_search, "DOMAIN", "where short names are looked for"),
	ROW("ntp", IN_APPLIANCE, read_ntp, "ADDRESS", "a time server; up to four"),
	ROW("syslog", IN_APPLIANCE, read_syslog, "udp|tcp ADDRESS [PORT]",
		"who gets all messages of kernel and services; up to four, port 514"),
	ROW("management", IN_APPLIANCE, read_management, "ADDRESS [PORT]",
		"the statistics page of the machine, also without a valid haproxy.cfg; port 8404"),
	ROW("address", IN_APPLIANCE_INTERFACE, read_address, "ADDRESS/BITS",
		"IPv4 or IPv6; up to sixteen"),
	ROW("mac", IN_APPLIANCE_INTERFACE, read_mac, "XX:XX:XX:XX:XX:XX",
		"the card with this address gets the name"),
	ROW("bus", IN_APPLIANCE_INTERFACE, read_bus, "PATH",
		"the card in this place gets the name, such as 0000:00:03.0"),
	{.name = "mtu",
		.where = IN_APPLIANCE_INTERFACE,
		.read = read_mtu,
		.min = MTU_MIN,
		.max = MTU_MAX,
		.form = "BYTES",
		.summary = "the largest packet"},
};

const struct keepalived_table torc_appliance_words = {"`appliance`", rows, KEEPALIVED_COUNT(rows)};
