/* SPDX-License-Identifier: GPL-2.0-or-later */
/* drive.h - how a worker drives its sessions: completions become events, actions become
 * operations.  Private to the worker.  Thread: the worker's. */
#ifndef TORC_NET_DRIVE_H
#define TORC_NET_DRIVE_H

#include "net/worker.h"

void drive_fill_environment(struct session_environment *env);
void drive_accepted(struct acceptor *acceptor, int fd, const struct sockaddr_storage *address);
void drive_drain(struct worker *worker);
/* Sessions whose clients came to this address. */
void drive_moved(struct worker *worker, const struct moved_address *moved);
/* Ends the sessions on servers that were marked down and say so (on-marked-down
 * shutdown-sessions).  Looks only when the board's epoch has moved. */
void drive_shut_marked_down(struct worker *worker);
/* Sessions that were called out of a queue, and lines whose servers came or went.  Comes last
 * before the loop sleeps. */
void drive_queues(struct worker *worker);
/* For `show sess`. */
uint32_t drive_describe(
	void *owner, uint64_t from, struct session_row *rows, uint32_t capacity, uint64_t *next);

#endif
