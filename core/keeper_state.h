/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper_state.h - what the parts of the keeper share: keeper.c (life and signals), generation.c
 * (balancers), reload.c (the next configuration), upgrade.c (the next program).  Nobody else
 * includes it.
 *
 * Ways of a balancer:
 *
 *               READY            predecessor QUIET         newer generation READY
 *   STARTING ----------> READY ---------------------> SERVING ----------------------> DRAINING
 *      |                   |                             |                               |
 *      +-------------------+-------- killed -------------+-------> DYING <---------------+
 *
 * and from each of them FREE once the process was reaped.  At most one is STARTING or READY, at
 * most one SERVING. */
#ifndef TORC_CORE_KEEPER_STATE_H
#define TORC_CORE_KEEPER_STATE_H

#include "core/backoff.h"
#include "core/board.h"
#include "core/channel.h"
#include "core/child.h"
#include "core/handover.h"
#include "core/heartbeat.h"
#include "core/loop.h"
#include "core/options.h"
#include "core/plan.h"
#include "core/planner.h"
#include "core/routers.h"
#include "core/sockets.h"
#include <limits.h>
#include <sys/signalfd.h>

#define GENERATION_SLOTS 8 /* two alive, and killed ones until they are reaped */
#define KEPT_FDS_MAX	 16

struct keeper;

enum generation_state {
	GENERATION_FREE,
	GENERATION_STARTING,
	GENERATION_READY,
	GENERATION_SERVING,
	GENERATION_DRAINING,
	GENERATION_DYING, /* SIGKILL was sent */
};

struct generation {
	struct keeper *keeper;
	enum generation_state state;
	uint32_t number;
	struct child child;
	bool of_reload; /* runs the next service, not the one that has been running */
	bool own_image; /* of this very program: its symbols are ours */
	bool has_board;
	bool quiet;  /* draining: it no longer probes nor accepts */
	bool served; /* got its GO */
	bool gone;   /* its process was reaped */
	int status;  /* of the reaped process */
	bool failed; /* said so itself; its message is on the log */
	struct board board;
	uint64_t started_ms, go_ms, stop_at_ms;
	struct heartbeat_judge judge;
	struct op death, word; /* the pidfd and the channel are watched */
	bool death_armed, word_armed;
	struct channel_inbox inbox;
	struct timer limit; /* to be ready, to be quiet, to be gone */
};

/* What a balancer of this service needs to run, and what the keeper needs to watch it. */
struct service {
	int snapshot; /* -1: there is no service yet */
	int *listen_fds;
	uint32_t listen_count;
	struct heartbeat_limits heartbeat;
	uint32_t hard_stop_after_ms, grace_ms;
	struct plan plan; /* head NULL: taken over from an earlier keeper */
	void *plan_bytes;
	size_t plan_len;
};

enum keeper_phase {
	KEEPER_STARTING,
	KEEPER_RUNNING,
	KEEPER_FINISHING, /* serves until its sessions have ended */
	KEEPER_STOPPING,
};

enum reload_phase {
	RELOAD_NONE,
	RELOAD_PLANNING, /* a planner is at work */
	RELOAD_BINDING,	 /* an address is still taken: tried again */
	RELOAD_WAITING,	 /* a third balancer must not start while two are alive */
	RELOAD_STARTING, /* the next balancer is on its way */
};

struct reload {
	enum reload_phase phase;
	bool upgrade;		   /* SIGUSR2: with the program as it is on disk now */
	bool again, again_upgrade; /* asked for meanwhile */
	struct child planner;
	int image; /* the program that plans; -1: our own */
	struct op word;
	bool word_armed;
	struct channel_inbox inbox;
	struct planner_answer answer;
	struct service next;
	uint64_t give_up_ms; /* binding or waiting */
	struct timer timer;
};

struct keeper {
	const struct options *options;
	const struct keeper_rooms *rooms;
	char **argv;
	struct loop loop;
	enum keeper_phase phase;
	bool done;
	int exit_code;
	int ready_pipe; /* to the parent that waits in the foreground; -1 none */
	bool silent;	/* standard output and error are let go */
	bool paused;
	bool announced; /* the start was reported to all who wait for it */
	char *pidfile;
	int image; /* this program, open */
	char image_path[PATH_MAX];
	int signals;
	struct op signal_op;
	struct signalfd_siginfo signal;
	struct sockets sockets;
	struct service service;
	struct generation generations[GENERATION_SLOTS];
	pid_t unreaped[GENERATION_SLOTS]; /* 0: none */
	struct timer reap;
	uint32_t last_number;
	struct board last_board; /* of the last balancer that served and is gone */
	bool has_last_board;
	uint32_t last_board_number;
	struct backoff backoff;
	struct timer respawn, heartbeat, stop;
	struct reload reload;
	uint64_t unserved_since_ms; /* 0: somebody serves */
	int leave_code;		    /* of the stop that waits for the virtual routers; < 0: none */
	bool drained;		    /* FINISHING: the balancers have been told */
	uint64_t serve_until_ms;    /* FINISHING: clients still reach us; 0: as long as they like */
};

/* keeper.c */
/* Before the first balancer serves, so that the file is there when somebody is answered. */
void keeper_write_pidfile(struct keeper *keeper);
void keeper_announce(struct keeper *keeper); /* the service runs: tell all who wait */
void keeper_end(struct keeper *keeper, int exit_code);
/* The last balancer is gone, and no other will come. */
void keeper_finish(struct keeper *keeper);
/* What the rooms above get of this service. */
struct routers_start keeper_routers_of(struct keeper *keeper, const struct service *service);
/* Tells the virtual routers whether clients are served. */
void keeper_tell_serving(struct keeper *keeper);
void keeper_status(const struct keeper *keeper);

/* generation.c */
/* Starts the next balancer of this service.  0, or -errno with a message on the log. */
int generation_start(struct keeper *keeper, const struct service *service);
struct generation *generation_in(struct keeper *keeper, enum generation_state state);
struct generation *generation_coming(struct keeper *keeper);
uint32_t generation_alive(const struct keeper *keeper);
/* Watches a balancer that an earlier keeper started. */
void generation_adopt(struct keeper *keeper, const struct handover_balancer *balancer);
void generation_drain(struct generation *generation, const struct generation *successor);
void generation_kill(struct generation *generation, int signal);
/* The dead leave the process table.  Before an exec, which forgets them, at once. */
void generation_reap(struct keeper *keeper);
void generation_reap_due(struct timer *timer); /* of keeper.reap */
void generation_tell(struct generation *generation, enum channel_type type);
void generation_look_at_heartbeats(struct keeper *keeper);
/* The serving balancer is gone: the next one now, or after the pause that is due. */
void generation_replace(struct keeper *keeper);

/* reload_file.c: the files begin to be read, and have been. */
void reload_file_begin(const struct keeper *keeper);
void reload_file_end(const struct keeper *keeper);

/* reload.c */
void reload_ask(struct keeper *keeper, bool upgrade);
void reload_started(struct keeper *keeper); /* the next balancer serves */
void reload_failed(struct keeper *keeper, const char *why);
/* A balancer has come or gone: what waited for it goes on. */
void reload_continue(struct keeper *keeper);
void reload_cancel(struct keeper *keeper); /* the service ends */
/* Runs a planner and waits for it: the first start. */
void reload_plan_first(struct keeper *keeper, struct planner_answer *answer);
/* A service out of a planner's answer, whose descriptors it takes over.  False: damaged. */
bool service_open(struct service *service, struct planner_answer *answer);
void service_close(struct service *service);
/* Where messages go from now on. */
void service_log_there(const struct service *service);
/* Goes on with what another program has planned; takes the descriptors over. */
void reload_go_on(struct keeper *keeper, struct planner_answer *answer);
/* Maps a sealed file.  NULL when that cannot be done. */
void *service_map(int fd, size_t *len);

/* upgrade.c */
/* Executes the program that has planned.  Returns, false, only when that was not possible. */
bool upgrade_execute(struct keeper *keeper);
/* Continues what an earlier keeper began; `note` is the number of its notes' descriptor. */
bool upgrade_take_over(struct keeper *keeper, const char *note);

#endif
