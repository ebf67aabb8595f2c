/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mounts.c - the first things on a machine that has nothing yet.
 *
 * The root is the kernel's own memory file system, unpacked from the initramfs; no disk is ever
 * mounted to stay.  The settings below are those that a balancer wants of a machine of its own;
 * what belongs to being master (forwarding, redirects) is switched by torc when it becomes one. */
#include "appliance/init/mounts.h"

#include "appliance/init/files.h"
#include "appliance/init/tell.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static const struct {
	const char *kind, *path, *options;
	unsigned long flags;
} mounts[] = {
	{"proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
	{"sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
	{"devtmpfs", "/dev", "mode=755", MS_NOSUID | MS_NOEXEC},
	{"tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV | MS_NOEXEC},
	{"tmpfs", "/run", "mode=755", MS_NOSUID | MS_NODEV},
	{"tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV | MS_NOEXEC},
};

static const struct {
	const char *path, *value;
} settings[] = {
	/* torc's own need: io_uring is allowed (the setting exists from 6.6 on). */
	{"kernel/io_uring_disabled", "0"},
	/* Addresses that are not here yet are bound, as the published set-up asks. */
	{"net/ipv4/ip_nonlocal_bind", "1"},
	{"net/ipv6/ip_nonlocal_bind", "1"},
	/* Many short connections to few servers: many ports, used again soon. */
	{"net/ipv4/ip_local_port_range", "10240 65535"},
	{"net/ipv4/tcp_tw_reuse", "1"},
	{"net/ipv4/tcp_fin_timeout", "15"},
	/* Clients that wait to be accepted. */
	{"net/core/somaxconn", "65535"},
	{"net/ipv4/tcp_max_syn_backlog", "65536"},
	{"net/ipv4/tcp_syncookies", "1"},
	{"net/core/netdev_max_backlog", "16384"},
	/* Descriptors: two a connection. */
	{"fs/nr_open", "4194304"},
	{"fs/file-max", "8388608"},
	/* Address space is reserved for every connection and touched when it comes. */
	{"vm/overcommit_memory", "1"},
	/* One card answers for its own addresses only, and asks with them: two cards in one
	 * network must not answer for each other's. */
	{"net/ipv4/conf/all/arp_ignore", "1"},
	{"net/ipv4/conf/all/arp_announce", "2"},
	/* Loose: a packet may come in where the way back does not lead. */
	{"net/ipv4/conf/all/rp_filter", "2"},
	{"net/ipv4/conf/default/rp_filter", "2"},
	{"net/ipv4/conf/all/promote_secondaries", "1"},
	{"net/ipv4/conf/default/promote_secondaries", "1"},
	/* Addresses and routes are those of the file, whatever a neighbour advertises. */
	{"net/ipv4/conf/all/accept_redirects", "0"},
	{"net/ipv4/conf/default/accept_redirects", "0"},
	{"net/ipv4/conf/all/accept_source_route", "0"},
	{"net/ipv6/conf/all/accept_ra", "0"},
	{"net/ipv6/conf/default/accept_ra", "0"},
	{"net/ipv6/conf/all/autoconf", "0"},
	{"net/ipv6/conf/default/autoconf", "0"},
	{"net/ipv6/conf/all/accept_redirects", "0"},
	{"net/ipv6/conf/default/accept_redirects", "0"},
	/* A kernel that has failed starts anew: the other machine has the address meanwhile. */
	{"kernel/panic", "10"},
	{"kernel/panic_on_oops", "1"},
	/* The console is for looking: no keys, no chatter of the kernel in the picture. */
	{"kernel/sysrq", "0"},
	{"kernel/printk", "2 4 1 2"},
	{"kernel/ctrl-alt-del", "0"},
	/* There is no modprobe: what may be needed is loaded beforehand. */
	{"kernel/modprobe", ""},
	{"kernel/dmesg_restrict", "1"},
	{"kernel/kptr_restrict", "2"},
	{"kernel/unprivileged_bpf_disabled", "1"},
};

void mounts_make(void)
{
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].path, 0755);
		if (mount(mounts[i].kind, mounts[i].path, mounts[i].kind, mounts[i].flags,
			    mounts[i].options) < 0 &&
			errno != EBUSY)
			tell(LOG_ERR, "%s: %s", mounts[i].path, strerror(errno));
	}
	files_make_folder("/etc/torc", 0700);
	files_make_folder("/var/lib", 0755);
	files_make_folder("/run/torc", 0755);
	/* Where the sockets of most files are: torc, asked about them, need not miss it. */
	files_make_folder("/run/haproxy", 0755);
}

void mounts_apply_settings(void)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		char path[128], value[64];
		int error;

		/* With a line feed, so that an empty value can be written, too. */
		snprintf(path, sizeof(path), "/proc/sys/%s", settings[i].path);
		snprintf(value, sizeof(value), "%s\n", settings[i].value);
		error = files_set(path, value);
		if (error && error != -ENOENT)
			tell(LOG_WARNING, "%s: %s", settings[i].path, strerror(-error));
	}
}
