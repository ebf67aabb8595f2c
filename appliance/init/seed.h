/* SPDX-License-Identifier: GPL-2.0-or-later */
/* seed.h - where the configuration comes from, and how it gets to /etc/torc.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_SEED_H
#define TORC_APPLIANCE_INIT_SEED_H

#include <stdbool.h>
#include <stdint.h>

#define SEED_FOLDER	 "/etc/torc"
#define SEED_NAME_BYTES	 96
#define SEED_VOLUMES_MAX 16
#define SEED_FILES	 3 /* haproxy.cfg, keepalived.conf, torc.conf */

enum seed_file { SEED_HAPROXY, SEED_KEEPALIVED, SEED_TORC };
extern const char *const seed_file_names[SEED_FILES];

struct seed_volume {
	char device[64]; /* "vdb1" */
	char label[33];
	uint32_t kind; /* enum volume_kind */
	uint32_t rank; /* volume_rank(): the lower the earlier */
};

/* The volumes that may hold a configuration, in the order in which they are to be tried. */
uint32_t seed_find(struct seed_volume volumes[SEED_VOLUMES_MAX]);

/* Empties /etc/torc and copies what the volume holds there.  The number of files found, or -errno.
 * The volume is not mounted afterwards. */
int seed_take_volume(const struct seed_volume *volume);

/* The same with the files of the kernel's command line (see seed.c); 0 where there are none. */
int seed_take_cmdline(const char *cmdline);
/* Where /etc/torc holds no torc.conf: makes one of the command line's words, if there are any. */
void seed_add_machine(const char *cmdline);

/* True: /etc/torc holds this file. */
bool seed_has(enum seed_file file);
void seed_path(enum seed_file file, char path[64]);

#endif
