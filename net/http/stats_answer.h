/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stats_answer.h - the statistics as an answer to a request: authorization, head, pieces.
 * Thread: a worker's. */
#ifndef TORC_NET_HTTP_STATS_ANSWER_H
#define TORC_NET_HTTP_STATS_ANSWER_H

#include "net/worker.h"

/* Lays the answer's first piece (the whole of a 401, or head and first rows) into the session's
 * response flow.  False: there is no room for another one now. */
bool stats_answer_begin(struct worker *worker, struct session *session, const struct h1_head *head,
	struct span rest, uint32_t *status);
/* The next piece; session->stats turns false with the last one. */
void stats_answer_fill(struct worker *worker, struct session *session);
/* Gives back what an unfinished answer held. */
void stats_answer_end(struct worker *worker, struct session *session);

#endif
