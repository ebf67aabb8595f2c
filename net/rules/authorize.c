/* SPDX-License-Identifier: GPL-2.0-or-later */
/* authorize.c - names and passwords of a userlist.
 *
 * Plain passwords are compared without a hint in the time that it takes.  Hashed ones are hashed
 * as crypt(3) does, which is slow on purpose: a worker that asks for one at every request serves
 * few, as HAProxy's manual says of its own. */
#include "net/rules/authorize.h"
#include "net/stats/base64.h"

#include <crypt.h>

#define CREDENTIALS_BYTES_MAX 512

bool authorize_read(struct rule_room *room, const struct h1_head *head, struct span *user,
	struct span *password)
{
	const struct h1_field *field = h1_find(head, H1_FIELD_AUTHORIZATION);
	struct span value = field ? field->value : (struct span){0};
	char *out = scratch_take(room, CREDENTIALS_BYTES_MAX + 1);
	const char *colon;
	int32_t len;

	if (!out || value.len < 6 || strncasecmp(value.at, "Basic ", 6) != 0)
		return false;
	value = span_of(value.at + 6, value.len - 6);
	while (value.len && value.at[0] == ' ')
		value = span_of(value.at + 1, value.len - 1);
	len = base64_decode(out, CREDENTIALS_BYTES_MAX, value);
	if (len < 0 || memchr(out, '\0', (size_t)len))
		return false;
	out[len] = '\0';
	colon = memchr(out, ':', (size_t)len);
	if (!colon)
		return false;
	*user = span_of(out, (size_t)(colon - out));
	*password = span_of(colon + 1, (size_t)(out + len - colon - 1));
	return true;
}

/* Takes as long for every password of one length. */
static bool is_same(struct span shown, struct span known)
{
	unsigned char differs = shown.len != known.len;

	for (uint32_t i = 0; i < shown.len; i++)
		differs |= (unsigned char)(shown.at[i] ^ known.at[known.len ? i % known.len : 0]);
	return !differs;
}

static bool is_password(
	struct rule_room *room, const struct userlist_user *user, struct span password)
{
	const char *hashed;

	if (!user->password)
		return false;
	if (user->insecure)
		return is_same(password, span_of_string(user->password));
	hashed = crypt_r(password.at, user->password, room->crypt);
	return hashed && strcmp(hashed, user->password) == 0;
}

const struct userlist_user *authorize(
	struct rule_room *room, const struct h1_head *head, const struct userlist *list)
{
	struct span name, password;

	if (!list || !authorize_read(room, head, &name, &password))
		return NULL;
	for (const struct userlist_user *user = list->users; user; user = user->next)
		if (span_equal(span_of_string(user->name), name))
			return is_password(room, user, password) ? user : NULL;
	return NULL;
}
