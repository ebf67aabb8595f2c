/* SPDX-License-Identifier: GPL-2.0-or-later */
/* speaker_schedule.c - reload_time_file: reloads of several machines at one moment.
 *
 * The file is looked at once a second.  What it says is remembered until it is another file, since
 * a time without a date is one of tomorrow as soon as it has passed.  The reload is asked for as an
 * operator asks for one, and the file is deleted before, unless reload_repeat wants it kept.
 *
 * The keeper's thread. */
#include "core/log.h"
#include "vrrp/schedule.h"
#include "vrrp/speaker.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	struct timespec written; /* 0: there was no file */
	ino_t file;
	time_t due; /* 0: none */
} seen;

static void learn(const char *path, time_t now)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char line[SCHEDULE_LINE_BYTES + 1], text[32];
	struct stat status;
	struct tm day;
	ssize_t len;

	if (fd < 0 || fstat(fd, &status) < 0) {
		if (fd >= 0)
			close(fd);
		if (seen.due)
			log_message(LOG_LEVEL_NOTICE, "%s is gone: no reload is scheduled", path);
		memset(&seen, 0, sizeof(seen));
		return;
	}
	if (status.st_ino == seen.file && status.st_mtim.tv_sec == seen.written.tv_sec &&
		status.st_mtim.tv_nsec == seen.written.tv_nsec) {
		close(fd);
		return;
	}
	seen.file = status.st_ino;
	seen.written = status.st_mtim;
	seen.due = 0;
	len = read(fd, line, sizeof(line) - 1);
	close(fd);
	line[len > 0 ? len : 0] = '\0';
	if (!schedule_read(line, strcspn(line, "\n"), now, &seen.due)) {
		seen.due = 0;
		log_message(LOG_LEVEL_WARNING,
			"%s has no time as HH:MM:SS or YYYY-MM-DD HH:MM:SS: no reload is scheduled",
			path);
	} else if (seen.due <= now) {
		seen.due = 0;
		log_message(LOG_LEVEL_NOTICE, "%s has a time that has passed", path);
	} else {
		localtime_r(&seen.due, &day);
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &day);
		log_message(LOG_LEVEL_NOTICE, "a reload is scheduled for %s", text);
	}
}

void schedule_tick(const struct vrrp_global *global)
{
	time_t now = time(NULL);

	if (!*global->reload_time_file)
		return;
	learn(global->reload_time_file, now);
	if (!seen.due || now < seen.due)
		return;
	log_message(LOG_LEVEL_NOTICE, "it is time for the scheduled reload");
	if (!global->reload_repeat && unlink(global->reload_time_file) < 0)
		log_message(LOG_LEVEL_WARNING, "cannot delete %s: %s", global->reload_time_file,
			strerror(errno));
	memset(&seen, 0, sizeof(seen)); /* one that is kept says when the next one is */
	raise(SIGHUP);
}
