/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cards.h - which network card gets which name.
 *
 * The kernel counts cards as they come.  The file says what a card is by its MAC address or its
 * place on the bus, so that a card put into another slot, or a slot with another card, keeps the
 * addresses where the cable is.
 * Pure. */
#ifndef TORC_APPLIANCE_INIT_CARDS_H
#define TORC_APPLIANCE_INIT_CARDS_H

#include "core/config/torc_appliance.h"

#define CARDS_MAX	 64
#define CARDS_PATH_BYTES 512

struct card {
	char name[IF_NAMESIZE];
	uint32_t index;
	uint8_t mac[APPLIANCE_MAC_BYTES];
	char path[CARDS_PATH_BYTES]; /* of its device in /sys, all links resolved */
};

/* One step; in the order given, no name is ever taken twice. */
struct card_rename {
	uint32_t card;
	char name[IF_NAMESIZE];
};

#define CARDS_RENAMES_MAX (2 * CARDS_MAX)

/* cards[interface_card[i]] is the card of interfaces[i]; CARDS_NONE: there is none. */
#define CARDS_NONE UINT32_MAX

struct cards_plan {
	uint32_t interface_card[APPLIANCE_INTERFACES_MAX];
	struct card_rename renames[CARDS_RENAMES_MAX];
	uint32_t rename_count;
};

void cards_plan(struct cards_plan *plan, const struct card *cards, uint32_t count,
	const struct appliance *appliance);

/* Is `bus` one of the folders of this path? */
bool cards_path_holds(const char *path, const char *bus);

#endif
