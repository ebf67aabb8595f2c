/* SPDX-License-Identifier: GPL-2.0-or-later */
/* number.h - the numbers of haproxy.cfg: times with units, sizes, plain integers.
 * Source: HAProxy's configuration manual 2.5 (times), 2.6 (sizes).  Pure. */
#ifndef TORC_CORE_CONFIG_NUMBER_H
#define TORC_CORE_CONFIG_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#define NUMBER_TIME_MS_MAX 2147483647u

enum number_fault {
	NUMBER_FINE,
	NUMBER_MISSING,	      /* an empty word */
	NUMBER_BAD_CHARACTER, /* *stray says which */
	NUMBER_OVERFLOW,
};

enum number_unit { NUMBER_MICROSECONDS, NUMBER_MILLISECONDS, NUMBER_SECONDS };

struct number_time {
	uint32_t value; /* in the unit that was asked for, rounded up */
	bool bare;	/* written without a unit */
	char stray;	/* when fine: what stands behind the unit, which HAProxy does not mind */
	uint32_t unit_bytes; /* what was read, up to the end of the unit */
};

/* A whole number and us, ms, s, m, h or d; without a unit it counts in `unit`, which is the unit
 * of the result as well.  At most NUMBER_TIME_MS_MAX. */
enum number_fault number_time(struct number_time *time, const char *text, enum number_unit unit);

/* A whole number in [0, max], nothing beside it. */
enum number_fault number_whole(uint64_t *value, const char *text, uint64_t max, char *stray);

/* A whole number with an optional k, m or g (powers of 1024). */
enum number_fault number_size(uint64_t *value, const char *text, uint64_t max, char *stray);

/* For the normal form: the largest unit that divides the value, "20ms", "86400ms", "2m". */
const char *number_print_time(char out[24], uint32_t ms);

#endif
