/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log.h - where lines go: syslog targets as configured, and torc's own messages.
 *
 * A log line never blocks the thread that writes it: datagrams are sent without waiting and a
 * line that the kernel does not take is counted as dropped.  Lines for files and pipes (fd@N,
 * stdout, stderr) are written by the same call when it cannot block, else dropped and counted.
 * Source: reference formats local, rfc3164, rfc5424, priority, short, timed, iso, raw.
 *
 * Thread: a log_sink belongs to one thread; each worker has its own.  log_message() and what it
 * uses may be called by any thread. */
#ifndef TORC_CORE_LOG_H
#define TORC_CORE_LOG_H

#include "core/config/model.h"
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

/* The open ends of one list of targets.  Sockets are opened before the chroot (IP) or inside it
 * (unix paths are looked up when a line is sent). */
struct log_sink {
	const struct log_target *targets;
	uint32_t target_count;
	int *sockets;              /* one per target; -1 while it cannot be opened */
	uint64_t lines_sent;
	uint64_t lines_dropped;
	/* Lines wait here until log_sink_flush() (once per turn): one sendmmsg per target. */
	uint32_t batch_lines;
	uint32_t batch_used_bytes;
	char *batch;               /* LOG_BATCH_BYTES, from the arena of the caller */
	struct log_line {
		uint32_t at, len;
		uint8_t level;
		uint8_t target;
	} *lines;
	uint32_t pid;              /* shown in the tag: the keeper's */
	char header_second[64];    /* "Nov 23 03:56:12", made once a second */
	uint64_t header_made_s;
};

/* Opens the targets; allocates everything here, nothing later.  0 or -errno; a target that is
 * not there yet is no error. */
int log_sink_open(struct log_sink *sink, const struct log_target *targets, uint32_t count,
	uint32_t pid);
void log_sink_close(struct log_sink *sink);
/* Queues one line for every target whose level admits it.  `tag` is the program name of the line
 * (log-tag, "haproxy" unless configured).  `text` has no line feed. */
void log_sink_line(struct log_sink *sink, enum log_level level, const char *tag,
	const char *text, uint32_t len, uint64_t wall_ms);
/* Sends what is queued.  Never blocks. */
void log_sink_flush(struct log_sink *sink);

/* One datagram as it goes out, "<150>Nov 23 03:56:12 haproxy[20876]: text\n" in the format
 * `local`, cut to the target's length.  Pure.  Returns its bytes. */
uint32_t log_format_line(char *out, uint32_t capacity, const struct log_target *target,
	enum log_level level, const char *tag, uint32_t pid, const char *host_name,
	const char *text, uint32_t len, uint64_t wall_ms);

/* torc's own messages: on stderr in HAProxy's form, "[WARNING]  (pid) : text", until
 * log_to_stderr(false), and to the global targets once log_open_process() has named them.
 * The text of a message has no line feed. */
void log_open_process(const struct log_target *targets, uint32_t count, uint32_t pid);
void log_set_pid(uint32_t pid);   /* the pid shown: the keeper's, also in a balancer */
void log_to_stderr(bool on);
void log_message(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* To the given targets instead of the process's (server UP and DOWN go to the backend's list)
 * and to stderr under the same rule. */
void log_message_to(const struct log_target *targets, uint32_t count, enum log_level level,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
