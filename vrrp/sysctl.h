/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sysctl.h - settings of the kernel that a master needs, and what they were before.
 * Source: the kernel's Documentation/networking/ip-sysctl, nf_conntrack-sysctl.
 * Owns:   nothing.  The memory is flat, without pointers: the caller may keep it in a file or in
 *         shared memory, and a process that starts after a crash puts back from it.
 * Thread: the speaker's, at transitions.  Files under /proc answer at once. */
#ifndef TORC_VRRP_SYSCTL_H
#define TORC_VRRP_SYSCTL_H

#include "vrrp/netlink.h"

#define SYSCTL_PATH_BYTES  80
#define SYSCTL_VALUE_BYTES 16
#define SYSCTL_CHANGES_MAX 256

enum sysctl_rule {
	SYSCTL_EXACTLY,
	SYSCTL_AT_LEAST, /* a larger number that is there stays */
};

struct sysctl_wish {
	/* Under /proc/sys; "%s" in it is the interface's place: "net/ipv4/conf/%s/rp_filter". */
	const char *path;
	enum sysctl_rule rule;
	uint32_t value;
};

/* Fixed lists, ended by a path of NULL.  The first is for the machine, the others are applied to
 * one interface each. */
extern const struct sysctl_wish sysctl_gateway[];	    /* forwarding, redirects */
extern const struct sysctl_wish sysctl_gateway_interface[]; /* the same, and loose rp_filter */
extern const struct sysctl_wish sysctl_forward_ipv6[];
extern const struct sysctl_wish sysctl_tracking[];    /* nf_conntrack */
extern const struct sysctl_wish sysctl_vmac[];	      /* use_vmac: the macvlan */
extern const struct sysctl_wish sysctl_vmac_parent[]; /* and what it stands on */
extern const struct sysctl_wish sysctl_promote[];     /* promote_secondaries */
extern const struct sysctl_wish sysctl_hop[];	      /* a former master that serves on */

struct sysctl_change {
	char path[SYSCTL_PATH_BYTES];
	char before[SYSCTL_VALUE_BYTES], after[SYSCTL_VALUE_BYTES];
};

/* All zero: nothing was changed. */
struct sysctl_memory {
	uint32_t count;
	struct sysctl_change changes[SYSCTL_CHANGES_MAX];
};

/* Sets what a list wishes and remembers what it changed; `interface` may be NULL where no path
 * asks for one.  Goes on after a failure.  0, or the first -errno with the path in `failed` (of
 * SYSCTL_PATH_BYTES): -ENOENT where the kernel has no such setting, -EROFS in many containers,
 * -ENOSPC when the memory is full. */
int sysctl_apply(struct sysctl_memory *memory, const struct sysctl_wish *wishes,
	const char *interface, char *failed);
/* Puts back, the last change first, and empties the memory.  A setting that has another value by
 * now than the one we gave it belongs to somebody else and stays.  0 or the first -errno; an
 * interface that is gone took its settings with it, which is no failure. */
int sysctl_restore(struct sysctl_memory *memory);
/* What this host's own connections are made from; both 0 where that cannot be read. */
void sysctl_local_ports(uint16_t *first, uint16_t *last);
/* Fit to be restored from: counts and texts within bounds, paths below net/. */
bool sysctl_memory_is_sound(const struct sysctl_memory *memory);

#endif
