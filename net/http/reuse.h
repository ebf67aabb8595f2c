/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reuse.h - kept server connections, the rules: who may take one, which go back, what is sent
 * again, how many are too many.
 * Source: RFC 9112 9.3 and 9.3.1, RFC 9110 9.2.2; HAProxy's http-reuse, retry-on and
 *         pool-purge-delay.  Pure. */
#ifndef TORC_NET_HTTP_REUSE_H
#define TORC_NET_HTTP_REUSE_H

#include "core/config/model.h"
#include "net/http/h1.h"

/* Which idle connections a request may be sent over. */
enum reuse {
	REUSE_NONE,
	REUSE_OWN,    /* of its own client's only */
	REUSE_PROVEN, /* also shared ones that have been used again before */
	REUSE_ANY,
};

enum reuse reuse_choose(enum http_reuse mode, bool first_request);

/* May the server's connection be used again once this answer has ended?  `http10` is the
 * version that the request left with.  Only the head is judged here: what comes later can still
 * spoil it. */
bool reuse_head_keeps(const struct h1_head *response, bool http10);
/* Does this answer bind its connection to the client?  NTLM and its kin authenticate connections,
 * not requests: such a one must never serve anybody else. */
bool reuse_head_binds(const struct h1_head *response);

/* May a request be sent again though the server may have acted on it?  (RFC 9110 9.2.2) */
bool reuse_is_idempotent(enum h1_method method);

/* A server's demand as its pool sees it between two purges. */
struct reuse_demand {
	uint32_t used, idle; /* connections now */
	uint32_t used_max;   /* the most in use since the last purge */
	uint32_t need;	     /* estimate; in and out */
};

/* How many idle connections a purge closes: half of what goes beyond the need (rounded up), which
 * follows a rise at once and halves its way down. */
uint32_t reuse_purge(struct reuse_demand *demand);

#endif
