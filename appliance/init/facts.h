/* SPDX-License-Identifier: GPL-2.0-or-later */
/* facts.h - what `torc --appliance` answers, read into one object.
 * Source: core/config/torc_appliance.h.  Pure. */
#ifndef TORC_APPLIANCE_INIT_FACTS_H
#define TORC_APPLIANCE_INIT_FACTS_H

#include "core/config/torc_appliance.h"

#define FACTS_NAMES_MAX	  16
#define FACTS_NAME_BYTES  33 /* of a user: what utmp holds, as useradd has it */
#define FACTS_FOLDERS_MAX 32
#define FACTS_PATH_BYTES  256

struct facts {
	struct appliance appliance;
	char users[FACTS_NAMES_MAX][FACTS_NAME_BYTES];
	char groups[FACTS_NAMES_MAX][FACTS_NAME_BYTES];
	char folders[FACTS_FOLDERS_MAX][FACTS_PATH_BYTES];
	uint32_t user_count, group_count, folder_count;
	bool nat; /* addresses are translated */
	bool log; /* torc logs to somebody, not to standard error alone */
};

/* Reads an answer.  True: it is whole and makes sense; else `facts` is empty. */
bool facts_read(struct facts *facts, const char *text, size_t len);

#endif
