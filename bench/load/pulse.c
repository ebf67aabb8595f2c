/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client that asks at a steady pace and writes down what became of each question.
 *
 *     pulse ADDRESS PORT INTERVAL_MS TIMEOUT_MS       until SIGTERM or SIGINT
 *
 * Each request has a connection of its own and is begun when its time has come, however the ones
 * before it fare: so a service that is away for half a second is seen by fifty requests and not by
 * one that waits.  One line for each that has ended, in the order of their ends:
 *
 *     START_US END_US VERDICT
 *
 * with times of the monotonic clock, and the status of the answer or what happened instead:
 * refused, reset, closed (an end without an answer), unreachable, timeout.  One thread, poll(2). */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* At two milliseconds' pace and two seconds' patience. */
#define REQUESTS 1024
/* "HTTP/1.1 200": what is read of an answer before the rest of it is only counted as an end. */
#define STATUS_BYTES 12

struct request {
	uint64_t start_us;
	uint32_t read;
	bool sent;
	char answer[STATUS_BYTES + 1];
};

static const char question[] =
	"GET /index.html HTTP/1.1\r\nHost: pulse\r\nConnection: close\r\n\r\n";

static struct pollfd polled[REQUESTS];
static struct request requests[REQUESTS];
static nfds_t count;
static volatile sig_atomic_t ended;

static void end(int number)
{
	(void)number;
	ended = 1;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static const char *verdict_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return "refused";
	case ECONNRESET:
	case EPIPE:
		return "reset";
	case ETIMEDOUT:
		return "timeout";
	default:
		return "unreachable";
	}
}

static void finish(nfds_t i, const char *verdict)
{
	printf("%llu %llu %s\n", (unsigned long long)requests[i].start_us,
		(unsigned long long)now_us(), verdict);
	close(polled[i].fd);
	count--;
	polled[i] = polled[count];
	requests[i] = requests[count];
}

static void begin(const struct sockaddr_in *target, uint64_t start_us)
{
	nfds_t i = count;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		perror("pulse: socket");
		exit(1);
	}
	polled[i] = (struct pollfd){.fd = fd, .events = POLLOUT};
	requests[i] = (struct request){.start_us = start_us};
	count++;
	if (connect(fd, (const struct sockaddr *)target, sizeof(*target)) < 0 &&
		errno != EINPROGRESS)
		finish(i, verdict_of(errno));
}

static void go_on(nfds_t i)
{
	struct request *request = &requests[i];
	int error = 0;
	socklen_t len = sizeof(error);
	char rest[16384];
	ssize_t got;

	if (!request->sent) {
		getsockopt(polled[i].fd, SOL_SOCKET, SO_ERROR, &error, &len);
		if (error) {
			finish(i, verdict_of(error));
			return;
		}
		if (send(polled[i].fd, question, sizeof(question) - 1, MSG_NOSIGNAL) < 0) {
			finish(i, verdict_of(errno));
			return;
		}
		request->sent = true;
		polled[i].events = POLLIN;
		return;
	}
	got = recv(polled[i].fd, rest, sizeof(rest), 0);
	if (got < 0) {
		if (errno != EAGAIN)
			finish(i, verdict_of(errno));
		return;
	}
	for (ssize_t n = 0; n < got && request->read < STATUS_BYTES; n++)
		request->answer[request->read++] = rest[n];
	if (got == 0)
		finish(i, request->read < STATUS_BYTES ? "closed" : request->answer + 9);
}

static void give_up(uint64_t timeout_us)
{
	for (nfds_t i = count; i-- > 0;) {
		if (now_us() - requests[i].start_us >= timeout_us)
			finish(i, "timeout");
	}
}

static int run(const struct sockaddr_in *target, uint64_t interval_us, uint64_t timeout_us)
{
	uint64_t next_us = now_us();

	while (!ended) {
		uint64_t now = now_us();
		struct timespec wait = {0};

		if (now >= next_us && count < REQUESTS) {
			begin(target, now);
			next_us += interval_us;
			if (next_us < now) /* we were away: what was missed is not made up for */
				next_us = now + interval_us;
			continue;
		}
		if (next_us > now)
			wait.tv_nsec = (long)((next_us - now) * 1000 % 1000000000);
		if (ppoll(polled, count, &wait, NULL) > 0) {
			for (nfds_t i = count; i-- > 0;) {
				if (polled[i].revents)
					go_on(i);
			}
		}
		give_up(timeout_us);
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in target = {.sin_family = AF_INET};

	if (argc != 5 || inet_pton(AF_INET, argv[1], &target.sin_addr) != 1) {
		fprintf(stderr, "usage: pulse ADDRESS PORT INTERVAL_MS TIMEOUT_MS\n");
		return 2;
	}
	target.sin_port = htons((uint16_t)atoi(argv[2]));
	signal(SIGTERM, end);
	signal(SIGINT, end);
	return run(&target, strtoull(argv[3], NULL, 10) * 1000, strtoull(argv[4], NULL, 10) * 1000);
}
