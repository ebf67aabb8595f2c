/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schedule.c - when to reload.
 *
 * keepalived.conf(5), reload_time_file: the forms are exact, so that a file that is half written is
 * none of them.  A day that no month has, and an hour that a clock change leaves out, are found by
 * asking the calendar back.
 *
 * Pure but for the time zone. */
#include "vrrp/schedule.h"
#include <string.h>

/* `digits` of them, and no more. */
static bool take_number(const char **at, const char *end, int digits, int *number)
{
	*number = 0;
	for (int i = 0; i < digits; i++, ++*at) {
		if (*at == end || **at < '0' || **at > '9')
			return false;
		*number = 10 * *number + (**at - '0');
	}
	return true;
}

static bool take(const char **at, const char *end, char wanted)
{
	if (*at == end || **at != wanted)
		return false;
	++*at;
	return true;
}

static bool take_date(const char **at, const char *end, struct tm *when)
{
	bool century = end - *at > 4 && (*at)[4] == '-';

	if (!take_number(at, end, century ? 4 : 2, &when->tm_year) || !take(at, end, '-') ||
		!take_number(at, end, 2, &when->tm_mon) || !take(at, end, '-') ||
		!take_number(at, end, 2, &when->tm_mday) || !take(at, end, ' '))
		return false;
	when->tm_year += century ? -1900 : 100;
	when->tm_mon--;
	return true;
}

static bool take_time(const char **at, const char *end, struct tm *when)
{
	return take_number(at, end, 2, &when->tm_hour) && take(at, end, ':') &&
	       take_number(at, end, 2, &when->tm_min) && take(at, end, ':') &&
	       take_number(at, end, 2, &when->tm_sec);
}

/* False: the calendar has no such moment. */
static bool resolve(const struct tm *wanted, bool universal, time_t *due)
{
	struct tm there = *wanted;

	there.tm_isdst = -1;
	*due = universal ? timegm(&there) : mktime(&there);
	return *due != (time_t)-1 && there.tm_year == wanted->tm_year &&
	       there.tm_mon == wanted->tm_mon && there.tm_mday == wanted->tm_mday &&
	       there.tm_hour == wanted->tm_hour && there.tm_min == wanted->tm_min &&
	       there.tm_sec == wanted->tm_sec;
}

/* Today, or the first day after it that has this time. */
static bool resolve_next(struct tm *when, bool universal, time_t now, time_t *due)
{
	for (int days = 0; days < 3; days++) {
		time_t then = now + days * 86400;
		struct tm day;

		if (!(universal ? gmtime_r(&then, &day) : localtime_r(&then, &day)))
			return false;
		when->tm_year = day.tm_year;
		when->tm_mon = day.tm_mon;
		when->tm_mday = day.tm_mday;
		if (resolve(when, universal, due) && *due > now)
			return true;
	}
	return false;
}

bool schedule_read(const char *text, size_t len, time_t now, time_t *due)
{
	const char *at = text, *end = text + len;
	struct tm when = {0};
	bool dated = memchr(text, '-', len) != NULL, universal;

	if ((dated && !take_date(&at, end, &when)) || !take_time(&at, end, &when))
		return false;
	universal = take(&at, end, 'Z');
	if (at != end)
		return false;
	return dated ? resolve(&when, universal, due) : resolve_next(&when, universal, now, due);
}
