/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_fifos.c - pipes with a name that hear of every change, and the scripts that read them.
 *
 * keepalived's notify_fifo and vrrp_notify_fifo, with its lines:
 *
 *	INSTANCE "VI_1" MASTER 103
 *	GROUP "VG_1" BACKUP 100
 *	INSTANCE "VI_1" MASTER_PRIORITY 101	where notify_priority_changes says so
 *
 * There are two in a process, whatever the configuration.  A reload that names the same ones leaves
 * them open and their scripts alone, and an upgrade hands both to the next program: a reader never
 * sees an end of file that is none.  Writing never waits: a pipe that nobody empties is told of,
 * and lines are lost.
 *
 * A script that ends is started again after a second.  At the end it sees the last lines and an end
 * of file; if it goes on after that it is ended.
 *
 * The keeper's thread. */
#include "core/log.h"
#include "vrrp/fifo.h"
#include "vrrp/speaker.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESTART_US   1000000u
#define COMPLAINT_US 60000000u
#define LAST_MS	     200 /* for a script to read the last lines */
#define MODE	     0600
#define IN_USE(fifo) ((fifo)->path[0] != '\0')

struct fifo {
	char path[VRRP_PATH_BYTES], script[VRRP_PATH_BYTES];
	struct user owner, runner;
	int fd;
	bool made; /* by us: removed at the end */
	struct script_run run;
	pid_t adopted; /* the script of the program before; 0 none */
	uint64_t start_us, complained_us;
	int handed; /* for the next program; 0: none */
};

static struct fifo fifos[MEMORY_FIFOS];

/* ---- one pipe ---- */

static int open_pipe(struct fifo *fifo)
{
	struct stat status;

	fifo->made = mkfifo(fifo->path, MODE) == 0;
	if (!fifo->made && errno != EEXIST)
		return -errno;
	fifo->fd = open(fifo->path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fifo->fd < 0)
		return -errno;
	if (fstat(fifo->fd, &status) < 0 || !S_ISFIFO(status.st_mode)) {
		close(fifo->fd);
		fifo->fd = -1;
		return -EINVAL;
	}
	if (fifo->made && fchown(fifo->fd, fifo->owner.uid, fifo->owner.gid) < 0)
		return -errno;
	return 0;
}

static bool script_lives(struct fifo *fifo)
{
	if (fifo->adopted && waitpid(fifo->adopted, NULL, WNOHANG) != 0)
		fifo->adopted = 0;
	return fifo->adopted || script_is_running(&fifo->run);
}

static void start_script(struct fifo *fifo, struct speaker *speaker, uint64_t now_us)
{
	const char *added[] = {fifo->path, NULL};
	struct script_order order = {
		.command = fifo->script,
		.added = added,
		.uid = fifo->runner.uid,
		.with_groups = fifo->runner.with_groups,
		.gid = fifo->runner.gid,
	};
	int error;

	fifo->start_us = now_us + RESTART_US;
	fifo->run.done = NULL;
	error = scripts_start(speaker, &fifo->run, &order);
	if (error < 0)
		log_message(LOG_LEVEL_ERR, "the script of the FIFO %s cannot be started: %s",
			fifo->path, scripts_reason(error));
}

/* Lets it read to the end for as long as that, then ends it. */
static void end_script(struct fifo *fifo, uint32_t limit_ms)
{
	pid_t pid = fifo->adopted ? fifo->adopted : fifo->run.pid;

	if (!script_lives(fifo))
		return;
	for (uint32_t ms = 0; ms < limit_ms && kill(pid, 0) == 0; ms += 10) {
		siginfo_t info = {0};

		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
			info.si_pid == pid)
			break;
		poll(NULL, 0, 10);
	}
	kill(-pid, SIGTERM);
	if (fifo->adopted)
		orphans_adopt(&(struct orphan){.pid = pid});
	fifo->adopted = 0;
}

static void close_fifo(struct fifo *fifo, uint32_t limit_ms)
{
	if (fifo->fd >= 0)
		close(fifo->fd);
	fifo->fd = -1;
	end_script(fifo, limit_ms);
	if (fifo->made)
		unlink(fifo->path);
	fifo->made = false;
	fifo->path[0] = '\0';
}

/* ---- as the configuration has them ---- */

static void settle(struct fifo *fifo, const char *path, const char *script, struct user owner,
	struct user runner)
{
	int error;

	if (IN_USE(fifo) && strcmp(fifo->path, path) == 0 &&
		memcmp(fifo->script, script, VRRP_PATH_BYTES) == 0)
		return;
	if (IN_USE(fifo))
		close_fifo(fifo, 0); /* timers wait */
	if (!*path)
		return;
	memcpy(fifo->path, path, VRRP_PATH_BYTES);
	memcpy(fifo->script, script, VRRP_PATH_BYTES);
	fifo->owner = owner;
	fifo->runner = runner;
	fifo->start_us = 0;
	fifo->fd = -1;
	error = open_pipe(fifo);
	if (error < 0)
		log_message(LOG_LEVEL_ERR, "cannot open the FIFO %s: %s", fifo->path,
			error == -EINVAL ? "it is none" : strerror(-error));
}

void fifos_open(struct speaker *speaker)
{
	const struct vrrp_global *global = &speaker->config->global;
	struct user owner = scripts_user(speaker, global->fifo_uid, global->fifo_gid);
	struct user runner =
		scripts_user(speaker, global->fifo_script_uid, global->fifo_script_gid);

	settle(&fifos[0], global->notify_fifo, global->notify_fifo_script, owner, runner);
	settle(&fifos[1], global->vrrp_notify_fifo, global->vrrp_notify_fifo_script, owner, runner);
	fifos_tick(speaker, speaker_now_us());
}

void fifos_close(void)
{
	fifos_take_back();
	for (uint32_t i = 0; i < MEMORY_FIFOS; i++)
		if (IN_USE(&fifos[i]))
			close_fifo(&fifos[i], LAST_MS);
}

void fifos_tick(struct speaker *speaker, uint64_t now_us)
{
	for (uint32_t i = 0; i < MEMORY_FIFOS; i++) {
		struct fifo *fifo = &fifos[i];

		if (IN_USE(fifo) && fifo->fd >= 0 && *fifo->script && !script_lives(fifo) &&
			now_us >= fifo->start_us)
			start_script(fifo, speaker, now_us);
	}
}

void fifos_write(const struct fifo_news *news)
{
	char line[FIFO_LINE_BYTES];
	uint32_t len = fifo_line(line, news);
	uint64_t now_us = speaker_now_us();

	for (uint32_t i = 0; i < MEMORY_FIFOS; i++) {
		struct fifo *fifo = &fifos[i];

		if (!IN_USE(fifo) || fifo->fd < 0 || write(fifo->fd, line, len) == (ssize_t)len)
			continue;
		if (fifo->complained_us && now_us - fifo->complained_us < COMPLAINT_US)
			continue;
		fifo->complained_us = now_us;
		log_message(LOG_LEVEL_WARNING, "the FIFO %s takes no more (%s): lines are lost",
			fifo->path, strerror(errno));
	}
}

/* ---- over an upgrade ---- */

void fifos_hand_over(struct memory_fifo out[MEMORY_FIFOS])
{
	fifos_take_back();
	for (uint32_t i = 0; i < MEMORY_FIFOS; i++) {
		struct fifo *fifo = &fifos[i];

		out[i] = (struct memory_fifo){.fd = -1};
		if (!IN_USE(fifo) || fifo->fd < 0)
			continue;
		fifo->handed = fcntl(fifo->fd, F_DUPFD, 3); /* stays open over exec */
		memcpy(out[i].path, fifo->path, sizeof(fifo->path));
		memcpy(out[i].script, fifo->script, sizeof(fifo->script));
		out[i].fd = fifo->handed;
		out[i].made = fifo->made;
		out[i].pid = script_lives(fifo) ? fifo->adopted ? fifo->adopted : fifo->run.pid : 0;
	}
}

void fifos_take_back(void)
{
	for (uint32_t i = 0; i < MEMORY_FIFOS; i++) {
		if (fifos[i].handed > 0)
			close(fifos[i].handed);
		fifos[i].handed = 0;
	}
}

void fifos_take_over(const struct memory_fifo from[MEMORY_FIFOS])
{
	for (uint32_t i = 0; i < MEMORY_FIFOS; i++) {
		struct fifo *fifo = &fifos[i];

		fifo->fd = -1;
		if (from[i].fd < 0)
			continue;
		fcntl(from[i].fd, F_SETFD, FD_CLOEXEC);
		memcpy(fifo->path, from[i].path, sizeof(fifo->path));
		memcpy(fifo->script, from[i].script, sizeof(fifo->script));
		fifo->path[sizeof(fifo->path) - 1] = '\0';
		fifo->fd = from[i].fd;
		fifo->made = from[i].made;
		fifo->adopted = from[i].pid;
	}
}
