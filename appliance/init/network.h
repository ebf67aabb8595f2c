/* SPDX-License-Identifier: GPL-2.0-or-later */
/* network.h - cards named, addresses and routes put, resolvers written down.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_NETWORK_H
#define TORC_APPLIANCE_INIT_NETWORK_H

#include "appliance/init/cards.h"

/* The loopback interface, before anything else. */
void network_start(void);
/* The cards that are there: how many. */
uint32_t network_list(struct card cards[CARDS_MAX]);
/* Does what the file says, as far as the cards are there; again whenever one comes. */
void network_apply(const struct appliance *appliance);
/* Are there other cards than the last time?  torc makes interfaces of its own, which are none. */
bool network_has_changed(void);
/* Host name, /etc/hosts and /etc/resolv.conf. */
void network_write_names(const struct appliance *appliance);

#endif
