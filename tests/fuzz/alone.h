/* SPDX-License-Identifier: GPL-2.0-or-later */
/* alone.h - a configuration with nothing around it: no names, no files, no board. */
#ifndef TORC_TESTS_FUZZ_ALONE_H
#define TORC_TESTS_FUZZ_ALONE_H

#include "core/config/config.h"

#include <string.h>

static inline bool alone_look_up(const char *host, sa_family_t family, union address *address)
{
	(void)host, (void)family, (void)address;
	return false;
}

static inline bool alone_read_file(struct arena *arena, const char *path, struct config_file *file)
{
	(void)arena, (void)path, (void)file;
	return false;
}

static const struct config_machine alone = {.look_up = alone_look_up, .read_file = alone_read_file};

/* Fetches that look at the board have none here. */
static inline bool asks_the_board(const char *text)
{
	static const char *const words[] = {
		"_conn", "connslots", "nbsrv", "queue", "srv_", "_rate", NULL};

	for (uint32_t i = 0; words[i]; i++)
		if (strstr(text, words[i]))
			return true;
	return false;
}

#endif
