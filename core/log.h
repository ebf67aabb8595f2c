/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log.h - where lines go: syslog targets as configured, and torc's own messages.
 *
 * A log line never blocks the thread that writes it: datagrams are sent without waiting and a
 * line that the kernel does not take is counted as dropped.  Lines for files and pipes (fd@N,
 * stdout, stderr) are written by the same call when it cannot block, else dropped and counted.
 * Source: HAProxy's log formats local, rfc3164, rfc5424, priority, short, timed, iso, raw.
 *
 * Thread: a log_sink belongs to one thread; each worker has its own.  log_message() and what it
 * uses may be called by any thread, not by a signal handler.  The process ignores SIGPIPE. */
#ifndef TORC_CORE_LOG_H
#define TORC_CORE_LOG_H

#include "core/config/model.h"
#include "core/span.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

/* syslog severities, by the names of the language. */
enum log_level {
	LOG_LEVEL_EMERG,
	LOG_LEVEL_ALERT,
	LOG_LEVEL_CRIT,
	LOG_LEVEL_ERR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_NOTICE,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

#define LOG_BATCH_BYTES (64 * 1024)
#define LOG_BATCH_LINES 64

/* A longer message of torc's own is cut. */
#define LOG_MESSAGE_BYTES 4096

/* The open ends of one list of targets.  Sockets are opened before the chroot (IP) or inside it
 * (unix paths are looked up when a line is sent).  A receiver that was away, or was started anew,
 * gets the next lines again. */
struct log_sink {
	const struct log_target *targets;
	uint32_t target_count;
	int *sockets;	 /* one per target; -1 while it cannot be opened */
	uint32_t *turns; /* one per target: lines since its sample began */
	uint64_t lines_sent;
	uint64_t lines_dropped;
	/* Lines wait here until log_sink_flush() (once per turn): one sendmmsg per target.  A full
	 * batch flushes itself. */
	uint32_t batch_lines;
	uint32_t batch_used_bytes;
	char *batch; /* LOG_BATCH_BYTES */
	struct log_line {
		uint32_t at, len;
		uint32_t target;
	} * lines;    /* LOG_BATCH_LINES */
	uint32_t pid; /* shown in the tag: the keeper's */
};

/* Opens the targets; allocates everything here, nothing later.  0 or -errno; a target that is
 * not there yet is no error. */
int log_sink_open(
	struct log_sink *sink, const struct log_target *targets, uint32_t count, uint32_t pid);
void log_sink_close(struct log_sink *sink);
/* Queues one line for every target whose level admits it.  `tag` is the program name of the line
 * (log-tag, "haproxy" unless configured).  `text` has no line feed. */
void log_sink_line(struct log_sink *sink, enum log_level level, const char *tag, const char *text,
	uint32_t len, uint64_t wall_ms);
/* The same with structured data ("[x@1 a=\"b\"]"), which targets of the format rfc5424 get. */
void log_sink_structured(struct log_sink *sink, enum log_level level, const char *tag,
	struct span structured, const char *text, uint32_t len, uint64_t wall_ms);
/* Sends what is queued.  Never blocks. */
void log_sink_flush(struct log_sink *sink);

/* One datagram as it goes out, "<150>Nov 23 03:56:12 haproxy[20876]: text\n" in the format
 * `local`, cut to the target's length with the line feed kept.  `host_name` NULL: not known, which
 * rfc3164 writes as "localhost" and rfc5424 as "-", as HAProxy does.  `structured` is rfc5424's
 * structured data; empty: "-".  Reads no clock; the time zone
 * is the process's.  Returns its bytes. */
uint32_t log_format_line(char *out, uint32_t capacity, const struct log_target *target,
	enum log_level level, const char *tag, uint32_t pid, const char *host_name,
	struct span structured, const char *text, uint32_t len, uint64_t wall_ms);

/* Does the next line of a sample go to its target?  *turn is that of the line before. */
bool log_sampled(const struct log_sample *sample, uint32_t *turn);

/* The severity with which a line of this level leaves for a target, or -1 when it does not:
 * level_max keeps out what is less severe, level_min tones down what is more severe. */
int log_admit(const struct log_target *target, enum log_level level);

/* torc's own messages: on stderr in HAProxy's form, "[WARNING]  (pid) : text", until
 * log_to_stderr(false), and to the global targets once log_open_process() has named them.
 * Control characters in a message are sent as '?': what a server answered to a probe cannot start
 * a line of its own. */
void log_open_process(const struct log_target *targets, uint32_t count, uint32_t pid);
/* The name in the lines of log_message (log-tag; NULL: "haproxy"), and the host name of all lines
 * whose format shows one (log-send-hostname; NULL: not known, "": the machine's own). */
void log_set_identity(const char *tag, const char *host_name);
uint32_t log_pid(void);
void log_set_pid(uint32_t pid); /* the pid shown: the keeper's, also in a balancer */
void log_to_stderr(bool on);
void log_message(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* To the given targets instead of the process's (server UP and DOWN go to the backend's list)
 * and to stderr under the same rule; there as a warning whatever the severity, as HAProxy shows
 * servers that come and go, except for LOG_LEVEL_EMERG, which is an alert. */
void log_message_to(const struct log_target *targets, uint32_t count, enum log_level level,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
