/* SPDX-License-Identifier: GPL-2.0-or-later */
/* handover.c - a keeper's notes for its successor.
 *
 *   torc-handover 1
 *   generation 7
 *   limits 1000 3000 0 0
 *   snapshot 9
 *   routers 13
 *   socket 5 1024 0 tcp 192.0.2.1:80
 *   text 192.0.2.1:80
 *   listeners 5
 *   balancer 7 4711 10 11 12 1 0
 *   end
 *
 * One fact a line, numbers before the one string that may hold spaces.  The last line tells that
 * nothing was cut off. */
#include "core/handover.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE   "torc-handover "
#define LINE_NUMBERS 8

void handover_write(const struct handover *handover, FILE *out)
{
	fprintf(out, FIRST_LINE "%u\n", HANDOVER_VERSION);
	fprintf(out, "generation %u\n", handover->generation);
	fprintf(out, "silent %d\npaused %d\n", handover->silent, handover->paused);
	fprintf(out, "limits %u %u %u %u\n", handover->heartbeat_stale_ms,
		handover->heartbeat_replace_ms, handover->hard_stop_after_ms, handover->grace_ms);
	if (handover->routers >= 0)
		fprintf(out, "routers %d\n", handover->routers);
	fprintf(out, "snapshot %d\nplan %d\nnext-snapshot %d\n", handover->snapshot, handover->plan,
		handover->next_snapshot);
	if (handover->pidfile)
		fprintf(out, "pidfile %s\n", handover->pidfile);
	for (uint32_t i = 0; i < handover->socket_count; i++) {
		const struct handover_socket *socket = &handover->sockets[i];

		assert(!strchr(socket->key, '\n') && !strchr(socket->text, '\n'));
		fprintf(out, "socket %d %u %d %s\n", socket->fd, socket->backlog, socket->inherited,
			socket->key);
		fprintf(out, "text %s\n", socket->text);
	}
	for (uint32_t i = 0; i < handover->listen_count; i++)
		fprintf(out, "listener %d\n", handover->listen_fds[i]);
	for (uint32_t i = 0; i < handover->balancer_count; i++) {
		const struct handover_balancer *balancer = &handover->balancers[i];

		fprintf(out, "balancer %u %d %d %d %d %d %llu\n", balancer->generation,
			balancer->pid, balancer->pidfd, balancer->channel, balancer->board,
			balancer->serving, (unsigned long long)balancer->stop_at_ms);
	}
	fprintf(out, "end\n");
}

/* ---- reading ---- */

struct line {
	const char *word;
	int64_t numbers[LINE_NUMBERS];
	uint32_t count;
	const char *rest; /* what follows the numbers */
};

/* Splits "word n n n rest" in place, at most `wanted` numbers. */
static bool split(char *text, uint32_t wanted, struct line *line)
{
	char *at = strchr(text, ' ');

	*line = (struct line){.word = text, .rest = ""};
	if (at)
		*at++ = '\0';
	while (at && line->count < wanted) {
		char *end;

		errno = 0;
		line->numbers[line->count] = strtoll(at, &end, 10);
		if (errno || end == at || (*end != ' ' && *end != '\0'))
			return false;
		line->count++;
		at = *end ? end + 1 : NULL;
	}
	if (at)
		line->rest = at;
	return line->count == wanted;
}

static bool is_fd(int64_t number)
{
	return number >= 0 && number <= INT32_MAX;
}

static bool is_fd_or_none(int64_t number)
{
	return number == -1 || is_fd(number);
}

static bool is_count(int64_t number)
{
	return number >= 0 && number <= UINT32_MAX;
}

static bool take_socket(struct handover *handover, const struct line *line)
{
	if (!is_fd(line->numbers[0]) || !is_count(line->numbers[1]) || !line->rest[0])
		return false;
	handover->sockets[handover->socket_count++] = (struct handover_socket){
		.fd = (int)line->numbers[0],
		.backlog = (uint32_t)line->numbers[1],
		.inherited = line->numbers[2] != 0,
		.key = line->rest,
		.text = "",
	};
	return true;
}

static bool take_balancer(struct handover *handover, const struct line *line)
{
	const int64_t *n = line->numbers;

	if (!is_count(n[0]) || n[1] <= 0 || n[1] > INT32_MAX || !is_fd(n[2]) || !is_fd(n[3]) ||
		!is_fd_or_none(n[4]) || n[6] < 0)
		return false;
	handover->balancers[handover->balancer_count++] = (struct handover_balancer){
		.generation = (uint32_t)n[0],
		.pid = (int)n[1],
		.pidfd = (int)n[2],
		.channel = (int)n[3],
		.board = (int)n[4],
		.serving = n[5] != 0,
		.stop_at_ms = (uint64_t)n[6],
	};
	return true;
}

static bool take_limits(struct handover *handover, const struct line *line)
{
	for (uint32_t i = 0; i < line->count; i++)
		if (!is_count(line->numbers[i]))
			return false;
	handover->heartbeat_stale_ms = (uint32_t)line->numbers[0];
	handover->heartbeat_replace_ms = (uint32_t)line->numbers[1];
	handover->hard_stop_after_ms = (uint32_t)line->numbers[2];
	handover->grace_ms = (uint32_t)line->numbers[3];
	return true;
}

static bool take_line(struct handover *handover, const struct line *line)
{
	int64_t number = line->numbers[0];

	if (strcmp(line->word, "socket") == 0)
		return take_socket(handover, line);
	if (strcmp(line->word, "balancer") == 0)
		return take_balancer(handover, line);
	if (strcmp(line->word, "limits") == 0)
		return take_limits(handover, line);
	if (strcmp(line->word, "text") == 0) {
		if (handover->socket_count == 0)
			return false;
		handover->sockets[handover->socket_count - 1].text = line->rest;
	} else if (strcmp(line->word, "pidfile") == 0) {
		handover->pidfile = line->rest;
	} else if (strcmp(line->word, "listener") == 0) {
		if (!is_fd_or_none(number))
			return false;
		handover->listen_fds[handover->listen_count++] = (int)number;
	} else if (strcmp(line->word, "generation") == 0) {
		if (!is_count(number))
			return false;
		handover->generation = (uint32_t)number;
	} else if (strcmp(line->word, "silent") == 0) {
		handover->silent = number != 0;
	} else if (strcmp(line->word, "paused") == 0) {
		handover->paused = number != 0;
	} else if (!is_fd_or_none(number)) {
		return false;
	} else if (strcmp(line->word, "snapshot") == 0) {
		handover->snapshot = (int)number;
	} else if (strcmp(line->word, "routers") == 0) {
		handover->routers = (int)number;
	} else if (strcmp(line->word, "plan") == 0) {
		handover->plan = (int)number;
	} else {
		handover->next_snapshot = (int)number;
	}
	return true;
}

/* How many numbers stand behind each word; -1 for one of a later version. */
static int numbers_of(const char *text)
{
	static const struct {
		const char *word;
		int numbers;
	} known[] = {
		{"generation", 1},
		{"silent", 1},
		{"paused", 1},
		{"limits", 4},
		{"snapshot", 1},
		{"routers", 1},
		{"plan", 1},
		{"next-snapshot", 1},
		{"pidfile", 0},
		{"socket", 3},
		{"text", 0},
		{"listener", 1},
		{"balancer", 7},
	};
	size_t len = strcspn(text, " ");

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].word) == len && strncmp(known[i].word, text, len) == 0)
			return known[i].numbers;
	return -1;
}

static uint32_t count_lines(const char *text, size_t len)
{
	uint32_t lines = 0;

	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	return lines;
}

bool handover_read(struct handover *handover, const char *text, size_t len, struct arena *arena)
{
	uint32_t lines = count_lines(text, len);
	char *at = arena_copy(arena, text, len), *next;
	bool first = true;

	*handover =
		(struct handover){.snapshot = -1, .routers = -1, .plan = -1, .next_snapshot = -1};
	if (memchr(text, '\0', len))
		return false;
	/* No list is longer than there are lines. */
	handover->sockets = arena_alloc(arena, lines * sizeof(*handover->sockets));
	handover->listen_fds = arena_alloc(arena, lines * sizeof(*handover->listen_fds));
	handover->balancers = arena_alloc(arena, lines * sizeof(*handover->balancers));
	for (; (next = strchr(at, '\n')); at = next, first = false) {
		struct line line;
		int numbers;

		*next++ = '\0';
		if (first) {
			size_t word = strlen(FIRST_LINE);

			if (strncmp(at, FIRST_LINE, word) != 0 || atoi(at + word) <= 0 ||
				(uint32_t)atoi(at + word) > HANDOVER_VERSION)
				return false;
			continue;
		}
		if (strcmp(at, "end") == 0)
			return *next == '\0';
		numbers = numbers_of(at);
		if (numbers < 0)
			continue;
		if (!split(at, (uint32_t)numbers, &line) || !take_line(handover, &line))
			return false;
	}
	return false;
}
