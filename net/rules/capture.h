/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capture.h - fields and samples that are kept for the log: a slot for each, lent to the session
 * for the length of one transaction.
 * Thread: its worker's. */
#ifndef TORC_NET_RULES_CAPTURE_H
#define TORC_NET_RULES_CAPTURE_H

#include "net/http/session.h"

/* Fills the slots of `capture request header` or `.. response header` out of a head. */
void capture_fields(struct session *session, struct session_environment *env,
	const struct h1_head *head, bool response);
/* Fills one slot, cut to its length. */
void capture_put(struct session *session, struct session_environment *env, bool response,
	uint32_t slot, struct span text);
/* "{a|b}" for the log: every slot of one direction; len 0: the frontend has none. */
struct span capture_text(
	const struct session *session, bool response, char *out, uint32_t capacity);
/* What a slot holds; false: nothing, or there is no such slot. */
bool capture_get(const struct session *session, bool response, uint32_t slot, struct span *text);

#endif
