/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fetch.h - what fetch.c and fetch_state.c share: how a fetch looks and what it gives.
 * Private to these two. */
#ifndef TORC_NET_RULES_FETCH_H
#define TORC_NET_RULES_FETCH_H

#include "net/rules/sample.h"

typedef bool fetch_function(struct rule_context *context, const struct expression *expression,
	struct sample *sample, struct fetch_cursor *cursor);

static inline bool give_text(struct sample *sample, struct span text)
{
	sample->type = SAMPLE_TEXT;
	sample->text = text;
	return true;
}

static inline bool give_number(struct sample *sample, uint64_t number)
{
	sample->type = SAMPLE_INT;
	sample->number = (int64_t)number;
	return true;
}

static inline bool give_bool(struct sample *sample, bool value)
{
	sample->type = SAMPLE_BOOL;
	sample->number = value;
	return true;
}

/* fetch_state.c */
fetch_function fetch_backend_connections, fetch_backend_queue, fetch_backend_servers,
	fetch_backend_id, fetch_backend_name, fetch_frontend_connections, fetch_frontend_id,
	fetch_frontend_name, fetch_server_connections, fetch_server_is_up, fetch_server_name,
	fetch_backend_mean_queue, fetch_backend_free, fetch_backend_session_rate,
	fetch_backend_slots, fetch_frontend_request_rate, fetch_frontend_session_rate,
	fetch_server_queue, fetch_server_session_rate;

#endif
