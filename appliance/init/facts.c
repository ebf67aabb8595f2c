/* SPDX-License-Identifier: GPL-2.0-or-later */
/* facts.c - lines of plain words, written by torc for us.
 *
 * torc has checked everything; what is checked here is that nothing was lost on the way and that
 * everything stays within its bounds.  A word that we do not know is no error: init and torc are
 * one build, but a torc of tomorrow may tell more. */
#include "appliance/init/facts.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 512
#define WORDS_MAX  6

struct line {
	char *word[WORDS_MAX];
	uint32_t count;
};

static const char *word_at(const struct line *line, uint32_t at)
{
	return at < line->count ? line->word[at] : "";
}

static void split(struct line *line, char *text)
{
	char *rest = NULL;

	line->count = 0;
	for (char *word = strtok_r(text, " ", &rest); word && line->count < WORDS_MAX;
		word = strtok_r(NULL, " ", &rest))
		line->word[line->count++] = word;
}

static bool read_number(const char *text, uint32_t max, uint32_t *value)
{
	char *end;
	unsigned long number;

	if (*text < '0' || *text > '9')
		return false;
	number = strtoul(text, &end, 10);
	*value = (uint32_t)number;
	return !*end && number <= max;
}

static bool read_text(char *out, size_t bytes, const char *text)
{
	size_t len = strlen(text);

	if (!len || len >= bytes)
		return false;
	memcpy(out, text, len + 1);
	return true;
}

static bool read_ip(struct vrrp_ip *ip, const char *text)
{
	*ip = (struct vrrp_ip){0};
	if (inet_pton(AF_INET, text, ip->bytes) == 1)
		ip->family = AF_INET;
	else if (inet_pton(AF_INET6, text, ip->bytes) == 1)
		ip->family = AF_INET6;
	return ip->family != AF_UNSPEC;
}

static bool read_prefix(struct appliance_prefix *prefix, char *text)
{
	char *slash = strchr(text, '/');
	uint32_t bits;

	if (!slash)
		return false;
	*slash = '\0';
	if (!read_ip(&prefix->ip, text) ||
		!read_number(slash + 1, prefix->ip.family == AF_INET ? 32 : 128, &bits))
		return false;
	prefix->bits = (uint8_t)bits;
	return true;
}

/* ---- one reader for each word ---- */

static bool read_host_name(struct facts *facts, struct line *line)
{
	return read_text(
		facts->appliance.host_name, sizeof(facts->appliance.host_name), word_at(line, 1));
}

static bool read_interface(struct facts *facts, struct line *line)
{
	struct appliance *appliance = &facts->appliance;
	struct appliance_interface *interface = &appliance->interfaces[appliance->interface_count];
	const char *how = word_at(line, 2);

	if (appliance->interface_count == APPLIANCE_INTERFACES_MAX ||
		!read_text(interface->name, sizeof(interface->name), word_at(line, 1)) ||
		strchr(interface->name, '/') || strcmp(interface->name, "..") == 0)
		return false;
	appliance->interface_count++;
	if (strcmp(how, "mac") == 0)
		return interface->by_mac = appliance_parse_mac(word_at(line, 3), interface->mac);
	if (strcmp(how, "bus") == 0)
		return read_text(interface->bus, sizeof(interface->bus), word_at(line, 3));
	return !*how;
}

/* Lines about an interface follow its own. */
static struct appliance_interface *named_interface(struct facts *facts, const struct line *line)
{
	uint32_t count = facts->appliance.interface_count;
	struct appliance_interface *last = &facts->appliance.interfaces[count ? count - 1 : 0];

	return count && strcmp(last->name, word_at(line, 1)) == 0 ? last : NULL;
}

static bool read_mtu(struct facts *facts, struct line *line)
{
	struct appliance_interface *interface = named_interface(facts, line);

	return interface && read_number(word_at(line, 2), UINT16_MAX, &interface->mtu);
}

static bool read_address(struct facts *facts, struct line *line)
{
	struct appliance_interface *interface = named_interface(facts, line);

	return interface && line->count > 2 && interface->address_count < APPLIANCE_ADDRESSES_MAX &&
	       read_prefix(&interface->addresses[interface->address_count++], line->word[2]);
}

static bool read_gateway(struct facts *facts, struct line *line)
{
	struct vrrp_ip ip;

	if (!read_ip(&ip, word_at(line, 1)))
		return false;
	facts->appliance.gateways[ip.family == AF_INET6] = ip;
	return true;
}

static bool read_route(struct facts *facts, struct line *line)
{
	struct appliance *appliance = &facts->appliance;
	struct appliance_route *route = &appliance->routes[appliance->route_count];

	return line->count > 2 && appliance->route_count < APPLIANCE_ROUTES_MAX &&
	       read_prefix(&route->to, line->word[1]) && read_ip(&route->via, line->word[2]) &&
	       appliance->route_count++ < APPLIANCE_ROUTES_MAX;
}

static bool read_dns(struct facts *facts, struct line *line)
{
	struct appliance *appliance = &facts->appliance;

	return appliance->dns_count < APPLIANCE_DNS_MAX &&
	       read_ip(&appliance->dns[appliance->dns_count++], word_at(line, 1));
}

static bool read_search(struct facts *facts, struct line *line)
{
	return read_text(
		facts->appliance.search, sizeof(facts->appliance.search), word_at(line, 1));
}

static bool read_ntp(struct facts *facts, struct line *line)
{
	struct appliance *appliance = &facts->appliance;

	return appliance->ntp_count < APPLIANCE_NTP_MAX &&
	       read_ip(&appliance->ntp[appliance->ntp_count++], word_at(line, 1));
}

static bool read_port(const char *text, uint16_t *port)
{
	uint32_t value;

	if (!read_number(text, UINT16_MAX, &value))
		return false;
	*port = (uint16_t)value;
	return true;
}

static bool read_syslog(struct facts *facts, struct line *line)
{
	struct appliance *appliance = &facts->appliance;
	struct appliance_syslog *target = &appliance->syslog[appliance->syslog_count];

	if (appliance->syslog_count == APPLIANCE_SYSLOG_MAX)
		return false;
	appliance->syslog_count++;
	target->transport = strcmp(word_at(line, 1), "tcp") == 0 ? APPLIANCE_TCP : APPLIANCE_UDP;
	return read_ip(&target->ip, word_at(line, 2)) && read_port(word_at(line, 3), &target->port);
}

static bool read_management(struct facts *facts, struct line *line)
{
	struct appliance *appliance = &facts->appliance;

	return read_ip(&appliance->management, word_at(line, 1)) &&
	       read_port(word_at(line, 2), &appliance->management_port);
}

static bool read_user(struct facts *facts, struct line *line)
{
	return facts->user_count < FACTS_NAMES_MAX &&
	       read_text(facts->users[facts->user_count++], FACTS_NAME_BYTES, word_at(line, 1));
}

static bool read_group(struct facts *facts, struct line *line)
{
	return facts->group_count < FACTS_NAMES_MAX &&
	       read_text(facts->groups[facts->group_count++], FACTS_NAME_BYTES, word_at(line, 1));
}

static bool read_folder(struct facts *facts, struct line *line)
{
	const char *path = word_at(line, 1);

	return *path == '/' && facts->folder_count < FACTS_FOLDERS_MAX &&
	       read_text(facts->folders[facts->folder_count++], FACTS_PATH_BYTES, path);
}

static bool read_nat(struct facts *facts, struct line *line)
{
	(void)line;
	return facts->nat = true;
}

static bool read_log(struct facts *facts, struct line *line)
{
	(void)line;
	return facts->log = true;
}

static const struct {
	const char *word;
	bool (*read)(struct facts *facts, struct line *line);
} readers[] = {
	{"host_name", read_host_name},
	{"interface", read_interface},
	{"mtu", read_mtu},
	{"address", read_address},
	{"gateway", read_gateway},
	{"route", read_route},
	{"dns", read_dns},
	{"search", read_search},
	{"ntp", read_ntp},
	{"syslog", read_syslog},
	{"management", read_management},
	{"user", read_user},
	{"group", read_group},
	{"folder", read_folder},
	{"nat", read_nat},
	{"log", read_log},
};

static bool read_line(struct facts *facts, char *text)
{
	struct line line;

	split(&line, text);
	for (size_t i = 0; line.count && i < sizeof(readers) / sizeof(readers[0]); i++) {
		if (strcmp(readers[i].word, line.word[0]) == 0)
			return readers[i].read(facts, &line);
	}
	return true;
}

bool facts_read(struct facts *facts, const char *text, size_t len)
{
	bool good = true, whole = false;

	memset(facts, 0, sizeof(*facts));
	while (good && len && !whole) {
		const char *end = memchr(text, '\n', len);
		size_t line_len = end ? (size_t)(end - text) : len;
		char line[LINE_BYTES];

		if (!end || line_len >= sizeof(line) || memchr(text, '\0', line_len))
			break;
		memcpy(line, text, line_len);
		line[line_len] = '\0';
		whole = strcmp(line, "end") == 0;
		good = whole || read_line(facts, line);
		text += line_len + 1;
		len -= line_len + 1;
	}
	if (good && whole)
		return true;
	memset(facts, 0, sizeof(*facts));
	return false;
}
