/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two files of /proc as arbitrary bytes: a process can call itself what it likes.  The first byte
 * says how its arguments are compared. */
#include "vrrp/process.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const commands[] = {"a\0-f\0x\0", "nginx\0", "/bin/a b\0\xff\0"};
	static const size_t lengths[] = {8, 7, 12};
	struct vrrp_tracker tracker = {0};
	struct process_stat stat;
	uint8_t how = size ? data[0] : 0;
	char *bytes;

	if (size == 0)
		return 0;
	size--;
	bytes = malloc(size ? size : 1);
	if (!bytes)
		abort();
	memcpy(bytes, data + 1, size);
	memcpy(tracker.command, commands[how % 3], lengths[how % 3]);
	tracker.match = (uint8_t)(how / 3 % 3);
	tracker.match_given = how & 0x40;
	tracker.full_command = how & 0x80;
	if (process_read_stat(&stat, bytes, size)) {
		if (stat.name.at < bytes || stat.name.at + stat.name.len > bytes + size)
			abort();
		process_name_matches(&tracker, stat.name);
	}
	process_arguments_match(&tracker, span_of(bytes, size));
	free(bytes);
	return 0;
}
