/* SPDX-License-Identifier: GPL-2.0-or-later */
/* complaint.c - keeps the log readable while somebody sends rubbish.
 *
 * Who sends a bad packet sends the next one a second later, and who forges senders can invent
 * thousands.  A small table remembers who was complained about; a place is given away only when its
 * minute is over, so a flood of invented peers cannot wash out the memory of a real one: it ends up
 * together in one line a minute.
 *
 * The speaker's thread. */
#include "vrrp/complaint.h"
#include "vrrp/ip.h"

static struct vrrp_complaint *find(struct vrrp_complaints *complaints, uint32_t kind,
	const struct vrrp_ip *peer, uint64_t now_us);
static bool is_over(const struct vrrp_complaint *entry, uint64_t now_us);

bool vrrp_complaint_is_due(struct vrrp_complaints *complaints, uint32_t kind,
	const struct vrrp_ip *peer, uint64_t now_us, uint32_t *unsaid)
{
	struct vrrp_complaint *entry = find(complaints, kind, peer, now_us);

	if (entry->used && !is_over(entry, now_us)) {
		entry->unsaid++;
		return false;
	}
	*unsaid = entry->unsaid;
	*entry =
		(struct vrrp_complaint){.at_us = now_us, .kind = kind, .peer = *peer, .used = true};
	return true;
}

/* The entry of this kind and peer, else a place for it. */
static struct vrrp_complaint *find(struct vrrp_complaints *complaints, uint32_t kind,
	const struct vrrp_ip *peer, uint64_t now_us)
{
	struct vrrp_complaint *place = &complaints->others;

	for (uint32_t i = 0; i < VRRP_COMPLAINT_ENTRIES; i++) {
		struct vrrp_complaint *entry = &complaints->entries[i];

		if (entry->used && entry->kind == kind && vrrp_ip_equal(&entry->peer, peer))
			return entry;
		if (place == &complaints->others && (!entry->used || is_over(entry, now_us)))
			place = entry;
	}
	if (place != &complaints->others)
		*place = (struct vrrp_complaint){0};
	return place;
}

static bool is_over(const struct vrrp_complaint *entry, uint64_t now_us)
{
	return now_us - entry->at_us >= VRRP_COMPLAINT_PERIOD_US;
}
