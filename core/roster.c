/* SPDX-License-Identifier: GPL-2.0-or-later */
/* roster.c - who has a cell on the board, as lines of text, and whose was it before.
 *
 * Servers come, go and change places between two generations; their names stay.  The board carries
 * its names with it, so that the next generation needs nothing but the file.  Most reloads change
 * no name: then both rosters are the same bytes and positions match as they are.  Otherwise the
 * other's lines are sorted once and looked up, which for 5000 servers is a few milliseconds in a
 * thread that has the time.
 *
 * The other's roster stands in memory that another process may write to, and that process may have
 * gone mad: lines are split and sorted in a copy, and nothing there is used as a number. */
#include "core/roster.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A line before it is written. */
struct name {
	char kind;
	const char *proxy, *item; /* item NULL: none */
};

static size_t name_bytes(const struct name *name)
{
	return 3 + strlen(name->proxy) + (name->item ? 1 + strlen(name->item) : 0);
}

static char *write_text(char *out, const char *text)
{
	for (; *text; text++)
		*out++ = *text == '\n' ? ' ' : *text;
	return out;
}

static char *write_name(char *out, const struct name *name)
{
	*out++ = name->kind;
	*out++ = ' ';
	out = write_text(out, name->proxy);
	if (name->item) {
		*out++ = '/';
		out = write_text(out, name->item);
	}
	*out++ = '\n';
	return out;
}

static void name_listener(
	struct name *names, const struct config *config, const struct listener *listener)
{
	const char *item = listener->key ? listener->key : listener->text;

	/* Sockets of the admin may have no cell of their own; what has a name keeps it. */
	if (listener->cell < config->cell_count && names[listener->cell].kind == '-')
		names[listener->cell] = (struct name){
			'L', listener->proxy ? listener->proxy->name : "", item ? item : ""};
}

static void name_proxy(struct name *names, const struct config *config, const struct proxy *proxy)
{
	struct name *verdicts = names + config->cell_count;

	if (proxy->is_frontend) {
		assert(proxy->frontend_cell < config->cell_count);
		names[proxy->frontend_cell] = (struct name){'F', proxy->name, NULL};
	}
	if (!proxy->is_backend)
		return;
	assert(proxy->backend_cell < config->cell_count);
	names[proxy->backend_cell] = (struct name){'B', proxy->name, NULL};
	for (uint32_t i = 0; i < proxy->server_count; i++) {
		const struct server *server = &proxy->servers[i];

		assert(server->cell < config->cell_count && server->verdict < config->server_count);
		names[server->cell] = (struct name){'S', proxy->name, server->name};
		verdicts[server->verdict] = (struct name){'V', proxy->name, server->name};
	}
}

static void collect_names(struct name *names, const struct config *config)
{
	size_t count = (size_t)config->cell_count + config->server_count;

	for (size_t i = 0; i < count; i++)
		names[i] = (struct name){'-', "", NULL};
	for (uint32_t i = 0; i < config->proxy_count; i++)
		name_proxy(names, config, &config->proxies[i]);
	for (uint32_t i = 0; i < config->listener_count; i++)
		name_listener(names, config, &config->listeners[i]);
}

char *roster_write(const struct config *config, size_t *bytes)
{
	size_t count = (size_t)config->cell_count + config->server_count;
	struct name *names = calloc(count + 1, sizeof(*names));
	char *roster, *out;

	if (!names)
		return NULL;
	collect_names(names, config);
	*bytes = 0;
	for (size_t i = 0; i < count; i++)
		*bytes += name_bytes(&names[i]);
	roster = out = malloc(*bytes + 1);
	for (size_t i = 0; roster && i < count; i++)
		out = write_name(out, &names[i]);
	free(names);
	return roster;
}

bool roster_is_whole(const struct roster *roster)
{
	uint64_t lines = (uint64_t)roster->cells + roster->servers;

	for (uint32_t i = 0; i < roster->bytes; i++)
		if (roster->at[i] == '\n' && lines-- == 0)
			return false;
	return lines == 0 && (roster->bytes == 0 || roster->at[roster->bytes - 1] == '\n');
}

static int compare_lines(const void *left, const void *right)
{
	const struct roster_line *a = left, *b = right;
	int order = memcmp(a->at, b->at, a->len < b->len ? a->len : b->len);

	if (order != 0)
		return order;
	return (a->len > b->len) - (a->len < b->len);
}

/* NULL: no memory, or fewer lines than said. */
static struct roster_line *split_lines(const struct roster *roster)
{
	size_t count = (size_t)roster->cells + roster->servers;
	struct roster_line *lines = calloc(count + 1, sizeof(*lines));
	const char *at = roster->at, *end = roster->at + roster->bytes;

	for (size_t i = 0; lines && i < count; i++) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));

		if (!feed) {
			free(lines);
			return NULL;
		}
		lines[i] = (struct roster_line){at, (uint32_t)(feed - at), (uint32_t)i};
		at = feed + 1;
	}
	return lines;
}

bool roster_match_open(struct roster_match *match, struct roster ours, struct roster theirs)
{
	size_t their_count = (size_t)theirs.cells + theirs.servers;

	*match = (struct roster_match){.ours = ours, .theirs = theirs};
	match->identical = ours.cells == theirs.cells && ours.servers == theirs.servers &&
			   ours.bytes == theirs.bytes &&
			   memcmp(ours.at, theirs.at, ours.bytes) == 0;
	if (match->identical)
		return true;
	match->copy = malloc((size_t)theirs.bytes + 1);
	if (!match->copy)
		return false;
	memcpy(match->copy, theirs.at, theirs.bytes);
	match->theirs.at = match->copy;
	match->our_lines = split_lines(&match->ours);
	match->their_lines = split_lines(&match->theirs);
	if (!match->our_lines || !match->their_lines) {
		roster_match_close(match);
		return false;
	}
	qsort(match->their_lines, their_count, sizeof(*match->their_lines), compare_lines);
	return true;
}

void roster_match_close(struct roster_match *match)
{
	free(match->our_lines);
	free(match->their_lines);
	free(match->copy);
	*match = (struct roster_match){0};
}

static uint32_t find_line(const struct roster_match *match, uint32_t index)
{
	const struct roster_line *line, *found;

	if (match->identical)
		return index;
	line = &match->our_lines[index];
	if (line->len == 0 || line->at[0] == '-')
		return ROSTER_NOBODY;
	found = bsearch(line, match->their_lines,
		(size_t)match->theirs.cells + match->theirs.servers, sizeof(*found), compare_lines);
	return found ? found->index : ROSTER_NOBODY;
}

uint32_t roster_match_cell(const struct roster_match *match, uint32_t cell)
{
	uint32_t at;

	assert(cell < match->ours.cells);
	at = find_line(match, cell);
	return at < match->theirs.cells ? at : ROSTER_NOBODY;
}

uint32_t roster_match_server(const struct roster_match *match, uint32_t server)
{
	uint32_t at;

	assert(server < match->ours.servers);
	at = find_line(match, match->ours.cells + server);
	if (at == ROSTER_NOBODY || at < match->theirs.cells)
		return ROSTER_NOBODY;
	at -= match->theirs.cells;
	return at < match->theirs.servers ? at : ROSTER_NOBODY;
}
