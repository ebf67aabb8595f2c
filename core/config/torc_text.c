/* SPDX-License-Identifier: GPL-2.0-or-later */
/* torc_text.c - texts of the block `appliance` that both ends read: torc from a file, pid 1 from
 * torc's answer.
 *
 * Apart from the reader of the block, which brings the whole language along. */
#include "core/config/torc_appliance.h"

#include <string.h>

#define HOST_LABEL_BYTES_MAX 63 /* RFC 1035 2.3.4 */

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	digit |= 0x20;
	return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool appliance_parse_mac(const char *text, uint8_t mac[APPLIANCE_MAC_BYTES])
{
	for (uint32_t i = 0; i < APPLIANCE_MAC_BYTES; i++, text += 3) {
		int high = hex_digit(text[0]);
		int low = high < 0 ? -1 : hex_digit(text[1]);

		if (low < 0 || text[2] != (i + 1 < APPLIANCE_MAC_BYTES ? ':' : '\0'))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool appliance_is_host_name(const char *text, size_t len_max)
{
	size_t label = 0, len = strlen(text);

	if (len == 0 || len > len_max)
		return false;
	for (size_t i = 0; i < len; i++) {
		char at = text[i], next = text[i + 1];
		bool edge = label == 0 || next == '.' || next == '\0';

		if (at == '.' && label > 0 && next != '\0')
			label = 0;
		else if ((hex_digit(at) >= 0 || (at >= 'a' && at <= 'z') ||
				 (at >= 'A' && at <= 'Z') || (at == '-' && !edge)) &&
			 label < HOST_LABEL_BYTES_MAX)
			label++;
		else
			return false;
	}
	return true;
}
