/* SPDX-License-Identifier: GPL-2.0-or-later */
/* number.c - the numbers of haproxy.cfg.
 *
 * The language knows no fractions and no signs; it rounds a time up to its resolution, and reads a
 * unit no matter what follows: "5sec", also "1h30m", which is an hour.  strtoul() and its friends
 * skip spaces and take signs, so digits are read by hand. */
#include "core/config/number.h"

#include <stdio.h>

/* Reads digits; *rest points at the first byte that is none.  Values saturate. */
static uint64_t digits(const char *text, const char **rest)
{
	uint64_t value = 0;

	while (*text >= '0' && *text <= '9') {
		uint64_t digit = (uint64_t)(*text++ - '0');

		value = value > (UINT64_MAX - digit) / 10 ? UINT64_MAX : value * 10 + digit;
	}
	*rest = text;
	return value;
}

/* Microseconds in one of the named unit, and the bytes of the name; 0 when it is no unit. */
static uint64_t unit_us(const char *name, uint32_t *len)
{
	*len = 1;
	switch (name[0]) {
	case 'u':
		*len = 2;
		return name[1] == 's' ? 1 : 0;
	case 'm':
		if (name[1] != 's')
			return 60 * 1000000ull;
		*len = 2;
		return 1000;
	case 's':
		return 1000000;
	case 'h':
		return 3600 * 1000000ull;
	case 'd':
		return 86400 * 1000000ull;
	default:
		return 0;
	}
}

enum number_fault number_time(struct number_time *time, const char *text, enum number_unit unit)
{
	static const uint64_t resolution_us[] = {
		[NUMBER_MICROSECONDS] = 1,
		[NUMBER_MILLISECONDS] = 1000,
		[NUMBER_SECONDS] = 1000000,
	};
	uint64_t resolution = resolution_us[unit], us = resolution, value, total;
	const char *rest;
	uint32_t len = 0;

	*time = (struct number_time){.bare = true};
	if (!*text)
		return NUMBER_MISSING;
	value = digits(text, &rest);
	time->stray = *rest;
	if (rest == text)
		return NUMBER_BAD_CHARACTER;
	if (*rest) {
		time->bare = false;
		us = unit_us(rest, &len);
		if (!us)
			return NUMBER_BAD_CHARACTER;
		time->stray = rest[len];
		time->unit_bytes = (uint32_t)(rest + len - text);
	}
	/* The bound first: (2^31 - 1) s in microseconds fits 64 bits with room to spare. */
	if (value > NUMBER_TIME_MS_MAX * resolution / us)
		return NUMBER_OVERFLOW;
	total = value * us;
	time->value = (uint32_t)((total + resolution - 1) / resolution);
	return NUMBER_FINE;
}

enum number_fault number_whole(uint64_t *value, const char *text, uint64_t max, char *stray)
{
	const char *rest;

	*stray = '\0';
	if (!*text)
		return NUMBER_MISSING;
	*value = digits(text, &rest);
	*stray = *rest;
	if (rest == text || *rest)
		return NUMBER_BAD_CHARACTER;
	return *value > max ? NUMBER_OVERFLOW : NUMBER_FINE;
}

enum number_fault number_size(uint64_t *value, const char *text, uint64_t max, char *stray)
{
	const char *rest;
	uint32_t shift = 0;

	*stray = '\0';
	if (!*text)
		return NUMBER_MISSING;
	*value = digits(text, &rest);
	*stray = *rest;
	if (rest == text)
		return NUMBER_BAD_CHARACTER;
	if (*rest) {
		char letter = (char)(*rest | 0x20);

		shift = letter == 'k' ? 10 : letter == 'm' ? 20 : letter == 'g' ? 30 : 0;
		if (!shift)
			return NUMBER_BAD_CHARACTER;
		*stray = rest[1];
		if (rest[1])
			return NUMBER_BAD_CHARACTER;
	}
	if (*value > max >> shift)
		return NUMBER_OVERFLOW;
	*value <<= shift;
	return NUMBER_FINE;
}

const char *number_print_time(char out[24], uint32_t ms)
{
	if (ms && ms % 86400000 == 0)
		snprintf(out, 24, "%ud", ms / 86400000);
	else if (ms && ms % 3600000 == 0)
		snprintf(out, 24, "%uh", ms / 3600000);
	else if (ms && ms % 60000 == 0)
		snprintf(out, 24, "%um", ms / 60000);
	else if (ms && ms % 1000 == 0)
		snprintf(out, 24, "%us", ms / 1000);
	else
		snprintf(out, 24, "%ums", ms);
	return out;
}
