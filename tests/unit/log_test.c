/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log_test.c - formats byte for byte, targets that come and go, and a writer that never waits. */
#include "core/log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define WALL_MS 1795406172482u /* 23 Nov 2026 03:56:12.482 UTC */

static struct log_target target_of(enum log_format_kind format)
{
	return (struct log_target){.format = format,
		.len_max = 1024,
		.facility = 18, /* local2 */
		.level_max = LOG_LEVEL_DEBUG};
}

static void formats_are_those_of_haproxy(void **state)
{
	const struct {
		enum log_format_kind format;
		enum log_level level;
		const char *host, *expected;
	} cases[] = {
		{LOG_FORMAT_LOCAL, LOG_LEVEL_INFO, NULL,
			"<150>Nov 23 03:56:12 haproxy[20876]: text\n"},
		{LOG_FORMAT_LOCAL, LOG_LEVEL_ALERT, "lb1",
			"<145>Nov 23 03:56:12 haproxy[20876]: text\n"},
		{LOG_FORMAT_RFC3164, LOG_LEVEL_INFO, "lb1",
			"<150>Nov 23 03:56:12 lb1 haproxy[20876]: text\n"},
		{LOG_FORMAT_RFC3164, LOG_LEVEL_EMERG, NULL,
			"<144>Nov 23 03:56:12 localhost haproxy[20876]: text\n"},
		{LOG_FORMAT_RFC5424, LOG_LEVEL_INFO, NULL,
			"<150>1 2026-11-23T03:56:12.482000+00:00 - haproxy 20876 - - text\n"},
		{LOG_FORMAT_RFC5424, LOG_LEVEL_NOTICE, "lb1",
			"<149>1 2026-11-23T03:56:12.482000+00:00 lb1 haproxy 20876 - - text\n"},
		{LOG_FORMAT_PRIORITY, LOG_LEVEL_WARNING, NULL, "<148>text\n"},
		{LOG_FORMAT_SHORT, LOG_LEVEL_INFO, NULL, "<6>text\n"},
		{LOG_FORMAT_TIMED, LOG_LEVEL_INFO, NULL,
			"<6>2026-11-23T03:56:12.482000+00:00 text\n"},
		{LOG_FORMAT_ISO, LOG_LEVEL_INFO, NULL, "2026-11-23T03:56:12.482000+00:00 text\n"},
		{LOG_FORMAT_RAW, LOG_LEVEL_INFO, "lb1", "text\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct log_target target = target_of(cases[i].format);
		char line[1024];
		uint32_t len = log_format_line(line, sizeof(line), &target, cases[i].level,
			"haproxy", 20876, cases[i].host, (struct span){0}, "text", 4, WALL_MS);

		if (len != strlen(cases[i].expected) || memcmp(line, cases[i].expected, len) != 0)
			fail_msg("%.*sexpected %s", (int)len, line, cases[i].expected);
	}
}

/* Structured data is rfc5424's; no other format has a place for it. */
static void structured_data(void **state)
{
	struct log_target target = target_of(LOG_FORMAT_RFC5424);
	struct span data = SPAN("[a@1 b=\"c\"]");
	const char *expected = "<150>1 2026-11-23T03:56:12.482000+00:00 - t 1 - [a@1 b=\"c\"] x\n";
	char line[256];
	uint32_t len = log_format_line(
		line, sizeof(line), &target, LOG_LEVEL_INFO, "t", 1, NULL, data, "x", 1, WALL_MS);

	(void)state;
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(line, expected, len);
	target.format = LOG_FORMAT_RAW;
	len = log_format_line(
		line, sizeof(line), &target, LOG_LEVEL_INFO, "t", 1, NULL, data, "x", 1, WALL_MS);
	assert_int_equal(len, 2);
	assert_memory_equal(line, "x\n", 2);
}

static void dates_are_padded_and_local(void **state)
{
	const struct {
		const char *zone;
		uint64_t wall_ms;
		enum log_format_kind format;
		const char *expected;
	} cases[] = {
		{"UTC", 946684801001u, LOG_FORMAT_LOCAL, "<150>Jan  1 00:00:01 t[1]: \n"},
		{"UTC", 946684801001u, LOG_FORMAT_ISO, "2000-01-01T00:00:01.001000+00:00 \n"},
		{"ABC-5:30", 946684802000u, LOG_FORMAT_ISO, "2000-01-01T05:30:02.000000+05:30 \n"},
		{"ABC3:30", 946684803099u, LOG_FORMAT_ISO, "1999-12-31T20:30:03.099000-03:30 \n"},
		{"ABC3:30", 946684804099u, LOG_FORMAT_LOCAL, "<150>Dec 31 20:30:04 t[1]: \n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct log_target target = target_of(cases[i].format);
		char line[256] = "";

		setenv("TZ", cases[i].zone, 1);
		tzset();
		log_format_line(line, sizeof(line), &target, LOG_LEVEL_INFO, "t", 1, NULL,
			(struct span){0}, "", 0, cases[i].wall_ms);
		assert_string_equal(line, cases[i].expected);
	}
	setenv("TZ", "UTC", 1);
	tzset();
}

/* At every length: cut, with the line feed kept, and nothing written behind it. */
static void lines_are_cut_to_their_length(void **state)
{
	static const char whole[] = "<150>Nov 23 03:56:12 haproxy[20876]: text\n";
	struct log_target target = target_of(LOG_FORMAT_LOCAL);
	char line[128];

	(void)state;
	for (uint16_t len_max = 1; len_max < sizeof(whole) + 2; len_max++) {
		for (int by_capacity = 0; by_capacity < 2; by_capacity++) {
			uint32_t len;

			memset(line, '!', sizeof(line));
			target.len_max = by_capacity ? 1024 : len_max;
			len = log_format_line(line, by_capacity ? len_max : sizeof(line), &target,
				LOG_LEVEL_INFO, "haproxy", 20876, NULL, (struct span){0}, "text", 4,
				WALL_MS);
			assert_int_equal(len, len_max < strlen(whole) ? len_max : strlen(whole));
			assert_memory_equal(line, whole, len - 1);
			assert_int_equal(line[len - 1], '\n');
			assert_int_equal(line[len], '!');
		}
	}
}

static void levels_admit_and_tone_down(void **state)
{
	const struct {
		const char *name;
		uint8_t max, min;
		enum log_level level;
		int expected;
	} cases[] = {
		{"everything", LOG_LEVEL_DEBUG, LOG_LEVEL_EMERG, LOG_LEVEL_DEBUG, LOG_LEVEL_DEBUG},
		{"at the limit", LOG_LEVEL_NOTICE, LOG_LEVEL_EMERG, LOG_LEVEL_NOTICE,
			LOG_LEVEL_NOTICE},
		{"less severe", LOG_LEVEL_NOTICE, LOG_LEVEL_EMERG, LOG_LEVEL_INFO, -1},
		{"more severe", LOG_LEVEL_NOTICE, LOG_LEVEL_EMERG, LOG_LEVEL_EMERG,
			LOG_LEVEL_EMERG},
		{"toned down", LOG_LEVEL_DEBUG, LOG_LEVEL_NOTICE, LOG_LEVEL_EMERG,
			LOG_LEVEL_NOTICE},
		{"tame already", LOG_LEVEL_DEBUG, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO, LOG_LEVEL_INFO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct log_target target = {.level_max = cases[i].max, .level_min = cases[i].min};

		if (log_admit(&target, cases[i].level) != cases[i].expected)
			fail_msg("%s", cases[i].name);
	}
}

/* ---- receivers ------------------------------------------------------------------------------ */

static int udp_receiver(struct log_target *target, uint16_t port)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	target->kind = LOG_TO_UDP;
	target->address.in = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = port};
	target->address_len = sizeof(target->address.in);
	assert_int_equal(bind(fd, &target->address.any, target->address_len), 0);
	assert_int_equal(getsockname(fd, &target->address.any, &target->address_len), 0);
	return fd;
}

static int unix_receiver(struct log_target *target, const char *path)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	target->kind = LOG_TO_UNIX;
	target->address.un = (struct sockaddr_un){.sun_family = AF_UNIX};
	strcpy(target->address.un.sun_path, path);
	target->address_len = sizeof(target->address.un);
	unlink(path);
	assert_int_equal(bind(fd, &target->address.any, target->address_len), 0);
	return fd;
}

/* The next datagram, "" when there is none. */
static const char *received(int fd)
{
	static char line[70000];
	ssize_t len = recv(fd, line, sizeof(line) - 1, 0);

	line[len > 0 ? len : 0] = '\0';
	return line;
}

static void say(struct log_sink *sink, enum log_level level, const char *text)
{
	log_sink_line(sink, level, "haproxy", text, (uint32_t)strlen(text), WALL_MS);
}

static void a_batch_leaves_at_the_flush(void **state)
{
	struct log_target target = target_of(LOG_FORMAT_LOCAL);
	int fd = udp_receiver(&target, 0);
	struct log_sink sink;

	(void)state;
	assert_int_equal(log_sink_open(&sink, &target, 1, 42), 0);
	say(&sink, LOG_LEVEL_INFO, "one");
	say(&sink, LOG_LEVEL_NOTICE, "two");
	assert_string_equal(received(fd), "");
	log_sink_flush(&sink);
	assert_string_equal(received(fd), "<150>Nov 23 03:56:12 haproxy[42]: one\n");
	assert_string_equal(received(fd), "<149>Nov 23 03:56:12 haproxy[42]: two\n");
	log_sink_flush(&sink);
	assert_string_equal(received(fd), "");
	assert_int_equal(sink.lines_sent, 2);
	assert_int_equal(sink.lines_dropped, 0);
	log_sink_close(&sink);
	close(fd);
}

static void a_full_batch_flushes_itself(void **state)
{
	struct log_target target = target_of(LOG_FORMAT_RAW);
	int fd = udp_receiver(&target, 0);
	struct log_sink sink;
	char text[2000];

	(void)state;
	assert_int_equal(log_sink_open(&sink, &target, 1, 42), 0);
	for (int i = 0; i <= LOG_BATCH_LINES; i++)
		say(&sink, LOG_LEVEL_INFO, "x");
	for (int i = 0; i < LOG_BATCH_LINES; i++)
		assert_string_equal(received(fd), "x\n");
	assert_string_equal(received(fd), "");
	log_sink_flush(&sink);
	assert_string_equal(received(fd), "x\n");

	/* 33 lines of 2000 bytes are more than a batch holds. */
	target.len_max = 2000;
	memset(text, 'y', sizeof(text));
	for (int i = 0; i < 33; i++)
		log_sink_line(&sink, LOG_LEVEL_INFO, "t", text, sizeof(text), WALL_MS);
	for (int i = 0; i < 32; i++)
		assert_int_equal(strlen(received(fd)), 2000);
	assert_string_equal(received(fd), "");
	log_sink_flush(&sink);
	log_sink_close(&sink);
	close(fd);
}

static void several_targets_get_what_they_asked_for(void **state)
{
	struct log_target targets[3] = {target_of(LOG_FORMAT_RAW), target_of(LOG_FORMAT_SHORT),
		target_of(LOG_FORMAT_PRIORITY)};
	struct log_sink sink;
	int fds[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		fds[i] = udp_receiver(&targets[i], 0);
	targets[1].level_max = LOG_LEVEL_NOTICE;
	targets[2].level_min = LOG_LEVEL_WARNING;
	assert_int_equal(log_sink_open(&sink, targets, 3, 42), 0);
	say(&sink, LOG_LEVEL_INFO, "info");
	say(&sink, LOG_LEVEL_ALERT, "alert");
	log_sink_flush(&sink);
	assert_string_equal(received(fds[0]), "info\n");
	assert_string_equal(received(fds[0]), "alert\n");
	assert_string_equal(received(fds[1]), "<1>alert\n");
	assert_string_equal(received(fds[1]), "");
	assert_string_equal(received(fds[2]), "<150>info\n");
	assert_string_equal(received(fds[2]), "<148>alert\n");
	assert_int_equal(sink.lines_sent, 5);
	log_sink_close(&sink);
	for (int i = 0; i < 3; i++)
		close(fds[i]);
}

static void a_udp_receiver_goes_and_comes_back(void **state)
{
	struct log_target target = target_of(LOG_FORMAT_RAW);
	int fd = udp_receiver(&target, 0);
	struct log_sink sink;

	(void)state;
	assert_int_equal(log_sink_open(&sink, &target, 1, 42), 0);
	close(fd);
	for (int i = 0; i < 5; i++) {
		say(&sink, LOG_LEVEL_INFO, "to nobody");
		say(&sink, LOG_LEVEL_INFO, "to nobody");
		log_sink_flush(&sink);
	}
	assert_int_equal(sink.lines_sent + sink.lines_dropped, 10);
	assert_true(sink.lines_dropped >= 4);
	fd = udp_receiver(&target, target.address.in.sin_port);
	say(&sink, LOG_LEVEL_INFO, "welcome back");
	log_sink_flush(&sink);
	assert_string_equal(received(fd), "welcome back\n");
	log_sink_close(&sink);
	close(fd);
}

static void a_unix_receiver_is_started_anew(void **state)
{
	struct log_target target = target_of(LOG_FORMAT_RAW);
	char folder[] = "/tmp/log_test.XXXXXX", path[64];
	struct log_sink sink;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/log", folder);
	fd = unix_receiver(&target, path);
	close(fd);
	unlink(path);
	assert_int_equal(log_sink_open(&sink, &target, 1, 42), 0); /* not there yet */
	say(&sink, LOG_LEVEL_INFO, "to nobody");
	log_sink_flush(&sink);
	assert_int_equal(sink.lines_dropped, 1);
	for (int start = 0; start < 3; start++) {
		fd = unix_receiver(&target, path);
		say(&sink, LOG_LEVEL_INFO, "hello");
		log_sink_flush(&sink);
		assert_string_equal(received(fd), "hello\n");
		close(fd);
	}
	assert_int_equal(sink.lines_sent, 3);
	say(&sink, LOG_LEVEL_INFO, "to nobody"); /* the path is there, nobody behind it */
	log_sink_flush(&sink);
	assert_int_equal(sink.lines_dropped, 2);
	log_sink_close(&sink);
	unlink(path);
	rmdir(folder);
}

/* Of every four lines the first and the last two, to this target; the other one gets them all. */
static void some_lines_of_many(void **state)
{
	uint32_t ranges[] = {1, 1, 3, 4};
	struct log_sample sample = {.size = 4, .range_count = 2, .ranges = (void *)ranges};
	struct log_target targets[2] = {target_of(LOG_FORMAT_RAW), target_of(LOG_FORMAT_RAW)};
	struct log_sink sink;
	int ends[2], others[2];
	char read_back[64], text[2] = "0";

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(pipe(others), 0);
	targets[0].kind = targets[1].kind = LOG_TO_FD;
	targets[0].fd = ends[1];
	targets[0].sample = &sample;
	targets[1].fd = others[1];
	assert_int_equal(log_sink_open(&sink, targets, 2, 42), 0);
	for (; text[0] < '9'; text[0]++)
		say(&sink, LOG_LEVEL_INFO, text);
	log_sink_flush(&sink);
	assert_int_equal(read(ends[0], read_back, sizeof(read_back)), 14);
	assert_memory_equal(read_back, "0\n2\n3\n4\n6\n7\n8\n", 14);
	assert_int_equal(read(others[0], read_back, sizeof(read_back)), 18);
	log_sink_close(&sink);
	for (int i = 0; i < 2; i++) {
		close(ends[i]);
		close(others[i]);
	}
}

/* Nobody reads: the writer goes on, and counts. */
static void a_full_receiver_is_not_waited_for(void **state)
{
	struct log_target target = target_of(LOG_FORMAT_RAW);
	char folder[] = "/tmp/log_test.XXXXXX", path[64];
	struct log_sink sink;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/log", folder);
	fd = unix_receiver(&target, path);
	assert_int_equal(log_sink_open(&sink, &target, 1, 42), 0);
	for (int i = 0; i < 5000; i++)
		say(&sink, LOG_LEVEL_INFO, "tell me more");
	log_sink_flush(&sink);
	assert_int_equal(sink.lines_sent + sink.lines_dropped, 5000);
	assert_true(sink.lines_sent > 0 && sink.lines_dropped > 0);
	log_sink_close(&sink);
	close(fd);
	unlink(path);
	rmdir(folder);
}

static void a_full_pipe_is_not_waited_for(void **state)
{
	struct log_target target = target_of(LOG_FORMAT_RAW);
	char text[9000], read_back[PIPE_BUF + 1];
	struct log_sink sink;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0); /* blocking, as a supervisor gives it */
	target.kind = LOG_TO_FD;
	target.fd = ends[1];
	target.len_max = 10000;
	assert_int_equal(log_sink_open(&sink, &target, 1, 42), 0);
	say(&sink, LOG_LEVEL_INFO, "one");
	say(&sink, LOG_LEVEL_INFO, "two");
	log_sink_flush(&sink);
	assert_int_equal(read(ends[0], read_back, sizeof(read_back)), 8);
	assert_memory_equal(read_back, "one\ntwo\n", 8);

	memset(text, 'z', sizeof(text)); /* longer than a pipe takes in one piece: cut */
	log_sink_line(&sink, LOG_LEVEL_INFO, "t", text, sizeof(text), WALL_MS);
	log_sink_flush(&sink);
	assert_int_equal(read(ends[0], read_back, sizeof(read_back)), PIPE_BUF);
	assert_int_equal(read_back[PIPE_BUF - 1], '\n');

	for (int i = 0; i < 3000; i++) {
		log_sink_line(&sink, LOG_LEVEL_INFO, "t", text, 100, WALL_MS);
		if (i % 7 == 0)
			log_sink_flush(&sink);
	}
	log_sink_flush(&sink);
	assert_int_equal(sink.lines_sent + sink.lines_dropped, 3003);
	assert_true(sink.lines_dropped > 1000);
	close(ends[0]); /* and nobody at the other end at all */
	say(&sink, LOG_LEVEL_INFO, "three");
	log_sink_flush(&sink);
	assert_int_equal(sink.lines_sent + sink.lines_dropped, 3004);
	log_sink_close(&sink);
	close(ends[1]);
}

static void a_file_takes_everything(void **state)
{
	struct log_target target = target_of(LOG_FORMAT_RAW);
	FILE *file = tmpfile();
	struct log_sink sink;
	struct stat info;

	(void)state;
	target.kind = LOG_TO_FD;
	target.fd = fileno(file);
	assert_int_equal(log_sink_open(&sink, &target, 1, 42), 0);
	for (int i = 0; i < 1000; i++)
		say(&sink, LOG_LEVEL_INFO, "123456789");
	log_sink_flush(&sink);
	assert_int_equal(sink.lines_sent, 1000);
	assert_int_equal(fstat(fileno(file), &info), 0);
	assert_int_equal(info.st_size, 10000);
	log_sink_close(&sink);
	fclose(file);
}

/* ---- messages ------------------------------------------------------------------------------- */

static char said[20000];

/* Calls speak() with stderr in a pipe and keeps what it said. */
static void listen_to(void (*speak)(void))
{
	int ends[2], before = dup(STDERR_FILENO);
	ssize_t len;

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	fflush(stderr);
	dup2(ends[1], STDERR_FILENO);
	speak();
	dup2(before, STDERR_FILENO);
	len = read(ends[0], said, sizeof(said) - 1);
	said[len > 0 ? len : 0] = '\0';
	close(before);
	close(ends[0]);
	close(ends[1]);
}

static void speak_every_level(void)
{
	errno = 5;
	log_message(LOG_LEVEL_NOTICE, "%s", "a notice");
	log_message(LOG_LEVEL_WARNING, "a warning about %d", 3);
	log_message(LOG_LEVEL_ALERT, "an alert");
	log_message(LOG_LEVEL_ERR, "an error\n\x1b[31m");
	assert_int_equal(errno, 5);
}

static void messages_look_like_haproxys(void **state)
{
	(void)state;
	log_set_pid(20895);
	listen_to(speak_every_level);
	assert_string_equal(said, "[NOTICE]   (20895) : a notice\n"
				  "[WARNING]  (20895) : a warning about 3\n"
				  "[ALERT]    (20895) : an alert\n"
				  "[ALERT]    (20895) : an error??[31m\n");
	log_to_stderr(false);
	listen_to(speak_every_level);
	assert_string_equal(said, "");
	log_to_stderr(true);
}

static struct log_target of_the_backend;

static void speak_of_servers(void)
{
	log_message_to(&of_the_backend, 1, LOG_LEVEL_ALERT, "Server b/s is DOWN.");
	log_message_to(&of_the_backend, 1, LOG_LEVEL_NOTICE, "Server b/s is UP.");
	log_message_to(&of_the_backend, 1, LOG_LEVEL_EMERG, "backend b has no server available!");
}

static void servers_come_and_go_on_the_backends_list(void **state)
{
	struct log_target of_the_process = target_of(LOG_FORMAT_PRIORITY);
	int process_fd = udp_receiver(&of_the_process, 0), backend_fd;

	(void)state;
	of_the_backend = target_of(LOG_FORMAT_SHORT);
	backend_fd = udp_receiver(&of_the_backend, 0);
	log_open_process(&of_the_process, 1, 20895);
	listen_to(speak_of_servers);
	assert_string_equal(said, "[WARNING]  (20895) : Server b/s is DOWN.\n"
				  "[WARNING]  (20895) : Server b/s is UP.\n"
				  "[ALERT]    (20895) : backend b has no server available!\n");
	assert_string_equal(received(backend_fd), "<1>Server b/s is DOWN.\n");
	assert_string_equal(received(backend_fd), "<5>Server b/s is UP.\n");
	assert_string_equal(received(backend_fd), "<0>backend b has no server available!\n");
	assert_string_equal(received(process_fd), "");
	log_to_stderr(false);
	log_message(LOG_LEVEL_NOTICE, "for the process");
	log_message_to(&of_the_process, 1, LOG_LEVEL_INFO, "the same list");
	assert_string_equal(received(process_fd), "<149>for the process\n");
	assert_string_equal(received(process_fd), "<150>the same list\n");
	log_open_process(NULL, 0, 0);
	log_message(LOG_LEVEL_NOTICE, "for nobody");
	assert_string_equal(received(process_fd), "");
	log_to_stderr(true);
	close(process_fd);
	close(backend_fd);
}

static void names_are_shown_where_asked_for(void **state)
{
	struct log_target target = target_of(LOG_FORMAT_RFC3164);
	int fd = udp_receiver(&target, 0);

	(void)state;
	log_to_stderr(false);
	log_open_process(&target, 1, 1);
	log_set_identity("torc", "lb7");
	log_message(LOG_LEVEL_NOTICE, "x");
	assert_non_null(strstr(received(fd), " lb7 torc[1]: x\n"));
	log_set_identity(NULL, "");
	log_message(LOG_LEVEL_NOTICE, "x");
	assert_non_null(strstr(received(fd), " haproxy[1]: x\n"));
	assert_null(strstr(received(fd), "localhost"));
	log_set_identity(NULL, NULL);
	log_message(LOG_LEVEL_NOTICE, "x");
	assert_non_null(strstr(received(fd), " localhost haproxy[1]: x\n"));
	log_open_process(NULL, 0, 0);
	log_to_stderr(true);
	close(fd);
}

static void *speak_often(void *argument)
{
	for (int i = 0; i < 200; i++)
		log_message(LOG_LEVEL_NOTICE, "line %d of %s", i, (const char *)argument);
	return NULL;
}

static void many_threads_speak(void **state)
{
	struct log_target target = target_of(LOG_FORMAT_RAW);
	char names[4][2] = {"a", "b", "c", "d"};
	pthread_t threads[4];
	FILE *file = tmpfile();
	char line[256];
	int lines = 0;

	(void)state;
	target.kind = LOG_TO_FD;
	target.fd = fileno(file);
	log_to_stderr(false);
	log_open_process(&target, 1, 1);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, speak_often, names[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	log_open_process(NULL, 0, 0);
	log_to_stderr(true);
	rewind(file);
	while (fgets(line, sizeof(line), file)) {
		assert_int_equal(strncmp(line, "line ", 5), 0);
		lines++;
	}
	assert_int_equal(lines, 800);
	fclose(file);
}

static void long_messages_are_cut(void **state)
{
	struct log_target target = target_of(LOG_FORMAT_RAW);
	int fd = udp_receiver(&target, 0);
	char *text = malloc(100001);

	(void)state;
	memset(text, 'w', 100000);
	text[100000] = '\0';
	target.len_max = UINT16_MAX;
	log_to_stderr(false);
	log_open_process(&target, 1, 1);
	log_message(LOG_LEVEL_NOTICE, "%s", text);
	assert_int_equal(strlen(received(fd)), LOG_MESSAGE_BYTES);
	log_message_to(&(struct log_target){0}, 0, LOG_LEVEL_NOTICE, "%s", text);
	log_open_process(NULL, 0, 0);
	log_to_stderr(true);
	close(fd);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_those_of_haproxy),
		cmocka_unit_test(structured_data),
		cmocka_unit_test(dates_are_padded_and_local),
		cmocka_unit_test(lines_are_cut_to_their_length),
		cmocka_unit_test(levels_admit_and_tone_down),
		cmocka_unit_test(a_batch_leaves_at_the_flush),
		cmocka_unit_test(a_full_batch_flushes_itself),
		cmocka_unit_test(several_targets_get_what_they_asked_for),
		cmocka_unit_test(a_udp_receiver_goes_and_comes_back),
		cmocka_unit_test(a_unix_receiver_is_started_anew),
		cmocka_unit_test(some_lines_of_many),
		cmocka_unit_test(a_full_receiver_is_not_waited_for),
		cmocka_unit_test(a_full_pipe_is_not_waited_for),
		cmocka_unit_test(a_file_takes_everything),
		cmocka_unit_test(messages_look_like_haproxys),
		cmocka_unit_test(servers_come_and_go_on_the_backends_list),
		cmocka_unit_test(names_are_shown_where_asked_for),
		cmocka_unit_test(many_threads_speak),
		cmocka_unit_test(long_messages_are_cut),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
