/* SPDX-License-Identifier: GPL-2.0-or-later */
/* convert.c - what can be made of a sample: one function to a number of sample_words.h.
 *
 * The sample has the type that the converter's row asks for.  What becomes longer or is changed is
 * written into the scratch; a part of a text is a shorter span of the same bytes.  What does not
 * fit into the scratch is no sample any more. */
#include "net/rules/convert.h"
#include "core/config/sample_words.h"
#include "net/rules/replace.h"

#include <assert.h>
#include <ctype.h>

#define CONVERT(name)                                                                              \
	static bool name(struct rule_context *context __attribute__((unused)),                     \
		const struct argument *arguments __attribute__((unused)),                          \
		struct sample *sample __attribute__((unused)))

static bool give_bool(struct sample *sample, bool value)
{
	sample->type = SAMPLE_BOOL;
	sample->number = value;
	return true;
}

/* ---- numbers: sums beyond 64 bits end at the end ---- */

static int64_t limited(bool overflow, bool negative, int64_t value)
{
	return !overflow ? value : negative ? INT64_MIN : INT64_MAX;
}

CONVERT(add)
{
	int64_t other = arguments[0].number, sum;
	bool overflow = __builtin_add_overflow(sample->number, other, &sum);

	sample->number = limited(overflow, other < 0, sum);
	return true;
}

CONVERT(subtract)
{
	int64_t other = arguments[0].number, sum;
	bool overflow = __builtin_sub_overflow(sample->number, other, &sum);

	sample->number = limited(overflow, other > 0, sum);
	return true;
}

CONVERT(multiply)
{
	int64_t other = arguments[0].number, product;
	bool overflow = __builtin_mul_overflow(sample->number, other, &product);

	sample->number = limited(overflow, (sample->number < 0) != (other < 0), product);
	return true;
}

/* Division by zero gives the largest number, as in HAProxy. */
CONVERT(divide)
{
	int64_t other = arguments[0].number;

	if (!other || (sample->number == INT64_MIN && other == -1))
		sample->number = INT64_MAX;
	else
		sample->number /= other;
	return true;
}

CONVERT(modulo)
{
	int64_t other = arguments[0].number;

	sample->number = other && other != -1 ? sample->number % other : 0;
	return true;
}

CONVERT(negate)
{
	sample->number = sample->number == INT64_MIN ? INT64_MAX : -sample->number;
	return true;
}

CONVERT(complement)
{
	sample->number = ~sample->number;
	return true;
}

CONVERT(bits_and)
{
	sample->number &= arguments[0].number;
	return true;
}

CONVERT(bits_or)
{
	sample->number |= arguments[0].number;
	return true;
}

CONVERT(bits_xor)
{
	sample->number ^= arguments[0].number;
	return true;
}

CONVERT(is_true)
{
	return give_bool(sample, sample->number != 0);
}

CONVERT(is_false)
{
	return give_bool(sample, sample->number == 0);
}

CONVERT(is_even)
{
	return give_bool(sample, (sample->number & 1) == 0);
}

CONVERT(is_odd)
{
	return give_bool(sample, (sample->number & 1) != 0);
}

/* ---- texts ---- */

static bool mapped(struct rule_context *context, struct sample *sample, int (*map)(int))
{
	char *out = scratch_take(context->room, sample->text.len);

	if (!out)
		return false;
	for (uint32_t i = 0; i < sample->text.len; i++)
		out[i] = (char)map((unsigned char)sample->text.at[i]);
	sample->text.at = out;
	return true;
}

CONVERT(lower)
{
	return mapped(context, sample, tolower);
}

CONVERT(upper)
{
	return mapped(context, sample, toupper);
}

CONVERT(length)
{
	sample->type = SAMPLE_INT;
	sample->number = sample->text.len;
	return true;
}

static bool is_among(char c, struct span set)
{
	return set.len && memchr(set.at, c, set.len);
}

CONVERT(trim_left)
{
	while (sample->text.len && is_among(sample->text.at[0], arguments[0].text))
		sample->text = span_of(sample->text.at + 1, sample->text.len - 1);
	return true;
}

CONVERT(trim_right)
{
	while (sample->text.len &&
		is_among(sample->text.at[sample->text.len - 1], arguments[0].text))
		sample->text.len--;
	return true;
}

CONVERT(part)
{
	int64_t offset = arguments[0].number, count = arguments[1].number;

	if (offset < 0 || offset >= sample->text.len) {
		sample->text.len = 0;
		return true;
	}
	sample->text = span_of(sample->text.at + offset, sample->text.len - (uint32_t)offset);
	if (arguments[1].kind != ARGUMENT_NONE && count < sample->text.len)
		sample->text.len = count < 0 ? 0 : (uint32_t)count;
	return true;
}

/* A text cut at delimiters; words are parts that are not empty. */
struct parts {
	const char *at, *end; /* at beyond end: there are no more */
	struct span delimiters;
	bool words;
};

static bool next_part(struct parts *parts, struct span *part)
{
	while (parts->at <= parts->end) {
		const char *start = parts->at, *stop = start;

		while (stop < parts->end && !is_among(*stop, parts->delimiters))
			stop++;
		parts->at = stop + 1;
		*part = span_of(start, (size_t)(stop - start));
		if (part->len || !parts->words)
			return true;
	}
	return false;
}

static struct parts cut(const struct sample *sample, const struct argument *arguments, bool words)
{
	return (struct parts){
		sample->text.at, sample->text.at + sample->text.len, arguments[1].text, words};
}

/* `count` parts from number `index` on, 0: all that follow.  From the end, with -1, they are the
 * ones before it, that one included. */
static bool pick(struct sample *sample, const struct argument *arguments, bool words)
{
	struct parts parts = cut(sample, arguments, words);
	int64_t first = arguments[0].number, total = 0, number = 0, last;
	int64_t count = arguments[2].kind == ARGUMENT_NONE ? 1 : arguments[2].number;
	struct span part, picked = {0};

	while (next_part(&parts, &part))
		total++;
	if (first < 0) {
		last = total + first + 1;
		first = count ? last - count + 1 : 1;
	} else {
		last = count ? first + count - 1 : total;
	}
	first = first < 1 && last >= 1 && arguments[0].number < 0 ? 1 : first;
	if (first < 1 || first > total)
		return false;
	parts = cut(sample, arguments, words);
	while (next_part(&parts, &part) && ++number <= last) {
		if (number == first)
			picked = part;
		else if (number > first)
			picked.len = (uint32_t)(part.at + part.len - picked.at);
	}
	sample->text = picked;
	return true;
}

CONVERT(field)
{
	return pick(sample, arguments, false);
}

CONVERT(word)
{
	return pick(sample, arguments, true);
}

CONVERT(compare)
{
	struct span other = arguments[0].text, text = sample->text;
	uint32_t shorter = text.len < other.len ? text.len : other.len;
	int order = shorter ? memcmp(text.at, other.at, shorter) : 0;

	sample->type = SAMPLE_INT;
	sample->number = order ? order : (int64_t)text.len - (int64_t)other.len;
	return true;
}

static const char hex_digits[] = "0123456789ABCDEF";

CONVERT(hex)
{
	struct span text = sample->text;
	char *out = scratch_take(context->room, 2 * text.len);

	if (!out)
		return false;
	for (uint32_t i = 0; i < text.len; i++) {
		out[2 * i] = hex_digits[(unsigned char)text.at[i] >> 4];
		out[2 * i + 1] = hex_digits[(unsigned char)text.at[i] & 15];
	}
	sample->text = span_of(out, 2 * text.len);
	sample->type = SAMPLE_TEXT;
	return true;
}

CONVERT(base64)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct span text = sample->text;
	char *out = scratch_take(context->room, (text.len + 2) / 3 * 4), *at = out;

	if (!out)
		return false;
	for (uint32_t i = 0; i < text.len; i += 3) {
		uint32_t left = text.len - i, bits = (uint32_t)(unsigned char)text.at[i] << 16;

		if (left > 1)
			bits |= (uint32_t)(unsigned char)text.at[i + 1] << 8;
		if (left > 2)
			bits |= (unsigned char)text.at[i + 2];
		*at++ = letters[bits >> 18];
		*at++ = letters[bits >> 12 & 63];
		*at++ = left > 1 ? letters[bits >> 6 & 63] : '=';
		*at++ = left > 2 ? letters[bits & 63] : '=';
	}
	sample->text = span_of(out, (size_t)(at - out));
	sample->type = SAMPLE_TEXT;
	return true;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A percent sign without two digits makes the whole undecodable. */
CONVERT(url_decode)
{
	struct span text = sample->text;
	char *out = scratch_take(context->room, text.len), *at = out;
	bool in_query = arguments[0].number != 0;

	if (!out)
		return false;
	for (uint32_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (c == '%') {
			int high = i + 2 < text.len ? hex_value(text.at[i + 1]) : -1;
			int low = i + 2 < text.len ? hex_value(text.at[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '?') {
			in_query = true;
		} else if (c == '+' && in_query) {
			c = ' ';
		}
		*at++ = c;
	}
	sample->text = span_of(out, (size_t)(at - out));
	return true;
}

CONVERT(url_encode)
{
	struct span text = sample->text;
	char *out = scratch_take(context->room, 3 * text.len), *at = out;

	if (!out)
		return false;
	for (uint32_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.at[i];

		if (isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
			*at++ = (char)c;
			continue;
		}
		*at++ = '%';
		*at++ = hex_digits[c >> 4];
		*at++ = hex_digits[c & 15];
	}
	sample->text = span_of(out, (size_t)(at - out));
	return true;
}

CONVERT(parameter)
{
	struct fetch_cursor cursor = {0};

	return find_param(sample->text, arguments[0].text, '&', &cursor, &sample->text);
}

/* "[::1]:80", "a.example:80": where the port begins, or the end. */
static uint32_t host_end(struct span text)
{
	const char *bracket = text.len && text.at[0] == '[' ? memchr(text.at, ']', text.len) : NULL;
	uint32_t from = bracket ? (uint32_t)(bracket - text.at) : 0;
	const char *colon = text.len > from ? memchr(text.at + from, ':', text.len - from) : NULL;

	return colon ? (uint32_t)(colon - text.at) : text.len;
}

CONVERT(host_only)
{
	sample->text.len = host_end(sample->text);
	return mapped(context, sample, tolower);
}

CONVERT(port_only)
{
	uint32_t end = host_end(sample->text);

	if (end >= sample->text.len) {
		sample->type = SAMPLE_INT;
		sample->number = 0;
		return true;
	}
	sample->text = span_of(sample->text.at + end + 1, sample->text.len - end - 1);
	return sample_cast(context, sample, SAMPLE_INT);
}

CONVERT(substitute)
{
	uint32_t left = context->room->scratch_bytes - context->room->scratch_used, len;
	char *out = context->room->scratch + context->room->scratch_used;

	if (!replace_matches(context->room->matcher, arguments[0].regex, sample->text,
		    arguments[1].text, arguments[2].number != 0, out, left, &len))
		return false;
	context->room->scratch_used += len;
	sample->text = span_of(out, len);
	return true;
}

/* ---- addresses ---- */

CONVERT(mask_address)
{
	bool v4 = sample->address.family == AF_INET;
	const struct argument *mask = &arguments[v4 ? 0 : 1];
	uint32_t bits = (uint32_t)mask->number;

	if (mask->kind == ARGUMENT_NONE)
		return false; /* an IPv6 address where only IPv4's mask is known */
	for (uint32_t i = 0; i < (v4 ? 4u : 16u); i++) {
		uint32_t kept = bits > 8 * i ? bits - 8 * i : 0;

		if (kept < 8)
			sample->address.bytes[i] &= (uint8_t)(0xff00u >> kept);
	}
	return true;
}

static convert_function *const functions[CONVERT_COUNT] = {
	[CONVERT_ADD] = add,
	[CONVERT_AND] = bits_and,
	[CONVERT_B64DEC] = convert_from_base64,
	[CONVERT_BASE64] = base64,
	[CONVERT_BOOL] = is_true,
	[CONVERT_BYTES] = part,
	[CONVERT_CONCAT] = convert_append,
	[CONVERT_CPL] = complement,
	[CONVERT_CRC32] = convert_hash_crc32,
	[CONVERT_DIV] = divide,
	[CONVERT_DJB2] = convert_hash_djb2,
	[CONVERT_EVEN] = is_even,
	[CONVERT_FIELD] = field,
	[CONVERT_HEX] = hex,
	[CONVERT_HOST_ONLY] = host_only,
	[CONVERT_HTTP_DATE] = convert_http_date,
	[CONVERT_IIF] = convert_choose,
	[CONVERT_IPMASK] = mask_address,
	[CONVERT_JSON] = convert_to_json,
	[CONVERT_LENGTH] = length,
	[CONVERT_LOWER] = lower,
	[CONVERT_LTIME] = convert_local_date,
	[CONVERT_LTRIM] = trim_left,
	[CONVERT_MOD] = modulo,
	[CONVERT_MUL] = multiply,
	[CONVERT_NEG] = negate,
	[CONVERT_NOT] = is_false,
	[CONVERT_ODD] = is_odd,
	[CONVERT_OR] = bits_or,
	[CONVERT_PORT_ONLY] = port_only,
	[CONVERT_REGSUB] = substitute,
	[CONVERT_RTRIM] = trim_right,
	[CONVERT_SDBM] = convert_hash_sdbm,
	[CONVERT_STRCMP] = compare,
	[CONVERT_SUB] = subtract,
	[CONVERT_UPPER] = upper,
	[CONVERT_URL_DEC] = url_decode,
	[CONVERT_URL_ENC] = url_encode,
	[CONVERT_URLP] = parameter,
	[CONVERT_UTIME] = convert_utc_date,
	[CONVERT_WORD] = word,
	[CONVERT_WT6] = convert_hash_wt6,
	[CONVERT_XOR] = bits_xor,
};

bool convert_sample(
	struct rule_context *context, const struct conversion *conversion, struct sample *sample)
{
	assert(functions[conversion->word->id]);
	return functions[conversion->word->id](context, conversion->arguments, sample);
}
