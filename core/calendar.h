/* SPDX-License-Identifier: GPL-2.0-or-later */
/* calendar.h - the names of months, for lines whose format is fixed: in English, whatever the
 * locale. */
#ifndef TORC_CORE_CALENDAR_H
#define TORC_CORE_CALENDAR_H

/* "Jan" for 0, as struct tm counts them. */
static inline const char *calendar_month(int month)
{
	static const char names[12][4] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

	return names[month % 12];
}

#endif
