/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_processes.c - looks which processes there are, for vrrp_track_process.
 *
 * The kernel tells of processes over its connector only in the first namespace, so in a container
 * keepalived's answer never changes.  Here /proc is walked, a few entries at a time so that no
 * timer waits, once around in about a second; and every process that counts is held by a pidfd,
 * which tells of its end at once.  So a death counts within a moment, a birth within a second or
 * two.
 *
 * The first walk, at the start, is made in one piece: routers wait for its answer.
 *
 * The keeper's thread. */
#include "core/log.h"
#include "vrrp/process.h"
#include "vrrp/speaker.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SLICE_MS	25u
#define SLICE_PROCESSES 32u   /* about 0.3 ms */
#define WALK_MS		1000u /* from the beginning of one walk to that of the next, at least */
#define STAT_BYTES	512u
#define LINE_BYTES	4096u /* of a command line; what is longer is cut */
#define DIRECTORY_BYTES 8192u
#define HELD_MAX	256u /* pidfds; the end of others is seen by the next walk */

/* A process that counts for a tracker. */
struct held {
	struct speaker *speaker; /* NULL: free, once `armed` is over, too */
	uint32_t tracker;
	pid_t pid;
	int pidfd;
	bool armed, seen; /* in this walk */
	struct op death;
};

struct counting {
	struct process_verdict verdict;
	uint32_t count, counted; /* by the last walk, less those that died; by this one so far */
};

struct processes {
	struct timer slice;
	struct speaker *speaker;
	struct counting *countings; /* one for each tracker of the configuration */
	uint64_t walk_at_us;
	int directory; /* of the walk at hand; -1: between two */
	uint32_t at, len;
	_Alignas(8) char entries[DIRECTORY_BYTES];
};

static struct held held[HELD_MAX];

static void slice_due(struct timer *timer);
static void died(struct op *op, int32_t result, uint32_t flags);

static bool is_counted(const struct speaker *speaker, uint32_t tracker)
{
	return speaker->trackers[tracker].kind == VRRP_TRACK_PROCESS;
}

/* ---- numbers become answers ---- */

static void judge(struct speaker *speaker, uint32_t tracker)
{
	struct counting *counting = &speaker->processes->countings[tracker];
	const struct vrrp_tracker *row = &speaker->trackers[tracker];

	if (!process_judge(&counting->verdict, row, counting->count, speaker_now_us()))
		return;
	if (speaker->watches[tracker].answer != VRRP_ANSWER_UNKNOWN)
		log_message(counting->verdict.enough ? LOG_LEVEL_NOTICE : LOG_LEVEL_WARNING,
			"process %s: %u of them, %s", row->name, counting->count,
			counting->verdict.enough ? "as many as there should be"
						 : "not as many as there should be");
	track_result(speaker, tracker, counting->verdict.enough);
}

/* ---- holding them ---- */

static struct held *find_held(const struct speaker *speaker, uint32_t tracker, pid_t pid)
{
	for (uint32_t i = 0; i < HELD_MAX; i++)
		if (held[i].speaker == speaker && held[i].tracker == tracker && held[i].pid == pid)
			return &held[i];
	return NULL;
}

static void hold(struct speaker *speaker, uint32_t tracker, pid_t pid)
{
	struct held *entry = find_held(speaker, tracker, pid);
	struct io_uring_sqe *sqe;

	for (uint32_t i = 0; i < HELD_MAX && !entry; i++)
		if (!held[i].speaker && !held[i].armed)
			entry = &held[i];
	if (!entry)
		return;
	entry->seen = true;
	if (entry->speaker)
		return;
	*entry = (struct held){.tracker = tracker, .pid = pid, .seen = true, .death.done = died};
	entry->pidfd = (int)syscall(SYS_pidfd_open, pid, 0u);
	if (entry->pidfd < 0)
		return; /* gone meanwhile: the next walk does not find it */
	entry->speaker = speaker;
	sqe = loop_prepare(speaker->loop, &entry->death);
	io_uring_prep_poll_add(sqe, entry->pidfd, POLLIN);
	entry->armed = true;
}

static void let_go(struct held *entry)
{
	entry->speaker = NULL;
	/* Its completion closes it. */
}

static void died(struct op *op, int32_t result, uint32_t flags)
{
	struct held *entry = container_of(op, struct held, death);
	struct speaker *speaker = entry->speaker;
	struct counting *counting;

	(void)flags;
	entry->armed = false;
	entry->speaker = NULL;
	close(entry->pidfd);
	if (!speaker || result < 0)
		return;
	counting = &speaker->processes->countings[entry->tracker];
	if (counting->count > 0)
		counting->count--;
	if (speaker->processes->directory >= 0 && entry->seen && counting->counted > 0)
		counting->counted--; /* the walk at hand has passed it */
	judge(speaker, entry->tracker);
}

/* ---- walking ---- */

static size_t read_file(int pid, const char *name, char *out, size_t room)
{
	char path[64];
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	got = read(fd, out, room);
	close(fd);
	return got > 0 ? (size_t)got : 0;
}

static void look_at(struct speaker *speaker, int pid)
{
	static char stat_bytes[STAT_BYTES], line_bytes[LINE_BYTES];
	struct process_stat stat;
	size_t line_len = 0;
	bool line_read = false;

	if (!process_read_stat(
		    &stat, stat_bytes, read_file(pid, "stat", stat_bytes, sizeof(stat_bytes))) ||
		!stat.alive)
		return;
	for (uint32_t i = 0; i < speaker->config->tracker_count; i++) {
		const struct vrrp_tracker *tracker = &speaker->trackers[i];

		if (!is_counted(speaker, i) || !process_name_matches(tracker, stat.name))
			continue;
		if (process_needs_arguments(tracker)) {
			if (!line_read)
				line_len =
					read_file(pid, "cmdline", line_bytes, sizeof(line_bytes));
			line_read = true;
			if (!process_arguments_match(tracker, span_of(line_bytes, line_len)))
				continue;
		}
		speaker->processes->countings[i].counted++;
		hold(speaker, i, pid);
	}
}

/* The number that a directory entry is; 0: none. */
static int pid_of(const char *name)
{
	int pid = 0;

	for (; *name; name++) {
		if (*name < '0' || *name > '9' || pid > 100000000)
			return 0;
		pid = 10 * pid + (*name - '0');
	}
	return pid;
}

static bool begin_walk(struct processes *processes)
{
	processes->walk_at_us = speaker_now_us();
	processes->directory = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	processes->at = processes->len = 0;
	for (uint32_t i = 0; i < processes->speaker->config->tracker_count; i++)
		processes->countings[i].counted = 0;
	for (uint32_t i = 0; i < HELD_MAX; i++)
		held[i].seen = false;
	return processes->directory >= 0;
}

static void end_walk(struct processes *processes)
{
	struct speaker *speaker = processes->speaker;

	close(processes->directory);
	processes->directory = -1;
	/* Alive, and no longer what counts: it goes by another name now. */
	for (uint32_t i = 0; i < HELD_MAX; i++)
		if (held[i].speaker == speaker && !held[i].seen) {
			loop_cancel(speaker->loop, &held[i].death);
			let_go(&held[i]);
		}
	for (uint32_t i = 0; i < speaker->config->tracker_count; i++) {
		if (!is_counted(speaker, i))
			continue;
		processes->countings[i].count = processes->countings[i].counted;
		judge(speaker, i);
	}
}

/* At most so many processes.  False: the walk is over. */
static bool walk(struct processes *processes, uint32_t limit)
{
	while (limit > 0) {
		const struct dirent64 *entry;
		int pid;

		if (processes->at >= processes->len) {
			long got = syscall(SYS_getdents64, processes->directory, processes->entries,
				sizeof(processes->entries));

			if (got <= 0)
				return false;
			processes->at = 0;
			processes->len = (uint32_t)got;
		}
		entry = (const void *)(processes->entries + processes->at);
		processes->at += entry->d_reclen;
		pid = pid_of(entry->d_name);
		if (pid <= 0)
			continue;
		look_at(processes->speaker, pid);
		limit--;
	}
	return true;
}

static void slice_due(struct timer *timer)
{
	struct processes *processes = container_of(timer, struct processes, slice);
	struct speaker *speaker = processes->speaker;

	timer_set(&speaker->loop->timers, timer, speaker->loop->now_ms + SLICE_MS);
	for (uint32_t i = 0; i < speaker->config->tracker_count; i++)
		if (is_counted(speaker, i) && processes->countings[i].verdict.turn_us)
			judge(speaker, i); /* a delay may be over */
	if (processes->directory < 0 &&
		(speaker_now_us() - processes->walk_at_us < WALK_MS * 1000u ||
			!begin_walk(processes)))
		return;
	if (!walk(processes, SLICE_PROCESSES))
		end_walk(processes);
}

/* ---- life ---- */

void processes_begin(struct speaker *speaker)
{
	uint32_t counted = 0;
	struct processes *processes;

	for (uint32_t i = 0; i < speaker->config->tracker_count; i++)
		counted += is_counted(speaker, i);
	if (!counted)
		return;
	processes = calloc(1, sizeof(*processes));
	if (!processes)
		abort();
	processes->countings =
		calloc(speaker->config->tracker_count, sizeof(*processes->countings));
	if (!processes->countings)
		abort();
	processes->speaker = speaker;
	processes->directory = -1;
	speaker->processes = processes;
	/* What was known before a reload is what a delay delays. */
	for (uint32_t i = 0; i < speaker->config->tracker_count; i++)
		processes->countings[i].verdict = (struct process_verdict){
			.known = speaker->watches[i].answer != VRRP_ANSWER_UNKNOWN,
			.enough = speaker->watches[i].answer == VRRP_ANSWER_GOOD,
		};
	timer_init(&processes->slice, slice_due);
	timer_set(&speaker->loop->timers, &processes->slice, speaker_now_us() / 1000u + SLICE_MS);
	if (!begin_walk(processes)) {
		log_message(LOG_LEVEL_ERR, "cannot look for processes: /proc: %s", strerror(errno));
		return;
	}
	walk(processes, UINT32_MAX);
	end_walk(processes);
}

void processes_end(struct speaker *speaker)
{
	struct processes *processes = speaker->processes;

	if (!processes)
		return;
	timer_cancel(&processes->slice);
	if (processes->directory >= 0)
		close(processes->directory);
	for (uint32_t i = 0; i < HELD_MAX; i++)
		if (held[i].speaker == speaker) {
			loop_cancel(speaker->loop, &held[i].death);
			let_go(&held[i]);
		}
	free(processes->countings);
	free(processes);
	speaker->processes = NULL;
}
