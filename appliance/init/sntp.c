/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sntp.c - one packet out, one packet in, one subtraction.
 *
 *	byte 0   leap (2 bits), version (3), mode (3)		byte 1   stratum
 *	24 .. 31 origin: our transmit time, given back		32 .. 39 receive time of the server
 *	40 .. 47 transmit time of the server
 *
 * A time is seconds since 1900 and a fraction, 32 bits each.  Seconds begin anew in 2036; those
 * without their highest bit are of the new era (RFC 4330 3), which is right until 2104. */
#include "appliance/init/sntp.h"

#include <string.h>

#define VERSION	     4
#define MODE_CLIENT  3
#define MODE_SERVER  4
#define LEAP_UNKNOWN 3
#define STRATUM_MAX  15
#define TRANSMIT_AT  40
#define RECEIVE_AT   32
#define ORIGIN_AT    24
#define UNIX_SECONDS 2208988800ll /* from 1900 to 1970 */
#define ERA_SECONDS  4294967296ll
#define SECOND_NS    1000000000ll
/* A server at the other end of the world answers within a second; one that takes longer says
 * nothing about our clock. */
#define DELAY_MAX_NS (4 * SECOND_NS)

static uint64_t read_64(const uint8_t *at)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < 8; i++)
		value = value << 8 | at[i];
	return value;
}

static int64_t unix_ns(uint64_t stamp)
{
	int64_t seconds = (int64_t)(stamp >> 32);
	int64_t fraction = (int64_t)((stamp & 0xffffffffu) * (uint64_t)SECOND_NS >> 32);

	if (!(stamp >> 63))
		seconds += ERA_SECONDS;
	return (seconds - UNIX_SECONDS) * SECOND_NS + fraction;
}

void sntp_write_request(uint8_t out[SNTP_BYTES], uint64_t cookie)
{
	memset(out, 0, SNTP_BYTES);
	out[0] = VERSION << 3 | MODE_CLIENT;
	for (uint32_t i = 0; i < 8; i++)
		out[TRANSMIT_AT + i] = (uint8_t)(cookie >> (56 - 8 * i));
}

enum sntp_verdict sntp_read_answer(struct sntp_answer *answer, const uint8_t *bytes, size_t len,
	uint64_t cookie, int64_t sent_ns, int64_t received_ns)
{
	int64_t server_in, server_out;
	uint32_t leap, version;

	memset(answer, 0, sizeof(*answer));
	if (len < SNTP_BYTES || read_64(bytes + ORIGIN_AT) != cookie)
		return SNTP_NOT_OURS;
	leap = bytes[0] >> 6;
	version = bytes[0] >> 3 & 7;
	if ((bytes[0] & 7) != MODE_SERVER || version < 3 || version > VERSION)
		return SNTP_NOT_OURS;
	answer->stratum = bytes[1];
	if (answer->stratum == 0)
		return SNTP_GO_AWAY;
	if (leap == LEAP_UNKNOWN || answer->stratum > STRATUM_MAX ||
		read_64(bytes + TRANSMIT_AT) == 0 || read_64(bytes + RECEIVE_AT) == 0)
		return SNTP_UNSYNCED;
	server_in = unix_ns(read_64(bytes + RECEIVE_AT));
	server_out = unix_ns(read_64(bytes + TRANSMIT_AT));
	answer->delay_ns = (received_ns - sent_ns) - (server_out - server_in);
	/* The halves first: the sum of two offsets of a century does not fit. */
	answer->offset_ns = (server_in - sent_ns) / 2 + (server_out - received_ns) / 2;
	if (server_out < server_in || answer->delay_ns > DELAY_MAX_NS || received_ns - sent_ns < 0)
		return SNTP_UNSYNCED;
	if (answer->delay_ns < 0)
		answer->delay_ns = 0;
	return SNTP_GOOD;
}
