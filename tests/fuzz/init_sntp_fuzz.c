/* SPDX-License-Identifier: GPL-2.0-or-later */
/* init_sntp_fuzz.c - no packet is believed that does not carry our cookie back, and none that is
 * believed says more than its bytes: an offset within the centuries that the format has, and a
 * delay that is no longer than the time that has passed. Input: the packet. */
#include "appliance/init/sntp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COOKIE_AT  24
#define CENTURY_NS 3155760000000000000ll
#define SENT_NS	   1795917762000000000ll
#define TOOK_NS	   40000000ll

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sntp_answer answer;
	uint64_t cookie = 0;
	enum sntp_verdict verdict;

	for (size_t i = 0; size >= SNTP_BYTES && i < 8; i++)
		cookie = cookie << 8 | data[COOKIE_AT + i];
	verdict = sntp_read_answer(&answer, data, size, cookie, SENT_NS, SENT_NS + TOOK_NS);
	if (size < SNTP_BYTES && verdict != SNTP_NOT_OURS)
		abort();
	if (verdict == SNTP_GOOD &&
		(answer.delay_ns < 0 || answer.delay_ns > TOOK_NS || answer.stratum == 0 ||
			answer.stratum > 15 || answer.offset_ns > CENTURY_NS ||
			answer.offset_ns < -CENTURY_NS))
		abort();
	if (sntp_read_answer(&answer, data, size, cookie + 1, SENT_NS, SENT_NS + TOOK_NS) !=
		SNTP_NOT_OURS)
		abort();
	return 0;
}
