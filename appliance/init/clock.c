/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clock.c - asking the time, and setting it.
 *
 * The first good answer sets the clock at once, however far off it is: a log with wrong times is
 * worth little, and nothing that runs here minds, since VRRP and all timers count on a clock that
 * nobody sets.  Afterwards a round of questions goes to all servers every minute, and later every
 * few; the answer in the middle counts, so that one server that lies is not believed when there are
 * three.  A small difference is slewed, a large one set. */
#include "appliance/init/clock.h"

#include "appliance/init/sntp.h"
#include "appliance/init/tell.h"
#include "appliance/init/turn.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS    1000000000ll
#define ROUND_MS     1000  /* answers of one round are waited for this long */
#define FIRST_MS     1000  /* between rounds while nobody has answered */
#define EARLY_MS     64000 /* between the first rounds */
#define LATER_MS     256000
#define EARLY_ROUNDS 5
#define GO_AWAY_MS   3600000
#define STEP_NS	     (SECOND_NS / 8) /* what is slewed takes 2,000 times as long */

struct server {
	struct vrrp_ip ip;
	int fd;
	uint64_t cookie, quiet_until_ms;
	int64_t sent_ns;
	bool waiting, answered;
	struct sntp_answer answer;
};

static struct {
	struct server servers[APPLIANCE_NTP_MAX];
	uint32_t server_count, rounds;
	uint64_t round_ms; /* the next round, or the end of this one */
	bool in_round, is_set, complained;
	char setter[INET6_ADDRSTRLEN];
	int64_t last_offset_ns;
} timing;

static int64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

/* ---- setting ---- */

/* For the next start, and for a machine whose server is away then. */
static void keep_in_hardware(void)
{
	int fd = open("/dev/rtc0", O_RDWR | O_CLOEXEC);
	time_t now = time(NULL);
	struct rtc_time time = {0};
	struct tm tm;

	if (fd < 0)
		return;
	gmtime_r(&now, &tm);
	time.tm_sec = tm.tm_sec;
	time.tm_min = tm.tm_min;
	time.tm_hour = tm.tm_hour;
	time.tm_mday = tm.tm_mday;
	time.tm_mon = tm.tm_mon;
	time.tm_year = tm.tm_year;
	ioctl(fd, RTC_SET_TIME, &time);
	close(fd);
}

static void step(int64_t offset_ns)
{
	int64_t wanted = wall_ns() + offset_ns;
	struct timespec time = {wanted / SECOND_NS, wanted % SECOND_NS};

	if (wanted < 0 || clock_settime(CLOCK_REALTIME, &time) < 0) {
		tell(LOG_ERR, "the clock cannot be set: %s", strerror(errno));
		return;
	}
	keep_in_hardware();
	tell(LOG_NOTICE, "the clock was %lld.%03lld s off and is set by %s",
		(long long)(offset_ns / SECOND_NS),
		(long long)llabs(offset_ns % SECOND_NS / 1000000), timing.setter);
}

static void slew(int64_t offset_ns)
{
	struct timeval delta = {offset_ns / SECOND_NS, offset_ns % SECOND_NS / 1000};

	adjtime(&delta, NULL);
}

static void obey(const struct server *server)
{
	int64_t offset = server->answer.offset_ns;

	inet_ntop(server->ip.family, server->ip.bytes, timing.setter, sizeof(timing.setter));
	if (!timing.is_set || offset > STEP_NS || offset < -STEP_NS)
		step(offset);
	else
		slew(offset);
	timing.last_offset_ns = offset;
	timing.is_set = true;
	timing.complained = false;
}

/* ---- asking ---- */

static void ready(int fd, uint32_t events)
{
	struct server *server = NULL;
	uint8_t bytes[512];
	ssize_t got;

	(void)events;
	for (uint32_t i = 0; i < timing.server_count; i++) {
		if (timing.servers[i].fd == fd)
			server = &timing.servers[i];
	}
	while (server && (got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		if (!server->waiting)
			continue;
		switch (sntp_read_answer(&server->answer, bytes, (size_t)got, server->cookie,
			server->sent_ns, wall_ns())) {
		case SNTP_GOOD:
			server->waiting = false;
			server->answered = true;
			/* The first answer of all is not made to wait for others. */
			if (!timing.is_set)
				obey(server);
			break;
		case SNTP_GO_AWAY:
			server->waiting = false;
			server->quiet_until_ms = tell_now_ms() + GO_AWAY_MS;
			break;
		case SNTP_UNSYNCED:
			server->waiting = false;
			break;
		case SNTP_NOT_OURS:
			break;
		}
	}
}

static bool open_server(struct server *server)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(SNTP_PORT)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(SNTP_PORT)};
	bool is_six = server->ip.family == AF_INET6;

	memcpy(&six.sin6_addr, server->ip.bytes, 16);
	memcpy(&four.sin_addr, server->ip.bytes, 4);
	server->fd = socket(server->ip.family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->fd < 0)
		return false;
	/* Connected: nobody else's packets come in. */
	if (connect(server->fd, is_six ? (const void *)&six : (const void *)&four,
		    is_six ? sizeof(six) : sizeof(four)) < 0) {
		close(server->fd);
		server->fd = -1;
		return false;
	}
	turn_watch(server->fd, EPOLLIN, ready);
	return true;
}

static void close_server(struct server *server)
{
	if (server->fd < 0)
		return;
	turn_forget(server->fd);
	close(server->fd);
	server->fd = -1;
}

static void ask_all(uint64_t now_ms)
{
	for (uint32_t i = 0; i < timing.server_count; i++) {
		struct server *server = &timing.servers[i];
		uint8_t request[SNTP_BYTES];

		server->waiting = server->answered = false;
		if (now_ms < server->quiet_until_ms)
			continue;
		/* A new port for each question: one thing more that a stranger has to guess. */
		close_server(server);
		if (getrandom(&server->cookie, sizeof(server->cookie), GRND_NONBLOCK) < 0 ||
			!open_server(server))
			continue;
		sntp_write_request(request, server->cookie);
		server->sent_ns = wall_ns();
		server->waiting = send(server->fd, request, sizeof(request), MSG_DONTWAIT) > 0;
	}
}

static void judge_round(bool first_was_obeyed)
{
	const struct server *answers[APPLIANCE_NTP_MAX];
	uint32_t count = 0;

	for (uint32_t i = 0; i < timing.server_count; i++) {
		const struct server *server = &timing.servers[i];
		uint32_t at = count;

		close_server(&timing.servers[i]);
		if (!server->answered)
			continue;
		/* In order: there are four at most. */
		for (; at && answers[at - 1]->answer.offset_ns > server->answer.offset_ns; at--)
			answers[at] = answers[at - 1];
		answers[at] = server;
		count++;
	}
	if (count == 0) {
		if (!timing.complained)
			tell(LOG_WARNING, "no time server answers");
		timing.complained = true;
		return;
	}
	/* The others' answers of the round that set the clock speak of the clock before. */
	if (first_was_obeyed)
		return;
	obey(answers[(count - 1) / 2]);
}

void clock_follow(const struct vrrp_ip *servers, uint32_t count)
{
	for (uint32_t i = 0; i < timing.server_count; i++)
		close_server(&timing.servers[i]);
	memset(timing.servers, 0, sizeof(timing.servers));
	timing.server_count = count;
	for (uint32_t i = 0; i < count; i++)
		timing.servers[i] = (struct server){.ip = servers[i], .fd = -1};
	timing.in_round = false;
	timing.rounds = 0;
	timing.round_ms = 0;
}

void clock_tick(uint64_t now_ms)
{
	if (!timing.server_count || now_ms < timing.round_ms)
		return;
	if (!timing.in_round) {
		timing.in_round = true;
		timing.round_ms = now_ms + ROUND_MS;
		ask_all(now_ms);
		return;
	}
	timing.in_round = false;
	judge_round(timing.rounds == 0 && timing.is_set);
	timing.rounds += timing.is_set;
	timing.round_ms = now_ms + (!timing.is_set			   ? FIRST_MS - ROUND_MS
					   : timing.rounds <= EARLY_ROUNDS ? EARLY_MS
									   : LATER_MS);
}

void clock_describe(char *out, size_t bytes)
{
	time_t now = time(NULL);
	char date[48];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S UTC", &tm);
	if (timing.is_set)
		snprintf(out, bytes, "%s, set by %s", date, timing.setter);
	else
		snprintf(out, bytes, "%s%s", date,
			timing.server_count ? ", no time server has answered" : "");
}
