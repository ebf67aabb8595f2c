/* SPDX-License-Identifier: GPL-2.0-or-later */
/* h1_bytes.h - which bytes HTTP/1.x allows where, and how to find the first that it does not.
 * Source: RFC 9110 5.5 and 5.6.2, RFC 9112 3.2, RFC 3986 3.2.  Pure; for the h1_*.c files only.
 *
 * A head is mostly long runs of allowed bytes, so the scans look at 16 at once where the machine
 * has SSE2 (every x86-64).  No scan reads a byte at or after `end`: the last 15 are walked one by
 * one, which keeps the sanitizers honest and costs little. */
#ifndef TORC_NET_HTTP_H1_BYTES_H
#define TORC_NET_HTTP_H1_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum h1_byte_class {
	H1_BYTE_TOKEN = 0x01,  /* tchar */
	H1_BYTE_TARGET = 0x02, /* VCHAR without "#": a fragment is never sent */
	H1_BYTE_TEXT = 0x04,   /* HTAB, SP, VCHAR, obs-text: field values and reasons */
	H1_BYTE_NAME = 0x08,   /* a registered name in an authority: unreserved, sub-delims, "%" */
	H1_BYTE_QUOTED = 0x10, /* qdtext: what stands in a quoted string without a backslash */
	H1_BYTE_DIGIT = 0x20,
	H1_BYTE_HEX = 0x40,
};

extern const uint8_t h1_byte_classes[256];

static inline bool h1_byte_is(char byte, enum h1_byte_class class)
{
	return (h1_byte_classes[(uint8_t)byte] & class) != 0;
}

/* The first byte in [at, end) that is not of this class, or end. */
static inline const char *h1_skip(const char *at, const char *end, enum h1_byte_class class)
{
	while (at < end && h1_byte_is(*at, class))
		at++;
	return at;
}

/* The same scans for those who asked for leniency (h1_limits.lax): rare, and walked one by one. */
static inline const char *h1_skip_lax_target(const char *at, const char *end)
{
	while (at < end && (uint8_t)*at > ' ' && *at != 0x7f)
		at++;
	return at;
}

static inline const char *h1_skip_lax_name(const char *at, const char *end)
{
	while (at < end && (uint8_t)*at > ' ' && *at != 0x7f && *at != ':')
		at++;
	return at;
}

static inline const char *h1_skip_lax_text(const char *at, const char *end)
{
	while (at < end && *at != '\r' && *at != '\n' && *at != '\0')
		at++;
	return at;
}

#ifdef __SSE2__

/* Bits of the bytes in [first, last], both ASCII; bytes above 127 are negative and never match. */
static inline __m128i h1_between(__m128i bytes, char first, char last)
{
	return _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8((char)(first - 1))),
		_mm_cmpgt_epi8(_mm_set1_epi8((char)(last + 1)), bytes));
}

static inline const char *h1_skip_token(const char *at, const char *end)
{
	while (end - at >= 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
		__m128i letters = h1_between(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z');
		__m128i digits = h1_between(bytes, '0', '9');
		__m128i marks = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('-')),
			_mm_cmpeq_epi8(bytes, _mm_set1_epi8('_')));
		__m128i good = _mm_or_si128(_mm_or_si128(letters, digits), marks);
		uint32_t others = (uint32_t)_mm_movemask_epi8(good) ^ 0xffffu;

		if (others == 0) {
			at += 16;
			continue;
		}
		at += __builtin_ctz(others);
		/* A colon, nearly always.  The rarer token bytes are left to the table. */
		if (!h1_byte_is(*at, H1_BYTE_TOKEN))
			return at;
		at++;
	}
	return h1_skip(at, end, H1_BYTE_TOKEN);
}

static inline const char *h1_skip_target(const char *at, const char *end)
{
	while (end - at >= 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
		__m128i good = _mm_andnot_si128(
			_mm_cmpeq_epi8(bytes, _mm_set1_epi8('#')), h1_between(bytes, 0x21, 0x7e));
		uint32_t others = (uint32_t)_mm_movemask_epi8(good) ^ 0xffffu;

		if (others)
			return at + __builtin_ctz(others);
		at += 16;
	}
	return h1_skip(at, end, H1_BYTE_TARGET);
}

static inline const char *h1_skip_text(const char *at, const char *end)
{
	while (end - at >= 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
		__m128i below = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
		__m128i tabs = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
		__m128i bad = _mm_or_si128(
			_mm_andnot_si128(tabs, below), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
		uint32_t others = (uint32_t)_mm_movemask_epi8(bad);

		if (others)
			return at + __builtin_ctz(others);
		at += 16;
	}
	return h1_skip(at, end, H1_BYTE_TEXT);
}

#else

static inline const char *h1_skip_token(const char *at, const char *end)
{
	return h1_skip(at, end, H1_BYTE_TOKEN);
}

static inline const char *h1_skip_target(const char *at, const char *end)
{
	return h1_skip(at, end, H1_BYTE_TARGET);
}

static inline const char *h1_skip_text(const char *at, const char *end)
{
	return h1_skip(at, end, H1_BYTE_TEXT);
}

#endif

#endif
