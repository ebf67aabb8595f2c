/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_gateway.h - the inner network's way out: on while this node is its gateway.
 * Thread: the keeper's. */
#ifndef TORC_VRRP_SPEAKER_GATEWAY_H
#define TORC_VRRP_SPEAKER_GATEWAY_H

struct speaker;

/* Looks which translations are to act now, and makes it so.  After every step of a router. */
void gateway_settle(struct speaker *speaker);
/* Everything off; settings are put back. */
void gateway_close(void);

#endif
