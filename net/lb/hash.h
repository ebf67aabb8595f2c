/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hash.h - the numbers that balancing makes of keys: HAProxy's functions, so that a cache behind
 * torc keeps the objects that it has.
 * Source: HAProxy's manual, `hash-type`; Bob Jenkins' integer hash for the avalanche.
 * Pure. */
#ifndef TORC_NET_LB_HASH_H
#define TORC_NET_LB_HASH_H

#include "core/config/model.h"
#include "core/span.h"

/* What `hash-type` says: the function, then the avalanche when it is asked for. */
uint32_t hash_key(const struct balancing *balancing, struct span key);
/* Spreads a number over all 32 bits; different numbers stay different. */
uint32_t hash_avalanche(uint32_t number);
/* An address has no function, only the avalanche: the sum without carry of its 32-bit words. */
uint32_t hash_address(const struct balancing *balancing, const uint8_t *bytes, uint32_t len);

#endif
