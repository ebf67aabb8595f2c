/* SPDX-License-Identifier: GPL-2.0-or-later */
/* authorize.h - names and passwords of a userlist.  Source: RFC 7617; crypt(5).
 * Thread: its worker's. */
#ifndef TORC_NET_RULES_AUTHORIZE_H
#define TORC_NET_RULES_AUTHORIZE_H

#include "net/rules/sample.h"

/* The name and the password that the request carries, in the scratch. */
bool authorize_read(struct rule_room *room, const struct h1_head *head, struct span *user,
	struct span *password);
/* The user of the list whose password it is, or NULL. */
const struct userlist_user *authorize(
	struct rule_room *room, const struct h1_head *head, const struct userlist *list);

#endif
