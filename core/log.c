/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log.c - where lines go: syslog targets as configured, and torc's own messages.
 *
 * Two users.  A worker has a sink of its own: lines of finished requests gather in a batch, and
 * once a turn each target gets its share of it in one sendmmsg, since a system call for every line
 * would cost a third of the request it tells of.  Everybody else has log_message(): a lock, one
 * line, sent at once.
 *
 * Nobody waits for a log.  Datagrams are sent with MSG_DONTWAIT; a descriptor that is no socket is
 * written to after poll() said that there is room, and then no more than a pipe takes in one piece,
 * since its flags are shared with whoever gave it to us and are not ours to change.  What does not
 * go is dropped and counted.
 *
 * Sockets are connected, so that the kernel looks up the way once.  A connected UDP socket is told
 * when nobody listens, one send late: the refusal speaks of an earlier line, which moves from sent
 * to dropped, and the socket stays.  A unix socket must be connected anew when its receiver was
 * started again.
 *
 * Memory: everything at log_sink_open().  Thread: see log.h. */
#include "core/log.h"

#include "core/clock.h"
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* A batch whose sending was broken off is taken up again this often: once for a refusal that
 * belongs to an earlier line, once for a receiver that was started anew. */
#define SEND_ATTEMPTS 3

/* Of the whole process. */
static struct log_process {
	pthread_mutex_t lock;
	struct log_sink sink;
	bool silent;  /* nothing on stderr */
	uint32_t pid; /* 0: this process's own */
	char tag[64];
	char host_name[256]; /* "": not known */
} process = {.lock = PTHREAD_MUTEX_INITIALIZER, .tag = "haproxy"};

static const char *host_name(void)
{
	return process.host_name[0] ? process.host_name : NULL;
}

/* ---- one target ----------------------------------------------------------------------------- */

/* A socket of its own for a target that is an address; -1 when that cannot be had now. */
static int open_target(const struct log_target *target)
{
	int fd;

	if (target->kind == LOG_TO_FD)
		return -1;
	fd = socket(target->address.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* A unix path that is not there yet is looked up again with every batch; an IP address
	 * without a route is no use until there is one. */
	if (connect(fd, &target->address.any, target->address_len) < 0 &&
		target->kind == LOG_TO_UDP) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Did the receiver of a unix socket go away, so that connecting again may find its successor? */
static bool receiver_is_gone(const struct log_target *target, int error)
{
	return target->kind == LOG_TO_UNIX && (error == ECONNREFUSED || error == ENOTCONN ||
						      error == ECONNRESET || error == EPIPE);
}

/* Sends each piece as a datagram.  Returns how many the kernel took; *refused counts refusals
 * that speak of datagrams it took before. */
static uint32_t send_datagrams(int fd, const struct log_target *target, struct iovec *pieces,
	uint32_t count, uint32_t *refused)
{
	struct mmsghdr messages[LOG_BATCH_LINES];
	uint32_t taken = 0;

	assert(count <= LOG_BATCH_LINES);
	memset(messages, 0, count * sizeof(messages[0]));
	for (uint32_t i = 0; i < count; i++) {
		messages[i].msg_hdr.msg_iov = &pieces[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	for (int attempt = 0; attempt < SEND_ATTEMPTS && taken < count; attempt++) {
		int sent =
			sendmmsg(fd, messages + taken, count - taken, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent > 0) {
			taken += (uint32_t)sent;
		} else if (errno == ECONNREFUSED && target->kind == LOG_TO_UDP) {
			(*refused)++;
		} else if (receiver_is_gone(target, errno)) {
			if (connect(fd, &target->address.any, target->address_len) < 0)
				break;
		} else if (errno != EINTR) {
			break;
		}
	}
	return taken;
}

static bool is_writable_now(int fd)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};

	return poll(&room, 1, 0) == 1 && room.revents == POLLOUT;
}

/* How many of these pieces, from the first, fit into one write that cannot block.  A pipe that is
 * writable takes PIPE_BUF bytes in one piece (pipe(7)); a longer line is cut to that. */
static uint32_t fit_pipe(struct iovec *pieces, uint32_t count)
{
	size_t bytes = 0;
	uint32_t fits = 0;

	if (pieces[0].iov_len > PIPE_BUF) {
		char *line = pieces[0].iov_base;

		line[PIPE_BUF - 1] = '\n';
		pieces[0].iov_len = PIPE_BUF;
	}
	while (fits < count && bytes + pieces[fits].iov_len <= PIPE_BUF)
		bytes += pieces[fits++].iov_len;
	return fits;
}

/* Writes the lines to a file, a pipe, a terminal or a stream socket.  Returns how many it took. */
static uint32_t write_lines(int fd, struct iovec *pieces, uint32_t count)
{
	struct stat file;
	uint32_t taken = 0;

	if (fstat(fd, &file) < 0)
		return 0;
	while (taken < count) {
		uint32_t part = S_ISREG(file.st_mode) || S_ISSOCK(file.st_mode)
					? count - taken
					: fit_pipe(pieces + taken, count - taken);
		struct msghdr message = {.msg_iov = pieces + taken, .msg_iovlen = part};
		ssize_t wrote;

		if (S_ISSOCK(file.st_mode))
			wrote = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
		else if (is_writable_now(fd))
			wrote = writev(fd, pieces + taken, (int)part);
		else
			break;
		if (wrote <= 0)
			break;
		for (; part > 0 && (size_t)wrote >= pieces[taken].iov_len; part--)
			wrote -= (ssize_t)pieces[taken++].iov_len;
		if (part > 0) /* only a part: what is left of that line would look like a line */
			break;
	}
	return taken;
}

/* ---- a worker's sink ------------------------------------------------------------------------ */

int log_sink_open(
	struct log_sink *sink, const struct log_target *targets, uint32_t count, uint32_t pid)
{
	*sink = (struct log_sink){.targets = targets, .pid = pid};
	tzset(); /* reads the time zone while its file can be seen */
	sink->sockets = malloc((count + 1) * sizeof(*sink->sockets));
	sink->turns = calloc(count + 1, sizeof(*sink->turns));
	sink->batch = malloc(LOG_BATCH_BYTES);
	sink->lines = malloc(LOG_BATCH_LINES * sizeof(*sink->lines));
	if (!sink->sockets || !sink->turns || !sink->batch || !sink->lines) {
		log_sink_close(sink);
		return -ENOMEM;
	}
	sink->target_count = count;
	for (uint32_t i = 0; i < count; i++)
		sink->sockets[i] = open_target(&targets[i]);
	return 0;
}

void log_sink_close(struct log_sink *sink)
{
	for (uint32_t i = 0; i < sink->target_count; i++)
		if (sink->sockets[i] >= 0)
			close(sink->sockets[i]);
	free(sink->sockets);
	free(sink->turns);
	free(sink->batch);
	free(sink->lines);
	*sink = (struct log_sink){0};
}

/* Room for a line with a tag and a text of together `bytes`, whatever its format adds. */
static bool batch_has_room(
	const struct log_sink *sink, const struct log_target *target, size_t bytes)
{
	size_t most = bytes + sizeof(process.host_name) + 128; /* dates, pid, punctuation */

	if (most > target->len_max)
		most = target->len_max;
	return sink->batch_lines < LOG_BATCH_LINES &&
	       LOG_BATCH_BYTES - sink->batch_used_bytes >= most;
}

bool log_sampled(const struct log_sample *sample, uint32_t *turn)
{
	if (!sample)
		return true;
	*turn = *turn % sample->size + 1;
	for (uint32_t i = 0; i < sample->range_count; i++)
		if (*turn >= sample->ranges[i].first && *turn <= sample->ranges[i].last)
			return true;
	return false;
}

void log_sink_line(struct log_sink *sink, enum log_level level, const char *tag, const char *text,
	uint32_t len, uint64_t wall_ms)
{
	log_sink_structured(sink, level, tag, (struct span){0}, text, len, wall_ms);
}

void log_sink_structured(struct log_sink *sink, enum log_level level, const char *tag,
	struct span structured, const char *text, uint32_t len, uint64_t wall_ms)
{
	for (uint32_t i = 0; i < sink->target_count; i++) {
		const struct log_target *target = &sink->targets[i];
		int admitted = log_admit(target, level);
		struct log_line *line;

		if (admitted < 0 || !log_sampled(target->sample, &sink->turns[i]))
			continue;
		if (!batch_has_room(sink, target, strlen(tag) + structured.len + len))
			log_sink_flush(sink);
		line = &sink->lines[sink->batch_lines++];
		line->at = sink->batch_used_bytes;
		line->target = i;
		line->len = log_format_line(sink->batch + line->at, LOG_BATCH_BYTES - line->at,
			target, (enum log_level)admitted, tag, sink->pid, host_name(), structured,
			text, len, wall_ms);
		sink->batch_used_bytes += line->len;
	}
}

static void flush_target(struct log_sink *sink, uint32_t index)
{
	const struct log_target *target = &sink->targets[index];
	struct iovec pieces[LOG_BATCH_LINES];
	uint32_t count = 0, taken = 0, refused = 0;

	for (uint32_t i = 0; i < sink->batch_lines; i++) {
		const struct log_line *line = &sink->lines[i];

		if (line->target == index)
			pieces[count++] = (struct iovec){sink->batch + line->at, line->len};
	}
	if (count == 0)
		return;
	if (target->kind == LOG_TO_FD) {
		taken = write_lines(target->fd, pieces, count);
	} else {
		if (sink->sockets[index] < 0)
			sink->sockets[index] = open_target(target);
		if (sink->sockets[index] >= 0)
			taken = send_datagrams(
				sink->sockets[index], target, pieces, count, &refused);
	}
	sink->lines_sent += taken;
	sink->lines_dropped += count - taken;
	if (refused > sink->lines_sent)
		refused = (uint32_t)sink->lines_sent;
	sink->lines_sent -= refused;
	sink->lines_dropped += refused;
}

void log_sink_flush(struct log_sink *sink)
{
	if (sink->batch_lines == 0)
		return;
	for (uint32_t i = 0; i < sink->target_count; i++)
		flush_target(sink, i);
	sink->batch_lines = 0;
	sink->batch_used_bytes = 0;
}

/* ---- torc's own messages -------------------------------------------------------------------- */

void log_open_process(const struct log_target *targets, uint32_t count, uint32_t pid)
{
	pthread_mutex_lock(&process.lock);
	log_sink_close(&process.sink);
	process.pid = pid;
	log_sink_open(&process.sink, targets, count, pid);
	pthread_mutex_unlock(&process.lock);
}

void log_set_identity(const char *tag, const char *name)
{
	pthread_mutex_lock(&process.lock);
	snprintf(process.tag, sizeof(process.tag), "%s", tag ? tag : "haproxy");
	process.host_name[0] = '\0';
	if (name && name[0])
		snprintf(process.host_name, sizeof(process.host_name), "%s", name);
	else if (name && gethostname(process.host_name, sizeof(process.host_name) - 1) < 0)
		process.host_name[0] = '\0';
	pthread_mutex_unlock(&process.lock);
}

void log_set_pid(uint32_t pid)
{
	pthread_mutex_lock(&process.lock);
	process.pid = pid;
	process.sink.pid = pid;
	pthread_mutex_unlock(&process.lock);
}

void log_to_stderr(bool on)
{
	pthread_mutex_lock(&process.lock);
	process.silent = !on;
	pthread_mutex_unlock(&process.lock);
}

uint32_t log_pid(void)
{
	return process.pid ? process.pid : (uint32_t)getpid();
}

/* The text of a message, made harmless. */
static uint32_t make_text(char text[LOG_MESSAGE_BYTES], const char *format, va_list arguments)
{
	int len = vsnprintf(text, LOG_MESSAGE_BYTES, format, arguments);

	if (len < 0)
		len = 0;
	if (len >= LOG_MESSAGE_BYTES)
		len = LOG_MESSAGE_BYTES - 1;
	for (int i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
	return (uint32_t)len;
}

/* `label` with its brackets and padding: the texts stand under each other. */
static void print_message(const char *label, const char *text)
{
	char line[LOG_MESSAGE_BYTES + 64];
	int len = snprintf(line, sizeof(line), "%-11s(%u) : %s\n", label, log_pid(), text);
	struct iovec piece = {line, (size_t)len};

	if (!process.silent)
		write_lines(STDERR_FILENO, &piece, 1);
}

static const char *label_of(enum log_level level)
{
	if (level <= LOG_LEVEL_ERR)
		return "[ALERT]";
	return level == LOG_LEVEL_WARNING ? "[WARNING]" : "[NOTICE]";
}

/* One line to one target, without a sink. */
static void send_message(
	const struct log_target *target, enum log_level level, const char *text, uint32_t len)
{
	char line[LOG_MESSAGE_BYTES + 1024];
	int admitted = log_admit(target, level);
	struct iovec piece = {.iov_base = line};
	uint32_t refused = 0;
	int fd;

	if (admitted < 0)
		return;
	piece.iov_len = log_format_line(line, sizeof(line), target, (enum log_level)admitted,
		process.tag, log_pid(), host_name(), (struct span){0}, text, len, clock_wall_ms());
	if (target->kind == LOG_TO_FD) {
		write_lines(target->fd, &piece, 1);
		return;
	}
	fd = open_target(target);
	if (fd < 0)
		return;
	send_datagrams(fd, target, &piece, 1, &refused);
	close(fd);
}

void log_message(enum log_level level, const char *format, ...)
{
	char text[LOG_MESSAGE_BYTES];
	int saved_errno = errno;
	va_list arguments;
	uint32_t len;

	va_start(arguments, format);
	len = make_text(text, format, arguments);
	va_end(arguments);
	pthread_mutex_lock(&process.lock);
	print_message(label_of(level), text);
	log_sink_line(&process.sink, level, process.tag, text, len, clock_wall_ms());
	log_sink_flush(&process.sink);
	pthread_mutex_unlock(&process.lock);
	errno = saved_errno;
}

void log_message_to(const struct log_target *targets, uint32_t count, enum log_level level,
	const char *format, ...)
{
	char text[LOG_MESSAGE_BYTES];
	int saved_errno = errno;
	va_list arguments;
	uint32_t len;

	va_start(arguments, format);
	len = make_text(text, format, arguments);
	va_end(arguments);
	pthread_mutex_lock(&process.lock);
	print_message(level == LOG_LEVEL_EMERG ? "[ALERT]" : "[WARNING]", text);
	if (targets == process.sink.targets && count == process.sink.target_count) {
		log_sink_line(&process.sink, level, process.tag, text, len, clock_wall_ms());
		log_sink_flush(&process.sink);
	} else {
		for (uint32_t i = 0; i < count; i++)
			send_message(&targets[i], level, text, len);
	}
	pthread_mutex_unlock(&process.lock);
	errno = saved_errno;
}
