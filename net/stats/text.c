/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text.c - bounded writing, and the escapes of the languages that the statistics speak.
 *
 * Everything here writes into somebody's buffer and stops at its end; no call fails, the buffer
 * remembers that it was too small.  That keeps the writers of rows free of error paths: they
 * write a row, ask text_commit(), and write it again into the next buffer when it did not fit.
 * Nothing is kept between calls; any thread. */
#include "net/stats/text.h"
#include <stdarg.h>
#include <stdio.h>

void text_bytes(struct text *text, const char *bytes, size_t len)
{
	if (len > text->capacity - text->len) {
		text->full = true;
		return;
	}
	memcpy(text->at + text->len, bytes, len);
	text->len += (uint32_t)len;
}

void text_string(struct text *text, const char *string)
{
	text_bytes(text, string, strlen(string));
}

void text_number(struct text *text, uint64_t number)
{
	char digits[20]; /* 2^64 has 20 */
	uint32_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	text_bytes(text, digits + at, sizeof(digits) - at);
}

void text_format(struct text *text, const char *format, ...)
{
	uint32_t room = text->capacity - text->len;
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(text->at + text->len, room, format, arguments);
	va_end(arguments);
	/* The closing NUL needs a byte too, which the next write takes. */
	if (len < 0 || (uint32_t)len >= room)
		text->full = true;
	else
		text->len += (uint32_t)len;
}

void text_html(struct text *text, const char *string)
{
	for (; *string; string++) {
		switch (*string) {
		case '&':
			text_string(text, "&amp;");
			break;
		case '<':
			text_string(text, "&lt;");
			break;
		case '>':
			text_string(text, "&gt;");
			break;
		case '"':
			text_string(text, "&quot;");
			break;
		case '\'':
			text_string(text, "&#39;");
			break;
		default:
			text_bytes(text, string, 1);
		}
	}
}

/* RFC 4180 2, rules 6 and 7: a cell with a comma, a quote or a line break is quoted, quotes in it
 * are doubled.  Line breaks become spaces: readers split the output at line feeds first. */
void text_csv(struct text *text, const char *string)
{
	bool quoted = strpbrk(string, ",\"\r\n") != NULL;

	if (quoted)
		text_bytes(text, "\"", 1);
	for (; *string; string++) {
		if (*string == '"')
			text_bytes(text, "\"\"", 2);
		else if (*string == '\n' || *string == '\r')
			text_bytes(text, " ", 1);
		else
			text_bytes(text, string, 1);
	}
	if (quoted)
		text_bytes(text, "\"", 1);
}

/* RFC 8259 7.  Bytes above 0x7e are written as the characters of Latin-1, since what a server
 * sent as its reason need not be UTF-8 and JSON has to be. */
void text_json(struct text *text, const char *string)
{
	for (; *string; string++) {
		unsigned char byte = (unsigned char)*string;

		if (byte == '"' || byte == '\\')
			text_format(text, "\\%c", byte);
		else if (byte < 0x20 || byte > 0x7e)
			text_format(text, "\\u%04x", byte);
		else
			text_bytes(text, string, 1);
	}
}

bool text_commit(struct text *text, uint32_t mark)
{
	if (!text->full)
		return true;
	text->len = mark;
	text->full = false;
	return false;
}
