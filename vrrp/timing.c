/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timing.c - how long to wait for a master, and how that is written on the wire.
 *
 * One home for the arithmetic, so that the state machine, the planned release and the lines that
 * operators read can never disagree about an interval.  Any thread. */
#include "vrrp/timing.h"
#include <assert.h>

#define SECOND_US      1000000u
#define CENTISECOND_US 10000u

static uint64_t unit_us(uint8_t version);

uint64_t vrrp_skew_us(const struct vrrp_pace *pace)
{
	uint64_t whole_us = pace->version == 2 ? SECOND_US : pace->advert_us;

	return (256u - pace->priority) * whole_us / 256u;
}

uint64_t vrrp_master_down_us(const struct vrrp_pace *pace)
{
	assert(pace->down_adverts > 0);
	return pace->down_adverts * pace->advert_us + vrrp_skew_us(pace);
}

uint32_t vrrp_advert_to_wire(uint8_t version, uint64_t advert_us)
{
	uint64_t units = (advert_us + unit_us(version) / 2) / unit_us(version);
	uint32_t most = version == 2 ? VRRP_ADVERT_V2_MAX : VRRP_ADVERT_V3_MAX;

	if (units < 1)
		return 1;
	return units > most ? most : (uint32_t)units;
}

uint64_t vrrp_advert_from_wire(uint8_t version, uint32_t units)
{
	return units * unit_us(version);
}

uint64_t vrrp_advert_rounded_us(uint8_t version, uint64_t advert_us)
{
	return vrrp_advert_from_wire(version, vrrp_advert_to_wire(version, advert_us));
}

uint64_t vrrp_deadline_moved_us(
	uint64_t deadline_us, const struct vrrp_pace *before, const struct vrrp_pace *after)
{
	uint64_t old_us = vrrp_skew_us(before), new_us = vrrp_skew_us(after);

	if (deadline_us == VRRP_NEVER)
		return VRRP_NEVER;
	if (new_us >= old_us)
		return deadline_us + (new_us - old_us);
	return deadline_us > old_us - new_us ? deadline_us - (old_us - new_us) : 0;
}

static uint64_t unit_us(uint8_t version)
{
	assert(version == 2 || version == 3);
	return version == 2 ? SECOND_US : CENTISECOND_US;
}
