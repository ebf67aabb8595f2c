/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hash.c - the numbers that balancing makes of keys.
 *
 * Bytes are unsigned and sums wrap at 32 bits, everywhere.  A function that were a little faster
 * or a little better would send every key to another server: these four are what they are. */
#include "net/lb/hash.h"

static uint32_t sdbm(struct span key)
{
	uint32_t hash = 0;

	/* The generator's multiplier is 65599 = 2^6 + 2^16 - 1. */
	for (uint32_t i = 0; i < key.len; i++)
		hash = (uint8_t)key.at[i] + hash * 65599u;
	return hash;
}

static uint32_t djb2(struct span key)
{
	uint32_t hash = 5381;

	for (uint32_t i = 0; i < key.len; i++)
		hash = hash * 33u + (uint8_t)key.at[i];
	return hash;
}

static uint32_t rotate_left(uint32_t word, uint32_t bits)
{
	return bits ? word << bits | word >> (32 - bits) : word;
}

/* Two halves that change places; how far each is turned depends on what they were. */
static uint32_t wt6(struct span key)
{
	uint32_t even = 0xa53c965au, odd = 0x5ca6953au;
	uint32_t even_turn = 6, odd_turn = 18;

	for (uint32_t i = 0; i < key.len; i++) {
		uint8_t byte = (uint8_t)key.at[i];
		uint32_t next = rotate_left(~(odd + byte), even_turn), mixed;

		odd = rotate_left(~(even ^ byte), odd_turn);
		even = next;
		mixed = (even >> 16 ^ odd) & 0xffff;
		even_turn = mixed & 0x1f;
		odd_turn = mixed >> 11;
	}
	return even ^ odd;
}

/* The CRC-32 of IEEE 802.3, bit by bit: keys are short. */
static uint32_t crc32(struct span key)
{
	uint32_t crc = UINT32_MAX;

	for (uint32_t i = 0; i < key.len; i++) {
		crc ^= (uint8_t)key.at[i];
		for (uint32_t bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

/* `none`: the key is a decimal number itself; what follows the number is not looked at. */
static uint32_t number(struct span key)
{
	bool negative = key.len > 0 && key.at[0] == '-';
	uint32_t value = 0;

	for (uint32_t i = negative || (key.len > 0 && key.at[0] == '+'); i < key.len; i++) {
		if (key.at[i] < '0' || key.at[i] > '9')
			break;
		value = value * 10 + (uint32_t)(key.at[i] - '0');
	}
	return negative ? -value : value;
}

uint32_t hash_avalanche(uint32_t number)
{
	/* http://burtleburtle.net/bob/hash/integer.html, the first of its "half a dozen" */
	number = number + 0x7ed55d16u + (number << 12);
	number = number ^ 0xc761c23cu ^ (number >> 19);
	number = number + 0x165667b1u + (number << 5);
	number = (number + 0xd3a2646cu) ^ (number << 9);
	number = number + 0xfd7046c5u + (number << 3);
	number = number ^ 0xb55a4f09u ^ (number >> 16);
	/* HAProxy's addition: a prime near three quarters of the range. */
	return number * 3221225473u;
}

static uint32_t spread(const struct balancing *balancing, uint32_t hash)
{
	return balancing->avalanche ? hash_avalanche(hash) : hash;
}

uint32_t hash_key(const struct balancing *balancing, struct span key)
{
	uint32_t hash = 0;

	switch (balancing->function) {
	case HASH_SDBM:
		hash = sdbm(key);
		break;
	case HASH_DJB2:
		hash = djb2(key);
		break;
	case HASH_WT6:
		hash = wt6(key);
		break;
	case HASH_CRC32:
		hash = crc32(key);
		break;
	case HASH_NONE:
		hash = number(key);
		break;
	}
	return spread(balancing, hash);
}

uint32_t hash_address(const struct balancing *balancing, const uint8_t *bytes, uint32_t len)
{
	uint32_t hash = 0;

	for (uint32_t i = 0; i + 4 <= len; i += 4)
		hash ^= (uint32_t)bytes[i] << 24 | (uint32_t)bytes[i + 1] << 16 |
			(uint32_t)bytes[i + 2] << 8 | bytes[i + 3];
	return spread(balancing, hash);
}
