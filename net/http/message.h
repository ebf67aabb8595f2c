/* SPDX-License-Identifier: GPL-2.0-or-later */
/* message.h - a head as it leaves: what is dropped, what is added.
 * Source: RFC 9110 7.6 (forwarding), RFC 9112 9; HAProxy's option forwardfor and its rules for
 * Connection (http-server-close, keep-alive, close).  Pure.
 *
 * Field names keep the case in which they came; order is kept; fields of ours come last. */
#ifndef TORC_NET_HTTP_MESSAGE_H
#define TORC_NET_HTTP_MESSAGE_H

#include "net/http/h1.h"

enum message_connection {
	MESSAGE_CONNECTION_ABSENT, /* no Connection field at all */
	MESSAGE_CONNECTION_CLOSE,
	MESSAGE_CONNECTION_KEEP_ALIVE, /* said to an HTTP/1.0 peer that asked for it */
	MESSAGE_CONNECTION_UPGRADE,    /* Connection: Upgrade and the Upgrade field are kept */
};

struct message_edits {
	enum message_connection connection;
	struct span forwardfor_name; /* requests; len 0: no such field */
	char forwardfor_value[64];   /* the client's address */
	bool drop_transfer_encoding; /* responses: the body is sent without its chunk framing */
	bool drop_expect;	     /* requests: 100 was already said by us */
	bool add_via;		     /* requests: RFC 9110 7.6.3 */
	bool offers_upgrade;	     /* responses: the Upgrade field is kept */
	bool replace_max_forwards;   /* requests: by one less than came (7.6.2) */
	uint32_t max_forwards;
};

/* The version that a request leaves with is ours (RFC 9112 2.3), unless it names no host, without
 * which an HTTP/1.1 request would be invalid: it leaves as the HTTP/1.0 request that it is. */
bool message_leaves_as_10(const struct h1_head *request);

/* Who is asked by an absolute target is asked, whatever Host says (RFC 9112 3.2.2): from here on
 * that is what Host says, for everybody who looks.  False: there is no room for one. */
bool message_settle_host(struct h1_head *request);

/* Writes the head with its final empty line.  The start line keeps method, target, status and
 * reason; the version is HTTP/1.1, but for what message_leaves_as_10().
 * Returns its bytes, or 0 when it does not fit. */
uint32_t message_write_request(char *out, uint32_t capacity, const struct h1_head *head,
	const struct message_edits *edits);
uint32_t message_write_response(char *out, uint32_t capacity, const struct h1_head *head,
	const struct message_edits *edits);

#endif
