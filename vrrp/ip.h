/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ip.h - struct vrrp_ip compared and shown.
 * Pure. */
#ifndef TORC_VRRP_IP_H
#define TORC_VRRP_IP_H

#include "core/config/vrrp_model.h"
#include <string.h>

#define VRRP_IP_TEXT_BYTES 46 /* INET6_ADDRSTRLEN */

static inline uint32_t vrrp_ip_bytes(uint8_t family)
{
	return family == AF_INET6 ? 16 : family == AF_INET ? 4 : 0;
}

static inline bool vrrp_ip_is_set(const struct vrrp_ip *ip)
{
	return ip->family != AF_UNSPEC;
}

/* Below, at or above zero, as memcmp; addresses count as unsigned numbers in network order, which
 * is how VRRP breaks a tie (RFC 5798 6.4.3).  Different families: by their number. */
static inline int vrrp_ip_compare(const struct vrrp_ip *a, const struct vrrp_ip *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, vrrp_ip_bytes(a->family));
}

static inline bool vrrp_ip_equal(const struct vrrp_ip *a, const struct vrrp_ip *b)
{
	return vrrp_ip_compare(a, b) == 0;
}

/* The address in its usual notation, "none" when it is not set.  Returns `out`. */
const char *vrrp_ip_text(char out[VRRP_IP_TEXT_BYTES], const struct vrrp_ip *ip);

#endif
