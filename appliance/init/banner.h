/* SPDX-License-Identifier: GPL-2.0-or-later */
/* banner.h - the picture on the console, as text.
 * Pure. */
#ifndef TORC_APPLIANCE_INIT_BANNER_H
#define TORC_APPLIANCE_INIT_BANNER_H

#include "appliance/init/status.h"
#include <net/if.h>

#define BANNER_COLUMNS	 79 /* of a console's 80: the last one would break the line */
#define BANNER_ROWS	 24
#define BANNER_BYTES	 (BANNER_ROWS * (BANNER_COLUMNS + 1) + 1)
#define BANNER_CARDS_MAX 8
#define BANNER_MESSAGES	 6

struct banner_card {
	char name[IF_NAMESIZE];
	char mac[18];
	bool up, carrier;
	char addresses[256]; /* "192.168.25.201/24 VIP 192.168.25.203/32" */
};

struct banner {
	const char *host_name, *version, *kernel;
	const char *condition; /* "serving", "NO VALID CONFIGURATION", ... */
	const char *source;    /* where the configuration is from */
	const char *page;      /* of the statistics; "" none */
	const char *clock;     /* "2026-11-29 01:29:22 UTC, set by 192.168.25.1" */
	uint64_t uptime_s;
	struct banner_card cards[BANNER_CARDS_MAX];
	uint32_t card_count, cards_left_out;
	const struct status *status; /* NULL: torc does not answer */
	const char *messages[BANNER_MESSAGES];
	uint32_t message_count; /* the oldest first */
};

/* Is a message of this priority worth an operator's look?  Every request is not, nor what a kernel
 * says of its devices. */
bool banner_wants(uint8_t priority);

/* Lines of at most BANNER_COLUMNS characters, each ended by a line feed; at most BANNER_ROWS.
 * Returns the bytes. */
size_t banner_render(char out[BANNER_BYTES], const struct banner *banner);

/* What a serial console gets in between: one line, without a line feed. */
size_t banner_render_line(char *out, size_t bytes, const struct banner *banner);

#endif
