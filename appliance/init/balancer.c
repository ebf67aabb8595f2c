/* SPDX-License-Identifier: GPL-2.0-or-later */
/* balancer.c - the one service of the machine.
 *
 * torc supervises itself (its keeper replaces a balancer that dies or hangs); here the keeper is
 * watched, whose end is rare and whose start costs less than a second.  It runs in the foreground,
 * whatever haproxy.cfg says, so that its end is seen.
 *
 * A part of the configuration is ours, in a file of its own: the stats socket that the console and
 * the watchdog ask, so that neither depends on what the user's files have, and the page on the
 * management address. */
#include "appliance/init/balancer.h"

#include "appliance/init/files.h"
#include "appliance/init/seed.h"
#include "appliance/init/tell.h"
#include "appliance/init/turn.h"
#include "appliance/init/watchdog.h"
#include "core/backoff.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM	     "/usr/sbin/torc"
#define OWN_FILE     "/run/torc/machine.cfg"
#define ASK_LIMIT_MS 30000 /* a file of a hundred thousand lines, on an emulated processor */
#define ASK_TURN_MS  1000
#define ANSWER_BYTES 65536
#define LINE_BYTES   1024
#define HELD_BYTES   8192
#define FDS_LIMIT    1048576

#define ARGUMENTS_MAX 16

/* What torc prints about the files is news when they are checked first, and none when it starts. */
/* A torc that has somebody to log to says everything twice: what it prints is held until it works,
 * and is news only if it ends before. */
enum listening { LISTEN_TO_ALL, LISTEN_TO_NEWS, LISTEN_AND_HOLD, LISTEN_TO_NOTHING };

/* Lines of somebody's standard error, on their way into the journal. */
struct lines {
	char text[LINE_BYTES];
	size_t used;
};

static struct {
	pid_t pid;
	enum balancer_files files;
	bool wanted, logs;
	bool dismissed; /* what runs was told to go, whatever is wanted next */
	enum listening listening;
	char held[HELD_BYTES];
	size_t held_len;
	uint64_t started_ms, start_at_ms;
	struct backoff backoff;
	int output;
	struct lines lines;
} balancer = {.output = -1};

/* ---- our own file ---- */

void balancer_write_own(const struct appliance *appliance)
{
	char text[1024], address[INET6_ADDRSTRLEN];
	int used = snprintf(text, sizeof(text),
		"global\n\tstats socket " BALANCER_SOCKET " mode 600 level admin\n");

	if (appliance->management.family != AF_UNSPEC) {
		inet_ntop(appliance->management.family, appliance->management.bytes, address,
			sizeof(address));
		bool six = appliance->management.family == AF_INET6;

		used += snprintf(text + used, sizeof(text) - (size_t)used,
			"listen management\n\tbind %s%s%s:%u\n\tmode http\n\tmaxconn 64\n"
			"\ttimeout client 10s\n\ttimeout connect 10s\n\ttimeout server 10s\n"
			"\tstats enable\n\tstats uri /\n\tstats refresh 5s\n\tstats hide-version\n",
			six ? "[" : "", address, six ? "]" : "", appliance->management_port);
	}
	files_write(OWN_FILE, text, (size_t)used, 0600);
}

/* ---- children ---- */

static void say_line(const char *text, size_t len)
{
	struct journal_line head = {.wall_ms = tell_wall_ms(), .priority = LOG_DAEMON | LOG_NOTICE};
	char line[LINE_BYTES + 8] = "torc: ";

	memcpy(line + 6, text, len);
	journal_add(tell_journal(), &head, line, len + 6);
}

static void keep_line(const struct lines *lines, enum listening listening)
{
	if (listening != LISTEN_AND_HOLD) {
		say_line(lines->text, lines->used);
	} else if (balancer.held_len + lines->used < sizeof(balancer.held)) {
		memcpy(balancer.held + balancer.held_len, lines->text, lines->used);
		balancer.held_len += lines->used;
		balancer.held[balancer.held_len++] = '\n';
	}
}

static void say_held(void)
{
	const char *at = balancer.held, *end = at + balancer.held_len, *stop;

	for (; at < end && (stop = memchr(at, '\n', (size_t)(end - at))); at = stop + 1)
		say_line(at, (size_t)(stop - at));
	balancer.held_len = 0;
}

static bool is_worth_keeping(const struct lines *lines, enum listening listening)
{
	static const char config[] = ") : config : ", more[] = "   | ";

	if (listening == LISTEN_TO_ALL || listening == LISTEN_TO_NOTHING)
		return listening == LISTEN_TO_ALL;
	return !memmem(lines->text, lines->used, config, sizeof(config) - 1) &&
	       !memmem(lines->text, lines->used, more, sizeof(more) - 1);
}

/* Cuts what was read into lines for the journal. */
static void take_lines(struct lines *lines, const char *bytes, size_t len, enum listening listening)
{
	for (size_t i = 0; i < len; i++) {
		bool end = bytes[i] == '\n' || lines->used + 1 == sizeof(lines->text);

		if (bytes[i] != '\n')
			lines->text[lines->used++] = bytes[i];
		if (!end)
			continue;
		if (lines->used && is_worth_keeping(lines, listening))
			keep_line(lines, listening);
		lines->used = 0;
	}
}

static void list_arguments(char *arguments[ARGUMENTS_MAX], const char *option,
	char paths[SEED_FILES][64], enum balancer_files files)
{
	uint32_t count = 0;

	arguments[count++] = (char *)PROGRAM;
	arguments[count++] = (char *)(uintptr_t)option;
	arguments[count++] = (char *)"-f";
	arguments[count++] = (char *)OWN_FILE;
	for (uint32_t i = 0; files == BALANCER_ALL && i < SEED_FILES; i++) {
		if (!seed_has(i))
			continue;
		seed_path(i, paths[i]);
		arguments[count++] = (char *)"-f";
		arguments[count++] = paths[i];
	}
	arguments[count] = NULL;
}

/* In the child: nothing of pid 1 is left but the arguments. */
static void become(char **arguments, int out, int error)
{
	static char *const environment[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
		(char *)"HOME=/", (char *)"TZ=UTC0", NULL};
	struct rlimit files = {FDS_LIMIT, FDS_LIMIT}, memory = {RLIM_INFINITY, RLIM_INFINITY};
	sigset_t none;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_MEMLOCK, &memory);
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(error, STDERR_FILENO);
	close_range(3, ~0u, 0);
	execve(PROGRAM, arguments, environment);
	_exit(127);
}

/* ---- asking ---- */

/* Until both pipes are at their end, or the time is over. */
static size_t gather(const int fds[2], char *answer, enum listening listening)
{
	struct lines lines = {.used = 0};
	uint64_t deadline = tell_now_ms() + ASK_LIMIT_MS;
	bool open[2] = {true, true};
	size_t used = 0;

	while (open[0] || open[1]) {
		struct pollfd waits[2] = {
			{open[0] ? fds[0] : -1, POLLIN, 0}, {open[1] ? fds[1] : -1, POLLIN, 0}};
		uint64_t now = tell_now_ms();

		/* Whoever asks waits, and so would the watchdog. */
		watchdog_tick(true, now);
		if (now >= deadline || poll(waits, 2, ASK_TURN_MS) < 0)
			break;
		for (uint32_t i = 0; i < 2; i++) {
			char bytes[4096];
			ssize_t got;

			if (!waits[i].revents)
				continue;
			got = read(fds[i], bytes, sizeof(bytes));
			open[i] = got > 0;
			if (got <= 0)
				continue;
			if (i == 1) {
				take_lines(&lines, bytes, (size_t)got, listening);
			} else if (used + (size_t)got < ANSWER_BYTES) {
				memcpy(answer + used, bytes, (size_t)got);
				used += (size_t)got;
			}
		}
	}
	take_lines(&lines, "\n", 1, listening);
	return used;
}

enum balancer_verdict balancer_ask(struct facts *facts, enum balancer_saying saying)
{
	static char answer[ANSWER_BYTES];
	char *arguments[ARGUMENTS_MAX];
	char paths[SEED_FILES][64];
	int out[2], error[2], status = -1;
	size_t len;
	pid_t pid;

	list_arguments(arguments, "--appliance", paths, BALANCER_ALL);
	if (pipe2(out, O_CLOEXEC) < 0)
		return BALANCER_NOTHING;
	if (pipe2(error, O_CLOEXEC) < 0) {
		close(out[0]);
		close(out[1]);
		return BALANCER_NOTHING;
	}
	pid = fork();
	if (pid == 0)
		become(arguments, out[1], error[1]);
	close(out[1]);
	close(error[1]);
	len = pid > 0 ? gather((const int[2]){out[0], error[0]}, answer,
				saying == BALANCER_SAYS_ALL ? LISTEN_TO_ALL : LISTEN_TO_NOTHING)
		      : 0;
	close(out[0]);
	close(error[0]);
	if (pid > 0) {
		kill(pid, SIGKILL); /* it has ended, or takes too long */
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	if (!facts_read(facts, answer, len)) {
		tell(LOG_ERR, "torc has not checked the configuration (status %d)", status);
		return BALANCER_NOTHING;
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? BALANCER_GOOD : BALANCER_PARTLY;
}

/* ---- running ---- */

static void forget_output(void)
{
	if (balancer.output < 0)
		return;
	turn_forget(balancer.output);
	close(balancer.output);
	balancer.output = -1;
}

static void output_ready(int fd, uint32_t events)
{
	char bytes[4096];
	ssize_t got = read(fd, bytes, sizeof(bytes));

	(void)events;
	if (got > 0)
		take_lines(&balancer.lines, bytes, (size_t)got, balancer.listening);
	else if (got == 0 || errno != EAGAIN)
		forget_output();
}

static void launch(uint64_t now_ms)
{
	char *arguments[ARGUMENTS_MAX];
	char paths[SEED_FILES][64];
	int output[2];

	list_arguments(arguments, "-db", paths, balancer.files);
	if (pipe2(output, O_CLOEXEC | O_NONBLOCK) < 0) {
		balancer.start_at_ms = now_ms + BACKOFF_FIRST_MS;
		return;
	}
	balancer.pid = fork();
	if (balancer.pid == 0)
		become(arguments, output[1], output[1]);
	close(output[1]);
	balancer.started_ms = now_ms;
	forget_output();
	balancer.output = output[0];
	balancer.listening = balancer.logs ? LISTEN_AND_HOLD : LISTEN_TO_NEWS;
	balancer.held_len = 0;
	turn_watch(output[0], EPOLLIN, output_ready);
	if (balancer.pid < 0) {
		tell(LOG_CRIT, "torc cannot be started: %s", strerror(errno));
		balancer.pid = 0;
		balancer.start_at_ms = now_ms + BACKOFF_FIRST_MS;
		return;
	}
	tell(LOG_NOTICE, "torc is started (pid %d)", (int)balancer.pid);
}

void balancer_start(enum balancer_files files, bool logs)
{
	balancer.files = files;
	balancer.logs = logs;
	balancer.wanted = true;
	balancer.start_at_ms = 0;
}

void balancer_tick(uint64_t now_ms)
{
	if (balancer.wanted && !balancer.pid && now_ms >= balancer.start_at_ms)
		launch(now_ms);
}

static void end_with(int signal)
{
	balancer.wanted = false;
	if (balancer.pid <= 0)
		return;
	balancer.dismissed = true;
	kill(balancer.pid, signal);
}

void balancer_stop(void)
{
	end_with(SIGTERM);
}

void balancer_kill(void)
{
	end_with(SIGKILL);
}

bool balancer_is_running(void)
{
	return balancer.pid > 0;
}

pid_t balancer_pid(void)
{
	return balancer.pid;
}

uint64_t balancer_started_ms(void)
{
	return balancer.started_ms;
}

void balancer_listen_no_more(void)
{
	balancer.listening = LISTEN_TO_NOTHING;
}

bool balancer_reaped(pid_t pid, int status)
{
	uint64_t now = tell_now_ms();
	uint32_t pause;

	if (pid != balancer.pid || pid <= 0)
		return false;
	if (balancer.output >= 0)
		output_ready(balancer.output, EPOLLIN);
	if (balancer.listening == LISTEN_AND_HOLD)
		say_held();
	balancer.pid = 0;
	if (balancer.dismissed) {
		balancer.dismissed = false;
		tell(LOG_NOTICE, "torc has ended");
		return true;
	}
	pause = backoff_death(&balancer.backoff, balancer.started_ms, now);
	balancer.start_at_ms = now + pause;
	if (WIFSIGNALED(status))
		tell(LOG_CRIT, "torc was ended by signal %d (%s); next start in %u ms",
			WTERMSIG(status), strsignal(WTERMSIG(status)), pause);
	else
		tell(LOG_CRIT, "torc has ended with status %d; next start in %u ms",
			WEXITSTATUS(status), pause);
	return true;
}
