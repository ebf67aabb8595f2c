/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plan.h - what the keeper must know of a configuration, and no more.
 *
 * The keeper never parses: a planner child reads the files and writes down which sockets to open,
 * where to log, and a few numbers.  The keeper maps that record and checks every offset before it
 * believes one, so that a planner that went wrong can name a wrong socket but cannot make the
 * privileged process read or write where it should not.
 *
 * Pure: bytes in, a view out.  Owns: nothing; a plan points into the bytes that it was read from.
 * Thread: any. */
#ifndef TORC_CORE_PLAN_H
#define TORC_CORE_PLAN_H

#include "core/config/model.h"
#include "core/span.h"

#define PLAN_VERSION 2u

enum {
	PLAN_LISTENER_V6ONLY = 1u << 0,
	PLAN_LISTENER_V4V6 = 1u << 1,
	PLAN_LISTENER_TRANSPARENT = 1u << 2,
};

/* A string of the plan: an offset into its text; 0 is "not set". */
typedef uint32_t plan_text;

struct plan_listener {
	union address address;
	uint32_t address_len;
	int32_t inherited_fd; /* fd@N, else -1 */
	uint32_t backlog;
	uint32_t flags;	  /* PLAN_LISTENER_* */
	uint32_t mode;	  /* unix: permission bits, 0 not set */
	int64_t uid, gid; /* unix: owner, -1 not set */
	plan_text key;	  /* two generations share a socket when their keys are equal */
	plan_text text;	  /* as written: "192.168.25.203:80" */
	plan_text owner;  /* the frontend's name; "GLOBAL" for a stats socket */
	plan_text interface;
};

struct plan_message {
	uint32_t kind; /* enum message_kind */
	plan_text text;
};

struct plan_head {
	uint32_t magic, version;
	uint32_t bytes; /* of the whole plan */
	uint32_t daemon, master_worker;
	uint32_t hard_stop_after_ms, grace_ms;
	uint32_t heartbeat_stale_ms, heartbeat_replace_ms;
	plan_text pidfile, log_tag;
	plan_text host_name; /* log-send-hostname; "" is the machine's, not set is none */
	uint32_t listener_count, log_target_count, message_count;
	uint32_t listeners_at, log_targets_at, messages_at, texts_at, texts_bytes;
	uint32_t routers_at, routers_bytes; /* struct vrrp_config; no bytes: none */
};

struct plan {
	const struct plan_head *head;
	const struct plan_listener *listeners;
	const struct log_target *log_targets;
	const struct plan_message *messages;
	const struct vrrp_config *routers; /* NULL: none */
	const char *texts;
};

/* Writes the plan of a finished tree, or with `usable` false of one with errors: then only its
 * messages.  The bytes live in `arena`. */
struct span plan_write(const struct config *config, bool usable, struct arena *arena);
/* A view of bytes aligned to 8 (a mapping is).  False: not a plan of this version, or damaged. */
bool plan_read(struct plan *plan, const void *bytes, size_t len);
/* The string, or NULL when it is not set. */
static inline const char *plan_string(const struct plan *plan, plan_text text)
{
	return text ? plan->texts + text : NULL;
}

#endif
