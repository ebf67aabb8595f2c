/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crash.h - what a dying balancer leaves behind: where it was and what it worked on.
 *
 * The handler writes the board's crash cell and lets the signal take its course (and the kernel
 * its core file, where one is wanted); the keeper, which has the symbols, reads the cell and
 * writes the lines.
 * Thread: each thread of the balancer calls crash_watch_thread() once. */
#ifndef TORC_CORE_CRASH_H
#define TORC_CORE_CRASH_H

#include "core/board.h"
#include "core/span.h"

/* What the calling thread has at hand, normally the head of a message: set it before the work and
 * clear it after.  It must stay readable until then. */
extern _Thread_local struct span crash_work;

/* From now on fatal signals fill this cell.  The calling thread is watched. */
void crash_install(struct crash_cell *cell);
/* Gives the calling thread a stack for its handler, so that a stack that ran over can be told. */
void crash_watch_thread(void);

/* Copies what was worked on with the values of Authorization, Proxy-Authorization, Cookie and
 * Set-Cookie replaced by "***".  Safe in a signal handler.  Returns the bytes written. */
uint32_t crash_mask(char *out, uint32_t capacity, struct span work);

/* Calls `line` for each line of a complete record.  `image` is an open descriptor of the program
 * that died when its symbols can be read there, else -1. */
void crash_describe(const struct crash_cell *cell, int image,
	void (*line)(void *context, const char *text), void *context);

#endif
