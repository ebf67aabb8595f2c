/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reply.h - answers that rules and error pages make instead of a server's.
 * Thread: its worker's. */
#ifndef TORC_NET_RULES_REPLY_H
#define TORC_NET_RULES_REPLY_H

#include "net/rules/sample.h"

/* Which connection the answer leaves on. */
enum reply_ending { REPLY_CLOSES, REPLY_KEEPS, REPLY_SAYS_KEEP /* to HTTP/1.0 */ };

/* Writes the answer of a page into out[0, capacity); its bytes, or -1 when it does not fit.
 * *ending becomes REPLY_CLOSES where the page's own bytes say no more.  `body`: false for HEAD. */
int32_t reply_write(struct rule_context *context, const struct answer_page *page, bool body,
	enum reply_ending *ending, char *out, uint32_t capacity);
/* The same for a redirection; 0: it has no target and says that it is ignored then. */
int32_t reply_write_redirect(struct rule_context *context, const struct redirect *redirect,
	enum reply_ending ending, char *out, uint32_t capacity);
/* 401 with a realm. */
int32_t reply_write_unauthorized(struct rule_context *context, const char *realm, bool body,
	enum reply_ending ending, char *out, uint32_t capacity);

/* The page that a proxy's configuration has for this status, or NULL. */
const struct answer_page *reply_page_of(const struct proxy *proxy, uint16_t status);

#endif
