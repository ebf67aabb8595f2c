/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmdline.c - words of the kernel's command line.
 *
 * Whoever can write there owns the machine anyway, so this is not a parser of hostile bytes; it is
 * one that must not fail on what a boot loader's editor made of a line. */
#include "appliance/init/cmdline.h"

#include <string.h>

static bool is_blank(char at)
{
	return at == ' ' || at == '\t' || at == '\n' || at == '\r';
}

bool cmdline_next(const char **text, char *word, size_t bytes)
{
	const char *at = *text;

	for (;;) {
		size_t used = 0;
		bool quoted = false;

		while (is_blank(*at))
			at++;
		if (!*at) {
			*text = at;
			return false;
		}
		for (; *at && (quoted || !is_blank(*at)); at++) {
			if (*at == '"') {
				quoted = !quoted;
				continue;
			}
			if (used + 1 < bytes)
				word[used] = *at;
			used++;
		}
		*text = at;
		if (used + 1 > bytes)
			continue;
		word[used] = '\0';
		return true;
	}
}

bool cmdline_value(const char *text, const char *name, uint32_t nth, char *value, size_t bytes)
{
	char word[CMDLINE_BYTES];
	size_t len = strlen(name);

	while (cmdline_next(&text, word, sizeof(word))) {
		const char *rest = word + len;

		if (strncmp(word, name, len) != 0 || (*rest && *rest != '='))
			continue;
		if (nth--)
			continue;
		rest += *rest == '=';
		if (strlen(rest) >= bytes)
			return false;
		memcpy(value, rest, strlen(rest) + 1);
		return true;
	}
	return false;
}

uint32_t cmdline_number(const char *text, const char *name, uint32_t max, uint32_t otherwise)
{
	uint32_t result = otherwise;
	char value[16];

	for (uint32_t nth = 0; cmdline_value(text, name, nth, value, sizeof(value)); nth++) {
		uint64_t sum = 0;
		const char *at = value;

		for (; *at >= '0' && *at <= '9' && sum <= max; at++)
			sum = sum * 10 + (uint64_t)(*at - '0');
		if (at != value && !*at && sum <= max)
			result = (uint32_t)sum;
	}
	return result;
}

static int digit_of(char at)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	const char *place = at ? strchr(digits, at) : NULL;

	return place ? (int)(place - digits) : -1;
}

int cmdline_base64(const char *text, char *out, size_t bytes)
{
	size_t len = strlen(text), used = 0;
	uint32_t bits = 0, held = 0;

	while (len && text[len - 1] == '=')
		len--;
	if (len % 4 == 1)
		return -1;
	for (size_t i = 0; i < len; i++) {
		int digit = digit_of(text[i]);

		if (digit < 0)
			return -1;
		held = held << 6 | (uint32_t)digit;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (used == bytes)
			return -1;
		out[used++] = (char)(held >> bits & 0xff);
	}
	return (int)used;
}
