/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine.h - what this machine is to be: found, checked, made so.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_MACHINE_H
#define TORC_APPLIANCE_INIT_MACHINE_H

#include "appliance/init/facts.h"

enum machine_condition {
	MACHINE_SEARCHING,
	MACHINE_SERVING,      /* all files are good and used */
	MACHINE_UNCONFIGURED, /* no valid files: no virtual address is taken */
};

struct machine {
	enum machine_condition condition;
	struct facts facts;
	char source[128]; /* "/dev/vdb (CIDATA)" */
	char cmdline[4096];
};

/* The kernel's command line. */
void machine_open(void);
const struct machine *machine_state(void);
/* Waits for disks as long as it makes sense, then uses the first valid configuration. */
void machine_configure(void);
/* A disk has come: where nothing was valid, looks again. */
void machine_disk_came(void);
/* A card has come. */
void machine_card_came(void);

#endif
