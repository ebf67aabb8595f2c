/* SPDX-License-Identifier: GPL-2.0-or-later */
/* uevent.c - a message of the kernel's, and of nobody else: who receives it looks at the sender.
 *
 * A value that does not fit is left out, and so is its device: no name that we load or open is that
 * long. */
#include "appliance/init/uevent.h"

#include <string.h>

/* The value when `text` is NAME=VALUE of this name and the value fits. */
static void take(char *out, size_t bytes, const char *text, const char *name)
{
	size_t len = strlen(name), value;

	if (strncmp(text, name, len) != 0 || text[len] != '=')
		return;
	value = strlen(text + len + 1);
	if (value < bytes)
		memcpy(out, text + len + 1, value + 1);
}

bool uevent_read(struct uevent *event, const char *bytes, size_t len)
{
	const char *end = bytes + len, *first_end = memchr(bytes, '\0', len);

	memset(event, 0, sizeof(*event));
	if (!first_end || !memchr(bytes, '@', (size_t)(first_end - bytes)))
		return false;
	for (const char *at = first_end + 1; at < end;) {
		const char *stop = memchr(at, '\0', (size_t)(end - at));

		if (!stop)
			return false;
		take(event->action, sizeof(event->action), at, "ACTION");
		take(event->subsystem, sizeof(event->subsystem), at, "SUBSYSTEM");
		take(event->device, sizeof(event->device), at, "DEVNAME");
		take(event->modalias, sizeof(event->modalias), at, "MODALIAS");
		at = stop + 1;
	}
	return *event->action != '\0';
}
