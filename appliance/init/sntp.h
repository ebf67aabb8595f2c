/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sntp.h - the packets of a time client.
 * Source: RFC 4330 (SNTP 4), RFC 5905 7.3, 8, 14.
 * Pure: no socket, no clock.  Times are nanoseconds since 1970. */
#ifndef TORC_APPLIANCE_INIT_SNTP_H
#define TORC_APPLIANCE_INIT_SNTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SNTP_BYTES 48
#define SNTP_PORT  123

/* A question.  `cookie` comes back in the answer: a random number, since the clock's time would
 * tell a stranger what to forge. */
void sntp_write_request(uint8_t out[SNTP_BYTES], uint64_t cookie);

enum sntp_verdict {
	SNTP_GOOD,
	SNTP_NOT_OURS, /* no answer to this question: waiting goes on */
	SNTP_UNSYNCED, /* the server itself does not know */
	SNTP_GO_AWAY,  /* a kiss of death: this server is not asked again soon */
};

struct sntp_answer {
	int64_t offset_ns; /* what our clock lacks */
	int64_t delay_ns;  /* of the way there and back */
	uint8_t stratum;
};

/* Judges an answer to the question with this cookie, sent at sent_ns and received at received_ns by
 * our clock. */
enum sntp_verdict sntp_read_answer(struct sntp_answer *answer, const uint8_t *bytes, size_t len,
	uint64_t cookie, int64_t sent_ns, int64_t received_ns);

#endif
