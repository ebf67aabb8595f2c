/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bytes.h - frames written from the left: each call returns where the next one goes on.
 * Pure. */
#ifndef TORC_VRRP_BYTES_H
#define TORC_VRRP_BYTES_H

#include <stdint.h>
#include <string.h>

static inline uint8_t *bytes_put(uint8_t *at, const void *bytes, uint32_t len)
{
	memcpy(at, bytes, len);
	return at + len;
}

/* In network order. */
static inline uint8_t *bytes_put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
	return at + 2;
}

#endif
