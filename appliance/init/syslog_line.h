/* SPDX-License-Identifier: GPL-2.0-or-later */
/* syslog_line.h - log messages as they come and as they go on.
 * Source: RFC 3164 4.1, RFC 5424 6, RFC 6587 3.4.2; the kernel's
 * Documentation/ABI/testing/dev-kmsg. Pure. */
#ifndef TORC_APPLIANCE_INIT_SYSLOG_LINE_H
#define TORC_APPLIANCE_INIT_SYSLOG_LINE_H

#include "appliance/init/journal.h"

/* A priority without one: user.notice (RFC 3164 4.3.3). */
#define SYSLOG_NO_PRIORITY 13

struct syslog_message {
	uint8_t priority;
	/* The text is one of RFC 5424, with a head of its own; else what stands behind the time of
	 * RFC 3164, if that is there. */
	bool whole;
	const char *text; /* within what was read */
	size_t len;
};

/* Any bytes are a message. */
void syslog_read(struct syslog_message *message, const char *bytes, size_t len);

/* A record of /dev/kmsg: "6,1234,567890,-;text", continued by lines that begin with a blank.
 * False: not a record. */
bool syslog_read_kernel(struct syslog_message *message, const char *bytes, size_t len);

/* "<150>Nov  9 03:56:12 lb1 haproxy[20876]: text", in UTC, without a line feed.  Returns the
 * bytes. */
#define SYSLOG_LINE_BYTES (JOURNAL_TEXT_BYTES + 128)
size_t syslog_format(
	char out[SYSLOG_LINE_BYTES], const struct journal_line *line, const char *host_name);

#endif
