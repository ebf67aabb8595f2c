/* SPDX-License-Identifier: GPL-2.0-or-later */
/* syslog_line.c - heads taken off and put on.
 *
 * The time of a message of the old form has no year and no zone, and the sender's clock is ours: it
 * is taken off, and the time of arrival written in its place when the line goes on.  What follows
 * is passed on as it is: whether its first word is a host or a program nobody can tell. */
#include "appliance/init/syslog_line.h"
#include "core/calendar.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PRIORITY_MAX	    191 /* facility 23, severity 7 */
#define OLD_TIME_BYTES	    16	/* "Nov  9 03:56:12 " */
#define KERNEL_PRIORITY_MAX 2047

/* "<150>"; moves behind it. */
static uint8_t take_priority(const char **at, const char *end)
{
	const char *digit = *at + 1;
	uint32_t value = 0;

	if (*at == end || **at != '<')
		return SYSLOG_NO_PRIORITY;
	while (digit < end && *digit >= '0' && *digit <= '9' && value <= PRIORITY_MAX)
		value = value * 10 + (uint32_t)(*digit++ - '0');
	if (digit == end || *digit != '>' || digit == *at + 1 || value > PRIORITY_MAX)
		return SYSLOG_NO_PRIORITY;
	*at = digit + 1;
	return (uint8_t)value;
}

/* Letters for letters, digits or blanks for digits, the rest as it is. */
static bool has_old_time(const char *at, size_t len)
{
	static const char form[OLD_TIME_BYTES + 1] = "Mmm dd dd:dd:dd ";

	if (len < OLD_TIME_BYTES)
		return false;
	for (size_t i = 0; i < OLD_TIME_BYTES; i++) {
		unsigned char byte = (unsigned char)at[i];
		bool fits = form[i] == 'd'		       ? isdigit(byte) || byte == ' '
			    : form[i] == 'M' || form[i] == 'm' ? isalpha(byte) != 0
							       : at[i] == form[i];

		if (!fits)
			return false;
	}
	return true;
}

void syslog_read(struct syslog_message *message, const char *bytes, size_t len)
{
	const char *at = bytes, *end = bytes + len;

	message->priority = take_priority(&at, end);
	/* RFC 5424: a version and a blank behind the priority. */
	message->whole = at != bytes && end - at > 2 && at[0] == '1' && at[1] == ' ';
	if (!message->whole && has_old_time(at, (size_t)(end - at)))
		at += OLD_TIME_BYTES;
	while (end > at && (end[-1] == '\n' || end[-1] == '\0'))
		end--;
	message->text = at;
	message->len = (size_t)(end - at);
}

bool syslog_read_kernel(struct syslog_message *message, const char *bytes, size_t len)
{
	const char *semicolon = memchr(bytes, ';', len), *end;
	uint32_t value = 0;

	if (!semicolon || bytes[0] < '0' || bytes[0] > '9')
		return false;
	for (const char *at = bytes; *at >= '0' && *at <= '9' && value <= KERNEL_PRIORITY_MAX; at++)
		value = value * 10 + (uint32_t)(*at - '0');
	if (value > PRIORITY_MAX)
		return false;
	end = memchr(semicolon, '\n', len - (size_t)(semicolon - bytes));
	message->priority = (uint8_t)value;
	message->whole = false;
	message->text = semicolon + 1;
	message->len = end ? (size_t)(end - message->text) : len - (size_t)(message->text - bytes);
	return true;
}

size_t syslog_format(
	char out[SYSLOG_LINE_BYTES], const struct journal_line *line, const char *host_name)
{
	time_t seconds = (time_t)(line->wall_ms / 1000);
	struct tm tm;
	int len;

	if (line->whole) {
		len = snprintf(out, SYSLOG_LINE_BYTES, "<%u>%s", line->priority, line->text);
	} else {
		gmtime_r(&seconds, &tm);
		len = snprintf(out, SYSLOG_LINE_BYTES, "<%u>%s %2d %02d:%02d:%02d %.64s %s",
			line->priority, calendar_month(tm.tm_mon), tm.tm_mday, tm.tm_hour,
			tm.tm_min, tm.tm_sec, host_name, line->text);
	}
	return len < SYSLOG_LINE_BYTES ? (size_t)len : SYSLOG_LINE_BYTES - 1;
}
