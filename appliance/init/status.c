/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status.c - an answer of the stats socket, line by line.
 *
 * A line tells by its beginning what it is: an object of a list (a virtual router), a row of comma
 * separated values (a proxy or a server), or "Name: value".  The writer is torc, whose forms are
 * held by its own tests; so the little reading of JSON below looks for members by their names and
 * takes what it finds up to the closing quote. */
#include "appliance/init/status.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 128

/* Columns of `show stat`, in the manual's order (HAProxy's management guide 9.1). */
enum {
	COLUMN_PROXY = 0,
	COLUMN_NAME = 1,
	COLUMN_STATUS = 17,
	COLUMN_TYPE = 32,
	COLUMN_REQUEST_RATE = 46,
	COLUMN_REQUESTS = 48,
};
#define TYPE_FRONTEND '0'
#define TYPE_SERVER   '2'

struct piece {
	const char *at;
	size_t len;
};

static bool begins(struct piece line, const char *word)
{
	size_t len = strlen(word);

	return line.len >= len && memcmp(line.at, word, len) == 0;
}

static void copy(char out[STATUS_NAME_BYTES], struct piece from)
{
	size_t len = from.len < STATUS_NAME_BYTES - 1 ? from.len : STATUS_NAME_BYTES - 1;

	for (size_t i = 0; i < len; i++)
		out[i] = from.at[i] >= ' ' && from.at[i] < 0x7f ? from.at[i] : '?';
	out[len] = '\0';
}

static uint64_t number(struct piece from)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < from.len && from.at[i] >= '0' && from.at[i] <= '9'; i++)
		sum = sum * 10 + (uint64_t)(from.at[i] - '0');
	return sum;
}

/* The value behind "name": a string without its quotes, or whatever ends with a comma. */
static struct piece member(struct piece line, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i + len + 3 < line.len; i++) {
		const char *at = line.at + i, *end = line.at + line.len, *stop;

		if (at[0] != '"' || memcmp(at + 1, name, len) != 0 || at[len + 1] != '"' ||
			at[len + 2] != ':')
			continue;
		at += len + 3;
		if (*at == '"') {
			at++;
			stop = memchr(at, '"', (size_t)(end - at));
		} else {
			stop = memchr(at, ',', (size_t)(end - at));
		}
		return (struct piece){at, (size_t)((stop ? stop : end) - at)};
	}
	return (struct piece){line.at, 0};
}

static void read_router(struct status *status, struct piece line)
{
	struct status_router *router = &status->routers[status->router_count];

	if (status->router_count == STATUS_ROUTERS_MAX)
		return;
	copy(router->name, member(line, "name"));
	copy(router->state, member(line, "state"));
	copy(router->interface, member(line, "interface"));
	copy(router->master, member(line, "master"));
	router->priority = (uint32_t)number(member(line, "priority"));
	status->router_count += *router->name != '\0';
}

/* Columns hold no commas up to the last one that is looked at. */
static void read_row(struct status *status, struct piece line)
{
	struct piece column[COLUMNS_MAX];
	uint32_t count = 0;
	const char *at = line.at, *end = line.at + line.len;

	while (at <= end && count < COLUMNS_MAX) {
		const char *comma = memchr(at, ',', (size_t)(end - at));

		if (!comma)
			comma = end;
		column[count++] = (struct piece){at, (size_t)(comma - at)};
		at = comma + 1;
	}
	if (count <= COLUMN_REQUESTS || column[COLUMN_TYPE].len != 1)
		return;
	if (*column[COLUMN_TYPE].at == TYPE_FRONTEND) {
		status->request_rate += (uint32_t)number(column[COLUMN_REQUEST_RATE]);
		status->requests += number(column[COLUMN_REQUESTS]);
	} else if (*column[COLUMN_TYPE].at == TYPE_SERVER) {
		status->servers_total++;
		status->servers_up += begins(column[COLUMN_STATUS], "UP") ||
				      begins(column[COLUMN_STATUS], "no check");
	}
}

static void read_line(struct status *status, struct piece line)
{
	if (begins(line, "[{") || begins(line, "{"))
		read_router(status, line);
	else if (begins(line, "This is old"))
		status->keeper_is_stale = true;
	else if (begins(line, "CurrConns: "))
		status->sessions = (uint32_t)number((struct piece){line.at + 11, line.len - 11});
	else if (begins(line, "SessRate: "))
		status->session_rate =
			(uint32_t)number((struct piece){line.at + 10, line.len - 10});
	else if (begins(line, "Tainted: "))
		status->whole = true;
	else if (line.len && *line.at != '#' && memchr(line.at, ',', line.len))
		read_row(status, line);
}

void status_read(struct status *status, const char *answer, size_t len)
{
	memset(status, 0, sizeof(*status));
	while (len) {
		const char *end = memchr(answer, '\n', len);
		size_t line = end ? (size_t)(end - answer) : len;

		read_line(status, (struct piece){answer, line});
		line += end != NULL;
		answer += line;
		len -= line;
	}
}
