/* SPDX-License-Identifier: GPL-2.0-or-later */
/* key.h - what a hashing `balance` looks at, in a client or in a request.
 *
 * Asked once, while the head is in its buffer: the number stays with the session, so that a retry
 * needs no head.
 * Source: HAProxy's source, uri, url_param, hdr().  Pure. */
#ifndef TORC_NET_LB_KEY_H
#define TORC_NET_LB_KEY_H

#include "core/config/model.h"
#include "net/http/h1.h"

/* False: there is no such key here, and the request goes to whose turn it is.  `body` is what has
 * come of the request's body in plain bytes; NULL head: a session without HTTP. */
bool key_hash(uint32_t *hash, const struct balancing *balancing, const struct sockaddr *client,
	const struct h1_head *head, struct span body);

#endif
