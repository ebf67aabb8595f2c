/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balancer.h - torc, the program: asked what it thinks of the files, started, watched, stopped.
 * Thread: pid 1 has one. */
#ifndef TORC_APPLIANCE_INIT_BALANCER_H
#define TORC_APPLIANCE_INIT_BALANCER_H

#include "appliance/init/facts.h"
#include <sys/types.h>

#define BALANCER_SOCKET "/run/torc/admin.sock"

enum balancer_files {
	BALANCER_ALL,	      /* those of /etc/torc, and ours */
	BALANCER_MACHINE_ONLY /* ours: a statistics page where an address for it is known */
};

/* Writes our own part of the configuration: a stats socket for the console, and the management
 * page. */
void balancer_write_own(const struct appliance *appliance);

enum balancer_verdict {
	BALANCER_GOOD,	  /* facts are those of all files */
	BALANCER_PARTLY,  /* errors; facts are those of the block `appliance` */
	BALANCER_NOTHING, /* not even that */
};

/* Has torc check the files of /etc/torc, as they are, with our own.  What it says goes into the
 * journal.  Waits. */
enum balancer_saying { BALANCER_SAYS_ALL, BALANCER_SAYS_NOTHING };
enum balancer_verdict balancer_ask(struct facts *facts, enum balancer_saying saying);

/* Starts torc, and again whenever it ends, with pauses when it ends soon.  `logs`: it has somebody
 * to log to, so that what it prints is said already. */
void balancer_start(enum balancer_files files, bool logs);
/* A planned stop; `at_once`: the service must be gone now. */
void balancer_stop(void);
void balancer_kill(void);
bool balancer_is_running(void);
pid_t balancer_pid(void);
uint64_t balancer_started_ms(void);
/* Standard error is only listened to until torc's own log works. */
void balancer_listen_no_more(void);

/* A child has ended; false: not this one. */
bool balancer_reaped(pid_t pid, int status);
void balancer_tick(uint64_t now_ms);

#endif
