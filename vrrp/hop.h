/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hop.h - the second hop: what two torcs tell each other so that a planned move cuts nothing.
 * Source: ours.  A message of protocol 112 with a type that no RFC assigns, which every other
 *         router has to discard (RFC 3768 7.1, RFC 5798 7.1).
 * Pure: no I/O, no clock, no allocation.
 * Owns:   nothing; everything pointed to belongs to the caller and is not kept.
 *
 *   backup                               master
 *     | ---- ask ------------------------> |   once it follows one, and now and then again
 *     | <---------------------- offer 5 s -|   "what is mine I serve for that long"
 *     |   ... and takes over from him: segments of connections that it does not know
 *     |   go on to him (hop_table.h), while his offers go on:
 *     | <---------------------- offer 4 s -|   he keeps his part of the address (a route)
 *     | <---------------------- offer 0 ---|   no more
 *
 *   v|15 id kind format | serve(ms) checksum | "torc" | the MAC of the sender's interface
 *
 * Unicast, and only between neighbours: what has crossed a router is not believed. */
#ifndef TORC_VRRP_HOP_H
#define TORC_VRRP_HOP_H

#include "vrrp/fsm.h"
#include "vrrp/packet.h"

#define HOP_MESSAGE_BYTES 18
#define HOP_MAC_BYTES	  6

/* How long an old owner goes on serving what is his, once the address has moved. */
#define HOP_SERVE_MS 5000u
/* He says so again in that time, this often; who has not heard it for HOP_LEASE_US goes on without
 * him: he may be dead. */
#define HOP_RENEW_US 250000u
#define HOP_LEASE_US 1000000u

#define HOP_ASK_US	 1000000u  /* without an answer: asked again, ... */
#define HOP_ASKS_MAX	 3u	   /* ... so often altogether, if there was never one */
#define HOP_ASK_AGAIN_US 20000000u /* with one, or when there was one */
#define HOP_ANSWER_US	 100000u   /* the closest that two answers can be */
#define HOP_FRESH_US	 65000000u /* as long as an agreement lasts without another word */
#define HOP_ASKERS_MAX	 4u	   /* backups that a master answers; the oldest makes room */

enum hop_kind { HOP_ASK = 1, HOP_OFFER = 2 };

struct hop_message {
	uint8_t version, router_id;
	enum hop_kind kind;
	uint16_t serve_ms; /* of an offer; 0 takes it back */
	uint8_t mac[HOP_MAC_BYTES];
};

/* Has the datagram the type of these messages?  Then nobody else need look at it. */
bool hop_is_message(const struct vrrp_datagram *datagram);
/* False: cut, damaged, of another format, or from behind a router. */
bool hop_read(struct hop_message *message, const struct vrrp_datagram *datagram);
/* `out` has HOP_MESSAGE_BYTES. */
void hop_write(uint8_t *out, const struct hop_message *message);

struct hop_counters {
	uint64_t asks_in, asks_out, offers_in, offers_out;
	uint64_t refused; /* messages that were not believed */
	uint64_t passed;  /* take-overs after which segments were passed on */
	uint64_t kept;	  /* moves after which we served on */
};

/* What a router has agreed on with its peer, in both roles.  All zero: nothing. */
struct hop_deal {
	/* As a backup. */
	struct vrrp_ip master; /* whom we ask */
	uint32_t unanswered;
	uint64_t ask_at_us;
	struct vrrp_ip offerer;
	uint8_t offerer_mac[HOP_MAC_BYTES];
	uint64_t offered_us; /* when; 0: never, or taken back */
	/* As a master. */
	struct hop_asker {
		struct vrrp_ip ip;
		uint64_t asked_us; /* 0: none */
	} askers[HOP_ASKERS_MAX];
	uint64_t answered_us; /* 0 never */
	struct hop_counters counters;
};

/* A backup hears this master (unset: none).  True: it is to be asked now. */
bool hop_asks(struct hop_deal *deal, const struct vrrp_ip *master, uint64_t now_us);
/* True: the asker is to be answered. */
bool hop_is_asked(struct hop_deal *deal, const struct vrrp_ip *source, uint64_t now_us);
/* False: nobody has asked him. */
bool hop_is_offered(struct hop_deal *deal, const struct vrrp_ip *source,
	const struct hop_message *message, uint64_t now_us);
/* This master has said farewell: whatever he offered, he is gone. */
void hop_forget_offer(struct hop_deal *deal, const struct vrrp_ip *source);

/* Would this master serve on after us? */
bool hop_has_offer(const struct hop_deal *deal, const struct vrrp_ip *master, uint64_t now_us);
/* Does this router, which becomes master now, rely on the one before it?  He has offered to serve
 * on, and was heard a moment ago: a move by plan, no death. */
bool hop_is_planned(const struct hop_deal *deal, const struct vrrp_fsm *fsm, uint64_t now_us);
/* Whom this router is to ask, as a backup; unset: nobody. */
struct vrrp_ip hop_master(const struct vrrp_fsm *fsm, uint64_t now_us);
/* The next one, from *at on, who would pass to us what is ours; NULL: nobody more. */
const struct vrrp_ip *hop_next_asker(const struct hop_deal *deal, uint64_t now_us, uint32_t *at);
static inline bool hop_has_asker(const struct hop_deal *deal, uint64_t now_us)
{
	uint32_t at = 0;

	return hop_next_asker(deal, now_us, &at) != NULL;
}

#endif
