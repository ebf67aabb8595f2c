/* SPDX-License-Identifier: GPL-2.0-or-later */
/* edit.h - changes to a head that has been read: fields and the start line.
 *
 * A field that goes is taken out of the head's list; one that is new is written as a line into the
 * worker's room and put at its end.  message.c writes what the list says.  Whatever a rule makes,
 * no byte that could end a field or a line is written.
 * All return false when it does not fit (tune.http.maxhdr, the room), or cannot be said.
 * Pure but for the room. */
#ifndef TORC_NET_RULES_EDIT_H
#define TORC_NET_RULES_EDIT_H

#include "net/rules/sample.h"

/* Forgets what was written for the message before. */
void edit_begin(struct rule_room *room);

bool edit_add_field(struct rule_context *context, struct span name, struct span value);
/* Another value for a field that is there. */
bool edit_change_field(struct rule_context *context, struct h1_field *field, struct span value);
void edit_remove_field(struct h1_head *head, uint32_t index);

bool edit_method(struct rule_context *context, struct span method);
/* The whole target; an absolute one is taken apart into Host and path. */
bool edit_target(struct rule_context *context, struct span target);
/* The target's path with its query. */
bool edit_path(struct rule_context *context, struct span path);
bool edit_status(struct rule_context *context, uint16_t status, struct span reason);

#endif
