/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keepalived_iproute.c - names that iproute2's files give to numbers.
 *
 * `table small` means what /etc/iproute2/rt_tables says, and so do protocols, scopes, realms, tos
 * and groups of interfaces.  A file of the machine's administrator wins over one that came with
 * the package.  A file is looked at when a name is met, so that numbers need no files. */
#include "core/config/keepalived_include.h"
#include "core/config/keepalived_reader.h"

#include <stdlib.h>

/* "  7\tsmall", "0x10 lowdelay"; `#` begins a comment. */
static bool is_line_of(struct span line, const char *name, uint32_t *number)
{
	char text[128], *end, *word;
	unsigned long value;

	if (line.len >= sizeof(text))
		return false;
	memcpy(text, line.at, line.len);
	text[line.len] = '\0';
	text[strcspn(text, "#\r")] = '\0';
	value = strtoul(text, &end, 0);
	if (end == text || (*end != ' ' && *end != '\t') || value > UINT32_MAX)
		return false;
	word = end + strspn(end, " \t");
	word[strcspn(word, " \t")] = '\0';
	*number = (uint32_t)value;
	return strcmp(word, name) == 0;
}

static bool find_in(struct span text, const char *name, uint32_t *number)
{
	while (text.len) {
		const char *feed = memchr(text.at, '\n', text.len);
		uint32_t len = feed ? (uint32_t)(feed - text.at) : text.len;

		if (is_line_of(span_of(text.at, len), name, number))
			return true;
		len += feed != NULL;
		text = span_of(text.at + len, text.len - len);
	}
	return false;
}

bool keepalived_iproute_number(
	struct keepalived_reader *reader, const char *kind, const char *name, uint32_t *number)
{
	const struct vrrp_draft *draft = reader->draft;
	const char *const folders[] = {
		*draft->iproute_etc ? draft->iproute_etc : "/etc/iproute2",
		*draft->iproute_usr ? draft->iproute_usr : "/usr/share/iproute2",
		"/usr/lib/iproute2",
	};

	for (uint32_t i = 0; i < KEEPALIVED_COUNT(folders); i++) {
		struct config_file file;

		if (keepalived_read_file(&reader->text,
			    keepalived_format(reader, "%s/%s", folders[i], kind), &file) &&
			find_in(span_of(file.bytes, file.len), name, number))
			return true;
	}
	return false;
}
