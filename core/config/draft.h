/* SPDX-License-Identifier: GPL-2.0-or-later */
/* draft.h - a tree in the making: what the readers of the language collect, section by section.
 *
 * The tree of model.h holds arrays and finished values; a file is read line by line, its sections
 * inherit from earlier ones and point at later ones.  So every section is first a draft with
 * lists and with names; complete.c turns the drafts into the tree.
 * Everything lives in the tree's arena. */
#ifndef TORC_CORE_CONFIG_DRAFT_H
#define TORC_CORE_CONFIG_DRAFT_H

#include "core/config/model.h"
#include "core/config/names.h"

struct log_draft {
	struct log_target target;
	bool global; /* `log global`: stands for the global section's list */
	struct log_draft *next;
};

struct log_list {
	struct log_draft *first, **tail;
	uint32_t count;
};

struct listener_draft {
	struct listener listener;
	struct listener_draft *next;
};

struct server_draft {
	struct server server;
	struct server_draft *next;
};

/* One section: global is apart; this is defaults, frontend, backend, listen. */
struct section_draft {
	struct proxy proxy;
	const char *title; /* "frontend", "backend", "proxy", "defaults": for messages */
	uint16_t where;	   /* IN_DEFAULTS, IN_FRONTEND, IN_BACKEND */
	struct log_list logs;
	struct listener_draft *listeners, **listeners_tail;
	uint32_t listener_count;
	struct server_draft *servers, **servers_tail;
	uint32_t server_count;
	struct server default_server;
	struct names server_names;
	struct names ids; /* of servers and of listeners, forced ones */
	bool mode_given;
	bool orphan;	/* its `from` could not be followed */
	bool stats_own; /* proxy.stats is this section's, no longer an inherited one */
	bool check_own; /* the same of what `http-check` says */
	struct check_expect **expects_tail;
	struct stats_user **stats_users_tail;
	struct stats_scope **stats_scopes_tail;
	struct place namesake;	/* defaults: a later one of the same name */
	uint16_t ruled;		/* defaults with rules: which kind of section has them, IN_* */
	struct proxy *finished; /* its place in the tree, once that is being built */
	struct section_draft *next;
};

struct stats_socket_draft {
	struct stats_socket socket;
	struct listener listener;
	struct stats_socket_draft *next;
};

#endif
