/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hop.c - who may rely on whom for the seconds after a planned move.
 *
 * Segments must go on only to somebody who waits for them.  Another program than torc would drop
 * them, or forward them back, and a client that could have been told by a reset would wait instead.
 * So nothing is assumed: a backup asks the master that it follows, and takes over with a hop only
 * from one that has answered.
 *
 * Others must not be bothered: keepalived writes a line for every message of a type that it does
 * not know.  A master that has never answered is asked three times, and then no more until there is
 * another master.
 *
 * A promise that nobody may be there to keep is a lease: the old owner repeats it while he serves
 * on, and who has not heard it for a second stops relying on it.  So the hop dies with him.
 *
 * The messages are no better protected than adverts are: whoever can send one can take the address
 * itself. */
#include "vrrp/hop.h"
#include "vrrp/bytes.h"
#include "vrrp/ip.h"
#include <string.h>

#define TYPE_HOP 15
#define FORMAT	 1

static const uint8_t magic[4] = {'t', 'o', 'r', 'c'};

bool hop_is_message(const struct vrrp_datagram *datagram)
{
	return datagram->len >= VRRP_HEADER_BYTES && (datagram->bytes[0] & 15) == TYPE_HOP;
}

bool hop_read(struct hop_message *message, const struct vrrp_datagram *datagram)
{
	const uint8_t *bytes = datagram->bytes;

	if (datagram->len != HOP_MESSAGE_BYTES || datagram->hops != VRRP_HOPS ||
		(bytes[0] & 15) != TYPE_HOP || bytes[3] != FORMAT ||
		memcmp(bytes + 8, magic, sizeof(magic)) != 0 ||
		vrrp_checksum_finish(0, bytes, HOP_MESSAGE_BYTES) != 0)
		return false;
	if (bytes[2] != HOP_ASK && bytes[2] != HOP_OFFER)
		return false;
	*message = (struct hop_message){
		.version = bytes[0] >> 4,
		.router_id = bytes[1],
		.kind = (enum hop_kind)bytes[2],
		.serve_ms = (uint16_t)(bytes[4] << 8 | bytes[5]),
	};
	memcpy(message->mac, bytes + 12, HOP_MAC_BYTES);
	return true;
}

void hop_write(uint8_t *out, const struct hop_message *message)
{
	out[0] = (uint8_t)(message->version << 4 | TYPE_HOP);
	out[1] = message->router_id;
	out[2] = (uint8_t)message->kind;
	out[3] = FORMAT;
	bytes_put16(out + 4, message->serve_ms);
	bytes_put16(out + 6, 0);
	memcpy(out + 8, magic, sizeof(magic));
	memcpy(out + 12, message->mac, HOP_MAC_BYTES);
	bytes_put16(out + 6, vrrp_checksum_finish(0, out, HOP_MESSAGE_BYTES));
}

/* ---- as a backup ---- */

bool hop_asks(struct hop_deal *deal, const struct vrrp_ip *master, uint64_t now_us)
{
	if (!vrrp_ip_equal(&deal->master, master)) {
		deal->master = *master;
		deal->unanswered = 0;
		deal->ask_at_us = now_us;
	}
	if (!vrrp_ip_is_set(master) || now_us < deal->ask_at_us)
		return false;
	if (deal->unanswered >= HOP_ASKS_MAX && !vrrp_ip_equal(&deal->offerer, master))
		return false;
	deal->unanswered++;
	deal->ask_at_us =
		now_us + (deal->unanswered < HOP_ASKS_MAX ? HOP_ASK_US : HOP_ASK_AGAIN_US);
	deal->counters.asks_out++;
	return true;
}

bool hop_is_offered(struct hop_deal *deal, const struct vrrp_ip *source,
	const struct hop_message *message, uint64_t now_us)
{
	if (!vrrp_ip_equal(source, &deal->master) && !vrrp_ip_equal(source, &deal->offerer))
		return false;
	deal->counters.offers_in++;
	if (message->serve_ms == 0) {
		hop_forget_offer(deal, source);
		return true;
	}
	if (vrrp_ip_equal(source, &deal->master)) {
		deal->unanswered = 0;
		deal->ask_at_us = now_us + HOP_ASK_AGAIN_US;
	}
	deal->offerer = *source;
	memcpy(deal->offerer_mac, message->mac, HOP_MAC_BYTES);
	deal->offered_us = now_us;
	return true;
}

void hop_forget_offer(struct hop_deal *deal, const struct vrrp_ip *source)
{
	if (vrrp_ip_equal(source, &deal->offerer))
		deal->offered_us = 0;
}

bool hop_has_offer(const struct hop_deal *deal, const struct vrrp_ip *master, uint64_t now_us)
{
	return deal->offered_us && vrrp_ip_equal(&deal->offerer, master) &&
	       now_us - deal->offered_us < HOP_FRESH_US;
}

/* A silence that makes a master lasts longer: that many intervals, and the skew. */
static bool is_alive(const struct vrrp_fsm *fsm, uint64_t advert_us, uint64_t now_us)
{
	return fsm->heard_us && now_us - fsm->heard_us < fsm->options.down_adverts * advert_us;
}

bool hop_is_planned(const struct hop_deal *deal, const struct vrrp_fsm *fsm, uint64_t now_us)
{
	return is_alive(fsm, fsm->options.advert_us, now_us) &&
	       hop_has_offer(deal, &fsm->master, now_us);
}

struct vrrp_ip hop_master(const struct vrrp_fsm *fsm, uint64_t now_us)
{
	if (fsm->state != VRRP_BACKUP || !is_alive(fsm, fsm->master_advert_us, now_us))
		return (struct vrrp_ip){0};
	return fsm->master;
}

/* ---- as a master ---- */

bool hop_is_asked(struct hop_deal *deal, const struct vrrp_ip *source, uint64_t now_us)
{
	struct hop_asker *place = &deal->askers[0];

	deal->counters.asks_in++;
	if (deal->answered_us && now_us - deal->answered_us < HOP_ANSWER_US)
		return false;
	for (uint32_t i = 0; i < HOP_ASKERS_MAX; i++) {
		struct hop_asker *asker = &deal->askers[i];

		if (vrrp_ip_equal(&asker->ip, source)) {
			place = asker;
			break;
		}
		if (asker->asked_us < place->asked_us)
			place = asker;
	}
	*place = (struct hop_asker){*source, now_us};
	deal->answered_us = now_us;
	return true;
}

const struct vrrp_ip *hop_next_asker(const struct hop_deal *deal, uint64_t now_us, uint32_t *at)
{
	while (*at < HOP_ASKERS_MAX) {
		const struct hop_asker *asker = &deal->askers[(*at)++];

		if (asker->asked_us && now_us - asker->asked_us < HOP_FRESH_US)
			return &asker->ip;
	}
	return NULL;
}
