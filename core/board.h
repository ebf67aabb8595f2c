/* SPDX-License-Identifier: GPL-2.0-or-later */
/* board.h - what others may see: counters, verdicts and heartbeats in shared memory.
 *
 * One board per balancer generation, a memfd made by the keeper's side of the start and mapped by
 * the keeper and by the balancers.  It outlives its balancer: the next generation maps it, starts
 * from its verdicts and goes on counting from its totals, matched by backend and server name,
 * never by position.
 *
 * One writer per cell:
 *   traffic[worker][cell]  that worker (gauges among them die with their generation)
 *   worker[worker]         that worker
 *   verdict[server]        the prober of the generation that probes
 *   peak[cell]             the admin thread (maxima of sums and of rates)
 *   carried[cell]          the admin thread (totals of earlier generations)
 *   header.closed          the keeper, once the generation's process is gone
 * Readers add up.  All counters are relaxed 64-bit words; a verdict is kept in two copies of which
 * the writer changes the one that nobody reads, so that a writer killed in the middle of a word
 * costs what it was about to say and not what it had said.
 *
 * Nobody trusts a board that somebody else writes: the numbers that bound an array are copied into
 * struct board and checked against the file's sealed size when it is mapped, and are never read
 * from shared memory again.  Use board->cell_count, never header->cells.
 *
 * Thread: any; the writer as said. */
#ifndef TORC_CORE_BOARD_H
#define TORC_CORE_BOARD_H

#include "core/config/model.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOARD_MAGIC   0x62637274u /* "trcb" */
#define BOARD_VERSION 2u	  /* of the layout; a board of another version starts afresh */

/* A 64-bit word with one writer.  Atomic for the readers' sake; adding needs no lock prefix. */
typedef _Atomic uint64_t board_word;

static inline uint64_t board_get(const board_word *word)
{
	return atomic_load_explicit((board_word *)(uintptr_t)word, memory_order_relaxed);
}
static inline void board_set(board_word *word, uint64_t value)
{
	atomic_store_explicit(word, value, memory_order_relaxed);
}
static inline void board_add(board_word *word, uint64_t more)
{
	board_set(word, board_get(word) + more);
}
static inline void board_sub(board_word *word, uint64_t less)
{
	board_set(word, board_get(word) - less);
}

/* Events per second: the current second's and the last whole second's. */
struct board_rate {
	board_word second; /* CLOCK_MONOTONIC seconds of `current` */
	board_word current, previous;
};
/* Counts one event.  Only the cell's writer. */
void board_rate_count(struct board_rate *rate, uint64_t now_ms);
/* Events in the last second, HAProxy's sliding estimate: what this second has counted, plus the
 * part of the last one that is less than a second ago. */
uint64_t board_rate_read(const struct board_rate *rate, uint64_t now_ms);

/* Two writers never share a cache line: every cell starts on a line of its own. */
#define BOARD_LINE_BYTES 64
#define BOARD_ALIGNED	 __attribute__((aligned(BOARD_LINE_BYTES)))

/* Counts of one worker for one frontend, listener, backend or server.  The letters are those of
 * the statistics' columns: L listener, F frontend, B backend, S server.  Words only: board_sum
 * walks the totals as an array. */
struct BOARD_ALIGNED traffic {
	/* totals: carried into the next generation */
	board_word connections;				/* F conn_tot */
	board_word sessions;				/* LFBS stot */
	board_word requests;				/* FB req_tot */
	board_word bytes_in, bytes_out;			/* LFBS */
	board_word denied_requests, denied_responses;	/* dreq, dresp */
	board_word denied_connections, denied_sessions; /* dcon, dses */
	board_word request_errors;			/* LF ereq */
	board_word connect_errors;			/* BS econ */
	board_word response_errors;			/* BS eresp */
	board_word retries, redispatches;		/* BS */
	board_word responses[6];			/* hrsp_1xx .. hrsp_5xx, hrsp_other */
	board_word client_aborts, server_aborts;	/* BS */
	board_word intercepted;				/* FB */
	board_word rewrite_errors, internal_errors;	/* wrew, eint */
	board_word connects, reuses;			/* BS */
	board_word chosen;				/* BS lbtot */
	/* gauges: die with their generation */
	board_word sessions_now;       /* LFBS scur */
	board_word queued_now;	       /* BS qcur */
	board_word idle_now, safe_now; /* S idle_conn_cur, safe_conn_cur */
	board_word used_now, need_now; /* S used_conn_cur, need_conn_est */
	/* this worker's view of the highest sum of a gauge over all workers */
	board_word sessions_max, queued_max;
	struct board_rate session_rate;	   /* FBS rate */
	struct board_rate request_rate;	   /* F req_rate */
	struct board_rate connection_rate; /* F conn_rate */
	/* times in ms: sums and count of a sliding window of 1024 requests (qtime ctime rtime
	 * ttime): an average is sum / time_samples, 0 while there are none */
	board_word time_samples;
	board_word queue_ms_sum, connect_ms_sum, response_ms_sum, total_ms_sum;
	board_word queue_ms_max, connect_ms_max, response_ms_max, total_ms_max;
	board_word last_session_s; /* wall seconds of the last session; 0 never */
};

/* Maxima that need more than one worker's eyes; the admin thread looks once a second. */
struct BOARD_ALIGNED board_peak {
	board_word session_rate, request_rate, connection_rate;
	/* B: the backend as a whole, what lastchg, chkdown and downtime say of it.  changed_s is in
	 * wall seconds, 0 until it was looked at; down_total_s is without the current downtime. */
	board_word down, changed_s, downs, down_total_s;
};

enum server_state { /* srv_op_state of `show servers state` */
	SERVER_STOPPED = 0,
	SERVER_STARTING = 1,
	SERVER_RUNNING = 2,
	SERVER_STOPPING = 3,
};

/* srv_admin_state bits */
enum {
	SERVER_ADMIN_FORCED_MAINT = 0x01,
	SERVER_ADMIN_CONFIG_MAINT = 0x04,
	SERVER_ADMIN_FORCED_DRAIN = 0x08,
	SERVER_ADMIN_RESOLUTION_MAINT = 0x20,
};

enum check_status {	      /* names by check_status_name() in health/verdict.h */
	CHECK_STATUS_UNKNOWN, /* UNK */
	CHECK_STATUS_INI,     /* INI */
	CHECK_STATUS_SOCKERR,
	CHECK_STATUS_L4OK,
	CHECK_STATUS_L4TOUT,
	CHECK_STATUS_L4CON,
	CHECK_STATUS_L6OK,
	CHECK_STATUS_L6TOUT,
	CHECK_STATUS_L6RSP,
	CHECK_STATUS_L7TOUT,
	CHECK_STATUS_L7RSP,
	CHECK_STATUS_L7OK,
	CHECK_STATUS_L7OKC,
	CHECK_STATUS_L7STS,
};

#define VERDICT_TEXT_BYTES 96

/* The values of a verdict, as one reading. */
struct verdict {
	uint32_t state;	 /* enum server_state */
	uint32_t admin;	 /* SERVER_ADMIN_* */
	uint32_t health; /* 0 .. rise + fall - 1; UP when >= rise */
	uint32_t rise, fall;
	uint32_t weight;	       /* the user's weight now, 0..256 */
	uint32_t status;	       /* enum check_status of the last finished probe */
	uint32_t code;		       /* HTTP status of the last probe, 0 none */
	uint32_t duration_ms;	       /* of the last probe */
	uint32_t running;	       /* a probe is under way: "* " before the status */
	uint64_t checks;	       /* probes finished */
	uint64_t failures;	       /* chkfail: probes failed while the server was up */
	uint64_t downs;		       /* chkdown: transitions to DOWN */
	uint64_t changed_s;	       /* wall seconds of the last transition */
	uint64_t down_total_s;	       /* downtime before the current state */
	char text[VERDICT_TEXT_BYTES]; /* last_chk: "Layer7 check passed", "Connection refused", ..
					*/
};

#define VERDICT_WORDS (sizeof(struct verdict) / sizeof(uint64_t))

/* A verdict's cell.  `usable` is the one word that balancing reads on the way of a request: see
 * board_usable().  Read and written by the functions below only. */
struct BOARD_ALIGNED verdict_cell {
	_Atomic uint32_t sequence; /* 0: never written; copies[sequence & 1] is the valid one */
	_Atomic uint32_t usable;
	board_word copies[2][VERDICT_WORDS];
};

struct BOARD_ALIGNED worker_cell {
	board_word heartbeat_ns; /* CLOCK_MONOTONIC of the last turn; 0 before the first */
	board_word turns, enters, completions, busy_ns;
	board_word connections_now; /* client connections: CurrConns */
	board_word connections_total, requests_total;
	board_word bytes_out, spliced_bytes;
	board_word log_lines, log_dropped;
	board_word buffers_exhausted; /* receives that had to wait for a buffer */
	board_word splice_fallbacks;  /* bodies that went by copy since no pipe was free */
	board_word pipes_used, pipes_free;
	board_word accept_errors; /* EMFILE, ENFILE, ENOBUFS, ENOMEM */
	board_word threads_pid;	  /* kernel thread id, for the crash record */
};

#define BOARD_WORKERS_MAX 4096u /* what a board may claim; far above any machine */
#define BOARD_CELLS_MAX	  (1u << 20)
#define BOARD_NAMES_MAX	  (1u << 28)

#define BOARD_CRASH_FRAMES 32
#define BOARD_CRASH_WORK   2048

/* Written by the dying thread's signal handler, read by the keeper. */
struct crash_cell {
	_Atomic uint32_t state; /* 0 none, 1 being written, 2 complete */
	uint32_t signal;
	uint32_t thread;     /* kernel thread id */
	uint64_t address;    /* si_addr */
	uint64_t image_base; /* of the program, to make frames comparable */
	uint32_t frame_count;
	uint64_t frames[BOARD_CRASH_FRAMES];
	char thread_name[16];
	uint32_t work_len; /* what it worked on: the head of the request at hand, with
			    * the values of Authorization, Cookie and the like masked */
	char work[BOARD_CRASH_WORK];
};

struct board_header {
	uint32_t magic, version;
	uint64_t bytes;	     /* of the whole mapping */
	uint32_t generation; /* 1.. */
	uint32_t workers, cells, servers;
	uint32_t names_bytes;
	uint64_t started_wall_s;       /* of this balancer */
	uint64_t first_started_wall_s; /* of the service: survives reloads (Uptime) */
	_Atomic uint32_t closed;       /* the generation's process is gone */
	_Atomic uint32_t draining;
	_Atomic uint32_t epoch; /* grows whenever a `usable` word changes */
	_Atomic uint64_t prober_heartbeat_ns;
	uint64_t fingerprint; /* config.fingerprint */
	struct crash_cell crash;
};

/* A mapping.  Pointers are into shared memory, counts are this process's own copies. */
struct board {
	int fd; /* owned: closed by board_unmap() */
	uint32_t worker_count, cell_count, server_count, names_bytes;
	uint64_t bytes;
	struct board_header *header;
	struct traffic *traffic;     /* [workers][cells] */
	struct traffic *carried;     /* [cells] totals of earlier generations */
	struct board_peak *peaks;    /* [cells] */
	struct worker_cell *workers; /* [workers] */
	struct worker_cell *earlier; /* one cell: what the workers of earlier generations counted */
	struct verdict_cell *verdicts; /* [servers] */
	char *names;		       /* one line a cell and a server: "kind proxy[/server]\n" */
};

/* A new board for this tree in a memfd, sealed in size.  `first_started_wall_s` is now until totals
 * are carried.  0 or -errno. */
int board_create(
	struct board *board, const struct config *config, uint32_t workers, uint32_t generation);
/* Maps somebody else's: -EPROTO when magic, version or sizes do not fit, or when the file is not
 * sealed and could shrink under its reader.  On success the board owns fd, else the caller. */
int board_map(struct board *board, int fd);
void board_unmap(struct board *board);

static inline struct traffic *board_traffic(
	const struct board *board, uint32_t worker, uint32_t cell)
{
	return &board->traffic[(size_t)worker * board->cell_count + cell];
}

/* Sum over the workers, plus what earlier generations counted.  Gauges and time windows: of this
 * board only.  Maxima: the highest of all.  Rates: board_rate_read(&sum->request_rate, now_ms) with
 * the same now_ms is the rate over all workers. */
void board_sum(const struct board *board, uint32_t cell, struct traffic *sum, uint64_t now_ms);
/* One word of a cell, of this board's workers alone: for gauges, where one is asked for and not
 * the whole cell; and the rate over all of them. */
#define BOARD_SUM_WORD(board, cell, member)                                                        \
	board_sum_word((board), (cell), offsetof(struct traffic, member))
#define BOARD_SUM_RATE(board, cell, member, now_ms)                                                \
	board_sum_rate((board), (cell), offsetof(struct traffic, member), (now_ms))
uint64_t board_sum_word(const struct board *board, uint32_t cell, size_t member);
uint64_t board_sum_rate(const struct board *board, uint32_t cell, size_t member, uint64_t now_ms);
/* The same for what workers count of themselves.  Without meaning in a sum, and zero:
 * heartbeat_ns, threads_pid. */
void board_sum_workers(const struct board *board, struct worker_cell *sum);

/* Adds a session to a gauge and keeps the highest sum over all workers. */
void board_enter_session(const struct board *board, uint32_t worker, uint32_t cell);
void board_leave_session(const struct board *board, uint32_t worker, uint32_t cell);
/* Puts one request's times into the sliding window of a cell. */
void board_time_sample(struct traffic *cell, uint64_t queue_ms, uint64_t connect_ms,
	uint64_t response_ms, uint64_t total_ms);

/* Writer's side of a verdict: the whole value at once; bumps the epoch when `usable` changes. */
void board_write_verdict(const struct board *board, uint32_t server, const struct verdict *value);
/* A consistent reading.  False: nothing was written yet, or what stands there cannot be a verdict
 * (its writer went mad); *value is then zero. */
bool board_read_verdict(const struct board *board, uint32_t server, struct verdict *value);
/* What `usable` is for a verdict: 0 when it must not be given any session; 1 when it may only be
 * given sessions that belong to it (weight 0, drain); 1 + weight when balancing may choose it. */
uint32_t board_usable(const struct verdict *value);

/* Takes over verdicts and totals from an earlier generation's board, matched by name.  Called
 * before the prober starts; the admin thread calls board_carry_totals again while the old
 * generation still counts (it sets, so that calling it twice counts nothing twice).  Returns how
 * many servers (verdicts) or cells (totals) were matched.
 *
 * What the new files say wins over what the old board holds.  A cell that was filled by
 * health_first_verdicts() keeps its rise, fall, weight and configured maintenance, and the old
 * health is fitted into them; a server that is no longer probed (status CHECK_STATUS_UNKNOWN), or
 * whose configured maintenance came or went, keeps its first verdict and takes over the counts. */
uint32_t board_carry_verdicts(struct board *board, const struct board *old);
uint32_t board_carry_totals(struct board *board, const struct board *old);
/* For the draining generation: copies the successor's verdicts onto its own board.  Its own
 * prober must have stopped: the caller becomes the one writer. */
uint32_t board_follow_verdicts(struct board *board, const struct board *successor);

#endif
