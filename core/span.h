/* SPDX-License-Identifier: GPL-2.0-or-later */
/* span.h - a view of bytes that somebody else owns.
 * Pure.  A span never outlives the buffer it points into and is not NUL-terminated. */
#ifndef TORC_CORE_SPAN_H
#define TORC_CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct span {
	const char *at;
	uint32_t len;
};

/* A span over a string literal: SPAN("close"). */
#define SPAN(literal) ((struct span){.at = (literal), .len = (uint32_t)(sizeof(literal) - 1)})

static inline struct span span_of(const char *at, size_t len)
{
	return (struct span){.at = at, .len = (uint32_t)len};
}

static inline struct span span_of_string(const char *string)
{
	return span_of(string, string ? strlen(string) : 0);
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* Equal when ASCII letters are compared without their case. */
static inline bool span_equal_nocase(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || strncasecmp(a.at, b.at, a.len) == 0);
}

static inline bool span_starts_with(struct span whole, struct span start)
{
	return whole.len >= start.len &&
	       (start.len == 0 || memcmp(whole.at, start.at, start.len) == 0);
}

#endif
