/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_remains.h - what a keeper holds in the kernel, in memory that its guard shares.
 *
 * The keeper writes: first what will be held, then the kernel; and the other way round when it
 * gives up.  So whatever the moment of its death, nothing is there that does not stand here.  The
 * guard reads once the keeper is gone.
 *
 * The keeper holds `life` for as long as it lives: a robust lock, which the kernel hands on when it
 * takes the memory of a dying process apart.  That is long before its descriptors are closed and
 * its pidfd tells of the end.
 *
 * Flat: no pointers. */
#ifndef TORC_VRRP_SPEAKER_REMAINS_H
#define TORC_VRRP_SPEAKER_REMAINS_H

#include "core/config/vrrp_model.h"
#include "vrrp/sysctl.h"
#include <pthread.h>
#include <stdatomic.h>

#define REMAINS_MAGIC 0x72637274u /* "trcr" */

/* Links last: what is on one goes with it. */
enum remain_kind { REMAIN_ADDRESS, REMAIN_ROUTE, REMAIN_RULE, REMAIN_HOP, REMAIN_LINK };

struct remain {
	_Atomic uint32_t held;
	uint32_t kind;
	uint32_t index; /* of the interface */
	union {
		struct vrrp_address address;
		struct vrrp_route route; /* of a hop, too */
		struct vrrp_rule rule;
	};
};

struct remains {
	uint32_t magic, count;
	pthread_mutex_t life;
	struct sysctl_memory settings; /* of the gateway: while it acts */
	struct sysctl_memory lasting;  /* of interfaces: while we live */
	struct sysctl_memory hopping;  /* of interfaces: while we serve on after a move */
	struct remain rows[];
};

/* The keeper's thread takes it, and gives it back before it lets go of the memory. */
int remains_hold(struct remains *remains);
void remains_release(struct remains *remains);

#endif
