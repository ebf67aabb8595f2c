/* SPDX-License-Identifier: GPL-2.0-or-later */
/* complete.h - the last two steps of reading: the tree is built, then judged as a whole. */
#ifndef TORC_CORE_CONFIG_COMPLETE_H
#define TORC_CORE_CONFIG_COMPLETE_H

#include "core/config/reader.h"

/* Turns the drafts into the tree and checks it. */
void complete(struct reader *reader);

/* What can only be seen on the finished tree: errors, warnings, advice. */
void check(struct reader *reader);
void check_missing_backend(struct reader *reader, const struct proxy *proxy);
/* What messages call it: "frontend", "backend", "proxy" for both. */
const char *check_title(const struct proxy *proxy);

/* mode.c: switches off what has nothing to say in the proxy's mode, with a warning each. */
void mode_complete(struct reader *reader, struct proxy *proxy);
/* Do the modes of both ends of a route fit? */
void mode_check_route(
	struct reader *reader, const struct proxy *proxy, const struct proxy *backend);

#endif
