/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base64.h - base64 as credentials use it.  Source: RFC 4648 4.  Pure. */
#ifndef TORC_NET_STATS_BASE64_H
#define TORC_NET_STATS_BASE64_H

#include "core/span.h"

/* Decodes `text` into out[0, capacity).  Returns the bytes, or -1: a character outside the
 * alphabet, wrong padding, left-over bits that are not zero, or more than fits. */
int32_t base64_decode(char *out, size_t capacity, struct span text);

#endif
