/* SPDX-License-Identifier: GPL-2.0-or-later */
/* complaint.h - one line a minute for each kind of trouble and each peer.
 * Source: RFC 9568 7.1 asks for rate limits on what arriving packets can write into a log.
 * Pure: time is an argument.
 * Owns:   nothing; the table is the caller's, one thread's. */
#ifndef TORC_VRRP_COMPLAINT_H
#define TORC_VRRP_COMPLAINT_H

#include "core/config/vrrp_model.h"

#define VRRP_COMPLAINT_ENTRIES	 32
#define VRRP_COMPLAINT_PERIOD_US 60000000u

struct vrrp_complaints {
	struct vrrp_complaint {
		uint64_t at_us; /* of the last line */
		uint32_t kind;
		uint32_t unsaid; /* since then */
		struct vrrp_ip peer;
		bool used;
	} entries[VRRP_COMPLAINT_ENTRIES];
	/* What did not fit, from forged senders perhaps, shares one line a minute. */
	struct vrrp_complaint others;
};

/* Is a line due now?  `unsaid` is then how many were held back since the last one.  `kind` is any
 * number of the caller's: verdicts and notes each with an offset. */
bool vrrp_complaint_is_due(struct vrrp_complaints *complaints, uint32_t kind,
	const struct vrrp_ip *peer, uint64_t now_us, uint32_t *unsaid);

#endif
