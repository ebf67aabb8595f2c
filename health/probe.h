/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probe.h - one health check: the bytes to send, and what comes back judged.
 * Source: HAProxy's `option httpchk` and its check statuses; RFC 9110 15, RFC 9112 4.
 * Pure: no I/O, no clock, no allocation.
 * Owns:   nothing; an answer's bytes belong to the caller. */
#ifndef TORC_HEALTH_PROBE_H
#define TORC_HEALTH_PROBE_H

#include "core/board.h"
#include "core/regex.h"
#include "net/http/h1.h"

enum probe_outcome {
	PROBE_UNDECIDED, /* more has to come */
	PROBE_PASSED,
	PROBE_FAILED,
	PROBE_INCONCLUSIVE, /* could not be made for want of our own means: says nothing */
};

/* What a finished probe says about its server. */
struct probe_result {
	enum probe_outcome outcome;
	enum check_status status;
	uint32_t code;		       /* HTTP status, 0 none */
	char text[VERDICT_TEXT_BYTES]; /* "Connection refused", a reason phrase, or "": printable
					* ASCII, any other byte as <XX> */
};

/* How far a probe has come: what its time-out means. */
enum probe_phase { PROBE_CONNECTING, PROBE_TALKING };

/* Writes the request of `option httpchk`.  Returns its bytes; 0 when they do not fit, which
 * cannot be when capacity is at least probe_request_capacity(). */
uint32_t probe_write_request(char *out, uint32_t capacity, const struct httpchk *httpchk);
uint32_t probe_request_capacity(const struct httpchk *httpchk);

/* The bytes of an answer, growing from its first. */
struct probe_answer {
	const char *bytes;
	uint32_t len;
	uint32_t capacity; /* a head that does not fit is no valid answer */
	uint32_t begin;	   /* of the response at hand: interim responses lie before it */
};

/* Judges what has arrived so far: decided as soon as the final response's head is complete,
 * since nothing in a body can change it.  `head` is scratch space.
 * Returns false, with result->outcome PROBE_UNDECIDED, when more has to come. */
bool probe_judge(struct probe_result *result, struct probe_answer *answer, struct h1_head *head,
	uint32_t fields_max);

/* What `http-check expect` wants to hear, and what it takes to find out. */
struct probe_terms {
	uint32_t fields_max;
	const struct check_expect *expects; /* NULL: 2xx or 3xx, as probe_judge() */
	struct regex_matcher *matcher;
	char *scratch; /* as large as the answer's capacity: a body without its chunk framing */
};

/* The same by these terms.  `ended`: the server has closed, no more will come. */
bool probe_judge_by(struct probe_result *result, struct probe_answer *answer, struct h1_head *head,
	const struct probe_terms *terms, bool ended);

/* The other ends of a probe. */
void probe_judge_connected(struct probe_result *result);		/* of a check of layer 4 */
void probe_judge_connect_error(struct probe_result *result, int error); /* error: errno */
void probe_judge_socket_error(struct probe_result *result, int error);
void probe_judge_closed(struct probe_result *result); /* before its head was complete */
void probe_judge_timeout(struct probe_result *result, enum probe_phase phase);

#endif
