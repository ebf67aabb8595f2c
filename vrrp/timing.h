/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timing.h - the intervals of VRRP, in microseconds.
 * Source: RFC 3768 6.1 (version 2), RFC 5798 6.1 and RFC 9568 6.1 (version 3).
 * Pure.
 *
 *            unit on the wire        skew                            master down
 *   v2       seconds, 8 bits         (256 - priority) / 256 s        n x advert + skew
 *   v3       centiseconds, 12 bits   (256 - priority) / 256 advert   n x advert + skew
 *
 * n is 3 unless down_timer_adverts says otherwise.  The advert of version 3 is the master's, learnt
 * from what it sends.  Nothing is rounded to the wire's unit in between: with adverts of 10 ms a
 * skew in whole centiseconds would be the same for every priority. */
#ifndef TORC_VRRP_TIMING_H
#define TORC_VRRP_TIMING_H

#include <stdint.h>

#define VRRP_NEVER	   UINT64_MAX
#define VRRP_DOWN_ADVERTS  3u
#define VRRP_ADVERT_V2_MAX 255u	 /* seconds */
#define VRRP_ADVERT_V3_MAX 4095u /* centiseconds */

struct vrrp_pace {
	uint8_t version;       /* 2 or 3 */
	uint8_t priority;      /* of the waiting router */
	uint32_t down_adverts; /* 1 .. 100 */
	uint64_t advert_us;    /* the master's */
};

uint64_t vrrp_skew_us(const struct vrrp_pace *pace);
uint64_t vrrp_master_down_us(const struct vrrp_pace *pace);

/* What an interval of the file becomes on the wire: version 2 whole seconds, version 3
 * centiseconds, rounded to the nearest and held within the field's 1 .. max. */
uint32_t vrrp_advert_to_wire(uint8_t version, uint64_t advert_us);
uint64_t vrrp_advert_from_wire(uint8_t version, uint32_t units);
/* The interval of the file as both sides will keep it. */
uint64_t vrrp_advert_rounded_us(uint8_t version, uint64_t advert_us);

/* A running master-down timer when the priority changes: it moves by the difference of the skews,
 * so that what has been waited already still counts.  `before` and `after` differ in priority. */
uint64_t vrrp_deadline_moved_us(
	uint64_t deadline_us, const struct vrrp_pace *before, const struct vrrp_pace *after);

#endif
