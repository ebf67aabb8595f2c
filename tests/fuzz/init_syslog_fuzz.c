/* SPDX-License-Identifier: GPL-2.0-or-later */
/* init_syslog_fuzz.c - any datagram becomes one line of the journal, plain and within its bounds,
 * and goes on as one line; so does any record of the kernel's. Input: the datagram. */
#include "appliance/init/journal.h"
#include "appliance/init/syslog_line.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct journal journal;

static void pass(const struct syslog_message *message, const char *bytes, size_t size)
{
	struct journal_line head = {.priority = message->priority, .whole = message->whole};
	const struct journal_line *line;
	uint64_t cursor = journal.written, lost = 0;
	char out[SYSLOG_LINE_BYTES];
	size_t len;

	if (message->text < bytes || message->text + message->len > bytes + size ||
		message->priority > 191)
		abort();
	journal_add(&journal, &head, message->text, message->len);
	line = journal_next(&journal, &cursor, &lost);
	if (!line || lost || line->len != strlen(line->text))
		abort();
	for (uint32_t i = 0; i < line->len; i++)
		if ((unsigned char)line->text[i] < ' ' || line->text[i] == 0x7f)
			abort();
	len = syslog_format(out, line, "host");
	if (len != strlen(out) || memchr(out, '\n', len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct syslog_message message;

	if (!size)
		return 0;
	syslog_read(&message, bytes, size);
	pass(&message, bytes, size);
	if (syslog_read_kernel(&message, bytes, size))
		pass(&message, bytes, size);
	return 0;
}
