/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ip.c - how an address is written for people.
 *
 * The configuration keeps both families in one fixed record without pointers; here is the one
 * place that turns it into text, for log lines and `show vrrp`.  Any thread. */
#include "vrrp/ip.h"
#include <arpa/inet.h>

const char *vrrp_ip_text(char out[VRRP_IP_TEXT_BYTES], const struct vrrp_ip *ip)
{
	if (!vrrp_ip_is_set(ip) || !inet_ntop(ip->family, ip->bytes, out, VRRP_IP_TEXT_BYTES))
		memcpy(out, "none", sizeof("none"));
	return out;
}
