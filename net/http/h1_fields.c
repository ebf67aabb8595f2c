/* SPDX-License-Identifier: GPL-2.0-or-later */
/* h1_fields.c - the fields that torc itself reads: which they are and what their values say.
 *
 * A head has about ten fields and torc cares for two or three of them, so telling "none of ours"
 * must be cheap.  The length of a name and its first letter decide: no two of our names share
 * both, hence one look into a small table leaves at most one candidate to compare with.
 *
 * The readers of values are strict in one direction only: whatever two programs could understand
 * differently is refused here, so that what passes means the same to the server behind us.  Pure;
 * any thread. */
#include "net/http/h1_fields.h"
#include "net/http/h1_bytes.h"

#define NAME_BYTES_MAX 19 /* "proxy-authorization" */
#define LETTER(c)      ((c)&31)

static const uint8_t candidates[NAME_BYTES_MAX + 1][32] = {
	[2][LETTER('t')] = H1_FIELD_TE,
	[4][LETTER('h')] = H1_FIELD_HOST,
	[6][LETTER('c')] = H1_FIELD_COOKIE,
	[6][LETTER('e')] = H1_FIELD_EXPECT,
	[7][LETTER('t')] = H1_FIELD_TRAILER,
	[7][LETTER('u')] = H1_FIELD_UPGRADE,
	[10][LETTER('c')] = H1_FIELD_CONNECTION,
	[10][LETTER('k')] = H1_FIELD_KEEP_ALIVE,
	[10][LETTER('s')] = H1_FIELD_SET_COOKIE,
	[12][LETTER('m')] = H1_FIELD_MAX_FORWARDS,
	[13][LETTER('a')] = H1_FIELD_AUTHORIZATION,
	[14][LETTER('c')] = H1_FIELD_CONTENT_LENGTH,
	[15][LETTER('x')] = H1_FIELD_X_FORWARDED_FOR,
	[16][LETTER('p')] = H1_FIELD_PROXY_CONNECTION,
	[17][LETTER('t')] = H1_FIELD_TRANSFER_ENCODING,
	[19][LETTER('p')] = H1_FIELD_PROXY_AUTHORIZATION,
};

static const char *const names[] = {
	[H1_FIELD_TE] = "te",
	[H1_FIELD_HOST] = "host",
	[H1_FIELD_COOKIE] = "cookie",
	[H1_FIELD_EXPECT] = "expect",
	[H1_FIELD_TRAILER] = "trailer",
	[H1_FIELD_UPGRADE] = "upgrade",
	[H1_FIELD_CONNECTION] = "connection",
	[H1_FIELD_KEEP_ALIVE] = "keep-alive",
	[H1_FIELD_SET_COOKIE] = "set-cookie",
	[H1_FIELD_MAX_FORWARDS] = "max-forwards",
	[H1_FIELD_AUTHORIZATION] = "authorization",
	[H1_FIELD_CONTENT_LENGTH] = "content-length",
	[H1_FIELD_X_FORWARDED_FOR] = "x-forwarded-for",
	[H1_FIELD_PROXY_CONNECTION] = "proxy-connection",
	[H1_FIELD_TRANSFER_ENCODING] = "transfer-encoding",
	[H1_FIELD_PROXY_AUTHORIZATION] = "proxy-authorization",
};

/* Are these bytes the lower-case name?  Setting bit 5 makes a letter lower-case and leaves "-" as
 * it is; no other byte that a token may hold becomes one of either. */
static inline bool same_name(const char *at, const char *lower, uint32_t len)
{
	uint8_t difference = 0;

	for (uint32_t i = 0; i < len; i++)
		difference |= (uint8_t)(((uint8_t)at[i] | 0x20) ^ (uint8_t)lower[i]);
	return difference == 0;
}

enum h1_field_id h1_field_id(struct span name)
{
	enum h1_field_id id;

	if (name.len > NAME_BYTES_MAX || name.len == 0)
		return H1_FIELD_OTHER;
	id = candidates[name.len][LETTER((uint8_t)name.at[0])];
	if (id == H1_FIELD_OTHER || !same_name(name.at, names[id], name.len))
		return H1_FIELD_OTHER;
	return id;
}

bool h1_name_resembles_ours(struct span name)
{
	char kept[NAME_BYTES_MAX + 1];
	uint32_t len = 0;

	for (uint32_t i = 0; i < name.len && len < sizeof(kept); i++) {
		if (h1_byte_is(name.at[i], H1_BYTE_TOKEN))
			kept[len++] = name.at[i];
	}
	return len < name.len && h1_field_id(span_of(kept, len)) != H1_FIELD_OTHER;
}

_Static_assert(H1_FIELD_X_FORWARDED_FOR == 16 && sizeof(names) / sizeof(names[0]) == 17,
	"H1_NAMES_ALL has one bit for each name");

uint16_t h1_names_narrow(uint16_t set, uint32_t position, char byte)
{
	uint16_t left = 0;

	/* A name in the set has matched up to here, so position is at most at its final NUL. */
	for (uint32_t i = 0; set >> i; i++) {
		if ((set >> i & 1) && names[i + 1][position] == (byte | 0x20))
			left |= (uint16_t)(1u << i);
	}
	return left;
}

bool h1_names_end(uint16_t set, uint32_t bytes)
{
	for (uint32_t i = 0; set >> i; i++) {
		if ((set >> i & 1) && names[i + 1][bytes] == '\0')
			return true;
	}
	return false;
}

static struct span without_white_space(struct span text)
{
	while (text.len && (text.at[0] == ' ' || text.at[0] == '\t')) {
		text.at++;
		text.len--;
	}
	while (text.len && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
		text.len--;
	return text;
}

/* A list that is used up has no address any more; an empty one still has one empty element. */
bool h1_list_next(struct span *list, struct span *element)
{
	const char *comma;

	if (list->at == NULL)
		return false;
	comma = list->len ? memchr(list->at, ',', list->len) : NULL;
	if (!comma) {
		*element = without_white_space(*list);
		*list = (struct span){0};
		return true;
	}
	element->at = list->at;
	element->len = (uint32_t)(comma - list->at);
	list->at += element->len + 1;
	list->len -= element->len + 1;
	*element = without_white_space(*element);
	return true;
}

bool h1_list_has(struct span list, struct span token)
{
	struct span element;

	while (h1_list_next(&list, &element)) {
		if (element.len && span_equal_nocase(element, token))
			return true;
	}
	return false;
}

static const char *read_length(struct span digits, uint64_t *length)
{
	uint64_t value = 0;

	if (digits.len == 0)
		return "empty Content-Length";
	for (uint32_t i = 0; i < digits.len; i++) {
		uint64_t digit = (uint64_t)(uint8_t)digits.at[i] - '0';

		if (!h1_byte_is(digits.at[i], H1_BYTE_DIGIT))
			return "Content-Length is not a decimal number";
		/* value * 10 + digit < 2^63 */
		if (value > ((uint64_t)INT64_MAX - digit) / 10)
			return "Content-Length is too large";
		value = value * 10 + digit;
	}
	*length = value;
	return NULL;
}

const char *h1_read_content_length(struct span value, uint64_t *length)
{
	struct span element;
	bool first = true;

	while (h1_list_next(&value, &element)) {
		uint64_t one = 0;
		const char *fault = read_length(element, &one);

		if (fault)
			return fault;
		if (!first && one != *length)
			return "Content-Length values differ";
		*length = one;
		first = false;
	}
	return NULL;
}

static bool is_token(struct span text)
{
	const char *end = text.at + text.len;

	return text.len > 0 && h1_skip(text.at, end, H1_BYTE_TOKEN) == end;
}

enum h1_coding h1_read_transfer_encoding(struct span value)
{
	struct span element, rest = value;
	bool chunked = false, unknown = false;

	while (h1_list_next(&rest, &element)) {
		/* Chunked has to be the last coding and applied once (6.1). */
		if (!is_token(element) || chunked)
			return H1_CODING_MALFORMED;
		if (span_equal_nocase(element, SPAN("chunked")))
			chunked = true;
		else
			unknown = true;
	}
	if (!chunked)
		return H1_CODING_ENDLESS;
	return unknown ? H1_CODING_UNKNOWN : H1_CODING_CHUNKED;
}

/* IP-literal = "[" ( IPv6address / IPvFuture ) "]".  Returns its end, or NULL.  The bytes are
 * checked, not whether they are an address: that decides nothing here. */
static const char *skip_literal(const char *at, const char *end)
{
	const char *first = ++at;

	while (at < end && (h1_byte_is(*at, H1_BYTE_NAME) || *at == ':') && *at != '%')
		at++;
	return at < end && *at == ']' && at > first ? at + 1 : NULL;
}

static const char *skip_registered_name(const char *at, const char *end)
{
	while (at < end && h1_byte_is(*at, H1_BYTE_NAME)) {
		if (*at == '%' && (end - at < 3 || !h1_byte_is(at[1], H1_BYTE_HEX) ||
					  !h1_byte_is(at[2], H1_BYTE_HEX)))
			return NULL;
		at++;
	}
	return at;
}

bool h1_is_authority(struct span value, int32_t *port_digits)
{
	const char *at = value.at, *end = value.at + value.len;
	uint32_t port = 0;

	*port_digits = -1;
	if (value.len == 0)
		return true;
	at = *at == '[' ? skip_literal(at, end) : skip_registered_name(at, end);
	if (!at)
		return false;
	if (at == end)
		return true;
	if (*at++ != ':' || at - 1 == value.at)
		return false;
	for (*port_digits = 0; at < end && h1_byte_is(*at, H1_BYTE_DIGIT); at++) {
		port = port * 10 + (uint32_t)(*at - '0');
		if (port > UINT16_MAX)
			return false;
		++*port_digits;
	}
	return at == end;
}
