/* SPDX-License-Identifier: GPL-2.0-or-later */
/* accounts.h - users, groups and folders that the files name and nobody else would make.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_ACCOUNTS_H
#define TORC_APPLIANCE_INIT_ACCOUNTS_H

#include "appliance/init/facts.h"

#define ACCOUNTS_BYTES 4096

/* /etc/passwd and /etc/group as texts.  A name made of digits is a number, and needs no line.
 * Pure. */
void accounts_render(
	const struct facts *facts, char passwd[ACCOUNTS_BYTES], char group[ACCOUNTS_BYTES]);
/* Writes both and makes the folders. */
void accounts_make(const struct facts *facts);

#endif
