/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_include.h - `include PATTERN` and its kin: which files that means.
 * Thread: the one that reads the configuration. */
#ifndef TORC_CORE_CONFIG_KEEPALIVED_INCLUDE_H
#define TORC_CORE_CONFIG_KEEPALIVED_INCLUDE_H

#include "core/config/config.h"

struct keepalived_text;

struct keepalived_include {
	const char *word;    /* include, includer, includem, includew, includeb or includea */
	const char *pattern; /* as written */
	uint32_t check;	     /* KEEPALIVED_INCLUDE_*, with what include_check says */
};

/* Is this line an include?  Its pattern lives in the arena. */
bool keepalived_is_include(
	struct keepalived_text *text, const char *line, struct keepalived_include *include);
/* A file of the machine's, whole, in the arena; false: errno says why not. */
bool keepalived_read_file(struct keepalived_text *text, const char *path, struct config_file *file);
/* Reads the files, complaining about those that cannot be had; relative patterns begin at
 * `folder` ("" or with a slash at its end).  Returns how many *files there are. */
uint32_t keepalived_include_find(struct keepalived_text *text,
	const struct keepalived_include *include, const char *folder,
	const struct config_file **files);

#endif
