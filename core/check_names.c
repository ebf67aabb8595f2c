/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_names.c - one table: the statuses of a check in the words that monitoring tools match on.
 *
 * The texts are HAProxy's, letter for letter: dashboards, log rules and scripts know them. */
#include "core/check_names.h"

static const struct {
	const char *name;
	const char *text;
} statuses[] = {
	[CHECK_STATUS_UNKNOWN] = {"UNK", "Unknown"},
	[CHECK_STATUS_INI] = {"INI", "Initializing"},
	[CHECK_STATUS_SOCKERR] = {"SOCKERR", "Socket error"},
	[CHECK_STATUS_L4OK] = {"L4OK", "Layer4 check passed"},
	[CHECK_STATUS_L4TOUT] = {"L4TOUT", "Layer4 timeout"},
	[CHECK_STATUS_L4CON] = {"L4CON", "Layer4 connection problem"},
	[CHECK_STATUS_L6OK] = {"L6OK", "Layer6 check passed"},
	[CHECK_STATUS_L6TOUT] = {"L6TOUT", "Layer6 timeout"},
	[CHECK_STATUS_L6RSP] = {"L6RSP", "Layer6 invalid response"},
	[CHECK_STATUS_L7TOUT] = {"L7TOUT", "Layer7 timeout"},
	[CHECK_STATUS_L7RSP] = {"L7RSP", "Layer7 invalid response"},
	[CHECK_STATUS_L7OK] = {"L7OK", "Layer7 check passed"},
	[CHECK_STATUS_L7OKC] = {"L7OKC", "Layer7 check conditionally passed"},
	[CHECK_STATUS_L7STS] = {"L7STS", "Layer7 wrong status"},
};

#define STATUS_COUNT (sizeof(statuses) / sizeof(statuses[0]))

const char *check_status_name(uint32_t status)
{
	return statuses[status < STATUS_COUNT ? status : CHECK_STATUS_UNKNOWN].name;
}

const char *check_status_text(uint32_t status)
{
	return statuses[status < STATUS_COUNT ? status : CHECK_STATUS_UNKNOWN].text;
}

bool check_status_has_code(uint32_t status)
{
	return status == CHECK_STATUS_L7OK || status == CHECK_STATUS_L7OKC ||
	       status == CHECK_STATUS_L7STS;
}
