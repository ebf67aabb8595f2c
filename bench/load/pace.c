/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pace - requests at a fixed rate, whatever the answers do (open loop).
 *
 *     pace ADDRESS PORT PATH RATE CONNECTIONS SECONDS
 *
 * A generator that sends its next request when the last answer is there slows down together with
 * what it measures, and never sees the requests that would have waited.  Here every request has
 * the moment at which it is due; its latency runs from there, also when no connection was free
 * then.  Prints requests, errors and quantiles in milliseconds, one a line.
 *
 * Connections are kept; one that breaks with a request on it is an error and is opened again.  One
 * thread, epoll, no library of ours: what it costs stays the same whatever is measured. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 4096u
#define DRAIN_NS	1000000000ull /* for answers that are still missing at the end */
#define HEAD_BYTES	4096u

struct lane {
	int fd;
	bool busy;
	uint64_t due_ns;    /* of the request that it carries */
	uint64_t left;	    /* bytes of the body that are still to come */
	bool in_body, ends; /* the answer said that it is the last one */
	uint32_t head_len;
	char head[HEAD_BYTES];
};

static struct lane lanes[CONNECTIONS_MAX];
static uint32_t idle[CONNECTIONS_MAX], idle_count;
static struct sockaddr_in target;
static char request[1024];
static size_t request_len;
static uint32_t *latencies_us;
static uint64_t finished, errors;
static int poller;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void open_lane(uint32_t number)
{
	struct lane *lane = &lanes[number];
	struct epoll_event event = {.events = EPOLLIN, .data.u32 = number};
	int on = 1;

	lane->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (lane->fd < 0 || connect(lane->fd, (struct sockaddr *)&target, sizeof(target)) < 0)
		fail("pace: connect");
	setsockopt(lane->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(poller, EPOLL_CTL_ADD, lane->fd, &event) < 0)
		fail("pace: epoll_ctl");
	lane->busy = lane->in_body = false;
	lane->head_len = 0;
	idle[idle_count++] = number;
}

/* The connection ended.  With a request on it that is an error, else it was its server's right. */
static void reopen(uint32_t number)
{
	struct lane *lane = &lanes[number];

	close(lane->fd);
	errors += lane->busy;
	if (!lane->busy)
		for (uint32_t i = 0; i < idle_count; i++)
			if (idle[i] == number)
				idle[i] = idle[--idle_count];
	open_lane(number);
}

static void finish(uint32_t number, uint64_t now)
{
	struct lane *lane = &lanes[number];

	latencies_us[finished++] = (uint32_t)((now - lane->due_ns) / 1000u);
	lane->busy = lane->in_body = false;
	lane->head_len = 0;
	if (lane->ends) {
		close(lane->fd);
		open_lane(number);
	} else {
		idle[idle_count++] = number;
	}
}

/* False: this is no answer that we know how to read. */
static bool read_head(struct lane *lane, uint32_t len, uint64_t *body_here)
{
	const char *end, *length;

	lane->head_len += len;
	lane->head[lane->head_len] = '\0';
	end = strstr(lane->head, "\r\n\r\n");
	if (!end)
		return lane->head_len < HEAD_BYTES - 1;
	length = strcasestr(lane->head, "\r\ncontent-length:");
	if (strncmp(lane->head, "HTTP/1.1 200", 12) != 0 || !length || length > end)
		return false;
	lane->left = strtoull(length + 17, NULL, 10);
	lane->in_body = true;
	length = strcasestr(lane->head, "\r\nconnection: close");
	lane->ends = length && length < end;
	*body_here = lane->head_len - (uint64_t)(end + 4 - lane->head);
	return true;
}

static void receive(uint32_t number)
{
	static char discarded[256 * 1024];
	struct lane *lane = &lanes[number];
	uint64_t body = 0;
	ssize_t len;

	if (lane->in_body)
		len = recv(lane->fd, discarded, sizeof(discarded), MSG_DONTWAIT);
	else
		len = recv(lane->fd, lane->head + lane->head_len, HEAD_BYTES - 1 - lane->head_len,
			MSG_DONTWAIT);
	if (len < 0 && errno == EAGAIN)
		return;
	if (len <= 0 || !lane->busy) {
		reopen(number);
		return;
	}
	if (lane->in_body) {
		body = (uint64_t)len;
	} else if (!read_head(lane, (uint32_t)len, &body)) {
		reopen(number);
		return;
	}
	if (!lane->in_body)
		return;
	lane->left -= body < lane->left ? body : lane->left;
	if (lane->left == 0)
		finish(number, now_ns());
}

static void send_request(uint64_t due_ns)
{
	uint32_t number = idle[--idle_count];
	struct lane *lane = &lanes[number];

	lane->busy = true;
	lane->due_ns = due_ns;
	if (send(lane->fd, request, request_len, MSG_NOSIGNAL) != (ssize_t)request_len)
		reopen(number);
}

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void print_quantile(const char *name, uint64_t thousandths)
{
	uint64_t at = finished * thousandths / 1000;

	if (at >= finished)
		at = finished - 1;
	printf("%s %.3f\n", name, finished ? latencies_us[at] / 1000.0 : -1.0);
}

static void run(uint64_t rate, uint64_t wanted)
{
	struct epoll_event events[256];
	uint64_t start = now_ns(), end = start + wanted * 1000000000u / rate, asked = 0;

	while (asked < wanted || (finished + errors < wanted && now_ns() < end + DRAIN_NS)) {
		uint64_t now = now_ns(), due = start + asked * 1000000000u / rate;
		struct timespec wait = {.tv_nsec = 1000000};
		int count;

		while (asked < wanted && due <= now && idle_count > 0) {
			send_request(due);
			asked++;
			due = start + asked * 1000000000u / rate;
		}
		if (asked < wanted && idle_count > 0 && due > now && due - now < 1000000u)
			wait.tv_nsec = (long)(due - now);
		count = epoll_pwait2(poller, events, 256, &wait, NULL);
		for (int i = 0; i < count; i++)
			receive(events[i].data.u32);
	}
	errors = wanted - finished; /* also those that never came back */
}

int main(int argc, char **argv)
{
	uint64_t rate, wanted;
	uint32_t connections;

	if (argc != 7) {
		fprintf(stderr, "usage: pace ADDRESS PORT PATH RATE CONNECTIONS SECONDS\n");
		return 2;
	}
	target.sin_family = AF_INET;
	target.sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10));
	rate = strtoull(argv[4], NULL, 10);
	connections = (uint32_t)strtoul(argv[5], NULL, 10);
	wanted = (uint64_t)((double)rate * strtod(argv[6], NULL));
	if (inet_pton(AF_INET, argv[1], &target.sin_addr) != 1 || rate == 0 || connections == 0 ||
		connections > CONNECTIONS_MAX)
		return 2;
	request_len = (size_t)snprintf(
		request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", argv[3], argv[1]);
	latencies_us = calloc(wanted + 1, sizeof(*latencies_us));
	poller = epoll_create1(0);
	if (!latencies_us || poller < 0)
		fail("pace");
	for (uint32_t i = 0; i < connections; i++)
		open_lane(i);
	run(rate, wanted);
	qsort(latencies_us, finished, sizeof(*latencies_us), by_size);
	printf("requests %llu\nerrors %llu\n", (unsigned long long)finished,
		(unsigned long long)errors);
	print_quantile("p50", 500);
	print_quantile("p99", 990);
	print_quantile("p999", 999);
	return 0;
}
