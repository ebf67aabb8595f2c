/* SPDX-License-Identifier: GPL-2.0-or-later */
/* command.h - the commands of the stats socket, behind runtime.h's door.
 * Each command is found by its first words, checked against the level, and started: it leaves a
 * writer in runtime->job that makes the answer. */
#ifndef TORC_NET_STATS_COMMAND_H
#define TORC_NET_STATS_COMMAND_H

#include "net/stats/runtime.h"

/* Finds and starts the command in runtime->words. */
void command_start(struct runtime *runtime, struct runtime_context *context);

/* A short answer. */
void command_say(struct runtime *runtime, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The backend or proxy of that name or "#id" or id; NULL: there is none. */
const struct proxy *command_backend(const struct runtime_context *context, const char *name);
const struct proxy *command_proxy(const struct runtime_context *context, const char *name);

/* Writers of the longer answers. */
runtime_writer command_write_info;	    /* info.c */
runtime_writer command_write_servers_state; /* show.c */
runtime_writer command_write_servers_conn;
runtime_writer command_write_backends;
runtime_writer command_write_activity;
runtime_writer command_write_sockets;
runtime_writer command_write_environment;
runtime_writer command_write_routers; /* routers.c */
/* `vrrp release` and `vrrp reclaim`: routers_order.c. */
void command_start_routers_order(
	struct runtime *runtime, struct runtime_context *context, bool release, const char *name);
/* Changes to servers: change.c. */
void command_change_server(struct runtime *runtime, struct runtime_context *context);
void command_change_state(struct runtime *runtime, struct runtime_context *context);
void command_change_weight(struct runtime *runtime, struct runtime_context *context);
void command_change_maxconn(struct runtime *runtime, struct runtime_context *context);
void command_tell_weight(struct runtime *runtime, struct runtime_context *context);
runtime_writer command_write_sessions; /* ask.c */
runtime_writer command_write_clear_maxima;
runtime_writer command_write_errors; /* errors.c */

/* Gives back a question to a worker that is still open. */
void command_stop_asking(struct runtime *runtime, struct runtime_context *context);

#endif
