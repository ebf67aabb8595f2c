/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal.h - what a worker tells of its sessions: log lines, and messages that were refused.
 * Thread: the worker's. */
#ifndef TORC_NET_JOURNAL_H
#define TORC_NET_JOURNAL_H

#include "net/worker.h"

/* Sets the functions of the environment by which sessions tell it. */
void journal_fill_environment(struct session_environment *env);

#endif
