/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table.h - map-based hashing and static round robin: a table with a row for each unit of weight.
 *
 * Source: HAProxy's map: the same rows in the same order, so that a key modulo the number of rows
 * names the same server.  Weights count without what the configured ones have in common.
 * Pure.  Owns: nothing; the room is the caller's.  Thread: its worker's. */
#ifndef TORC_NET_LB_TABLE_H
#define TORC_NET_LB_TABLE_H

#include <stdint.h>

struct table_seat {
	int64_t score;
};

/* Fills `rows` for these weights (0: left out).  Returns how many there are: the weights' sum,
 * which the caller has room for. */
uint32_t table_fill(
	uint16_t *rows, const uint32_t *weights, uint32_t count, struct table_seat *seats);

#endif
