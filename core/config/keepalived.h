/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived.h - keepalived's language: which files speak it, and what they say.
 *
 * keepalived.conf and torc.conf are read together: one may speak of what the other defines.
 * Thread: the one that reads the configuration.  Errors: messages of the tree. */
#ifndef TORC_CORE_CONFIG_KEEPALIVED_H
#define TORC_CORE_CONFIG_KEEPALIVED_H

#include "core/config/config.h"
#include <stdio.h>

struct vrrp_config;

/* Does the first word of this file say that it speaks keepalived's language? */
bool keepalived_is_language(const struct config_file *file);
/* Reads those files of the source that do, and hangs the finished tables into the tree; without
 * such a file, or with errors in one, config->vrrp stays NULL.  To be called when the proxies are
 * complete: track_backend names one. */
void keepalived_load(struct config *config, struct config_source *source);

/* The normal form: every effective setting, parses back to itself. */
void keepalived_print(const struct vrrp_config *config, FILE *out);
/* The tables of docs/KEEPALIVED.md. */
void keepalived_print_words(FILE *out);

#endif
