/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vrrp.h - the front door of the virtual routers: what the keeper calls, and the guard's life.
 *
 * Thread: the keeper's; the guard is a process of its own. */
#ifndef TORC_VRRP_VRRP_H
#define TORC_VRRP_VRRP_H

#include "core/routers.h"

/* The functions of struct keeper_rooms, see there. */
int vrrp_open(const struct routers_start *start);
void vrrp_reload(const struct routers_start *start);
void vrrp_tell_serving(bool serving);
bool vrrp_leave(enum routers_end how, routers_gone *gone, void *owner);
void vrrp_order(enum routers_order order, const char *name);
int vrrp_remember(void);
int vrrp_page(void);
void vrrp_describe(void);
void vrrp_close(void);

/* The whole life of the guard: it waits for the keeper's death and takes away what that one held.
 * Its exit code. */
int vrrp_guard_main(int channel, int keeper);

#endif
