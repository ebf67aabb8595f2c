/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base64.c - the strict reading of base64.
 *
 * Two encodings of one password must not both be accepted (RFC 4648 3.5): padding is demanded and
 * has to be right, the bits that no byte uses have to be zero, and nothing else may stand between
 * the characters. */
#include "net/stats/base64.h"

/* 0..63, or -1. */
static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

static uint32_t padding_of(struct span text)
{
	if (text.len >= 2 && text.at[text.len - 2] == '=' && text.at[text.len - 1] == '=')
		return 2;
	return text.len >= 1 && text.at[text.len - 1] == '=';
}

int32_t base64_decode(char *out, size_t capacity, struct span text)
{
	uint32_t padding = padding_of(text), bits = 0, held = 0;
	size_t bytes = (size_t)text.len / 4 * 3 - padding;
	size_t used = 0;

	if (text.len % 4 != 0)
		return -1;
	if (text.len == 0)
		return 0;
	if (bytes > capacity)
		return -1;
	for (uint32_t i = 0; i < text.len - padding; i++) {
		int value = value_of(text.at[i]);

		if (value < 0)
			return -1;
		held = (held << 6 | (uint32_t)value) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[used++] = (char)(held >> bits & 0xff);
		}
	}
	return (held & ((1u << bits) - 1)) == 0 ? (int32_t)used : -1;
}
