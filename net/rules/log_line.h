/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log_line.h - a log line as `log-format` wants it, and the name of a request (unique-id-format).
 * Thread: its worker's. */
#ifndef TORC_NET_RULES_LOG_LINE_H
#define TORC_NET_RULES_LOG_LINE_H

#include "core/config/rule_model.h"
#include "net/http/session.h"

#define UNIQUE_ID_BYTES 128

/* The text of a line; what does not fit is cut.  Returns its bytes. */
uint32_t log_line_write(const struct session *session, struct session_environment *env,
	const struct format *format, const struct access_record *record, char *out,
	uint32_t capacity);
/* Gives the request at hand its name, and the head the field that tells it to the server.  False:
 * that did not fit. */
bool unique_id_make(struct session *session, struct session_environment *env);

#endif
