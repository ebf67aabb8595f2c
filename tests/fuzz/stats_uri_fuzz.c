/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The uri of the statistics and the credentials of its reader, as arbitrary bytes: the first half
 * of the input is a path, the second an authorization field. */
#include "net/stats/stats.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy without a byte to spare, so that a sanitizer sees the first one too far. */
static char *copy(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size ? size : 1);

	if (!bytes)
		abort();
	memcpy(bytes, data, size);
	return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stats_user user = {.user = "u", .password = "p"};
	static const struct proxy proxy = {
		.stats = {.enabled = true, .uri = "/s", .users = &user, .refresh_s = 1}};
	size_t half = size / 2;
	char *path = copy(data, half), *field = copy(data + half, size - half);
	struct stats_request request;
	struct span rest = {.at = path, .len = (uint32_t)half};

	stats_uri_matches(&proxy, rest, &rest);
	stats_parse_request(&request, &proxy, rest);
	if (strlen(request.scope) >= sizeof(request.scope) || strpbrk(request.scope, "<>\"'&"))
		abort();
	stats_authorized(&proxy.stats, span_of(field, size - half));
	free(path);
	free(field);
	return 0;
}
