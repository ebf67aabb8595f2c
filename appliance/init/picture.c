/* SPDX-License-Identifier: GPL-2.0-or-later */
/* picture.c - the hands of the banner: cards, addresses, torc's answers, the last messages.
 *
 * Addresses are asked of the kernel every time rather than remembered: what a console shows has to
 * be what is, above all when it is not what somebody expects. */
#include "appliance/init/picture.h"

#include "appliance/init/balancer.h"
#include "appliance/init/clock.h"
#include "appliance/init/console.h"
#include "appliance/init/heartbeat.h"
#include "appliance/init/machine.h"
#include "appliance/init/network.h"
#include "appliance/init/tell.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

static uint32_t bits_of(const struct sockaddr *mask)
{
	const uint8_t *bytes =
		mask->sa_family == AF_INET6
			? (const void *)&((const struct sockaddr_in6 *)(const void *)mask)
				  ->sin6_addr
			: (const void *)&((const struct sockaddr_in *)(const void *)mask)->sin_addr;
	uint32_t len = mask->sa_family == AF_INET6 ? 16 : 4, bits = 0;

	for (uint32_t i = 0; i < len; i++)
		bits += (uint32_t)__builtin_popcount(bytes[i]);
	return bits;
}

/* Is the address one of the file's?  Those that are not came with a virtual router. */
static bool is_own(const struct appliance *appliance, const void *bytes, size_t len)
{
	for (uint32_t i = 0; i < appliance->interface_count; i++) {
		const struct appliance_interface *interface = &appliance->interfaces[i];

		for (uint32_t j = 0; j < interface->address_count; j++) {
			if (memcmp(interface->addresses[j].ip.bytes, bytes, len) == 0)
				return true;
		}
	}
	return false;
}

static void add_address(
	struct banner_card *card, const struct ifaddrs *entry, const struct appliance *appliance)
{
	bool six = entry->ifa_addr->sa_family == AF_INET6;
	const void *bytes =
		six ? (const void *)&((const struct sockaddr_in6 *)(const void *)entry->ifa_addr)
				->sin6_addr
		    : (const void *)&((const struct sockaddr_in *)(const void *)entry->ifa_addr)
				->sin_addr;
	char text[INET6_ADDRSTRLEN];
	size_t used = strlen(card->addresses);

	if (six && IN6_IS_ADDR_LINKLOCAL((const struct in6_addr *)bytes))
		return;
	inet_ntop(entry->ifa_addr->sa_family, bytes, text, sizeof(text));
	snprintf(card->addresses + used, sizeof(card->addresses) - used, "%s%s%s/%u",
		used ? ", " : "", is_own(appliance, bytes, six ? 16 : 4) ? "" : "VIP ", text,
		entry->ifa_netmask ? bits_of(entry->ifa_netmask) : 0);
}

static void fill_cards(struct banner *banner, const struct appliance *appliance)
{
	static struct card cards[CARDS_MAX];
	uint32_t count = network_list(cards);
	struct ifaddrs *list = NULL;

	getifaddrs(&list);
	for (uint32_t i = 0; i < count; i++) {
		struct banner_card *row = &banner->cards[banner->card_count];
		const uint8_t *mac = cards[i].mac;

		if (banner->card_count == BANNER_CARDS_MAX) {
			banner->cards_left_out = count - BANNER_CARDS_MAX;
			break;
		}
		banner->card_count++;
		memcpy(row->name, cards[i].name, IF_NAMESIZE);
		snprintf(row->mac, sizeof(row->mac), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
			mac[1], mac[2], mac[3], mac[4], mac[5]);
		for (const struct ifaddrs *entry = list; entry; entry = entry->ifa_next) {
			if (strcmp(entry->ifa_name, row->name) != 0)
				continue;
			row->up |= (entry->ifa_flags & IFF_UP) != 0;
			row->carrier |= (entry->ifa_flags & IFF_RUNNING) != 0;
			if (entry->ifa_addr && (entry->ifa_addr->sa_family == AF_INET ||
						       entry->ifa_addr->sa_family == AF_INET6))
				add_address(row, entry, appliance);
		}
	}
	freeifaddrs(list);
}

/* The last ones that are worth an operator's look, the oldest first. */
static void fill_messages(struct banner *banner)
{
	const struct journal *journal = tell_journal();
	uint64_t oldest = journal->written > JOURNAL_LINES ? journal->written - JOURNAL_LINES : 0;

	for (uint64_t at = journal->written; at > oldest && banner->message_count < BANNER_MESSAGES;
		at--) {
		const struct journal_line *line = &journal->lines[(at - 1) % JOURNAL_LINES];

		if (banner_wants(line->priority))
			banner->messages[banner->message_count++] = line->text;
	}
	for (uint32_t i = 0; i < banner->message_count / 2; i++) {
		const char *other = banner->messages[i];

		banner->messages[i] = banner->messages[banner->message_count - 1 - i];
		banner->messages[banner->message_count - 1 - i] = other;
	}
}

static const char *condition_of(
	const struct machine *machine, const struct status *status, uint64_t now_ms)
{
	switch (machine->condition) {
	case MACHINE_SEARCHING:
		return "looking for a configuration";
	case MACHINE_UNCONFIGURED:
		return "NO VALID CONFIGURATION: nothing is served, no virtual address is taken";
	case MACHINE_SERVING:
		break;
	}
	if (!balancer_is_running())
		return "TORC IS NOT RUNNING";
	if (status)
		return "serving";
	return now_ms - balancer_started_ms() < HEARTBEAT_STALE_MS ? "torc is starting"
								   : "TORC DOES NOT ANSWER";
}

static void fill_page(char *out, size_t bytes, const struct appliance *appliance)
{
	char text[INET6_ADDRSTRLEN];
	bool six = appliance->management.family == AF_INET6;

	out[0] = '\0';
	if (appliance->management.family == AF_UNSPEC)
		return;
	inet_ntop(appliance->management.family, appliance->management.bytes, text, sizeof(text));
	snprintf(out, bytes, "http://%s%s%s:%u/", six ? "[" : "", text, six ? "]" : "",
		appliance->management_port);
}

void picture_show(const char *doing, uint64_t now_ms)
{
	const struct machine *machine = machine_state();
	struct banner banner = {.version = TORC_VERSION, .uptime_s = now_ms / 1000};
	char page[96], clock[96];
	struct utsname name;

	uname(&name);
	fill_page(page, sizeof(page), &machine->facts.appliance);
	clock_describe(clock, sizeof(clock));
	banner.host_name = name.nodename;
	banner.kernel = name.release;
	banner.status = heartbeat_status(now_ms);
	banner.condition = doing ? doing : condition_of(machine, banner.status, now_ms);
	banner.source = machine->source;
	banner.page = page;
	banner.clock = clock;
	fill_cards(&banner, &machine->facts.appliance);
	fill_messages(&banner);
	console_show(&banner, now_ms);
}
