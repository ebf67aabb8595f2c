/* SPDX-License-Identifier: GPL-2.0-or-later */
/* turn.h - what pid 1 waits for: descriptors, each with a function.
 *
 * Not core/loop.h: that one is a ring, and a machine whose kernel forbids io_uring must still say
 * so on its console. Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_TURN_H
#define TORC_APPLIANCE_INIT_TURN_H

#include <stdint.h>
#include <sys/epoll.h>

#define TURN_FDS_MAX 256 /* the highest descriptor that is watched, plus 1 */

void turn_open(void);
/* Calls `ready` whenever one of EPOLLIN, EPOLLOUT, or an error, is there.  Again for the same
 * descriptor: changes what is waited for.  0 or -errno. */
int turn_watch(int fd, uint32_t events, void (*ready)(int fd, uint32_t events));
/* Before the descriptor is closed. */
void turn_forget(int fd);
/* Waits for at most limit_ms and calls what is ready. */
void turn_wait(uint32_t limit_ms);

#endif
