/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lend.h - what rules borrow of their worker.  Thread: the worker's. */
#ifndef TORC_NET_LEND_H
#define TORC_NET_LEND_H

#include "net/worker.h"

/* Sets the functions of the environment by which sessions ask for it. */
void lend_fill_environment(struct session_environment *env);

#endif
