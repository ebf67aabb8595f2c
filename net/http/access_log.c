/* SPDX-License-Identifier: GPL-2.0-or-later */
/* access_log.c - one finished session as a line of `option httplog` or `option tcplog`.
 *
 *   192.168.25.203:60878 [23/Nov/2026:03:56:12.482] myLB myLB/pv1 0/0/2/7/9 200 73 - - ----
 *   1/1/0/0/0 0/0 "GET /index.html HTTP/1.1"
 *
 * (one line), and
 *
 *   192.168.25.203:60878 [23/Nov/2026:03:56:12.482] mail mail/mx1 0/1/5003 212 -- 1/1/1/0/0 0/0
 *
 * Programs that have read HAProxy's logs for twenty years split it at its spaces and
 * slashes, so every byte of it is part of the contract, -1 and <BADREQ> included.
 *
 * It is made for every request: numbers and addresses are written by hand, and the date, which
 * costs more than all the rest, is made once a second and thread.  What the client sent is escaped
 * on its way into the line; nothing else in it comes from outside.
 *
 * Thread: any. */
#include "net/http/access_log.h"
#include "core/calendar.h"

#include <string.h>
#include <time.h>

/* What is written, never beyond `end`: the rest of a long line is cut. */
struct line {
	char *at, *end;
};

static void put(struct line *line, const char *bytes, size_t len)
{
	size_t room = (size_t)(line->end - line->at);

	if (len > room)
		len = room;
	memcpy(line->at, bytes, len);
	line->at += len;
}

static void put_char(struct line *line, char c)
{
	if (line->at < line->end)
		*line->at++ = c;
}

static void put_text(struct line *line, const char *text)
{
	put(line, text, strlen(text));
}

static void put_unsigned(struct line *line, uint64_t number)
{
	char digits[20];
	size_t first = sizeof(digits);

	do {
		digits[--first] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	put(line, digits + first, sizeof(digits) - first);
}

/* A duration, -1 for one that was never reached. */
static void put_signed(struct line *line, int64_t number)
{
	if (number < 0) {
		put_char(line, '-');
		put_unsigned(line, 0 - (uint64_t)number);
	} else {
		put_unsigned(line, (uint64_t)number);
	}
}

static void put_hex(struct line *line, uint32_t number)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 12;

	while (shift > 0 && (number >> shift & 15) == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		put_char(line, digits[number >> shift & 15]);
}

static void put_ipv4(struct line *line, const uint8_t bytes[4])
{
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			put_char(line, '.');
		put_unsigned(line, bytes[i]);
	}
}

/* RFC 5952: lower case, no leading zeros, the longest run of at least two zero groups is "::", and
 * the mapped form of an IPv4 address ends as one. */
static void put_ipv6(struct line *line, const uint8_t bytes[16])
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	uint32_t groups[8];
	int zeros_at = -1, zeros = 1; /* a run must be longer than one */

	if (memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		put(line, "::ffff:", 7);
		put_ipv4(line, bytes + 12);
		return;
	}
	for (int i = 0; i < 8; i++)
		groups[i] = (uint32_t)bytes[2 * i] << 8 | bytes[2 * i + 1];
	for (int i = 0; i < 8; i++) {
		int run = 0;

		while (i + run < 8 && groups[i + run] == 0)
			run++;
		if (run > zeros) {
			zeros_at = i;
			zeros = run;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == zeros_at) {
			put(line, "::", 2);
			i += zeros - 1;
			continue;
		}
		if (i > 0 && (zeros_at < 0 || i != zeros_at + zeros))
			put_char(line, ':');
		put_hex(line, groups[i]);
	}
}

/* "10.0.0.1:80" */
static void put_address(struct line *line, const union address *address)
{
	uint16_t port = 0;

	switch (address->any.sa_family) {
	case AF_INET:
		put_ipv4(line, (const uint8_t *)&address->in.sin_addr);
		port = address->in.sin_port;
		break;
	case AF_INET6:
		put_ipv6(line, address->in6.sin6_addr.s6_addr);
		port = address->in6.sin6_port;
		break;
	default:
		put_char(line, '-');
		break;
	}
	put_char(line, ':');
	put_unsigned(line, ntohs(port));
}

static void put_client(struct line *line, const struct access_record *record)
{
	if (record->client.any.sa_family != AF_UNIX) {
		put_address(line, &record->client);
		return;
	}
	/* Such a client has no address: the socket that it came by. */
	put(line, "unix:", 5);
	put_unsigned(line, record->listener_id);
}

/* "23/Nov/2026:03:56:12." of the local time, made anew when the second changes. */
static const char *date_of(uint64_t second)
{
	static _Thread_local uint64_t made = UINT64_MAX;
	static _Thread_local char date[21];
	time_t wall = (time_t)second;
	struct tm tm = {0};

	if (made == second)
		return date;
	localtime_r(&wall, &tm);
	memcpy(date, "00/Jan/0000:00:00:00.", sizeof(date));
	date[0] = (char)('0' + tm.tm_mday / 10);
	date[1] = (char)('0' + tm.tm_mday % 10);
	memcpy(date + 3, calendar_month(tm.tm_mon), 3);
	for (int i = 10, year = tm.tm_year + 1900; i > 6; i--, year /= 10)
		date[i] = (char)('0' + year % 10);
	date[12] = (char)('0' + tm.tm_hour / 10);
	date[13] = (char)('0' + tm.tm_hour % 10);
	date[15] = (char)('0' + tm.tm_min / 10);
	date[16] = (char)('0' + tm.tm_min % 10);
	date[18] = (char)('0' + tm.tm_sec / 10);
	date[19] = (char)('0' + tm.tm_sec % 10);
	made = second;
	return date;
}

static void put_date(struct line *line, uint64_t wall_ms)
{
	uint32_t ms = (uint32_t)(wall_ms % 1000);
	char fraction[3] = {
		(char)('0' + ms / 100), (char)('0' + ms / 10 % 10), (char)('0' + ms % 10)};

	put(line, " [", 2);
	put(line, date_of(wall_ms / 1000), 21);
	put(line, fraction, 3);
	put(line, "] ", 2);
}

static void put_route(struct line *line, const struct access_record *record)
{
	put_text(line, record->frontend);
	if (record->tls)
		put_char(line, '~');
	put_char(line, ' ');
	put_text(line, record->backend ? record->backend : record->frontend);
	put_char(line, '/');
	put_text(line, record->server ? record->server : "<NOSRV>");
	put_char(line, ' ');
}

/* TR/Tw/Tc/Tr/Ta ST B */
static void put_outcome(struct line *line, const struct access_record *record)
{
	const int64_t phases[4] = {
		record->head_ms, record->queue_ms, record->connect_ms, record->response_ms};

	for (int i = 0; i < 4; i++) {
		put_signed(line, phases[i]);
		put_char(line, '/');
	}
	if (record->early)
		put_char(line, '+');
	put_signed(line, record->active_ms);
	put_char(line, ' ');
	put_signed(line, record->status);
	put_char(line, ' ');
	if (record->early)
		put_char(line, '+');
	put_unsigned(line, record->bytes);
}

/* ac/fc/bc/sc/rc sq/bq */
static void put_crowd(struct line *line, const struct access_record *record)
{
	const uint32_t connections[4] = {record->process_connections, record->frontend_connections,
		record->backend_connections, record->server_connections};

	for (int i = 0; i < 4; i++) {
		put_unsigned(line, connections[i]);
		put_char(line, '/');
	}
	if (record->redispatched)
		put_char(line, '+');
	put_unsigned(line, record->retries);
	put_char(line, ' ');
	put_unsigned(line, record->server_queue);
	put_char(line, '/');
	put_unsigned(line, record->backend_queue);
}

/* Does this byte go into a line as it is? */
static bool is_plain(unsigned char byte)
{
	return byte >= 32 && byte <= 126 && byte != '#' && byte != '"';
}

/* Bytes that a line must not hold become #XX. */
static void put_escaped(struct line *line, struct span text)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *at = text.at, *end = text.at + text.len;

	while (at < end) {
		const char *plain = at;
		unsigned char byte;

		while (at < end && is_plain((unsigned char)*at))
			at++;
		put(line, plain, (size_t)(at - plain));
		if (at == end)
			return;
		byte = (unsigned char)*at++;
		put(line, (const char[]){'#', digits[byte >> 4], digits[byte & 15]}, 3);
	}
}

/* " {a|b}"; nothing where nothing is captured. */
static void put_captures(struct line *line, struct span captures)
{
	if (!captures.len)
		return;
	put_char(line, ' ');
	put(line, captures.at, captures.len);
}

static void put_request(struct line *line, const struct access_record *record)
{
	struct span text = record->request_line;

	put(line, " \"", 2);
	if (!record->has_request) {
		put_text(line, "<BADREQ>");
	} else {
		if (record->uri_max > 0 && text.len >= record->uri_max)
			text.len = record->uri_max - 1;
		put_escaped(line, text);
	}
	put_char(line, '"');
}

/* Tw/Tc/Tt B */
static void put_tcp_outcome(struct line *line, const struct access_record *record)
{
	const int64_t phases[2] = {record->queue_ms, record->connect_ms};

	for (int i = 0; i < 2; i++) {
		put_signed(line, phases[i]);
		put_char(line, '/');
	}
	if (record->early)
		put_char(line, '+');
	put_signed(line, record->total_ms);
	put_char(line, ' ');
	if (record->early)
		put_char(line, '+');
	put_unsigned(line, record->bytes);
}

uint32_t access_log_format_tcp(char *out, uint32_t capacity, const struct access_record *record)
{
	struct line line = {out, out + capacity};

	put_client(&line, record);
	put_date(&line, record->accept_wall_ms);
	put_route(&line, record);
	put_tcp_outcome(&line, record);
	put_char(&line, ' ');
	put(&line, record->termination, 2);
	put_char(&line, ' ');
	put_crowd(&line, record);
	return (uint32_t)(line.at - out);
}

uint32_t access_log_format_connect(char *out, uint32_t capacity, const struct access_record *record,
	const union address *destination, bool http)
{
	struct line line = {out, out + capacity};

	if (record->client.any.sa_family == AF_UNIX) {
		put_text(&line, "Connect to ");
		put_client(&line, record);
	} else {
		put_text(&line, "Connect from ");
		put_client(&line, record);
		put_text(&line, " to ");
		put_address(&line, destination);
	}
	put_text(&line, " (");
	put_text(&line, record->frontend);
	put_text(&line, http ? "/HTTP)" : "/TCP)");
	return (uint32_t)(line.at - out);
}

uint32_t access_log_format(char *out, uint32_t capacity, const struct access_record *record)
{
	struct line line = {out, out + capacity};

	put_client(&line, record);
	put_date(&line, record->request_wall_ms);
	put_route(&line, record);
	put_outcome(&line, record);
	put(&line, " - - ", 5); /* captured cookies of request and response */
	put(&line, record->termination, sizeof(record->termination));
	put_char(&line, ' ');
	put_crowd(&line, record);
	put_captures(&line, record->request_captures);
	put_captures(&line, record->response_captures);
	put_request(&line, record);
	return (uint32_t)(line.at - out);
}
