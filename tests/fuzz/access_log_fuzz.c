/* SPDX-License-Identifier: GPL-2.0-or-later */
/* access_log_fuzz.c - whatever a client sends, its line is one line of printable bytes that says
 * where the request ends.
 * Input: 1 byte of room, 1 byte of uri_max, 28 bytes of address, then the request line. */
#include "net/http/access_log.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_BYTES = 30, ROOM_BYTES = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A quote may stand only at both ends of the request, a hash only before two capital hex digits,
 * unless the line was cut there. */
static void check_line(const char *line, uint32_t len, uint32_t room)
{
	uint32_t quotes = 0;

	for (uint32_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)line[i];

		if (byte < 32 || byte > 126)
			abort();
		quotes += byte == '"';
		if (byte == '#' && i + 2 < len &&
			(!strchr("0123456789ABCDEF", line[i + 1]) ||
				!strchr("0123456789ABCDEF", line[i + 2])))
			abort();
	}
	if (len < room && (quotes != 2 || line[len - 1] != '"'))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct access_record record = {.frontend = "in",
		.backend = "out",
		.request_wall_ms = size,
		.has_request = true,
		.termination = {'-', '-', '-', '-'}};
	uint32_t room, len;
	char *line;

	if (size < HEAD_BYTES)
		return 0;
	room = data[0] == 255 ? ROOM_BYTES : data[0] * 2u;
	record.uri_max = data[1] * 4u;
	memcpy(&record.client, data + 2, sizeof(struct sockaddr_in6));
	record.request_line = span_of((const char *)data + HEAD_BYTES, size - HEAD_BYTES);
	record.has_request = size % 7 != 0;
	line = malloc(room + 1);
	if (!line)
		return 0;
	len = access_log_format(line, room, &record);
	if (len > room)
		abort();
	check_line(line, len, room);
	free(line);
	return 0;
}
