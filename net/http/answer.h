/* SPDX-License-Identifier: GPL-2.0-or-later */
/* answer.h - the answers that torc gives itself: HAProxy's error pages, byte for byte.
 * Source: reference/haproxy.md 1.3 "Proxy replies observed", HAProxy's http_err_msgs.  Pure. */
#ifndef TORC_NET_HTTP_ANSWER_H
#define TORC_NET_HTTP_ANSWER_H

#include "core/span.h"

/* The complete message (head and body) for 400 401 403 404 405 407 408 410 413 414 421 422 425 429
 * 431 500 501 502 503 504 505, ending the connection (connection: close is part of it).  Any
 * other status gives the 500. */
struct span answer_for_status(uint16_t status);
/* The same page without `connection: close`, as HAProxy sends it to a client whose connection
 * lives on.  The answers to requests that could not be read end the connection all the same. */
struct span answer_keeping_alive(uint16_t status);
/* Is there a page of this status, and one that leaves the connection open? */
bool answer_has_page(uint16_t status);
/* "Not Found"; of an unknown status that of its class. */
const char *answer_reason(uint16_t status);
/* How many bytes of it are the head: a HEAD request gets only these. */
uint32_t answer_head_bytes(struct span answer);
/* The 401 of the statistics page (407 with proxy-authenticate when `proxied`). 0: does not fit. */
uint32_t answer_unauthorized(char *out, uint32_t capacity, const char *realm, bool proxied);
/* "HTTP/1.1 100 Continue\r\n\r\n" */
extern const struct span answer_continue;

#endif
