/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_gateway.h - the inner network's way out: on while this node is its gateway.
 * Thread: the keeper's. */
#ifndef TORC_VRRP_SPEAKER_GATEWAY_H
#define TORC_VRRP_SPEAKER_GATEWAY_H

#include "vrrp/netlink_socket.h"

struct speaker;

/* Looks which translations are to act now, and makes it so.  After every step of a router. */
void gateway_settle(struct speaker *speaker);
/* no_accept: the table that this configuration asks for, or none. */
void gateway_refuse(struct speaker *speaker);
/* Every SPEAKER_TICK_MS. */
void gateway_tick(void);
/* The socket that owns every table of ours, opened if need be.  NULL: that cannot be. */
struct netlink_socket *gateway_socket(void);
/* Everything off. */
void gateway_close(void);

/* A descriptor of the socket that owns the tables, open over exec, for the next program; -1: there
 * are none. */
int gateway_hand_over(void);
/* There was no exec: that descriptor is closed.  Harmless when there is none. */
void gateway_take_back(void);
/* The descriptor that the program before handed over, -1 none; with its table. */
void gateway_take_over(int fd);

#endif
