/* SPDX-License-Identifier: GPL-2.0-or-later */
/* worker.h - the hands of the data path: one ring, one thread, and every session on it.
 *
 * Completions come in, become events of a session, and the actions of the step become
 * operations.  A worker owns its connections, sessions, timers, buffers, pipes and counters
 * outright; it shares with the others the listening sockets, the places of admission and the
 * round-robin positions.
 * Thread: opened and closed by the balancer's main thread, run by its own; the requests below
 * (drain, pause, stop) may come from any thread. */
#ifndef TORC_NET_WORKER_H
#define TORC_NET_WORKER_H

#include "core/log.h"
#include "net/http/session.h"
#include "net/inspect.h"
#include "net/io/acceptor.h"
#include "net/io/conn.h"
#include "net/io/relay.h"
#include "net/kept.h"
#include "net/stats/stats.h"
#include <pthread.h>

#define WORKER_LOG_LINE_BYTES 8192

struct worker_options {
	const struct config *config;
	struct board *board;
	const int *listen_fds; /* by listener.index */
	uint32_t index;
	uint32_t maxconn;
	uint32_t pid; /* in log lines */
	int core;     /* to pin to; -1: none */
	struct admission *admission;
	struct balance_shared *positions; /* by proxy index */
	struct load *load;
	struct queue *queues;	     /* by proxy index */
	struct queue_inbox *inboxes; /* by worker */
	void (*wake)(void *owner, uint32_t worker);
	void *owner;
	struct inspector *inspector;
	const struct stats_context *stats;
	bool own_descriptors;
	struct arena *arena; /* for what is made once */
};

#define MOVED_MAX 64

/* An address that is another machine's now, and whose clients we serve for a little while. */
struct moved_address {
	uint8_t family, bytes[16];
	uint32_t idle_ms; /* connections without a request end within that time */
};

struct worker {
	struct loop loop;
	struct buffers buffers;
	struct conn_io io;
	struct pipes pipes;
	struct kept kept;
	struct pool sessions, lines, unique_ids, relays, cursors, captures;
	struct list active; /* every session */
	struct session_environment env;
	const struct config *config;
	struct board *board;
	struct worker_cell *cell;
	struct acceptor *acceptors;
	uint32_t acceptor_count;
	struct admission *admission;
	struct log_sink *sinks; /* distinct lists of targets */
	uint32_t sink_count;
	struct log_sink **sink_of; /* by proxy index */
	struct inspector *inspector;
	struct inspect_cell *inspect;
	struct stats_context stats;
	char *log_line;
	char *log_structured;  /* as long */
	uint64_t *line_counts; /* by proxy index: lines of its log-format */
	uint32_t index;
	uint32_t next_session_id;
	uint32_t source_turn; /* of the ports that a `source` may choose from */
	int core;
	pthread_t thread;
	bool started;
	_Atomic bool stop, drain, pause;
	/* Written by the balancer's main thread, read here: the n-th is at n % MOVED_MAX. */
	struct moved_address moved[MOVED_MAX];
	_Atomic uint32_t moved_told, moved_seen;
	_Atomic bool quiet;		/* drained, and every accept is home */
	_Atomic uint32_t session_count; /* read by the main thread: idle? */
	bool draining, paused;
	bool shuts_marked_down; /* some server says on-marked-down shutdown-sessions */
	uint32_t epoch_seen, epoch_queued;
	void (*wake_other)(void *owner, uint32_t worker);
	void *owner;
	uint64_t started_ms, swept_ms;
	/* With a table of its own: what it has beyond those that were there at its start; else 0.
	 */
	bool own_descriptors;
	uint32_t descriptors;
};

int worker_open(struct worker *worker, const struct worker_options *options);
void worker_close(struct worker *worker);
int worker_start(struct worker *worker);
void worker_drain(struct worker *worker);
/* From one thread.  More than MOVED_MAX that the worker has not come to yet are forgotten. */
void worker_moved(struct worker *worker, const struct moved_address *moved);
void worker_pause(struct worker *worker, bool paused);
/* Ends the thread; its sessions are cut. */
void worker_stop(struct worker *worker);
bool worker_is_idle(const struct worker *worker);

#endif
