/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cards.c - names for cards, in three steps.
 *
 * 1. What `mac` and `bus` say.  2. An interface without either takes the card that has its name
 * already, unless step 1 gave that card away.  3. A card that nobody asked for and that holds a
 * name which another one gets is moved aside, to the lowest ethN that is free.
 *
 * Renames are made in an order that works: a card whose new name is still held by another one goes
 * to a name of its own first, so that two cards can change places. */
#include "appliance/init/cards.h"

#include <stdio.h>
#include <string.h>

bool cards_path_holds(const char *path, const char *bus)
{
	size_t len = strlen(bus);

	for (const char *at = path; len && (at = strstr(at, bus)); at++) {
		if ((at == path || at[-1] == '/') && (at[len] == '/' || at[len] == '\0'))
			return true;
	}
	return false;
}

static bool is_asked(const struct card *card, const struct appliance_interface *interface)
{
	if (interface->by_mac)
		return memcmp(card->mac, interface->mac, APPLIANCE_MAC_BYTES) == 0;
	return *interface->bus && cards_path_holds(card->path, interface->bus);
}

static bool is_taken(const struct cards_plan *plan, uint32_t interfaces, uint32_t card)
{
	for (uint32_t i = 0; i < interfaces; i++) {
		if (plan->interface_card[i] == card)
			return true;
	}
	return false;
}

static void find_cards(struct cards_plan *plan, const struct card *cards, uint32_t count,
	const struct appliance *appliance)
{
	for (uint32_t i = 0; i < appliance->interface_count; i++)
		plan->interface_card[i] = CARDS_NONE;
	for (uint32_t pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < appliance->interface_count; i++) {
			const struct appliance_interface *interface = &appliance->interfaces[i];
			bool described = interface->by_mac || *interface->bus;

			if (described != (pass == 0))
				continue;
			for (uint32_t j = 0; j < count; j++) {
				bool fits = described ? is_asked(&cards[j], interface)
						      : strcmp(cards[j].name, interface->name) == 0;

				if (!fits || is_taken(plan, appliance->interface_count, j))
					continue;
				plan->interface_card[i] = j;
				break;
			}
		}
	}
}

/* The names that cards have while the renames are made. */
struct naming {
	char names[CARDS_MAX][IF_NAMESIZE];
	char wanted[CARDS_MAX][IF_NAMESIZE];
	uint32_t count;
};

static uint32_t holder_of(const struct naming *naming, const char *name)
{
	for (uint32_t i = 0; i < naming->count; i++) {
		if (strcmp(naming->names[i], name) == 0)
			return i;
	}
	return CARDS_NONE;
}

static bool is_wanted(
	const struct naming *naming, const struct appliance *appliance, const char *name)
{
	for (uint32_t i = 0; i < naming->count; i++) {
		if (strcmp(naming->wanted[i], name) == 0)
			return true;
	}
	/* A name whose card is not there yet stays free for it. */
	for (uint32_t i = 0; i < appliance->interface_count; i++) {
		if (strcmp(appliance->interfaces[i].name, name) == 0)
			return true;
	}
	return false;
}

static void rename_card(
	struct cards_plan *plan, struct naming *naming, uint32_t card, const char *name)
{
	struct card_rename *step;

	if (plan->rename_count == CARDS_RENAMES_MAX || strcmp(naming->names[card], name) == 0)
		return;
	step = &plan->renames[plan->rename_count++];
	step->card = card;
	snprintf(step->name, sizeof(step->name), "%s", name);
	snprintf(naming->names[card], IF_NAMESIZE, "%s", name);
}

/* Names for those that are in the way, once it is known who gets what. */
static void move_aside(struct naming *naming, const struct appliance *appliance)
{
	for (uint32_t i = 0; i < naming->count; i++) {
		bool asked = *naming->wanted[i] != '\0';

		if (asked)
			continue;
		if (!is_wanted(naming, appliance, naming->names[i])) {
			memcpy(naming->wanted[i], naming->names[i], IF_NAMESIZE);
			continue;
		}
		for (uint32_t number = 0; number < 2 * CARDS_MAX; number++) {
			char name[IF_NAMESIZE];

			snprintf(name, sizeof(name), "eth%u", number);
			if (is_wanted(naming, appliance, name) ||
				(holder_of(naming, name) != CARDS_NONE))
				continue;
			memcpy(naming->wanted[i], name, IF_NAMESIZE);
			break;
		}
	}
}

void cards_plan(struct cards_plan *plan, const struct card *cards, uint32_t count,
	const struct appliance *appliance)
{
	struct naming naming = {.count = count < CARDS_MAX ? count : CARDS_MAX};

	memset(plan, 0, sizeof(*plan));
	find_cards(plan, cards, naming.count, appliance);
	for (uint32_t i = 0; i < naming.count; i++)
		memcpy(naming.names[i], cards[i].name, IF_NAMESIZE);
	for (uint32_t i = 0; i < appliance->interface_count; i++) {
		if (plan->interface_card[i] != CARDS_NONE)
			memcpy(naming.wanted[plan->interface_card[i]],
				appliance->interfaces[i].name, IF_NAMESIZE);
	}
	move_aside(&naming, appliance);
	/* First out of each other's way, then to their places. */
	for (uint32_t i = 0; i < naming.count; i++) {
		uint32_t holder = holder_of(&naming, naming.wanted[i]);
		char name[IF_NAMESIZE];

		if (!*naming.wanted[i] || holder == CARDS_NONE || holder == i)
			continue;
		snprintf(name, sizeof(name), "moving%hu", (uint16_t)i);
		rename_card(plan, &naming, i, name);
	}
	for (uint32_t round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < naming.count; i++) {
			if (*naming.wanted[i] && holder_of(&naming, naming.wanted[i]) == CARDS_NONE)
				rename_card(plan, &naming, i, naming.wanted[i]);
		}
	}
}
