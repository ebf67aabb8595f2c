/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log_line.c - one log line as it goes out, in each of HAProxy's formats.
 *
 * What stands before the text changes once a second at most, so the dates are kept per thread and
 * made anew when the second does; everything else is copied.  No printf: a busy worker makes a
 * hundred thousand of these a second.
 *
 *   local     <150>Nov 23 03:56:12 haproxy[20876]: text
 *   rfc3164   <150>Nov 23 03:56:12 lb1 haproxy[20876]: text
 *   rfc5424   <150>1 2026-11-23T03:56:12.482000+00:00 lb1 haproxy 20876 - - text
 *   priority  <150>text
 *   short     <6>text
 *   timed     <6>2026-11-23T03:56:12.482000+00:00 text
 *   iso       2026-11-23T03:56:12.482000+00:00 text
 *   raw       text
 *
 * Observed on HAProxy 2.6, which writes microseconds; torc's clock gives milliseconds.
 * Thread: any. */
#include "core/calendar.h"
#include "core/log.h"

#include <assert.h>
#include <string.h>
#include <time.h>

/* The dates of one second. */
struct log_dates {
	uint64_t second;
	char bsd[16]; /* "Nov 23 03:56:12" */
	char iso[20]; /* "2026-11-23T03:56:12" */
	char zone[7]; /* "+00:00" */
};

/* What is written, never beyond `end`: the rest of a long line is cut. */
struct log_cursor {
	char *at, *end;
};

static void put(struct log_cursor *out, const char *bytes, size_t len)
{
	size_t room = (size_t)(out->end - out->at);

	if (len > room)
		len = room;
	memcpy(out->at, bytes, len);
	out->at += len;
}

static void put_text(struct log_cursor *out, const char *text)
{
	put(out, text, strlen(text));
}

static void put_number(struct log_cursor *out, uint32_t number)
{
	char digits[10];
	size_t first = sizeof(digits);

	do {
		digits[--first] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	put(out, digits + first, sizeof(digits) - first);
}

/* The last two digits of a number. */
static void two_digits(char *out, int number)
{
	out[0] = (char)('0' + number / 10 % 10);
	out[1] = (char)('0' + number % 10);
}

static void make_dates(struct log_dates *dates, uint64_t second)
{
	time_t wall = (time_t)second;
	struct tm tm = {0};
	long west;

	localtime_r(&wall, &tm);
	memcpy(dates->bsd, "Jan  1 00:00:00", 16);
	memcpy(dates->bsd, calendar_month(tm.tm_mon), 3);
	two_digits(dates->bsd + 4, tm.tm_mday);
	if (tm.tm_mday < 10)
		dates->bsd[4] = ' ';
	two_digits(dates->bsd + 7, tm.tm_hour);
	two_digits(dates->bsd + 10, tm.tm_min);
	two_digits(dates->bsd + 13, tm.tm_sec);

	memcpy(dates->iso, "1970-01-01T00:00:00", 20);
	two_digits(dates->iso, (tm.tm_year + 1900) / 100);
	two_digits(dates->iso + 2, tm.tm_year + 1900);
	two_digits(dates->iso + 5, tm.tm_mon + 1);
	two_digits(dates->iso + 8, tm.tm_mday);
	memcpy(dates->iso + 11, dates->bsd + 7, 8);

	west = tm.tm_gmtoff < 0 ? -tm.tm_gmtoff : tm.tm_gmtoff;
	memcpy(dates->zone, "+00:00", 7);
	dates->zone[0] = tm.tm_gmtoff < 0 ? '-' : '+';
	two_digits(dates->zone + 1, (int)(west / 3600));
	two_digits(dates->zone + 4, (int)(west / 60 % 60));
	dates->second = second;
}

static const struct log_dates *dates_of(uint64_t wall_ms)
{
	static _Thread_local struct log_dates dates = {.second = UINT64_MAX};

	if (dates.second != wall_ms / 1000)
		make_dates(&dates, wall_ms / 1000);
	return &dates;
}

static void put_iso_date(struct log_cursor *out, uint64_t wall_ms)
{
	const struct log_dates *dates = dates_of(wall_ms);
	uint32_t ms = (uint32_t)(wall_ms % 1000);
	char fraction[7] = ".000000";

	fraction[1] = (char)('0' + ms / 100);
	two_digits(fraction + 2, (int)ms);
	put(out, dates->iso, 19);
	put(out, fraction, sizeof(fraction));
	put(out, dates->zone, 6);
	put(out, " ", 1);
}

static void put_priority(struct log_cursor *out, uint32_t priority)
{
	put(out, "<", 1);
	put_number(out, priority);
	put(out, ">", 1);
}

static void put_tag(struct log_cursor *out, const char *tag, uint32_t pid)
{
	put_text(out, tag);
	put(out, "[", 1);
	put_number(out, pid);
	put(out, "]: ", 3);
}

uint32_t log_format_line(char *out, uint32_t capacity, const struct log_target *target,
	enum log_level level, const char *tag, uint32_t pid, const char *host_name,
	struct span structured, const char *text, uint32_t len, uint64_t wall_ms)
{
	uint32_t limit = capacity < target->len_max ? capacity : target->len_max;
	uint32_t priority = target->facility * 8u + (uint32_t)level;
	struct log_cursor line = {out, out + limit - 1};

	assert(limit > 0);
	switch (target->format) {
	case LOG_FORMAT_LOCAL:
		put_priority(&line, priority);
		put(&line, dates_of(wall_ms)->bsd, 15);
		put(&line, " ", 1);
		put_tag(&line, tag, pid);
		break;
	case LOG_FORMAT_RFC3164:
		put_priority(&line, priority);
		put(&line, dates_of(wall_ms)->bsd, 15);
		put(&line, " ", 1);
		put_text(&line, host_name ? host_name : "localhost");
		put(&line, " ", 1);
		put_tag(&line, tag, pid);
		break;
	case LOG_FORMAT_RFC5424:
		put_priority(&line, priority);
		put(&line, "1 ", 2);
		put_iso_date(&line, wall_ms);
		put_text(&line, host_name ? host_name : "-");
		put(&line, " ", 1);
		put_text(&line, tag);
		put(&line, " ", 1);
		put_number(&line, pid);
		put(&line, " - ", 3); /* no message id */
		if (structured.len > 0)
			put(&line, structured.at, structured.len);
		else
			put(&line, "-", 1);
		put(&line, " ", 1);
		break;
	case LOG_FORMAT_PRIORITY:
		put_priority(&line, priority);
		break;
	case LOG_FORMAT_SHORT:
		put_priority(&line, (uint32_t)level);
		break;
	case LOG_FORMAT_TIMED:
		put_priority(&line, (uint32_t)level);
		put_iso_date(&line, wall_ms);
		break;
	case LOG_FORMAT_ISO:
		put_iso_date(&line, wall_ms);
		break;
	case LOG_FORMAT_RAW:
		break;
	}
	put(&line, text, len);
	*line.at++ = '\n';
	return (uint32_t)(line.at - out);
}

int log_admit(const struct log_target *target, enum log_level level)
{
	if (level > target->level_max)
		return -1;
	return (uint32_t)level < target->level_min ? target->level_min : (int)level;
}
