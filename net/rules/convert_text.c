/* SPDX-License-Identifier: GPL-2.0-or-later */
/* convert_text.c - converters that write: dates, JSON, base64, hashes of a text.
 *
 * As in convert.c: what is made goes into the scratch, and what does not fit there is no sample
 * any more. */
#include "core/calendar.h"
#include "net/lb/hash.h"
#include "net/rules/convert.h"
#include "net/stats/base64.h"

#include <stdio.h>
#include <time.h>

/* ---- texts ---- */

CONVERT_SHARED(choose)
{
	sample->text = arguments[sample->number ? 0 : 1].text;
	sample->type = SAMPLE_TEXT;
	return true;
}

CONVERT_SHARED(append)
{
	struct span head = sample->text, tail = arguments[0].text;
	char *out = scratch_take(context->room, head.len + tail.len);

	if (!out)
		return false;
	if (head.len)
		memcpy(out, head.at, head.len);
	if (tail.len)
		memcpy(out + head.len, tail.at, tail.len);
	sample->text = span_of(out, head.len + tail.len);
	return true;
}

CONVERT_SHARED(from_base64)
{
	char *out = scratch_take(context->room, sample->text.len);
	int32_t len = out ? base64_decode(out, sample->text.len, sample->text) : -1;

	if (len < 0)
		return false;
	sample->text = span_of(out, (size_t)len);
	sample->type = SAMPLE_BINARY;
	return true;
}

/* ---- numbers of a text ---- */

static bool give_hash(
	struct sample *sample, const struct argument *arguments, enum hash_function function)
{
	struct balancing balancing = {.function = function, .avalanche = arguments[0].number != 0};

	sample->number = hash_key(&balancing, sample->text);
	sample->type = SAMPLE_INT;
	return true;
}

CONVERT_SHARED(hash_crc32)
{
	return give_hash(sample, arguments, HASH_CRC32);
}

CONVERT_SHARED(hash_djb2)
{
	return give_hash(sample, arguments, HASH_DJB2);
}

CONVERT_SHARED(hash_sdbm)
{
	return give_hash(sample, arguments, HASH_SDBM);
}

CONVERT_SHARED(hash_wt6)
{
	return give_hash(sample, arguments, HASH_WT6);
}

/* ---- dates ---- */

enum { DATE_BYTES = 256 };

static bool give_date(struct rule_context *context, struct sample *sample, const char *format,
	const struct tm *tm)
{
	char *out = scratch_take(context->room, DATE_BYTES);
	size_t len = out ? strftime(out, DATE_BYTES, format, tm) : 0;

	if (!len)
		return false;
	sample->text = span_of(out, len);
	sample->type = SAMPLE_TEXT;
	return true;
}

CONVERT_SHARED(local_date)
{
	time_t second = (time_t)(sample->number + arguments[1].number);
	struct tm tm;

	return localtime_r(&second, &tm) && give_date(context, sample, arguments[0].text.at, &tm);
}

CONVERT_SHARED(utc_date)
{
	time_t second = (time_t)(sample->number + arguments[1].number);
	struct tm tm;

	return gmtime_r(&second, &tm) && give_date(context, sample, arguments[0].text.at, &tm);
}

/* RFC 9110 5.6.7.  Names of days and months are English whatever the locale. */
CONVERT_SHARED(http_date)
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	time_t second = (time_t)(sample->number + arguments[0].number);
	char *out = scratch_take(context->room, DATE_BYTES);
	struct tm tm;

	if (!out || !gmtime_r(&second, &tm))
		return false;
	snprintf(out, DATE_BYTES, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
		tm.tm_mday, calendar_month(tm.tm_mon), tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
		tm.tm_sec);
	sample->text = span_of_string(out);
	sample->type = SAMPLE_TEXT;
	return true;
}

/* ---- JSON (RFC 8259 7) ---- */

/* One character of UTF-8 (RFC 3629 4: no longer form than needed, no surrogates); 0: it is none. */
static uint32_t take_utf8(struct span text, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)text.at[0];
	uint32_t len = first < 0x80   ? 1
		       : first < 0xc0 ? 0
		       : first < 0xe0 ? 2
		       : first < 0xf0 ? 3
				      : 4;

	if (len == 0 || len > text.len || first > 0xf4)
		return 0;
	*code = len == 1 ? first : first & (0x7fu >> len);
	for (uint32_t i = 1; i < len; i++) {
		if (((unsigned char)text.at[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | ((unsigned char)text.at[i] & 0x3f);
	}
	if (*code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return len;
}

/* Writes one character as it stands within quotes, 12 bytes at most. */
static uint32_t put_json(char *out, uint32_t code)
{
	static const char plain[] = "\"\\/\b\f\n\r\t", letters[] = "\"\\/bfnrt";
	const char *found = code && code < 0x80 ? strchr(plain, (int)code) : NULL;

	if (found) {
		out[0] = '\\';
		out[1] = letters[found - plain];
		return 2;
	}
	if (code >= 0x20 && code < 0x7f) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x10000)
		return (uint32_t)snprintf(out, 13, "\\u%04x", code);
	code -= 0x10000;
	return (uint32_t)snprintf(
		out, 13, "\\u%04x\\u%04x", 0xd800 | code >> 10, 0xdc00 | (code & 0x3ff));
}

/* `ascii`, the preset, takes each byte for a character; the others read UTF-8 and end (utf8), leave
 * out (utf8s, utf8ps) or take the byte for a character (utf8p) where it is none. */
CONVERT_SHARED(to_json)
{
	struct span mode = arguments[0].kind == ARGUMENT_NONE ? SPAN("ascii") : arguments[0].text;
	bool utf8 = !span_equal(mode, SPAN("ascii")), strict = span_equal(mode, SPAN("utf8"));
	bool shows = span_equal(mode, SPAN("utf8p"));
	struct span rest = sample->text;
	char *start = context->room->scratch + context->room->scratch_used;
	uint32_t len = 0;

	while (rest.len) {
		uint32_t byte = (unsigned char)rest.at[0], code = byte;
		uint32_t taken = utf8 ? take_utf8(rest, &code) : 1;
		char *out;

		if (!taken && strict)
			return false;
		if (taken || shows) {
			char text[13];
			uint32_t bytes = put_json(text, taken ? code : byte);

			out = scratch_take(context->room, bytes);
			if (!out)
				return false;
			memcpy(out, text, bytes);
			len += bytes;
		}
		taken = taken ? taken : 1;
		rest = span_of(rest.at + taken, rest.len - taken);
	}
	sample->text = span_of(start, len);
	return true;
}
