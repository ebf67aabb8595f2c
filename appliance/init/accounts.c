/* SPDX-License-Identifier: GPL-2.0-or-later */
/* accounts.c - passwd and group, written anew with each configuration.
 *
 * Nobody logs in: users are numbers for processes to run as, and none has a shell or a password.
 * A user gets the number of the group of its name, so that the two are easy to tell apart from
 * others in a listing. */
#include "appliance/init/accounts.h"

#include "appliance/init/files.h"
#include "appliance/init/tell.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_ID 900 /* below what people get, above what Debian hands out to services */

struct text {
	char *at;
	size_t used;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *text, const char *format, ...)
{
	size_t room = ACCOUNTS_BYTES - text->used;
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vsnprintf(text->at + text->used, room, format, arguments);
	va_end(arguments);
	/* A line that does not fit is left out whole. */
	if (len < 0 || (size_t)len >= room)
		text->at[text->used] = '\0';
	else
		text->used += (size_t)len;
}

static bool is_number(const char *name)
{
	return !name[strspn(name, "0123456789")];
}

static uint32_t place_of(char names[][FACTS_NAME_BYTES], uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	return count;
}

void accounts_render(
	const struct facts *facts, char passwd[ACCOUNTS_BYTES], char group[ACCOUNTS_BYTES])
{
	char names[2 * FACTS_NAMES_MAX][FACTS_NAME_BYTES];
	struct text users = {.at = passwd}, groups = {.at = group};
	uint32_t count = 0;

	add(&users, "root:x:0:0:root:/:/\nnobody:x:65534:65534:nobody:/:/\n");
	add(&groups, "root:x:0:\nnogroup:x:65534:\n");
	for (uint32_t i = 0; i < facts->group_count + facts->user_count; i++) {
		const char *name = i < facts->group_count ? facts->groups[i]
							  : facts->users[i - facts->group_count];

		if (is_number(name) || strcmp(name, "root") == 0 || strcmp(name, "nobody") == 0 ||
			strcmp(name, "nogroup") == 0 || strchr(name, ':') ||
			place_of(names, count, name) != count)
			continue;
		memcpy(names[count], name, FACTS_NAME_BYTES);
		add(&groups, "%s:x:%u:\n", name, FIRST_ID + count);
		count++;
	}
	for (uint32_t i = 0; i < facts->user_count; i++) {
		uint32_t place = place_of(names, count, facts->users[i]);

		if (place < count)
			add(&users, "%s:x:%u:%u::/:/\n", facts->users[i], FIRST_ID + place,
				FIRST_ID + place);
	}
}

void accounts_make(const struct facts *facts)
{
	char passwd[ACCOUNTS_BYTES], group[ACCOUNTS_BYTES];

	accounts_render(facts, passwd, group);
	files_write("/etc/passwd", passwd, strlen(passwd), 0644);
	files_write("/etc/group", group, strlen(group), 0644);
	for (uint32_t i = 0; i < facts->folder_count; i++) {
		int error = files_make_folder(facts->folders[i], 0755);

		if (error)
			tell(LOG_ERR, "folder %s: %s", facts->folders[i], strerror(-error));
	}
}
